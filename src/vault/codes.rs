//! Codes: what a person types in or follows, computed from a secret of the vault and never stored.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A link's MAC in characters of base32: 130 bits.
const MAC_CHARS: usize = 26;
/// The id in front of it.
const ID_CHARS: usize = 15;

/// Makes and checks codes.
#[derive(Clone)]
pub struct Codes(Zeroizing<[u8; 32]>);

impl Codes {
    /// Codes from the vault's secret for them.
    #[must_use]
    pub const fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        Self(secret)
    }

    fn mac(&self, purpose: &str, parts: &[&str]) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.0) else { return [0; 32] };
        for part in std::iter::once(&purpose).chain(parts) {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        mac.finalize().into_bytes().into()
    }

    /// A number below a power of ten, as digits. Of 64 random bits the bias is beyond measuring.
    fn digits(&self, purpose: &str, parts: &[&str], count: u32) -> String {
        let mac = self.mac(purpose, parts);
        let number = mac.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let width = usize::try_from(count).unwrap_or(0);
        format!("{:0width$}", number % 10_u64.pow(count))
    }

    /// The four digits by which a person answers for a case.
    #[must_use]
    pub fn four(&self, person: &str, case: &str) -> String {
        self.digits("four", &[person, case], 4)
    }

    /// The six digits of a request to sign in.
    #[must_use]
    pub fn six(&self, request: &str) -> String {
        self.digits("six", &[request], 6)
    }

    /// The token of a link to the page where a person answers for a case: a notification's id and a MAC.
    #[must_use]
    pub fn link(&self, notification: &str, person: &str, case: &str) -> String {
        let mac = BASE32_NOPAD.encode(&self.mac("link", &[notification, person, case])).to_ascii_lowercase();
        format!("{notification}{}", mac.get(..MAC_CHARS).unwrap_or_default())
    }

    /// The notification that a link's token names; nothing is known of its truth yet.
    #[must_use]
    pub fn notification_of(token: &str) -> Option<&str> {
        (token.len() == ID_CHARS + MAC_CHARS && token.is_ascii()).then(|| token.get(..ID_CHARS)).flatten()
    }

    /// What a page that was shown to a person brings back with its form.
    #[must_use]
    pub fn page(&self, person: &str) -> String {
        let mac = BASE32_NOPAD.encode(&self.mac("page", &[person])).to_ascii_lowercase();
        mac.get(..MAC_CHARS).unwrap_or_default().to_owned()
    }

    /// What says when a form was shown: the instant in milliseconds, and a MAC over it and what the form is of.
    #[must_use]
    pub fn stamp(&self, at_ms: i64, of: &[&str]) -> String {
        let at = at_ms.to_string();
        let mac = self.mac("stamp", &[&[at.as_str()], of].concat());
        let mac = BASE32_NOPAD.encode(&mac).to_ascii_lowercase();
        format!("{at}.{}", mac.get(..MAC_CHARS).unwrap_or_default())
    }

    /// The instant of such a stamp, where it was made here and for this.
    #[must_use]
    pub fn stamped(&self, stamp: &str, of: &[&str]) -> Option<i64> {
        let at_ms = stamp.split_once('.')?.0.parse().ok()?;
        Self::same(stamp, &self.stamp(at_ms, of)).then_some(at_ms)
    }

    /// Whether two codes are the same; takes as long whichever.
    #[must_use]
    pub fn same(shown: &str, right: &str) -> bool {
        shown.as_bytes().ct_eq(right.as_bytes()).into()
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes() -> Codes {
        Codes::new(Zeroizing::new([7; 32]))
    }

    #[test]
    fn a_code_is_for_one_person_and_one_case() {
        let code = codes().four("p31", "C-20261123-0001");
        assert_eq!(code.len(), 4);
        assert!(code.chars().all(|c| c.is_ascii_digit()));
        assert_eq!(code, codes().four("p31", "C-20261123-0001"));
        let others = (0..50).filter(|n| codes().four(&format!("p{n}"), "C-20261123-0001") == code).count();
        assert!(others <= 2);
        assert_eq!(codes().six("request").len(), 6);
    }

    #[test]
    fn a_stamp_is_for_what_it_was_made_for_and_cannot_be_made_without_the_secret() {
        let stamp = codes().stamp(1_795_392_060_000, &["daily", "finance"]);
        assert_eq!(codes().stamped(&stamp, &["daily", "finance"]), Some(1_795_392_060_000));
        assert_eq!(codes().stamped(&stamp, &["daily", "trade"]), None);
        assert_eq!(codes().stamped(&stamp.replace("1795", "1794"), &["daily", "finance"]), None);
        assert_eq!(Codes::new(Zeroizing::new([8; 32])).stamped(&stamp, &["daily", "finance"]), None);
        for text in ["", ".", "x.y", "1795392060000", "+1.a"] {
            assert_eq!(codes().stamped(text, &["daily", "finance"]), None, "{text}");
        }
    }

    #[test]
    fn a_link_names_its_notification_and_cannot_be_made_without_the_secret() {
        let link = codes().link("abcdefghijklmno", "p31", "C-1");
        assert_eq!(Codes::notification_of(&link), Some("abcdefghijklmno"));
        assert!(Codes::same(&link, &codes().link("abcdefghijklmno", "p31", "C-1")));
        let other = Codes::new(Zeroizing::new([8; 32]));
        assert!(!Codes::same(&link, &other.link("abcdefghijklmno", "p31", "C-1")));
        assert_eq!(Codes::notification_of("short"), None);
    }
}
