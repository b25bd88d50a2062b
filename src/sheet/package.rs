//! Goes over a packed workbook before it is read: whoever reads it after keeps whole texts, lists and styles in memory,
//! and believes what it says of their number.

use std::io::{BufReader, Cursor, Read};

use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::table::too_much;
use super::{Refusal, said};

/// All parts unpacked: 5,000 rows of 40 columns, as many as JSON may have, take half of it. Read, it takes five times as
/// much where it is all small texts.
const UNPACKED_MAX: u64 = 32 << 20;
/// A workbook has a dozen parts, and one for each picture.
const PARTS_MAX: usize = 1_000;
/// So many worksheets are looked at, hidden ones with them.
const SHEETS_MAX: usize = 16;
/// Each part names what belongs to it; an address for mail that somebody typed is a link, and such a part.
const RELATIONS_MAX: usize = 20_000;
/// The styles of cells; each is kept with its font and the format of its numbers.
const STYLES_MAX: usize = 10_000;
/// How many texts a workbook says it has, in digits: a register has half a million cells.
const TEXT_COUNT_DIGITS_MAX: usize = 7;
/// One name, path or format; a number's format takes 255 characters.
const NAME_BYTES_MAX: usize = 2_048;

pub(super) fn damaged() -> Refusal {
    Refusal::Damaged(said(
        "无法作为 .xlsx 工作簿读取：请另存为“Excel 工作簿 (.xlsx)”再上报",
        "It cannot be read as an .xlsx workbook: save it as “Excel Workbook (.xlsx)”.",
    ))
}

/// What has been found so far.
#[derive(Default)]
struct Tally {
    sheets: usize,
    relations: usize,
    styles: usize,
}

/// Refuses a workbook that is none, or would cost more to read than a register may.
pub(super) fn bounded(bytes: &[u8]) -> Result<(), Refusal> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(damaged());
    }
    if announces_too_many(bytes) {
        return Err(too_much());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_error| damaged())?;
    if archive.len() > PARTS_MAX {
        return Err(too_much());
    }
    let mut tally = Tally::default();
    let mut left = UNPACKED_MAX;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_error| damaged())?;
        let mut part = part.take(left + 1);
        tally.go_over(&mut part)?;
        // What is behind the first thing that is no XML is unpacked by nobody, but it counts.
        let rest = std::io::copy(&mut part, &mut std::io::sink());
        if part.limit() == 0 {
            return Err(too_much());
        }
        rest.map_err(|_error| damaged())?;
        left = part.limit() - 1;
    }
    Ok(())
}

/// Room for the list of parts is made by the number that is announced in front of them, where 64 bits are spent on it.
fn announces_too_many(bytes: &[u8]) -> bool {
    let ends = bytes.windows(40).filter(|window| window.starts_with(b"PK\x06\x06"));
    let mut announced = ends.filter_map(|end| end.last_chunk().copied().map(u64::from_le_bytes));
    announced.any(|parts| usize::try_from(parts).is_ok_and(|parts| parts > PARTS_MAX))
}

impl Tally {
    /// Looks at every element of a part, as whoever reads it after will.
    fn go_over(&mut self, part: impl Read) -> Result<(), Refusal> {
        let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
        let config = reader.config_mut();
        (config.check_end_names, config.expand_empty_elements) = (false, true);
        let mut event = Vec::new();
        loop {
            event.clear();
            match reader.read_event_into(&mut event) {
                Ok(Event::Start(element)) => self.count(&element)?,
                Ok(Event::Eof) | Err(_) => return Ok(()),
                Ok(_) => {}
            }
        }
    }

    fn count(&mut self, element: &BytesStart<'_>) -> Result<(), Refusal> {
        let (counted, most) = match element.local_name().as_ref() {
            "sheet" => (&mut self.sheets, SHEETS_MAX),
            "Relationship" => (&mut self.relations, RELATIONS_MAX),
            "xf" => (&mut self.styles, STYLES_MAX),
            "sst" if counts_too_high(element) => return Err(too_much()),
            "numFmt" | "name" | "rFont" | "definedName" => (&mut 0, 1),
            _ => return Ok(()),
        };
        *counted += 1;
        if *counted > most || element.len() > NAME_BYTES_MAX { Err(too_much()) } else { Ok(()) }
    }
}

/// Whether the list of texts says that it is longer than a register needs: room is made for as many at once.
fn counts_too_high(list: &BytesStart<'_>) -> bool {
    let tag: &str = list;
    tag.split(|c: char| !c.is_ascii_digit()).any(|number| number.len() > TEXT_COUNT_DIGITS_MAX)
}
