//! Any JSON, read as the configuration maps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::http::intake::Map;

fn map(expressions: &[(&str, &str)]) -> Format {
    let all = expressions.iter().map(|(name, expression)| ((*name).to_owned(), (*expression).to_owned()));
    Format::Mapped(Arc::new(Map::new(all.collect())))
}

/// The map that the contract shows, and a person.
fn meter() -> Format {
    map(&[
        ("id", "body.sn"),
        ("temperature_c", "body.t / 10"),
        ("unit", "'finance'"),
        ("person.ref", "body.who.badge"),
        ("person.name", "body.who.name"),
        ("exposure", "body.flags.exposed"),
        ("symptoms", "body.symptom"),
        ("discovered_at", "body.time"),
    ])
}

#[test]
fn an_event_is_read_where_the_map_says_that_it_stands() {
    for (body, expected) in [
        (r#"{"sn":"m-1","t":384}"#, "event m-1 unit=finance reading=38.4"),
        (r#"{"sn":1700000001,"t":384.0}"#, "event 1700000001 unit=finance reading=38.4"),
        (
            r#"{"sn":"m-2","t":391,"who":{"badge":4366,"name":"王某"},"flags":{"exposed":1},"symptom":"咳嗽"}"#,
            "event m-2 unit=finance reading=39.1 person=employee:4366/王某/ exposure=yes symptoms=咳嗽",
        ),
        (
            r#"{"sn":"m-3","t":384,"time":"2026-11-23T08:01:00+08:00","who":null}"#,
            "event m-3 unit=finance reading=38.4 at=2026-11-23T00:01:00.000Z",
        ),
    ] {
        check(&meter(), body, expected);
    }
    let text = map(&[("id", "body.sn"), ("temperature_c", "body.t")]);
    check(&text, r#"{"sn":"a","t":" 38.4 "}"#, "event a reading=38.4");
    let mut headers = HeaderMap::new();
    headers.insert("x-device", "gate-1".parse().unwrap());
    headers.insert("authorization", "Bearer canary".parse().unwrap());
    let by_header = map(&[
        ("id", "body.sn"),
        ("kind", "'fever'"),
        ("place", "headers['x-device']"),
        ("details", "headers.authorization"),
    ]);
    let read = read(&by_header, "application/json", &headers, br#"{"sn":"a"}"#);
    assert_eq!(read, "event a kind=Fever place=gate-1", "what proves a sender is shown to no expression");
}

#[test]
fn a_message_without_an_id_is_told_from_others_by_all_it_says() {
    let read = |body: &str| read(&meter(), "application/json", &HeaderMap::new(), body.as_bytes());
    let (one, again, other) = (read(r#"{"t":384}"#), read(r#"{"t":384}"#), read(r#"{"t":385}"#));
    assert_eq!(one, again);
    assert_ne!(one.split(' ').nth(1), other.split(' ').nth(1));
    assert!(one.ends_with(" unit=finance reading=38.4"), "{one}");
}

#[test]
fn what_a_map_cannot_work_with_is_told_by_the_name_of_the_part() {
    let wanted = |expressions: &[(&str, &str)], body: &str| {
        let message = Message { content_type: None, headers: &HeaderMap::new(), body: body.as_bytes() };
        match parse(&map(expressions), &message, &zone()) {
            Err(IntakeError::Invalid(errors)) => {
                errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    };
    let meter = [("id", "body.sn"), ("temperature_c", "body.t / 10"), ("place", "body.at | length")];
    assert_eq!(wanted(&meter, r#"{"sn":"a","t":"hot","at":"x"}"#), ["/temperature_c"]);
    assert_eq!(wanted(&meter, r#"{"sn":"a","t":384,"at":5}"#), ["/place"]);
    assert_eq!(wanted(&[("id", "body.sn"), ("kind", "body.kind")], r#"{"sn":"a","kind":"cold"}"#), ["/kind"]);
    assert_eq!(
        wanted(&[("id", "body.sn"), ("temperature_c", "body.t")], r#"{"sn":"a"}"#),
        ["/temperature_c"]
    );
    let endless = "range(10000) | map('string') | join('x') | length";
    assert_eq!(wanted(&[("id", endless), ("kind", "'fever'")], "{}"), ["/id"], "work has a bound");
}

#[test]
fn a_mapped_message_is_json_and_read_strictly() {
    for (content_type, body, expected) in [
        ("text/plain", r#"{"sn":"a","t":384}"#, "415"),
        ("application/json", r#"{"sn":"a","sn":"b"}"#, "400"),
        ("application/json", "not json", "400"),
    ] {
        let read = read(&meter(), content_type, &HeaderMap::new(), body.as_bytes());
        assert!(read.starts_with(expected), "{read}");
    }
    let unused: BTreeMap<String, String> = BTreeMap::new();
    assert_eq!(Map::new(unused), Map::default());
}
