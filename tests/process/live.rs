//! `check --live`: every way out is really tried, with marked tests, and never at an authority.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output};

use super::daemon::Site;
use super::provider::Provider;

const TESTING: &str = "\n[testing]\npeople = [\"officer\"]\n";

fn add(site: &Site, text: &str) {
    std::fs::write(site.config().join("more.toml"), text).unwrap();
}

async fn check(site: &Site, arguments: &'static [&'static str]) -> (Option<i32>, String) {
    let config = site.config();
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.arg("check").arg("--config").arg(config).args(arguments).output().unwrap()
    };
    let Output { status, stdout, stderr } = tokio::task::spawn_blocking(run).await.unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code(), text)
}

/// A relay that takes one mail; returns everything it was told.
fn relay() -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        // The first connection only looks whether the relay can be reached.
        drop(listener.accept().unwrap());
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let (mut told, mut text) = (String::new(), false);
        stream.write_all(b"220 relay\r\n").unwrap();
        while let Some(Ok(line)) = lines.next() {
            told.push_str(&format!("{line}\n"));
            text &= line != ".";
            let answer = match line.get(..4).unwrap_or_default() {
                _ if text => continue,
                "DATA" => "354 go on\r\n",
                _ => "250 ok\r\n",
            };
            text = line == "DATA";
            stream.write_all(answer.as_bytes()).unwrap();
            if line == "QUIT" {
                break;
            }
        }
        told
    };
    (port, std::thread::spawn(serve))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_check_tries_every_way_with_a_marked_test_and_never_an_authority() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 30);
    let (port, relay) = relay();
    let mail = format!(
        "{TESTING}[[channel]]\nid = \"relay\"\nmedium = \"email\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\n\
         port = {port}\ntls = \"none\"\nfrom = \"watchfire@example.cn\"\n"
    );
    add(&site, &mail);
    let file = site.config().join("site.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let mobile = "mobile = \"+8613800000031\"";
    std::fs::write(&file, text.replace(mobile, &format!("{mobile}\nemail = \"o@example.cn\""))).unwrap();
    let daemon = site.start().await;
    let (code, told) = check(&site, &["--live"]).await;
    assert_eq!(code, Some(0), "{told}");
    for expected in
        ["channel \"voice\" to officer", "channel \"relay\" to officer", "healthz answers ok", "3 MB through"]
    {
        assert!(told.contains(expected), "expected {expected} in\n{told}");
    }
    assert!(!told.contains("+8613800000031") && !told.contains("o@example.cn"), "{told}");
    {
        let heard = provider.heard.lock().unwrap();
        let kinds: Vec<&str> = heard.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds.len(), 3, "{heard:?}");
        for (kind, body) in heard.iter() {
            assert_eq!(body["purpose"], "test", "{kind}");
            assert!(body["text"].as_str().unwrap().contains("测试"), "{body}");
            let to = body["to"].as_str().unwrap();
            assert!(["+8613800000031", "o@example.cn"].contains(&to), "{kind} to {to}");
        }
    }
    assert!(!site.log().contains("not configured"), "the door knows its own probe: {}", site.log());
    let mail = relay.join().unwrap();
    assert!(mail.contains("RCPT TO:<o@example.cn>") && mail.contains("Subject: =?utf-8?"), "{mail}");
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_that_is_closed_is_told_with_what_to_do_about_it() {
    let site = Site::new(1, 30);
    add(&site, TESTING);
    let (code, told) = check(&site, &["--live", "--to", "head"]).await;
    assert_eq!(code, Some(1), "{told}");
    for expected in [
        "FAILED  channel \"voice\": 127.0.0.1:1 cannot be reached",
        "FAILED  channel \"sms\"",
        "start the daemon, then run this again",
        "4 of 4 tries failed",
    ] {
        assert!(told.contains(expected), "expected {expected} in\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_never_goes_to_the_number_of_an_authority() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 30);
    let person = "[[person]]\nid = \"mistaken\"\nname = \"错号\"\nmobile = \"+8645100000001\"\n";
    add(&site, person);
    let (code, told) = check(&site, &["--live", "--to", "mistaken"]).await;
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("channel \"voice\" to mistaken: this is the address of an authority"), "{told}");
    assert!(provider.heard.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_live_or_without_anybody_to_send_to_nothing_is_touched() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let site = Site::new(listener.local_addr().unwrap().port(), 30);
    let (code, told) = check(&site, &[]).await;
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = check(&site, &["--live"]).await;
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("--to PERSON") && told.contains("[testing] people"), "{told}");
    let (code, told) = check(&site, &["--live", "--to", "nobody"]).await;
    assert_eq!(code, Some(2), "{told}");
    let (code, _) = check(&site, &["--to", "officer"]).await;
    assert_eq!(code, Some(2));
    assert!(listener.accept().is_err(), "somebody connected");
}
