//! A start on real files: by a snapshot where one fits, by the journal where none does, and with the same state.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::snapshot::{self, BUILD, rules};
use super::super::{OpenError, Opened, Paths, open};
use super::*;

/// A data folder, and the clock and the people of its daemon.
struct House {
    folder: tempfile::TempDir,
    bench: Bench,
    /// What was sent so far.
    events: Vec<String>,
}

/// What a start made of a folder.
#[derive(Debug, PartialEq, Eq)]
struct Started {
    state: State,
    head: Head,
    /// The events that the daemon knows again when they come again.
    known: Vec<String>,
}

impl House {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), bench: Bench::new(), events: Vec::new() }
    }

    fn dir(&self) -> &Path {
        self.folder.path()
    }

    fn try_open(&self, dir: &Path) -> Result<Opened, OpenError> {
        let paths = Paths { data: dir.to_owned() };
        let directory = Arc::clone(&self.bench.directory);
        open(&paths, (None, 0), &self.bench.clock, directory, Arc::new(Metrics::new()))
    }

    fn send(&mut self, core: &mut Core, count: usize) {
        for _ in 0..count {
            self.bench.clock.advance(Duration::from_mins(1));
            let key = format!("e{}", self.events.len());
            let event = self.bench.event(&key, 3840);
            let (_, answers) = core.step(&self.bench.clock.read(), vec![event]).unwrap();
            assert_eq!(outcome(&answers[0]), Some(EventOutcome::CaseOpened));
            self.events.push(key);
        }
        core.save_index();
    }

    /// A daemon that takes so many events, and then ends.
    fn run(&mut self, count: usize) {
        let mut core = self.try_open(self.dir()).unwrap().core;
        self.send(&mut core, count);
    }

    /// The same, with a snapshot as it ends; the entry it was taken at.
    fn run_to_snapshot(&mut self, count: usize) -> u64 {
        let mut core = self.try_open(self.dir()).unwrap().core;
        self.send(&mut core, count);
        snapshot::write(self.dir(), core.state(), core.head()).unwrap();
        core.head().seq
    }

    /// A start on a copy of the folder that somebody touched; how many entries it replayed, and what it led to.
    fn start(&self, touch: impl FnOnce(&Path)) -> (u64, Started) {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.dir(), copy.path());
        touch(copy.path());
        let Opened { mut core, replayed, .. } = self.try_open(copy.path()).unwrap();
        let (state, head) = (core.state().clone(), core.head());
        let again = self.events.iter().map(|key| self.bench.event(key, 3840)).collect();
        let (_, answers) = core.step(&self.bench.clock.read(), again).unwrap();
        let known = answers.into_iter().filter_map(|answer| answer.unwrap().seen);
        (replayed, Started { state, head, known: known.map(|seen| seen.event.to_string()).collect() })
    }

    /// The same state as without any snapshot, out of so many entries.
    #[track_caller]
    fn check(&self, replayed: u64, touch: impl FnOnce(&Path)) {
        let (all, expected) =
            self.start(|dir| snapshots(dir).iter().for_each(|path| fs::remove_file(path).unwrap()));
        assert_eq!((all, expected.known.len()), (expected.head.seq - 1, self.events.len()));
        let (entries, started) = self.start(touch);
        assert!(started == expected, "another state than by the journal alone");
        assert_eq!(entries, replayed);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if entry.is_dir() {
            fs::create_dir_all(&to).unwrap();
            copy_folder(&entry, &to);
        } else if entry.file_name().is_some_and(|name| name != "ballast") {
            fs::copy(entry, to).unwrap();
        }
    }
}

/// The snapshots of a folder, oldest first.
fn snapshots(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    found.sort();
    found
}

fn newest(dir: &Path) -> PathBuf {
    snapshots(dir).pop().unwrap()
}

/// Puts another text into the newest snapshot.
fn change(dir: &Path, from: &str, to: &str) {
    let path = newest(dir);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn tear(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

/// A start and three events, four entries, and a snapshot; two, and another; three more.
fn house() -> House {
    let mut house = House::new();
    assert_eq!((house.run_to_snapshot(3), house.run_to_snapshot(1)), (4, 6));
    house.run(2);
    house
}

#[test]
fn a_start_replays_what_is_newer_than_its_snapshot_and_nothing_else() {
    house().check(3, |_| ());
}

#[test]
fn a_torn_snapshot_is_passed_over_for_the_one_before() {
    let house = house();
    house.check(5, |dir| tear(&newest(dir)));
    house.check(5, |dir| fs::write(newest(dir), b"").unwrap());
    house.check(9, |dir| snapshots(dir).iter().for_each(|path| tear(path)));
}

#[test]
fn a_snapshot_of_another_build_is_passed_over() {
    let house = house();
    house.check(5, |dir| change(dir, BUILD, "0.1.0-1"));
    // It is what stands in it that counts, whatever somebody named the file.
    house.check(3, |dir| {
        let (path, name) = (newest(dir), newest(dir).display().to_string());
        fs::rename(path, name.replace(BUILD, "0.1.0-1")).unwrap();
    });
}

#[test]
fn a_snapshot_that_is_not_on_the_chain_is_passed_over() {
    let house = house();
    let hash = |dir: &Path| {
        let text = fs::read_to_string(newest(dir)).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["head"]["hash"].as_str().unwrap().to_owned()
    };
    house.check(9, |dir| change(dir, &hash(dir), &"ab".repeat(32)));
    house.check(5, |dir| change(dir, "\"head\":{\"seq\":6", "\"head\":{\"seq\":5"));
}

#[test]
fn a_snapshot_that_is_newer_than_the_index_is_passed_over() {
    let mut house = House::new();
    house.run_to_snapshot(3);
    let old = tempfile::tempdir().unwrap();
    copy_folder(&house.dir().join("index"), old.path());
    house.run_to_snapshot(1);
    house.run(2);
    house.check(3, |_| ());
    let back = |dir: &Path| {
        fs::remove_dir_all(dir.join("index")).unwrap();
        fs::create_dir(dir.join("index")).unwrap();
    };
    house.check(5, |dir| {
        back(dir);
        copy_folder(old.path(), &dir.join("index"));
    });
    // An index that knows nothing is told everything.
    house.check(9, back);
}

#[test]
fn a_journal_that_ends_before_its_snapshot_is_not_gone_on_with() {
    let house = house();
    let path = newest(house.dir());
    let name =
        path.file_name().unwrap().to_str().unwrap().replace(&format!("{:020}", 6), &format!("{:020}", 60));
    fs::rename(&path, house.dir().join(name)).unwrap();
    let refused = house.try_open(house.dir());
    assert!(matches!(refused, Err(OpenError::Damaged { .. })), "{refused:?}");
}

#[test]
fn two_snapshots_are_kept_and_what_was_left_half_written_is_none() {
    let mut house = House::new();
    house.run(1);
    fs::write(house.dir().join("snapshot-0.0.9-1-00000000000000000001-abcdef.json"), "{}").unwrap();
    fs::write(house.dir().join("snapshot.new"), "{\"build\":").unwrap();
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(house.run_to_snapshot(1));
        let names: Vec<String> = snapshots(house.dir())
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
        let last = format!("snapshot-{BUILD}-{:020}-", taken[taken.len() - 1]);
        assert!(names[1].starts_with(&last), "{names:?}");
        assert!(!house.dir().join("snapshot.new").exists());
    }
    assert_eq!(taken, [4, 6, 8, 10]);
    house.check(0, |_| ());
}

/// The rules' print of a folder with these files.
fn print(files: &[(&str, &str)]) -> String {
    let root = tempfile::tempdir().unwrap();
    let rooms = rules::ROOMS.map(|room| (format!("{room}.rs"), "mod part;".to_owned()));
    for room in rules::ROOMS {
        fs::create_dir_all(root.path().join(room)).unwrap();
    }
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    for (path, text) in rooms.into_iter().chain(files) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    rules::print(root.path()).unwrap()
}

#[test]
fn a_build_with_another_state_or_other_rules_has_another_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = format!("{}-{}", env!("CARGO_PKG_VERSION"), rules::print(root).unwrap());
    assert_eq!(BUILD, built, "the build script tells of these sources");
    let (state, apply) = (("src/domain/state.rs", "a: u8"), ("src/domain/apply/case.rs", "a += 1"));
    let base = print(&[state, apply]);
    for other in [
        vec![("src/domain/state.rs", "a: u16"), apply],
        vec![state, ("src/domain/apply/case.rs", "a += 2")],
        vec![state, ("src/domain/apply/other.rs", "a += 1")],
        vec![state],
        vec![state, apply, ("src/time/day.rs", "")],
        vec![state, apply, ("src/domain.rs", "mod other;")],
        // The same bytes on the other side of the edge between two files.
        vec![("src/domain/state.rs", "a: u8a"), ("src/domain/apply/case.rs", " += 1")],
    ] {
        assert_ne!(print(&other), base, "{other:?}");
    }
    for same in [
        vec![apply, state],
        vec![state, apply, ("src/domain/tests/cases.rs", "x"), ("src/domain/tests.rs", "x")],
        vec![state, apply, ("src/domain/notes.txt", "x"), ("src/http/cases.rs", "x")],
    ] {
        assert_eq!(print(&same), base, "{same:?}");
    }
}
