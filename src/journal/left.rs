//! The newest signed head that left this machine, kept so that verification can say what no head outside vouches for.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::SignedHead;

/// The file within the state folder: one signed head as JSON.
const NAME: &str = "head-left.json";

/// Keeps `head` as the newest that left, unless a newer one is kept.
///
/// # Errors
/// The disk's; what was kept before stays.
pub fn keep_left(dir: &Path, head: &SignedHead) -> io::Result<()> {
    if let Ok(text) = fs::read(dir.join(NAME))
        && let Ok(kept) = serde_json::from_slice::<SignedHead>(&text)
        && kept.seq >= head.seq
    {
        return Ok(());
    }
    let beside = dir.join("head-left.json.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    let mut line = serde_json::to_vec(head).map_err(io::Error::from)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_all()?;
    fs::rename(&beside, dir.join(NAME))?;
    fs::File::open(dir)?.sync_all()
}
