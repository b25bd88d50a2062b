//! Who may do what: one line for each caller, one column for each kind of call.

use serde_json::{Value, json};

use crate::app::TestApp;

/// The calls of the table, each harmless: a right that is there shows as 200, or as what the state or the body is
/// refused for.
const CALLS: [&str; 27] = [
    "list",
    "see",
    "see-other",
    "note",
    "note-other",
    "classify",
    "erase",
    "arm",
    "release",
    "maintain",
    "away",
    "away-other",
    "test",
    "lapses",
    "export",
    "statement",
    "told",
    "verdict",
    "head",
    "event",
    "device",
    "receipt",
    "receipt-path",
    "mine",
    "form",
    "handovers",
    "hand-over",
];

/// Statuses in the order of `CALLS`. Who does not see a case is told that there is none.
const TABLE: &str = "
# programs lis see oth not oth cls era arm rel mai awa oth tes lap exp sta tol ver hea eve dev rec pat min for hos hop
office     200 200 200 200 200 403 409 409 200 422 422 422 422 200 200 403 403 403 200 401 401 401 401 403 403 200 403
unit       200 200 404 200 404 403 409 403 403 403 403 403 403 403 403 403 403 403 200 401 401 401 401 403 403 403 403
discipline 200 404 404 404 404 403 404 403 403 403 403 403 403 200 200 403 403 403 200 401 401 401 401 403 403 200 403
operator   200 404 404 404 404 403 404 403 200 422 403 403 422 403 403 403 403 403 200 401 401 401 401 403 403 403 403
read       200 200 200 403 403 403 403 403 403 403 403 403 403 403 403 403 403 403 200 401 401 401 401 403 403 403 403
hr         401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 422 422 401 401 401 401 401 401
voice      401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 422 422 401 401 401 401
# sessions
clerk      200 200 200 200 200 409 409 409 200 422 422 422 422 200 200 409 422 403 200 401 401 401 401 200 200 200 409
officer    200 200 200 200 200 409 409 403 403 403 422 403 403 200 403 404 404 404 200 401 401 401 401 200 200 200 422
head       200 200 200 200 200 409 409 403 403 403 422 403 403 200 403 404 404 404 200 401 401 401 401 200 200 200 409
leader     200 200 404 200 404 409 409 403 403 403 422 403 403 200 403 200 403 403 200 401 401 401 401 200 200 200 409
liaison    200 200 404 200 404 409 409 403 403 403 422 403 403 200 403 404 404 404 200 401 401 401 401 200 200 200 409
trader     200 404 200 404 200 404 404 403 403 403 422 422 403 200 403 404 404 404 200 401 401 401 401 200 403 200 409
reader     200 200 200 403 403 403 403 403 403 403 422 403 403 200 403 404 404 404 200 401 401 401 401 200 403 200 409
inspector  200 404 404 404 404 404 404 403 403 403 422 403 403 200 200 409 422 200 200 401 401 401 401 200 403 200 409
technician 200 404 404 404 404 404 404 403 200 422 422 403 422 200 403 404 404 404 200 401 401 401 401 200 403 200 409
nobody     200 404 404 404 404 404 404 403 403 403 422 403 403 200 403 404 404 404 200 401 401 401 401 200 403 200 409
# neither
none       401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 404 401 404 401 401 401 401
wrong      401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401 401
";

const PEOPLE: [(&str, &str); 10] = [
    ("clerk", "+8613800000051"),
    ("officer", "+8613800000031"),
    ("head", "+8613800000041"),
    ("leader", "+8613800000011"),
    ("liaison", "+8613800000012"),
    ("trader", "+8613800000013"),
    ("reader", "+8613800000052"),
    ("inspector", "+8613800000053"),
    ("technician", "+8613800000054"),
    ("nobody", "+8613800000055"),
];

/// Which case is whose.
struct Cases {
    finance: String,
    trade: String,
    /// What the leader of finance passed on late.
    lapse: String,
}

async fn call(app: &TestApp, cases: &Cases, (what, token): (&str, &str), by: &Value) -> u16 {
    let at = |case: &str, act: &str| format!("/v1/cases/{case}{act}");
    let (path, body) = match what {
        "list" => ("/v1/cases".to_owned(), None),
        "see" => (at(&cases.finance, ""), None),
        "see-other" => (at(&cases.trade, ""), None),
        "note" => (at(&cases.finance, "/note"), Some(json!({ "by": by, "text": "seen" }))),
        "note-other" => (at(&cases.trade, "/note"), Some(json!({ "by": by, "text": "seen" }))),
        // It is held to be suspected already.
        "classify" => (
            at(&cases.finance, "/classification"),
            Some(json!({ "by": by, "kind": "suspected", "reason": "seen" })),
        ),
        // It is open.
        "erase" => {
            (at(&cases.finance, "/erase"), Some(json!({ "by": by, "second": "head", "ground": "asked" })))
        }
        // It is not armed.
        "arm" => ("/v1/disarm".to_owned(), Some(json!({ "by": by, "reason": "asked" }))),
        "release" => ("/v1/release".to_owned(), Some(json!({ "by": by }))),
        // It is not said until when.
        "maintain" => ("/v1/maintenance".to_owned(), Some(json!({ "by": by, "reason": "asked" }))),
        // It is not said until when.
        "away" => ("/v1/absences".to_owned(), Some(json!({ "by": by, "why": "leave" }))),
        "away-other" => {
            ("/v1/absences".to_owned(), Some(json!({ "by": by, "person": "trader", "why": "leave" })))
        }
        // Nobody is named.
        "test" => ("/v1/test".to_owned(), Some(json!({}))),
        "lapses" => ("/v1/lapses".to_owned(), None),
        "export" => ("/v1/ledger?format=csv".to_owned(), None),
        "statement" => {
            (format!("/v1/lapses/{}/statement", cases.lapse), Some(json!({ "by": by, "text": "迟了" })))
        }
        "told" => {
            let served = json!({ "by": by, "person": "clerk", "note": "当面送达" });
            (format!("/v1/lapses/{}/told", cases.lapse), Some(served))
        }
        "verdict" => {
            let none = json!({ "by": by, "clause": "none", "reason": "初次" });
            (format!("/v1/lapses/{}/verdict", cases.lapse), Some(none))
        }
        "head" => ("/v1/ledger/head".to_owned(), None),
        // Nothing is told.
        "event" => ("/v1/events".to_owned(), Some(json!({}))),
        // The token stands in the path; whoever shows none has another path.
        "device" => (format!("/v1/sources/hr/{token}"), Some(json!({}))),
        "receipt" => ("/v1/receipts/voice".to_owned(), Some(json!({}))),
        "receipt-path" => (format!("/v1/receipts/voice/{token}"), Some(json!({}))),
        "mine" => ("/f".to_owned(), None),
        "handovers" => ("/v1/handovers".to_owned(), None),
        // Nobody is next.
        "hand-over" => ("/v1/handovers".to_owned(), Some(json!({ "role": "officer" }))),
        "form" => ("/f/daily.finance.2026-11-23.1".to_owned(), None),
        other => panic!("no such call: {other}"),
    };
    match body {
        None => app.get(&path, token).await.status,
        Some(body) => app.post(&path, token, &body).await.status,
    }
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_no_more() {
    let app = TestApp::start();
    let cases = Cases {
        finance: app.case("hr-1", "finance", true).await,
        trade: app.case("hr-2", "trade", true).await,
        lapse: crate::lapses::passed_on_late(&app).await,
    };
    let mut differs = Vec::new();
    let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut tried = 0;
    for line in lines {
        let mut words = line.split_whitespace();
        let caller = words.next().unwrap();
        let (token, by) = match PEOPLE.iter().find(|(person, _)| *person == caller) {
            Some((person, mobile)) => (app.sign_in(person, mobile).await, Value::Null),
            None if caller == "none" => (String::new(), json!("clerk")),
            None => (caller.to_owned(), json!("clerk")),
        };
        let wanted: Vec<u16> = words.map(|word| word.parse().unwrap()).collect();
        assert_eq!(wanted.len(), CALLS.len(), "{line}");
        for (what, wanted) in CALLS.into_iter().zip(wanted) {
            let told = call(&app, &cases, (what, &token), &by).await;
            if told != wanted {
                differs.push(format!("{caller} {what}: {told}, not {wanted}"));
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 19 * CALLS.len());
    assert!(differs.is_empty(), "{differs:#?}");
}

#[tokio::test]
async fn a_session_speaks_for_nobody_else() {
    let app = TestApp::start();
    let case = app.case("hr-1", "finance", true).await;
    let leader = app.sign_in("leader", "+8613800000011").await;
    let told = app.post(&format!("/v1/cases/{case}/take"), &leader, &json!({ "by": "officer" })).await;
    assert_eq!(told.status, 422, "{}", told.text);
    assert_eq!(told.json()["errors"][0]["pointer"], "/by");
    assert!(!told.text.contains("officer"), "{}", told.text);
}
