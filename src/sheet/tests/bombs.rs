//! Small files that ask for much.

use std::io::{Cursor, Read as _, Write as _};

use rust_xlsxwriter::Workbook;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::super::Kind;
use super::{told, travels};

/// The same workbook with one part changed.
pub(super) fn repacked(bytes: &[u8], changed: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    let mut found = false;
    for index in 0..old.len() {
        let mut part = old.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        if name == changed {
            text = change(&text);
            found = true;
        }
        new.start_file(name, SimpleFileOptions::default()).unwrap();
        new.write_all(text.as_bytes()).unwrap();
    }
    assert!(found, "{changed}");
    new.finish().unwrap().into_inner()
}

fn book() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["姓名", "关系", "手机"]).unwrap();
    sheet.write_row(1, 0, ["王小明", "本人"]).unwrap();
    book.save_to_buffer().unwrap()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

#[track_caller]
fn is_too_large(part: &str, change: impl Fn(&str) -> String) {
    let bytes = repacked(&book(), part, change);
    assert!(bytes.len() < 8 << 20, "it would not come through the door");
    let told = told(&Kind::Xlsx, &bytes, &travels());
    assert!(told.starts_with("too large: 文件展开后过大"), "{told}");
}

#[test]
fn what_unpacks_to_more_than_a_register_is_not_unpacked() {
    is_too_large(SHEET, |text| text.replace("<sheetData>", &format!("{}<sheetData>", " ".repeat(36 << 20))));
    is_too_large("docProps/app.xml", |text| format!("{text}{}", "\0".repeat(36 << 20)));
}

#[test]
fn a_number_of_texts_that_cannot_be_is_not_believed() {
    let announced = |text: &str| text.replace("uniqueCount=\"5\"", "uniqueCount=\"100000000000\"");
    is_too_large("xl/sharedStrings.xml", announced);
}

#[test]
fn a_long_text_is_not_kept_once_for_each_cell_that_points_at_it() {
    let long = |text: &str| text.replace("王小明", &"长".repeat(400));
    let bytes = repacked(&book(), "xl/sharedStrings.xml", long);
    // 5,000 rows with 1,200 bytes in each of so many columns.
    let filled = |columns: &[&str]| {
        repacked(&bytes, SHEET, |text| {
            let (head, _) = text.split_once("<row r=\"2\"").unwrap();
            let cells = |number| {
                let cell = |column| format!("<c r=\"{column}{number}\" t=\"s\"><v>3</v></c>");
                columns.iter().map(cell).collect::<String>()
            };
            let rows: String =
                (2..=5_001).map(|row| format!("<row r=\"{row}\">{}</row>", cells(row))).collect();
            format!("{head}{rows}</sheetData></worksheet>")
        })
    };
    let read = super::super::read(&Kind::Xlsx, &filled(&["A", "B"]), &travels()).unwrap();
    assert_eq!((read.rows.len(), read.mistakes.len()), (5_000, 0));
    assert!(told(&Kind::Xlsx, &filled(&["A", "B", "C"]), &travels()).starts_with("too large"));
}

#[test]
fn a_cell_at_the_end_of_the_sheet_takes_no_room_for_what_is_before_it() {
    let bytes = repacked(&book(), SHEET, |text| {
        text.replace("</sheetData>", "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>")
    });
    assert_eq!(
        told(&Kind::Xlsx, &bytes, &travels()),
        "2 {\"person\":\"王小明\",\"relation\":\"本人\"}\n1048576 {}\n\
         row 1 -: 第 1048576 行 XFD 列：该列没有表头，应为空 / row 1048576, column XFD: expected nothing, for the column \
         has no heading"
    );
}

#[test]
fn lists_of_styles_sheets_and_links_have_a_bound() {
    is_too_large("xl/styles.xml", |text| {
        text.replace("</cellXfs>", &format!("{}</cellXfs>", "<xf numFmtId=\"0\"/>".repeat(10_001)))
    });
    is_too_large("xl/styles.xml", |text| {
        text.replace("<name val=\"Calibri\"/>", &format!("<name val=\"{}\"/>", "x".repeat(1 << 20)))
    });
    is_too_large("xl/workbook.xml", |text| {
        let sheet = "<sheet name=\"x\" sheetId=\"9\" r:id=\"rId1\"/>";
        text.replace("</sheets>", &format!("{}</sheets>", sheet.repeat(20)))
    });
    is_too_large("xl/_rels/workbook.xml.rels", |text| {
        let link = "<Relationship Id=\"r\" Type=\"t\" Target=\"x\"/>";
        text.replace("</Relationships>", &format!("{}</Relationships>", link.repeat(20_001)))
    });
}

#[test]
fn a_package_of_too_many_parts_is_refused_by_their_number() {
    let mut many = ZipWriter::new(Cursor::new(Vec::new()));
    for part in 0..1_001 {
        many.start_file(part.to_string(), SimpleFileOptions::default()).unwrap();
    }
    let mut bytes = many.finish().unwrap().into_inner();
    let refused = |bytes: &[u8]| told(&Kind::Xlsx, bytes, &travels()).starts_with("too large");
    assert!(refused(&bytes));
    // Announced in 64 bits, before any of them is looked at.
    bytes = book();
    let mut end = b"PK\x06\x06".to_vec();
    end.resize(32, 0);
    end.extend(8_000_000_u64.to_le_bytes());
    end.resize(56, 0);
    bytes.extend(end);
    assert!(refused(&bytes));
}
