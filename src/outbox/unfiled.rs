//! What a message of reports says: those that have not come in when it goes, or are contradicted, over all forms it
//! covers.

use std::collections::BTreeSet;

use super::against;
use super::message::Scene;
use crate::channel::text::{Language, Unfiled, Unit};
use crate::domain::Proposal;
use crate::domain::form::Labels;
use crate::domain::names::{FormId, UnitId};
use crate::domain::notification::{Notification, Subject};
use crate::domain::slot::{Contradicted, Period};

/// A mail lists so many; a page shows all.
const LISTED_MAX: usize = 300;

impl Scene<'_> {
    /// What is still missing of all that the message covers; `None` where nothing is.
    pub(super) fn unfiled(&self, proposal: &Proposal) -> Option<Unfiled> {
        let state = &self.published.state;
        let mut periods: Vec<(&Period, Vec<&UnitId>)> = Vec::new();
        for track in proposal.all().filter_map(|id| state.track(id)) {
            let notification = &track.notification;
            let Some(period) = self.period(notification) else { continue };
            // Two reminders of one period may go at once, after an outage.
            if periods.iter().any(|(known, _)| known.id() == period.id()) {
                continue;
            }
            let units: Vec<&UnitId> = period.still_asked(notification.purpose, &notification.to).collect();
            if !units.is_empty() {
                periods.push((period, units));
            }
        }
        periods.sort_by_key(|(period, _)| (period.due, period.id().clone()));
        let (first, first_units) = periods.first()?;
        let mut units: Vec<&UnitId> = periods.iter().flat_map(|(_, units)| units).copied().collect();
        units.sort();
        units.dedup();
        let total: usize = periods.iter().map(|(_, units)| units.len()).sum();
        let list: Vec<String> = periods
            .iter()
            .flat_map(|(period, units)| units.iter().map(move |unit| (*period, *unit)))
            .take(LISTED_MAX)
            .map(|(period, unit)| self.line(period, unit))
            .collect();
        let name = self.contacts.unit(first_units.first()?);
        let zero = |form: &FormId| self.published.directory.forms.get(form).is_some_and(|it| it.zero_allowed);
        Some(Unfiled {
            unit: Unit { name: name.name, short_name: name.short_name },
            more: u32::try_from(units.len().saturating_sub(1)).unwrap_or(u32::MAX),
            forms: periods.iter().map(|(period, _)| self.form_name(&period.id().form, true)).collect(),
            due: self.moment(first.due),
            moved: !first.moved.is_empty(),
            zero: periods.iter().any(|(period, _)| zero(&period.id().form)),
            left_out: u32::try_from(total.saturating_sub(list.len())).unwrap_or(u32::MAX),
            list,
        })
    }

    /// Those of the reader's reports that are contradicted still; `None` where none is.
    pub(super) fn doubted(&self, proposal: &Proposal) -> Option<Unfiled> {
        let state = &self.published.state;
        let mut periods: Vec<&Period> = Vec::new();
        for track in proposal.all().filter_map(|id| state.track(id)) {
            let Some(period) = self.period(&track.notification) else { continue };
            if !periods.iter().any(|known| known.id() == period.id()) {
                periods.push(period);
            }
        }
        periods.sort_by_key(|period| (period.due, period.id().clone()));
        let to = &self.notification.to;
        let all = periods.iter().flat_map(|period| {
            state
                .doubted(&self.published.directory, period, to)
                .into_iter()
                .map(move |(unit, it)| (*period, unit, it))
        });
        let doubted: Vec<(&Period, UnitId, Contradicted)> = all.collect();
        let (_, first, _) = doubted.first()?;
        let mut forms: Vec<String> =
            doubted.iter().map(|(period, ..)| self.form_name(&period.id().form, true)).collect();
        forms.dedup();
        let units: BTreeSet<&UnitId> = doubted.iter().map(|(_, unit, _)| unit).collect();
        let list: Vec<String> = doubted
            .iter()
            .take(LISTED_MAX)
            .map(|(period, unit, it)| {
                let forms = &self.published.directory.forms;
                let known: Vec<String> =
                    it.against.iter().map(|it| against::known(self.language, forms, it)).collect();
                self.with(&self.line(period, unit), &known)
            })
            .collect();
        let name = self.contacts.unit(first);
        Some(Unfiled {
            unit: Unit { name: name.name, short_name: name.short_name },
            more: u32::try_from(units.len().saturating_sub(1)).unwrap_or(u32::MAX),
            forms,
            due: self.moment(doubted.iter().map(|(.., it)| it.correct_by).min()?),
            moved: false,
            zero: false,
            left_out: u32::try_from(doubted.len().saturating_sub(list.len())).unwrap_or(u32::MAX),
            list,
        })
    }

    fn with(&self, line: &str, known: &[String]) -> String {
        match self.language {
            Language::Chinese => format!("{line}（{}）", known.join(self.language.pause())),
            Language::English => format!("{line} ({})", known.join(self.language.pause())),
        }
    }

    fn period(&self, notification: &Notification) -> Option<&Period> {
        let Subject::Period(id) = &notification.subject else { return None };
        self.published.state.periods.get(id).map(|period| &**period)
    }

    fn line(&self, period: &Period, unit: &UnitId) -> String {
        let (unit, form) = (self.contacts.unit(unit).name, self.form_name(&period.id().form, false));
        match self.language {
            Language::Chinese => format!("{unit}：{form}"),
            Language::English => format!("{unit}: {form}"),
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
