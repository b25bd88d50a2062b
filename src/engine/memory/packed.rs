//! Keys and first answers as the index holds them: it has every event for ever, so they are short.

use crate::domain::command::{Seen, SeenClock};
use crate::domain::fact::EventOutcome;
use crate::domain::names::{CaseId, EventId, EventKey, Kind};

/// A key: its bytes where it is in lowercase hex, as every blind token is, else the text behind a byte that says so.
pub(super) fn key(text: &str) -> Vec<u8> {
    let is_lower_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match hex::decode(text) {
        Ok(bytes) if is_lower_hex => [b"h".as_slice(), &bytes].concat(),
        Ok(_) | Err(_) => [b"t".as_slice(), text.as_bytes()].concat(),
    }
}

/// A first answer without the names of its fields.
type Row = (EventId, EventKey, EventOutcome, Option<CaseId>, Option<Kind>, Vec<SeenClock>);

/// A first answer as JSON.
pub(super) fn value(seen: &Seen) -> Vec<u8> {
    let Seen { event, content, outcome, case, kind, clocks } = seen;
    serde_json::to_vec(&(event, content, outcome, case, kind, clocks)).unwrap_or_default()
}

/// The first answer that was written so.
pub(super) fn seen(value: &[u8]) -> Option<Seen> {
    let (event, content, outcome, case, kind, clocks): Row = serde_json::from_slice(value).ok()?;
    Some(Seen { event, content, outcome, case, kind, clocks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::AuthorityId;
    use crate::time::Timestamp;

    #[test]
    fn what_is_written_is_read_and_takes_little() {
        let plain = Seen {
            event: EventId::new("E-ABCDEFGHIJKLMNOP"),
            content: EventKey::new("0123456789abcdef0123456789abcdef01234567"),
            outcome: EventOutcome::BelowThreshold,
            case: None,
            kind: None,
            clocks: Vec::new(),
        };
        let at = Timestamp::MIN;
        let clock =
            SeenClock { authority: AuthorityId::new("sasac"), anchor: at, phone_due: at, written_due: at };
        let whole = Seen {
            outcome: EventOutcome::CaseOpened,
            case: Some(CaseId::new("C-20261123-0001")),
            kind: Some(Kind::Suspected),
            clocks: vec![clock],
            ..plain.clone()
        };
        for seen_first in [&plain, &whole] {
            assert_eq!(seen(&value(seen_first)).as_ref(), Some(seen_first));
        }
        assert!(value(&plain).len() <= 110, "{}", value(&plain).len());
    }

    #[test]
    fn no_two_keys_are_packed_alike() {
        let keys = ["ab", "AB", "61", "a", "hab", "tab", "", "abc", "0ab", "6162"];
        let packed: std::collections::BTreeSet<Vec<u8>> = keys.iter().map(|text| key(text)).collect();
        assert_eq!(packed.len(), keys.len());
        assert_eq!(key("0123456789abcdef0123456789abcdef01234567").len(), 21);
    }
}
