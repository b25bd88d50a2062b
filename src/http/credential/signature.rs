//! Standard Webhooks: HMAC-SHA256 over id, time and body, with room for two secrets while they are being changed.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::HeaderMap;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use crate::time::{Now, Timestamp};

/// How far the sender's clock may differ from ours; the standard leaves the figure to us.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// The steady clock follows the wall clock while they differ by less than this.
const APART: Duration = Duration::from_secs(2);
/// More signatures than anybody has secrets; what follows is not looked at.
const SIGNATURES_MAX: usize = 16;
/// The longest `webhook-id` that is taken.
const ID_BYTES_MAX: usize = 200;

/// A secret that signs webhooks, written `whsec_` and base64.
#[derive(Clone)]
pub struct SigningSecret(Zeroizing<Vec<u8>>);

/// The text is not a signing secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected whsec_ and the base64 of 24 to 64 random bytes")]
pub struct SecretError;

impl FromStr for SigningSecret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix("whsec_").ok_or(SecretError)?;
        let secret = Zeroizing::new(BASE64_STANDARD.decode(encoded).map_err(|_cause| SecretError)?);
        if !(24..=64).contains(&secret.len()) {
            return Err(SecretError);
        }
        Ok(Self(secret))
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A message whose signature is good and whose time is near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'h> {
    /// The sender's id of the message, the same for each try.
    pub id: &'h str,
    /// When the sender signed it.
    pub at: Timestamp,
}

/// Why a signed message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing or cannot be read: 401.
    #[error("the headers webhook-id, webhook-timestamp and webhook-signature are needed")]
    Missing,
    /// No signature is that of a known secret: 401.
    #[error("no signature is that of a known secret")]
    Wrong,
    /// The signature is good, the time is not, and our clock is: 401.
    #[error("the message was signed at another time")]
    OutOfTime,
    /// The signature is good and the time is not, but our own clock may be the wrong one: 503, so that it comes again.
    #[error("the message was signed at another time, and the clock here is in doubt")]
    ClockInDoubt,
}

/// Checks the signature of a body, and its time against both clocks: either may be the one that stepped.
///
/// `doubt` says that the clock is in doubt for another reason than that the two differ.
///
/// # Errors
/// [`SignatureError`] says which check failed; the time is looked at only under a good signature.
pub fn verify<'h>(
    secrets: &[SigningSecret],
    headers: &'h HeaderMap,
    body: &[u8],
    now: Now,
    doubt: bool,
) -> Result<Signed<'h>, SignatureError> {
    let id =
        header(headers, "webhook-id").filter(|id| id.len() <= ID_BYTES_MAX).ok_or(SignatureError::Missing)?;
    let time = header(headers, "webhook-timestamp").ok_or(SignatureError::Missing)?;
    let at = seconds(time).ok_or(SignatureError::Missing)?;
    let shown = signatures(headers);
    if shown.is_empty() {
        return Err(SignatureError::Missing);
    }
    let mut good = Choice::from(0);
    for secret in secrets {
        let expected = sign(secret, id, time, body);
        for shown in &shown {
            good |= expected.as_slice().ct_eq(shown.as_slice());
        }
    }
    if !bool::from(good) {
        return Err(SignatureError::Wrong);
    }
    if at.distance(now.wall) <= TOLERANCE || at.distance(now.steady) <= TOLERANCE {
        return Ok(Signed { id, at });
    }
    // The two clocks are never quite the same; further apart than this, one of them is wrong.
    Err(if doubt || now.wall.distance(now.steady) >= APART {
        SignatureError::ClockInDoubt
    } else {
        SignatureError::OutOfTime
    })
}

/// The one value of a header; none where it is given twice.
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    value.to_str().ok().filter(|value| !value.is_empty())
}

/// Digits alone: the bytes that were signed have to be those of the time that is judged.
fn seconds(text: &str) -> Option<Timestamp> {
    if text.len() > 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<i64>().ok().map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1_000)))
}

/// Every `v1` signature of the header; other versions are passed over, as the standard says.
fn signatures(headers: &HeaderMap) -> Vec<Vec<u8>> {
    headers
        .get_all("webhook-signature")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(' '))
        .take(SIGNATURES_MAX)
        .filter_map(|entry| BASE64_STANDARD.decode(entry.strip_prefix("v1,")?).ok())
        .collect()
}

fn sign(secret: &SigningSecret, id: &str, time: &str, body: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes a key of any length");
    let mac = [id.as_bytes(), b".", time.as_bytes(), b".", body]
        .iter()
        .fold(mac, |mac, part| mac.chain_update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const CLINIC: &str = "whsec_ZXhhbXBsZS1jbGluaWMtc2VjcmV0LTAwMDE=";
    const ROTATED: &str = "whsec_YW5vdGhlci1zZWNyZXQtZm9yLXJvdGF0aW9uLTAwMDI=";
    const ID: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
    /// 2026-11-23T00:01:00Z
    const TIME: &str = "1795392060";
    const BODY: &str = r#"{"id":"hr-000123","temperature_c":38.4}"#;
    // Both computed by another program over ID, TIME and BODY.
    const BY_CLINIC: &str = "v1,Lok9GHB1fnEwhc/S5WZT+e6SNw5qSAQCnL9OqO7Ld9M=";
    const BY_ROTATED: &str = "v1,DhQB/Zgo45bFz+aeceeA9A8BEvIjGVvM1aF5mQcNa7I=";

    fn told(
        secrets: &[&str],
        (id, time, signature): (&str, &str, &str),
        body: &str,
        now: Now,
        doubt: bool,
    ) -> &'static str {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)]
        {
            headers.insert(name, HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")));
        }
        let secrets: Vec<SigningSecret> = secrets.iter().filter_map(|text| text.parse().ok()).collect();
        match verify(&secrets, &headers, body.as_bytes(), now, doubt) {
            Ok(_) => "good",
            Err(SignatureError::Missing) => "missing",
            Err(SignatureError::Wrong) => "wrong",
            Err(SignatureError::OutOfTime) => "out of time",
            Err(SignatureError::ClockInDoubt) => "clock in doubt",
        }
    }

    fn now() -> Now {
        Now::at(Timestamp::from_millis(1_795_392_060_000))
    }

    #[test]
    fn the_vector_of_the_standard_is_good() {
        let told = told(
            &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            r#"{"test": 2432232314}"#,
            Now::at(Timestamp::from_millis(1_614_265_330_000)),
            false,
        );
        assert_eq!(told, "good");
    }

    #[test]
    fn any_known_secret_and_any_signature_of_the_list_will_do() {
        let both = format!("v1,AAAA v2,BBBB {BY_ROTATED} {BY_CLINIC}");
        for (secrets, signature, expected) in [
            (&[CLINIC][..], BY_CLINIC, "good"),
            (&[ROTATED, CLINIC], BY_CLINIC, "good"),
            (&[CLINIC], &both, "good"),
            (&[CLINIC], BY_ROTATED, "wrong"),
            (&[], BY_CLINIC, "wrong"),
            (&[CLINIC], "", "missing"),
            (&[CLINIC], "v1,", "wrong"),
            (&[CLINIC], &BY_CLINIC.replace("v1,", "v1a,"), "missing"),
            (&[CLINIC], &BY_CLINIC.replace("v1,", ""), "missing"),
            (&[CLINIC], &BY_CLINIC.replace("Lok9", "Lok8"), "wrong"),
            (&[CLINIC], &BY_CLINIC.replace("9M=", "9A=="), "missing"),
        ] {
            assert_eq!(told(secrets, (ID, TIME, signature), BODY, now(), false), expected, "{signature}");
        }
    }

    #[test]
    fn one_changed_byte_of_id_time_or_body_is_wrong() {
        for (id, time, body) in [
            (&*ID.replace('2', "3"), TIME, BODY),
            (ID, "1795392061", BODY),
            (ID, TIME, &*BODY.replace("38.4", "36.4")),
            (ID, TIME, &*format!("{BODY} ")),
        ] {
            assert_eq!(
                told(&[CLINIC], (id, time, BY_CLINIC), body, now(), false),
                "wrong",
                "{id} {time} {body}"
            );
        }
        for time in ["", "-1795392060", "1795392060.0", "+1795392060", "1795392060000000", "soon"] {
            assert_eq!(told(&[CLINIC], (ID, time, BY_CLINIC), BODY, now(), false), "missing", "{time}");
        }
    }

    #[test]
    fn the_time_is_judged_by_either_clock_and_a_doubted_clock_accuses_nobody() {
        let signed = now().wall;
        let later = |seconds| signed + Duration::from_secs(seconds);
        for (wall, steady, doubt, expected) in [
            (later(300), later(300), false, "good"),
            (later(301), later(301), false, "out of time"),
            (signed - Duration::from_secs(301), signed - Duration::from_secs(301), false, "out of time"),
            (later(301), later(301) + Duration::from_millis(1_999), false, "out of time"),
            (later(301), later(301), true, "clock in doubt"),
            (later(1_200), signed, false, "good"),
            (signed, later(1_200), false, "good"),
            (later(86_400), later(1_200), false, "clock in doubt"),
        ] {
            let now = Now { wall, steady };
            assert_eq!(told(&[CLINIC], (ID, TIME, BY_CLINIC), BODY, now, doubt), expected, "{now:?}");
        }
        let wrong = told(&[ROTATED], (ID, TIME, BY_CLINIC), BODY, Now::at(later(86_400)), true);
        assert_eq!(wrong, "wrong", "a doubted clock does not soften a wrong signature");
    }

    #[test]
    fn a_secret_is_24_to_64_bytes_and_is_never_printed() {
        assert_eq!(format!("{:?}", CLINIC.parse::<SigningSecret>()), "Ok(***)");
        for text in ["", "whsec_", "whsec_c2hvcnQ=", "ZXhhbXBsZS1jbGluaWMtc2VjcmV0LTAwMDE=", "whsec_%%%%"] {
            assert_eq!(text.parse::<SigningSecret>().unwrap_err(), SecretError, "{text}");
        }
    }
}
