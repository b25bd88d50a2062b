//! People, units, bodies, authorities, duty: who holds which post, and how they are reached.

use std::collections::{BTreeMap, BTreeSet};

use super::daemon::LANGUAGES;
use super::reader::{At, Table};
use super::{Places, id};
use crate::channel::text::{Language, Organisation, Signature};
use crate::domain::directory::{Authority, Category, Duty, Hours, Override, Person, Unit};
use crate::domain::names::{AuthorityId, BodyId, DutyRole, Medium, PersonId, UnitId};
use crate::outbox::contacts::{AuthorityContact, Contacts, PersonContact, UnitName};
use crate::time::Timestamp;

/// What the other parts need to know of people.
pub(super) struct People {
    pub(super) persons: BTreeMap<PersonId, Person>,
    pub(super) units: BTreeMap<UnitId, Unit>,
    pub(super) bodies: BTreeMap<BodyId, Vec<PersonId>>,
    pub(super) authorities: BTreeMap<AuthorityId, Authority>,
    pub(super) duties: Vec<Duty>,
    pub(super) contacts: Contacts,
}

/// Reads `[[person]]`, `[[unit]]`, `[[body]]`, `[[authority]]` and `[[duty]]`.
pub(super) fn read(root: &Table<'_>, places: &Places) -> People {
    let mut people = People {
        persons: BTreeMap::new(),
        units: BTreeMap::new(),
        bodies: BTreeMap::new(),
        authorities: BTreeMap::new(),
        duties: Vec::new(),
        contacts: Contacts {
            organisation: Organisation {
                name: String::new(),
                short_name: None,
                signature: Signature::None,
                page: None,
            },
            language: Language::Chinese,
            public_url: String::new(),
            persons: BTreeMap::new(),
            units: BTreeMap::new(),
            authorities: BTreeMap::new(),
            office_phone: None,
        },
    };
    people.read_persons(root, places);
    people.read_units(root, places);
    people.read_bodies(root, places);
    people.read_authorities(root, places);
    people.read_duties(root, places);
    people
}

impl People {
    /// The person an id names, or a mistake.
    pub(super) fn known(&self, table: &Table<'_>, who: &At<String>) -> Option<PersonId> {
        let found = self.persons.get_key_value(who.value.as_str()).map(|(id, _)| id.clone());
        if found.is_none() {
            table.wrong(who, "expected the id of a [[person]]");
        }
        found
    }

    fn person<'a>(&self, table: &Table<'a>, key: &'a str, what: &str) -> Option<PersonId> {
        let who = table.required(key, what)?;
        self.known(table, &who)
    }

    fn read_persons(&mut self, root: &Table<'_>, places: &Places) {
        let mut known = Vec::new();
        let mut callees: BTreeMap<String, PersonId> = BTreeMap::new();
        for table in root.tables("person") {
            let id = id(&table, &mut known).map(|id| PersonId::new(&id));
            let name = table.required("name", "the person's name").map(|name| name.value);
            let mobile = number(&table, "mobile");
            let email = email(&table, "email");
            let language = table.word("language", &LANGUAGES);
            let category = table.word(
                "subject",
                &[
                    ("employee", Category::Employee),
                    ("public_official", Category::PublicOfficial),
                    ("leading_cadre", Category::LeadingCadre),
                ],
            );
            let reference = table.text("ref").map(|reference| reference.value);
            if let Some(id) = id {
                places.note(format!("person:{id}"), table.place());
                let mut media = BTreeSet::new();
                if mobile.is_some() {
                    media.extend([Medium::Phone, Medium::Sms]);
                }
                if email.is_some() {
                    media.insert(Medium::Email);
                }
                let callee = mobile
                    .as_ref()
                    .map(|mobile| callees.entry(mobile.clone()).or_insert_with(|| id.clone()).clone());
                let category = category.unwrap_or_default();
                self.persons.insert(id.clone(), Person { media, callee, category });
                let contact =
                    PersonContact { name: name.unwrap_or_default(), mobile, email, language, reference };
                self.contacts.persons.insert(id, contact);
            }
            table.finish();
        }
    }

    fn read_units(&mut self, root: &Table<'_>, places: &Places) {
        let mut known = Vec::new();
        for table in root.tables("unit") {
            let id = id(&table, &mut known).map(|id| UnitId::new(&id));
            let name = table.required("name", "the unit's name").map(|name| name.value);
            let short_name = table.text("short_name");
            table.word("kind", &[("department", ()), ("subsidiary", ())]);
            let leader = self.person(&table, "leader", "the id of the person who leads the unit");
            let liaison = self.person(&table, "liaison", "the id of the person who reports for the unit");
            let deputy = table.text("deputy").and_then(|who| self.known(&table, &who));
            let headcount =
                table.number("headcount", 0..=10_000_000).and_then(|at| u32::try_from(at.value).ok());
            if let (Some(id), Some(leader), Some(liaison)) = (&id, leader, liaison) {
                self.units.insert(id.clone(), Unit { leader, liaison, deputy, headcount });
            }
            if let Some(id) = id {
                places.note(format!("unit:{id}"), table.place());
                if let Some(short) = &short_name {
                    places.note(format!("short_name:{id}"), &short.place);
                }
                let short_name = short_name.map(|short| short.value);
                self.contacts.units.insert(id, UnitName { name: name.unwrap_or_default(), short_name });
            }
            table.finish();
        }
    }

    fn read_bodies(&mut self, root: &Table<'_>, places: &Places) {
        let mut known = Vec::new();
        for table in root.tables("body") {
            let id = id(&table, &mut known);
            drop(table.text("name"));
            let members = table.texts("members").unwrap_or_default();
            let members = members.into_iter().filter_map(|who| self.known(&table, &who)).collect();
            if let Some(id) = id {
                places.note(format!("body:{id}"), table.place());
                self.bodies.insert(BodyId::new(&id), members);
            }
            table.finish();
        }
    }

    fn read_authorities(&mut self, root: &Table<'_>, places: &Places) {
        let mut known = Vec::new();
        for table in root.tables("authority") {
            let id = id(&table, &mut known).map(|id| AuthorityId::new(&id));
            let name = table.required("name", "the authority's name").map(|name| name.value);
            let email = email(&table, "email");
            let language = table.word("language", &LANGUAGES);
            let (mut phones, mut hours) = (Vec::new(), Vec::new());
            for phone in table.tables("phones") {
                let number = number(&phone, "number");
                if number.is_none() && !phone.has("number") {
                    phone.missing("number", "a number such as +8645100000001");
                }
                let extension = phone.text("extension").map(|extension| extension.value);
                let open = phone.text("hours").and_then(|text| self::hours(&phone, &text));
                if let Some(number) = number {
                    phones.push((number, extension));
                    hours.push(Hours { minutes: open });
                }
                phone.finish();
            }
            if let Some(id) = id {
                places.note(format!("authority:{id}"), table.place());
                self.authorities.insert(id.clone(), Authority { phones: hours, email: email.is_some() });
                let contact = AuthorityContact { name: name.unwrap_or_default(), phones, email, language };
                self.contacts.authorities.insert(id, contact);
            }
            table.finish();
        }
    }

    fn read_duties(&mut self, root: &Table<'_>, places: &Places) {
        for table in root.tables("duty") {
            let role = table.required("role", "a role such as officer or leader");
            let rotation = table.texts("rotation").unwrap_or_default();
            let rotation: Vec<PersonId> =
                rotation.into_iter().filter_map(|who| self.known(&table, &who)).collect();
            let from = instant(&table, "from");
            if from.is_none() && !table.has("from") {
                table.missing("from", "when the first turn begins, such as 2026-01-01T08:30:00+08:00");
            }
            let shift = table.duration("shift");
            let days = shift.as_ref().map_or(1, |shift| shift.value.as_secs() / 86_400);
            if let Some(shift) = shift.filter(|shift| {
                shift.value.is_zero()
                    || shift.value.subsec_nanos() != 0
                    || shift.value.as_secs() % 86_400 != 0
            }) {
                table.wrong(&shift, "expected whole days, such as 1d or 7d: shifts are civil days");
            }
            let mut overrides = Vec::new();
            for stand_in in table.tables("override") {
                let person = self.person(&stand_in, "person", "who stands in");
                let span = (instant(&stand_in, "from"), instant(&stand_in, "to"));
                if let (Some(person), (Some(from), Some(to))) = (person, span) {
                    if to <= from {
                        stand_in.missing("to", "an instant after `from`");
                    }
                    overrides.push(Override { person, from, to });
                }
                stand_in.finish();
            }
            if let (Some(role), Some(from)) = (role, from) {
                places.note(format!("duty:{}", role.value), table.place());
                let shift_days = u32::try_from(days).unwrap_or(1).max(1);
                self.duties.push(Duty {
                    role: DutyRole::new(&role.value),
                    rotation,
                    from,
                    shift_days,
                    overrides,
                });
            }
            table.finish();
        }
    }
}

fn instant<'a>(table: &Table<'a>, key: &'a str) -> Option<Timestamp> {
    table
        .parsed::<Timestamp>(key, "a time with its offset, such as 2026-01-01T08:30:00+08:00")
        .map(|at| at.value)
}

/// A number in E.164.
pub(super) fn number<'a>(table: &Table<'a>, key: &'a str) -> Option<String> {
    let text = table.text(key)?;
    let digits = text.value.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit())
        && !digits.starts_with('0');
    if !fits {
        table.wrong(
            &text,
            "expected a number with its country, such as +8613800000000: digits alone after the +",
        );
        return None;
    }
    Some(text.value)
}

fn email<'a>(table: &Table<'a>, key: &'a str) -> Option<String> {
    let text = table.text(key)?;
    if text.value.parse::<lettre::Address>().is_err() {
        table.wrong(&text, "expected an address such as duty@example.cn");
        return None;
    }
    Some(text.value)
}

fn hours(table: &Table<'_>, text: &At<String>) -> Option<(u16, u16)> {
    let minutes = |part: &str| {
        let (hour, minute) = part.trim().split_once(':')?;
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let read = text.value.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
    if read.is_none() {
        table.wrong(text, "expected hours such as 22:00-07:00");
    }
    read
}
