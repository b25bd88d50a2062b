//! More people with a fever in a report than anybody reported (S14).

use super::slots::daily;

#[test]
fn more_people_with_a_fever_than_anybody_reported_are_to_be_reported_at_once() {
    // It is taken, and its filer is asked; whom they report ends it.
    daily(
        "15:00 report daily finance p12 fevers=2 -> report-filed on_time; \
               report-contradicted unreported filer=p12 by=19:00; notify form_doubted p12 sms
         15:00 deliver
         15:30 fever E1 finance 38.4
         15:40 fever E2 finance 38.4
         19:00:01 tick -> contradiction-ended groundless; !lapse unreported",
    );
    // Nobody is accused: who is ill still after their case was closed is counted, and not known.
    daily(
        "15:00 report daily finance p12 fevers=2 -> report-contradicted unreported
         15:00 deliver
         15:30 fever E1 finance 38.4
         19:00:01 tick -> contradiction-ended groundless; !lapse",
    );
    // Who corrects the number has nothing to answer for.
    daily(
        "15:00 report daily finance p12 fevers=2 -> report-contradicted unreported
         15:00 deliver
         15:30 report daily finance p12 day=2026-11-23 fevers=0 says=none -> report-filed revision=2; !report-contradicted
         19:00:01 tick -> !lapse unreported",
    );
}

#[test]
fn a_case_whatever_became_of_it_and_the_filers_own_count_as_reported() {
    daily(
        "09:00 fever E1 finance suspected -> case-opened C1
         09:30 classify C1 ruled_out p31 second=p42
         15:00 report daily finance p12 fevers=1 -> report-filed; !report-contradicted",
    );
    daily(
        "09:00 fever E1 finance suspected self=p12 -> case-opened C1
         15:00 report daily finance p12 fevers=1 -> report-filed; !report-contradicted
         15:30 report daily finance p12 day=2026-11-23 fevers=3 says=three -> \
               report-contradicted unreported filer=p12",
    );
}

#[test]
fn who_says_the_same_again_with_a_reason_is_asked_once_and_has_no_more_time() {
    daily(
        "15:00 report daily finance p12 fevers=2 -> report-contradicted unreported by=19:00; notify form_doubted p12 sms
         15:00 deliver
         18:00 report daily finance p12 day=2026-11-23 fevers=2 stands because=sealed -> \
               report-filed revision=2; report-contradicted unreported by=19:00; !notify form_doubted
         19:00:01 tick -> contradiction-ended groundless; !lapse",
    );
}

#[test]
fn somebody_else_who_files_is_asked_too_and_has_their_own_time() {
    daily(
        "15:00 report daily finance p12 fevers=2 -> report-contradicted unreported filer=p12 by=19:00
         15:30 report daily finance p11 day=2026-11-23 fevers=2 says=other -> \
               report-contradicted unreported filer=p11 by=19:30; notify form_doubted p11 sms",
    );
}
