//! From a cell to the JSON that a report would say it in. What does not fit goes on as it is: the report's own check
//! refuses it.

use serde_json::{Number, Value, json};

use super::text::folded;
use crate::domain::form::{TEXT_CHARS_MAX, Takes};
use crate::time::Day;

/// What stands in a cell.
#[derive(Clone, Copy)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Number(f64),
    Bool(bool),
    /// Year, month and day.
    Date(u16, u8, u8),
    /// `#N/A` and its like.
    Fault,
    /// A formula whose value is not in the file.
    Unsaved,
}

/// Why no value can be made of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Fault,
    Unsaved,
    Digits,
    Shown,
}

impl Lost {
    pub(super) const fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::Fault => {
                ("应为内容，而不是公式的错误值", "expected a value, and not the error of a formula")
            }
            Self::Unsaved => (
                "文件中没有该公式的计算结果：请用表格软件打开并保存后再上报",
                "the value of the formula is not in the file: open it in a spreadsheet program and save it",
            ),
            Self::Digits => (
                "数字的位数已丢失（如 1.38E+10）：请将该列设为文本格式后重新填写",
                "digits are lost, as in 1.38E+10: format the column as text and type it again",
            ),
            Self::Shown => (
                "列宽不够，存下的是 ####：请加宽该列后重新保存",
                "the column was too narrow and #### was saved: widen it and save it again",
            ),
        }
    }
}

/// Excel keeps 15 digits of a number, and no more of what was typed.
const DIGITS_MAX: f64 = 1e15;

/// The value of a cell in a column; `None` where it is empty.
pub(super) fn value(takes: &Takes, cell: Cell<'_>) -> Result<Option<Value>, Lost> {
    let value = match cell {
        Cell::Fault => return Err(Lost::Fault),
        Cell::Unsaved => return Err(Lost::Unsaved),
        Cell::Bool(value) => match takes {
            Takes::Text | Takes::Choice(_) => json!(if value { "TRUE" } else { "FALSE" }),
            Takes::Count | Takes::Number | Takes::Date => json!(value),
        },
        Cell::Date(year, month, day) => json!(format!("{year:04}-{month:02}-{day:02}")),
        Cell::Number(number) => typed(takes, number)?,
        Cell::Text(text) => {
            let text = text.trim();
            if text.is_empty() {
                return Ok(None);
            }
            written(takes, text)?
        }
    };
    Ok(Some(value))
}

fn typed(takes: &Takes, number: f64) -> Result<Value, Lost> {
    match takes {
        Takes::Count | Takes::Number => Ok(self::number(number)),
        Takes::Text | Takes::Choice(_) if number.abs() >= DIGITS_MAX => Err(Lost::Digits),
        Takes::Text | Takes::Choice(_) => Ok(json!(self::number(number).to_string())),
        Takes::Date => {
            let digits = self::number(number).to_string();
            Ok(day(&digits).map_or_else(|| self::number(number), |day| json!(day)))
        }
    }
}

fn written(takes: &Takes, text: &str) -> Result<Value, Lost> {
    if is_fault(text) {
        return Err(Lost::Fault);
    }
    if text.len() > 2 && text.bytes().all(|b| b == b'#') {
        return Err(Lost::Shown);
    }
    let plain = folded(text);
    if is_rounded(&plain) {
        return Err(Lost::Digits);
    }
    let as_it_is = || json!(text.chars().take(TEXT_CHARS_MAX + 1).collect::<String>());
    Ok(match takes {
        Takes::Text => as_it_is(),
        Takes::Count | Takes::Number => figure(&plain).unwrap_or_else(as_it_is),
        Takes::Date => day(&plain).map_or_else(as_it_is, |day| json!(day)),
        Takes::Choice(options) => {
            let option = options.iter().find(|option| *option == text);
            let option = option.or_else(|| options.iter().find(|option| folded(option) == plain));
            option.map_or_else(as_it_is, |option| json!(option))
        }
    })
}

/// The errors of formulas as programs write them into CSV.
fn is_fault(text: &str) -> bool {
    let known = ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"];
    let numbered = text.strip_prefix("Err:").or_else(|| text.strip_prefix("错误:"));
    known.contains(&text)
        || numbered.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether it is a long number as a spreadsheet shows it where it has no room: `1.38E+10`.
fn is_rounded(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let Some((digits, power)) = upper.split_once("E+") else { return false };
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let shown = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    shown(digits) && shown(power) && digits.starts_with(|c: char| c.is_ascii_digit())
}

/// A number to the fifteen digits that a spreadsheet shows of it; a whole one without a point.
fn number(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and below what an i64 holds")]
    if number.fract() == 0.0 && number.abs() < DIGITS_MAX {
        return json!(number as i64);
    }
    let shown = format!("{number:.14e}").parse().unwrap_or(number);
    Number::from_f64(shown).map_or(Value::Null, Value::Number)
}

/// A number as people write it: `3`, `3.0`, `1,234`, `-0.5`.
fn figure(text: &str) -> Option<Value> {
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = ungrouped(whole)?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || (digits.ends_with('.') && fraction.is_empty()) {
        return None;
    }
    if fraction.bytes().all(|b| b == b'0')
        && let Ok(whole) = format!("{sign}{whole}").parse::<i64>()
    {
        return Some(json!(whole));
    }
    let number: f64 = format!("{sign}{whole}.{fraction}0").parse().ok()?;
    Number::from_f64(number).map(Value::Number)
}

/// Digits, perhaps in groups of three.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let mut rest = groups.clone();
    let grouped = first.len() <= 3 || !text.contains(',');
    (digits(first) && grouped && rest.all(|group| group.len() == 3 && digits(group)))
        .then(|| text.replace(',', ""))
}

/// A day, the year in front: `2026-11-23`, `2026/1/5`, `2026.1.5`, `2026年1月5日`, `20260105`; a time of day behind it is
/// passed over.
#[must_use]
pub fn day(text: &str) -> Option<String> {
    let text = match text.split_once([' ', 'T']) {
        Some((day, time)) if time.bytes().all(|b| b.is_ascii_digit() || b".:Z ".contains(&b)) => day,
        Some(_) => return None,
        None => text,
    };
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?]
    } else {
        let plain = text.strip_suffix(['日', '号']).unwrap_or(text);
        plain.split(['-', '/', '.', '年', '月']).collect()
    };
    let [year, month, day] = parts.as_slice() else { return None };
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let day = format!("{year}-{month:0>2}-{day:0>2}");
    day.parse::<Day>().is_ok().then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(takes: &Takes, given: &[&str], expected: &str) {
        let told = |text: &&str| match value(takes, Cell::Text(text)) {
            Ok(value) => value.map_or_else(|| "empty".to_owned(), |value| value.to_string()),
            Err(lost) => format!("{lost:?}"),
        };
        assert_eq!(given.iter().map(told).collect::<Vec<_>>().join(" "), expected, "{given:?}");
    }

    #[test]
    fn figures_are_read_as_people_write_them() {
        check(
            &Takes::Count,
            &["3", " 3 ", "３", "3.0", "1,234", "１，２３４", "+7", "-0"],
            "3 3 3 3 1234 1234 7 0",
        );
        check(&Takes::Number, &["36.6", "36．6", "-0.50", "1,000.25", "−2"], "36.6 36.6 -0.5 1000.25 -2");
        // What is no number goes on as it is.
        check(
            &Takes::Count,
            &["3人", "1,23", "12,345,6", "3.", ".", "", "１.5"],
            "\"3人\" \"1,23\" \"12,345,6\" \"3.\" \".\" empty 1.5",
        );
        check(
            &Takes::Count,
            &["1.38E+10", "1E+3", "#N/A", "Err:502", "###", "#"],
            "Digits Digits Fault Fault Shown \"#\"",
        );
    }

    #[test]
    fn texts_keep_their_zeros_and_numbers_that_lost_digits_are_refused() {
        check(
            &Takes::Text,
            &["00123", "138 0000 0000", "1.38E+10", "１２"],
            "\"00123\" \"138 0000 0000\" Digits \"１２\"",
        );
        let told = |number| value(&Takes::Text, Cell::Number(number));
        assert_eq!(told(13_800_000_000.0), Ok(Some(json!("13800000000"))));
        assert_eq!(told(36.6), Ok(Some(json!("36.6"))));
        assert_eq!(told(230_102_199_001_011_200.0), Err(Lost::Digits));
        assert_eq!(value(&Takes::Text, Cell::Bool(true)), Ok(Some(json!("TRUE"))));
    }

    #[test]
    fn days_are_read_with_the_year_in_front() {
        let day = "2026-01-05";
        check(
            &Takes::Date,
            &[
                day,
                "2026/1/5",
                "2026.1.5",
                "2026年1月5日",
                "20260105",
                "２０２６/１/５",
                "2026-01-05 08:30",
                "2026-01-05T00:00:00",
            ],
            &[format!("{day:?}").as_str(); 8].join(" "),
        );
        check(
            &Takes::Date,
            &["1/5/2026", "26-1-5", "2026-13-01", "5.1.", "2026-1"],
            "\"1/5/2026\" \"26-1-5\" \"2026-13-01\" \"5.1.\" \"2026-1\"",
        );
        assert_eq!(value(&Takes::Date, Cell::Date(2026, 1, 5)), Ok(Some(json!(day))));
        assert_eq!(value(&Takes::Date, Cell::Number(20_260_105.0)), Ok(Some(json!(day))));
        // The day of a spreadsheet that is not formatted as one may be of either calendar.
        assert_eq!(value(&Takes::Date, Cell::Number(46_027.0)), Ok(Some(json!(46_027))));
    }

    #[test]
    fn numbers_have_the_fifteen_digits_that_a_spreadsheet_shows() {
        let told = |number| value(&Takes::Number, Cell::Number(number)).unwrap().unwrap().to_string();
        assert_eq!([told(3.0), told(0.1 + 0.2), told(-1.5), told(1e300)].join(" "), "3 0.3 -1.5 1e+300");
        assert_eq!(value(&Takes::Count, Cell::Number(f64::NAN)), Ok(Some(Value::Null)));
    }

    #[test]
    fn a_choice_is_found_whatever_the_width_of_its_letters() {
        let takes = Takes::Choice(vec!["A级".to_owned(), "其他".to_owned()]);
        check(&takes, &["Ａ级", " 其他 ", "别的"], "\"A级\" \"其他\" \"别的\"");
    }
}
