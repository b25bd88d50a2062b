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
