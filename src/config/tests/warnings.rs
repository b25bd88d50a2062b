//! Warnings: what somebody may be sorry for.

use super::{Copy, example};
use crate::config::{Finding, Severity, check, load, render};
use crate::time::Timestamp;

fn now() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().expect("this is an instant")
}

/// The titles of what `check` says of a folder.
#[track_caller]
pub(super) fn titles(dir: &std::path::Path) -> Vec<String> {
    let loaded =
        load(dir).unwrap_or_else(|failed| panic!("{}", render(&failed.findings, &failed.sources, false)));
    let mut findings = loaded.warnings;
    findings.extend(check(&loaded.configuration, &loaded.sources, now()));
    let word = |severity| match severity {
        Severity::Mistake => "mistake",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let title = |it: &Finding| format!("{} {}: {}", word(it.severity), it.key, it.message);
    // How long a message is depends on its wording, which is another room's.
    findings.iter().map(title).filter(|title| !title.contains(" SMS (")).collect()
}

#[test]
fn a_message_that_does_not_fit_is_told() {
    let signature = "sms_signature = \"黑龙江省产权交易集团疫情防控应急处置领导小组办公室值班室\"\ntime_zone";
    let copy = Copy::new().change("watchfire.toml", "time_zone", signature);
    let loaded = load(copy.path()).unwrap();
    let findings = check(&loaded.configuration, &loaded.sources, now());
    let long = findings.iter().filter(|finding| finding.message.contains("and one SMS holds 70"));
    assert!(long.count() > 2, "{findings:#?}");
}

#[test]
fn the_example_warns_of_its_secrets_and_of_its_gaps() {
    let expected = "\
warning channel \"voice\": receipt_token_sha256: this is a secret of the example, which everybody can read
warning source \"hr-system\": token_sha256: this is a secret of the example, which everybody can read
warning source \"gate-lobby\": path_secret_sha256: this is a secret of the example, which everybody can read
warning source \"clinic\": signing_secret: a secret stands here for all to read
warning source \"clinic\": signing_secret: this is a secret of the example, which everybody can read
warning client \"office\": token_sha256: this is a secret of the example, which everybody can read
warning client \"inspection\": token_sha256: this is a secret of the example, which everybody can read
warning client \"operations\": token_sha256: this is a secret of the example, which everybody can read
warning unit \"auction\": deputy: there is no deputy: nobody stands in for the liaison, or for a leader whose own case it is
warning policy \"suspected\": step 1: repeat_every: 6 attempts at one person within 30m, and channel \"voice\" allows 5 in 1h
warning server.heartbeat: no heartbeat is sent: if this machine dies at night nobody is told
warning storage.master_key: the key of the vault is made in the data folder, beside what it opens
note form \"control-statistics\": due: comes next Mon 2026-11-23 16:00:00 and Tue 2026-11-24 16:00:00
note form \"travel-register\": due: comes next Mon 2026-11-23 16:00:00 and Tue 2026-11-24 16:00:00
note form \"morning-check\": due: comes next Mon 2026-11-23 09:30:00 and Tue 2026-11-24 09:30:00
note form \"disinfection\": due: comes next Mon 2026-11-23 09:00:00 and Mon 2026-11-23 13:00:00
note ledger.lapses_at: comes next Mon 2026-11-23 09:00:00 and Tue 2026-11-24 09:00:00
note ledger.heads_at: comes next Mon 2026-11-23 18:00:00 and Tue 2026-11-24 18:00:00";
    assert_eq!(titles(example()).join("\n"), expected);
}

#[track_caller]
fn warns(file: &str, from: &str, to: &str, expected: &str) {
    let before = titles(example());
    let after = titles(Copy::new().change(file, from, to).path());
    let new: Vec<&str> = after.iter().filter(|title| !before.contains(title)).map(String::as_str).collect();
    assert_eq!(new.join("\n"), expected, "{file}: {to}");
}

#[test]
fn a_duty_minute_that_nobody_covers_is_told_to_the_minute() {
    warns(
        "organisation.toml",
        "rotation = [\"p31\", \"p32\"]\nfrom = \"2026-01-01T08:30:00+08:00\"",
        "rotation = [\"p31\", \"p32\"]\nfrom = \"2026-11-25T08:30:00+08:00\"",
        "warning duty \"officer\": nobody is on duty from 2026-11-23 08:00 to 2026-11-25 08:30",
    );
    warns(
        "organisation.toml",
        "from = \"2026-01-01T08:30:00+08:00\"\nshift = \"7d\"\n\n[[duty.override]]\nperson = \"p42\"\nfrom = \"2026-02-01T08:30:00+08:00\"\nto = \"2026-02-03T08:30:00+08:00\"",
        "from = \"2026-11-25T08:30:00+08:00\"\nshift = \"7d\"\n\n[[duty.override]]\nperson = \"p42\"\nfrom = \"2026-11-23T08:00:00+08:00\"\nto = \"2026-11-25T08:25:00+08:00\"",
        "warning duty \"leader\": nobody is on duty from 2026-11-25 08:25 to 2026-11-25 08:30",
    );
}

#[test]
fn whoever_cannot_be_reached_is_named() {
    warns(
        "people.toml",
        "mobile = \"+8613800000032\"\nemail = \"duty-b@example.cn\"",
        "",
        "\
warning policy \"fever\": step 2: notify: \"p32\" has no address for any of its media, and would not be told
warning policy \"suspected\": clock.warn: \"p32\" has no address for any of its media, and would not be told
warning policy \"suspected\": step 1: notify: \"p32\" has no address for any of its media, and would not be told",
    );
    warns(
        "policies.toml",
        "by = [\"sms\", \"phone\"]                # media",
        "by = [\"sms\", \"email\"]                # media",
        "",
    );
    warns(
        "people.toml",
        "mobile = \"+8613800000021\"\nemail = \"auction-leader@example.cn\"",
        "email = \"auction-leader@example.cn\"",
        "\
warning policy \"fever\": step 1: notify: \"p21\" has no address for any of its media, and would not be told
warning policy \"suspected\": step 1: notify: \"p21\" has no address for any of its media, and would not be told",
    );
    warns(
        "people.toml",
        "mobile = \"+8613800000012\"",
        "mobile = \"+8613800000011\"",
        "warning person \"p12\": mobile: \"p11\" has the same number: their calls count together, and whoever holds it can sign in as either",
    );
    warns(
        "people.toml",
        "email = \"duty-b@example.cn\"",
        "email = \"Auction-Leader@example.cn\"",
        "warning person \"p32\": email: \"p21\" has the same address: whoever reads it can sign in as either",
    );
    warns(
        "people.toml",
        "email = \"discipline@example.cn\"",
        "",
        "warning ledger.inspectors: the signed heads cannot be mailed to \"p51\"",
    );
    warns(
        "organisation.toml",
        "short_name = \"财务部\"",
        "short_name = \"集团财务管理部\"",
        "warning unit \"finance\": short_name: 7 characters",
    );
}

#[test]
fn a_shared_telephone_is_told_with_both_places() {
    let copy = Copy::new().change("people.toml", "+8613800000012", "+8613800000011");
    let loaded = load(copy.path()).unwrap();
    let findings = check(&loaded.configuration, &loaded.sources, now());
    let shared = findings.iter().find(|finding| finding.key == "person \"p12\": mobile").unwrap();
    let text = std::fs::read_to_string(copy.file("people.toml")).unwrap();
    let said = render(std::slice::from_ref(shared), &loaded.sources, false);
    let lines = text.lines().zip(1..).filter(|(line, _)| line.contains("+8613800000011"));
    let lines: Vec<i32> = lines.map(|(_, number)| number).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(said.contains(&format!("people.toml:{line}:")), "line {line} of {said}");
    }
}

#[test]
fn a_unit_of_whose_cases_nobody_would_hear_is_named() {
    let copy = Copy::new().change("people.toml", "mobile = \"+8613800000021\"", "").change(
        "policies.toml",
        "notify = [\"duty.officer\"]",
        "notify = [\"unit.leader\"]",
    );
    let titles = titles(copy.path());
    let expected = "warning unit \"auction\": of a fever case in this unit nobody would hear";
    assert!(titles.iter().any(|title| title == expected), "{titles:#?}");
}

#[test]
fn an_authority_that_cannot_be_told_is_named() {
    warns(
        "organisation.toml",
        "phones = [ { number = \"+8645100000001\" } ]",
        "",
        "warning authority \"sasac\": phones: there is no number: the daemon cannot ring it, and an officer has to know the number",
    );
    warns(
        "organisation.toml",
        "{ number = \"+8645100000001\" }",
        "{ number = \"+8645100000001\", hours = \"08:00-18:00\" }",
        "warning authority \"sasac\": phones: at 00:00 no number is rung",
    );
    warns(
        "organisation.toml",
        "email = \"duty@sasac.example.cn\"",
        "",
        "warning authority \"sasac\": email: there is no address: no written report can reach it",
    );
}

#[test]
fn a_proof_that_no_channel_can_bring_is_told() {
    warns(
        "channels.toml",
        "receipts = \"native\" ",
        "receipts = \"none\" ",
        "warning policy \"suspected\": clock.phone.proof: no channel for calls has receipts: only an officer's record can bring it, not the daemon's call",
    );
    warns(
        "policies.toml",
        "proof = \"person\" ",
        "proof = \"answered\" ",
        "warning policy \"suspected\": clock.phone.proof: it counts as reported by telephone though no person at the authority took it",
    );
    warns(
        "policies.toml",
        "proof = \"accepted\"",
        "proof = \"receipted\"",
        "warning policy \"suspected\": clock.written.proof: only the authority's own confirmation, or an officer's record of it, brings this proof",
    );
}

#[test]
fn a_medium_without_a_channel_is_told() {
    let copy = Copy::new().change("channels.toml", "medium = \"sms\"", "medium = \"phone\"");
    let titles = titles(copy.path());
    for key in ["policy \"fever\": step 1: by", "policy \"suspected\": clock.warn_by"] {
        let expected = format!("warning {key}: there is no channel for sms");
        assert!(titles.contains(&expected), "{titles:#?}");
    }
}

#[test]
fn what_the_operator_left_open_is_told() {
    warns(
        "watchfire.toml",
        "public_url = \"http://127.0.0.1:8420\"",
        "public_url = \"http://yq.example.cn\"",
        "\
warning server.public_url: links and codes go over a connection that anybody on the way can read
warning server.public_url: something stands between this address and `listen`, and no proxy is trusted: every caller has one address, and shares one limit",
    );
    warns(
        "watchfire.toml",
        "inspectors = [\"p51\"]",
        "inspectors = []",
        "warning ledger.inspectors: nobody gets the signed heads: whoever owns this machine could rewrite the past",
    );
    warns(
        "sources.toml",
        "person = \"p42\"\nrole = \"office\"",
        "person = \"p42\"\nrole = \"read\"",
        "warning role: nobody has the role office: nobody can arm the daemon or read personal data",
    );
}

#[test]
fn a_condition_that_changes_nothing_is_told() {
    warns(
        "policies.toml",
        "unless = \"confirmed\"",
        "unless = \"taken\"",
        "warning policy \"fever\": step 2: unless: \"taken\" changes nothing: of a case that somebody has taken no step tells anybody more",
    );
}

#[test]
fn a_schedule_that_says_something_unusual_is_told() {
    let heads = "heads_at = \"0 0 18 * * *\"";
    let expected = "\
warning ledger.heads_at: not every month has this day
note ledger.heads_at: comes next Mon 2026-11-30 18:00:00 and Wed 2026-12-30 18:00:00";
    warns("watchfire.toml", heads, "heads_at = \"0 0 18 30 * *\"", expected);
    let expected = "\
warning ledger.heads_at: this comes 1s apart
note ledger.heads_at: comes next Mon 2026-11-23 18:00:00 and Mon 2026-11-23 18:00:01";
    warns("watchfire.toml", heads, "heads_at = \"* 0 18 * * *\"", expected);
    warns(
        "watchfire.toml",
        heads,
        "heads_at = \"0 0 18 31 2 *\"",
        "warning ledger.heads_at: this never comes",
    );
}

#[test]
fn a_form_of_working_days_passes_over_days_off_and_keeps_those_that_are_worked() {
    let comes = |calendar: &str, due: &str| {
        let copy = Copy::new()
            .change("forms.toml", "due = \"0 30 9 * * *\"", &format!("due = \"{due}\""))
            .change("forms.toml", "days_off = [\"2026-09-25\"]", calendar);
        let key = "form \"morning-check\": due: ";
        let titles = titles(copy.path());
        titles.into_iter().filter(|title| title.contains(key)).collect::<Vec<_>>().join("; ")
    };
    let none = "days_off = [\"2026-09-25\"]";
    // The 28th is a Saturday.
    let friday =
        "note form \"morning-check\": due: comes next Fri 2026-11-27 09:30:00 and Mon 2026-11-30 09:30:00";
    let off = "days_off = [\"2026-11-23\", \"2026-11-24\", \"2026-11-25\", \"2026-11-26\"]";
    assert_eq!(comes(off, "0 30 9 * * *"), friday);
    let every_hour = comes(off, "0 0 * * * *");
    assert!(every_hour.contains("comes next Fri 2026-11-27 00:00:00"), "{every_hour}");
    assert!(comes(none, "0 30 9 * * Sat").contains("this never comes"));
    let copy = Copy::new().change("forms.toml", "due = \"0 30 9 * * *\"", "due = \"0 30 9 * * Sat\"").change(
        "forms.toml",
        "\"2026-10-10\"",
        "\"2026-11-28\", \"2026-12-05\"",
    );
    let worked =
        "note form \"morning-check\": due: comes next Sat 2026-11-28 09:30:00 and Sat 2026-12-05 09:30:00";
    assert!(titles(copy.path()).iter().any(|title| title == worked), "{:#?}", titles(copy.path()));
}

#[test]
fn a_ladder_over_a_limit_is_shown_with_the_minute_from_which_no_attempt_is_left() {
    let shown = |copy: &Copy| {
        let loaded = load(copy.path()).unwrap();
        let findings = check(&loaded.configuration, &loaded.sources, now());
        let ladder: Vec<Finding> =
            findings.into_iter().filter(|it| it.message.contains("attempts at")).collect();
        render(&ladder, &loaded.sources, false)
    };
    let expected = "\
warning: policy \"suspected\": step 1: repeat_every: 6 attempts at one person within 30m, and channel \"voice\" allows 5 in 1h
  --> policies.toml:50:16
   |
50 | repeat_every = \"5m\"                  # to whoever has not confirmed, within the channel's limits, until somebody has taken the case
   |                ^^^^
   |
   = help: from T+25m on there would be none left; they are spread over the clock, and one is kept for its last five minutes";
    assert_eq!(shown(&Copy::new()).trim(), expected);
    // Rung more often it runs into the limit sooner.
    let often = Copy::new().change("policies.toml", "repeat_every = \"5m\"", "repeat_every = \"2m\"");
    assert!(shown(&often).contains("help: from T+10m on there would be none left"), "{}", shown(&often));
}

#[test]
fn a_ladder_of_several_steps_and_its_warnings_are_counted_together() {
    let step = "\n[[policy.step]]\nafter = \"1m\"\nnotify = [\"duty.officer\"]\nby = [\"phone\"]\nrepeat_every = \"10m\"\n";
    let three = format!("{step}{}{}", step.replace("1m", "2m"), step.replace("1m", "3m"));
    let copy = Copy::new().change("policies.toml", "repeat_every = \"5m\"", "# ");
    let text = std::fs::read_to_string(copy.file("policies.toml")).unwrap();
    let copy = copy.write("policies.toml", &format!("{text}{three}"));
    let found: Vec<String> =
        titles(copy.path()).into_iter().filter(|title| title.contains("attempts at")).collect();
    // Once at T+0, three times by each of three steps, and at T+15m and T+25m.
    let expected = "warning policy \"suspected\": step: 12 attempts at \"p31\" (by step 1, step 2, step 3, step 4, warn_at) within 30m, and channel \"voice\" allows 5 in 1h";
    assert_eq!(found, [expected]);
    // A second channel of the medium that allows less is found too.
    let second = "[[channel]]\nid = \"voice-b\"\nmedium = \"phone\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9100/b\"\nbody = '{}'\nlimits = { per_callee = { \"24h\" = 2 } }\n";
    let titles = titles(Copy::new().write("zz.toml", second).path());
    let less = "6 attempts at one person within 30m, and channel \"voice-b\" allows 2 in 1d";
    assert!(titles.iter().any(|title| title.contains(less)), "{titles:#?}");
}

#[test]
fn a_register_that_names_people_without_their_consent_is_told() {
    let text = std::fs::read_to_string(example().join("forms.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("consent = ")).unwrap();
    warns(
        "forms.toml",
        line,
        "",
        "warning form \"travel-register\": consent: rows name people, and nobody says that these have agreed to it",
    );
    let (personal, not) = ("personal = true, required = true }", "required = true }");
    let nobody = Copy::new().change("forms.toml", line, "").change("forms.toml", personal, not);
    assert_eq!(titles(nobody.path()), titles(example()), "rows that name nobody need no consent");
}
