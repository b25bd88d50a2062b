//! Contacts: the names, numbers and addresses that messages need and the rules never see.

use std::collections::BTreeMap;
use std::fmt;

use crate::channel::text::{Language, Organisation};
use crate::domain::case::Clock;
use crate::domain::directory::Directory;
use crate::domain::names::{AuthorityId, PersonId, UnitId};
use crate::ledger::UnitNames;
use crate::time::Timestamp;

/// Whom messages go to and what they call things.
#[derive(Clone)]
pub struct Contacts {
    /// Who sends: names, signature, and where a code is typed in.
    pub organisation: Organisation,
    /// The language where a reader has none of their own.
    pub language: Language,
    /// Links in messages begin with this.
    pub public_url: String,
    /// People by id.
    pub persons: BTreeMap<PersonId, PersonContact>,
    /// What people were called when they were first named, those among them whom the configuration names no more.
    pub first_called: BTreeMap<PersonId, String>,
    /// What units were called and from when, those among them that the configuration names no more.
    pub units_called: UnitNames,
    /// Units by id.
    pub units: BTreeMap<UnitId, UnitName>,
    /// Authorities by id.
    pub authorities: BTreeMap<AuthorityId, AuthorityContact>,
    /// The number that an authority may ring, where there is one.
    pub office_phone: Option<String>,
}

/// How a person is reached and named.
#[derive(Clone, Default)]
pub struct PersonContact {
    /// Their name.
    pub name: String,
    /// E.164.
    pub mobile: Option<String>,
    /// Their address for mail.
    pub email: Option<String>,
    /// Their own language.
    pub language: Option<Language>,
    /// Their employee number, by which a fever event may name them.
    pub reference: Option<String>,
}

/// What a unit is called.
#[derive(Clone, Default)]
pub struct UnitName {
    /// In full.
    pub name: String,
    /// In an SMS.
    pub short_name: Option<String>,
}

/// How an authority is reached and named.
#[derive(Clone, Default)]
pub struct AuthorityContact {
    /// Its name.
    pub name: String,
    /// Its numbers in the order of the directory's hours: E.164, and an extension.
    pub phones: Vec<(String, Option<String>)>,
    /// Its address for mail.
    pub email: Option<String>,
    /// Its own language.
    pub language: Option<Language>,
}

impl Contacts {
    /// What an authority is called; its id where the configuration does not name it any more.
    #[must_use]
    pub fn called<'a>(&'a self, authority: &'a AuthorityId) -> &'a str {
        self.authorities.get(authority).map_or_else(|| authority.as_str(), |known| &known.name)
    }

    /// What a unit is called: as it was called last where the configuration holds it no longer, for a case about it goes
    /// on; by its id where that is not known here.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> UnitName {
        let last = || self.units_called.last(id).map_or_else(|| id.to_string(), ToOwned::to_owned);
        self.units.get(id).cloned().unwrap_or_else(|| UnitName { name: last(), short_name: None })
    }

    /// What a unit was called in full at an instant.
    #[must_use]
    pub fn unit_at(&self, id: &UnitId, at: Timestamp) -> String {
        self.units_called.at(id, at).map_or_else(|| self.unit(id).name, ToOwned::to_owned)
    }

    /// What somebody is or was called: by the name under which the record came to know them, which their id keeps. Where the
    /// daemon was started with another name under the id, both: which of them a lapse means is for a person to say.
    #[must_use]
    pub fn known_as(&self, person: &PersonId) -> Option<String> {
        let current = self.persons.get(person).map(|known| &known.name);
        match (self.first_called.get(person), current) {
            (Some(first), Some(current)) if first != current => Some(format!("{first} / {current}")),
            (first, current) => first.or(current).cloned(),
        }
    }

    /// The number that somebody rings an authority at, as the daemon itself would at this instant: that of the hour,
    /// none that proved wrong; and the extension behind it.
    #[must_use]
    pub fn number_at(
        &self,
        directory: &Directory,
        clock: &Clock,
        at: Timestamp,
    ) -> Option<&(String, Option<String>)> {
        let phones = &self.authorities.get(&clock.authority)?.phones;
        let open = directory.numbers_at(&clock.authority, Some(&clock.phone), at);
        phones.get(usize::try_from(*open.first()?).ok()?)
    }

    /// Whom a fever event is about: the person with this employee number, else the one with this mobile number
    /// (E.164). A number that several share says of none of them who it is.
    #[must_use]
    pub fn person_by(&self, mobile: Option<&str>, reference: Option<&str>) -> Option<&PersonId> {
        let mut by_reference =
            self.having(|known| reference.is_some() && known.reference.as_deref() == reference);
        let mut by_mobile = mobile.into_iter().flat_map(|mobile| self.with_mobile(mobile));
        by_reference.next().or_else(|| by_mobile.next().filter(|_| by_mobile.next().is_none()))
    }

    /// Everybody with this mobile number (E.164).
    pub fn with_mobile(&self, mobile: &str) -> impl Iterator<Item = &PersonId> {
        self.having(move |known| known.mobile.as_deref() == Some(mobile))
    }

    /// Everybody with this address for mail; letters' case does not matter.
    pub fn with_email(&self, email: &str) -> impl Iterator<Item = &PersonId> {
        self.having(move |known| {
            known.email.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email))
        })
    }

    /// Whether this is what a person calls themself at a door: their id, or their employee number.
    #[must_use]
    pub fn goes_by(&self, person: &PersonId, name: &str) -> bool {
        let reference = self.persons.get(person).and_then(|known| known.reference.as_deref());
        person.as_str() == name || reference == Some(name)
    }

    fn having(&self, is_it: impl Fn(&PersonContact) -> bool) -> impl Iterator<Item = &PersonId> {
        self.persons.iter().filter(move |(_, known)| is_it(known)).map(|(id, _)| id)
    }
}

/// Prints counts alone: the rest is somebody's.
impl fmt::Debug for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contacts")
            .field("persons", &self.persons.len())
            .field("units", &self.units.len())
            .field("authorities", &self.authorities.len())
            .finish_non_exhaustive()
    }
}

/// Prints nothing.
impl fmt::Debug for PersonContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Prints the short name.
impl fmt::Debug for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.short_name)
    }
}

/// Prints nothing.
impl fmt::Debug for AuthorityContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
