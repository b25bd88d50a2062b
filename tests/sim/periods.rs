//! The simulation of periods: thirty virtual days of two hundred units, with crashes, closed doors, and a change of
//! rules and people in the middle of it. Some file early, some late, some not at all, and the office excuses some.

use std::collections::{BTreeMap, BTreeSet};

use watchfire::domain::command::{Command, ReportFiling};
use watchfire::domain::names::{EventKey, FormId, PayloadName, UnitId};
use watchfire::domain::slot::Begun;
use watchfire::time::{Day, Now};

use crate::asked;
use crate::checkers;
use crate::faults::{Strike, Trouble, person};
use crate::fevers::{Count, How};
use crate::offices::{COUNT, FORMS, GRACE, MISSING, Offices};
use crate::people::{Manners, Wish};
use crate::record::{Record, Said};
use crate::site::{BEGINNING, HOUR, MINUTE, SECOND};
use crate::world::{Act, World};

/// So many days are played; a seed begins on a Monday at eight in the morning.
const DAYS: u64 = 30;
pub(crate) const DAY: u64 = 24 * HOUR;
/// The hour in Shanghai at which a seed begins.
pub(crate) const BEGINS_AT: u64 = 8;
/// On this day at noon other rules and people come into force.
pub(crate) const CHANGE: u64 = 15;
/// How often in a row somebody asks again who gets no answer.
pub(crate) const TRIES: u32 = 400;

/// Plays so many days of one seed.
pub(crate) fn play(seed: u64, days: u64) -> Record {
    let mut world = World::new(seed);
    world.site.offices = Some(Offices::AT_FIRST);
    world.channels.behave();
    world.manners = Manners::LEFT_TO_IT;
    world.start();
    world.calm_down();
    world.after(0, Act::Say(Wish::act(Command::Arm { actor: person("p51") })));
    for number in 0..world.chance.between(1, 5) {
        let append = world.chance.between(200, 20_000) + number;
        let (answered, power) = (world.chance.percent(50), world.chance.percent(50));
        let down = world.chance.between(1, 90) * SECOND;
        world.strikes.insert(append, Strike { answered, power, down });
    }
    world.after(CHANGE * DAY + 4 * HOUR, Act::Trouble(Trouble::Change));
    for day in 0..days {
        world.order_day(day);
        world.live_until((day + 1) * DAY);
    }
    // The last day's slots are closed, and everybody is told.
    world.live_until(days * DAY + 8 * HOUR);
    world.end()
}

impl World {
    /// What happens on one day.
    fn order_day(&mut self, day: u64) {
        let hour = if day > CHANGE { Offices::LATER.hour } else { Offices::AT_FIRST.hour };
        let due = (hour - BEGINS_AT) * HOUR;
        for form in FORMS {
            let worked = form == FORMS[0] || day % 7 < 5;
            for unit in (0..COUNT).filter(|unit| worked && Offices::owes(form, *unit)) {
                self.order_slot((form, unit, day), due);
            }
        }
        self.order_closures(due);
        self.order_fevers(day);
    }

    /// What becomes of one slot.
    fn order_slot(&mut self, (form, unit, day): (&str, u32, u64), due: u64) {
        let at = match self.chance.weighed(&[4, 3, 8, 4, 2, 79]) {
            0 => return,
            1 => due + MISSING + self.chance.between(1, 120) * MINUTE,
            2 => due + GRACE + self.chance.below(MISSING - GRACE),
            3 => due + self.chance.below(GRACE),
            4 => {
                let at = due - self.chance.between(10, 200) * MINUTE;
                let slot = format!("{form}.{}.{}.1", Offices::unit(unit), civil(day)).parse().unwrap();
                let exempt =
                    Command::ExemptSlot { slot, actor: person("p51"), reason: PayloadName::new("sealed") };
                self.after(at, Act::Say(Wish::act(exempt)));
                return;
            }
            _ => due - self.chance.below(5 * HOUR),
        };
        self.file((form, unit, day), "figures", at);
        let again = at + self.chance.between(1, 90) * MINUTE;
        match self.chance.weighed(&[90, 5, 5]) {
            0 => {}
            1 => self.file((form, unit, day), "figures", again),
            _ => self.file((form, unit, day), "other figures", again),
        }
    }

    fn file(&mut self, (form, unit, day): (&str, u32, u64), content: &'static str, at: u64) {
        if form == FORMS[0] {
            let count = Count { unit, day, content, how: How::AtFirst };
            self.after(at, Act::Trouble(Trouble::Count(count)));
            return;
        }
        let filing = filing((form, unit, day), content);
        self.after(at, Act::Say(reported(filing, TRIES)));
    }

    /// What keeps reports out on a day: the process ends, for a moment or longer, or the vault has no room.
    fn order_closures(&mut self, due: u64) {
        let at = self.chance.below(DAY);
        self.after(at, Act::Trouble(Trouble::Snapshot));
        if self.chance.percent(30) {
            let (at, power) = (self.chance.below(DAY), self.chance.percent(30));
            let down = self.chance.between(1, 90) * SECOND;
            self.after(at, Act::Trouble(Trouble::Kill { power, down }));
        }
        if self.chance.percent(20) {
            let (at, power) = (due - self.chance.below(40 * MINUTE), self.chance.percent(30));
            let down = self.chance.between(10, 3_000) * SECOND;
            self.after(at, Act::Trouble(Trouble::Kill { power, down }));
        }
        if self.chance.percent(15) {
            let at = due - self.chance.below(40 * MINUTE);
            let span = self.chance.between(20, 2_400) * SECOND;
            self.after(at, Act::Trouble(Trouble::VaultFull(true)));
            self.after(at + span, Act::Trouble(Trouble::VaultFull(false)));
        }
    }
}

/// A report that says nothing but its content.
pub(crate) fn filing((form, unit, day): (&str, u32, u64), content: &str) -> ReportFiling {
    ReportFiling {
        form: FormId::new(form),
        unit: UnitId::new(&Offices::unit(unit)),
        day: Some(civil(day)),
        number: Some(1),
        actor: person(&Offices::AT_FIRST.liaison(unit)),
        zero: None,
        counted: None,
        fevers: None,
        people: None,
        totals: BTreeMap::new(),
        stands: false,
        consent: false,
        same_as_before: None,
        content: EventKey::new(content),
        reason: None,
        payload: PayloadName::new("unsealed"),
        received: Now::at(BEGINNING.parse().unwrap()),
        begun: Begun::default(),
        key: None,
        over: None,
        seen: None,
    }
}

/// Somebody files a report, and asks again so often where they get no answer.
pub(crate) fn reported(filing: ReportFiling, tries: u32) -> Box<Wish> {
    let slot = format!("{}.{}.{}.1", filing.form, filing.unit, filing.day.unwrap());
    let content = filing.content.as_str().to_owned();
    let (said, words) = (Said::Report { slot, content: content.clone() }, Some(content));
    Box::new(Wish { command: Command::FileReport(Box::new(filing)), tries, said, words })
}

/// The day of a seed.
pub(crate) fn civil(day: u64) -> Day {
    let first: jiff::civil::Date = "2026-11-23".parse().unwrap();
    let days = jiff::Span::new().days(i64::try_from(day).unwrap());
    first.checked_add(days).unwrap().to_string().parse().unwrap()
}

#[test]
fn a_month_of_two_hundred_units_keeps_the_promises() {
    for seed in asked("WATCHFIRE_MONTHS", 1..2) {
        let record = play(seed, DAYS);
        let complaints = checkers::check(&record);
        let journal = String::from_utf8_lossy(&record.journal);
        let named = complaints.iter().filter_map(|it| it.split("entry ").nth(1)?.split(' ').next());
        let named: BTreeSet<usize> = named.filter_map(|seq| seq.parse().ok()).collect();
        let lines = named.into_iter().filter_map(|seq| journal.lines().nth(seq - 1));
        let lines: Vec<&str> = lines.take(20).filter_map(|line| line.get(65..)).collect();
        assert!(complaints.is_empty(), "seed {seed}: {complaints:#?}\n{}", lines.join("\n"));
    }
}
