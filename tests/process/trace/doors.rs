//! Every door that writes, used once: what is sent there, and the fact that its yes promises.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::ROUNDS;
use super::order::Door;
use crate::daemon::{Site, TOKEN, client, event, until};
use crate::provider::Provider;
use crate::record::facts;

const OFFICER: &str = "+8613800000031";
const LIAISON: &str = "+8613800000012";
const LEADER: &str = "+8613800000011";
const HEAD: &str = "+8613800000041";

/// A door as the API document has it, what fills its braces, and the fact that its yes promises; whether it is sealed.
type At = (&'static str, String, &'static str, bool);

/// Somebody who goes from door to door and keeps a list of those they used.
struct Visit<'v> {
    site: &'v Site,
    provider: &'v Provider,
    bearer: String,
    doors: Vec<Door>,
}

/// Every yes that the API document has of a route that changes anything: `POST /v1/events 202`.
pub(super) fn documented() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let writes = ["post", "put", "patch", "delete"];
        for (method, operation) in
            methods.as_object().unwrap().iter().filter(|it| writes.contains(&it.0.as_str()))
        {
            let statuses = operation["responses"].as_object().unwrap().keys();
            let yes = statuses.filter(|status| status.starts_with('2'));
            found.extend(yes.map(|status| format!("{} {path} {status}", method.to_uppercase())));
        }
    }
    found
}

/// Uses every door that writes, and returns those that were used.
pub(super) async fn use_every_door(site: &Site, provider: &Provider) -> Vec<Door> {
    let mut visit = Visit { site, provider, bearer: TOKEN.to_owned(), doors: Vec::new() };
    visit.tell(("/v1/clock/trust", String::new(), "clock_trusted/1", false), json!({ "by": "head" })).await;
    visit.tell(("/v1/release", String::new(), "released/1", false), json!({ "by": "head" })).await;
    visit.tell(("/v1/arm", String::new(), "armed/1", false), json!({ "by": "head" })).await;
    let fever = visit.events().await;
    let case = visit.site.case("suspected", true).await;
    visit.answers(&case).await;
    visit.acts(&case).await;
    visit.signed_in().await;
    visit.lapses().await;
    visit.reports().await;
    visit.ends(&fever).await;
    visit.doors
}

/// The path of a door.
fn path((route, place, ..): &At) -> String {
    let mut path = (*route).to_owned();
    for word in place.split('/').filter(|word| !word.is_empty()) {
        let (before, rest) = path.split_once('{').unwrap();
        path = format!("{before}{word}{}", rest.split_once('}').unwrap().1);
    }
    path
}

impl Visit<'_> {
    fn used(&mut self, at: &At, status: u16) {
        let path = path(at);
        let yes = format!("HTTP/1.1 {status}");
        if !self.doors.iter().any(|door| door.path == path && door.yes == yes) {
            let (route, _, fact, seals) = at;
            self.doors.push(Door { route, path, yes, fact, seals: *seals, names: None });
        }
    }

    /// Posts what must be taken, and returns the answer.
    async fn tell(&mut self, at: At, body: Value) -> Value {
        let path = path(&at);
        let (status, answer) = self.post(&path, &body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        self.used(&at, status);
        answer
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let sent =
            client().post(self.site.url(path)).bearer_auth(&self.bearer).json(body).send().await.unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap())
    }

    /// The same again: no fact, for what the first one promised is on disk.
    async fn again(&mut self, at: At, body: Value, name: &str) {
        let answer = self.tell(at, body).await;
        assert_eq!(answer["duplicate"], true, "{answer}");
        self.doors.last_mut().unwrap().names = Some(answer[name].as_str().unwrap().to_owned());
    }

    /// Fever events by each way, and of each the first one again; the number of a case.
    async fn events(&mut self) -> String {
        let at = |route: &'static str, place: String| (route, place, "event_taken/1", true);
        let by_path = || at("/v1/sources/{source}/{secret}", format!("hr/{TOKEN}"));
        let mut case = Value::Null;
        for number in 0..ROUNDS {
            let by_token = at("/v1/events", String::new());
            case = self.tell(by_token, event(&format!("token-{number}"), false)).await;
            self.tell(by_path(), event(&format!("path-{number}"), false)).await;
        }
        self.again(at("/v1/events", String::new()), event("token-0", false), "event").await;
        self.again(by_path(), event("path-0", false), "event").await;
        case["case"].as_str().unwrap().to_owned()
    }

    /// The page, by the link of a message and by number and code, and what a provider tells of calls.
    async fn answers(&mut self, case: &str) {
        let alert = self.told("alert", OFFICER).await;
        let token = alert["link"].as_str().unwrap().split_once("/a/").unwrap().1.to_owned();
        let by_link = format!("code={}&act=confirm", alert["code"].as_str().unwrap());
        self.fill(("/a/{token}", token, "confirmed/1", false), by_link).await;
        let code = self.told("alert", HEAD).await["code"].as_str().unwrap().to_owned();
        let by_mobile = format!("mobile=%2B{}&code={code}&act=take", &HEAD[1..]);
        self.fill(("/a", String::new(), "taken/1", false), by_mobile).await;
        let alert = until("a call", 20, async || self.call("alert")).await;
        let receipt = |route: &'static str, place: String| (route, place, "receipt_taken/1", false);
        let by_token = receipt("/v1/receipts/{channel}", "voice".to_owned());
        self.tell(by_token, json!({ "key": alert, "state": "heard" })).await;
        let call = until("a call to the authority", 20, async || self.call("telephone")).await;
        let by_path = receipt("/v1/receipts/{channel}/{secret}", format!("voice/{TOKEN}"));
        self.tell(by_path, json!({ "key": call, "digits": "1" })).await;
        let proved = facts(&self.site.journal(), "telephone_proved/1").len();
        assert_eq!(proved, 1, "{case}");
    }

    /// Fills in the page.
    async fn fill(&mut self, at: At, form: String) {
        let sent = client().post(self.site.url(&path(&at))).body(form).bearer_auth(&self.bearer);
        let sent = sent.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
        let status = sent.status().as_u16();
        assert_eq!(status, 200, "{}", sent.text().await.unwrap());
        self.used(&at, status);
    }

    /// Fills in the page of a report that was filed, with other figures, and the page to sign in.
    async fn pages(&mut self, slot: &str) {
        let asked = ("/sign-in", String::new(), "sign_in_asked/1", false);
        self.fill(asked, format!("address=%2B{}&act=ask", &LIAISON[1..])).await;
        self.opens(LIAISON).await;
        let at = ("/f/{slot}", slot.to_owned(), "report_filed/1", true);
        let page = self.site.url(&format!("{}?correct=true", path(&at)));
        let page = client().get(page).bearer_auth(&self.bearer).send().await.unwrap().text().await.unwrap();
        let token = page.split_once("name=\"token\" value=\"").unwrap().1.split_once('"').unwrap().0;
        let figures = "zero=false&f.on_duty=22&f.travelling=0&f.fever=999&f.remark=none&act=file";
        self.fill(at, format!("token={token}&{figures}")).await;
        TOKEN.clone_into(&mut self.bearer);
    }

    /// The key of the first call for this purpose.
    fn call(&self, purpose: &str) -> Option<String> {
        let calls = self.provider.bodies("voice");
        let call = calls.into_iter().find(|call| call["purpose"] == purpose)?;
        call["key"].as_str().map(ToOwned::to_owned)
    }

    /// The first short message to somebody for this purpose.
    async fn told(&self, purpose: &str, to: &str) -> Value {
        until("a short message", 20, async || {
            let sms = self.provider.bodies("sms");
            sms.into_iter().find(|body| body["purpose"] == purpose && body["to"] == to)
        })
        .await
    }

    /// What the office does with a case.
    async fn acts(&mut self, case: &str) {
        let (by, towards) = (json!({ "by": "officer" }), json!({ "by": "officer", "authority": "sasac" }));
        let with = |what: &Value, more: Value| {
            let mut body = what.as_object().unwrap().clone();
            body.extend(more.as_object().unwrap().clone());
            Value::Object(body)
        };
        let taken = json!({ "outcome": "taken", "answered_by": "王处长" });
        for (route, fact, seals, body) in [
            ("/v1/cases/{case}/confirm", "confirmed/1", false, json!({ "by": "liaison" })),
            ("/v1/cases/{case}/take", "taken/1", false, with(&by, json!({ "take_over": true }))),
            ("/v1/cases/{case}/pass", "passed/1", false, with(&by, json!({ "to": "leader" }))),
            ("/v1/cases/{case}/note", "noted/1", true, with(&by, json!({ "text": "单独隔离" }))),
            (
                "/v1/cases/{case}/dispute",
                "proof_disputed/1",
                true,
                with(&towards, json!({ "reason": "录音" })),
            ),
            ("/v1/cases/{case}/telephone", "telephone_proved/1", true, with(&towards, taken)),
            (
                "/v1/cases/{case}/written",
                "written_drafted/1",
                true,
                with(&by, json!({ "content": { "next": "续报" } })),
            ),
            (
                "/v1/cases/{case}/receipt",
                "written_receipted/1",
                true,
                with(&towards, json!({ "reference": "国资函〔2026〕7号" })),
            ),
        ] {
            self.tell((route, case.to_owned(), fact, seals), body).await;
        }
    }

    /// Signs somebody in.
    async fn signs_in(&mut self, mobile: &str) {
        let asked = ("/v1/sign-in", String::new(), "sign_in_asked/1", false);
        self.tell(asked, json!({ "mobile": mobile })).await;
        self.opens(mobile).await;
    }

    /// Opens a session by the first code that went to somebody.
    async fn opens(&mut self, mobile: &str) {
        let code = self.told("sign-in", mobile).await["code"].clone();
        let opened = ("/v1/sign-in/code", String::new(), "session_opened/1", false);
        let session = self.tell(opened, json!({ "mobile": mobile, "code": code })).await;
        session["session"].as_str().unwrap().clone_into(&mut self.bearer);
    }

    /// A suspicion that was passed on late: the leader answers for it, and it is decided.
    async fn lapses(&mut self) {
        let mut late = event("late", true);
        late["discovered_at"] =
            json!((jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string());
        let told = self.site.tell("/v1/events", late).await;
        let lapses: Value = self.site.get("/v1/lapses").await;
        let is_it = |it: &&Value| it["about"]["event"] == told["event"];
        let found = lapses["lapses"].as_array().unwrap().iter().find(is_it).unwrap();
        let lapse = found["lapse"].as_str().unwrap().to_owned();
        self.signs_in(HEAD).await;
        let handover = self.site.get("/v1/handovers").await["handovers"][0]["handover"].to_string();
        let taken = ("/v1/handovers/{handover}/take", handover, "shift_taken/1", false);
        self.tell(taken, json!({})).await;
        let served = ("/v1/lapses/{lapse}/told", lapse.clone(), "lapses_told/1", true);
        self.tell(served, json!({ "person": "leader", "note": "当面送达" })).await;
        let packed = ("/v1/ledger/packs", String::new(), "ledger_exported/1", false);
        self.tell(packed, json!({ "lapse": lapse, "lapses": 1, "sha256": "0f".repeat(32) })).await;
        let head = self.bearer.clone();
        self.signs_in(LEADER).await;
        let statement = ("/v1/lapses/{lapse}/statement", lapse.clone(), "statement_made/1", true);
        self.tell(statement, json!({ "text": "当时在外地" })).await;
        self.bearer = head;
        let verdict = ("/v1/lapses/{lapse}/verdict", lapse, "verdict_given/1", true);
        self.tell(verdict, json!({ "clause": "none", "reason": "情有可原" })).await;
        TOKEN.clone_into(&mut self.bearer);
    }

    /// What a person does under their own sign-in.
    async fn signed_in(&mut self) {
        let case = self.site.case("ruled-out", true).await;
        self.signs_in(OFFICER).await;
        let ruled_out = json!({ "kind": "ruled_out", "reason": "核酸阴性", "second": "head" });
        self.tell(("/v1/cases/{case}/classification", case, "ruled_out/1", true), ruled_out).await;
        let offered = ("/v1/handovers", String::new(), "shift_offered/1", true);
        self.tell(offered, json!({ "role": "officer", "to": "head", "note": "勿忘巡查" })).await;
        self.tell(("/v1/sign-out", String::new(), "session_closed/1", false), json!({})).await;
        TOKEN.clone_into(&mut self.bearer);
    }

    /// A report, the same again, and a unit excused from another.
    async fn reports(&mut self) {
        let figures = json!({ "on_duty": 23, "travelling": 0, "fever": 999, "remark": "无" });
        let mut report = json!({ "unit": "finance", "form": "daily", "by": "liaison", "figures": figures });
        let at = || ("/v1/reports", String::new(), "report_filed/1", true);
        let filed = self.tell(at(), report.clone()).await;
        // Without its day it would be one for the next.
        report["day"] = filed["day"].clone();
        self.again(at(), report, "report").await;
        self.pages(filed["slot"].as_str().unwrap()).await;
        // Both forms are due at the same instants.
        let slot = filed["slot"].as_str().unwrap().replacen("daily", "travel", 1);
        let exempt = ("/v1/slots/{slot}/exempt", slot, "slot_exempted/1", true);
        self.tell(exempt, json!({ "by": "officer", "reason": "无出行" })).await;
    }

    /// What ends: a case and what is kept of it, and the daemon's arms.
    async fn ends(&mut self, case: &str) {
        let test = ("/v1/test", String::new(), "test_asked/1", false);
        self.tell(test, json!({ "person": "officer", "by": "sms" })).await;
        let closed = ("/v1/cases/{case}/close", case.to_owned(), "closed/1", true);
        self.tell(closed, json!({ "by": "officer", "reason": "痊愈" })).await;
        let at: At = ("/v1/cases/{case}/erase", case.to_owned(), "erased/1", true);
        let body = json!({ "by": "officer", "second": "head", "ground": "期满" });
        // What was said of the case is still on its way.
        let path = path(&at);
        until("the erasure", 20, async || (self.post(&path, &body).await.0 == 200).then_some(())).await;
        self.used(&at, 200);
        let until = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(1);
        let announced = ("/v1/maintenance", String::new(), "maintenance_announced/1", true);
        let body = json!({ "by": "head", "until": until.to_string(), "reason": "更换证书" });
        let maintenance = self.tell(announced, body).await["maintenance"].to_string();
        let ended = ("/v1/maintenance/{maintenance}/end", maintenance, "maintenance_ended/1", false);
        self.tell(ended, json!({ "by": "head" })).await;
        let away = ("/v1/absences", String::new(), "absence_recorded/1", true);
        let body = json!({ "by": "head", "person": "officer", "until": until.to_string(), "why": "leave",
            "note": "家中有事" });
        let absence = self.tell(away, body).await["absence"].to_string();
        let back = ("/v1/absences/{absence}/end", absence, "absence_ended/1", false);
        self.tell(back, json!({ "by": "head" })).await;
        let disarmed = ("/v1/disarm", String::new(), "disarmed/1", true);
        self.tell(disarmed, json!({ "by": "head", "reason": "演练结束" })).await;
    }
}
