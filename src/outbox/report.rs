//! Writes the written report: the items that are known, what is not known said so, and what vouches for it.

use super::facts::{self, contents};
use super::message::{Scene, kind_of};
use crate::channel::text::{Head, Items, Rendered, Report, ReportKind, TelephoneLine};
use crate::domain::case::{self, Case, Clock, Impossible};
use crate::domain::names::{Kind, Recipient};
use crate::domain::notification::Purpose;
use crate::time::Timestamp;

/// The report or correction that a notification to an authority carries.
pub(super) fn write(scene: &Scene<'_>, case: &Case) -> Option<Rendered> {
    let Recipient::Authority(authority) = &scene.notification.to else { return None };
    let contact = scene.contacts.authorities.get(authority)?;
    let unit = scene.contacts.units.get(&case.unit)?;
    let clock = scene.notification.clock.and_then(|index| case.clock(index))?;
    let filed = clock.written.reports.iter().find(|report| report.notification == scene.notification.id);
    let correction = scene.notification.purpose == Purpose::Correction;
    let kind = match filed {
        Some(report) => match report.kind {
            case::ReportKind::Initial => ReportKind::Initial,
            case::ReportKind::Progress => ReportKind::Progress(report.number),
            case::ReportKind::Final => ReportKind::Final,
        },
        None if correction => correction_of(scene, case, authority),
        None => return None,
    };
    let signer = filed.and_then(|report| report.actor.as_ref()).and_then(|actor| {
        let name = &scene.contacts.persons.get(&actor.by)?.name;
        Some(format!("{name}（{}）", scene.published.directory.zone.format(scene.now(), "%H:%M")))
    });
    let report = Report {
        language: scene.language,
        kind,
        test: !scene.published.state.is_armed(),
        verified: correction || !scene.notification.unverified,
        organisation: scene.contacts.organisation.name.clone(),
        authority: contact.name.clone(),
        unit: unit.name.clone(),
        case_kind: kind_of(case),
        people: 1,
        written_at: scene.moment(scene.now()),
        series: series(case),
        due: Some(scene.moment(clock.due)),
        telephone: telephone(scene, clock),
        items: items(scene, case, clock),
        signer,
        head: Some(Head { hash: scene.published.head.hash.to_string(), entry: scene.published.head.seq }),
        receipt_page: None,
        receipt_code: None,
        phone: scene.contacts.office_phone.clone(),
    };
    match scene.outbox.texts.report(&report) {
        Ok(rendered) => Some(rendered),
        Err(error) => {
            tracing::error!(%error, notification = %scene.notification.id, "a report could not be written");
            None
        }
    }
}

fn correction_of(
    scene: &Scene<'_>,
    case: &Case,
    authority: &crate::domain::names::AuthorityId,
) -> ReportKind {
    let count = case.corrections.iter().rfind(|it| it.authority == *authority).map_or(1, |it| it.number);
    let sent = case.clock_for(authority).is_some_and(|(_, clock)| clock.written.sent_at.is_some());
    let corrects = sent.then(|| {
        let word = match scene.language {
            crate::channel::text::Language::Chinese => "初报",
            crate::channel::text::Language::English => "1",
        };
        format!("{}-{word}", series(case))
    });
    ReportKind::Correction { count, corrects, ruled_out: case.kind == Kind::RuledOut }
}

/// The number of a case's reports, without its last part: `CB-20261123-0001`.
fn series(case: &Case) -> String {
    case.id.as_str().replacen("C-", "CB-", 1)
}

fn telephone(scene: &Scene<'_>, clock: &Clock) -> TelephoneLine {
    if let Some(proof) = &clock.phone.proof {
        let call = clock.phone.calls.iter().rev().find_map(|call| call.payload.as_ref());
        let by = call.and_then(|name| facts::words(&facts::open(scene.outbox, name)?, "answered_by"));
        return TelephoneLine::Taken { at: scene.moment(proof.at), by };
    }
    match (clock.phone.attempted_at, &clock.phone.impossible) {
        (Some(since), _) => {
            let calls = clock.phone.calls.len();
            let rounds = usize::try_from(clock.phone.rounds).unwrap_or(0);
            let times = u32::try_from((calls + rounds).max(1)).unwrap_or(u32::MAX);
            TelephoneLine::Attempted { since: scene.moment(since), times }
        }
        (None, impossible) => {
            let why = impossible.as_ref().map_or(Impossible::NotStarted, |(_, why)| *why);
            TelephoneLine::Impossible { reason: reason(scene, why).to_owned() }
        }
    }
}

const fn reason(scene: &Scene<'_>, why: Impossible) -> &'static str {
    let chinese = matches!(scene.language, crate::channel::text::Language::Chinese);
    match (why, chinese) {
        (Impossible::NoNumber, true) => "没有登记贵处的值班电话",
        (Impossible::NoNumber, false) => "no telephone number of yours is on record",
        (Impossible::NoChannel, true) => "值班系统没有可用的电话通道",
        (Impossible::NoChannel, false) => "the duty system has no way to place calls",
        (Impossible::Unarmed, true) => "值班系统尚未启用",
        (Impossible::Unarmed, false) => "the duty system is not in service yet",
        (Impossible::WrongNumbers, true) => "登记的号码均不正确",
        (Impossible::WrongNumbers, false) => "every number on record proved wrong",
        (Impossible::NotStarted, true) => "电话未能及时拨出",
        (Impossible::NotStarted, false) => "the call could not be placed in time",
    }
}

/// The items of a report: what a person wrote, else what is on record.
fn items(scene: &Scene<'_>, case: &Case, clock: &Clock) -> Items {
    let contents = contents(scene.outbox, case);
    let chinese = matches!(scene.language, crate::channel::text::Language::Chinese);
    let instant = |at: Timestamp| scene.published.directory.zone.format(at, "%Y-%m-%d %H:%M");
    let reading = case.readings.iter().rev().find_map(|reading| reading.temperature);
    let temperature = reading.map(|reading| format!("{reading}℃"));
    let symptoms: Vec<String> = temperature.into_iter().chain(contents.symptoms).collect();
    let received = case.readings.first().map_or(case.opened_at, |reading| reading.received);
    let or = |key: &str, known: Option<String>| scene.written(key).or(known);
    Items {
        event: or("event", None),
        received: or("received", Some(instant(received))),
        source: or("source", None),
        occurred: or("occurred", Some(instant(case.suspected_since.unwrap_or(case.discovered_at)))),
        place: or("place", contents.place),
        numbers: or("numbers", Some(numbers(case, chinese))),
        symptoms: or(
            "symptoms",
            (!symptoms.is_empty()).then(|| symptoms.join(if chinese { "，" } else { ", " })),
        ),
        cause: or("cause", None),
        scope: or("scope", None),
        measures: or("measures", contents.measures),
        trend: or("trend", None),
        next: or("next", None),
        leaders: or("leaders", None),
        reporter: or("reporter", reporter(scene, clock)),
        told: or("told", told(scene, case)),
    }
}

fn numbers(case: &Case, chinese: bool) -> String {
    let (suspected, confirmed) = match case.kind {
        Kind::Confirmed => (0, 1),
        Kind::Suspected => (1, 0),
        Kind::Fever | Kind::RuledOut => (0, 0),
    };
    if chinese {
        format!("疑似{suspected}，确诊{confirmed}，死亡0")
    } else {
        format!("suspected {suspected}, confirmed {confirmed}, deaths 0")
    }
}

/// Who reports: whoever wrote it, else whoever is on duty.
fn reporter(scene: &Scene<'_>, clock: &Clock) -> Option<String> {
    let wrote = clock.written.draft.as_ref().map(|draft| draft.actor.by.clone());
    let officer = crate::domain::names::DutyRole::new("officer");
    let person = wrote.or_else(|| scene.published.directory.on_duty(&officer, scene.now()))?;
    let name = &scene.contacts.persons.get(&person)?.name;
    let organisation = &scene.contacts.organisation.name;
    Some(match &scene.contacts.office_phone {
        Some(phone) => format!("{organisation} {name} {phone}"),
        None => format!("{organisation} {name}"),
    })
}

/// Who knows, and since when.
fn told(scene: &Scene<'_>, case: &Case) -> Option<String> {
    let zone = &scene.published.directory.zone;
    let known: Vec<String> = case
        .confirmations
        .iter()
        .filter_map(|known| {
            let name = &scene.contacts.persons.get(&known.by)?.name;
            Some(format!("{name} {}", zone.format(known.at, "%H:%M")))
        })
        .collect();
    (!known.is_empty()).then(|| known.join("；"))
}
