//! The engine: the one writer; decides, journals, applies, publishes.
//!
//! One synchronous [`Core::step`] takes what waits and what is due, decides it one by one, makes the batch durable and
//! only then gives out answers and the new state. A thin thread around it waits; the simulation drives it directly.
//!
//! **Invariant.** No answer leaves, and no state is published, before the batch it rests on is on disk (law 1).

mod alive;
mod answer;
mod core;
mod memory;
mod mode;
mod queue;
mod recover;
mod reopen;
mod replay;
mod run;
mod snapshot;
mod tell;
#[cfg(test)]
mod tests;

pub use alive::{Alive, AliveError};
pub use answer::{Answer, Fatal, Published, Refusal, Stores, Submission, Work};
pub use core::{Core, Next};
pub use memory::{
    ArchivedCase, Kept, archived_case, archived_cases, archived_period, look_through, place, seen,
};
pub use mode::{Holding, Mode, Written};
pub use queue::{Handle, Lane};
pub use recover::{Found, OpenError, Opened, Paths, Resumed, open, resume};
pub use reopen::{Reopened, reopen};
pub use run::{Beat, Engine, run};
pub use snapshot::write as write_snapshot;
