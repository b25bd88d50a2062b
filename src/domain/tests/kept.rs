//! What the configuration says is kept, once for each that is another.

use super::check;
use super::commands::Words;
use crate::domain::command::Command;
use crate::domain::fact::{ConfigurationLoaded, LoadedBecause, PeopleChanged, StaffLoaded};
use crate::domain::names::PayloadName;

/// `keep c1`.
pub(super) fn command(it: &Words<'_>) -> Command {
    Command::KeepConfiguration(Box::new(ConfigurationLoaded {
        sha256: it.plain(1).to_owned(),
        before: None,
        why: LoadedBecause::Hangup,
        user: 998,
        copy: Some(PayloadName::new("sealed")),
        changed: Vec::new(),
        more: 0,
    }))
}

/// `keep-staff s1`; `keep-staff -` where there is none.
pub(super) fn staff(it: &Words<'_>) -> Command {
    let sha256 = Some(it.plain(1).to_owned()).filter(|sha256| sha256 != "-");
    Command::KeepStaff(Box::new(StaffLoaded {
        copy: sha256.as_ref().map(|_| PayloadName::new("sealed")),
        sha256,
        before: None,
        why: LoadedBecause::Start,
        user: 998,
        imported: None,
        people: PeopleChanged::default(),
        units: Vec::new(),
        more: 0,
    }))
}

#[test]
fn a_configuration_is_kept_once_until_another_takes_its_place() {
    check(
        "08:00 keep c1 -> configuration-loaded
         08:01 keep c1 -> (no facts)
         08:02 keep c2 -> configuration-loaded
         08:03 keep c1 -> configuration-loaded",
    );
}

#[test]
fn an_employee_register_is_kept_once_until_another_or_none_takes_its_place() {
    check(
        "08:00 keep-staff s1 -> staff-loaded s1
         08:01 keep-staff s1 -> (no facts)
         08:02 keep-staff s2 -> staff-loaded s2
         08:03 keep-staff - -> staff-loaded
         08:04 keep-staff - -> (no facts)
         08:05 keep-staff s2 -> staff-loaded s2",
    );
}
