//! Spreadsheets as CSV and XLSX: registers as people keep them and figures in one row, read and offered as templates; and
//! tables that are handed out.
//!
//! **Invariant.** Nothing here judges a value: cells become the JSON that a report says its rows in, and whoever checks
//! that checks these. What a file may cost is bounded before it is spent - bytes unpacked, rows, texts - and nothing
//! that stood in a cell is in an error or in a `Debug`.

mod cell;
mod csv;
pub mod handout;
mod headings;
mod package;
mod table;
pub mod template;
#[cfg(test)]
mod tests;
mod text;
mod xlsx;

pub use cell::day;
pub use text::folded;

use std::fmt;

use serde_json::{Map, Value};

use crate::domain::form::{Field, Form, Labels, ROWS_MAX};

/// So many mistakes are told of one file: more nobody reads at once.
pub const MISTAKES_MAX: usize = 50;

/// A name of a sheet has at most so many characters.
const SHEET_CHARS_MAX: usize = 31;

/// What kind of file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text with separators; in the encoding that was named, else UTF-8 where it is, else GB18030.
    Csv {
        /// The name of the encoding, as whoever sent it says.
        charset: Option<String>,
    },
    /// An Excel workbook.
    Xlsx,
}

/// What a file is held against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'f> {
    /// Its columns.
    pub columns: &'f [Field],
    /// What else columns may be headed with, beside their labels and names: the name of one, and a heading.
    pub also: &'f [(&'f str, &'f str)],
    /// Whether a column with another heading is passed over, and no mistake.
    pub others_pass: bool,
    /// It has at most so many rows.
    pub rows_max: usize,
    /// Reading ends after so many mistakes.
    pub mistakes_max: usize,
}

impl<'f> Expected<'f> {
    /// A register with these columns, and no others.
    #[must_use]
    pub const fn of(columns: &'f [Field]) -> Self {
        Self { columns, also: &[], others_pass: false, rows_max: ROWS_MAX, mistakes_max: MISTAKES_MAX }
    }
}

/// The columns of a form as a spreadsheet: those of a register, else its figures, in one row.
#[must_use]
pub fn columns_of(form: &Form) -> &[Field] {
    if form.columns.is_empty() { &form.fields } else { &form.columns }
}

/// The rows of a register.
#[derive(Clone, Default, PartialEq)]
pub struct Rows {
    /// Cells by the names of their columns; empty cells are left out, empty rows are passed over. One more than a
    /// register may have where the file has more.
    pub rows: Vec<Map<String, Value>>,
    /// Which row of the spreadsheet each is, counted from 1 as the spreadsheet shows it.
    pub numbers: Vec<u32>,
    /// What no value could be made of.
    pub mistakes: Vec<Mistake>,
}

/// Prints the counts alone: the rest is somebody's.
impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Rows");
        shown.field("rows", &self.rows.len()).field("mistakes", &self.mistakes).finish_non_exhaustive()
    }
}

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: At,
    /// Where as the spreadsheet shows it, and what was expected; never what was there.
    pub says: Labels,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// A cell, or a whole row.
    Row {
        /// Which of [`Rows::rows`].
        index: usize,
        /// The name of its column; `None` where the form has none there.
        column: Option<String>,
    },
    /// A heading, as it stands there or as it is lacking.
    Heading(String),
    /// All of it.
    Whole,
}

/// A file that no rows can be read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is another kind of file: what to do about it.
    Kind(Labels),
    /// It cannot be read as what it is.
    Damaged(Labels),
    /// More than a register may cost to read.
    TooLarge(Labels),
    /// It can be read, and its rows cannot be told.
    Shape(Vec<Mistake>),
}

impl Refusal {
    /// Something about the file as a whole.
    fn whole(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Shape(vec![Mistake { at: At::Whole, says: said(zh, en) }])
    }
}

fn said(zh: impl Into<String>, en: impl Into<String>) -> Labels {
    Labels { zh: zh.into(), en: en.into() }
}

/// A cell as people find it.
#[must_use]
pub fn place(row: u32, column: &Labels) -> Labels {
    said(format!("第 {row} 行「{}」", column.zh), format!("row {row}, “{}”", column.en))
}

/// A name as far as it can name a sheet beside these others.
fn named(name: &str, others: &[&str]) -> String {
    let fits = |c: &char| !"[]:*?/\\'".contains(*c) && !c.is_control();
    let name: String = name.chars().filter(fits).take(SHEET_CHARS_MAX).collect();
    let mut others = others.iter().chain(&["history"]);
    let taken = name.trim().is_empty() || others.any(|other| name.eq_ignore_ascii_case(other));
    if taken { "Register".to_owned() } else { name }
}

/// A column as spreadsheets show it, counted from 0.
fn letters(column: u32) -> String {
    let mut left = u64::from(column) + 1;
    let mut letters = Vec::new();
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or_default()));
        left /= 26;
    }
    letters.iter().rev().collect()
}

/// Reads the rows of a register that has these columns and no others.
///
/// # Errors
/// [`Refusal`] where no rows can be told.
pub fn read(kind: &Kind, bytes: &[u8], columns: &[Field]) -> Result<Rows, Refusal> {
    read_as(kind, bytes, &Expected::of(columns))
}

/// Reads the rows of a file that is held against what is expected of it.
///
/// # Errors
/// [`Refusal`] where no rows can be told.
pub fn read_as(kind: &Kind, bytes: &[u8], expected: &Expected<'_>) -> Result<Rows, Refusal> {
    let old = bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    match kind {
        _ if old && has_word(bytes, "EncryptedPackage") => Err(Refusal::Kind(said(
            "工作簿有密码保护：请取消密码后另存再上报",
            "The workbook is encrypted: save it without a password.",
        ))),
        _ if old => Err(Refusal::Kind(said(
            "这是旧版 Excel 文件（.xls）：请另存为 .xlsx 再上报",
            "This is an old Excel file (.xls): save it as .xlsx.",
        ))),
        Kind::Csv { .. } if bytes.starts_with(b"PK\x03\x04") => Err(Refusal::Kind(said(
            "这是压缩文件（如 .xlsx），不是 CSV：请按其类型发送，或另存为 CSV",
            "This is a packed file such as .xlsx, and not CSV: send it as what it is, or save it as CSV.",
        ))),
        Kind::Csv { charset } => csv::read(bytes, charset.as_deref(), expected),
        Kind::Xlsx => xlsx::read(bytes, expected),
    }
}

/// Whether the bytes hold a word as old Office files write names.
fn has_word(bytes: &[u8], word: &str) -> bool {
    let word: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(word.len()).any(|window| window == word)
}
