//! An empty spreadsheet of a form to download and fill in.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::mistakes::Mistakes;
use crate::channel::text::Language;
use crate::domain::form::Labels;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::handed::Format;
use crate::http::problem::Problem;
use crate::sheet::template as sheet;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    format: Option<String>,
    language: Option<String>,
}

/// `GET /v1/forms/{form}/template`: in the language of whoever asks, where they name none.
pub(crate) async fn template(
    State(context): State<Context>,
    caller: Caller,
    Path(form): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let mut mistakes = Mistakes::default();
    let language = match wanted.language.as_deref() {
        None => context.live().contacts.language(caller.person()),
        Some("zh-CN" | "zh") => Language::Chinese,
        Some("en") => Language::English,
        Some(_) => {
            mistakes.say("/language", "语言：应为 zh-CN 或 en", "language: expected zh-CN or en");
            Language::Chinese
        }
    };
    let asked = Format::asked(wanted.format.as_deref(), &[Format::Xlsx, Format::Csv]);
    let format = asked.unwrap_or_else(|expected| {
        mistakes.note("/format", &expected);
        Format::Csv
    });
    let published = context.published();
    let known = published.directory.forms.get(&*form).ok_or_else(Problem::not_found)?;
    if let Some(problem) = mistakes.problem() {
        return Err(problem);
    }
    let pick = if language == Language::Chinese { Labels::zh } else { Labels::en };
    let made =
        if format == Format::Xlsx { sheet::xlsx(known, pick).ok() } else { sheet::csv(known, pick).ok() };
    Ok(format.attached(known.id.as_str(), made.ok_or_else(Problem::internal)?))
}
