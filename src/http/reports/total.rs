//! The group's total of a form for a day: sums, who filed, and whose report is missing; as JSON, CSV, XLSX and a page to
//! print.
//!
//! Figures are sums and counts alone: of a register the rows are counted, and no text of anybody's leaves the vault.

mod figure;
mod page;

use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use figure::{Figure, figures, values};

use super::past::{Span, day, through};
use super::withdrawn;
use crate::domain::directory::Role;
use crate::domain::form::{Form, Labels};
use crate::domain::names::UnitId;
use crate::domain::slot::{Period, SlotState, WithdrawnBecause, Zero};
use crate::engine::{Published, Refusal, Stores};
use crate::http::caller::Caller;
use crate::http::context::{Context, Live, unavailable};
use crate::http::handed::Format;
use crate::http::json as answer;
use crate::http::problem::{FieldError, Problem};
use crate::http::refuse;
use crate::sheet::handout::{self, Cell, Handout};
use crate::time::{Day, Timestamp, Zone};

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    day: Option<String>,
    number: Option<u32>,
    format: Option<String>,
}

/// What it can be had as.
const FORMATS: [Format; 4] = [Format::Json, Format::Csv, Format::Xlsx, Format::Html];

/// What became of one unit's report, and what it says in figures.
#[derive(Debug)]
struct UnitLine {
    unit: UnitId,
    name: String,
    state: SlotState,
    first: Option<Timestamp>,
    late_by_s: u64,
    /// On time only because the due instant moved.
    excused: bool,
    /// Exempt for want of a place in the configuration.
    withdrawn: Option<WithdrawnBecause>,
    revision: u32,
    zero: Option<Zero>,
    /// In the order of the figures; nothing where there is no report, or none that can be opened any more.
    values: Option<Vec<Option<f64>>>,
}

impl UnitLine {
    const fn is_filed(&self) -> bool {
        self.revision > 0
    }

    fn is_missing(&self) -> bool {
        !self.is_filed() && !self.is_exempt()
    }

    fn is_exempt(&self) -> bool {
        self.state == SlotState::Exempt
    }

    /// Filed by who owes it.
    fn is_owed_and_filed(&self) -> bool {
        self.is_filed() && !self.is_exempt()
    }

    fn is_filed_though_exempt(&self) -> bool {
        self.is_filed() && self.is_exempt()
    }
}

/// The total of one period.
#[derive(Debug)]
struct Total {
    form: Arc<str>,
    name: Labels,
    organisation_zone: Zone,
    day: String,
    number: u32,
    due: Timestamp,
    /// When it was due before that moved.
    moved_from: Option<Timestamp>,
    as_of: Timestamp,
    figures: Vec<Figure>,
    sums: Vec<f64>,
    /// For each figure, how many of those who filed do not say it.
    unsaid: Vec<usize>,
    lines: Vec<UnitLine>,
}

/// `GET /v1/totals/{form}`: for those who see every unit.
pub(crate) async fn total(
    State(context): State<Context>,
    caller: Caller,
    Path(form): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let published = context.published();
    if !caller.is_office(&published) && !caller.has(&published, &Role::Read) {
        return Err(Problem::forbidden());
    }
    let form = published.directory.forms.get(&*form).cloned().ok_or_else(Problem::not_found)?;
    let format = Format::asked(wanted.format.as_deref(), &FORMATS)
        .map_err(|expected| Problem::invalid(vec![FieldError::new("/format", expected.to_string())]))?;
    let day = match day("/day", wanted.day.as_deref())? {
        Some(day) => day,
        None => today(&published, &form, context.now().either()),
    };
    let span = Span { from: day, behind: None, to: day, form: Some(form.id.clone()) };
    // The last of them that people can report to already.
    let last = move |last: &mut Option<Arc<Period>>, period: &Arc<Period>| {
        if wanted.number.is_none_or(|number| period.id().number == number) {
            *last = Some(Arc::clone(period));
        }
        ControlFlow::Continue(())
    };
    let period = through(&context, span, (None, last)).await?;
    let period = period.ok_or_else(|| Problem::not_found().with_detail(NOTHING_DUE))?;
    if !published.vault {
        return Err(unavailable());
    }
    // The report of every unit is opened.
    let busy = || refuse::problem(Refusal::Busy, context.now().either());
    let turn = context.gates.sheets.take().await.ok_or_else(busy)?;
    let (live, as_of) = (context.live().clone(), context.now().either());
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let zone = &published.directory.zone;
        let total = Total::of((&form, zone), &period, (&published.stores, &live), as_of);
        total.show(format)
    });
    made.await.unwrap_or_else(|_panic| Err(Problem::internal()))
}

/// The day at hand; where nothing of the form is due on it, the last one that people can report to.
fn today(published: &Published, form: &Form, now: Timestamp) -> Day {
    let today = published.directory.zone.day(now);
    let periods = published.state.periods.values();
    let open = periods.filter(|period| period.id().form == form.id && period.opened.opens <= now);
    let days: Vec<Day> = open.map(|period| period.id().day).collect();
    if days.contains(&today) { today } else { days.into_iter().max().unwrap_or(today) }
}

const NOTHING_DUE: &str = "Nothing of this form is due, or was, on that day.";

impl Total {
    fn of(
        (form, zone): (&Form, &Zone),
        period: &Period,
        (stores, live): (&Stores, &Live),
        as_of: Timestamp,
    ) -> Self {
        let figures = figures(form);
        let mut sums = vec![0.0; figures.len()];
        let units = period.opened.units.iter();
        let lines: Vec<UnitLine> = units
            .map(|unit| {
                let line = line((period, unit), (&figures, form), (stores, live));
                for (sum, value) in sums.iter_mut().zip(line.values.iter().flatten()) {
                    *sum += value.unwrap_or(0.0);
                }
                line
            })
            .collect();
        let says_not = |index: usize| {
            let without =
                |line: &&UnitLine| line.values.as_ref().is_some_and(|it| it.get(index) == Some(&None));
            lines.iter().filter(without).count()
        };
        let unsaid = (0..figures.len()).map(says_not).collect();
        let id = period.id();
        Self {
            form: Arc::from(id.form.as_str()),
            name: form.name.clone(),
            organisation_zone: zone.clone(),
            day: id.day.to_string(),
            number: id.number,
            due: period.due,
            moved_from: (!period.moved.is_empty()).then_some(period.opened.due),
            as_of,
            figures,
            sums,
            unsaid,
            lines,
        }
    }

    fn count(&self, is_it: impl Fn(&UnitLine) -> bool) -> usize {
        self.lines.iter().filter(|line| is_it(line)).count()
    }

    fn show(&self, format: Format) -> Result<Response, Problem> {
        let bytes = match format {
            Format::Json | Format::Jsonl => return Ok(answer(&self.json())),
            Format::Html => return page::show(self).ok_or_else(Problem::internal),
            Format::Csv => handout::csv(&self.table()).ok(),
            Format::Xlsx => handout::xlsx(&self.table()).ok(),
        };
        let bytes = bytes.ok_or_else(Problem::internal)?;
        Ok(format.attached(&format!("{}.{}.{}", self.form, self.day, self.number), bytes))
    }

    fn json(&self) -> Value {
        let sums: Vec<Value> = self
            .figures
            .iter()
            .zip(self.sums.iter().zip(&self.unsaid))
            .map(|(figure, (sum, unsaid))| {
                let Figure { name, label, .. } = figure;
                let label = json!({ "zh-CN": label.zh, "en": label.en });
                json!({ "name": name, "label": label, "sum": figure.value(*sum), "unsaid": unsaid })
            })
            .collect();
        let units: Vec<Value> = self
            .lines
            .iter()
            .map(|line| {
                let figures = self.figures.iter().zip(line.values.iter().flatten());
                let figures: serde_json::Map<String, Value> = figures
                    .map(|(it, value)| (it.name.clone(), value.map_or(Value::Null, |value| it.value(value))))
                    .collect();
                json!({
                    "unit": line.unit, "name": line.name, "state": line.state, "first_at": line.first,
                    "late_by_s": line.late_by_s, "excused": line.excused, "withdrawn": line.withdrawn, "revision": line.revision, "zero": line.zero.is_some(),
                    "supported": line.zero.and_then(Zero::supported),
                    "figures": line.values.is_some().then_some(figures),
                })
            })
            .collect();
        let missing: Vec<&UnitId> =
            self.lines.iter().filter(|line| line.is_missing()).map(|line| &line.unit).collect();
        let state = |state: SlotState| self.count(|line| line.state == state);
        json!({
            "form": &*self.form, "name": { "zh-CN": self.name.zh, "en": self.name.en },
            "day": self.day, "number": self.number, "due": self.due,
            "moved_from": self.moved_from, "as_of": self.as_of,
            "counts": {
                "expected": self.count(|line| !line.is_exempt()),
                "filed": self.count(UnitLine::is_owed_and_filed),
                "filed_though_exempt": self.count(UnitLine::is_filed_though_exempt), "on_time": state(SlotState::OnTime),
                "excused": self.count(|line| line.excused),
                "late": state(SlotState::Late), "after_the_limit": self.count(UnitLine::is_after_the_limit),
                "missing": missing.len(), "exempt": state(SlotState::Exempt),
                "zero": self.count(|line| line.zero.is_some()),
                "unsupported_zero": self.count(UnitLine::is_unsupported),
                "unreadable": self.count(UnitLine::is_unreadable),
            },
            "sums": sums, "missing": missing, "units": units,
        })
    }

    /// A row for each unit, and the sums below.
    fn table(&self) -> Handout {
        let labels = self.figures.iter().map(|figure| figure.label.zh.clone());
        let before = ["单位代码", "单位", "上报情况", "上报时间", "修订次数", "零报告"];
        let mut rows: Vec<Vec<Cell>> = self.lines.iter().map(|line| self.row(line)).collect();
        let filed = u64::try_from(self.count(UnitLine::is_owed_and_filed)).unwrap_or(u64::MAX);
        let zeros = u64::try_from(self.count(|line| line.zero.is_some())).unwrap_or(u64::MAX);
        let mut last = vec![
            Cell::text("合计"),
            Cell::Blank,
            Cell::text(format!(
                "应报{} 已报{filed} 未报{} 免报{} 免报而报{}",
                self.count(|line| !line.is_exempt()),
                self.count(UnitLine::is_missing),
                self.count(UnitLine::is_exempt),
                self.count(UnitLine::is_filed_though_exempt)
            )),
            Cell::Blank,
            Cell::Blank,
            Cell::Count(zeros),
        ];
        last.extend(self.figures.iter().zip(&self.sums).map(|(figure, sum)| figure.cell(*sum)));
        rows.push(last);
        Handout {
            name: format!("{}{}", self.name.zh, self.day),
            headings: before.into_iter().map(ToOwned::to_owned).chain(labels).collect(),
            rows,
            zone: self.organisation_zone.clone(),
        }
    }

    fn row(&self, line: &UnitLine) -> Vec<Cell> {
        let zero = match line.zero {
            None => "",
            Some(zero) if zero.is_unsupported() => "是（未问到全员）",
            Some(_) => "是",
        };
        let mut row = vec![
            Cell::text(line.unit.as_str()),
            Cell::text(&*line.name),
            Cell::text(line.said().zh),
            Cell::instant(line.first),
            if line.is_filed() { Cell::Count(u64::from(line.revision - 1)) } else { Cell::Blank },
            Cell::text(zero),
        ];
        let value = |index: usize| *line.values.as_ref()?.get(index)?;
        row.extend(
            self.figures
                .iter()
                .enumerate()
                .map(|(index, figure)| value(index).map_or(Cell::Blank, |value| figure.cell(value))),
        );
        row
    }
}

impl UnitLine {
    fn is_after_the_limit(&self) -> bool {
        self.is_filed() && self.state == SlotState::Missing
    }

    fn is_unsupported(&self) -> bool {
        self.zero.is_some_and(Zero::is_unsupported)
    }

    const fn is_unreadable(&self) -> bool {
        self.is_filed() && self.values.is_none()
    }

    /// How it stands, in words.
    fn said(&self) -> Labels {
        let (zh, en) = match (self.state, self.is_filed()) {
            (SlotState::Exempt, true) => {
                let (zh, en) = withdrawn::said(self.withdrawn);
                let (zh, en) =
                    (zh.replacen("免报", "免报而报", 1), en.replacen("exempt", "filed though exempt", 1));
                return Labels { zh, en };
            }
            (SlotState::Exempt, false) => withdrawn::said(self.withdrawn),
            (SlotState::Awaited, _) => ("未报", "not filed yet"),
            (SlotState::Missing, false) => ("未报（漏报）", "missing"),
            (SlotState::Missing, true) => ("逾期补报", "filed after the limit"),
            (SlotState::OnTime, _) if self.excused => ("按时（顺延）", "on time (the due time had moved)"),
            (SlotState::OnTime, _) => ("按时", "on time"),
            (SlotState::Late, _) => ("迟报", "late"),
        };
        Labels { zh: zh.to_owned(), en: en.to_owned() }
    }
}

fn line(
    (period, unit): (&Period, &UnitId),
    (figures, form): (&[Figure], &Form),
    (stores, live): (&Stores, &Live),
) -> UnitLine {
    let outcome = period.outcomes.get(unit);
    let filed = outcome.and_then(|outcome| outcome.filed.as_ref());
    let content = filed.and_then(|filed| stores.open(&filed.payload));
    let values = content.map(|content| values(&content, figures, form));
    UnitLine {
        unit: unit.clone(),
        name: live.contacts.unit(unit),
        state: period.state(unit),
        first: outcome.and_then(|outcome| outcome.first),
        late_by_s: outcome.map_or(0, |outcome| outcome.late_by_s),
        excused: period.is_excused(unit),
        withdrawn: period.withdrawn_from(unit).map(|it| it.why),
        revision: filed.map_or(0, |filed| filed.revision),
        zero: filed.and_then(|filed| filed.zero),
        values,
    }
}
