//! The rules: cases, clocks, policies, duty, lapses, notifications; decide and apply.

pub mod directory;
mod duty;
pub mod names;
pub mod policy;
