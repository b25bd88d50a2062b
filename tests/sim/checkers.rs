//! The checkers: one file for a promise or two that belong together. Each reads lines and records, and complains.

mod acts;
mod archived;
mod bounds;
mod chain;
mod corrections;
mod days;
mod due;
mod durable;
mod excuses;
mod fevers;
mod gaps;
mod handlers;
mod heard;
mod honest;
mod latest;
mod limits;
mod locks;
mod outage;
mod periods;
mod proofs;
mod reports;
mod sealed;
mod ways;
mod withdrawn;

use std::collections::BTreeMap;

use crate::lines::{self, Entry, Fact};
use crate::record::{Adopted, Record, sha256_of};
use crate::site::{BEGINNING, Site};

/// A run as a checker sees it.
pub(crate) struct Run<'a> {
    pub(crate) record: &'a Record,
    pub(crate) entries: Vec<Entry>,
    /// The organisation, and the first entry that is decided by it.
    pub(crate) sites: Vec<(u64, &'a Site)>,
    /// Every message that was ever planned, by its key.
    pub(crate) planned: BTreeMap<String, Planned>,
}

/// A message as it was planned.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) purpose: String,
    pub(crate) case: Option<String>,
    pub(crate) clock: Option<u64>,
    /// What tells it from others of its purpose.
    pub(crate) step: String,
    pub(crate) to: String,
    pub(crate) medium: String,
    pub(crate) due: i64,
    /// The entry that planned it.
    pub(crate) seq: u64,
}

/// A clock: its case, and its number there.
pub(crate) type Place = (String, u64);

/// The clock that a fact is about.
pub(crate) fn place(fact: &Fact) -> Place {
    (fact.text("/case").to_owned(), fact.number("/clock"))
}

/// What a checker has to say: nothing, if the promise was kept.
pub(crate) type Complaints = Vec<String>;

type Checker = fn(&Run<'_>) -> Complaints;

const CHECKERS: [Checker; 24] = [
    acts::check,
    archived::check,
    durable::check,
    honest::check,
    chain::check,
    proofs::check,
    limits::check,
    due::check,
    gaps::check,
    bounds::check,
    latest::check,
    outage::check,
    sealed::check,
    heard::check,
    corrections::check,
    days::check,
    withdrawn::check,
    handlers::check,
    excuses::check,
    reports::check,
    locks::check,
    periods::check,
    fevers::check,
    ways::check,
];

/// Everything that every checker complains of.
pub(crate) fn check(record: &Record) -> Complaints {
    let mut complaints = record.complaints.clone();
    match lines::read(&record.journal) {
        Ok(entries) => {
            let run = Run { record, planned: planned(&entries), sites: sites(record, &entries), entries };
            complaints.extend(CHECKERS.iter().flat_map(|checker| checker(&run)));
        }
        Err(why) => complaints.push(format!("P8: {why}")),
    }
    complaints
}

/// A reload counts from the entry that puts it on record; one that never came there counts for nothing.
fn sites<'a>(record: &'a Record, entries: &[Entry]) -> Vec<(u64, &'a Site)> {
    let on_record = |sha256: String| {
        let adopts =
            |entry: &&Entry| entry.facts("configuration_adopted").any(|fact| fact.text("/sha256") == sha256);
        entries.iter().find(adopts).map(|entry| entry.seq)
    };
    let from = |(index, adopted): (usize, &'a Adopted)| {
        let from = adopted.after.map(|after| after + 1).or_else(|| on_record(sha256_of(index + 1)))?;
        Some((from, &adopted.site))
    };
    record.adopted.iter().enumerate().filter_map(from).collect()
}

fn planned(entries: &[Entry]) -> BTreeMap<String, Planned> {
    let facts = entries
        .iter()
        .flat_map(|entry| entry.facts("notification_planned").map(move |fact| (entry.seq, fact)));
    facts
        .map(|(seq, fact)| {
            let to = fact.body.pointer("/notification/to").map(ToString::to_string).unwrap_or_default();
            let planned = Planned {
                purpose: fact.text("/notification/purpose").to_owned(),
                case: Some(fact.text("/notification/subject/case").to_owned())
                    .filter(|case| !case.is_empty()),
                clock: fact.has("/notification/clock").then(|| fact.number("/notification/clock")),
                step: fact.text("/notification/step").to_owned(),
                to,
                medium: fact.text("/notification/medium").to_owned(),
                due: fact.instant("/notification/due").unwrap_or(i64::MAX),
                seq,
            };
            (fact.text("/notification/id").to_owned(), planned)
        })
        .collect()
}

impl Run<'_> {
    /// The messages that an attempt carries.
    pub(crate) fn carried<'a>(&self, attempt: &'a Fact) -> impl Iterator<Item = &'a str> {
        let covers = attempt.list("/covers").iter().filter_map(|id| id.as_str());
        std::iter::once(attempt.text("/notification")).chain(covers)
    }

    /// A clock as it counted when an entry was decided.
    pub(crate) fn clock(&self, place: &Place, seq: u64) -> Option<(&Entry, &Fact)> {
        self.entries
            .iter()
            .take_while(|entry| entry.seq <= seq)
            .flat_map(|entry| {
                let counts = entry.facts("clock_started").chain(entry.facts("clock_antedated"));
                counts.map(move |fact| (entry, fact))
            })
            .filter(|(_, fact)| {
                (fact.text("/case"), fact.number("/clock/clock")) == (place.0.as_str(), place.1)
            })
            .last()
    }

    /// The organisation in force when an entry was decided.
    pub(crate) fn site_at(&self, seq: u64) -> &Site {
        let found = self.sites.iter().rfind(|(from, _)| *from <= seq);
        found.or_else(|| self.sites.first()).unwrap().1
    }

    /// From when to when something holds of the organisation, by the instants of the entries that it counts from.
    pub(crate) fn spans_of(&self, holds: impl Fn(&Site) -> bool) -> Vec<(i64, i64)> {
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for (number, (seq, site)) in self.sites.iter().enumerate() {
            let Some(entry) = self.entry(*seq) else { continue };
            let from = if number == 0 { i64::MIN } else { entry.at };
            match spans.last_mut().filter(|(_, to)| *to == i64::MAX) {
                Some(open) if !holds(site) => open.1 = from,
                None if holds(site) => spans.push((from, i64::MAX)),
                Some(_) | None => {}
            }
        }
        spans
    }

    /// From when on the daemon ran at an instant, or the instant at which it started next.
    pub(crate) fn up_from(&self, at: i64) -> Option<i64> {
        self.spans().find(|(_, to)| at < *to).map(|(from, _)| from)
    }

    /// Until when the daemon ran that ran at an instant.
    pub(crate) fn up_until(&self, at: i64) -> Option<i64> {
        self.spans().find(|(from, to)| *from <= at && at < *to).map(|(_, to)| to)
    }

    /// When the daemon was down between two runs.
    pub(crate) fn outages(&self) -> impl Iterator<Item = (i64, i64)> {
        self.spans().zip(self.spans().skip(1)).map(|((_, end), (start, _))| (end, start))
    }

    /// When the daemon ran, by a clock that was never touched.
    fn spans(&self) -> impl Iterator<Item = (i64, i64)> {
        let beginning = lines::instant(BEGINNING).unwrap_or(0);
        let instant = move |at: u64| i64::try_from(at).map_or(i64::MAX, |at| beginning.saturating_add(at));
        self.record.up.iter().map(move |(from, to)| (instant(*from), instant(*to)))
    }

    /// Every fact of a kind, with its entry.
    pub(crate) fn facts<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a Entry, &'a Fact)> {
        self.entries.iter().flat_map(move |entry| entry.facts(kind).map(move |fact| (entry, fact)))
    }

    pub(crate) fn entry(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(seq).ok()?.checked_sub(1)?)
    }
}
