//! What the daemon itself went through.

use std::sync::Arc;

use super::Place;
use crate::domain::bulletin::About;
use crate::domain::case::Case;
use crate::domain::fact::{ClockStepped, ClockTrusted, Fact, Span, StaffLoaded};
use crate::domain::names::{Medium, PersonId};
use crate::domain::schedule::{CaseDue, Due};
use crate::domain::state::spans::{keep_last, remember};
use crate::domain::state::{Kept, Maintenance, State, wrong_key};
use crate::time::Timestamp;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_daemon(&mut self, place: Place, fact: &Fact) {
        self.note_spell(place, fact);
        self.lasted_before(place, fact);
        match fact {
            Fact::Started { down, .. } => {
                self.started_at = Some(place.at);
                if let Some(down) = down {
                    remember(&mut self.outages, *down);
                }
            }
            Fact::ClockStepped(ClockStepped { from, to, fell }) => {
                if let Some((before, after)) = fell {
                    self.fall_back(*before, *after);
                }
                let since = *from.min(to);
                self.doubt.get_or_insert(since);
            }
            Fact::ClockTrusted(ClockTrusted { fell, .. }) => {
                if let Some((before, after)) = fell {
                    self.fall_back(*before, *after);
                }
                if let Some(from) = self.doubt.take() {
                    remember(&mut self.doubts, Span { from, to: place.at.max(from) });
                }
            }
            Fact::ConfigurationAdopted(adopted) => {
                self.configuration = Some(adopted.sha256.clone());
                self.keep_wrong(&adopted.still_wrong);
                self.forget_wrong_places();
                // Another account, or money, may stand behind a channel.
                self.exhausted = rpds::RedBlackTreeMapSync::new_sync();
            }
            Fact::ConfigurationLoaded(it) => {
                let (sha256, copy) = (Some(it.sha256.clone()), it.copy.clone());
                self.configuration_kept = Some(Kept { sha256, copy, entry: Some(place.seq) });
            }
            Fact::StaffAdopted { sha256, .. } => self.staff.clone_from(sha256),
            Fact::StaffLoaded(it) => self.staff_loaded(it, place.seq),
            Fact::PostsTaken { posts } => self.take_posts(posts, (place.at, place.seq)),
            Fact::Armed { actor } => {
                self.armed = Some(actor.clone());
                self.first_armed_at.get_or_insert(place.at);
                if let Some(from) = self.disarmed_at.take() {
                    remember(&mut self.unarmed, Span { from, to: place.at.max(from) });
                }
            }
            Fact::Disarmed { .. } => {
                self.armed = None;
                self.disarmed_at = Some(place.at);
            }
            Fact::HoldBegan => {
                self.held_back = true;
                self.held_since.get_or_insert(place.at);
            }
            Fact::Released { .. } => {
                self.held_back = false;
                if let Some(from) = self.held_since.take() {
                    remember(&mut self.outages, Span { from, to: place.at.max(from) });
                }
            }
            Fact::DoorProved { door } => self.door_proved = Some(door.clone()),
            Fact::MaintenanceAnnounced(it) => {
                // One that is still to come is not forgotten for those that are over.
                let now = place.at;
                self.maintenance.sort_by_key(|it| (it.span.to > now, it.maintenance));
                keep_last(&mut self.maintenance, Maintenance { maintenance: place.seq, span: it.span });
            }
            Fact::MaintenanceEnded { maintenance, at, .. } => self.end_maintenance(*maintenance, *at),
            Fact::DuePassed { due } => self.pass(due),
            Fact::DuePutOff { due, until } => self.put_off(due, *until),
            _ => {}
        }
    }

    fn staff_loaded(&mut self, it: &StaffLoaded, seq: u64) {
        for unit in &it.units {
            self.register_people.insert_mut(unit.unit.clone(), unit.people.now);
        }
        let (sha256, copy) = (it.sha256.clone(), it.copy.clone());
        self.staff_kept = Some(Kept { sha256, copy, entry: Some(seq) });
    }

    /// What is told leaves memory later; nothing else is put off.
    fn put_off(&mut self, due: &Due, until: Timestamp) {
        let before = if let Due::Bulletin(id) = due {
            self.bulletins.get_mut(id).map(|bulletin| std::mem::replace(&mut bulletin.until, until))
        } else if let Due::Request(id) = due {
            self.requests.get_mut(id).map(|request| std::mem::replace(&mut request.until, until))
        } else {
            None
        };
        if let Some(before) = before {
            self.due_remove(before, due.clone());
            self.due_insert(until, due.clone());
        }
    }

    fn pass(&mut self, due: &Due) {
        match due {
            Due::Case(case, CaseDue::Erase) => self.pass_erase(case),
            Due::Case(case, what) => self.unschedule(case, *what),
            Due::Wait(id) => self.with_track(id, |track| track.wait_until = None),
            Due::KeptReceipt(id) => {
                let until = self.kept_receipts.get(id).map(|kept| kept.until);
                self.kept_receipts.remove_mut(id);
                self.pass_at(until, due);
            }
            Due::Request(id) => {
                let request = self.requests.get(id).cloned();
                for notification in request.iter().flat_map(|request| &request.notifications) {
                    self.forget_track(notification);
                }
                self.requests.remove_mut(id);
                self.pass_at(request.map(|request| request.until), due);
            }
            Due::Session(session) => {
                let until = self.sessions.get(session).map(|session| session.until);
                self.sessions.remove_mut(session);
                self.pass_at(until, due);
            }
            Due::Attempt(id) => {
                let last = self.track(id).and_then(|track| track.attempts.last());
                self.pass_at(last.map(|attempt| attempt.until), due);
            }
            Due::Bulletin(id) => {
                let bulletin = self.bulletins.get(id).cloned();
                if let Some(About::Lapses { person, lapses }) = bulletin.as_ref().map(|it| &it.about) {
                    self.still_unheard(person, lapses);
                }
                for notification in bulletin.iter().flat_map(|bulletin| &bulletin.notifications) {
                    self.forget_track(notification);
                }
                self.bulletins.remove_mut(id);
                self.pass_at(bulletin.map(|bulletin| bulletin.until), due);
            }
            Due::Form(form) => {
                let next = self.forms.get(form).and_then(|run| run.next);
                self.pass_at(next, due);
            }
            Due::Period(period, what) => self.schedule_period(period, *what, None),
            Due::Contradicted(slot) => self.end_contradiction(slot),
            Due::Round(round, _) => {
                self.end_round(round);
            }
            Due::Lapses | Due::Heads => {}
        }
        // What was due and is known to nobody any more stands at the front, where the engine found it.
        let front = self.rings.first().filter(|(_, first)| first == due).cloned();
        if let Some((at, due)) = front {
            self.due_remove(at, due);
        }
    }

    /// A wrong address is put right in the configuration: none stays wrong but these.
    fn keep_wrong(&mut self, still: &[(PersonId, Medium)]) {
        let stays: Vec<String> = still.iter().map(|(person, medium)| wrong_key(person, *medium)).collect();
        let tokens = std::mem::take(&mut self.wrong_addresses);
        let known = stays.iter().filter_map(|key| Some((key.clone(), tokens.get(key)?.clone())));
        self.wrong_addresses = known.collect();
        self.wrong_persons = stays.into_iter().collect();
    }

    /// What stands for a number that proved wrong, nobody could tell: another configuration has put it right, as far as
    /// anybody can tell, and another number may stand in its place.
    fn forget_wrong_places(&mut self) {
        let marked = |case: &Arc<Case>| {
            case.clocks.iter().any(|clock| !clock.phone.wrong_addresses.is_empty()).then(|| case.id.clone())
        };
        for id in self.cases.values().filter_map(marked).collect::<Vec<_>>() {
            self.with_case(&id, |case| {
                for clock in &mut case.clocks {
                    clock.phone.wrong_addresses.clear();
                }
            });
        }
    }

    fn pass_at(&mut self, at: Option<Timestamp>, due: &Due) {
        if let Some(at) = at {
            self.due_remove(at, due.clone());
        }
    }
}
