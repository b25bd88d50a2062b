//! Files that are handed out: in which format they are asked for, and the headers that they go with.

use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::domain::form::Labels;

/// What something is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Jsonl,
    Csv,
    Xlsx,
    Html,
}

impl Format {
    /// The one that is asked for, of those that there are: the first, where none is. Else what was expected.
    pub(super) fn asked(word: Option<&str>, of: &[Self]) -> Result<Self, Labels> {
        let asked = match word {
            None => of.first(),
            Some(word) => of.iter().find(|format| format.word() == word),
        };
        asked.copied().ok_or_else(|| {
            let words: Vec<&str> = of.iter().map(|format| format.word()).collect();
            let (last, first) =
                words.split_last().map_or(("", words.as_slice()), |(last, first)| (*last, first));
            Labels {
                zh: format!("格式：应为 {} 或 {last}", first.join("、")),
                en: format!("expected {} or {last}", first.join(", ")),
            }
        })
    }

    /// Its word in a query, and how its files end.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
        }
    }

    /// Its media type.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Jsonl => "application/jsonl",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// A file of this name, which no cache keeps.
    pub(super) fn attached(self, name: &str, bytes: Vec<u8>) -> Response {
        let headers: [(HeaderName, String); 3] = [
            (CONTENT_TYPE, self.kind().to_owned()),
            (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", self.word())),
            (CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, bytes).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_format_is_the_one_that_goes_unasked_and_what_is_none_is_told_in_both_languages() {
        let of = [Format::Jsonl, Format::Csv, Format::Xlsx];
        assert_eq!(Format::asked(None, &of), Ok(Format::Jsonl));
        assert_eq!(Format::asked(Some("xlsx"), &of), Ok(Format::Xlsx));
        let expected = "格式：应为 jsonl、csv 或 xlsx / expected jsonl, csv or xlsx";
        for other in ["html", "", "XLSX"] {
            assert_eq!(Format::asked(Some(other), &of).unwrap_err().to_string(), expected);
        }
    }
}
