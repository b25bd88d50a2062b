//! The personnel workbook: what an import tells, writes, refuses and leaves alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::commands::watchfire;
use super::daemon::{Site, need, run, until};
use super::record::facts;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A site whose master key is there, as after a first start.
fn site() -> Site {
    let site = Site::new(1, 30);
    fs::create_dir(site.data()).unwrap();
    fs::write(site.data().join("master-key"), "07".repeat(32)).unwrap();
    site
}

const HEAD: &str = "工号,姓名,单位,手机,系统编号,血型\n";
/// Those with posts: one whose number is another, one with another's id, one who comes.
const POSTS: &str = "E31,值班员,财务部,138 0000 0039,officer,A\n\
                     E12,财务部联络员二,财务部,13800000082,liaison,B\n\
                     E77,新人,财务部,13800000077,newcomer,O\n";

const DAILY: &str = r#"
[[form]]
id = "count"
name = { zh-CN = "人数", en = "Count" }
due = "0 0 16 * * *"
units = "all"
fields = [{ name = "here", type = "count", label = { zh-CN = "在岗", en = "Here" } }]
total = ["here"]
"#;

/// A case of somebody with an employee number; its unit, and whether that is assumed.
async fn unit_of(site: &Site, id: &str, reference: &str) -> (String, bool) {
    let event = json!({ "id": id, "temperature_c": 38.4, "person": { "ref": reference } });
    let case = site.tell("/v1/events", event).await["case"].as_str().unwrap().to_owned();
    let case = site.get(&format!("/v1/cases/{case}")).await;
    (case["unit"].as_str().unwrap().to_owned(), case["unit_assumed"] == true)
}

/// The hashes by which registers were put on record.
fn adopted(site: &Site) -> Vec<Value> {
    let facts = site.journal().into_iter().flat_map(|entry| entry["facts"].as_array().unwrap().clone());
    facts.filter_map(|fact| fact.get("staff_adopted/1").cloned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_that_was_imported_and_reloaded_says_the_unit_of_an_employee_number() {
    let site = Site::with(1, 3600, |text| {
        let unit =
            "[[unit]]\nid = \"auction\"\nname = \"拍卖公司\"\nleader = \"leader\"\nliaison = \"liaison\"\n\n";
        assert!(text.contains("id = \"hr\"\n"));
        text.replace("id = \"hr\"\n", "id = \"hr\"\nunit = \"finance\"\n").replacen(
            "[[unit]]",
            &format!("{unit}[[unit]]"),
            1,
        ) + DAILY
    });
    let daemon = site.start().await;
    let finance = ("finance".to_owned(), true);
    assert_eq!(unit_of(&site, "1", "E901").await, finance);
    assert!(adopted(&site).is_empty());
    let file = workbook(&site, "E901,王小明,拍卖公司,13800000901,,\n", 2);
    let (status, _, error) = import(&site, &file, &[]);
    assert_eq!(status, Some(0), "{error}");
    daemon.signal("-HUP");
    until("the register on record", 10, async || (!adopted(&site).is_empty()).then_some(())).await;
    let sha256 = hex::encode(Sha256::digest(fs::read(site.data().join("staff")).unwrap()));
    assert_eq!(adopted(&site), [json!({ "sha256": sha256, "people": 3 })]);
    // Adopted by the engine, and then by the doors.
    let auction = ("auction".to_owned(), false);
    until("the unit of the register", 10, async || {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // As nobody has written it yet: a case keeps the unit that it was opened with.
        let reference = format!("ｅ{}901", " ".repeat(number + 1));
        (unit_of(&site, &format!("2-{number}"), &reference).await == auction).then_some(())
    })
    .await;
    assert_eq!(unit_of(&site, "3", "E999").await, finance);
    let report = json!({ "unit": "finance", "form": "count", "by": "liaison", "figures": { "here": 3 } });
    let refused = site.post("/v1/reports", &report).await.unwrap();
    assert_eq!((refused.0, &refused.1["code"]), (409, &json!("contradicted")), "{}", refused.1);
    let stands = json!({ "unit": "finance", "form": "count", "by": "liaison", "figures": { "here": 3 },
                         "stands": true, "reason": "借调一人" });
    let counted = &site.tell("/v1/reports", stands).await["counted"];
    assert_eq!((&counted["reported"], &counted["known"]), (&json!(3), &json!(2)), "{counted}");
    assert_eq!(counted["by"], "register");
    assert!(daemon.stop().await);
    let daemon = site.start().await;
    assert_eq!(unit_of(&site, "4", "E 9 0 1").await, auction);
    assert!(daemon.stop().await);
    assert_eq!(adopted(&site).len(), 1);
    let journal = serde_json::to_string(&site.journal()).unwrap();
    assert!(!["E901", "王小明"].iter().any(|text| journal.contains(text)));
    // One that cannot be read keeps no event out.
    fs::write(site.data().join("staff"), "nothing").unwrap();
    let daemon = site.start().await;
    assert_eq!(unit_of(&site, "5", "E902").await, finance);
    assert!(site.log().contains("the employee register cannot be read"), "{}", site.log());
    assert!(daemon.stop().await);
}

fn workbook(site: &Site, rows: &str, employees: usize) -> String {
    let employees: String =
        (100..100 + employees).map(|number| format!("E{number},职员,财务部,13800000{number},,\n")).collect();
    let path = site.dir.path().join("hr.csv");
    fs::write(&path, format!("{HEAD}{rows}{employees}")).unwrap();
    path.to_str().unwrap().to_owned()
}

fn import(site: &Site, file: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let config = site.config();
    watchfire(&[&["import", file, "--config", config.to_str().unwrap()], more].concat())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn an_import_shows_the_difference_first_and_writes_it_whole_with_nothing_else_touched() {
    let site = site();
    let (text, file) = (site.config().join("site.toml"), workbook(&site, POSTS, 20));
    let before = fs::read_to_string(&text).unwrap();
    fs::set_permissions(&text, fs::Permissions::from_mode(0o644)).unwrap();
    let (status, dry, error) = import(&site, &file, &["--dry-run"]);
    assert_eq!(status, Some(0), "{error}");
    let register = site.data().join("staff");
    assert!(!register.exists() && !site.config().join("people.toml").exists());
    assert_eq!(fs::read_to_string(&text).unwrap(), before);
    for line in [
        "第 2 行「手机」：已改为标准写法 / row 2, “Mobile”: written as it is rung",
        "finance: +23 -0 ~0",
        "名册 +23 -0 ~0，存疑 1 / +23 -0 ~0, 1 doubtful",
        "任职人员 +1 ~1 / people with posts +1 ~1",
        "--dry-run: nothing was written",
    ] {
        assert!(dry.contains(line), "{line} in {dry}");
    }
    assert!(dry.contains("row 3: another name than [[person]] liaison has"), "{dry}");

    let (status, told, error) = import(&site, &file, &[]);
    assert_eq!(status, Some(0), "{error}");
    assert!(told.contains("written: ") && told.contains(register.to_str().unwrap()), "{told}");
    let changed = before.replace("+8613800000031\"", "+8613800000039\"");
    let changed = changed.replace("name = \"值班员\"", "name = \"值班员\"\nref = \"E31\"");
    assert_eq!(fs::read_to_string(&text).unwrap(), changed);
    let people = site.config().join("people.toml");
    let newcomer =
        "[[person]]\nid = \"newcomer\"\nname = \"新人\"\nmobile = \"+8613800000077\"\nref = \"E77\"\n";
    assert_eq!(fs::read_to_string(&people).unwrap(), newcomer);
    assert_eq!([mode(&register), mode(&people), mode(&text)], [0o600, 0o600, 0o644]);
    let sealed = fs::read(&register).unwrap();
    assert!(!sealed.windows(4).any(|bytes| bytes == b"E100" || bytes == b"1380"));
    let (status, _, error) = watchfire(&["check", "--config", site.config().to_str().unwrap()]);
    assert_eq!(status, Some(0), "{error}");

    let (status, told, _) = import(&site, &file, &[]);
    assert!(status == Some(0) && told.contains("+0 -0 ~0, 1 doubtful"), "{told}");
    assert!(told.contains("nothing changes, and nothing was written"), "{told}");
    assert_eq!(fs::read(&register).unwrap(), sealed);
    for said in [dry, told] {
        assert!(!["1380000", "新人", "职员", "E100", "E77"].iter().any(|it| said.contains(it)), "{said}");
    }
}

#[test]
fn names_and_numbers_are_shown_on_a_terminal_alone() {
    need("script", "bsdutils");
    let site = site();
    let file = workbook(&site, POSTS, 2);
    let binary = env!("CARGO_BIN_EXE_watchfire");
    let command = format!("{binary} import {file} --dry-run --config {}", site.config().display());
    let told = run(Command::new("script").args(["-qec", &command, "/dev/null"]));
    for line in ["written as it is rung  [E31 值班员 138 0000 0039]", "+ E77 新人 finance +8613800000077"]
    {
        assert!(told.contains(line), "{line} in {told}");
    }
}

#[test]
fn a_workbook_that_lacks_more_than_a_tenth_is_refused_unless_it_is_said_that_they_have_gone() {
    let site = site();
    let posts = "E31,值班员,财务部,13800000039,officer,A\n";
    import(&site, &workbook(&site, posts, 20), &[]);
    let sealed = fs::read(site.data().join("staff")).unwrap();
    let short = workbook(&site, "", 17);
    for more in [&[] as &[&str], &["--dry-run"]] {
        let (status, told, error) = import(&site, &short, more);
        assert_eq!(status, Some(1), "{told}{error}");
        assert!(error.contains("4 of 21 people are not in the workbook any more"), "{error}");
        assert!(
            error.contains("--accept-removals") && told.contains("+0 -4 ~0, 1 doubtful"),
            "{told}{error}"
        );
        assert!(told.contains("[[person]] officer is not in the workbook"), "{told}");
    }
    assert_eq!(fs::read(site.data().join("staff")).unwrap(), sealed);
    let (status, told, error) = import(&site, &short, &["--accept-removals"]);
    assert!(status == Some(0) && told.contains("written: "), "{told}{error}");
    // Whoever is gone keeps their entry among the people, for posts are set by hand.
    assert!(fs::read_to_string(site.config().join("site.toml")).unwrap().contains("ref = \"E31\""));
}

#[test]
fn what_keeps_an_import_from_its_work_is_told_in_a_sentence() {
    let site = site();
    let file = workbook(&site, POSTS, 2);
    let other = site.dir.path().join("other");
    fs::write(&other, "E1,王\n").unwrap();
    let other = other.to_str().unwrap();
    for (file, more, code, expected) in [
        ("/nowhere", &[] as &[&str], 2, "/nowhere cannot be read"),
        (other, &[], 1, "Expected the form's headings in the first row: Employee number, Name, Unit"),
        (&file, &["--map", "phone=手机"], 2, "--map: expected COLUMN=HEADING; the columns are number, name"),
        (&file, &["--map", "mobile="], 2, "--map: expected COLUMN=HEADING"),
        (&file, &["--master-key", "/nowhere"], 2, "--master-key /nowhere"),
    ] {
        let (status, told, error) = import(&site, file, more);
        assert_eq!((status, told.as_str()), (Some(code), ""), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    import(&site, &file, &[]);
    fs::write(site.data().join("master-key"), "08".repeat(32)).unwrap();
    let (status, _, error) = import(&site, &file, &[]);
    assert!(status == Some(1) && error.contains("was sealed under another master key"), "{error}");
    fs::remove_file(site.data().join("master-key")).unwrap();
    let (status, _, error) = import(&site, &file, &[]);
    assert!(status == Some(1) && error.contains("start it once, and import"), "{error}");
    assert!(!site.data().join("master-key").exists());
}

fn history(site: &Site) -> String {
    let config = site.config();
    let (status, told, error) =
        watchfire(&["config", "history", "--register", "--config", config.to_str().unwrap()]);
    assert_eq!(status, Some(0), "{error}");
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_register_is_on_record_with_who_made_it_and_how_many_came_and_went() {
    let site = Site::with(1, 3600, |text| {
        let unit =
            "[[unit]]\nid = \"auction\"\nname = \"拍卖公司\"\nleader = \"leader\"\nliaison = \"liaison\"\n\n";
        text.replacen("[[unit]]", &format!("{unit}[[unit]]"), 1)
    });
    let kept = |site: &Site| -> Vec<Value> {
        facts(&site.journal(), "staff_loaded/1").into_iter().cloned().collect()
    };
    let loaded = async |count: usize| {
        until("the register on record", 20, async || (kept(&site).len() == count).then_some(())).await;
    };
    let daemon = site.start().await;
    // There is no register, and there was none.
    assert_eq!(history(&site), "");
    let rows = "E901,王小明,财务部,13800000901,,\nE902,李四,财务部,13800000902,,\n";
    assert_eq!(import(&site, &workbook(&site, rows, 20), &[]).0, Some(0));
    daemon.signal("-HUP");
    loaded(1).await;
    let rows = "E901,王小明,拍卖公司,13800000901,,\nE902,李五,财务部,13800000902,,\nE903,新,拍卖公司,,,\n";
    assert_eq!(import(&site, &workbook(&site, rows, 19), &[]).0, Some(0));
    daemon.signal("-HUP");
    loaded(2).await;
    // The same file again is the same load, also at a start.
    assert!(daemon.stop().await);
    let daemon = site.start().await;
    assert!(daemon.stop().await);
    let both = kept(&site);
    assert_eq!(both.len(), 2);
    assert_eq!(both[1]["before"], both[0]["sha256"]);
    assert_eq!((&both[0]["why"], &both[0]["people"]["joined"]), (&json!("hangup"), &json!(22)));
    let user = rustix::process::getuid().as_raw();
    assert_eq!((&both[1]["user"], &both[1]["imported"]["user"]), (&json!(user), &json!(user)));
    let units = json!([
        { "unit": "auction", "before": 0, "now": 2, "joined": 1, "came": 1 },
        { "unit": "finance", "before": 22, "now": 20, "left": 1, "went": 1, "edited": 1 },
    ]);
    assert_eq!(both[1]["units"], units);
    assert!(both.iter().all(|load| load["copy"].is_string()), "{both:?}");
    fs::remove_file(site.data().join("staff")).unwrap();
    let daemon = site.start().await;
    loaded(3).await;
    assert!(daemon.stop().await);
    let told = history(&site);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 11, "{told}");
    assert!(lines[0].contains(" reload entry ") && lines[0].contains(" imported 20"), "{told}");
    assert_eq!(lines[1..3], ["  全部 all: 22 (was 0) +22", "  finance: 22 (was 0) +22"]);
    let before = format!(" before {} ", &both[0]["sha256"].as_str().unwrap()[..12]);
    assert!(lines[3].contains(&before), "{told}");
    let changed = [
        "  全部 all: 22 (was 22) +1 -1 →1 ←1 ~1",
        "  auction: 2 (was 0) +1 →1",
        "  finance: 20 (was 22) -1 ←1 ~1",
    ];
    assert_eq!(lines[4..7], changed);
    assert!(lines[7].contains(" start entry ") && lines[7].contains(" none before "), "{told}");
    let gone = ["  全部 all: 0 (was 22) -22", "  auction: 0 (was 2) -2", "  finance: 0 (was 20) -20"];
    assert_eq!(lines[8..], gone, "{told}");
    let journal = serde_json::to_string(&site.journal()).unwrap();
    assert!(!["E901", "王小明", "13800000901"].iter().any(|text| journal.contains(text)));
}
