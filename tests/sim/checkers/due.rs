//! P2, due from facts: every due instant is an anchor and an offset; P11, a case keeps its plan; P13, no step is lost
//! or doubled.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Complaints, Run, gaps, place};
use crate::lines::{Entry, Fact};
use crate::site::Rules;

/// What is due is done within this, while the daemon runs.
const WITHIN: i64 = 1_500;

#[derive(Default)]
pub(super) struct Plan {
    /// The rules as they were when the plan began; none for a fever's plan.
    pub(super) rules: Option<Rules>,
    anchor: i64,
    began: i64,
    over: bool,
    taken: BTreeMap<u64, u32>,
    skipped: BTreeMap<u64, u32>,
}

#[derive(Default)]
struct Case {
    plans: Vec<Plan>,
    units: String,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            follow(run, &mut cases, (entry, fact), &mut complaints);
            clock(run, &cases, (entry, fact), &mut complaints);
        }
    }
    let end = run.entries.last().map_or(0, Entry::either);
    for (case, known) in &cases {
        for (number, plan) in known.plans.iter().enumerate().filter(|(_, plan)| !plan.over) {
            let steps = plan.rules.iter().flat_map(|rules| &rules.steps);
            for (step, after) in (0_u64..).zip(steps) {
                let lost = !plan.taken.contains_key(&step) && !plan.skipped.contains_key(&step);
                if lost && plan.anchor + millis(*after) < end - WITHIN {
                    complaints.push(format!("P13: step {step} of plan {number} of {case} was lost"));
                }
            }
        }
    }
    complaints
}

fn millis(span: u64) -> i64 {
    i64::try_from(span).unwrap()
}

fn follow(
    run: &Run<'_>,
    cases: &mut BTreeMap<String, Case>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    let case = fact.text("/case");
    match fact.kind.as_str() {
        "case_opened" => {
            let case = cases.entry(fact.text("/case/case").to_owned()).or_default();
            case.units = fact.text("/case/unit").to_owned();
        }
        "plan_started" => {
            let rules = (fact.text("/kind") != "fever").then(|| run.site_at(entry.seq).rules.clone());
            let anchor = fact.instant("/anchor").unwrap_or(0);
            let known = cases.entry(case.to_owned()).or_default();
            for plan in &mut known.plans {
                plan.over = true;
            }
            known.plans.push(Plan { rules, anchor, began: entry.either(), ..Plan::default() });
        }
        "clock_antedated" => {
            let number = usize::try_from(fact.number("/clock/plan")).unwrap();
            if let Some(plan) = cases.get_mut(case).and_then(|known| known.plans.get_mut(number)) {
                plan.anchor = fact.instant("/clock/anchor").unwrap_or(0);
                plan.began = entry.either();
            }
        }
        "ruled_out" | "closed" => {
            let known = cases.entry(case.to_owned()).or_default();
            for plan in &mut known.plans {
                plan.over = true;
            }
        }
        "step_taken" | "step_skipped" => {
            let Some(known) = cases.get_mut(case) else { return };
            let unit = known.units.clone();
            let number = usize::try_from(fact.number("/plan")).unwrap();
            let Some(plan) = known.plans.get_mut(number) else { return };
            step(run, plan, (entry, fact), complaints);
            gaps::resolved(run, plan, (entry, fact, &unit), complaints);
        }
        _ => {}
    }
}

/// A step is due at its anchor and offset, and is decided once.
fn step(run: &Run<'_>, plan: &mut Plan, (entry, fact): (&Entry, &Fact), complaints: &mut Complaints) {
    let (seq, number) = (entry.seq, fact.number("/step"));
    let taken = fact.kind == "step_taken";
    let book = if taken { &mut plan.taken } else { &mut plan.skipped };
    let times = book.entry(number).or_default();
    *times += 1;
    // What was skipped for a handler's sake is looked at again when the case loses its handler.
    let looked_at_again = !taken && entry.facts("handler_idle").next().is_some();
    if *times > 1 && !looked_at_again {
        complaints.push(format!("P13: step {number} is decided again in entry {seq}"));
    }
    let Some(rules) = &plan.rules else { return };
    let Some(after) = usize::try_from(number).ok().and_then(|number| rules.steps.get(number)) else {
        complaints.push(format!("P11: entry {seq} takes a step that its plan does not have"));
        return;
    };
    let (due, expected) = (fact.instant("/due").unwrap_or(0), plan.anchor + millis(*after));
    // A step comes early where nobody was left to tell at the one before, or somebody passed the case on or was a
    // stranger; those that were skipped for a handler's sake are taken when the case loses its handler.
    let pulled = entry.facts("passed").next().is_some()
        || entry.facts("wrong_person").next().is_some()
        || entry.facts("step_taken").any(|other| other.number("/step") < number && nobody(entry, other));
    let resumes = ["handler_idle", "proof_disputed", "clock_armed", "clock_antedated"];
    let resumed = entry.facts.iter().any(|other| resumes.contains(&other.kind.as_str()));
    if due != expected && !(pulled && due < expected) && !resumed {
        complaints.push(format!("P2: step {number} of entry {seq} is {} ms off its instant", due - expected));
    }
    if due == expected && !resumed {
        in_time(run, entry, expected.max(plan.began), complaints);
    }
}

/// Whether a step told no person: it found none, or for each of them only numbers that proved to be a stranger's.
fn nobody(entry: &Entry, step: &Fact) -> bool {
    let is_strangers = |to: &Value| {
        let mut skipped = entry.facts("medium_skipped").filter(|fact| fact.body.pointer("/to") == Some(to));
        let mut planned = entry.facts("notification_planned");
        skipped.any(|fact| fact.text("/why") == "wrong_person")
            && !planned.any(|fact| {
                fact.text("/notification/purpose") == "alert"
                    && fact.body.pointer("/notification/to") == Some(to)
            })
    };
    step.list("/told").iter().all(|to| to.get("person").is_none() || is_strangers(to))
}

/// What is due while the daemon runs is done at once; what fell due while it was down, when it starts.
fn in_time(run: &Run<'_>, entry: &Entry, due: i64, complaints: &mut Complaints) {
    let faults = &run.record.faults;
    if !faults.clocks_true() || faults.full > 0 {
        return;
    }
    let Some(from) = run.up_from(due) else { return };
    let late = entry.at - from.max(due);
    // A process that ends before it has journaled leaves the rest to the next one.
    let same = run.up_until(from.max(due)).is_some_and(|until| entry.at <= until);
    if same && late > WITHIN {
        complaints.push(format!(
            "P2: entry {} decides {late} ms late what was due while the daemon ran",
            entry.seq
        ));
    }
}

/// The instants of a clock, and what falls due for it.
fn clock(
    run: &Run<'_>,
    cases: &BTreeMap<String, Case>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    let seq = entry.seq;
    match fact.kind.as_str() {
        "clock_started" => {
            let plan = usize::try_from(fact.number("/clock/plan")).unwrap();
            let plan = cases.get(fact.text("/case")).and_then(|case| case.plans.get(plan));
            let Some(rules) = plan.and_then(|plan| plan.rules.as_ref()) else { return };
            let anchor = fact.instant("/clock/anchor").unwrap_or(0);
            let late = fact.is("/clock/born_late");
            let offset = |span: u64| if late { anchor } else { anchor + millis(span) };
            let daemon = if rules.officer_calls { rules.daemon_after } else { 0 };
            let expected = [
                ("/clock/due", anchor + millis(rules.within)),
                ("/clock/written_due", anchor + millis(rules.within)),
                ("/clock/phone_due", anchor + millis(rules.phone_within)),
                ("/clock/daemon_call_at", offset(daemon)),
                ("/clock/latest_at", offset(rules.latest)),
                ("/clock/warn_at", anchor + millis(rules.warn_at[0])),
            ];
            for (path, at) in expected {
                if fact.instant(path) != Some(at) {
                    complaints.push(format!("P2: {path} of entry {seq} is not the anchor and its offset"));
                }
            }
            if late != (entry.either() + millis(rules.born_late) > anchor + millis(rules.within)) {
                complaints
                    .push(format!("P12: entry {seq} does not say rightly whether the clock is born late"));
            }
        }
        "warned" => {
            let started = run.clock(&place(fact), seq);
            let Some((_, clock)) = started else { return };
            let anchor = clock.instant("/clock/anchor").unwrap_or(0);
            let rules = cases.get(fact.text("/case")).and_then(|case| {
                case.plans.get(usize::try_from(clock.number("/clock/plan")).ok()?)?.rules.as_ref()
            });
            let number = usize::try_from(fact.number("/number")).unwrap();
            let offset = rules.and_then(|rules| rules.warn_at.get(number.checked_sub(1)?));
            if offset.is_none_or(|offset| fact.instant("/due") != Some(anchor + millis(*offset))) {
                complaints.push(format!("P2: the warning of entry {seq} is not due at its offset"));
            }
        }
        _ => {}
    }
}
