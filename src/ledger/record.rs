//! The record as it adds up to a signed head: the lapses, what they rest on, and since when a rule is in force.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::export::{Around, Bounds, Line, due_in};
use super::lines::each;
use super::pack::posts::Loaded;
use super::verify::{VerifyError, verify};
use crate::domain::State;
use crate::domain::apply::Place;
use crate::domain::case::Case;
use crate::domain::fact::Fact;
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::{FormId, LapseId, PolicyId};
use crate::domain::slot::PeriodId;
use crate::time::Timestamp;

/// Which lapses are asked for.
#[derive(Debug, Clone)]
pub enum Of {
    /// One lapse.
    Lapse(LapseId),
    /// Every lapse that was due in a span.
    Span(Bounds),
}

/// The lapses on record at an instant, from the files themselves, whether a daemon writes them or not; none where the
/// files do not verify. What came before each is counted within a window.
///
/// # Errors
/// [`VerifyError`] where they cannot be read.
pub fn on_record(
    dir: &Path,
    of: &Of,
    (now, window): (Timestamp, Duration),
) -> Result<Option<Vec<Line>>, VerifyError> {
    let verified = verify(dir, None, &[])?;
    if !verified.holds() {
        return Ok(None);
    }
    let mut record = replayed(dir, verified.entries)?;
    let lapses = record.lapses(of);
    record.around.note_before((&record.state, &lapses), window, 0);
    let line = |lapse| Line::new(lapse, (&record.state, &record.around), now);
    Ok(Some(lapses.into_iter().map(line).collect()))
}

/// An entry, as far as a replay needs it.
#[derive(Deserialize)]
struct Entry {
    seq: u64,
    at: Timestamp,
    facts: Vec<Fact>,
}

/// What the entries add up to.
pub(super) struct Record {
    pub(super) state: State,
    pub(super) around: Around,
    /// When the last entry was decided.
    pub(super) end: Timestamp,
    /// The last configuration that was adopted.
    adopted: (u64, Timestamp),
    /// The version that each form has, and since when it has had that one without another between.
    forms: BTreeMap<FormId, (String, Since)>,
    periods: BTreeMap<PeriodId, Since>,
    policies: BTreeMap<PolicyId, Since>,
    /// Every load of the configuration.
    pub(super) loads: Vec<Loaded>,
}

/// Since when a rule is in force: the first entry that goes by it, and the configuration in force at that entry.
#[derive(Debug, Clone)]
pub(super) struct Since {
    rule: Value,
    pub(super) seq: u64,
    at: Timestamp,
    pub(super) adopted: (u64, Timestamp),
}

impl Since {
    pub(super) fn json(&self) -> Value {
        json!({
            "rule": self.rule, "first_used_in": self.seq, "first_used_at": self.at,
            "adopted_in": self.adopted.0, "in_force_since": self.adopted.1,
        })
    }
}

/// What the entries up to a number add up to, and what lapses need of cases and periods that have left memory.
pub(super) fn replayed(dir: &Path, entries: u64) -> Result<Record, VerifyError> {
    let mut record = Record {
        state: State::default(),
        around: Around::default(),
        end: Timestamp::MIN,
        adopted: (1, Timestamp::MIN),
        forms: BTreeMap::new(),
        periods: BTreeMap::new(),
        policies: BTreeMap::new(),
        loads: Vec::new(),
    };
    each(dir, entries, |line| {
        let Entry { seq, at, facts } = serde_json::from_slice(line.json).map_err(io::Error::from)?;
        for fact in &facts {
            record.leaves(fact);
            record.rule(fact, (seq, at));
        }
        record.state = record.state.apply_all(Place { seq, at }, &facts);
        record.end = at;
        Ok(())
    })?;
    let state = record.state.clone();
    for case in state.cases.values() {
        record.note_case(case);
    }
    state.periods.values().for_each(|period| record.around.note_period(period));
    Ok(record)
}

impl Record {
    /// What a pack is of.
    pub(super) fn lapses(&self, of: &Of) -> Vec<Arc<Lapse>> {
        match of {
            Of::Lapse(id) => self.state.lapses.get(id).cloned().into_iter().collect(),
            Of::Span(bounds) => due_in(&self.state, *bounds),
        }
    }

    /// The rules that lapses were due by, each once.
    pub(super) fn rules(&self, lapses: &[Arc<Lapse>]) -> Vec<Since> {
        let mut rules: BTreeMap<u64, Since> = BTreeMap::new();
        for lapse in lapses {
            let rule = match &lapse.about {
                About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                    self.periods.get(&slot.period)
                }
                About::Telephone { .. } | About::Written { .. } | About::Event { .. } => {
                    self.around.policy(lapse).and_then(|policy| self.policies.get(policy))
                }
            };
            rules.extend(rule.map(|rule| (rule.seq, rule.clone())));
        }
        rules.into_values().collect()
    }

    /// Takes what says by which rules things are due.
    fn rule(&mut self, fact: &Fact, (seq, at): (u64, Timestamp)) {
        if let Fact::ConfigurationAdopted { .. } = fact {
            self.adopted = (seq, at);
        }
        if let Fact::ConfigurationLoaded(it) = fact {
            let copy = it.copy.as_ref().map(ToString::to_string);
            self.loads.push(Loaded { seq, at, sha256: it.sha256.clone(), copy });
        }
        let adopted = self.adopted;
        if let Fact::PolicyKept { policy, .. } = fact {
            let rule = json!({ "policy": policy });
            self.policies.entry(policy.clone()).or_insert(Since { rule, seq, at, adopted });
        }
        if let Fact::PeriodOpened { period } | Fact::PeriodReopened { period } = fact {
            let form = &period.period.form;
            let known = self.forms.get(form).filter(|(version, _)| *version == period.rule);
            let since = known.map(|(_, since)| since.clone()).unwrap_or_else(|| {
                let rule = json!({ "form": form, "version": period.rule });
                Since { rule, seq, at, adopted }
            });
            self.periods.insert(period.period.clone(), since.clone());
            self.forms.insert(form.clone(), (period.rule.clone(), since));
        }
    }

    /// Takes what is needed of a case or a period before it leaves memory.
    fn leaves(&mut self, fact: &Fact) {
        if let Fact::Archived { case } = fact
            && let Some(case) = self.state.case(case).cloned()
        {
            self.note_case(&case);
        }
        if let Fact::PeriodArchived { period } = fact
            && let Some(period) = self.state.periods.get(period)
        {
            self.around.note_period(period);
        }
    }

    fn note_case(&mut self, case: &Case) {
        let lapses = case.lapses.iter().filter_map(|id| self.state.lapses.get(id));
        let lapses: Vec<&Lapse> = lapses.map(|lapse| &**lapse).collect();
        self.around.note_case(case, &lapses);
    }
}
