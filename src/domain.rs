//! The rules: cases, clocks, policies, duty, lapses, notifications; decide and apply.
