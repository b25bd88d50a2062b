//! Plans: the steps of a policy, their repeats, and the media by which a step reaches a person.

use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use super::addressed::Addressed;
use super::notify::Wish;
use crate::domain::bulletin::Trouble;
use crate::domain::case::{Case, Plan, StepTaken};
use crate::domain::fact::{
    self, CancelledBecause, Fact, Gap, RaisedBy, SkippedBecause, StepRepeated, Unreachable,
};
use crate::domain::names::{CaseId, Kind, Medium, PersonId, Recipient};
use crate::domain::notification::{Notification, Place, Purpose, Subject};
use crate::domain::policy::{Policy, Step, Unless};
use crate::domain::schedule::CaseDue;
use crate::time::Timestamp;

/// So often a step is repeated at the pace of its policy: a day at the usual five minutes.
const PROMPT_MAX: u32 = 288;
/// After that it is repeated at this pace, where the policy has no slower one.
const SLOW: Duration = Duration::from_hours(1);
/// A step is repeated at most so often: for a month after its prompt repeats.
const REPEATS_MAX: u32 = PROMPT_MAX + 30 * 24;

impl Draft<'_> {
    /// Raises a case: what was confirmed before is void, and a plan of its own begins.
    pub(super) fn raise(&mut self, id: &CaseId, to: Kind, since: Timestamp, why: RaisedBy) {
        let Some(from) = self.state.case(id).map(|case| case.kind) else { return };
        self.record(Fact::CaseRaised { case: id.clone(), from, to, since, why });
        if to >= Kind::Suspected {
            self.reinstate_lapses(id);
        }
        self.cancel(id, CancelledBecause::Raised, |track| track.purpose == Purpose::Alert);
        if to >= Kind::Suspected {
            self.end_corrections(id);
        }
        self.start_plan(id, to, since);
        self.watch(id);
        if from == Kind::RuledOut {
            self.doubt_reports(id);
        }
        let Some(case) = self.state.case(id).cloned() else { return };
        // Whoever took the case took something less: they hear of it too, where no step tells them.
        let Some(handler) = case.handler.as_ref().map(|handler| handler.person.clone()) else { return };
        let to = Recipient::Person(handler.clone());
        let told = |(_, plan): (u32, &Plan)| plan.taken.iter().any(|taken| taken.told.contains(&to));
        if !case.current_plan().is_some_and(told) {
            self.tell_of(id, &handler);
        }
    }

    /// Freezes the policy of a kind for a case, starts its clocks, and takes the steps that are due at once.
    pub(super) fn start_plan(&mut self, id: &CaseId, kind: Kind, anchor: Timestamp) {
        let Some(policy) = self.directory.policy(kind).cloned() else { return };
        let name = policy.id();
        if self.state.policies.get(&name).is_none() {
            self.record(Fact::PolicyKept { policy: name.clone(), rules: (*policy).clone() });
        }
        self.record(Fact::PlanStarted { case: id.clone(), kind, policy: name, anchor });
        let Some(plan) = self.state.case(id).and_then(|case| case.current_plan().map(|(index, _)| index))
        else {
            return;
        };
        self.start_clocks(id, (plan, &policy), anchor);
        self.steps_due_now(id);
    }

    /// Takes every step of a case that is due at this moment, in order.
    fn steps_due_now(&mut self, id: &CaseId) {
        let now = self.moment();
        while let Some((plan, step, at)) = self.next_step(id).filter(|(_, _, at)| *at <= now) {
            self.step_due(id, (plan, step), at);
        }
    }

    fn next_step(&self, id: &CaseId) -> Option<(u32, u32, Timestamp)> {
        let steps = self.state.case(id)?.dues.iter().filter_map(|(due, at)| match due {
            CaseDue::Step { plan, step } => Some((*plan, *step, *at)),
            CaseDue::Repeat { .. }
            | CaseDue::Warn { .. }
            | CaseDue::DaemonCall { .. }
            | CaseDue::CallBack { .. }
            | CaseDue::AfterPhone { .. }
            | CaseDue::Latest { .. }
            | CaseDue::Gate { .. }
            | CaseDue::PhoneLimit { .. }
            | CaseDue::WrittenLimit { .. }
            | CaseDue::Correction { .. }
            | CaseDue::Idle
            | CaseDue::Archive
            | CaseDue::Erase => None,
        });
        steps.min_by_key(|(_, step, at)| (*at, *step))
    }

    pub(super) fn step_rules(&self, case: &Case, plan: u32, step: u32) -> Option<(Arc<Policy>, Step)> {
        let policy = self.state.policy(case, plan)?.clone();
        let rules = policy.steps.get(usize::try_from(step).ok()?)?.clone();
        Some((policy, rules))
    }

    pub(super) fn step_due(&mut self, id: &CaseId, (plan, step): (u32, u32), due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some((_, rules)) = self.step_rules(&case, plan, step) else { return };
        let why = match rules.unless {
            Some(_) | None if case.is_taken() => Some(SkippedBecause::Taken),
            Some(Unless::Confirmed) if case.is_confirmed() => Some(SkippedBecause::Confirmed),
            Some(Unless::Confirmed | Unless::Taken) | None => None,
        };
        if let Some(why) = why {
            self.record(Fact::StepSkipped { case: id.clone(), plan, step, due, why });
            return;
        }
        self.take_step(id, (plan, step), due);
    }

    /// Whether somebody can be reached at all by one of these media.
    fn can_reach(&self, to: &Recipient, by: &[Medium]) -> bool {
        by.iter().any(|medium| self.unreachable(to, *medium).is_none())
    }

    /// Tells everybody a step names. Where nobody is left to tell, the next step follows at once (P10).
    pub(super) fn take_step(&mut self, id: &CaseId, (plan, step): (u32, u32), due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some((_, rules)) = self.step_rules(&case, plan, step) else { return };
        let (told, gaps) = self.resolve(&case, &rules.notify, &rules.by);
        let mut persons = told.iter().filter(|to| matches!(to, Recipient::Person(_))).peekable();
        // A number that proved to be a stranger's may be put right until the step repeats.
        let repeats = persons.peek().is_some();
        let nobody = !persons.any(|to| self.can_reach(to, &rules.by));
        let repeat_at = rules
            .repeat_every
            .filter(|every| !every.is_zero() && repeats)
            .map(|every| after(self.moment(), (due, every)).0);
        let (told_of, gaps_of) = (told.clone(), gaps.clone());
        let taken =
            fact::StepTaken { case: id.clone(), plan, step, due, told: told_of, gaps: gaps_of, repeat_at };
        self.record(Fact::StepTaken(Box::new(taken)));
        for gap in &gaps {
            if let Gap::NoAddress(person) = gap {
                self.not_reached(person);
            }
        }
        let case = self.state.case(id).cloned().unwrap_or(case);
        for to in told.iter().filter(|to| waits_to_know(&case, to)) {
            self.ladder(id, (plan, step, 0), (to, None), (due, 0));
        }
        if nobody && let Some((plan, step, at)) = self.next_step(id) {
            self.step_due(id, (plan, step), at.min(self.moment()));
        }
    }

    /// Reaches somebody by the media of a step, after what went by one of them by those behind it; all at once where the step does not wait.
    pub(super) fn ladder(
        &mut self,
        id: &CaseId,
        (plan, step, repeat): (u32, u32, u32),
        (to, before): (&Recipient, Option<&Notification>),
        (due, missed): (Timestamp, u32),
    ) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some((_, rules)) = self.step_rules(&case, plan, step) else { return };
        let robot = [Medium::Robot];
        let media: &[Medium] = if matches!(to, Recipient::Robot(_)) { &robot } else { &rules.by };
        let from = before.and_then(|it| it.place).map_or(0, |place| place.medium.saturating_add(1));
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let mut rest = (0_u32..).zip(media.iter().copied()).skip(skip).peekable();
        let mut told = false;
        while let Some((medium_index, medium)) = rest.next() {
            let shared = || {
                let rings = self.shares_call(id, Purpose::Alert, (to, medium), due);
                rings.then_some(Unreachable::SharedNumber)
            };
            // Where nothing else is left, it is tried: nobody knows before whether it is paid.
            let unpaid = || {
                let another = told || rest.clone().any(|(_, medium)| self.leads(to, medium));
                (another && !self.has_money(to, medium)).then_some(Unreachable::NoMoney)
            };
            if let Some(why) = self.unreachable(to, medium).or_else(shared).or_else(unpaid) {
                self.record(Fact::MediumSkipped { case: Some(id.clone()), to: to.clone(), medium, why });
                continue;
            }
            let follows = rest.peek().is_some() || self.has_other_way(to, medium, &[]);
            let waits = !rules.wait.is_zero() && follows;
            let wish = Wish {
                place: Some(Place { plan, step, repeat, medium: medium_index }),
                missed,
                wait_until: waits.then(|| due + rules.wait),
                step: format!("{plan}.{step}"),
                addressed: before.map_or_else(Addressed::default, Addressed::again),
                ..Wish::default()
            };
            self.plan(&Subject::Case(id.clone()), Purpose::Alert, (to, medium), due, wish);
            told = true;
            if waits {
                return;
            }
        }
        if let Recipient::Person(person) = to
            && self.lacks_ways(to, media)
        {
            self.not_reached(person);
        }
    }

    pub(super) fn repeat_due(&mut self, id: &CaseId, (plan, step): (u32, u32), due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        if case.is_taken() {
            return;
        }
        let Some(every) = self.pace(&case, plan, step) else { return };
        let (next, missed) = after(self.moment(), (due, every));
        self.repeat_step(id, (plan, step), (due, missed, Some(next)));
    }

    /// How long after the next repeat of a step the one after it comes: as the policy says for a day, then slowly.
    fn pace(&self, case: &Case, plan: u32, step: u32) -> Option<Duration> {
        let (_, rules) = self.step_rules(case, plan, step)?;
        let every = rules.repeat_every.filter(|every| !every.is_zero())?;
        let repeats = taken_step(case, plan, step).map_or(0, StepTaken::repeats_untaken);
        Some(if repeats + 1 < PROMPT_MAX { every } else { every.max(SLOW) })
    }

    /// Tells those of a step again who have not confirmed; where all have and nobody took the case, those who should.
    ///
    /// Of overdue repeats one goes, and the next is on the old grid (P2).
    pub(super) fn repeat_step(
        &mut self,
        id: &CaseId,
        (plan, step): (u32, u32),
        (due, missed, next): (Timestamp, u32, Option<Timestamp>),
    ) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some(taken) = taken_step(&case, plan, step) else { return };
        let repeats = taken.repeats + 1;
        let told = self.told_by_repeat(&case, (plan, step), &taken.told);
        let waiting: Vec<Recipient> = told
            .iter()
            .filter(|to| match to {
                Recipient::Person(_) => waits_to_know(&case, to),
                Recipient::Authority(_) | Recipient::Robot(_) => false,
            })
            .cloned()
            .collect();
        let by = self.step_rules(&case, plan, step).map_or_else(Vec::new, |(_, rules)| rules.by);
        let asked = if waiting.is_empty() { self.asked_to_take(&case, (&told, &by)) } else { Vec::new() };
        if waiting.is_empty() && asked.is_empty() {
            return;
        }
        let untaken = taken.repeats_untaken() + 1;
        let next = next.filter(|_| untaken < REPEATS_MAX);
        self.record(Fact::StepRepeated(Box::new(StepRepeated {
            case: id.clone(),
            plan,
            step,
            repeat: repeats,
            due,
            told,
            missed,
            next,
        })));
        for to in &waiting {
            self.ladder(id, (plan, step, repeats), (to, None), (due, missed));
        }
        if untaken == PROMPT_MAX || untaken == REPEATS_MAX {
            self.tell_of_no_way(&Trouble::CaseNotTaken(id.clone()));
        }
        for person in &asked {
            let wish = Wish { missed, step: format!("{plan}.{step}"), ..Wish::default() };
            self.cancel(id, CancelledBecause::Overtaken, |it| {
                it.purpose == Purpose::Handover && it.to == Recipient::Person(person.clone())
            });
            self.tell_by(id, Purpose::Handover, person, (&by, (due, wish)));
        }
    }

    /// Whom a repeat asks to take a case of which everybody knows, while a proof is owed: whoever is on duty, for to
    /// know is not enough of them; where they cannot or nothing reaches them, everybody who knows and can; where
    /// everybody said that they cannot, or is away, whoever is on duty all the same.
    fn asked_to_take(&self, case: &Case, (told, by): (&[Recipient], &[Medium])) -> Vec<PersonId> {
        if !case.owes_proof() {
            return Vec::new();
        }
        let reached = |person: &PersonId| {
            case.subject_person.as_ref() != Some(person)
                && self.can_reach(&Recipient::Person(person.clone()), by)
        };
        let can =
            |person: &PersonId| !case.declined.contains(person) && !self.is_away(person) && reached(person);
        let on_duty = |role| self.on_duty(role);
        if let Some(person) = ["officer", "leader"].into_iter().filter_map(on_duty).find(can) {
            return vec![person];
        }
        let person = |to: &Recipient| match to {
            Recipient::Person(person) => Some(person.clone()),
            Recipient::Authority(_) | Recipient::Robot(_) => None,
        };
        let others: Vec<PersonId> = told.iter().filter_map(person).filter(can).collect();
        if !others.is_empty() {
            return others;
        }
        ["officer", "leader"].into_iter().filter_map(on_duty).find(reached).into_iter().collect()
    }

    /// Whom a repeat means at this moment: a post may have passed to somebody else since. Where nobody is left in it,
    /// those who were told before.
    fn told_by_repeat(&self, case: &Case, (plan, step): (u32, u32), before: &[Recipient]) -> Vec<Recipient> {
        let Some((_, rules)) = self.step_rules(case, plan, step) else { return before.to_vec() };
        let (told, _) = self.resolve(case, &rules.notify, &rules.by);
        let somebody = told.iter().any(|to| matches!(to, Recipient::Person(_)));
        if somebody { told } else { before.to_vec() }
    }

    /// Ringing resumes: everybody who was told and has not confirmed is told again, and steps that were skipped for
    /// the handler's sake are taken.
    pub(super) fn resume(&mut self, id: &CaseId, due: Timestamp) {
        let Some(case) = self.state.case(id).cloned() else { return };
        let Some((index, plan)) = case.current_plan().map(|(index, plan)| (index, plan.clone())) else {
            return;
        };
        for taken in &plan.taken {
            let every = self.pace(&case, index, taken.step);
            let grid = every.map(|every| after(self.moment(), (due, every)));
            let (next, missed) = grid.map_or((None, 0), |(next, missed)| (Some(next), missed));
            self.repeat_step(id, (index, taken.step), (due, missed, next));
        }
        for step in &plan.skipped {
            self.step_due(id, (index, *step), due);
        }
    }

    /// Brings the next step of a case forward: somebody could not take it.
    pub(super) fn next_step_at_once(&mut self, id: &CaseId) {
        if let Some((plan, step, at)) = self.next_step(id) {
            self.take_step(id, (plan, step), at.min(self.moment()));
        }
    }
}

/// The first instant of a grid after this moment, and how many of it were passed on the way.
fn after(moment: Timestamp, (due, every): (Timestamp, Duration)) -> (Timestamp, u32) {
    let passed = moment.since(due).as_millis() / every.as_millis().max(1);
    let passed = u32::try_from(passed).unwrap_or(u32::MAX);
    (due + every.saturating_mul(passed.saturating_add(1)), passed)
}

/// Whether a message of a step would tell somebody what they do not know.
fn waits_to_know(case: &Case, to: &Recipient) -> bool {
    match to {
        Recipient::Person(person) => !case.has_confirmed(person) && !case.declined.contains(person),
        Recipient::Authority(_) | Recipient::Robot(_) => true,
    }
}

fn taken_step(case: &Case, plan: u32, step: u32) -> Option<&StepTaken> {
    let plan: &Plan = case.plans.get(usize::try_from(plan).ok()?)?;
    plan.taken.iter().find(|taken| taken.step == step)
}
