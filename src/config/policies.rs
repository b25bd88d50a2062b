//! Policies: who is told, in which order, and what a clock demands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Places;
use super::channels::MEDIA;
use super::daemon::KINDS;
use super::people::People;
use super::reader::{At, Table};
use crate::domain::directory::ChannelRules;
use crate::domain::names::{AuthorityId, BodyId, ChannelId, DutyRole, Kind, Medium};
use crate::domain::policy::{
    Caller, ClockPolicy, Grade, PhonePolicy, Policy, Step, Target, Unless, WrittenPolicy, WrittenProof,
};

const GRADES: [(&str, Grade); 4] = [
    ("person", Grade::Person),
    ("heard", Grade::Heard),
    ("answered", Grade::Answered),
    ("accepted", Grade::Accepted),
];

struct Reader<'p> {
    people: &'p People,
    channels: &'p [ChannelRules],
}

/// Reads `[[policy]]`.
pub(super) fn read(
    root: &Table<'_>,
    places: &Places,
    people: &People,
    channels: &[ChannelRules],
) -> BTreeMap<Kind, Arc<Policy>> {
    let reader = Reader { people, channels };
    let mut policies = BTreeMap::new();
    for table in root.tables("policy") {
        let kind = table.word("case", &KINDS);
        if kind.is_none() && !table.has("case") {
            table.missing("case", "fever, suspected or confirmed");
        }
        let idle_after = table.duration("idle_after").map(|idle| idle.value);
        let clock = table.table("clock").map(|clock| reader.clock(&clock));
        let steps: Vec<Step> = table.tables("step").iter().filter_map(|step| reader.step(step)).collect();
        if steps.is_empty() {
            table.missing("step", "at least one [[policy.step]]");
        }
        if let Some(kind) = kind {
            places.note(format!("policy:{kind:?}"), table.place());
            let policy = Policy { kind, steps, idle_after, clock };
            if policies.insert(kind, Arc::new(policy)).is_some() {
                table.missing("case", "one policy for each kind; this is the second");
            }
        }
        table.finish();
    }
    for (kind, word) in [(Kind::Fever, "fever"), (Kind::Suspected, "suspected")] {
        if !policies.contains_key(&kind) {
            root.missing(
                "policy",
                &format!("a [[policy]] with case = \"{word}\": without it nobody is told"),
            );
        }
    }
    policies
}

impl Reader<'_> {
    fn step(&self, table: &Table<'_>) -> Option<Step> {
        let after = table.duration("after");
        if after.is_none() && !table.has("after") {
            table.missing("after", "an offset from the anchor, such as 0s or 10m");
        }
        let notify = self.targets(table, "notify");
        let by = table.words("by", &MEDIA).unwrap_or_default();
        if by.is_empty() && !table.has("by") {
            table.missing("by", "media in order, such as [\"sms\", \"phone\"]");
        }
        let step = Step {
            after: after.map(|after| after.value)?,
            notify,
            by,
            wait: table.duration("wait").map_or(Duration::from_secs(45), |wait| wait.value),
            repeat_every: table.duration("repeat_every").and_then(|every| {
                if every.value < Duration::from_secs(1) {
                    table.wrong(&every, "expected at least 1s");
                    return None;
                }
                Some(every.value)
            }),
            unless: table.word("unless", &[("confirmed", Unless::Confirmed), ("taken", Unless::Taken)]),
        };
        table.tell_unknown();
        Some(step)
    }

    fn targets<'a>(&self, table: &Table<'a>, key: &'a str) -> Vec<Target> {
        let targets = table.texts(key).unwrap_or_default();
        if targets.is_empty() && !table.has(key) {
            table.missing(key, "who is told, such as [\"unit.leader\", \"duty.officer\"]");
        }
        targets.into_iter().filter_map(|target| self.target(table, &target)).collect()
    }

    fn target(&self, table: &Table<'_>, text: &At<String>) -> Option<Target> {
        let word = text.value.as_str();
        let found = match word {
            "unit.leader" => Some(Target::UnitLeader),
            "unit.liaison" => Some(Target::UnitLiaison),
            "unit.deputy" => Some(Target::UnitDeputy),
            "handler" => Some(Target::Handler),
            _ => None,
        }
        .or_else(|| {
            let role = word.strip_prefix("duty.")?;
            let known = self.people.duties.iter().any(|duty| duty.role.as_str() == role);
            known.then(|| Target::Duty(DutyRole::new(role)))
        })
        .or_else(|| {
            let person = word.strip_prefix("person:")?;
            self.people.persons.get_key_value(person).map(|(id, _)| Target::Person(id.clone()))
        })
        .or_else(|| {
            let channel = word.strip_prefix("channel:")?;
            let known = self
                .channels
                .iter()
                .any(|rules| rules.id.as_str() == channel && rules.medium == Medium::Robot);
            known.then(|| Target::Channel(ChannelId::new(channel)))
        })
        .or_else(|| self.people.bodies.contains_key(word).then(|| Target::Body(BodyId::new(word))));
        if found.is_none() {
            table.wrong(
                text,
                "expected unit.leader, unit.liaison, unit.deputy, duty.ROLE with a [[duty]], handler, the id of a [[body]], person:ID or channel:ID of a robot",
            );
        }
        found
    }

    fn clock(&self, table: &Table<'_>) -> ClockPolicy {
        let within = table.duration("within").map_or(Duration::from_mins(30), |within| within.value);
        let report_to = table.texts("report_to").unwrap_or_default();
        if report_to.is_empty() {
            table.missing("report_to", "the ids of the authorities that are owed the report");
        }
        let report_to = report_to.into_iter().filter_map(|text| {
            let known = self.people.authorities.contains_key(text.value.as_str());
            if !known {
                table.wrong(&text, "expected the id of an [[authority]]");
            }
            known.then(|| AuthorityId::new(&text.value))
        });
        let report_to = report_to.collect();
        let default_warnings =
            [15, 25].map(Duration::from_mins).into_iter().filter(|at| *at < within).collect();
        let warn_at = match table.durations("warn_at") {
            Some(given) => given.into_iter().filter_map(|at| before(table, &at, within)).collect(),
            None => default_warnings,
        };
        let warn = if table.has("warn") { self.targets(table, "warn") } else { vec![Target::Handler] };
        let warn_by = table.words("warn_by", &MEDIA).unwrap_or_else(|| vec![Medium::Sms, Medium::Phone]);
        let born_late = table.duration("born_late").map(|at| at.value);
        let born_late = born_late.unwrap_or_else(|| Duration::from_mins(10).min(within / 3));
        let written = table.table("written");
        let latest = written
            .as_ref()
            .and_then(|written| written.duration("latest"))
            .and_then(|at| before(table, &at, within))
            .unwrap_or_else(|| within * 2 / 3);
        let phone = phone(table, within, latest);
        let written = self::written(written, within, latest);
        let clock = ClockPolicy { within, report_to, warn_at, warn, warn_by, born_late, phone, written };
        table.tell_unknown();
        clock
    }
}

fn before(table: &Table<'_>, at: &At<Duration>, limit: Duration) -> Option<Duration> {
    if at.value > limit {
        table.wrong(at, format!("expected at most `within`, which is {}", crate::time::span::format(limit)));
        return None;
    }
    Some(at.value)
}

fn phone(clock: &Table<'_>, within: Duration, latest: Duration) -> PhonePolicy {
    let mut phone = PhonePolicy {
        within: None,
        call: Caller::Officer,
        daemon_after: (within / 2).min(latest),
        proof: Grade::Person,
    };
    let Some(table) = clock.table("phone") else { return phone };
    phone.within = table.duration("within").and_then(|at| before(&table, &at, within));
    let callers = [("officer", Caller::Officer), ("daemon", Caller::Daemon)];
    phone.call = table.word("call", &callers).unwrap_or(phone.call);
    if let Some(after) = table.duration("daemon_after") {
        if after.value > latest {
            let latest = crate::time::span::format(latest);
            table.wrong(&after, format!("expected at most the written report's `latest`, which is {latest}: the telephone comes first"));
        }
        phone.daemon_after = after.value;
    }
    phone.proof = table.word("proof", &GRADES).unwrap_or(phone.proof);
    table.finish();
    phone
}

fn written(table: Option<Table<'_>>, within: Duration, latest: Duration) -> WrittenPolicy {
    let mut written = WrittenPolicy {
        within: None,
        by: vec![Medium::Email],
        proof: WrittenProof::Accepted,
        after_phone: Duration::ZERO,
        latest,
        review: true,
    };
    let Some(table) = table else { return written };
    written.within = table.duration("within").and_then(|at| before(&table, &at, within));
    written.by = table.words("by", &[("email", Medium::Email)]).unwrap_or(written.by);
    let proofs = [("accepted", WrittenProof::Accepted), ("receipted", WrittenProof::Receipted)];
    written.proof = table.word("proof", &proofs).unwrap_or(written.proof);
    written.after_phone = table.duration("after_phone").map_or(written.after_phone, |after| after.value);
    written.review = table.bool("review").unwrap_or(written.review);
    table.finish();
    written
}
