//! A run that goes on for more than a day: what is owed is told and brought, what owes nothing is closed and leaves
//! memory, a second day brings events of its own, and personal data goes when its time is over.

use std::collections::BTreeSet;

use watchfire::domain::command::{Archived, Command};
use watchfire::domain::fact::TelephoneOutcome;
use watchfire::domain::names::{AuthorityId, CaseId, PersonId};

use crate::faults::{Trouble, person};
use crate::lines;
use crate::people::Wish;
use crate::site::{HOUR, MINUTE, SECOND};
use crate::world::{Act, World};

/// A day, and enough behind it for what comes on the second one to be brought to its end.
const LONGER: u64 = 27 * HOUR;
/// Personal data is kept for so long after a case is closed, where it is kept for a time.
pub(crate) const KEPT: u64 = 26 * HOUR;

/// Whether a seed goes on for more than a day.
pub(crate) const fn is_long(seed: u64) -> bool {
    seed % 8 == 5
}

/// What is done in such a run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Errand {
    /// The office tells and brings to the authorities whatever they have not got.
    Finish,
    /// The office closes what owes nothing.
    Close,
    /// The office erases some of what was closed.
    Erase,
}

impl World {
    /// Lets a run go on, once all is well.
    pub(crate) fn live_on(&mut self) {
        self.grow_quiet();
        if self.chance.percent(70) {
            self.after(0, Act::Trouble(Trouble::Day(Errand::Finish)));
        }
        self.after(10 * MINUTE, Act::Trouble(Trouble::Day(Errand::Close)));
        for number in 20..self.chance.between(20, 22) {
            let at = 24 * HOUR + self.chance.below(30 * MINUTE);
            let wish = self.event(number);
            self.after(at, Act::Say(wish));
        }
        for hour in [self.chance.between(2, 20), 25] {
            let (at, power) = (hour * HOUR + self.chance.below(20 * MINUTE), self.chance.percent(30));
            // Upkeep, so that the daemon has just marked that it lives.
            self.after(at, Act::Trouble(Trouble::Snapshot));
            let down = self.chance.between(1, 90) * SECOND;
            self.after(at + SECOND, Act::Trouble(Trouble::Kill { power, down }));
        }
        self.after(26 * HOUR, Act::Trouble(Trouble::Day(Errand::Erase)));
        let end = self.at + LONGER;
        self.live_until(end);
    }

    pub(crate) fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Finish => self.finish(),
            Errand::Close => self.close_all(),
            Errand::Erase => self.erase_some(),
        }
    }

    /// The office tells the authorities what they have not been told, and brings them what they have not got.
    fn finish(&mut self) {
        let Some(published) = self.published().cloned() else { return };
        for case in published.state.cases.values().filter(|case| case.is_open()) {
            let owing = case.clocks().map(|(_, clock)| clock);
            let owing = owing.filter(|clock| clock.owes() && clock.phone.proof.is_none());
            let owing = owing.map(|clock| clock.authority.clone());
            let corrections = case.corrections.iter().filter(|owed| owed.is_to_be_told());
            let corrections = corrections.map(|owed| owed.authority.clone());
            for authority in owing.chain(corrections).collect::<BTreeSet<AuthorityId>>() {
                self.record_call(&case.id, &authority, ("p43", TelephoneOutcome::Taken), (0, 0));
            }
        }
        self.bring_all();
    }

    /// The office closes what owes nothing.
    fn close_all(&mut self) {
        let Some(published) = self.published().cloned() else { return };
        for case in published.state.cases.values().filter(|case| case.is_open()) {
            let close = Command::Close { case: case.id.clone(), actor: person("p43"), payload: None };
            self.after(0, Act::Say(Wish::act(close)));
        }
    }

    /// The office erases cases that were closed, whether they are in memory or not.
    fn erase_some(&mut self) {
        let entries = lines::read(&self.disk.bytes()).unwrap_or_default();
        let closed = entries.iter().flat_map(|entry| entry.facts("closed"));
        for case in closed.map(|fact| CaseId::new(fact.text("/case"))).collect::<BTreeSet<_>>() {
            if self.chance.percent(50) {
                let (actor, second) = (Some(person("p43")), Some(PersonId::new("p51")));
                let erase = Command::Erase { case, actor, second, ground: None, archived: Archived::No };
                self.after(0, Act::Say(Wish::act(erase)));
            }
        }
    }
}
