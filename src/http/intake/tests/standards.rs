//! CloudEvents and FHIR observations.

use axum::http::HeaderValue;

use super::*;

#[test]
fn cloud_events_are_told_apart_by_source_and_id() {
    let event = "event /sites/harbin/gates/3 + A234-1234-1234 unit=finance reading=38.1 person=employee:4366// \
                 at=2026-02-03T00:21:07.000Z place=Gate 3 device=/sites/harbin/gates/3";
    check_fixtures(
        &Format::CloudEvents,
        &[
            ("cloudevent-structured.json", event),
            ("cloudevent-base64.json", event),
            (
                "cloudevent-missing-attributes.json",
                "422 /specversion expected 1.0; /source is required; /id is required; \
                 /data/temperature_c expected a number",
            ),
        ],
    );
    let attributes = r#""specversion":"1.0","id":"1","source":"/g","type":"t""#;
    for (rest, expected) in [
        (r#""data":{"kind":"fever"}"#, "event /g + 1 kind=Fever device=/g"),
        (r#""data":{"kind":"fever","device":"d"}"#, "event /g + 1 kind=Fever device=d"),
        (
            r#""time":"2026-02-03T00:21:07Z","data":{"kind":"fever","discovered_at":"2026-02-03T00:00:00Z"}"#,
            "event /g + 1 kind=Fever at=2026-02-03T00:00:00.000Z device=/g",
        ),
        (r#""time":"noon","data":{"kind":"fever"}"#, "event /g + 1 kind=Fever given=noon device=/g"),
        (r#""x":1"#, "422 /data is required"),
        (r#""data":"text""#, "422 /data expected an object"),
        (r#""data":{},"data_base64":"e30=""#, "422 /data_base64 expected data or data_base64, not both"),
        (r#""data_base64":"%%""#, "422 /data_base64 expected JSON in base64"),
        (r#""data_base64":"W10=""#, "422 /data_base64 expected an object"),
        (r#""data":{"kind":"fever"},"datacontenttype":"text/xml""#, "422 /datacontenttype expected JSON"),
    ] {
        check(&Format::CloudEvents, &format!("{{{attributes},{rest}}}"), expected);
    }
}

#[test]
fn binary_cloud_events_stand_in_the_headers() {
    let body = br#"{"kind":"fever"}"#;
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("ce-specversion", "1.0"), ("ce-id", "7"), ("ce-source", "/%E5%A4%A7%E5%8E%85"), ("ce-type", "t")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let json = "application/json";
    assert_eq!(read(&Format::CloudEvents, json, &headers, body), "event /大厅 + 7 kind=Fever device=/大厅");
    headers.insert("ce-time", HeaderValue::from_static("2026-02-03T00:21:07Z"));
    headers.remove("ce-type");
    headers.remove("ce-id");
    assert_eq!(read(&Format::CloudEvents, json, &headers, body), "422 /type is required; /id is required");
    let structured = fixture("cloudevent-structured.json");
    let told = read(&Format::CloudEvents, "application/cloudevents+json", &headers, &structured);
    assert!(told.starts_with("event /sites/harbin/gates/3 + A234-1234-1234"), "{told}");
}

#[test]
fn a_batch_gives_one_result_for_each_event_in_order() {
    assert!(is_batch(&Format::CloudEvents, Some("application/cloudevents-batch+json; charset=utf-8")));
    assert!(!is_batch(&Format::CloudEvents, Some("application/cloudevents+json")));
    assert!(!is_batch(&Format::Native, Some("application/cloudevents-batch+json")));
    let results: Vec<String> =
        parse_batch(&fixture("cloudevent-batch.json")).unwrap().iter().map(told).collect();
    assert!(results[0].starts_with("event /sites/harbin/gates/3 + A234-1234-1234"), "{}", results[0]);
    assert_eq!(
        results[1..],
        ["422 /1/data/temperature_c is required where there is no kind", "422 /2 expected an object"]
    );
    for (body, expected) in [
        ("{}", "422  expected a list of events"),
        ("[]", "422  expected 1 to 100 events"),
        (&*format!("[{}1]", "1,".repeat(100)), "422  expected 1 to 100 events"),
    ] {
        let error = parse_batch(body.as_bytes()).map(|_| Parsed::Ignored { why: "taken" });
        assert_eq!(told(&error), expected);
    }
}

#[test]
fn observations_are_told_apart_by_version_or_by_status_and_value() {
    check_fixtures(
        &Format::Fhir,
        &[
            (
                "fhir-observation.json",
                "event body-temperature-1 + final + 101.3 reading=38.5 person=fhir:Patient/4366// \
                 at=2026-02-03T00:21:07.000Z",
            ),
            (
                "fhir-celsius-employee.json",
                "event obs-7 + 1 reading=38.5 person=employee:E1024/王某/ at=2026-02-03T00:21:07.000Z \
                 details=接触史待查",
            ),
            (
                "fhir-corrected.json",
                "event body-temperature-1 + 3 reading=38.5 person=fhir:Patient/4366// \
                 at=2026-02-03T00:21:07.000Z correction=yes",
            ),
            (
                "fhir-amended-without-version.json",
                "event body-temperature-1 + amended + 38.5 reading=38.5 person=fhir:Patient/4366// \
                 at=2026-02-03T00:21:07.000Z correction=yes",
            ),
            ("fhir-entered-in-error.json", "ignored: entered in error"),
            (
                "fhir-heart-rate.json",
                "422 /code/coding expected LOINC 8310-5, body temperature (system http://loinc.org); \
                 /valueQuantity/code expected Cel or [degF]",
            ),
            ("fhir-no-value.json", "422 /valueQuantity is required"),
            ("fhir-value-absent.json", "ignored: no value: the observation says that it has none"),
            (
                "fhir-contained-patient.json",
                "event body-temperature-1 + final + 101.3 reading=38.5 person=fhir:/王某/ given=2026-02-03",
            ),
        ],
    );
}

#[test]
fn an_observation_that_lacks_something_is_told_all_of_it() {
    let code = r#""code":{"coding":[{"system":"http://loinc.org","code":"8310-5"}]}"#;
    let value = r#""valueQuantity":{"value":38.5,"code":"Cel"}"#;
    let begin = r#""resourceType":"Observation","id":"1""#;
    for (body, expected) in [
        ("{}".to_owned(), "422 /resourceType is required; /status is required"),
        (r#"{"resourceType":"Bundle"}"#.to_owned(), "422 /resourceType expected Observation"),
        (
            r#"{"resourceType":"Observation","status":"final"}"#.to_owned(),
            "422 /code is required; /valueQuantity is required; /id is required",
        ),
        (
            format!(r#"{{{begin},"status":"done",{code},{value}}}"#),
            "422 /status expected a status of a FHIR R4 Observation",
        ),
        (format!(r#"{{{begin},"status":"cancelled"}}"#), "ignored: cancelled"),
        (
            format!(r#"{{{begin},"status":"preliminary",{code},{value}}}"#),
            "event 1 + preliminary + 38.5 reading=38.5",
        ),
        (
            format!(r#"{{{begin},"status":"final",{code},"valueQuantity":{{"value":311,"code":"K"}}}}"#),
            "422 /valueQuantity/code expected Cel or [degF]",
        ),
        (
            format!(r#"{{{begin},"status":"final",{code},"valueQuantity":{{"unit":"Cel","system":"x"}}}}"#),
            "422 /valueQuantity/value is required; /valueQuantity/system expected http://unitsofmeasure.org",
        ),
        (
            format!(
                r#"{{{begin},"status":"final",{code},{value},"subject":{{"reference":"https://x/fhir/Group/7"}}}}"#
            ),
            "event 1 + final + 38.5 reading=38.5",
        ),
        (
            format!(
                r#"{{{begin},"status":"final",{code},{value},"effectivePeriod":{{"start":"2026-02-03T00:21:07Z"}}}}"#
            ),
            "event 1 + final + 38.5 reading=38.5 at=2026-02-03T00:21:07.000Z",
        ),
    ] {
        check(&Format::Fhir, &body, expected);
    }
}
