//! What became of slots: as a list, and month by month.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::directory::Role;
use crate::domain::lapse::{Incomplete, Lapse};
use crate::domain::names::{FormId, PayloadName, UnitId};
use crate::domain::slot::{KEPT, Period, SlotId, SlotState};
use crate::engine::{Published, Refusal, look_through, place};
use crate::http::caller::Caller;
use crate::http::context::{Context, unavailable};
use crate::http::json as answer;
use crate::http::problem::Problem;
use crate::http::refuse;
use crate::http::reports::stamp::stamp;
use crate::http::reports::{hops, wrong};
use crate::index::IndexError;
use crate::time::{Day, Timestamp};

/// A list shows at most so many.
const LIMIT_MAX: usize = 500;

/// What a list of slots is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    form: Option<String>,
    unit: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

/// A month, for standings.
#[derive(Debug, Deserialize)]
pub(crate) struct Month {
    month: Option<String>,
}

/// Which periods are looked at, in the order of their [`place`]s.
#[derive(Debug)]
pub(super) struct Span {
    /// From this day on.
    pub(super) from: Day,
    /// From this place on, where that is later.
    pub(super) behind: Option<String>,
    /// To the end of this day.
    pub(super) to: Day,
    /// Of this form alone.
    pub(super) form: Option<FormId>,
}

/// A slot as it is shown, and why its unit was excused, where the caller may see that.
#[derive(Debug)]
struct Shown {
    slot: SlotId,
    value: Value,
    reason: Option<PayloadName>,
}

/// Who asks, and what is known of the reports that they see.
#[derive(Debug)]
struct Asking {
    caller: Caller,
    published: Arc<Published>,
    /// Which reports are held to be incomplete, where the caller sees all lapses: to others no figure tells what was found
    /// against their colleagues, nor what was decided.
    judged: Option<Incomplete>,
}

impl Asking {
    fn new(caller: Caller, published: Arc<Published>) -> Self {
        let all = caller.sees_all_lapses(&published);
        let judged = all.then(|| Incomplete::of(&published.state.lapses));
        Self { caller, published, judged }
    }

    fn sees(&self, unit: &UnitId) -> bool {
        self.caller.sees(&self.published, unit) || self.caller.has(&self.published, &Role::Discipline)
    }

    /// Whether the report of a unit counts as complete, as far as they may know.
    fn is_complete(&self, period: &Period, unit: &UnitId) -> Option<bool> {
        match &self.judged {
            Some(judged) => judged.is_complete(period, unit),
            None => Incomplete::is_whole(period, unit),
        }
    }

    /// Whether the last verdict holds what is late or missing against nobody, as far as they may know.
    fn is_cleared(&self, period: &Period, unit: &UnitId) -> bool {
        let id = Lapse::id_of_slot(&period.id().slot(unit));
        let lapse = self.judged.as_ref().and_then(|_| self.published.state.lapses.get(&id));
        lapse.is_some_and(|lapse| lapse.is_cleared())
    }

    /// Whether they may read why a unit was excused: what somebody wrote of its people is for those people themselves, the
    /// office and discipline.
    fn reads(&self, unit: &UnitId) -> bool {
        let (caller, published) = (&self.caller, &*self.published);
        let is_of_unit = caller.person().is_some() && caller.acts_on(published, unit);
        is_of_unit || caller.is_office(published) || caller.has(published, &Role::Discipline)
    }

    /// Whether they are told that the last report of a unit stands against what is known: by that somebody else of the unit
    /// would learn of a case of their own.
    fn is_told(&self, period: &Period, unit: &UnitId) -> bool {
        let (caller, published) = (&self.caller, &*self.published);
        let filed = period.outcomes.get(unit).and_then(|outcome| outcome.filed.as_ref());
        let is_filer = caller.person().is_some_and(|person| filed.is_some_and(|it| it.actor.by == *person));
        is_filer || caller.is_office(published) || caller.has(published, &Role::Discipline)
    }

    fn show(&self, period: &Period, unit: &UnitId) -> Shown {
        let exempt = period.outcomes.get(unit).and_then(|outcome| outcome.exempt.as_ref());
        let mut value = super::slot((period, unit), self.is_complete(period, unit));
        if let Some(until) = value.get_mut("correct_by").filter(|_| !self.is_told(period, unit)) {
            *until = Value::Null;
        }
        Shown {
            slot: period.id().slot(unit),
            value,
            reason: exempt.filter(|_| self.reads(unit)).map(|exempt| exempt.reason.clone()),
        }
    }
}

/// Puts why a unit was excused into its slot.
pub(super) fn with_reason(slot: &mut Value, reason: Option<&str>) {
    if let Some(shown) = slot.pointer_mut("/exempt/reason") {
        *shown = json!(reason);
    }
}

/// A page of slots: behind where, of which unit, and how many.
#[derive(Debug)]
struct Page {
    behind: Option<(String, UnitId)>,
    unit: Option<UnitId>,
    limit: usize,
}

impl Wanted {
    fn read(self, published: &Published, today: Day) -> Result<(Span, Page), Problem> {
        let from = day("/from", self.from.as_deref())?.unwrap_or_else(|| today.plus_days(-7));
        let to = day("/to", self.to.as_deref())?.unwrap_or_else(|| today.plus_days(1));
        let form = match self.form.as_deref() {
            Some(form) if !published.directory.forms.contains_key(form) => {
                return Err(wrong("/form", ("应为已配置的报表代码", "expected the id of a configured form")));
            }
            form => form.map(FormId::new),
        };
        let after = match self.after.as_deref().filter(|after| !after.is_empty()).map(str::parse::<SlotId>) {
            None => None,
            Some(Ok(after)) => Some(after),
            Some(Err(_)) => {
                return Err(wrong("/after", ("应为上一页的 next", "expected the `next` of the page before")));
            }
        };
        let behind = after.map(|slot| (place(&slot.period), slot.unit));
        let unit = self.unit.as_deref().map(UnitId::new);
        let limit = self.limit.unwrap_or(100).clamp(1, LIMIT_MAX);
        let span = Span { from, behind: behind.as_ref().map(|(place, _)| place.clone()), to, form };
        Ok((span, Page { behind, unit, limit }))
    }
}

impl Page {
    /// Takes what it has room for of a period, and one slot more, which shows that there is another page.
    fn take(&self, (found, period): (&mut Vec<Shown>, &Period), asking: &Asking) -> ControlFlow<()> {
        let here = place(period.id());
        for of in period.opened.units.iter() {
            let is_behind = |(last, unit): &(String, UnitId)| (&here, of) > (last, unit);
            let wanted = self.unit.as_ref().is_none_or(|unit| unit == of) && asking.sees(of);
            if wanted && self.behind.as_ref().is_none_or(is_behind) {
                found.push(asking.show(period, of));
            }
            if found.len() > self.limit {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// `GET /v1/slots`: in order of the day, the form, the number and the unit.
pub(crate) async fn slots(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let published = context.published();
    let today = published.directory.zone.day(context.now().either());
    let (span, page) = wanted.read(&published, today)?;
    let limit = page.limit;
    let (codes, now) = (published.stores.codes.clone(), context.now().both());
    let all = Arc::new(Asking::new(caller, published));
    let asking = Arc::clone(&all);
    let take = move |found: &mut Vec<Shown>, period: &Arc<Period>| page.take((found, period), &asking);
    let mut found = through(&context, span, (Vec::new(), take)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|shown| shown.slot.clone());
    let whole = |Shown { slot, mut value, reason }: Shown| {
        let reason = reason.and_then(|reason| Some(context.open(&reason)?.get("text")?.as_str()?.to_owned()));
        with_reason(&mut value, reason.as_deref());
        // Whoever may fill it in can show by it when they were shown that it is owed.
        let is_awaited = value.get("state") == Some(&json!(SlotState::Awaited));
        if is_awaited && all.caller.acts_on(&all.published, &slot.unit) {
            let of = (&slot.period.form, &slot.unit);
            let stamp = codes.as_ref().map(|codes| stamp(codes, of, now));
            if let Some(members) = value.as_object_mut() {
                members.insert("stamp".to_owned(), json!(stamp));
            }
        }
        value
    };
    let slots: Vec<Value> = found.into_iter().map(whole).collect();
    Ok(answer(&json!({ "slots": slots, "next": next })))
}

pub(super) fn day(pointer: &str, text: Option<&str>) -> Result<Option<Day>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let head = text.get(..10).unwrap_or(text);
    let expected = ("应为日期，如 2026-11-23", "expected a date such as 2026-11-23");
    head.parse().map(Some).map_err(|_cause| wrong(pointer, expected))
}

/// Looks at the periods of a span, one at a time and in order, until told to stop: those that have left memory are
/// years of all that became of every unit, and one caller at a time reads them.
pub(super) async fn through<T: Send + 'static>(
    context: &Context,
    span: Span,
    (mut found, mut look): (T, impl FnMut(&mut T, &Arc<Period>) -> ControlFlow<()> + Send + 'static),
) -> Result<T, Problem> {
    let published = context.published();
    let from = span.from.to_string();
    let from = span.behind.clone().filter(|behind| *behind > from).unwrap_or(from);
    let wanted = |period: &&Arc<Period>| {
        let id = period.id();
        let of_form = span.form.as_ref().is_none_or(|form| *form == id.form);
        of_form && id.day >= span.from && id.day <= span.to && place(id) >= from
    };
    let known = published.state.periods.values().filter(wanted);
    let mut known: BTreeMap<String, Arc<Period>> =
        known.map(|period| (place(period.id()), Arc::clone(period))).collect();
    if !may_have_left(&published, &from, context.now().either()) {
        look_at_all(&known, |period| look(&mut found, period));
        return Ok(found);
    }
    let index = published.stores.index.clone().ok_or_else(unavailable)?;
    let busy = || refuse::problem(Refusal::Busy, context.now().either());
    let turn = context.gates.past.take().await.ok_or_else(busy)?;
    let read = move || {
        let is_wanted = |form: &str| span.form.as_ref().is_none_or(|wanted| wanted.as_str() == form);
        let mut stopped = false;
        look_through(&index, (&from, span.to), is_wanted, |old| {
            let here = place(old.id());
            // What has just left memory is there and here: it is looked at once.
            let next = known.split_off(&here);
            let before = std::mem::replace(&mut known, next);
            let old = known.remove(&here).unwrap_or_else(|| Arc::new(old));
            stopped = before.values().chain([&old]).any(|period| look(&mut found, period).is_break());
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if !stopped {
            look_at_all(&known, |period| look(&mut found, period));
        }
        drop(turn);
        Ok::<T, IndexError>(found)
    };
    tokio::task::spawn_blocking(read).await.ok().and_then(Result::ok).ok_or_else(unavailable)
}

fn look_at_all(
    periods: &BTreeMap<String, Arc<Period>>,
    mut look: impl FnMut(&Arc<Period>) -> ControlFlow<()>,
) {
    for period in periods.values() {
        if look(period).is_break() {
            return;
        }
    }
}

/// Whether there may be periods from a place on that have left memory: each was in it for days after it was due.
fn may_have_left(published: &Published, from: &str, now: Timestamp) -> bool {
    let left_by = published.directory.zone.day(now - KEPT).plus_days(1).to_string();
    let oldest = published.state.periods.values().map(|period| period.id().day).min();
    *from < *left_by || oldest.is_none_or(|oldest| *from < *oldest.to_string())
}

/// How punctual one unit was with one form.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    on_time: u32,
    late: u32,
    missing: u32,
    exempt: u32,
    awaited: u32,
    excused: u32,
    /// Late or missing, and decided to be held against nobody: counted apart, as what is exempt is.
    cleared: u32,
    /// Came, on time or late, and does not count as complete.
    incomplete: u32,
}

impl Count {
    fn add(&mut self, (period, unit): (&Period, &UnitId), asking: &Asking) {
        let is_cleared = || asking.is_cleared(period, unit);
        match period.state(unit) {
            SlotState::Late | SlotState::Missing if is_cleared() => self.cleared += 1,
            SlotState::Awaited => self.awaited += 1,
            SlotState::OnTime => self.on_time += 1,
            SlotState::Late => self.late += 1,
            SlotState::Missing => self.missing += 1,
            SlotState::Exempt => self.exempt += 1,
        }
        let came = matches!(period.state(unit), SlotState::OnTime | SlotState::Late) && !is_cleared();
        if came && asking.is_complete(period, unit) == Some(false) {
            self.incomplete += 1;
        }
        if period.is_excused(unit) {
            self.excused += 1;
        }
    }

    /// Shares are of what was expected, never of what came. What was cleared is told to whoever sees all lapses.
    fn line(self, (unit, form): (&UnitId, &FormId), is_judged: bool) -> Value {
        let expected = self.on_time + self.late + self.missing + self.awaited;
        let share = |part: u32| (expected > 0).then(|| f64::from(part) / f64::from(expected));
        json!({
            "unit": unit, "form": form, "expected": expected, "on_time": self.on_time, "late": self.late,
            "missing": self.missing, "awaited": self.awaited, "exempt": self.exempt, "excused": self.excused,
            "cleared": is_judged.then_some(self.cleared), "incomplete": self.incomplete,
            "timeliness": share(self.on_time),
            "completeness": share((self.on_time + self.late).saturating_sub(self.incomplete)),
        })
    }
}

/// `GET /v1/standings`: slots that were due in a month, or so far in it, for each unit and form.
pub(crate) async fn standings(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Month>,
) -> Result<Response, Problem> {
    let published = context.published();
    let now = context.now().both();
    let month = wanted.month.unwrap_or_else(|| published.directory.zone.format(now, "%Y-%m"));
    let first: Option<Day> =
        (month.len() == 7).then(|| format!("{month}-01")).and_then(|text| text.parse().ok());
    let Some(first) = first else {
        return Err(wrong("/month", ("应为月份，如 2026-11", "expected a month such as 2026-11")));
    };
    let in_month = |day: &Day| day.to_string().starts_with(&month);
    let last = (27..31).map(|days| first.plus_days(days)).rfind(in_month).unwrap_or(first);
    let span = Span { from: first, behind: None, to: last, form: None };
    let all = Arc::new(Asking::new(caller, published));
    let asking = Arc::clone(&all);
    let add = move |counts: &mut BTreeMap<(UnitId, FormId), Count>, period: &Arc<Period>| {
        for unit in period.opened.units.iter().filter(|unit| asking.sees(unit)) {
            // What is not due yet is expected of nobody, and what came early is there.
            if period.state(unit) != SlotState::Awaited || period.due <= now {
                let key = (unit.clone(), period.id().form.clone());
                counts.entry(key).or_default().add((period, unit), &asking);
            }
        }
        ControlFlow::Continue(())
    };
    let counts = through(&context, span, (BTreeMap::new(), add)).await?;
    // Behind the other: who asks for the past waits their turn there.
    let cases = hops::of_month((&all.caller, &all.published), first).await?;
    let is_judged = all.judged.is_some();
    let lines: Vec<Value> =
        counts.iter().map(|((unit, form), count)| count.line((unit, form), is_judged)).collect();
    Ok(answer(&json!({ "month": month, "standings": lines, "cases": cases })))
}
