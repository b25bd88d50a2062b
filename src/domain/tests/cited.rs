//! What each excuse of a lapse rests on: the entries that tell of it.

use super::World;
use super::asked::reminded;
use super::directory::daemon;
use super::slots::{add, form};
use super::words::word;
use crate::domain::directory::Directory;
use crate::domain::lapse::Lapse;

/// Runs a script, and looks at the first lapse that has these excuses: each cites one entry for each of these facts, and no
/// other entry.
#[track_caller]
fn cites(vary: impl FnOnce(&mut Directory), script: &str, expected: &[(&str, &[&str])]) {
    let mut world = World::new(vary);
    world.run(script);
    world.replays();
    let told = |lapse: &Lapse| lapse.excuses.iter().map(|it| word(&it.what)).collect::<Vec<_>>();
    let wanted: Vec<&str> = expected.iter().map(|(what, _)| *what).collect();
    let lapses: Vec<_> = world.state.lapses.values().collect();
    let found = lapses.iter().find(|lapse| told(lapse) == wanted);
    let lapse = found.unwrap_or_else(|| panic!("{:?}", lapses.iter().map(|it| told(it)).collect::<Vec<_>>()));
    for (excuse, (what, facts)) in lapse.excuses.iter().zip(expected) {
        let kinds = |seq: &u64| {
            let (_, facts) = world.entries.iter().find(|(place, _)| place.seq == *seq).unwrap();
            facts.iter().map(|fact| world.words(fact).swap_remove(0)).collect::<Vec<_>>()
        };
        let entries: Vec<Vec<String>> = excuse.entries.iter().map(kinds).collect();
        let fits = |(entry, fact): (&Vec<String>, &&str)| entry.iter().any(|kind| kind == fact);
        let all = entries.len() == facts.len() && entries.iter().zip(*facts).all(fits);
        assert!(all, "{what}: {:?} {entries:?}", excuse.entries);
    }
}

#[test]
fn an_outage_and_a_closed_door_cite_where_they_began_and_ended() {
    cites(
        |_| {},
        "07:00 arm p42
         07:10 trouble vault_closed
         07:11 over vault_closed
         08:00 fever E1 finance suspected
         08:05 trouble index_closed
         08:06 trouble disk_nearly_full
         08:15 start down=08:10-08:15
         08:20 over index_closed
         08:25 trouble vault_closed
         08:30:01 tick",
        &[
            ("outage", &["started"]),
            ("door", &["trouble-began", "trouble-ended"]),
            ("door", &["trouble-began"]),
        ],
    );
}

#[test]
fn maintenance_a_doubted_clock_and_a_time_unarmed_cite_who_said_so() {
    cites(
        |directory| add(directory, form("daily", "0 0 16 * * *")),
        "07:00 arm p42
         10:00 adopt c1
         16:05 maintain p42 from=16:10 until=16:50
         16:20 maintained p42
         16:30 disarm p42
         16:31 arm p42
         17:00 maintain p42 from=17:10 until=17:40
         20:00:01 tick",
        &[
            ("maintenance", &["maintenance-announced", "maintenance-ended"]),
            ("maintenance", &["maintenance-announced"]),
            ("unarmed", &["disarmed", "armed"]),
        ],
    );
    cites(
        |directory| add(directory, form("daily", "0 0 16 * * *")),
        "07:00 arm p42
         10:00 adopt c1
         18:00~15:30 clock-step 15:30 18:00
         21:00~18:30 trust
         21:00 tick",
        &[("clock_suspect", &["clock-stepped", "clock-trusted"])],
    );
}

#[test]
fn what_failed_at_a_provider_cites_the_attempts_that_did() {
    cites(
        daemon,
        "07:00 arm p42
         08:00 fever E1 finance suspected
         08:00 deliver
         08:00 tick
         08:00 send
         08:00:01 refused telephone:sasac:phone
         08:06:20 send
         08:06:21 refused telephone:sasac:phone
         08:30:01 tick",
        &[("provider", &["attempt-ended", "attempt-ended"])],
    );
    // Of a report those to whoever was asked for it, and of no other unit.
    cites(
        |directory| {
            let mut form = form("daily", "0 0 16 * * *");
            reminded(&mut form);
            add(directory, form);
        },
        "22/17:00 adopt c1
         07:00 arm p42
         13:49 tick
         14:00 send
         14:00:01 accepted form_due:p22:sms
         14:00:02 refused form_due:p12:sms permanent
         14:01 send
         14:01:01 refused form_due:p12:email permanent
         14:02 send
         14:02:01 refused form_due:p12:phone permanent
         15:30 tick
         16:00 tick
         16:10 report daily auction p22 day=2026-11-23
         16:20 report daily finance p12 day=2026-11-23",
        &[("provider", &["attempt-ended", "attempt-ended", "attempt-ended"])],
    );
}

#[test]
fn who_came_to_it_late_cites_the_absence_or_the_post() {
    cites(
        |_| {},
        "07:00 arm p42
         08:00 fever E1 finance suspected
         08:10 absent p12 until=12:00
         08:20 absent p31 until=12:00 stand-in=p32
         08:30:01 tick",
        &[("stood_in", &["absence-recorded"])],
    );
    cites(
        |directory| add(directory, form("daily", "0 0 16 * * *")),
        "07:00 arm p42
         10:00 adopt c1
         15:00 take-posts auction:p22
         15:55 take-posts finance:p12
         16:00 tick
         16:10 report daily auction p22 day=2026-11-23
         16:20 report daily finance p12 day=2026-11-23",
        &[("stood_in", &["posts-taken"])],
    );
}

#[test]
fn a_clock_born_late_cites_where_it_began() {
    cites(
        |_| {},
        "07:00 arm p42
         08:25 fever E1 finance suspected at=08:00
         08:30:01 tick",
        &[("born_late", &["clock-started"])],
    );
}
