//! What the robots of chat groups have in common.

/// A text of at most so many bytes, cut behind a line or else a character, and marked where it was; with a word in it
/// that the group lets in alone.
pub(super) fn fitted(text: &str, bytes_max: usize, keyword: Option<&str>) -> String {
    const CUT: &str = "…";
    let lacking = keyword.filter(|keyword| !text.contains(*keyword));
    let tail = lacking.map(|keyword| format!("\n{keyword}")).unwrap_or_default();
    let room = bytes_max.saturating_sub(tail.len());
    if text.len() <= room {
        return format!("{text}{tail}");
    }
    let room = room.saturating_sub(CUT.len());
    let mut end = room;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    // Behind a line where that leaves most of it.
    let head =
        head.rfind('\n').filter(|line| line * 2 > end).and_then(|line| head.get(..line)).unwrap_or(head);
    let kept = keyword.filter(|keyword| lacking.is_none() && !head.contains(*keyword));
    match kept {
        // The word stood in what was cut.
        Some(keyword) => fitted(head, bytes_max, Some(keyword)),
        None => format!("{head}{CUT}{tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_behind_a_line() {
        assert_eq!(fitted("发热一人", 12, None), "发热一人");
        assert_eq!(fitted("发热一人", 11, None), "发热…");
        assert_eq!(fitted("甲乙丙\n丁戊己", 16, None), "甲乙丙…");
        for most in 0..40 {
            assert!(fitted("甲乙丙\n丁戊己庚辛壬癸", most, None).len() <= most.max("…".len()), "{most}");
        }
    }

    #[test]
    fn the_word_that_the_group_lets_in_is_in_it() {
        assert_eq!(fitted("发热一人", 100, Some("值班")), "发热一人\n值班");
        assert_eq!(fitted("值班：发热一人", 100, Some("值班")), "值班：发热一人");
        let long = format!("{}值班", "甲".repeat(40));
        let cut = fitted(&long, 60, Some("值班"));
        assert!(cut.len() <= 60 && cut.contains("值班"), "{cut}");
        let cut = fitted(&"甲".repeat(40), 60, Some("值班"));
        assert!(cut.len() <= 60 && cut.ends_with("…\n值班"), "{cut}");
    }
}
