//! Holding: what goes on while the journal cannot be written, and what becomes of it afterwards (law 3).

use super::super::{Found, Resumed, resume};
use super::*;

/// A bench whose disk is full since its first case, and whose daemon was started again.
fn holding() -> Bench {
    let mut bench = Bench::new();
    let event = bench.event("a", 3840);
    bench.step(vec![event]);
    bench.disk.set_full(true);
    let reading = bench.clock.read();
    let found = Found {
        journal: Memory::open(&bench.disk, &reading.boot, Known::default()).unwrap(),
        stores: bench.core.stores().clone(),
        watermark: 0,
        snapshot: None,
        last: None,
    };
    let directory = Arc::clone(&bench.directory);
    let Resumed { core, .. } = resume(found, &reading, directory, Arc::clone(&bench.metrics)).unwrap();
    bench.core = core;
    assert!(bench.core.is_holding());
    bench
}

#[test]
fn what_is_held_is_appended_as_it_is_when_writing_works_again() {
    let mut bench = holding();
    let case = CaseId::new("C-20261123-0001");
    let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
    let take = bench.command(Command::Take { case: case.clone(), actor, take_over: false });
    let event = bench.event("b", 3840);
    let answers = bench.step(vec![take, event]);
    assert_eq!(answers[0].as_ref().unwrap_err(), &Refusal::Holding { taken: true });
    assert_eq!(answers[1].as_ref().unwrap_err(), &Refusal::Holding { taken: false });
    assert!(bench.core.state().case(&case).unwrap().is_taken(), "ringing stops");
    let durable = bench.disk.durable();
    bench.core.settle();
    assert!(bench.core.is_holding(), "the disk is full still");
    assert_eq!(bench.disk.durable(), durable);
    let (head, state) = (bench.core.head(), bench.core.state().clone());
    bench.disk.set_full(false);
    bench.core.settle();
    assert!(!bench.core.is_holding());
    assert_eq!((bench.core.head(), bench.core.state()), (head, &state), "nothing was decided again");
    let entries = bench.entries();
    assert_eq!(entries.last().unwrap().head(), head);
    let held: Vec<bool> = entries.iter().map(|entry| entry.held).collect();
    assert_eq!(held, [false, true, true], "the start, and who took it");
}

#[test]
fn after_settling_it_decides_on_and_the_index_is_told_of_what_was_held() {
    let mut bench = holding();
    bench.disk.set_full(false);
    bench.core.settle();
    let (again, event) = (bench.event("a", 3840), bench.event("b", 3840));
    let answers = bench.step(vec![again, event]);
    assert!(answers[0].as_ref().unwrap().seen.is_some());
    assert_eq!(outcome(&answers[1]), Some(EventOutcome::CaseOpened));
    assert!(!bench.entries().last().unwrap().held);
    bench.step(Vec::new());
    let folder = bench.folder.path().join("index");
    let head = bench.core.head().seq;
    drop(bench.core);
    assert_eq!(Index::open(&folder).unwrap().1, head);
}
