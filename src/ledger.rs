//! The ledger: exports and verification of what the journal says.
//!
//! **Invariant.** Nothing here writes but an evidence pack, into a folder of its own. Verification reads the files
//! themselves, and computes every hash and every signed message anew: it calls none of the code that wrote them, so that
//! one mistake cannot hide itself.

pub mod export;
mod lines;
mod loads;
pub mod pack;
mod record;
mod unit_names;
mod verify;
pub(crate) mod words;

pub use loads::{Load, loads};
pub use record::{Of, on_record};
pub use unit_names::UnitNames;
pub use verify::{BadEntry, BadHead, Unjudged, Verification, VerifyError, verify};
