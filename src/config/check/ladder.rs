//! Ladders that ask for more than a channel allows, and proofs that no channel can bring.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::{Checker, policy_key};
use crate::domain::directory::ChannelRules;
use crate::domain::names::{Medium, PersonId, UnitId};
use crate::domain::policy::{Caller, ClockPolicy, Grade, Policy, Step, Target, Unless, WrittenProof};
use crate::time::span;

/// More attempts than any clock has room for; a ladder that asks for more is as wrong as one that asks for so many.
const ATTEMPTS_MAX: usize = 5_000;

impl Checker<'_> {
    /// A proof that no channel can bring, or that proves little.
    pub(super) fn proofs(&mut self) {
        let directory = &self.configuration.directory;
        let receipts = |medium| directory.channels_of(medium).any(|channel| channel.receipts);
        for (kind, policy) in &directory.policies {
            let Some(clock) = &policy.clock else { continue };
            let key = format!("{}: clock", policy_key(*kind));
            let proof = format!("{key}.phone.proof");
            if directory.channels_of(Medium::Phone).next().is_none() {
                let message = "there is no channel for calls: the daemon cannot ring the authority";
                self.warn(&format!("{key}.phone"), message, "add a [[channel]] with medium = \"phone\"");
            } else if !receipts(Medium::Phone) && clock.phone.proof > Grade::Accepted {
                let message = match clock.phone.call {
                    Caller::Daemon => {
                        "no channel for calls has receipts, so the daemon's call can never bring it"
                    }
                    Caller::Officer => {
                        "no channel for calls has receipts: only an officer's record can bring it, not the daemon's call"
                    }
                };
                self.warn(&proof, message, "set receipts = \"native\" for the channel, and give it a token");
            }
            if clock.phone.proof < Grade::Person {
                let message = "it counts as reported by telephone though no person at the authority took it";
                self.warn(&proof, message, "a voicemail picks up too: proof = \"person\"");
            }
            let written = format!("{key}.written");
            for medium in &clock.written.by {
                if directory.channels_of(*medium).next().is_none() {
                    let message = "there is no channel for the written report";
                    self.warn(&format!("{written}.by"), message, "add a [[channel]] with medium = \"email\"");
                }
            }
            if clock.written.proof == WrittenProof::Receipted {
                let message =
                    "only the authority's own confirmation, or an officer's record of it, brings this proof";
                self.warn(
                    &format!("{written}.proof"),
                    message,
                    "ask the authority whether it will, or use accepted",
                );
            }
        }
    }

    /// A condition that a step needs not: a handler silences every step.
    pub(super) fn conditions(&mut self) {
        for (kind, policy) in &self.configuration.directory.policies {
            for (number, step) in (1_u32..).zip(&policy.steps) {
                if step.unless == Some(Unless::Taken) {
                    let message = "\"taken\" changes nothing: of a case that somebody has taken no step tells anybody more";
                    let key = format!("{}: step {number}: unless", policy_key(*kind));
                    self.warn(&key, message, "leave it out, or say \"confirmed\"");
                }
            }
        }
    }

    /// Ladders and warnings that ask for more attempts at one person within the clock than a channel allows.
    pub(super) fn budgets(&mut self) {
        let directory = &self.configuration.directory;
        for (kind, policy) in &directory.policies {
            let Some(clock) = &policy.clock else { continue };
            let asked = self.asked(policy, clock);
            for channel in &directory.channels {
                let of_channel = asked.iter().filter(|((_, medium), _)| *medium == channel.medium);
                let over =
                    of_channel.filter_map(|((person, _), asked)| Some((person, asked, asked.over(channel)?)));
                // Of several people the first that runs into the limit stands for all.
                let Some((person, asked, over)) = over.min_by_key(|(_, _, over)| over.from) else { continue };
                let within = span::format(clock.within);
                let (most, window) = (over.most, span::format(over.window));
                let by = asked.by.iter().map(|part| part.word()).collect::<Vec<_>>().join(", ");
                let (key, whom) = match asked.by.as_slice() {
                    [Part::Step(number)] => (format!("step {number}: repeat_every"), "one person".to_owned()),
                    [] | [Part::Warnings] | [_, _, ..] => {
                        ("step".to_owned(), format!("\"{person}\" (by {by})"))
                    }
                };
                let message = format!(
                    "{} attempts at {whom} within {within}, and channel \"{}\" allows {most} in {window}",
                    asked.at.len(),
                    channel.id,
                );
                let help = format!(
                    "from T+{} on there would be none left; they are spread over the clock, and one is kept for its last five minutes",
                    span::format(over.from)
                );
                self.warn(&format!("{}: {key}", policy_key(*kind)), message, &help);
            }
        }
    }

    /// When each person would be tried by each medium before the clock runs out, where nobody answers: for the unit
    /// whose case asks most of them. What falls due for one person at one instant goes as one message.
    fn asked(&self, policy: &Policy, clock: &ClockPolicy) -> BTreeMap<(PersonId, Medium), Asked> {
        let directory = &self.configuration.directory;
        let mut most: BTreeMap<(PersonId, Medium), Asked> = BTreeMap::new();
        for unit in directory.units.keys() {
            let mut asked: BTreeMap<(PersonId, Medium), Asked> = BTreeMap::new();
            let mut add = |targets: &[Target], media: &[Medium], at: &[Duration], part: Part| {
                let people: BTreeSet<PersonId> =
                    targets.iter().flat_map(|target| self.could_hold(target, unit)).collect();
                for person in &people {
                    // People with one number are one callee.
                    let callee = directory.persons.get(person).and_then(|known| known.callee.clone());
                    for medium in media.iter().filter(|medium| directory.reaches(person, **medium)) {
                        let key = (callee.clone().unwrap_or_else(|| person.clone()), *medium);
                        asked.entry(key).or_default().add(at, part);
                    }
                }
            };
            for (number, step) in (1_u32..).zip(&policy.steps) {
                add(&step.notify, &step.by, &instants(step, clock.within), Part::Step(number));
            }
            add(&clock.warn, &clock.warn_by, &clock.warn_at, Part::Warnings);
            for (key, asked) in asked {
                match most.get(&key) {
                    Some(known) if known.at.len() >= asked.at.len() => {}
                    Some(_) | None => drop(most.insert(key, asked)),
                }
            }
        }
        most
    }

    /// Everybody who could be meant by a target in a case of a unit, whoever is on duty then.
    fn could_hold(&self, target: &Target, unit: &UnitId) -> BTreeSet<PersonId> {
        match target {
            Target::Duty(_) => self.holders(target),
            Target::UnitLeader
            | Target::UnitLiaison
            | Target::UnitDeputy
            | Target::Handler
            | Target::Body(_)
            | Target::Person(_)
            | Target::Channel(_) => self.now_holding(target, unit),
        }
    }
}

/// What asks for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Step(u32),
    Warnings,
}

impl Part {
    fn word(self) -> String {
        match self {
            Self::Step(number) => format!("step {number}"),
            Self::Warnings => "warn_at".to_owned(),
        }
    }
}

/// Attempts at one person by one medium, from the anchor, and what asks for them.
#[derive(Debug, Default)]
struct Asked {
    at: BTreeSet<Duration>,
    by: Vec<Part>,
}

/// Where a ladder runs into a limit.
#[derive(Debug, PartialEq, Eq)]
struct Over {
    most: usize,
    window: Duration,
    /// The first attempt that the limit puts off, from the anchor.
    from: Duration,
}

impl Asked {
    fn add(&mut self, at: &[Duration], part: Part) {
        let before = self.at.len();
        self.at.extend(at);
        if self.at.len() > before {
            self.by.push(part);
        }
    }

    fn over(&self, channel: &ChannelRules) -> Option<Over> {
        let first = |(window, most): &(Duration, usize)| {
            let mut recent = VecDeque::new();
            for at in &self.at {
                recent.push_back(*at);
                while recent.front().is_some_and(|oldest| *oldest + *window <= *at) {
                    recent.pop_front();
                }
                if recent.len() > *most {
                    return Some(Over { most: *most, window: *window, from: *at });
                }
            }
            None
        };
        channel.per_callee.iter().filter_map(first).min_by_key(|over| over.from)
    }
}

/// When a step asks for attempts before a clock runs out.
fn instants(step: &Step, within: Duration) -> Vec<Duration> {
    let every = step.repeat_every.filter(|every| !every.is_zero());
    std::iter::successors(Some(step.after), |at| at.checked_add(every?))
        .take_while(|at| *at < within)
        .take(ATTEMPTS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::ChannelId;

    fn over(repeat_s: u64, limits: &[(u64, usize)]) -> Option<(usize, u64)> {
        let step = Step {
            after: Duration::ZERO,
            notify: Vec::new(),
            by: vec![Medium::Phone],
            wait: Duration::ZERO,
            repeat_every: Some(Duration::from_secs(repeat_s)),
            unless: None,
        };
        let channel = ChannelRules {
            id: ChannelId::new("voice"),
            medium: Medium::Phone,
            receipts: true,
            timeout: Duration::from_secs(5),
            pause_at_least: Duration::from_secs(2),
            pause_at_most: Duration::from_secs(60),
            per_callee: limits.iter().map(|(window, most)| (Duration::from_secs(*window), *most)).collect(),
            per_second: None,
        };
        let mut asked = Asked::default();
        asked.add(&instants(&step, Duration::from_mins(30)), Part::Step(1));
        asked.over(&channel).map(|over| (asked.at.len(), over.from.as_secs()))
    }

    #[test]
    fn a_ladder_runs_into_the_tightest_limit_first() {
        assert_eq!(over(300, &[(60, 1), (3600, 5), (86_400, 20)]), Some((6, 1500)));
        assert_eq!(over(30, &[(60, 1), (3600, 5)]), Some((60, 30)));
        assert_eq!(over(600, &[(60, 1), (3600, 5)]), None);
        assert_eq!(over(60, &[(60, 1)]), None);
        assert_eq!(over(60, &[]), None);
    }
}
