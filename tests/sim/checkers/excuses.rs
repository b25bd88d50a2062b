//! P12, fair to people: a lapse names a call that is said to have been made in time, and a provider that took none of
//! the attempts to bring a proof, and then a person must look; and nobody is excused by what was never said, or by what
//! never failed. P6 and P10: whoever promised to ring an authority again is reminded of it, or it is on record that
//! nothing leads to them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Complaints, Place, Run, place};
use crate::lines::{Entry, Fact, instant};

/// What is due is done within this.
const WITHIN: i64 = 1_500;

#[derive(Default)]
struct Clock {
    authority: String,
    anchor: i64,
    phone_due: i64,
    /// When the call that is the proof is said to have been, and when it was recorded.
    said: Option<(i64, i64)>,
    /// The lapse of its telephone report, and whether it says so.
    lapse: Option<(String, bool)>,
    /// Who promised to ring again, and when they are to be reminded.
    call_back: Option<(i64, String)>,
}

/// How one request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    UnderWay,
    /// At its provider.
    Failed,
    /// With the daemon's process.
    Cut,
    /// Otherwise: it was taken, or something was heard of it.
    Heard,
}

struct Attempt {
    at: i64,
    end: End,
}

#[derive(Default)]
struct Book {
    clocks: BTreeMap<Place, Clock>,
    /// Every attempt of each message.
    attempts: BTreeMap<String, Vec<Attempt>>,
    /// What a request said besides its own message.
    carried: BTreeMap<String, Vec<String>>,
    armed: bool,
    complaints: Complaints,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            attempts(run, &mut book, fact);
            promises(&mut book, (entry, fact));
            proved(run, &mut book, (entry, fact));
            breached(run, &mut book, (entry, fact));
        }
    }
    let end = run.entries.last().map_or(0, Entry::either);
    for ((case, _), clock) in book.clocks.iter().filter(|_| run.record.faults.clocks_true() && book.armed) {
        if let Some((due, person)) = clock.call_back.as_ref().filter(|(due, _)| *due < end - WITHIN) {
            let complaint = format!("P6: {person} is not reminded at {due} to ring again about {case}");
            book.complaints.push(complaint);
        }
    }
    book.complaints
}

fn attempts(run: &Run<'_>, book: &mut Book, fact: &Fact) {
    let id = fact.text("/notification");
    match fact.kind.as_str() {
        "attempt_started" => {
            let carried: Vec<String> = run.carried(fact).map(ToOwned::to_owned).collect();
            let at = fact.instant("/attempt/at").unwrap_or(0);
            for one in &carried {
                book.attempts.entry(one.clone()).or_default().push(Attempt { at, end: End::UnderWay });
            }
            book.carried.insert(id.to_owned(), carried);
        }
        "attempt_ended" => {
            let unknown = fact.has("/outcome/failed/unknown");
            let end = match fact.text("/outcome/failed/unknown/reason") {
                "interrupted" => End::Cut,
                _ if fact.has("/outcome/failed") => End::Failed,
                _ => End::Heard,
            };
            let carried: Vec<String> = run.carried(fact).map(ToOwned::to_owned).collect();
            // An answer that comes late says more than none.
            ends(book, &carried, end, |before| {
                before == End::UnderWay || !unknown && matches!(before, End::Cut | End::Failed)
            });
        }
        "receipt_taken" if fact.is("/effect") => {
            let carried = book.carried.get(id).cloned().unwrap_or_default();
            ends(book, &carried, End::Heard, |_| true);
        }
        "armed" => book.armed = true,
        "disarmed" => book.armed = false,
        _ => {}
    }
}

fn ends(book: &mut Book, carried: &[String], end: End, may: impl Fn(End) -> bool) {
    for id in carried {
        let last = book.attempts.get_mut(id).and_then(|attempts| attempts.last_mut());
        if let Some(attempt) = last.filter(|attempt| may(attempt.end)) {
            attempt.end = end;
        }
    }
}

fn promises(book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    if fact.kind == "notification_planned" && fact.text("/notification/purpose") == "reminder" {
        let (case, clock) =
            (fact.text("/notification/subject/case").to_owned(), fact.number("/notification/clock"));
        let due = fact.instant("/notification/due");
        if let Some(clock) = book.clocks.get_mut(&(case, clock)) {
            clock.call_back.take_if(|(at, _)| Some(*at) == due);
        }
        return;
    }
    if fact.kind == "medium_skipped" {
        let to = fact.text("/to/person");
        // By neither of the two: then nothing was planned.
        for (_, clock) in book.clocks.iter_mut().filter(|((case, _), _)| case == fact.text("/case")) {
            clock.call_back.take_if(|(due, person)| person == to && *due <= entry.either());
        }
        return;
    }
    if ["closed", "ruled_out"].contains(&fact.kind.as_str()) {
        let of_case = |((case, _), _): &(&Place, &mut Clock)| case == fact.text("/case");
        book.clocks.iter_mut().filter(of_case).for_each(|(_, clock)| clock.call_back = None);
        return;
    }
    let Some(clock) = book.clocks.get_mut(&place(fact)) else { return };
    match fact.kind.as_str() {
        "telephone_tried" => {
            let at = fact.instant("/call_back_at");
            clock.call_back = at.map(|at| (at, fact.text("/actor/by").to_owned()));
        }
        "telephone_proved" | "clock_withdrawn" => clock.call_back = None,
        _ => {}
    }
}

/// What a clock's proof says for itself.
fn proved(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let seq = entry.seq;
    if ["clock_started", "clock_antedated"].contains(&fact.kind.as_str()) {
        let place = (fact.text("/case").to_owned(), fact.number("/clock/clock"));
        let clock = book.clocks.entry(place).or_default();
        clock.authority = fact.text("/clock/authority").to_owned();
        clock.anchor = fact.instant("/clock/anchor").unwrap_or(0);
        clock.phone_due = fact.instant("/clock/phone_due").unwrap_or(0);
        return;
    }
    let Some(clock) = book.clocks.get_mut(&place(fact)) else { return };
    if fact.kind == "proof_disputed" {
        clock.said = None;
        return;
    }
    if fact.kind != "telephone_proved" {
        return;
    }
    let (said, at) = (fact.instant("/said_at"), fact.instant("/at").unwrap_or(0));
    if fact.has("/actor") {
        let (case, by) = (fact.text("/case"), fact.text("/actor/by"));
        let is_it = |call: &&crate::record::Call| {
            (&*call.case, &*call.authority, &*call.by, call.outcome) == (case, &clock.authority, by, "taken")
        };
        if !run.record.calls.iter().filter(is_it).any(|call| call.said == said) {
            book.complaints.push(format!("P12: {by} did not say of a call when entry {seq} says it was"));
        }
    }
    clock.said = said.filter(|said| (clock.anchor..=clock.phone_due).contains(said)).map(|said| (said, at));
    let (Some(said), Some((lapse, excused))) = (clock.said, clock.lapse.as_mut().filter(|it| !it.1)) else {
        return;
    };
    let mut cures = entry.facts("lapse_cured").filter(|cured| cured.text("/lapse") == lapse);
    *excused = cures.any(|cured| cured.body.get("excuse").is_some_and(|it| is("said_earlier", it, said)));
    if !*excused {
        book.complaints.push(format!("P12: entry {seq} does not say of a lapse that it was said earlier"));
    }
}

/// Whether an excuse is of this kind, from one instant to another.
fn is(what: &str, excuse: &Value, span: (i64, i64)) -> bool {
    span_of(excuse, what) == Some(span)
}

/// From when to when an excuse of this kind lasts.
fn span_of(excuse: &Value, what: &str) -> Option<(i64, i64)> {
    let text = |name: &str| excuse.get(name).and_then(Value::as_str).unwrap_or("");
    (text("what") == what).then(|| Some((instant(text("from"))?, instant(text("to"))?)))?
}

fn breached(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    if fact.kind != "clock_breached" {
        return;
    }
    let (seq, telephone) = (entry.seq, fact.text("/proof") == "telephone");
    let Some(lapse) = entry.facts("lapse_recorded").next() else { return };
    let excuses = lapse.list("/lapse/excuses");
    let candidate = lapse.text("/lapse/certainty") == "candidate";
    if telephone && let Some(clock) = book.clocks.get_mut(&place(fact)) {
        let says = excuses.iter().any(|it| span_of(it, "said_earlier").is_some());
        let right = clock.said.is_none_or(|said| excuses.iter().any(|it| is("said_earlier", it, said)));
        if says != clock.said.is_some() || !right || says && !candidate {
            book.complaints.push(format!("P12: the lapse of entry {seq} says wrongly what was said earlier"));
        }
        clock.lapse = Some((lapse.text("/lapse/lapse").to_owned(), says));
    }
    let purpose = if telephone { "telephone" } else { "written" };
    let (case, clock) = place(fact);
    let of_case = |id: &&String| run.planned.get(*id).is_some_and(|it| it.case.as_deref() == Some(&case));
    let of_proof = |id: &&String| {
        run.planned.get(*id).is_some_and(|it| it.purpose == purpose && it.clock == Some(clock))
    };
    let all = |picks: &dyn Fn(&&String) -> bool| -> Vec<(i64, End)> {
        let of = book.attempts.iter().filter(|(id, _)| picks(id)).flat_map(|(_, attempts)| attempts);
        of.filter(|it| it.end != End::Cut).map(|it| (it.at, it.end)).collect()
    };
    let mine = all(&|id| of_case(id) && of_proof(id));
    let span = (mine.iter().map(|it| it.0).min(), mine.iter().map(|it| it.0).max());
    if let (Some(from), Some(to)) = span
        && mine.iter().all(|(_, end)| *end == End::Failed)
        && run.record.faults.clocks_true()
        && !(candidate && excuses.iter().any(|it| is("provider", it, (from, to))))
    {
        book.complaints.push(format!("P12: the lapse of entry {seq} does not name the provider"));
    }
    let failed = all(&of_case);
    let failed = |at: i64| failed.iter().any(|(of, end)| *of == at && *end != End::UnderWay);
    let invented = excuses.iter().filter_map(|it| span_of(it, "provider"));
    if invented.into_iter().any(|(from, to)| !failed(from) || !failed(to)) {
        book.complaints.push(format!("P12: the lapse of entry {seq} blames a provider for nothing"));
    }
}
