//! What is not TOML, in an operator's words; and how much of the rest of such a file can be believed.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::Error;

use super::finding::Finding;
use super::node::Place;

/// What is wrong, where, and what was expected.
struct Said {
    span: Range<usize>,
    wrong: &'static str,
    expected: String,
}

impl Said {
    fn new(span: Range<usize>, wrong: &'static str, expected: impl Into<String>) -> Self {
        Self { span, wrong, expected: expected.into() }
    }

    fn finding(self, file: usize) -> Finding {
        let wrong = format!("this is not TOML: {}", self.wrong);
        Finding::mistake(&Place::new(file, self.span), "", wrong).expected(self.expected)
    }
}

/// One line of a file, and where it begins.
#[derive(Clone, Copy)]
struct Line<'s> {
    start: usize,
    text: &'s str,
}

impl<'s> Line<'s> {
    fn at(source: &'s str, at: usize) -> Self {
        let (before, after) = source.split_at_checked(at).unwrap_or((source, ""));
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = after.find('\n').map_or(source.len(), |newline| before.len() + newline);
        Self { start, text: source.get(start..end).unwrap_or_default().trim_end_matches('\r') }
    }

    fn from(&self, at: usize) -> &'s str {
        self.text.get(at.saturating_sub(self.start)..).unwrap_or_default()
    }

    fn before(&self, at: usize) -> &'s str {
        self.text.get(..at.saturating_sub(self.start)).unwrap_or_default()
    }

    const fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether it is one key with its value, which can be taken out and leaves the rest as it was.
    fn is_pair(&self) -> bool {
        let begins = self.text.trim_start_matches(['\u{feff}', ' ', '\t']).chars().next();
        begins.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '"'))
            && self.text.contains(['=', '＝', ':'])
    }
}

/// A finding for each line that is not TOML: what follows on the same line follows from it.
pub(super) fn findings(file: usize, source: &str, errors: &[Error]) -> Vec<Finding> {
    if let Some(at) = lone_return(source) {
        let (span, wrong) = (at..at + 1, "its lines end as on an old Mac");
        return vec![
            Said::new(span, wrong, "lines that end in LF or CRLF: save it anew as Unix or Windows text")
                .finding(file),
        ];
    }
    let mut found = Vec::new();
    for (line, span, error) in by_line(source, errors) {
        if let Some(list) = unclosed_list(source, line, span.start, error.message()) {
            found.push(list.finding(file));
            // All that comes after it was read as part of that list.
            break;
        }
        found.push(match said(source, line, span.clone(), error.message()) {
            Some(said) => said.finding(file),
            None => {
                let wrong = format!("this is not TOML: {}", error.message());
                Finding::mistake(&Place::new(file, span), "", wrong)
            }
        });
    }
    found
}

/// The file with every line blanked out that is not TOML; none where what is left would be a guess. Every byte of the
/// rest stays where it was.
pub(super) fn without_broken_lines(source: &str, errors: &[Error]) -> Option<String> {
    let mut mended = source.to_owned();
    for (line, _, _) in by_line(source, errors) {
        if !line.is_pair() {
            return None;
        }
        mended.replace_range(line.span(), &" ".repeat(line.text.len()));
    }
    Some(mended)
}

/// The first error of each line, in order.
fn by_line<'s, 'e>(source: &'s str, errors: &'e [Error]) -> Vec<(Line<'s>, Range<usize>, &'e Error)> {
    let mut errors: Vec<_> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            let start = span.start.min(source.len());
            (start..span.end.clamp(start, source.len()), error)
        })
        .collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut seen = BTreeSet::new();
    let errors = errors.into_iter().map(|(span, error)| (Line::at(source, span.start), span, error));
    errors.filter(|(line, _, _)| seen.insert(line.start)).collect()
}

fn lone_return(source: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    bytes
        .iter()
        .enumerate()
        .find_map(|(at, byte)| (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')).then_some(at))
}

/// A list that goes on into what is none of it: the next heading, or the next key.
fn unclosed_list(source: &str, line: Line<'_>, at: usize, message: &str) -> Option<Said> {
    let first = line.before(at).trim().is_empty();
    let next = line.text.trim_start().starts_with("[[") || line.is_pair();
    let of_list = message.starts_with("missing comma between array") || message.starts_with("unclosed array");
    if !(of_list && first && next) {
        return None;
    }
    let last = source.get(..line.start)?.trim_end().len();
    let last = Line::at(source, last);
    Some(Said::new(last.span(), "the list is not closed", "] at its end, before the next line"))
}

fn said(source: &str, line: Line<'_>, span: Range<usize>, message: &str) -> Option<Said> {
    let at = span.start;
    let is = |words: &[&str]| words.iter().any(|word| message.starts_with(word));
    let unclosed = is(&["invalid basic string", "invalid literal string"]);
    if let Some(said) = odd(line, &span, unclosed) {
        return Some(said);
    }
    if is(&["missing comma between array"]) {
        return Some(Said::new(span, "a comma is missing between two of a list", ", between them"));
    }
    if is(&["invalid multi-line"]) {
        let from = ["\"\"\"", "'''"].iter().filter_map(|quotes| source.get(..at)?.rfind(quotes)).max()?;
        return Some(Said::new(
            from..from + 3,
            "the text that begins here is not closed",
            "the same three quotation marks at its end",
        ));
    }
    if unclosed {
        let from = line.start + line.before(at).rfind(if message.contains("basic") { '"' } else { '\'' })?;
        return Some(Said::new(from..at, "the text is not closed", "a quotation mark at its end"));
    }
    if is(&["missing escaped"]) {
        return Some(Said::new(
            span,
            "in a text in \" \" a \\ has a meaning of its own",
            "\\\\ for each \\, or the text in ' '",
        ));
    }
    if is(&["invalid unquoted key"]) && line.from(at).starts_with(':') {
        return Some(Said::new(at..at + 1, "`:` in place of `=`", "key = value"));
    }
    if is(&["invalid unquoted key"]) {
        return Some(Said::new(
            span,
            "no key is written like this",
            "a key of letters, digits, - and _, then =",
        ));
    }
    if is(&["key with no value", "missing assignment"]) {
        return Some(Said::new(span, "a line without `=`", "key = value, or # before a remark"));
    }
    if is(&["unexpected key or value"]) {
        return Some(Said::new(
            span,
            "something stands behind the value",
            "the end of the line, or # before a remark",
        ));
    }
    if is(&["unclosed table", "unclosed array table"]) {
        return Some(Said::new(
            line.span(),
            "the heading is not closed",
            "a heading such as [server] or [[unit]]",
        ));
    }
    let of_value = is(&[
        "string values must",
        "invalid float",
        "invalid integer",
        "invalid datetime",
        "invalid value",
        "missing value",
        "unexpected leading zero",
        "invalid boolean",
    ]);
    of_value.then(|| value(line, at)).flatten()
}

/// A value that is none.
fn value(line: Line<'_>, at: usize) -> Option<Said> {
    let equals = line.start + line.before(at).rfind('=')?;
    let text = line.from(at).split('#').next()?.trim_end();
    if text.is_empty() {
        return Some(Said::new(
            equals..equals + 1,
            "nothing stands after `=`",
            "a value, or # before the whole line",
        ));
    }
    let span = at..at + text.len();
    let switches = ["yes", "no", "on", "off", "true", "false", "是", "否"];
    Some(if switches.contains(&text.to_ascii_lowercase().as_str()) {
        Said::new(span, "this is no value", "true or false")
    } else if text.starts_with(char::is_alphabetic) {
        Said::new(span, "a text without quotation marks", "the text in quotation marks, such as \"abc\"")
    } else {
        Said::new(
            span,
            "this is no value",
            "a number of digits alone, true or false, or a text in quotation marks",
        )
    })
}

/// A character that looks like one of TOML's and is another, as input methods and word processors write it.
fn odd(line: Line<'_>, span: &Range<usize>, anywhere: bool) -> Option<Said> {
    let looks = |c: char| plain(c).filter(|plain| !anywhere || matches!(*plain, '"' | '\''));
    let found = if anywhere {
        line.text.char_indices().rfind(|(_, c)| looks(*c).is_some()).map(|(at, c)| (line.start + at, c))
    } else {
        let end = span.end.max(span.start + 1);
        let chars = line.from(span.start).char_indices().map(|(at, c)| (span.start + at, c));
        chars.take_while(|(at, _)| *at < end).find(|(_, c)| looks(*c).is_some())
    };
    let (at, c) = found?;
    let span = at..at + c.len_utf8();
    Some(match plain(c)? {
        '\0' => Said::new(span, "a character that nobody sees stands here", "nothing: delete it"),
        ' ' => Said::new(span, "a space of another kind stands here", "a plain space"),
        digit @ '0'..='9' => {
            Said::new(span, "a full-width digit", format!("digits in half width, such as {digit}"))
        }
        plain => Said::new(span, "a full-width or curly character", format!("a plain {plain}")),
    })
}

/// What somebody meant who wrote this; a NUL where it should not be there at all.
pub(super) fn plain(c: char) -> Option<char> {
    Some(match c {
        '“' | '”' | '„' | '「' | '」' | '『' | '』' => '"',
        '‘' | '’' => '\'',
        '、' => ',',
        '：' => '=',
        '【' | '〔' => '[',
        '】' | '〕' => ']',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => '\0',
        '！'..='～' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32)?,
        _ => return None,
    })
}
