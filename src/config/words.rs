//! Words: ids, what may be quoted, and the nearest that somebody may have meant.

use super::finding::Finding;

/// Whether a text is an id, which may be quoted: it is nobody's name, number or secret.
pub(super) fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The key that tells one table of a list from the next.
pub(super) fn naming(list: &str) -> &'static str {
    match list {
        "cluster" => "rule",
        "duty" => "role",
        "fields" | "columns" => "name",
        "policy" => "case",
        _ => "id",
    }
}

/// Says that there is no such value; only what is shaped like an id is quoted.
pub(super) fn unknown(text: &str) -> String {
    let harmless = text.split([':', '.']).all(is_id);
    if harmless { format!("there is no \"{text}\"") } else { "there is no such value".to_owned() }
}

pub(super) fn did_you_mean<K: AsRef<str>>(
    finding: Finding,
    given: &str,
    known: impl Iterator<Item = K>,
) -> Finding {
    let length = given.chars().count();
    // Short ids with a number all resemble each other.
    if length < 3 || (length < 6 && given.bytes().any(|byte| byte.is_ascii_digit())) {
        return finding;
    }
    let most = length.div_ceil(4).min(3);
    let near = known
        .map(|known| (strsim::damerau_levenshtein(given, known.as_ref()), known.as_ref().to_owned()))
        .filter(|(distance, _)| *distance <= most)
        .min();
    match near {
        Some((_, near)) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    }
}
