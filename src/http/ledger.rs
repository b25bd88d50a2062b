//! The ledger as a file: lapses of a span, handed out to the office and to discipline, each time on record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::body::JsonBody;
use super::caller::Caller;
use super::context::{Context, Live, unavailable};
use super::handed::Format;
use super::problem::{FieldError, Problem};
use super::{lapses, refuse};
use crate::domain::command::Command;
use crate::domain::directory::Directory;
use crate::domain::fact::{ExportFormat, LedgerExported};
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::{AuthorityId, CaseId, FormId, LapseId, PersonId, UnitId};
use crate::domain::slot::PeriodId;
use crate::engine::{Lane, Published, Work, archived_case, archived_period};
use crate::journal::Hash;
use crate::ledger::export::{self, Around, Bounds, Line, Names};
use crate::sheet::handout;
use crate::time::{Timestamp, Zone};

/// A file is made in memory, whole: one of more is asked for in pieces.
const LAPSES_MAX: usize = 20_000;

/// What it can be had as, and what is on record of it.
const FORMATS: [(Format, ExportFormat); 3] = [
    (Format::Jsonl, ExportFormat::Jsonl),
    (Format::Csv, ExportFormat::Csv),
    (Format::Xlsx, ExportFormat::Xlsx),
];

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    format: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// `GET /v1/ledger`: the file goes once it is on record that it does.
pub(super) async fn export(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let published = context.published();
    let (asked, span) = begin(&caller, &wanted, &published)?;
    let on_record = FORMATS.iter().find(|(format, _)| *format == asked).map(|(_, format)| *format);
    let format = on_record.ok_or_else(Problem::internal)?;
    let Some(turn) = context.gates.sheets.take().await else {
        return Err(Problem::too_many(std::time::Duration::from_secs(10)));
    };
    let now = context.now();
    let found = export::due_in(&published.state, span);
    if found.len() > LAPSES_MAX {
        let detail = format!("expected a later instant: no more than {LAPSES_MAX} lapses go into one file");
        return Err(Problem::invalid(vec![FieldError::new("/from", detail)]));
    }
    let cited: Vec<u64> = match format {
        ExportFormat::Jsonl => found.iter().flat_map(|lapse| lapse.evidence.iter().copied()).collect(),
        ExportFormat::Csv | ExportFormat::Xlsx | ExportFormat::Pack => Vec::new(),
    };
    let hashes = lapses::hashes(&context, cited).await?;
    let live = context.live().clone();
    let zone = published.directory.zone.clone();
    let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let names = Called { live: &live, directory: &published.directory };
        let lines = lines(&published, found, now.both())?;
        made((format, &published.directory.zone), (&lines, &names), &hashes).ok_or_else(Problem::internal)
    });
    let bytes = made.await.unwrap_or_else(|_panic| Err(Problem::internal()))?;
    let digest = Sha256::digest(&bytes);
    let exported = LedgerExported {
        actor: caller.person().map(|_person| caller.actor(None)).transpose()?,
        client: caller.program().cloned(),
        from: span.0,
        to: span.1,
        lapse: None,
        format,
        lapses: count,
        sha256: hex::encode(digest),
    };
    let work = Work { command: Command::RecordExport(Box::new(exported)), payloads: Vec::new() };
    let done = context.engine.submit_work(work, now, Lane::Wish).await;
    done.map_err(|refusal| refuse::problem(refusal, now.either()))?;
    Ok(file(asked, (span, &zone), bytes, &digest))
}

/// A pack that is made from the files, by whoever can read them.
#[derive(Debug, Deserialize)]
pub(super) struct Packed {
    by: Option<String>,
    lapse: Option<String>,
    from: Option<String>,
    to: Option<String>,
    lapses: Option<u64>,
    sha256: Option<String>,
}

/// `POST /v1/ledger/packs`: who made which pack is on record before it is written.
pub(super) async fn record_pack(
    State(context): State<Context>,
    caller: Caller,
    body: JsonBody<Packed>,
) -> Result<Response, Problem> {
    let published = context.published();
    if !caller.sees_all_lapses(&published) {
        return Err(Problem::forbidden());
    }
    let Packed { by, lapse, from, to, lapses, sha256 } = &body.value;
    let span = Wanted { format: None, from: from.clone(), to: to.clone() };
    let mut mistakes = Vec::new();
    let lapse = lapse.as_deref().map(LapseId::new);
    if lapse.as_ref().is_some_and(|id| !published.state.lapses.contains_key(id)) {
        mistakes.push(FieldError::new("/lapse", "expected the id of a lapse on record"));
    }
    let sha256: Option<Hash> = sha256.as_deref().and_then(|text| text.parse().ok());
    if sha256.is_none() {
        mistakes.push(FieldError::new(
            "/sha256",
            "expected the SHA-256 of SHA256SUMS, as 64 lowercase hex digits",
        ));
    }
    if lapses.is_none_or(|count| count == 0) {
        mistakes.push(FieldError::new("/lapses", "expected how many lapses it is of"));
    }
    let (Some(sha256), Some(lapses), true) = (sha256, *lapses, mistakes.is_empty()) else {
        return Err(Problem::invalid(mistakes));
    };
    let (_, (from, to)) = span.read(&published.directory.zone)?;
    let is_said = caller.person().is_some() || by.is_some();
    let packed = LedgerExported {
        actor: is_said.then(|| caller.actor(by.as_deref())).transpose()?,
        client: caller.program().cloned(),
        from,
        to,
        lapse,
        format: ExportFormat::Pack,
        lapses,
        sha256: sha256.to_string(),
    };
    let received = context.received(&body.received);
    let work = Work { command: Command::RecordExport(Box::new(packed)), payloads: Vec::new() };
    let done = context.engine.submit_work(work, received, Lane::Wish).await;
    let done = done.map_err(|refusal| refuse::problem(refusal, received.either()))?;
    Ok(super::json(&json!({ "entry": done.seq })))
}

/// `HEAD /v1/ledger`: nothing is handed out, and nothing is on record.
pub(super) async fn announce(
    State(context): State<Context>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (format, _) = begin(&caller, &wanted, &context.published())?;
    Ok([(CONTENT_TYPE, format.kind()), (CACHE_CONTROL, "no-store")].into_response())
}

/// Whether the caller may, and what is asked for.
fn begin(caller: &Caller, wanted: &Wanted, published: &Published) -> Result<(Format, Bounds), Problem> {
    if !caller.sees_all_lapses(published) {
        return Err(Problem::forbidden());
    }
    wanted.read(&published.directory.zone)
}

impl Wanted {
    fn read(&self, zone: &Zone) -> Result<(Format, Bounds), Problem> {
        let mut mistakes = Vec::new();
        let asked = Format::asked(self.format.as_deref(), &FORMATS.map(|(format, _)| format));
        let format = asked.unwrap_or_else(|expected| {
            mistakes.push(FieldError::new("/format", expected.to_string()));
            Format::Jsonl
        });
        let mut instant = |pointer, text: Option<&str>, days| {
            let read = text.map(|text| export::bound(text, (zone, days)));
            if read == Some(None) {
                let detail = "expected a date such as 2026-11-23, or a time such as 2026-11-23T00:01:00Z";
                mistakes.push(FieldError::new(pointer, detail));
            }
            read.flatten()
        };
        let from = instant("/from", self.from.as_deref(), 0);
        let to = instant("/to", self.to.as_deref(), 1);
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            mistakes.push(FieldError::new("/to", "expected an instant after `from`"));
        }
        if mistakes.is_empty() { Ok((format, (from, to))) } else { Err(Problem::invalid(mistakes)) }
    }
}

/// The lapses with what is said beside them.
fn lines(published: &Published, lapses: Vec<Arc<Lapse>>, now: Timestamp) -> Result<Vec<Line>, Problem> {
    let around = around(published, &lapses)?;
    Ok(lapses.into_iter().map(|lapse| Line::new(lapse, (&published.state, &around), now)).collect())
}

/// The bytes of the file.
fn made(
    (format, zone): (ExportFormat, &Zone),
    (lines, names): (&[Line], &dyn Names),
    hashes: &BTreeMap<u64, Hash>,
) -> Option<Vec<u8>> {
    match format {
        ExportFormat::Jsonl => Some(export::jsonl(lines, names, hashes)),
        ExportFormat::Csv => handout::csv(&export::table(lines, names, zone)).ok(),
        ExportFormat::Xlsx => handout::xlsx(&export::table(lines, names, zone)).ok(),
        ExportFormat::Pack => None,
    }
}

/// What lapses do not say of themselves; refused where something of it has left memory and cannot be read.
fn around(published: &Published, lapses: &[Arc<Lapse>]) -> Result<Around, Problem> {
    let (around, is_whole) = known_around(published, lapses);
    if is_whole { Ok(around) } else { Err(unavailable()) }
}

/// The same from memory or, where it has left memory, from the index, and whether that is all of it.
pub(super) fn known_around(published: &Published, lapses: &[Arc<Lapse>]) -> (Around, bool) {
    let mut around = Around::default();
    let mut of_cases: BTreeMap<&CaseId, Vec<&Lapse>> = BTreeMap::new();
    let mut periods: BTreeSet<&PeriodId> = BTreeSet::new();
    for lapse in lapses {
        match &lapse.about {
            About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                periods.insert(&slot.period);
            }
            About::Telephone { case, .. } | About::Written { case, .. } | About::Event { case, .. } => {
                of_cases.entry(case).or_default().push(lapse);
            }
        }
    }
    let index = published.stores.index.as_ref();
    let mut is_whole = true;
    around.note_before((&published.state, lapses), published.directory.repeats_within, 0);
    for (id, lapses) in of_cases {
        if let Some(case) = published.state.case(id) {
            around.note_case(case, &lapses);
            continue;
        }
        match index.map(|index| archived_case(index, id)) {
            Some(Ok(old)) => old.iter().for_each(|old| around.note_case(&old.case, &lapses)),
            Some(Err(_)) | None => is_whole = false,
        }
    }
    for id in periods {
        if let Some(period) = published.state.periods.get(id) {
            around.note_period(period);
            continue;
        }
        match index.map(|index| archived_period(index, id)) {
            Some(Ok(old)) => old.iter().for_each(|old| around.note_period(old)),
            Some(Err(_)) | None => is_whole = false,
        }
    }
    (around, is_whole)
}

/// The file, under a name that says which days it covers.
fn file(format: Format, ((from, to), zone): (Bounds, &Zone), bytes: Vec<u8>, digest: &[u8]) -> Response {
    let day = |at: Timestamp| zone.day(at).to_string();
    let last = to.map(|to| to - std::time::Duration::from_millis(1));
    let days: Vec<String> =
        [Some("ledger".to_owned()), from.map(day), last.map(day)].into_iter().flatten().collect();
    let digest = base64::prelude::BASE64_STANDARD.encode(digest);
    // RFC 9530; the entry on record names the same.
    let digest = [(HeaderName::from_static("content-digest"), format!("sha-256=:{digest}:"))];
    (digest, format.attached(&days.join("_"), bytes)).into_response()
}

/// What the configuration in force calls everything.
struct Called<'c> {
    live: &'c Live,
    directory: &'c Directory,
}

impl Names for Called<'_> {
    fn person(&self, person: &PersonId) -> Option<String> {
        self.live.contacts.known_as(person)
    }

    fn unit(&self, unit: &UnitId, at: Timestamp) -> String {
        self.live.contacts.unit_at(unit, at)
    }

    fn authority(&self, authority: &AuthorityId) -> String {
        self.live.contacts.authority(authority).map_or_else(|| authority.to_string(), |(name, _)| name)
    }

    fn form(&self, form: &FormId) -> String {
        self.directory.forms.get(form).map_or_else(|| form.to_string(), |form| form.name.zh.clone())
    }
    fn figure(&self, form: &FormId, field: &str) -> String {
        let form = self.directory.forms.get(form);
        let known = form.and_then(|form| form.fields.iter().find(|known| known.name == field));
        known.map_or_else(|| field.to_owned(), |known| known.label.zh.clone())
    }
}
