//! What a message of reports says: those that have not come in when it goes, or are contradicted, over all forms it
//! covers.

use std::collections::BTreeSet;

use super::against;
use super::message::Scene;
use crate::channel::text::{Language, MovedBy, Unfiled, Unit};
use crate::domain::Proposal;
use crate::domain::form::Labels;
use crate::domain::names::{FormId, UnitId};
use crate::domain::notification::{Notification, Purpose, Subject};
use crate::domain::slot::{MovedBecause, Period, PeriodId};
use crate::engine::Published;
use crate::time::Timestamp;

/// A mail lists so many; a page shows all.
const LISTED_MAX: usize = 300;

/// One report that a message tells of.
struct Row<'a> {
    period: &'a Period,
    unit: UnitId,
    /// By when it is due, or to be corrected.
    limit: Timestamp,
    /// What is said of it besides.
    notes: Vec<String>,
}

impl Scene<'_> {
    /// What is still missing of all that the message covers; `None` where nothing is.
    pub(super) fn unfiled(&self, proposal: &Proposal) -> Option<Unfiled> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (period, notification) in self.periods(proposal) {
            let untold = (notification.purpose == Purpose::FormsMissing)
                .then(|| self.published.state.untold_leaders_of(period));
            let asked = period.still_asked(notification.purpose, &notification.to);
            rows.extend(asked.map(|unit| {
                let untold = untold.as_ref().is_some_and(|untold| untold.contains(unit));
                let notes = untold.then(|| self.leader_untold().to_owned());
                Row { period, unit: unit.clone(), limit: period.due, notes: notes.into_iter().collect() }
            }));
        }
        self.told_of(rows)
    }

    /// Those of the reader's reports that are contradicted still; `None` where none is.
    pub(super) fn doubted(&self, proposal: &Proposal) -> Option<Unfiled> {
        let Published { state, directory, .. } = self.published;
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (period, _) in self.periods(proposal) {
            let doubted = state.doubted(directory, period, &self.notification.to).into_iter();
            rows.extend(doubted.map(|(unit, it)| {
                let known = it.against.iter().map(|it| against::known(self.language, &directory.forms, it));
                Row { period, unit, limit: it.correct_by, notes: known.collect() }
            }));
        }
        self.told_of(rows).map(|doubted| Unfiled { moved: None, zero: false, ..doubted })
    }

    /// The periods that a message covers, each once: two reminders of one may go at once, after an outage.
    fn periods(&self, proposal: &Proposal) -> Vec<(&Period, &Notification)> {
        let mut periods: Vec<(&Period, &Notification)> = Vec::new();
        for track in proposal.all().filter_map(|id| self.published.state.track(id)) {
            let Some(period) = self.period(&track.notification) else { continue };
            if !periods.iter().any(|(known, _)| known.id() == period.id()) {
                periods.push((period, &track.notification));
            }
        }
        periods
    }

    /// All that a message says of these reports: it names those with the earliest limit, and counts the forms of the
    /// others; the list has all, each with its limit where there are several.
    fn told_of(&self, mut rows: Vec<Row<'_>>) -> Option<Unfiled> {
        rows.sort_by(|a, b| (a.limit, a.period.id(), &a.unit).cmp(&(b.limit, b.period.id(), &b.unit)));
        let limit = rows.first()?.limit;
        let (soonest, later) = rows.split_at(rows.partition_point(|row| row.limit == limit));
        let first = soonest.first()?;
        let units: BTreeSet<&UnitId> = soonest.iter().map(|row| &row.unit).collect();
        let mut forms: Vec<&Period> = soonest.iter().map(|row| row.period).collect();
        forms.dedup_by_key(|period| &period.id().form);
        let others: BTreeSet<&PeriodId> = later.iter().map(|row| row.period.id()).collect();
        let is_zero = |row: &Row<'_>| {
            let form = self.published.directory.forms.get(&row.period.id().form);
            form.is_some_and(|form| form.zero_allowed)
        };
        let name = self.contacts.unit(&first.unit);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Some(Unfiled {
            unit: Unit { name: name.name, short_name: name.short_name },
            more: count(units.len().saturating_sub(1)),
            forms: forms.iter().map(|period| self.form_name(&period.id().form, true)).collect(),
            due: self.moment(limit),
            later: count(others.len()),
            moved: soonest.iter().map(|row| moved_by(row.period)).reduce(common).flatten(),
            zero: soonest.iter().any(is_zero),
            left_out: count(rows.len().saturating_sub(LISTED_MAX)),
            list: rows.iter().take(LISTED_MAX).map(|row| self.line(row, !later.is_empty())).collect(),
        })
    }

    fn period(&self, notification: &Notification) -> Option<&Period> {
        let Subject::Period(id) = &notification.subject else { return None };
        self.published.state.periods.get(id).map(|period| &**period)
    }

    fn line(&self, row: &Row<'_>, limits_differ: bool) -> String {
        let (unit, form) = (self.contacts.unit(&row.unit).name, self.form_name(&row.period.id().form, false));
        let limit = self.moment(row.limit).written(self.language);
        let limit = limits_differ.then(|| match self.language {
            Language::Chinese => format!("时限{limit}"),
            Language::English => format!("limit {limit}"),
        });
        let notes: Vec<String> = limit.into_iter().chain(row.notes.iter().cloned()).collect();
        let line = match self.language {
            Language::Chinese => format!("{unit}：{form}"),
            Language::English => format!("{unit}: {form}"),
        };
        if notes.is_empty() { line } else { self.with(&line, &notes) }
    }

    const fn leader_untold(&self) -> &'static str {
        match self.language {
            Language::Chinese => "未能通知到单位负责人",
            Language::English => "its leader could not be told",
        }
    }

    fn with(&self, line: &str, known: &[String]) -> String {
        match self.language {
            Language::Chinese => format!("{line}（{}）", known.join(self.language.pause())),
            Language::English => format!("{line} ({})", known.join(self.language.pause())),
        }
    }

    /// What a form is called; its id where the configuration holds it no longer.
    pub(super) fn form_name(&self, id: &FormId, short: bool) -> String {
        let Some(form) = self.published.directory.forms.get(id) else { return id.to_string() };
        let labels = form.short_name.as_ref().filter(|_| short).unwrap_or(&form.name);
        self.label(labels).to_owned()
    }

    fn label<'l>(&self, labels: &'l Labels) -> &'l str {
        against::label(self.language, labels)
    }
}

/// Why a limit is another than it was told to be.
fn moved_by(period: &Period) -> Option<MovedBy> {
    Some(match period.moved.last()?.why {
        MovedBecause::Outage => MovedBy::Outage,
        MovedBecause::Maintenance => MovedBy::Maintenance,
        MovedBecause::MaintenanceEnded => MovedBy::MaintenanceEnded,
        MovedBecause::Door => MovedBy::Door,
    })
}

/// What is true of both: of two reports with one limit, one may never have moved.
fn common(one: Option<MovedBy>, other: Option<MovedBy>) -> Option<MovedBy> {
    one.filter(|one| other.as_ref() == Some(one))
}
