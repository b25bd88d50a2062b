//! A personnel workbook as people keep it: what is told of each row, and what the register makes of it.

use encoding_rs::GB18030;
use rust_xlsxwriter::Workbook;

use super::columns::Columns;
use super::{Employee, Found, Roll, Staff, Units, Weight, read};
use crate::domain::fact::{PeopleChanged, UnitChanged};
use crate::domain::names::UnitId;
use crate::sheet::Refusal;
use crate::time::Day;
use crate::vault::MasterKey;

/// Two rows that are as they should be, and twelve that are not.
const DIRTY: &str = include_str!("tests/dirty.csv");

fn units() -> Units {
    let mut units = Units::default();
    for (name, id) in [("财务部", "finance"), ("finance", "finance"), ("拍卖公司", "auction")] {
        units.insert(name, &UnitId::new(id));
    }
    units
}

fn today() -> Day {
    "2026-11-23".parse().unwrap()
}

fn tried(bytes: &[u8], mapped: &[(&str, &str)]) -> Result<Found, Refusal> {
    let mapped: Vec<_> = mapped.iter().map(|(column, it)| ((*column).to_owned(), (*it).to_owned())).collect();
    read(bytes, &Columns::mapped(&mapped), (&units(), today()))
}

#[track_caller]
fn found(text: &str) -> Found {
    tried(text.as_bytes(), &[]).unwrap()
}

fn told(found: &Found) -> Vec<String> {
    found.findings.iter().map(|finding| format!("{finding:?}")).collect()
}

/// The register as `number unit name mobile`, a line each.
fn listed(staff: &Staff) -> String {
    let line = |(number, it): (&String, &Employee)| {
        format!("{number} {} {} {}", it.unit, it.name, it.mobile.as_deref().unwrap_or("-"))
    };
    staff.employees().iter().map(line).collect::<Vec<_>>().join("\n")
}

const HEAD: &str = "工号,姓名,单位,手机,状态,离职日期\n";

fn staff(rows: &str) -> Staff {
    Staff::default().with(&found(&format!("{HEAD}{rows}")))
}

#[test]
fn of_twelve_dirty_rows_each_is_told_by_its_row_and_heading_in_both_languages() {
    let found = found(DIRTY);
    let expected = [
        "Doubtful: 第 4 行「手机」：数字的位数已丢失（如 1.38E+10）：请将该列设为文本格式后重新填写 / row 4, “Mobile”: \
         digits are lost, as in 1.38E+10: format the column as text and type it again",
        "Mended: 第 5 行「手机」：已改为标准写法 / row 5, “Mobile”: written as it is rung",
        "Mended: 第 6 行「手机」：已改为标准写法 / row 6, “Mobile”: written as it is rung",
        "Doubtful: 第 7 行「手机」：是固定电话，收不到短信：应填手机号 / row 7, “Mobile”: \
         is a fixed line, which takes no SMS: expected a mobile number",
        "Doubtful: 第 8 行「手机」：与第 2 行为同一号码：该号码不能说明是谁，两人的号码均保持原样 / row 8, “Mobile”: \
         row 2 has the same number: it tells neither of them from the other, and both keep what they had",
        "Mended: 第 9 行「状态」：已离职，不在员工名册内 / row 9, “Status”: has left, and is not in the register",
        "Doubtful: 第 10 行「单位」：不是已配置的单位，名册保持原样 / row 10, “Unit”: \
         is no [[unit]] by its name, short name or id; the register keeps what it had",
        "Doubtful: 第 11 行「工号」：缺少工号，本行未收入 / row 11, “Employee number”: there is none; the row is left out",
        "Doubtful: 第 12 行「姓名」：缺少姓名，名册保持原样 / row 12, “Name”: \
         there is none; the register keeps what it had",
        "Mended: 第 13 行「工号」：已改为半角、去掉空格的大写形式 / row 13, “Employee number”: \
         written in half width, capitals and without spaces",
        "Doubtful: 第 14 行「工号」：同一工号有内容不同的两行，名册保持原样 / row 14, “Employee number”: \
         two rows that differ have this number; the register keeps what it had",
        "Mended: 第 15 行「手机」：已改为标准写法 / row 15, “Mobile”: written as it is rung",
    ];
    assert_eq!(told(&found), expected);
    let values = ["甲", "乙", "13800000", "E10", "82345678", "2301"];
    assert!(expected.iter().all(|line| values.iter().all(|value| !line.contains(value))));
    assert_eq!(found.findings[1].shown, "E1004 甲四 １３８０００００１０４");
}

#[test]
fn the_register_takes_what_is_sound_and_keeps_what_it_had_of_the_rest() {
    let old = staff(
        "E1003,甲三,财务部,13800000103\nE1002,甲二,财务部,13800000202\nE1008,甲八,拍卖公司,\nE1009,甲九,财务部,",
    );
    let next = old.with(&found(DIRTY));
    let expected = "E1001 finance 甲一 -\n\
                    E1002 finance 甲二 +8613800000202\n\
                    E1003 auction 甲三 +8613800000103\n\
                    E1004 auction 甲四 +8613800000104\n\
                    E1005 auction 甲五 +8613800000105\n\
                    E1006 auction 甲六 -\n\
                    E1007 auction 甲七 -\n\
                    E1009 finance 甲九 +8613800000109\n\
                    E1011 auction 乙二 +8613800000112\n\
                    E1012 auction 乙四 +8613800000114";
    assert_eq!(listed(&next), expected);
    let difference = old.difference(&next);
    assert_eq!(difference.added, ["E1001", "E1004", "E1005", "E1006", "E1007", "E1011", "E1012"]);
    assert_eq!(difference.removed, ["E1008"]);
    assert_eq!(format!("{:?}", difference.changed), "[(\"E1003\", [Unit]), (\"E1009\", [Mobile])]");
    let (all, units) = old.counted_against(&next);
    let unit = |unit: &str, people| UnitChanged { unit: UnitId::new(unit), people };
    let auction =
        PeopleChanged { before: Some(1), now: 7, joined: 6, left: 1, came: 1, ..PeopleChanged::default() };
    let finance =
        PeopleChanged { before: Some(3), now: 3, joined: 1, went: 1, edited: 1, ..PeopleChanged::default() };
    assert_eq!(units, [unit("auction", auction), unit("finance", finance)]);
    let sum = PeopleChanged { before: Some(4), now: 10, joined: 7, left: 1, came: 1, went: 1, edited: 1 };
    assert_eq!(all, sum);
    let (all, units) = next.counted_against(&next.clone());
    assert_eq!((all.before, all.now, units.len()), (Some(10), 10, 0));
    let (all, units) = next.counted();
    assert_eq!((all.before, all.now, units.len()), (None, 10, 2));
    // The same workbook once more changes nothing.
    assert!(next.difference(&next.with(&found(DIRTY))).is_empty());
}

#[test]
fn a_workbook_says_the_same_as_csv_in_any_encoding_and_as_xlsx() {
    let expected = listed(&Staff::default().with(&found(DIRTY)));
    let (encoded, ..) = GB18030.encode(DIRTY);
    assert_eq!(listed(&Staff::default().with(&tried(&encoded, &[]).unwrap())), expected);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0..).zip(DIRTY.lines()) {
        for (column, cell) in (0..).zip(line.split(',')) {
            match cell.parse::<f64>() {
                // A number that a spreadsheet took for one.
                Ok(number) if cell.len() == 11 => sheet.write_number(row, column, number).unwrap(),
                Ok(_) | Err(_) => sheet.write_string(row, column, cell).unwrap(),
            };
        }
    }
    let book = book.save_to_buffer().unwrap();
    assert_eq!(listed(&Staff::default().with(&tried(&book, &[]).unwrap())), expected);
}

#[test]
fn other_columns_are_passed_over_and_a_heading_that_is_not_known_is_mapped() {
    let text =
        "序号,Staff no.,Full name,Company,手机,联系电话,血型\n1,E1,王,FINANCE,13800000001,045182345678,A\n";
    let refused = format!("{:?}", tried(text.as_bytes(), &[]));
    assert!(refused.contains("每个表头只应出现一次"), "{refused}");
    let mapped = tried(text.as_bytes(), &[("mobile", "手机")]).unwrap();
    assert_eq!(listed(&Staff::default().with(&mapped)), "E1 finance 王 +8613800000001");
    let mapped = tried(text.as_bytes(), &[("mobile", "联系电话")]).unwrap();
    assert!(told(&mapped)[0].contains("第 2 行「联系电话」：是固定电话"), "{:?}", told(&mapped));
    for text in ["花名册\n", "姓名,单位\n王,finance\n"] {
        assert!(matches!(tried(text.as_bytes(), &[]), Err(Refusal::Shape(_))), "{text}");
    }
}

#[test]
fn who_left_is_out_and_who_leaves_later_is_in() {
    let left = [
        "E1,王,finance,,已离职,",
        "E1,王,finance,, 解除 劳动合同　,",
        "E1,王,finance,,ＬＥＦＴ,2026-12-31",
        "E1,王,finance,,死亡,",
        "E1,王,finance,,,2026-11-22",
    ];
    for row in left {
        assert_eq!(listed(&staff(row)), "", "{row}");
        assert!(told(&found(&format!("{HEAD}{row}"))).iter().all(|it| it.starts_with("Mended")), "{row}");
    }
    let here = [
        "E1,王,finance,,在职,",
        "E1,王,finance,,,2026-11-23",
        "E1,王,finance,,试用,2026-12-31",
        "E1,王,finance,,退休返聘,",
        "E1,王,finance,,未离职,",
        "E1,王,finance,,待离职,2026-12-31",
    ];
    for row in here {
        assert_eq!(listed(&staff(row)), "E1 finance 王 -", "{row}");
        assert_eq!(told(&found(&format!("{HEAD}{row}"))), [""; 0], "{row}");
    }
    // Once gone and once here: nobody can tell, in whichever order.
    let (here, gone) = ("E1,王,finance,,在职,\n", "E1,王,finance,,离职,\n");
    for rows in [format!("{here}{gone}"), format!("{gone}{here}"), format!("{here}{gone}{here}")] {
        let found = found(&format!("{HEAD}{rows}"));
        assert!(found.doubtful.contains("E1") && found.rows.is_empty() && found.left.is_empty(), "{rows}");
        assert_eq!(listed(&staff(here).with(&found)), "E1 finance 王 -");
    }
}

#[test]
fn a_status_that_is_not_known_is_in_doubt_and_takes_nobody_out() {
    for (row, says) in [
        ("E1,王,finance,,解除隔离,", "Doubtful: 第 2 行「状态」：不是已知的状态，按在职处理"),
        ("E1,王,finance,,离职手续办理中,2026-11-22", "Doubtful: 第 2 行「状态」：不是已知的状态，按在职处理"),
        (
            "E1,王,finance,,返聘,2026-11-22",
            "Doubtful: 第 2 行「离职日期」：离职日期已过而状态为在职，按在职处理",
        ),
    ] {
        let found = found(&format!("{HEAD}{row}"));
        assert!(matches!(&told(&found)[..], [only] if only.starts_with(says)), "{row}: {:?}", told(&found));
        assert_eq!(listed(&Staff::default().with(&found)), "E1 finance 王 -", "{row}");
    }
}

#[test]
fn where_department_and_unit_name_two_units_nobody_is_guessed() {
    let head = "工号,姓名,单位,部门\n";
    let rows = found(&format!(
        "{head}E1,王,拍卖公司,finance\nE2,李,财务部,finance\nE3,赵,拍卖公司,档案室\nE4,孙,总部,finance"
    ));
    assert_eq!(told(&rows).len(), 1, "{:?}", told(&rows));
    assert!(
        told(&rows)[0].starts_with("Doubtful: 第 2 行「部门」：与「单位」列指向两个不同的单位"),
        "{:?}",
        told(&rows)
    );
    assert_eq!(listed(&Staff::default().with(&rows)), "E2 finance 李 -\nE3 auction 赵 -\nE4 finance 孙 -");
}

#[test]
fn a_number_that_two_have_takes_the_place_of_none_that_was_known() {
    let old = staff("E1,王,finance,13800000001\nE2,李,finance,13800000002\nE3,赵,finance,13800000003");
    // The third stands in two rows that are the same.
    let rows =
        "E1,王,finance,13800000009\nE2,李,finance,13800000009\nE1,王,finance,13800000009\nE3,赵,finance,\n";
    let next = old.with(&found(&format!("{HEAD}{rows}")));
    assert_eq!(listed(&next), listed(&old));
    let shared = staff("E1,王,finance,13800000009\nE2,李,finance,13800000009\n");
    assert_eq!(listed(&shared), "E1 finance 王 -\nE2 finance 李 -");
}

#[test]
fn the_same_row_twice_is_one() {
    let found = found(&format!("{HEAD}E1,王,finance,13800000001\nE1,王,finance,13800000001\n"));
    assert_eq!(
        told(&found),
        ["Mended: 第 3 行「工号」：与第 2 行重复 / row 3, “Employee number”: repeats row 2"]
    );
    assert_eq!(listed(&Staff::default().with(&found)), "E1 finance 王 +8613800000001");
    assert!(found.findings.iter().all(|finding| finding.weight == Weight::Mended));
}

#[test]
fn more_than_a_tenth_gone_is_many() {
    let rows: Vec<String> = (0..20).map(|number| format!("E{number},王,finance,")).collect();
    let whole = staff(&rows.join("\n"));
    let loses = |most: usize| whole.loses_many(&whole.difference(&staff(&rows[..most].join("\n"))));
    assert_eq!([loses(20), loses(18), loses(17), loses(0)], [false, false, true, true]);
    let none = Staff::default();
    assert!(!none.loses_many(&none.difference(&whole)));
}

#[test]
fn a_register_is_sealed_and_a_roll_knows_its_units_without_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let master = MasterKey::from_bytes([7; 32]);
    assert!(Staff::open(folder.path(), &master).unwrap().is_none());
    let register = staff("E1,王小明,finance,13800000001\n0042,李,拍卖公司,\nE3,赵,拍卖公司,");
    let sha256 = register.seal(folder.path(), &master).unwrap();
    let (opened, known) = Staff::open(folder.path(), &master).unwrap().unwrap();
    assert_eq!((listed(&opened), known), (listed(&register), sha256));
    let roll = Roll::of(&register, |unit| unit.as_str() == "auction" || unit.as_str() == "finance");
    let unit = |number: &str| roll.unit_of(number).map(UnitId::as_str);
    assert_eq!(
        [unit("E1"), unit(" ｅ１ "), unit("0042"), unit("42"), unit("")],
        [Some("finance"), Some("finance"), Some("auction"), None, None]
    );
    assert_eq!(roll.people_of(&UnitId::new("auction")), Some(2));
    let some = Roll::of(&register, |unit| unit.as_str() == "finance");
    assert_eq!((some.unit_of("E3"), some.people(), some.people_of(&UnitId::new("auction"))), (None, 1, None));
    let shown = format!("{register:?} {roll:?} {:?} {:?}", register.employees()["E1"], found(DIRTY));
    assert!(!["E1", "0042", "王", "甲", "1380000"].iter().any(|text| shown.contains(text)), "{shown}");
}
