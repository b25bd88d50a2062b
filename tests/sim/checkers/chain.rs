//! P8, nobody edits the past: the chain, computed anew over the stored bytes.

use sha2::{Digest as _, Sha256};

use super::{Complaints, Run};

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut previous = [0_u8; 32];
    let mut batch = 0;
    for (number, entry) in (1_u64..).zip(&run.entries) {
        if entry.seq != number {
            complaints.push(format!("P8: entry {} stands where {number} belongs", entry.seq));
        }
        if entry.previous != hex::encode(previous) {
            complaints.push(format!("P8: entry {number} does not name the one before"));
        }
        if entry.batch != entry.seq && entry.batch != batch {
            complaints.push(format!("P8: entry {number} belongs to no batch"));
        }
        batch = entry.batch;
        let mut hash = Sha256::new();
        hash.update(b"watchfire/entry/1\0");
        hash.update(previous);
        hash.update(Sha256::digest(entry.json.as_bytes()));
        previous = hash.finalize().into();
        if entry.hash != hex::encode(previous) {
            complaints.push(format!("P8: the hash of entry {number} does not fit"));
        }
    }
    complaints
}
