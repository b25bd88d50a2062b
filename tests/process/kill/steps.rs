//! Steps: every one that fell due is on record exactly once, as taken, or as skipped because somebody handles the case.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use watchfire::time::Timestamp;

/// When the steps for one kind of case are due.
pub(super) struct Ladder {
    pub(super) kind: &'static str,
    /// From the anchor of the plan.
    pub(super) after_ms: &'static [u64],
}

/// How many steps there were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    pub(super) taken: usize,
    pub(super) skipped: usize,
    /// Taken or skipped by a daemon that was started after the plan was.
    pub(super) after_a_start: usize,
}

/// A plan of a case, and what is on record of its steps.
struct Plan {
    kind: String,
    anchor: Timestamp,
    /// How many starts there had been.
    starts: usize,
    seen: BTreeSet<u64>,
}

/// What was read so far.
#[derive(Default)]
struct Walk {
    plans: BTreeMap<(String, u64), Plan>,
    /// Cases that somebody handles.
    handled: BTreeSet<String>,
    starts: usize,
    walked: Walked,
}

/// Walks through the journal: what is lost, doubled, early, at another instant than due, or taken or skipped where it
/// should have been the other.
pub(super) fn walk(journal: &[Value], ladders: &[Ladder]) -> Result<Walked, String> {
    let mut walk = Walk::default();
    for (at, tag, body) in told(journal) {
        walk.read(tag, body, (at, ladders))?;
    }
    for ((case, number), plan) in &walk.plans {
        let steps = after(&plan.kind, ladders)?.len();
        if let Some(lost) = (0..steps as u64).find(|step| !plan.seen.contains(step)) {
            return Err(format!("step {lost} of plan {number} of {case} is lost"));
        }
    }
    Ok(walk.walked)
}

/// Every fact with its tag, and when its entry was written.
fn told(journal: &[Value]) -> impl Iterator<Item = (Timestamp, &str, &Value)> {
    journal.iter().flat_map(|entry| {
        let facts = entry["facts"].as_array().unwrap().iter();
        let tagged = facts.flat_map(|fact| fact.as_object().unwrap());
        tagged.map(|(tag, body)| (instant(&entry["at"]), tag.as_str(), body))
    })
}

fn instant(text: &Value) -> Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn after<'l>(kind: &str, ladders: &'l [Ladder]) -> Result<&'l [u64], String> {
    let ladder = ladders.iter().find(|ladder| ladder.kind == kind);
    ladder.map(|ladder| ladder.after_ms).ok_or_else(|| format!("a plan of another kind: {kind}"))
}

impl Walk {
    fn read(&mut self, tag: &str, body: &Value, told: (Timestamp, &[Ladder])) -> Result<(), String> {
        let case = || body["case"].as_str().unwrap_or_default().to_owned();
        match tag {
            "started/1" => self.starts += 1,
            "taken/1" => {
                self.handled.insert(case());
            }
            "plan_started/1" => {
                let case = case();
                let number = self.plans.keys().filter(|(of, _)| *of == case).count() as u64;
                let kind = body["kind"].as_str().unwrap_or_default().to_owned();
                let anchor = instant(&body["anchor"]);
                let plan = Plan { kind, anchor, starts: self.starts, seen: BTreeSet::new() };
                self.plans.insert((case, number), plan);
            }
            "step_taken/1" => self.step(&case(), body, (false, told))?,
            "step_skipped/1" => self.step(&case(), body, (true, told))?,
            _ => {}
        }
        Ok(())
    }

    fn step(
        &mut self,
        case: &str,
        body: &Value,
        (skipped, (at, ladders)): (bool, (Timestamp, &[Ladder])),
    ) -> Result<(), String> {
        let told = |what: &str| Err(format!("{what}: {case} {body}"));
        let (number, step) = (number(&body["plan"]), number(&body["step"]));
        let Some(plan) = self.plans.get_mut(&(case.to_owned(), number)) else {
            return told("of no plan");
        };
        let Some((_, after_ms)) = (0_u64..).zip(after(&plan.kind, ladders)?).find(|(at, _)| *at == step)
        else {
            return told("no such step");
        };
        let due = plan.anchor + Duration::from_millis(*after_ms);
        if instant(&body["due"]) != due {
            return told("due at another instant");
        }
        if at < due {
            return told("before it was due");
        }
        if !plan.seen.insert(step) {
            return told("twice");
        }
        match (skipped, self.handled.contains(case)) {
            (true, false) => return told("skipped, and nobody handles it"),
            (false, true) => return told("taken, and somebody handles it"),
            (true, true) => self.walked.skipped += 1,
            (false, false) => self.walked.taken += 1,
        }
        self.walked.after_a_start += usize::from(self.starts > plan.starts);
        Ok(())
    }
}
