//! The rules, tried by scripts: one line a command, and the words of the facts it must lead to.
//!
//! `08:00 fever E1 finance 38.4 -> case-opened C1 fever; notify alert p11 sms`. Of the kinds of fact that a line names
//! (the first word; of messages also their purpose), it names all, in their order; each item names as many words of its
//! fact as matter. `!words` says that no fact has these words, `(no facts)` that there is none, `REJECTED words` that
//! the command is refused.
//! After every decision the laws of the state are looked at: see [`World::decide`].
#![expect(
    clippy::panic_in_result_fn,
    clippy::unwrap_in_result,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails, and looks at the facts it asks for"
)]

mod absences;
mod ahead;
mod antedate;
mod archived;
mod arming;
mod asked;
mod both;
mod bulletins;
mod calls;
mod cases;
mod cited;
mod clocks;
mod closing;
mod commands;
mod contradictions;
mod corrections;
mod counted;
mod directory;
mod doors;
mod doubted;
mod excused;
mod fair;
mod filers;
mod five;
mod followed;
mod found_later;
mod handler;
mod hearing;
mod intake;
mod kept;
mod laws;
mod limits;
mod lost;
mod money;
mod no_way;
mod nobody;
mod notices;
mod numbers;
mod outbox;
mod own_case;
mod own_ruling;
mod people;
mod posts;
mod pursuit;
mod questioned;
mod receipts;
mod reminders;
mod reports;
mod rounds;
mod ruled_out;
mod shifts;
pub(crate) mod slots;
mod spread;
mod steps;
mod strangers;
mod taken_back;
mod takeover;
mod telephone;
mod totals;
mod two_clocks;
mod unreported;
mod ways;
mod withdrawn;
mod words;
mod written;
mod zones;

use std::collections::{BTreeMap, BTreeSet};

use super::apply::Place;
use super::case::ClockState;
use super::command::{Command, Rejection, Seen};
use super::decide::draft;
use super::directory::Directory;
use super::fact::Fact;
use super::names::{CaseId, EventKey, NotificationId, PersonToken};
use super::schedule::{CaseDue, Due};
use super::state::State;
use crate::time::{Now, Timestamp};

/// The rules at work: a state, the directory they read, and everything that happened.
pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) state: State,
    pub(crate) entries: Vec<(Place, Vec<Fact>)>,
    pub(super) planned: Vec<NotificationId>,
    pub(super) seen: BTreeMap<EventKey, Seen>,
    pub(super) last_case: BTreeMap<PersonToken, CaseId>,
    pub(super) count: usize,
}

/// Runs a script with the example configuration, armed.
#[track_caller]
pub(super) fn check(script: &str) {
    check_with(|_| {}, script);
}

/// Runs a script with a variation of the example configuration, armed.
#[track_caller]
pub(super) fn check_with(vary: impl FnOnce(&mut Directory), script: &str) {
    let mut world = World::new(vary);
    world.run("07:00 arm p42");
    world.run(script);
    world.replays();
}

/// What kind of fact an item names; of messages, those for its purpose where it says one.
#[expect(single_use_lifetimes, reason = "an elided one is not taken in an iterator's item")]
fn kind<'w>(mut words: impl Iterator<Item = &'w str>) -> String {
    let first = words.next().unwrap_or_default();
    let messages = [
        "notify",
        "cancelled",
        "attempt-started",
        "attempt-ended",
        "send-postponed",
        "wait-ended",
        "receipt-taken",
    ];
    match words.next().filter(|word| messages.contains(&first) && words::is_purpose(word)) {
        Some(purpose) => format!("{first} {purpose}"),
        None => first.to_owned(),
    }
}

impl World {
    pub(crate) fn new(vary: impl FnOnce(&mut Directory)) -> Self {
        let mut directory = directory::example();
        vary(&mut directory);
        Self {
            directory,
            state: State::default(),
            entries: Vec::new(),
            planned: Vec::new(),
            seen: BTreeMap::new(),
            last_case: BTreeMap::new(),
            count: 0,
        }
    }

    #[track_caller]
    pub(crate) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            self.line(line);
        }
    }

    #[track_caller]
    fn line(&mut self, line: &str) {
        let (wish, expected) = line.split_once("->").unwrap_or((line, ""));
        let (now, wish) = commands::now(wish.trim());
        let result = self.obey(wish, now);
        let facts = match result {
            Ok(facts) => facts,
            Err(rejection) => {
                let words = format!("REJECTED {rejection:?}");
                let wanted = expected.split_whitespace().all(|word| words.contains(word));
                assert!(wanted && expected.contains("REJECTED"), "{line}\n  was refused: {rejection:?}");
                return;
            }
        };
        assert!(
            !expected.contains("REJECTED"),
            "{line}\n  was not refused, but led to:\n{}",
            self.tell(&facts)
        );
        self.compare(line, expected, &facts);
    }

    /// Does what a line says; `tick`, `send`, `live` and `outage` are many commands.
    fn obey(&mut self, wish: &str, now: Now) -> Result<Vec<Fact>, Rejection> {
        let mut words = wish.split_whitespace();
        match words.next().unwrap_or_default() {
            "tick" => Ok(self.tick(now)),
            "send" => Ok(self.send(now)),
            "deliver" => Ok(self.deliver(now)),
            "live" => Ok(self.live(now)),
            "outage" => Ok(self.outage(now, words.next().unwrap_or_default())),
            _ => {
                let command = self.command(wish, now);
                self.decide(&command, now)
            }
        }
    }

    #[track_caller]
    fn compare(&self, line: &str, expected: &str, facts: &[Fact]) {
        let told: Vec<Vec<String>> = facts.iter().map(|fact| self.words(fact)).collect();
        let items: Vec<&str> = expected.split(';').map(str::trim).filter(|item| !item.is_empty()).collect();
        let has = |told: &Vec<String>, item: &str| {
            item.split_whitespace().all(|word| told.iter().any(|it| it == word))
        };
        let mut wanted = Vec::new();
        for item in items {
            if item == "(no facts)" {
                assert!(facts.is_empty(), "{line}\n  led to:\n{}", self.tell(facts));
            } else if let Some(item) = item.strip_prefix('!') {
                assert!(!told.iter().any(|told| has(told, item)), "{line}\n  led to:\n{}", self.tell(facts));
            } else {
                wanted.push(item);
            }
        }
        let kinds: BTreeSet<String> = wanted.iter().map(|item| kind(item.split_whitespace())).collect();
        for named in kinds {
            let wanted: Vec<&&str> =
                wanted.iter().filter(|item| kind(item.split_whitespace()) == named).collect();
            let is_named = |told: &&Vec<String>| {
                let words = || told.iter().map(String::as_str);
                kind(words()) == named || words().next() == Some(&named)
            };
            let told: Vec<&Vec<String>> = told.iter().filter(is_named).collect();
            // What starts at one instant has no order.
            let same = told.len() == wanted.len()
                && if named.starts_with("attempt-started") {
                    wanted.iter().all(|item| told.iter().any(|told| has(told, item)))
                } else {
                    told.iter().zip(&wanted).all(|(told, item)| has(told, item))
                };
            assert!(same, "{line}\n  led, of {named}, to:\n{}", self.tell(facts));
        }
    }

    fn tell(&self, facts: &[Fact]) -> String {
        facts.iter().map(|fact| format!("    {}\n", self.words(fact).join(" "))).collect()
    }

    /// Decides one command, and looks at the laws: `check` holds; the facts alone lead where the decision led; facts
    /// and state survive their writing; what is due is on the schedule once, and every running clock is watched.
    pub(super) fn decide(&mut self, command: &Command, now: Now) -> Result<Vec<Fact>, Rejection> {
        let (facts, led_to) = {
            let draft = draft(&self.state, &self.directory, command, now)?;
            (draft.facts, draft.state)
        };
        if facts.is_empty() {
            return Ok(facts);
        }
        let place = Place { seq: self.state.seq + 1, at: now.wall };
        let next = self.state.apply_all(place, &facts);
        if let Err(broken) = super::check(&next, &facts) {
            panic!("{command:?}\n  breaks a law: {broken}\n{}", self.tell(&facts));
        }
        let led_to = State { seq: place.seq, ..led_to };
        assert!(next == led_to, "{command:?}: the facts do not carry all that apply needs");
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Fact>>(&text).unwrap(), facts, "facts survive their writing");
        self.state = next;
        self.remember(&facts);
        self.entries.push((place, facts.clone()));
        self.is_sound();
        Ok(facts)
    }

    /// What the index would remember.
    fn remember(&mut self, facts: &[Fact]) {
        for fact in facts {
            match fact {
                Fact::NotificationPlanned { notification, .. } => self.planned.push(notification.id.clone()),
                Fact::EventTaken { event } => {
                    let seen = Seen {
                        event: event.event.clone(),
                        content: event.content.clone(),
                        outcome: event.outcome,
                        case: event.case.clone(),
                        kind: event.kind,
                        clocks: Vec::new(),
                    };
                    self.seen.insert(event.key.clone(), seen);
                    if let (Some(person), Some(case)) = (&event.person, &event.case) {
                        self.last_case.insert(person.clone(), case.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// What must hold of every state.
    fn is_sound(&self) {
        let state = &self.state;
        self.tells_only_whom_it_waits_for();
        let mut on_schedule = 0;
        for (at, due) in state.rings.iter().chain(&state.accusations) {
            if let Due::Case(id, what) = due
                && let Some(case) = state.case(id)
            {
                assert_eq!(case.due(*what), Some(*at), "{due:?} is where its case says");
                on_schedule += 1;
            }
            if let Due::Wait(id) = due {
                assert_eq!(state.track(id).and_then(|track| track.wait_until), Some(*at), "{due:?}");
            }
        }
        let in_cases: usize = state.cases.values().map(|case| case.dues.len()).sum();
        assert_eq!(in_cases, on_schedule, "what is due for a case is on the schedule");
        for (at, id) in &state.sends {
            assert_eq!(state.track(id).and_then(|track| track.send_at), Some(*at), "{id} goes when it says");
        }
        for track in state.notifications.values() {
            let id = &track.notification.id;
            let on_schedule = track.send_at.is_none_or(|at| state.sends.contains(&(at, id.clone())));
            assert!(on_schedule, "{id} is among the sends");
        }
        for case in state.cases.values().filter(|case| case.is_open()) {
            for (index, clock) in case.clocks().filter(|(_, clock)| clock.state == ClockState::Running) {
                let phone = case.due(CaseDue::PhoneLimit { clock: index }).is_some();
                let written = case.due(CaseDue::WrittenLimit { clock: index }).is_some();
                assert!(phone || clock.phone.proof.is_some(), "{} is watched by telephone", case.id);
                assert!(written || clock.written.proved_at.is_some(), "{} is watched in writing", case.id);
            }
        }
    }

    /// Whoever is to be told of a lapse is waited for by it.
    fn tells_only_whom_it_waits_for(&self) {
        for (person, id) in &self.state.unheard {
            let lapse = self.state.lapses.get(id).unwrap();
            assert!(lapse.waits_for(person), "{person} is told of {:?} for nothing", lapse.about);
        }
    }

    /// The first thing due at this moment, as the engine picks it.
    pub(super) fn due(&self, now: Now) -> Option<(Timestamp, Due)> {
        let ring = self.state.rings.first().filter(|(at, _)| *at <= now.either());
        let is_sure = |due: &Due| self.state.doubt.is_none() || !due.accuses();
        let mut both = self.state.accusations.iter().take_while(|(at, _)| *at <= now.both());
        let accuse = both.find(|(_, due)| is_sure(due));
        match (ring, accuse) {
            (Some(ring), Some(accuse)) => Some(if ring.0 <= accuse.0 { ring } else { accuse }),
            (one, other) => one.or(other),
        }
        .cloned()
    }

    /// Decides everything that is due; each due thing leaves the schedule.
    pub(super) fn tick(&mut self, now: Now) -> Vec<Fact> {
        let mut all = Vec::new();
        for _ in 0..2_000 {
            let Some((at, due)) = self.due(now) else { return all };
            let facts = self.decide(&Command::Fall(due.clone()), now).unwrap();
            all.extend(facts);
            let still = self.state.rings.contains(&(at, due.clone()))
                || self.state.accusations.contains(&(at, due.clone()));
            assert!(!still, "{due:?} was decided and is still due");
        }
        panic!("what is due never ends: {:?}", self.due(now));
    }

    /// Nothing is left out of the facts: replayed from nothing they give the same state, and a snapshot of it too.
    pub(super) fn replays(&self) {
        let replayed = self
            .entries
            .iter()
            .fold(State::default(), |state, (place, facts)| state.apply_all(*place, facts));
        assert!(replayed == self.state, "a replay gives another state");
        let text = serde_json::to_string(&self.state).unwrap();
        assert!(
            serde_json::from_str::<State>(&text).unwrap() == self.state,
            "a snapshot gives another state"
        );
    }
}
