//! The engine itself, on a folder on the disk, with a clock that is moved by hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use watchfire::domain::command::{Command, FeverReport};
use watchfire::domain::directory::Directory;
use watchfire::domain::fact::Fact;
use watchfire::domain::names::{
    Actor, Celsius, ClientId, EventId, EventKey, PayloadName, PersonId, PersonToken, SourceId, UnitId, Via,
};
use watchfire::engine::{self, Core, Paths, Submission, Work};
use watchfire::metrics::Metrics;
use watchfire::time::{Clock as _, ManualClock, Now, Timestamp};
use watchfire::vault::{self, MasterKey};

/// So many commands share a batch.
pub(crate) const BATCH: usize = 250;
pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// The engine, and its clock.
pub(crate) struct Stepped {
    pub(crate) core: Core,
    pub(crate) clock: ManualClock,
}

impl Stepped {
    /// The engine on a folder, from an instant on.
    pub(crate) fn on(data: PathBuf, directory: Directory, from: Timestamp) -> Self {
        std::fs::create_dir_all(&data).unwrap();
        std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let master = MasterKey::load_or_create(&data.join("master-key")).unwrap();
        let clock = ManualClock::new(from);
        let (directory, metrics) = (Arc::new(directory), Arc::new(Metrics::new()));
        let opened = engine::open(&Paths { data }, (Some(master), 0), &clock, directory, metrics).unwrap();
        Self { core: opened.core, clock }
    }

    /// A batch of commands that are all taken.
    pub(crate) fn submit(&mut self, works: Vec<Work>) -> Vec<Arc<Vec<Fact>>> {
        let received = self.received();
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

    pub(crate) fn received(&self) -> Now {
        Now::at(self.clock.read().wall)
    }
}

/// A command without anything sealed.
pub(crate) fn plain(command: Command) -> Work {
    Work { command, payloads: Vec::new() }
}

/// Somebody, by the word of the one client.
pub(crate) fn by(person: &str) -> Actor {
    Actor { by: PersonId::new(person), via: Via::Program(ClientId::new("tour")) }
}

/// A reading of a person of its own: who it is of is said by a word of four letters and a number.
pub(crate) fn reading(
    (word, number): (&str, u32),
    (source, unit): (&str, UnitId),
    temperature: Celsius,
    received: Now,
) -> Work {
    let content =
        format!(r#"{{"person":{{"reference":"P{number}","name":"王小明"}},"place":"lobby of house 3"}}"#);
    let sealed = vault::seal(content.as_bytes()).unwrap();
    let key = EventKey::new(&format!("{word}{number:060}"));
    let report = FeverReport {
        event: EventId::new(&format!("E-{}{number:012}", word.to_uppercase())),
        source: SourceId::new(source),
        key: key.clone(),
        content: key,
        received,
        discovered: None,
        unit: Some(unit),
        kind: None,
        temperature: Some(temperature),
        exposure: false,
        person: Some(PersonToken::new(&format!("{word}{number:060}"))),
        subject_person: None,
        payload: Some(PayloadName::new(&sealed.name.to_string())),
        replay: false,
        seen: None,
        last_case: None,
    };
    Work { command: Command::ReportFever(Box::new(report)), payloads: vec![sealed] }
}
