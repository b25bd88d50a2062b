//! The journal's lines as they are stored, in order, from the files themselves.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use super::verify::{ENTRY_LINE_BYTES_MAX, VerifyError, segments};

/// One stored line: `hash SP json`.
pub(super) struct Stored<'l> {
    /// The hash in hex, as it stands there.
    pub(super) hash: &'l str,
    /// The bytes that it covers.
    pub(super) json: &'l [u8],
}

/// Hands over every whole line up to a number; they were verified before, and what does not look like one ends it.
pub(super) fn each(
    dir: &Path,
    entries: u64,
    mut take: impl FnMut(Stored<'_>) -> Result<(), io::Error>,
) -> Result<(), VerifyError> {
    let folder = dir.join("journal");
    let mut left = entries;
    let mut line = Vec::new();
    for segment in segments(&folder)? {
        let path = folder.join(format!("{segment:020}.jsonl"));
        let failed = |source| VerifyError { path: path.clone(), source };
        let mut reader = BufReader::with_capacity(128 << 10, File::open(&path).map_err(failed)?);
        while left > 0 {
            line.clear();
            reader.by_ref().take(ENTRY_LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(failed)?;
            let parts = line.strip_suffix(b"\n").and_then(|line| line.split_at_checked(64));
            let Some((hash, json)) = parts.and_then(|(hash, json)| Some((hash, json.strip_prefix(b" ")?)))
            else {
                break;
            };
            let hash = std::str::from_utf8(hash).unwrap_or_default();
            take(Stored { hash, json }).map_err(failed)?;
            left -= 1;
        }
    }
    Ok(())
}
