//! Whoever has taken a case: they ring the authorities and write, pass it on, or forget about it.

use watchfire::domain::case::{Clock, ReportKind};
use watchfire::domain::command::{Command, TelephoneRecord, WrittenRecord};
use watchfire::domain::fact::TelephoneOutcome;
use watchfire::domain::names::{AuthorityId, CaseId, PayloadName, PersonId};

use crate::faults::person;
use crate::lines;
use crate::people::{Wish, words_about};
use crate::record::{Call, Handed, word_of};
use crate::site::{MINUTE, ms};
use crate::world::{Act, World};

/// To whom a case is passed on: to those whom the policies name, and to others.
const HEIRS: [&str; 9] = ["p11", "p12", "p13", "p21", "p31", "p32", "p41", "p42", "p43"];

impl World {
    /// Somebody has taken a case: they ring the authorities and write, or forget about it.
    pub(crate) fn work_on(&mut self, case: &CaseId, by: &str) {
        let works = self.manners.works;
        let Some(known) = self.published().and_then(|it| it.state.case(case).cloned()) else { return };
        for clock in &known.clocks {
            let mut at = 0;
            while self.chance.percent(works) && at < 40 * MINUTE {
                at += self.chance.between(1, 8) * MINUTE;
                let outcome = self.call_outcome();
                let late = self.lateness();
                self.record_call(case, &clock.authority, (by, outcome), (at, late));
                if outcome == TelephoneOutcome::Taken {
                    break;
                }
            }
            if self.chance.percent(works) {
                let at = self.chance.between(1, 20) * MINUTE;
                let send = self.chance.percent(80);
                self.write((case, Some(&clock.authority)), by, (ReportKind::Initial, send), at);
            }
        }
        self.write_more((case, &known.clocks), by);
        self.pass_on(case, by);
    }

    /// Somebody completes a written report: to one authority, or to all of them.
    fn write(
        &mut self,
        (case, authority): (&CaseId, Option<&AuthorityId>),
        by: &str,
        (kind, send): (ReportKind, bool),
        at: u64,
    ) {
        let record = WrittenRecord {
            case: case.clone(),
            authority: authority.cloned(),
            actor: person(by),
            kind,
            payload: PayloadName::new(""),
            send,
        };
        let words = Some(words_about(case.as_str(), by));
        let wish = Wish { words, ..*Wish::act(Command::WriteReport(Box::new(record))) };
        self.after(at, Act::Say(Box::new(wish)));
    }

    /// What changed since the first report, the end of it, and notes; in whatever order, and to whichever authority.
    fn write_more(&mut self, (case, clocks): (&CaseId, &[Clock]), by: &str) {
        let writes = self.manners.writes;
        if self.whim.percent(writes) {
            let command =
                Command::Note { case: case.clone(), actor: person(by), payload: PayloadName::new("") };
            let words = Some(words_about(case.as_str(), by));
            let at = self.whim.between(1, 20) * MINUTE;
            self.after(at, Act::Say(Box::new(Wish { words, ..*Wish::act(command) })));
        }
        for _ in 0..2 {
            if !self.whim.percent(writes) {
                continue;
            }
            let kind = self.whim.among(&[ReportKind::Progress, ReportKind::Progress, ReportKind::Final]);
            let (to_all, send) = (self.whim.percent(30), self.whim.percent(85));
            let which = usize::try_from(self.whim.below(2)).unwrap();
            let authority = clocks.get(which).or_else(|| clocks.first()).map(|clock| &clock.authority);
            let at = self.whim.between(2, 50) * MINUTE;
            self.write((case, authority.filter(|_| !to_all)), by, (kind, send), at);
        }
    }

    /// "You handle it": perhaps said twice, and perhaps to themselves. What comes of it is theirs who are told.
    fn pass_on(&mut self, case: &CaseId, by: &str) {
        let passes = self.manners.passes;
        if !self.whim.percent(passes) {
            return;
        }
        let to = self.whim.among(&HEIRS);
        let at = self.whim.between(1, 12) * MINUTE;
        let handed = Handed { case: case.to_string(), by: by.to_owned(), to };
        self.record.handed.push(handed);
        let (case, to) = (case.clone(), Some(PersonId::new(to)));
        let wish = Wish::act(Command::Pass { case, actor: person(by), to });
        if self.whim.percent(25) {
            let later = self.whim.between(1, 5 * MINUTE);
            self.after(at + later, Act::Say(wish.clone()));
        }
        self.after(at, Act::Say(wish));
    }

    fn call_outcome(&mut self) -> TelephoneOutcome {
        let answers = self.manners.answers;
        if self.chance.percent(answers) {
            return TelephoneOutcome::Taken;
        }
        self.chance.among(&[
            TelephoneOutcome::CallBack,
            TelephoneOutcome::NoAnswer,
            TelephoneOutcome::WrongNumber,
            TelephoneOutcome::Refused,
        ])
    }

    /// How long after a call it is recorded.
    fn lateness(&mut self) -> u64 {
        let tardy = self.manners.tardy;
        if self.whim.percent(tardy) { self.whim.between(1, 30) * MINUTE } else { 0 }
    }

    /// Somebody records a call that they make so long from this moment; where they do it late, they say when it was.
    pub(crate) fn record_call(
        &mut self,
        case: &CaseId,
        authority: &AuthorityId,
        (by, outcome): (&str, TelephoneOutcome),
        (at, late): (u64, u64),
    ) {
        let now = self.now();
        let said_at = (late > 0).then(|| now.wall + ms(at));
        let promises = outcome == TelephoneOutcome::CallBack && self.whim.percent(60);
        // Not every promise lies before the limit.
        let call_back_at = promises.then(|| now.wall + ms(at + late + self.whim.between(1, 20) * MINUTE));
        self.record.calls.push(Call {
            case: case.to_string(),
            authority: authority.to_string(),
            by: by.to_owned(),
            outcome: word_of(outcome),
            said: said_at.and_then(|said| lines::instant(&said.to_string())),
        });
        let record = TelephoneRecord {
            case: case.clone(),
            authority: authority.clone(),
            actor: person(by),
            outcome,
            payload: None,
            call_back_at,
            said_at,
            received: now,
        };
        let command = Command::RecordTelephone(Box::new(record));
        self.after(at + late, Act::Say(Wish::act(command)));
    }
}
