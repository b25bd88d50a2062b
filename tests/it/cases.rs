//! Events and cases in the contract's shapes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{TestApp, Told, event};
use watchfire::time::Clock as _;

#[tokio::test]
async fn an_event_is_answered_as_the_contract_says_and_the_same_again_with_the_first_answer() {
    let app = TestApp::start();
    let told = app.post("/v1/events", "hr", &event("hr-1", "finance", true)).await;
    assert_eq!(told.status, 202);
    let first = told.json();
    let wanted = json!({
        "event": first["event"], "outcome": "case_opened", "case": "C-20261123-0001", "kind": "suspected",
        "clocks": [{
            "authority": "sasac", "anchor": "2026-11-23T00:00:00.000Z", "phone_due": "2026-11-23T00:30:00.000Z",
            "written_due": "2026-11-23T00:30:00.000Z",
        }],
    });
    assert_eq!(first, wanted);
    assert!(first["event"].is_string());
    let again = app.post("/v1/events", "hr", &event("hr-1", "finance", true)).await;
    let mut wanted = wanted;
    wanted["duplicate"] = json!(true);
    assert_eq!((again.status, again.json()), (200, wanted));
}

/// What is sealed at the door, by its keys in a case.
const PERSONAL: [&str; 5] = ["person", "place", "details", "measures", "symptoms"];

/// Whether a caller is shown what is personal; nobody is shown half of it.
#[track_caller]
fn is_shown(told: &Told) -> bool {
    let shown = told.json();
    let keys = PERSONAL.iter().filter(|key| shown.get(key).is_some()).count();
    let words = told.text.contains("王小明") && told.text.contains("一楼大厅");
    assert!(keys == if words { PERSONAL.len() } else { 0 }, "{}", told.text);
    assert!(words || !told.text.contains("王小明") && !told.text.contains("一楼大厅"), "{}", told.text);
    words
}

#[tokio::test]
async fn what_is_personal_is_shown_to_those_who_work_on_cases_and_to_nobody_else() {
    let app = TestApp::start();
    let case = app.case("hr-1", "finance", true).await;
    let path = format!("/v1/cases/{case}");
    for (program, shown) in [("office", true), ("unit", false), ("read", false)] {
        assert_eq!(is_shown(&app.get(&path, program).await), shown, "{program}");
    }
    // The office, on duty as officer and as leader and by that a member of the body; then units, and the right to read.
    for (person, mobile, shown) in [
        ("clerk", "+8613800000051", true),
        ("officer", "+8613800000031", true),
        ("head", "+8613800000041", true),
        ("leader", "+8613800000011", false),
        ("liaison", "+8613800000012", false),
        ("reader", "+8613800000052", false),
    ] {
        let session = app.sign_in(person, mobile).await;
        let told = app.get(&path, &session).await;
        assert_eq!((told.status, is_shown(&told)), (200, shown), "{person}");
    }
}

#[tokio::test]
async fn the_right_to_see_what_is_personal_ends_with_the_shift() {
    let app = TestApp::start();
    let case = app.case("hr-1", "finance", true).await;
    let path = format!("/v1/cases/{case}");
    let mut days = Vec::new();
    for _ in 0..2 {
        let early = app.sign_in("early", "+8613800000061").await;
        let late = app.sign_in("late", "+8613800000062").await;
        let (early, late) = (app.get(&path, &early).await, app.get(&path, &late).await);
        days.push(((early.status, is_shown(&early)), (late.status, is_shown(&late))));
        app.pass(24 * 60).await;
    }
    let (on, off) = ((200, true), (404, false));
    assert!(days == [(on, off), (off, on)] || days == [(off, on), (on, off)], "{days:?}");
}

#[tokio::test]
async fn closed_cases_are_listed_when_they_have_left_memory_page_by_page() {
    let app = TestApp::start();
    for number in 1..=5 {
        let case =
            app.case(&format!("hr-{number}"), if number == 2 { "trade" } else { "finance" }, false).await;
        if number < 5 {
            let (path, body) =
                (format!("/v1/cases/{case}/close"), json!({ "by": "head", "reason": "复测正常" }));
            assert_eq!(app.post(&path, "office", &body).await.status, 200);
        }
    }
    let listed = async |query: &str, token: &str| {
        let told = app.get(&format!("/v1/cases{query}"), token).await.json();
        let cases: Vec<String> = told["cases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|case| {
                case["case"].as_str().unwrap().rsplit('-').next().unwrap().trim_start_matches('0').to_owned()
            })
            .collect();
        (cases.join(" "), told["next"].as_str().map(|next| next.rsplit('-').next().unwrap().to_owned()))
    };
    assert_eq!(listed("?state=closed", "office").await, ("1 2 3 4".to_owned(), None));
    app.pass(26 * 60).await;
    app.settled().await;
    assert_eq!(app.published().state.cases.size(), 1, "what is closed has left memory");
    assert_eq!(listed("?state=closed", "office").await, ("1 2 3 4".to_owned(), None));
    assert_eq!(listed("", "office").await, ("1 2 3 4 5".to_owned(), None));
    assert_eq!(listed("?state=open", "office").await, ("5".to_owned(), None));
    assert_eq!(listed("?state=closed&limit=2", "office").await, ("1 2".to_owned(), Some("0002".to_owned())));
    let after = "&after=C-20261123-0002";
    assert_eq!(
        listed(&format!("?limit=2{after}"), "office").await,
        ("3 4".to_owned(), Some("0004".to_owned()))
    );
    assert_eq!(listed("?state=closed", "unit").await.0, "1 3 4", "a unit sees its own");
}

/// The contract's own example of a case, word for word.
const CONTRACT: &str = r#"
{ "case": "C-20261123-0001", "unit": "finance", "kind": "suspected", "state": "open", "anchor": "…",
  "suspected_since": "…", "opened_at": "…",
  "handler": { "person": "p31", "since": "…" },
  "confirmations": [ { "by": "p31", "at": "…", "via": "code", "kind": "suspected" } ],
  "clocks": [ { "authority": "sasac", "state": "running|met|breached|withdrawn", "born_late": false,
                "anchor": "…", "due": "…",
                "phone":   { "due": "…", "state": "owed|attempted|proved", "at": "…",
                             "grade": "person|heard|answered|accepted", "by": "p31", "via": "session" },
                "written": { "due": "…", "state": "owed|sent|receipted", "at": "…" } } ],
  "notifications": [ { "id": "…", "to": "person:p31", "medium": "phone", "channel": "voice", "round": 1,
                       "purpose": "alert|telephone|written|warning|reminder|correction|closing",
                       "state":
                         "planned|attempting|unknown|accepted|delivered|answered|heard|confirmed|refused|cancelled",
                       "due": "…",
                       "attempts": [ { "at": "…", "state": "accepted", "key": "…", "possible_duplicate": false,
                                       "late_because": null } ] } ],
  "timeline": [ { "seq": 1042, "at": "…", "due": null, "what": "…", "by": null, "via": null } ] }
"#;

/// What of the contract's example an answer lacks or has otherwise.
fn differs(contract: &Value, answer: &Value, at: &str) -> Vec<String> {
    if let Some(members) = contract.as_object() {
        let one = |(name, wanted): (&String, &Value)| match answer.get(name) {
            Some(value) => differs(wanted, value, &format!("{at}/{name}")),
            None => vec![format!("{at}/{name} is not there")],
        };
        return members.iter().flat_map(one).collect();
    }
    if let Some(items) = contract.as_array() {
        let Some(answers) = answer.as_array().filter(|answers| !answers.is_empty()) else {
            return vec![format!("{at} shows nothing")];
        };
        return answers.iter().flat_map(|value| differs(&items[0], value, &format!("{at}/-"))).collect();
    }
    let fits = match contract.as_str() {
        Some(words) if words.contains('|') => words.split('|').any(|word| answer == word),
        Some("…") => answer.is_string(),
        Some(_) => answer.is_string(),
        None if contract.is_null() => answer.is_null() || answer.is_string() || answer.is_object(),
        None if contract.is_boolean() => answer.is_boolean(),
        None => answer.is_u64(),
    };
    if fits { Vec::new() } else { vec![format!("{at}: {answer}, and the contract has {contract}")] }
}

#[tokio::test]
async fn a_case_is_shown_key_by_key_as_the_contract_says() {
    let app = TestApp::armed().await;
    let case = app.case("hr-1", "finance", true).await;
    let path = format!("/v1/cases/{case}");
    app.pass(0).await;
    let code = app.codes.four("officer", &case);
    assert_eq!(app.form("/a", &format!("mobile=13800000031&act=take&code={code}")).await.status, 200);
    let officer = app.sign_in("officer", "+8613800000031").await;
    let call = json!({ "authority": "sasac", "outcome": "taken" });
    assert_eq!(app.post(&format!("{path}/telephone"), &officer, &call).await.status, 200);
    app.pass(25).await;
    // In that time the handler did nothing more, and lost the case.
    assert_eq!(app.post(&format!("{path}/take"), &officer, &json!({})).await.status, 200);
    let mut shown = app.get(&path, "office").await.json();
    // What has not gone by any channel yet names none.
    let gone = |it: &Value| it["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty());
    shown["notifications"].as_array_mut().unwrap().retain(gone);
    let differs = differs(&serde_json::from_str(CONTRACT).unwrap(), &shown, "");
    assert!(differs.is_empty(), "{differs:#?} {shown:#}");
    assert_eq!(shown["clocks"][0]["state"], "met");
    assert_eq!(
        (&shown["clocks"][0]["phone"]["by"], &shown["clocks"][0]["phone"]["via"]),
        (&json!("officer"), &json!("session"))
    );
}

/// The ids of a list, page by page.
async fn pages(app: &TestApp, path: &str, (list, id): (&str, &str), limit: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let told = app.get(&format!("{path}limit={limit}&after={after}"), "office").await;
        assert_eq!(told.status, 200, "{}", told.text);
        let found: Vec<String> = told.json()[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it[id].as_str().unwrap().to_owned())
            .collect();
        let Some(last) = found.last().cloned() else { return pages };
        after = last;
        pages.push(found);
    }
}

#[tokio::test]
async fn a_list_goes_on_after_what_was_seen_and_shows_nothing_twice() {
    let app = TestApp::armed().await;
    let mut cases = Vec::new();
    for id in 0..5 {
        cases.push(app.case(&format!("hr-{id}"), "finance", id < 2).await);
    }
    let close = json!({ "by": "clerk", "reason": "well" });
    assert_eq!(app.post(&format!("/v1/cases/{}/close", cases[3]), "office", &close).await.status, 200);
    let shape = |pages: &[Vec<String>]| pages.iter().map(Vec::len).collect::<Vec<_>>();

    let all = pages(&app, "/v1/cases?", ("cases", "case"), 2).await;
    assert_eq!((shape(&all), all.concat()), (vec![2, 2, 1], cases.clone()));
    let open = pages(&app, "/v1/cases?state=open&", ("cases", "case"), 3).await;
    assert_eq!(shape(&open), [3, 1]);
    assert!(!open.concat().contains(&cases[3]));
    let closed = pages(&app, "/v1/cases?state=closed&", ("cases", "case"), 3).await;
    assert_eq!(closed.concat(), [cases[3].clone()]);
    // Nobody is shown nothing by asking for nothing, or for a number that is none.
    assert_eq!(app.get("/v1/cases?limit=0", "office").await.json()["cases"].as_array().unwrap().len(), 1);
    assert_eq!(
        app.get("/v1/cases?limit=100000", "office").await.json()["cases"].as_array().unwrap().len(),
        5
    );
    for bad in ["limit=-1", "limit=many", "limit=2.5"] {
        let told = app.get(&format!("/v1/cases?{bad}"), "office").await;
        assert_eq!((told.status, told.header("content-type")), (400, "application/problem+json"), "{bad}");
    }

    // Two cases missed both their limits.
    app.pass(31).await;
    let lapses = pages(&app, "/v1/lapses?", ("lapses", "lapse"), 3).await;
    let mut ids = lapses.concat();
    assert_eq!(shape(&lapses), [3, 1], "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn a_lapse_says_how_late_it_is_so_far_then_how_late_the_proof_was_and_nothing_where_none_is_owed() {
    let app = TestApp::armed().await;
    let (brought, withdrawn) = (app.case("a", "finance", true).await, app.case("b", "finance", true).await);
    app.pass(31).await;
    let late = async |case: &str| {
        let told = app.get("/v1/lapses", "office").await.json();
        let is_it = |it: &&Value| it["about"]["case"] == *case && it["about"]["proof"] == "telephone";
        told["lapses"].as_array().unwrap().iter().find(is_it).unwrap()["late_by_s"].clone()
    };
    assert_eq!((late(&brought).await, late(&withdrawn).await), (json!(60), json!(60)));
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(late(&brought).await, json!(90));
    let call = json!({ "by": "officer", "authority": "sasac", "outcome": "taken" });
    let path = format!("/v1/cases/{brought}/telephone");
    assert_eq!(app.post(&path, "office", &call).await.status, 200);
    let nothing = json!({ "kind": "ruled_out", "reason": "retested", "second": "head" });
    let session = app.sign_in("clerk", "+8613800000051").await;
    let path = format!("/v1/cases/{withdrawn}/classification");
    let told = app.post(&path, &session, &nothing).await;
    assert_eq!(told.status, 200, "{}", told.text);
    app.clock.advance(Duration::from_secs(30));
    assert_eq!((late(&brought).await, late(&withdrawn).await), (json!(90), Value::Null));
}

#[tokio::test]
async fn what_came_late_of_a_suspicion_that_is_ruled_out_is_open_no_more_and_says_so() {
    let app = TestApp::armed().await;
    let found = app.clock.read().wall;
    app.clock.advance(Duration::from_mins(25));
    let mut late = event("late", "finance", true);
    late["discovered_at"] = json!(found);
    let told = app.post("/v1/events", "hr", &late).await.json();
    let listed = async |state: &str| -> Vec<Value> {
        let told = app.get(&format!("/v1/lapses?state={state}"), "office").await.json();
        told["lapses"].as_array().unwrap().clone()
    };
    assert_eq!((listed("open").await.len(), listed("decided").await.len()), (1, 0));
    let session = app.sign_in("clerk", "+8613800000051").await;
    let nothing = json!({ "kind": "ruled_out", "reason": "retested", "second": "head" });
    let path = format!("/v1/cases/{}/classification", told["case"].as_str().unwrap());
    let told = app.post(&path, &session, &nothing).await;
    assert_eq!(told.status, 200, "{}", told.text);
    assert_eq!(listed("open").await, [Value::Null; 0]);
    let withdrawn = listed("decided").await;
    assert_eq!((withdrawn.len(), &withdrawn[0]["state"]), (1, &json!("withdrawn")));
    assert!(withdrawn[0]["withdrawn_at"].is_string(), "{withdrawn:?}");
}
