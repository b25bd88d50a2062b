//! Ruling a case out where that takes a lapse from whoever does it: somebody else agrees.

use super::check;
use super::slots::daily;

#[test]
fn nobody_takes_a_lapse_from_themselves_by_ruling_a_case_out_alone() {
    // Of what a report leaves out: its filer, and who led the unit.
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted by=19:00
         19:00:01 tick -> lapse concealed fevers C1 involved=p12 responsible=p11
         19:10 classify C1 ruled_out p12 -> REJECTED SecondPersonNeeded
         19:11 classify C1 ruled_out p11 -> REJECTED SecondPersonNeeded
         19:12 classify C1 ruled_out p12 second=p11 -> REJECTED SecondPersonNeeded
         19:13 classify C1 ruled_out p12 second=p31 -> ruled-out C1; lapse-withdrawn",
    );
    // What was passed on too late.
    check(
        "08:25 fever E1 finance suspected at=08:00 -> lapse event involved=p11
         08:31 tick -> lapse telephone involved=p11; lapse written involved=p11
         09:30 classify C1 ruled_out p11 -> REJECTED SecondPersonNeeded
         09:31 classify C1 ruled_out p31 -> ruled-out C1; lapse-withdrawn event; lapse-withdrawn telephone; \
            lapse-withdrawn written",
    );
}

#[test]
fn where_nothing_is_taken_from_whoever_rules_out_they_do_it_alone() {
    daily(
        "09:00 fever E1 finance 38.4 -> case-opened C1
         09:10 fever E2 finance 38.4 -> case-opened C2
         15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted by=19:00
         19:00:01 tick -> lapse concealed fevers C1 C2 involved=p12
         19:10 classify C1 ruled_out p12 -> ruled-out C1; !lapse-withdrawn
         19:11 classify C2 ruled_out p12 -> REJECTED SecondPersonNeeded
         19:12 classify C2 ruled_out p31 -> ruled-out C2; lapse-withdrawn",
    );
}
