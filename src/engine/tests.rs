//! Tests of the engine: over the journal in memory, with a clock moved by hand.

mod faults;
mod held;
mod invariants;
mod sizes;
mod snapshot;
mod start;
mod step;
mod stores;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::Kept;
use super::answer::{Refusal, Stores, Submission, Work};
use super::core::Core;
use super::mode::Mode;
use crate::domain::State;
use crate::domain::command::{Command, FeverReport, Rejection};
use crate::domain::directory::{Directory, Person, Source, Triage, Unit};
use crate::domain::fact::{EventOutcome, Fact};
use crate::domain::form::Calendar;
use crate::domain::names::{
    Actor, CaseId, Celsius, EventId, EventKey, Kind, PayloadName, PersonId, SourceId, UnitId, Via,
};
use crate::domain::schedule::{CaseDue, Due};
use crate::index::Index;
use crate::journal::{Disk, Fault, Head, Journal, Known, Memory};
use crate::metrics::Metrics;
use crate::time::{Clock, ManualClock, Now, Schedule, Steady, Zone};

fn directory() -> Arc<Directory> {
    let unit =
        Unit { leader: PersonId::new("p11"), liaison: PersonId::new("p12"), deputy: None, headcount: None };
    let source = Source { may: BTreeSet::from([Kind::Fever]), unit: None, trust_time: true };
    Arc::new(Directory {
        zone: Zone::named("Asia/Shanghai").unwrap(),
        triage: Triage {
            fever_at_least: Celsius::from_hundredths(3730),
            implausible_below: Celsius::from_hundredths(3500),
            implausible_above: Celsius::from_hundredths(4300),
            clusters: Vec::new(),
        },
        units: BTreeMap::from([(UnitId::new("finance"), unit)]),
        bodies: BTreeMap::new(),
        persons: BTreeMap::from(["p11", "p12"].map(|id| (PersonId::new(id), Person::default()))),
        authorities: BTreeMap::new(),
        duties: Vec::new(),
        channels: Vec::new(),
        policies: BTreeMap::new(),
        sources: BTreeMap::from([(SourceId::new("hr"), source)]),
        clients: BTreeMap::new(),
        roles: Vec::new(),
        testing: BTreeSet::new(),
        inspectors: Vec::new(),
        heads_at: Schedule::at_six_in_the_evening(),
        lapses_at: Schedule::at_nine_in_the_morning(),
        repeats_within: Duration::from_hours(24 * 90),
        erase_after: None,
        forms: BTreeMap::new(),
        calendar: Calendar::default(),
    })
}

struct Bench {
    clock: ManualClock,
    disk: Disk,
    core: Core,
    directory: Arc<Directory>,
    metrics: Arc<Metrics>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::with(directory())
    }

    fn with(directory: Arc<Directory>) -> Self {
        let clock = ManualClock::new("2026-11-23T00:00:00Z".parse().unwrap());
        let disk = Disk::new();
        let folder = tempfile::tempdir().unwrap();
        let (index, _) = Index::open(&folder.path().join("index")).unwrap();
        let reading = clock.read();
        let (journal, _) = Memory::open(&disk, &reading.boot, Known::default()).unwrap();
        let (steady, _) = Steady::start(None, &reading);
        let stores = Stores::new(None, Some(index));
        let metrics = Arc::new(Metrics::new());
        let core = Core::new(
            (State::default(), Head::EMPTY),
            Arc::clone(&directory),
            Mode::Writing(Box::new(journal)),
            stores,
            (steady, Arc::clone(&metrics)),
        );
        Self { clock, disk, core, directory, metrics, folder }
    }

    /// The same journal and stores under a state that a fault of ours has spoiled.
    fn go_on_from(&mut self, state: State) {
        let reading = self.clock.read();
        let (journal, _) = Memory::open(&self.disk, &reading.boot, Known::default()).unwrap();
        let (steady, _) = Steady::start(None, &reading);
        self.core = Core::new(
            (state, journal.head()),
            Arc::clone(&self.directory),
            Mode::Writing(Box::new(journal)),
            self.core.stores().clone(),
            (steady, Arc::clone(&self.metrics)),
        );
    }

    fn event(&self, key: &str, hundredths: i32) -> Submission {
        let now = Now::at(self.clock.read().wall);
        let report = FeverReport {
            event: EventId::new(key),
            source: SourceId::new("hr"),
            key: EventKey::new(key),
            content: EventKey::new("same"),
            received: now,
            discovered: None,
            unit: Some(UnitId::new("finance")),
            kind: None,
            temperature: Some(Celsius::from_hundredths(hundredths)),
            exposure: false,
            person: None,
            subject_person: None,
            payload: None,
            replay: false,
            seen: None,
            last_case: None,
        };
        let command = Command::ReportFever(Box::new(report));
        Submission { work: Work { command, payloads: Vec::new() }, received: now }
    }

    /// A command of the daemon or of a person, as it comes in at this moment.
    fn command(&self, command: Command) -> Submission {
        let received = Now::at(self.clock.read().wall);
        Submission { work: Work { command, payloads: Vec::new() }, received }
    }

    /// What the journal's disk holds, read again.
    fn entries(&self) -> Vec<crate::journal::Entry> {
        // A copy: opening the disk itself takes it from the engine.
        let copy = Disk::new();
        copy.tamper(|bytes| *bytes = self.disk.bytes());
        let (journal, _) = Memory::open(&copy, &self.clock.read().boot, Known::default()).unwrap();
        journal.read_from(1).unwrap().map(Result::unwrap).collect()
    }

    fn step(&mut self, submissions: Vec<Submission>) -> Vec<Result<super::Answer, Refusal>> {
        let reading = self.clock.read();
        self.core.step(&reading, submissions).unwrap().1
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one fact")]
fn outcome(answer: &Result<super::Answer, Refusal>) -> Option<EventOutcome> {
    answer.as_ref().ok()?.facts.iter().find_map(|fact| match fact {
        Fact::EventTaken { event } => Some(event.outcome),
        _ => None,
    })
}
