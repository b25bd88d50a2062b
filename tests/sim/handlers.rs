//! Whoever has taken a case: they ring the authorities and write, pass it on, or forget about it.

use watchfire::domain::case::ReportKind;
use watchfire::domain::command::{Command, TelephoneRecord, WrittenRecord};
use watchfire::domain::fact::TelephoneOutcome;
use watchfire::domain::names::{AuthorityId, CaseId, PayloadName};

use crate::faults::person;
use crate::people::Wish;
use crate::record::{Call, word_of};
use crate::site::MINUTE;
use crate::world::{Act, World};

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
