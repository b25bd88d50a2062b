//! The directory of the example configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::commands::instant;
use crate::domain::directory::{
    Authority, ChannelRules, ClusterRule, Directory, Duty, Hours, Override, Person, Source, Triage, Unit,
};
use crate::domain::form::Calendar;
use crate::domain::names::{
    AuthorityId, BodyId, Celsius, ChannelId, DutyRole, Kind, Medium, PersonId, SourceId, UnitId,
};
use crate::domain::policy::{
    Caller, ClockPolicy, Grade, PhonePolicy, Policy, Step, Target, Unless, WrittenPolicy, WrittenProof,
};
use crate::time::{Day, Schedule, Zone};

const ZERO: Duration = Duration::ZERO;

pub(super) const fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

fn duty(role: &str) -> Target {
    Target::Duty(DutyRole::new(role))
}

fn fever() -> Policy {
    let leader = Step {
        after: ZERO,
        notify: vec![Target::UnitLeader],
        by: vec![Medium::Sms, Medium::Phone],
        wait: Duration::from_secs(45),
        repeat_every: None,
        unless: None,
    };
    let officer = Step {
        after: minutes(10),
        notify: vec![duty("officer")],
        by: vec![Medium::Phone, Medium::Sms],
        wait: ZERO,
        repeat_every: None,
        unless: Some(Unless::Confirmed),
    };
    Policy { kind: Kind::Fever, steps: vec![leader, officer], idle_after: None, clock: None }
}

fn suspected() -> Policy {
    let everybody = Step {
        after: ZERO,
        notify: vec![
            Target::UnitLeader,
            duty("officer"),
            duty("leader"),
            Target::Body(BodyId::new("leading-group")),
        ],
        by: vec![Medium::Sms, Medium::Phone],
        wait: ZERO,
        repeat_every: Some(minutes(5)),
        unless: None,
    };
    let clock = ClockPolicy {
        within: minutes(30),
        report_to: vec![AuthorityId::new("sasac")],
        warn_at: vec![minutes(15), minutes(25)],
        warn: vec![Target::Handler, duty("officer"), Target::Body(BodyId::new("leading-group"))],
        warn_by: vec![Medium::Sms, Medium::Phone],
        born_late: minutes(10),
        phone: PhonePolicy {
            within: None,
            call: Caller::Officer,
            daemon_after: minutes(15),
            proof: Grade::Person,
        },
        written: WrittenPolicy {
            within: None,
            by: vec![Medium::Email],
            proof: WrittenProof::Accepted,
            after_phone: ZERO,
            latest: minutes(20),
            review: true,
        },
    };
    Policy { kind: Kind::Suspected, steps: vec![everybody], idle_after: Some(minutes(8)), clock: Some(clock) }
}

fn channel(id: &str, medium: Medium) -> ChannelRules {
    ChannelRules {
        id: ChannelId::new(id),
        medium,
        receipts: medium == Medium::Phone,
        timeout: Duration::from_secs(5),
        pause_at_least: Duration::from_secs(2),
        pause_at_most: Duration::from_secs(60),
        per_callee: Vec::new(),
        per_second: None,
    }
}

fn unit(leader: &str, liaison: &str, deputy: Option<&str>) -> Unit {
    Unit {
        leader: PersonId::new(leader),
        liaison: PersonId::new(liaison),
        deputy: deputy.map(PersonId::new),
        headcount: Some(23),
    }
}

fn rota(role: &str, people: [&str; 2], shift_days: u32) -> Duty {
    Duty {
        role: DutyRole::new(role),
        rotation: people.map(PersonId::new).to_vec(),
        from: "2026-01-01T07:00:00+08:00".parse().unwrap(),
        shift_days,
        overrides: Vec::new(),
    }
}

fn source(may: &[Kind], unit: Option<&str>, trust_time: bool) -> Source {
    Source { may: may.iter().copied().collect(), unit: unit.map(UnitId::new), trust_time }
}

/// The example configuration as code.
pub(super) fn example() -> Directory {
    let everything = BTreeSet::from([Medium::Phone, Medium::Sms, Medium::Email]);
    let person = |id: &str| (PersonId::new(id), Person { media: everything.clone(), ..Person::default() });
    let voice = ChannelRules {
        per_callee: vec![(minutes(1), 1), (Duration::from_hours(1), 5), (Duration::from_hours(24), 20)],
        per_second: Some(10),
        ..channel("voice", Medium::Phone)
    };
    let sasac = Authority { phones: vec![Hours { minutes: None }], email: true, ..Authority::default() };
    let people = ["p11", "p12", "p21", "p22", "p31", "p32", "p41", "p42", "p51"];
    Directory {
        zone: Zone::named("Asia/Shanghai").unwrap(),
        triage: Triage {
            fever_at_least: Celsius::from_hundredths(3730),
            implausible_below: Celsius::from_hundredths(3400),
            implausible_above: Celsius::from_hundredths(4300),
            clusters: vec![ClusterRule {
                rule: "three-in-a-unit".to_owned(),
                valid_from: Day::new(2026, 1, 1).unwrap(),
                valid_to: None,
                window: Duration::from_hours(72),
                people: 3,
                becomes: Kind::Suspected,
            }],
        },
        units: BTreeMap::from([
            (UnitId::new("finance"), unit("p11", "p12", Some("p12"))),
            (UnitId::new("auction"), unit("p21", "p22", None)),
        ]),
        bodies: BTreeMap::from([(
            BodyId::new("leading-group"),
            vec![PersonId::new("p41"), PersonId::new("p42")],
        )]),
        persons: people.map(person).into_iter().collect(),
        authorities: BTreeMap::from([(AuthorityId::new("sasac"), sasac)]),
        duties: vec![rota("officer", ["p31", "p32"], 1), rota("leader", ["p41", "p42"], 7)],
        channels: vec![voice, channel("sms", Medium::Sms), channel("mail", Medium::Email)],
        policies: BTreeMap::from([
            (Kind::Fever, Arc::new(fever())),
            (Kind::Suspected, Arc::new(suspected())),
        ]),
        sources: BTreeMap::from([
            (SourceId::new("hr-system"), source(&[Kind::Fever, Kind::Suspected], None, true)),
            (SourceId::new("gate-lobby"), source(&[Kind::Fever], Some("finance"), false)),
            (
                SourceId::new("clinic"),
                source(&[Kind::Fever, Kind::Suspected, Kind::Confirmed], Some("auction"), true),
            ),
        ]),
        clients: BTreeMap::new(),
        roles: Vec::new(),
        testing: BTreeSet::new(),
        inspectors: Vec::new(),
        heads_at: Schedule::at_six_in_the_evening(),
        lapses_at: Schedule::at_nine_in_the_morning(),
        repeats_within: Duration::from_hours(24 * 90),
        erase_after: None,
        forms: BTreeMap::new(),
        calendar: Calendar::default(),
    }
}

/// Changes the policy of suspected cases.
pub(super) fn policy(directory: &mut Directory, change: impl FnOnce(&mut Policy)) {
    let policy = directory.policies.get_mut(&Kind::Suspected).unwrap();
    change(Arc::make_mut(policy));
}

/// Changes the clock of suspected cases.
pub(super) fn clock(directory: &mut Directory, change: impl FnOnce(&mut ClockPolicy)) {
    policy(directory, |policy| change(policy.clock.as_mut().unwrap()));
}

/// The daemon rings the authority at once.
pub(super) fn daemon(directory: &mut Directory) {
    clock(directory, |clock| clock.phone.call = Caller::Daemon);
}

/// Somebody else is the officer on duty between two times.
pub(super) fn officer_is(directory: &mut Directory, person: &str, (from, to): (&str, &str)) {
    let (from, to) = (instant(from), instant(to));
    directory.duties[0].overrides.push(Override { person: PersonId::new(person), from, to });
}
