//! Reading a keyring: which frames count, what is a torn tail, and what is damage.

use std::fs::File;
use std::sync::Arc;

use super::super::VaultError;
use super::super::frame::{Frame, Gap, Kind, Piece};
use super::super::master::MasterKey;
use super::super::seal::{Key, WRAPPED, unwrap};
use super::{GENERATION_CONTEXT, Kept, Keyring, Known, corrupt};

/// What is known while the file is gone through.
///
/// A write begins only after the one before was synced, so damage with a frame of a later write behind it is damage,
/// and so is damage in what was put in place as a whole. Other damage lies within the last write and may be torn.
pub(super) struct Reading<'m> {
    master: &'m MasterKey,
    generation: Option<(u64, u64, Key)>,
    /// A generation was read that this master key does not open.
    locked: bool,
    known: Known,
    damage: Vec<Gap>,
    suspects: Vec<Gap>,
    /// The good frames behind the first suspect.
    behind: Vec<Kept>,
    last_batch: u64,
}

/// What the file held.
pub(super) struct Read {
    pub(super) keyring: Keyring,
    /// Damage that no crash explains.
    pub(super) damage: Vec<Gap>,
    /// Where the torn tail begins.
    pub(super) torn: Option<Gap>,
    /// The good frames in the torn tail.
    pub(super) behind: Vec<Kept>,
    /// Where the last write before the torn tail begins.
    pub(super) last_batch: u64,
}

impl<'m> Reading<'m> {
    pub(super) fn new(master: &'m MasterKey) -> Self {
        Self {
            master,
            generation: None,
            locked: false,
            known: Known::default(),
            damage: Vec::new(),
            suspects: Vec::new(),
            behind: Vec::new(),
            last_batch: 0,
        }
    }

    pub(super) fn take(&mut self, piece: &Piece<'_>) -> Result<(), VaultError> {
        match piece {
            Piece::Gap(gap) if gap.from < self.whole() => self.damage.push(*gap),
            Piece::Gap(gap) => self.suspects.push(*gap),
            Piece::Frame(frame) => {
                if frame.kind == Kind::Generation {
                    self.take_generation(frame);
                }
                self.prove(frame.batch.max(self.whole()))?;
                let kept = Kept { kind: frame.kind, offset: frame.offset, head: frame.head.to_vec() };
                if self.suspects.is_empty() {
                    self.last_batch = frame.batch;
                    self.known.register(&kept)?;
                } else {
                    self.behind.push(kept);
                }
            }
        }
        Ok(())
    }

    /// Everything before `synced` was on disk before something else was written.
    fn prove(&mut self, synced: u64) -> Result<(), VaultError> {
        if self.suspects.is_empty() {
            return Ok(());
        }
        let (proven, suspects) = self.suspects.iter().copied().partition(|gap| gap.from < synced);
        self.suspects = suspects;
        self.damage.extend::<Vec<Gap>>(proven);
        let limit = self.suspects.first().map_or(u64::MAX, |gap| gap.from);
        let (before, behind) =
            std::mem::take(&mut self.behind).into_iter().partition(|kept| kept.offset < limit);
        self.behind = behind;
        let before: Vec<Kept> = before;
        before.iter().try_for_each(|kept| self.known.register(kept))
    }

    fn whole(&self) -> u64 {
        self.generation.as_ref().map_or(0, |(_number, whole, _key)| *whole)
    }

    fn take_generation(&mut self, frame: &Frame<'_>) {
        if self.generation.is_some() {
            return;
        }
        let read = frame.head.split_at_checked(16).and_then(|(numbers, wrapped)| {
            let (number, whole) = numbers.split_first_chunk::<8>()?;
            let key =
                unwrap(self.master.key(), &[GENERATION_CONTEXT, numbers], wrapped.first_chunk::<WRAPPED>()?)?;
            Some((u64::from_le_bytes(*number), u64::from_le_bytes(*whole.first_chunk::<8>()?), key))
        });
        self.locked |= read.is_none();
        self.generation = read;
    }

    pub(super) fn finish(mut self, (file, len): (&Arc<File>, u64)) -> Result<Read, VaultError> {
        let Some((number, whole, key)) = self.generation.take() else {
            let damaged = corrupt(0, "the key of its generation is damaged");
            return Err(if self.locked { VaultError::Locked } else { damaged });
        };
        if len < whole {
            self.damage.push(Gap { from: len, to: whole });
        }
        let mut keyring = Keyring::fresh(Arc::clone(file), number, key);
        keyring.whole = whole;
        keyring.known = self.known;
        keyring.damage = self.damage.first().map(|gap| gap.from);
        Ok(Read {
            keyring,
            damage: self.damage,
            torn: self.suspects.first().copied(),
            behind: self.behind,
            last_batch: self.last_batch.max(whole),
        })
    }
}
