//! The posts in which people are named in a lapse: those of then, whatever they hold later (M2).

use super::World;
use super::check;
use super::slots::{add, daily, form};
use crate::domain::form::Form;
use crate::domain::lapse::{Lapse, Post};
use crate::domain::names::{DutyRole, PersonId, UnitId};
use crate::domain::notification::Notification;

/// Each lapse on the ledger: whom it names, and in which posts.
#[track_caller]
fn on_the_ledger(world: &World, expected: &[&str]) {
    let lapses = world.state.lapses.values();
    let mut told: Vec<String> = lapses.map(|lapse| world.lapse(lapse).join(" ")).collect();
    told.sort();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(expected) {
        let words: Vec<&str> = told.split(' ').collect();
        assert!(expected.split(' ').all(|word| words.contains(&word)), "{told}\n  is not {expected}");
    }
}

#[test]
fn who_owed_a_report_is_named_in_the_post_of_then_whatever_they_hold_afterwards() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n10:00 adopt c1\n16:00 tick");
    // The liaison of finance leads another unit from the evening on, and its leader is on duty.
    let finance = world.directory.units.get_mut(&UnitId::new("finance")).unwrap();
    finance.liaison = "p51".into();
    finance.deputy = None;
    finance.leader = "p32".into();
    world.directory.units.get_mut(&UnitId::new("auction")).unwrap().leader = "p12".into();
    for duty in &mut world.directory.duties {
        duty.rotation = vec![PersonId::new("p11")];
    }
    world.run("17:00 adopt c2\n20:00:01 tick -> period-closed missing=auction missing=finance");
    world.replays();
    on_the_ledger(
        &world,
        &[
            "omitted daily.auction.2026-11-23.1 involved=p22 as=liaison responsible=p21 led-as=leader",
            "omitted daily.finance.2026-11-23.1 involved=p12 as=liaison responsible=p11 led-as=leader",
        ],
    );
}

#[test]
fn who_stood_in_is_named_as_standing_in_for_the_post() {
    daily(
        "09:00 absent p22 until=24/09:00 stand-in=p51
         09:00 absent p21 until=24/09:00 stand-in=p41
         16:00 tick
         16:10 report daily auction p51 -> lapse delayed involved=p51 as=for_liaison responsible=p41 led-as=for_leader",
    );
    // A leader who reports because nobody else is there does so as the leader.
    daily(
        "09:00 absent p22 until=24/09:00
         16:00 tick
         16:10 report daily auction p21 -> lapse delayed involved=p21 as=leader responsible=p21 led-as=leader",
    );
}

#[test]
fn a_deputy_is_named_as_the_deputy() {
    let mut world = World::new(|directory| {
        add(directory, form("daily", "0 0 16 * * *"));
        directory.units.get_mut(&UnitId::new("auction")).unwrap().deputy = Some("p51".into());
    });
    world.run(
        "07:00 arm p42
         10:00 adopt c1
         10:01 absent p22 until=24/09:00
         16:00 tick
         16:10 report daily auction p51 -> lapse delayed involved=p51 as=deputy responsible=p21 led-as=leader",
    );
    world.replays();
}

#[test]
fn those_on_duty_are_named_by_their_duty_and_who_took_their_place_as_that() {
    check(
        "08:00 fever E1 finance suspected
         08:31 tick -> lapse delayed telephone involved=p31 as=duty_officer responsible=p41 led-as=duty_leader; \
            lapse delayed written involved=p31 as=duty_officer responsible=p41 led-as=duty_leader",
    );
    check(
        "07:10 absent p31 until=24/09:00 stand-in=p51
         08:00 fever E1 finance suspected
         08:31 tick -> lapse delayed telephone involved=p51 as=for_duty_officer led-as=duty_leader; \
            lapse delayed written involved=p51 as=for_duty_officer led-as=duty_leader",
    );
}

#[test]
fn an_empty_duty_post_has_nobody_in_it() {
    let mut world = World::new(|directory| {
        directory.duties.retain(|duty| duty.role != DutyRole::new("officer"));
    });
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance suspected
         08:31 tick -> lapse telephone involved=- led-as=duty_leader; lapse written involved=- led-as=duty_leader",
    );
    let lapses = world.state.lapses.values();
    assert!(lapses.into_iter().all(|lapse| lapse.involved_as.is_none()));
}

#[test]
fn who_passed_a_fever_on_too_late_is_named_as_the_leader_of_its_unit() {
    check(
        "07:10 absent p11 until=24/09:00 stand-in=p51
         08:25 fever E1 finance suspected at=08:00 -> lapse event involved=p51 as=for_leader responsible=p51 \
            led-as=for_leader",
    );
}

#[test]
fn who_filed_what_is_not_so_is_named_in_the_post_in_which_they_filed_it() {
    let mut world = World::new(|directory| {
        add(directory, Form { fevers: Some("fever".to_owned()), ..form("daily", "0 0 16 * * *") });
    });
    world.run(
        "22/17:00 adopt c1
         07:00 arm p42
         15:00 report daily finance p12 fevers=0
         15:00 report daily auction p42 fevers=0 -> report-filed
         20:00:01 tick",
    );
    // By the time it is found they hold another post, and somebody else leads the unit.
    let finance = world.directory.units.get_mut(&UnitId::new("finance")).unwrap();
    (finance.liaison, finance.deputy, finance.leader) = ("p22".into(), None, "p12".into());
    world.run(
        "20:30 adopt c2
         21:00 fever E1 finance 38.4 at=10:00
         21:00 fever E2 auction 38.4 at=10:00
         21:00 deliver
         24/01:00:01 tick -> lapse daily.auction.2026-11-23.1 fevers involved=p42 as=outside responsible=p21 led-as=leader; \
            lapse daily.finance.2026-11-23.1 fevers involved=p12 as=liaison responsible=p11 led-as=leader
         24/02:00 report daily finance p12 day=2026-11-23 fevers=1 says=other -> report-filed revision=2",
    );
    world.replays();
}

#[test]
fn a_mistake_that_a_unit_corrects_is_that_of_the_post_of_then() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("22/17:00 adopt c1\n07:00 arm p42\n15:00 report daily finance p12\n20:00:01 tick");
    let finance = world.directory.units.get_mut(&UnitId::new("finance")).unwrap();
    (finance.liaison, finance.deputy, finance.leader) = ("p22".into(), None, "p12".into());
    world.run(
        "20:30 adopt c2
         21:00 report daily finance p22 day=2026-11-23 says=other -> lapse mistaken correction involved=p12 \
            as=liaison responsible=p11 led-as=leader",
    );
    world.replays();
}

#[test]
fn a_lapse_of_before_posts_were_kept_is_read_and_names_none() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n10:00 adopt c1\n20:00:01 tick");
    let lapse = world.state.lapses.values().next().unwrap();
    let mut told = serde_json::to_value(&**lapse).unwrap();
    assert_eq!((&told["involved_as"], &told["responsible_as"]), (&"liaison".into(), &"leader".into()));
    let members = told.as_object_mut().unwrap();
    members.remove("involved_as");
    members.remove("responsible_as");
    let old: Lapse = serde_json::from_value(told).unwrap();
    assert_eq!((old.involved_as, old.responsible_as), (None, None));
    assert_eq!(old.person_involved, lapse.person_involved);
}

/// Each message that was planned: for what, to whom, in which post of which unit.
fn addressed(world: &World) -> std::collections::BTreeSet<String> {
    let of_periods = world.state.periods.values().flat_map(|period| period.notifications.iter());
    let of_cases = world.state.cases.values().flat_map(|case| case.notifications.iter());
    let tracks = of_periods.chain(of_cases).filter_map(|id| world.state.track(id));
    let told = tracks.map(|track| {
        let it = &track.notification;
        let (post, unit) = (it.post.map(Post::word), it.unit.as_ref());
        format!("{} {} {}", it.to, post.unwrap_or("-"), unit.map_or("-", |unit| unit.as_str()))
    });
    told.collect()
}

#[test]
fn a_message_keeps_the_post_in_which_somebody_is_written_to_whatever_they_hold_afterwards() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n08:00 fever E1 finance suspected -> case-opened");
    let before = addressed(&world);
    for told in ["person:p31 duty_officer -", "person:p41 duty_leader -", "person:p11 leader finance"] {
        assert!(before.contains(told), "{told} in {before:?}");
    }
    // They change posts the day after, and what they were told they were told in those of before.
    for duty in &mut world.directory.duties {
        duty.rotation = vec![PersonId::new("p11")];
    }
    world.directory.units.get_mut(&UnitId::new("finance")).unwrap().leader = "p31".into();
    world.run("08:01 adopt c2");
    world.replays();
    let after = addressed(&world);
    assert!(before.is_subset(&after), "{before:?} {after:?}");

    // An authority holds no post here; who stands in for somebody is written to as that.
    assert!(after.iter().filter(|told| told.starts_with("authority:")).all(|told| told.ends_with(" - -")));
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n09:00 absent p31 until=24/09:00 stand-in=p51\n10:00 fever E1 finance suspected -> case-opened");
    let told = addressed(&world);
    assert!(told.contains("person:p51 for_duty_officer -"), "{told:?}");
}

#[test]
fn a_reminder_of_a_report_names_the_unit_whose_post_it_goes_to() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("07:00 arm p42\n10:00 adopt c1\n15:31 tick\n16:00 tick\n16:40 tick");
    let told = addressed(&world);
    for expected in ["person:p11 leader finance", "person:p21 leader auction"] {
        assert!(told.contains(expected), "{expected} in {told:?}");
    }
}

#[test]
fn a_message_of_a_report_names_the_post_of_its_unit_and_of_no_other() {
    // The liaison of finance filed for auction, where they hold no post.
    let mut world = World::new(|directory| {
        add(directory, Form { fevers: Some("fever".to_owned()), ..form("daily", "0 0 16 * * *") });
    });
    world.run(
        "22/17:00 adopt c1
         07:00 arm p42
         15:00 report daily auction p12 fevers=0 -> report-filed
         20:00:01 tick
         21:00 fever E1 auction 38.4 at=10:00 -> notify form_doubted p12",
    );
    world.replays();
    let told = addressed(&world);
    assert!(told.contains("person:p12 outside -"), "{told:?}");
}

#[test]
fn who_is_asked_for_several_units_is_written_to_in_the_post_they_hold_before_one_they_stand_in_for() {
    let mut world = World::new(|directory| {
        let mut form = form("daily", "0 0 16 * * *");
        super::asked::reminded(&mut form);
        add(directory, form);
    });
    world.run(
        "07:00 arm p42
         10:00 adopt c1
         10:01 absent p22 until=24/09:00 stand-in=p12
         13:49 tick -> period-reminded p12=auction,finance; notify form_due p12",
    );
    let told = addressed(&world);
    assert!(told.contains("person:p12 liaison finance"), "{told:?}");
    assert!(!told.contains("person:p12 for_liaison auction"), "{told:?}");
}

#[test]
fn who_has_left_a_post_hears_the_same_once_more_in_the_post_in_which_they_were_told_first() {
    let told = |world: &World, person: &str| -> Vec<String> {
        let tracks = world.planned.iter().filter_map(|id| world.state.track(id));
        let theirs = tracks.map(|track| &track.notification).filter(|it| it.to.to_string() == person);
        let said = |it: &Notification| {
            let (post, unit) =
                (it.post.map_or("-", Post::word), it.unit.as_ref().map_or("-", UnitId::as_str));
            format!("{:?} {} {post} {unit}", it.medium, it.round)
        };
        theirs.map(said).collect()
    };
    let leave = |world: &mut World| {
        let finance = world.directory.units.get_mut(&UnitId::new("finance")).unwrap();
        (finance.leader, finance.liaison, finance.deputy) = ("p32".into(), "p32".into(), None);
    };

    let mut world = World::new(|_| {});
    world.run(
        "07:00 arm p42
         08:00 fever E1 finance 38 -> notify alert p11 sms
         08:00 send -> attempt-started alert p11 sms",
    );
    leave(&mut world);
    world.run(
        "08:00:01 adopt c2
         08:00:02 refused alert:p11:sms -> notify alert p11 phone; notify alert p11 sms round=2",
    );
    world.replays();
    // Both another round and the next medium of the step.
    let expected = ["Sms 1 leader finance", "Phone 1 leader finance", "Sms 2 leader finance"];
    assert_eq!(told(&world, "person:p11"), expected);

    let mut world = World::new(|directory| {
        let mut form = form("daily", "0 0 16 * * *");
        super::asked::reminded(&mut form);
        add(directory, form);
    });
    world.run(
        "07:00 arm p42
         10:00 adopt c1
         13:49 tick -> notify form_due p12; notify form_due p22
         14:00 send -> attempt-started form_due p12; attempt-started form_due p22",
    );
    leave(&mut world);
    world.run("14:00:01 adopt c2\n14:00:02 refused form_due:p12:sms -> notify form_due p12 sms round=2");
    world.replays();
    assert_eq!(told(&world, "person:p12"), ["Sms 1 liaison finance", "Sms 2 liaison finance"]);
}
