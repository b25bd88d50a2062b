//! The entries on which each excuse of a lapse rests, as far as they are there when it is recorded.

use std::collections::BTreeMap;

use super::Place;
use crate::domain::case::Moment;
use crate::domain::fact::{Fact, Span};
use crate::domain::lapse::{About, Excuse, ExcuseKind, Lapse};
use crate::domain::names::{NotificationId, PersonId, Recipient};
use crate::domain::slot::{Period, SlotId};
use crate::domain::state::State;
use crate::time::Timestamp;

/// An excuse cites at most so many entries, the first ones.
const ENTRIES_MAX: usize = 50;

/// When and where attempts to reach people failed, by their recipients.
pub(super) type Failed = BTreeMap<PersonId, Vec<(Timestamp, u64)>>;

impl State {
    /// Remembers what lasts, with the entries that tell of it; before anything else is made of the fact.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a fact that begins and ends none of these is passed over"
    )]
    pub(super) fn note_spell(&mut self, Place { seq, at }: Place, fact: &Fact) {
        match fact {
            Fact::Started { down: Some(down), .. } => self.spell(ExcuseKind::Outage, *down, seq),
            Fact::HoldBegan => self.spell_begins((ExcuseKind::Outage, None), at, seq),
            Fact::Released { .. } => self.spell_ends((ExcuseKind::Outage, None), at, seq),
            Fact::ClockStepped(it) => {
                self.spell_begins((ExcuseKind::ClockSuspect, None), it.from.min(it.to), seq);
            }
            Fact::ClockTrusted { .. } => self.spell_ends((ExcuseKind::ClockSuspect, None), at, seq),
            // Until it was armed first it was not armed.
            Fact::Armed { .. } if self.first_armed_at.is_none() => {
                self.spell(ExcuseKind::Unarmed, Span { from: Timestamp::MIN, to: at }, seq);
            }
            Fact::Armed { .. } => self.spell_ends((ExcuseKind::Unarmed, None), at, seq),
            Fact::Disarmed { .. } => self.spell_begins((ExcuseKind::Unarmed, None), at, seq),
            Fact::MaintenanceAnnounced(it) => self.spell(ExcuseKind::Maintenance, it.span, seq),
            Fact::MaintenanceEnded { maintenance, at, .. } => self.spell_cut(*maintenance, *at, seq),
            Fact::TroubleBegan(it) => {
                if let Some(what) = it.trouble.excuses_by() {
                    self.spell_begins((what, Some(&it.trouble)), it.since.unwrap_or(it.at), seq);
                }
            }
            Fact::TroubleEnded { trouble } => {
                if let Some(what) = trouble.excuses_by() {
                    self.spell_ends((what, Some(trouble)), at, seq);
                }
            }
            _ => {}
        }
    }

    /// Puts beside an excuse of a lapse what it rests on.
    pub(super) fn cite(&self, lapse: &Lapse, excuse: &mut Excuse, failed: &Failed) {
        let mut entries = self.rests_on(lapse, excuse, failed);
        entries.sort_unstable();
        entries.dedup();
        entries.truncate(ENTRIES_MAX);
        excuse.entries = entries;
    }

    /// The same of the period that a lapse is about, where an excuse of it may rest on them.
    pub(super) fn failed_about(&self, lapse: &Lapse) -> Failed {
        let rests = |it: &Excuse| matches!(it.what, ExcuseKind::Provider | ExcuseKind::FilerNotReached);
        let (About::Slot { slot } | About::Report { slot, .. }) = &lapse.about else { return Failed::new() };
        let period = self.periods.get(&slot.period).filter(|_| lapse.excuses.iter().any(rests));
        period.map(|period| self.failed_of(period)).unwrap_or_default()
    }

    /// Attempts that failed of the messages about a period.
    pub(super) fn failed_of(&self, period: &Period) -> Failed {
        let mut failed = Failed::new();
        for track in period.notifications.iter().filter_map(|id| self.track(id)) {
            if let Recipient::Person(person) = &track.notification.to
                && !track.failed.is_empty()
            {
                failed.entry(person.clone()).or_default().extend(track.failed.iter().copied());
            }
        }
        failed
    }

    fn rests_on(&self, lapse: &Lapse, excuse: &Excuse, failed: &Failed) -> Vec<u64> {
        let span = Span { from: excuse.from, to: excuse.to };
        let told_of = || self.told_of(excuse.what, span);
        match excuse.what {
            ExcuseKind::Outage
            | ExcuseKind::Door
            | ExcuseKind::Maintenance
            | ExcuseKind::ClockSuspect
            | ExcuseKind::Unarmed => told_of().collect(),
            ExcuseKind::Provider => told_of().chain(self.failed_in(lapse, span, failed)).collect(),
            ExcuseKind::Unreachable => told_of().chain(self.moments(lapse, &Moment::IMPOSSIBLE)).collect(),
            ExcuseKind::SaidEarlier => self.moments(lapse, &[Moment::PROVED]),
            ExcuseKind::BornLate => match &lapse.about {
                About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                    let period = self.periods.get(&slot.period);
                    period.and_then(|period| period.entries.first().copied()).into_iter().collect()
                }
                About::Telephone { .. } | About::Written { .. } | About::Event { .. } => {
                    self.moments(lapse, &Moment::STARTED)
                }
            },
            ExcuseKind::StoodIn => self.came_to_it(lapse, span),
            // That nothing arrived no entry tells but those of what was tried.
            ExcuseKind::FilerNotReached => {
                let tried = lapse.person_involved.iter().filter_map(|person| failed.get(person));
                tried.flatten().map(|(_, entry)| *entry).collect()
            }
        }
    }

    /// What the course of the lapse's case says in one of these words.
    fn moments(&self, lapse: &Lapse, words: &[&str]) -> Vec<u64> {
        let cases = lapse.about.cases().iter().filter_map(|id| self.case(id));
        let all = cases.flat_map(|case| case.timeline.iter());
        all.filter(|it| words.iter().any(|word| it.what.starts_with(word))).map(|it| it.seq).collect()
    }

    /// Attempts that failed in a span, of the messages of the lapse's case, or of those to whoever was asked for the report.
    fn failed_in(&self, lapse: &Lapse, span: Span, failed: &Failed) -> Vec<u64> {
        let is_in = |(at, entry): &(Timestamp, u64)| (span.from <= *at && *at <= span.to).then_some(*entry);
        if let About::Slot { slot } = &lapse.about {
            let asked = self.asked_for(slot);
            let theirs = lapse.subjects().chain(asked).filter_map(|person| failed.get(person));
            return theirs.flatten().filter_map(is_in).collect();
        }
        let cases = lapse.about.cases().iter().filter_map(|id| self.case(id));
        let ids = cases.flat_map(|case| case.notifications.iter());
        let tracks = ids.filter_map(|id: &NotificationId| self.track(id));
        tracks.flat_map(|track| track.failed.iter()).filter_map(is_in).collect()
    }

    pub(super) fn asked_for<'s>(&'s self, slot: &'s SlotId) -> impl Iterator<Item = &'s PersonId> {
        let period = self.periods.get(&slot.period);
        let asked = period.into_iter().flat_map(|period| period.asked.iter());
        asked.filter(|(_, units)| units.contains(&slot.unit)).map(|(person, _)| person)
    }

    /// Absences because of which somebody came to it, and when they came to the post.
    fn came_to_it(&self, lapse: &Lapse, span: Span) -> Vec<u64> {
        let is_named = |person: &PersonId| lapse.names(person);
        let absences = self.absences.iter().flat_map(|(person, all)| all.iter().map(move |it| (person, it)));
        let theirs = absences.filter(|(person, it)| {
            it.span.overlaps(span) && (is_named(person) || it.stand_in.as_ref().is_some_and(is_named))
        });
        let theirs = theirs.map(|(_, it)| it.absence);
        let unit = match &lapse.about {
            About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                Some(&slot.unit)
            }
            About::Telephone { .. } | About::Written { .. } | About::Event { .. } => None,
        };
        let taken = unit.and_then(|unit| self.posts_taken.get(unit));
        let taken = taken.into_iter().flatten().filter(|(person, _)| is_named(person));
        theirs.chain(taken.map(|(_, taken)| taken.entry)).collect()
    }
}
