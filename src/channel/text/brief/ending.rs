//! How a duty to report ended, as everybody who was called is told.

use super::Lacking;
use crate::channel::text::words::Moment;

/// How a clock ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Both proofs came in time.
    Met {
        /// When a person at the authority was told.
        telephone: Moment,
        /// When the written report went.
        written: Moment,
    },
    /// Both proofs came, the last one after its limit.
    Late {
        /// When a person at the authority was told.
        telephone: Moment,
        /// When the written report went.
        written: Moment,
    },
    /// The limit passed without this proof.
    Breached(Lacking),
    /// It was ruled out.
    Withdrawn,
}
