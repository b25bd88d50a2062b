//! Proof that it was this daemon that answered, and just now: no front door's error page, no cache, no other daemon.

use std::fmt;

use axum::http::HeaderValue;
use sha2::{Digest as _, Sha256};

/// What asks for it: `/healthz?probe=` and a challenge.
const QUERY: &str = "probe=";
/// How long a challenge is, in hexadecimal digits.
const CHALLENGE: usize = 32;

/// What the daemon alone knows, made anew at each start.
pub struct Proof([u8; 32]);

impl Default for Proof {
    fn default() -> Self {
        Self(rand::random())
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof")
    }
}

impl Proof {
    /// The header that carries it.
    pub const HEADER: &str = "watchfire-probe";

    /// A question that was not asked before, and the one right answer to it.
    #[must_use]
    pub fn question(&self) -> (String, String) {
        let challenge = hex::encode(rand::random::<[u8; CHALLENGE / 2]>());
        let answer = self.answer(&challenge);
        (format!("{QUERY}{challenge}"), answer)
    }

    /// The answer to a query that asks for one.
    pub(super) fn header(&self, query: Option<&str>) -> Option<HeaderValue> {
        let challenge = query?.strip_prefix(QUERY)?;
        let fits = challenge.len() == CHALLENGE && challenge.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| HeaderValue::from_str(&self.answer(challenge)).ok()).flatten()
    }

    fn answer(&self, challenge: &str) -> String {
        hex::encode(Sha256::new().chain_update(self.0).chain_update(challenge).finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_one_answer_and_no_other_daemon_knows_it() {
        let (ours, other) = (Proof::default(), Proof::default());
        let (question, answer) = ours.question();
        assert_eq!(ours.header(Some(&question)).unwrap(), answer);
        assert_ne!(other.header(Some(&question)).unwrap(), answer);
        assert_ne!(ours.header(Some(&ours.question().0)).unwrap(), answer);
        for query in
            [None, Some(""), Some("probe="), Some("probe=00"), Some("probe=zz112233445566778899aabbccddeeff")]
        {
            assert_eq!(ours.header(query), None, "{query:?}");
        }
    }
}
