//! Which column of a spreadsheet is which of the form: by its label in either language, or by its name.

use std::collections::{BTreeMap, BTreeSet};

use super::text::folded;
use super::{At, Expected, MISTAKES_MAX, Mistake, Refusal, letters, said};
use crate::domain::form::{Field, Labels};

/// The columns of the form by the columns of the spreadsheet, counted from 0.
pub(super) type Columns = BTreeMap<u32, usize>;

/// A heading without what people and programs do to it: width, case, spaces and line breaks.
fn plain(heading: &str) -> String {
    folded(heading).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The columns that a heading may stand for.
fn meant(expected: &Expected<'_>, heading: &str) -> Vec<usize> {
    let heading = plain(heading);
    let names = |field: &Field| [&field.label.zh, &field.label.en, &field.name].map(|name| plain(name));
    let also = |field: &Field| {
        let mut also = expected.also.iter().filter(|(column, _)| *column == field.name);
        also.any(|(_, name)| plain(name) == heading)
    };
    let found = expected
        .columns
        .iter()
        .enumerate()
        .filter(|(_, field)| names(field).contains(&heading) || also(field));
    found.map(|(index, _)| index).collect()
}

/// What a column is headed with in one language: its label where that is its own, else its name.
pub(super) fn heading<'f>(columns: &'f [Field], field: &'f Field, pick: fn(&Labels) -> &str) -> &'f str {
    let label = pick(&field.label);
    if meant(&Expected::of(columns), label).len() == 1 { label } else { &field.name }
}

/// Matches the first row of a spreadsheet, blank cells left out.
pub(super) fn matched(expected: &Expected<'_>, row: &[(u32, String)]) -> Result<Columns, Refusal> {
    let columns = expected.columns;
    let mut found = Columns::new();
    let mut seen = BTreeSet::new();
    let mut mistakes = Vec::new();
    for (at, heading) in row {
        let place = letters(*at);
        let mistake = match meant(expected, heading).as_slice() {
            [index] if seen.insert(*index) => {
                found.insert(*at, *index);
                continue;
            }
            [_] => said(
                format!("{place} 列：表头重复，每个表头只应出现一次"),
                format!("Column {place}: expected each heading once"),
            ),
            [] if expected.others_pass => continue,
            [] => {
                let expected = all(columns);
                said(
                    format!("{place} 列：不是本表的表头，应为 {} 之一", expected.zh),
                    format!("Column {place}: expected one of the form's headings: {}", expected.en),
                )
            }
            [_, ..] => said(
                format!("{place} 列：该表头对应多列，请改用字段名"),
                format!("Column {place}: several columns have this heading; expected the name of the field"),
            ),
        };
        mistakes.push(Mistake { at: At::Heading(heading.clone()), says: mistake });
    }
    // Without one heading that is known it is no row of headings, and what stands there may be somebody's name.
    if seen.is_empty() && (expected.others_pass || mistakes.len() == row.len()) {
        let expected = all(columns);
        return Err(Refusal::whole(
            format!("第一行应为表头：{}", expected.zh),
            format!("Expected the form's headings in the first row: {}", expected.en),
        ));
    }
    for field in columns.iter().enumerate().filter(|(index, _)| !seen.contains(index)).map(|(_, field)| field)
    {
        if field.is_owed() {
            let Labels { zh, en } = &field.label;
            let says =
                said(format!("缺少「{zh}」列"), format!("“{en}”: expected a column with this heading"));
            mistakes.push(Mistake { at: At::Heading(field.name.clone()), says });
        }
    }
    mistakes.truncate(MISTAKES_MAX);
    if mistakes.is_empty() { Ok(found) } else { Err(Refusal::Shape(mistakes)) }
}

/// How many headings of a row are the form's.
pub(super) fn known(expected: &Expected<'_>, row: &csv::StringRecord) -> usize {
    row.iter().filter(|heading| !meant(expected, heading).is_empty()).count()
}

fn all(columns: &[Field]) -> Labels {
    let list = |pick: fn(&Labels) -> &str, between: &str| {
        let labels: Vec<&str> = columns.iter().map(|field| heading(columns, field, pick)).collect();
        labels.join(between)
    };
    said(list(Labels::zh, "、"), list(Labels::en, ", "))
}
