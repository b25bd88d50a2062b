//! Spells: when something lasted that was in nobody's power, and the entries that tell of its beginning and its end.
//!
//! They are what an excuse cites. Whether something is excused is judged by the spans of `spans`.

use serde::{Deserialize, Serialize};

use super::State;
use crate::domain::bulletin::Trouble;
use crate::domain::fact::Span;
use crate::domain::lapse::ExcuseKind;
use crate::time::Timestamp;

/// So many spells of each kind are remembered: months of restarts.
const SPELLS_MAX: usize = 200;
/// So many entries tell of one; of a door that opens and closes without end, its first ones.
const ENTRIES_MAX: usize = 20;

/// A time in which something lasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// What it excuses by.
    what: ExcuseKind,
    /// Which trouble it is, where it is one: several may last at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trouble: Option<Trouble>,
    from: Timestamp,
    /// Until when; of one that lasts nothing is known yet.
    to: Option<Timestamp>,
    /// The entries that tell of it.
    entries: Vec<u64>,
}

impl Spell {
    fn tell(&mut self, entry: u64) {
        if self.entries.len() < ENTRIES_MAX && !self.entries.contains(&entry) {
            self.entries.push(entry);
        }
    }
}

impl State {
    /// Something lasted from one instant to another.
    pub(crate) fn spell(&mut self, what: ExcuseKind, span: Span, entry: u64) {
        let spell = Spell { what, trouble: None, from: span.from, to: Some(span.to), entries: vec![entry] };
        self.keep_spell(spell);
    }

    /// Something lasts from an instant on; of what lasts already it is another word.
    pub(crate) fn spell_begins(
        &mut self,
        (what, trouble): (ExcuseKind, Option<&Trouble>),
        from: Timestamp,
        entry: u64,
    ) {
        if let Some(open) = self.open_spell(what, trouble) {
            open.from = from.min(open.from);
            open.tell(entry);
            return;
        }
        self.keep_spell(Spell { what, trouble: trouble.cloned(), from, to: None, entries: vec![entry] });
    }

    /// It lasts no longer.
    pub(crate) fn spell_ends(
        &mut self,
        (what, trouble): (ExcuseKind, Option<&Trouble>),
        at: Timestamp,
        entry: u64,
    ) {
        if let Some(open) = self.open_spell(what, trouble) {
            open.to = Some(at.max(open.from));
            open.tell(entry);
        }
    }

    /// Announced maintenance is over before its time, or will not be.
    pub(crate) fn spell_cut(&mut self, announced_in: u64, at: Timestamp, entry: u64) {
        let is_it =
            |it: &Spell| it.what == ExcuseKind::Maintenance && it.entries.first() == Some(&announced_in);
        self.spells.retain(|it| !is_it(it) || it.from < at);
        if let Some(spell) = self.spells.iter_mut().find(|it| is_it(it)) {
            spell.to = spell.to.map(|to| to.min(at));
            spell.tell(entry);
        }
    }

    /// The entries that tell of what lasted in a span.
    pub(crate) fn told_of(&self, what: ExcuseKind, span: Span) -> impl Iterator<Item = u64> + '_ {
        let lasted = move |it: &&Spell| {
            it.what == what && it.from <= span.to && it.to.is_none_or(|to| span.from <= to)
        };
        self.spells.iter().filter(lasted).flat_map(|it| it.entries.iter().copied())
    }

    fn open_spell(&mut self, what: ExcuseKind, trouble: Option<&Trouble>) -> Option<&mut Spell> {
        let is_it = |it: &&mut Spell| it.what == what && it.to.is_none() && it.trouble.as_ref() == trouble;
        self.spells.iter_mut().find(is_it)
    }

    /// Of too many of a kind the oldest is forgotten.
    fn keep_spell(&mut self, spell: Spell) {
        let what = spell.what;
        self.spells.push(spell);
        if self.spells.iter().filter(|it| it.what == what).count() > SPELLS_MAX
            && let Some(oldest) = self.spells.iter().position(|it| it.what == what)
        {
            self.spells.remove(oldest);
        }
    }
}

impl Trouble {
    /// By what it excuses those who could do nothing for it.
    #[must_use]
    pub fn excuses_by(&self) -> Option<ExcuseKind> {
        if Self::AT_THE_DOOR.contains(self) {
            return Some(ExcuseKind::Door);
        }
        match self {
            Self::ChannelExhausted(_) => Some(ExcuseKind::Provider),
            Self::AuthorityUnreachable(_) => Some(ExcuseKind::Unreachable),
            Self::Holding
            | Self::ClockInDoubt
            | Self::TornTail
            | Self::PastDamaged
            | Self::DiskNearlyFull
            | Self::VaultClosed
            | Self::IndexClosed
            | Self::SourceSilent(_)
            | Self::NumberWrong(_)
            | Self::AuthorityNotReached(_)
            | Self::MailWrong(_)
            | Self::PersonNotReached(_)
            | Self::CaseNotTaken(_)
            | Self::GroupNotReached(_)
            | Self::DoorShut => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        Span { from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) }
    }

    fn told(state: &State, what: ExcuseKind, from: i64, to: i64) -> Vec<u64> {
        state.told_of(what, span(from, to)).collect()
    }

    #[test]
    fn troubles_that_last_at_once_each_end_by_their_own_word() {
        let mut state = State::default();
        let (vault, index) = (Trouble::VaultClosed, Trouble::IndexClosed);
        let door = ExcuseKind::Door;
        state.spell_begins((door, Some(&vault)), Timestamp::from_millis(10), 1);
        state.spell_begins((door, Some(&index)), Timestamp::from_millis(20), 2);
        state.spell_ends((door, Some(&vault)), Timestamp::from_millis(30), 3);
        assert_eq!(told(&state, door, 0, 15), [1, 3]);
        assert_eq!(told(&state, door, 25, 26), [1, 3, 2]);
        assert_eq!(told(&state, door, 40, 50), [2], "one lasts still");
        assert!(told(&state, ExcuseKind::Outage, 0, 99).is_empty());
    }

    #[test]
    fn what_comes_without_end_is_remembered_for_a_while() {
        let mut state = State::default();
        for at in 0..1000 {
            state.spell(ExcuseKind::Outage, span(at, at), 1 + u64::try_from(at).unwrap());
        }
        state.spell(ExcuseKind::Unarmed, span(0, 5), 7);
        assert_eq!(told(&state, ExcuseKind::Outage, 0, 999).len(), SPELLS_MAX);
        assert_eq!(told(&state, ExcuseKind::Outage, 999, 999), [1000]);
        assert_eq!(told(&state, ExcuseKind::Unarmed, 1, 2), [7]);
    }
}
