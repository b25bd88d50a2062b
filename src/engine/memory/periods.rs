//! Periods that have left memory, one at a time: there are years of them, each with what became of every unit.

use std::ops::ControlFlow;

use super::PARTS_MAX;
use crate::domain::slot::{Period, PeriodId};
use crate::index::{Index, IndexError, Space};
use crate::time::Day;

/// So many rows are read at once, of up to 48 KiB each.
const ROWS: usize = 16;

/// Where a period stands among all: by its day, then by its form and number.
#[must_use]
pub fn place(period: &PeriodId) -> String {
    format!("{}/{}/{:05}", period.day, period.form, period.number)
}

/// The key of a part of a period: parts of one stand together, in the order of their [`place`]s.
pub(super) fn part_key(period: &PeriodId, number: usize) -> String {
    format!("{}/{number:03}", place(period))
}

/// A period that has left memory.
///
/// # Errors
/// What the index says.
pub fn archived_period(index: &Index, period: &PeriodId) -> Result<Option<Period>, IndexError> {
    let mut json = Vec::new();
    for number in 0..PARTS_MAX {
        match index.get(Space::SlotByDay, part_key(period, number).as_bytes())? {
            Some(part) => json.extend_from_slice(&part),
            None => break,
        }
    }
    Ok(serde_json::from_slice(&json).ok())
}

/// Looks at the periods that have left memory, from a [`place`] or a day on to the end of another day, one at a time
/// and in order, until told to stop. Forms that are not wanted are passed over unread.
///
/// # Errors
/// What the index says.
pub fn look_through(
    index: &Index,
    (from, to): (&str, Day),
    is_wanted: impl Fn(&str) -> bool,
    mut look: impl FnMut(Period) -> ControlFlow<()>,
) -> Result<(), IndexError> {
    let mut json: Vec<u8> = Vec::new();
    let mut look_at = |json: &mut Vec<u8>| {
        // Nothing was gathered of a form that is not wanted.
        let read = serde_json::from_slice(json).ok();
        json.clear();
        read.map_or(ControlFlow::Continue(()), &mut look)
    };
    let mut after = from.to_owned();
    loop {
        let rows = index.range(Space::SlotByDay, b"", Some(after.as_bytes()), ROWS)?;
        let Some((last, _)) = rows.last() else { break };
        after = String::from_utf8_lossy(last).into_owned();
        for (key, part) in rows {
            let key = String::from_utf8_lossy(&key);
            // A first part begins the next period.
            if key.ends_with("/000") && look_at(&mut json).is_break() {
                return Ok(());
            }
            let mut names = key.split('/');
            let day = names.next().and_then(|day| day.parse::<Day>().ok());
            if day.is_none_or(|day| day > to) {
                return Ok(());
            }
            if names.next().is_some_and(&is_wanted) {
                json.extend_from_slice(&part);
            }
        }
    }
    // The last one has no next.
    match look_at(&mut json) {
        ControlFlow::Continue(()) | ControlFlow::Break(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::names::{FormId, UnitId};
    use crate::domain::slot::{PeriodOpened, Reminders};
    use crate::index::IndexBatch;
    use crate::time::Timestamp;

    /// A year of two forms, of some units each: a period takes more than one part.
    fn index(folder: &tempfile::TempDir) -> Index {
        let (index, _) = Index::open(&folder.path().join("index")).unwrap();
        let first: Day = "2025-01-01".parse().unwrap();
        let mut batch = IndexBatch::new(1);
        for days in 0..365 {
            for form in ["a-b", "a"] {
                let id = PeriodId { form: FormId::new(form), day: first.plus_days(days), number: 1 };
                let json = serde_json::to_vec(&period(&id)).unwrap();
                for (number, part) in json.chunks(json.len() / 2 + 1).enumerate() {
                    batch.put(Space::SlotByDay, part_key(&id, number).as_bytes(), part);
                }
            }
        }
        index.apply(batch).unwrap();
        index
    }

    fn period(id: &PeriodId) -> Period {
        let at = Timestamp::from_millis(0);
        let units = ["finance", "trade"].map(UnitId::new).to_vec();
        let opened = PeriodOpened {
            period: id.clone(),
            opens: at,
            due: at,
            on_time_until: at,
            missing_at: at,
            born_late: false,
            rule: String::new(),
            units: Arc::new(units),
            next: None,
            reminders: Reminders::default(),
        };
        serde_json::from_value(serde_json::json!({
            "opened": opened, "due": at, "on_time_until": at, "missing_at": at, "moved": [], "owing": null,
            "outcomes": {}, "closed_at": at, "entries": [], "dues": [],
        }))
        .unwrap()
    }

    fn seen(index: &Index, (from, to): (&str, &str), form: Option<&str>, most: usize) -> Vec<String> {
        let mut seen = Vec::new();
        let is_wanted = |known: &str| form.is_none_or(|form| form == known);
        look_through(index, (from, to.parse().unwrap()), is_wanted, |period| {
            seen.push(place(period.id()));
            if seen.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
        seen
    }

    #[test]
    fn periods_are_looked_at_in_order_until_told_to_stop_and_from_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let index = index(&folder);
        let all = seen(&index, ("2025-01-01", "2025-12-31"), None, usize::MAX);
        assert_eq!((all.len(), all.is_sorted()), (730, true));
        assert_eq!(
            seen(&index, ("2020-01-01", "2030-01-01"), None, 1),
            all[..1],
            "no more than was asked for"
        );
        let rest = seen(&index, (&all[400], "2030-01-01"), None, usize::MAX);
        assert_eq!(rest, all[400..], "the one it stopped at is looked at again: it may have more units");
        assert_eq!(seen(&index, ("2025-03-01", "2025-03-01"), None, usize::MAX).len(), 2);
    }

    #[test]
    fn a_form_is_looked_at_alone_and_a_period_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let index = index(&folder);
        let of_a = seen(&index, ("2025-01-01", "2025-12-31"), Some("a"), usize::MAX);
        assert!(of_a.len() == 365 && of_a.iter().all(|place| place.contains("/a/")), "{of_a:?}");
        let id = PeriodId { form: FormId::new("a-b"), day: "2025-07-01".parse().unwrap(), number: 1 };
        assert_eq!(archived_period(&index, &id).unwrap(), Some(period(&id)));
        assert_eq!(archived_period(&index, &PeriodId { number: 2, ..id }).unwrap(), None);
    }
}
