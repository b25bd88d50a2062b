//! What the daemon tells of itself, and what is wrong with it.

use super::Place;
use crate::domain::bulletin::{About, Bulletin, Standing};
use crate::domain::fact::{Fact, TroubleBegan};
use crate::domain::schedule::Due;
use crate::domain::state::State;
use crate::time::Timestamp;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_bulletin(&mut self, place: Place, fact: &Fact) {
        self.note_spell(place, fact);
        self.lasted_before(place, fact);
        match fact {
            Fact::HeadDue { due, next } => self.came(Due::Heads, *due, *next),
            Fact::TroubleBegan(TroubleBegan { trouble, at, told, since }) => {
                let before = self.troubles.get(trouble).and_then(|standing| standing.told_at);
                let told_at = if *told { Some(*at) } else { before };
                let began = since.unwrap_or(*at);
                self.troubles.insert_mut(trouble.clone(), Standing { since: began, open: true, told_at });
                self.close_door(trouble, began);
            }
            Fact::TroubleUntold { trouble } => {
                if let Some(standing) = self.troubles.get_mut(trouble) {
                    standing.told_at = None;
                }
            }
            Fact::TroubleEnded { trouble } => {
                if let Some(standing) = self.troubles.get_mut(trouble) {
                    standing.open = false;
                }
                self.open_door(place.at);
            }
            Fact::BulletinOpened { request, about, until } => {
                let bulletin = Bulletin { about: about.clone(), until: *until, notifications: Vec::new() };
                if let About::Lapses { person, lapses } = about {
                    for lapse in lapses {
                        self.unheard.remove_mut(&(person.clone(), lapse.clone()));
                    }
                }
                self.bulletins.insert_mut(request.clone(), bulletin);
                self.due_insert(*until, Due::Bulletin(request.clone()));
            }
            _ => {}
        }
    }

    /// What comes at a time of the day came, or is to come at another: `next` is when.
    pub(super) fn came(&mut self, what: Due, due: Timestamp, next: Option<Timestamp>) {
        self.due_remove(due, what.clone());
        if let Some(next) = next {
            self.due_insert(next, what);
        }
    }
}
