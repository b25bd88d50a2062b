//! What people write beside what they do: something, and not more than anybody reads.

use super::problem::{FieldError, Problem};

/// More than this nobody reads.
const CHARS_MAX: usize = 2_000;

/// What somebody wrote at this pointer; 422 where that is nothing, or too much.
pub(super) fn said<'t>(pointer: &str, text: Option<&'t str>) -> Result<&'t str, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.filter(|text| text.chars().count() <= CHARS_MAX).ok_or_else(|| {
        Problem::invalid(vec![FieldError::new(pointer, "expected why, in at most 2000 characters")])
    })
}
