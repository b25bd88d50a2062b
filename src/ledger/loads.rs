//! Every load of the configuration or of the employee register that is on record, from the files themselves.

use std::io;
use std::path::Path;

use serde::Deserialize;

use super::lines::each;
use super::verify::{VerifyError, verify};
use crate::domain::fact::Fact;
use crate::time::Timestamp;

/// One of them.
#[derive(Debug)]
pub struct Load<T> {
    /// The number of its entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What was read.
    pub loaded: T,
}

/// All that are found in facts, oldest first; none where the files do not verify.
///
/// # Errors
/// [`VerifyError`] where they cannot be read.
pub fn loads<T>(
    dir: &Path,
    found_in: impl Fn(Fact) -> Option<T>,
) -> Result<Option<Vec<Load<T>>>, VerifyError> {
    #[derive(Deserialize)]
    struct Entry {
        seq: u64,
        at: Timestamp,
        facts: Vec<Fact>,
    }
    let verified = verify(dir, None, &[])?;
    if !verified.holds() {
        return Ok(None);
    }
    let mut loads = Vec::new();
    each(dir, verified.entries, |line| {
        let Entry { seq, at, facts } = serde_json::from_slice(line.json).map_err(io::Error::from)?;
        loads.extend(facts.into_iter().filter_map(&found_in).map(|loaded| Load { seq, at, loaded }));
        Ok(())
    })?;
    Ok(Some(loads))
}
