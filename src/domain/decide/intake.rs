//! Fever events: triage, joining, clusters, and the case they open or raise.
//!
//! A reading is not a case, and a fever is not a suspected case. An event is never refused for its time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Draft;
use crate::domain::case::{Case, Reading};
use crate::domain::command::{FeverReport, Rejection};
use crate::domain::directory::{ClusterRule, Directory, Source, Triage};
use crate::domain::fact::{CaseOpened, EventOutcome, EventTaken, Fact, RaisedBy};
use crate::domain::names::{CaseId, Kind, PersonToken, Recipient, UnitId};
use crate::domain::notification::Progress;
use crate::domain::state::{State, Track};
use crate::time::Timestamp;

/// A time given further back than this does not count.
const BACK_MAX: Duration = Duration::from_hours(24 * 7);
/// A time given further ahead than this does not count: a device's clock may run fast, but not far.
const AHEAD_MAX: Duration = Duration::from_mins(5);
/// A case keeps at most so many readings; those beyond it stand in the journal alone.
const READINGS_MAX: usize = 500;

/// What an event amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// A fever, or more.
    Case { kind: Kind, proposed: Option<Kind> },
    /// A normal reading.
    Below,
    /// No reading a body shows, and nobody says what it is.
    Invalid,
    /// A source says that it was nothing; only a person rules out.
    ProposesRuledOut,
}

/// Fevers that together are a suspicion.
#[derive(Debug)]
struct Cluster {
    /// By which rule.
    rule: ClusterRule,
    /// The cases of the other people.
    others: BTreeSet<CaseId>,
    /// The last of its readings: before it nobody held a cluster, in whichever order the readings came in.
    complete_at: Timestamp,
}

impl Draft<'_> {
    pub(super) fn report_fever(&mut self, report: &FeverReport) -> Result<(), Rejection> {
        if let Some(seen) = &report.seen {
            if seen.content != report.content {
                self.record(Fact::EventDiffered {
                    event: seen.event.clone(),
                    source: report.source.clone(),
                    received: report.received.wall,
                });
            }
            return Ok(());
        }
        let directory = self.directory;
        let source = directory
            .sources
            .get(&report.source)
            .ok_or_else(|| Rejection::SourceUnknown(report.source.clone()))?;
        let unit = report.unit.as_ref().or(source.unit.as_ref()).ok_or(Rejection::UnitMissing)?;
        if !directory.units.contains_key(unit) {
            return Err(Rejection::UnitUnknown);
        }
        let at = counting_instant(report, source);
        match verdict(&directory.triage, report, source) {
            Verdict::Case { kind, proposed } => self.fever(report, (unit, at), (kind, proposed)),
            Verdict::Below => self.no_case(report, (unit, at), EventOutcome::BelowThreshold),
            Verdict::Invalid => self.no_case(report, (unit, at), EventOutcome::InvalidReading),
            Verdict::ProposesRuledOut => {
                self.no_case(report, (unit, at), EventOutcome::Noted);
                if let Some(case) = open_case_of(&self.state, report) {
                    let source = report.source.clone();
                    self.record(Fact::Proposed { case: case.id.clone(), kind: Kind::RuledOut, source });
                }
            }
        }
        Ok(())
    }

    fn taken(&self, report: &FeverReport, place: (&UnitId, Timestamp), outcome: EventOutcome) -> EventTaken {
        let triage = &self.directory.triage;
        let (unit, at) = place;
        EventTaken {
            event: report.event.clone(),
            source: report.source.clone(),
            key: report.key.clone(),
            content: report.content.clone(),
            received: report.received.wall,
            discovered: at,
            outcome,
            unit: Some(unit.clone()),
            unit_assumed: report.unit.is_none(),
            temperature: report.temperature,
            implausible: report.temperature.is_some_and(|reading| {
                !(triage.implausible_below..=triage.implausible_above).contains(&reading)
            }),
            person: report.person.clone(),
            payload: report.payload.clone(),
            case: None,
            kind: None,
            replay: report.replay,
        }
    }

    /// A reading that is no case of its own; where the person has an open case it is a second reading of it.
    fn no_case(&mut self, report: &FeverReport, place: (&UnitId, Timestamp), outcome: EventOutcome) {
        let mut event = self.taken(report, place, outcome);
        let case = open_case_of(&self.state, report);
        if let Some(case) = &case {
            event.case = Some(case.id.clone());
            event.kind = Some(case.kind);
        }
        self.record(Fact::EventTaken { event: Box::new(event) });
        if let Some(case) = case.filter(|case| case.readings.len() < READINGS_MAX) {
            let reading = reading(report, place.1);
            self.record(Fact::CaseJoined { case: case.id.clone(), reading });
        }
    }

    fn fever(&mut self, report: &FeverReport, place: (&UnitId, Timestamp), said: (Kind, Option<Kind>)) {
        let (unit, at) = place;
        let (mut kind, proposed) = said;
        let open = open_case_of(&self.state, report);
        let found = if kind == Kind::Fever { self.cluster(report, (unit, at)) } else { None };
        let is_fever = open.as_ref().is_none_or(|case| case.kind <= Kind::Fever);
        let (cluster, sooner) = if is_fever { (found, None) } else { (None, found) };
        if let Some(cluster) = &cluster {
            kind = cluster.rule.becomes.max(kind);
        }
        let since = cluster.as_ref().map_or(at, |cluster| cluster.complete_at);
        let rule = cluster.as_ref().map(|cluster| cluster.rule.rule.clone());
        let case = match open {
            Some(case) => self.join(report, (&case, place), (kind, rule), since),
            None => self.open(report, place, (kind, rule), since),
        };
        if let Some(kind) = proposed {
            self.record(Fact::Proposed { case: case.clone(), kind, source: report.source.clone() });
        }
        for other in cluster.into_iter().flat_map(|cluster| cluster.others) {
            self.link(&case, &other);
        }
        if let Some(cluster) = sooner {
            self.complete_sooner(&case, report, &cluster);
        }
    }

    /// A reading that came late: with it the cluster was complete before the case is known to have been suspected.
    fn complete_sooner(&mut self, id: &CaseId, report: &FeverReport, cluster: &Cluster) {
        let Some(case) = self.state.case(id).cloned() else { return };
        if case.suspected_since.is_none_or(|since| since <= cluster.complete_at) {
            return;
        }
        self.antedate(id, report, (cluster.rule.becomes, cluster.complete_at));
        for other in cluster.others.iter().filter(|other| !case.linked.contains(*other)) {
            self.link(id, other);
        }
    }

    /// The rule, valid on the day of the reading, that this reading completes; and the cases it completes it with.
    fn cluster(&self, report: &FeverReport, (unit, at): (&UnitId, Timestamp)) -> Option<Cluster> {
        let person = report.person.as_ref()?;
        let fevers = self.state.fevers.get(unit)?;
        let day = self.directory.zone.day(at);
        self.directory.triage.clusters.iter().find_map(|rule| {
            if day < rule.valid_from || rule.valid_to.is_some_and(|last| day > last) {
                return None;
            }
            let most = rule.people.saturating_sub(1).max(1);
            let counts = |(other_at, other): &&(Timestamp, PersonToken)| {
                other != person && at.distance(*other_at) <= rule.window
            };
            // Before the last of the first so many nobody held a cluster; what came after it made none of it.
            let from = (at - rule.window, PersonToken::new(""));
            let first = fevers.order.range(from.clone()..).filter(counts).take(most);
            let complete_at = first.map(|(other_at, _)| *other_at).fold(at, Timestamp::max);
            // No further than that: what a unit has in its window may be many.
            let past = (complete_at + Duration::from_millis(1), PersonToken::new(""));
            let with = fevers.order.range(from..past).rev().filter(counts).take(most);
            let others: BTreeSet<CaseId> = with
                .filter_map(|(_, other)| fevers.latest.get(other).map(|(_, case)| case.clone()))
                .collect();
            (others.len() + 1 >= rule.people).then(|| Cluster { rule: rule.clone(), others, complete_at })
        })
    }

    fn join(
        &mut self,
        report: &FeverReport,
        (case, place): (&Case, (&UnitId, Timestamp)),
        (kind, cluster): (Kind, Option<String>),
        since: Timestamp,
    ) -> CaseId {
        let (_, at) = place;
        let raises = kind > case.kind;
        let outcome = if raises { EventOutcome::CaseRaised } else { EventOutcome::CaseJoined };
        let mut event = self.taken(report, place, outcome);
        event.case = Some(case.id.clone());
        event.kind = Some(kind.max(case.kind));
        let by_cluster = cluster.is_some();
        let why = cluster.map_or_else(|| RaisedBy::Event(event.event.clone()), RaisedBy::Cluster);
        self.record(Fact::EventTaken { event: Box::new(event) });
        if case.readings.len() < READINGS_MAX {
            self.record(Fact::CaseJoined { case: case.id.clone(), reading: reading(report, at) });
        }
        if raises {
            self.raise(&case.id, kind, since, why);
            self.event_late(&case.id, report);
        }
        // What a cluster makes of it counts from the cluster; what the event itself says, from its own instant.
        if !by_cluster {
            self.antedate(&case.id, report, (kind, at));
        }
        case.id.clone()
    }

    fn open(
        &mut self,
        report: &FeverReport,
        place: (&UnitId, Timestamp),
        (kind, cluster): (Kind, Option<String>),
        since: Timestamp,
    ) -> CaseId {
        let (unit, at) = place;
        let day = self.directory.zone.day(self.now.wall);
        let number = self.state.day_counts.get(&day).copied().unwrap_or(0).saturating_add(1);
        let id = CaseId::new(&format!("C-{}-{number:04}", day.compact()));
        let mut event = self.taken(report, place, EventOutcome::CaseOpened);
        event.case = Some(id.clone());
        event.kind = Some(kind);
        self.record(Fact::EventTaken { event: Box::new(event) });
        let opened = CaseOpened {
            case: id.clone(),
            kind,
            unit: unit.clone(),
            unit_assumed: report.unit.is_none(),
            day,
            number,
            opened_at: self.now.wall,
            discovered_at: at,
            suspected_since: (kind >= Kind::Suspected).then_some(since),
            subject: report.person.clone(),
            subject_person: report.subject_person.clone(),
            previous: report.last_case.clone(),
            cluster,
            reading: reading(report, at),
        };
        self.record(Fact::CaseOpened { case: Box::new(opened) });
        self.start_plan(&id, kind, since);
        self.event_late(&id, report);
        self.doubt_reports(&id);
        id
    }

    /// Links two cases of a cluster, and tells whoever handles the other, or else everybody who was told of it; not
    /// those whom the case itself tells.
    fn link(&mut self, case: &CaseId, other: &CaseId) {
        if case == other {
            return;
        }
        self.record(Fact::CasesLinked { case: case.clone(), with: other.clone() });
        let Some(known) = self.state.case(other).filter(|known| known.is_open()).cloned() else { return };
        self.record(Fact::CasesLinked { case: other.clone(), with: case.clone() });
        let audience = match &known.handler {
            Some(handler) => BTreeSet::from([handler.person.clone()]),
            None => known.told.clone(),
        };
        for person in audience {
            let to = Recipient::Person(person.clone());
            let hears =
                |track: &Arc<Track>| track.notification.to == to && track.state != Progress::Cancelled;
            let tracks = self.state.case(case).map(|case| case.notifications.clone()).unwrap_or_default();
            if !tracks.iter().filter_map(|id| self.state.track(id)).any(hears) {
                self.tell_of(case, &person);
            }
        }
    }
}

/// Whether an event may open a case, so that deciding it asks which was the last one of its person.
#[must_use]
pub fn may_open(state: &State, directory: &Directory, report: &FeverReport) -> bool {
    let is_case = |source| matches!(verdict(&directory.triage, report, source), Verdict::Case { .. });
    directory.sources.get(&report.source).is_some_and(is_case) && open_case_of(state, report).is_none()
}

fn verdict(triage: &Triage, report: &FeverReport, source: &Source) -> Verdict {
    let plausible = report
        .temperature
        .filter(|reading| (triage.implausible_below..=triage.implausible_above).contains(reading));
    let said = match report.kind {
        Some(Kind::RuledOut) => return Verdict::ProposesRuledOut,
        Some(kind) => kind,
        None => match plausible {
            Some(reading) if reading >= triage.fever_at_least => Kind::Fever,
            Some(_) => return Verdict::Below,
            None => return Verdict::Invalid,
        },
    };
    let said = if report.exposure { said.max(Kind::Suspected) } else { said };
    // More than a source may say is taken as the highest it may, and proposed for the rest. A fever it may
    // always say: a device that sees one is never told to be silent.
    let allowed = source.may.iter().copied().filter(|may| *may <= said).max().unwrap_or(Kind::Fever);
    Verdict::Case { kind: allowed, proposed: (allowed < said).then_some(said) }
}

fn open_case_of(state: &State, report: &FeverReport) -> Option<Arc<Case>> {
    let id = state.by_subject.get(report.person.as_ref()?)?;
    state.case(id).filter(|case| case.is_open()).cloned()
}

/// The instant that counts for an event: the one given where the source is believed and the time is possible, else
/// its receipt. Never later than its receipt: by then the daemon held it.
fn counting_instant(report: &FeverReport, source: &Source) -> Timestamp {
    let received = report.received.steady;
    let possible = (report.received.both() - BACK_MAX)..=(report.received.either() + AHEAD_MAX);
    report
        .discovered
        .filter(|given| source.trust_time && possible.contains(given))
        .map_or(received, |given| given.min(received))
}

fn reading(report: &FeverReport, at: Timestamp) -> Reading {
    Reading {
        event: report.event.clone(),
        at,
        received: report.received.wall,
        temperature: report.temperature,
        payload: report.payload.clone(),
    }
}
