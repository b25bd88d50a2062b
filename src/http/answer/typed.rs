//! What a tired person types: full-width digits of a Chinese keyboard, spaces and dashes mean what they look like.

use crate::http::events::e164;

/// The character that a full-width digit or plus stands for.
pub(in crate::http) const fn narrow(c: char) -> char {
    match c {
        '０' => '0',
        '１' => '1',
        '２' => '2',
        '３' => '3',
        '４' => '4',
        '５' => '5',
        '６' => '6',
        '７' => '7',
        '８' => '8',
        '９' => '9',
        '＋' => '+',
        other => other,
    }
}

/// The digits of a code; what is no digit and no gap stays, so that it is wrong.
pub(in crate::http) fn code_of(text: Option<&str>) -> String {
    let typed = text.unwrap_or_default().chars().map(narrow);
    typed.filter(|c| !c.is_whitespace() && *c != '-').take(16).collect()
}

/// A mobile number in E.164.
pub(in crate::http) fn number_of(text: &str) -> Option<String> {
    e164(&text.chars().map(narrow).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_type_it() {
        for typed in [
            "13800000031",
            "138 0000 0031",
            "138-0000-0031",
            "+86 138 0000 0031",
            "8613800000031",
            "0086 138-0000-0031",
            "１３８００００００３１",
            "＋86 13800000031",
        ] {
            assert_eq!(number_of(typed).as_deref(), Some("+8613800000031"), "{typed}");
        }
    }
}
