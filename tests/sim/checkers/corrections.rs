//! P10, no silent gap: of a case that was ruled out every authority that was reached is owed a correction. It is told
//! by telephone, for which somebody is reminded until it is, and in writing, or it is on record why not; and the case
//! is not closed before. Suspected again, it owes no correction: what is not told of one by then is told no more.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Place, Run, place};
use crate::lines::{Entry, Fact};

/// What is owed goes within this, where all is well.
const WITHIN: i64 = 15 * 60_000;
/// A reminder goes within this.
const REMINDED_WITHIN: i64 = 120_000;
/// So often at most somebody is reminded of one.
const REMINDERS_MAX: u64 = 180;
/// Whoever said so had heard of it.
const SPOKE: [&str; 3] = ["taken", "call_back", "refused"];
/// The keys of whoever knows what the call is about.
const KEYS: [&str; 3] = ["take", "confirm", "pass"];
/// How far a call got in which somebody may have heard of it.
const HEARD: [&str; 3] = ["answered", "heard", "person"];

/// What one authority is told of one case.
type Towards = (String, String);

/// A correction that is owed.
struct Owed {
    authority: String,
    number: u64,
    since: i64,
    /// When somebody is reminded next.
    next: Option<i64>,
    reminders: u64,
    told: bool,
    /// The mails that a provider took, and that have not come back.
    written: BTreeSet<String>,
    impossible: bool,
    ended: bool,
}

impl Owed {
    fn by(entry: &Entry, fact: &Fact) -> Self {
        Self {
            authority: fact.text("/authority").to_owned(),
            number: fact.number("/number"),
            since: entry.either(),
            next: fact.instant("/remind_at"),
            reminders: 0,
            told: false,
            written: BTreeSet::new(),
            impossible: false,
            ended: false,
        }
    }

    fn is_open(&self) -> bool {
        !self.ended && (!self.told || self.written.is_empty() && !self.impossible)
    }
}

#[derive(Default)]
struct Book {
    clocks: BTreeMap<Place, String>,
    /// Requests to an authority that may have arrived, by their message.
    requests: BTreeMap<Towards, BTreeMap<String, u32>>,
    /// Messages of which it came out later that they did not arrive.
    returned: BTreeSet<String>,
    /// Whom a person has spoken with, or who has it in writing.
    reached: BTreeSet<Towards>,
    owed: BTreeMap<String, Vec<Owed>>,
    /// Open cases that were ruled out and not suspected since: who is owed a correction of each.
    ruled_out: BTreeMap<String, BTreeSet<String>>,
    complaints: Complaints,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            reaches(run, &mut book, fact);
            pays(run, &mut book, (entry, fact));
            goes_no_more(run, &mut book, (entry, fact));
        }
        for case in suspected(entry) {
            let left = book.owed.get(case).and_then(|all| all.iter().find(|owed| owed.is_open()));
            let left = left.map(|owed| &owed.authority);
            let said =
                left.map(|to| format!("P2: entry {} leaves {to} a correction that is not true", entry.seq));
            book.complaints.extend(said);
        }
        is_owed_late(&mut book, entry);
        // What is owed is owed in the very entry.
        let ruled_out: BTreeSet<&str> = entry.facts("ruled_out").map(|fact| fact.text("/case")).collect();
        let owed = entry.facts("correction_owed").map(|fact| fact.text("/case"));
        for case in ruled_out.iter().copied().chain(owed).collect::<BTreeSet<&str>>() {
            is_owed(&mut book, (entry, case), !ruled_out.contains(case));
        }
    }
    // Where a clock was ahead, limits and pauses last until it is overtaken.
    if run.record.faults.clocks_true() {
        in_the_end(run, &mut book);
    }
    book.complaints
}

/// Whether a fact says that an authority was reached, or may have been.
fn reaches(run: &Run<'_>, book: &mut Book, fact: &Fact) {
    let id = fact.text("/notification");
    let towards = run.planned.get(id).and_then(|planned| {
        let to: serde_json::Value = serde_json::from_str(&planned.to).ok()?;
        Some((planned.case.clone()?, to["authority"].as_str()?.to_owned()))
    });
    match (fact.kind.as_str(), towards) {
        ("clock_started", _) => {
            let place = (fact.text("/case").to_owned(), fact.number("/clock/clock"));
            book.clocks.insert(place, fact.text("/clock/authority").to_owned());
        }
        ("attempt_started", Some(towards)) => {
            *book.requests.entry(towards).or_default().entry(id.to_owned()).or_default() += 1;
        }
        ("attempt_ended", Some(towards))
            if fact.has("/outcome/failed") && !fact.has("/outcome/failed/unknown") =>
        {
            let count = book.requests.entry(towards).or_default().entry(id.to_owned()).or_default();
            *count = count.saturating_sub(1);
        }
        // A stranger took the call: the authority has heard nothing of it.
        ("receipt_taken", Some(_))
            if fact.is("/effect")
                && (fact.text("/state") == "failed" || fact.text("/digit") == "wrong_person") =>
        {
            book.returned.insert(id.to_owned());
        }
        ("receipt_taken", Some(towards)) if KEYS.contains(&fact.text("/digit")) && fact.is("/effect") => {
            book.reached.insert(towards);
        }
        ("telephone_tried", _) if SPOKE.contains(&fact.text("/outcome")) => by_person(book, fact),
        ("telephone_graded", _) if HEARD.contains(&fact.text("/grade")) => by_person(book, fact),
        ("written_receipted" | "telephone_proved", _) => by_person(book, fact),
        _ => {}
    }
}

fn by_person(book: &mut Book, fact: &Fact) {
    if let Some(authority) = book.clocks.get(&place(fact)) {
        book.reached.insert((fact.text("/case").to_owned(), authority.clone()));
    }
}

/// Whoever comes to be known as reached after the case was ruled out is owed a correction from then.
fn is_owed_late(book: &mut Book, entry: &Entry) {
    for fact in entry.facts("ruled_out") {
        book.ruled_out.entry(fact.text("/case").to_owned()).or_default();
    }
    for fact in entry.facts("correction_owed") {
        let owed = book.ruled_out.entry(fact.text("/case").to_owned()).or_default();
        owed.insert(fact.text("/authority").to_owned());
    }
    for case in entry.facts("closed").map(|fact| fact.text("/case")).chain(suspected(entry)) {
        book.ruled_out.remove(case);
    }
    for fact in &entry.facts {
        let spoke = match fact.kind.as_str() {
            "telephone_tried" => SPOKE.contains(&fact.text("/outcome")),
            "telephone_graded" => HEARD.contains(&fact.text("/grade")),
            "written_receipted" | "telephone_proved" | "written_sent" => true,
            _ => false,
        };
        let Some(authority) = book.clocks.get(&place(fact)).filter(|_| spoke) else { continue };
        let owed = book.ruled_out.get(fact.text("/case"));
        if owed.is_some_and(|owed| !owed.contains(authority)) {
            let seq = entry.seq;
            book.complaints
                .push(format!("P10: entry {seq} owes no correction to {authority}, who was reached"));
        }
    }
}

/// Once for each authority that was reached, and for no other; late for one that comes to be known as reached.
fn is_owed(book: &mut Book, (entry, case): (&Entry, &str), late: bool) {
    let authorities: BTreeSet<String> = book
        .clocks
        .iter()
        .filter(|(place, _)| place.0 == case)
        .map(|(_, authority)| authority.clone())
        .collect();
    for authority in authorities {
        let owed = entry.facts("correction_owed");
        let owed =
            owed.filter(|fact| (fact.text("/case"), fact.text("/authority")) == (case, authority.as_str()));
        let count = owed.count();
        if late && count == 0 {
            continue;
        }
        let towards = (case.to_owned(), authority.clone());
        let none = BTreeMap::new();
        let requests = book.requests.get(&towards).unwrap_or(&none);
        let spoke = book.reached.contains(&towards);
        let arrived = requests.iter().any(|(id, count)| *count > 0 && !book.returned.contains(id));
        let tried = spoke || requests.values().any(|count| *count > 0);
        let seq = entry.seq;
        if count > 1 || (spoke || arrived) && count == 0 {
            book.complaints.push(format!("P10: entry {seq} owes {authority} {count} corrections, not one"));
        }
        if count > 0 && !tried {
            book.complaints.push(format!("P10: entry {seq} corrects what {authority} was never told"));
        }
    }
}

/// The cases that an entry raises so far that "ruled out" is not true of them.
fn suspected(entry: &Entry) -> impl Iterator<Item = &str> {
    let raised = entry.facts("case_raised");
    raised
        .filter(|fact| ["suspected", "confirmed"].contains(&fact.text("/to")))
        .map(|fact| fact.text("/case"))
}

/// What ended is not sent.
fn goes_no_more(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let planned = run.planned.get(fact.text("/notification"));
    let Some(planned) = planned.filter(|planned| planned.purpose == "correction") else { return };
    let case = planned.case.as_ref().filter(|_| fact.kind == "attempt_started");
    let Some(all) = case.and_then(|case| book.owed.get(case)) else { return };
    let says = |owed: &&Owed| {
        planned.step == owed.number.to_string() && planned.to.contains(&format!("\"{}\"", owed.authority))
    };
    if all.iter().find(says).is_some_and(|owed| owed.ended) {
        book.complaints.push(format!("P2: entry {} sends a correction that is not true", entry.seq));
    }
}

/// What becomes of a correction.
fn pays(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let (case, seq) = (fact.text("/case").to_owned(), entry.seq);
    let authority = fact.text("/authority").to_owned();
    let mut complaint = None;
    let all = book.owed.entry(case.clone()).or_default();
    let theirs = all.iter_mut().filter(|owed| owed.authority == authority);
    match fact.kind.as_str() {
        "correction_owed" => all.push(Owed::by(entry, fact)),
        "correction_ended" => {
            let still = !suspected(entry).any(|raised| raised == case);
            let mut ends = theirs.filter(|owed| owed.number == fact.number("/number") && owed.is_open());
            let none = ends.next().map(|owed| (owed.ended, owed.next) = (true, None)).is_none();
            complaint =
                (still || none).then(|| format!("P10: entry {seq} ends a correction that it may not"));
        }
        "correction_told" => {
            let mut calls = run.record.calls.iter();
            let called = calls.any(|call| {
                (call.case.as_str(), call.authority.as_str(), call.outcome) == (&*case, &*authority, "taken")
            });
            complaint =
                (!called).then(|| format!("P4: nobody told {authority} what entry {seq} says was told"));
            theirs.for_each(|owed| owed.told = true);
        }
        "correction_written" => {
            let ends = entry
                .facts
                .iter()
                .filter(|it| ["attempt_ended", "receipt_taken"].contains(&it.kind.as_str()));
            let ids: BTreeSet<String> = ends.map(|end| end.text("/notification").to_owned()).collect();
            let mut sent = run.record.sent.iter();
            let taken = sent.any(|sent| sent.taken && ids.contains(&sent.key));
            complaint = (!taken).then(|| format!("P4: no provider has the correction of entry {seq}"));
            theirs.for_each(|owed| owed.written.extend(ids.clone()));
        }
        "correction_impossible" => {
            let leads = run.site_at(seq).mails_to(&authority) && fact.text("/why") != "not_taken";
            complaint =
                leads.then(|| format!("P10: entry {seq} has no way to {authority}, and there is one"));
            theirs.for_each(|owed| owed.impossible = true);
        }
        "correction_reminded" => {
            let index = usize::try_from(fact.number("/correction")).unwrap();
            let owed = all.get_mut(index);
            // Where the clock falls back, what waits falls back with it.
            let off = owed.as_ref().is_none_or(|owed| owed.next != fact.instant("/due"));
            if off && run.record.faults.clocks_true() {
                complaint = Some(format!("P2: entry {seq} reminds of a correction off its instant"));
            }
            if let Some(owed) = owed {
                owed.next = fact.instant("/next");
                owed.reminders += 1 + fact.number("/missed");
            }
        }
        "receipt_taken" if fact.text("/state") == "failed" && fact.is("/effect") => {
            for owed in book.owed.values_mut().flatten() {
                owed.written.remove(fact.text("/notification"));
            }
        }
        "closed" => {
            let open = all.iter().any(Owed::is_open);
            complaint = open.then(|| format!("P10: entry {seq} closes a case that owes a correction"));
        }
        _ => {}
    }
    book.complaints.extend(complaint);
}

/// When all has been well for a while, each is written, or it is on record why not; and somebody is reminded of it.
fn in_the_end(run: &Run<'_>, book: &mut Book) {
    let end = run.entries.last().map_or(0, Entry::either);
    for (case, all) in &book.owed {
        for (number, owed) in all.iter().enumerate().filter(|(_, owed)| !owed.ended) {
            let authority = &owed.authority;
            if owed.written.is_empty() && !owed.impossible && owed.since < end - WITHIN {
                book.complaints.push(format!("P10: the correction of {case} is not written to {authority}"));
            }
            // One call tells them all: the newest reminds.
            let newer = all.iter().skip(number + 1).any(|other| other.authority == *authority);
            let waits = owed.next.is_some_and(|next| next > end - REMINDED_WITHIN);
            if !owed.told && !newer && !waits && owed.reminders < REMINDERS_MAX {
                book.complaints.push(format!("P10: nobody is reminded to tell {authority} of {case}"));
            }
        }
    }
}
