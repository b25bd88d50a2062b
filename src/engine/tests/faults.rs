//! Faults of ours: a decision that panics or breaks an invariant blocks itself alone (law 2).

use super::*;
use crate::domain::case::Case;
use crate::domain::directory::ChannelRules;
use crate::domain::names::{ChannelId, Medium};
use crate::domain::policy::{Policy, Step, Target};

/// Fevers are told to the unit's leader, again and again.
fn with_repeats() -> Bench {
    let step = Step {
        after: Duration::ZERO,
        notify: vec![Target::UnitLeader],
        by: vec![Medium::Sms],
        wait: Duration::ZERO,
        repeat_every: Some(Duration::from_mins(1)),
        unless: None,
    };
    let policy = Policy { kind: Kind::Fever, steps: vec![step], idle_after: None, clock: None };
    let mut rules = Arc::unwrap_or_clone(directory());
    rules
        .persons
        .insert(PersonId::new("p11"), Person { media: BTreeSet::from([Medium::Sms]), ..Person::default() });
    rules.channels.push(ChannelRules {
        id: ChannelId::new("sms"),
        medium: Medium::Sms,
        receipts: true,
        timeout: Duration::from_secs(10),
        pause_at_least: Duration::from_secs(5),
        pause_at_most: Duration::from_mins(5),
        per_callee: Vec::new(),
        per_second: None,
    });
    rules.testing.insert(PersonId::new("p11"));
    rules.policies.insert(Kind::Fever, Arc::new(policy));
    Bench::with(Arc::new(rules))
}

/// A bench whose first case cannot be repeated without a panic: it counts its repeats, and has no room to count on.
fn broken() -> (Bench, Due) {
    let mut bench = with_repeats();
    let event = bench.event("a", 3840);
    bench.step(vec![event]);
    bench.step(Vec::new());
    let mut state = bench.core.state().clone();
    let id = CaseId::new("C-20261123-0001");
    let mut case = Case::clone(state.case(&id).unwrap());
    case.plans[0].taken[0].repeats = u32::MAX;
    state.cases.insert_mut(id.clone(), Arc::new(case));
    bench.go_on_from(state);
    (bench, Due::Case(id, CaseDue::Repeat { plan: 0, step: 0 }))
}

fn repeats(bench: &Bench) -> usize {
    bench.entries().iter().filter(|entry| entry.facts.get().contains("step_repeated/1")).count()
}

#[test]
fn a_decision_that_panics_blocks_its_own_command_alone() {
    let (mut bench, due) = broken();
    let (first, last) = (bench.event("b", 3840), bench.event("c", 3650));
    let panics = bench.command(Command::Fall(due));
    let head = bench.core.head().seq;
    let answers = bench.step(vec![first, panics, last]);
    assert_eq!(outcome(&answers[0]), Some(EventOutcome::CaseOpened));
    assert_eq!(answers[1].as_ref().unwrap_err(), &Refusal::Panicked);
    assert_eq!(outcome(&answers[2]), Some(EventOutcome::BelowThreshold));
    assert_eq!(bench.entries()[usize::try_from(head).unwrap()].seq, head + 1);
    assert_eq!(repeats(&bench), 0, "it leaves nothing");
}

#[test]
fn a_due_thing_that_panics_is_set_aside_for_longer_and_longer_and_the_rest_goes_on() {
    let (mut bench, due) = broken();
    let event = bench.event("b", 3840);
    bench.step(vec![event]);
    bench.step(Vec::new());
    bench.clock.advance(Duration::from_secs(61));
    bench.step(Vec::new());
    assert_eq!(bench.metrics.decisions_failed.get(), 1);
    // What is due behind it was decided: the repeat of the other case.
    assert_eq!(repeats(&bench), 1);
    // Tried after 1 s, 2 s, 4 s and so on, and every 5 min in the end.
    let mut tries = Vec::new();
    let mut failed = 1;
    for second in 1..=1_500_u64 {
        bench.clock.advance(Duration::from_secs(1));
        bench.step(Vec::new());
        let now = bench.metrics.decisions_failed.get();
        if now > failed {
            failed = now;
            tries.push(second);
        }
    }
    let pauses: Vec<u64> = std::iter::once(0).chain(tries.iter().copied()).collect();
    let pauses: Vec<u64> = pauses.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert_eq!(repeats(&bench), 1 + 25, "the other case is repeated every minute");
    // Where it can be decided again it is.
    let mut state = bench.core.state().clone();
    let Due::Case(id, _) = &due else { unreachable!() };
    let mut case = Case::clone(state.case(id).unwrap());
    case.plans[0].taken[0].repeats = 0;
    state.cases.insert_mut(id.clone(), Arc::new(case));
    bench.go_on_from(state);
    bench.step(Vec::new());
    assert_eq!(repeats(&bench), 1 + 25 + 1);
}

#[test]
fn the_engine_does_not_wake_for_what_is_set_aside() {
    let (mut bench, _) = broken();
    bench.clock.advance(Duration::from_secs(61));
    let reading = bench.clock.read();
    let (now, _) = bench.core.step(&reading, Vec::new()).unwrap();
    assert_eq!(bench.metrics.decisions_failed.get(), 1);
    assert_eq!(bench.core.idle_for(now, Duration::from_secs(1)), Duration::from_secs(1));
}
