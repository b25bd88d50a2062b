//! The office: it contradicts what a machine took for a proof, records what the authority confirmed and what it brought
//! there itself, and erases.

use watchfire::domain::case::Clock;
use watchfire::domain::command::{Archived, Command, Towards};
use watchfire::domain::names::{AuthorityId, CaseId, Kind, PayloadName, PersonId};

use crate::faults::person;
use crate::people::Wish;
use crate::record::{Brought, Receipted};
use crate::site::MINUTE;
use crate::world::{Act, World};

impl World {
    /// A case that was ruled out may be suspected again, and ruled out after all.
    pub(crate) fn order_doubts(&mut self, case: &CaseId, mut at: u64) {
        for (kind, of_a_hundred) in [(Kind::Suspected, 35), (Kind::RuledOut, 50)] {
            if !self.doubt_chance.percent(of_a_hundred) {
                return;
            }
            at += self.doubt_chance.between(1, 20) * MINUTE;
            let (actor, second, received) = (person("p42"), Some(PersonId::new("p43")), self.now());
            let say = Command::Classify { case: case.clone(), kind, actor, second, payload: None, received };
            self.after(at, Act::Say(Wish::act(say)));
        }
    }

    /// Looks at the cases as the board shows them, and finds something to say of some clocks.
    pub(crate) fn look_through(&mut self) {
        let Some(published) = self.published().cloned() else { return };
        let clocks: Vec<(CaseId, AuthorityId, u32, [bool; 2])> = published
            .state
            .cases
            .values()
            .flat_map(|case| {
                case.clocks().map(|(index, clock)| {
                    let proved = clock.phone.proof.is_some();
                    let sent = clock.written.sent_at.is_some();
                    (case.id.clone(), clock.authority.clone(), index, [proved, sent])
                })
            })
            .collect();
        let closed = published.state.cases.values().filter(|case| !case.is_open() && !case.erased);
        for case in closed.map(|case| case.id.clone()).collect::<Vec<_>>() {
            if self.chance.percent(90) {
                let (actor, second) = (Some(person("p42")), Some(PersonId::new("p43")));
                let erase = Command::Erase { case, actor, second, ground: None, archived: Archived::No };
                self.after(0, Act::Say(Wish::act(erase)));
            }
        }
        for (case, authority, index, [proved, sent]) in clocks {
            if proved && self.chance.percent(30) {
                let (case, towards) = (case.clone(), self.towards(&authority, index));
                let dispute = Command::Dispute { case, towards, actor: person("p42"), payload: None };
                self.after(0, Act::Say(Wish::act(dispute)));
            }
            if self.chance.percent(if sent { 40 } else { 5 }) {
                let towards = self.towards(&authority, index);
                let said = Receipted {
                    case: case.to_string(),
                    authority: authority.to_string(),
                    clock: towards.clock,
                };
                self.record.receipted.push(said);
                let (case, actor, reference, received) = (case.clone(), person("p42"), None, self.now());
                let receipt = Command::RecordWrittenReceipt { case, towards, actor, reference, received };
                self.after(0, Act::Say(Wish::act(receipt)));
            }
            if !sent && self.chance.percent(15) {
                self.bring(case, authority, index);
            }
        }
    }

    /// Names the clock, or leaves it to the daemon which of them is meant.
    fn towards(&self, authority: &AuthorityId, clock: u32) -> Towards {
        let names = self.record.receipted.len() % 5 < 3;
        Towards { authority: authority.clone(), clock: names.then_some(clock) }
    }

    /// Brings whatever is owed in writing and has not gone.
    pub(crate) fn bring_all(&mut self) {
        let Some(published) = self.published().cloned() else { return };
        for case in published.state.cases.values() {
            let unsent = |clock: &Clock| clock.owes() && clock.written.sent_at.is_none();
            for (index, clock) in case.clocks().filter(|(_, clock)| unsent(clock)) {
                self.bring(case.id.clone(), clock.authority.clone(), index);
            }
        }
    }

    /// Brings a report by other means, and records by which paper.
    fn bring(&mut self, case: CaseId, authority: AuthorityId, clock: u32) {
        let reference = format!("{:064x}", self.record.brought.len() + 1);
        let by = "p43";
        self.record.brought.push(Brought {
            case: case.to_string(),
            authority: authority.to_string(),
            clock,
            reference: reference.clone(),
            by,
        });
        let (actor, received) = (person(by), self.now());
        let reference = Some(PayloadName::new(&reference));
        let towards = Towards { authority, clock: Some(clock) };
        let receipt = Command::RecordWrittenReceipt { case, towards, actor, reference, received };
        self.after(0, Act::Say(Wish::act(receipt)));
    }
}
