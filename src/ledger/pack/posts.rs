//! Who held the posts, as the journal says: who owed a report, who filed it and led the unit then, who was away and who
//! stood in, who had come to a post; and, as the configuration in force had it, who held the unit's posts and was on duty.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Pack;
use super::excused::Stands;
use super::search::{body, kind};
use crate::domain::directory::{Directory, Unit};
use crate::domain::lapse::About;
use crate::domain::names::{DutyRole, PersonId, UnitId};
use crate::ledger::UnitNames;
use crate::ledger::export::Line;
use crate::time::Timestamp;

/// The duty posts that answer for a case.
const ON_DUTY: [&str; 2] = ["officer", "leader"];

/// A load of the configuration: its entry, when, its hash, and its sealed copy.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Loaded {
    pub(in crate::ledger) seq: u64,
    pub(in crate::ledger) at: Timestamp,
    pub(in crate::ledger) sha256: String,
    pub(in crate::ledger) copy: Option<String>,
}

/// What a copy of a configuration says of people.
#[derive(Debug)]
pub struct Posts {
    /// Who holds which post, and when; nothing where the copy had no room for it.
    pub directory: Option<Directory>,
    /// What everybody is called.
    pub names: BTreeMap<PersonId, String>,
    /// What every unit was called that was ever named, and from when.
    pub units: UnitNames,
}

impl Pack {
    /// The load that was in force at an instant, as far as it is on record.
    fn in_force(&self, at: Timestamp) -> Option<&Loaded> {
        self.loads.iter().rfind(|load| load.at <= at)
    }

    /// The copies that were in force when what is packed was due, and the last of all.
    pub(super) fn wanted_copies(&self) -> BTreeSet<String> {
        let due = self.lapses.iter().filter_map(|line| self.in_force(line.lapse.due));
        due.chain(self.loads.last()).filter_map(|load| load.copy.clone()).collect()
    }

    /// What somebody was called when it was due; else by the last configuration on record that names them.
    pub(super) fn called(&self, person: &PersonId) -> Option<String> {
        let named = self.lapses.iter().filter(|line| line.lapse.names(person));
        let then =
            named.filter_map(|line| self.in_force(line.lapse.due)).filter_map(|load| load.copy.as_ref());
        let then = then.filter_map(|copy| self.copies.get(copy));
        then.chain(self.copies.values()).find_map(|posts| posts.names.get(person)).cloned()
    }

    /// What a unit was called at an instant, by the last configuration on record that knows it.
    pub(super) fn unit_called(&self, unit: &UnitId, at: Timestamp) -> Option<String> {
        let copies = self.loads.iter().rev().filter_map(|load| self.copies.get(load.copy.as_ref()?));
        let mut called = copies.filter_map(|posts| posts.units.at(unit, at));
        called.next().map(ToOwned::to_owned)
    }

    /// Who held the posts of the units concerned, and of no others.
    pub(super) fn posts(&self, facts: &[Stands]) -> Vec<Value> {
        let mut posts = Vec::new();
        for it in facts {
            let told = match kind(&it.fact) {
                "period_fell_due" => self.owing(body(&it.fact)),
                "report_filed" => self.filed_by(body(&it.fact)),
                "posts_taken" => self.taken(body(&it.fact)),
                "absence_recorded" => {
                    let away = body(&it.fact);
                    Some(
                        json!({ "person": away["person"], "span": away["span"], "stand_in": away["stand_in"] }),
                    )
                }
                "absence_ended" => {
                    let back = body(&it.fact);
                    Some(json!({ "person": back["person"], "back_at": back["at"] }))
                }
                _ => None,
            };
            let Some(mut told) = told else { continue };
            told["seq"] = json!(it.seq);
            told["at"] = json!(it.at);
            told["fact"] = json!(kind(&it.fact));
            posts.push(told);
        }
        posts
    }

    fn owing(&self, body: &Value) -> Option<Value> {
        let mut owing = body["owing"].as_array()?.clone();
        owing.retain(|owing| self.concerns_unit(&owing["unit"]));
        Some(json!({ "period": body["period"], "owing": owing }))
    }

    fn filed_by(&self, body: &Value) -> Option<Value> {
        let report = &body["report"];
        let is_its = |line: &Line| match &line.lapse.about {
            About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                report["slot"] == slot.to_string()
            }
            About::Telephone { .. } | About::Written { .. } | About::Event { .. } => false,
        };
        self.lapses.iter().any(is_its).then(|| {
            let filed = &report["filed"];
            json!({ "slot": report["slot"], "by": filed["actor"]["by"], "leader": filed["leader"] })
        })
    }

    fn taken(&self, body: &Value) -> Option<Value> {
        let mut posts = body["posts"].as_array()?.clone();
        posts.retain(|post| self.concerns_unit(&post["unit"]));
        Some(json!({ "posts": posts }))
    }

    fn concerns_unit(&self, unit: &Value) -> bool {
        let is_it = |line: &Line| line.unit().is_some_and(|it| unit == it.as_str());
        self.lapses.iter().any(is_it)
    }

    /// The posts of each lapse's unit and the duty posts at the due instant, as the configuration in force had them.
    pub(super) fn posts_configured(&self) -> Vec<Value> {
        let told = |line: &Line| {
            let due = line.lapse.due;
            let load = self.in_force(due)?;
            let posts = load.copy.as_ref().and_then(|copy| self.copies.get(copy));
            let person = |id: &PersonId| {
                let name = posts.and_then(|posts| posts.names.get(id));
                json!({ "person": id, "name": name })
            };
            let directory = posts.and_then(|posts| posts.directory.as_ref());
            let unit = line.unit().and_then(|unit| directory?.units.get(unit));
            let held = |unit: &Unit| {
                json!({
                    "leader": person(&unit.leader), "liaison": person(&unit.liaison),
                    "deputy": unit.deputy.as_ref().map(person),
                })
            };
            let mut duty = serde_json::Map::new();
            for role in ON_DUTY {
                let holder = directory.and_then(|directory| directory.on_duty(&DutyRole::new(role), due));
                duty.insert(role.to_owned(), json!(holder.as_ref().map(person)));
            }
            Some(json!({
                "lapse": line.lapse.lapse, "due": due, "unit": line.unit(), "loaded_in": load.seq,
                "loaded_at": load.at, "sha256": load.sha256, "opened": posts.is_some(),
                "posts": unit.map(held), "duty": duty,
            }))
        };
        self.lapses.iter().filter_map(told).collect()
    }
}
