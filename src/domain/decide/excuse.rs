//! What the machine finds that speaks for single units: reminders that no provider took, and whoever came to report for
//! a unit when hardly any time was left.

use std::collections::{BTreeMap, BTreeSet};

use super::Draft;
use super::remind::ASKED_BY;
use crate::domain::bulletin::Trouble;
use crate::domain::fact::Span;
use crate::domain::lapse::{Excuse, ExcuseKind};
use crate::domain::names::{PersonId, Recipient, UnitId};
use crate::domain::notification::{FailureReason, Notification, Progress, Purpose, Subject};
use crate::domain::slot::{ASIDE_MAX, Period, Reminder, UnitsExcused};
use crate::domain::state::Track;
use crate::time::Timestamp;

/// What became of the messages that asked for a report.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    /// A provider took one.
    taken: bool,
    /// From the first to the last failure at a provider.
    failed: Option<Span>,
}

impl Asked {
    fn fail(&mut self, span: Span) {
        let known = self.failed.get_or_insert(span);
        *known = Span { from: known.from.min(span.from), to: known.to.max(span.to) };
    }

    fn add(&mut self, other: Self) {
        self.taken |= other.taken;
        if let Some(span) = other.failed {
            self.fail(span);
        }
    }
}

impl Draft<'_> {
    /// What speaks for some units, which are in order; those of whom the same is found stand together.
    pub(super) fn excused(&self, period: &Period, units: &[UnitId]) -> Vec<UnitsExcused> {
        let unreminded = self.unreminded(period, units);
        let mut groups: BTreeMap<Vec<(ExcuseKind, Timestamp, Timestamp)>, Vec<UnitId>> = BTreeMap::new();
        for unit in units {
            let since = period.holders(unit).and_then(|owing| owing.since);
            let stood_in = since.map(|from| (ExcuseKind::StoodIn, from, period.due.max(from)));
            let provider = unreminded.get(unit).map(|span| (ExcuseKind::Provider, span.from, span.to));
            let found: Vec<_> = stood_in.into_iter().chain(provider).collect();
            if !found.is_empty() {
                groups.entry(found).or_default().push(unit.clone());
            }
        }
        let excuse = |(what, from, to)| Excuse::of(what, from, to);
        let told = groups.into_iter().map(|(found, units)| {
            let excuses: Vec<Excuse> = found.into_iter().map(excuse).collect();
            UnitsExcused { units, certainty: Self::certainty(&excuses), excuses }
        });
        told.collect()
    }

    /// The units for which no provider took any message that asked for the report, and some failed; with when, in whole
    /// minutes. It looks at messages only where any failed at all while people were reminded.
    fn unreminded<'u>(&self, period: &Period, units: &'u [UnitId]) -> BTreeMap<&'u UnitId, Span> {
        let Some(reminding) = reminding(period).filter(|span| self.failed_in(*span)) else {
            return BTreeMap::new();
        };
        if let [unit] = units {
            return self
                .unreminded_of(period, (unit, reminding))
                .map(|span| (unit, span))
                .into_iter()
                .collect();
        }
        let place = |unit: &UnitId| units.binary_search(unit).ok();
        let concerned = period.asked.iter().filter(|(_, of)| of.iter().any(|unit| place(unit).is_some()));
        let concerned: Vec<_> = concerned.collect();
        let mut people: BTreeMap<&PersonId, Asked> =
            concerned.iter().map(|(person, _)| (*person, Asked::default())).collect();
        for track in period.notifications.iter().filter_map(|id| self.state.track(id)) {
            if let (Purpose::FormDue, Recipient::Person(person)) =
                (track.notification.purpose, &track.notification.to)
                && let Some(asked) = people.get_mut(person)
            {
                asked.add(self.asked_by(track, reminding));
            }
        }
        let mut found: BTreeMap<&UnitId, Asked> = BTreeMap::new();
        for (person, of) in concerned {
            let asked = people.get(person).copied().unwrap_or_default();
            for unit in of.iter().filter_map(|unit| units.get(place(unit)?)) {
                found.entry(unit).or_default().add(asked);
            }
        }
        let failed = found.into_iter().filter(|(_, asked)| !asked.taken);
        failed.filter_map(|(unit, asked)| Some((unit, asked.failed?.in_minutes()))).collect()
    }

    /// The same of one unit, found by its people: what is reported late costs nothing that grows with the period.
    fn unreminded_of(&self, period: &Period, (unit, reminding): (&UnitId, Span)) -> Option<Span> {
        let posts = self.directory.units.get(unit)?;
        let holders = period.holders(unit).and_then(|owing| owing.liaison.clone());
        let posts = [Some(posts.liaison.clone()), posts.deputy.clone(), Some(posts.leader.clone()), holders];
        let mut people: BTreeSet<PersonId> = posts.into_iter().flatten().collect();
        let named: Vec<PersonId> =
            people.iter().flat_map(|person| self.state.line_of(person, reminding.to)).collect();
        people.extend(named);
        let is_asked = |person: &PersonId| period.asked.get(person).is_some_and(|of| of.contains(unit));
        let subject = Subject::Period(period.id().clone());
        let mut found = Asked::default();
        for person in people.into_iter().filter(is_asked) {
            let to = Recipient::Person(person);
            for number in 0..period.reminded {
                let step = Reminder::Before(number).to_string();
                for medium in ASKED_BY {
                    let id_of =
                        |round| Notification::id_of(&subject, Purpose::FormDue, &step, (&to, medium), round);
                    let (free, _) = self.free_round(id_of);
                    for track in (1..free).filter_map(|round| self.state.track(&id_of(round))) {
                        found.add(self.asked_by(track, reminding));
                    }
                }
            }
        }
        if found.taken { None } else { found.failed.map(Span::in_minutes) }
    }

    fn asked_by(&self, track: &Track, reminding: Span) -> Asked {
        let mut asked = Asked { taken: track.state.was_taken(), failed: None };
        // What the daemon's own end cut off is no failure of a provider.
        let theirs = track.attempts.iter().filter(|it| it.failure != Some(FailureReason::Interrupted));
        for attempt in theirs.filter(|it| it.at <= reminding.to && it.failed_at_provider()) {
            asked.fail(Span { from: attempt.at, to: attempt.at });
        }
        if track.attempts.is_empty() && matches!(track.state, Progress::Planned | Progress::Cancelled) {
            // It waited for a channel that has money until it was too late, and may wait still.
            let channels = self.directory.channels_of(track.notification.medium);
            let waited = channels
                .filter_map(|it| self.without_money(&Trouble::ChannelExhausted(it.id.clone()), reminding));
            if let Some(from) = waited.min() {
                asked.fail(Span {
                    from: from.max(track.notification.due.min(reminding.to)),
                    to: reminding.to,
                });
            }
        }
        asked
    }

    /// Whether anything that asks for a report failed at a provider in a span.
    fn failed_in(&self, span: Span) -> bool {
        let exhausted = |trouble: &Trouble| {
            matches!(trouble, Trouble::ChannelExhausted(_)) && self.without_money(trouble, span).is_some()
        };
        self.state.reminders_failed.iter().any(|failed| failed.overlaps(span))
            || self.state.troubles.keys().any(exhausted)
    }

    /// Since when a channel had no money in a span, as far as that is known: it lasts, or began in it.
    fn without_money(&self, trouble: &Trouble, span: Span) -> Option<Timestamp> {
        let standing = self.state.troubles.get(trouble)?;
        let in_time = standing.since <= span.to && (standing.open || standing.since >= span.from);
        in_time.then_some(standing.since)
    }
}

/// From the first message that asks for the report to the due instant.
fn reminding(period: &Period) -> Option<Span> {
    let first = period.opened.reminders.before.first()?;
    Some(Span { from: (*first - ASIDE_MAX).min(period.due), to: period.due })
}
