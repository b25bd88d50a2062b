//! From bytes to text: UTF-8 with or without a mark in front, or GB18030, which Excel writes in China.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

use super::{Refusal, said};

const MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a file, in the encoding that was named, else that it marks itself with, else UTF-8 where it is, else
/// GB18030.
pub(super) fn decoded<'b>(bytes: &'b [u8], charset: Option<&str>) -> Result<Cow<'b, str>, Refusal> {
    let marked = bytes.strip_prefix(MARK);
    let named = match charset.map(|name| Encoding::for_label(name.trim().as_bytes())) {
        None => marked.map(|_rest| UTF_8),
        // GB18030 holds all of GBK and GB2312.
        Some(Some(named)) if named == GBK || named == GB18030 => Some(GB18030),
        Some(Some(named)) if named == UTF_8 => Some(UTF_8),
        Some(_) => return Err(unreadable()),
    };
    let bytes = marked.filter(|_| named == Some(UTF_8)).unwrap_or(bytes);
    let order: &[&Encoding] = match &named {
        Some(named) => std::slice::from_ref(named),
        None => &[UTF_8, GB18030],
    };
    let decoded = order.iter().find_map(|it| it.decode_without_bom_handling_and_without_replacement(bytes));
    // No text has a NUL; a picture has.
    decoded.filter(|text| !text.contains('\0')).ok_or_else(unreadable)
}

fn unreadable() -> Refusal {
    Refusal::Damaged(said(
        "不是 UTF-8 或 GB18030 编码的文本，或与所声明的编码不符",
        "Expected a text in UTF-8 or GB18030, and in the encoding that is named with it.",
    ))
}

/// Full-width letters, digits and signs as the half-width ones they stand for.
pub fn folded(text: &str) -> String {
    let fold = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        c => c,
    };
    text.chars().map(fold).collect()
}
