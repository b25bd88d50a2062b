//! The clock of a policy: how long there is, whom it warns, and how its two proofs are brought.

use std::time::Duration;

use super::finding::Finding;
use super::policies::{Reader, media};
use super::reader::Table;
use super::report::At;
use super::values::DAY;
use crate::domain::names::{AuthorityId, DutyRole, Medium};
use crate::domain::policy::{Caller, ClockPolicy, Grade, PhonePolicy, Target, WrittenPolicy, WrittenProof};
use crate::time::span;

/// The time that the notice gives (S19).
const WITHIN: Duration = Duration::from_mins(30);
const WARN_AT: [Duration; 2] = [Duration::from_mins(15), Duration::from_mins(25)];
const BORN_LATE: Duration = Duration::from_mins(10);
const DAEMON_AFTER: Duration = Duration::from_mins(15);
const LATEST: Duration = Duration::from_mins(20);
/// More warnings than anybody heeds.
const WARNINGS_MAX: usize = 20;

const GRADES: [(&str, Grade); 4] = [
    ("person", Grade::Person),
    ("heard", Grade::Heard),
    ("answered", Grade::Answered),
    ("accepted", Grade::Accepted),
];

/// A limit that other times must keep, and what it is called.
#[derive(Clone)]
struct Limit {
    at: At<Duration>,
    name: &'static str,
}

impl Reader<'_> {
    pub(super) fn clock(&self, table: &Table<'_>) -> ClockPolicy {
        let within = table.bounded("within", Duration::from_secs(1), DAY * 30);
        let within = Limit { at: within.unwrap_or_else(|| table.whole().map(|()| WITHIN)), name: "within" };
        let report_to = self.authorities(table);
        let warn_at = warn_at(table, &within);
        let warn = self.targets(table, "warn").unwrap_or_else(|| self.warned());
        let warn_by = media(table, "warn_by").unwrap_or_else(|| vec![Medium::Sms, Medium::Phone]);
        let born_late = at_most(table, "born_late", BORN_LATE, &within).value;
        let (phone, written) = (table.table("phone"), table.table("written"));
        let (written, latest) = self::written(table, written.as_ref(), &within);
        let phone = self::phone(table, phone.as_ref(), &within, &latest);
        table.finish();
        ClockPolicy { within: within.at.value, report_to, warn_at, warn, warn_by, born_late, phone, written }
    }

    fn authorities(&self, table: &Table<'_>) -> Vec<AuthorityId> {
        let expected = "the ids of the authorities that are owed the report";
        table.require("report_to", expected);
        let given = table.texts("report_to").unwrap_or_default();
        if let (true, Some(entry)) = (given.is_empty(), table.entry("report_to")) {
            let finding = Finding::mistake(&entry.node.place, &table.key("report_to"), "nobody to report to");
            table.report.tell(finding.expected(expected));
        }
        let known = &self.people.authorities;
        let mut authorities: Vec<AuthorityId> = Vec::new();
        for text in given {
            if !known.contains_key(text.value.as_str()) {
                table.dangling(&text, "the id of an [[authority]]", known.keys().map(AuthorityId::as_str));
            } else if authorities.iter().any(|id| id.as_str() == text.value) {
                table.wrong(&text, "stands here twice", "each authority once: it has one clock");
            } else {
                authorities.push(AuthorityId::new(&text.value));
            }
        }
        authorities
    }

    /// Who is warned where nobody is named: the handler, and the duty officer where there is such a role.
    fn warned(&self) -> Vec<Target> {
        let officer = DutyRole::new("officer");
        let on_duty = self.people.roles.contains(officer.as_str());
        std::iter::once(Target::Handler).chain(on_duty.then_some(Target::Duty(officer))).collect()
    }
}

fn warn_at(table: &Table<'_>, within: &Limit) -> Vec<Duration> {
    let Some(given) = table.durations("warn_at") else {
        if !table.has("warn_at") {
            for default in WARN_AT.into_iter().filter(|at| *at >= within.at.value) {
                default_too_late(table, "warn_at", default, within);
            }
        }
        return WARN_AT.to_vec();
    };
    if let Some(too_many) = given.get(WARNINGS_MAX) {
        table.wrong(too_many, "too many warnings", "at most 20");
    }
    for at in given.iter().filter(|at| at.value >= within.at.value) {
        table.wrong(
            at,
            "too late to warn",
            format!("less than within, which is {}", span::format(within.at.value)),
        );
    }
    let mut instants: Vec<Duration> = given.into_iter().map(|at| at.value).collect();
    instants.sort();
    instants.dedup();
    instants
}

/// A time that may not be later than a limit; a default that would be is a mistake at the limit.
fn at_most<'a>(table: &Table<'a>, key: &'a str, default: Duration, limit: &Limit) -> At<Duration> {
    let Some(at) = table.duration(key) else {
        if !table.has(key) && default > limit.at.value {
            default_too_late(table, key, default, limit);
        }
        return table.whole().map(|()| default);
    };
    if at.value > limit.at.value {
        let expected = format!("at most {}, which is {}", limit.name, span::format(limit.at.value));
        table.wrong(&at, "too late", expected);
    }
    at
}

/// Nothing is shortened silently: what does not fit the limit is to be written down.
fn default_too_late(table: &Table<'_>, key: &str, default: Duration, limit: &Limit) {
    let (limit_at, default) = (span::format(limit.at.value), span::format(default));
    let wrong =
        format!("{} of {limit_at} leaves no room for the default of {key}, which is {default}", limit.name);
    let finding = Finding::mistake(&limit.at.place, &limit.at.key, wrong);
    table.report.tell(finding.help(format!("add `{key}`, of at most {limit_at}")).following());
}

fn written(clock: &Table<'_>, table: Option<&Table<'_>>, within: &Limit) -> (WrittenPolicy, Limit) {
    let own = table.and_then(|table| table.has("within").then(|| at_most(table, "within", WITHIN, within)));
    let limit =
        own.clone().map_or_else(|| within.clone(), |at| Limit { at, name: "the written report's within" });
    let latest = match table {
        Some(table) => at_most(table, "latest", LATEST, &limit),
        None => {
            if LATEST > limit.at.value {
                default_too_late(clock, "written.latest", LATEST, &limit);
            }
            clock.whole().map(|()| LATEST)
        }
    };
    let mut written = WrittenPolicy {
        within: own.map(|own| own.value),
        by: vec![Medium::Email],
        proof: WrittenProof::Accepted,
        after_phone: Duration::ZERO,
        latest: latest.value,
        review: true,
    };
    if let Some(table) = table {
        written.by = table.words("by", &[("email", Medium::Email)]).unwrap_or(written.by);
        let proofs = [("accepted", WrittenProof::Accepted), ("receipted", WrittenProof::Receipted)];
        written.proof = table.word("proof", &proofs).unwrap_or(written.proof);
        written.after_phone = at_most(table, "after_phone", Duration::ZERO, &limit).value;
        written.review = table.bool("review").unwrap_or(written.review);
        table.finish();
    }
    (written, Limit { at: latest, name: "the written report's latest" })
}

fn phone(clock: &Table<'_>, table: Option<&Table<'_>>, within: &Limit, latest: &Limit) -> PhonePolicy {
    let mut phone =
        PhonePolicy { within: None, call: Caller::Officer, daemon_after: DAEMON_AFTER, proof: Grade::Person };
    let Some(table) = table else {
        if DAEMON_AFTER > latest.at.value {
            default_too_late(clock, "phone.daemon_after", DAEMON_AFTER, latest);
        }
        return phone;
    };
    let own = table.has("within").then(|| at_most(table, "within", WITHIN, within));
    let callers = [("officer", Caller::Officer), ("daemon", Caller::Daemon)];
    phone.call = table.word("call", &callers).unwrap_or(phone.call);
    // The telephone comes first: the daemon must have rung before the report may go at its latest.
    phone.daemon_after = if phone.call == Caller::Daemon && !table.has("daemon_after") {
        DAEMON_AFTER.min(latest.at.value)
    } else {
        at_most(table, "daemon_after", DAEMON_AFTER, latest).value
    };
    if let Some(own) = &own
        && phone.call == Caller::Officer
        && phone.daemon_after >= own.value
    {
        table.wrong(own, "over before the daemon rings", "more than daemon_after");
    }
    phone.within = own.map(|own| own.value);
    phone.proof = table.word("proof", &GRADES).unwrap_or(phone.proof);
    table.finish();
    phone
}
