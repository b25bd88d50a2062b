//! The pages' forms, each with what it refuses.

use super::Trial;
use crate::browser::carried;

/// The page where a case is answered.
pub(super) async fn by_answer(trial: &mut Trial<'_>, case: &str) {
    let app = trial.app;
    let code = app.codes.four("officer", case);
    let wrong = if code == "0000" { "0001" } else { "0000" };
    let mobile = "mobile=13800000031";
    for (body, status) in [
        (format!("{mobile}&act=take&code={wrong}"), 403),
        (format!("{mobile}&code={code}"), 422),
        (format!("{mobile}&act=take&code={code}"), 200),
        ("a".repeat(65_537), 413),
    ] {
        let told = app.form(&trial.path, &body).await;
        trial.check(&told, status, "a form");
    }
    let told = trial.raw("application/x-www-form-urlencoded", "act=take&act=take").await;
    trial.check(&told, 400, "the same twice");
    let told = trial.raw("application/json", "{}").await;
    trial.check(&told, 415, "no form");
    if trial.operation.path.ends_with("{token}") {
        let told = app.form("/a/abcdefghijklmno", &format!("act=take&code={code}")).await;
        trial.check(&told, 404, "a dead link");
    }
}

/// The page to sign in.
pub(super) async fn by_sign_in(trial: &mut Trial<'_>) {
    let app = trial.app;
    let address = "address=13800000051";
    let ask = app.form(&trial.path, &format!("{address}&act=ask")).await;
    trial.check(&ask, 200, "asks for a code");
    let code = app.sign_in_code("clerk");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for (body, status) in [
        (format!("{address}&act=open&code={wrong}"), 403),
        (format!("{address}&act=open&code={code}"), 303),
        ("a".repeat(65_537), 413),
        ("act=ask&act=ask".to_owned(), 400),
    ] {
        let told = app.form(&trial.path, &body).await;
        trial.check(&told, status, "the page to sign in");
    }
    let told = trial.raw("application/json", "{}").await;
    trial.check(&told, 415, "no form");
}

/// The page of a report, by the clerk, for a unit that has a case.
pub(super) async fn by_report(trial: &mut Trial<'_>) {
    let app = trial.app;
    app.case("report", "trade", true).await;
    let page = app.get(&trial.path, &trial.token).await;
    let carried = serde_urlencoded::to_string(carried(&page)).unwrap();
    let form = "application/x-www-form-urlencoded";
    let zero = format!("{carried}&zero=true&asked=3&total=3&act=file");
    for (kind, body, status) in [
        (form, zero.clone(), 409),
        (form, format!("{carried}&act=file"), 422),
        (form, "act=file".to_owned(), 403),
        ("multipart/form-data", String::new(), 400),
        (form, "a".repeat((8 << 20) + 1), 413),
        ("text/plain", zero.clone(), 415),
        (form, format!("{zero}&stands=true&reason=retested"), 200),
    ] {
        let told = trial.raw(kind, &body).await;
        trial.check(&told, status, "the page of a report");
    }
}

/// The page of handovers, by the officer on duty, after whom nobody is in the rotation.
pub(super) async fn by_handover(trial: &mut Trial<'_>) {
    let app = trial.app;
    let page = app.get(&trial.path, &trial.token).await;
    let token = carried(&page).into_iter().find(|(name, _)| name == "token").unwrap().1;
    let head = app.sign_in("head", "+8613800000041").await;
    let body = serde_json::json!({ "role": "leader", "to": "officer" });
    let offered = app.post("/v1/handovers", &head, &body).await.json()["handover"].to_string();
    let form = "application/x-www-form-urlencoded";
    let token = serde_urlencoded::to_string([("token", token)]).unwrap();
    for (kind, body, status) in [
        (form, format!("{token}&act=offer&role=officer"), 422),
        (form, format!("{token}&act=offer&role=leader"), 409),
        (form, format!("{token}&act=take&handover=999999"), 404),
        (form, format!("act=take&handover={offered}"), 403),
        (form, "act=take&act=take".to_owned(), 400),
        (form, "a".repeat(65_537), 413),
        ("application/json", "{}".to_owned(), 415),
        (form, format!("{token}&act=take&handover={offered}"), 303),
    ] {
        let told = trial.raw(kind, &body).await;
        trial.check(&told, status, "the page of handovers");
    }
}
