//! Handovers of duty: signed by both, with what is open, and what the one handled is then the other's (U34).

use super::commands::Words;
use super::directory::officer_is;
use super::slots::daily;
use super::{World, check, check_with, words};
use crate::domain::command::{Command, Shift};
use crate::domain::fact::{Fact, OpenMatters};
use crate::domain::names::{DutyRole, PersonId};
use crate::domain::state::State;

/// `hand-over p31 officer [to=p32]`, `relieve p32 [number=7]`.
pub(super) fn command(it: &Words<'_>, state: &State) -> Command {
    let actor = it.actor(1);
    Command::HandOver(Box::new(if it.plain(0) == "hand-over" {
        let (role, to) = (DutyRole::new(it.plain(2)), it.named("to").map(PersonId::new));
        Shift::Offer { role, actor, to, note: None }
    } else {
        let last = state.handovers.keys().max().copied().unwrap_or_default();
        Shift::Take { handover: it.named("number").map_or(last, |number| number.parse().unwrap()), actor }
    }))
}

impl World {
    #[expect(clippy::wildcard_enum_match_arm, reason = "facts of other families have words of their own")]
    pub(super) fn shift_words(&self, fact: &Fact) -> Option<Vec<String>> {
        Some(match fact {
            Fact::ShiftOffered(it) => {
                let mut words = vec![it.from.by.to_string(), format!("to={}", it.to)];
                words.extend(self.open_words(&it.open));
                words
            }
            Fact::ShiftTaken(it) => {
                let mut words = vec![it.actor.by.to_string()];
                words.extend(it.cases.iter().map(|case| format!("passes={}", words::case(case))));
                words.extend(it.open.iter().flat_map(|open| self.open_words(open)));
                words
            }
            _ => return None,
        })
    }

    fn open_words(&self, open: &OpenMatters) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for it in &open.cases {
            let due = it.due.map_or_else(|| "-".to_owned(), |due| self.time(due));
            let handler = it.handler.as_ref().map_or("nobody", PersonId::as_str);
            words.push(format!("{}:{:?}:{handler}:{due}", words::case(&it.case), it.kind));
        }
        words.extend(open.reports.iter().map(|it| format!("{}={}", it.period.form, it.units)));
        words.extend(open.troubles.iter().map(|it| format!("trouble={it}")));
        words
    }
}

#[test]
fn whoever_goes_signs_what_is_open_and_whoever_comes_signs_that_it_is_theirs() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:02 take C1 p31
         08:05 trouble vault_closed
         08:06 fever E2 auction 38 -> case-opened C2
         08:10 hand-over p31 officer -> shift-offered p31 to=p32 C1:Suspected:p31:08:30 C2:Fever:nobody:- \
            trouble=vault_closed; notify shift p32 sms
         08:12 relieve p32 -> shift-taken p32 passes=C1; taken C1 p32; notify shift p31 sms; !notify relieved
         08:13 relieve p32 -> (no facts)",
    );
}

#[test]
fn until_it_is_signed_the_case_stays_with_whoever_handles_it() {
    check(
        "08:00 fever E1 finance suspected
         08:02 take C1 p31
         08:10 hand-over p31 officer -> !taken
         08:11 take C1 p32 -> REJECTED HandledBy
         08:12 relieve p31 -> REJECTED NotTheirs
         08:12 relieve p41 -> REJECTED NotTheirs
         08:13 relieve p32 -> taken C1 p32
         08:14 take C1 p31 -> REJECTED HandledBy",
    );
}

#[test]
fn what_others_handle_stays_theirs_and_what_was_closed_meanwhile_passes_to_nobody() {
    check(
        "08:00 fever E1 finance 38
         08:01 fever E2 auction 38
         08:02 take C1 p41
         08:02 take C2 p31
         08:03 hand-over p31 officer -> shift-offered C1:Fever:p41:- C2:Fever:p31:-
         08:04 close C2 p31
         08:05 relieve p32 -> shift-taken p32 C1:Fever:p41:-; !taken",
    );
}

#[test]
fn of_one_duty_the_last_handover_alone_waits() {
    check(
        "08:00 hand-over p31 officer -> notify shift p32 sms
         08:01 hand-over p31 officer to=p51 -> shift-offered to=p51
         08:01:30 send -> !attempt-started p32
         08:02 relieve p32 number=2 -> REJECTED Over
         08:02 hand-over p41 leader -> shift-offered to=p42
         08:03 relieve p51 number=3 -> shift-taken p51",
    );
}

#[test]
fn who_is_on_duty_or_was_until_lately_hands_over_and_nobody_else() {
    // The turn of p32 ended at seven.
    check(
        "10:59 hand-over p32 officer -> shift-offered p32 to=p31
         10:59 hand-over p31 officer -> shift-offered p31 to=p32
         11:00:01 hand-over p32 officer -> REJECTED NotOnDuty
         11:01 hand-over p41 officer -> REJECTED NotOnDuty
         11:01 hand-over p31 night -> REJECTED RoleUnknown
         11:01 hand-over p31 officer to=p31 -> REJECTED ToUnknown
         11:01 hand-over p31 officer to=p99 -> REJECTED ToUnknown
         11:01 relieve p31 number=99 -> REJECTED Unknown",
    );
}

#[test]
fn somebody_who_stood_in_for_a_short_turn_hands_over_and_the_roster_says_to_whom() {
    check_with(
        |directory| officer_is(directory, "p51", ("08:05", "08:20")),
        "08:10 hand-over p51 officer -> shift-offered p51 to=p31
         08:30 hand-over p51 officer -> shift-offered p51 to=p31
         08:30 hand-over p31 officer -> shift-offered p31 to=p32
         12:30 hand-over p51 officer -> REJECTED NotOnDuty",
    );
    check_with(
        |directory| directory.duties.iter_mut().for_each(|duty| duty.rotation.truncate(1)),
        "08:10 hand-over p31 officer -> REJECTED NobodyNext
         08:10 hand-over p31 officer to=p51 -> shift-offered",
    );
}

#[test]
fn reports_that_are_overdue_are_among_what_is_open() {
    daily(
        "15:00 hand-over p31 officer -> !daily=2
         16:30 hand-over p31 officer -> shift-offered daily=2
         16:40 report daily finance p12 zero=23/23
         16:50 relieve p32 -> shift-taken daily=1",
    );
}
