//! Values that several tables share: ids, names, numbers, addresses, hours, schedules, hashes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::finding::Finding;
use super::node::{Place, Value};
use super::reader::Table;
use super::report::At;
use super::syntax;
use super::words::is_id;
use crate::channel::text::Language;
use crate::domain::names::{Kind, Medium};
use crate::http::credential::{TokenHash, Tokens};
use crate::time::{Schedule, Timestamp};

pub(super) const LANGUAGES: [(&str, Language); 2] = [("zh-CN", Language::Chinese), ("en", Language::English)];
pub(super) const KINDS: [(&str, Kind); 3] =
    [("fever", Kind::Fever), ("suspected", Kind::Suspected), ("confirmed", Kind::Confirmed)];
pub(super) const MEDIA: [(&str, Medium); 4] =
    [("phone", Medium::Phone), ("sms", Medium::Sms), ("email", Medium::Email), ("robot", Medium::Robot)];

/// A day.
pub(super) const DAY: Duration = Duration::from_hours(24);

/// The longest name; an SMS holds 70 characters, and a report should still look like one.
const NAME_CHARS_MAX: usize = 100;

/// Ids in use, and where each was given.
pub(super) type Ids = BTreeMap<String, Place>;

/// An id: what names something in the configuration, and appears in facts, logs and metrics.
pub(super) fn id(table: &Table<'_>, known: &mut Ids) -> Option<String> {
    let id = table.required("id", "an id of lowercase letters, digits, - and _")?;
    if !is_id(&id.value) {
        table.wrong(&id, "not an id", "1 to 40 of a-z, 0-9, - and _, with a letter among them");
        return None;
    }
    if let Some(first) = known.get(&id.value) {
        let finding = Finding::mistake(&id.place, &id.key, "used twice").expected("an id of its own");
        table.report.tell(finding.related(first, "the first one stands here"));
        return None;
    }
    known.insert(id.value.clone(), id.place);
    Some(id.value)
}

/// A name as people read it.
pub(super) fn name<'a>(table: &Table<'a>, key: &'a str) -> Option<At<String>> {
    let text = table.text(key)?;
    let fits = !text.value.trim().is_empty()
        && text.value.chars().count() <= NAME_CHARS_MAX
        && !text.value.chars().any(char::is_control);
    if !fits {
        table.wrong(&text, "not a name", "1 to 100 characters on one line");
        return None;
    }
    Some(text.map(|text| text.trim().to_owned()))
}

pub(super) fn required_name<'a>(table: &Table<'a>, key: &'a str, expected: &str) -> Option<At<String>> {
    table.require(key, expected);
    name(table, key)
}

/// Whose an address is, which decides whether it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Person,
    Authority,
}

/// How much of a person's number or address is shown, its quotation mark included.
const SHOWN: usize = 4;

const ROUNDED: &str = "a spreadsheet has rounded it: take its digits from where they came from";

/// A number in E.164.
pub(super) fn number<'a>(table: &Table<'a>, key: &'a str, owner: Owner) -> Option<String> {
    const EXPECTED: &str = "+ and its country, digits alone, in quotes: \"+8613800000000\"";
    let text = reach(table, key, owner, EXPECTED)?;
    let digits = text.value.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if !fits {
        let finding =
            Finding::mistake(&text.place, &text.key, "not a telephone number as it is rung from abroad");
        let finding = finding.expected(EXPECTED);
        table.report.tell(match mending(&text.value) {
            Some(help) => finding.help(help),
            None => finding,
        });
        return None;
    }
    Some(text.value)
}

/// What to do about a number that is nearly one.
fn mending(number: &str) -> Option<&'static str> {
    let is_full_width = |c| matches!(c, '０'..='９' | '＋' | '－' | '（' | '）' | '\u{3000}');
    let bare: String =
        number.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}')).collect();
    if number.contains(is_full_width) {
        Some("there are full-width characters in it: type it in half width")
    } else if number.contains(['E', 'e']) && number.parse::<f64>().is_ok() {
        Some(ROUNDED)
    } else if bare.starts_with("00") {
        Some("write + in place of 00")
    } else if bare.len() == 11 && bare.starts_with('1') && bare.bytes().all(|byte| byte.is_ascii_digit()) {
        Some("for a mobile in China put +86 before it")
    } else if bare.starts_with('0') {
        Some("for a fixed line in China put +86 in place of the 0")
    } else if bare != number {
        Some("leave out spaces, dashes and brackets")
    } else {
        None
    }
}

/// A text by which somebody is reached; a person's is hidden, whatever it is.
fn reach<'a>(table: &Table<'a>, key: &'a str, owner: Owner, expected: &str) -> Option<At<String>> {
    let entry = table.entry(key)?;
    if owner == Owner::Person {
        table.report.blot(&entry.node.place, SHOWN);
    }
    let Value::Text(text) = &entry.node.value else {
        let wrong = format!("this is {}", entry.node.value.kind());
        let finding = Finding::mistake(&entry.node.place, &table.key(key), wrong).expected(expected);
        let rounded = matches!(entry.node.value, Value::Float(_));
        table.report.tell(if rounded { finding.help(ROUNDED) } else { finding });
        return None;
    };
    Some(At { value: text.clone(), place: entry.node.place.clone(), key: table.key(key) })
}

pub(super) fn email<'a>(table: &Table<'a>, key: &'a str, owner: Owner) -> Option<String> {
    const EXPECTED: &str = "one address in quotes, such as \"duty@example.cn\"";
    let text = reach(table, key, owner, EXPECTED)?;
    if text.value.len() > 254 || text.value.parse::<lettre::Address>().is_err() {
        let finding = Finding::mistake(&text.place, &text.key, "not a mail address").expected(EXPECTED);
        let full_width = text.value.chars().any(|c| syntax::plain(c).is_some());
        table.report.tell(if full_width {
            finding.help("there are full-width characters in it, such as ＠: type it in half width")
        } else {
            finding
        });
        return None;
    }
    Some(text.value)
}

/// Hours of the day: minutes after midnight.
pub(super) fn hours<'a>(table: &Table<'a>, key: &'a str) -> Option<(u16, u16)> {
    let text = table.text(key)?;
    let minutes = |part: &str| {
        let (hour, minute) = part.trim().split_once(':')?;
        let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u16>().ok()).flatten();
        let (hour, minute) = (two(hour)?, two(minute)?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let read = text.value.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
    if read.is_none() {
        table.wrong(&text, "not hours of a day", "from and to, such as 22:00-07:00");
    }
    read
}

pub(super) fn instant<'a>(table: &Table<'a>, key: &'a str) -> Option<At<Timestamp>> {
    table.moment(key, "not an instant", "a time with its offset, such as 2026-01-01T08:30:00+08:00")
}

pub(super) fn schedule<'a>(table: &Table<'a>, key: &'a str) -> Option<Schedule> {
    let text = table.text(key)?;
    match text.value.parse::<Schedule>() {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            let why = error.to_string();
            table.wrong(&text, "not a schedule", why.strip_prefix("expected ").unwrap_or(&why));
            None
        }
    }
}

/// The SHA-256 of secrets that stand in the example, for everybody to read.
const EXAMPLES: [&str; 6] = [
    "8562c8ec0f07aa5f611bea1d0be9c79034579e7f317f1ae85a5595d7dfa8f2c9",
    "781a6eb1cf9f5203c152e0f5eca0e48589f585460ccac7bb10851735925d1e75",
    "34edfa1059a092bc26db3691872c150462223277715d2c624475407cbb6ae373",
    "a79dbcd64b48b7b2f4d07338d319a37231d1401d390b47a70f9499d22d5ef4db",
    "0c39b16399c8e06d96ead379184c41100a458a3c00423419cc5e48f38b88790b",
    "dcca57e656f38de3a310c570f931297efee1ef709177b5c3c132f5ca7b004900",
];

/// The signing secret that stands in the example.
pub(super) const EXAMPLE_SIGNING: &str = "whsec_ZXhhbXBsZS1jbGluaWMtc2VjcmV0LTAwMDE=";

/// Warns of a secret that stands in the example.
pub(super) fn warn_of_example<T>(table: &Table<'_>, at: &At<T>) {
    let message = "this is a secret of the example, which everybody can read";
    let warning = Finding::warning(Some(at.place.clone()), &at.key, message);
    table.report.tell(warning.help("make one of your own with `watchfire token`"));
}

/// Hashes in use, and where: one token must not name two callers.
pub(super) type Hashes = BTreeMap<String, Place>;

/// Hashes of tokens that say who is calling: one, or several while they are being changed.
pub(super) fn own_tokens<'a>(table: &Table<'a>, key: &'a str, known: &mut Hashes) -> Tokens {
    for text in table.one_or_more(key) {
        match known.get(&text.value) {
            Some(first) => {
                let finding = Finding::mistake(&text.place, &text.key, "used twice");
                let finding = finding.expected("a token of its own: it says who is calling");
                table.report.tell(finding.related(first, "the first one stands here"));
            }
            None => drop(known.insert(text.value, text.place)),
        }
    }
    tokens(table, key)
}

/// Hashes of tokens, where the address says who is calling.
pub(super) fn tokens<'a>(table: &Table<'a>, key: &'a str) -> Tokens {
    let mut hashes = Vec::new();
    for text in table.one_or_more(key) {
        match text.value.parse::<TokenHash>() {
            Ok(hash) => hashes.push(hash),
            Err(_unread) => {
                // Whoever pastes the token itself here would see it on the screen.
                table.report.blot(&text.place, 1);
                let help = "write the hash, not the token; `watchfire token` prints both";
                let finding = Finding::mistake(&text.place, &text.key, "not a SHA-256");
                table.report.tell(finding.expected("64 hexadecimal digits").help(help));
                continue;
            }
        }
        if EXAMPLES.contains(&text.value.to_ascii_lowercase().as_str()) {
            warn_of_example(table, &text);
        }
    }
    Tokens::new(hashes)
}
