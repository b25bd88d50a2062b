//! P5, a breach is always told, once and dated to its instant; P12, fair to people; P13, nobody is accused in doubt;
//! and the end of every clock once the faults have stopped (P10).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Complaints, Place, Run, place};
use crate::lines::{Entry, Fact, instant};

/// While one of these lasts, the door takes in no event.
const AT_THE_DOOR: [&str; 4] = ["holding", "vault_closed", "index_closed", "door_shut"];
/// What accuses waits this long.
const AFTER: i64 = 1_000;

#[derive(Default)]
struct Limit {
    due: i64,
    /// The instant of the proof in force.
    proved: Option<i64>,
    breached: u32,
}

#[derive(Default)]
struct Clock {
    phone: Limit,
    written: Limit,
    anchor: i64,
    born_late: bool,
    /// It started while the daemon was not armed, and has not been armed since.
    unarmed: bool,
    /// When it was withdrawn, by the earlier of the two clocks: a limit that had passed by then stays owed.
    withdrawn: Option<i64>,
    /// Each number of the authority proved to be somebody else's.
    wrong_numbers: bool,
    authority: String,
    /// It is on record that it cannot be rung, or written to, for want of a way.
    impossible: [bool; 2],
    /// Empty where it is assumed.
    unit: String,
}

#[derive(Default)]
struct Book {
    clocks: BTreeMap<Place, Clock>,
    units: BTreeMap<String, String>,
    /// When the daemon was down, and when the clock was in doubt.
    outages: Vec<(i64, i64)>,
    doubts: Vec<(i64, i64)>,
    doubt: Option<i64>,
    /// When the door was closed by each trouble, and since when it is.
    doors: Vec<(i64, i64)>,
    closed: BTreeMap<String, i64>,
    armed: bool,
    /// To which authorities nothing leads, as people were told.
    unreachable: BTreeSet<String>,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            daemon(&mut book, (entry, fact));
            armed(&book, (entry, fact), &mut complaints);
            proofs(&mut book, fact);
            breach(&mut book, (entry, fact), &mut complaints);
            lapse(run, &book, (entry, fact), &mut complaints);
        }
    }
    if book.doubt.is_some() {
        complaints
            .push("P13: the clock has been right for longer than an hour, and is still in doubt".to_owned());
    }
    for ((case, number), clock) in &book.clocks {
        for (word, limit) in [("telephone", &clock.phone), ("written", &clock.written)] {
            let owed = limit.proved.is_none_or(|at| at > limit.due);
            let withdrawn = clock.withdrawn.is_some_and(|at| at <= limit.due);
            if limit.breached == 0 && owed && !withdrawn {
                complaints
                    .push(format!("P5: no breach tells that the {word} proof of {case}/{number} was late"));
            }
        }
        lost(run, &book, ((case, *number), clock), &mut complaints);
    }
    complaints
}

/// P10: what is owed at the end, and all is well, is owed for want of a way alone; and people know.
fn lost(
    run: &Run<'_>,
    book: &Book,
    ((case, number), clock): ((&str, u64), &Clock),
    complaints: &mut Complaints,
) {
    // A clock that ran out without having been armed for an instant is told to people and left to them: it may be a
    // trial of last week, and a false report to an authority cannot be taken back.
    if !book.armed || clock.unarmed || clock.withdrawn.is_some() {
        return;
    }
    let (site, authority) = (run.site_at(u64::MAX), clock.authority.as_str());
    let [rung, mailed] = [site.numbers_of(authority) > 0, site.mails_to(authority)];
    let limits = [("telephone", &clock.phone, rung), ("written", &clock.written, mailed)];
    for ((word, limit, way), known) in limits.into_iter().zip(clock.impossible) {
        if limit.proved.is_some() || word == "telephone" && clock.wrong_numbers {
            continue;
        }
        if way {
            complaints
                .push(format!("P10: the {word} proof of {case}/{number} is still owed, and all is well"));
        } else if !known || !book.unreachable.contains(authority) {
            complaints.push(format!(
                "P10: nobody is told that no way leads to {authority} for the {word} proof of {case}/{number}"
            ));
        }
    }
}

fn daemon(book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    match fact.kind.as_str() {
        "started" if fact.has("/down") => {
            let down = (fact.instant("/down/from"), fact.instant("/down/to"));
            if let (Some(from), Some(to)) = down {
                book.outages.push((from, to));
            }
        }
        "clock_stepped" => {
            let from = fact.instant("/from").min(fact.instant("/to")).unwrap_or(0);
            book.doubt.get_or_insert(from);
        }
        "clock_trusted" => {
            if let Some(from) = book.doubt.take() {
                book.doubts.push((from, entry.at.max(from)));
            }
        }
        "trouble_began" => {
            let authority = fact.text("/trouble").strip_prefix("authority_unreachable:");
            book.unreachable.extend(authority.map(ToOwned::to_owned));
            if AT_THE_DOOR.contains(&fact.text("/trouble")) {
                let since = fact.instant("/since").or_else(|| fact.instant("/at"));
                book.closed.insert(fact.text("/trouble").to_owned(), since.unwrap_or(0));
            }
        }
        "trouble_ended" => {
            let authority = fact.text("/trouble").strip_prefix("authority_unreachable:");
            book.unreachable.remove(authority.unwrap_or_default());
            if let Some(from) = book.closed.remove(fact.text("/trouble")) {
                book.doors.push((from, entry.at.max(from)));
            }
        }
        "armed" => book.armed = true,
        "disarmed" => book.armed = false,
        "case_opened" if !fact.is("/case/unit_assumed") => {
            book.units.insert(fact.text("/case/case").to_owned(), fact.text("/case/unit").to_owned());
        }
        _ => {}
    }
}

/// P10: a clock that runs when the daemon is armed is armed with it, and pursued from there as any other.
fn armed(book: &Book, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    if fact.kind != "armed" {
        return;
    }
    for (at, clock) in &book.clocks {
        let limits = [&clock.phone, &clock.written];
        let runs = clock.withdrawn.is_none() && limits.iter().all(|limit| limit.breached == 0);
        let owes = limits.iter().any(|limit| limit.proved.is_none());
        if runs && owes && !entry.facts("clock_armed").any(|fact| place(fact) == *at) {
            let (seq, (case, number)) = (entry.seq, at);
            complaints.push(format!("P10: entry {seq} arms the daemon and not {case}/{number}, which runs"));
        }
    }
}

fn proofs(book: &mut Book, fact: &Fact) {
    if fact.kind == "clock_started" {
        let case = fact.text("/case").to_owned();
        let due = |path| fact.instant(path).unwrap_or(0);
        let clock = Clock {
            phone: Limit { due: due("/clock/phone_due"), ..Limit::default() },
            written: Limit { due: due("/clock/written_due"), ..Limit::default() },
            anchor: due("/clock/anchor"),
            born_late: fact.is("/clock/born_late"),
            unarmed: fact.is("/clock/unarmed"),
            authority: fact.text("/clock/authority").to_owned(),
            unit: book.units.get(&case).cloned().unwrap_or_default(),
            ..Clock::default()
        };
        book.clocks.insert((case, fact.number("/clock/clock")), clock);
        return;
    }
    if fact.kind == "clock_antedated" {
        let moved = (fact.text("/case").to_owned(), fact.number("/clock/clock"));
        let due = |path| fact.instant(path).unwrap_or(0);
        if let Some(clock) = book.clocks.get_mut(&moved) {
            clock.phone.due = due("/clock/phone_due");
            clock.written.due = due("/clock/written_due");
            clock.anchor = due("/clock/anchor");
            clock.born_late |= fact.is("/clock/born_late");
        }
        return;
    }
    let Some(clock) = book.clocks.get_mut(&place(fact)) else { return };
    match fact.kind.as_str() {
        "telephone_proved" => clock.phone.proved = fact.instant("/at"),
        "proof_disputed" => clock.phone.proved = None,
        "written_sent" if fact.is("/proves") => {
            clock.written.proved = clock.written.proved.or_else(|| fact.instant("/at"));
        }
        "written_receipted" if fact.is("/proves") => {
            clock.written.proved = clock.written.proved.or_else(|| fact.instant("/at"));
        }
        "written_returned" if fact.is("/unproves") => clock.written.proved = None,
        "clock_armed" => clock.unarmed = false,
        "clock_withdrawn" => clock.withdrawn = fact.instant("/at"),
        "telephone_impossible" => match fact.text("/why") {
            "wrong_numbers" => clock.wrong_numbers = true,
            "no_number" | "no_channel" => clock.impossible[0] = true,
            _ => {}
        },
        "telephone_possible" => (clock.wrong_numbers, clock.impossible[0]) = (false, false),
        "written_impossible" => clock.impossible[1] = true,
        _ => {}
    }
}

fn breach(book: &mut Book, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    if fact.kind != "clock_breached" {
        return;
    }
    let (seq, doubt) = (entry.seq, book.doubt);
    let Some(clock) = book.clocks.get_mut(&place(fact)) else {
        complaints.push(format!("P5: entry {seq} breaches a clock that never started"));
        return;
    };
    let telephone = fact.text("/proof") == "telephone";
    let limit = if telephone { &mut clock.phone } else { &mut clock.written };
    limit.breached += 1;
    if limit.breached > 1 {
        complaints.push(format!("P5: entry {seq} tells of a breach that was told before"));
    }
    if fact.instant("/due") != Some(limit.due) {
        complaints.push(format!("P5: the breach of entry {seq} is not dated to its limit"));
    }
    // What was withdrawn after a limit had passed was late all the same.
    if limit.proved.is_some_and(|at| at <= limit.due) || clock.withdrawn.is_some_and(|at| at <= limit.due) {
        complaints.push(format!("P5: entry {seq} tells of a breach where the proof was there"));
    }
    if entry.at.min(entry.steady) < limit.due + AFTER {
        complaints.push(format!("P13: entry {seq} accuses before both clocks have passed the limit"));
    }
    if doubt.is_some() {
        complaints.push(format!("P13: entry {seq} accuses while the clock is in doubt"));
    }
    let about = if telephone { "/lapse/about/telephone/case" } else { "/lapse/about/written/case" };
    let due = limit.due;
    let told = entry
        .facts("lapse_recorded")
        .any(|lapse| lapse.text(about) == fact.text("/case") && lapse.instant("/lapse/due") == Some(due));
    if !told {
        complaints.push(format!("P5: no lapse stands beside the breach of entry {seq}"));
    }
}

/// P12: an outage or a doubt that overlaps is named, and who was told late is not accused.
fn lapse(run: &Run<'_>, book: &Book, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    if fact.kind != "lapse_recorded" {
        return;
    }
    let seq = entry.seq;
    let case = ["telephone", "written", "event"]
        .iter()
        .map(|what| fact.text(&format!("/lapse/about/{what}/case")))
        .find(|case| !case.is_empty())
        .unwrap_or_default();
    let due = fact.instant("/lapse/due").unwrap_or(0);
    let clocks = book.clocks.iter().filter(|((of, _), _)| of == case).map(|(_, clock)| clock);
    let mut clocks = clocks.filter(|clock| clock.phone.due == due || clock.written.due == due);
    let Some(clock) = clocks.next_back() else {
        // An event passed on too late is dated to the clock that it started.
        return;
    };
    let excuses = fact.list("/lapse/excuses");
    let excused = |what: &str, (from, to): (i64, i64)| {
        excuses.iter().any(|excuse| {
            let text = |name: &str| excuse.get(name).and_then(|value| value.as_str()).unwrap_or("");
            text("what") == what && instant(text("from")) == Some(from) && instant(text("to")) == Some(to)
        })
    };
    let event = fact.has("/lapse/about/event");
    let until = if event { entry.steady } else { entry.either() };
    let overlaps = |(from, to): &&(i64, i64)| *from <= until && clock.anchor <= *to;
    for (what, spans) in [("outage", &book.outages), ("clock_suspect", &book.doubts)] {
        if let Some(span) = spans.iter().filter(overlaps).find(|span| !excused(what, **span)) {
            complaints.push(format!("P12: the lapse of entry {seq} does not name the {what} of {span:?}"));
        }
    }
    doors((book, seq), excuses, (clock.anchor, until), complaints);
    // A candidate says what people must look at before they accuse anybody.
    let doubted = excuses.iter().any(|excuse| excuse.get("what").is_some_and(|what| what == "clock_suspect"));
    if event && book.doubt.is_some_and(|from| from <= until) && !doubted {
        complaints.push(format!("P13: entry {seq} does not say that the clock is in doubt"));
    }
    let involved = fact.text("/lapse/person_involved");
    let site = run.site_at(seq);
    // Nobody answers for a unit that nobody named.
    let leader = Some(clock.unit.as_str()).filter(|unit| !unit.is_empty()).map(|unit| site.leader(unit));
    if event && leader.is_none() {
        complaints.push(format!("P12: an assumed unit accuses in entry {seq}"));
    }
    let right = if clock.born_late || event { leader } else { site.officer };
    if involved != right.unwrap_or_default() {
        complaints.push(format!("P12: entry {seq} accuses {involved:?}, and not {right:?}"));
    }
}

/// A door that was closed is named, from before it closed to after it opened, or so far; one that was not is not.
fn doors(
    (book, seq): (&Book, u64),
    excuses: &[Value],
    (anchor, until): (i64, i64),
    complaints: &mut Complaints,
) {
    let named: Vec<(i64, i64)> = excuses
        .iter()
        .filter(|excuse| excuse["what"] == "door")
        .filter_map(|excuse| Some((instant(excuse["from"].as_str()?)?, instant(excuse["to"].as_str()?)?)))
        .collect();
    // From when to when it was closed, and until when that is known.
    let over = book.doors.iter().map(|(from, to)| (*from, *to, *to));
    let spans: Vec<(i64, i64, i64)> =
        over.chain(book.closed.values().map(|from| (*from, i64::MAX, *from))).collect();
    for (from, to, known) in &spans {
        let overlaps = *from <= until && anchor <= *to;
        if overlaps && !named.iter().any(|it| it.0 <= *from && known <= &it.1) {
            complaints.push(format!("P12: the lapse of entry {seq} does not name the door closed at {from}"));
        }
    }
    for (from, _) in named {
        if !spans.iter().any(|span| span.0 == from) {
            complaints
                .push(format!("P12: the lapse of entry {seq} names a door that did not close at {from}"));
        }
    }
}
