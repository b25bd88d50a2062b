//! Lookup: where in a file a name may lie, in 12 bytes a name.

use std::collections::BTreeSet;

/// Places by the first eight bytes of a hash. Two names may share them: who looks reads the place and compares.
#[derive(Debug, Default)]
pub(super) struct Lookup(BTreeSet<(u64, u32)>);

impl Lookup {
    /// The largest place that fits.
    pub(super) const PLACE_MAX: u64 = u32::MAX as u64;

    pub(super) fn insert(&mut self, hash: &[u8; 32], place: u32) {
        self.0.insert((prefix(hash), place));
    }

    /// The places where this hash may lie, latest first.
    pub(super) fn places(&self, hash: &[u8; 32]) -> Vec<u64> {
        let first = prefix(hash);
        self.0.range((first, 0)..=(first, u32::MAX)).rev().map(|(_hash, place)| u64::from(*place)).collect()
    }
}

/// The first eight bytes of a hash.
pub(super) fn prefix(hash: &[u8; 32]) -> u64 {
    hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}
