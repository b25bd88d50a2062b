//! The total as a page to print: no script, nothing from elsewhere, one sheet of A4 or one column of a telephone.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::{Total, UnitLine};
use crate::domain::form::Labels;
use crate::domain::slot::SlotState;

/// A text in both languages, and what goes with it.
#[derive(Serialize)]
struct Said {
    zh: String,
    en: String,
    value: String,
}

/// A sum, and how many of those who filed do not say it.
#[derive(Serialize)]
struct Sum {
    #[serde(flatten)]
    said: Said,
    unsaid: usize,
}

/// A unit, and what is said of it.
#[derive(Serialize)]
struct Unit {
    name: String,
    note: String,
}

/// What the page shows.
#[derive(Serialize)]
struct Page {
    zh: String,
    en: String,
    day: String,
    number: Option<u32>,
    due: String,
    moved_from: Option<String>,
    as_of: String,
    zone: String,
    counts: Vec<Said>,
    sums: Vec<Sum>,
    missing: Vec<Unit>,
    excused: Vec<Unit>,
    late: Vec<Unit>,
    exempt: Vec<Unit>,
    unsupported: Vec<Unit>,
    unreadable: usize,
}

pub(super) fn show(total: &Total) -> Option<Response> {
    let mut environment = minijinja::Environment::new();
    let syntax = minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.ok()?);
    // What people called things is escaped by the file's ending.
    let template =
        environment.template_from_named_str("total.html", include_str!("../../pages/total.html")).ok()?;
    let html = template.render(minijinja::value::Serde(&Page::of(total))).ok()?;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ];
    Some((headers, html).into_response())
}

impl Page {
    fn of(total: &Total) -> Self {
        let zone = &total.organisation_zone;
        let units = |is_it: &dyn Fn(&UnitLine) -> bool, note: &dyn Fn(&UnitLine) -> String| {
            let found = total.lines.iter().filter(|line| is_it(line));
            found.map(|line| Unit { name: line.name.clone(), note: note(line) }).collect::<Vec<_>>()
        };
        let nothing = |_: &UnitLine| String::new();
        let late = |line: &UnitLine| line.state == SlotState::Late || line.is_after_the_limit();
        let when = |line: &UnitLine| line.first.map(|at| zone.format(at, "%m-%d %H:%M")).unwrap_or_default();
        let asked = |line: &UnitLine| {
            let of = line.zero.map(|zero| (zero.asked, zero.total));
            let number =
                |count: Option<u32>| count.map_or_else(|| "未填".to_owned(), |count| count.to_string());
            of.map(|(asked, total)| format!("{}/{}", number(asked), number(total))).unwrap_or_default()
        };
        let why = |line: &UnitLine| {
            let says_more = line.withdrawn.is_some() || line.is_filed();
            if says_more { line.said().to_string() } else { String::new() }
        };
        let said = |label: &Labels, value: String| Said { zh: label.zh.clone(), en: label.en.clone(), value };
        let count = |zh: &str, en: &str, count: usize| Said {
            zh: zh.to_owned(),
            en: en.to_owned(),
            value: count.to_string(),
        };
        let sums = total.figures.iter().zip(total.sums.iter().zip(&total.unsaid));
        Self {
            zh: total.name.zh.clone(),
            en: total.name.en.clone(),
            day: total.day.clone(),
            number: (total.number > 1).then_some(total.number),
            due: zone.format(total.due, "%Y-%m-%d %H:%M"),
            moved_from: total.moved_from.map(|due| zone.format(due, "%Y-%m-%d %H:%M")),
            as_of: zone.format(total.as_of, "%Y-%m-%d %H:%M:%S"),
            zone: zone.name().to_owned(),
            counts: vec![
                count("应报", "expected", total.count(|line| !line.is_exempt())),
                count("已报", "filed", total.count(UnitLine::is_owed_and_filed)),
                count("迟报", "late", total.count(late)),
                count("未报", "missing", total.count(UnitLine::is_missing)),
                count("免报", "exempt", total.count(UnitLine::is_exempt)),
                count("免报而报", "filed though exempt", total.count(UnitLine::is_filed_though_exempt)),
                count("零报告", "zero", total.count(|line| line.zero.is_some())),
            ],
            sums: sums
                .map(|(figure, (sum, unsaid))| Sum {
                    said: said(&figure.label, figure.value(*sum).to_string()),
                    unsaid: *unsaid,
                })
                .collect(),
            missing: units(&UnitLine::is_missing, &nothing),
            excused: units(&|line| line.excused, &when),
            late: units(&late, &when),
            exempt: units(&UnitLine::is_exempt, &why),
            unsupported: units(&UnitLine::is_unsupported, &asked),
            unreadable: total.count(UnitLine::is_unreadable),
        }
    }
}
