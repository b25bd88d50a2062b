//! P10, no silent gap: a case that owes a proof does not lie with somebody who does nothing. Whoever handles it loses
//! it after a while without progress, and ringing resumes; whoever is handed it by name is told so; and what somebody
//! else handles is taken by who was handed it or says that they take it over, and of that the other is told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};

/// What is due is done within this.
const WITHIN: i64 = 1_500;
/// Whoever was told a moment ago is not told again.
const TOLD_AGAIN_AFTER: i64 = 120_000;

struct Handler {
    person: String,
    idle_at: Option<i64>,
    passed_to: Option<String>,
    /// The case was raised or ruled out since they took it: it is everybody's again.
    void: bool,
}

/// The two proofs of a clock.
#[derive(Default)]
struct Proofs {
    phone: bool,
    written: bool,
    withdrawn: bool,
}

#[derive(Default)]
struct Case {
    handler: Option<Handler>,
    clocks: BTreeMap<u64, Proofs>,
    /// Its plan has told somebody.
    told: bool,
}

#[derive(Default)]
struct Book {
    cases: BTreeMap<String, Case>,
    armed: bool,
    /// Handovers that are to go, or under way.
    goes: BTreeSet<String>,
    /// Of whom an address proved to be a stranger's.
    strangers: BTreeSet<String>,
    complaints: Complaints,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            messages(run, &mut book, fact);
            proofs(&mut book, fact);
            follow(run, &mut book, (entry, fact));
        }
    }
    // Where a clock was ahead, what is due waits until it is overtaken.
    let end = run.entries.last().map_or(0, Entry::either);
    for (case, known) in book.cases.iter().filter(|_| run.record.faults.clocks_true()) {
        let Some(handler) = known.handler.as_ref().filter(|_| owes(known)) else { continue };
        if handler.idle_at.is_none_or(|at| at < end - WITHIN) {
            book.complaints.push(format!("P10: {case} lies with {}, who does nothing", handler.person));
        }
    }
    book.complaints
}

fn owes(case: &Case) -> bool {
    case.clocks.values().any(|clock| !(clock.withdrawn || clock.phone && clock.written))
}

fn messages(run: &Run<'_>, book: &mut Book, fact: &Fact) {
    let id = fact.text("/notification");
    match fact.kind.as_str() {
        "notification_planned" if fact.text("/notification/purpose") == "handover" => {
            book.goes.insert(fact.text("/notification/id").to_owned());
        }
        "attempt_ended" if !fact.has("/again_at") => {
            for id in run.carried(fact) {
                book.goes.remove(id);
            }
        }
        "notification_cancelled" => {
            book.goes.remove(id);
        }
        "receipt_taken" if fact.is("/effect") => {
            book.goes.remove(id);
        }
        "wrong_person" => {
            book.strangers.insert(fact.text("/person").to_owned());
        }
        "armed" => book.armed = true,
        "disarmed" => book.armed = false,
        _ => {}
    }
}

fn proofs(book: &mut Book, fact: &Fact) {
    let kind = fact.kind.as_str();
    let known = book.cases.entry(fact.text("/case").to_owned()).or_default();
    if kind == "clock_started" {
        known.clocks.insert(fact.number("/clock/clock"), Proofs::default());
        return;
    }
    let Some(clock) = known.clocks.get_mut(&fact.number("/clock")) else { return };
    match kind {
        "telephone_proved" => clock.phone = true,
        "proof_disputed" => clock.phone = false,
        "written_sent" | "written_receipted" => clock.written |= fact.is("/proves"),
        "written_returned" => clock.written &= !fact.is("/unproves"),
        "clock_withdrawn" => clock.withdrawn = true,
        _ => {}
    }
}

fn follow(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let case = fact.text("/case");
    let known = book.cases.entry(case.to_owned()).or_default();
    match fact.kind.as_str() {
        "plan_started" => known.told = false,
        "step_taken" => known.told = true,
        "case_raised" | "ruled_out" => {
            if let Some(handler) = &mut known.handler {
                handler.void = true;
            }
        }
        "progressed" => {
            if let Some(handler) = &mut known.handler {
                handler.idle_at = fact.instant("/idle_at");
            }
        }
        "passed" => passed(run, book, (entry, fact)),
        "taken" => taken(run, book, (entry, fact)),
        "handler_idle" => idle(run, book, (entry, fact)),
        "step_skipped"
            if fact.text("/why") == "taken" && known.handler.as_ref().is_none_or(|handler| handler.void) =>
        {
            let seq = entry.seq;
            book.complaints.push(format!("P10: entry {seq} spares people a case that nobody handles"));
        }
        "closed" => known.handler = None,
        _ => {}
    }
}

/// Whether an entry tells a person something of a case for a purpose, or says by which media it cannot.
fn tells(entry: &Entry, (case, person): (&str, &str), purpose: &str) -> bool {
    let to = json!({ "person": person });
    let planned = entry.facts("notification_planned").any(|fact| {
        fact.text("/notification/purpose") == purpose
            && fact.text("/notification/subject/case") == case
            && fact.body.pointer("/notification/to") == Some(&to)
    });
    let mut skipped = entry.facts("medium_skipped");
    planned || skipped.any(|fact| fact.text("/case") == case && fact.body.pointer("/to") == Some(&to))
}

fn passed(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let (case, by, to) = (fact.text("/case"), fact.text("/actor/by"), fact.text("/to"));
    let handler = book.cases.get_mut(case).and_then(|known| known.handler.as_mut());
    if let Some(handler) = handler.filter(|handler| handler.person == by) {
        handler.passed_to = Some(to.to_owned()).filter(|to| !to.is_empty());
    }
    if to.is_empty() || !book.armed || tells(entry, (case, to), "handover") {
        return;
    }
    let reader = json!({ "person": to }).to_string();
    let told = run.planned.iter().any(|(id, planned)| {
        planned.seq < entry.seq
            && (planned.purpose.as_str(), planned.case.as_deref()) == ("handover", Some(case))
            && planned.to == reader
            && (book.goes.contains(id) || planned.due > entry.either() - TOLD_AGAIN_AFTER)
    });
    if !told {
        book.complaints.push(format!("P10: entry {} hands a case to {to}, who is not told", entry.seq));
    }
}

fn taken(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let (case, by, seq) = (fact.text("/case"), fact.text("/actor/by"), entry.seq);
    let Some(known) = book.cases.get_mut(case) else { return };
    let next =
        Handler { person: by.to_owned(), idle_at: fact.instant("/idle_at"), passed_to: None, void: false };
    let Some(before) = known.handler.replace(next).filter(|before| before.person != by) else { return };
    let handed = before.void || before.passed_to.as_deref() == Some(by);
    let mut typed = run.record.typed.iter();
    let says_so = typed.any(|it| (&*it.by, &*it.case, it.act) == (by, case, "take_over"));
    if !handed && !says_so {
        book.complaints.push(format!("P10: entry {seq} takes a case from {} without a word", before.person));
    }
    if book.armed && !tells(entry, (case, &before.person), "relieved") {
        book.complaints.push(format!("P10: entry {seq} does not tell {} who handles it", before.person));
    }
}

fn idle(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let (case, seq) = (fact.text("/case"), entry.seq);
    let Some(known) = book.cases.get_mut(case) else { return };
    let before = known.handler.take();
    let given_up = entry.facts("passed").next().is_some() || entry.facts("wrong_person").next().is_some();
    let due = before.as_ref().filter(|it| it.person == fact.text("/person")).and_then(|it| it.idle_at);
    // Where the clock falls back, what waits falls back with it.
    let in_time = due.is_some() && due == fact.instant("/due") || !run.record.faults.clocks_true();
    if before.is_none() || !given_up && !in_time {
        book.complaints.push(format!("P2: entry {seq} takes a case from its handler off its instant"));
    }
    let site = run.site_at(seq);
    let rung = site.officer.filter(|officer| {
        let reached = ["sms", "phone"].iter().any(|medium| site.reaches(officer, medium));
        reached && !book.strangers.contains(*officer)
    });
    let is_of = |fact: &&Fact| {
        ["step_repeated", "step_taken"].contains(&fact.kind.as_str()) && fact.text("/case") == case
    };
    if owes(known) && known.told && rung.is_some() && !entry.facts.iter().any(|fact| is_of(&fact)) {
        book.complaints.push(format!("P10: entry {seq} leaves a case to nobody, and nobody is rung"));
    }
}
