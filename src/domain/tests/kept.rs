//! What the configuration says is kept, once for each that is another.

use super::check;
use super::commands::Words;
use crate::domain::command::Command;
use crate::domain::fact::{ConfigurationLoaded, LoadedBecause};
use crate::domain::names::PayloadName;

/// `keep c1`.
pub(super) fn command(it: &Words<'_>) -> Command {
    Command::KeepConfiguration(Box::new(ConfigurationLoaded {
        sha256: it.plain(1).to_owned(),
        before: None,
        why: LoadedBecause::Hangup,
        user: 998,
        copy: PayloadName::new("sealed"),
        changed: Vec::new(),
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
