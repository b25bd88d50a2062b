//! Absences: who stands in for whom, from the next thing that is due (M3).

use super::World;
use super::asked::reminded;
use super::check;
use super::commands::{Words, instant};
use super::slots::{daily, daily_with};
use super::words::word;
use crate::domain::command::{Absent, Command};
use crate::domain::fact::{AbsenceRecorded, AbsentBecause, Fact, Span};
use crate::domain::names::PersonId;
use crate::domain::state::State;
use crate::time::Now;

/// `absent p12 [from=12:00] until=18:00 [why=fever] [stand-in=p51] [by=p42]`, `present p12 [by=p42] [number=7]`.
pub(super) fn command(it: &Words<'_>, state: &State, now: Now) -> Command {
    let person = PersonId::new(it.plain(1));
    let by = it.named("by").map_or_else(|| person.clone(), PersonId::new);
    let mut actor = it.actor(1);
    actor.by = by.clone();
    let wish = if it.plain(0) == "absent" {
        let from = it.named("from").map_or_else(|| now.either(), instant);
        Absent::Record(AbsenceRecorded {
            person,
            span: Span { from, to: instant(it.named("until").unwrap()) },
            why: it
                .named("why")
                .map_or(AbsentBecause::Leave, |why| serde_json::from_value(serde_json::json!(why)).unwrap()),
            stand_in: it.named("stand-in").map(PersonId::new),
            actor,
            note: None,
        })
    } else {
        let last = state.absences_of(&person).map(|it| it.absence).max().unwrap_or_default();
        Absent::End {
            absence: it.named("number").map_or(last, |number| number.parse().unwrap()),
            actor,
            of: (by == person).then_some(person),
        }
    };
    Command::Absence(Box::new(wish))
}

impl World {
    #[expect(clippy::wildcard_enum_match_arm, reason = "facts of other families have words of their own")]
    pub(super) fn absence_words(&self, fact: &Fact) -> Option<Vec<String>> {
        Some(match fact {
            Fact::AbsenceRecorded(it) => {
                let mut words = vec![it.person.to_string(), word(&it.why)];
                words.extend(self.at("from", Some(it.span.from)));
                words.extend(self.at("to", Some(it.span.to)));
                words.extend(it.stand_in.as_ref().map(|other| format!("stand-in={other}")));
                words
            }
            Fact::AbsenceEnded(it) => vec![it.person.to_string(), format!("at={}", self.time(it.at))],
            _ => return self.shift_words(fact),
        })
    }
}

#[test]
fn the_leader_reports_where_the_liaison_is_away_and_there_is_no_deputy() {
    // Auction has no deputy: p22 is its liaison, p21 its leader.
    daily(
        "09:00 absent p22 until=24/09:00 -> absence-recorded p22 leave from=09:00 to=24/09:00
         16:00 tick -> period-fell-due auction:p21:p21 finance:p12:p11
         20:00:01 tick -> period-closed missing=auction missing=finance",
    );
}

#[test]
fn whom_somebody_named_stands_in_before_anybody_else() {
    daily_with(
        reminded,
        "09:00 absent p22 until=24/09:00 stand-in=p51 -> absence-recorded p22 stand-in=p51
         15:30 tick -> period-reminded before-0 p12=finance p51=auction; period-reminded before-1 p12=finance p51=auction
         16:00 tick -> period-fell-due auction:p51:p21 finance:p12:p11",
    );
}

#[test]
fn a_leader_who_is_away_answers_by_whom_they_named_and_else_themselves() {
    daily(
        "09:00 absent p21 until=24/09:00 stand-in=p51
         09:00 absent p11 until=24/09:00
         16:00 tick -> period-fell-due auction:p22:p51 finance:p12:p11",
    );
}

#[test]
fn who_stands_in_and_is_away_too_has_whom_they_named() {
    daily(
        "09:00 absent p22 until=24/09:00 stand-in=p51
         09:10 absent p51 until=24/09:00 stand-in=p41
         09:20 absent p41 until=12:00 stand-in=p22
         16:00 tick -> period-fell-due auction:p41:p21 finance:p12:p11",
    );
    // Who all name each other in a ring leave it to the posts.
    daily(
        "09:00 absent p22 until=24/09:00 stand-in=p51
         09:10 absent p51 until=24/09:00 stand-in=p22
         16:00 tick -> period-fell-due auction:p21:p21 finance:p12:p11",
    );
}

#[test]
fn who_is_back_or_not_yet_away_reports_themselves() {
    daily(
        "09:00 absent p22 until=16:00
         09:00 absent p12 from=16:00:01 until=18:00
         16:00 tick -> period-fell-due auction:p22:p21 finance:p12:p11",
    );
    daily(
        "09:00 absent p22 until=24/09:00
         15:00 present p22 -> absence-ended p22 at=15:00
         16:00 tick -> period-fell-due auction:p22:p21 finance:p12:p11",
    );
}

#[test]
fn what_fell_due_before_it_was_known_stays_as_it_was() {
    daily(
        "16:00 tick -> period-fell-due auction:p22:p21
         16:10 absent p22 from=09:00 until=24/09:00 -> absence-recorded from=16:10
         20:00:01 tick -> period-closed missing=auction missing=finance",
    );
}

#[test]
fn a_suspicion_that_is_ruled_out_keeps_nobody_from_reporting() {
    daily(
        "09:00 fever E1 auction self=p22 suspected -> case-opened C1
         10:00 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         16:00 tick -> period-fell-due auction:p22:p21",
    );
}

#[test]
fn a_step_tells_whoever_stands_in_at_that_minute() {
    check(
        "07:30 absent p11 until=12:00 stand-in=p51
         08:00 fever E1 finance 38 -> step-taken C1 1 p51
         08:02 absent p31 until=12:00 stand-in=p32 by=p42
         08:10 tick -> step-taken C1 2 p32",
    );
}

#[test]
fn without_anybody_named_the_next_post_is_told_and_whoever_is_away_where_there_is_none() {
    check(
        "07:30 absent p11 until=12:00
         08:00 fever E1 finance 38 -> step-taken C1 1 p12",
    );
    check(
        "07:30 absent p31 until=12:00
         07:30 absent p41 until=12:00
         08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 p42",
    );
}

#[test]
fn nobody_stands_in_for_a_case_of_their_own() {
    check(
        "07:30 absent p11 until=12:00 stand-in=p51
         08:00 fever E1 finance 38 self=p51 -> step-taken C1 1 p12; !p51",
    );
}

#[test]
fn a_member_of_a_body_who_is_away_is_left_out_unless_nobody_is_left() {
    check(
        "07:30 absent p42 until=12:00 stand-in=p51
         08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p41 p51",
    );
    check(
        "07:30 absent p42 until=12:00
         07:30 absent p41 until=12:00
         08:00 fever E1 finance suspected -> step-taken C1 1 p11 p31 p42",
    );
}

#[test]
fn whoever_handles_a_case_keeps_it() {
    check(
        "08:00 fever E1 finance suspected -> case-opened C1
         08:01 take C1 p31
         08:02 absent p31 until=12:00 stand-in=p32
         08:08 note C1 p31
         08:15 tick -> notify warning p31 sms; notify warning p31 phone; notify warning p32 sms; notify warning p32 phone; \
            notify warning p41 sms; notify warning p41 phone; notify warning p42 sms; notify warning p42 phone",
    );
}

#[test]
fn an_absence_is_of_the_directory_ahead_and_bounded() {
    check(
        "08:00 absent p99 until=12:00 by=p42 -> REJECTED PersonUnknown
         08:00 absent p11 until=12:00 stand-in=p99 -> REJECTED StandInUnknown
         08:00 absent p11 until=12:00 stand-in=p11 -> REJECTED StandInUnknown
         08:00 absent p11 until=07:00 -> REJECTED EndsBefore
         08:00 absent p11 from=12:00 until=11:00 -> REJECTED EndsBefore
         08:00 present p11 number=3 -> REJECTED Unknown
         08:00 absent p11 until=09:00 -> absence-recorded
         08:30 present p12 by=p12 number=2 -> REJECTED Unknown
         09:00 present p11 -> REJECTED Over
         09:00 absent p11 from=24/09:00 until=25/09:00 -> absence-recorded
         09:30 present p11 by=p42 -> absence-ended p11
         09:31 present p11 by=p42 -> REJECTED Over",
    );
    let one = "08:00 absent p11 from=24/09:00 until=25/09:00 -> absence-recorded\n";
    check(&format!("{}08:00 absent p11 until=09:00 -> REJECTED TooMany", one.repeat(10)));
}

#[test]
fn a_zero_of_a_unit_of_which_somebody_is_away_for_a_fever_is_asked_about_first() {
    daily(
        "09:00 absent p22 until=25/09:00 why=fever
         15:00 report daily auction p21 zero=23/23 fevers=0 -> report-questioned absences
         15:00 report daily auction p21 zero=23/23 fevers=0 -> REJECTED Absences
         15:10 report daily auction p21 zero=23/23 fevers=0 stands -> report-filed
         19:10 tick -> !lapse concealed
         19:10:01 tick -> lapse concealed candidate daily.auction.2026-11-23.1 involved=p21",
    );
    // Who counts them has nothing to answer for.
    daily(
        "09:00 absent p22 until=25/09:00 why=fever
         15:00 report daily auction p21 fevers=1 -> report-filed; !report-contradicted",
    );
}

#[test]
fn another_reason_a_later_absence_and_the_filers_own_say_nothing_against_a_zero() {
    daily(
        "09:00 absent p22 until=25/09:00 why=leave
         15:00 report daily auction p21 zero=23/23 fevers=0 -> report-filed",
    );
    daily(
        "14:00 report daily auction p21 zero=23/23 fevers=0 -> report-filed
         15:00 absent p22 until=25/09:00 why=fever
         20:00:01 tick -> !report-contradicted",
    );
    daily(
        "09:00 absent p22 until=25/09:00 why=fever
         15:00 report daily auction p22 zero=23/23 fevers=0 -> report-filed",
    );
}

#[test]
fn whoever_is_away_for_a_fever_and_has_a_case_counts_once_and_not_when_it_is_ruled_out() {
    daily(
        "09:00 absent p22 until=25/09:00 why=fever
         09:10 fever E1 auction self=p22 suspected -> case-opened C1
         15:00 report daily auction p21 fevers=1 -> report-filed",
    );
    daily(
        "09:00 absent p22 until=25/09:00 why=fever
         15:00 report daily auction p21 zero=23/23 fevers=0 stands -> report-filed
         16:00 fever E1 auction self=p22 suspected -> case-opened C1
         16:30 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         24/09:00 tick -> !lapse absences",
    );
}

#[test]
fn where_everybody_is_away_somebody_is_asked_all_the_same_and_nobody_is_proved_to_have_failed() {
    daily_with(
        reminded,
        "09:00 absent p22 until=25/09:00
         09:00 absent p21 until=25/09:00
         13:49 tick -> period-reminded before-0 p12=finance p22=auction
         20:00:01 tick -> period-closed missing=auction missing=finance auction=stood_in",
    );
}

#[test]
fn a_duty_officer_who_is_away_is_rung_by_the_leader_on_duty_at_each_repeat_too() {
    check(
        "07:30 absent p31 until=12:00
         08:00 fever E1 finance suspected -> step-taken C1 1 p11 p41 p42
         08:01 confirm C1 p11
         08:01 confirm C1 p41
         08:01 confirm C1 p42
         08:05 tick -> !notify alert p31 sms",
    );
}

#[test]
fn in_a_case_of_the_officers_own_somebody_who_is_away_is_better_than_nobody() {
    check(
        "07:30 absent p41 until=12:00
         08:00 fever E1 finance 38 self=p31
         08:10 tick -> step-taken C1 2 p41",
    );
}

#[test]
fn who_is_back_minutes_before_is_not_proved_to_have_failed() {
    daily(
        "09:00 absent p22 until=15:59
         20:00:01 tick -> period-closed auction=stood_in:15:59-16:00 missing=auction missing=finance",
    );
}

#[test]
fn who_answers_in_place_of_one_who_is_ill_is_the_next_and_not_the_one_who_fell_ill_behind() {
    // The officer was away before the case was known.
    check(
        "07:30 absent p31 until=12:00 stand-in=p32
         08:00 fever E1 finance suspected
         08:30:01 tick -> lapse telephone proved involved=p32; lapse written proved involved=p32",
    );
    // They fell ill while the clock ran.
    check(
        "08:00 fever E1 finance suspected
         08:20 absent p31 until=12:00 stand-in=p32
         08:30:01 tick -> lapse telephone candidate involved=p31 excuse=stood_in from=08:20; \
            lapse written candidate involved=p31 excuse=stood_in from=08:20",
    );
}

#[test]
fn who_stands_in_and_falls_away_while_the_clock_runs_leaves_nothing_proved() {
    let named = "07:30 absent p31 until=12:00 stand-in=p32
         08:00 fever E1 finance suspected";
    check(&format!(
        "{named}
         08:28 absent p32 until=12:00 stand-in=p51
         08:30:01 tick -> lapse telephone candidate involved=p32 as=for_duty_officer excuse=stood_in from=08:28; \
            lapse written candidate involved=p32 excuse=stood_in from=08:28"
    ));
    // Nobody is named in their place.
    check(&format!(
        "{named}
         08:28 absent p32 until=12:00
         08:30:01 tick -> lapse telephone candidate involved=p32; lapse written candidate involved=p32 from=08:28"
    ));
}

#[test]
fn nobody_leads_a_unit_by_being_named_minutes_before() {
    daily(
        "09:00 absent p21 until=25/09:00 stand-in=p51
         15:40 absent p51 until=25/09:00 stand-in=p41
         16:00 tick -> period-fell-due auction:p22:p21 finance:p12:p11",
    );
    daily(
        "15:30 absent p21 until=25/09:00 stand-in=p51
         16:00 tick -> period-fell-due auction:p22:p21 finance:p12:p11",
    );
}

#[test]
fn whoever_stands_in_is_told_and_whoever_is_away_where_another_entered_it() {
    check(
        "08:00 absent p31 until=12:00 stand-in=p32 -> absence-recorded p31 stand-in=p32; notify absence p32 sms
         08:10 absent p41 until=12:00 by=p42 -> absence-recorded p41; notify absence p41 sms
         08:20 absent p11 until=12:00 stand-in=p12 by=p42 -> absence-recorded p11; notify absence p11 sms; notify absence p12 sms
         08:30 absent p51 until=12:00 stand-in=p42 by=p42 -> absence-recorded p51; notify absence p51 sms",
    );
}

#[test]
fn who_stands_in_no_longer_is_told_so_unless_another_absence_names_them() {
    check(
        "08:00 absent p31 until=12:00 stand-in=p32 -> notify absence p32 sms
         09:00 present p31 -> absence-ended p31; notify absence p32 sms
         09:10 absent p31 until=12:00 stand-in=p32 -> notify absence p32 sms
         09:20 absent p31 from=24/09:00 until=24/12:00 stand-in=p32 -> notify absence p32 sms
         09:30 present p31 by=p42 -> absence-ended p31; notify absence p31 sms; notify absence p32 sms",
    );
    check(
        "08:00 absent p31 until=12:00 stand-in=p32
         08:01 absent p31 until=14:00 stand-in=p32
         09:00 present p31 by=p42 -> absence-ended p31; !notify absence",
    );
    check(
        "08:00 absent p31 until=12:00 by=p42
         09:00 present p31 by=p42 -> absence-ended p31; notify absence p31 sms",
    );
}

#[test]
fn a_notice_of_an_absence_that_is_over_does_not_go() {
    check(
        "08:00 absent p31 until=12:00 stand-in=p32 -> notify absence p32 sms
         08:01 present p31 -> notify absence p32 sms
         08:01 send -> cancelled absence p32 sms",
    );
}

#[test]
fn absences_one_after_another_write_to_nobody_without_end() {
    let one = "08:00 absent p31 until=12:00 stand-in=p32\n08:00 present p31\n";
    check(&format!(
        "{}08:01 absent p31 until=12:00 stand-in=p32 -> absence-recorded; !notify absence",
        one.repeat(6)
    ));
}
