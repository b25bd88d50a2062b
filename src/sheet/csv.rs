//! CSV: separators as they are found, line breaks within quotation marks, rows numbered as a spreadsheet numbers them.

use csv::{ReaderBuilder, StringRecord};

use super::cell::Cell;
use super::table::Table;
use super::text::decoded;
use super::{Expected, Refusal, Rows, headings, said};

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

pub(super) fn read(bytes: &[u8], charset: Option<&str>, expected: &Expected<'_>) -> Result<Rows, Refusal> {
    let text = decoded(bytes, charset)?;
    // An open quotation mark would take all rows behind it for one text.
    if !text.bytes().filter(|b| *b == b'"').count().is_multiple_of(2) {
        return Err(Refusal::whole(
            "有一处引号没有成对：内容中的引号应写两次",
            "A quotation mark is not closed: one within a text is written twice",
        ));
    }
    let (named, text) = named_separator(&text);
    let separator = named.unwrap_or_else(|| separator(text, expected));
    let mut reader = reader(text, separator);
    let mut record = StringRecord::new();
    let mut table = Table::new(expected);
    let mut number: u32 = u32::from(named.is_some());
    while !table.is_full() {
        number = number.saturating_add(1).saturating_add(blank_lines(text, reader.position().byte()));
        if !reader.read_record(&mut record).map_err(|_error| damaged())? {
            break;
        }
        for (column, cell) in (0..).zip(&record) {
            if !cell.is_empty() {
                table.put(number, column, Cell::Text(cell))?;
            }
        }
    }
    table.finish()
}

fn damaged() -> Refusal {
    Refusal::Damaged(said("无法作为 CSV 读取", "It cannot be read as CSV."))
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes())
}

/// The separator that Excel is told of in a line in front, and what is behind that line.
fn named_separator(text: &str) -> (Option<u8>, &str) {
    let line = text.split(['\r', '\n']).next().unwrap_or_default();
    let named = line.strip_prefix("sep=").map(str::as_bytes);
    match named {
        Some([separator]) if SEPARATORS.contains(separator) => {
            let rest = text.get(line.len()..).unwrap_or_default();
            (Some(*separator), rest.strip_prefix("\r\n").or_else(|| rest.get(1..)).unwrap_or_default())
        }
        Some(_) | None => (None, text),
    }
}

/// The separator by which most headings are the form's.
fn separator(text: &str, expected: &Expected<'_>) -> u8 {
    let known = |separator: &u8| {
        let mut record = StringRecord::new();
        let read = reader(text, *separator).read_record(&mut record).unwrap_or(false);
        if read { headings::known(expected, &record) } else { 0 }
    };
    // The first of those that are as good.
    SEPARATORS.into_iter().rev().max_by_key(known).unwrap_or(b',')
}

/// The blank lines at a place where a record ended: the reader passes them over, a spreadsheet counts them.
fn blank_lines(text: &str, at: u64) -> u32 {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let bytes = text.as_bytes();
    let rest = bytes.get(at..).unwrap_or_default();
    let ended_between = at > 0 && bytes.get(at - 1) == Some(&b'\r') && rest.first() == Some(&b'\n');
    let mut rest = if ended_between { rest.get(1..).unwrap_or_default() } else { rest };
    let mut lines = 0;
    loop {
        rest = match rest {
            [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
            _ => return lines,
        };
        lines += 1;
    }
}
