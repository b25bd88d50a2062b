//! Every answer a provider may give, and what it is taken for.

use super::*;
use crate::channel::FailureReason as Reason;

fn rules(accepted_if: Option<&str>) -> Rules {
    let mut settings = WebhookSettings::new("https://example.cn/", "{}");
    settings.accepted_if = accepted_if.map(str::to_owned);
    settings.id = Some("body.id".to_owned());
    settings.exhausted_if = Some("body.code == 'AMOUNT_NOT_ENOUGH'".to_owned());
    settings.refused_if = Some("body.code == 'MOBILE_NUMBER_ILLEGAL'".to_owned());
    Rules::compile(&settings).unwrap()
}

#[track_caller]
fn check(accepted_if: Option<&str>, status: u16, body: &str, expected: &Outcome) {
    let answer = Answer { status, body: serde_json::from_str(body).ok(), retry_after: None, date: None };
    assert_eq!(rules(accepted_if).judge(&answer), *expected, "{status} {body}");
}

fn transient(reason: Reason) -> Outcome {
    Outcome::Failed(DeliveryError::Transient { reason, retry_after: None })
}

fn permanent(reason: Reason) -> Outcome {
    Outcome::Failed(DeliveryError::Permanent { reason })
}

fn unknown(reason: Reason) -> Outcome {
    Outcome::Failed(DeliveryError::Unknown { reason })
}

fn accepted() -> Outcome {
    Outcome::Accepted { provider_id: None }
}

#[test]
fn every_status_means_what_the_table_says() {
    for status in [200, 201, 202, 204] {
        check(None, status, "", &accepted());
    }
    for status in [301, 302, 304, 307] {
        check(None, status, "", &permanent(Reason::Redirected));
    }
    for status in [401, 403, 407] {
        check(None, status, "", &permanent(Reason::Auth));
    }
    for status in [400, 404, 405, 410, 413, 422] {
        check(None, status, "", &permanent(Reason::Refused));
    }
    for status in [421, 423, 425, 500, 501, 503, 507] {
        check(None, status, "", &transient(Reason::Server));
    }
    for status in [502, 504] {
        check(None, status, "", &unknown(Reason::Server));
    }
    check(None, 408, "", &transient(Reason::Timeout));
    check(None, 429, "", &transient(Reason::RateLimited));
    check(None, 402, "", &Outcome::Failed(DeliveryError::Exhausted { reason: Reason::Quota, until: None }));
    check(None, 999, "", &unknown(Reason::BadAnswer));
}

#[test]
fn a_refusal_inside_a_200_is_a_refusal() {
    let rule = Some("status == 200 and body.code == 0");
    check(rule, 200, r#"{"code": 0}"#, &accepted());
    check(rule, 200, r#"{"code": 17}"#, &transient(Reason::NotAccepted));
    check(rule, 200, r#"{"code": "MOBILE_NUMBER_ILLEGAL"}"#, &permanent(Reason::Refused));
    check(
        rule,
        200,
        r#"{"code": "AMOUNT_NOT_ENOUGH"}"#,
        &Outcome::Failed(DeliveryError::Exhausted { reason: Reason::Quota, until: None }),
    );
    check(rule, 500, r#"{"code": 0}"#, &transient(Reason::Server));
}

#[test]
fn what_cannot_be_evaluated_is_not_accepted_and_on_a_2xx_unknown() {
    for rule in
        ["status == 200 and body.code == 0", "body.code != 1", "body.result.code == 0", "body[0] == 0"]
    {
        for body in ["", "<html>", "{}", "{\"cod\": 0}", "{\"code\": "] {
            check(Some(rule), 200, body, &unknown(Reason::BadAnswer));
        }
    }
    check(Some("body.code == 0"), 404, "", &permanent(Reason::Refused));
    check(Some("body == 0"), 200, "", &unknown(Reason::BadAnswer));
    check(Some("body != 0"), 200, "", &unknown(Reason::BadAnswer));
}

#[test]
fn a_field_may_be_asked_about() {
    let rule = Some("body.error is not defined and body.list[0].code == 'Ok' and body.n|default(3) == 3");
    check(rule, 200, r#"{"list": [{"code": "Ok"}]}"#, &accepted());
    check(rule, 200, r#"{"list": [{"code": "no"}]}"#, &transient(Reason::NotAccepted));
    check(rule, 200, r#"{"error": {}, "list": []}"#, &transient(Reason::NotAccepted));
    check(rule, 200, r#"{"list": []}"#, &unknown(Reason::BadAnswer));
}

#[test]
fn a_redirect_is_never_an_acceptance() {
    check(Some("true"), 302, r#"{"code": 0}"#, &permanent(Reason::Redirected));
}

#[test]
fn the_providers_id_is_kept_where_it_is_one() {
    for (body, id) in [
        (r#"{"id": "116012354148^102813784414"}"#, Some("116012354148^102813784414")),
        (r#"{"id": 42}"#, Some("42")),
        (r#"{"id": null}"#, None),
        (r#"{"id": {"a": 1}}"#, None),
        (r#"{"id": "a\nb"}"#, None),
        (r#"{"id": ""}"#, None),
        ("{}", None),
    ] {
        check(None, 200, body, &Outcome::Accepted { provider_id: id.map(str::to_owned) });
    }
    let long = format!("{{\"id\": \"{}\"}}", "9".repeat(129));
    check(None, 200, &long, &accepted());
}

#[test]
fn a_wait_is_read_as_seconds_or_as_a_date_and_bounded() {
    let date = Some("Mon, 23 Nov 2026 08:00:00 GMT");
    for (value, from, seconds) in [
        (Some("7"), None, Some(7)),
        (Some(" 0 "), date, Some(0)),
        (Some("86400"), None, Some(3600)),
        (Some("Mon, 23 Nov 2026 08:01:30 GMT"), date, Some(90)),
        (Some("Mon, 23 Nov 2026 07:00:00 GMT"), date, Some(0)),
        (Some("Tue, 24 Nov 2026 08:00:00 GMT"), date, Some(3600)),
        (Some("Mon, 23 Nov 2026 08:01:30 GMT"), None, None),
        (Some("soon"), date, None),
        (Some("-1"), date, None),
        (None, date, None),
    ] {
        assert_eq!(retry_after(value, from), seconds.map(Duration::from_secs), "{value:?}");
    }
}

#[test]
fn a_bad_expression_is_refused_when_it_is_loaded() {
    for (field, source) in
        [("accepted_if", "status =="), ("id", "body.id +"), ("exhausted_if", "secret == 1")]
    {
        let mut settings = WebhookSettings::new("https://example.cn/", "{}");
        match field {
            "accepted_if" => settings.accepted_if = Some(source.to_owned()),
            "id" => settings.id = Some(source.to_owned()),
            _ => settings.exhausted_if = Some(source.to_owned()),
        }
        assert_eq!(Rules::compile(&settings).unwrap_err().field, field);
    }
}
