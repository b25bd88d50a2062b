//! P6, nothing is forgotten: a case leaves memory when each message that was planned about it has come to an end, and
//! after that nothing of it goes out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// What is still to come of each case's messages, and which cases have left.
#[derive(Default)]
struct Book<'a> {
    open: BTreeMap<&'a str, BTreeSet<&'a str>>,
    carried: BTreeMap<&'a str, Vec<&'a str>>,
    under_way: BTreeSet<&'a str>,
    left: BTreeSet<&'a str>,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let (mut book, mut complaints) = (Book::default(), Vec::new());
    for entry in &run.entries {
        for fact in &entry.facts {
            follow(run, &mut book, (entry, fact), &mut complaints);
        }
    }
    complaints
}

fn follow<'a>(
    run: &'a Run<'_>,
    book: &mut Book<'a>,
    (entry, fact): (&'a Entry, &'a Fact),
    complaints: &mut Complaints,
) {
    let id = fact.text("/notification");
    match fact.kind.as_str() {
        "notification_planned" => goes(run, book, &[fact.text("/notification/id")]),
        "attempt_started" => {
            let carried: Vec<&str> = run.carried(fact).collect();
            for one in &carried {
                if case_of(run, one).is_some_and(|case| book.left.contains(case)) {
                    complaints
                        .push(format!("P6: {one} goes out in entry {}, and its case had left", entry.seq));
                }
            }
            goes(run, book, &carried);
            book.under_way.extend(&carried);
            book.carried.insert(id, carried);
        }
        "attempt_ended" => {
            let carried: Vec<&str> = run.carried(fact).collect();
            book.under_way.retain(|one| !carried.contains(one));
            if !fact.has("/again_at") {
                ends(run, book, &carried);
            }
        }
        // What is under way goes on.
        "notification_cancelled" if !book.under_way.contains(id) => ends(run, book, &[id]),
        "receipt_taken" if fact.is("/effect") => {
            let carried = book.carried.get(id).cloned().unwrap_or_default();
            book.under_way.retain(|one| !carried.contains(one));
            ends(run, book, &carried);
        }
        "archived" => {
            let case = fact.text("/case");
            for id in book.open.remove(case).unwrap_or_default() {
                complaints.push(format!("P6: {case} leaves in entry {}, and {id} has not ended", entry.seq));
            }
            book.left.insert(case);
        }
        _ => {}
    }
}

fn case_of<'a>(run: &'a Run<'_>, id: &str) -> Option<&'a str> {
    run.planned.get(id)?.case.as_deref()
}

fn goes<'a>(run: &'a Run<'_>, book: &mut Book<'a>, ids: &[&'a str]) {
    for id in ids {
        if let Some(case) = case_of(run, id) {
            book.open.entry(case).or_default().insert(id);
        }
    }
}

fn ends<'a>(run: &'a Run<'_>, book: &mut Book<'a>, ids: &[&'a str]) {
    for id in ids {
        if let Some(open) = case_of(run, id).and_then(|case| book.open.get_mut(case)) {
            open.remove(id);
        }
    }
}
