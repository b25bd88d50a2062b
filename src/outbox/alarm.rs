//! Trouble as its message names it.

use super::contacts::Contacts;
use crate::channel::text;
use crate::domain::bulletin::Trouble;
use crate::domain::names::{AuthorityId, PersonId};

/// As much of a name as an SMS has room for.
const NAME_CHARS_MAX: usize = 7;

/// Trouble as its message names it.
pub(super) fn alarm(contacts: &Contacts, trouble: &Trouble) -> text::Alarm {
    let called = |id: &AuthorityId| contacts.called(id).chars().take(NAME_CHARS_MAX).collect();
    match trouble {
        Trouble::Holding => text::Alarm::JournalHolding,
        Trouble::ClockInDoubt => text::Alarm::ClockInDoubt,
        Trouble::TornTail => text::Alarm::TornTail,
        Trouble::PastDamaged => text::Alarm::PastDamaged,
        Trouble::DiskNearlyFull => text::Alarm::DiskNearlyFull,
        Trouble::VaultClosed => text::Alarm::VaultClosed,
        Trouble::IndexClosed => text::Alarm::IndexClosed,
        Trouble::DoorShut => text::Alarm::DoorShut,
        Trouble::ChannelExhausted(channel) => text::Alarm::ChannelExhausted { channel: channel.to_string() },
        Trouble::GroupNotReached(channel) => text::Alarm::GroupNotReached { channel: channel.to_string() },
        Trouble::SourceSilent(source) => text::Alarm::SourceSilent { source: source.to_string() },
        Trouble::NumberWrong(person) => text::Alarm::NumberWrong { person: named(contacts, person) },
        Trouble::MailWrong(person) => text::Alarm::MailWrong { person: named(contacts, person) },
        Trouble::PersonNotReached(person) => {
            text::Alarm::PersonNotReached { person: named(contacts, person) }
        }
        Trouble::CaseNotTaken(case) => text::Alarm::CaseNotTaken { case: case.to_string() },
        Trouble::AuthorityUnreachable(id) => text::Alarm::AuthorityUnreachable { authority: called(id) },
        Trouble::AuthorityNotReached(id) => text::Alarm::AuthorityNotReached { authority: called(id) },
    }
}

/// A person's name, as far as there is room for it.
fn named(contacts: &Contacts, person: &PersonId) -> String {
    let name = contacts.persons.get(person).map_or_else(|| person.as_str(), |known| &known.name);
    name.chars().take(NAME_CHARS_MAX).collect()
}
