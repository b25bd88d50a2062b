//! Facts as words.
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    reason = "a test prints the facts it has words for"
)]

mod correction;
mod staff;

use serde::Serialize;

use super::World;
use crate::domain::fact::{
    ClockReopened, EventTaken, Fact, RaisedBy, ReceiptTaken, StepRepeated, TelephoneProved, WrittenPlanned,
};
use crate::domain::names::{CaseId, Medium, NotificationId, Recipient};
use crate::domain::notification::{Attempt, DeliveryError, Notification, Outcome, Purpose, Subject};
use crate::time::Timestamp;
use staff::staff_words;

/// A value as its JSON word.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

pub(super) fn recipient(to: &Recipient) -> String {
    match to {
        Recipient::Person(id) => id.to_string(),
        Recipient::Authority(id) => id.to_string(),
        Recipient::Robot(id) => id.to_string(),
    }
}

pub(super) fn case(id: &CaseId) -> String {
    let number = id.as_str().rsplit('-').next().unwrap_or_default();
    format!("C{}", number.trim_start_matches('0'))
}

impl World {
    /// An instant as the scripts write it.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let civil = self.directory.zone.civil(at);
        let day = if civil.day() == 23 { String::new() } else { format!("{}/", civil.day()) };
        let mut text = format!("{day}{:02}:{:02}", civil.hour(), civil.minute());
        if civil.second() != 0 || civil.millisecond() != 0 {
            text.push_str(&format!(":{:02}", civil.second()));
        }
        if civil.millisecond() != 0 {
            text.push_str(&format!(".{:03}", civil.millisecond()));
        }
        text
    }

    pub(super) fn at(&self, name: &str, at: Option<Timestamp>) -> Option<String> {
        at.map(|at| format!("{name}={}", self.time(at)))
    }

    fn authority(&self, id: &CaseId, clock: u32) -> String {
        let known = self.state.case(id).and_then(|case| case.clock(clock));
        known.map_or_else(|| clock.to_string(), |clock| clock.authority.to_string())
    }

    fn notification(&self, id: &NotificationId) -> Vec<String> {
        self.state.track(id).map_or_else(|| vec![id.to_string()], |track| describe(&track.notification))
    }

    /// The words of a fact; the first is its kind.
    pub(super) fn words(&self, fact: &Fact) -> Vec<String> {
        let kind = match serde_json::to_value(fact).unwrap() {
            serde_json::Value::String(tag) => tag,
            other => other.as_object().and_then(|it| it.keys().next().cloned()).unwrap_or_default(),
        };
        let kind = kind.split('/').next().unwrap_or_default().replace('_', "-");
        let (kind, rest) = match kind.as_str() {
            "notification-planned" => ("notify".to_owned(), self.delivery_words(fact)),
            "notification-cancelled" => ("cancelled".to_owned(), self.delivery_words(fact)),
            "lapse-recorded" => ("lapse".to_owned(), self.delivery_words(fact)),
            _ => {
                let rest = self
                    .case_words(fact)
                    .or_else(|| self.clock_words(fact))
                    .or_else(|| self.slot_words(fact))
                    .or_else(|| self.door_words(fact))
                    .or_else(|| staff_words(fact));
                (kind, rest.unwrap_or_else(|| self.delivery_words(fact)))
            }
        };
        std::iter::once(kind).chain(rest).filter(|word| !word.is_empty()).collect()
    }

    fn case_words(&self, fact: &Fact) -> Option<Vec<String>> {
        let one = |id: &CaseId, more: Vec<String>| Some(std::iter::once(case(id)).chain(more).collect());
        match fact {
            Fact::EventTaken { event } => Some(self.event(event)),
            Fact::CaseOpened { case: it } => {
                let mut words = vec![word(&it.kind), format!("unit={}", it.unit)];
                words.extend(self.at("since", it.suspected_since));
                words.extend(self.at("discovered", Some(it.discovered_at)));
                words.extend(it.previous.as_ref().map(|id| format!("previous={}", case(id))));
                words.extend(it.cluster.as_ref().map(|rule| format!("cluster={rule}")));
                words.extend(it.unit_assumed.then(|| "assumed".to_owned()));
                words.push(it.case.to_string());
                one(&it.case, words)
            }
            Fact::CaseJoined { case, reading } => one(case, vec![self.at("at", Some(reading.at))?]),
            Fact::CaseRaised { case, from, to, since, why } => {
                let why = match why {
                    RaisedBy::Event(_) => "by=event".to_owned(),
                    RaisedBy::Cluster(rule) => format!("cluster={rule}"),
                    RaisedBy::Person { actor, .. } => format!("by={}", actor.by),
                };
                let since = self.at("since", Some(*since))?;
                one(case, vec![format!("from={}", word(from)), word(to), since, why])
            }
            Fact::CaseAntedated { case, from, since, .. } => {
                one(case, vec![self.at("from", Some(*from))?, self.at("since", Some(*since))?])
            }
            Fact::Proposed { case, kind, .. } => one(case, vec![word(kind)]),
            Fact::CasesLinked { case: id, with } => one(id, vec![format!("with={}", case(with))]),
            Fact::PlanStarted { case, kind, anchor, .. } => {
                one(case, vec![word(kind), self.at("anchor", Some(*anchor))?])
            }
            Fact::StepTaken(it) => {
                let mut words = vec![(it.step + 1).to_string(), self.at("due", Some(it.due))?];
                words.extend(it.told.iter().map(recipient));
                words.extend(it.gaps.iter().map(|gap| format!("gap={}", word(gap))));
                one(&it.case, words)
            }
            Fact::StepSkipped { case, step, due, why, .. } => {
                one(case, vec![(step + 1).to_string(), self.at("due", Some(*due))?, word(why)])
            }
            Fact::StepRepeated(it) => {
                let StepRepeated { case, step, repeat, due, told, missed, next, .. } = &**it;
                let mut words = vec![(step + 1).to_string(), format!("repeat={repeat}")];
                words.extend(told.iter().map(recipient));
                words.extend([format!("missed={missed}"), self.at("due", Some(*due))?]);
                words.extend(self.at("next", *next));
                one(case, words)
            }
            Fact::Confirmed { case, actor } => {
                one(case, vec![actor.by.to_string(), format!("via={}", word(&actor.via))])
            }
            Fact::Taken { case, actor, idle_at } => {
                let mut words = vec![actor.by.to_string(), format!("via={}", word(&actor.via))];
                words.extend(self.at("idle", *idle_at));
                one(case, words)
            }
            Fact::CodeCalledIn { case, person, issue } => one(case, vec![format!("{person}#{issue}")]),
            Fact::Passed { case, actor, to } => {
                let to = to.as_ref().map_or_else(String::new, |to| format!("to={to}"));
                one(case, vec![actor.by.to_string(), to])
            }
            Fact::Progressed { case, idle_at } => one(case, self.at("idle", *idle_at).into_iter().collect()),
            Fact::HandlerIdle { case, person, due } => {
                one(case, vec![person.to_string(), self.at("due", Some(*due))?])
            }
            Fact::RuledOut { case, actor, second, .. } => {
                let second = second.as_ref().map_or_else(String::new, |it| format!("second={it}"));
                one(case, vec![actor.by.to_string(), second])
            }
            Fact::Noted { case, actor, .. } => one(case, vec![actor.by.to_string()]),
            Fact::Closed { case, archive_at, erase_at, .. } => {
                let times = self.at("archive", Some(*archive_at)).into_iter();
                one(case, times.chain(self.at("erase", *erase_at)).collect())
            }
            Fact::Archived { case } | Fact::Erased { case, .. } => one(case, Vec::new()),
            Fact::ArchivePutOff { case, until } => one(case, vec![self.at("until", Some(*until))?]),
            Fact::ErasePutOff { case, until } => one(case, vec![self.at("until", Some(*until))?]),
            _ => None,
        }
    }

    fn event(&self, event: &EventTaken) -> Vec<String> {
        let mut words = vec![word(&event.outcome)];
        words.extend(event.case.as_ref().map(case));
        words.extend(self.at("at", Some(event.discovered)));
        words.extend(event.implausible.then(|| "implausible".to_owned()));
        words.extend(event.unit_assumed.then(|| "assumed".to_owned()));
        words.extend(event.kind.as_ref().map(word));
        words
    }

    fn clock_words(&self, fact: &Fact) -> Option<Vec<String>> {
        let one = |id: &CaseId, clock: u32, more: Vec<Option<String>>| {
            let head = [case(id), self.authority(id, clock)];
            Some(head.into_iter().chain(more.into_iter().flatten()).collect())
        };
        match fact {
            Fact::ClockStarted { case: id, clock: it } | Fact::ClockAntedated { case: id, clock: it, .. } => {
                let mut words = vec![case(id), it.authority.to_string()];
                words.extend(it.born_late.then(|| "born-late".to_owned()));
                words.extend(it.unarmed.then(|| "unarmed".to_owned()));
                words.extend(self.at("anchor", Some(it.anchor)));
                words.extend(self.at("due", Some(it.due)));
                words.extend(self.at("phone", Some(it.phone_due)));
                words.extend(self.at("written", Some(it.written_due)));
                words.extend(self.at("call", Some(it.daemon_call_at)));
                words.extend(self.at("latest", Some(it.latest_at)));
                words.extend(self.at("warn", it.warn_at));
                Some(words)
            }
            Fact::ClockArmed { case, clock, at } => one(case, *clock, vec![self.at("at", Some(*at))]),
            Fact::Warned { case, clock, number, due, overtaken, next } => {
                let overtaken = overtaken.then(|| "overtaken".to_owned());
                let number = Some(number.to_string());
                one(case, *clock, vec![number, self.at("due", Some(*due)), self.at("next", *next), overtaken])
            }
            Fact::DaemonCalls { case, clock, due } => one(case, *clock, vec![self.at("due", Some(*due))]),
            Fact::TelephoneTried(it) => {
                let by = Some(it.actor.by.to_string());
                one(&it.case, it.clock, vec![Some(word(&it.outcome)), by, self.at("back", it.call_back_at)])
            }
            Fact::TelephoneImpossible { case, clock, why } => one(case, *clock, vec![Some(word(why))]),
            Fact::TelephonePossible { case, clock } => one(case, *clock, vec![]),
            Fact::GateSet { case, clock, at } => one(case, *clock, vec![self.at("at", Some(*at))]),
            Fact::TelephoneGraded { case, clock, grade } => one(case, *clock, vec![Some(word(grade))]),
            Fact::TelephoneProved(it) => {
                let TelephoneProved { case, clock, at, grade, actor, said_at, written_at } = &**it;
                let by = actor.as_ref().map(|actor| format!("by={}", actor.by));
                let times =
                    [self.at("at", Some(*at)), self.at("said", *said_at), self.at("written", *written_at)];
                one(case, *clock, [Some(word(grade)), by].into_iter().chain(times).collect())
            }
            Fact::ProofDisputed { case, clock, actor, .. } => {
                one(case, *clock, vec![Some(actor.by.to_string())])
            }
            Fact::AddressWrong(it) => one(&it.case, it.clock, vec![Some(it.address.to_string())]),
            Fact::WrittenDrafted { case, clock, send, .. } => {
                one(case, *clock, vec![send.then(|| "send".to_owned())])
            }
            Fact::WrittenPlanned(it) => {
                let WrittenPlanned { case, clock, kind, number, continues, actor, .. } = &**it;
                let by = actor.as_ref().map(|actor| format!("by={}", actor.by));
                let continues = continues.map(|number| format!("continues={number}"));
                one(case, *clock, vec![Some(word(kind)), Some(number.to_string()), continues, by])
            }
            Fact::WrittenSent { case, clock, at, proves, .. } => {
                one(case, *clock, vec![proves.then(|| "proves".to_owned()), self.at("at", Some(*at))])
            }
            Fact::WrittenReturned { case, clock, unproves, .. } => {
                one(case, *clock, vec![unproves.then(|| "unproves".to_owned())])
            }
            Fact::WrittenReceipted(it) => {
                let proves = it.proves.then(|| "proves".to_owned());
                one(&it.case, it.clock, vec![Some(it.actor.by.to_string()), proves])
            }
            Fact::WrittenImpossible { case, clock, why } => one(case, *clock, vec![Some(word(why))]),
            Fact::ClockMet { case, clock, at } | Fact::ClockCompleted { case, clock, at } => {
                one(case, *clock, vec![self.at("at", Some(*at))])
            }
            Fact::ClockBreached { case, clock, proof, due } => {
                one(case, *clock, vec![Some(word(proof)), self.at("due", Some(*due))])
            }
            Fact::ClockWithdrawn(it) => one(&it.case, it.clock, vec![self.at("at", it.at)]),
            Fact::ClockReopened(ClockReopened { case, clock, warn_at }) => {
                one(case, *clock, vec![self.at("warn", *warn_at)])
            }
            _ => self.correction_words(fact),
        }
    }

    fn delivery_words(&self, fact: &Fact) -> Vec<String> {
        let with = |id: &NotificationId, more: Vec<Option<String>>| -> Vec<String> {
            self.notification(id).into_iter().chain(more.into_iter().flatten()).collect()
        };
        match fact {
            Fact::NotificationPlanned { notification: it, wait_until } => {
                let mut words = describe(it);
                words.extend(self.at("due", Some(it.due)));
                words.extend(self.at("wait", *wait_until));
                words.extend(self.at("useless", it.useless_after));
                words
            }
            Fact::MediumSkipped { to, medium, why, .. } => vec![recipient(to), word(medium), word(why)],
            Fact::SendPostponed { notification, until, why } => {
                with(notification, vec![self.at("until", Some(*until)), Some(word(why))])
            }
            Fact::NotificationCancelled { notification, why } => with(notification, vec![Some(word(why))]),
            Fact::WaitEnded { notification, .. } => with(notification, Vec::new()),
            Fact::AttemptStarted { notification, covers, attempt } => {
                with(notification, self.attempt(attempt, covers))
            }
            Fact::AttemptEnded { notification, outcome, again_at, .. } => {
                with(notification, vec![Some(outcome_word(outcome)), self.at("again", *again_at)])
            }
            Fact::ReceiptTaken(it) => {
                let ReceiptTaken { notification, state, digit, effect, .. } = &**it;
                let effect = if *effect { "effect" } else { "no-effect" };
                let words =
                    [state.as_ref().map(word), digit.as_ref().map(|it| format!("digit={}", word(it)))];
                with(notification, words.into_iter().chain([Some(effect.to_owned())]).collect())
            }
            Fact::ReceiptKept(it) => {
                std::iter::once(it.key.to_string()).chain(self.at("until", Some(it.until))).collect()
            }
            Fact::WrongPerson(it) => vec![it.person.to_string(), word(&it.medium)],
            Fact::LapseRecorded { lapse } => self.lapse(lapse),
            Fact::LapseCured(it) => {
                let known = self.state.lapses.get(&it.lapse).map_or_else(Vec::new, |known| self.lapse(known));
                known.into_iter().chain(self.at("at", Some(it.at))).collect()
            }
            Fact::LapseWithdrawn { lapse } | Fact::LapseReinstated { lapse } => {
                self.state.lapses.get(lapse).map_or_else(Vec::new, |known| self.lapse(known))
            }
            Fact::LapsesDue { next, .. } => self.at("next", *next).into_iter().collect(),
            Fact::LapsesTold(it) => self.told_of_lapses(it),
            Fact::LapsesViewed(it) => super::hearing::viewed(it),
            Fact::StatementMade { actor, .. } => vec![actor.by.to_string()],
            Fact::VerdictGiven(it) => {
                let clause = it.clause.map_or_else(|| "none".to_owned(), |clause| word(&clause));
                vec![clause, it.actor.by.to_string()]
            }
            Fact::LedgerExported(it) => {
                let who = it.actor.as_ref().map(|actor| actor.by.to_string());
                let who = who.or_else(|| it.client.as_ref().map(ToString::to_string));
                who.into_iter().chain([word(&it.format), it.lapses.to_string(), it.sha256.clone()]).collect()
            }
            Fact::CodeRefused(it) => {
                let link = it.way.case().map(|_case| "link".to_owned());
                let person = std::iter::once(it.person.to_string());
                person.chain(link).chain(self.at("locked", it.locked_until)).collect()
            }
            Fact::SignInAsked { person, medium, .. } => vec![person.to_string(), word(medium)],
            Fact::SessionOpened(it) => {
                std::iter::once(it.person.to_string()).chain(self.at("until", Some(it.until))).collect()
            }
            Fact::SignInRefused { person, .. } => vec![person.to_string()],
            Fact::TestAsked(it) => vec![it.person.to_string()],
            Fact::TroubleBegan(it) => {
                let told = it.told.then(|| "told".to_owned());
                let since = self.at("since", it.since);
                std::iter::once(word(&it.trouble)).chain(told).chain(since).collect()
            }
            Fact::TroubleUntold { trouble } | Fact::TroubleEnded { trouble } => vec![word(trouble)],
            Fact::HeadDue { due, next } => {
                self.at("due", Some(*due)).into_iter().chain(self.at("next", *next)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn attempt(&self, attempt: &Attempt, covers: &[NotificationId]) -> Vec<Option<String>> {
        vec![
            Some(format!("via={}", attempt.channel)),
            Some(format!("address={}", attempt.address)),
            attempt.possible_duplicate.then(|| "possible-duplicate".to_owned()),
            attempt.late_because.as_ref().map(|why| format!("late={}", word(why))),
            Some(format!("covers={}", covers.len())),
            self.at("until", Some(attempt.until)),
        ]
    }
}

fn outcome_word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Failed(DeliveryError::Transient { .. }) => "transient",
        Outcome::Failed(DeliveryError::Exhausted { .. }) => "exhausted",
        Outcome::Failed(DeliveryError::Permanent { .. }) => "permanent",
        Outcome::Failed(DeliveryError::Unknown { .. }) => "unknown",
    }
    .to_owned()
}

pub(super) fn describe(it: &Notification) -> Vec<String> {
    let subject = match &it.subject {
        Subject::Case(id) => case(id),
        Subject::Period(period) => period.to_string(),
        Subject::Lapse(_) | Subject::SignIn(_) | Subject::Test(_) | Subject::Daemon(_) => String::new(),
    };
    let mut words = vec![word(&it.purpose), recipient(&it.to), word(&it.medium), subject];
    words.push(format!("round={}", it.round));
    words.push(format!("missed={}", it.missed));
    words.extend(it.unverified.then(|| "unverified".to_owned()));
    words
}

/// What a script calls a notification: `purpose:recipient:medium[:case]`.
pub(super) fn matches(it: &Notification, name: &str) -> bool {
    let described = [word(&it.purpose), recipient(&it.to), medium(it.medium)];
    let subject = it.subject.case().map(case).unwrap_or_default();
    let mut parts = name.split(':');
    let head = described.iter().all(|part| parts.next() == Some(part.as_str()));
    head && parts.next().is_none_or(|part| part == subject)
}

fn medium(medium: Medium) -> String {
    word(&medium)
}

/// Whether a word is a purpose.
pub(super) fn is_purpose(word: &str) -> bool {
    serde_json::from_value::<Purpose>(serde_json::Value::String(word.to_owned())).is_ok()
}
