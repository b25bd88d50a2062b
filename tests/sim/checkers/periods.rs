//! P7, a slot ends exactly once, for every unit that owes it, every day; P5 and P12: on time is on time, by the instant
//! that was due and as far as that moved for a door that was closed, late is so many seconds late, and missing is what
//! was not there; P2: whoever is reminded has something to report.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact, instant};
use crate::offices::{COUNT, FORMS, GRACE, MISSING, Offices};
use crate::periods::BEGINS_AT;
use crate::site::{BEGINNING, HOUR, MINUTE};

const DAY: i64 = 24 * 3_600_000;
/// A door that was closed for so long within so long before the due instant moves it to so long after it is open.
const NOTICED: i64 = 60_000;
const LAST_PART: i64 = 30 * 60_000;
/// The daemon knows when it died by its last mark alone, and marks that it lives when it wakes.
const MARKED: i64 = 36_000;

/// So long somebody has to answer who was asked about a report.
const TO_ANSWER: i64 = 30 * 60_000;

/// How a slot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    OnTime,
    Late,
    Exempt,
    Missing,
}

/// A form on a day.
struct Period {
    opens: i64,
    opened_due: i64,
    due: i64,
    units: BTreeSet<String>,
    ends: BTreeMap<String, End>,
    revisions: BTreeMap<String, u64>,
    /// When a first report was asked about in place of being taken.
    asked: BTreeMap<String, i64>,
    fell_due: bool,
    closed: bool,
}

impl Period {
    fn awaited(&self) -> BTreeSet<&str> {
        self.units.iter().filter(|unit| !self.ends.contains_key(*unit)).map(String::as_str).collect()
    }
}

#[derive(Default)]
struct Book {
    periods: BTreeMap<String, Period>,
    /// The last day that each form was opened for, in days since the beginning.
    last: BTreeMap<String, i64>,
    /// When the door was closed, in milliseconds since 1970.
    closed: Vec<(i64, i64)>,
    /// Of which period a message is.
    about: BTreeMap<String, String>,
    /// Who was sent which reminder of which instant, by the message that led.
    reminded: BTreeMap<(String, String, i64), String>,
    complaints: Complaints,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    if run.site_at(u64::MAX).offices.is_none() {
        return Vec::new();
    }
    let mut book = Book { closed: closures(run), ..Book::default() };
    for entry in &run.entries {
        for fact in &entry.facts {
            period(run, &mut book, (entry, fact));
            if fact.kind == "attempt_started" {
                reminder(run, &mut book, (entry, fact));
            }
        }
    }
    in_the_end(run, &mut book);
    book.complaints
}

/// When nobody could file: the daemon was down, or put on record that it takes nothing in.
fn closures(run: &Run<'_>) -> Vec<(i64, i64)> {
    let beginning = instant(BEGINNING).unwrap();
    let mut closed = Vec::new();
    for pair in run.record.up.windows(2) {
        closed.push((beginning + millis(pair[0].1), beginning + millis(pair[1].0)));
    }
    let mut since = None;
    for entry in &run.entries {
        if entry.facts("trouble_began").any(|fact| fact.text("/trouble") == "vault_closed") {
            since = Some(entry.at);
        }
        if entry.facts("trouble_ended").any(|fact| fact.text("/trouble") == "vault_closed") {
            closed.extend(since.take().map(|from| (from, entry.at)));
        }
    }
    closed
}

fn period(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let seq = entry.seq;
    let mut wrong = Vec::new();
    match fact.kind.as_str() {
        "notification_planned" => {
            let (id, period) = ("/notification/id", "/notification/subject/period");
            book.about.insert(fact.text(id).to_owned(), fact.text(period).to_owned());
        }
        "period_opened" => wrong = opened(run, book, (entry, fact)),
        "period_reopened" => wrong = reopened(run, book, (entry, fact)),
        "period_withdrawn" => wrong.push(format!("P7: entry {seq} withdraws what everybody owes")),
        "due_moved" => {
            let (from, to) = (fact.instant("/moved/from").unwrap(), fact.instant("/moved/to").unwrap());
            let closed = book.closed.clone();
            let Some(period) = book.periods.get_mut(fact.text("/period")) else { return };
            // Behind a door that is closed still, now counts as the end.
            let shut = closed.iter().filter(|(begin, end)| *begin < from && *end > from - LAST_PART);
            let apart = shut.map(|(_, end)| (to - (*end).min(entry.at) - LAST_PART).abs()).min();
            if period.fell_due || from != period.due || to <= from {
                wrong.push(format!("P7: entry {seq} moves what is not to be moved"));
            }
            if covered(&closed, from) < NOTICED - MARKED || apart.is_none_or(|apart| apart > MARKED) {
                wrong.push(format!("P5: entry {seq} moves a due instant, and no door was closed that long"));
            }
            period.due = to;
        }
        "report_questioned" => {
            let (name, unit) = slot(fact.text("/slot"));
            let at = fact.instant("/questioned/at").unwrap();
            if let Some(period) = book.periods.get_mut(&name) {
                period.asked.insert(unit, at);
            }
        }
        "report_filed" => wrong.extend(filed(book, (entry, fact))),
        "slot_exempted" => {
            let (name, unit) = slot(fact.text("/slot"));
            let period = book.periods.get_mut(&name);
            let ended = period.is_none_or(|period| period.ends.insert(unit, End::Exempt).is_some());
            wrong.extend(ended.then(|| format!("P7: entry {seq} excuses a slot that had ended")));
        }
        "period_fell_due" => wrong = fell_due(run, book, (entry, fact)),
        "period_closed" => wrong = closed(book, (entry, fact)),
        _ => {}
    }
    book.complaints.extend(wrong);
}

/// A period opens once, for the units that owe it, due as the rules say that are in force; and no day is left out.
fn opened(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) -> Complaints {
    let (seq, name) = (entry.seq, fact.text("/period/period").to_owned());
    let form = name.split('.').next().unwrap().to_owned();
    let offices = run.site_at(seq).offices.unwrap();
    let due = fact.instant("/period/due").unwrap();
    let (day, right) = rightly_due(offices.hour, due);
    let mut wrong = Vec::new();
    if due != right || form != FORMS[0] && day.rem_euclid(7) > 4 {
        wrong.push(format!("P5: entry {seq} opens {name} for a wrong instant"));
    }
    let worked = |day: i64| form == FORMS[0] || day.rem_euclid(7) < 5;
    let left_out = book.last.get(&form).is_some_and(|last| (last + 1..day).any(worked) || day <= *last);
    if left_out || !book.last.contains_key(&form) && day != 0 {
        wrong.push(format!("P7: entry {seq} opens {name} and leaves out a day, or comes to one again"));
    }
    book.last.insert(form.clone(), day);
    let units: BTreeSet<String> = texts(fact, "/period/units").collect();
    let owing: BTreeSet<String> =
        (0..COUNT).filter(|number| Offices::owes(&form, *number)).map(Offices::unit).collect();
    if units != owing {
        wrong.push(format!("P7: entry {seq} opens {name} for other units than owe it"));
    }
    let period = Period {
        opens: fact.instant("/period/opens").unwrap(),
        opened_due: due,
        due,
        units,
        ends: BTreeMap::new(),
        revisions: BTreeMap::new(),
        asked: BTreeMap::new(),
        fell_due: false,
        closed: false,
    };
    if book.periods.insert(name.clone(), period).is_some() {
        wrong.push(format!("P7: entry {seq} opens {name} again"));
    }
    wrong
}

/// The day that an instant lies on, and when its reports are due.
fn rightly_due(hour: u64, at: i64) -> (i64, i64) {
    let at_eight = instant(BEGINNING).unwrap();
    let day = (at - at_eight + millis(BEGINS_AT * HOUR)).div_euclid(DAY);
    (day, at_eight + day * DAY + millis((hour - BEGINS_AT) * HOUR))
}

/// What somebody opened by reporting early goes by other rules until it would have opened: on its day, and as they say.
fn reopened(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) -> Complaints {
    let seq = entry.seq;
    let due = fact.instant("/period/due").unwrap();
    let (day, right) = rightly_due(run.site_at(seq).offices.unwrap().hour, due);
    let Some(period) = book.periods.get_mut(fact.text("/period/period")) else {
        return vec![format!("P7: entry {seq} is of no period")];
    };
    let same_day = rightly_due(BEGINS_AT, period.due).0 == day;
    let early = !period.fell_due && period.opens > entry.at;
    (period.due, period.opened_due) = (due, due);
    period.opens = fact.instant("/period/opens").unwrap();
    let wrong = !same_day || !early || due != right;
    let complaint = || format!("P5: entry {seq} opens again what is open, or for a wrong instant");
    wrong.then(complaint).into_iter().collect()
}

/// The first report of a slot ends it, by the instant at which its last byte was read; a later one adds.
fn filed(book: &mut Book, (entry, fact): (&Entry, &Fact)) -> Option<String> {
    let seq = entry.seq;
    let (name, unit) = slot(fact.text("/report/slot"));
    let received = fact.instant("/report/filed/received").unwrap_or(i64::MAX);
    let period = book.periods.get_mut(&name).filter(|period| period.units.contains(&unit));
    let Some(period) = period else { return Some(format!("P7: entry {seq} files where nothing is owed")) };
    let revision = period.revisions.entry(unit.clone()).or_default();
    *revision += 1;
    if *revision != fact.number("/report/filed/revision") {
        return Some(format!("P7: entry {seq} has a wrong revision"));
    }
    // Who answers what they were asked is as punctual as they were.
    let asked = period.asked.get(&unit).filter(|at| (**at..=*at + TO_ANSWER).contains(&received));
    let received = asked.copied().unwrap_or(received);
    let late = received > period.due + millis(GRACE);
    let (state, late_by) = (fact.text("/report/state"), fact.number("/report/late_by_s"));
    let said = match state {
        "on_time" => End::OnTime,
        "late" => End::Late,
        _ => End::Missing,
    };
    let known = period.ends.get(&unit).copied();
    let right = match known {
        Some(End::Exempt) => return Some(format!("P12: entry {seq} ends a slot that was excused")),
        Some(end) => end,
        None if !late => End::OnTime,
        None => End::Late,
    };
    // One that was on record as missing is known to be late by so much from its first report on.
    let first = *revision == 1;
    // A second that has begun counts.
    let owed = u64::try_from((received - period.due + 999).div_euclid(1_000)).unwrap_or(0);
    let off = first && late_by != if right == End::OnTime { 0 } else { owed };
    period.ends.insert(unit, right);
    (said != right || off).then(|| {
        format!("P5: entry {seq} says {state}, late by {late_by} s, of what is {right:?}, late by {owed} s")
    })
}

/// Who owes a report is put on record when it is due, with those who hold the posts; not behind a closed door.
fn fell_due(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) -> Complaints {
    let seq = entry.seq;
    let offices = run.site_at(seq).offices.unwrap();
    let shut = book.closed.clone();
    let Some(period) = book.periods.get_mut(fact.text("/period")) else {
        return vec![format!("P7: entry {seq} is of no period")];
    };
    let mut wrong = Vec::new();
    if period.fell_due || entry.at < period.due {
        wrong.push(format!("P7: entry {seq} falls due before its time, or twice"));
    }
    if covered(&shut, period.due) > NOTICED + MARKED {
        wrong.push(format!("P5: entry {seq} falls due, and its door was closed"));
    }
    period.fell_due = true;
    let owing = fact.list("/owing");
    let units: BTreeSet<&str> = owing.iter().filter_map(|owing| owing["unit"].as_str()).collect();
    if units != period.awaited() {
        wrong.push(format!("P12: entry {seq} names others than owe a report"));
    }
    for one in owing {
        let number: u32 = one["unit"].as_str().unwrap().trim_start_matches('u').parse().unwrap();
        let posts = (one["liaison"].as_str(), one["leader"].as_str());
        let (liaison, leader) = (offices.liaison(number), Offices::leader(number));
        if posts != (Some(liaison.as_str()), Some(leader.as_str())) {
            wrong.push(format!("P12: entry {seq} names {posts:?} for unit {number}"));
        }
    }
    wrong
}

/// What is not there is missing, and nothing else is.
fn closed(book: &mut Book, (entry, fact): (&Entry, &Fact)) -> Complaints {
    let seq = entry.seq;
    let Some(period) = book.periods.get_mut(fact.text("/closed/period")) else {
        return vec![format!("P7: entry {seq} is of no period")];
    };
    let mut wrong = Vec::new();
    if period.closed || !period.fell_due || entry.at < period.due + millis(MISSING) {
        wrong.push(format!("P7: entry {seq} closes before its time, or twice"));
    }
    period.closed = true;
    let missing: BTreeSet<String> = texts(fact, "/closed/missing").collect();
    if missing.iter().map(String::as_str).collect::<BTreeSet<&str>>() != period.awaited()
        || fact.has("/closed/gone")
    {
        wrong.push(format!("P12: entry {seq} says missing of others than are"));
    }
    period.ends.extend(missing.into_iter().map(|unit| (unit, End::Missing)));
    wrong
}

/// A reminder goes to whoever has something to report still, once for each instant over all forms.
fn reminder(run: &Run<'_>, book: &mut Book, (entry, fact): (&Entry, &Fact)) {
    let lead = fact.text("/notification");
    let Some(planned) = run.planned.get(lead) else { return };
    if !["form_due", "form_overdue"].contains(&planned.purpose.as_str()) {
        return;
    }
    let seq = entry.seq;
    let to: serde_json::Value = serde_json::from_str(&planned.to).unwrap();
    let person = to["person"].as_str().unwrap_or_default();
    let theirs = |unit: &str| {
        let number: u32 = unit.trim_start_matches('u').parse().unwrap();
        let liaisons = [Offices::AT_FIRST, Offices::LATER].map(|offices| offices.liaison(number));
        if planned.purpose == "form_due" {
            liaisons.iter().any(|liaison| liaison == person)
        } else {
            Offices::leader(number) == person
        }
    };
    let names = run.carried(fact).filter_map(|id| book.about.get(id));
    let mut open = names.filter_map(|name| book.periods.get(name)).filter(|period| !period.closed);
    let owes = open.any(|period| {
        let is_time = (entry.at < period.due) == (planned.purpose == "form_due");
        is_time && period.awaited().into_iter().any(theirs)
    });
    if !owes {
        book.complaints.push(format!("P2: entry {seq} reminds {person}, who owes nothing"));
    }
    let moment = (person.to_owned(), planned.purpose.clone(), planned.due);
    let known = book.reminded.entry(moment).or_insert_with(|| lead.to_owned());
    if known != lead {
        book.complaints.push(format!("P14: entry {seq} reminds {person} twice of one instant"));
    }
}

/// Every day has its periods, and each is closed in its time.
fn in_the_end(run: &Run<'_>, book: &mut Book) {
    let end = run.entries.last().map_or(0, Entry::either);
    for (name, period) in &book.periods {
        if !period.closed && period.due + millis(MISSING + 10 * MINUTE) < end {
            book.complaints.push(format!("P7: {name} is not closed"));
        }
        if period.closed && !period.awaited().is_empty() {
            book.complaints.push(format!("P7: a slot of {name} has no end"));
        }
        if period.due < period.opened_due {
            book.complaints.push(format!("P5: {name} was brought forward"));
        }
    }
    for form in FORMS {
        let days = (end - instant(BEGINNING).unwrap()).div_euclid(DAY);
        let last = book.last.get(form).copied().unwrap_or(-1);
        // A weekend and the day on which the run ends may lie behind it.
        if last + 3 < days {
            book.complaints.push(format!("P7: {form} is opened for {last} days of {days}"));
        }
    }
}

/// For how long within the last half hour before an instant a door was closed.
fn covered(closed: &[(i64, i64)], due: i64) -> i64 {
    let mut within: Vec<(i64, i64)> =
        closed.iter().map(|(from, to)| ((*from).max(due - LAST_PART), (*to).min(due))).collect();
    within.retain(|(from, to)| to > from);
    within.sort_unstable();
    let (mut sum, mut until) = (0, i64::MIN);
    for (from, to) in within {
        sum += (to - from.max(until)).max(0);
        until = until.max(to);
    }
    sum
}

/// `daily.u017.2026-11-23.1`: the period, and the unit.
fn slot(name: &str) -> (String, String) {
    let mut parts = name.split('.');
    let (form, unit) = (parts.next().unwrap(), parts.next().unwrap());
    let rest: Vec<&str> = parts.collect();
    (format!("{form}.{}", rest.join(".")), unit.to_owned())
}

fn texts<'a>(fact: &'a Fact, path: &str) -> impl Iterator<Item = String> + use<'a> {
    let all: Vec<String> =
        fact.list(path).iter().filter_map(|value| value.as_str()).map(ToOwned::to_owned).collect();
    all.into_iter()
}

fn millis(span: u64) -> i64 {
    i64::try_from(span).unwrap()
}
