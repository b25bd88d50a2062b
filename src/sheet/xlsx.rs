//! XLSX: the one sheet that has something in it, cell by cell, with the values of formulas as they were saved.

use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader as _, SheetType, SheetVisible, Xlsx};

use super::cell::Cell;
use super::package::{bounded, damaged};
use super::table::Table;
use super::{Expected, Refusal, Rows, letters};

type Book<'b> = Xlsx<Cursor<&'b [u8]>>;

pub(super) fn read(bytes: &[u8], expected: &Expected<'_>) -> Result<Rows, Refusal> {
    bounded(bytes)?;
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|_error| damaged())?;
    let shown = |sheet: &&calamine::Sheet| {
        sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet
    };
    let names: Vec<String> =
        book.sheets_metadata().iter().filter(shown).map(|sheet| sheet.name.clone()).collect();
    let mut filled = Vec::new();
    for name in names {
        if has_content(&mut book, &name)? {
            filled.push(name);
        }
    }
    let name = match filled.as_slice() {
        [name] => name,
        [] => return Table::new(expected).finish(),
        several => {
            let count = several.len();
            return Err(Refusal::whole(
                format!("应只有一张有内容的工作表，现有 {count} 张"),
                format!("Expected one sheet with something in it; there are {count}"),
            ));
        }
    };
    let merged = book.merge_cells_by_sheet_name(name).map_err(|_error| damaged())?;
    if let Some(range) = merged.first() {
        let range = range_as_shown(range);
        return Err(Refusal::whole(
            format!("{range} 为合并单元格：请取消合并，每行各自填写"),
            format!("{range} is merged: expected each row to have cells of its own"),
        ));
    }
    rows(&mut book, name, expected)
}

fn range_as_shown(range: &Dimensions) -> String {
    let cell = |(row, column): (u32, u32)| format!("{}{}", letters(column), u64::from(row) + 1);
    format!("{}:{}", cell(range.start), cell(range.end))
}

fn has_content(book: &mut Book<'_>, name: &str) -> Result<bool, Refusal> {
    let mut cells = book.worksheet_cells_reader(name).map_err(|_error| damaged())?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|_error| damaged())? {
        let blank = match cell.value {
            DataRef::Empty => cell.formula.is_none(),
            DataRef::String(text) => text.trim().is_empty(),
            DataRef::SharedString(text) => text.trim().is_empty(),
            DataRef::Int(_)
            | DataRef::Float(_)
            | DataRef::Bool(_)
            | DataRef::DateTime(_)
            | DataRef::DateTimeIso(_)
            | DataRef::DurationIso(_)
            | DataRef::Error(_) => false,
        };
        if !blank {
            return Ok(true);
        }
    }
    Ok(false)
}

fn rows(book: &mut Book<'_>, name: &str, expected: &Expected<'_>) -> Result<Rows, Refusal> {
    let mut cells = book.worksheet_cells_reader(name).map_err(|_error| damaged())?;
    let mut table = Table::new(expected);
    while !table.is_full() {
        let Some(found) = cells.next_cell_with_formula_metadata().map_err(|_error| damaged())? else { break };
        let (row, column) = found.pos;
        let cell = match &found.value {
            DataRef::Empty if found.formula.is_some() => Cell::Unsaved,
            DataRef::Empty => continue,
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                Cell::Text(text)
            }
            DataRef::SharedString(text) => Cell::Text(text),
            DataRef::Float(number) => Cell::Number(*number),
            #[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no other numbers than f64")]
            DataRef::Int(number) => Cell::Number(*number as f64),
            DataRef::Bool(value) => Cell::Bool(*value),
            // Before the first day there are only times of day, and what lasts so many hours is no day.
            DataRef::DateTime(at) if at.is_datetime() && at.as_f64() >= 1.0 => {
                let (year, month, day, ..) = at.to_ymd_hms_milli();
                Cell::Date(year, month, day)
            }
            DataRef::DateTime(at) => Cell::Number(at.as_f64()),
            DataRef::Error(_) => Cell::Fault,
        };
        table.put(row.saturating_add(1), column, cell)?;
    }
    table.finish()
}
