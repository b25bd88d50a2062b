//! The people who hold posts, as a workbook has them: their numbers are kept in step, and who somebody is, is not.

use std::collections::BTreeSet;

use crate::config::{NewPerson, PersonEdit};
use crate::outbox::contacts::{Contacts, PersonContact};
use crate::staff::{Found, Row, number_as_compared};

/// What a workbook changes of the people, and what it leaves to whoever keeps their file.
#[derive(Default)]
pub(super) struct People {
    pub(super) edits: Vec<PersonEdit>,
    /// In both languages; the second is for a terminal alone.
    pub(super) doubts: Vec<String>,
}

impl People {
    pub(super) fn of(contacts: &Contacts, found: &Found) -> Self {
        let mut people = Self::default();
        for (id, contact) in &contacts.persons {
            if let Some(reference) = &contact.reference {
                people.known(id.as_str(), contact, (&number_as_compared(reference), found));
            }
        }
        let mut named = BTreeSet::new();
        for (number, row) in &found.rows {
            let Some(id) = &row.person else { continue };
            if !named.insert(id) {
                people.doubt(
                    &format!("第 {} 行：系统编号 {id} 出现不止一次", row.number),
                    &format!("row {}: the id {id} stands in more than one row", row.number),
                );
                continue;
            }
            match contacts.persons.get(id.as_str()) {
                None => people.newcomer(id, number, row),
                Some(contact) => people.named(id, contact, (number, row)),
            }
        }
        people
    }

    fn doubt(&mut self, zh: &str, en: &str) {
        self.doubts.push(format!("{zh} / {en}"));
    }

    /// Somebody whose employee number is known.
    fn known(&mut self, id: &str, contact: &PersonContact, (number, found): (&str, &Found)) {
        let Some(row) = found.rows.get(number) else {
            if found.doubtful.contains(number) {
                return;
            }
            let (zh, en) = match found.left.get(number) {
                Some(row) => (format!("第 {row} 行：已离职"), format!("row {row}: has left")),
                None => ("不在表中".to_owned(), "is not in the workbook".to_owned()),
            };
            self.doubt(
                &format!("人员 {id} {zh}，职务仍在其名下：请在 organisation.toml 中改任"),
                &format!(
                    "[[person]] {id} {en}, and keeps what posts they hold: name others in organisation.toml"
                ),
            );
            return;
        };
        if row.name.as_ref().is_some_and(|name| *name != contact.name) {
            self.other_name(id, row);
        } else if row.mobile.is_some() && row.mobile != contact.mobile {
            let mobile = row.mobile.clone();
            self.edits.push(PersonEdit { id: id.to_owned(), mobile, ..PersonEdit::default() });
        }
    }

    /// An id is never used for somebody else, and whether two names are one person nobody can tell from here.
    fn other_name(&mut self, id: &str, row: &Row) {
        let number = row.number;
        self.doubt(
            &format!("第 {number} 行：姓名与人员 {id} 的不同，号码未改。编号不得改给他人；姓名有误或已更改的，请新设编号"),
            &format!(
                "row {number}: another name than [[person]] {id} has, whose number is left. An id is never somebody else's; \
                 where a name was wrong or has changed, give the person a new id"
            ),
        );
    }

    /// Somebody whom the workbook calls by an id that is known.
    fn named(&mut self, id: &str, contact: &PersonContact, (number, row): (&str, &Row)) {
        match &contact.reference {
            Some(reference) if number_as_compared(reference) == number => {}
            Some(_) => self.doubt(
                &format!("第 {} 行：人员 {id} 的工号与此不同", row.number),
                &format!("row {}: [[person]] {id} has another employee number", row.number),
            ),
            None if row.name.as_ref() == Some(&contact.name) => {
                let mobile = row.mobile.clone().filter(|mobile| contact.mobile.as_ref() != Some(mobile));
                let reference = Some(number.to_owned());
                self.edits.push(PersonEdit { id: id.to_owned(), mobile, reference, new: None });
            }
            None => self.other_name(id, row),
        }
    }

    fn newcomer(&mut self, id: &str, number: &str, row: &Row) {
        let Some(name) = row.name.clone() else { return };
        let new = NewPerson { name, email: row.email.clone(), subject: row.subject };
        let (mobile, reference) = (row.mobile.clone(), Some(number.to_owned()));
        self.edits.push(PersonEdit { id: id.to_owned(), mobile, reference, new: Some(new) });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::load;
    use crate::domain::names::{PersonId, UnitId};
    use crate::staff::{Units, columns::Columns, read};

    const HEAD: &str = "工号,姓名,单位,手机,系统编号\n";

    /// What rows change of two people with these numbers.
    fn people(rows: &str) -> People {
        let example = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"));
        let mut contacts = load(example).unwrap().configuration.contacts;
        let known = |id: &str, name: &str, mobile: &str| {
            let (mobile, reference) = (Some(mobile.to_owned()), Some(id.to_uppercase()));
            let contact =
                PersonContact { name: name.to_owned(), mobile, reference, ..PersonContact::default() };
            (PersonId::new(id), contact)
        };
        contacts.persons =
            [known("e1", "王", "+8613800000001"), known("e2", "李", "+8613800000002")].into_iter().collect();
        let mut units = Units::default();
        units.insert("finance", &UnitId::new("finance"));
        let today = "2026-11-23".parse().unwrap();
        let found = read(format!("{HEAD}{rows}").as_bytes(), &Columns::mapped(&[]), (&units, today)).unwrap();
        People::of(&contacts, &found)
    }

    fn edited(people: &People) -> Vec<(&str, Option<&str>)> {
        people.edits.iter().map(|edit| (edit.id.as_str(), edit.mobile.as_deref())).collect()
    }

    #[test]
    fn a_number_that_two_have_in_the_workbook_is_written_for_neither() {
        let one = people("E1,王,finance,13800000009,\nE2,李,finance,13800000002,\n");
        assert_eq!(edited(&one), [("e1", Some("+8613800000009"))]);
        let shared = people("E1,王,finance,13800000009,\nE2,李,finance,13800000009,\n");
        assert_eq!(edited(&shared), []);
        // Nor where the other holds no post, nor to somebody who is new.
        let shared = people("E1,王,finance,13800000009,\nE2,李,finance,,\nE3,赵,finance,13800000009,new\n");
        assert_eq!(edited(&shared), [("new", None)]);
    }
}
