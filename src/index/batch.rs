//! One batch: what one journal batch changes in the index, with its watermark.

use super::{IndexError, Space, space};

/// The longest key, without its space: two ids and an instant fit many times.
pub const KEY_BYTES_MAX: usize = 512;
/// The longest value. Sled never syncs what is larger than about 128 KiB, and 16 values may share a page of it: what
/// is written here is meant to be small, and what is long belongs into the vault.
pub const VALUE_BYTES_MAX: usize = 64 << 10;

/// What one journal batch changes in the index. Of two changes of one key the later counts.
#[derive(Debug, Clone, Default)]
pub struct IndexBatch {
    watermark: u64,
    changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    too_large: Option<(usize, usize)>,
}

impl IndexBatch {
    /// A batch that brings the index up to this journal entry.
    #[must_use]
    pub const fn new(watermark: u64) -> Self {
        Self { watermark, changes: Vec::new(), too_large: None }
    }

    /// Sets the value of a key. What is above the bounds is refused when the batch is applied.
    pub fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        self.note_size(key.len(), KEY_BYTES_MAX);
        self.note_size(value.len(), VALUE_BYTES_MAX);
        self.change(space, key, Some(value));
    }

    /// Removes a key; nothing happens where it is not there.
    pub fn delete(&mut self, space: Space, key: &[u8]) {
        self.note_size(key.len(), KEY_BYTES_MAX);
        self.change(space, key, None);
    }

    fn note_size(&mut self, bytes: usize, bytes_max: usize) {
        if bytes > bytes_max {
            self.too_large.get_or_insert((bytes, bytes_max));
        }
    }

    fn change(&mut self, space: Space, key: &[u8], value: Option<&[u8]>) {
        // A refused batch needs no memory.
        if self.too_large.is_none() {
            self.changes.push((space.key(key), value.map(<[u8]>::to_vec)));
        }
    }

    pub(super) fn into_sled(self) -> Result<sled::Batch, IndexError> {
        if let Some((bytes, bytes_max)) = self.too_large {
            return Err(IndexError::TooLarge { bytes, bytes_max });
        }
        let mut batch = sled::Batch::default();
        for (key, value) in self.changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch.insert(Space::Meta.key(space::WATERMARK_KEY), &self.watermark.to_be_bytes());
        Ok(batch)
    }
}
