//! Workbooks as Excel keeps them.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::super::Kind;
use super::{told, travels};

/// A workbook of one sheet whose first row has the headings of all columns.
fn book(fill: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["姓名", "关系", "出发日期", "手机", "体温"]).unwrap();
    fill(sheet);
    book.save_to_buffer().unwrap()
}

#[track_caller]
fn check(fill: impl Fn(&mut Worksheet), expected: &[&str]) {
    check_bytes(&book(fill), expected);
}

#[track_caller]
fn check_bytes(bytes: &[u8], expected: &[&str]) {
    assert_eq!(told(&Kind::Xlsx, bytes, &travels()), expected.join("\n"));
}

fn person(sheet: &mut Worksheet, row: u32) {
    sheet.write_string(row, 0, "王小明").unwrap();
    sheet.write_string(row, 1, "本人").unwrap();
}

#[test]
fn cells_are_typed_as_the_form_has_them() {
    check(
        |sheet| {
            person(sheet, 1);
            let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
            let at = ExcelDateTime::from_ymd(2026, 11, 23).unwrap().and_hms(14, 30, 0).unwrap();
            sheet.write_datetime_with_format(1, 2, &at, &day).unwrap();
            sheet.write_number(1, 3, 13_800_000_000_f64).unwrap();
            sheet.write_number(1, 4, 36.6).unwrap();
            // Row 3 is empty, row 5 has a format and nothing else.
            person(sheet, 3);
            sheet.write_string(3, 2, "2026/11/3").unwrap();
            sheet.write_string(3, 3, "0451 8234").unwrap();
            sheet.write_string(3, 4, "３６．９").unwrap();
            sheet.write_blank(4, 0, &day).unwrap();
            sheet.write_string(5, 0, "  ").unwrap();
        },
        &[
            r#"2 {"left_on":"2026-11-23","mobile":"13800000000","person":"王小明","reading":36.6,"relation":"本人"}"#,
            r#"4 {"left_on":"2026-11-03","mobile":"0451 8234","person":"王小明","reading":36.9,"relation":"本人"}"#,
        ],
    );
}

#[test]
fn a_formula_counts_by_the_value_that_was_saved_with_it() {
    let bytes = book(|sheet| {
        person(sheet, 1);
        sheet.write_formula(1, 4, Formula::new("=36+0.5").set_result("36.5")).unwrap();
        sheet.write_formula(1, 3, Formula::new("=A9&A9").set_result("x")).unwrap();
    });
    // One that gives an empty text is empty, and no value is lacking.
    let bytes = super::bombs::repacked(&bytes, "xl/worksheets/sheet1.xml", |part| {
        part.replace("<v>x</v>", "<v></v>")
    });
    check_bytes(&bytes, &[r#"2 {"person":"王小明","reading":36.5,"relation":"本人"}"#]);
    check(
        |sheet| {
            person(sheet, 1);
            sheet.write_formula(1, 3, Formula::new("=NA()").set_result("#N/A")).unwrap();
        },
        &[
            r#"2 {"person":"王小明","relation":"本人"}"#,
            "row 0 mobile: 第 2 行「手机」：应为内容，而不是公式的错误值 / row 2, “Mobile”: expected a value, and not the error \
             of a formula",
        ],
    );
}

#[test]
fn a_formula_whose_value_was_not_saved_is_not_taken_for_nothing() {
    let bytes = book(|sheet| {
        person(sheet, 1);
        sheet.write_formula(1, 4, Formula::new("=36+0.5").set_result("36.5")).unwrap();
    });
    let bytes =
        super::bombs::repacked(&bytes, "xl/worksheets/sheet1.xml", |part| part.replace("<v>36.5</v>", ""));
    check_bytes(
        &bytes,
        &[
            r#"2 {"person":"王小明","relation":"本人"}"#,
            "row 0 reading: 第 2 行「体温」：文件中没有该公式的计算结果：请用表格软件打开并保存后再上报 / row 2, “Reading”: \
             the value of the formula is not in the file: open it in a spreadsheet program and save it",
        ],
    );
}

#[test]
fn numbers_that_a_spreadsheet_has_spoilt_are_refused() {
    check(
        |sheet| {
            person(sheet, 1);
            sheet.write_number(1, 3, 230_102_199_001_011_234_f64).unwrap();
            sheet.write_string(1, 4, "3.66E+01").unwrap();
        },
        &[
            r#"2 {"person":"王小明","relation":"本人"}"#,
            "row 0 mobile: 第 2 行「手机」：数字的位数已丢失（如 1.38E+10）：请将该列设为文本格式后重新填写 / row 2, “Mobile”: \
             digits are lost, as in 1.38E+10: format the column as text and type it again",
            "row 0 reading: 第 2 行「体温」：数字的位数已丢失（如 1.38E+10）：请将该列设为文本格式后重新填写 / row 2, “Reading”: \
             digits are lost, as in 1.38E+10: format the column as text and type it again",
        ],
    );
}

#[test]
fn one_sheet_has_the_rows_and_hidden_or_empty_ones_do_not_matter() {
    let made = |second: &str| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, ["姓名", "关系"]).unwrap();
        person(sheet, 1);
        let other = book.add_worksheet();
        match second {
            "hidden" => other.write_string(0, 0, "x").unwrap().set_hidden(true),
            "empty" => other.write_string(0, 0, " ").unwrap(),
            _ => other.write_string(0, 0, "x").unwrap(),
        };
        book.save_to_buffer().unwrap()
    };
    for second in ["hidden", "empty"] {
        check_bytes(&made(second), &[r#"2 {"person":"王小明","relation":"本人"}"#]);
    }
    check_bytes(
        &made("filled"),
        &[
            "whole: 应只有一张有内容的工作表，现有 2 张 / Expected one sheet with something in it; there are 2",
        ],
    );
    let mut nothing = Workbook::new();
    nothing.add_worksheet();
    check_bytes(
        &nothing.save_to_buffer().unwrap(),
        &[
            "whole: 第一行应为表头：姓名、关系、出发日期、手机、体温 / Expected the form's headings in the first row: \
           Name, Relation, Left on, Mobile, Reading",
        ],
    );
}

#[test]
fn merged_cells_are_refused_by_their_range() {
    check(
        |sheet| {
            person(sheet, 1);
            sheet.merge_range(1, 1, 3, 1, "本人", &Format::new()).unwrap();
        },
        &["whole: B2:B4 为合并单元格：请取消合并，每行各自填写 / \
           B2:B4 is merged: expected each row to have cells of its own"],
    );
}

#[test]
fn what_is_no_workbook_is_told_what_it_is() {
    let damaged = "damaged: 无法作为 .xlsx 工作簿读取：请另存为“Excel 工作簿 (.xlsx)”再上报 / \
                   It cannot be read as an .xlsx workbook: save it as “Excel Workbook (.xlsx)”.";
    let whole = book(|sheet| person(sheet, 1));
    check_bytes("姓名,关系\n王小明,本人".as_bytes(), &[damaged]);
    check_bytes(b"", &[damaged]);
    for cut in [10, 200, whole.len() / 2, whole.len() - 1] {
        check_bytes(&whole[..cut], &[damaged]);
    }
    for part in ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "_rels/.rels"] {
        check_bytes(&super::bombs::repacked(&whole, part, |_| "nonsense".to_owned()), &[damaged]);
    }
    let mut old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    old.resize(4_096, 0);
    let is_old = "another kind: 这是旧版 Excel 文件（.xls）：请另存为 .xlsx 再上报 / \
                  This is an old Excel file (.xls): save it as .xlsx.";
    check_bytes(&old, &[is_old]);
    old.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    check_bytes(
        &old,
        &["another kind: 工作簿有密码保护：请取消密码后另存再上报 / \
           The workbook is encrypted: save it without a password."],
    );
}
