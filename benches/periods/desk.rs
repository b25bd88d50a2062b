//! A desk: the engine on a folder of its own, with as many units as are asked for and one form that all of them owe.

use std::ops::Range;
use std::time::{Duration, Instant};

use watchfire::config;
use watchfire::domain::command::{Command, ReportFiling};
use watchfire::domain::directory::{Directory, Person, Unit};
use watchfire::domain::fact::Fact;
use watchfire::domain::names::{Celsius, EventKey, FormId, Medium, PayloadName, PersonId, UnitId};
use watchfire::domain::slot::Zero;
use watchfire::engine::Work;
use watchfire::time::{Clock as _, Now, Timestamp};
use watchfire::vault;

use super::site::{FORM, Site};
use super::stepped::{BATCH, HOUR, Stepped, by, plain, reading};

/// When the reports are due, an hour after a desk begins.
const DUE: &str = "2026-11-23T08:00:00Z";

pub(crate) struct Desk {
    pub(crate) engine: Stepped,
    due: Timestamp,
    /// Held, for it is removed when it is dropped.
    _site: Option<Site>,
}

/// What fell due of one period.
pub(crate) struct Falls {
    /// How long each took: due, leaders, office, closing.
    pub(crate) took: [Duration; 4],
    pub(crate) missing: u32,
}

fn unit(number: u32) -> UnitId {
    UnitId::new(&format!("u{number:06}"))
}

/// Units with a leader and a liaison of their own, who can be reached.
fn peopled(mut directory: Directory, units: u32) -> Directory {
    directory.units.clear();
    for number in 0..units {
        let person = |post: &str| PersonId::new(&format!("{post}{number:06}"));
        let (leader, liaison) = (person("l"), person("n"));
        for id in [&leader, &liaison] {
            let known = Person {
                media: [Medium::Sms, Medium::Phone].into(),
                callee: Some(id.clone()),
                ..Person::default()
            };
            directory.persons.insert(id.clone(), known);
        }
        directory.units.insert(unit(number), Unit { leader, liaison, deputy: None, headcount: Some(23) });
    }
    directory
}

impl Desk {
    pub(crate) fn new(units: u32) -> Self {
        let site = Site::new(0);
        let directory = peopled(config::load(&site.0.config()).unwrap().configuration.directory, units);
        let due: Timestamp = DUE.parse().unwrap();
        let mut desk = Self::on(&site, directory, due - HOUR);
        desk.due = due;
        desk._site = Some(site);
        let actor = by("head");
        desk.engine.submit(vec![
            plain(Command::AdoptConfiguration { sha256: "1".to_owned() }),
            plain(Command::Arm { actor }),
        ]);
        desk
    }

    /// The engine on a site's folder, from an instant on.
    pub(crate) fn on(site: &Site, directory: Directory, from: Timestamp) -> Self {
        Self { engine: Stepped::on(site.0.data(), directory, from), due: from, _site: None }
    }

    pub(crate) fn last_minute(&mut self) {
        self.engine.clock.advance(self.due.since(self.engine.clock.read().wall) - Duration::from_mins(1));
        self.engine.settle();
    }

    /// Files the reports of these units; how long all took, and the slowest batch.
    pub(crate) fn file(&mut self, units: Range<u32>) -> (Duration, Duration) {
        let units: Vec<UnitId> = units.map(unit).collect();
        self.file_of(&units, FORM, "n")
    }

    /// The same of one form, by whoever has this letter and the unit's number.
    pub(crate) fn file_of(&mut self, units: &[UnitId], form: &str, by: &str) -> (Duration, Duration) {
        let (mut all, mut slowest) = (Duration::ZERO, Duration::ZERO);
        for batch in units.chunks(BATCH) {
            let received = self.engine.received();
            let began = Instant::now();
            let works = batch.iter().map(|unit| report((unit, form), by, received)).collect();
            let facts = self.engine.submit(works);
            let took = began.elapsed();
            assert!(facts.iter().all(|facts| facts.iter().any(|it| matches!(it, Fact::ReportFiled { .. }))));
            (all, slowest) = (all + took, slowest.max(took));
        }
        (all, slowest)
    }

    /// What one reading costs, which opens no case.
    pub(crate) fn readings(&mut self, count: u32) -> Duration {
        let numbers: Vec<u32> = (0..count).collect();
        let began = Instant::now();
        for batch in numbers.chunks(BATCH) {
            let received = self.engine.received();
            let reading = |number: &u32| {
                let temperature = Celsius::from_hundredths(3650);
                reading(("read", *number), ("hr", unit(0)), temperature, received)
            };
            self.engine.submit(batch.iter().map(reading).collect());
        }
        began.elapsed() / count
    }

    /// Lets the period fall due and be closed; reminders that ask before it are not among them.
    pub(crate) fn falls(&mut self) -> Falls {
        let second = Duration::from_secs(1);
        let (half, closing) = (Duration::from_mins(30), Duration::from_hours(4) + second);
        let leaders = Duration::from_mins(1);
        let mut took = [Duration::ZERO; 4];
        for (index, after) in [Duration::ZERO, leaders, half, closing].into_iter().enumerate() {
            // What falls due before is not what is measured.
            self.engine.clock.advance((self.due + after - second).since(self.engine.clock.read().wall));
            self.engine.settle();
            self.engine.clock.advance((self.due + after).since(self.engine.clock.read().wall));
            let began = Instant::now();
            self.engine.settle();
            took[index] = began.elapsed();
        }
        let missing = self.engine.core.state().lapses.size();
        Falls { took, missing: u32::try_from(missing).unwrap() }
    }
}

fn report((unit, form): (&UnitId, &str), letter: &str, received: Now) -> Work {
    let content = br#"{"zero":true,"asked":23,"total":23,"figures":{"on_duty":23,"travelling":0,"fever":0},"rows":null}"#;
    let sealed = vault::seal(content).unwrap();
    let number = unit.as_str().trim_start_matches('u');
    let filing = ReportFiling {
        form: FormId::new(form),
        unit: unit.clone(),
        day: None,
        number: None,
        actor: by(&format!("{letter}{number}")),
        fevers: None,
        people: None,
        totals: std::collections::BTreeMap::new(),
        stands: false,
        consent: false,
        same_as_before: None,
        zero: Some(Zero { asked: Some(23), total: Some(23) }),
        counted: None,
        content: EventKey::new(&sealed.name.to_string()),
        reason: None,
        payload: PayloadName::new(&sealed.name.to_string()),
        received,
        begun: Default::default(),
        key: None,
        over: None,
        seen: None,
    };
    Work { command: Command::FileReport(Box::new(filing)), payloads: vec![sealed] }
}
