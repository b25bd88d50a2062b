//! Faults of ours: a decision whose facts would break an invariant blocks itself alone (law 2).

use super::*;
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::fact::ClockStarted;
use crate::domain::names::AuthorityId;
use crate::time::{Clock as _, Timestamp};

const CASE: &str = "C-20261123-0001";
const LIMIT: CaseDue = CaseDue::PhoneLimit { clock: 0 };

/// A clock of which the telephone report is due at an instant, and both proofs at another.
fn clock(phone_due: Timestamp, due: Timestamp) -> Clock {
    Clock::from(&ClockStarted {
        clock: 0,
        authority: AuthorityId::new("sasac"),
        plan: 0,
        anchor: phone_due - Duration::from_mins(30),
        due,
        phone_due,
        written_due: due,
        daemon_call_at: phone_due,
        latest_at: due,
        warn_at: None,
        born_late: false,
        unarmed: false,
    })
}

/// Puts other clocks into the bench's first case, with the limit of the first of them on the schedule at an instant.
fn with_clock(bench: &mut Bench, clock: Clock, limit: Option<Timestamp>) {
    let mut state = bench.core.state().clone();
    let id = CaseId::new(CASE);
    let mut case = Case::clone(state.case(&id).unwrap());
    case.clocks = vec![clock];
    case.dues.retain(|(due, _)| *due != LIMIT);
    let due = Due::Case(id.clone(), LIMIT);
    if let Some(at) = limit {
        case.dues.push((LIMIT, at));
        state.accusations.insert_mut((at, due));
    }
    state.cases.insert_mut(id, Arc::new(case));
    bench.go_on_from(state);
}

fn told(bench: &Bench, tag: &str) -> usize {
    bench.entries().iter().filter(|entry| entry.facts.get().contains(tag)).count()
}

fn opened() -> Bench {
    let mut bench = Bench::new();
    let event = bench.event("a", 3840);
    bench.step(vec![event]);
    bench
}

#[test]
fn a_command_whose_facts_would_break_an_invariant_leaves_nothing_and_blocks_itself_alone() {
    let mut bench = opened();
    let at = bench.clock.read().wall + Duration::from_mins(30);
    // Met, and nobody was told anything: a close of it would say that all is well.
    with_clock(&mut bench, Clock { state: ClockState::Met, ..clock(at, at) }, None);
    let before = bench.core.state().clone();
    let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
    let close = Command::Close { case: CaseId::new(CASE), actor, payload: None };
    let close = bench.command(close);
    let answers = bench.step(vec![close]);
    assert_eq!(answers[0].as_ref().unwrap_err(), &Refusal::Panicked);
    assert_eq!(*bench.core.state(), before);
    assert_eq!(told(&bench, "closed/1"), 0, "it leaves nothing");
    let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
    let close = bench.command(Command::Close { case: CaseId::new(CASE), actor, payload: None });
    let (first, last) = (bench.event("b", 3840), bench.event("c", 3650));
    let answers = bench.step(vec![first, close, last]);
    assert_eq!(outcome(&answers[0]), Some(EventOutcome::CaseOpened));
    assert_eq!(answers[1].as_ref().unwrap_err(), &Refusal::Panicked);
    assert_eq!(outcome(&answers[2]), Some(EventOutcome::BelowThreshold));
}

#[test]
fn a_due_thing_whose_facts_would_break_an_invariant_is_set_aside_for_longer_and_longer() {
    let mut bench = opened();
    let limit = bench.clock.read().wall + Duration::from_mins(30);
    let broken = clock(limit, limit - Duration::from_mins(1));
    with_clock(&mut bench, broken, Some(limit));
    bench.clock.advance(Duration::from_mins(30));
    let reading = bench.clock.read();
    let (now, _) = bench.core.step(&reading, Vec::new()).unwrap();
    assert_eq!((bench.metrics.decisions_failed.get(), told(&bench, "clock_breached/1")), (1, 0));
    // It wakes nobody meanwhile, and what comes in is decided.
    assert_eq!(bench.core.idle_for(now, Duration::from_secs(1)), Duration::from_secs(1));
    let event = bench.event("b", 3840);
    assert_eq!(outcome(&bench.step(vec![event])[0]), Some(EventOutcome::CaseOpened));
    let (mut tries, mut failed) = (vec![0], 1);
    for second in 1..=1_000_u64 {
        bench.clock.advance(Duration::from_secs(1));
        bench.step(Vec::new());
        let count = bench.metrics.decisions_failed.get();
        if count > failed {
            failed = count;
            tries.push(second);
        }
    }
    let pauses: Vec<u64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert_eq!(told(&bench, "clock_breached/1"), 0, "it leaves nothing");
    // Where it can be decided again it is, dated to its instant.
    with_clock(&mut bench, clock(limit, limit), Some(limit));
    bench.step(Vec::new());
    assert_eq!(told(&bench, "clock_breached/1"), 1);
}
