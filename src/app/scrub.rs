//! Scrubbing: closed segments of the journal are verified again and again, one at a time, so that damage to the past is
//! told while a copy of it is still good.

use std::path::Path;
use std::time::Duration;

use crate::journal::{self, JournalError};
use crate::metrics::Metrics;

/// Between two segments: a segment costs a fraction of a second of one core, and years of them come round within days.
pub(super) const PACE: Duration = Duration::from_mins(5);

/// Verifies the closed segment behind the last one that was looked at, or the first again; says which one it was.
///
/// What does not fit is an error in the log and counted: nothing is mended here, and no clock is stopped by it.
pub(super) fn next(dir: &Path, after: u64, metrics: &Metrics) -> u64 {
    let segments = match journal::segments(dir) {
        Ok(segments) => segments,
        Err(error) => {
            tracing::warn!(%error, "the journal's folder cannot be read: its segments are verified later");
            return after;
        }
    };
    // The last one is being written, and was verified when it was opened.
    let closed = segments.split_last().map_or(&[][..], |(_, closed)| closed);
    let Some(&segment) = closed.iter().find(|first| **first > after).or_else(|| closed.first()) else {
        return 0;
    };
    match journal::scrub(dir, segment) {
        Ok(_) => tracing::debug!(segment, "a segment of the journal is as it was written"),
        Err(error @ JournalError::Corrupt { .. }) => {
            metrics.journal_damaged.inc();
            tracing::error!(%error, segment, "the past was changed or its disk is failing: keep this folder as it is, run `watchfire ledger verify`, and bring back the segment from a backup");
        }
        Err(error) => {
            tracing::warn!(%error, segment, "a segment of the journal cannot be read; it is tried again")
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Draft, File, Journal as _, Known};
    use crate::time::{BootId, Timestamp};

    /// A journal of one closed segment, and one that is being written.
    fn grown() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let (mut file, _) = File::open(dir.path(), &BootId("boot".to_owned()), Known::default()).unwrap();
        // Each batch is so long that the next one begins a segment.
        for _ in 0..3 {
            let facts = format!("[\"{}\"]", "x".repeat(15 << 20));
            let draft = |facts: String| Draft {
                at: Timestamp::MIN,
                steady: Timestamp::MIN,
                facts: serde_json::value::RawValue::from_string(facts).unwrap(),
            };
            let head = file.head();
            file.append(head, vec![draft(facts.clone()), draft(facts)]).unwrap();
        }
        assert_eq!(journal::segments(dir.path()).unwrap().len(), 2);
        dir
    }

    #[test]
    fn closed_segments_are_verified_in_turn_and_damage_is_counted() {
        let dir = grown();
        let metrics = Metrics::new();
        assert_eq!(next(dir.path(), 0, &metrics), 1);
        assert_eq!(next(dir.path(), 1, &metrics), 1, "the last one is being written");
        assert_eq!(metrics.journal_damaged.get(), 0);
        let path = dir.path().join("journal").join(format!("{:020}.jsonl", 1));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[200] ^= 1;
        std::fs::write(path, bytes).unwrap();
        assert_eq!(next(dir.path(), 1, &metrics), 1);
        assert_eq!(metrics.journal_damaged.get(), 1);
    }

    #[test]
    fn a_journal_of_one_segment_has_nothing_to_verify() {
        let dir = tempfile::tempdir().unwrap();
        drop(File::open(dir.path(), &BootId("boot".to_owned()), Known::default()).unwrap());
        assert_eq!(next(dir.path(), 0, &Metrics::new()), 0);
    }
}
