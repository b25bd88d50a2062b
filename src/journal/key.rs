//! The signing key, and what it signs: a head that can leave the machine.

use std::borrow::Cow;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::hash::lowercase_hex;
use super::{Hash, Head};
use crate::time::Timestamp;

/// A head, vouched for: whoever keeps one can tell whether anything up to it was changed since.
///
/// The signature is Ed25519 over these bytes, each part ended by one line feed (0x0A), nothing before or behind:
///
/// ```text
/// watchfire/head/1
/// SEQ    decimal, without leading zeros
/// HASH   64 lowercase hex digits
/// TIME   RFC 3339 in UTC with three decimals, as in `at`: 2026-11-23T00:01:00.000Z
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    /// The entry's number.
    pub seq: u64,
    /// The entry's hash.
    pub hash: Hash,
    /// When it was signed.
    pub at: Timestamp,
    /// The key that verifies the signature, as 64 hex digits.
    pub key: PublicKey,
    /// The signature, as 128 hex digits.
    #[serde(with = "signature_hex")]
    pub signature: Signature,
}

impl SignedHead {
    /// The head without who vouches for it.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }

    /// Whether the signature is that of the key the head itself names.
    ///
    /// It says nothing about whose key that is.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        self.key.vouches(&message(self.head(), self.at), &self.signature)
    }
}

fn message(head: Head, at: Timestamp) -> Vec<u8> {
    format!("watchfire/head/1\n{}\n{}\n{at}\n", head.seq, head.hash).into_bytes()
}

pub(super) mod signature_hex {
    use super::{Cow, Deserialize, Deserializer, Serializer, Signature, lowercase_hex};

    pub(in super::super) fn serialize<S: Serializer>(
        signature: &Signature,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(signature.to_bytes()))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Signature, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        let bytes = lowercase_hex(text.as_bytes())
            .ok_or_else(|| serde::de::Error::custom("expected 128 lowercase hex digits"))?;
        Ok(Signature::from_bytes(&bytes))
    }
}

/// The key that verifies signed heads; written as 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// The text is not an Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an Ed25519 public key as 64 lowercase hex digits")]
pub struct ParseKeyError;

impl PublicKey {
    /// The 32 raw bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether a signature over these bytes is its own.
    pub(super) fn vouches(&self, message: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = ParseKeyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = lowercase_hex(text.as_bytes()).ok_or(ParseKeyError)?;
        VerifyingKey::from_bytes(&bytes).map(Self).map_err(|_not_on_the_curve| ParseKeyError)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The private key that signs heads.
pub struct Signer(SigningKey);

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or created.
    #[error("the signing key {} cannot be read or created", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The text is not a key.
    #[error(
        "expected an Ed25519 private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it"
    )]
    NotAKey,
}

/// A PEM file of one key is some 200 bytes.
const PEM_BYTES_MAX: u64 = 16 << 10;

impl Signer {
    /// Reads a key from PEM (PKCS #8).
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAKey`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        // The cause may quote the text, which is the secret.
        SigningKey::from_pkcs8_pem(pem.trim()).map(Self).map_err(|_cause| KeyError::NotAKey)
    }

    /// Makes a key in memory, for whom nothing is kept.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self(SigningKey::generate(&mut rand::rng()))
    }

    /// Reads the key from `path`, or at the first start makes one there that the owner alone can read.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub fn open_or_create(path: &Path) -> Result<Self, KeyError> {
        let io_error = |source| KeyError::Io { path: path.to_owned(), source };
        let mut pem = Zeroizing::new(String::new());
        match fs::File::open(path) {
            Ok(file) => {
                file.take(PEM_BYTES_MAX).read_to_string(&mut pem).map_err(io_error)?;
                Self::from_pem(&pem)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let signer = Self::ephemeral();
                let pem = signer.0.to_pkcs8_pem(LineEnding::LF).map_err(|_cause| KeyError::NotAKey)?;
                create(path, pem.as_bytes()).map_err(io_error)?;
                Ok(signer)
            }
            Err(error) => Err(io_error(error)),
        }
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a head. Whether it is on the chain is for the caller to know; [`super::Heads`] looks.
    #[must_use]
    pub fn sign(&self, head: Head, at: Timestamp) -> SignedHead {
        let Head { seq, hash } = head;
        let signature = self.signature(&message(head, at));
        SignedHead { seq, hash, at, key: self.public(), signature }
    }

    /// Signs bytes that begin with what they are of: no signature of one kind is one of another.
    pub(super) fn signature(&self, message: &[u8]) -> Signature {
        self.0.sign(message)
    }
}

/// Puts a whole file there or none: a start that dies in between leaves no half key.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let half = path.with_extension("half");
    match fs::remove_file(&half) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    let folder =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::File::open(folder)?.sync_all()
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer(***, public {})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.pem");
        let made = Signer::open_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Signer::open_or_create(&path).unwrap().public(), made.public());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_not_a_key_is_refused_and_not_repeated() {
        let error =
            Signer::from_pem("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.pem");
        fs::write(&path, "").unwrap();
        assert!(
            matches!(Signer::open_or_create(&path), Err(KeyError::NotAKey)),
            "an empty file is not replaced"
        );
    }

    #[test]
    fn the_private_key_is_not_printed() {
        let signer = Signer::from_pem(PEM).unwrap();
        assert_eq!(format!("{signer:?}"), format!("Signer(***, public {PUBLIC})"));
    }

    /// The key of RFC 8032, section 7.1, test 1.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
                       MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                       -----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    #[test]
    fn a_head_is_signed_over_the_documented_bytes() {
        let signer = Signer::from_pem(PEM).unwrap();
        let head = Head { seq: 7, hash: "ab".repeat(32).parse().unwrap() };
        let signed = signer.sign(head, "2026-11-23T08:01:00+08:00".parse().unwrap());
        assert!(signed.is_genuine());
        let bytes = format!("watchfire/head/1\n7\n{}\n2026-11-23T00:01:00.000Z\n", "ab".repeat(32));
        let key = VerifyingKey::from_bytes(&lowercase_hex(PUBLIC.as_bytes()).unwrap()).unwrap();
        key.verify_strict(bytes.as_bytes(), &signed.signature).unwrap();
        let text = serde_json::to_string(&signed).unwrap();
        assert!(text.contains(&format!(r#""key":"{PUBLIC}","signature":""#)), "{text}");
        assert_eq!(serde_json::from_str::<SignedHead>(&text).unwrap(), signed);
        assert!(!SignedHead { seq: 8, ..signed }.is_genuine());
        assert!(!SignedHead { at: Timestamp::default(), ..signed }.is_genuine());
    }
}
