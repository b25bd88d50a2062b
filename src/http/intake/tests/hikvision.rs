//! What devices push.

use super::*;

const FOREIGN: &str =
    "422 /eventType expected the type of the event: this is no message of a Hikvision device";

#[test]
fn what_a_gate_pushes_is_read_whatever_its_habits() {
    let key = "event 44:47:cc:00:00:01 + 85793 + 2026-02-03T08:21:07+08:00";
    let rest = "at=2026-02-03T00:21:07.000Z place=Gate 1";
    let device = "device=44:47:cc:00:00:01";
    let known = format!("{key} reading=37.6 person=employee:4366// {rest} {device}");
    let stranger = format!("{key} reading=37.6 {rest} {device}");
    let camera = "device=44:47:cc:00:00:02";
    check_fixtures(
        &Format::Hikvision,
        &[
            ("hikvision-fever.json", &known),
            ("hikvision-wrapped.json", &known),
            ("hikvision-string-numbers.json", &known),
            ("hikvision-fever.xml", &known),
            ("hikvision-heartbeat.xml", "heartbeat Some(2026-02-03T00:21:17.000Z)"),
            ("hikvision-stranger.json", &stranger),
            ("hikvision-blank-person.json", &stranger),
            (
                "hikvision-fahrenheit.json",
                &format!("{key} reading=38.5 person=employee:4366/李某/ {rest} {device}"),
            ),
            (
                "hikvision-replay.json",
                &format!("{key} reading=37.6 person=employee:4366// {rest} replay=yes {device}"),
            ),
            (
                "hikvision-abnormal-without-reading.json",
                &format!("{key} kind=Fever person=employee:4366// {rest} {device}"),
            ),
            (
                "hikvision-zoneless-clock.json",
                "event 44:47:cc:00:00:01 + 85793 + 2026-02-03T08:21:07 reading=37.6 person=employee:4366// \
                 given=2026-02-03T08:21:07 place=Gate 1 device=44:47:cc:00:00:01",
            ),
            ("hikvision-no-temperature.json", "ignored: no temperature in the message"),
            ("hikvision-heartbeat.json", "heartbeat Some(2026-02-03T00:21:17.000Z)"),
            ("hikvision-videoloss-heartbeat.json", "heartbeat Some(2026-02-03T00:21:27.000Z)"),
            (
                "hikvision-tma-person.json",
                &format!(
                    "event 44:47:cc:00:00:02 + 2/3820 + 2026-02-03T08:21:07+08:00 reading=38.2 \
                     at=2026-02-03T00:21:07.000Z place=Gate 2 {camera}"
                ),
            ),
            (
                "hikvision-tmpa-person.json",
                &format!(
                    "event 44:47:cc:00:00:02 + 2/3800 + 2026-02-03T08:21:07+08:00 reading=38.0 \
                     at=2026-02-03T00:21:07.000Z place=Gate 2 {camera}"
                ),
            ),
            (
                "hikvision-tma-regions.json",
                &format!(
                    "event 44:47:cc:00:00:02 + 2/3870 + 2026-02-03T08:21:07+08:00 reading=38.7 \
                     at=2026-02-03T00:21:07.000Z place=Gate 2 {camera}"
                ),
            ),
            (
                "hikvision-tma-regions.xml",
                &format!(
                    "event 44:47:cc:00:00:02 + 2/3870 + 2026-02-03T08:21:07+08:00 reading=38.7 \
                     at=2026-02-03T00:21:07.000Z place=Gate 2 {camera}"
                ),
            ),
            ("hikvision-tma-oven.json", "ignored: a temperature that no body has"),
            ("hikvision-tma-end.json", "ignored: the end of an alarm"),
        ],
    );
}

#[test]
fn a_gate_is_refused_only_what_cannot_be_read() {
    let access = |root: &str, event: &str| format!(r#"{{{root}"AccessControllerEvent":{{{event}}}}}"#);
    for (body, expected) in [
        (
            access("", r#""currTemperature":38"#),
            "422 /dateTime expected dateTime or serialNo, to tell this message from others".to_owned(),
        ),
        (access("", r#""currTemperature":38,"serialNo":7"#), "event  + 7 +  reading=38.0".to_owned()),
        (
            access("", r#""currTemperature":"38,1","serialNo":7"#),
            "ignored: no temperature in the message".to_owned(),
        ),
        (
            access("", r#""currTemperature":"NaN","serialNo":7"#),
            "ignored: no temperature in the message".to_owned(),
        ),
        (
            access("", r#""currTemperature":311.2,"thermometryUnit":2,"serialNo":7"#),
            "event  + 7 +  reading=38.05".to_owned(),
        ),
        (
            access(
                "",
                &format!(
                    r#""currTemperature":38,"serialNo":7,"name":"{}\u202e","employeeNoString":["x"]"#,
                    "王".repeat(300)
                ),
            ),
            format!("event  + 7 +  reading=38.0 person=employee:/{}/", "王".repeat(200)),
        ),
        (r#"{"eventType":"heartBeat","dateTime":"soon"}"#.to_owned(), "heartbeat None".to_owned()),
        (r#"{"eventType":"doorOpen"}"#.to_owned(), "ignored: no temperature in the message".to_owned()),
        ("[]".to_owned(), "422  expected an object".to_owned()),
        ("<EventNotificationAlert/>".to_owned(), FOREIGN.to_owned()),
        (r#"{"id":"hr-1","unit":"finance","temperature_c":38.4}"#.to_owned(), FOREIGN.to_owned()),
        ("{}".to_owned(), FOREIGN.to_owned()),
        ("<EventNotificationAlert>".to_owned(), "400 line 1, column 25: not valid XML".to_owned()),
        ("{\"eventType\"".to_owned(), "400 line 1, column 12: not valid JSON".to_owned()),
        ("\u{feff} {\"eventType\":\"heartBeat\"}".to_owned(), "heartbeat None".to_owned()),
        ("".to_owned(), "415".to_owned()),
        ("--B".to_owned(), "415".to_owned()),
    ] {
        let named = read(&Format::Hikvision, "application/octet-stream", &HeaderMap::new(), body.as_bytes());
        assert_eq!(named, expected, "{body}");
    }
}
