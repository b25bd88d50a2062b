//! Texts that people and devices wrote, made fit to be shown: one line, nothing invisible, nothing that turns it round.

/// The text on one line, without what cannot be seen; none where nothing is left.
pub(super) fn line(text: &str) -> Option<String> {
    clean(text, |_| false)
}

/// The same with its line breaks.
pub(super) fn paragraph(text: &str) -> Option<String> {
    clean(text, |c| c == '\n')
}

/// The first so many characters of a text.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

/// Whether a text holds no character that [`line`] would change.
pub(super) fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| is_break(c) || is_hidden(c))
}

fn clean(text: &str, keep: impl Fn(char) -> bool) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let clean: String = text
        .chars()
        .filter(|c| !is_hidden(*c))
        .map(|c| if is_break(c) && !keep(c) { ' ' } else { c })
        .collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// Controls, and the two separators of Unicode that programs take for the end of a line.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What takes no room: marks of direction, blanks of no width, byte order marks, annotations, tags. The two joiners
/// are left, for some scripts are written with them.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_does_not_come_in() {
        for (given, expected) in [
            ("一楼大厅", Some("一楼大厅")),
            (" a\r\nBcc: b ", Some("a Bcc: b")),
            ("a\u{202e}b\u{2066}c\u{200b}", Some("abc")),
            ("\u{1b}[31mred\u{7}", Some("[31mred")),
            ("a\u{2028}b", Some("a b")),
            ("می\u{200c}خواهم", Some("می\u{200c}خواهم")),
            ("\u{feff}\t", None),
            ("", None),
        ] {
            assert_eq!(line(given).as_deref(), expected, "{given:?}");
        }
        for (given, expected) in [("E-10 24", true), ("财务部", true), ("a\nb", false), ("a\u{202e}b", false)]
        {
            assert_eq!(is_plain(given), expected, "{given:?}");
        }
        assert_eq!(paragraph("a\r\nb\u{0}c\u{202e}"), Some("a\nb c".to_owned()));
        assert_eq!(cut("发热门诊", 2), "发热");
    }
}
