//! Lapses as they are handed out: one line each, as JSON with English names or as a row under Chinese headings.
//!
//! Whoever may have them sees who is named. What people wrote of them stays in the vault: a line says that it is there.

mod about;
mod against;
pub mod excuse;
mod filed;
mod headings;
pub mod repeats;
mod rule;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

pub use self::about::about;
use self::against::Sides;
pub use self::filed::LateReport;
use self::headings::headings;
use self::rule::Rule;
use super::words;
use crate::domain::State;
use crate::domain::case::Case;
use crate::domain::lapse::{About, Book, Finding, Lapse, Post, Repetition, Verdict};
use crate::domain::names::{AuthorityId, CaseId, FormId, LapseId, PersonId, PolicyId, UnitId};
use crate::domain::slot::{Period, PeriodId, SlotId};
use crate::journal::Hash;
use crate::sheet::handout::{Cell, Handout};
use crate::time::{Day, Timestamp, Zone};

/// A cell lists at most so many of anything; JSON lists all.
const LISTED_MAX: usize = 40;

/// What things and people are called.
pub trait Names {
    /// A person; nothing where the configuration names them no longer.
    fn person(&self, person: &PersonId) -> Option<String>;
    /// A unit, as it was called at an instant; its id where nobody can tell.
    fn unit(&self, unit: &UnitId, at: Timestamp) -> String;
    /// An authority; its id where the configuration names it no longer.
    fn authority(&self, authority: &AuthorityId) -> String;
    /// A form in Chinese; likewise.
    fn form(&self, form: &FormId) -> String;
    /// A figure of a form in Chinese; its name in reports where the configuration holds it no longer.
    fn figure(&self, form: &FormId, field: &str) -> String;
}

/// What lapses do not say of themselves, from the cases and periods that they are about: in memory, or long gone from it.
#[derive(Debug, Default)]
pub struct Around {
    units: BTreeMap<CaseId, UnitId>,
    policies: BTreeMap<LapseId, PolicyId>,
    versions: BTreeMap<PeriodId, String>,
    late: filed::LateReports,
    /// Those that could come before one, and how many ids of them are told.
    before: (Book, usize),
}

impl Around {
    /// Takes from a case what some lapses need of it.
    pub fn note_case(&mut self, case: &Case, lapses: &[&Lapse]) {
        self.units.insert(case.id.clone(), case.unit.clone());
        for lapse in lapses.iter().filter(|lapse| lapse.about.cases().contains(&case.id)) {
            if let Some(policy) = case.policy_of(lapse) {
                self.policies.insert(lapse.lapse.clone(), policy.clone());
            }
        }
    }

    /// Takes from a period what its lapses need of it.
    pub fn note_period(&mut self, period: &Period) {
        self.versions.insert(period.id().clone(), period.opened.rule.clone());
        self.late.note(period);
    }

    /// Takes what could come before these lapses within a window, and tells so many ids of each.
    pub fn note_before(
        &mut self,
        (state, lapses): (&State, &[Arc<Lapse>]),
        window: Duration,
        ids_max: usize,
    ) {
        self.before = (Book::of(&state.lapses, lapses, window), ids_max);
    }

    /// The policy by which a lapse about a case was due.
    pub(super) fn policy(&self, lapse: &Lapse) -> Option<&PolicyId> {
        self.policies.get(&lapse.lapse)
    }

    /// The unit of what a lapse is about.
    #[must_use]
    pub fn unit<'a>(&'a self, lapse: &'a Lapse) -> Option<&'a UnitId> {
        match &lapse.about {
            About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                Some(&slot.unit)
            }
            About::Telephone { case, .. } | About::Written { case, .. } | About::Event { case, .. } => {
                self.units.get(case)
            }
        }
    }
}

/// A lapse, and what is said beside it.
#[derive(Debug)]
pub struct Line {
    /// The lapse.
    pub lapse: Arc<Lapse>,
    /// What came before it.
    pub before: Repetition,
    /// The report that came late, where it is about one.
    pub filed: Option<LateReport>,
    unit: Option<UnitId>,
    rule: Rule,
    late: Option<Duration>,
}

/// From an instant on, and before another: each where it is given.
pub type Bounds = (Option<Timestamp>, Option<Timestamp>);

/// An instant; of a date its beginning, or that of the day so many days after it.
#[must_use]
pub fn bound(text: &str, (zone, days): (&Zone, i64)) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let day: Day = text.parse().ok()?;
    zone.instant(day.plus_days(days).at(0, 0))
}

/// The lapses that were due within bounds, in order of their due instants.
#[must_use]
pub fn due_in(state: &State, (from, to): Bounds) -> Vec<Arc<Lapse>> {
    let is_in =
        |lapse: &&Arc<Lapse>| from.is_none_or(|from| lapse.due >= from) && to.is_none_or(|to| lapse.due < to);
    let mut found: Vec<Arc<Lapse>> = state.lapses.values().filter(is_in).cloned().collect();
    found.sort_by(|one, other| (one.due, &one.lapse).cmp(&(other.due, &other.lapse)));
    found
}

impl Line {
    /// A lapse with what is said beside it at an instant.
    #[must_use]
    pub fn new(lapse: Arc<Lapse>, (state, around): (&State, &Around), now: Timestamp) -> Self {
        let rule = match &lapse.about {
            About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                Rule::Form { slot: slot.clone(), version: around.versions.get(&slot.period).cloned() }
            }
            About::Telephone { .. } | About::Written { .. } | About::Event { .. } => {
                Rule::Policy(around.policies.get(&lapse.lapse).cloned())
            }
        };
        let (book, ids_max) = &around.before;
        let before = book.before(&lapse, *ids_max);
        let (unit, late) = (around.unit(&lapse).cloned(), state.lateness(&lapse, now));
        Self { unit, rule, late, before, filed: around.late.of(&lapse), lapse }
    }

    /// As JSON, each entry that it rests on with its hash.
    #[must_use]
    pub fn json(&self, names: &dyn Names, hashes: &BTreeMap<u64, Hash>) -> Value {
        let lapse = &*self.lapse;
        let person = |id: Option<&PersonId>, post: Option<Post>| {
            let told = id.map(|id| json!({ "person": id, "name": names.person(id), "post": post }));
            told.unwrap_or(Value::Null)
        };
        let told: Vec<Value> = lapse
            .told
            .iter()
            .map(|(person, told)| {
                let served_by = told.served.as_ref().map(|served| &served.actor.by);
                json!({ "person": person, "at": told.at, "answer_by": told.answer_by, "served_by": served_by })
            })
            .collect();
        let statements: Vec<Value> =
            lapse.statements.iter().map(|it| json!({ "at": it.at, "by": it.actor.by })).collect();
        let verdicts: Vec<Value> = lapse.verdicts.iter().map(|it| verdict(lapse, it)).collect();
        let evidence: Vec<Value> = lapse
            .evidence
            .iter()
            .map(|seq| json!({ "seq": seq, "hash": hashes.get(seq).map(Hash::to_string) }))
            .collect();
        json!({
            "lapse": lapse.lapse, "unit": self.unit, "unit_name": self.unit_name(names),
            "about": self.about(), "failing": lapse.failing, "certainty": lapse.certainty,
            "person_involved": person(lapse.person_involved.as_ref(), lapse.involved_as),
            "responsible_person": person(lapse.responsible_person.as_ref(), lapse.responsible_as),
            "rule": self.rule(), "due": lapse.due, "actual": self.actual(),
            "late_by_s": self.late.map(|late| late.as_secs()), "excuses": excuse::json(lapse),
            "state": words::state(lapse).0, "found_at": lapse.found_at, "omitted_until": lapse.omitted_until,
            "withdrawn_at": lapse.withdrawn_at.filter(|_| lapse.is_withdrawn()),
            "ruled_out_since": lapse.ruled_out_since(), "excuse_since": lapse.excuse_since(), "told": told, "statements": statements, "verdicts": verdicts,
            "evidence": evidence, "repeats": repeats::json(&self.before),
        })
    }

    /// What it is about, and of a late report how it began.
    #[must_use]
    pub fn about(&self) -> Value {
        let mut about = about(&self.lapse);
        self.filed.iter().for_each(|filed| filed.tell(&mut about));
        about
    }

    /// By what it was due: a form in its version, or a policy.
    #[must_use]
    pub fn rule(&self) -> Value {
        self.rule.json()
    }

    /// When what was owed came.
    #[must_use]
    pub fn actual(&self) -> Option<Timestamp> {
        match self.lapse.about {
            About::Event { .. } => Some(self.lapse.found_at),
            About::Slot { .. }
            | About::Report { .. }
            | About::Correction { .. }
            | About::Telephone { .. }
            | About::Written { .. } => self.lapse.cured_at,
        }
    }

    /// What it is about, in Chinese.
    #[must_use]
    pub fn matter(&self, names: &dyn Names) -> String {
        match &self.lapse.about {
            About::Telephone { case, authority } => {
                format!("{case} 向{}电话报告", names.authority(authority))
            }
            About::Written { case, authority } => format!("{case} 向{}书面报告", names.authority(authority)),
            About::Event { case, .. } => format!("{case} 发热信息上报"),
            About::Slot { slot } => named(slot, names),
            About::Report { slot, against, .. } => {
                let Sides { said, known, .. } = Sides::of(against, names);
                let says = against.says().zh;
                format!("{}：{says}（所报：{said}；已知：{known}）", named(slot, names))
            }
            About::Correction { slot, .. } => format!("{}：由本单位更正", named(slot, names)),
        }
    }

    fn row(&self, names: &dyn Names, zone: &Zone) -> Vec<Cell> {
        let lapse = &*self.lapse;
        let shown = |at: Timestamp| zone.format(at, "%Y-%m-%d %H:%M:%S");
        let id = |person: Option<&PersonId>| Cell::text(person.map(ToString::to_string).unwrap_or_default());
        let name = |person: Option<&PersonId>| {
            Cell::text(person.and_then(|person| names.person(person)).unwrap_or_default())
        };
        let post = |post: Option<Post>| post.map_or(Cell::Blank, |post| Cell::text(words::post(post)));
        let called = |person: &PersonId| names.person(person).unwrap_or_else(|| person.to_string());
        let last = lapse.verdicts.last();
        let mut cells = vec![
            Cell::text(lapse.lapse.as_str()),
            Cell::text(self.unit.as_ref().map(ToString::to_string).unwrap_or_default()),
            Cell::text(self.unit_name(names).unwrap_or_default()),
            Cell::text(self.matter(names)),
            Cell::text(words::failing(lapse.failing)),
            Cell::text(words::certainty(lapse.certainty)),
            id(lapse.person_involved.as_ref()),
            name(lapse.person_involved.as_ref()),
            post(lapse.involved_as),
            id(lapse.responsible_person.as_ref()),
            name(lapse.responsible_person.as_ref()),
            post(lapse.responsible_as),
            Cell::text(self.rule.text()),
            Cell::Instant(lapse.due),
            Cell::instant(self.actual()),
            self.late.map_or(Cell::Blank, Cell::Length),
            listed(lapse.excuses.iter().map(|it| excuse::told(it, shown))),
            Cell::text(words::state(lapse).1),
            Cell::Instant(lapse.found_at),
            Cell::instant(lapse.omitted_until),
            listed(lapse.told.iter().map(|(person, told)| {
                let served = told
                    .served
                    .as_ref()
                    .map(|served| format!("（由{}当面或书面送达）", called(&served.actor.by)));
                format!("{} {}{}", called(person), shown(told.at), served.unwrap_or_default())
            })),
            listed(lapse.statements.iter().map(|it| format!("{} {}", called(&it.actor.by), shown(it.at)))),
            last.map_or(Cell::Blank, |it| Cell::text(words::clause(it.clause))),
            Cell::instant(last.map(|it| it.at)),
            last.map_or(Cell::Blank, |it| Cell::text(called(&it.actor.by))),
            Cell::Count(u64::try_from(lapse.verdicts.len()).unwrap_or(u64::MAX)),
            listed(lapse.evidence.iter().map(ToString::to_string)),
        ];
        cells.extend(against::cells(lapse, names));
        cells.extend(repeats::cells(lapse, &self.before));
        cells
    }

    /// Which failing it is, in the notice's word and in English.
    #[must_use]
    pub fn failing(&self) -> String {
        let word = json!(self.lapse.failing);
        format!("{} {}", words::failing(self.lapse.failing), word.as_str().unwrap_or_default())
    }

    /// What the unit was called when it was due.
    #[must_use]
    pub fn unit_name(&self, names: &dyn Names) -> Option<String> {
        self.unit.as_ref().map(|unit| names.unit(unit, self.lapse.due))
    }

    /// The unit of what it is about.
    #[must_use]
    pub const fn unit(&self) -> Option<&UnitId> {
        self.unit.as_ref()
    }

    /// What the table says of it, each under its heading in Chinese and in English.
    #[must_use]
    pub fn told(&self, names: &dyn Names, zone: &Zone) -> Vec<((&'static str, &'static str), String)> {
        let cells = self.row(names, zone);
        headings().zip(cells).map(|(heading, cell)| (*heading, cell.shown(zone))).collect()
    }
}

/// The lines as a table.
#[must_use]
pub fn table(lines: &[Line], names: &dyn Names, zone: &Zone) -> Handout {
    Handout {
        name: "问责台账".to_owned(),
        headings: headings().map(|(heading, _)| (*heading).to_owned()).collect(),
        rows: lines.iter().map(|line| line.row(names, zone)).collect(),
        zone: zone.clone(),
    }
}

/// The lines as JSON Lines.
#[must_use]
pub fn jsonl(lines: &[Line], names: &dyn Names, hashes: &BTreeMap<u64, Hash>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(line.json(names, hashes).to_string().as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

/// A form and its reporting day, in Chinese.
fn named(slot: &SlotId, names: &dyn Names) -> String {
    let period = &slot.period;
    let number = if period.number == 1 { String::new() } else { format!(" 第{}次", period.number) };
    format!("{} {}{number}", names.form(&period.form), period.day)
}

fn verdict(lapse: &Lapse, it: &Verdict) -> Value {
    let mut facts: serde_json::Map<String, Value> = Finding::ALL
        .iter()
        .map(|(finding, word)| ((*word).to_owned(), it.findings.found.contains(finding).into()))
        .collect();
    facts.insert("provision".to_owned(), json!(it.findings.provision));
    let clause = it.clause.map_or_else(|| json!("none"), |clause| json!(clause));
    let fits = lapse.fits(it);
    json!({ "at": it.at, "by": it.actor.by, "clause": clause, "clause_fits": fits, "facts": facts })
}

/// A list within one cell.
fn listed(all: impl Iterator<Item = String>) -> Cell {
    let mut all: Vec<String> = all.collect();
    let count = all.len();
    if count > LISTED_MAX {
        all.truncate(LISTED_MAX);
        all.push(format!("……共{count}项"));
    }
    Cell::text(all.join("；"))
}
