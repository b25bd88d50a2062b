//! People at the door: signing in by code, sessions, test messages.

use std::time::Duration;

use super::Draft;
use super::notify::Wish;
use crate::domain::command::Rejection;
use crate::domain::fact::{Fact, SessionOpened, TestAsked};
use crate::domain::names::{Actor, ChannelId, ClientId, Medium, PersonId, Recipient, RequestId, SessionHash};
use crate::domain::notification::{Purpose, Subject};
use crate::domain::schedule::Due;

/// A code to sign in holds for this long.
const CODE_HOLDS: Duration = Duration::from_mins(5);
/// Codes a person may ask for within an hour: their phone is not a toy for others.
const CODES_PER_HOUR: usize = 5;
/// Wrong codes for one request.
const TRIES_MAX: u32 = 5;
/// A session holds for this long.
const SESSION_HOLDS: Duration = Duration::from_hours(12);
/// A request is remembered for this long, so that the rate holds.
const REMEMBERED: Duration = Duration::from_hours(1);

impl Draft<'_> {
    pub(super) fn ask_sign_in(
        &mut self,
        request: &RequestId,
        person: &PersonId,
        medium: Medium,
    ) -> Result<(), Rejection> {
        self.known(person)?;
        let to = Recipient::Person(person.clone());
        if self.unreachable(&to, medium).is_some() {
            return Err(Rejection::Unreachable(medium));
        }
        let now = self.moment();
        let mine = self.state.requests.values().filter(|it| it.person == *person && it.medium.is_some());
        let mut recent: Vec<_> = mine.map(|it| it.at).filter(|at| now.since(*at) < REMEMBERED).collect();
        recent.sort_unstable();
        if recent.len() >= CODES_PER_HOUR {
            let until = recent.first().map_or(now, |first| *first + REMEMBERED);
            return Err(Rejection::TooMany(until));
        }
        self.record(Fact::SignInAsked {
            request: request.clone(),
            person: person.clone(),
            medium,
            until: now + REMEMBERED,
        });
        let wish = Wish { useless_after: Some(now + CODE_HOLDS), ..Wish::default() };
        self.plan(&Subject::SignIn(request.clone()), Purpose::SignIn, (&to, medium), now, wish);
        Ok(())
    }

    pub(super) fn open_session(
        &mut self,
        request: &RequestId,
        right: bool,
        session: &SessionHash,
    ) -> Result<(), Rejection> {
        let now = self.moment();
        let known = self.state.requests.get(request).cloned().ok_or(Rejection::CodeWrong)?;
        if known.used
            || known.tries >= TRIES_MAX
            || now.since(known.at) >= CODE_HOLDS
            || known.medium.is_none()
        {
            return Err(Rejection::CodeWrong);
        }
        if right {
            self.record(Fact::SessionOpened(Box::new(SessionOpened {
                session: session.clone(),
                person: known.person,
                until: now + SESSION_HOLDS,
                medium: known.medium,
            })));
        } else {
            self.record(Fact::SignInRefused { request: request.clone(), person: known.person });
        }
        Ok(())
    }

    /// A request to sign in, or a test, leaves memory.
    pub(super) fn request_over(&mut self, id: &RequestId) {
        let Some(request) = self.state.requests.get(id).cloned() else { return };
        self.leave_with(&Due::Request(id.clone()), &request.notifications);
    }

    pub(super) fn close_session(&mut self, session: &SessionHash) {
        if self.state.sessions.get(session).is_some() {
            self.record(Fact::SessionClosed { session: session.clone() });
        }
    }

    pub(super) fn test(
        &mut self,
        request: &RequestId,
        person: &PersonId,
        (media, channel): (&[Medium], Option<&ChannelId>),
        (actor, client): (Option<&Actor>, Option<&ClientId>),
    ) -> Result<(), Rejection> {
        self.known(person)?;
        if !self.is_released(person) {
            return Err(Rejection::NotOnTestList(person.clone()));
        }
        let now = self.moment();
        let to = Recipient::Person(person.clone());
        let reachable: Vec<Medium> =
            media.iter().copied().filter(|medium| self.unreachable(&to, *medium).is_none()).collect();
        if reachable.is_empty() {
            return Err(Rejection::Unreachable(media.first().copied().unwrap_or(Medium::Phone)));
        }
        self.record(Fact::TestAsked(Box::new(TestAsked {
            request: request.clone(),
            person: person.clone(),
            actor: actor.cloned(),
            client: client.cloned(),
            until: now + REMEMBERED,
        })));
        for medium in reachable {
            let wish = Wish { by: channel.cloned(), ..Wish::default() };
            self.plan(&Subject::Test(request.clone()), Purpose::Test, (&to, medium), now, wish);
        }
        Ok(())
    }
}
