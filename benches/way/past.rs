//! The past: cases of a hundred days, written through the engine itself with a clock that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use watchfire::config;
use watchfire::domain::command::{Command, FeverReport};
use watchfire::domain::fact::Fact;
use watchfire::domain::names::{
    Actor, CaseId, Celsius, ClientId, EventId, EventKey, PayloadName, PersonId, PersonToken, SourceId,
    UnitId, Via,
};
use watchfire::engine::{self, Core, Paths, Submission, Work};
use watchfire::metrics::Metrics;
use watchfire::time::{Clock, ManualClock, Now, SystemClock};
use watchfire::vault::{self, MasterKey};

use super::site::{Site, UNITS};

/// Over so many days the cases are spread.
const DAYS: u32 = 100;
/// So many commands share a batch.
const BATCH: usize = 250;
const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);
/// The past ends so long before now. A day, and a start would doubt its clock: then every step of a case is due at once,
/// and what is measured with cases is not what is measured without.
const BEFORE_NOW: Duration = HOUR;

struct Writer {
    core: Core,
    clock: ManualClock,
}

/// Writes so many cases into the site's folder; all but the last `open` are closed and have left memory.
pub(crate) fn write(site: &Site, cases: u32, open: u32) {
    let data = site.data();
    std::fs::create_dir_all(&data).unwrap();
    std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let configuration = config::load(&site.config()).unwrap().configuration;
    let master = MasterKey::load_or_create(&data.join("master-key")).unwrap();
    let began = SystemClock::new().read().wall;
    let clock = ManualClock::new(began - (DAY * (DAYS + 1) + HOUR + BEFORE_NOW));
    let directory = Arc::new(configuration.directory);
    let metrics = Arc::new(Metrics::new());
    let paths = Paths { data };
    let opened = engine::open(&paths, (Some(master), 0), &clock, directory, metrics).unwrap();
    let mut writer = Writer { core: opened.core, clock };
    let closed = cases - open;
    for day in 0..DAYS {
        let of_day = (closed * day / DAYS)..(closed * (day + 1) / DAYS);
        let opened = writer.open(of_day);
        writer.pass(HOUR);
        writer.close(&opened);
        writer.pass(DAY - HOUR);
    }
    // What was closed last leaves memory a day later.
    writer.pass(DAY + HOUR);
    assert!(writer.core.state().cases.is_empty(), "what is past has left memory");
    writer.open(closed..cases);
    assert_eq!(writer.core.state().cases.size(), usize::try_from(open).unwrap());
    assert_eq!(
        writer.clock.read().wall + BEFORE_NOW,
        began,
        "the past ends where the daemon trusts its clock"
    );
}

impl Writer {
    /// Lets time pass, and what falls due with it.
    fn pass(&mut self, time: Duration) {
        self.clock.advance(time);
        loop {
            let before = self.core.head();
            self.core.step(&self.clock.read(), Vec::new()).unwrap();
            if self.core.head() == before {
                return;
            }
        }
    }

    fn submit(&mut self, works: Vec<Work>) -> Vec<Arc<Vec<Fact>>> {
        let received = Now::at(self.clock.read().wall);
        let submissions = works.into_iter().map(|work| Submission { work, received }).collect();
        let (_, answers) = self.core.step(&self.clock.read(), submissions).unwrap();
        answers.into_iter().map(|answer| answer.unwrap().facts).collect()
    }

    fn open(&mut self, numbers: std::ops::Range<u32>) -> Vec<CaseId> {
        let numbers: Vec<u32> = numbers.collect();
        let mut opened = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(BATCH) {
            let received = Now::at(self.clock.read().wall);
            let facts = self.submit(batch.iter().map(|number| fever(*number, received)).collect());
            opened.extend(facts.iter().flat_map(|facts| facts.iter()).filter_map(|fact| {
                if let Fact::CaseOpened { case } = fact { Some(case.case.clone()) } else { None }
            }));
        }
        assert_eq!(opened.len(), numbers.len());
        opened
    }

    fn close(&mut self, cases: &[CaseId]) {
        for batch in cases.chunks(BATCH) {
            let actor = Actor { by: PersonId::new("head"), via: Via::Program(ClientId::new("tour")) };
            let close = |case: &CaseId| Work {
                command: Command::Close { case: case.clone(), actor: actor.clone(), payload: None },
                payloads: Vec::new(),
            };
            self.submit(batch.iter().map(close).collect());
        }
    }
}

fn fever(number: u32, received: Now) -> Work {
    let content =
        format!(r#"{{"person":{{"reference":"P{number}","name":"王小明"}},"place":"lobby of house 3"}}"#);
    let sealed = vault::seal(content.as_bytes()).unwrap();
    let report = FeverReport {
        event: EventId::new(&format!("E-PAST{number:012}")),
        source: SourceId::new("s0"),
        key: EventKey::new(&format!("past{number:060}")),
        content: EventKey::new(&format!("past{number:060}")),
        received,
        discovered: None,
        unit: Some(UnitId::new(&format!("u{:02}", number as usize % UNITS))),
        kind: None,
        temperature: Some(Celsius::from_hundredths(3840)),
        exposure: false,
        person: Some(PersonToken::new(&format!("past{number:060}"))),
        subject_person: None,
        payload: Some(PayloadName::new(&sealed.name.to_string())),
        replay: false,
        seen: None,
        last_case: None,
    };
    Work { command: Command::ReportFever(Box::new(report)), payloads: vec![sealed] }
}
