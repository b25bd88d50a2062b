//! What stands near lapses without naming them: announced maintenance in their time, and who of the people concerned was
//! away, stood in, or had just come to the post.
//!
//! **Invariant.** Of an absence or a post no entry counts that is of nobody concerned.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::search::{body, kind};
use crate::domain::fact::Span;
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::UnitId;
use crate::domain::slot::{Contradiction, CountedBy};
use crate::time::Timestamp;

/// So long before a due instant whoever comes to a post is still new in it.
const NEW_IN_POST: Duration = Duration::from_hours(1);

/// One lapse: whom it concerns, and in what time.
struct Near {
    people: BTreeSet<String>,
    unit: Option<String>,
    span: Span,
    by_register: bool,
}

/// All of them.
pub(super) struct Nearby {
    all: Vec<Near>,
    /// Entries with maintenance and absences that touch them.
    touching: BTreeSet<u64>,
}

impl Nearby {
    pub(super) fn of<'l>(lapses: impl Iterator<Item = (&'l Lapse, Option<&'l UnitId>)>) -> Self {
        let near = |(lapse, unit): (&Lapse, Option<&UnitId>)| Near {
            people: lapse.subjects().map(ToString::to_string).collect(),
            unit: unit.map(ToString::to_string),
            span: span(lapse),
            by_register: matches!(
                lapse.about,
                About::Report { against: Contradiction::Counted { by: CountedBy::Register, .. }, .. }
            ),
        };
        Self { all: lapses.map(near).collect(), touching: BTreeSet::new() }
    }

    /// Whether a fact touches one of them, and until when it does; an open end, where it does for good.
    pub(super) fn touches(&mut self, fact: &Value, (seq, at): (u64, Timestamp)) -> Option<Option<Timestamp>> {
        let body = body(fact);
        let kind = kind(fact);
        let began = |member: &str| body[member].as_u64().is_some_and(|began| self.touching.contains(&began));
        let until = match kind {
            "maintenance_announced" => {
                let told = read(&body["span"])?;
                self.all.iter().any(|near| near.span.overlaps(told)).then_some(Some(told.to))
            }
            "absence_recorded" => {
                let told = read(&body["span"])?;
                let concerns = |near: &Near, member: &str| {
                    body[member].as_str().is_some_and(|it| near.people.contains(it))
                };
                let any = |near: &Near| {
                    near.span.overlaps(told) && (concerns(near, "person") || concerns(near, "stand_in"))
                };
                self.all.iter().any(any).then_some(Some(told.to))
            }
            "maintenance_ended" => began("maintenance").then_some(None),
            "absence_ended" => began("absence").then_some(None),
            "posts_taken" => {
                let of_unit = |near: &Near| {
                    let posts = body["posts"].as_array();
                    let is_its = |post: &Value| post["unit"].as_str() == near.unit.as_deref();
                    near.span.from <= at && at <= near.span.to && posts.into_iter().flatten().any(is_its)
                };
                self.all.iter().any(of_unit).then_some(None)
            }
            "staff_loaded" => {
                let counts = |near: &Near| near.by_register && near.span.from <= at && at <= near.span.to;
                self.all.iter().any(counts).then_some(None)
            }
            _ => None,
        };
        if until.is_some() {
            self.touching.insert(seq);
        }
        until
    }
}

/// From the first thing that speaks for those named, or when somebody could just have come to the post, until it was
/// found.
fn span(lapse: &Lapse) -> Span {
    let excused = lapse.excuses.iter().map(|excuse| excuse.from).min();
    let from = (lapse.due - NEW_IN_POST).min(excused.unwrap_or(lapse.due));
    Span { from, to: lapse.due.max(lapse.found_at) }
}

fn read(span: &Value) -> Option<Span> {
    serde_json::from_value(span.clone()).ok()
}
