//! The laws, tried by chance: whatever people, devices, providers and clocks do, and in whichever order.
//!
//! A run is a list of acts, each so many seconds after the one before. The book keeps what the facts alone say, and asks
//! nothing of the rules it looks at. Beside it stand the laws that every script is held to: see [`World::decide`] and
//! [`World::replays`].

mod book;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::World;
use super::cases::second_authority;
use super::commands::instant;
use super::outbox::start;
use crate::domain::command::Command;
use crate::domain::decide::draft;
use crate::domain::names::{ChannelId, NotificationId};
use crate::domain::notification::{DeliveryError, FailureReason, Outcome};
use crate::domain::proposals;
use crate::time::{Now, Timestamp};
use book::Book;

/// One act: so many seconds after the one before.
type Act = (u32, What);

#[derive(Debug, Clone)]
enum What {
    /// A line as the scripts write it.
    Line(String),
    /// What is due is decided.
    Tick,
    /// What may go is started, at most so many messages.
    Send(usize),
    /// What may go goes, and every provider takes it.
    Deliver,
    /// An attempt under way ends, this one of those there are.
    End(usize, Outcome),
    /// A receipt for a message that was planned, this one of those there are.
    Receipt(usize, &'static str),
}

/// A world with its book, and the moment it is at.
struct Run {
    world: World,
    book: Book,
    now: Timestamp,
    /// The wall is so far ahead of the steady clock.
    ahead: i64,
}

impl Run {
    fn new() -> Self {
        let world = World::new(|directory| {
            second_authority(directory);
            directory.channels[0].per_callee.clear();
        });
        Self { world, book: Book::default(), now: instant("08:00"), ahead: 0 }
    }

    fn moment(&self) -> Now {
        let wall = Timestamp::from_millis(self.now.as_millis() + self.ahead * 1_000);
        Now { wall, steady: self.now }
    }

    fn act(&mut self, (seconds, what): &Act) {
        self.now = Timestamp::from_millis(self.now.as_millis() + i64::from(*seconds) * 1_000);
        let now = self.moment();
        match what {
            What::Line(line) => self.line(line),
            What::Tick => self.tick(),
            What::Send(most) => self.send(*most),
            What::Deliver => {
                self.tick();
                self.send(64);
                for notification in self.world.under_way() {
                    let outcome = Outcome::Accepted { provider_id: None };
                    self.decide(&Command::EndAttempt { notification, outcome, received: now });
                }
            }
            What::End(which, outcome) => {
                let open = self.world.under_way();
                if let Some(id) = pick(&open, *which) {
                    let command =
                        Command::EndAttempt { notification: id, outcome: outcome.clone(), received: now };
                    self.decide(&command);
                }
            }
            What::Receipt(which, word) => {
                let tried: BTreeSet<&NotificationId> =
                    self.world.planned.iter().filter(|id| self.world.state.track(id).is_some()).collect();
                let tried: Vec<NotificationId> = tried.into_iter().cloned().collect();
                if let Some(id) = pick(&tried, *which) {
                    let channel = self
                        .world
                        .state
                        .track(&id)
                        .and_then(|it| it.attempts.last())
                        .map(|it| it.channel.clone());
                    let via = channel.unwrap_or_else(|| ChannelId::new("voice"));
                    self.line(&format!("receipt key={id} via={via} {word}"));
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        let line = match line.strip_prefix("clock-step ") {
            Some(seconds) => {
                let by: i64 = seconds.parse().unwrap();
                let from = self.world.time(self.moment().wall);
                self.ahead += by;
                format!("clock-step {from} {}", self.world.time(self.moment().wall))
            }
            None => line.to_owned(),
        };
        let command = self.world.command(&line, self.moment());
        self.decide(&command);
        if line == "trust" {
            self.ahead = 0;
        }
    }

    /// Decides one command: what is refused leaves no trace, and the same from the same is the same.
    fn decide(&mut self, command: &Command) {
        let now = self.moment();
        let twice = draft(&self.world.state, &self.world.directory, command, now).map(|draft| draft.facts);
        let before = self.world.entries.len();
        let once = self.world.decide(command, now);
        assert_eq!(twice, once, "no chance: {command:?}");
        match once {
            Ok(facts) => {
                self.book.take(&facts);
                self.book.rise(&self.world, &facts);
            }
            Err(_) => assert_eq!(self.world.entries.len(), before, "a refused command leaves nothing"),
        }
    }

    /// Decides what is due, as the engine does: in its order, until nothing is left.
    fn tick(&mut self) {
        let now = self.moment();
        for _ in 0..2_000 {
            let Some((_, due)) = self.world.due(now) else { break };
            self.decide(&Command::Fall(due));
        }
        let state = &self.world.state;
        let rings = state.rings.first().map(|(at, _)| *at);
        let accuses = state.accusations.first().map(|(at, _)| *at);
        assert!(rings.is_none_or(|at| at > now.wall.max(now.steady)), "nothing that rings is left behind");
        let in_doubt = state.doubt.is_some();
        assert!(
            in_doubt || accuses.is_none_or(|at| at > now.wall.min(now.steady)),
            "nothing that accuses is left behind"
        );
        let sends = state.sends.first().map(|(at, _)| *at);
        let next = [rings, accuses, sends].into_iter().flatten().min();
        assert_eq!(state.next_deadline(), next, "the next deadline is the first of what is due");
    }

    fn send(&mut self, most: usize) {
        let now = self.moment();
        for proposal in proposals(&self.world.state, &self.world.directory, now, most, &|_, _| false) {
            self.decide(&start(proposal));
        }
    }

    /// Nobody does anything more, the clock is right, and a day goes by.
    fn end(&mut self) {
        self.line("trust");
        self.now = Timestamp::from_millis(self.now.as_millis() + 86_400_000);
        self.ahead = 0;
        self.tick();
        self.book.told();
        self.world.replays();
    }
}

fn pick(from: &[NotificationId], which: usize) -> Option<NotificationId> {
    which.checked_rem(from.len()).and_then(|index| from.get(index)).cloned()
}

fn fever() -> impl Strategy<Value = What> {
    let who = select(vec!["E1", "E2", "E3", "-"]);
    let unit = select(vec!["finance", "auction"]);
    let what = select(vec![
        "38",
        "38.4 exposure",
        "suspected",
        "suspected",
        "36.5",
        "ruled_out",
        "confirmed source=clinic",
    ]);
    let at = select(vec!["", " at=07:40", " at=07:58", " at=08:02", " at=08:10"]);
    (who, unit, what, at)
        .prop_map(|(who, unit, what, at)| What::Line(format!("fever {who} {unit} {what}{at}")))
}

fn people() -> impl Strategy<Value = What> {
    let act = select(vec![
        "confirm CASE BY",
        "take CASE BY",
        "take CASE BY",
        "take CASE BY over",
        "pass CASE BY",
        "pass CASE BY p32",
        "classify CASE suspected BY",
        "classify CASE confirmed BY",
        "classify CASE ruled_out BY",
        "classify CASE ruled_out BY second=p12",
        "note CASE BY",
        "close CASE BY",
        "erase CASE BY second=p12",
        "code BY CASE take",
        "code BY CASE take_over",
        "code BY CASE wrong",
        "code BY wrong",
    ]);
    let case = select(vec!["C1", "C1", "C2", "C3"]);
    let by = select(vec!["p11", "p31", "p41", "p42"]);
    (act, case, by).prop_map(|(act, case, by)| What::Line(act.replace("CASE", case).replace("BY", by)))
}

fn proofs() -> impl Strategy<Value = What> {
    let act = select(vec![
        "telephone CASE taken p31",
        "telephone CASE taken p31 to=city",
        "telephone CASE no_answer p31",
        "telephone CASE call_back p31",
        "telephone CASE refused p31 to=city",
        "write CASE initial p31",
        "write CASE initial p31 draft",
        "write CASE initial p31 to=city",
        "write CASE progress p31",
        "written-receipt CASE p31",
        "dispute CASE p42",
        "dispute CASE p42 to=city",
    ]);
    let case = select(vec!["C1", "C1", "C2", "C3"]);
    (act, case).prop_map(|(act, case)| What::Line(act.replace("CASE", case)))
}

fn daemon() -> impl Strategy<Value = What> {
    select(vec![
        "arm p42",
        "disarm p42",
        "hold",
        "release p42",
        "start",
        "trust",
        "clock-step 300",
        "clock-step -600",
    ])
    .prop_map(|line| What::Line(line.to_owned()))
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let reason = FailureReason::Server;
    select(vec![
        Outcome::Accepted { provider_id: None },
        Outcome::Accepted { provider_id: None },
        Outcome::Failed(DeliveryError::Transient { reason, retry_after: None }),
        Outcome::Failed(DeliveryError::Permanent { reason }),
        Outcome::Failed(DeliveryError::Exhausted { reason: FailureReason::Quota, until: None }),
        Outcome::Failed(DeliveryError::Unknown { reason: FailureReason::Timeout }),
    ])
}

fn act() -> impl Strategy<Value = Act> {
    let seconds = prop_oneof![6 => 0_u32..5, 6 => 5_u32..60, 2 => 60_u32..300, 1 => 300_u32..2_000];
    let words = vec!["delivered", "answered", "heard", "failed", "1", "2", "3", "9"];
    let what = prop_oneof![
        3 => fever(),
        4 => people(),
        4 => proofs(),
        1 => daemon(),
        6 => Just(What::Tick),
        4 => (1_usize..40).prop_map(What::Send),
        4 => Just(What::Deliver),
        5 => (any::<usize>(), outcome()).prop_map(|(which, outcome)| What::End(which, outcome)),
        3 => (any::<usize>(), select(words)).prop_map(|(which, word)| What::Receipt(which, word)),
    ];
    (seconds, what)
}

/// So many runs take a few seconds; `PROPTEST_CASES` asks for more by hand.
fn settings() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if asked.cases == 256 { 128 } else { asked.cases };
    ProptestConfig { cases, max_shrink_iters: 2_000, failure_persistence: None, ..asked }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn whatever_happens_the_laws_hold(armed in any::<bool>(), acts in prop::collection::vec(act(), 1..60)) {
        let mut run = Run::new();
        if armed {
            run.line("arm p42");
        }
        run.line("fever E1 finance suspected at=07:59");
        for act in &acts {
            run.act(act);
        }
        run.end();
    }
}
