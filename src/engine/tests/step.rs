//! The step: one batch, one sync; who is decided first; what is refused.

use super::*;

#[test]
fn a_batch_is_one_append_and_each_decision_one_entry() {
    let mut bench = Bench::new();
    let works = vec![bench.event("a", 3840), bench.event("b", 3650), bench.event("c", 3390)];
    let answers = bench.step(works);
    assert_eq!(outcome(&answers[0]), Some(EventOutcome::CaseOpened));
    assert_eq!(outcome(&answers[1]), Some(EventOutcome::BelowThreshold));
    assert_eq!(outcome(&answers[2]), Some(EventOutcome::InvalidReading));
    assert_eq!(bench.disk.appends(), 1);
    assert_eq!(bench.core.head().seq, 3);
}

#[test]
fn the_same_event_in_one_batch_and_in_the_next_gets_the_first_answer() {
    let mut bench = Bench::new();
    let works = vec![bench.event("a", 3840), bench.event("a", 3840)];
    let answers = bench.step(works);
    let again = bench.event("a", 3840);
    let later = bench.step(vec![again]);
    for answer in [&answers[1], &later[0]] {
        let answer = answer.as_ref().unwrap();
        assert_eq!(answer.seq, None);
        assert_eq!(answer.seen.as_ref().unwrap().case.as_ref().unwrap().as_str(), "C-20261123-0001");
    }
    assert_eq!(bench.core.head().seq, 1);
}

#[test]
fn a_refusal_leaves_with_its_batch_and_leaves_nothing() {
    let mut bench = Bench::new();
    let mut wrong = bench.event("a", 3840);
    if let Command::ReportFever(report) = &mut wrong.work.command {
        report.unit = Some(UnitId::new("nowhere"));
    }
    let good = bench.event("b", 3840);
    let answers = bench.step(vec![wrong, good]);
    assert_eq!(answers[0].as_ref().unwrap_err(), &Refusal::Rejected(Rejection::UnitUnknown));
    assert!(answers[1].is_ok());
    assert_eq!(bench.core.head().seq, 1);
}

#[test]
fn what_was_received_first_is_decided_first() {
    let mut bench = Bench::new();
    let mut late = bench.event("late", 3840);
    late.received = Now::at(late.received.wall + Duration::from_millis(5));
    let early = bench.event("early", 3840);
    let answers = bench.step(vec![late, early]);
    assert_eq!(answers[0].as_ref().unwrap().seq, Some(2));
    assert_eq!(answers[1].as_ref().unwrap().seq, Some(1));
}

#[test]
fn what_is_submitted_finds_room_behind_everything_that_fell_due_before_it() {
    let mut bench = Bench::new();
    for round in 0..5 {
        let works = (0..200).map(|i| bench.event(&format!("{round}-{i}"), 3840)).collect();
        let answers = bench.step(works);
        let opened = answers.iter().flat_map(|answer| answer.as_ref().unwrap().facts.iter());
        let cases: Vec<_> = opened
            .filter_map(
                |fact| if let Fact::CaseOpened { case } = fact { Some(case.case.clone()) } else { None },
            )
            .collect();
        assert_eq!(cases.len(), 200);
        let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
        let close = |case| Command::Close { case, actor: actor.clone(), payload: None };
        let received = Now::at(bench.clock.read().wall);
        let closes = cases
            .into_iter()
            .map(|case| Submission { work: Work { command: close(case), payloads: Vec::new() }, received });
        assert!(bench.step(closes.collect()).iter().all(Result::is_ok));
    }
    // A thousand cases leave memory at once: more than one batch has room for.
    bench.clock.advance(Duration::from_hours(25));
    let event = bench.event("after", 3840);
    let answers = bench.step(vec![event]);
    assert_eq!(outcome(&answers[0]), Some(EventOutcome::CaseOpened));
    assert_eq!(bench.core.state().cases.size(), 1);
}

#[test]
fn a_failed_append_ends_the_process_and_answers_nobody() {
    for fault in [Fault::Nothing, Fault::Unsynced, Fault::Unanswered, Fault::Torn { bytes: 40 }] {
        let mut bench = Bench::new();
        bench.disk.fail(1, fault);
        let work = bench.event("a", 3840);
        let reading = bench.clock.read();
        assert!(bench.core.step(&reading, vec![work]).is_err());
    }
}

#[test]
fn without_the_index_events_are_refused_and_nothing_is_written() {
    let mut bench = Bench::new();
    bench.core = Core::new(
        (State::default(), Head::EMPTY),
        directory(),
        Mode::Writing(Box::new(
            Memory::open(&bench.disk, &bench.clock.read().boot, Known::default()).unwrap().0,
        )),
        Stores::default(),
        (Steady::start(None, &bench.clock.read()).0, Arc::new(Metrics::new())),
    );
    let work = bench.event("a", 3840);
    let answers = bench.step(vec![work]);
    assert_eq!(answers[0].as_ref().unwrap_err(), &Refusal::Unavailable);
    assert_eq!(bench.core.head(), Head::EMPTY);
}

#[test]
fn a_stepped_clock_is_journaled_before_anything_else_is_decided() {
    let mut bench = Bench::new();
    let first = bench.event("a", 3840);
    bench.step(vec![first]);
    bench.clock.step_to("2026-11-24T00:00:00Z".parse().unwrap());
    let second = bench.event("b", 3840);
    bench.step(vec![second]);
    assert_eq!(bench.core.head().seq, 3);
    assert!(bench.core.state().doubt.is_some());
    let journal = Memory::open(&bench.disk, &bench.clock.read().boot, Known::default()).unwrap().0;
    let facts: Vec<String> =
        journal.read_from(2).unwrap().map(|entry| entry.unwrap().facts.get().to_owned()).collect();
    assert!(facts[0].contains("clock_stepped/1"));
}

#[test]
fn the_journal_replays_to_the_state_it_was_written_from() {
    let mut bench = Bench::new();
    for round in 0..20 {
        let works = (0..5).map(|i| bench.event(&format!("{round}-{i}"), 3600 + i * 100)).collect();
        bench.step(works);
        bench.clock.advance(Duration::from_secs(7));
    }
    let journal = Memory::open(&bench.disk, &bench.clock.read().boot, Known::default()).unwrap().0;
    let mut state = State::default();
    for entry in journal.read_from(1).unwrap() {
        let entry = entry.unwrap();
        let facts: Vec<Fact> = serde_json::from_str(entry.facts.get()).unwrap();
        state = state.apply_all(crate::domain::apply::Place { seq: entry.seq, at: entry.at }, &facts);
    }
    assert_eq!(&state, bench.core.state());
}

#[test]
fn what_comes_right_after_the_wall_clock_was_set_is_stamped_by_the_time_since_boot() {
    let mut bench = Bench::new();
    let works = vec![bench.event("a", 3840)];
    bench.step(works);
    let published = bench.core.published(Now::at(bench.clock.read().wall));
    bench.clock.advance(Duration::from_millis(300));
    bench.clock.step_to("2026-11-22T20:00:00Z".parse().unwrap());
    let now = published.now_at(&bench.clock.read());
    assert_eq!(now.wall, "2026-11-22T20:00:00Z".parse().unwrap());
    assert_eq!(now.steady, "2026-11-23T00:00:00.300Z".parse().unwrap());
}

#[test]
fn an_accusation_between_the_two_clocks_does_not_make_the_engine_spin() {
    let bench = Bench::new();
    let wall = bench.clock.read().wall;
    let limit = Due::Case("C-1".into(), CaseDue::PhoneLimit { clock: 0 });
    let mut state = State::default();
    state.accusations.insert_mut((wall + Duration::from_mins(30), limit));
    let reading = bench.clock.read();
    let (journal, _) = Memory::open(&bench.disk, &reading.boot, Known::default()).unwrap();
    let core = Core::new(
        (state, Head::EMPTY),
        directory(),
        Mode::Writing(Box::new(journal)),
        Stores::default(),
        (Steady::start(None, &reading).0, Arc::new(Metrics::new())),
    );
    let now = Now { wall: wall + Duration::from_hours(3), steady: wall };
    assert_eq!(core.idle_for(now, Duration::from_secs(1)), Duration::from_secs(1));
    let now = Now { wall: wall + Duration::from_hours(3), steady: wall + Duration::from_millis(1_799_700) };
    assert_eq!(core.idle_for(now, Duration::from_secs(1)), Duration::from_millis(300));
}

#[test]
fn a_doubt_that_was_open_when_the_daemon_ended_ends_an_hour_after_it_started() {
    let mut bench = Bench::new();
    let state = State { doubt: Some(bench.clock.read().wall), ..State::default() };
    let reading = bench.clock.read();
    let (journal, _) = Memory::open(&bench.disk, &reading.boot, Known::default()).unwrap();
    bench.core = Core::new(
        (state, Head::EMPTY),
        directory(),
        Mode::Writing(Box::new(journal)),
        Stores::default(),
        (Steady::start(None, &reading).0, Arc::new(Metrics::new())),
    );
    bench.clock.advance(Duration::from_mins(59));
    bench.step(Vec::new());
    assert!(bench.core.state().doubt.is_some());
    bench.clock.advance(Duration::from_mins(2));
    bench.step(Vec::new());
    assert_eq!(bench.core.state().doubt, None);
}

#[test]
fn the_index_is_told_of_everything_as_soon_as_nobody_waits_so_that_a_snapshot_of_it_counts() {
    let mut bench = Bench::new();
    let work = bench.event("a", 3840);
    bench.step(vec![work]);
    let index = bench.core.stores().index.clone().unwrap();
    assert!(Kept::event(&index, &EventKey::new("a")).unwrap().is_none(), "more may come with it");
    // What is known of it is told all the same, and what follows has nothing for the index but its place.
    let now = Now::at(bench.clock.read().wall);
    let command = Command::AdoptConfiguration { sha256: "0".repeat(64) };
    let work = Submission { work: Work { command, payloads: Vec::new() }, received: now };
    bench.step(vec![work]);
    bench.step(Vec::new());
    assert!(Kept::event(&index, &EventKey::new("a")).unwrap().is_some());
    let folder = bench.folder.path().join("index");
    let head = bench.core.head().seq;
    drop((index, bench.core));
    assert_eq!(Index::open(&folder).unwrap().1, head);
}

#[test]
fn the_ground_of_an_erasure_is_not_sealed_under_the_key_that_it_destroys() {
    let case = CaseId::new("C-20261123-0001");
    let erased = Fact::Erased { case: case.clone(), actor: None, second: None, ground: None };
    assert_eq!(super::super::memory::case_of(&erased, &State::default()), None);
    let actor = Actor { by: PersonId::new("p11"), via: Via::Session };
    let noted = Fact::Noted { case: case.clone(), actor, payload: PayloadName::new("a") };
    assert_eq!(super::super::memory::case_of(&noted, &State::default()), Some(&case));
}

#[test]
fn another_directory_is_in_force_from_the_decision_that_puts_it_on_record_and_not_before() {
    let mut bench = Bench::new();
    let now = Now::at(bench.clock.read().wall);
    let adopt = |sha256: &str| {
        let command = Command::AdoptConfiguration { sha256: sha256.to_owned() };
        Submission { work: Work { command, payloads: Vec::new() }, received: now }
    };
    let without_units = Arc::new(Directory { units: BTreeMap::new(), ..(*directory()).clone() });
    bench.core.hand_in(("b".repeat(64), Arc::clone(&without_units)));
    let works = vec![bench.event("a", 3840), adopt(&"a".repeat(64)), bench.event("b", 3840)];
    assert!(bench.step(works).iter().all(Result::is_ok), "what is not on record yet decides nothing");
    let works = vec![bench.event("c", 3840), adopt(&"b".repeat(64)), bench.event("d", 3840)];
    let taken: Vec<bool> = bench.step(works).iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, true, false]);
    assert!(Arc::ptr_eq(&bench.core.published(now).directory, &without_units));
}
