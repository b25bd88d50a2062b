//! What somebody says will be, from one instant to another: maintenance, an absence. Never for a time that is past.

use std::time::Duration;

use crate::domain::command::SpanRejection;
use crate::domain::fact::Span;
use crate::time::Timestamp;

/// What is taken of one kind.
pub(super) struct Bounds {
    /// The longest.
    pub(super) longest: Duration,
    /// How far ahead it begins at most.
    pub(super) ahead: Duration,
    /// How many are open or to come at once.
    pub(super) open_max: usize,
}

impl Bounds {
    /// The time that is taken: from now on, where it began before.
    pub(super) fn admit(
        &self,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
        others: impl Iterator<Item = Span>,
    ) -> Result<Span, SpanRejection> {
        let span = Span { from: from.max(now), to };
        if span.to <= span.from {
            return Err(SpanRejection::EndsBefore);
        }
        if span.length() > self.longest {
            return Err(SpanRejection::TooLong(span.from + self.longest));
        }
        if span.from.since(now) > self.ahead {
            return Err(SpanRejection::TooFarOff(now + self.ahead));
        }
        if others.filter(|it| it.to > now).count() >= self.open_max {
            return Err(SpanRejection::TooMany);
        }
        Ok(span)
    }
}
