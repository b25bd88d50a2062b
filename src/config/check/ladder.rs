//! Ladders that ask for more than a channel allows, and proofs that no channel can bring.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Checker, policy_key};
use crate::domain::directory::ChannelRules;
use crate::domain::names::Medium;
use crate::domain::policy::{Caller, Grade, Step, Unless, WrittenProof};
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

    /// A ladder that asks for more attempts at one person within the clock than its channel allows.
    pub(super) fn budgets(&mut self) {
        let directory = &self.configuration.directory;
        for (kind, policy) in &directory.policies {
            let Some(within) = policy.clock.as_ref().map(|clock| clock.within) else { continue };
            for (number, step) in (1_u32..).zip(&policy.steps) {
                for medium in &step.by {
                    let Some(channel) = directory.channels_of(*medium).next() else { continue };
                    let Some(over) = over_budget(step, within, channel) else { continue };
                    let message = format!(
                        "{} attempts at one person within {}, and channel \"{}\" allows {} in {}",
                        over.asked,
                        span::format(within),
                        channel.id,
                        over.most,
                        span::format(over.window)
                    );
                    let help = format!(
                        "from T+{} on there would be none left; they are spread over the clock, and one is kept for its last five minutes",
                        span::format(over.from)
                    );
                    self.warn(&format!("{}: step {number}: repeat_every", policy_key(*kind)), message, &help);
                }
            }
        }
    }
}

/// Where a ladder runs into a limit.
#[derive(Debug, PartialEq, Eq)]
struct Over {
    asked: usize,
    most: usize,
    window: Duration,
    /// The first attempt that the limit puts off, from the anchor.
    from: Duration,
}

fn over_budget(step: &Step, within: Duration, channel: &ChannelRules) -> Option<Over> {
    let every = step.repeat_every.filter(|every| !every.is_zero())?;
    let attempts: Vec<Duration> = std::iter::successors(Some(step.after), |at| at.checked_add(every))
        .take_while(|at| *at < within)
        .take(ATTEMPTS_MAX)
        .collect();
    let first = |(window, most): &(Duration, usize)| {
        let mut recent = VecDeque::new();
        for at in &attempts {
            recent.push_back(*at);
            while recent.front().is_some_and(|oldest| *oldest + *window <= *at) {
                recent.pop_front();
            }
            if recent.len() > *most {
                return Some(Over { asked: attempts.len(), most: *most, window: *window, from: *at });
            }
        }
        None
    };
    channel.per_callee.iter().filter_map(first).min_by_key(|over| over.from)
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
        over_budget(&step, Duration::from_mins(30), &channel).map(|over| (over.asked, over.from.as_secs()))
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
