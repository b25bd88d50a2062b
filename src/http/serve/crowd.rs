//! The connections that are open: how many, what each is doing, and which gives way to the next.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Phase {
    now: AtomicU8,
    quiet: Arc<Notify>,
}

const HEAD: u8 = 0;
const IDLE: u8 = 1;
const BUSY: u8 = 2;

impl Phase {
    /// Whether it is in the middle of a head; a fresh connection owes one at once.
    pub(super) fn owes_head(&self) -> bool {
        self.now.load(Ordering::Acquire) == HEAD
    }

    /// The first bytes after a pause: a head has begun.
    pub(super) fn head_began(&self) {
        // Where a request is under way the bytes are its body's.
        let _was_busy = self.now.compare_exchange(IDLE, HEAD, Ordering::AcqRel, Ordering::Acquire);
    }

    /// A request is under way until the value is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.now.store(BUSY, Ordering::Release);
        UnderWay(Arc::clone(self))
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Phase>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.now.store(IDLE, Ordering::Release);
        self.0.quiet.notify_one();
    }
}

/// All connections of one accept loop.
#[derive(Debug)]
pub(super) struct Crowd {
    places: Arc<Semaphore>,
    places_max: u32,
    members: Arc<Mutex<Members>>,
    quiet: Arc<Notify>,
    cut: CancellationToken,
}

#[derive(Debug, Default)]
struct Members {
    next: u64,
    by_age: BTreeMap<u64, (Arc<Phase>, CancellationToken)>,
}

/// One connection's place; dropping it makes room.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    phase: Arc<Phase>,
    go: CancellationToken,
    members: Arc<Mutex<Members>>,
    _permit: OwnedSemaphorePermit,
}

fn lock(members: &Mutex<Members>) -> MutexGuard<'_, Members> {
    // Nothing panics while it is held, and a half-done change would only misjudge who is silent.
    members.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crowd {
    pub(super) fn new(places_max: u32) -> Self {
        let places_max = places_max.max(1);
        Self {
            places: Arc::new(Semaphore::new(usize::try_from(places_max).unwrap_or(usize::MAX >> 3))),
            places_max,
            members: Arc::default(),
            quiet: Arc::default(),
            cut: CancellationToken::new(),
        }
    }

    /// A place for one more, as soon as there is one. Where there is none, a connection without a request gives way.
    pub(super) async fn enter(&self) -> Place {
        let permit = loop {
            // Registered before the look round, so that no connection falls silent unseen.
            let quiet = self.quiet.notified();
            let place = Arc::clone(&self.places).acquire_owned();
            if self.places.available_permits() == 0 {
                self.send_one_away();
            }
            tokio::select! {
                biased;
                permit = place => if let Ok(permit) = permit { break permit },
                () = quiet => {}
            }
        };
        let phase = Arc::new(Phase { now: AtomicU8::new(HEAD), quiet: Arc::clone(&self.quiet) });
        let go = self.cut.child_token();
        let mut members = lock(&self.members);
        let id = members.next;
        members.next += 1;
        members.by_age.insert(id, (Arc::clone(&phase), go.clone()));
        drop(members);
        Place { id, phase, go, members: Arc::clone(&self.members), _permit: permit }
    }

    /// The oldest that never finished a head goes first, then the oldest between two requests; one at a time.
    fn send_one_away(&self) {
        let members = lock(&self.members);
        if members.by_age.values().any(|(_, go)| go.is_cancelled()) {
            return;
        }
        for wanted in [HEAD, IDLE] {
            let silent =
                members.by_age.values().find(|(phase, _)| phase.now.load(Ordering::Acquire) == wanted);
            if let Some((_, go)) = silent {
                go.cancel();
                return;
            }
        }
    }

    /// Returns when nobody is left.
    pub(super) async fn empty(&self) {
        // The semaphore is never closed, so this is an error in no case, and the permits go back at once.
        drop(self.places.acquire_many(self.places_max).await);
    }

    /// Tells everybody to go.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }
}

impl Place {
    pub(super) fn phase(&self) -> Arc<Phase> {
        Arc::clone(&self.phase)
    }

    /// Returns when this connection has to go.
    pub(super) async fn told_to_go(&self) {
        self.go.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.members).by_age.remove(&self.id);
    }
}
