//! What comes in over HTTP.
//!
//! **Invariant.** What is read here is parsed at the door, bounded, and never printed: no handler sees unchecked JSON,
//! and no name, token or secret reaches a log, an error or a `Debug` output.

pub mod body;
pub mod credential;
pub mod intake;
pub mod json;
pub mod problem;
pub mod rate;
pub mod serve;
