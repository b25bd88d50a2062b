//! A wall clock that runs ahead for a moment: no due instant comes early by it.

use super::slots::daily;

#[test]
fn of_a_clock_that_runs_ahead_for_a_moment_no_due_instant_comes_early() {
    daily(
        "12:00:01~24/12:00:01 tick -> !period-fell-due; !period-reminded
         12:00:10~24/12:00:10 clock-step 24/12:00:10 12:00:10
         12:00:11 tick -> !period-fell-due
         13:10 trust -> clock-trusted
         14:00 absent p12 until=24/09:00
         15:50 trouble vault_closed
         15:57 over vault_closed
         16:00 tick -> due-moved to=16:27; !period-fell-due
         16:05 report daily finance p11 -> report-filed on_time
         16:27 tick -> period-fell-due auction:p22:p21",
    );
    // In doubt a period falls due all the same, and nothing in it is missing.
    daily(
        "15:30~15:20 clock-step 15:20 15:30
         16:00~15:50 tick -> !period-fell-due
         16:10~16:00 tick -> period-fell-due
         20:10:01~20:00:01 tick -> !period-closed",
    );
}
