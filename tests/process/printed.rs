//! What commands print where all is well, and the exit code of a strict check.

use std::io::Write as _;
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};

use crate::commands::watchfire;
use crate::daemon::{Site, TOKEN, until};
use crate::provider::Provider;
use crate::record::tries;

#[test]
fn a_token_is_printed_with_the_hash_that_the_configuration_takes_and_never_twice() {
    let made = || {
        let (status, told, error) = watchfire(&["token"]);
        assert_eq!((status, error.as_str()), (Some(0), ""));
        let lines: Vec<&str> = told.lines().collect();
        let [token, hash] = lines[..] else { panic!("two lines: {told}") };
        let token = token.strip_prefix("token ").unwrap().trim().to_owned();
        let hash = hash.strip_prefix("token_sha256 ").unwrap().trim().to_owned();
        (token, hash)
    };
    let (token, hash) = made();
    // 32 bytes, in the letters of a header and a file name.
    assert!(
        token.len() == 43 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
        "{token}"
    );
    assert_eq!(hash, hex::encode(Sha256::digest(token.as_bytes())));
    assert_ne!(made().0, token);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printed_token_opens_the_door_once_its_hash_is_configured() {
    let (_, told, _) = watchfire(&["token"]);
    let words: Vec<String> = told.split_whitespace().map(str::to_owned).collect();
    let [_, token, _, hash] = &words[..] else { panic!("{told}") };
    let site = Site::with(1, 30, |text| {
        format!("{text}\n[[client]]\nid = \"new\"\nrole = \"read\"\ntoken_sha256 = \"{hash}\"\n")
    });
    let daemon = site.start().await;
    let ask = crate::daemon::client().get(site.url("/v1/cases")).bearer_auth(token);
    assert_eq!(ask.send().await.unwrap().status().as_u16(), 200);
    assert!(daemon.stop().await);
}

const COMMANDS: [&str; 13] = [
    "serve",
    "check",
    "demo",
    "plan",
    "arm",
    "release",
    "test",
    "event",
    "report",
    "erase",
    "token",
    "ledger",
    "completions",
];

#[test]
fn completions_name_every_command_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (status, told, error) = watchfire(&["completions", shell]);
        assert_eq!((status, error.as_str()), (Some(0), ""), "{shell}");
        let missing: Vec<&&str> = COMMANDS.iter().filter(|command| !told.contains(**command)).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
        assert!(told.contains("strict"), "{shell}: an option is missing");
    }
    let (status, told, error) = watchfire(&["completions", "cmd"]);
    assert!(status == Some(2) && told.is_empty() && error.contains("bash"), "{error}");
}

#[test]
fn bash_completes_a_command_and_its_options_by_what_is_printed() {
    let (_, printed, _) = watchfire(&["completions", "bash"]);
    let complete = |words: &[&str]| {
        let script = format!(
            "{printed}\nCOMP_WORDS=({}); COMP_CWORD={}; _watchfire watchfire '{}' '{}'\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            words.join(" "),
            words.len() - 1,
            words.last().unwrap(),
            words[words.len() - 2],
        );
        let mut bash = Command::new("bash").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = bash.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete(&["watchfire", "comp"]), ["completions"]);
    assert_eq!(complete(&["watchfire", "check", "--str"]), ["--strict"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_goes_to_the_person_by_the_way_that_was_asked_for_and_says_under_which_entry() {
    let provider = Provider::start().await;
    let site = Site::with(provider.port, 30, |text| format!("{text}\n[testing]\npeople = [\"officer\"]\n"));
    let daemon = site.start().await;
    let token = site.dir.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let url = site.url("");
    let call = |more: &[&str]| {
        let there = ["test", "--url", &url, "--token-file", token.to_str().unwrap(), "--person", "officer"];
        let (status, told, error) = watchfire(&[&there, more].concat());
        assert_eq!((status, error.as_str()), (Some(0), ""), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        told
    };
    let told = call(&["--by", "sms"]);
    assert!(told.starts_with("a marked test goes to officer by sms (entry "), "{told}");
    let entry = told.split("(entry ").nth(1).unwrap().split(')').next().unwrap();
    let entry: u64 = entry.parse().unwrap();
    let found = site.journal().into_iter().find(|line| line["seq"] == entry).unwrap();
    assert!(found["facts"].to_string().contains("test_asked"), "{found}");
    let body = until("the message", 10, async || provider.bodies("sms").first().cloned()).await;
    assert_eq!((&body["purpose"], &body["to"]), (&"test".into(), &"+8613800000031".into()), "{body}");
    let (zh, en) = ("测试", "TEST");
    let text = body["text"].as_str().unwrap();
    assert!(text.contains(zh) || text.contains(en), "it is marked: {text}");
    // Without --by it goes by every way that the person has, and to nobody else.
    let told = call(&[]);
    assert!(told.contains("to officer by phone, sms and email (entry "), "{told}");
    until("a call", 10, async || provider.bodies("voice").first().cloned()).await;
    until("both outcomes", 10, async || {
        let ended =
            tries(&site.journal()).into_iter().filter(|one| one.outcome.as_deref() == Some("accepted"));
        (ended.count() == 3).then_some(())
    })
    .await;
    let heard = provider.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 3, "{heard:?}");
    assert!(
        heard.iter().all(|(_, body)| body["to"] == "+8613800000031" && body["purpose"] == "test"),
        "{heard:?}"
    );
    assert!(daemon.stop().await);
}

#[test]
fn a_strict_check_ends_with_2_for_a_warning_and_0_where_there_is_none() {
    let check = |site: &Site, more: &[&str]| {
        let config = site.config();
        watchfire(&[&["check", "--config", config.to_str().unwrap()], more].concat())
    };
    let site = Site::new(1, 30);
    let (status, told, error) = check(&site, &[]);
    assert_eq!((status, error.as_str()), (Some(0), ""), "warnings alone are no mistake: {told}");
    let warnings: usize =
        told.split("no mistakes, ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(warnings > 0 && told.matches("warning: ").count() == warnings, "{told}");
    let (status, strict, error) = check(&site, &["--strict"]);
    assert_eq!((status, strict), (Some(2), told), "the same is printed");
    let plural = if warnings == 1 { "" } else { "s" };
    assert_eq!(error.trim_end(), format!("{warnings} warning{plural}, and --strict was given"));
}
