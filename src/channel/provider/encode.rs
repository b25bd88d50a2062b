//! What several providers sign and write alike.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

/// What RFC 3986 leaves as it is, and nothing else.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text in a query, by RFC 3986: a space is `%20`.
pub(super) fn percent(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// HMAC-SHA256.
pub(super) fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    // An HMAC takes a key of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// Base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}
