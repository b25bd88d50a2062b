//! P9, machines can't confirm: whoever guesses at a code is locked out by the sixth wrong one within ten minutes, for
//! as long; until then nothing is confirmed, taken or passed on by code behind that link, and nobody else is locked
//! out.

use std::collections::BTreeMap;

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// So many wrong codes lock.
const TRIES: usize = 6;
/// Within this, and for as long.
const WINDOW: i64 = 600_000;

/// What was guessed behind one link.
#[derive(Default)]
struct Lock {
    tries: Vec<i64>,
    until: Option<i64>,
}

/// Whose link, and the case that it is about.
type Link = (String, String);

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let (mut locks, mut complaints) = (BTreeMap::new(), Vec::new());
    // Where a clock falls back, a lock that is over holds again.
    for entry in run.entries.iter().filter(|_| run.record.faults.clocks_true()) {
        for fact in &entry.facts {
            follow(&mut locks, (entry, fact), &mut complaints);
        }
    }
    complaints
}

fn follow(locks: &mut BTreeMap<Link, Lock>, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    let seq = entry.seq;
    match fact.kind.as_str() {
        "code_refused" => {
            let link = (fact.text("/person").to_owned(), fact.text("/way/link").to_owned());
            let (at, until) = (fact.instant("/at").unwrap_or(0), fact.instant("/locked_until"));
            let lock = locks.entry(link).or_default();
            if lock.until.is_some_and(|until| at < until) {
                complaints.push(format!("P9: entry {seq} looks at a code behind a link that is locked"));
            }
            lock.tries.retain(|tried| at - tried < WINDOW);
            lock.tries.push(at);
            if until != (lock.tries.len() >= TRIES).then_some(at + WINDOW) {
                complaints.push(format!("P9: entry {seq} does not say rightly whether a link is locked"));
            }
            if until.is_some() {
                lock.tries.clear();
            }
            lock.until = until;
        }
        "confirmed" | "taken" | "passed" if fact.text("/actor/via") == "code" => {
            let link = (fact.text("/actor/by").to_owned(), fact.text("/case").to_owned());
            let locked = locks.get(&link).and_then(|lock| lock.until);
            if locked.is_some_and(|until| entry.either() < until) {
                complaints.push(format!("P9: entry {seq} takes a code behind a link that is locked"));
            }
        }
        _ => {}
    }
}
