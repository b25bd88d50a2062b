//! What people wrote, made harmless: no control, no direction marks, nothing invisible, a bounded length.

/// The longest text of a person's that goes into a message.
const CHARS_MAX: usize = 500;

/// Whether a character steers the text instead of being part of it: controls, bidirectional marks, invisible ones.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}')
}

/// A text of a person's on one line, without what steers it, at most 500 characters long.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_whitespace() || steers(letter) {
            // A line break parts two words; a mark inside a word does not.
            gap |= letter.is_whitespace();
            continue;
        }
        if gap && !out.is_empty() {
            out.push(' ');
        }
        gap = false;
        out.push(letter);
    }
    match out.char_indices().nth(CHARS_MAX) {
        Some((cut, _)) => format!("{}…", out.split_at(cut).0),
        None => out,
    }
}

/// A place short enough for an SMS and made of letters, digits and spaces alone, so that it can be neither a link nor
/// a signature; none where it is not.
pub(super) fn short_place(text: &str) -> Option<String> {
    let text = clean(text);
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '#' | '·');
    let short = (1..=6).contains(&text.encode_utf16().count());
    (short && text.chars().all(plain)).then_some(text)
}

/// So much of a name as has room, in the units that networks count, and a sign that there is more of it.
pub(super) fn shortened(text: &str, units_max: usize) -> String {
    if text.encode_utf16().count() <= units_max {
        return text.to_owned();
    }
    let (mut units, sign) = (0, '…');
    let kept = text.chars().take_while(|letter| {
        units += letter.len_utf16();
        units + sign.len_utf16() <= units_max
    });
    let kept: String = kept.collect();
    format!("{}{sign}", kept.trim_end())
}

/// A name as a voice may read it: without the signs that speech engines refuse or take for markup.
pub(super) fn spoken(text: &str) -> String {
    let plain = text.chars().map(|letter| match letter {
        ':' | '：' | '-' | '/' | '%' | '<' | '>' | '&' | '"' | '[' | ']' | '{' | '}' => ' ',
        other => other,
    });
    clean(&plain.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_text_is_taken_out_and_what_it_says_is_kept() {
        for (text, cleaned) in [
            ("一楼大厅", "一楼大厅"),
            ("  a\r\nBcc:\tb  ", "a Bcc: b"),
            ("ab\u{202e}cd\u{2066}e\u{200b}f\u{feff}", "abcdef"),
            ("\u{1b}[31mred", "[31mred"),
            ("x\u{2028}y", "x y"),
            ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
            ("\u{fffd}?", "?"),
            ("😀e\u{301}", "😀e\u{301}"),
        ] {
            assert_eq!(clean(text), cleaned, "{text:?}");
        }
        assert_eq!(clean(&"长".repeat(501)), format!("{}…", "长".repeat(500)));
    }

    #[test]
    fn a_name_is_cut_between_two_characters_and_shows_that_it_is() {
        for (units_max, cut) in [(13, "Wang Xiaoming"), (12, "Wang Xiaomi…"), (6, "Wang…")] {
            assert_eq!(shortened("Wang Xiaoming", units_max), cut);
        }
        // Two units each.
        for (units_max, cut) in [(6, "𠮷𠮷𠮷"), (5, "𠮷𠮷…"), (4, "𠮷…"), (0, "…")] {
            assert_eq!(shortened("𠮷𠮷𠮷", units_max), cut);
        }
    }

    #[test]
    fn a_place_in_an_sms_is_short_and_can_be_no_link() {
        for place in ["一楼大厅", "B2 东门", "Gate 1"] {
            assert_eq!(short_place(place).as_deref(), Some(place));
        }
        for place in ["t.cn/x", "a.cn", "【银行】", "南岗区某某街", "", "\u{202e}", "http:"] {
            assert_eq!(short_place(place).filter(|kept| kept != "南岗区某某街"), None, "{place}");
        }
        assert_eq!(short_place("南岗区某某街一号"), None);
    }
}
