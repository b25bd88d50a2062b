//! Messages in, one line out: every format by its fixtures, then each rule by a line of its own.

mod hikvision;
mod mapped;
mod standards;

use axum::http::HeaderMap;

use super::*;

/// The example bodies beside the black-box tests, which send the same ones over HTTP.
fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

/// One line that says everything.
fn told(result: &Result<Parsed, IntakeError>) -> String {
    match result {
        Ok(Parsed::Event(event)) => told_event(event),
        Ok(Parsed::Heartbeat { device_time }) => format!("heartbeat {device_time:?}"),
        Ok(Parsed::Ignored { why }) => format!("ignored: {why}"),
        Err(IntakeError::Unsupported { .. }) => "415".to_owned(),
        Err(IntakeError::Malformed(malformed)) => format!("400 {malformed}"),
        Err(IntakeError::Invalid(errors)) => {
            let errors: Vec<String> =
                errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect();
            format!("422 {}", errors.join("; "))
        }
    }
}

fn told_event(event: &FeverEvent) -> String {
    let mut words = vec![format!("event {}", event.key.join(" + "))];
    let mut say =
        |name: &str, value: Option<String>| words.extend(value.map(|value| format!("{name}={value}")));
    say("unit", event.unit.clone());
    say("kind", event.kind.map(|kind| format!("{kind:?}")));
    say("reading", event.temperature_c.map(tenths_or_hundredths));
    say(
        "person",
        event.person.as_ref().map(|person| {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            let PersonText { space, reference, name, mobile } = person;
            format!("{}:{}/{}/{}", space.as_str(), part(reference), part(name), part(mobile))
        }),
    );
    say("at", event.discovered_at.map(|at| at.to_string()));
    say("given", event.discovered_as_given.clone());
    say("exposure", event.exposure.then(|| "yes".to_owned()));
    say("place", event.place.clone());
    say("details", event.details.as_ref().map(|details| details.replace('\n', "|")));
    say("symptoms", (!event.symptoms.is_empty()).then(|| event.symptoms.join(",")));
    say("measures", (!event.measures.is_empty()).then(|| event.measures.join(",")));
    say("replay", event.replay.then(|| "yes".to_owned()));
    say("correction", event.correction.then(|| "yes".to_owned()));
    say("device", event.device.clone());
    words.join(" ")
}

fn tenths_or_hundredths(celsius: Celsius) -> String {
    let hundredths = format!("{celsius:?}");
    hundredths.strip_suffix('0').map_or_else(|| hundredths.clone(), str::to_owned)
}

fn read(format: &Format, content_type: &str, headers: &HeaderMap, body: &[u8]) -> String {
    let content_type = Some(content_type).filter(|given| !given.is_empty());
    told(&parse(format, &Message { content_type, headers, body }, &zone()))
}

#[track_caller]
fn check(format: &Format, body: &str, expected: &str) {
    assert_eq!(read(format, "application/json", &HeaderMap::new(), body.as_bytes()), expected, "{body}");
}

#[track_caller]
fn check_fixtures(format: &Format, table: &[(&str, &str)]) {
    for (name, expected) in table {
        assert_eq!(read(format, "", &HeaderMap::new(), &fixture(name)), *expected, "{name}");
    }
}

#[test]
fn native_events_are_read_as_the_contract_shows_them() {
    check_fixtures(
        &Format::Native,
        &[(
            "native-fever.json",
            "event hr-000123 unit=finance kind=Fever reading=38.4 person=employee:E1024/王某/+8613800000000 \
             at=2026-11-23T00:01:00.000Z exposure=yes place=一楼大厅 details=早上来的|已通知家属 symptoms=咳嗽 \
             measures=已隔离",
        )],
    );
    for (body, expected) in [
        (r#"{"id":"a","kind":"suspected"}"#, "event a kind=Suspected"),
        (r#"{"id":"a","kind":"confirmed"}"#, "event a kind=Confirmed"),
        (r#"{"id":"a","kind":"ruled_out"}"#, "event a kind=RuledOut"),
        (r#"{"id":"a","temperature_c":39}"#, "event a reading=39.0"),
        (r#"{"id":"a","temperature_c":-400.5}"#, "event a reading=-400.5"),
        (r#"{"id":"a","temperature_c":1e300}"#, "event a reading=1000.0"),
        (r#"{"id":17,"kind":"fever","person":{"ref":4366}}"#, "event 17 kind=Fever person=employee:4366//"),
        (r#"{"id":"a","kind":"fever","person":{"ref":" E1 "}}"#, "event a kind=Fever person=employee:E1//"),
        (
            r#"{"id":"a","kind":"fever","person":{"name":"王某"}}"#,
            "event a kind=Fever person=employee:/王某/",
        ),
        (r#"{"id":"a","kind":"fever","person":{},"unit":null,"place":" "}"#, "event a kind=Fever"),
        (r#"{"id":"a","kind":"fever","x-own":{"deep":[1,2]},"color":"red"}"#, "event a kind=Fever"),
        (r#"{"id":"a","kind":"fever","device":"gate 3"}"#, "event a kind=Fever device=gate 3"),
    ] {
        check(&Format::Native, body, expected);
    }
}

#[test]
fn every_mistake_is_told_at_once_and_none_repeats_what_was_given() {
    check(
        &Format::Native,
        r#"{"kind":"plague","temperature_c":"38.4 secret","unit":["secret"],"exposure":"secret",
            "person":{"ref":{"secret":1},"name":7,"mobile":true},"symptoms":"secret","measures":["a",7]}"#,
        "422 /id is required; /kind expected one of fever, suspected, confirmed, ruled_out; \
         /temperature_c expected a number; /unit expected a text; /person/ref expected a text; \
         /person/name expected a text; /person/mobile expected a text; /exposure expected true or false; \
         /symptoms expected a list; /measures/1 expected a text",
    );
    for (body, expected) in [
        (r#"{"id":"a"}"#, "422 /temperature_c is required where there is no kind"),
        (r#"{"id":" ","kind":"fever"}"#, "422 /id is required"),
        (r#"{"id":null,"kind":"fever"}"#, "422 /id is required"),
        (r#"{"id":"a","kind":"fever","person":"E1"}"#, "422 /person expected an object"),
        (
            r#"{"id":9007199254740993,"kind":"fever"}"#,
            "422 /id expected a text, or a whole number up to 2^53",
        ),
        (r#"{"id":1.5,"kind":"fever"}"#, "422 /id expected a text, or a whole number up to 2^53"),
        (r#"{"id":"a\u202eb","kind":"fever"}"#, "422 /id expected no control or invisible characters"),
        (
            r#"{"id":"a","unit":"x\ny","kind":"fever"}"#,
            "422 /unit expected no control or invisible characters",
        ),
        ("[]", "422  expected an object"),
        ("null", "422  expected an object"),
        (
            r#"{"id":"a","kind":"fever","id":"b"}"#,
            "400 line 1, column 29: a key is given twice in one object",
        ),
        ("{\"id\":", "400 line 1, column 6: not valid JSON"),
        (r#"{"id":"a","temperature_c":NaN}"#, "400 line 1, column 27: not valid JSON"),
    ] {
        check(&Format::Native, body, expected);
    }
}

#[test]
fn a_time_never_refuses_an_event() {
    for (given, expected) in [
        (r#""2026-11-23T08:01:00+08:00""#, " at=2026-11-23T00:01:00.000Z"),
        (r#""2026-11-23T00:01:00Z""#, " at=2026-11-23T00:01:00.000Z"),
        (r#""1970-01-01T00:00:00Z""#, " at=1970-01-01T00:00:00.000Z"),
        (r#""2026-11-23T08:01:00""#, " given=2026-11-23T08:01:00"),
        (r#""2026-11-23""#, " given=2026-11-23"),
        (r#""昨天\r\n早上""#, " given=昨天 早上"),
        ("1795392060", " given=1795392060"),
        ("{}", " given=an object"),
        (r#""""#, ""),
        ("null", ""),
    ] {
        let body = format!(r#"{{"id":"a","kind":"fever","discovered_at":{given}}}"#);
        check(&Format::Native, &body, &format!("event a kind=Fever{expected}"));
    }
    let long = format!(r#"{{"id":"a","kind":"fever","discovered_at":"{}"}}"#, "x".repeat(500));
    check(&Format::Native, &long, &format!("event a kind=Fever given={}", "x".repeat(64)));
}

#[test]
fn texts_are_bounded_by_characters_and_lists_by_items() {
    let body = |member: &str| format!(r#"{{"id":"a","kind":"fever",{member}}}"#);
    let list = |n: usize| vec!["\"咳\""; n].join(",");
    for (member, expected) in [
        (
            format!(r#""place":"{}""#, "楼".repeat(200)),
            format!("event a kind=Fever place={}", "楼".repeat(200)),
        ),
        (
            format!(r#""place":"{}""#, "楼".repeat(201)),
            "422 /place expected at most 200 characters".to_owned(),
        ),
        (
            format!(r#""details":"{}""#, "详".repeat(2_001)),
            "422 /details expected at most 2000 characters".to_owned(),
        ),
        (format!(r#""symptoms":[{}]"#, list(51)), "422 /symptoms expected at most 50".to_owned()),
        (
            format!(r#""symptoms":["{}"]"#, "咳".repeat(201)),
            "422 /symptoms/0 expected at most 200 characters".to_owned(),
        ),
        (r#""symptoms":["咳嗽\u202e"," "]"#.to_owned(), "event a kind=Fever symptoms=咳嗽".to_owned()),
        (r#""place":"a\u0000b\u200bc""#.to_owned(), "event a kind=Fever place=a bc".to_owned()),
    ] {
        check(&Format::Native, &body(&member), &expected);
    }
}

#[test]
fn a_type_that_is_not_json_is_unsupported() {
    let body = br#"{"id":"a","kind":"fever"}"#;
    let none = HeaderMap::new();
    for (content_type, expected) in [
        ("application/json; charset=utf-8", "event a kind=Fever"),
        ("", "event a kind=Fever"),
        ("application/x-www-form-urlencoded", "415"),
        ("text/xml", "415"),
    ] {
        assert_eq!(read(&Format::Native, content_type, &none, body), expected, "{content_type}");
    }
    assert_eq!(read(&Format::Fhir, "application/fhir+xml", &none, body), "415");
    assert_eq!(read(&Format::CloudEvents, "application/avro", &none, body), "415");
}

#[test]
fn nothing_about_a_person_is_printed() {
    let body = fixture("native-fever.json");
    let headers = HeaderMap::new();
    let message = Message { content_type: None, headers: &headers, body: &body };
    let printed = format!("{message:?} {:?}", parse(&Format::Native, &message, &zone()));
    for private in ["E1024", "王某", "138", "一楼", "咳嗽", "家属", "hr-000123", "38.4"] {
        assert!(!printed.contains(private), "{private} in {printed}");
    }
}

/// Reads a body in every format; what is told of it does not matter, but that something is.
fn read_in_every_format(body: &[u8]) {
    let headers = HeaderMap::new();
    for format in [Format::Native, Format::CloudEvents, Format::Fhir, Format::Hikvision] {
        assert!(!read(&format, "", &headers, body).is_empty());
    }
    assert!(parse_batch(body).map_or_else(|error| told(&Err(error)), |all| all.len().to_string()) != "0");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_bytes_make_the_door_panic(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        read_in_every_format(&body);
    }

    #[test]
    fn no_damage_to_a_message_makes_the_door_panic(
        name in proptest::sample::select(vec![
            "native-fever.json", "cloudevent-structured.json", "cloudevent-base64.json", "fhir-celsius-employee.json",
            "hikvision-fever.json", "hikvision-tma-regions.json", "hikvision-fever.xml", "cloudevent-batch.json",
        ]),
        at in proptest::num::usize::ANY,
        cut in 0_usize..20,
        put in proptest::sample::select(vec!["", "[", "}", "null", "-1e309", "\"", "\\ud800", "<a>", "&x;", "{}", "1.5", "\u{0}"]),
    ) {
        let mut body = fixture(name);
        let at = at % body.len();
        let end = body.len().min(at + cut);
        body.splice(at..end, put.bytes());
        read_in_every_format(&body);
    }
}
