//! Taking a report, by whichever door it comes: held against its form, sealed, decided, on disk.

use std::num::NonZeroU32;

use serde_json::Value;

use super::filing::{self, Filed, Filing};
use super::mistakes::Mistakes;
use super::{before, content, contradicted, stamp, wrong};
use crate::domain::command::{Command, ReportFiling, SeenReport};
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::form::Form;
use crate::domain::names::{EventKey, FormId, UnitId};
use crate::domain::slot::{Counted, CountedBy};
use crate::domain::slot_now;
use crate::engine::{Answer, Lane, Work};
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::problem::Problem;
use crate::time::Day;
use crate::vault::Sealed;

/// A report that was taken, or of which nothing was new.
pub(in crate::http) struct Taken {
    /// What it led to.
    pub(in crate::http) done: Answer,
    /// What was filed.
    pub(in crate::http) filing: ReportFiling,
}

impl Taken {
    /// The report that its filer is told of, and whether it is new: the first answer is the answer to each repeat.
    pub(in crate::http) fn report(&self, directory: &Directory) -> Option<(SeenReport, bool)> {
        let recorded = self.done.facts.iter().find_map(|fact| {
            if let Fact::ReportFiled { report } = fact { Some(SeenReport::of(report)) } else { None }
        });
        if let Some(report) = recorded {
            return Some((report, true));
        }
        let now = || {
            let (period, outcome) = slot_now(&self.done.state, directory, &self.filing)?;
            SeenReport::last(&period.id().slot(&self.filing.unit), outcome)
        };
        Some((self.done.filed.clone().or_else(now)?, false))
    }
}

/// Files a report for whoever may; `key` is what they call this request, so that a repeat of it is known.
pub(in crate::http) async fn take(
    context: &Context,
    caller: &Caller,
    key: Option<&str>,
    filed: Filed,
) -> Result<Taken, Problem> {
    let published = context.published();
    let form = published.directory.forms.get(&*filed.filing.form);
    let form =
        form.ok_or_else(|| wrong("/form", ("应为已配置的报表代码", "expected the id of a configured form")))?;
    let unit = UnitId::new(&filed.filing.unit);
    if !published.directory.units.contains_key(&unit) {
        return Err(wrong("/unit", ("应为已配置的单位代码", "expected the id of a configured unit")));
    }
    if !caller.acts_on(&published, &unit) {
        return Err(Problem::forbidden());
    }
    let (filing, sealed) = read(context, caller, (form, unit, key), filed).await?;
    let received = filing.received;
    let work = Work { command: Command::FileReport(Box::new(filing.clone())), payloads: vec![sealed] };
    let done = context.engine.submit_work(work, received, Lane::Tidings).await;
    let done = done.map_err(|refusal| contradicted::problem(form, refusal, received.either()))?;
    match contradicted::questioned(form, &done.facts) {
        Some(problem) => Err(problem),
        None => Ok(Taken { done, filing }),
    }
}

/// The report as the engine takes it, or every mistake in it.
async fn read(
    context: &Context,
    caller: &Caller,
    (form, unit, key): (&Form, UnitId, Option<&str>),
    Filed { filing, received, sheet }: Filed,
) -> Result<(ReportFiling, Sealed), Problem> {
    let Filing { day, number, by, zero, asked, total, figures, rows, consent, reason, stands, over, .. } =
        filing;
    let (opened, tried) = (filing.opened, filing.tried);
    let (same, numbers) = (Vec::new(), Vec::new());
    let mut content = content::Content { zero, asked, total, figures, rows, same, consent, numbers, reason };
    let actor = caller.actor(by.as_deref())?;
    let day = day.as_deref().map(str::parse::<Day>);
    let mut mistakes = Mistakes::default();
    contradicted::stands_for(stands, content.reason.as_deref(), &mut mistakes);
    if day.as_ref().is_some_and(Result::is_err) {
        mistakes.say("/day", "报告日：应为日期，如 2026-11-23", "day: expected a date such as 2026-11-23");
    }
    if let Some(kind) = sheet {
        let rows = filing::rows(context, form, (kind, received.bytes.clone())).await?;
        content.take(rows, form, &mut mistakes);
    }
    if let Some(same) = &filing.same_as_before {
        let of = (day.clone().and_then(Result::ok), number);
        content.same = before::taken((context, caller), (form, &unit), of, same, &mut mistakes)?;
        if !form.columns.is_empty() && !same.rows.is_empty() {
            content.rows.get_or_insert_default();
        }
    }
    let same_as_before = u32::try_from(content.same.len()).ok().and_then(NonZeroU32::new);
    let people = content.people(form);
    let counted = people.zip(known_people(context, &unit));
    let counted = counted.and_then(|(reported, known)| Counted::of(reported, known));
    let (content, zero) = content.checked(form, mistakes)?;
    let blind = context.blind()?;
    let token = |what: &str, of: &Value| {
        let text = of.to_string();
        blind.token(what, &[form.id.as_str().as_bytes(), unit.as_str().as_bytes(), text.as_bytes()])
    };
    let (figures, reason) = content::parts(&content);
    let reason = reason.map(|reason| EventKey::new(&token("reason", &reason)));
    let token = token("report", &figures);
    let key = key.map(|key| blind.token("report key", &[caller.name().as_bytes(), key.as_bytes()]));
    let (payload, sealed) = context.seal(&content)?;
    let codes = context.published().stores.codes.clone();
    let begun = stamp::begun(codes.as_ref(), (&form.id, &unit), (opened.as_deref(), tried.as_deref()));
    let filing = ReportFiling {
        form: FormId::new(form.id.as_str()),
        unit,
        day: day.and_then(Result::ok),
        number,
        actor,
        zero,
        counted,
        fevers: content::fevers(form, &content, zero),
        people: people.and_then(|people| u32::try_from(people).ok()),
        totals: content::totals(form, &content),
        stands,
        // It was checked: where the form asks, whoever files rows says so.
        same_as_before,
        consent: consent && zero.is_none() && form.consent.is_some(),
        content: EventKey::new(&token),
        reason,
        payload,
        received: context.received(&received),
        begun,
        key: key.as_deref().map(EventKey::new),
        over,
        seen: None,
    };
    Ok((filing, sealed))
}

/// How many people a unit has: by the employee register, else as the configuration says.
pub(in crate::http) fn known_people(context: &Context, unit: &UnitId) -> Option<(u64, CountedBy)> {
    let by_register = context.live().staff.people_of(unit).map(|people| (people, CountedBy::Register));
    let published = context.published();
    let by_headcount = || Some((published.directory.units.get(unit)?.headcount?, CountedBy::Headcount));
    by_register.or_else(by_headcount).map(|(people, by)| (u64::from(people), by))
}
