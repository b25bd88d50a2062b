//! Reminders: of a call that was promised, of a correction; each while it is still to be done.

use super::check;

#[test]
fn a_call_back_that_was_kept_reminds_nobody_again() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 take C1 p31 -> taken
         08:06 telephone C1 call_back p31 back=08:12 -> telephone-tried
         08:11 tick -> notify reminder p31 phone; notify reminder p31 sms
         08:11 send -> attempt-started reminder p31 phone; attempt-started reminder p31 sms
         08:11:01 telephone C1 taken p31 -> telephone-proved
         08:11:02 refused reminder:p31:phone -> attempt-ended reminder transient; !notify reminder
         08:11:02 unknown reminder:p31:sms -> attempt-ended reminder unknown; !attempt-ended again=08:11:04
         08:20 send -> !attempt-started reminder",
    );
}

#[test]
fn a_call_back_that_was_put_off_reminds_of_the_new_time_alone() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 take C1 p31 -> taken
         08:06 telephone C1 call_back p31 back=08:12 -> telephone-tried
         08:11 tick -> notify reminder p31 phone; notify reminder p31 sms
         08:11:01 telephone C1 call_back p31 back=08:20 -> telephone-tried back=08:19
         08:11:02 send -> cancelled reminder p31 sms overtaken; cancelled reminder p31 phone overtaken
         08:19 tick -> notify reminder p31 phone; notify reminder p31 sms
         08:19 send -> !cancelled reminder",
    );
}

#[test]
fn a_correction_that_was_told_reminds_nobody_again() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> notify reminder p31 sms
         08:06 send -> attempt-started reminder p31 sms
         08:06:30 telephone C1 taken p31 -> correction-told C1 sasac
         08:06:31 refused reminder:p31:sms -> attempt-ended reminder transient; !notify reminder",
    );
}

#[test]
fn whoever_is_on_duty_is_reminded_of_a_correction_ever_more_seldom_until_it_is_told() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1; notify reminder p31 sms
         08:06 deliver -> attempt-started reminder p31 sms
         08:11 tick -> correction-reminded C1 missed=0 due=08:11 next=08:21; notify reminder p31 sms round=2 due=08:11
         08:11 deliver -> attempt-started reminder p31 sms
         08:21 tick -> correction-reminded next=08:41; notify reminder p31 sms round=3
         08:41 tick -> correction-reminded next=09:21; cancelled reminder p31 sms overtaken; \
            notify reminder p31 sms round=4
         09:21 tick -> correction-reminded next=10:21; notify reminder p31 sms round=5
         10:21 tick -> correction-reminded next=11:21; notify reminder p31 sms round=6
         10:22 telephone C1 no_answer p31 -> telephone-tried
         10:23 telephone C1 taken p31 -> correction-told C1 sasac
         24/08:00 tick -> !correction-reminded; !notify reminder",
    );
}

#[test]
fn overdue_reminders_of_a_correction_are_one_and_the_next_is_on_the_old_grid() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed
         08:06 deliver ->
         08:06 start down=08:07-08:50 -> started
         08:50 tick -> correction-reminded missed=2 due=08:11 next=09:21; notify reminder p31 sms missed=2",
    );
}

#[test]
fn two_corrections_to_one_authority_are_one_reminder() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed C1 sasac 1
         08:07 fever E1 finance 38 -> case-raised C1 from=ruled_out fever
         08:08 classify C1 ruled_out p31 -> correction-owed C1 sasac 2
         08:11 tick -> !correction-reminded; !notify reminder
         08:13 tick -> correction-reminded C1 due=08:13; notify reminder p31 sms
         08:14 telephone C1 taken p31 -> correction-told
         24/08:00 tick -> !correction-reminded",
    );
}

#[test]
fn a_correction_that_nobody_tells_reminds_for_a_week_and_then_no_more() {
    check(
        "08:00 fever E1 finance suspected -> clock-started
         08:05 telephone C1 taken p31 -> telephone-proved
         08:06 classify C1 ruled_out p31 -> correction-owed
         30/12:00 live ->
         30/12:21 tick -> correction-reminded C1 next=30/13:21
         12.01/08:00 live ->
         12.02/08:00 live -> !correction-reminded; !notify",
    );
}
