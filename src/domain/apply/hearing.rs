//! What was said and found of a lapse.

use super::Place;
use crate::domain::fact::{Fact, VerdictGiven};
use crate::domain::lapse::{Statement, Verdict};
use crate::domain::state::State;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_hearing(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::StatementMade { lapse, actor, payload } => {
                let statement = Statement { at: place.at, actor: actor.clone(), payload: payload.clone() };
                self.with_lapse(lapse, |lapse| lapse.statements.push(statement));
            }
            Fact::VerdictGiven(given) => {
                let VerdictGiven { lapse, actor, clause, findings, payload } = &**given;
                let verdict = Verdict {
                    at: place.at,
                    actor: actor.clone(),
                    clause: *clause,
                    findings: findings.clone(),
                    payload: payload.clone(),
                };
                self.with_lapse(lapse, |lapse| lapse.verdicts.push(verdict));
            }
            _ => {}
        }
    }
}
