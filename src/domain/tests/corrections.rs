//! Corrections: owed while what they say is true, and to whoever heard what was wrong.

use super::check;

/// A case that was told by telephone, and ruled out.
const OWED: &str = "08:00 fever E1 finance suspected -> clock-started
     08:05 telephone C1 taken p31 -> telephone-proved
     08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1; notify correction sasac email; \
        notify reminder p31 sms";

#[test]
fn a_correction_that_nobody_has_heard_of_ends_when_the_case_is_suspected_again() {
    check(&format!(
        "{OWED}
         08:07 classify C1 suspected p31 -> correction-ended C1 sasac 1; cancelled correction sasac email raised; \
            cancelled reminder p31 sms raised; clock-started C1 sasac due=08:37
         08:08 live -> !attempt-started correction; !attempt-started reminder
         08:20 telephone C1 taken p31 -> !correction-told; telephone-tried; telephone-proved C1 sasac
         08:21 write C1 initial p31 -> written-planned
         08:21 deliver -> clock-met
         08:30 live -> !correction-reminded; !notify correction
         08:31 close C1 p31 -> closed C1"
    ));
    check(&format!(
        "{OWED}
         08:07 fever E1 finance suspected -> correction-ended C1 sasac 1; \
            cancelled correction sasac email raised; clock-started C1 sasac"
    ));
}

#[test]
fn what_an_authority_has_of_a_correction_stands_and_the_rest_ends_when_the_case_is_suspected_again() {
    check(&format!(
        "{OWED}
         08:06 deliver -> correction-written C1 sasac
         08:07 classify C1 suspected p31 -> correction-ended C1 sasac 1
         08:11 tick -> !correction-reminded; !notify reminder
         08:12 telephone C1 taken p31 -> !correction-told; telephone-proved"
    ));
    check(&format!(
        "{OWED}
         08:06:30 telephone C1 taken p31 -> correction-told C1 sasac
         08:07 classify C1 suspected p31 -> correction-ended C1 sasac 1; cancelled correction sasac email raised"
    ));
    check(&format!(
        "{OWED}
         08:06 deliver -> correction-written C1 sasac
         08:06:30 telephone C1 taken p31 -> correction-told C1 sasac
         08:07 classify C1 suspected p31 -> !correction-ended"
    ));
}

#[test]
fn a_correction_under_way_when_the_case_is_suspected_again_counts_where_it_arrives_and_goes_no_more() {
    let under_way = format!(
        "{OWED}
         08:06 send -> attempt-started correction sasac email
         08:07 classify C1 suspected p31 -> correction-ended C1 sasac 1"
    );
    check(&format!("{under_way}\n08:07:01 accepted correction:sasac:email -> correction-written C1 sasac"));
    check(&format!(
        "{under_way}
         08:07:01 refused correction:sasac:email -> attempt-ended correction; !notify correction"
    ));
    check(&format!(
        "{under_way}
         08:07:01 unknown correction:sasac:email -> attempt-ended correction unknown
         08:20 live -> !attempt-started correction; !correction-written"
    ));
    check(&format!(
        "{under_way}
         08:07:01 accepted correction:sasac:email -> correction-written C1 sasac
         08:08 receipt correction:sasac:email failed -> correction-returned C1 sasac 1; !notify correction
         08:09 live -> !attempt-started correction"
    ));
}

#[test]
fn a_case_that_is_ruled_out_again_owes_a_correction_anew_and_what_ended_stays_ended() {
    check(&format!(
        "{OWED}
         08:07 classify C1 suspected p31 -> correction-ended C1 sasac 1
         08:08 classify C1 ruled_out p31 -> correction-owed C1 sasac 2; notify correction sasac email
         08:08 deliver -> correction-written C1 sasac
         08:09 classify C1 suspected p31 -> correction-ended C1 sasac 2; !correction-ended C1 sasac 1
         08:10 classify C1 ruled_out p31 -> correction-owed C1 sasac 3
         08:10 deliver -> correction-written C1 sasac
         08:11 close C1 p31 -> REJECTED CorrectionOwed
         08:12 telephone C1 taken p31 -> correction-told C1 sasac
         08:13 close C1 p31 -> closed C1"
    ));
}

#[test]
fn a_correction_stays_owed_while_the_case_is_a_fever_and_not_suspected() {
    check(&format!(
        "{OWED}
         08:07 fever E1 finance 38 -> case-raised C1 from=ruled_out fever; !correction-ended; !cancelled correction
         08:11 tick -> correction-reminded C1
         08:12 classify C1 suspected p31 -> correction-ended C1 sasac 1; cancelled correction sasac email raised"
    ));
}

#[test]
fn a_correction_that_ended_is_not_sent_when_the_daemon_is_armed() {
    let mut world = super::World::new(|_| {});
    world.run(
        "08:00 fever E1 finance suspected -> clock-started unarmed
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1
         08:06 send -> cancelled correction sasac email unarmed
         08:07 classify C1 suspected p31 -> correction-ended C1 sasac 1
         08:08 arm p42 -> !notify correction",
    );
    world.replays();
}

#[test]
fn a_call_that_is_recorded_after_the_case_was_ruled_out_makes_a_correction_owed() {
    let ruled_out = "08:00 fever E1 finance suspected -> clock-started
         08:06 classify C1 ruled_out p31 -> clock-withdrawn C1 sasac; !correction-owed";
    check(&format!(
        "{ruled_out}
         08:09 telephone C1 no_answer p31 -> telephone-tried; !correction-owed
         08:10 telephone C1 taken p31 said=08:05 -> telephone-tried C1 taken; !telephone-proved; \
            correction-owed C1 sasac 1; notify correction sasac email; notify reminder p31 sms
         08:11 close C1 p31 -> REJECTED CorrectionOwed
         08:11 deliver -> correction-written C1 sasac
         08:12 telephone C1 taken p31 -> correction-told C1 sasac; !correction-owed
         08:13 close C1 p31 -> closed C1"
    ));
    check(&format!(
        "{ruled_out}
         08:10 telephone C1 refused p31 -> correction-owed C1 sasac 1
         08:11 telephone C1 call_back p31 -> telephone-tried; !correction-owed"
    ));
    check(&format!(
        "{ruled_out}
         08:07 fever E1 finance 38 -> case-raised C1 from=ruled_out fever
         08:10 telephone C1 taken p31 -> correction-owed C1 sasac 1"
    ));
    check(&format!(
        "{ruled_out}
         08:07 classify C1 suspected p31 -> clock-started
         08:10 telephone C1 taken p31 -> telephone-proved; !correction-owed
         08:11 classify C1 ruled_out p31 -> correction-owed C1 sasac 1"
    ));
}

#[test]
fn a_correction_of_before_the_case_was_suspected_again_does_not_stand_for_one_that_is_owed_late() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:15 tick -> daemon-calls C1
         08:15 send -> attempt-started telephone
         08:16 classify C1 ruled_out p31 -> correction-owed C1 sasac 1
         08:16 deliver -> correction-written C1 sasac
         08:17 telephone C1 taken p31 -> correction-told C1 sasac
         08:19 receipt telephone:sasac:phone failed ->
         08:19 receipt correction:sasac:email failed -> correction-returned C1 sasac 1
         08:20 classify C1 suspected p31 -> clock-started
         08:21 classify C1 ruled_out p31 -> clock-withdrawn; !correction-owed
         08:22 telephone C1 taken p31 -> correction-owed C1 sasac 2",
    );
}

#[test]
fn a_paper_that_is_recorded_after_the_case_was_ruled_out_makes_a_correction_owed() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 no_answer p31 -> telephone-tried
         08:06 classify C1 ruled_out p31 -> clock-withdrawn C1 sasac; !correction-owed
         08:10 written-receipt C1 p31 ref=r1 -> written-receipted C1 sasac; correction-owed C1 sasac 1; \
            notify correction sasac email",
    );
}

#[test]
fn a_key_that_is_pressed_in_a_call_that_had_failed_before_the_case_was_ruled_out_makes_a_correction_owed() {
    let failed = "08:00 fever E1 finance suspected -> clock-started
         08:15 tick -> daemon-calls C1
         08:15 send -> attempt-started telephone
         08:16 refused telephone:sasac:phone -> attempt-ended telephone
         08:17 classify C1 ruled_out p31 -> clock-withdrawn; !correction-owed";
    check(&format!(
        "{failed}
         08:18 digit telephone:sasac:phone 1 -> !telephone-proved; correction-owed C1 sasac 1
         08:19 digit telephone:sasac:phone 2 -> !correction-owed"
    ));
    check(&format!("{failed}\n08:18 digit telephone:sasac:phone 9 -> !correction-owed"));
}

#[test]
fn a_key_that_asks_for_another_call_after_the_case_was_ruled_out_plans_none() {
    for key in [3, 9] {
        check(&format!(
            "08:00 fever E1 finance suspected -> clock-started
             08:15 tick -> daemon-calls C1
             08:15 send -> attempt-started telephone
             08:16 accepted telephone:sasac:phone -> attempt-ended telephone
             08:17 classify C1 ruled_out p31 -> clock-withdrawn
             08:18 digit telephone:sasac:phone {key} -> !daemon-calls; !telephone-impossible; !notify telephone"
        ));
    }
}

#[test]
fn that_a_case_is_ruled_out_is_told_to_nobody_once_it_is_suspected_again() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:00 send -> !medium-skipped
         08:02 classify C1 ruled_out p31 -> ruled-out
         08:03 classify C1 suspected p31 -> case-raised C1
         08:03 send -> !attempt-started withdrawn",
    );
}
