//! P6 and P10, nothing is given up without a word: every message that was planned for a person is taken by a provider,
//! or cancelled with its reason, or followed by another that says the same; or the operators are told that the person
//! was not reached.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// What is due goes within this, where all is well.
const WITHIN: i64 = 120_000;
/// Whoever asked for these looks at what becomes of them.
const ASKED_FOR: [&str; 2] = ["sign_in", "test"];
/// What may make a message of no use that was tried, and whose fate is unknown.
const OVER: [&str; 12] = [
    "taken",
    "confirmed",
    "passed",
    "closed",
    "ruled_out",
    "case_raised",
    "step_repeated",
    "clock_met",
    "clock_completed",
    "clock_withdrawn",
    "clock_breached",
    "telephone_proved",
];
/// What of a case nothing makes useless.
const LASTING: [&str; 2] = ["met", "withdrawn"];

/// What says the same to the same person, whatever the medium and the round.
type Same = (String, String, String, String);

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is to go at this instant.
    Goes(i64),
    UnderWay,
    /// It may have arrived, and goes no more.
    Doubtful,
    /// It was refused, or is given up.
    Refused,
    /// Another that says the same was planned after it was refused.
    Followed,
    /// For another reason than that nobody took it.
    Cancelled,
}

struct Message {
    same: Same,
    person: String,
    medium: String,
    fate: Fate,
    taken: bool,
    /// The entry that says so.
    since: u64,
}

#[derive(Default)]
struct Book {
    messages: BTreeMap<String, Message>,
    covers: BTreeMap<String, Vec<String>>,
    /// Of whom the operators were told.
    told_of: BTreeSet<String>,
    /// Cases of which something was over.
    over: BTreeSet<String>,
    /// What a bulletin tells of.
    troubles: Vec<(String, String)>,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    // Where a clock was ahead, limits and pauses last until it is overtaken.
    if !run.record.faults.clocks_true() {
        return Vec::new();
    }
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            follow(&mut book, (entry.seq, fact));
        }
    }
    let end = run.entries.last().map_or(0, Entry::either);
    let taken: BTreeSet<&Same> =
        book.messages.values().filter(|it| it.taken).map(|message| &message.same).collect();
    let lost = |(id, message): (&String, &Message)| {
        let why = lost(run, &book, message, end)?;
        let (_, purpose, ..) = &message.same;
        let told = taken.contains(&message.same) || book.told_of.contains(&message.person);
        (!told).then(|| format!("P6: the {purpose} {id} of {} {why}", message.person))
    };
    book.messages.iter().filter_map(lost).collect()
}

/// Why nothing more comes of a message that has not come to its end.
fn lost(run: &Run<'_>, book: &Book, message: &Message, end: i64) -> Option<&'static str> {
    let (subject, purpose, ..) = &message.same;
    if message.taken || ASKED_FOR.contains(&purpose.as_str()) {
        return None;
    }
    match message.fate {
        Fate::UnderWay | Fate::Followed | Fate::Cancelled => None,
        Fate::Goes(at) if at > end - WITHIN => None,
        Fate::Goes(_) if run.site_at(u64::MAX).reaches(&message.person, &message.medium) => {
            Some("is due and does not go")
        }
        Fate::Goes(_) => Some("has no way, and nobody is told"),
        Fate::Refused => (!says_it(book, message)).then_some("was refused, and nothing follows"),
        Fate::Doubtful => {
            let over = !LASTING.contains(&purpose.as_str()) && book.over.contains(subject);
            (!over).then_some("may not have arrived, and nothing follows")
        }
    }
}

/// Whether another message that says the same is to go, or was wanted no more after this one was refused.
fn says_it(book: &Book, refused: &Message) -> bool {
    let mut others = book.messages.values().filter(|other| other.same == refused.same);
    others.any(|other| match other.fate {
        Fate::Goes(_) | Fate::UnderWay => true,
        Fate::Cancelled => other.since >= refused.since,
        Fate::Doubtful | Fate::Refused | Fate::Followed => false,
    })
}

fn follow(book: &mut Book, (seq, fact): (u64, &Fact)) {
    let id = fact.text("/notification");
    match fact.kind.as_str() {
        "notification_planned" => planned(book, (seq, fact)),
        "send_postponed" => {
            let until = fact.instant("/until").unwrap_or(0);
            each((book, seq), &[id.to_owned()], |message| message.fate = Fate::Goes(until));
        }
        "notification_cancelled" => {
            // What is given up is told: that is looked at as if it had been refused.
            let fate = if fact.text("/why") == "not_taken" { Fate::Refused } else { Fate::Cancelled };
            each((book, seq), &[id.to_owned()], |message| message.fate = fate);
        }
        "attempt_started" => {
            book.covers.insert(id.to_owned(), carried(fact));
            each((book, seq), &carried(fact), |message| message.fate = Fate::UnderWay);
        }
        "attempt_ended" => ended(book, (seq, fact)),
        "receipt_taken" if fact.is("/effect") => {
            let arrived = ["delivered", "answered", "heard"].contains(&fact.text("/state"));
            let arrived = arrived || fact.has("/digit");
            let carried = book.covers.get(id).cloned().unwrap_or_default();
            each((book, seq), &carried, |message| {
                message.taken |= arrived;
                message.fate = Fate::Refused;
            });
        }
        "trouble_began" => {
            let person = fact.text("/trouble").strip_prefix("person_not_reached:");
            book.told_of.extend(person.map(ToOwned::to_owned));
        }
        "bulletin_opened" => {
            let about = fact.text("/about/trouble").to_owned();
            book.troubles.push((about, format!("{{\"daemon\":\"{}\"}}", fact.text("/request"))));
        }
        "trouble_ended" => {
            let told = book.troubles.iter().filter(|(trouble, _)| trouble == fact.text("/trouble"));
            book.over.extend(told.map(|(_, subject)| subject.clone()));
        }
        kind if OVER.contains(&kind) => {
            book.over.insert(format!("{{\"case\":\"{}\"}}", fact.text("/case")));
        }
        _ => {}
    }
}

fn carried(fact: &Fact) -> Vec<String> {
    let covers = fact.list("/covers").iter().filter_map(Value::as_str);
    std::iter::once(fact.text("/notification")).chain(covers).map(ToOwned::to_owned).collect()
}

fn each((book, seq): (&mut Book, u64), ids: &[String], mut change: impl FnMut(&mut Message)) {
    for id in ids {
        if let Some(message) = book.messages.get_mut(id) {
            let before = message.fate;
            change(message);
            if message.fate != before {
                message.since = seq;
            }
        }
    }
}

fn planned(book: &mut Book, (seq, fact): (u64, &Fact)) {
    let Some(person) = fact.body.pointer("/notification/to/person").and_then(Value::as_str) else { return };
    let text = |path: &str| fact.body.pointer(path).map(ToString::to_string).unwrap_or_default();
    let same = (
        text("/notification/subject"),
        fact.text("/notification/purpose").to_owned(),
        fact.text("/notification/step").to_owned(),
        person.to_owned(),
    );
    for before in book.messages.values_mut().filter(|message| message.same == same) {
        if before.fate == Fate::Refused {
            before.fate = Fate::Followed;
        }
    }
    let message = Message {
        same,
        person: person.to_owned(),
        medium: fact.text("/notification/medium").to_owned(),
        fate: Fate::Goes(fact.instant("/notification/due").unwrap_or(0)),
        taken: false,
        since: seq,
    };
    book.messages.insert(fact.text("/notification/id").to_owned(), message);
}

/// What a request has come to, for everything that it said.
fn ended(book: &mut Book, (seq, fact): (u64, &Fact)) {
    let (accepted, unknown) = (fact.has("/outcome/accepted"), fact.has("/outcome/failed/unknown"));
    let fate = match fact.instant("/again_at") {
        Some(again) if unknown => Fate::Goes(again),
        _ if unknown => Fate::Doubtful,
        _ => Fate::Refused,
    };
    each((book, seq), &carried(fact), |message| {
        message.taken |= accepted;
        // A receipt that was faster has said more; an answer that comes late says more than none.
        let waits = matches!(message.fate, Fate::Goes(_) | Fate::Doubtful) && !unknown;
        if message.fate == Fate::UnderWay || waits {
            message.fate = fate;
        }
    });
}
