//! What is written under a template's headings is read back as it was meant, by either way and in any encoding.

use std::io::{Cursor, Read as _};
use std::time::Duration;

use encoding_rs::GB18030;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Map, Value, json};

use super::super::{Kind, headings, read, template};
use super::{column, travels};
use crate::domain::form::{Field, Form, Labels, Takes};
use crate::domain::names::FormId;
use crate::time::Schedule;

fn form(columns: Vec<Field>) -> Form {
    Form {
        id: FormId::new("travel"),
        name: Labels { zh: "登记表: 出行/家属".to_owned(), en: "History".to_owned() },
        short_name: None,
        due: Schedule::at_six_in_the_evening(),
        units: None,
        opens_before: None,
        superior: None,
        remind_before: Vec::new(),
        leader_after: Duration::ZERO,
        office_after: Duration::ZERO,
        late_after: Duration::ZERO,
        missing_after: Duration::ZERO,
        zero_allowed: false,
        zero_needs: Vec::new(),
        zero_ignores: Vec::new(),
        fevers: None,
        workdays_only: false,
        min_apart: None,
        fields: Vec::new(),
        columns,
        consent: None,
        checks: Vec::new(),
        total: Vec::new(),
    }
}

/// Exact in any notation; a whole one is written without a point.
fn sixteenths(number: i64) -> Value {
    if number % 16 == 0 { json!(number / 16) } else { json!(number as f64 / 16.0) }
}

/// A value that the field takes, and that no spreadsheet changes.
fn value(takes: &Takes) -> BoxedStrategy<Value> {
    match takes {
        Takes::Count => (0..100_000_000_u64).prop_map(|count| json!(count)).boxed(),
        Takes::Number => (-1_000_000..1_000_000_i64).prop_map(sixteenths).boxed(),
        Takes::Text => {
            "[!-~王小明，。；\"',;\n=+@-]{1,12}[a-z王]".prop_map(|text| json!(text.trim())).boxed()
        }
        Takes::Date => (1950..2100_u16, 1..=12_u8, 1..=28_u8)
            .prop_map(|(year, month, day)| json!(format!("{year}-{month:02}-{day:02}")))
            .boxed(),
        Takes::Choice(options) => prop::sample::select(options.clone()).prop_map(|it| json!(it)).boxed(),
    }
}

fn rows(columns: Vec<Field>) -> BoxedStrategy<Vec<Map<String, Value>>> {
    let cells: Vec<_> = columns.iter().map(|field| prop::option::of(value(&field.takes))).collect();
    let names: Vec<String> = columns.into_iter().map(|field| field.name).collect();
    let row = cells.prop_map(move |cells| {
        let filled = names.iter().cloned().zip(cells).filter_map(|(name, cell)| Some((name, cell?)));
        filled.collect::<Map<_, _>>()
    });
    let row = row.prop_filter("an empty row is no row", |row| !row.is_empty());
    prop::collection::vec(row, 0..12).boxed()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn as_csv(columns: &[Field], rows: &[Map<String, Value>], separator: u8) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|field| headings::heading(columns, field, Labels::zh))).unwrap();
    for row in rows {
        writer
            .write_record(columns.iter().map(|field| row.get(&field.name).map_or(String::new(), shown)))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn as_xlsx(columns: &[Field], rows: &[Map<String, Value>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for (at, field) in (0..).zip(columns) {
        sheet.write_string(0, at, headings::heading(columns, field, Labels::en)).unwrap();
        for (number, row) in (1..).zip(rows) {
            let sheet = &mut *sheet;
            match (&field.takes, row.get(&field.name)) {
                (_, None) => continue,
                (Takes::Date, Some(value)) => {
                    let date = ExcelDateTime::parse_from_str(value.as_str().unwrap()).unwrap();
                    sheet.write_datetime_with_format(number, at, &date, &day).unwrap()
                }
                (_, Some(Value::String(text))) => sheet.write_string(number, at, text).unwrap(),
                (_, Some(value)) => sheet.write_number(number, at, value.as_f64().unwrap()).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

fn all_kinds() -> Vec<Field> {
    let mut columns = travels();
    columns.iter_mut().for_each(|field| field.required = false);
    columns.push(column("bags", Takes::Count, "件数/Bags", false));
    columns
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_read_back_as_they_were_written(rows in rows(all_kinds()), separator in 0..3_usize) {
        let columns = all_kinds();
        let text = as_csv(&columns, &rows, [b',', b';', b'\t'][separator]);
        let kind = Kind::Csv { charset: None };
        let (encoded, ..) = GB18030.encode(&text);
        for bytes in [text.as_bytes(), format!("\u{feff}{text}").as_bytes(), &encoded] {
            let read = read(&kind, bytes, &columns).unwrap();
            prop_assert_eq!((&read.rows, read.mistakes), (&rows, vec![]));
        }
        let read = read(&Kind::Xlsx, &as_xlsx(&columns, &rows), &columns).unwrap();
        prop_assert_eq!((&read.rows, read.mistakes), (&rows, vec![]));
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0..4_000_usize) {
        for kind in [Kind::Csv { charset: None }, Kind::Xlsx] {
            drop(read(&kind, &bytes, &all_kinds()));
        }
        let mut book = as_xlsx(&all_kinds(), &[]);
        for (byte, other) in book.iter_mut().skip(at).zip(&bytes) {
            *byte ^= other & 1;
        }
        drop(read(&Kind::Xlsx, &book, &all_kinds()));
    }
}

#[test]
fn a_template_is_read_as_a_register_without_rows() {
    let mut columns = all_kinds();
    columns.push(column("bags2", Takes::Text, "件数/Bags too", false));
    let form = form(columns);
    for pick in [Labels::zh, Labels::en] {
        let bytes = template::csv(&form, pick).unwrap();
        assert!(bytes.starts_with(b"\xef\xbb\xbf") && bytes.ends_with(b"\r\n"));
        let empty = read(&Kind::Csv { charset: None }, &bytes, &form.columns).unwrap();
        assert_eq!((empty.rows.len(), empty.mistakes.len()), (0, 0));
        let bytes = template::xlsx(&form, pick).unwrap();
        let empty = read(&Kind::Xlsx, &bytes, &form.columns).unwrap();
        assert_eq!((empty.rows.len(), empty.mistakes.len()), (0, 0));
    }
    let bytes = template::xlsx(&form, Labels::zh).unwrap();
    let mut sheet = String::new();
    let mut package = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    package.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    for held in
        ["state=\"frozen\"", "sqref=\"B2:B5001\"", "<formula1>options!$B$1:$B$2</formula1>", "type=\"whole\""]
    {
        assert!(sheet.contains(held), "{held}: {sheet}");
    }
    let english = String::from_utf8(template::csv(&form, Labels::en).unwrap()).unwrap();
    assert_eq!(english, "\u{feff}Name,Relation,Left on,Mobile,Reading,Bags,Bags too\r\n");
    let chinese = String::from_utf8(template::csv(&form, Labels::zh).unwrap()).unwrap();
    assert_eq!(chinese, "\u{feff}姓名,关系,出发日期,手机,体温,bags,bags2\r\n");
}
