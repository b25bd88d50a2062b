//! The office: it contradicts what a machine took for a proof, records what the authority confirmed, and erases.

use watchfire::domain::command::Command;
use watchfire::domain::names::{AuthorityId, CaseId, PersonId};

use crate::faults::person;
use crate::people::Wish;
use crate::world::{Act, World};

impl World {
    /// Looks at the cases as the board shows them, and finds something to say of some clocks.
    pub(crate) fn look_through(&mut self) {
        let Some(published) = self.published().cloned() else { return };
        let clocks: Vec<(CaseId, AuthorityId, [bool; 2])> = published
            .state
            .cases
            .values()
            .flat_map(|case| {
                case.clocks.iter().map(|clock| {
                    let proved = clock.phone.proof.is_some();
                    let sent = clock.written.sent_at.is_some();
                    (case.id.clone(), clock.authority.clone(), [proved, sent])
                })
            })
            .collect();
        let closed = published.state.cases.values().filter(|case| !case.is_open() && !case.erased);
        for case in closed.map(|case| case.id.clone()).collect::<Vec<_>>() {
            if self.chance.percent(90) {
                let (actor, second) = (Some(person("p42")), Some(PersonId::new("p43")));
                let erase = Command::Erase { case, actor, second, ground: None, archived: false };
                self.after(0, Act::Say(Wish::act(erase, "erased/1")));
            }
        }
        for (case, authority, [proved, sent]) in clocks {
            if proved && self.chance.percent(30) {
                let (case, authority) = (case.clone(), authority.clone());
                let dispute = Command::Dispute { case, authority, actor: person("p42"), payload: None };
                self.after(0, Act::Say(Wish::act(dispute, "proof_disputed/1")));
            }
            if self.chance.percent(if sent { 40 } else { 5 }) {
                let (actor, reference, received) = (person("p42"), None, self.now());
                let receipt = Command::RecordWrittenReceipt { case, authority, actor, reference, received };
                self.after(0, Act::Say(Wish::act(receipt, "written_receipted/1")));
            }
        }
    }
}
