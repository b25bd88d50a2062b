//! The organisation that a seed is played in: numbers first, for the checkers; the directory is made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use watchfire::domain::directory::{
    Authority, ChannelRules, ClusterRule, Directory, Duty, Hours, Person, Source, Triage, Unit,
};
use watchfire::domain::form::Calendar;
use watchfire::domain::names::{
    AuthorityId, BodyId, Celsius, ChannelId, DutyRole, Kind, Medium, PersonId, SourceId, UnitId,
};
use watchfire::domain::policy::{
    Caller, ClockPolicy, Grade, PhonePolicy, Policy, Step, Target, Unless, WrittenPolicy, WrittenProof,
};
use watchfire::time::{Day, Schedule, Zone};

use crate::chance::Chance;
use crate::losses::Lost;
use crate::offices::Offices;

/// When every seed begins: a Monday morning in Shanghai.
pub(crate) const BEGINNING: &str = "2026-11-23T00:00:00Z";
pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
/// After so long without an answer a request has failed.
pub(crate) const TIMEOUT: u64 = 5 * SECOND;
/// How many calls one person or number gets within so long.
pub(crate) const CALLS: [(u64, usize); 3] = [(MINUTE, 1), (HOUR, 5), (24 * HOUR, 20)];
pub(crate) const UNITS: [&str; 2] = ["finance", "auction"];

/// What the rules of suspected cases say, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Who is told when, in milliseconds from the anchor.
    pub(crate) steps: Vec<u64>,
    pub(crate) repeat_every: u64,
    pub(crate) idle_after: u64,
    pub(crate) within: u64,
    pub(crate) phone_within: u64,
    pub(crate) authorities: Vec<&'static str>,
    pub(crate) warn_at: Vec<u64>,
    pub(crate) born_late: u64,
    pub(crate) officer_calls: bool,
    pub(crate) daemon_after: u64,
    pub(crate) after_phone: u64,
    pub(crate) latest: u64,
    pub(crate) review: bool,
}

/// The organisation at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) rules: Rules,
    pub(crate) officer: Option<&'static str>,
    pub(crate) duty_leader: Option<&'static str>,
    /// The leader of each unit.
    pub(crate) leaders: [&'static str; 2],
    /// A second telephone channel.
    pub(crate) spare: bool,
    /// Whose number is missing.
    pub(crate) unreachable: Option<&'static str>,
    /// How many numbers an authority has.
    pub(crate) numbers: usize,
    /// How long personal data is kept after a case is closed, where it is kept for a time.
    pub(crate) keeps: Option<u64>,
    /// Units that report, where reports are what is played.
    pub(crate) offices: Option<Offices>,
    /// What was taken out.
    pub(crate) lost: BTreeSet<Lost>,
}

impl Site {
    pub(crate) fn of(chance: &mut Chance) -> Self {
        let rules = Rules {
            steps: vec![0, 5 * MINUTE, 12 * MINUTE],
            repeat_every: 5 * MINUTE,
            idle_after: chance.among(&[6, 8]) * MINUTE,
            within: 30 * MINUTE,
            phone_within: chance.among(&[20, 30]) * MINUTE,
            authorities: if chance.percent(60) { vec!["sasac"] } else { vec!["sasac", "health"] },
            warn_at: vec![15 * MINUTE, 25 * MINUTE],
            born_late: 10 * MINUTE,
            officer_calls: chance.percent(70),
            daemon_after: chance.among(&[10, 15]) * MINUTE,
            after_phone: chance.among(&[0, 2]) * MINUTE,
            latest: 20 * MINUTE,
            review: chance.percent(50),
        };
        Self {
            rules,
            officer: Some("p31"),
            duty_leader: chance.percent(85).then_some("p41"),
            leaders: ["p11", "p21"],
            spare: chance.percent(30),
            unreachable: chance.percent(20).then_some("p12"),
            numbers: usize::try_from(chance.between(1, 2)).unwrap(),
            keeps: None,
            offices: None,
            lost: BTreeSet::new(),
        }
    }

    /// The organisation after somebody has changed the configuration.
    pub(crate) fn changed(&self, chance: &mut Chance) -> Self {
        let mut next = self.clone();
        match chance.below(10) {
            0 => next.officer = Some(if self.officer == Some("p31") { "p32" } else { "p31" }),
            1 => next.leaders = ["p13", "p21"],
            2 => next.rules.within = 40 * MINUTE,
            3 => next.rules.steps = vec![0, 3 * MINUTE],
            _ if !self.lost.is_empty() && chance.percent(50) => next.regain(chance),
            _ => next.lose(chance),
        }
        next
    }

    pub(crate) fn leader(&self, unit: &str) -> &'static str {
        if unit == UNITS[0] { self.leaders[0] } else { self.leaders[1] }
    }

    pub(crate) fn liaison(unit: &str) -> &'static str {
        if unit == UNITS[0] { "p12" } else { "p22" }
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        let unit = |leader: &str, liaison: &str| Unit {
            leader: PersonId::new(leader),
            liaison: PersonId::new(liaison),
            deputy: None,
            headcount: None,
        };
        let duty = |role: &str, person: Option<&str>| Duty {
            role: DutyRole::new(role),
            rotation: person.into_iter().map(PersonId::new).collect(),
            from: "2026-01-01T00:00:00Z".parse().unwrap(),
            shift_days: 1,
            overrides: Vec::new(),
        };
        Arc::new(Directory {
            zone: Zone::named("Asia/Shanghai").unwrap(),
            triage: triage(),
            units: [
                (UnitId::new(UNITS[0]), unit(self.leaders[0], "p12")),
                (UnitId::new(UNITS[1]), unit(self.leaders[1], "p22")),
            ]
            .into_iter()
            .chain(self.offices.iter().flat_map(|offices| offices.units()))
            .collect(),
            bodies: BTreeMap::from([(
                BodyId::new("leading-group"),
                vec![PersonId::new("p42"), PersonId::new("p43")],
            )]),
            persons: self.persons(),
            authorities: self.authorities(),
            duties: vec![duty("officer", self.officer), duty("leader", self.duty_leader)],
            channels: self.channels(),
            policies: BTreeMap::from([
                (Kind::Fever, Arc::new(fever())),
                (Kind::Suspected, Arc::new(self.suspected())),
            ]),
            sources: sources(),
            clients: BTreeMap::new(),
            roles: Vec::new(),
            testing: BTreeSet::new(),
            inspectors: Vec::new(),
            heads_at: Schedule::at_six_in_the_evening(),
            lapses_at: Schedule::at_nine_in_the_morning(),
            repeats_within: Duration::from_hours(24 * 90),
            erase_after: self.keeps.map(ms),
            forms: self.offices.iter().flat_map(|offices| offices.forms()).collect(),
            calendar: Calendar::default(),
        })
    }

    fn persons(&self) -> BTreeMap<PersonId, Person> {
        let media = [("phone", Medium::Phone), ("sms", Medium::Sms), ("email", Medium::Email)];
        let people = ["p11", "p12", "p13", "p21", "p22", "p31", "p32", "p41", "p42", "p43", "p51"];
        let left = people.into_iter().filter(|id| !self.lost.contains(&Lost::Person(id)));
        left.map(|id| {
            let has = |word: &str| self.unreachable != Some(id) && !self.lacks(id, word);
            let media = media.iter().filter(|(word, _)| has(word)).map(|(_, medium)| *medium).collect();
            (PersonId::new(id), Person { media, ..Person::default() })
        })
        .chain(self.offices.iter().flat_map(|_offices| Offices::persons()))
        .collect()
    }

    fn authorities(&self) -> BTreeMap<AuthorityId, Authority> {
        let left = ["sasac", "health"].into_iter().filter(|id| !self.lost.contains(&Lost::Authority(id)));
        left.map(|id| {
            let phones = vec![Hours::default(); self.numbers_of(id)];
            (AuthorityId::new(id), Authority { phones, email: self.has_address(id), ..Authority::default() })
        })
        .collect()
    }

    fn channels(&self) -> Vec<ChannelRules> {
        let channel = |id: &str, medium| ChannelRules {
            id: ChannelId::new(id),
            medium,
            receipts: medium == Medium::Phone,
            timeout: ms(TIMEOUT),
            pause_at_least: Duration::from_secs(2),
            pause_at_most: Duration::from_mins(1),
            per_callee: Vec::new(),
            per_second: None,
        };
        let per_callee: Vec<(Duration, usize)> =
            CALLS.iter().map(|(window, most)| (ms(*window), *most)).collect();
        let voice = ChannelRules { per_callee, per_second: Some(10), ..channel("voice", Medium::Phone) };
        let spare = ChannelRules { id: ChannelId::new("spare"), ..voice.clone() };
        let mut channels = vec![voice, channel("sms", Medium::Sms), channel("mail", Medium::Email)];
        channels.extend(self.spare.then_some(spare));
        channels.retain(|channel| self.has(channel.id.as_str()));
        channels
    }

    fn suspected(&self) -> Policy {
        let rules = &self.rules;
        let targets = [
            vec![Target::UnitLeader, duty("officer")],
            vec![duty("leader")],
            vec![Target::Body(BodyId::new("leading-group")), Target::UnitLiaison],
        ];
        let steps = rules.steps.iter().zip(targets).map(|(after, notify)| Step {
            after: ms(*after),
            notify,
            by: vec![Medium::Sms, Medium::Phone],
            wait: Duration::ZERO,
            repeat_every: Some(ms(rules.repeat_every)),
            unless: None,
        });
        let clock = ClockPolicy {
            within: ms(rules.within),
            report_to: self.report_to().into_iter().map(AuthorityId::new).collect(),
            warn_at: rules.warn_at.iter().map(|at| ms(*at)).collect(),
            warn: vec![Target::Handler, duty("officer")],
            warn_by: vec![Medium::Sms, Medium::Phone],
            born_late: ms(rules.born_late),
            phone: PhonePolicy {
                within: Some(ms(rules.phone_within)),
                call: if rules.officer_calls { Caller::Officer } else { Caller::Daemon },
                daemon_after: ms(rules.daemon_after),
                proof: Grade::Person,
            },
            written: WrittenPolicy {
                within: None,
                by: vec![Medium::Email],
                proof: WrittenProof::Accepted,
                after_phone: ms(rules.after_phone),
                latest: ms(rules.latest),
                review: rules.review,
            },
        };
        Policy {
            kind: Kind::Suspected,
            steps: steps.collect(),
            idle_after: Some(ms(rules.idle_after)),
            clock: Some(clock),
        }
    }
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn duty(role: &str) -> Target {
    Target::Duty(DutyRole::new(role))
}

fn fever() -> Policy {
    let leader = Step {
        after: Duration::ZERO,
        notify: vec![Target::UnitLeader],
        by: vec![Medium::Sms, Medium::Phone],
        wait: ms(45 * SECOND),
        repeat_every: None,
        unless: None,
    };
    let officer = Step {
        after: ms(10 * MINUTE),
        notify: vec![duty("officer")],
        by: vec![Medium::Phone, Medium::Sms],
        wait: Duration::ZERO,
        repeat_every: None,
        unless: Some(Unless::Confirmed),
    };
    Policy { kind: Kind::Fever, steps: vec![leader, officer], idle_after: None, clock: None }
}

fn triage() -> Triage {
    Triage {
        fever_at_least: Celsius::from_hundredths(3730),
        implausible_below: Celsius::from_hundredths(3400),
        implausible_above: Celsius::from_hundredths(4300),
        clusters: vec![ClusterRule {
            rule: "three-in-a-unit".to_owned(),
            valid_from: Day::new(2026, 1, 1).unwrap(),
            valid_to: None,
            window: ms(72 * HOUR),
            people: 3,
            becomes: Kind::Suspected,
        }],
    }
}

fn sources() -> BTreeMap<SourceId, Source> {
    let source = |may: &[Kind], trust_time| Source {
        may: may.iter().copied().collect(),
        unit: Some(UnitId::new(UNITS[0])),
        trust_time,
    };
    BTreeMap::from([
        (SourceId::new("hr"), source(&[Kind::Fever, Kind::Suspected, Kind::Confirmed], true)),
        (SourceId::new("gate"), source(&[Kind::Fever], false)),
    ])
}
