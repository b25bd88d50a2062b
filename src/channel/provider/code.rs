//! A provider's code as it may be shown.

use std::fmt;

/// The longest that is shown.
const CODE_MAX: usize = 64;
/// So many digits in a row may be somebody's number.
const DIGITS_MAX: usize = 6;

/// What a provider calls an outcome: it can be looked up in its documents, and holds nothing of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A code, where it is one: letters, digits, `.`, `-` and `_`, and nothing that could be a telephone number.
    pub(super) fn new(text: &str) -> Option<Self> {
        let is_sign = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        let is_number = text.split(|letter: char| !letter.is_ascii_digit()).any(|run| run.len() > DIGITS_MAX);
        let fits = !text.is_empty() && text.len() <= CODE_MAX && text.chars().all(is_sign) && !is_number;
        fits.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_and_what_may_be_a_number_is_not() {
        for code in ["45009", "isv.BUSINESS_LIMIT_CONTROL", "LimitExceeded.PhoneNumberOneHourLimit", "-1"] {
            assert_eq!(Code::new(code).map(|code| code.to_string()).as_deref(), Some(code));
        }
        for text in ["", "13800000000", "x-1380000", "not a code", "错误", &"x".repeat(65)] {
            assert_eq!(Code::new(text), None, "{text}");
        }
    }
}
