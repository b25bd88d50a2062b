//! The ledger: exports and verification of what the journal says.
