//! Plans, and the steps taken of them.

use super::Place;
use crate::domain::case::{Plan, StepTaken};
use crate::domain::fact::{self, Fact, StepRepeated};
use crate::domain::names::CaseId;
use crate::domain::schedule::CaseDue;
use crate::domain::state::State;

impl State {
    pub(super) fn start_plan(&mut self, id: &CaseId, plan: Plan) {
        let policy = self.policies.get(&plan.policy).cloned();
        let Some(case) = self.cases.get(id) else { return };
        let index = u32::try_from(case.plans.len()).unwrap_or(u32::MAX);
        self.unschedule_where(id, |due| matches!(due, CaseDue::Step { .. } | CaseDue::Repeat { .. }));
        let anchor = plan.anchor;
        self.with_case(id, |case| {
            for earlier in &mut case.plans {
                earlier.superseded = true;
            }
            case.plans.push(plan);
        });
        let steps = policy.iter().flat_map(|policy| (0..).zip(policy.steps.iter()));
        for (step, rule) in steps {
            self.schedule(id, CaseDue::Step { plan: index, step }, anchor + rule.after);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller names every fact and sorts them by family"
    )]
    pub(super) fn apply_step(&mut self, place: Place, fact: &Fact) {
        match fact {
            Fact::StepTaken(it) => {
                let fact::StepTaken { case, plan, step, due, told, gaps, repeat_at } = &**it;
                self.unschedule(case, CaseDue::Step { plan: *plan, step: *step });
                let taken = StepTaken {
                    step: *step,
                    told: told.clone(),
                    gaps: gaps.clone(),
                    repeats: 0,
                    repeats_before: 0,
                };
                self.with_plan(case, *plan, |plan| {
                    plan.skipped.remove(step);
                    plan.taken.push(taken);
                });
                self.reschedule(case, CaseDue::Repeat { plan: *plan, step: *step }, *repeat_at);
                let names: Vec<String> = told.iter().map(ToString::to_string).collect();
                let empty = if gaps.is_empty() { "" } else { ", with gaps" };
                let what = format!("step {} tells {}{empty}", step + 1, names.join(" "));
                self.moment(place, case, what, (Some(*due), None));
            }
            Fact::StepSkipped { case, plan, step, due, .. } => {
                self.unschedule(case, CaseDue::Step { plan: *plan, step: *step });
                self.with_plan(case, *plan, |plan| {
                    plan.skipped.insert(*step);
                });
                self.moment(place, case, format!("step {} skipped", step + 1), (Some(*due), None));
            }
            Fact::StepRepeated(it) => {
                let StepRepeated { case, plan, step, repeat, due, told, next, .. } = &**it;
                self.with_plan(case, *plan, |plan| {
                    for taken in plan.taken.iter_mut().filter(|taken| taken.step == *step) {
                        taken.repeats = *repeat;
                        taken.told.clone_from(told);
                    }
                });
                self.reschedule(case, CaseDue::Repeat { plan: *plan, step: *step }, *next);
                self.moment(place, case, format!("step {} repeated", step + 1), (Some(*due), None));
            }
            _ => {}
        }
    }

    /// Changes a plan in place.
    pub(super) fn with_plan(&mut self, id: &CaseId, index: u32, change: impl FnOnce(&mut Plan)) {
        let Ok(index) = usize::try_from(index) else { return };
        self.with_case(id, |case| {
            if let Some(plan) = case.plans.get_mut(index) {
                change(plan);
            }
        });
    }
}
