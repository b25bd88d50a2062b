//! What is summed up: figures that are numbers and nobody's own, and the rows of a register.

use serde_json::{Value, json};

use crate::domain::form::{Field, Form, Labels, Takes};
use crate::sheet::handout::Cell;

/// One figure of the form, or the count of a register's rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) label: Labels,
    whole: bool,
    /// A zero report that leaves it out says that it is none.
    is_none_in_a_zero: bool,
}

impl Figure {
    fn of(form: &Form, field: &Field) -> Option<Self> {
        let whole = match field.takes {
            Takes::Count => true,
            Takes::Number => false,
            Takes::Text | Takes::Date | Takes::Choice(_) => return None,
        };
        (!field.personal).then(|| Self {
            name: field.name.clone(),
            label: field.label.clone(),
            whole,
            is_none_in_a_zero: form.is_none_in_a_zero(field),
        })
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sum of counts, each far below"
    )]
    pub(super) fn value(&self, value: f64) -> Value {
        if self.whole { json!(value as u64) } else { json!(value) }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sum of counts, each far below"
    )]
    pub(super) const fn cell(&self, value: f64) -> Cell {
        if self.whole { Cell::Count(value as u64) } else { Cell::Number(value) }
    }
}

/// What is summed up: of figures those that are numbers and nobody's own, of a register its rows.
pub(super) fn figures(form: &Form) -> Vec<Figure> {
    if form.fields.is_empty() {
        let label = Labels { zh: "行数".to_owned(), en: "Rows".to_owned() };
        return vec![Figure { name: "rows".to_owned(), label, whole: true, is_none_in_a_zero: true }];
    }
    form.fields.iter().filter_map(|field| Figure::of(form, field)).collect()
}

/// What a report says in figures. A zero report that leaves a figure out says that it is none, save of one that a zero
/// may have above none: of those who are simply there, and of a running total, it says nothing.
#[expect(clippy::cast_precision_loss, reason = "a register has 5,000 rows at most")]
pub(super) fn values(content: &Value, figures: &[Figure], form: &Form) -> Vec<Option<f64>> {
    if form.fields.is_empty() {
        return vec![Some(content["rows"].as_array().map_or(0, Vec::len) as f64)];
    }
    let zero = content["zero"] == json!(true);
    let value = |figure: &Figure| {
        let none = (zero && figure.is_none_in_a_zero).then_some(0.0);
        content["figures"].get(&figure.name).and_then(Value::as_f64).or(none)
    };
    figures.iter().map(value).collect()
}
