//! What the reading of every table adds to, and a value with where it stands.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use super::files::Blot;
use super::finding::Finding;
use super::node::Place;

/// What every part of the reading adds to, and where secrets are looked for.
pub(super) struct Report<'s> {
    pub(super) findings: RefCell<Vec<Finding>>,
    /// Where each key stands that was asked for, so that `check` can point at it.
    pub(super) places: RefCell<BTreeMap<String, Place>>,
    pub(super) blots: RefCell<Vec<Blot>>,
    /// The configuration's folder: relative paths of files begin there.
    pub(super) folder: &'s Path,
    /// The environment.
    pub(super) variable: &'s dyn Fn(&str) -> Option<String>,
    /// Whether a secret that cannot be read here is left out, and no mistake.
    pub(super) secrets: Secrets,
}

/// What it means for a secret that it cannot be read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// A mistake: the daemon could not work without it.
    Needed,
    /// Nothing: whoever asks does without, and runs where the daemon's credentials are not.
    LeftOut,
}

impl<'s> Report<'s> {
    pub(super) fn new(
        folder: &'s Path,
        variable: &'s dyn Fn(&str) -> Option<String>,
        secrets: Secrets,
    ) -> Self {
        let (findings, places, blots) = Default::default();
        Self { findings, places, blots, folder, variable, secrets }
    }

    pub(super) fn tell(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }

    /// Hides a value, but for its first characters, from whoever is shown the line it stands in.
    pub(super) fn blot(&self, place: &Place, shown: usize) {
        self.blots.borrow_mut().push(Blot { place: place.clone(), shown });
    }
}

/// A value with where it stands.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
    pub(super) key: String,
}

impl<T> At<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), place: self.place, key: self.key }
    }
}
