//! The rules: cases, clocks, policies, duty, lapses, notifications; decide and apply.
//!
//! **Invariant.** Nothing here does I/O, reads a clock, awaits, rolls dice, knows a format or the name of a person.

pub mod apply;
pub mod bulletin;
pub mod case;
mod check;
pub mod command;
mod decide;
pub mod directory;
mod duty;
pub mod fact;
pub mod form;
pub mod lapse;
pub mod lock;
pub mod names;
pub mod notification;
pub mod policy;
pub mod round;
pub mod schedule;
pub mod slot;
mod state;

pub use check::{Broken, check};
pub use decide::{Decision, Proposal, decide, may_open, proposals, slot_now};
pub use state::{
    Absence, Arrival, Fevers, Handover, Kept, KeptReceipt, Maintenance, Request, Session, Spell, State,
    Taken, Track,
};

#[cfg(test)]
pub(crate) mod tests;
