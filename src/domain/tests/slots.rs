//! Periods and slots: when they open, fall due, move, are closed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Number;

use super::commands::{Words, instant};
use super::words::word;
use super::{World, check_with};
use crate::domain::command::{Command, ReportFiling};
use crate::domain::directory::Directory;
use crate::domain::fact::Fact;
use crate::domain::form::{Form, Labels};
use crate::domain::names::{EventKey, FormId, PayloadName, UnitId};
use crate::domain::slot::{Begun, FormFollowed, PeriodReminded, Zero};
use crate::time::Now;

/// As well `counted=40/41 totals=cured:5`.
/// `report daily finance p12 [day=2026-11-23] [number=2] [zero=23/23] [fevers=0] [stands] [says=x]`.
pub(super) fn report(it: &Words<'_>, now: Now) -> Command {
    let zero = it.named("zero").map(|text| {
        let (asked, total) = text.split_once('/').unwrap_or_default();
        Zero { asked: asked.parse().ok(), total: total.parse().ok() }
    });
    Command::FileReport(Box::new(ReportFiling {
        form: FormId::new(it.plain(1)),
        unit: UnitId::new(it.plain(2)),
        day: it.named("day").map(|day| day.parse().unwrap()),
        number: it.named("number").map(|number| number.parse().unwrap()),
        actor: it.actor(3),
        zero,
        counted: it.named("counted").and_then(super::counted::counted),
        fevers: it.named("fevers").map(|count| count.parse().unwrap()),
        people: it.named("people").map(|count| count.parse().unwrap()),
        totals: totals(it.named("totals").unwrap_or_default()),
        stands: it.has("stands"),
        consent: it.has("consent"),
        same_as_before: it.named("same").map(|count| count.parse().unwrap()),
        content: EventKey::new(it.named("says").unwrap_or("figures")),
        reason: it.named("because").map(EventKey::new),
        payload: PayloadName::new("sealed"),
        received: now,
        begun: Begun {
            opened_at: it.named("opened").map(instant),
            claimed_try_at: it.named("tried").map(instant),
        },
        key: None,
        over: it.named("over").map(|over| over.parse().unwrap()),
        seen: None,
    }))
}

/// `cured:5,tested:40`.
fn totals(text: &str) -> BTreeMap<String, Number> {
    let all = text.split(',').filter_map(|total| total.split_once(':'));
    all.map(|(name, total)| (name.to_owned(), total.parse().unwrap())).collect()
}

/// `exempt daily.finance.2026-11-23.1 p51`.
pub(super) fn exempt(it: &Words<'_>) -> Command {
    let slot = it.plain(1).parse().unwrap();
    Command::ExemptSlot { slot, actor: it.actor(2), reason: PayloadName::new("sealed") }
}

impl World {
    fn reminded(&self, it: &PeriodReminded) -> Vec<String> {
        let mut words = vec![it.period.to_string(), it.reminder.to_string()];
        words.extend(self.at("due", Some(it.due)));
        let units = |units: &[UnitId]| units.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        words.extend(it.asked.iter().map(|asked| format!("{}={}", asked.person, units(&asked.units))));
        words.extend(it.unreached.iter().map(|unit| format!("unreached={unit}")));
        words.extend(it.asked.is_empty().then(|| "nobody".to_owned()));
        words
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "facts of other families have words of their own")]
    pub(super) fn slot_words(&self, fact: &Fact) -> Option<Vec<String>> {
        Some(match fact {
            Fact::FormFollowed(FormFollowed { form, next, .. }) => {
                let next = next.map_or_else(|| "never".to_owned(), |at| self.time(at));
                vec![form.to_string(), format!("next={next}")]
            }
            Fact::PeriodOpened { period: it } => {
                let mut words = vec![it.period.to_string()];
                words.extend(self.at("due", Some(it.due)));
                words.extend(self.at("next", it.next));
                words.extend(it.born_late.then(|| "born-late".to_owned()));
                words.extend(it.units.iter().map(ToString::to_string));
                words
            }
            Fact::PeriodReopened { period: it } => {
                let mut words = vec![it.period.to_string()];
                words.extend(self.at("due", Some(it.due)));
                words.extend(self.at("opens", Some(it.opens)));
                words.extend(it.born_late.then(|| "born-late".to_owned()));
                words.extend(it.units.iter().map(ToString::to_string));
                words
            }
            Fact::PeriodWithdrawn { period, why } => vec![period.to_string(), word(why)],
            Fact::DueMoved { period, moved } => {
                vec![period.to_string(), format!("to={}", self.time(moved.to)), word(&moved.why)]
            }
            Fact::PeriodFellDue { period, owing } => {
                let post = |who: Option<&crate::domain::names::PersonId>| {
                    who.map_or_else(|| "-".to_owned(), ToString::to_string)
                };
                let owing = owing.iter().map(|it| {
                    format!("{}:{}:{}", it.unit, post(it.liaison.as_ref()), post(it.leader.as_ref()))
                });
                std::iter::once(period.to_string()).chain(owing).collect()
            }
            Fact::PeriodReminded { reminded } => self.reminded(reminded),
            Fact::PeriodClosed { closed } => {
                let mut words = vec![closed.period.to_string()];
                words.extend(closed.missing.iter().map(|unit| format!("missing={unit}")));
                words.extend(closed.gone.iter().map(|unit| format!("gone={unit}")));
                words.extend(closed.excuses.iter().map(|it| format!("excuse={}", word(&it.what))));
                words.extend(closed.excused.iter().flat_map(|own| self.excused(own)));
                words
            }
            Fact::PeriodArchived { period } => vec![period.to_string()],
            Fact::ReportQuestioned { slot, questioned: it } => {
                let mut words = vec![slot.to_string(), it.by.to_string()];
                words.extend(self.at("until", Some(it.until)));
                words.extend(it.against.iter().map(|against| against.word().to_owned()));
                words.extend(it.against.iter().flat_map(|it| it.cases()).map(super::words::case));
                words
            }
            Fact::RoundPaused(it) => vec![if it.after.is_some() { "goes-on" } else { "over" }.to_owned()],
            Fact::ReportFiled { report } => self.filed(report),
            Fact::SlotExempted { slot, .. } => vec![slot.to_string()],
            Fact::ContradictionEnded { slot, how } => vec![slot.to_string(), word(how)],
            Fact::ReportContradicted { slot, contradicted } => {
                self.contradicted(contradicted).into_iter().chain([slot.unit.to_string()]).collect()
            }
            Fact::LapseTurned { lapse, at } => {
                let known = self.state.lapses.get(lapse).map_or_else(Vec::new, |known| self.lapse(known));
                known.into_iter().chain(self.at("at", Some(*at))).collect()
            }
            _ => return None,
        })
    }
}

fn labels(text: &str) -> Labels {
    Labels { zh: text.to_owned(), en: text.to_owned() }
}

/// A form of every unit, due at these times, closed as missing four hours later.
pub(crate) fn form(id: &str, due: &str) -> Form {
    Form {
        id: FormId::new(id),
        name: labels(id),
        due: due.parse().unwrap(),
        units: None,
        opens_before: None,
        superior: None,
        short_name: None,
        remind_before: Vec::new(),
        leader_after: Duration::ZERO,
        office_after: Duration::from_mins(30),
        late_after: Duration::ZERO,
        missing_after: Duration::from_hours(4),
        zero_allowed: true,
        zero_needs: Vec::new(),
        zero_ignores: Vec::new(),
        fevers: None,
        workdays_only: false,
        min_apart: None,
        fields: Vec::new(),
        columns: Vec::new(),
        consent: None,
        checks: Vec::new(),
        total: Vec::new(),
    }
}

pub(crate) fn add(directory: &mut Directory, form: Form) {
    directory.forms.insert(form.id.clone(), Arc::new(form));
}

/// The day before, on which everybody reported.
pub(super) const SETUP: &str = "22/10:00 adopt c1
     22/14:00 report daily finance p12
     22/14:00 report daily auction p22
     22/23:00 tick";

/// Runs a script with one form due at 16:00, of which the daemon learned at ten the day before.
#[track_caller]
pub(super) fn daily(script: &str) {
    daily_with(|_| {}, script);
}

#[track_caller]
pub(super) fn daily_with(vary: impl FnOnce(&mut Form), script: &str) {
    let mut daily = form("daily", "0 0 16 * * *");
    vary(&mut daily);
    check_with(|directory| add(directory, daily), &format!("{SETUP}\n{script}"));
}

#[test]
fn a_form_opens_its_first_period_when_the_daemon_learns_of_it_and_the_next_when_one_is_due() {
    check_with(
        |directory| add(directory, form("daily", "0 0 16 * * *")),
        "10:00 adopt c1 -> period-opened daily.2026-11-23.1 due=16:00 next=16:00 auction finance
         16:00 tick -> period-opened daily.2026-11-24.1 due=24/16:00 next=24/16:00; \
                       period-fell-due daily.2026-11-23.1 auction:p22:p21 finance:p12:p11
         20:00 tick -> !period-closed
         20:00:01 tick -> period-closed daily.2026-11-23.1 missing=auction missing=finance
         24/16:00 tick -> period-opened daily.2026-11-25.1; period-fell-due daily.2026-11-24.1",
    );
}

#[test]
fn a_first_period_with_hardly_any_time_left_says_so() {
    check_with(
        |directory| add(directory, form("daily", "0 0 16 * * *")),
        "15:30 adopt c1 -> period-opened daily.2026-11-23.1 born-late
         20:00:01 tick -> period-closed daily.2026-11-23.1 missing=auction missing=finance excuse=born_late",
    );
}

#[test]
fn a_form_that_opens_a_while_before_its_due_opens_then() {
    daily_with(
        |form| form.opens_before = Some(Duration::from_hours(2)),
        "22/20:00 tick -> !period-opened
         23/14:00 tick -> period-opened daily.2026-11-23.1 due=16:00 next=24/14:00",
    );
}

#[test]
fn several_slots_a_day_are_numbered() {
    check_with(
        |directory| add(directory, form("rounds", "0 0 9,13,17 * * *")),
        "08:00 adopt c1 -> period-opened rounds.2026-11-23.1 due=09:00
         09:00 tick -> period-opened rounds.2026-11-23.2 due=13:00; period-fell-due rounds.2026-11-23.1
         13:00 tick -> period-opened rounds.2026-11-23.3 due=17:00; period-fell-due rounds.2026-11-23.2
         17:00 tick -> period-opened rounds.2026-11-24.1 due=24/09:00; period-fell-due rounds.2026-11-23.3",
    );
}

#[test]
fn days_off_are_passed_over_and_make_up_days_are_not() {
    // The 28th and 29th of November 2026 are a weekend; the 29th is worked in exchange for the 30th.
    let vary = |directory: &mut Directory| {
        add(directory, Form { workdays_only: true, ..form("check", "0 0 9 * * *") });
        directory.calendar.makeup_workdays.insert("2026-11-29".parse().unwrap());
        directory.calendar.days_off.insert("2026-11-30".parse().unwrap());
    };
    check_with(
        vary,
        "27/08:00 adopt c1 -> period-opened check.2026-11-27.1
         27/09:00 tick -> period-opened check.2026-11-29.1
         29/09:00 tick -> period-opened check.2026-12-01.1",
    );
}

#[test]
fn a_deadline_brought_forward_counts_from_the_first_slot_not_yet_open() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("10:00 adopt c1 -> period-opened daily.2026-11-23.1 due=16:00");
    add(&mut world.directory, form("daily", "0 0 15 * * *"));
    world.run(
        "10:10 adopt c2 -> !period-opened
         15:59 report daily finance p12 -> report-filed daily.finance.2026-11-23.1 on_time
         16:00 tick -> period-opened daily.2026-11-24.1 due=24/15:00; period-fell-due daily.2026-11-23.1",
    );
    world.replays();
}

#[test]
fn a_deadline_put_back_gives_no_day_a_second_slot() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("10:00 adopt c1 -> period-opened daily.2026-11-23.1 due=16:00");
    add(&mut world.directory, form("daily", "0 0 18 * * *"));
    world.run(
        "10:10 adopt c2
         16:00 tick -> period-opened daily.2026-11-24.1 due=24/18:00; period-fell-due daily.2026-11-23.1
         18:00 tick -> !period-opened",
    );
    world.replays();
}

#[test]
fn a_form_that_is_dropped_opens_no_more_and_its_open_slots_are_excused() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n10:00 adopt c1");
    world.directory.forms.clear();
    world.run(
        "11:00 adopt c2 -> form-followed daily next=never
         16:00 tick -> period-fell-due daily.2026-11-23.1; !period-opened
         20:00:01 tick -> period-closed gone=auction gone=finance; !missing=finance",
    );
    world.replays();
}

#[test]
fn a_form_that_comes_back_goes_on_behind_its_last_slot() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("10:00 adopt c1");
    let forms = std::mem::take(&mut world.directory.forms);
    world.run("11:00 adopt c2 -> form-followed daily next=never");
    world.directory.forms = forms;
    world.run("12:00 adopt c3 -> form-followed daily next=16:00; !period-opened");
    world.replays();
}

#[test]
fn a_new_unit_owes_from_the_next_slot_and_one_that_is_gone_is_excused() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n10:00 adopt c1 -> period-opened daily.2026-11-23.1 auction finance");
    let auction = world.directory.units.remove(&UnitId::new("auction")).unwrap();
    world.directory.units.insert(UnitId::new("branch"), auction);
    world.run(
        "11:00 adopt c2
         11:10 report daily branch p22 day=2026-11-23 -> REJECTED NotOwed
         16:00 tick -> period-opened daily.2026-11-24.1 branch finance; \
                       period-fell-due daily.2026-11-23.1 auction:-:- finance:p12:p11
         20:00:01 tick -> period-closed missing=finance gone=auction",
    );
    world.replays();
}

#[test]
fn who_holds_the_posts_when_it_is_due_is_who_is_named() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n10:00 adopt c1\n16:00 tick");
    world.directory.units.get_mut(&UnitId::new("finance")).unwrap().liaison = "p51".into();
    world.run(
        "17:00 adopt c2
         17:10 report daily finance p51 -> report-filed late late=4200; \
               lapse delayed proved daily.finance.2026-11-23.1 involved=p12 responsible=p11 due=16:00",
    );
}

#[test]
fn a_deputy_stands_in_for_a_liaison_who_is_ill_and_the_leader_for_both() {
    daily(
        "12:00 fever E1 auction self=p22 suspected -> case-opened C1
         12:00 take C1 p31
         16:00 tick -> period-fell-due daily.2026-11-23.1 auction:p21:p21 finance:p12:p11",
    );
}

#[test]
fn where_the_daemon_was_down_in_the_last_half_hour_everybody_has_half_an_hour_more() {
    daily(
        "15:58 start down=15:50-15:58
         16:00 tick -> due-moved daily.2026-11-23.1 to=16:28 outage; !period-fell-due
         16:20 report daily finance p12 -> report-filed on_time late=0
         16:28 tick -> period-fell-due daily.2026-11-23.1 auction:p22:p21
         20:00:01 tick -> !period-closed
         20:28:01 tick -> period-closed missing=auction excuse=outage",
    );
}

#[test]
fn an_outage_at_noon_or_of_a_moment_moves_nothing() {
    daily(
        "12:30 start down=12:00-12:30
         15:59:30 start down=15:59-15:59:30
         16:00 tick -> !due-moved; period-fell-due daily.2026-11-23.1",
    );
}

#[test]
fn a_start_hours_after_the_due_instant_leaves_half_an_hour_to_report() {
    daily(
        "22:00 start down=12:00-22:00
         22:00 tick -> due-moved daily.2026-11-23.1 to=22:30 outage; !period-closed
         22:29 report daily finance p12 -> report-filed daily.finance.2026-11-23.1 on_time",
    );
}

#[test]
fn while_the_clock_is_in_doubt_no_slot_is_missing() {
    daily(
        "15:00 report daily finance p12
         18:00~15:30 clock-step 15:30 18:00
         20:10~17:40 tick -> !period-closed
         21:00~18:30 trust -> clock-trusted
         21:00 tick -> period-closed missing=auction excuse=clock_suspect",
    );
}

#[test]
fn what_is_closed_leaves_memory_after_ten_days() {
    daily(
        "20:00:01 tick -> period-closed daily.2026-11-23.1
         12.03/20:00:00 tick -> !period-archived daily.2026-11-23.1
         12.03/20:00:01 tick -> period-archived daily.2026-11-23.1",
    );
}
