//! Several filers of one slot: each answers for what they filed themselves, at a time of their own.

use super::contradictions::rounds;
use super::slots::daily;

/// A case that a report leaves out, and whose filer says that it stands.
const LEFT_OUT: &str = "09:00 fever E1 finance 38.4 -> case-opened C1
     15:00 report daily finance p12 fevers=0 stands -> report-filed contradicted filer=p12 by=19:00";

#[test]
fn who_files_behind_another_has_four_hours_of_their_own_and_both_answer() {
    daily(&format!(
        "{LEFT_OUT}
         18:00 report daily finance p11 day=2026-11-23 fevers=0 says=other stands -> \
               report-filed contradicted filer=p11 by=22:00 kept kept-for=p12 kept-by=19:00
         19:00:01 tick -> contradiction-ended uncorrected; lapse concealed fevers C1 involved=p12
         22:00:01 tick -> contradiction-ended uncorrected; lapse concealed fevers C1 involved=p11
         23:00 report daily finance p12 day=2026-11-23 fevers=1 says=one -> \
               lapse-cured involved=p12; lapse-cured involved=p11"
    ));
    daily(&format!(
        "{LEFT_OUT}
         18:00 report daily finance p11 day=2026-11-23 fevers=0 says=other stands -> report-filed kept
         19:00:01 tick -> lapse concealed involved=p12
         21:00 report daily finance p11 day=2026-11-23 fevers=1 says=one -> lapse-cured involved=p12; !kept; !contradicted
         24/03:00 tick -> !lapse concealed; !contradiction-ended"
    ));
}

#[test]
fn what_one_answers_for_on_the_ledger_spares_nobody_else() {
    daily(&format!(
        "{LEFT_OUT}
         19:00:01 tick -> lapse concealed fevers C1 involved=p12
         19:30 report daily finance p11 day=2026-11-23 fevers=0 says=other stands -> \
               report-filed contradicted filer=p11 by=23:30; !kept
         19:40 report daily finance p12 day=2026-11-23 fevers=0 says=third stands -> \
               report-filed kept kept-for=p11 kept-by=23:30; !contradicted
         23:30:01 tick -> lapse concealed fevers C1 involved=p11
         24/12:00 tick -> !lapse concealed"
    ));
}

#[test]
fn who_says_again_what_they_had_put_right_answers_again() {
    daily(&format!(
        "{LEFT_OUT}
         19:00:01 tick -> lapse concealed fevers C1 involved=p12
         20:00 report daily finance p12 day=2026-11-23 fevers=1 says=one -> lapse-cured involved=p12
         20:30 report daily finance p12 day=2026-11-23 fevers=0 says=none stands -> \
               report-filed contradicted filer=p12 by=24/00:30; !lapse-cured
         24/00:30:01 tick -> lapse concealed fevers C1 involved=p12
         24/01:00 report daily finance p12 day=2026-11-23 fevers=1 says=last -> lapse-cured involved=p12"
    ));
}

#[test]
fn a_round_that_two_report_too_close_is_held_against_each_of_them() {
    rounds(
        "16:30 tick
         16:50 report rounds finance p12 day=2026-11-23 number=2
         16:51 report rounds finance p12 day=2026-11-23 number=3 stands -> report-filed contradicted too_close by=20:51
         17:00 report rounds finance p11 day=2026-11-23 number=3 says=other stands -> \
               report-filed contradicted too_close filer=p11 by=21:00 kept kept-for=p12 kept-by=20:51
         20:51:01 tick -> lapse false rounds.finance.2026-11-23.3 too_close involved=p12
         21:00:01 tick -> lapse false rounds.finance.2026-11-23.3 too_close involved=p11",
    );
}
