//! Events and cases in the contract's shapes.

use serde_json::json;

use crate::app::{TestApp, Told, event};

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
