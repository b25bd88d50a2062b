//! Commands as an operator types them wrongly: one sentence that says what to do, and the exit code of the contract.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::daemon::{Site, TOKEN};

/// Runs a command: its exit code, and what it printed and complained of.
pub(crate) fn watchfire(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_watchfire")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_command_meets_is_told_in_one_sentence() {
    let site = Site::new(1, 30);
    let daemon = site.start().await;
    let token = site.dir.path().join("token");
    let wrong = site.dir.path().join("wrong");
    fs::write(&token, TOKEN).unwrap();
    fs::write(&wrong, "wrong").unwrap();
    let (token, wrong) = (token.to_str().unwrap(), wrong.to_str().unwrap());
    let url = site.url("");
    for (arguments, code, expected) in [
        (
            ["arm", "--url", &url, "--token-file", "/nowhere", "--by", "head"],
            2,
            "--token-file /nowhere cannot be read",
        ),
        (["arm", "--url", "nonsense", "--token-file", token, "--by", "head"], 2, "--url"),
        (["arm", "--url", "http://127.0.0.1:1", "--token-file", token, "--by", "head"], 1, "is it running"),
        (["arm", "--url", &url, "--token-file", wrong, "--by", "head"], 1, "that of a [[client]]"),
        (["arm", "--url", &url, "--token-file", token, "--by", "nobody"], 1, "refused (422)"),
        (["test", "--url", &url, "--token-file", token, "--person", "officer"], 1, "[testing] people"),
    ] {
        let (status, told, error) = watchfire(&arguments);
        assert_eq!(status, Some(code), "{arguments:?}: {told}{error}");
        assert!(error.contains(expected) && told.is_empty(), "{arguments:?}: {error}");
        assert!(!error.contains(TOKEN) && !error.contains("sending request"), "{error}");
    }
    let (status, told, error) = watchfire(&["arm", "--url", &url, "--token-file", token, "--by", "head"]);
    assert_eq!(status, Some(0), "{error}");
    assert!(told.starts_with("ARMED by head (entry ") && told.lines().count() == 1, "{told}");
    assert!(daemon.stop().await);
}

#[test]
fn a_plan_tells_each_person_once_in_the_order_of_time_and_shows_gaps() {
    let site = Site::new(1, 30);
    let config = site.config();
    let config = config.to_str().unwrap();
    let (status, told, error) =
        watchfire(&["plan", "--config", config, "--case", "suspected", "--unit", "finance"]);
    assert_eq!(status, Some(0), "{error}");
    assert_eq!(
        told.matches("officer 值班员 (duty.officer): sms +8613800000031, at once also phone").count(),
        1,
        "{told}"
    );
    let at = |what: &str| told.find(what).unwrap_or_else(|| panic!("{what} in {told}"));
    assert!(
        at("T+0s") < at("warning")
            && at("warning") < at("the daemon rings")
            && at("the daemon rings") < at("both proofs")
    );
    let (status, _, error) =
        watchfire(&["plan", "--config", config, "--case", "suspected", "--unit", "nobody"]);
    assert!(status == Some(2) && error.contains("there are finance"), "{error}");
}

#[test]
fn a_plan_names_whoever_is_on_duty_when_each_thing_is_due() {
    let site = Site::with(1, 30, |text| {
        let one = "rotation = [\"officer\"]\nfrom = \"2020-01-01T08:30:00+08:00\"";
        let two =
            "rotation = [\"officer\", \"liaison\"]\nfrom = \"2026-11-23T08:30:00+08:00\"\nshift = \"1d\"";
        assert!(text.contains(one));
        text.replace(one, two)
    });
    let config = site.config();
    let config = config.to_str().unwrap();
    // Who is told at once, and who is warned a second later.
    let duty = |at: &str| {
        let case = ["--case", "suspected", "--unit", "finance", "--at", at];
        let (status, told, error) = watchfire(&[&["plan", "--config", config], case.as_slice()].concat());
        assert_eq!(status, Some(0), "{error}");
        let of_the_post = told.lines().filter(|line| line.contains("duty.officer"));
        let first = of_the_post.map(|line| line.split_whitespace().next().unwrap().to_owned());
        first.collect::<Vec<_>>()
    };
    for (at, who) in [
        ("2026-11-23T08:29:58+08:00", ["duty.officer:", "duty.officer:"]),
        ("2026-11-23T08:30:00+08:00", ["officer", "officer"]),
        ("2026-11-24T08:29:58+08:00", ["officer", "officer"]),
        ("2026-11-24T08:29:59+08:00", ["officer", "liaison"]),
        ("2026-11-24T08:30:00+08:00", ["liaison", "liaison"]),
        ("2026-11-25T03:00:00+08:00", ["liaison", "liaison"]),
        ("2026-11-25T12:00:00+08:00", ["officer", "officer"]),
        // The same instant, as another zone writes it.
        ("2026-11-24T00:30:00Z", ["liaison", "liaison"]),
    ] {
        assert_eq!(duty(at), who, "{at}");
    }
}

#[test]
fn the_plan_of_a_form_counts_back_from_the_superiors_deadline() {
    let site = Site::new(1, 30);
    let forms = site.config().join("forms.toml");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/forms.toml");
    let text = fs::read_to_string(example).unwrap().replace("# superior = {", "superior = {");
    fs::write(forms, text).unwrap();
    let config = site.config();
    let config = config.to_str().unwrap();
    let plan = |form| {
        let at = "2026-11-23T10:00:00+08:00";
        watchfire(&["plan", "--config", config, "--form", form, "--at", at])
    };
    let (status, told, error) = plan("control-statistics");
    assert_eq!(status, Some(0), "{error}");
    let lines = [
        "11-23 14:00  whoever reports is reminded",
        "11-23 15:40  unit: begins to fill in at the latest, which takes 20m",
        "11-23 16:00  unit: the report is due",
        "11-23 16:30  the office gets the list",
        "11-23 17:20  office: puts the reports together",
        "11-23 18:00  superior: must have the whole",
        "Slack of the units: 1h20m.",
    ];
    let at = |what: &str| told.find(what).unwrap_or_else(|| panic!("{what} in {told}"));
    assert!(lines.map(at).is_sorted(), "{told}");
    let (status, told, _) = plan("morning-check");
    assert!(status == Some(0) && told.contains("no slack can be counted"), "{told}");
    let (status, _, error) = plan("weekly");
    assert!(status == Some(2) && error.contains("there is no form weekly; there are"), "{error}");
}

#[test]
fn every_command_explains_itself_and_most_show_an_example() {
    for command in
        ["serve", "check", "demo", "plan", "arm", "test", "event", "report", "erase", "token", "completions"]
    {
        let (status, told, _) = watchfire(&[command, "--help"]);
        assert!(
            status == Some(0) && told.contains("Example") && told.contains(&format!("watchfire {command}")),
            "{told}"
        );
    }
    for command in ["list", "show", "export", "verify", "pack"] {
        let (status, told, _) = watchfire(&["ledger", command, "--help"]);
        assert!(status == Some(0) && told.contains(&format!("watchfire ledger {command}")), "{told}");
    }
    let (status, _, error) = watchfire(&["ledger", "amend", "--config", "x"]);
    assert!(status == Some(2) && error.contains("unrecognized"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_and_plan_run_where_the_daemons_credentials_are_not() {
    let master = "master_key = { credential = \"master-key\" }";
    let site = Site::with(1, 30, |text| text.replace("[storage]\n", &format!("[storage]\n{master}\n")));
    let credentials = site.dir.path().join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("master-key"), "0123456789abcdef".repeat(4)).unwrap();
    let mut command = site.command();
    command.env("CREDENTIALS_DIRECTORY", &credentials);
    assert!(site.start_as(command).await.stop().await);
    let config = site.config();
    let config = config.to_str().unwrap();
    let (status, told, error) = watchfire(&["ledger", "verify", "--config", config]);
    assert_eq!(status, Some(0), "{told}{error}");
    assert!(told.contains(&format!("the ledger in {}:", site.data().display())), "{told}");
    let (status, _, error) = watchfire(&["plan", "--config", config, "--case", "fever", "--unit", "finance"]);
    assert_eq!(status, Some(0), "{error}");
    // What tries the daemon's own setting needs it whole.
    let (status, _, error) = watchfire(&["check", "--config", config]);
    assert!(status == Some(2) && error.contains("systemd gave no credentials"), "{error}");
}

#[test]
fn a_ledger_that_is_not_there_is_named_with_what_to_do() {
    let site = Site::new(1, 30);
    let config = site.config();
    let config = config.to_str().unwrap();
    let (status, _, error) = watchfire(&["ledger", "verify", "--config", config]);
    let folder = format!("{} cannot be read (No such file", site.data().join("journal").display());
    assert!(status == Some(1) && error.contains(&folder) && error.contains("the daemon's?"), "{error}");
    let site = Site::with(1, 30, |text| {
        let begin = text.find("path = ").unwrap();
        let end = begin + text[begin..].find('\n').unwrap();
        format!("{}path = \".\"{}", &text[..begin], &text[end..])
    });
    let config = site.config();
    let (_, _, error) = watchfire(&["ledger", "verify", "--config", config.to_str().unwrap()]);
    assert!(error.contains("[storage] path counts from the folder that a command is run in"), "{error}");
}

/// A server that is no daemon and answers everything with 200.
fn stranger() -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap();
            assert!(read > 0);
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\n{\"code\":0}";
            stream.write_all(answer.as_bytes()).unwrap();
            // Whoever closes first before all is read resets the connection.
            while stream.read(&mut bytes).is_ok_and(|read| read > 0) {}
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_reported_as_done_that_was_not_taken_as_meant() {
    let site = Site::new(1, 30);
    let daemon = site.start().await;
    let token = site.dir.path().join("token");
    fs::write(&token, TOKEN).unwrap();
    let (token, url) = (token.to_str().unwrap(), site.url(""));
    let stranger = format!("http://127.0.0.1:{}", stranger());
    let by = ["--by", "head"];
    for call in [
        ["event", "--id", "e1", "--unit", "finance"].as_slice(),
        &["report", "--unit", "finance", "--form", "daily", "--zero"],
        &["arm", by[0], by[1]],
        &["test", "--person", "officer"],
        &["release", by[0], by[1]],
        &["erase", "--case", "C-1", by[0], by[1], "--second", "officer", "--ground", "asked"],
    ] {
        let there = ["--url", &stranger, "--token-file", token];
        let (status, told, error) = watchfire(&[call, &there].concat());
        assert!(status == Some(1) && told.is_empty() && error.contains("is no watchfire"), "{told}{error}");
    }
    let event = ["event", "--url", &url, "--token-file", token, "--unit", "finance", "--id", "e2"];
    for (more, wrong) in [(["--discovered-at", "yesterday"], "yesterday"), (["--kind", "flu"], "ruled_out")] {
        let (status, told, error) = watchfire(&[event.as_slice(), &more].concat());
        assert!(status == Some(2) && told.is_empty() && error.contains(wrong), "{told}{error}");
    }
    let (status, told, error) = watchfire(&[event.as_slice(), &["--kind", "ruled_out"]].concat());
    assert!(status == Some(0) && told.contains("outcome"), "{told}{error}");
    assert!(error.contains("only a person rules out"), "{error}");
    let at = ["--discovered-at", "2026-11-23T08:01:00+08:00", "--temperature", "38.4"];
    let event = ["event", "--url", &url, "--token-file", token, "--unit", "finance", "--id", "e3"];
    let (status, told, error) = watchfire(&[event.as_slice(), &at].concat());
    assert!(status == Some(0) && told.contains("case_opened"), "{told}{error}");
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_filed_by_command_as_figures_and_as_a_sheet_and_says_what_is_wrong_with_it() {
    let consent = "consent = { zh-CN = \"各人已同意\", en = \"All agreed\" }\ncolumns = [";
    let site = Site::with(1, 30, |text| text.replace("columns = [", consent));
    let daemon = site.start().await;
    let token = site.dir.path().join("token");
    fs::write(&token, TOKEN).unwrap();
    let url = site.url("");
    let there = ["report", "--url", &url, "--token-file", token.to_str().unwrap(), "--unit", "finance"];
    let report = |more: &[&str]| watchfire(&[there.as_slice(), more].concat());
    let daily = ["--form", "daily", "--by", "head", "--zero", "--asked", "3", "--total", "3"];
    let figures = ["--figure", "on_duty=3", "--figure", "travelling=0", "--figure", "fever=0"];
    let remark = ["--figure", "remark=一切正常"];
    let whole = [daily.as_slice(), &figures, &remark].concat();
    let (status, told, error) = report(&whole);
    assert!(status == Some(0) && error.is_empty(), "{told}{error}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["standing"], &told["revision"]), (&json!("on_time"), &json!(1)), "{told}");
    // The same again files nothing, and says so.
    let day = told["day"].as_str().unwrap();
    let (status, _, error) = report(&[whole.as_slice(), &["--day", day]].concat());
    assert!(status == Some(0) && error.contains("nothing was filed anew"), "{error}");
    let sheet = site.dir.path().join("rows & more.csv");
    fs::write(&sheet, "姓名,目的地\n王小明,哈尔滨\n").unwrap();
    let travel =
        ["--form", "travel", "--by", "head", "--reason", "补录 & 核对", "--file", sheet.to_str().unwrap()];
    let (status, told, error) = report(&travel);
    assert!(status == Some(1) && told.is_empty() && error.contains("各人已同意"), "{error}");
    let travel = [travel.as_slice(), &["--consent"]].concat();
    let (status, told, error) = report(&travel);
    assert!(status == Some(0) && told.contains("\"revision\":1"), "{told}{error}");
    fs::write(&sheet, "姓名,去哪\n王小明,哈尔滨\n").unwrap();
    let (status, told, error) = report(&travel);
    assert!(status == Some(1) && told.is_empty() && error.contains("去哪"), "{error}");
    assert!(daemon.stop().await);
}

#[test]
fn a_report_that_cannot_be_sent_as_it_is_meant_is_not_sent() {
    let site = Site::new(1, 30);
    let file = |name: &str| {
        let path = site.dir.path().join(name);
        fs::write(&path, "x").unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (token, text) = (file("token"), file("rows.txt"));
    let there = [
        "report",
        "--url",
        "http://127.0.0.1:9",
        "--token-file",
        &token,
        "--unit",
        "finance",
        "--form",
        "daily",
    ];
    for (more, says) in [
        (["--figure", "on_duty"].as_slice(), "expected NAME=VALUE"),
        (&["--figure", "a=1", "--figure", "a=2"], "given twice"),
        (&["--file", &text], "ends in .csv or .xlsx"),
        (&["--file", "gone.csv"], "cannot be read"),
        (&["--file", &text, "--figure", "a=1"], "cannot be used with"),
        (&["--stands"], "--reason"),
        (&["--consent"], "--file"),
        (&["--number", "2"], "--day"),
    ] {
        let (status, told, error) = watchfire(&[there.as_slice(), more].concat());
        assert!(status == Some(2) && told.is_empty() && error.contains(says), "{more:?}: {told}{error}");
    }
}
