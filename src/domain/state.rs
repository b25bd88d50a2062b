//! The state: what the facts add up to; a value with structural sharing, so that a copy costs nothing.
//!
//! It holds what is open and recent. What is over leaves by a fact, and is then a question for the index.

mod absences;
mod failed;
mod fevers;
mod handovers;
mod kept;
mod known;
mod requests;
mod sends;
pub(crate) mod spans;
mod spells;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rpds::{RedBlackTreeMapSync as Map, RedBlackTreeSetSync as Set};
use serde::{Deserialize, Serialize};

use super::bulletin::{Bulletin, Standing, Trouble};
use super::case::Case;
use super::fact::Span;
use super::lapse::Lapse;
use super::lock::{CodeWay, Lock};
use super::names::{
    Actor, AddressToken, CaseId, ChannelId, FormId, LapseId, Medium, NotificationId, PersonId, PersonToken,
    PolicyId, Recipient, RequestId, SessionHash, UnitId,
};
use super::notification::{Attempt, Digit, Notification, Progress};
use super::policy::Policy;
use super::round::{Round, Stopped};
use super::schedule::{CaseDue, Due};
use super::slot::{FormRun, Period, PeriodId};
use crate::time::{Day, Timestamp};

pub use absences::Absence;
pub use fevers::Fevers;
pub use handovers::{Handover, Taken};
pub use kept::{Kept, KeptReceipt};
pub use requests::{Request, Session};
pub use spans::{Arrival, Maintenance};
pub use spells::Spell;

/// What the facts add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    /// The number of the last entry in it.
    pub seq: u64,
    /// When the daemon last started.
    pub started_at: Option<Timestamp>,
    /// When the daemon was down, newest last.
    pub outages: Vec<Span>,
    /// When the clock was in doubt, newest last.
    pub doubts: Vec<Span>,
    /// Since when the clock is in doubt.
    pub doubt: Option<Timestamp>,
    /// When the door was closed to those who report, newest last.
    #[serde(default)]
    pub door_closed: Vec<Span>,
    /// Since when it is closed.
    #[serde(default)]
    pub door_closed_since: Option<Timestamp>,
    /// When nothing gets in, as somebody announced it, in the order in which they did.
    #[serde(default)]
    pub maintenance: Vec<Maintenance>,
    /// The public address at which the daemon was reached last, by its hash.
    #[serde(default)]
    pub door_proved: Option<String>,
    /// When the daemon was armed first: what was before was a trial.
    #[serde(default)]
    pub first_armed_at: Option<Timestamp>,
    /// Who armed the daemon.
    pub armed: Option<Actor>,
    /// When it was disarmed, where it was armed before.
    #[serde(default)]
    pub disarmed_at: Option<Timestamp>,
    /// When the daemon was not armed between two times that it was, newest last.
    #[serde(default)]
    pub unarmed: Vec<Span>,
    /// When all of that lasted, and which entries tell of it.
    #[serde(default)]
    pub spells: Vec<Spell>,
    /// Sending is held back until a person lets it go.
    pub held_back: bool,
    /// Since when.
    #[serde(default)]
    pub held_since: Option<Timestamp>,
    /// The hash of the configuration in force.
    pub configuration: Option<String>,
    /// The one that was kept last.
    #[serde(default)]
    pub configuration_kept: Option<Kept>,
    /// The hash of the employee register that the doors go by.
    #[serde(default)]
    pub staff: Option<String>,
    /// The one that was kept last.
    #[serde(default)]
    pub staff_kept: Option<Kept>,
    /// Policies that cases hold.
    pub policies: Map<PolicyId, Arc<Policy>>,
    /// Open cases, and closed ones that have not left yet.
    pub cases: Map<CaseId, Arc<Case>>,
    /// The open case of a person.
    pub by_subject: Map<PersonToken, CaseId>,
    /// The cases in memory by their units.
    pub by_unit: Set<(UnitId, CaseId)>,
    /// The same by the people of the directory whose own they are.
    pub by_patient: Set<(PersonId, CaseId)>,
    /// How many cases a day has had.
    pub day_counts: Map<Day, u32>,
    /// Fevers of each unit, for cluster rules.
    pub fevers: Map<UnitId, Arc<Fevers>>,
    /// Notifications of what is in memory.
    pub notifications: Map<NotificationId, Arc<Track>>,
    /// When each unsent notification goes, in order.
    pub sends: Set<(Timestamp, NotificationId)>,
    /// The same for each recipient and medium, so that what goes in one message is found without a search.
    #[serde(default)]
    pub sends_to: Set<(Recipient, Medium, Timestamp, NotificationId)>,
    /// What is due, in order; decided when either clock has reached it.
    pub rings: Set<(Timestamp, Due)>,
    /// What waits for the clock that is behind, in order: see [`Due::waits_for_both`].
    pub accusations: Set<(Timestamp, Due)>,
    /// When attempts started, for each channel and callee.
    pub calls: Map<String, Arc<Vec<Timestamp>>>,
    /// Channels without money or quota, and until when they are not tried.
    #[serde(default)]
    pub exhausted: Map<ChannelId, Timestamp>,
    /// Failures on record that are open.
    pub lapses: Map<LapseId, Arc<Lapse>>,
    /// Who has not been told yet of a lapse that names them.
    #[serde(default)]
    pub unheard: Set<(PersonId, LapseId)>,
    /// Receipts that match nothing yet.
    pub kept_receipts: Map<NotificationId, KeptReceipt>,
    /// What providers call the messages they took.
    #[serde(default)]
    pub provider_names: Map<NotificationId, NotificationId>,
    /// When the personal data of a case that has left memory is erased.
    #[serde(default)]
    pub erasures: Map<CaseId, Timestamp>,
    /// People signing in, and tests under way.
    pub requests: Map<RequestId, Request>,
    /// Who is signed in.
    pub sessions: Map<SessionHash, Session>,
    /// Who is or will be away, and was lately.
    pub absences: Map<PersonId, Arc<Vec<Absence>>>,
    /// Handovers of duty, the last ones, by the entry in which each was offered.
    #[serde(default)]
    pub handovers: Map<u64, Arc<Handover>>,
    /// Wrong codes typed with the number of each; those behind a link lie with the case.
    pub locks: Map<PersonId, Lock>,
    /// What is or was wrong with the daemon and around it.
    pub troubles: Map<Trouble, Standing>,
    /// What the daemon tells of itself.
    pub bulletins: Map<RequestId, Bulletin>,
    /// How far the periods of each form have been opened.
    pub forms: Map<FormId, Arc<FormRun>>,
    /// Periods that are open, and those closed lately.
    pub periods: Map<PeriodId, Arc<Period>>,
    /// When messages that ask for reports failed, newest last.
    pub reminders_failed: Vec<Span>,
    /// Who came to a post of a unit lately, and when.
    pub posts_taken: Map<UnitId, BTreeMap<PersonId, Arrival>>,
    /// How many people the employee register has of units, as far as its loads said so.
    pub register_people: Map<UnitId, u32>,
    /// Rounds that stopped and go on.
    pub rounds: Map<Round, Stopped>,
    /// Addresses that turned out to be somebody else's: `medium person`.
    pub wrong_persons: Set<String>,
    /// What stood for each of them, where it was known: while it does, no configuration has put it right.
    pub wrong_addresses: Map<String, (PersonId, Medium, AddressToken)>,
}

/// A notification and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// What was planned.
    #[serde(flatten)]
    pub notification: Notification,
    /// How far it got.
    pub state: Progress,
    /// Tries, in order.
    pub attempts: Vec<Attempt>,
    /// When it goes, where it is to go.
    pub send_at: Option<Timestamp>,
    /// When the next medium follows, unless something is heard.
    pub wait_until: Option<Timestamp>,
    /// When those were made that failed, and the entries in which they did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<(Timestamp, u64)>,
    /// Other notifications that the last attempt carried with it.
    pub covers: Vec<NotificationId>,
    /// Keys that the recipient pressed: the same one again says nothing.
    #[serde(default)]
    pub pressed: BTreeSet<Digit>,
    /// What providers call it.
    #[serde(default)]
    pub provider_names: Vec<NotificationId>,
    /// It went to an address that is somebody else's: a key pressed in answer is only recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub astray: bool,
}

impl Track {
    /// Whether it last went out under this key: its own, or that of the message which said it as well.
    #[must_use]
    pub fn went_as(&self, key: &NotificationId) -> bool {
        self.attempts.last().is_some_and(|attempt| attempt.key == *key)
    }
}

impl State {
    /// Whether authorities are really rung.
    #[must_use]
    pub const fn is_armed(&self) -> bool {
        self.armed.is_some()
    }

    /// A case in memory.
    #[must_use]
    pub fn case(&self, id: &CaseId) -> Option<&Arc<Case>> {
        self.cases.get(id)
    }

    /// A notification in memory.
    #[must_use]
    pub fn track(&self, id: &NotificationId) -> Option<&Arc<Track>> {
        self.notifications.get(id)
    }

    /// Wrong codes typed for a person by one way.
    #[must_use]
    pub fn lock(&self, person: &PersonId, way: &CodeWay) -> Option<&Lock> {
        match way {
            CodeWay::Number => self.locks.get(person),
            CodeWay::Link(case) => self.case(case)?.link_locks.get(person),
        }
    }

    /// The policy that a plan of a case holds.
    #[must_use]
    pub fn policy(&self, case: &Case, plan: u32) -> Option<&Arc<Policy>> {
        let plan = case.plans.get(usize::try_from(plan).ok()?)?;
        self.policies.get(&plan.policy)
    }

    /// The next instant at which something rings, is sent, or accuses; for the engine's wake-up.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let rings = self.rings.first().map(|(at, _)| *at);
        let accuses = self.accusations.first().map(|(at, _)| *at);
        let sends = self.sends.first().map(|(at, _)| *at);
        [rings, accuses, sends].into_iter().flatten().min()
    }

    /// Whether a person's address for a medium turned out to be somebody else's.
    #[must_use]
    pub fn is_wrong(&self, person: &PersonId, medium: Medium) -> bool {
        self.wrong_persons.contains(&wrong_key(person, medium))
    }

    /// Puts something of a case on the schedule, in place of what stood there.
    pub(crate) fn schedule(&mut self, case: &CaseId, what: CaseDue, at: Timestamp) {
        self.unschedule(case, what);
        let due = Due::Case(case.clone(), what);
        self.due_insert(at, due);
        if let Some(case) = self.cases.get_mut(case) {
            Arc::make_mut(case).dues.push((what, at));
        }
    }

    /// Takes something of a case off the schedule.
    pub(crate) fn unschedule(&mut self, id: &CaseId, what: CaseDue) {
        let Some(case) = self.cases.get_mut(id) else { return };
        let Some(at) = case.due(what) else { return };
        Arc::make_mut(case).dues.retain(|(due, _)| *due != what);
        self.due_remove(at, Due::Case(id.clone(), what));
    }

    /// Takes everything of a case off the schedule that a test picks.
    pub(crate) fn unschedule_where(&mut self, id: &CaseId, pick: impl Fn(CaseDue) -> bool) {
        let Some(case) = self.cases.get(id) else { return };
        let picked: Vec<CaseDue> =
            case.dues.iter().map(|(what, _)| *what).filter(|what| pick(*what)).collect();
        for what in picked {
            self.unschedule(id, what);
        }
    }

    pub(crate) fn due_insert(&mut self, at: Timestamp, due: Due) {
        if due.waits_for_both() {
            self.accusations.insert_mut((at, due));
        } else {
            self.rings.insert_mut((at, due));
        }
    }

    pub(crate) fn due_remove(&mut self, at: Timestamp, due: Due) {
        let entry = (at, due);
        // A snapshot of an earlier build may have it on the other list.
        if !self.accusations.remove_mut(&entry) {
            self.rings.remove_mut(&entry);
        }
    }

    /// Changes a case in place.
    pub(crate) fn with_case(&mut self, id: &CaseId, change: impl FnOnce(&mut Case)) {
        if let Some(case) = self.cases.get_mut(id) {
            change(Arc::make_mut(case));
        }
    }

    /// Changes a clock of a case in place.
    pub(crate) fn with_clock(
        &mut self,
        id: &CaseId,
        clock: u32,
        change: impl FnOnce(&mut super::case::Clock),
    ) {
        let Ok(index) = usize::try_from(clock) else { return };
        self.with_case(id, |case| {
            if let Some(clock) = case.clocks.get_mut(index) {
                change(clock);
            }
        });
    }

    /// Changes a notification in place, and keeps the order of sends and waits in step with it.
    pub(crate) fn with_track(&mut self, id: &NotificationId, change: impl FnOnce(&mut Track)) {
        let Some(track) = self.notifications.get_mut(id) else { return };
        let (to, medium) = (track.notification.to.clone(), track.notification.medium);
        let (send_before, wait_before) = (track.send_at, track.wait_until);
        let track = Arc::make_mut(track);
        change(track);
        let (send_after, wait_after) = (track.send_at, track.wait_until);
        if send_before != send_after {
            if let Some(at) = send_before {
                self.sends.remove_mut(&(at, id.clone()));
                self.sends_to.remove_mut(&(to.clone(), medium, at, id.clone()));
            }
            if let Some(at) = send_after {
                self.sends.insert_mut((at, id.clone()));
                self.sends_to.insert_mut((to, medium, at, id.clone()));
            }
        }
        if wait_before != wait_after {
            if let Some(at) = wait_before {
                self.due_remove(at, Due::Wait(id.clone()));
            }
            if let Some(at) = wait_after {
                self.due_insert(at, Due::Wait(id.clone()));
            }
        }
    }
}

/// How a wrong address is remembered.
pub(crate) fn wrong_key(person: &PersonId, medium: Medium) -> String {
    format!("{medium:?} {person}")
}

/// How the starts of attempts to one callee are remembered.
pub(crate) fn callee_key(channel: &ChannelId, callee: &str) -> String {
    format!("{channel} {callee}")
}
