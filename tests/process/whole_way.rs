//! The tour, as a newcomer runs it: from the webhook to the authority's telephone and inbox.

use std::process::Command;

#[test]
fn the_tour_shows_the_whole_way_and_ends() {
    let output = Command::new(env!("CARGO_BIN_EXE_watchfire"))
        .args(["--log", "warn", "demo", "--once"])
        .output()
        .unwrap_or_else(|error| panic!("{error}"));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in [
        "202, on disk",
        "☎  duty officer (alert)",
        "SMS to unit leader (alert)",
        "presses 1",
        "mail to duty@sasac.example.cn",
        "the clock is MET",
        "signed head",
    ] {
        assert!(told.contains(expected), "expected {expected} in\n{told}");
    }
    let order = |text: &str| told.find(text).unwrap_or(usize::MAX);
    assert!(order("the telephone proof") < order("mail to duty@sasac.example.cn"));
}
