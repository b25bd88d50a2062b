//! A desk: the engine on a folder of its own, with as many units as are asked for and one form that all of them owe.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use watchfire::config;
use watchfire::domain::command::{Command, FeverReport, ReportFiling};
use watchfire::domain::directory::{Directory, Person, Unit};
use watchfire::domain::fact::Fact;
use watchfire::domain::names::{
    Actor, Celsius, ClientId, EventId, EventKey, FormId, Medium, PayloadName, PersonId, PersonToken,
    SourceId, UnitId, Via,
};
use watchfire::domain::slot::Zero;
use watchfire::engine::{self, Core, Paths, Submission, Work};
use watchfire::metrics::Metrics;
use watchfire::time::{Clock as _, ManualClock, Now, Timestamp};
use watchfire::vault::{self, MasterKey};

use super::daemon::{FORM, Site};

/// So many commands share a batch.
const BATCH: usize = 250;
/// When the reports are due, an hour after a desk begins.
const DUE: &str = "2026-11-23T08:00:00Z";
const HOUR: Duration = Duration::from_hours(1);

pub(crate) struct Desk {
    pub(crate) core: Core,
    pub(crate) clock: ManualClock,
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
        let directory = peopled(config::load(&site.config()).unwrap().configuration.directory, units);
        let due: Timestamp = DUE.parse().unwrap();
        let mut desk = Self::on(&site, directory, due - HOUR);
        desk.due = due;
        desk._site = Some(site);
        let actor = actor();
        desk.submit(vec![
            plain(Command::AdoptConfiguration { sha256: "1".to_owned() }),
            plain(Command::Arm { actor }),
        ]);
        desk
    }

    /// The engine on a site's folder, from an instant on.
    pub(crate) fn on(site: &Site, directory: Directory, from: Timestamp) -> Self {
        let data = site.data();
        std::fs::create_dir_all(&data).unwrap();
        std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let master = MasterKey::load_or_create(&data.join("master-key")).unwrap();
        let clock = ManualClock::new(from);
        let (directory, metrics) = (Arc::new(directory), Arc::new(Metrics::new()));
        let opened = engine::open(&Paths { data }, (Some(master), 0), &clock, directory, metrics).unwrap();
        Self { core: opened.core, clock, due: from, _site: None }
    }

    pub(crate) fn submit(&mut self, works: Vec<Work>) -> Vec<Arc<Vec<Fact>>> {
        let received = Now::at(self.clock.read().wall);
        let submissions = works.into_iter().map(|work| Submission { work, received }).collect();
        let (_, answers) = self.core.step(&self.clock.read(), submissions).unwrap();
        answers.into_iter().map(|answer| answer.unwrap().facts).collect()
    }

    /// What is due by now.
    pub(crate) fn settle(&mut self) {
        loop {
            let before = self.core.head();
            self.core.step(&self.clock.read(), Vec::new()).unwrap();
            if self.core.head() == before {
                return;
            }
        }
    }

    pub(crate) fn last_minute(&mut self) {
        self.clock.advance(self.due.since(self.clock.read().wall) - Duration::from_mins(1));
        self.settle();
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
            let received = Now::at(self.clock.read().wall);
            let began = Instant::now();
            let works = batch.iter().map(|unit| report((unit, form), by, received)).collect();
            let facts = self.submit(works);
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
            let received = Now::at(self.clock.read().wall);
            self.submit(batch.iter().map(|number| reading(*number, received)).collect());
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
            self.clock.advance((self.due + after - second).since(self.clock.read().wall));
            self.settle();
            self.clock.advance((self.due + after).since(self.clock.read().wall));
            let began = Instant::now();
            self.settle();
            took[index] = began.elapsed();
        }
        let missing = self.core.state().lapses.size();
        Falls { took, missing: u32::try_from(missing).unwrap() }
    }
}

fn plain(command: Command) -> Work {
    Work { command, payloads: Vec::new() }
}

fn actor() -> Actor {
    by("head")
}

fn by(person: &str) -> Actor {
    Actor { by: PersonId::new(person), via: Via::Program(ClientId::new("tour")) }
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
        stands: false,
        zero: Some(Zero { asked: Some(23), total: Some(23) }),
        counted: None,
        content: EventKey::new(&sealed.name.to_string()),
        payload: PayloadName::new(&sealed.name.to_string()),
        received,
        key: None,
        seen: None,
    };
    Work { command: Command::FileReport(Box::new(filing)), payloads: vec![sealed] }
}

fn reading(number: u32, received: Now) -> Work {
    let content =
        format!(r#"{{"person":{{"reference":"P{number}","name":"王小明"}},"place":"lobby of house 3"}}"#);
    let sealed = vault::seal(content.as_bytes()).unwrap();
    let report = FeverReport {
        event: EventId::new(&format!("E-READ{number:012}")),
        source: SourceId::new("hr"),
        key: EventKey::new(&format!("read{number:060}")),
        content: EventKey::new(&format!("read{number:060}")),
        received,
        discovered: None,
        unit: Some(unit(0)),
        kind: None,
        temperature: Some(Celsius::from_hundredths(3650)),
        exposure: false,
        person: Some(PersonToken::new(&format!("read{number:060}"))),
        subject_person: None,
        payload: Some(PayloadName::new(&sealed.name.to_string())),
        replay: false,
        seen: None,
        last_case: None,
    };
    Work { command: Command::ReportFever(Box::new(report)), payloads: vec![sealed] }
}
