//! An empty spreadsheet to fill in: the form's headings, and in XLSX what each column takes.

use rust_xlsxwriter::{
    DataValidation, DataValidationRule, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

use super::headings::heading;
use crate::domain::form::{Field, Form, Labels, ROWS_MAX, Takes};

/// The sheet that lists of choices stand on; a list within a cell's rule has room for 255 characters alone.
const OPTIONS: &str = "options";
/// The last row of the largest register, counted from 0; the first has the headings.
#[expect(clippy::cast_possible_truncation, reason = "a spreadsheet has a million rows")]
const LAST_ROW: u32 = ROWS_MAX as u32;

/// The headings as CSV in UTF-8, with the mark by which Excel knows it.
///
/// # Errors
/// None in practice: it is written into memory.
pub fn csv(form: &Form, pick: fn(&Labels) -> &str) -> std::io::Result<Vec<u8>> {
    let mut builder = csv::WriterBuilder::new();
    let mut writer = builder.terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    let columns = super::columns_of(form);
    writer.write_record(columns.iter().map(|field| heading(columns, field, pick)))?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// The same as a workbook: the headings stay in view, texts keep their zeros, choices are chosen from a list.
///
/// # Errors
/// Where a form has what no workbook can hold.
pub fn xlsx(form: &Form, pick: fn(&Labels) -> &str) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let mut options = Worksheet::new();
    options.set_name(OPTIONS)?.set_hidden(true);
    let sheet = book.add_worksheet();
    sheet.set_name(super::named(pick(&form.name), &[OPTIONS]))?.set_freeze_panes(1, 0)?;
    let head = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    let columns = super::columns_of(form);
    let last = if form.columns.is_empty() { 1 } else { LAST_ROW };
    for (column, field) in (0..).zip(columns) {
        let shown = heading(columns, field, pick);
        sheet.set_column_width(column, width(shown))?;
        sheet.set_column_format(column, &format(field))?;
        sheet.write_string_with_format(0, column, shown, &head)?;
        let rule = match &field.takes {
            Takes::Choice(choices) => list(&mut options, column, choices)?,
            Takes::Count => DataValidation::new()
                .allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0))
                .set_error_message(pick(&Labels {
                    zh: "应为不小于 0 的整数".to_owned(),
                    en: "Expected a whole number from 0".to_owned(),
                }))?,
            Takes::Number | Takes::Text | Takes::Date => continue,
        };
        sheet.add_data_validation(1, column, last, column, &rule)?;
    }
    book.push_worksheet(options);
    book.save_to_buffer()
}

/// What a heading takes of a line; Chinese takes twice as much.
fn width(heading: &str) -> f64 {
    let columns: u32 = heading.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    f64::from(columns.clamp(12, 40) + 2)
}

fn format(field: &Field) -> Format {
    let format = match field.takes {
        Takes::Text | Takes::Choice(_) => "@",
        Takes::Date => "yyyy-mm-dd",
        Takes::Count => "0",
        Takes::Number => "General",
    };
    Format::new().set_num_format(format)
}

fn list(sheet: &mut Worksheet, column: u16, choices: &[String]) -> Result<DataValidation, XlsxError> {
    for (row, choice) in (0..).zip(choices) {
        sheet.write_string(row, column, choice)?;
    }
    let (letters, last) = (super::letters(u32::from(column)), choices.len().max(1));
    let range = format!("={OPTIONS}!${letters}$1:${letters}${last}");
    Ok(DataValidation::new().allow_list_formula(range.as_str().into()))
}
