//! A start: how long the daemon was down, also where nothing says when it last lived.

use super::super::{Found, Resumed, resume};
use super::*;
use crate::domain::fact::Span;
use crate::time::Timestamp;

/// What was decided by a start with no mark, so long after an entry, by a wall clock that shows this.
fn started(after: Duration, shows: impl Fn(Timestamp) -> Timestamp) -> (Bench, Option<Span>) {
    let mut bench = Bench::new();
    let event = bench.event("a", 3840);
    bench.step(vec![event]);
    let wall = bench.clock.read().wall;
    let restarted = ManualClock::new(shows(wall + after));
    let reading = restarted.read();
    let found = Found {
        journal: Memory::open(&bench.disk, &reading.boot, Known::default()).unwrap(),
        stores: bench.core.stores().clone(),
        watermark: 0,
        snapshot: None,
        last: None,
    };
    let directory = Arc::clone(&bench.directory);
    let Resumed { core, down, .. } = resume(found, &reading, directory, Arc::clone(&bench.metrics)).unwrap();
    bench.core = core;
    (bench, down)
}

#[test]
fn without_a_mark_an_outage_is_measured_from_the_last_entry() {
    let hour = Duration::from_hours(1);
    let (bench, down) = started(hour, |wall| wall);
    let from = bench.clock.read().wall;
    assert_eq!(down, Some(Span { from, to: from + hour }));
    let outages: Vec<Span> = bench.core.state().outages_in(down.unwrap()).collect();
    assert_eq!(outages, [down.unwrap()], "it is on record");
    assert_eq!(bench.core.state().doubt, None);
}

#[test]
fn without_a_mark_a_wall_clock_behind_the_last_entry_is_doubted() {
    let (bench, _) = started(Duration::ZERO, |wall| wall - Duration::from_hours(24));
    assert!(bench.core.state().doubt.is_some());
}
