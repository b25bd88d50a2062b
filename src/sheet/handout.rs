//! A table that is handed out: cells that keep their kind in XLSX, and in CSV nothing that a spreadsheet would reckon.

use std::time::Duration;

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::named;
use crate::time::{Timestamp, Zone};

/// Paper in millimetres 210 x 297, as Excel numbers it.
const A4: u8 = 9;
/// What a spreadsheet takes for the beginning of a formula, or passes over in search of one.
const RECKONED: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\u{feff}'];
/// A cell of a workbook has room for so many characters.
const CELL_CHARS_MAX: usize = 32_767;
/// A column is at least and at most as wide as so many digits.
const WIDTHS: (u32, u32) = (8, 44);
const INSTANT: &str = "%Y-%m-%d %H:%M:%S";

/// A table with its headings.
#[derive(Debug)]
pub struct Handout {
    /// What the sheet is called.
    pub name: String,
    /// The headings.
    pub headings: Vec<String>,
    /// The rows, each with a cell for every heading.
    pub rows: Vec<Vec<Cell>>,
    /// Whose clock instants are shown by.
    pub zone: Zone,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Blank,
    /// A text, whatever it begins with.
    Text(String),
    /// How many.
    Count(u64),
    /// A measure.
    Number(f64),
    /// An instant, shown by the wall clock.
    Instant(Timestamp),
    /// How long.
    Length(Duration),
}

impl Cell {
    /// A text; nothing where there is none.
    pub fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        if text.is_empty() { Self::Blank } else { Self::Text(text) }
    }

    /// An instant; nothing where there is none.
    #[must_use]
    pub fn instant(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Blank, Self::Instant)
    }

    /// As it is written where cells have no kind: nothing that a spreadsheet would reckon.
    fn plain(&self, zone: &Zone) -> String {
        match self {
            Self::Text(text) if text.starts_with(RECKONED) => format!("'{text}"),
            Self::Blank
            | Self::Text(_)
            | Self::Count(_)
            | Self::Number(_)
            | Self::Instant(_)
            | Self::Length(_) => self.shown(zone),
        }
    }

    /// As people read it.
    #[must_use]
    pub fn shown(&self, zone: &Zone) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Instant(at) => zone.format(*at, INSTANT),
            Self::Length(length) => {
                let s = length.as_secs();
                format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
            }
        }
    }
}

/// The table as CSV in UTF-8, with the mark by which Excel knows it. A text that begins as a formula does is put behind
/// an apostrophe.
///
/// # Errors
/// None in practice: it is written into memory.
pub fn csv(table: &Handout) -> std::io::Result<Vec<u8>> {
    let mut builder = csv::WriterBuilder::new();
    let mut writer = builder.terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(&table.headings)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(|cell| cell.plain(&table.zone)))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// The same as a workbook: instants, lengths and numbers as such, headings that stay in view and are printed on every
/// page. Texts are texts: none becomes a formula.
///
/// # Errors
/// Where the table has what no workbook can hold.
pub fn xlsx(table: &Handout) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(named(&table.name, &[]))?.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    let head = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
    for (column, heading) in (0..).zip(&table.headings) {
        sheet.write_string_with_format(0, column, heading, &head)?;
    }
    let kinds = Kinds::new();
    let mut widths: Vec<u32> = table.headings.iter().map(|heading| width(heading)).collect();
    for (row, cells) in (1..).zip(&table.rows) {
        for ((column, cell), widest) in (0..).zip(cells).zip(&mut widths) {
            write(sheet, (row, column), (cell, &table.zone), &kinds)?;
            *widest = width(&cell.plain(&table.zone)).max(*widest);
        }
    }
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, f64::from(width.clamp(WIDTHS.0, WIDTHS.1) + 2))?;
    }
    if let (Ok(row), Ok(columns)) = (u32::try_from(table.rows.len()), u16::try_from(table.headings.len())) {
        sheet.autofilter(0, 0, row, columns.saturating_sub(1))?;
    }
    book.save_to_buffer()
}

/// How each kind of cell is shown.
struct Kinds {
    text: Format,
    count: Format,
    number: Format,
    instant: Format,
    length: Format,
}

impl Kinds {
    fn new() -> Self {
        let shown = |format: &str| Format::new().set_num_format(format).set_align(FormatAlign::Top);
        Self {
            text: shown("@").set_text_wrap(),
            count: shown("0"),
            number: shown("General"),
            instant: shown("yyyy-mm-dd hh:mm:ss"),
            length: shown("[h]:mm:ss"),
        }
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    (cell, zone): (&Cell, &Zone),
    kinds: &Kinds,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Blank => {}
        Cell::Text(text) => {
            let cut: String = text.chars().take(CELL_CHARS_MAX).collect();
            sheet.write_string_with_format(row, column, cut, &kinds.text)?;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a spreadsheet knows no other number; counts are far below"
        )]
        Cell::Count(count) => {
            sheet.write_number_with_format(row, column, *count as f64, &kinds.count)?;
        }
        Cell::Number(number) => {
            sheet.write_number_with_format(row, column, *number, &kinds.number)?;
        }
        Cell::Length(length) => {
            let days = length.as_secs_f64() / 86_400.0;
            sheet.write_number_with_format(row, column, days, &kinds.length)?;
        }
        Cell::Instant(at) => match excel(*at, zone) {
            Some(at) => {
                sheet.write_datetime_with_format(row, column, &at, &kinds.instant)?;
            }
            None => {
                sheet.write_string_with_format(row, column, cell.plain(zone), &kinds.text)?;
            }
        },
    }
    Ok(())
}

/// An instant on the wall clock; a spreadsheet knows none before 1900.
fn excel(at: Timestamp, zone: &Zone) -> Option<ExcelDateTime> {
    let civil = zone.civil(at);
    let unsigned = |part: i8| u8::try_from(part).ok();
    let day = ExcelDateTime::from_ymd(
        u16::try_from(civil.year()).ok()?,
        unsigned(civil.month())?,
        unsigned(civil.day())?,
    );
    let (hour, minute, second) =
        (u16::from(unsigned(civil.hour())?), unsigned(civil.minute())?, unsigned(civil.second())?);
    day.ok()?.and_hms(hour, minute, second).ok()
}

/// What a text takes of a line; Chinese takes twice as much.
fn width(text: &str) -> u32 {
    let columns = text.chars().take(64).map(|c| if c.is_ascii() { 1 } else { 2 });
    columns.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Handout {
        let at: Timestamp = "2026-11-26T08:07:00Z".parse().unwrap();
        let row = |text: &str| {
            vec![
                Cell::text(text),
                Cell::Count(7),
                Cell::Number(36.6),
                Cell::Instant(at),
                Cell::Length(Duration::from_secs(26 * 3600 + 7 * 60)),
            ]
        };
        Handout {
            name: "问责台账".to_owned(),
            headings: ["说明", "件数", "体温", "时间", "迟"].map(str::to_owned).into(),
            rows: vec![row("=1+2"), row("一,\"二\"\n三"), row("")],
            zone: Zone::named("Asia/Shanghai").unwrap(),
        }
    }

    #[test]
    fn in_csv_nothing_begins_as_a_formula_does() {
        for text in ["=1+2", "+8613800000000", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "\u{feff}=1"]
        {
            assert_eq!(Cell::text(text).plain(&Zone::UTC), format!("'{text}"));
        }
        for text in ["财务部", "1-2", "a=b", "'=1"] {
            assert_eq!(Cell::text(text).plain(&Zone::UTC), text);
        }
    }

    #[test]
    fn csv_is_what_excel_opens_as_utf_8() {
        let text = String::from_utf8(csv(&table()).unwrap()).unwrap();
        let expected = "\u{feff}说明,件数,体温,时间,迟\r\n\
                        '=1+2,7,36.6,2026-11-26 16:07:00,26:07:00\r\n\
                        \"一,\"\"二\"\"\n三\",7,36.6,2026-11-26 16:07:00,26:07:00\r\n\
                        ,7,36.6,2026-11-26 16:07:00,26:07:00\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn in_a_workbook_each_cell_keeps_its_kind_and_none_is_a_formula() {
        use calamine::{Data, Reader as _, open_workbook_from_rs};
        let bytes = xlsx(&table()).unwrap();
        let mut book: calamine::Xlsx<_> = open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let range = book.worksheet_range("问责台账").unwrap();
        assert_eq!(range.get_value((1, 0)), Some(&Data::String("=1+2".to_owned())));
        assert_eq!(range.get_value((2, 0)), Some(&Data::String("一,\"二\"\n三".to_owned())));
        assert_eq!(
            (range.get_value((1, 1)), range.get_value((1, 2))),
            (Some(&Data::Float(7.0)), Some(&Data::Float(36.6)))
        );
        let Some(Data::DateTime(at)) = range.get_value((1, 3)) else { panic!("no instant") };
        assert!((at.as_f64() - (46_352.0 + (16.0 * 60.0 + 7.0) / 1440.0)).abs() < 1e-6, "{at}");
        let Some(Data::DateTime(length)) = range.get_value((1, 4)) else { panic!("no length") };
        assert!(
            length.is_duration() && (length.as_f64() - 26.0 / 24.0 - 7.0 / 1440.0).abs() < 1e-6,
            "{length}"
        );
        let formulas = book.worksheet_formula("问责台账").unwrap();
        assert!(formulas.used_cells().next().is_none());
    }
}
