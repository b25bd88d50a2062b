//! The tour, as a newcomer runs it: from the webhook to the authority's telephone and inbox.

use std::process::Command;

#[test]
fn the_tour_shows_the_whole_way_and_ends() {
    let output = Command::new(env!("CARGO_BIN_EXE_watchfire"))
        .args(["demo", "--once"])
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in [
        "answered 202 once it was on disk",
        "CALL       to the duty officer: This is the duty centre",
        "SMS        to the leader of Finance: Suspected case in Finance!",
        "presses 1",
        "MAIL       to THE AUTHORITY, duty@sasac.example.cn",
        "Subject: [FIRST REPORT]",
        "1 Event  one suspected case, main hall, Finance",
        "the clock is MET",
        "written report sent",
        "signed",
    ] {
        assert!(told.contains(expected), "expected {expected} in\n{told}");
    }
    assert!(told.lines().all(|line| line.chars().count() <= 100), "a line is too wide:\n{told}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "the tour is told on standard output alone");
    let order = |text: &str| told.find(text).unwrap_or(usize::MAX);
    assert!(order("the first proof") < order("duty@sasac.example.cn"));
}
