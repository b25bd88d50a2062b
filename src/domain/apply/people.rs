//! People at the door: codes, sessions, tests.

use super::Place;
use crate::domain::fact::{Fact, SessionOpened};
use crate::domain::lock::CodeWay;
use crate::domain::names::{Medium, PersonId, RequestId};
use crate::domain::schedule::Due;
use crate::domain::state::{Request, Session, State};
use crate::time::Timestamp;

impl State {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_people(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::CodeRefused(it) => match &it.way {
                CodeWay::Number => {
                    let mut lock = self.locks.get(&it.person).cloned().unwrap_or_default();
                    lock.note(it.at, it.locked_until);
                    self.locks.insert_mut(it.person.clone(), lock);
                }
                CodeWay::Link(case) => self.with_case(case, |case| {
                    case.link_locks.entry(it.person.clone()).or_default().note(it.at, it.locked_until);
                }),
            },
            Fact::CodeCalledIn { case, person, issue } => self.with_case(case, |case| {
                case.code_issues.insert(person.clone(), *issue);
            }),
            Fact::SignInAsked { request, person, medium, until } => {
                self.open_request(place, request, (person, Some(*medium)), *until);
            }
            Fact::TestAsked(it) => {
                self.open_request(place, &it.request, (&it.person, None), it.until);
            }
            Fact::SignInRefused { request, .. } => {
                if let Some(request) = self.requests.get_mut(request) {
                    request.tries += 1;
                }
            }
            Fact::SessionOpened(opened) => {
                let SessionOpened { session, person, until, medium } = &**opened;
                let opened = Session { person: person.clone(), until: *until, medium: *medium };
                self.sessions.insert_mut(session.clone(), opened);
                self.due_insert(*until, Due::Session(session.clone()));
                self.use_up_codes(person, |_| true);
            }
            Fact::SessionClosed { session } => {
                if let Some(known) = self.sessions.get(session) {
                    let until = known.until;
                    self.due_remove(until, Due::Session(session.clone()));
                    self.sessions.remove_mut(session);
                }
            }
            Fact::AbsenceRecorded(it) => self.absent((place.seq, place.at), it),
            Fact::AbsenceEnded(it) => self.present(&it.person, it.absence, it.at),
            Fact::ShiftOffered(it) => self.shift_offered((place.seq, place.at), it),
            Fact::ShiftTaken(it) => self.shift_taken(place.at, it),
            _ => {}
        }
    }

    /// The codes to sign in that a person was sent by some media open nothing more.
    pub(super) fn use_up_codes(&mut self, person: &PersonId, by: impl Fn(Medium) -> bool) {
        let theirs = |request: &Request| request.person == *person && request.medium.is_some_and(&by);
        let asked: Vec<RequestId> =
            self.requests.iter().filter(|(_, request)| theirs(request)).map(|(id, _)| id.clone()).collect();
        for id in asked {
            if let Some(request) = self.requests.get_mut(&id) {
                request.used = true;
            }
        }
    }

    fn open_request(
        &mut self,
        place: Place,
        id: &RequestId,
        who: (&PersonId, Option<Medium>),
        until: Timestamp,
    ) {
        let (person, medium) = who;
        let request = Request {
            person: person.clone(),
            medium,
            at: place.at,
            until,
            tries: 0,
            used: false,
            notifications: Vec::new(),
        };
        self.requests.insert_mut(id.clone(), request);
        self.due_insert(until, Due::Request(id.clone()));
    }
}
