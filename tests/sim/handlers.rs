//! Whoever has taken a case: they ring the authorities and write, pass it on, or forget about it.

use watchfire::domain::case::ReportKind;
use watchfire::domain::command::{Command, TelephoneRecord, WrittenRecord};
use watchfire::domain::fact::TelephoneOutcome;
use watchfire::domain::names::{AuthorityId, CaseId, PayloadName, PersonId};

use crate::faults::person;
use crate::people::Wish;
use crate::record::{Call, Handed, word_of};
use crate::site::MINUTE;
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
                self.record_call(case, &clock.authority, (by, outcome), at);
                if outcome == TelephoneOutcome::Taken {
                    break;
                }
            }
            if self.chance.percent(works) {
                let at = self.chance.between(1, 20) * MINUTE;
                let record = WrittenRecord {
                    case: case.clone(),
                    authority: Some(clock.authority.clone()),
                    actor: person(by),
                    kind: ReportKind::Initial,
                    payload: PayloadName::new(&"ab".repeat(32)),
                    send: self.chance.percent(80),
                };
                let command = Command::WriteReport(Box::new(record));
                self.after(at, Act::Say(Wish::act(command)));
            }
        }
        self.pass_on(case, by);
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

    pub(crate) fn record_call(
        &mut self,
        case: &CaseId,
        authority: &AuthorityId,
        (by, outcome): (&str, TelephoneOutcome),
        at: u64,
    ) {
        self.record.calls.push(Call {
            case: case.to_string(),
            authority: authority.to_string(),
            outcome: word_of(outcome),
        });
        let record = TelephoneRecord {
            case: case.clone(),
            authority: authority.clone(),
            actor: person(by),
            outcome,
            payload: None,
            call_back_at: None,
            said_at: None,
            received: self.now(),
        };
        let command = Command::RecordTelephone(Box::new(record));
        self.after(at, Act::Say(Wish::act(command)));
    }
}
