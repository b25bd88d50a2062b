//! People and authorities: who they are to the rules, and how they are reached and named.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::node::Place;
use super::reader::Table;
use super::report::At;
use super::values::{Ids, LANGUAGES, Owner, email, hours, id, name, number, required_name};
use crate::channel::text::{Language, Organisation, Signature};
use crate::domain::directory::{Authority, Category, Duty, Hours, Person, Unit};
use crate::domain::names::{AuthorityId, BodyId, Medium, PersonId, UnitId};
use crate::ledger::UnitNames;
use crate::outbox::contacts::{AuthorityContact, Contacts, PersonContact};

/// More than anybody would ring in one night.
const PHONES_MAX: usize = 20;

/// What the other parts need to know of people.
pub(super) struct People {
    pub(super) persons: BTreeMap<PersonId, Person>,
    pub(super) units: BTreeMap<UnitId, Unit>,
    pub(super) bodies: BTreeMap<BodyId, Vec<PersonId>>,
    pub(super) authorities: BTreeMap<AuthorityId, Authority>,
    pub(super) duties: Vec<Duty>,
    /// Every role that has a roster, be the roster right or wrong.
    pub(super) roles: BTreeSet<String>,
    pub(super) contacts: Contacts,
}

/// Reads `[[person]]`, `[[unit]]`, `[[body]]`, `[[authority]]` and `[[duty]]`.
pub(super) fn read(root: &Table<'_>) -> People {
    let organisation = Organisation {
        signature: Signature::None,
        name: String::new(),
        short_name: None,
        page: None,
        home: None,
        handovers: None,
    };
    let mut people = People {
        persons: BTreeMap::new(),
        units: BTreeMap::new(),
        bodies: BTreeMap::new(),
        authorities: BTreeMap::new(),
        duties: Vec::new(),
        roles: BTreeSet::new(),
        contacts: Contacts {
            organisation,
            language: Language::Chinese,
            public_url: String::new(),
            persons: BTreeMap::new(),
            first_called: BTreeMap::new(),
            units_called: UnitNames::default(),
            units: BTreeMap::new(),
            authorities: BTreeMap::new(),
            office_phone: None,
        },
    };
    people.read_persons(root);
    people.read_authorities(root);
    people.read_posts(root);
    people
}

impl People {
    /// The person an id names, or a mistake.
    pub(super) fn known(&self, table: &Table<'_>, who: &At<String>) -> Option<PersonId> {
        let found = self.persons.get_key_value(who.value.as_str()).map(|(id, _)| id.clone());
        if found.is_none() {
            table.dangling(who, "the id of a [[person]]", self.persons.keys().map(PersonId::as_str));
        }
        found
    }

    /// The unit an id names, or a mistake.
    pub(super) fn known_unit(&self, table: &Table<'_>, unit: &At<String>) -> Option<UnitId> {
        let found = self.units.get_key_value(unit.value.as_str()).map(|(id, _)| id.clone());
        if found.is_none() {
            table.dangling(unit, "the id of a [[unit]]", self.units.keys().map(UnitId::as_str));
        }
        found
    }

    fn read_persons(&mut self, root: &Table<'_>) {
        let mut known = Ids::new();
        let mut callees: BTreeMap<String, PersonId> = BTreeMap::new();
        let mut references: BTreeMap<String, Place> = BTreeMap::new();
        for table in root.tables("person") {
            let id = id(&table, &mut known).map(|id| PersonId::new(&id));
            let name = required_name(&table, "name", "the person's name");
            let mobile = number(&table, "mobile", Owner::Person);
            let email = email(&table, "email", Owner::Person);
            let language = table.word("language", &LANGUAGES);
            let category = table.word("subject", &CATEGORIES).unwrap_or_default();
            let reference = reference(&table, &mut references);
            table.finish();
            let Some(id) = id else { continue };
            let mut media = BTreeSet::new();
            if mobile.is_some() {
                media.extend([Medium::Phone, Medium::Sms]);
            }
            if email.is_some() {
                media.insert(Medium::Email);
            }
            // Two people with one number are one callee to a provider that counts calls.
            let callee = mobile
                .as_ref()
                .map(|mobile| callees.entry(mobile.clone()).or_insert_with(|| id.clone()).clone());
            let name = name.map(|name| name.value).unwrap_or_default();
            self.persons.insert(id.clone(), Person { media, callee, category, addresses: BTreeMap::new() });
            self.contacts.persons.insert(id, PersonContact { name, mobile, email, language, reference });
        }
    }

    fn read_authorities(&mut self, root: &Table<'_>) {
        let mut known = Ids::new();
        for table in root.tables("authority") {
            let id = id(&table, &mut known).map(|id| AuthorityId::new(&id));
            let name = required_name(&table, "name", "the authority's name");
            let email = email(&table, "email", Owner::Authority);
            let language = table.word("language", &LANGUAGES);
            let phones = table.tables("phones");
            if let Some(too_many) = phones.get(PHONES_MAX) {
                table.wrong(&too_many.whole(), "too many numbers", "at most 20");
            }
            let phones: Vec<_> = phones.iter().filter_map(phone).collect();
            table.finish();
            let Some(id) = id else { continue };
            let rules = Authority {
                phones: phones.iter().map(|(_, hours)| *hours).collect(),
                numbers: Vec::new(),
                email: email.is_some(),
            };
            self.authorities.insert(id.clone(), rules);
            let phones = phones.into_iter().map(|(phone, _)| phone).collect();
            let name = name.map(|name| name.value).unwrap_or_default();
            self.contacts.authorities.insert(id, AuthorityContact { name, phones, email, language });
        }
    }
}

const CATEGORIES: [(&str, Category); 3] = [
    ("employee", Category::Employee),
    ("public_official", Category::PublicOfficial),
    ("leading_cadre", Category::LeadingCadre),
];

/// An employee number: it must name one person alone, for events name people by it.
fn reference(table: &Table<'_>, known: &mut BTreeMap<String, Place>) -> Option<String> {
    let text = name(table, "ref")?;
    if let Some(first) = known.get(&text.value) {
        let finding = Finding::mistake(&text.place, &text.key, "used twice");
        let finding = finding.expected("an employee number of this person alone");
        table.report.tell(finding.related(first, "the first one stands here"));
        return None;
    }
    known.insert(text.value.clone(), text.place);
    Some(text.value)
}

type Phone = (String, Option<String>);

fn phone(table: &Table<'_>) -> Option<(Phone, Hours)> {
    table.require("number", "a number such as +8645100000001");
    let number = number(table, "number", Owner::Authority);
    let extension = table.text("extension").filter(|extension| {
        let digits = &extension.value;
        let fits = (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !fits {
            table.wrong(extension, "not an extension", "at most 10 digits in quotes, such as \"8012\"");
        }
        fits
    });
    let minutes = hours(table, "hours");
    table.finish();
    Some(((number?, extension.map(|extension| extension.value)), Hours { minutes }))
}
