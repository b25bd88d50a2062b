//! Who calls, and what they may do: a program by its token, or a person by their session.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::context::Context;
use super::credential::bearer;
use super::problem::{FieldError, Problem};
use super::refuse::person_only;
use crate::domain::directory::{Directory, Role};
use crate::domain::names::{Actor, ClientId, DutyRole, PersonId, SessionHash, UnitId, Via};
use crate::engine::Published;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// A program, and its role.
    Program(ClientId, Role),
    /// A person under their own sign-in.
    Person(PersonId, SessionHash),
}

/// The hash by which a session's secret is known.
pub(super) fn session_hash(secret: &str) -> SessionHash {
    SessionHash::new(&hex::encode(Sha256::digest(secret.as_bytes())))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("session="))
}

/// Before any body is read: a stranger is told nothing of it.
impl FromRequestParts<Context> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        Self::of(context, &parts.headers)
    }
}

impl Caller {
    /// The caller that the headers prove.
    pub(super) fn of(context: &Context, headers: &HeaderMap) -> Result<Self, Problem> {
        let shown = bearer(headers).or_else(|| cookie(headers)).ok_or_else(Problem::unauthorized)?;
        if bearer(headers).is_some()
            && let Some(client) =
                context.live().settings.clients.iter().find(|client| client.tokens.admit(shown))
        {
            return Ok(Self::Program(client.id.clone(), client.role.clone()));
        }
        let published = context.published();
        let hash = session_hash(shown);
        let session = published.state.sessions.get(&hash).ok_or_else(Problem::unauthorized)?;
        if context.now().either() >= session.until {
            return Err(Problem::unauthorized());
        }
        Ok(Self::Person(session.person.clone(), hash))
    }

    /// The person, where it is one.
    pub(super) const fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person(person, _) => Some(person),
            Self::Program(..) => None,
        }
    }

    /// The program, where it is one.
    pub(super) const fn program(&self) -> Option<&ClientId> {
        match self {
            Self::Program(client, _) => Some(client),
            Self::Person(..) => None,
        }
    }

    /// What tells one caller's keys from another's.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Program(client, _) => format!("program {client}"),
            Self::Person(person, _) => format!("person {person}"),
        }
    }

    /// Everything about cases, with personal data: the contract's office (docs/rights.md). Who is on duty has to tell the
    /// authority who and where, and write it.
    pub(super) fn is_office(&self, published: &Published) -> bool {
        match self {
            Self::Program(_, role) => *role == Role::Office,
            Self::Person(person, _) => works_on_cases(&published.directory, person, published),
        }
    }

    /// Whether the caller has a role in the narrow sense: by configuration, not by post.
    pub(super) fn has(&self, published: &Published, role: &Role) -> bool {
        match self {
            Self::Program(_, has) => has == role,
            Self::Person(person, _) => published.directory.has_role(person, role),
        }
    }

    /// Whether the caller sees the lapses of everybody: discipline and office do, and nobody else.
    pub(super) fn sees_all_lapses(&self, published: &Published) -> bool {
        self.has(published, &Role::Discipline) || self.has(published, &Role::Office)
    }

    /// Whether the caller may see a unit's cases.
    pub(super) fn sees(&self, published: &Published, unit: &UnitId) -> bool {
        self.acts_on(published, unit) || self.has(published, &Role::Read)
    }

    /// Whether the caller may act on a unit's cases: the right to read alone is not enough, whoever has it.
    pub(super) fn acts_on(&self, published: &Published, unit: &UnitId) -> bool {
        self.is_office(published) || self.works_for(published, unit)
    }

    /// Whether the caller may see whom a unit's last report names: the unit's own people and programs, and the role office.
    /// Whoever is on duty may file for the unit too, and types what they know.
    pub(super) fn reads_rows(&self, published: &Published, unit: &UnitId) -> bool {
        self.has(published, &Role::Office) || self.works_for(published, unit)
    }

    fn works_for(&self, published: &Published, unit: &UnitId) -> bool {
        if self.has(published, &Role::Unit(unit.clone())) {
            return true;
        }
        match self {
            Self::Program(..) => false,
            Self::Person(person, _) => {
                let unit = published.directory.units.get(unit);
                unit.is_some_and(|unit| published.state.works_for(unit, person, published.now.either()))
            }
        }
    }

    /// Who is said to do something: with a session the person, with a program whom it names.
    pub(super) fn actor(&self, by: Option<&str>) -> Result<Actor, Problem> {
        match (self, by) {
            (Self::Person(person, _), None) => Ok(Actor { by: person.clone(), via: Via::Session }),
            (Self::Person(person, _), Some(by)) if person.as_str() == by => {
                Ok(Actor { by: person.clone(), via: Via::Session })
            }
            (Self::Person(..), Some(_)) => Err(Problem::invalid(vec![FieldError::new(
                "/by",
                "expected nobody else than whoever is signed in",
            )])),
            (Self::Program(client, _), Some(by)) => {
                Ok(Actor { by: PersonId::new(by), via: Via::Program(client.clone()) })
            }
            (Self::Program(..), None) => Err(Problem::invalid(vec![FieldError::new(
                "/by",
                "expected the id of the person who did it",
            )])),
        }
    }

    /// Refuses a program where only a person's own sign-in counts.
    pub(super) fn person_only(&self) -> Result<(), Problem> {
        match self {
            Self::Person(..) => Ok(()),
            Self::Program(..) => Err(person_only()),
        }
    }
}

/// People who run cases: the office, whoever is on duty now, and the members of any body.
fn works_on_cases(directory: &Directory, person: &PersonId, published: &Published) -> bool {
    let now = published.now.either();
    let on_duty = |role: &DutyRole| published.state.holds_duty(directory, role, (person, now));
    directory.has_role(person, &Role::Office)
        || directory.duties.iter().any(|duty| on_duty(&duty.role))
        || directory.bodies.values().any(|members| members.contains(person))
}
