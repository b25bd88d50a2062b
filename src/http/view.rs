//! A case as the contract shows it.

use serde_json::{Value, json};

use super::context::Context;
use crate::domain::case::{Case, Clock, ClockState, Moment};
use crate::domain::names::{Actor, Via};
use crate::domain::{State, Track};

fn via(via: &Via) -> Value {
    match via {
        Via::Session => json!("session"),
        Via::Code => json!("code"),
        Via::Digit => json!("digit"),
        Via::Program(client) => json!(format!("program:{client}")),
    }
}

fn by(actor: Option<&Actor>) -> (Value, Value) {
    actor.map_or((Value::Null, Value::Null), |actor| (json!(actor.by), via(&actor.via)))
}

/// One line of a list of cases.
pub(super) fn line(case: &Case) -> Value {
    json!({
        "case": case.id, "unit": case.unit, "unit_assumed": case.unit_assumed, "kind": case.kind.word(),
        "state": if case.is_open() { "open" } else { "closed" },
        "anchor": anchor(case), "suspected_since": case.suspected_since, "opened_at": case.opened_at,
        "handler": handler(case),
        "clocks": case.clocks().map(clock).collect::<Vec<_>>(),
    })
}

fn anchor(case: &Case) -> Value {
    json!(case.current_plan().map_or(case.discovered_at, |(_, plan)| plan.anchor))
}

fn handler(case: &Case) -> Value {
    case.handler.as_ref().map_or(
        Value::Null,
        |handler| json!({ "person": handler.person, "since": handler.since, "passed_to": handler.passed_to }),
    )
}

/// A case whole, with its notifications; `personal` opens what is sealed.
pub(super) fn whole(context: &Context, case: &Case, tracks: &[&Track], personal: bool) -> Value {
    let mut view = line(case);
    let Some(map) = view.as_object_mut() else { return view };
    let confirmations: Vec<Value> = case
        .confirmations
        .iter()
        .map(|known| json!({ "by": known.by, "at": known.at, "via": via(&known.via), "kind": known.kind.word() }))
        .collect();
    let readings: Vec<Value> = case
        .readings
        .iter()
        .map(|reading| {
            let degrees = reading.temperature.map(crate::domain::names::Celsius::degrees);
            json!({ "event": reading.event, "at": reading.at, "received": reading.received, "temperature_c": degrees })
        })
        .collect();
    let corrections: Vec<Value> = case
        .corrections
        .iter()
        .map(|owed| {
            json!({
                "authority": owed.authority, "number": owed.number,
                "phone_at": owed.phone.as_ref().map(|(at, _)| at), "written_at": owed.written_at,
                "written_impossible": owed.impossible.as_ref().map(|(_, why)| why),
                "ended_at": owed.ended,
            })
        })
        .collect();
    map.insert("discovered_at".to_owned(), json!(case.discovered_at));
    map.insert("previous".to_owned(), json!(case.previous));
    map.insert("linked".to_owned(), json!(case.linked));
    map.insert("confirmations".to_owned(), json!(confirmations));
    map.insert("readings".to_owned(), json!(readings));
    map.insert("corrections".to_owned(), json!(corrections));
    map.insert(
        "notifications".to_owned(),
        json!(tracks.iter().map(|track| self::track(track)).collect::<Vec<_>>()),
    );
    map.insert("timeline".to_owned(), json!(case.timeline.iter().map(moment).collect::<Vec<_>>()));
    if personal {
        let contents: Vec<Value> =
            case.readings.iter().filter_map(|reading| context.open(reading.payload.as_ref()?)).collect();
        let newest = |key: &str| {
            let mut found = contents.iter().rev().filter_map(|content| content.get(key));
            found.find(|value| !value.is_null()).cloned().unwrap_or(Value::Null)
        };
        for key in ["person", "place", "details", "measures", "symptoms"] {
            map.insert(key.to_owned(), newest(key));
        }
    }
    view
}

fn clock((index, clock): (u32, &Clock)) -> Value {
    let state = match clock.state {
        ClockState::Running => "running",
        ClockState::Met => "met",
        ClockState::Breached => "breached",
        ClockState::Withdrawn => "withdrawn",
    };
    let proof = clock.phone.proof.as_ref();
    let phone = match (proof, clock.phone.attempted_at) {
        (Some(_), _) => "proved",
        (None, Some(_)) => "attempted",
        (None, None) => "owed",
    };
    let (written, written_at) = match (&clock.written.receipted, clock.written.sent_at) {
        (Some((at, _)), _) => ("receipted", Some(*at)),
        (None, Some(at)) => ("sent", Some(at)),
        (None, None) => ("owed", None),
    };
    let (who, how) = by(proof.and_then(|proof| proof.actor.as_ref()));
    json!({
        "clock": index, "authority": clock.authority, "state": state, "born_late": clock.born_late,
        "anchor": clock.anchor, "due": clock.due,
        "phone": {
            "due": clock.phone.due, "state": phone, "at": proof.map(|proof| proof.at),
            "grade": clock.phone.grade, "by": who, "via": how, "said_at": proof.and_then(|proof| proof.said_at),
            "impossible": clock.phone.impossible.as_ref().map(|(_, why)| why),
        },
        "written": {
            "due": clock.written.due, "state": written, "at": written_at,
            "impossible": clock.written.impossible.filter(|_| written == "owed").map(|(_, why)| why),
        },
    })
}

fn track(track: &Track) -> Value {
    let notification = &track.notification;
    let attempts: Vec<Value> = track
        .attempts
        .iter()
        .map(|attempt| {
            json!({
                "at": attempt.at, "state": attempt.state, "key": attempt.key, "channel": attempt.channel,
                "possible_duplicate": attempt.possible_duplicate, "late_because": attempt.late_because,
                "failure": attempt.failure,
            })
        })
        .collect();
    json!({
        "id": notification.id, "to": notification.to.to_string(), "post": notification.post,
        "unit": notification.unit, "medium": notification.medium,
        "channel": track.attempts.last().map(|attempt| &attempt.channel), "round": notification.round,
        "purpose": notification.purpose.contract_word(), "state": track.state, "due": notification.due,
        "goes_at": track.send_at, "attempts": attempts,
    })
}

fn moment(moment: &Moment) -> Value {
    let (who, how) = by(moment.actor.as_ref());
    json!({ "seq": moment.seq, "at": moment.at, "due": moment.due, "what": moment.what, "by": who, "via": how })
}

/// How many cases are open, and how many of their clocks run.
pub(super) fn counted(state: &State) -> (i64, i64) {
    let open = || state.cases.values().filter(|case| case.is_open());
    let clocks = open().flat_map(|case| &case.clocks).filter(|clock| clock.state == ClockState::Running);
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    (number(open().count()), number(clocks.count()))
}
