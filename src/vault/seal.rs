//! Sealing: one payload under a key of its own, and one key wrapped under another.

use std::fmt;
use std::str::FromStr;

use chacha20poly1305::aead::generic_array::GenericArray;
use chacha20poly1305::{AeadInPlace, KeyInit, XChaCha20Poly1305};
use rand::TryRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::VaultError;

/// The longest payload: a written report with its attachments fits, and one of them can be held in memory.
pub const PAYLOAD_BYTES_MAX: usize = 8 << 20;

const NONCE: usize = 24;
const TAG: usize = 16;
/// A wrapped key: nonce, key, tag.
pub(super) const WRAPPED: usize = NONCE + 32 + TAG;
const PAYLOAD_CONTEXT: &[u8] = b"watchfire/vault/payload/1";

/// A key in memory, zeroed when it is dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// Names a payload: the SHA-256 of its sealed bytes, in lowercase hex wherever it is written.
///
/// The sealed bytes hold a random nonce, so that nothing about the content can be guessed from the name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadName([u8; 32]);

/// The text is not the name of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lowercase hex digits")]
pub struct ParsePayloadNameError;

impl PayloadName {
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for PayloadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PayloadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PayloadName {
    type Err = ParsePayloadNameError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One name has one spelling, for names are compared as text in what leaves the machine.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ParsePayloadNameError);
        }
        let mut name = [0; 32];
        hex::decode_to_slice(text, &mut name).map_err(|_cause| ParsePayloadNameError)?;
        Ok(Self(name))
    }
}

impl Serialize for PayloadName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PayloadName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A payload sealed under a key of its own, not yet in the vault.
///
/// It cannot be cloned: it is put once or dropped, and its key is zeroed with it.
pub struct Sealed {
    /// What facts call it.
    pub name: PayloadName,
    pub(super) key: Key,
    pub(super) bytes: Vec<u8>,
}

impl Sealed {
    /// How many bytes it takes, sealed.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "sealed bytes are never empty: they hold a nonce and a tag"
    )]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} ***)", self.name)
    }
}

/// Seals a payload under a fresh random key (XChaCha20-Poly1305) and names it; nothing is written.
///
/// # Errors
///
/// [`VaultError::TooLarge`] above [`PAYLOAD_BYTES_MAX`]; [`VaultError::Random`] where the kernel gives no randomness.
pub fn seal(plaintext: &[u8]) -> Result<Sealed, VaultError> {
    if plaintext.len() > PAYLOAD_BYTES_MAX {
        return Err(VaultError::TooLarge { bytes: plaintext.len(), bytes_max: PAYLOAD_BYTES_MAX });
    }
    // Both by one call of the kernel.
    let fresh = Zeroizing::new(random::<{ 32 + NONCE }>()?);
    let (key, nonce) = fresh.split_at(32);
    let key: Key = Zeroizing::new(key.try_into().map_err(|_length| VaultError::Random)?);
    // The full size at once: growing would leave pieces of the plaintext in freed memory.
    let mut bytes = Vec::with_capacity(NONCE + plaintext.len() + TAG);
    bytes.extend_from_slice(nonce);
    bytes.extend_from_slice(plaintext);
    let (_nonce, content) = bytes.split_at_mut(NONCE);
    let tag = cipher(&key)
        .encrypt_in_place_detached(GenericArray::from_slice(nonce), PAYLOAD_CONTEXT, content)
        .map_err(|_too_long| VaultError::TooLarge { bytes: plaintext.len(), bytes_max: PAYLOAD_BYTES_MAX })?;
    bytes.extend_from_slice(&tag);
    Ok(Sealed { name: name_of(&bytes), key, bytes })
}

/// Opens sealed bytes; none where the key is another's or a bit is wrong.
pub(super) fn unseal(key: &Key, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
    let (content, tag) = rest.split_last_chunk::<TAG>()?;
    let mut plaintext = Zeroizing::new(content.to_vec());
    cipher(key)
        .decrypt_in_place_detached(
            GenericArray::from_slice(nonce),
            PAYLOAD_CONTEXT,
            &mut plaintext,
            GenericArray::from_slice(tag),
        )
        .ok()?;
    Some(plaintext)
}

/// The name of sealed bytes.
pub(super) fn name_of(sealed: &[u8]) -> PayloadName {
    PayloadName(Sha256::digest(sealed).into())
}

/// Wraps a key under another, bound to a context that must be the same when it is unwrapped.
pub(super) fn wrap(under: &Key, context: &[&[u8]], key: &Key) -> Result<[u8; WRAPPED], VaultError> {
    let nonce = random::<NONCE>()?;
    let mut content = **key;
    let tag = cipher(under)
        .encrypt_in_place_detached(GenericArray::from_slice(&nonce), &context.concat(), &mut content)
        .map_err(|_too_long| VaultError::TooLarge {
            bytes: context.concat().len(),
            bytes_max: PAYLOAD_BYTES_MAX,
        })?;
    let mut wrapped = [0; WRAPPED];
    for (to, from) in wrapped.iter_mut().zip(nonce.iter().chain(&content).chain(&tag)) {
        *to = *from;
    }
    Ok(wrapped)
}

/// Unwraps a key; none where the key above it, the context or a bit is another.
pub(super) fn unwrap(under: &Key, context: &[&[u8]], wrapped: &[u8; WRAPPED]) -> Option<Key> {
    let (nonce, rest) = wrapped.split_first_chunk::<NONCE>()?;
    let (content, tag) = rest.split_last_chunk::<TAG>()?;
    let mut key = Zeroizing::new(*content.first_chunk::<32>()?);
    cipher(under)
        .decrypt_in_place_detached(
            GenericArray::from_slice(nonce),
            &context.concat(),
            key.as_mut_slice(),
            GenericArray::from_slice(tag),
        )
        .ok()?;
    Some(key)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    let bytes: &[u8; 32] = key;
    XChaCha20Poly1305::new(GenericArray::from_slice(bytes))
}

/// A fresh random key.
pub(super) fn fresh_key() -> Result<Key, VaultError> {
    random::<32>().map(Zeroizing::new)
}

/// Random bytes from the kernel; an error and never a panic where it has none.
pub(super) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|_cause| VaultError::Random)?;
    Ok(bytes)
}
