//! A report as it is sent: all of it as JSON, or its rows or figures as a spreadsheet and the rest in the query.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use crate::domain::form::Form;
use crate::engine::Refusal as Refused;
use crate::http::body::{JsonBody, Received, content_type, essence, is_json};
use crate::http::context::Context;
use crate::http::json::{Json, Object, typed};
use crate::http::problem::Problem;
use crate::http::refuse;
use crate::sheet::{self, Kind, Refusal, Rows};

use super::before::SameAsBefore;
use super::mistakes::Mistakes;

/// A query with more members than a report has means something else.
const MEMBERS_MAX: usize = 20;

/// `POST /v1/reports`.
#[derive(Debug, Deserialize)]
pub(in crate::http) struct Filing {
    pub(in crate::http) unit: String,
    pub(in crate::http) form: String,
    pub(in crate::http) day: Option<String>,
    pub(in crate::http) number: Option<u32>,
    pub(in crate::http) by: Option<String>,
    #[serde(default)]
    pub(in crate::http) zero: bool,
    pub(in crate::http) asked: Option<u32>,
    pub(in crate::http) total: Option<u32>,
    pub(in crate::http) figures: Option<Map<String, Value>>,
    pub(in crate::http) rows: Option<Vec<Map<String, Value>>>,
    pub(in crate::http) same_as_before: Option<SameAsBefore>,
    #[serde(default)]
    pub(in crate::http) consent: bool,
    pub(in crate::http) over: Option<u32>,
    pub(in crate::http) reason: Option<String>,
    #[serde(default)]
    pub(in crate::http) stands: bool,
    pub(in crate::http) opened: Option<String>,
    pub(in crate::http) tried: Option<String>,
}

/// A report as it came.
#[derive(Debug)]
pub(in crate::http) struct Filed {
    /// All of it, save what a spreadsheet says.
    pub(in crate::http) filing: Filing,
    /// The body, and when its last byte was read.
    pub(in crate::http) received: Received,
    /// What the body is, where it is a spreadsheet.
    pub(in crate::http) sheet: Option<Kind>,
}

impl FromRequest<Context> for Filed {
    type Rejection = Problem;

    async fn from_request(request: Request, context: &Context) -> Result<Self, Problem> {
        let named = content_type(request.headers()).unwrap_or_default().to_owned();
        if is_json(&named) {
            let JsonBody { value: filing, received } = JsonBody::from_request(request, context).await?;
            return Ok(Self { filing, received, sheet: None });
        }
        let kind = kind(&named).ok_or_else(|| {
            Problem::unsupported().with_detail(
                "Send application/json, text/csv, or \
                 application/vnd.openxmlformats-officedocument.spreadsheetml.sheet (.xlsx).",
            )
        })?;
        let filing = asked(request.uri().query().unwrap_or_default())?;
        let received = Received::from_request(request, context).await?;
        // Browsers on Windows call a CSV file what opens it there.
        let packed = named_by_excel(&named) && received.bytes.starts_with(b"PK");
        let kind = if packed { Kind::Xlsx } else { kind };
        Ok(Self { filing, received, sheet: Some(kind) })
    }
}

fn named_by_excel(content_type: &str) -> bool {
    essence(content_type) == "application/vnd.ms-excel"
}

/// The kind of spreadsheet that a media type names.
fn kind(content_type: &str) -> Option<Kind> {
    let charset = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned())
    });
    match essence(content_type).as_str() {
        "text/csv" | "application/csv" | "text/tab-separated-values" | "application/vnd.ms-excel" => {
            Some(Kind::Csv { charset })
        }
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some(Kind::Xlsx),
        _ => None,
    }
}

/// What the query says, under the names that JSON has for it.
fn asked(query: &str) -> Result<Filing, Problem> {
    let unreadable = || Problem::malformed().with_detail("The address cannot be read.");
    let members: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_error| unreadable())?;
    let mut object = Object::new();
    for (name, text) in members.into_iter().take(MEMBERS_MAX) {
        let value = match (name.as_str(), text.parse::<u32>()) {
            ("number" | "asked" | "total" | "over", Ok(number)) => Json::Number(Number::from(number)),
            ("zero" | "consent" | "stands", _) if text == "true" || text == "false" => {
                Json::Bool(text == "true")
            }
            _ => Json::Text(text),
        };
        if object.insert(name, value).is_some() {
            return Err(unreadable());
        }
    }
    typed(Json::Object(object)).map_err(|mistake| Problem::invalid(vec![mistake]))
}

/// The rows of a spreadsheet, read beside the doors' own work.
pub(super) async fn rows(
    context: &Context,
    form: &Form,
    (kind, bytes): (Kind, Bytes),
) -> Result<Rows, Problem> {
    let busy = || refuse::problem(Refused::Busy, context.now().either());
    let turn = context.gates.sheets.take().await.ok_or_else(busy)?;
    let columns = sheet::columns_of(form).to_vec();
    let read = move || {
        let rows = sheet::read(&kind, &bytes, &columns);
        drop(turn);
        rows
    };
    // Where a file brings the reader down it is the file that cannot be read.
    let read = tokio::task::spawn_blocking(read).await;
    let figures = form.columns.is_empty();
    read.map_err(|_panic| Problem::malformed())?.map_err(|refusal| refused(refusal, figures))
}

fn refused(refusal: Refusal, figures: bool) -> Problem {
    match refusal {
        Refusal::Kind(says) => Problem::unsupported().with_detail(says.to_string()),
        Refusal::Damaged(says) => Problem::malformed().with_detail(says.to_string()),
        Refusal::TooLarge(says) => Problem::too_large(0).with_detail(says.to_string()),
        Refusal::Shape(found) => {
            let mut mistakes = Mistakes::default();
            mistakes.of_sheet(&found, figures);
            mistakes.problem().unwrap_or_else(Problem::internal)
        }
    }
}
