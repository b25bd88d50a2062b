//! Signed heads on their way out: signed when they are due, and kept as having left when somebody took them.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::Proposal;
use crate::domain::notification::Purpose;
use crate::engine::{Handle, Published};
use crate::journal::{self, Heads, SignedHead};
use crate::time::Timestamp;

/// Signs the head of the journal as it is on disk; the last signed one where that cannot be done at this moment.
pub fn sign(heads: &Mutex<Heads>, published: &Published) -> Option<SignedHead> {
    let mut heads = heads.lock().unwrap_or_else(PoisonError::into_inner);
    if published.holding || published.head.seq == 0 {
        return heads.last().copied();
    }
    match heads.sign(published.head, published.now.wall) {
        Ok(head) => Some(head),
        Err(error) => {
            tracing::warn!(%error, "the head could not be signed");
            heads.last().copied()
        }
    }
}

/// Keeps a head as having left.
pub fn left(heads: &Mutex<Heads>, head: &SignedHead) {
    let heads = heads.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = journal::keep_left(heads.dir(), head) {
        tracing::warn!(%error, seq = head.seq, "it could not be kept that a signed head left");
    }
}

/// The head that a message brings, where it is one that does: signed at or after the instant it was due, so that a
/// second try brings the same.
pub(super) async fn of(
    heads: &Arc<Mutex<Heads>>,
    engine: &Handle,
    published: &Published,
    proposal: &Proposal,
) -> Option<SignedHead> {
    let notification = &published.state.track(&proposal.notification)?.notification;
    if notification.purpose != Purpose::Head {
        return None;
    }
    let (heads, engine, due) = (Arc::clone(heads), engine.clone(), notification.due);
    tokio::task::spawn_blocking(move || signed_since(&heads, &engine, due)).await.ok().flatten()
}

fn signed_since(heads: &Mutex<Heads>, engine: &Handle, due: Timestamp) -> Option<SignedHead> {
    let last = heads.lock().unwrap_or_else(PoisonError::into_inner).last().copied();
    last.filter(|last| last.at >= due).or_else(|| sign(heads, &engine.published()))
}
