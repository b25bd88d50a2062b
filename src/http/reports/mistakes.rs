//! The mistakes of one report as they are found, and no more than anybody reads.

use std::collections::BTreeSet;

use crate::domain::form::Labels;
use crate::http::problem::{FieldError, Problem};
use crate::sheet::{At, MISTAKES_MAX, Mistake};

/// What a program branches on, where there is one kind of mistake alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Something in it is wrong.
    Invalid,
    /// Nobody says that the people in its rows have agreed.
    ConsentNeeded,
    /// A row to be filed once more is not there.
    NoSuchRow,
}

impl Kind {
    fn problem(self, found: Vec<FieldError>) -> Problem {
        let (code, title) = match self {
            Self::Invalid => return Problem::invalid(found),
            Self::ConsentNeeded => ("consent_needed", "The people in the rows must have agreed to it."),
            Self::NoSuchRow => ("no_such_row", "The last report has no such row."),
        };
        Problem { code, title, ..Problem::invalid(found) }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    found: Vec<FieldError>,
    kinds: BTreeSet<Kind>,
    /// Where a spreadsheet has said what is wrong: no value is there to be judged once more.
    unread: BTreeSet<String>,
}

impl Mistakes {
    /// Notes what was expected at a place, in both languages.
    pub(super) fn note(&mut self, pointer: impl Into<String>, says: &Labels) {
        self.note_as(Kind::Invalid, pointer, says);
    }

    /// The same of a kind that has a code of its own.
    pub(super) fn note_as(&mut self, kind: Kind, pointer: impl Into<String>, says: &Labels) {
        let pointer = pointer.into();
        if !self.is_full() && !self.unread.contains(&pointer) {
            self.kinds.insert(kind);
            self.found.push(FieldError::new(pointer, says.to_string()));
        }
    }

    /// Notes what was expected at a place that has no name of its own in the form.
    pub(super) fn say(&mut self, pointer: &str, zh: &str, en: &str) {
        self.note(pointer, &Labels { zh: zh.to_owned(), en: en.to_owned() });
    }

    /// Notes what a spreadsheet lacks: one of rows, or one of figures, which are one row.
    pub(super) fn of_sheet(&mut self, mistakes: &[Mistake], figures: bool) {
        let row = |index: &usize| if figures { "/figures".to_owned() } else { format!("/rows/{index}") };
        for Mistake { at, says } in mistakes {
            let pointer = match at {
                At::Whole => String::new(),
                At::Heading(heading) => FieldError::below("/columns", heading),
                At::Row { index, column: None } => row(index),
                At::Row { index, column: Some(column) } => FieldError::below(&row(index), column),
            };
            self.note(pointer.clone(), says);
            if matches!(at, At::Row { column: Some(_), .. }) {
                self.unread.insert(pointer);
            }
        }
    }

    /// Whether there are more than anybody reads.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MISTAKES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The refusal that tells them all; `None` where there are none.
    pub(super) fn problem(self) -> Option<Problem> {
        let full = self.is_full();
        let kind = self.kinds.first().filter(|_| self.kinds.len() == 1).copied();
        let problem = (!self.is_empty()).then(|| kind.unwrap_or(Kind::Invalid).problem(self.found))?;
        let first = "只列出前 50 处错误 / The first 50 mistakes are listed.";
        Some(if full { problem.with_detail(first) } else { problem })
    }
}
