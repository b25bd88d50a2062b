//! The file of the duty that was imported from sheets: who stands in when, in a file of its own beside the rosters.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::edit::Edited;
use crate::domain::names::{DutyRole, PersonId};
use crate::time::{Timestamp, Zone};

/// What it is called.
pub const ROSTER: &str = "roster.toml";

/// Nothing of it is anybody's own, and the daemon must be able to read it.
const READABLE: u32 = 0o644;

const HEAD: &str = "\
# Who is on duty by the sheets that were imported; the rosters these stand in for are in another file. `watchfire import
# --roster` writes this file anew: what is changed by hand belongs into another one.
";

/// A span in which somebody is on duty by a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// In which role.
    pub role: DutyRole,
    /// Who.
    pub person: PersonId,
    /// From.
    pub from: Timestamp,
    /// To, not included.
    pub to: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    duty: Vec<Lines>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lines {
    role: String,
    #[serde(default, rename = "override")]
    overrides: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    person: String,
    from: Timestamp,
    to: Timestamp,
}

/// What the file of a folder says; nothing where there is none, and `None` where it says what no import writes.
///
/// # Errors
/// Where it cannot be read.
pub fn read_roster(dir: &Path) -> io::Result<Option<Vec<StandIn>>> {
    let text = match fs::read_to_string(dir.join(ROSTER)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Vec::new())),
        Err(error) => return Err(error),
    };
    let Ok(file) = toml::from_str::<File>(&text) else { return Ok(None) };
    let of = |lines: Lines| {
        let role = DutyRole::new(&lines.role);
        lines.overrides.into_iter().map(move |line| StandIn {
            role: role.clone(),
            person: PersonId::new(&line.person),
            from: line.from,
            to: line.to,
        })
    };
    Ok(Some(file.duty.into_iter().flat_map(of).collect()))
}

/// The file that says this, not yet written; instants in the offset of a zone.
#[must_use]
pub fn roster_file(dir: &Path, zone: &Zone, stand_ins: &[StandIn]) -> Edited {
    let mut text = HEAD.to_owned();
    let mut lines: Vec<&StandIn> = stand_ins.iter().collect();
    lines.sort_by_key(|it| (&it.role, it.from));
    let mut role = None;
    for it in lines {
        if role != Some(&it.role) {
            text.push_str(&format!("\n[[duty]]\nrole = \"{}\"\n", it.role));
            role = Some(&it.role);
        }
        text.push_str(&format!(
            "\n[[duty.override]]\nperson = \"{}\"\nfrom = \"{}\"\nto = \"{}\"\n",
            it.person,
            written(zone, it.from),
            written(zone, it.to)
        ));
    }
    Edited { path: dir.join(ROSTER), text, mode: READABLE }
}

fn written(zone: &Zone, at: Timestamp) -> String {
    let offset = zone.offset_seconds(at);
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
    format!("{}{sign}{:02}:{:02}", zone.format(at, "%Y-%m-%dT%H:%M:%S"), minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand_in(role: &str, person: &str, from: &str, to: &str) -> StandIn {
        let (role, person) = (DutyRole::new(role), PersonId::new(person));
        StandIn { role, person, from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    #[test]
    fn what_is_written_is_read_back_and_belongs_to_the_rosters_of_another_file() {
        let example = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"));
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let spring = [
            stand_in("leader", "p41", "2027-02-06T00:00:00+08:00", "2027-02-07T00:00:00+08:00"),
            stand_in("officer", "p32", "2027-02-06T00:00:00+08:00", "2027-02-06T12:30:00+08:00"),
            stand_in("officer", "p31", "2027-02-06T12:30:00+08:00", "2027-02-07T00:00:00+08:00"),
        ];
        let folder = tempfile::tempdir().unwrap();
        let file = roster_file(folder.path(), &zone, &spring);
        assert!(file.text.contains("role = \"officer\"\n\n[[duty.override]]\nperson = \"p32\"\nfrom = \"2027-02-06T00:00:00+08:00\"\nto = \"2027-02-06T12:30:00+08:00\"\n"), "{}", file.text);
        file.write().unwrap();
        assert_eq!(read_roster(folder.path()).unwrap().unwrap(), spring);
        let configuration = super::super::load_edited(example, &[file]).unwrap().configuration;
        let on_duty = |role: &str, at: &str| {
            configuration.directory.on_duty(&DutyRole::new(role), at.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(on_duty("officer", "2027-02-06T12:29:59+08:00"), "p32");
        assert_eq!(on_duty("officer", "2027-02-06T12:30:00+08:00"), "p31");
        assert_eq!(on_duty("leader", "2027-02-06T00:00:00+08:00"), "p41");
        // Each is a key of its own on record, and those of the roster keep theirs.
        for key in [
            "duty \"leader\": rotation",
            "duty \"leader\": override 1: person",
            "duty \"leader\" 3: override 1: person",
            "duty \"officer\" 4: override 2: to",
        ] {
            assert!(configuration.says(key), "{key}");
        }
    }

    #[test]
    fn a_file_that_no_import_wrote_is_none_and_one_that_is_not_there_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_roster(folder.path()).unwrap(), Some(Vec::new()));
        for text in
            ["[[duty]]\nrole = \"officer\"\nrotation = [\"p31\"]\n", "[[person]]\nid = \"p1\"\n", "= "]
        {
            fs::write(folder.path().join(ROSTER), text).unwrap();
            assert_eq!(read_roster(folder.path()).unwrap(), None, "{text}");
        }
    }
}
