//! CSV as programs write it and people change it.

use encoding_rs::GB18030;

use super::super::Kind;
use super::{column, told, travels};
use crate::domain::form::{Field, Takes};

#[track_caller]
fn check_bytes(bytes: &[u8], charset: Option<&str>, columns: &[Field], expected: &[&str]) {
    let kind = Kind::Csv { charset: charset.map(str::to_owned) };
    assert_eq!(told(&kind, bytes, columns), expected.join("\n"), "{}", String::from_utf8_lossy(bytes));
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_bytes(text.as_bytes(), None, &travels(), expected);
}

const WANG: &str = r#"2 {"person":"王小明","relation":"本人"}"#;

#[test]
fn headings_are_labels_in_either_language_or_names_in_any_order() {
    for heading in
        ["姓名,关系", "Name,Relation", "person,relation", " 姓 名 ,ＲＥＬＡＴＩＯＮ", "\"姓\n名\",关系"]
    {
        check(&format!("{heading}\r\n王小明,本人\r\n"), &[WANG]);
    }
    check("关系,name\n本人,王小明", &[WANG]);
}

#[test]
fn any_separator_line_end_and_encoding_is_read() {
    for text in ["姓名,关系\r\n王小明,本人", "姓名;关系\n王小明;本人\n", "姓名\t关系\r王小明\t本人\r"]
    {
        check(text, &[WANG]);
        let marked = format!("\u{feff}{text}");
        check_bytes(marked.as_bytes(), None, &travels(), &[WANG]);
        check_bytes(marked.as_bytes(), Some("utf-8"), &travels(), &[WANG]);
        let (encoded, ..) = GB18030.encode(text);
        for charset in [None, Some("gb18030"), Some("GBK"), Some("gb2312")] {
            check_bytes(&encoded, charset, &travels(), &[WANG]);
        }
    }
    let (rare, ..) = GB18030.encode("姓名,关系\n㐀𠀀,本人");
    check_bytes(&rare, None, &travels(), &[r#"2 {"person":"㐀𠀀","relation":"本人"}"#]);
    check("sep=;\r\n姓名;关系\r\n王小明;本人", &[r#"3 {"person":"王小明","relation":"本人"}"#]);
}

#[test]
fn what_is_no_text_or_not_in_the_encoding_that_was_named_is_refused() {
    let unreadable = "damaged: 不是 UTF-8 或 GB18030 编码的文本，或与所声明的编码不符 / \
                      Expected a text in UTF-8 or GB18030, and in the encoding that is named with it.";
    let (encoded, ..) = GB18030.encode("姓名,关系\n王小明,本人");
    check_bytes(&encoded, Some("utf-8"), &travels(), &[unreadable]);
    check_bytes("姓名,关系\n王小明,本人".as_bytes(), Some("koi8-r"), &travels(), &[unreadable]);
    check_bytes(b"\xff\xfe\x00\x01picture", None, &travels(), &[unreadable]);
    // Half a text that is marked as UTF-8 is no GB18030.
    let whole = "\u{feff}姓名,关系\n王小明,本人".as_bytes();
    check_bytes(&whole[..whole.len() - 1], None, &travels(), &[unreadable]);
    check_bytes(
        b"PK\x03\x04",
        None,
        &travels(),
        &["another kind: 这是压缩文件（如 .xlsx），不是 CSV：请按其类型发送，或另存为 CSV / \
           This is a packed file such as .xlsx, and not CSV: send it as what it is, or save it as CSV."],
    );
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    check(
        "\r\n姓名,关系\r\n\r\n王小明,本人\r\n\"李\n四\",本人\r\n,\r\n \t , \r\n\r\n赵六,子女\r\n,,,\r\n\r\n",
        &[
            r#"4 {"person":"王小明","relation":"本人"}"#,
            r#"5 {"person":"李\n四","relation":"本人"}"#,
            r#"9 {"person":"赵六","relation":"子女"}"#,
        ],
    );
}

#[test]
fn a_wrong_heading_is_told_by_its_column_and_nothing_is_read_below_it() {
    check(
        "姓名,客人,姓名,手机\n王小明,x,y,z",
        &[
            "heading 客人: B 列：不是本表的表头，应为 姓名、关系、出发日期、手机、体温 之一 / Column B: expected one of the \
             form's headings: Name, Relation, Left on, Mobile, Reading",
            "heading 姓名: C 列：表头重复，每个表头只应出现一次 / Column C: expected each heading once",
            "heading relation: 缺少「关系」列 / “Relation”: expected a column with this heading",
        ],
    );
    // Rows without headings are people's: none of them is repeated.
    let headings = "whole: 第一行应为表头：姓名、关系、出发日期、手机、体温 / Expected the form's headings in the first row: \
                    Name, Relation, Left on, Mobile, Reading";
    for text in ["王小明,本人\n李四,本人", "", "\n\n", ",,,"] {
        check(text, &[headings]);
    }
}

#[test]
fn columns_with_one_label_are_told_apart_by_their_names() {
    let twins =
        [column("a", Takes::Text, "备注/Note", false), column("b", Takes::Text, "备注/Remark", false)];
    check_bytes("a,b\n1,2".as_bytes(), None, &twins, &[r#"2 {"a":"1","b":"2"}"#]);
    check_bytes("Note,Remark\n1,2".as_bytes(), None, &twins, &[r#"2 {"a":"1","b":"2"}"#]);
    check_bytes(
        "备注,b\n1,2".as_bytes(),
        None,
        &twins,
        &["heading 备注: A 列：该表头对应多列，请改用字段名 / \
           Column A: several columns have this heading; expected the name of the field"],
    );
}

#[test]
fn a_cell_that_says_nothing_sure_is_told_by_its_row_and_column() {
    check(
        "姓名,关系,手机,,\n王小明,本人,1.38E+10,,x\n#N/A,本人,####,,",
        &[
            r#"2 {"person":"王小明","relation":"本人"}"#,
            r#"3 {"relation":"本人"}"#,
            "row 0 mobile: 第 2 行「手机」：数字的位数已丢失（如 1.38E+10）：请将该列设为文本格式后重新填写 / row 2, “Mobile”: \
             digits are lost, as in 1.38E+10: format the column as text and type it again",
            "row 0 -: 第 2 行 E 列：该列没有表头，应为空 / row 2, column E: expected nothing, for the column has no heading",
            "row 1 person: 第 3 行「姓名」：应为内容，而不是公式的错误值 / row 3, “Name”: expected a value, and not the error \
             of a formula",
            "row 1 mobile: 第 3 行「手机」：列宽不够，存下的是 ####：请加宽该列后重新保存 / row 3, “Mobile”: \
             the column was too narrow and #### was saved: widen it and save it again",
        ],
    );
    check(
        "姓名,关系\n\"王小明,本人\n李四,本人",
        &[
            "whole: 有一处引号没有成对：内容中的引号应写两次 / A quotation mark is not closed: one within a text is written twice",
        ],
    );
}

#[test]
fn no_more_rows_and_mistakes_are_kept_than_anybody_needs() {
    let read = |text: String| super::super::read(&Kind::Csv { charset: None }, text.as_bytes(), &travels());
    let rows = read(format!("姓名\t关系\n{}", "王小明\t本人\n".repeat(20_000))).unwrap();
    assert_eq!((rows.rows.len(), rows.mistakes.len()), (5_001, 0));
    let wrong = read(format!("姓名\t关系\n{}", "#N/A\t本人\n".repeat(20_000))).unwrap();
    assert_eq!((wrong.rows.len(), wrong.mistakes.len()), (50, 50));
    let wide = read(format!("姓名{}", ",客人".repeat(300)));
    assert!(matches!(wide, Err(super::Refusal::Shape(found)) if found.len() == 1));
}
