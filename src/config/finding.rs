//! Findings: a mistake or a warning, where it stands, and what was expected.

use super::node::Place;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The daemon does not start with it.
    Mistake,
    /// It starts, and somebody may be sorry.
    Warning,
    /// Worth knowing.
    Note,
}

/// Something that was found in the configuration.
///
/// No part of it quotes a value that is not an id, so that it can be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands; `None` for what is missing altogether.
    pub place: Option<Place>,
    /// The key, as a path: `unit "finance": leader`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What was expected there.
    pub expected: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// Another place that has to do with it, and what it is.
    pub related: Option<(Place, String)>,
    /// Whether it may only follow from another mistake: what it misses may stand in a file that cannot be read.
    pub(super) follows: bool,
}

impl Finding {
    fn new(severity: Severity, place: Option<Place>, key: &str, message: String) -> Self {
        let key = key.to_owned();
        Self { severity, place, key, message, expected: None, help: None, related: None, follows: false }
    }

    pub(super) fn mistake(place: &Place, key: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Mistake, Some(place.clone()), key, message.into())
    }

    /// A mistake that stands nowhere: something is missing altogether, or cannot be read.
    pub(super) fn absence(key: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Mistake, None, key, message.into())
    }

    pub(super) fn warning(place: Option<Place>, key: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, place, key, message.into())
    }

    pub(super) fn note(place: Option<Place>, key: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, place, key, message.into())
    }

    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn related(mut self, place: &Place, what: impl Into<String>) -> Self {
        self.related = Some((place.clone(), what.into()));
        self
    }

    pub(super) const fn following(mut self) -> Self {
        self.follows = true;
        self
    }

    /// The order findings are shown in: by file and line; what stands nowhere comes first.
    pub(super) fn order(&self) -> (Option<Place>, Severity) {
        (self.place.clone(), self.severity)
    }
}
