//! The entries on which each excuse rests that the machine found.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Pack;
use super::message::Message;
use super::search::{body, kind};
use crate::domain::bulletin::Trouble;
use crate::domain::fact::Span;
use crate::domain::lapse::{About, Excuse, ExcuseKind, Lapse};
use crate::ledger::export::Line;
use crate::time::Timestamp;

/// A fact in the pack, and where it stands.
pub(super) struct Stands {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) fact: Value,
}

impl Pack {
    /// Every fact of the entries that are whole.
    pub(super) fn facts(&self) -> Vec<Stands> {
        let mut all = Vec::new();
        for (seq, json) in &self.found.entries {
            let Ok(entry) = serde_json::from_slice::<Value>(json) else { continue };
            let at = entry["at"].as_str().and_then(|at| at.parse().ok()).unwrap_or(Timestamp::MIN);
            let facts = entry["facts"].as_array().cloned().unwrap_or_default();
            all.extend(facts.into_iter().map(|fact| Stands { seq: *seq, at, fact }));
        }
        all
    }

    /// The entries that an excuse of a lapse rests on, as far as they are in the pack.
    pub(super) fn rests_on(&self, facts: &[Stands], line: &Line, excuse: &Excuse) -> BTreeSet<u64> {
        let lapse = &*line.lapse;
        let span = Span { from: excuse.from, to: excuse.to };
        let of_case = |kinds: &[&str]| {
            of(facts, kinds, |body| lapse.about.cases().iter().any(|id| body["case"] == id.as_str()))
        };
        match excuse.what {
            ExcuseKind::Outage => {
                let down = of(facts, &["started"], |body| overlaps(&body["down"], span));
                let held = lasting(facts, ("hold_began", "released"), span, |_| true);
                down.into_iter().chain(held).collect()
            }
            ExcuseKind::Door => {
                let doors = Trouble::AT_THE_DOOR.map(|trouble| trouble.to_string());
                troubles(facts, span, |trouble| doors.iter().any(|door| door == trouble))
            }
            ExcuseKind::Maintenance => {
                let announced = of(facts, &["maintenance_announced"], |body| overlaps(&body["span"], span));
                let is_its =
                    |body: &Value| body["maintenance"].as_u64().is_some_and(|it| announced.contains(&it));
                let ended = of(facts, &["maintenance_ended"], is_its);
                announced.into_iter().chain(ended).collect()
            }
            ExcuseKind::ClockSuspect => lasting(facts, ("clock_stepped", "clock_trusted"), span, |_| true),
            ExcuseKind::Provider => {
                let mut found = self.failed(span);
                found.extend(troubles(facts, span, |trouble| trouble.starts_with("channel_exhausted:")));
                found
            }
            ExcuseKind::BornLate => match &lapse.about {
                About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                    of(facts, &["period_opened", "period_reopened"], |body| {
                        body["period"]["period"] == slot.period.to_string()
                    })
                }
                About::Telephone { .. } | About::Written { .. } | About::Event { .. } => {
                    of_case(&["clock_started", "clock_antedated"])
                }
            },
            ExcuseKind::Unarmed => {
                let unarmed = lasting(facts, ("disarmed", "armed"), span, |_| true);
                if unarmed.is_empty() { armed_first(facts, span) } else { unarmed }
            }
            ExcuseKind::Unreachable => {
                let mut found = of_case(&["telephone_impossible", "written_impossible"]);
                found.extend(troubles(facts, span, |trouble| trouble.starts_with("authority_unreachable:")));
                found
            }
            ExcuseKind::StoodIn => stood_in(facts, line, span),
            ExcuseKind::SaidEarlier => of_case(&["telephone_proved"]),
            ExcuseKind::FilerNotReached => self.not_reached(facts, lapse),
        }
    }

    /// Attempts of messages in the pack that failed in a span.
    fn failed(&self, span: Span) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        for (_, message) in self.found.messages.ordered() {
            let failed = message.attempts.iter().filter(|attempt| attempt["outcome"].is_object());
            let failed = failed.filter(|attempt| {
                let at = attempt["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
                at.is_some_and(|at| span.from <= at && at <= span.to)
            });
            for attempt in failed {
                found.extend([&attempt["seq"], &attempt["ended_in"]].into_iter().filter_map(Value::as_u64));
            }
        }
        found
    }

    /// What was found against a report, and the messages by which its filer was to hear of it.
    fn not_reached(&self, facts: &[Stands], lapse: &Lapse) -> BTreeSet<u64> {
        let About::Report { slot, .. } = &lapse.about else { return BTreeSet::new() };
        let mut found = of(facts, &["report_contradicted"], |body| body["slot"] == slot.to_string());
        let is_theirs = |message: &&Message| {
            let to = message.what["to"]["person"].as_str();
            message.what["purpose"] == "form_doubted"
                && to.is_some_and(|to| lapse.person_involved.as_ref().is_some_and(|it| it.as_str() == to))
        };
        let messages = self.found.messages.ordered();
        for message in messages.into_iter().map(|(_, message)| message).filter(is_theirs) {
            found.insert(message.planned);
            let tried = |attempt: &Value| [attempt["seq"].as_u64(), attempt["ended_in"].as_u64()];
            found.extend(message.attempts.iter().flat_map(tried).flatten());
        }
        found
    }

    /// Puts beside each excuse of a lapse what it rests on.
    pub(super) fn excuse(&self, facts: &[Stands], line: &Line, told: &mut Value) {
        for (index, excuse) in line.lapse.excuses.iter().enumerate() {
            told["excuses"][index]["entries"] = json!(self.rests_on(facts, line, excuse));
        }
    }
}

/// The entries with a fact of these kinds that a test picks.
fn of(facts: &[Stands], kinds: &[&str], pick: impl Fn(&Value) -> bool) -> BTreeSet<u64> {
    let is_it = |it: &&Stands| kinds.contains(&kind(&it.fact)) && pick(body(&it.fact));
    facts.iter().filter(is_it).map(|it| it.seq).collect()
}

fn overlaps(told: &Value, span: Span) -> bool {
    serde_json::from_value::<Span>(told.clone()).is_ok_and(|told| told.overlaps(span))
}

/// The entries in which something that a test picks began and ended that lasted in a span; of several troubles each ends
/// by its own name.
fn lasting(
    facts: &[Stands],
    (began, ended): (&str, &str),
    span: Span,
    pick: impl Fn(&str) -> bool,
) -> BTreeSet<u64> {
    let which = |it: &Stands| body(&it.fact)["trouble"].as_str().unwrap_or_default().to_owned();
    let mut found = BTreeSet::new();
    for begin in facts.iter().filter(|it| kind(&it.fact) == began && pick(&which(it))) {
        let is_end =
            |it: &&Stands| it.seq >= begin.seq && kind(&it.fact) == ended && which(it) == which(begin);
        let end = facts.iter().find(is_end);
        let told = body(&begin.fact);
        let since = [&told["since"], &told["at"]].into_iter().find_map(|at| at.as_str()?.parse().ok());
        let from = since.unwrap_or(begin.at).min(begin.at);
        let to = end.map_or(span.to, |end| end.at);
        if from <= span.to && span.from <= to {
            found.insert(begin.seq);
            found.extend(end.map(|end| end.seq));
        }
    }
    found
}

fn troubles(facts: &[Stands], span: Span, pick: impl Fn(&str) -> bool) -> BTreeSet<u64> {
    lasting(facts, ("trouble_began", "trouble_ended"), span, pick)
}

/// Before it was armed first it was not armed.
fn armed_first(facts: &[Stands], span: Span) -> BTreeSet<u64> {
    let armed = facts.iter().find(|it| kind(&it.fact) == "armed" && it.at >= span.from);
    armed.map(|it| it.seq).into_iter().collect()
}

/// Who was away, and who had come to a post of the unit, of those named.
fn stood_in(facts: &[Stands], line: &Line, span: Span) -> BTreeSet<u64> {
    let is_named = |person: &Value| {
        person.as_str().is_some_and(|person| line.lapse.subjects().any(|named| named.as_str() == person))
    };
    let unit = line.unit().map(|unit| unit.as_str());
    let mut found = of(facts, &["absence_recorded"], |body| {
        overlaps(&body["span"], span) && (is_named(&body["person"]) || is_named(&body["stand_in"]))
    });
    found.extend(of(facts, &["posts_taken"], |body| {
        let taken = body["posts"].as_array().into_iter().flatten();
        taken.into_iter().any(|post| post["unit"].as_str() == unit && is_named(&post["person"]))
    }));
    found
}
