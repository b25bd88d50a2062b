//! Delivery: what goes out next, and by which way; the grant to send it; what follows from its outcome.

mod attempt;
mod outcome;
mod pursuit;
mod route;
mod wanted;
mod ways;

pub use route::{Proposal, proposals};
