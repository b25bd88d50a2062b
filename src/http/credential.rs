//! Proofs that a caller is who it says: tokens known by their hash, and signatures over the body.

mod signature;

use std::fmt;
use std::str::FromStr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

pub use signature::{SecretError, SignatureError, Signed, SigningSecret, verify};

/// No token in use is nearly as long; what is longer is not hashed.
const TOKEN_BYTES_MAX: usize = 512;

/// The SHA-256 of a token; the token itself is nowhere in the configuration.
///
/// A plain hash is enough for what is random and 256 bits long.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

/// The text is not a SHA-256 in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the SHA-256 of the token: 64 hexadecimal digits")]
pub struct TokenHashError;

impl TokenHash {
    /// The hash of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// The hash of a token that was shown; none where it can be nobody's.
    #[must_use]
    pub fn shown(token: &str) -> Option<Self> {
        (!token.is_empty() && token.len() <= TOKEN_BYTES_MAX).then(|| Self::of(token))
    }

    /// The first four digits, for an operator who compares what a device sends with what is configured.
    #[must_use]
    pub fn begins(self) -> String {
        hex::encode(self.0).chars().take(4).collect()
    }
}

impl FromStr for TokenHash {
    type Err = TokenHashError;

    fn from_str(text: &str) -> Result<Self, TokenHashError> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_cause| TokenHashError)?;
        Ok(Self(hash))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The tokens, or path secrets, that one caller may show; more than one while they are being changed.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Vec<TokenHash>);

impl Tokens {
    /// The tokens of these hashes; none admits nobody.
    #[must_use]
    pub const fn new(hashes: Vec<TokenHash>) -> Self {
        Self(hashes)
    }

    /// Whether what was shown is one of them.
    ///
    /// The comparison takes the same time whichever it is, and where it differs.
    #[must_use]
    pub fn admit(&self, shown: &str) -> bool {
        TokenHash::shown(shown).is_some_and(|shown| self.hold(shown))
    }

    /// The same for a token that is hashed already: once, however many callers it is compared with.
    #[must_use]
    pub fn hold(&self, shown: TokenHash) -> bool {
        let found = self.0.iter().fold(Choice::from(0), |found, known| found | known.0.ct_eq(&shown.0));
        found.into()
    }
}

/// The bearer token of a request (RFC 6750); none where there are two headers to choose from.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    // SHA-256 of "example-hr-token" and "example-gate-secret", computed by another program.
    const HR: &str = "8562c8ec0f07aa5f611bea1d0be9c79034579e7f317f1ae85a5595d7dfa8f2c9";
    const GATE: &str = "781a6eb1cf9f5203c152e0f5eca0e48589f585460ccac7bb10851735925d1e75";

    #[test]
    fn each_of_the_known_tokens_is_admitted_and_no_other() {
        let both = Tokens::new(vec![HR.parse().unwrap(), GATE.to_uppercase().parse().unwrap()]);
        for (shown, expected) in [
            ("example-hr-token", true),
            ("example-gate-secret", true),
            ("example-hr-tokem", false),
            ("example-hr-token ", false),
            ("example-hr-toke", false),
            (HR, false),
            ("", false),
        ] {
            assert_eq!(both.admit(shown), expected, "{shown}");
        }
        assert!(!both.admit(&"x".repeat(TOKEN_BYTES_MAX + 1)));
        assert!(!Tokens::default().admit("example-hr-token"));
    }

    #[test]
    fn a_hash_is_64_hexadecimal_digits() {
        for text in ["", "8562", &HR.replace('8', "g"), &format!("{HR}00"), &format!(" {HR}")] {
            assert_eq!(text.parse::<TokenHash>().unwrap_err(), TokenHashError, "{text}");
        }
        assert_eq!(HR.parse::<TokenHash>().unwrap().begins(), "8562");
    }

    #[test]
    fn neither_tokens_nor_hashes_are_printed() {
        assert_eq!(format!("{:?}", Tokens::new(vec![HR.parse().unwrap()])), "Tokens([***])");
    }

    #[test]
    fn a_bearer_token_is_read_as_rfc_6750_says() {
        for (values, expected) in [
            (vec!["Bearer abc"], Some("abc")),
            (vec!["bearer  abc "], Some("abc")),
            (vec!["Basic abc"], None),
            (vec!["Bearer"], None),
            (vec!["Bearer "], None),
            (vec!["Bearer a b"], None),
            (vec!["Bearer a", "Bearer b"], None),
            (vec![], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in &values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(bearer(&headers), expected, "{values:?}");
        }
    }
}
