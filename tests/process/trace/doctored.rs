//! A trace that is in order, and the same with one line moved, taken out or changed: the checker tells each.

use super::calls::calls;
use super::order::{Door, all_payloads, answers};

/// A request, its key, its payload, its entry and its yes; the entry's sync is interrupted by another thread's line.
const TRACE: [&str; 9] = [
    r#"7  recvfrom(9<socket:[5]>, "POST /v1/events HTTP/1.1\r\n\r\n{}", 8192, 0, NULL, NULL) = 30"#,
    r#"8  pwrite64(5</d/vault/keyring>, "\x00key", 4, 0) = 4"#,
    r"8  fdatasync(5</d/vault/keyring>)         = 0",
    r#"8  pwrite64(6</d/vault/1.seg>, "\x00NAME", 33, 0) = 33"#,
    r"8  fdatasync(6</d/vault/1.seg>)           = 0",
    r#"8  pwrite64(7</d/journal/1.jsonl>, "{\"event_taken/1\":\"PAYLOAD\"}\n", LENGTH, 0) = LENGTH"#,
    r"8  fdatasync(7</d/journal/1.jsonl> <unfinished ...>",
    r"8  <... fdatasync resumed>)              = 0",
    r#"7  writev(9<socket:[5]>, [{iov_base="HTTP/1.1 202 Accepted\r\n", iov_len=23}], 1) = 23"#,
];

/// The lines, with the name of a payload as it stands in either file.
fn lines() -> Vec<String> {
    let name = "a7".repeat(32);
    let entry = format!("{{\"event_taken/1\":\"{name}\"}}\n");
    let filled = |line: &str| {
        let line = line.replace("PAYLOAD", &name).replace("NAME", &"\\xa7".repeat(32));
        line.replace("LENGTH", &entry.len().to_string())
    };
    TRACE.iter().map(|line| filled(line)).collect()
}

fn judge(lines: &[String]) -> Result<usize, String> {
    judge_as("HTTP/1.1 2", None, lines)
}

fn judge_as(yes: &str, names: Option<&str>, lines: &[String]) -> Result<usize, String> {
    let names = names.map(ToOwned::to_owned);
    let route = "/v1/events";
    let door = Door {
        route,
        path: route.to_owned(),
        yes: yes.to_owned(),
        fact: "event_taken/1",
        seals: true,
        names,
    };
    let calls = calls(&lines.join("\n"));
    all_payloads(&calls)?;
    answers(&calls, &door)
}

/// What the checker says of the trace with this line at another place.
#[track_caller]
fn moved(from: usize, to: usize, broken: &str) {
    let mut lines = lines();
    let line = lines.remove(from);
    lines.insert(to, line);
    let said = judge(&lines);
    assert!(said.as_ref().is_err_and(|said| said.contains(broken)), "{said:?} for {lines:#?}");
}

/// What it says with another text in this line.
#[track_caller]
fn changed(at: usize, text: &str, other: &str, broken: &str) {
    let mut lines = lines();
    assert!(lines[at].contains(text), "{}", lines[at]);
    lines[at] = lines[at].replace(text, other);
    let said = judge(&lines);
    assert!(said.as_ref().is_err_and(|said| said.contains(broken)), "{said:?} for {lines:#?}");
}

#[test]
fn a_trace_in_order_is_taken() {
    assert_eq!(judge(&lines()), Ok(1));
    // Another door's order is not this one's, and another thread's line changes nothing.
    let mut lines = lines();
    lines.insert(7, "9  pwrite64(7</d/journal/1.jsonl>, \"{}\\n\", 3, 99) = 3".to_owned());
    assert_eq!(judge(&lines), Ok(1));
}

#[test]
fn a_yes_too_early_is_told() {
    moved(8, 5, "a yes before event_taken/1 was written");
    moved(8, 6, "a yes before event_taken/1 was synced");
    // The sync has begun and not returned.
    moved(8, 7, "a yes before event_taken/1 was synced");
    // The sync began before the write: it says nothing of it.
    moved(6, 5, "a yes before event_taken/1 was synced");
}

#[test]
fn a_payload_or_a_key_too_late_is_told() {
    moved(4, 5, "before its payload");
    moved(3, 4, "before its payload");
    moved(3, 8, "before its payload");
    moved(2, 3, "before its key");
    moved(1, 3, "before its key");
}

#[test]
fn a_sync_that_failed_or_is_another_files_is_told() {
    changed(7, "= 0", "= -1 EIO (Input/output error)", "a yes before event_taken/1 was synced");
    changed(4, "= 0", "= -1 EIO (Input/output error)", "before its payload");
    changed(6, "/d/journal/1.jsonl", "/d/journal/2.jsonl", "a yes before event_taken/1 was synced");
    changed(2, "/d/vault/keyring", "/d/vault/1.seg", "before its key");
    // Half of it was written.
    changed(5, "0) = ", "0) = 1", "a yes before event_taken/1 was synced");
}

#[test]
fn an_entry_without_its_payload_is_told() {
    changed(3, "\\xa7\\xa7", "\\xa7\\xa8", "no payload stands before event_taken/1");
}

#[test]
fn a_repeats_yes_rests_on_what_came_before() {
    let repeated = |at: usize| {
        let mut all = lines();
        let other = |line: &str| line.replace("socket:[5]", "socket:[6]").replace("202 Accepted", "200 OK");
        let (asked, yes) = (other(&all[0]), other(&all[8]));
        all.splice(at..at, [asked, yes]);
        all
    };
    let name = "a7".repeat(32);
    let right = repeated(9);
    assert_eq!(judge_as("HTTP/1.1 200", Some(&name), &right), Ok(1));
    assert_eq!(judge_as("HTTP/1.1 202", None, &right), Ok(1), "the first answer is another");
    let told = judge_as("HTTP/1.1 200", Some("another"), &right);
    assert!(told.is_err_and(|told| told.contains("a yes before event_taken/1 was written")));
    // Said while the sync of what it repeats has not returned.
    let told = judge_as("HTTP/1.1 200", Some(&name), &repeated(7));
    assert!(told.is_err_and(|told| told.contains("a yes before event_taken/1 was synced")));
}
