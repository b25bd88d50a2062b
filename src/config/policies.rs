//! Policies: who is told, in which order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::finding::Finding;
use super::people::People;
use super::reader::Table;
use super::report::At;
use super::values::{DAY, KINDS, MEDIA};
use crate::domain::directory::ChannelRules;
use crate::domain::names::{BodyId, ChannelId, DutyRole, Kind, Medium};
use crate::domain::policy::{Policy, Step, Target, Unless};

/// The pause before the next medium.
const WAIT: Duration = Duration::from_secs(45);
/// A provider answers no faster, and no person either.
const REPEAT_LEAST: Duration = Duration::from_secs(1);
/// More steps than anybody can follow.
const STEPS_MAX: usize = 50;
/// More targets than one step is for; a body holds many people.
const TARGETS_MAX: usize = 50;

pub(super) struct Reader<'p> {
    pub(super) people: &'p People,
    channels: &'p [ChannelRules],
}

/// Reads `[[policy]]`.
pub(super) fn read(
    root: &Table<'_>,
    people: &People,
    channels: &[ChannelRules],
) -> BTreeMap<Kind, Arc<Policy>> {
    let reader = Reader { people, channels };
    let mut policies: BTreeMap<Kind, Arc<Policy>> = BTreeMap::new();
    let mut given = BTreeMap::new();
    for table in root.tables("policy") {
        table.require("case", "fever, suspected or confirmed");
        let kind = table.word("case", &KINDS);
        let idle_after = table.bounded("idle_after", Duration::from_secs(1), DAY).map(|idle| idle.value);
        let clock = table.table("clock").map(|clock| reader.clock(&clock));
        let steps = table.tables("step");
        if let Some(too_many) = steps.get(STEPS_MAX) {
            table.wrong(&too_many.whole(), "too many steps", "at most 50");
        }
        table.require("step", "at least one [[policy.step]]");
        let steps: Vec<Step> = steps.iter().filter_map(|step| reader.step(step)).collect();
        table.finish();
        let Some(kind) = kind else { continue };
        let whole = table.whole();
        if let Some(first) = given.insert(kind, whole.place.clone()) {
            let finding = Finding::mistake(&whole.place, &whole.key, "two policies for one kind of case");
            table.report.tell(finding.related(&first, "the first one stands here"));
        }
        policies.insert(kind, Arc::new(Policy { kind, steps, idle_after, clock }));
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
        table.require("after", "an offset from the anchor, such as 0s or 10m");
        let after = table.bounded("after", Duration::ZERO, DAY * 30);
        table.require("notify", "who is told, such as [\"unit.leader\", \"duty.officer\"]");
        let notify = self.targets(table, "notify");
        // A group robot is told through itself; only people need a medium.
        if notify.iter().flatten().any(|target| !matches!(target, Target::Channel(_))) {
            table.require("by", "media in order, such as [\"sms\", \"phone\"]");
        }
        let by = media(table, "by");
        let wait = table.bounded("wait", Duration::ZERO, DAY);
        let repeat = table.bounded("repeat_every", REPEAT_LEAST, DAY);
        let unless = table.word("unless", &[("confirmed", Unless::Confirmed), ("taken", Unless::Taken)]);
        table.finish();
        Some(Step {
            after: after?.value,
            notify: notify?,
            by: by.unwrap_or_default(),
            wait: wait.map_or(WAIT, |wait| wait.value),
            repeat_every: repeat.map(|repeat| repeat.value),
            unless,
        })
    }

    /// The targets under a key; `None` where there are none.
    pub(super) fn targets<'a>(&self, table: &Table<'a>, key: &'a str) -> Option<Vec<Target>> {
        let given = table.texts(key)?;
        if !(1..=TARGETS_MAX).contains(&given.len()) {
            let place = table.entry(key)?.node.place.clone();
            let finding = Finding::mistake(&place, &table.key(key), format!("{} targets", given.len()));
            table.report.tell(finding.expected(format!("1 to {TARGETS_MAX}")));
        }
        Some(given.iter().filter_map(|text| self.target(table, text)).collect())
    }

    fn target(&self, table: &Table<'_>, text: &At<String>) -> Option<Target> {
        let word = text.value.as_str();
        match word {
            "unit.leader" => return Some(Target::UnitLeader),
            "unit.liaison" => return Some(Target::UnitLiaison),
            "unit.deputy" => return Some(Target::UnitDeputy),
            "handler" => return Some(Target::Handler),
            _ => {}
        }
        if let Some(role) = word.strip_prefix("duty.") {
            if self.people.roles.contains(role) {
                return Some(Target::Duty(DutyRole::new(role)));
            }
        } else if let Some(person) = word.strip_prefix("person:") {
            if let Some((id, _)) = self.people.persons.get_key_value(person) {
                return Some(Target::Person(id.clone()));
            }
        } else if let Some(channel) = word.strip_prefix("channel:") {
            if self.robots().any(|robot| robot == channel) {
                return Some(Target::Channel(ChannelId::new(channel)));
            }
        } else if self.people.bodies.contains_key(word) {
            return Some(Target::Body(BodyId::new(word)));
        }
        let known = self.every_target();
        let expected = "unit.leader, unit.liaison, unit.deputy, duty.ROLE, handler, the id of a [[body]], \
                        person:ID, or channel:ID of a robot";
        table.dangling(text, expected, known.iter().map(String::as_str));
        None
    }

    fn robots(&self) -> impl Iterator<Item = &str> {
        self.channels.iter().filter(|rules| rules.medium == Medium::Robot).map(|rules| rules.id.as_str())
    }

    /// Every target there is but people, whom nobody misspells one letter at a time.
    fn every_target(&self) -> Vec<String> {
        let posts = ["unit.leader", "unit.liaison", "unit.deputy", "handler"].map(str::to_owned);
        let duties = self.people.roles.iter().map(|role| format!("duty.{role}"));
        let bodies = self.people.bodies.keys().map(|body| body.as_str().to_owned());
        let robots = self.robots().map(|robot| format!("channel:{robot}"));
        posts.into_iter().chain(duties).chain(bodies).chain(robots).collect()
    }
}

/// Media by which people are told, each once.
pub(super) fn media<'a>(table: &Table<'a>, key: &'a str) -> Option<Vec<Medium>> {
    let (personal, _robot) = MEDIA.split_at(3);
    let given = table.words(key, personal)?;
    let mut media = Vec::new();
    for medium in given {
        if media.contains(&medium) {
            let place = table.entry(key)?.node.place.clone();
            let finding = Finding::mistake(&place, &table.key(key), "a medium stands here twice");
            table.report.tell(finding.expected("each medium once, in order"));
        } else {
            media.push(medium);
        }
    }
    if media.is_empty() && table.texts(key).is_some_and(|texts| texts.is_empty()) {
        let place = table.entry(key)?.node.place.clone();
        let finding = Finding::mistake(&place, &table.key(key), "no medium");
        table.report.tell(finding.expected("media in order, such as [\"sms\", \"phone\"]"));
    }
    Some(media)
}
