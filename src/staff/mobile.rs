//! Mobile numbers as they stand in people's spreadsheets, and as they are rung.

use super::is_unseen;
use crate::domain::form::Labels;
use crate::sheet::folded;

/// A number that can be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mobile {
    /// E.164.
    pub(super) number: String,
    /// Whether it stood there otherwise than a Chinese mobile number or E.164 does.
    pub(super) mended: bool,
}

/// Why none can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// A fixed line.
    FixedLine,
    /// More than one number.
    Several,
    /// So many zeros at its end as a number has that a spreadsheet rounded and wrote down again.
    Rounded,
    /// Too few or too many digits, or no digits at all.
    NoNumber,
}

impl Doubt {
    pub(super) fn says(self) -> Labels {
        let (zh, en) = match self {
            Self::FixedLine => (
                "是固定电话，收不到短信：应填手机号",
                "is a fixed line, which takes no SMS: expected a mobile number",
            ),
            Self::Several => ("有不止一个号码：应只填一个", "there is more than one number: expected one"),
            Self::Rounded => (
                "末尾的零像是表格程序四舍五入的结果（如 1.38E+10）：请核对原号码，将该列设为文本格式后重新填写",
                "ends in zeros as a number does that a spreadsheet rounded, as in 1.38E+10: take it from where it came \
                 from, and format the column as text",
            ),
            Self::NoNumber => (
                "不是手机号：应为 11 位数字，境外号码以 + 开头",
                "is no mobile number: expected 11 digits, or + in front of one from abroad",
            ),
        };
        Labels { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// A number that ends in so many zeros has been rounded; one in a million has them of its own.
const ZEROS_MAX: usize = 5;

pub(super) fn read(text: &str) -> Result<Mobile, Doubt> {
    let plain: String = folded(text).chars().filter(|c| !is_unseen(*c)).collect();
    let plain = plain.trim().trim_start_matches('\'');
    if several(plain) {
        return Err(Doubt::Several);
    }
    let whole = plain.strip_suffix(".0").unwrap_or(plain);
    let between =
        |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '·');
    let bare: String = whole.chars().filter(|c| !between(*c)).collect();
    let (abroad, digits) = match (bare.strip_prefix('+'), bare.strip_prefix("00")) {
        (Some(rest), _) | (None, Some(rest)) => (true, rest),
        (None, None) => (false, bare.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Doubt::NoNumber);
    }
    let number = if let Some(rest) = digits.strip_prefix("86").filter(|rest| abroad || rest.len() >= 10) {
        chinese(rest)?
    } else if abroad {
        let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
        if !fits {
            return Err(Doubt::NoNumber);
        }
        format!("+{digits}")
    } else {
        chinese(digits)?
    };
    let mended = text != number && format!("+86{text}") != number;
    Ok(Mobile { number, mended })
}

fn chinese(digits: &str) -> Result<String, Doubt> {
    // A zero before a mobile number was once dialled from elsewhere; no fixed line has twelve digits that begin so.
    let mobile = digits.strip_prefix('0').filter(|rest| is_mobile(rest)).unwrap_or(digits);
    if is_mobile(mobile) {
        let zeros = mobile.bytes().rev().take_while(|b| *b == b'0').count();
        return if zeros > ZEROS_MAX { Err(Doubt::Rounded) } else { Ok(format!("+86{mobile}")) };
    }
    let area = digits.starts_with('0') && (10..=12).contains(&digits.len());
    let area_without_zero = digits.len() >= 9 && digits.len() <= 11 && !digits.starts_with(['0', '1']);
    let local = (7..=8).contains(&digits.len()) && !digits.starts_with(['0', '1']);
    Err(if area || area_without_zero || local { Doubt::FixedLine } else { Doubt::NoNumber })
}

fn is_mobile(digits: &str) -> bool {
    let mut bytes = digits.bytes();
    digits.len() == 11
        && bytes.next() == Some(b'1')
        && bytes.next().is_some_and(|b| (b'3'..=b'9').contains(&b))
}

/// Whether there are two numbers, or a number and another's extension, in one cell.
fn several(text: &str) -> bool {
    let long = |part: &&str| part.bytes().filter(u8::is_ascii_digit).count() >= 7;
    text.split(['/', ',', ';', '、', '|', '\\', '\n', '或', ' ']).filter(long).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, given: &[&str]) {
        for text in given {
            let told = match read(text) {
                Ok(Mobile { number, mended }) => format!("{number}{}", if mended { " mended" } else { "" }),
                Err(doubt) => format!("{doubt:?}"),
            };
            assert_eq!(told, expected, "{text:?}");
        }
    }

    #[test]
    fn a_number_is_told_however_it_is_written() {
        check("+8613800000013", &["13800000013", "+8613800000013"]);
        check(
            "+8613800000013 mended",
            &[
                "１３８００００００１３",
                "138 0000 0013",
                "138-0000-0013",
                "138–0000–0013",
                "+86 138 0000 0013",
                "0086-13800000013",
                "8613800000013",
                "(+86)13800000013",
                "013800000013",
                "13800000013.0",
                "'13800000013",
                "\u{202d}13800000013\u{202c}",
                " 13800000013 ",
            ],
        );
        check("+85291234567", &["+85291234567"]);
        check("+85291234567 mended", &["00852 9123 4567", "+852-9123-4567"]);
    }

    #[test]
    fn what_is_no_mobile_number_says_which_kind_of_doubt_it_is() {
        check(
            "FixedLine",
            &["0451-82345678", "010 82345678", "82345678", "(0451)82345678", "+86 451 82345678"],
        );
        check("FixedLine", &["400-820-8820", "045182345678"]);
        check(
            "Several",
            &["13800000013/13800000014", "13800000013 13800000014", "13800000013、0451-82345678"],
        );
        check("Rounded", &["13800000000", "13812000000"]);
        check(
            "NoNumber",
            &["1380000001", "138000000134", "12345678901", "无", "—", "+", "0", "E1024", "wechat"],
        );
        check("+8613812300000", &["13812300000"]);
    }
}
