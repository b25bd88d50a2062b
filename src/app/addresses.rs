//! Addresses: what stands in the directory for people's numbers and mail addresses, so that the rules can tell when one
//! was put right and never see it.

use crate::domain::directory::Directory;
use crate::domain::names::{AddressToken, Medium};
use crate::outbox::contacts::Contacts;
use crate::vault::Blind;

/// The directory with what stands for each address; as it is where the vault is not open.
pub(super) fn with_tokens(mut directory: Directory, contacts: &Contacts, blind: Option<&Blind>) -> Directory {
    let Some(blind) = blind else { return directory };
    let token = |kind: &str, address: &str| {
        AddressToken::new(&blind.token("address", &[kind.as_bytes(), address.as_bytes()]))
    };
    for (id, contact) in &contacts.persons {
        let Some(person) = directory.persons.get_mut(id) else { continue };
        if let Some(mobile) = &contact.mobile {
            for medium in [Medium::Phone, Medium::Sms] {
                person.addresses.insert(medium, token("mobile", mobile));
            }
        }
        if let Some(email) = &contact.email {
            person.addresses.insert(Medium::Email, token("email", email));
        }
    }
    for (id, contact) in &contacts.authorities {
        let Some(authority) = directory.authorities.get_mut(id) else { continue };
        // Behind another extension somebody else picks up.
        let both = |(number, extension): &(String, Option<String>)| {
            token("number", &format!("{number} {}", extension.as_deref().unwrap_or_default()))
        };
        authority.numbers = contact.phones.iter().map(both).collect();
    }
    directory
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn an_address_has_a_token_that_is_another_when_it_is_and_does_not_hold_it() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"));
        let site = crate::config::load(folder).expect("the example loads").configuration;
        let (mut contacts, blind) = (site.contacts, Blind::new(Zeroizing::new([7; 32])));
        let tokens =
            |contacts: &Contacts| with_tokens(site.directory.clone(), contacts, Some(&blind)).persons;
        let before = tokens(&contacts);
        assert_eq!(before, tokens(&contacts));
        let with_mobile = contacts.persons.iter_mut().find(|(_, known)| known.mobile.is_some());
        let (id, changed) = with_mobile.unwrap();
        let (id, old) = (id.clone(), changed.mobile.replace("+8613800000099".to_owned()).unwrap());
        let after = tokens(&contacts);
        assert_ne!(before[&id].addresses[&Medium::Phone], after[&id].addresses[&Medium::Phone]);
        assert_eq!(after[&id].addresses[&Medium::Phone], after[&id].addresses[&Medium::Sms]);
        assert_eq!(before[&id].addresses.get(&Medium::Email), after[&id].addresses.get(&Medium::Email));
        assert!(!format!("{before:?}{after:?}").contains(old.trim_start_matches('+')));
        let others = before.iter().filter(|(other, _)| **other != id);
        assert!(others.into_iter().all(|(other, known)| after[other] == *known));
        assert_eq!(with_tokens(site.directory.clone(), &contacts, None).persons, site.directory.persons);
    }

    #[test]
    fn a_number_of_an_authority_has_its_token_in_whatever_place_it_stands() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"));
        let site = crate::config::load(folder).expect("the example loads").configuration;
        let (mut contacts, blind) = (site.contacts, Blind::new(Zeroizing::new([7; 32])));
        let id = contacts.authorities.keys().next().unwrap().clone();
        let mut tokens = |phones: &[(&str, Option<&str>)]| {
            let owned = |(number, extension): &(&str, Option<&str>)| {
                ((*number).to_owned(), extension.map(str::to_owned))
            };
            contacts.authorities.get_mut(&id).unwrap().phones = phones.iter().map(owned).collect();
            let directory = with_tokens(site.directory.clone(), &contacts, Some(&blind));
            assert!(!format!("{directory:?}").contains("8645190000"));
            directory.authorities[&id].numbers.clone()
        };
        let (one, two) = (("+864519000001", None), ("+864519000002", Some("8")));
        let (before, after) = (tokens(&[one, two]), tokens(&[two, one]));
        assert_eq!((&before[0], &before[1]), (&after[1], &after[0]));
        assert_ne!(before[1], tokens(&[one, ("+864519000002", Some("9"))])[1], "another extension");
    }
}
