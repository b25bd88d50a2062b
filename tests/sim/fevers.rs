//! Fevers in the units that report: what becomes of them, and what reports say of them. Most count what is known, some
//! leave one out, by mistake or on purpose, and of those some put it right, in time or not.

use watchfire::domain::command::{Command, FeverReport, ReportFiling};
use watchfire::domain::fact::Fact;
use watchfire::domain::names::{
    CaseId, Celsius, EventId, EventKey, Kind, PersonId, PersonToken, SourceId, UnitId,
};
use watchfire::domain::slot::{Contradiction, PeriodId, Questioned, SlotState, Zero};
use watchfire::engine::Answer;
use watchfire::time::Timestamp;

use crate::faults::{Trouble, person};
use crate::offices::{COUNT, FORMS, Offices};
use crate::people::{Wish, words_of};
use crate::periods::{CHANGE, DAY, TRIES, civil, filing, reported};
use crate::record::Said;
use crate::site::{BEGINNING, HOUR, MINUTE, SECOND, ms};
use crate::world::{Act, World};

/// Most fevers come to these units, so that some have more than one.
const OFTEN: u64 = 12;

/// Somebody counts the fevers of a unit, and reports them for a day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) unit: u32,
    pub(crate) day: u64,
    /// What the report says beside.
    pub(crate) content: &'static str,
    pub(crate) how: How,
}

/// How somebody counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// When the report is made: mostly right.
    AtFirst,
    /// When it is corrected: right.
    Right,
    /// The same wrong number once more.
    Low,
}

impl World {
    /// The fevers of one day.
    pub(crate) fn order_fevers(&mut self, day: u64) {
        for number in 0..self.chance.below(7) {
            let at = self.chance.below(DAY);
            let unit = if self.chance.percent(75) {
                u32::try_from(self.chance.below(OFTEN) * 7).unwrap()
            } else {
                u32::try_from(self.chance.below(u64::from(COUNT))).unwrap()
            };
            let fever = self.fever(day * 10 + number, unit, at);
            self.after(at, Act::Say(fever));
        }
    }

    /// A fever that is reported so long from now; some were found hours before.
    fn fever(&mut self, number: u64, unit: u32, at: u64) -> Box<Wish> {
        let back = self.chance.percent(40).then(|| self.chance.between(1, 720) * MINUTE);
        let found = BEGINNING.parse::<Timestamp>().unwrap() + ms(self.at + at);
        // Whoever has one while they hold a post is stood in for; whoever holds none is told of it by nobody.
        let own = number > 10 * (CHANGE + 1) && self.chance.percent(20);
        let key = format!("fever-{number}");
        let report = FeverReport {
            event: EventId::new(&key),
            source: SourceId::new("hr"),
            key: EventKey::new(&key),
            content: EventKey::new("content"),
            received: self.now(),
            discovered: back.map(|back| found - ms(back)),
            unit: Some(UnitId::new(&Offices::unit(unit))),
            kind: None,
            temperature: Some(Celsius::from_hundredths(3_840)),
            exposure: false,
            // Three in a unit would be a suspicion, which is played elsewhere.
            person: Some(PersonToken::new(&format!("{unit}-{}", self.chance.below(2)))),
            subject_person: own.then(|| PersonId::new(&Offices::AT_FIRST.liaison(unit))),
            payload: None,
            replay: false,
            seen: None,
            last_case: None,
        };
        let (command, words) = (Command::ReportFever(Box::new(report)), Some(words_of(&key)));
        Box::new(Wish { command, tries: 1_000, said: Said::Event { key, case: None }, words })
    }

    /// What becomes of a case: it is ruled out or not, is a fever again or not, and closed; and its unit may look again
    /// at what it reported.
    pub(crate) fn order_ends(&mut self, case: &CaseId) {
        let rule = |kind, second, received| Command::Classify {
            case: case.clone(),
            kind,
            actor: person("p42"),
            second,
            payload: None,
            received,
        };
        if self.chance.percent(25) {
            let (at, now) = (self.chance.between(1, 300) * MINUTE, self.now());
            let second = Some(PersonId::new("p43"));
            self.after(at, Act::Say(Wish::act(rule(Kind::RuledOut, second, now))));
            if self.chance.percent(30) {
                let later = at + self.chance.between(1, 300) * MINUTE;
                self.after(later, Act::Say(Wish::act(rule(Kind::Fever, None, now))));
            }
        }
        let at = self.chance.between(1, 60) * HOUR;
        let close = Command::Close { case: case.clone(), actor: person("p42"), payload: None };
        self.after(at, Act::Say(Wish::act(close)));
        let unit = self.published().and_then(|it| Some(it.state.cases.get(case)?.unit.to_string()));
        let number = unit.and_then(|unit| unit.trim_start_matches('u').parse().ok());
        if let Some(unit) = number.filter(|_| self.chance.percent(60)) {
            let count = Count { unit, day: self.at / DAY, content: "figures", how: How::Right };
            let at = self.chance.between(5, 300) * MINUTE;
            self.after(at, Act::Trouble(Trouble::Count(count)));
        }
    }

    /// Somebody counts what is known of their unit, and says it, or less, or more.
    pub(crate) fn count_fevers(&mut self, count: Count) {
        let Some(published) = self.published().cloned() else {
            let pause = self.chance.between(2, 20) * SECOND;
            self.after(pause, Act::Trouble(Trouble::Count(count)));
            return;
        };
        let unit = UnitId::new(&Offices::unit(count.unit));
        let day = civil(count.day);
        let of_day = |id: &PeriodId| id.form.as_str() == FORMS[0] && id.day == day;
        let period = published.state.periods.iter().find(|(id, _)| of_day(id));
        if count.how != How::AtFirst
            && period.is_some_and(|(_, period)| period.state(&unit) == SlotState::Exempt)
        {
            return;
        }
        let ill = published.state.cases.values();
        let ill = ill.filter(|case| case.unit == unit && case.is_open() && case.kind != Kind::RuledOut);
        let known = u32::try_from(ill.count()).unwrap();
        match count.how {
            How::AtFirst if known > 0 => self.report_known(count, known),
            How::AtFirst | How::Right => self.report(count, known, false),
            How::Low => self.report(count, known.saturating_sub(1), true),
        }
    }

    /// A report of a unit that has cases.
    fn report_known(&mut self, count: Count, known: u32) {
        let low = if self.chance.percent(50) { 0 } else { known - 1 };
        match self.chance.weighed(&[45, 35, 15, 5]) {
            0 => self.report(count, known, false),
            1 => {
                self.report(count, low, true);
                let (how, after) = match self.chance.weighed(&[30, 40, 20, 10]) {
                    0 => return,
                    1 => (How::Right, self.chance.between(2, 240)),
                    2 => (How::Right, self.chance.between(300, 900)),
                    _ => (How::Low, self.chance.between(10, 400)),
                };
                let again = Count { how, content: "figures again", ..count };
                self.after(after * MINUTE, Act::Trouble(Trouble::Count(again)));
            }
            2 => self.report(count, low, false),
            _ => self.report(count, known + 1, false),
        }
    }

    fn report(&mut self, count: Count, fevers: u32, stands: bool) {
        let is_zero = fevers == 0 && self.chance.percent(40);
        let zero = is_zero.then_some(Zero { asked: Some(23), total: Some(23) });
        let content =
            format!("{}, {fevers} with a fever{}", count.content, if is_zero { ", zero" } else { "" });
        let of = (FORMS[0], count.unit, count.day);
        let filing = ReportFiling { fevers: Some(fevers), zero, stands, ..filing(of, &content) };
        // Whoever corrects something gives up where there is no answer: a slot may be excused meanwhile.
        let tries = if count.how == How::AtFirst { TRIES } else { 0 };
        self.after(0, Act::Say(reported(filing, tries)));
    }

    /// Whether a report was asked about in place of being taken. Then its filer says that it stands, or counts again,
    /// or gives up.
    pub(crate) fn is_questioned(&mut self, wish: &Wish, answer: &Answer) -> bool {
        let asked = answer.facts.iter().find_map(|fact| {
            if let Fact::ReportQuestioned { questioned, .. } = fact { Some(questioned) } else { None }
        });
        let (Some(asked), Command::FileReport(filing)) = (asked, &wish.command) else { return false };
        let after = self.chance.between(1, 45) * MINUTE;
        let again = match self.chance.weighed(&[15, 25, 60]) {
            0 => return true,
            1 => ReportFiling { stands: true, ..(**filing).clone() },
            _ => {
                let fevers = counted(asked);
                let content = format!("figures, {fevers} with a fever");
                let content = EventKey::new(&content);
                ReportFiling { fevers: Some(fevers), zero: None, content, ..(**filing).clone() }
            }
        };
        self.after(after, Act::Say(reported(again, TRIES)));
        true
    }
}

/// How many a question names.
fn counted(asked: &Questioned) -> u32 {
    let cases = asked.against.iter().flat_map(Contradiction::cases);
    u32::try_from(cases.count()).unwrap()
}
