//! Looking for canaries, however they are spelled.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine as _;

use super::Canaries;

/// Every place that is searched, by name.
pub(super) type Places = BTreeMap<String, Vec<u8>>;

pub(super) fn read_folder(folder: &Path, places: &mut Places) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, places);
        } else {
            places.insert(format!("file {}", path.display()), std::fs::read(&path).unwrap());
        }
    }
}

/// The ways in which a text may stand in bytes: as it is, in hex, in base64 at each of three offsets.
fn spellings(canary: &str) -> Vec<String> {
    let mut spellings = vec![canary.to_owned(), hex::encode(canary)];
    for offset in 0..3 {
        let mut shifted = vec![0; offset];
        shifted.extend_from_slice(canary.as_bytes());
        let encoded = base64::prelude::BASE64_STANDARD_NO_PAD.encode(shifted);
        // The first and the last signs depend on what stands beside it.
        let inner = encoded.get(if offset == 0 { 0 } else { 4 }..encoded.len() - 3).unwrap_or_default();
        spellings.push(inner.to_owned());
    }
    spellings
}

/// What of a place stands around anything that begins as canaries do: it is all that has to be searched for them, and
/// the log of a long run is large.
fn around(place: &str) -> String {
    const REACH: usize = 80;
    let (first, last) = (spellings("kanari0000q"), spellings("kanari9999q"));
    let mut around = String::new();
    for (one, other) in first.iter().zip(&last) {
        let alike = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
        for (at, _) in place.match_indices(&one[..alike]) {
            let end = place.ceil_char_boundary((at + REACH).min(place.len()));
            around.push_str(&place[at..end]);
            around.push('\n');
        }
    }
    around
}

fn holds(place: &str, spellings: &[String]) -> bool {
    spellings.iter().any(|spelling| place.contains(spelling))
}

pub(super) fn judge(canaries: &Canaries, places: &Places) {
    // What a search looks for is plain text: bytes that are none stand for nothing.
    let places: BTreeMap<&str, (String, String)> = places
        .iter()
        .filter(|(_, bytes)| bytes.iter().any(|byte| *byte != 0))
        .map(|(place, bytes)| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            (place.as_str(), (around(&text), text))
        })
        .collect();
    let mut wrong = Vec::new();
    for (what, canary, rights) in &canaries.planted {
        let spelled = spellings(canary);
        let holds = |(around, text): &(String, String)| {
            let watched = !canary.starts_with("kanari");
            holds(if watched { text } else { around }, &spelled)
        };
        let found: BTreeSet<&str> =
            places.iter().filter(|(_, texts)| holds(texts)).map(|(place, _)| *place).collect();
        for place in found.iter().filter(|place| !rights.may.contains(place)) {
            wrong.push(format!("{what} ({canary}) is in {place}"));
        }
        for place in rights.must.iter().filter(|place| !found.contains(**place)) {
            wrong.push(format!("{what} ({canary}) is not in {place}, where it belongs"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} canaries: {wrong:#?}", wrong.len(), canaries.planted.len());
}

#[test]
fn a_canary_is_found_however_it_is_spelled() {
    let spelled = spellings("kanari0042q");
    let base64 = |text: &str| base64::prelude::BASE64_STANDARD.encode(text);
    for place in [
        "a kanari0042q鸟 b".to_owned(),
        hex::encode("x kanari0042q"),
        base64("kanari0042q and more"),
        base64("a kanari0042q and more"),
        base64("ab kanari0042q and more"),
        base64("abc kanari0042q"),
    ] {
        assert!(holds(&place, &spelled) && holds(&around(&place), &spelled), "{place}");
    }
    assert!(!holds("kanari0041q", &spelled));
}
