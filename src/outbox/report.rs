//! Writes the written report: the items that are known, what is not known said so, and what vouches for it.

use super::facts;
use super::items::{changed, items};
use super::message::{Scene, kind_of};
use crate::channel::text::{Head, Reached, Rendered, Report, ReportKind, TakenBy, TelephoneLine};
use crate::domain::case::{self, Case, Clock, Impossible};
use crate::domain::names::{Kind, Recipient};
use crate::domain::notification::{Notification, Purpose};
use crate::domain::policy::Grade;

/// The report or correction that a notification to an authority carries.
pub(super) fn write(scene: &Scene<'_>, case: &Case) -> Option<Rendered> {
    let Recipient::Authority(authority) = &scene.notification.to else { return None };
    let contact = scene.contacts.authorities.get(authority)?;
    let unit = scene.contacts.unit(&case.unit);
    let clock = scene.notification.clock.and_then(|index| case.clock(index))?;
    let filed = clock.written.reports.iter().find(|report| report.notification == scene.notification.id);
    let correction = scene.notification.purpose == Purpose::Correction;
    let kind = match filed {
        Some(report) => match (report.kind, report.continues) {
            (case::ReportKind::Initial, None) => ReportKind::Initial,
            (case::ReportKind::Initial, Some(number)) => ReportKind::Progress(number),
            (case::ReportKind::Progress, _) => ReportKind::Progress(report.number),
            (case::ReportKind::Final, _) => ReportKind::Final(report.number),
        },
        None if correction => correction_of(scene, case, authority),
        None => return None,
    };
    let signer = filed.and_then(|report| report.actor.as_ref()).and_then(|actor| {
        let name = &scene.contacts.persons.get(&actor.by)?.name;
        let at = scene.published.directory.zone.format(scene.now(), "%H:%M");
        Some(match scene.language {
            crate::channel::text::Language::Chinese => format!("{name}（{at}）"),
            crate::channel::text::Language::English => format!("{name} ({at})"),
        })
    });
    let whole = kind == ReportKind::Initial;
    let report = Report {
        language: scene.language,
        kind,
        test: !scene.published.state.is_armed(),
        verified: correction || !scene.notification.unverified,
        handled: case.handler.is_some(),
        organisation: scene.contacts.organisation.name.clone(),
        authority: contact.name.clone(),
        unit: unit.name,
        case_kind: kind_of(case),
        people: 1,
        written_at: scene.moment(scene.now()),
        series: series(case),
        due: Some(scene.moment(clock.due)),
        telephone: telephone(scene, case, clock),
        items: if whole { items(scene, case, clock) } else { changed(scene, case, clock) },
        signer,
        head: Some(Head { hash: scene.published.head.hash.to_string(), entry: scene.published.head.seq }),
        receipt_page: None,
        receipt_code: None,
        phone: scene.contacts.office_phone.clone(),
    };
    match scene.texts.report(&report) {
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
    let sent = case.clocks_for(authority).any(|(_, clock)| clock.written.sent_at.is_some());
    let corrects = sent.then(|| {
        let word = match scene.language {
            crate::channel::text::Language::Chinese => "初报",
            crate::channel::text::Language::English => "first",
        };
        format!("{}-{word}", series(case))
    });
    ReportKind::Correction { count, corrects, ruled_out: case.kind == Kind::RuledOut }
}

/// The number of a case's reports, without its last part: `CB-20261123-0001`.
fn series(case: &Case) -> String {
    case.id.as_str().replacen("C-", "CB-", 1)
}

/// What is known of the telephone report, by how far it got, and no more (P6).
fn telephone(scene: &Scene<'_>, case: &Case, clock: &Clock) -> TelephoneLine {
    let phone = &clock.phone;
    if let Some(proof) = &phone.proof {
        let at = scene.moment(proof.at);
        if proof.grade < Grade::Person {
            return TelephoneLine::Reached { at, reached: reached(Some(proof.grade)) };
        }
        let by = match (&proof.actor, phone.proving_call()) {
            (None, _) => TakenBy::Key,
            (Some(_), call) => call
                .and_then(|call| call.payload.as_ref())
                .and_then(|name| facts::words(&scene.published.stores.open(name)?, "answered_by"))
                .map_or(TakenBy::Recorded, TakenBy::Named),
        };
        return TelephoneLine::Taken { at, by };
    }
    match (phone.attempted_at, &phone.impossible) {
        (Some(since), _) => TelephoneLine::Attempted {
            since: scene.moment(since),
            times: u32::try_from(phone.tries().max(1)).unwrap_or(u32::MAX),
            reached: reached(phone.grade),
            goes_on: rings(scene, case),
        },
        (None, impossible) => {
            let why = impossible.as_ref().map_or(Impossible::NotStarted, |(_, why)| *why);
            TelephoneLine::Impossible { reason: reason(scene, why).to_owned() }
        }
    }
}

const fn reached(grade: Option<Grade>) -> Reached {
    match grade {
        None | Some(Grade::Accepted) => Reached::Placed,
        // Of a key that somebody disputes no more is known than that something picked up.
        Some(Grade::Answered | Grade::Person) => Reached::Answered,
        Some(Grade::Heard) => Reached::Heard,
    }
}

/// Whether a call of the daemon's own about this clock is under way or to come.
fn rings(scene: &Scene<'_>, case: &Case) -> bool {
    let tracks = case.notifications.iter().filter_map(|id| scene.published.state.track(id));
    let ours = |it: &Notification| it.purpose == Purpose::Telephone && it.clock == scene.notification.clock;
    tracks.into_iter().any(|track| ours(&track.notification) && !track.state.is_settled())
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
        (Impossible::TriesSpent, true) => "多次呼叫均无人接报",
        (Impossible::TriesSpent, false) => "it was rung many times, and nobody took the report",
    }
}
