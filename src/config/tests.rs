//! Tests of the reading: the example as it stands, and every kind of mistake where it stands.

mod calendar;
mod mistakes;
mod presets;
mod secrets;
mod warnings;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Failed, load, render};
use crate::domain::names::{Kind, PersonId};

/// The folder of the example.
fn example() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config"))
}

/// A copy of the example that can be changed.
struct Copy(tempfile::TempDir);

impl Copy {
    #[track_caller]
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("there is room for a folder");
        let entries = fs::read_dir(example()).expect("the example is there");
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()) {
            let name = path.file_name().expect("a file has a name").to_owned();
            fs::copy(&path, dir.path().join(name)).expect("the example can be copied");
        }
        Self(dir)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    #[track_caller]
    fn change(self, file: &str, from: &str, to: &str) -> Self {
        let text = fs::read_to_string(self.file(file)).expect("the example has this file");
        assert!(text.contains(from), "{file} has no {from}");
        self.write(file, &text.replacen(from, to, 1))
    }

    #[track_caller]
    fn write(self, file: &str, text: &str) -> Self {
        fs::write(self.file(file), text).expect("the copy can be written");
        self
    }

    /// What is wrong with it, as it is shown.
    fn mistakes(&self) -> String {
        match load(self.path()) {
            Ok(_) => String::new(),
            Err(Failed { findings, sources }) => render(&findings, &sources, false),
        }
    }
}

#[test]
fn the_example_loads_as_it_stands() {
    let loaded = load(example())
        .unwrap_or_else(|failed| panic!("{}", render(&failed.findings, &failed.sources, false)));
    let configuration = &loaded.configuration;
    let directory = &configuration.directory;
    assert_eq!(directory.units.len(), 2);
    assert_eq!(directory.persons.len(), 9);
    assert_eq!(directory.channels.len(), 3);
    assert_eq!(directory.channels.first().map(|channel| channel.per_callee.len()), Some(3));
    let clock = directory.policy(Kind::Suspected).and_then(|policy| policy.clock.clone()).unwrap();
    assert_eq!(clock.within, std::time::Duration::from_mins(30));
    assert_eq!(clock.phone.daemon_after, std::time::Duration::from_mins(15));
    assert_eq!(clock.written.latest, std::time::Duration::from_mins(20));
    assert!(clock.written.review);
    assert_eq!(configuration.directory.forms.len(), 4);
    assert_eq!(
        configuration
            .directory
            .forms
            .values()
            .map(|form| form.fields.len() + form.columns.len())
            .sum::<usize>(),
        4 + 7 + 3 + 2
    );
    let fevers = configuration.directory.forms.values().filter_map(|form| form.fevers.as_deref());
    assert_eq!(fevers.collect::<Vec<_>>(), ["fever", "fever"], "the figure of that name");
    assert_eq!(configuration.directory.calendar.makeup_workdays.len(), 6);
    assert_eq!(directory.erase_after, Some(std::time::Duration::from_hours(24 * 180)));
    assert_eq!(configuration.http.receipts.len(), 3);
}

#[test]
fn what_is_left_out_has_its_default() {
    let copy = Copy::new()
        .write("watchfire.toml", "[organisation]\nname = \"集团\"\ntime_zone = \"Asia/Shanghai\"\n");
    let configuration = load(copy.path()).unwrap().configuration;
    assert_eq!(configuration.http.listen.to_string(), "127.0.0.1:8420");
    assert_eq!(configuration.http.public_url, "http://127.0.0.1:8420");
    assert_eq!(configuration.storage.path, Path::new("data"));
    assert_eq!(configuration.directory.triage.fever_at_least.to_string(), "37.3");
    assert_eq!(configuration.directory.heads_at.as_str(), "0 0 18 * * *");
}

#[test]
fn the_hash_changes_with_every_byte_and_every_name() {
    let copy = Copy::new();
    let first = load(copy.path()).unwrap().sha256;
    assert_eq!(first.len(), 64);
    assert_eq!(load(copy.path()).unwrap().sha256, first);
    let commented = copy.change("people.toml", "# A person", "# a person");
    let second = load(commented.path()).unwrap().sha256;
    assert_ne!(second, first);
    fs::rename(commented.file("people.toml"), commented.file("persons.toml")).unwrap();
    assert_ne!(load(commented.path()).unwrap().sha256, second);
}

#[test]
fn people_who_share_a_number_are_one_callee() {
    let copy = Copy::new().change("people.toml", "+8613800000012", "+8613800000011");
    let loaded = load(copy.path()).unwrap();
    let persons = loaded.configuration.directory.persons;
    let callee = |id: &str| persons.get(id).and_then(|person| person.callee.clone());
    assert_eq!(callee("p11"), Some(PersonId::new("p11")));
    assert_eq!(callee("p12"), Some(PersonId::new("p11")));
    assert_eq!(callee("p21"), Some(PersonId::new("p21")));
}

#[test]
fn tables_of_an_array_may_stand_in_several_files() {
    let more = "[[person]]\nid = \"p61\"\nname = \"六一\"\n\n[[triage.cluster]]\nrule = \"three\"\nvalid_from = \"2026-01-01\"\npeople = 3\n";
    let copy = Copy::new().write("zz.toml", more);
    let directory = load(copy.path()).unwrap().configuration.directory;
    assert!(directory.persons.contains_key("p61"));
    assert_eq!(directory.triage.clusters.len(), 2);
}

#[test]
fn nothing_of_a_configuration_is_printed() {
    let loaded = load(example()).unwrap();
    let printed = format!("{loaded:?}");
    for personal in ["+8613800000031", "财务部联络员", "duty-a@example.cn", "8562c8ec", "whsec_"] {
        assert!(!printed.contains(personal), "{personal}");
    }
}
