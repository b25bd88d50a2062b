//! Rows in the making, cell by cell as a file is read: nothing is kept that a register has no room for.

use serde_json::{Map, Value};

use super::cell::{self, Cell, Lost};
use super::headings::{self, Columns};
use super::{At, Expected, Mistake, Refusal, Rows, letters, place, said};
use crate::domain::form::{Field, TEXT_CHARS_MAX};

/// The texts of one file: as much as a body in JSON may hold, and that again. A sheet says a long text once and points
/// at it from millions of cells.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// A first row with more cells than this is none of headings: a form has at most 100 columns.
const HEADINGS_MAX: usize = 200;

/// A register in the making.
pub(super) struct Table<'f> {
    expected: Expected<'f>,
    headings: Option<Columns>,
    first: Vec<(u32, String)>,
    row: Map<String, Value>,
    mistaken: bool,
    number: u32,
    text_left: usize,
    made: Rows,
}

impl<'f> Table<'f> {
    pub(super) fn new(expected: &Expected<'f>) -> Self {
        Self {
            expected: *expected,
            headings: None,
            first: Vec::new(),
            row: Map::new(),
            mistaken: false,
            number: 0,
            text_left: TEXT_BYTES_MAX,
            made: Rows::default(),
        }
    }

    /// Takes a cell of a row, counted from 1, and a column, counted from 0. Rows come in order.
    pub(super) fn put(&mut self, number: u32, column: u32, cell: Cell<'_>) -> Result<(), Refusal> {
        if number < self.number {
            return Err(Refusal::Damaged(said("各行的顺序不对", "The rows are not in order.")));
        }
        if number > self.number {
            self.end_row()?;
            self.number = number;
        }
        if self.is_full() {
            return Ok(());
        }
        match &self.headings {
            None => self.head(column, cell),
            Some(headings) => {
                let field = headings.get(&column).and_then(|index| self.expected.columns.get(*index));
                self.fill(column, field, cell)
            }
        }
    }

    /// Whether there are more rows than a register may have, or more mistakes than anybody reads.
    pub(super) fn is_full(&self) -> bool {
        let Expected { rows_max, mistakes_max, .. } = self.expected;
        self.made.rows.len() > rows_max || self.made.mistakes.len() >= mistakes_max
    }

    /// The rows, with the last one.
    pub(super) fn finish(mut self) -> Result<Rows, Refusal> {
        self.end_row()?;
        if self.headings.is_none() {
            headings::matched(&self.expected, &[])?;
        }
        Ok(self.made)
    }

    fn head(&mut self, column: u32, cell: Cell<'_>) -> Result<(), Refusal> {
        let text = match cell {
            Cell::Text(text) => text.trim().chars().take(TEXT_CHARS_MAX).collect(),
            // Not the heading of anything; what it says is nobody's business.
            Cell::Number(_) | Cell::Bool(_) | Cell::Date(..) | Cell::Fault | Cell::Unsaved => "?".to_owned(),
        };
        if !text.is_empty() {
            self.first.push((column, text));
        }
        if self.first.len() > HEADINGS_MAX {
            return Err(Refusal::whole(
                "第一行应为表头，最多 200 列",
                "Expected the form's headings in the first row, at most 200 of them",
            ));
        }
        Ok(())
    }

    fn fill(&mut self, column: u32, field: Option<&'f Field>, cell: Cell<'_>) -> Result<(), Refusal> {
        let Some(field) = field else {
            let blank = matches!(cell, Cell::Text(text) if text.trim().is_empty());
            if !blank && !self.expected.others_pass {
                let (letters, number) = (letters(column), self.number);
                let says = said(
                    format!("第 {number} 行 {letters} 列：该列没有表头，应为空"),
                    format!(
                        "row {number}, column {letters}: expected nothing, for the column has no heading"
                    ),
                );
                self.mistake(None, says);
            }
            return Ok(());
        };
        match cell::value(&field.takes, cell) {
            Ok(None) => {}
            Ok(Some(value)) => {
                let bytes = field.name.len() + value.as_str().map_or(0, str::len);
                let Some(left) = self.text_left.checked_sub(bytes) else { return Err(too_much()) };
                self.text_left = left;
                self.row.insert(field.name.clone(), value);
            }
            Err(lost) => self.lose(field, lost),
        }
        Ok(())
    }

    fn lose(&mut self, field: &Field, lost: Lost) {
        let at = place(self.number, &field.label);
        let (zh, en) = lost.says();
        self.mistake(Some(&field.name), said(format!("{}：{zh}", at.zh), format!("{}: {en}", at.en)));
    }

    fn mistake(&mut self, column: Option<&str>, says: crate::domain::form::Labels) {
        self.mistaken = true;
        let at = At::Row { index: self.made.rows.len(), column: column.map(str::to_owned) };
        self.made.mistakes.push(Mistake { at, says });
    }

    fn end_row(&mut self) -> Result<(), Refusal> {
        if self.headings.is_none() {
            if !self.first.is_empty() {
                self.headings = Some(headings::matched(&self.expected, &self.first)?);
            }
        } else if self.mistaken || !self.row.is_empty() {
            self.made.rows.push(std::mem::take(&mut self.row));
            self.made.numbers.push(self.number);
            self.mistaken = false;
        }
        Ok(())
    }
}

pub(super) fn too_much() -> Refusal {
    Refusal::TooLarge(said(
        "文件展开后过大：请只保留表头和登记的各行，删去空行、格式和其他内容",
        "The file is too large when unpacked: keep the headings and the rows, and delete formats, empty rows and all else.",
    ))
}
