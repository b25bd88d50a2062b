//! Every load of the configuration that is on record, from the files themselves.

use std::io;
use std::path::Path;

use serde::Deserialize;

use super::lines::each;
use super::verify::{VerifyError, verify};
use crate::domain::fact::{ConfigurationLoaded, Fact};
use crate::time::Timestamp;

/// One of them.
#[derive(Debug)]
pub struct Load {
    /// The number of its entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What was read.
    pub loaded: ConfigurationLoaded,
}

/// All of them, oldest first; none where the files do not verify.
///
/// # Errors
/// [`VerifyError`] where they cannot be read.
pub fn loads(dir: &Path) -> Result<Option<Vec<Load>>, VerifyError> {
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
        for fact in facts {
            if let Fact::ConfigurationLoaded(loaded) = fact {
                loads.push(Load { seq, at, loaded: *loaded });
            }
        }
        Ok(())
    })?;
    Ok(Some(loads))
}
