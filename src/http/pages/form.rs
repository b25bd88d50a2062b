//! The page of a form: what is known first, what was said last time beside each field, and all that was typed kept.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::typed::{ROWS_MAX, Typed};
use super::{both, clock_time, labels, left, page, page_for, token};
use crate::domain::fact::Span;
use crate::domain::form::{Field, Form, Takes};
use crate::domain::names::PersonId;
use crate::domain::slot::{Filed, Period, SlotId, SlotState};
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::http::problem::{FieldError, Problem};
use crate::http::reports::{known_people, stamp, withdrawn};

/// So many empty rows of a register are shown behind those that are filled in.
const EMPTY_ROWS: usize = 4;
/// A page has at most so many cells of rows, which keeps it below 60 KB; more rows come in a spreadsheet.
const CELLS_MAX: usize = 80;
/// So many cases are named.
const CASES_MAX: usize = 10;

/// A slot, and who fills it in.
pub(super) struct Desk<'a> {
    pub(super) context: &'a Context,
    pub(super) caller: &'a Caller,
    pub(super) person: &'a PersonId,
    pub(super) slot: &'a SlotId,
    pub(super) period: &'a Arc<Period>,
    pub(super) form: &'a Form,
}

/// What stands against what was typed.
#[derive(Default)]
pub(super) struct Against {
    pub(super) problem: Option<Problem>,
    /// What is said in place of what the problem says.
    pub(super) note: Option<Value>,
    pub(super) errors: Vec<FieldError>,
    /// The page is as it is opened: what was kept on the telephone comes back.
    pub(super) fresh: bool,
}

impl Desk<'_> {
    /// The last report.
    pub(super) fn filed(&self) -> Option<&Filed> {
        self.period.outcomes.get(&self.slot.unit)?.filed.as_ref()
    }

    /// Whether whoever is here filed it.
    pub(super) fn is_own(&self, filed: &Filed) -> bool {
        filed.actor.by == *self.person
    }

    /// Whether it came too late, so that its filer may say why.
    pub(super) fn is_late(&self) -> bool {
        matches!(self.period.state(&self.slot.unit), SlotState::Late | SlotState::Missing)
    }

    /// Why no field here may take the place of the last report, where one may not: the page cannot show all of that.
    pub(super) fn withheld(&self) -> Option<Value> {
        let filed = self.filed()?;
        match self.context.open(&filed.payload) {
            Some(content) => Typed::hides(&content, self.form, self.is_own(filed)),
            None => Some(both(
                "已报的内容现在打不开，所以不能在本页更正。",
                "What was filed cannot be opened just now: it cannot be corrected here.",
            )),
        }
    }

    /// The page, with what was typed and what stands against it.
    pub(super) fn page(&self, typed: &Typed, against: &Against) -> Response {
        let shown = match self.shown(typed, against) {
            Ok(shown) => shown,
            Err(problem) => return super::refused::told(self.context, &problem),
        };
        let (who, template) = ((self.context, Some(self.person)), ("form.html", shown));
        match &against.problem {
            Some(problem) => page_for(who, template, problem),
            None => page(who, template, StatusCode::OK),
        }
    }

    fn shown(&self, typed: &Typed, against: &Against) -> Result<Value, Problem> {
        let Self { context, slot, period, form, .. } = self;
        let now = context.now().both();
        let fields: Vec<Value> = self.fields(typed);
        let (rows, more) = if form.columns.is_empty() { (0, false) } else { self.rows(typed) };
        let rows: Vec<Vec<Value>> = (0..rows).map(|row| self.row(typed, row)).collect();
        let contradicted = against.problem.as_ref().is_some_and(|it| it.code == "contradicted");
        let note = against.note.clone().or_else(|| against.problem.as_ref().map(super::refused::note));
        let left = match (period.state(&slot.unit), self.filed()) {
            (_, Some(_)) => both("已收，这是更正", "received; this corrects it"),
            (SlotState::Exempt, None) => {
                let (zh, en) = withdrawn::exempt(period, &slot.unit);
                both(zh, en)
            }
            (_, None) if period.due <= now => overdue(now.since(period.due).as_secs()),
            (_, None) => left(period.due.since(now).as_secs()),
        };
        let all = form.fields.iter().chain(&form.columns);
        let hidden = self.hidden(typed)?;
        // What was typed is kept also where the last report cannot be opened just now.
        let is_closed = self.filed().is_some_and(|filed| context.open(&filed.payload).is_none());
        let withheld = self.withheld().filter(|_| !is_closed || typed.get("token").is_empty());
        // What is kept on a telephone comes back to whoever typed it.
        let whose =
            hex::encode(Sha256::digest(hidden.pointer("/0/1").map(Value::to_string).unwrap_or_default()));
        Ok(json!({
            "form": labels(&form.name), "form_id": form.id, "unit": context.live().contacts.unit(&slot.unit),
            "slot": slot, "day": slot.period.day, "number": (slot.period.number > 1).then_some(slot.period.number),
            "due": clock_time(context, period.due), "left": left, "now_ms": now.as_millis(),
            "known": self.known(), "note": note, "errors": errors(&against.errors, &fields, &rows),
            "hidden": hidden, "whose": whose.get(..16), "fresh": against.fresh, "personal": all.into_iter().any(|it| it.personal),
            "zero_allowed": form.zero_allowed, "zero": typed.get("zero"), "asked": typed.get("asked"),
            "total": typed.get("total"), "people": self.people(), "sums": !form.total.is_empty(),
            "fields": fields, "rows": rows, "more": more, "withheld": withheld, "uploads": !form.columns.is_empty(),
            "asks_stands": contradicted || typed.get("stands") == "true", "stands": typed.get("stands") == "true",
            "reason": typed.get("reason"), "consent": form.consent.as_ref().map(labels),
            "consents": typed.get("consent") == "true", "last": self.cards(typed),
        }))
    }

    /// What the page carries along: who it was shown to, when, when it was sent first, and what a repeat is known by. Where
    /// nothing can be signed, what it brought back is carried on as it came, so that what was typed is not lost.
    pub(super) fn hidden(&self, typed: &Typed) -> Result<Value, Problem> {
        let codes = match self.context.codes() {
            Err(_) if !typed.get("token").is_empty() => {
                return Ok(json!(
                    ["token", "opened", "tried", "key", "over"].map(|name| [name, typed.get(name)])
                ));
            }
            codes => codes?,
        };
        let or = |name: &str, fresh: &dyn Fn() -> String| match typed.get(name) {
            "" => fresh(),
            kept => kept.to_owned(),
        };
        let of = (&self.slot.period.form, &self.slot.unit);
        let opened = or("opened", &|| stamp(&codes, of, self.context.now().both()));
        let key = or("key", &|| BASE32_NOPAD.encode(&rand::random::<[u8; 10]>()));
        let token = token(self.context, self.person)?;
        let over = or("over", &|| self.filed().map_or(0, |filed| filed.revision).to_string());
        Ok(json!([
            ["token", token],
            ["opened", opened],
            ["tried", typed.get("tried")],
            ["key", key],
            ["over", over]
        ]))
    }

    fn fields(&self, typed: &Typed) -> Vec<Value> {
        let before = self.before();
        let field = |field: &Field| {
            let said = before.as_ref().and_then(|before| before.get("figures")?.get(&field.name));
            // What somebody wrote, or chose, is read by those who need it.
            let said = said.filter(|said| said.is_number() && !field.personal).map(Value::to_string);
            let at = FieldError::below("/figures", &field.name);
            let sums = self.form.total.contains(&field.name);
            input(field, (format!("f.{}", field.name), at), (typed, said, sums))
        };
        self.form.fields.iter().map(field).collect()
    }

    /// How many rows are shown, and whether there is room for more.
    fn rows(&self, typed: &Typed) -> (usize, bool) {
        let filled = typed.rows(self.form);
        let more = if typed.get("act") == "more" { 2 * EMPTY_ROWS } else { EMPTY_ROWS };
        let most = (CELLS_MAX / self.form.columns.len().max(1)).clamp(EMPTY_ROWS, ROWS_MAX);
        let rows = (filled + more).clamp(EMPTY_ROWS, most.max(filled));
        (rows, rows < most)
    }

    fn row(&self, typed: &Typed, row: usize) -> Vec<Value> {
        let cell = |column: &Field| {
            let at = FieldError::below(&format!("/rows/{row}"), &column.name);
            input(column, (format!("r.{row}.{}", column.name), at), (typed, None, false))
        };
        self.form.columns.iter().map(cell).collect()
    }

    /// What the unit said last time, where that can be opened.
    fn before(&self) -> Option<Value> {
        let published = self.context.published();
        let place = self.slot.period.place();
        let earlier = published
            .state
            .periods
            .values()
            .filter(|period| period.id().form == self.slot.period.form && period.id().place() < place);
        let filed = earlier.filter_map(|period| {
            let filed = period.outcomes.get(&self.slot.unit)?.filed.as_ref()?;
            Some((period.id().place(), filed.payload.clone()))
        });
        let (_, payload) = filed.max_by_key(|(place, _)| *place)?;
        self.context.open(&payload)
    }

    fn people(&self) -> Option<u64> {
        let asked = !self.form.total.is_empty() || self.form.zero_allowed;
        known_people(self.context, &self.slot.unit).filter(|_| asked).map(|(people, _)| people)
    }

    /// What a report that says nothing would be held against; never who it is about.
    fn known(&self) -> Vec<Value> {
        let last = self.before().filter(|_| self.form.zero_allowed);
        let unasked = last.as_ref().and_then(unasked).map(|count| {
            both(
                format!("上次零报告有 {count} 人没有问到。没有问到全员的零报告记为不完整。"),
                format!("The last zero report left {count} unasked. One that asked not everybody counts as incomplete."),
            )
        });
        unasked.into_iter().chain(self.fevers_known()).collect()
    }

    fn fevers_known(&self) -> Vec<Value> {
        let published = self.context.published();
        let unit = published.directory.units.get(&self.slot.unit);
        let Some(unit) = unit.filter(|_| self.form.fevers.is_some()) else { return Vec::new() };
        let now = self.context.now().both();
        let of = (&**self.period, now);
        let cases = published.state.fevers_of(&self.slot.unit, of, (Some(self.person), CASES_MAX));
        let span = Span { from: self.period.opened.opens, to: now.min(self.period.due) };
        let away = published.state.away_for_fever(unit, span, self.person).len();
        let mut known = Vec::new();
        if !cases.is_empty() {
            let names: Vec<&str> = cases.iter().map(|case| case.as_str()).collect();
            let (names, count) = (names.join(" "), cases.len());
            known.push(both(
                format!("系统已知：本单位有 {count} 例发热未排除（{names}）。发热人数请核对。"),
                format!("Known: {count} of the unit with a fever not ruled out ({names}). Check the figure."),
            ));
        }
        if away > 0 {
            known.push(both(
                format!("系统已知：本单位另有 {away} 人因发热缺勤。发热人数请核对。"),
                format!("Known: {away} more of the unit away for a fever. Check the figure."),
            ));
        }
        known
    }
}

/// How many people a zero report did not ask, where it is one that asked not everybody.
pub(super) fn unasked(content: &Value) -> Option<u64> {
    let count = |name: &str| content[name].as_u64();
    let unasked = count("total")?.saturating_sub(count("asked")?);
    Some(unasked).filter(|unasked| *unasked > 0 && content["zero"] == json!(true))
}

/// By how much it is too late.
fn overdue(seconds: u64) -> Value {
    let minutes = seconds.div_ceil(60);
    both(format!("已过时限 {minutes} 分，请马上报"), format!("{minutes} min past the limit: send it now"))
}

fn input(
    field: &Field,
    (id, at): (String, String),
    (typed, before, sums): (&Typed, Option<String>, bool),
) -> Value {
    let kind = match field.takes {
        Takes::Count => "count",
        Takes::Number => "number",
        Takes::Text | Takes::Choice(_) => "text",
        Takes::Date => "date",
    };
    let options = if let Takes::Choice(options) = &field.takes { Some(options) } else { None };
    json!({
        "id": id, "at": at, "label": labels(&field.label), "kind": kind, "options": options,
        "value": typed.get(&id), "before": before, "sums": sums,
    })
}

/// What stands against each field; what has no field of its own here is said at the head of the page.
fn errors(errors: &[FieldError], fields: &[Value], rows: &[Vec<Value>]) -> Vec<Value> {
    let own = ["/zero", "/asked", "/total", "/figures", "/rows", "/consent", "/reason"];
    let shown: Vec<&str> =
        fields.iter().chain(rows.iter().flatten()).filter_map(|it| it["at"].as_str()).collect();
    let has = |at: &str| match at {
        "/figures" => !fields.is_empty(),
        "/rows" => !rows.is_empty(),
        at => own.contains(&at) || shown.contains(&at),
    };
    let place = |it: &FieldError| if has(&it.pointer) { it.pointer.clone() } else { String::new() };
    errors.iter().map(|it| json!({ "at": place(it), "says": it.detail })).collect()
}
