//! Spaces: what kinds of keys there are, and how they lie beside each other in one tree.

use std::ops::Bound;

pub(super) const LAYOUT_KEY: &[u8] = b"layout";
pub(super) const WATERMARK_KEY: &[u8] = b"watermark";

/// What a key is about: its first byte in the tree. A number is never given to another space.
///
/// Within a space the engine makes the keys; what is to be read in order of time has the day or the seq in front,
/// big-endian or as sortable text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Space {
    /// The index's own: layout and watermark.
    Meta = 0,
    /// Idempotency keys, for ever: source and id.
    IdempotencyKey = 1,
    /// The last case of a person.
    LastCaseOfPerson = 2,
    /// Closed cases by their id.
    Case = 3,
    /// Closed cases by day.
    CaseByDay = 4,
    /// Closed cases by unit.
    CaseByUnit = 5,
    /// Closed cases by person.
    CaseByPerson = 6,
    /// Ended slots by their id.
    Slot = 7,
    /// Closed periods by day, with what became of each slot.
    SlotByDay = 8,
    /// Ended slots by unit.
    SlotByUnit = 9,
    /// Lapses by their id.
    Lapse = 10,
    /// Lapses by day.
    LapseByDay = 11,
    /// Lapses by unit.
    LapseByUnit = 12,
    /// Lapses by person.
    LapseByPerson = 13,
    /// Ended sessions.
    Session = 14,
    /// Settled notifications by their id.
    Notification = 15,
    /// The journal entries of a case.
    EntryOfCase = 16,
    /// Idempotency keys of reports, for ever: who sent it, and what they call it.
    ReportKey = 17,
}

impl Space {
    const fn byte(self) -> u8 {
        self as u8
    }

    /// The key as it lies in the tree.
    pub(super) fn key(self, key: &[u8]) -> Vec<u8> {
        let mut whole = Vec::with_capacity(key.len() + 1);
        whole.push(self.byte());
        whole.extend_from_slice(key);
        whole
    }

    /// From the first key that begins with `prefix` to behind the last.
    pub(super) fn span(self, prefix: &[u8]) -> (Vec<u8>, Bound<Vec<u8>>) {
        let first = self.key(prefix);
        let mut end = first.clone();
        // The next key of the same length: the last byte that can rises, what is behind it goes.
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                return (first, Bound::Excluded(end));
            }
        }
        (first, Bound::Unbounded)
    }
}
