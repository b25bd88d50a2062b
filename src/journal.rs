//! The journal: an append-only, hash-chained file of decisions, the one source of truth.
