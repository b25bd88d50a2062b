//! Blind tokens: what stands in facts for a person or an event, so that the rules can tell them apart and nobody else.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Makes blind tokens under a secret of the vault: without it they say nothing, with it they can be tried.
#[derive(Clone)]
pub struct Blind(Zeroizing<[u8; 32]>);

impl Blind {
    /// Tokens under the vault's pepper.
    #[must_use]
    pub const fn new(pepper: Zeroizing<[u8; 32]>) -> Self {
        Self(pepper)
    }

    /// 160 bits in hex that stand for these parts; each is closed by its length, so that no two lists read alike.
    #[must_use]
    pub fn token(&self, purpose: &str, parts: &[&[u8]]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.0) else { return String::new() };
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        hex::encode(mac.finalize().into_bytes().get(..20).unwrap_or_default())
    }
}

impl fmt::Debug for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_depends_on_every_part_and_on_where_it_ends() {
        let blind = Blind::new(Zeroizing::new([7; 32]));
        let token = blind.token("person", &[b"employee", b"E1024"]);
        assert_eq!(token.len(), 40);
        assert_eq!(token, blind.token("person", &[b"employee", b"E1024"]));
        assert_ne!(token, blind.token("person", &[b"employeeE", b"1024"]));
        assert_ne!(token, Blind::new(Zeroizing::new([8; 32])).token("person", &[b"employee", b"E1024"]));
        assert!(!token.contains("1024E"));
    }
}
