//! Every operation of the API document is tried: what it answers stands in the document, and what stands there is
//! answered.

mod pages;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::acts;
use crate::app::{TestApp, Told};
use crate::document::{Document, Operation};
use crate::lapses;

/// Statuses that need a hand on time, on load or on the configuration, and where they are held.
const ELSEWHERE: [(u16, &str); 3] = [
    (408, "the tests of `http::body` hold a body back"),
    (429, "errors.rs hurries, codes.rs types wrong codes"),
    (503, "unavailable.rs holds, and lacks the vault"),
];

/// What somebody entered, by the number of its entry.
const ENTERED: [&str; 3] = ["{maintenance}", "{absence}", "{handover}"];

/// One operation under trial.
struct Trial<'a> {
    app: &'a TestApp,
    operation: &'a Operation<'a>,
    /// Of somebody who may.
    token: String,
    /// The path with its parameters.
    path: String,
    seen: BTreeSet<u16>,
    mistakes: Vec<String>,
}

impl Trial<'_> {
    fn hear(&mut self, told: &Told) -> u16 {
        self.seen.insert(told.status);
        self.mistakes.extend(self.operation.mistakes(told));
        told.status
    }

    #[track_caller]
    fn check(&mut self, told: &Told, status: u16, why: &str) {
        if self.hear(told) != status {
            let name = self.operation.name();
            self.mistakes.push(format!("{name}: {why}: {}, not {status}: {}", told.status, told.text));
        }
    }

    async fn raw(&self, kind: &str, body: &str) -> Told {
        let mut request = Request::post(&self.path).header("content-type", kind);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        self.app.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn post(&self, body: &Value) -> Told {
        self.raw("application/json", &body.to_string()).await
    }

    /// Who shows nothing, nonsense, or a credential without the right.
    async fn by_strangers(&mut self) {
        let method: Method = self.operation.method.to_uppercase().parse().unwrap();
        let example = self.operation.example();
        let security = self.operation.security();
        let mut strangers = vec![String::new(), "nonsense".to_owned()];
        if security.contains(&"bearer") {
            strangers.extend(["read", "unit"].map(str::to_owned));
            strangers.push(self.app.sign_in("nobody", "+8613800000055").await);
        }
        for (at, token) in strangers.into_iter().enumerate() {
            let told = self.app.ask(&method, &self.path, &token, example).await;
            if at < 2 && !security.is_empty() {
                self.check(&told, 401, "without a credential");
                if self.operation.body().is_some() && !security.contains(&"signature") {
                    let told = self.app.post(&self.path, &token, &json!([])).await;
                    self.check(&told, 401, "without a credential, whatever the body is");
                }
            } else {
                self.hear(&told);
            }
        }
    }

    /// A path that leads nowhere.
    async fn elsewhere(&mut self) {
        let operation = self.operation;
        let method: Method = operation.method.to_uppercase().parse().unwrap();
        let example = operation.example();
        if operation.path.contains("{case}") {
            let path = operation.path.replace("{case}", "C-20261123-9999");
            let told = self.app.ask(&method, &path, &self.token, example).await;
            self.check(&told, 404, "of a case that is not there");
        }
        if operation.path.contains("{lapse}") {
            let path = operation.path.replace("{lapse}", "nonsense");
            let told = self.app.ask(&method, &path, &self.token, example).await;
            self.check(&told, 404, "of a lapse that is not there");
        }
        if operation.path.contains("{slot}") {
            let path = operation.path.replace("{slot}", "nonsense");
            let told = self.app.ask(&method, &path, &self.token, example).await;
            self.check(&told, 404, "of what is no slot");
        }
        if operation.path.contains("{form}") {
            let path = operation.path.replace("{form}", "nonsense");
            let told = self.app.ask(&method, &path, &self.token, example).await;
            self.check(&told, 404, "of a form that is not there");
        }
        for entered in ENTERED.into_iter().filter(|it| operation.path.contains(it)) {
            let path = operation.path.replace(entered, "999999");
            let told = self.app.ask(&method, &path, &self.token, example).await;
            self.check(&told, 404, "of what nobody entered");
        }
        if operation.path == "/v1/reports" {
            let mut ahead = example.cloned().unwrap();
            ahead["day"] = json!("2026-12-23");
            let told = self.post(&ahead).await;
            self.check(&told, 409, "of a day far ahead");
        }
        if operation.path.contains("{secret}") {
            let path = self.path.rsplit_once('/').unwrap().0.to_owned() + "/nonsense";
            let told = self.app.ask(&method, &path, "", example).await;
            self.check(&told, 401, "with another secret");
        }
        if operation.path.contains("{token}") && operation.method == "get" {
            let told = self.app.get("/a/abcdefghijklmno", "").await;
            self.check(&told, 404, "a dead link");
        }
        // What goes with a spreadsheet: sheets.rs.
        for query in operation.queries().into_iter().filter(|_| operation.method == "get") {
            let name = query["name"].as_str().unwrap();
            let wrong = [
                ("state", "nonsense", 422),
                ("limit", "nonsense", 400),
                ("after", "", 200),
                ("form", "nonsense", 422),
                ("unit", "nonsense", 200),
                ("from", "nonsense", 422),
                ("to", "nonsense", 422),
                ("month", "nonsense", 422),
                ("day", "nonsense", 422),
                ("number", "nonsense", 400),
                ("format", "nonsense", 422),
                ("language", "nonsense", 422),
                ("correct", "nonsense", 400),
                ("code", "nonsense", 404),
            ];
            let (_, value, status) = wrong.into_iter().find(|(known, ..)| *known == name).unwrap();
            let told = self.app.get(&format!("{}?{name}={value}", self.path), &self.token).await;
            self.check(&told, status, name);
            let told = self.app.get(&format!("{}?{name}=1&{name}=1", self.path), &self.token).await;
            self.check(&told, 400, "the same twice");
        }
    }

    /// Bodies that are none, and every field of the schema: lacking where it is required, and of another kind.
    async fn by_bodies(&mut self) {
        let Some(schema) = self.operation.body() else { return };
        let device = self.operation.path.contains("/sources/");
        let told = self.raw("application/json", "{").await;
        self.check(&told, 400, "half a body");
        let bound = if self.operation.path == "/v1/reports" { 8 << 20 } else { 64 << 10 };
        let told = self.raw("application/json", &" ".repeat(bound + 1)).await;
        self.check(&told, 413, "too large");
        let told = self.raw("text/plain", "a,b").await;
        self.check(&told, 415, "plain text");
        let example = &schema["example"];
        self.mistakes.extend(self.operation.document.mistakes(schema, example, &self.operation.name()));
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            let mut lacking = example.clone();
            lacking.as_object_mut().unwrap().remove(name);
            let told = self.post(&lacking).await;
            self.points(&told, name);
        }
        for (name, property) in schema["properties"].as_object().unwrap() {
            let free = property["x-never-refused"] == true
                || property.get("type").is_none()
                    && property.get("$ref").is_none()
                    && property.get("enum").is_none();
            if !free && !device {
                let mut wrong = example.clone();
                wrong[name] = json!([[]]);
                let told = self.post(&wrong).await;
                self.points(&told, name);
            }
        }
    }

    fn points(&mut self, told: &Told, name: &str) {
        self.check(told, 422, name);
        let at = told.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        if at != format!("/{name}") && !at.starts_with(&format!("/{name}/")) {
            self.mistakes.push(format!("{}: {name}: points at {at:?}", self.operation.name()));
        }
    }

    /// Once as the example says, and once more, or where the state stands against it.
    async fn in_earnest(&mut self) {
        let example = self.operation.example();
        let method: Method = self.operation.method.to_uppercase().parse().unwrap();
        for again in [false, true] {
            if let Some(act) = self.operation.path.strip_prefix("/v1/cases/{case}/") {
                let app = TestApp::armed().await;
                let case = if again { acts::refusing(&app, act).await } else { acts::ready(&app, act).await };
                let session = app.sign_in("clerk", "+8613800000051").await;
                let path = self.operation.path.replace("{case}", &case);
                let told = app.ask(&method, &path, &session, example).await;
                self.check(&told, if again { 409 } else { 200 }, "in earnest");
                continue;
            }
            if self.operation.path.starts_with("/v1/lapses/{lapse}/") {
                self.of_lapse(again).await;
                continue;
            }
            if (self.operation.path, again) == ("/v1/arm", false)
                || (self.operation.path, again) == ("/v1/test", true)
            {
                let reason = json!({ "by": "clerk", "reason": "a drill" });
                assert_eq!(self.app.post("/v1/disarm", "office", &reason).await.status, 200);
            }
            if again
                && ["post /v1/maintenance", "post /v1/absences"].contains(&self.operation.name().as_str())
            {
                for _ in 0..20 {
                    self.app.post(&self.path, &self.token, example.unwrap()).await;
                }
            }
            if again && self.operation.path.starts_with("/v1/handovers") && self.operation.method == "post" {
                // Neither on duty, nor the one to whom it is handed.
                self.token = self.app.sign_in("technician", "+8613800000054").await;
            }
            let mut example = example.cloned();
            if let (Some(example), "/v1/sign-in/code", false) = (&mut example, self.operation.path, again) {
                example["code"] = json!(self.app.sign_in_code("clerk"));
            }
            if let (Some(example), "/v1/reports") = (&mut example, self.operation.path) {
                // The unit has cases: its zero is taken where its filer says why it stands.
                (example["stands"], example["reason"]) = (json!(true), json!("retested"));
            }
            let told = self.app.ask(&method, &self.path, &self.token, example.as_ref()).await;
            self.hear(&told);
        }
    }

    /// A notice that is handed over, and once more; a statement by whoever is named, and by somebody else; a verdict
    /// when they were heard, and before.
    async fn of_lapse(&mut self, refused: bool) {
        let app = TestApp::armed().await;
        let lapse = lapses::breached(&app).await;
        let path = self.operation.path.replace("{lapse}", &lapse);
        let inspector = app.sign_in(lapses::INSPECTOR.0, lapses::INSPECTOR.1).await;
        let token = match (self.operation.path.ends_with("verdict"), refused) {
            (true, false) => {
                lapses::heard(&app, &lapse).await;
                inspector
            }
            (true, true) | (false, true) => inspector,
            (false, false) if self.operation.path.ends_with("told") => inspector,
            (false, false) => app.sign_in("officer", "+8613800000031").await,
        };
        if refused && self.operation.path.ends_with("told") {
            app.post(&path, &token, self.operation.example().unwrap()).await;
        }
        let told = app.post(&path, &token, self.operation.example().unwrap()).await;
        self.check(&told, if refused { 409 } else { 200 }, "of a lapse");
    }
}

async fn prepared(app: &TestApp, operation: &Operation<'_>) -> (String, String, String) {
    let case = app.case("sweep", "finance", true).await;
    app.pass(0).await;
    let token = match operation.security().first() {
        None => String::new(),
        Some(&"source") => "hr".to_owned(),
        Some(&"channel") => "voice".to_owned(),
        Some(_) if operation.path == "/h" || operation.name() == "post /v1/handovers" => {
            app.sign_in("officer", "+8613800000031").await
        }
        Some(_) => app.sign_in("clerk", "+8613800000051").await,
    };
    if operation.path == "/v1/sign-in/code" {
        app.post("/v1/sign-in", "", &json!({ "mobile": "+8613800000051" })).await;
    }
    let (lapse, token) = if operation.path.contains("{lapse}") {
        (lapses::breached(app).await, app.sign_in(lapses::INSPECTOR.0, lapses::INSPECTOR.1).await)
    } else {
        (String::new(), token)
    };
    let mut maintenance = String::new();
    if operation.path.contains("{maintenance}") {
        let announced = json!({ "by": "clerk", "until": "2026-11-23T11:00:00Z", "reason": "certificates" });
        maintenance =
            app.post("/v1/maintenance", "office", &announced).await.json()["maintenance"].to_string();
        app.pass(1).await;
    }
    let mut absence = String::new();
    if operation.path.contains("{absence}") {
        let entered = json!({ "by": "clerk", "until": "2026-11-23T11:00:00Z", "why": "leave" });
        absence = app.post("/v1/absences", "office", &entered).await.json()["absence"].to_string();
        app.pass(1).await;
    }
    let mut handover = String::new();
    if operation.path.contains("{handover}") {
        let officer = app.sign_in("officer", "+8613800000031").await;
        let offer = json!({ "role": "officer", "to": "clerk" });
        handover = app.post("/v1/handovers", &officer, &offer).await.json()["handover"].to_string();
    }
    let secret = if operation.path.contains("{source}") { "hr" } else { "voice" };
    let path =
        operation.path.replace("{case}", &case).replace("{source}", "hr").replace("{channel}", "voice");
    let path = path.replace("{secret}", secret).replace("{slot}", "daily.trade.2026-11-23.1");
    let path = path.replace("{form}", "travel").replace("{lapse}", &lapse);
    let path = path
        .replace("{maintenance}", &maintenance)
        .replace("{absence}", &absence)
        .replace("{handover}", &handover);
    let path = if path.contains("{token}") { crate::codes::link(app, "officer", &case).await } else { path };
    (case, token, path)
}

#[tokio::test]
async fn every_answer_is_in_the_document_and_every_answer_of_the_document_is_given() {
    let document = Document::of(&TestApp::start()).await;
    let mut mistakes = Vec::new();
    let mut seen: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    for operation in document.operations() {
        let app = TestApp::armed().await;
        let (case, token, path) = prepared(&app, &operation).await;
        let mut trial = Trial {
            app: &app,
            operation: &operation,
            token,
            path,
            seen: BTreeSet::new(),
            mistakes: Vec::new(),
        };
        trial.by_strangers().await;
        trial.elsewhere().await;
        trial.by_bodies().await;
        if operation.method == "post" && operation.path.starts_with("/a") {
            pages::by_answer(&mut trial, &case).await;
        } else if operation.name() == "post /sign-in" {
            pages::by_sign_in(&mut trial).await;
        } else if operation.name() == "post /f/{slot}" {
            pages::by_report(&mut trial).await;
        } else if operation.name() == "post /h" {
            pages::by_handover(&mut trial).await;
        } else {
            trial.in_earnest().await;
        }
        mistakes.extend(trial.mistakes);
        seen.insert(operation.name(), trial.seen);
    }
    for operation in document.operations() {
        let elsewhere = |status: &u16| ELSEWHERE.iter().any(|(known, _)| known == status);
        let seen = &seen[&operation.name()];
        for status in operation.statuses().into_iter().filter(|status| !elsewhere(status)) {
            // Between the look at a case and the press of a button somebody else may close it.
            let race = status == 409 && operation.path.starts_with("/a");
            if !seen.contains(&status) && !race {
                mistakes.push(format!("{}: nothing was answered {status}", operation.name()));
            }
        }
    }
    assert!(mistakes.is_empty(), "{} {mistakes:#?}", mistakes.len());
}
