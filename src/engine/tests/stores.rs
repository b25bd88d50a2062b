//! The vault and the index, lost and open again while the engine runs.

use super::super::reopen::{Reopened, reopen};
use super::super::{Opened, Paths, archived_case, open};
use super::*;
use crate::domain::command::Archived;
use crate::vault::{MasterKey, PayloadName as SealedName, Vault, VaultError, seal};

const MASTER: [u8; 32] = [7; 32];

/// A bench with a vault.
pub(super) fn with_vault() -> Bench {
    let mut bench = Bench::new();
    let folder = bench.folder.path().join("vault");
    let (vault, _) = Vault::open(&folder, MasterKey::from_bytes(MASTER), 0).unwrap();
    let index = bench.core.stores().index.clone();
    bench.core.take_up(Reopened { vault: Some(vault), index: index.map(|index| (index, 0)) });
    bench
}

/// An event with something that a person wrote.
fn written(bench: &Bench, key: &str) -> (Submission, SealedName) {
    with_payload(bench, key, key.as_bytes())
}

/// An event with so many bytes that a person wrote.
pub(super) fn large(bench: &Bench, key: &str, bytes: usize) -> (Submission, SealedName) {
    with_payload(bench, key, &vec![b'x'; bytes])
}

fn with_payload(bench: &Bench, key: &str, payload: &[u8]) -> (Submission, SealedName) {
    let mut event = bench.event(key, 3840);
    let sealed = seal(payload).unwrap();
    let name = sealed.name;
    if let Command::ReportFever(report) = &mut event.work.command {
        report.payload = Some(PayloadName::new(&name.to_string()));
    }
    event.work.payloads.push(sealed);
    (event, name)
}

/// What the daemon does by itself, a pause later.
fn reopened(bench: &Bench) -> Reopened {
    let published = bench.core.published(Now::at(bench.clock.read().wall));
    let master = || Some(MasterKey::from_bytes(MASTER));
    reopen(bench.folder.path(), (master, 0), &published, &bench.metrics)
}

#[test]
fn a_vault_that_fails_in_a_batch_refuses_what_needs_it_and_is_used_again_without_a_start() {
    let mut bench = with_vault();
    let (event, first) = written(&bench, "first");
    assert!(bench.step(vec![event])[0].is_ok());
    let vault = bench.core.stores().vault.clone().unwrap();
    vault.spoil();
    let (event, lost) = written(&bench, "lost");
    let appends = bench.disk.appends();
    let plain = bench.event("plain", 3840);
    let answers = bench.step(vec![event, plain]);
    assert_eq!(answers[0].as_ref().unwrap_err(), &Refusal::Unavailable);
    assert_eq!(outcome(&answers[1]), Some(EventOutcome::CaseOpened));
    assert_eq!(bench.disk.appends(), appends + 1, "the rest of the batch is decided");
    assert_eq!(bench.metrics.vault_failed.get(), 1);
    // It is said, and what is in it is read all the same.
    let published = bench.core.published(Now::at(bench.clock.read().wall));
    assert!(!published.vault);
    assert_eq!(&**published.stores.vault.as_ref().unwrap().get(first).unwrap(), b"first");
    assert!(published.stores.codes.is_some());
    let reopened = reopened(&bench);
    bench.core.take_up(reopened);
    assert!(bench.core.published(published.now).vault);
    let (event, next) = written(&bench, "next");
    assert!(bench.step(vec![event])[0].is_ok());
    // Whoever held the handle before reads what comes after.
    assert_eq!(&**vault.get(next).unwrap(), b"next");
    assert!(matches!(vault.get(lost), Err(VaultError::Missing)));
}

#[test]
fn a_vault_that_was_not_there_at_the_start_is_opened_and_its_secrets_with_it() {
    let mut bench = Bench::new();
    let folder = bench.folder.path().join("vault");
    std::fs::write(&folder, "in its place").unwrap();
    let (event, _) = written(&bench, "a");
    assert_eq!(bench.step(vec![event])[0].as_ref().unwrap_err(), &Refusal::Unavailable);
    assert!(reopened(&bench).vault.is_none());
    std::fs::remove_file(&folder).unwrap();
    let reopened = reopened(&bench);
    bench.core.take_up(reopened);
    let published = bench.core.published(Now::at(bench.clock.read().wall));
    assert!(published.vault && published.stores.blind.is_some());
    let (event, _) = written(&bench, "a");
    assert!(bench.step(vec![event])[0].is_ok());
}

#[test]
fn an_erasure_that_the_vault_could_not_do_is_owed_until_it_is_done() {
    let mut bench = with_vault();
    let (event, name) = written(&bench, "a");
    bench.step(vec![event]);
    let vault = bench.core.stores().vault.clone().unwrap();
    let case = CaseId::new("C-20261123-0001");
    let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
    let close = bench.command(Command::Close { case: case.clone(), actor: actor.clone(), payload: None });
    assert!(bench.step(vec![close])[0].is_ok());
    vault.spoil();
    let (event, _) = written(&bench, "b");
    bench.step(vec![event]);
    let second = Some(PersonId::new("p12"));
    let erase = Command::Erase { case, actor: Some(actor), second, ground: None, archived: Archived::No };
    let erase = bench.command(erase);
    let answer = bench.step(vec![erase]).remove(0);
    assert!(answer.is_ok(), "{answer:?}");
    let now = Now::at(bench.clock.read().wall);
    assert_eq!(bench.core.published(now).erasures_owed, 1, "no snapshot is taken over it");
    assert!(vault.get(name).is_ok());
    let reopened = reopened(&bench);
    bench.core.take_up(reopened);
    assert!(matches!(vault.get(name), Err(VaultError::Erased)));
    assert_eq!(bench.core.published(now).erasures_owed, 0);
}

#[test]
fn an_index_that_does_not_know_enough_is_not_used() {
    let mut bench = Bench::new();
    let event = bench.event("a", 3840);
    bench.step(vec![event]);
    bench.step(Vec::new());
    let (other, _) = Index::open(&bench.folder.path().join("other")).unwrap();
    bench.core.take_up(Reopened { vault: None, index: Some((other, 0)) });
    let event = bench.event("a", 3840);
    assert!(bench.step(vec![event])[0].as_ref().unwrap().seen.is_some());
}

/// A daemon on a data folder.
struct Daemon {
    bench: Bench,
    paths: Paths,
}

impl Daemon {
    fn new() -> Self {
        let bench = Bench::new();
        let paths = Paths { data: bench.folder.path().join("data") };
        Self { bench, paths }
    }

    fn start(&mut self) {
        let directory = Arc::clone(&self.bench.directory);
        let master = Some(MasterKey::from_bytes(MASTER));
        let metrics = Arc::clone(&self.bench.metrics);
        let Opened { core, .. } =
            open(&self.paths, (master, 0), &self.bench.clock, directory, metrics).unwrap();
        self.bench.core = core;
    }

    fn reopened(&self) -> Reopened {
        let published = self.bench.core.published(Now::at(self.bench.clock.read().wall));
        reopen(&self.paths.data, (|| None, 0), &published, &self.bench.metrics)
    }
}

#[test]
fn an_index_that_was_lost_is_told_of_everything_it_missed_before_it_is_used() {
    let mut daemon = Daemon::new();
    daemon.start();
    let event = daemon.bench.event("a", 3840);
    assert!(daemon.bench.step(vec![event])[0].is_ok());
    let empty = daemon.bench.core.stores().clone();
    daemon.bench.core = Bench::new().core;
    drop(empty);
    let folder = daemon.paths.data.join("index");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "in its place").unwrap();
    daemon.start();
    let published = daemon.bench.core.published(Now::at(daemon.bench.clock.read().wall));
    assert!(published.vault && !published.index);
    let event = daemon.bench.event("a", 3840);
    assert_eq!(daemon.bench.step(vec![event])[0].as_ref().unwrap_err(), &Refusal::Unavailable);
    assert!(daemon.reopened().index.is_none());
    std::fs::remove_file(&folder).unwrap();
    let reopened = daemon.reopened();
    // It goes on meanwhile: a case is closed, and leaves memory before the index is there.
    let case = CaseId::new("C-20261123-0001");
    let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
    let close = daemon.bench.command(Command::Close { case: case.clone(), actor, payload: None });
    assert!(daemon.bench.step(vec![close])[0].is_ok());
    daemon.bench.clock.advance(Duration::from_hours(25));
    daemon.bench.step(Vec::new());
    assert!(daemon.bench.core.state().case(&case).is_none());
    daemon.bench.core.take_up(reopened);
    let mut event = daemon.bench.event("a", 3840);
    if let Command::ReportFever(report) = &mut event.work.command {
        report.event = EventId::new("again");
    }
    let answer = daemon.bench.step(vec![event]).remove(0).unwrap();
    assert_eq!((answer.seq, answer.seen.unwrap().case), (None, Some(case.clone())));
    let index = daemon.bench.core.stores().index.clone().unwrap();
    assert!(archived_case(&index, &case).unwrap().is_some());
}

#[test]
fn a_case_that_has_left_memory_is_erased_once() {
    let mut daemon = Daemon::new();
    daemon.start();
    let event = daemon.bench.event("a", 3840);
    assert!(daemon.bench.step(vec![event])[0].is_ok());
    let case = CaseId::new("C-20261123-0001");
    let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
    let close =
        daemon.bench.command(Command::Close { case: case.clone(), actor: actor.clone(), payload: None });
    assert!(daemon.bench.step(vec![close])[0].is_ok());
    daemon.bench.clock.advance(Duration::from_hours(25));
    daemon.bench.step(Vec::new());
    assert!(daemon.bench.core.state().case(&case).is_none());
    let erase = |daemon: &Daemon| {
        let (actor, second) = (Some(actor.clone()), Some(PersonId::new("p12")));
        let (case, archived) = (case.clone(), Archived::No);
        daemon.bench.command(Command::Erase { case, actor, second, ground: None, archived })
    };
    let refused = Refusal::Rejected(Rejection::NothingToErase);
    let (first, second) = (erase(&daemon), erase(&daemon));
    let answers = daemon.bench.step(vec![first, second]);
    assert!(answers[0].is_ok(), "{answers:?}");
    assert_eq!(answers[1].as_ref().unwrap_err(), &refused, "within the batch");
    let again = erase(&daemon);
    assert_eq!(daemon.bench.step(vec![again])[0].as_ref().unwrap_err(), &refused);
    // A start tells the index what it was not told.
    daemon.bench.core = Bench::new().core;
    daemon.start();
    let again = erase(&daemon);
    assert_eq!(daemon.bench.step(vec![again])[0].as_ref().unwrap_err(), &refused);
}
