//! The past: cases of a hundred days, written through the engine itself with a clock that is moved by hand.

use std::time::Duration;

use watchfire::config;
use watchfire::domain::command::Command;
use watchfire::domain::fact::Fact;
use watchfire::domain::names::{CaseId, Celsius, UnitId};
use watchfire::engine::Work;
use watchfire::time::{Clock as _, Now, SystemClock};

use super::site::{Site, UNITS};
use super::stepped::{BATCH, DAY, HOUR, Stepped, by, plain, reading};

/// Over so many days the cases are spread.
const DAYS: u32 = 100;
/// The past ends so long before now. A day, and a start would doubt its clock: then every step of a case is due at once,
/// and what is measured with cases is not what is measured without.
const BEFORE_NOW: Duration = HOUR;

struct Writer(Stepped);

/// Writes so many cases into the site's folder; all but the last `open` are closed and have left memory.
pub(crate) fn write(site: &Site, cases: u32, open: u32) {
    let directory = config::load(&site.0.config()).unwrap().configuration.directory;
    let began = SystemClock::new().read().wall;
    let from = began - (DAY * (DAYS + 1) + HOUR + BEFORE_NOW);
    let mut writer = Writer(Stepped::on(site.0.data(), directory, from));
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
    assert!(writer.0.core.state().cases.is_empty(), "what is past has left memory");
    writer.open(closed..cases);
    assert_eq!(writer.0.core.state().cases.size(), usize::try_from(open).unwrap());
    assert_eq!(
        writer.0.clock.read().wall + BEFORE_NOW,
        began,
        "the past ends where the daemon trusts its clock"
    );
}

impl Writer {
    /// Lets time pass, and what falls due with it.
    fn pass(&mut self, time: Duration) {
        self.0.clock.advance(time);
        self.0.settle();
    }

    fn open(&mut self, numbers: std::ops::Range<u32>) -> Vec<CaseId> {
        let numbers: Vec<u32> = numbers.collect();
        let mut opened = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(BATCH) {
            let received = self.0.received();
            let facts = self.0.submit(batch.iter().map(|number| fever(*number, received)).collect());
            opened.extend(facts.iter().flat_map(|facts| facts.iter()).filter_map(|fact| {
                if let Fact::CaseOpened { case } = fact { Some(case.case.clone()) } else { None }
            }));
        }
        assert_eq!(opened.len(), numbers.len());
        opened
    }

    fn close(&mut self, cases: &[CaseId]) {
        for batch in cases.chunks(BATCH) {
            let close = |case: &CaseId| {
                plain(Command::Close { case: case.clone(), actor: by("head"), payload: None })
            };
            self.0.submit(batch.iter().map(close).collect());
        }
    }
}

fn fever(number: u32, received: Now) -> Work {
    let unit = UnitId::new(&format!("u{:02}", number as usize % UNITS));
    reading(("past", number), ("s0", unit), Celsius::from_hundredths(3840), received)
}
