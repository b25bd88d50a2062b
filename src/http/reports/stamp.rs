//! The stamp that says when a form was shown: signed here, and taken back with the report (M18).

use crate::domain::names::{FormId, UnitId};
use crate::domain::slot::Begun;
use crate::time::Timestamp;
use crate::vault::Codes;

/// The stamp of a form that is shown to somebody at an instant, to be filled in for a unit.
pub(in crate::http) fn stamp(codes: &Codes, (form, unit): (&FormId, &UnitId), at: Timestamp) -> String {
    codes.stamp(at.as_millis(), &[form.as_str(), unit.as_str()])
}

/// How a report began, by the stamp that came with it and by what its filer claims. A stamp that is wrong, or a claim
/// that cannot be read, says nothing: no report is refused for what only speaks for its filer.
pub(super) fn begun(
    codes: Option<&Codes>,
    (form, unit): (&FormId, &UnitId),
    (opened, tried): (Option<&str>, Option<&str>),
) -> Begun {
    let stamped = |stamp: &str| codes?.stamped(stamp, &[form.as_str(), unit.as_str()]);
    Begun {
        opened_at: opened.and_then(stamped).map(Timestamp::from_millis),
        claimed_try_at: tried.and_then(|text| text.parse().ok()),
    }
}
