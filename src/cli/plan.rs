//! Plan: who would be told, when, by which address, without telling anyone.

mod form;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Failure, load_without_secrets, say};
use crate::config::Configuration;
use crate::domain::directory::Directory;
use crate::domain::names::{AuthorityId, Kind, Medium, PersonId, UnitId};
use crate::domain::policy::{Caller, ClockPolicy, Step, Target, Unless};
use crate::time::{Clock as _, SystemClock, Timestamp, span};

/// What is asked.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the configuration.
    #[arg(long, value_name = "DIR")]
    config: PathBuf,
    /// What kind of case.
    #[arg(long, value_name = "KIND", required_unless_present = "form", requires = "unit")]
    case: Option<CaseKind>,
    /// The id of the unit.
    #[arg(long, requires = "case")]
    unit: Option<String>,
    /// The id of a form, instead of a case: each level's latest time, counted back from the superior's deadline.
    #[arg(long, value_name = "FORM", conflicts_with_all = ["case", "unit"])]
    form: Option<String>,
    /// When it is found, or after when the form is due, such as 2026-11-23T03:00:00+08:00; without it at this moment.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CaseKind {
    Fever,
    Suspected,
    Confirmed,
}

/// The plan in the making: lines under the instant they belong to.
struct Plan<'c> {
    configuration: &'c Configuration,
    unit: UnitId,
    anchor: Timestamp,
    lines: Vec<(Duration, String, Vec<String>)>,
    gaps: usize,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let configuration = load_without_secrets(&arguments.config)?.configuration;
    let anchor = arguments.at.unwrap_or_else(|| SystemClock::new().read().wall);
    if let Some(form) = &arguments.form {
        return form::run(&configuration, form, anchor);
    }
    let (kind, word) = match arguments.case {
        Some(CaseKind::Fever) => (Kind::Fever, "fever"),
        Some(CaseKind::Suspected) => (Kind::Suspected, "suspected"),
        Some(CaseKind::Confirmed) => (Kind::Confirmed, "confirmed"),
        None => return Err(Failure::Call("--case or --form: expected one of the two".to_owned())),
    };
    let unit = UnitId::new(arguments.unit.as_deref().unwrap_or_default());
    let directory = &configuration.directory;
    let Some(name) = configuration.contacts.units.get(&unit) else {
        let known: Vec<&str> = directory.units.keys().take(20).map(UnitId::as_str).collect();
        return Err(Failure::Call(format!(
            "--unit: there is no unit {unit}; there are {}",
            known.join(", ")
        )));
    };
    let Some(policy) = directory.policy(kind).cloned() else {
        return Err(Failure::Call(format!(
            "--case: no [[policy]] has case = \"{word}\"; nobody would be told"
        )));
    };
    say(&format!(
        "{word} case in {unit} ({}), found {} ({}). Nobody is told by this.\n",
        name.name,
        directory.zone.format(anchor, "%Y-%m-%d %H:%M:%S"),
        directory.zone.name()
    ))?;
    let mut plan = Plan { configuration: &configuration, unit, anchor, lines: Vec::new(), gaps: 0 };
    for (number, step) in (1..).zip(&policy.steps) {
        plan.step(number, step);
    }
    if let Some(clock) = &policy.clock {
        plan.clock(clock);
    }
    plan.print()
}

impl Plan<'_> {
    fn step(&mut self, number: usize, step: &Step) {
        let mut head = format!("step {number}");
        if let Some(every) = step.repeat_every {
            head.push_str(&format!(
                ", again every {} until somebody has taken the case",
                span::format(every)
            ));
        }
        match step.unless {
            Some(Unless::Confirmed) => head.push_str(", unless somebody has confirmed by then"),
            Some(Unless::Taken) => head.push_str(", unless somebody has taken the case by then"),
            None => {}
        }
        let between = if step.wait.is_zero() {
            ", at once also ".to_owned()
        } else {
            format!(", after {} without an answer ", span::format(step.wait))
        };
        let lines = self.people(&step.notify, (&step.by, &between), self.anchor + step.after);
        self.lines.push((step.after, head, lines));
    }

    fn clock(&mut self, clock: &ClockPolicy) {
        for offset in &clock.warn_at {
            let lines = self.people(&clock.warn, (&clock.warn_by, ", else "), self.anchor + *offset);
            self.lines.push((*offset, "warning: so much of the time is gone".to_owned(), lines));
        }
        for authority in &clock.report_to {
            self.authority(clock, authority);
        }
    }

    fn authority(&mut self, clock: &ClockPolicy, id: &AuthorityId) {
        let contact = self.configuration.contacts.authorities.get(id);
        let name = contact.map_or_else(|| id.to_string(), |contact| format!("{} ({id})", contact.name));
        let numbers: Vec<String> = contact
            .into_iter()
            .flat_map(|contact| contact.phones.iter().map(|(number, _)| number.clone()))
            .collect();
        let numbers = self.or_gap(Some(numbers.join(", then ")).filter(|text| !text.is_empty()), "NO NUMBER");
        let email = self.or_gap(contact.and_then(|contact| contact.email.clone()), "NO MAIL ADDRESS");
        let (after, call) = match clock.phone.call {
            Caller::Officer => (
                clock.phone.daemon_after,
                "if nobody has recorded a call by then, the daemon rings; until then that is the officer's",
            ),
            Caller::Daemon => (Duration::ZERO, "the daemon rings"),
        };
        self.lines.push((after, format!("{name}: {call}"), vec![numbers]));
        let written = format!("{name}: the written report goes at the latest, if nobody has sent it before");
        self.lines.push((clock.written.latest, written, vec![email]));
        let due =
            format!("{name}: both proofs are due, by telephone and in writing; without them it is a breach");
        self.lines.push((clock.within, due, Vec::new()));
    }

    fn or_gap(&mut self, known: Option<String>, gap: &str) -> String {
        known.unwrap_or_else(|| {
            self.gaps += 1;
            gap.to_owned()
        })
    }

    /// Everybody whom targets name, once.
    fn people(&mut self, targets: &[Target], (by, between): (&[Medium], &str), at: Timestamp) -> Vec<String> {
        let mut told = BTreeSet::new();
        let mut lines = Vec::new();
        for target in targets {
            let people = match target {
                Target::Handler => {
                    lines.push("whoever handles the case by then".to_owned());
                    continue;
                }
                Target::Channel(channel) => {
                    lines.push(format!("the group of channel {channel}, which counts as nobody told"));
                    continue;
                }
                Target::UnitLeader
                | Target::UnitLiaison
                | Target::UnitDeputy
                | Target::Duty(_)
                | Target::Body(_)
                | Target::Person(_) => people(&self.configuration.directory, target, &self.unit, at),
            };
            if people.is_empty() {
                self.gaps += 1;
                lines.push(format!("{}: NOBODY", word(target)));
            }
            for person in people.into_iter().filter(|person| told.insert(person.clone())) {
                let line = self.person(&person, &word(target), (by, between));
                lines.push(line);
            }
        }
        lines
    }

    fn person(&mut self, person: &PersonId, as_what: &str, (by, between): (&[Medium], &str)) -> String {
        let contact = self.configuration.contacts.persons.get(person);
        let name = contact.map_or("", |contact| contact.name.as_str());
        let mut ways = Vec::new();
        for medium in by {
            let (word, address) = match medium {
                Medium::Phone => ("phone", contact.and_then(|contact| contact.mobile.clone())),
                Medium::Sms => ("sms", contact.and_then(|contact| contact.mobile.clone())),
                Medium::Email => ("email", contact.and_then(|contact| contact.email.clone())),
                Medium::Robot => ("robot", None),
            };
            let address = self.or_gap(address, "NO ADDRESS");
            ways.push(format!("{word} {address}"));
        }
        format!("{person} {name} ({as_what}): {}", ways.join(between))
    }

    fn print(mut self) -> Result<(), Failure> {
        self.lines.sort_by_key(|(after, ..)| *after);
        let zone = &self.configuration.directory.zone;
        for (after, head, lines) in &self.lines {
            let at = zone.format(self.anchor + *after, "%m-%d %H:%M:%S");
            say(&format!("T+{:<5} {at}  {head}", span::format(*after)))?;
            for line in lines {
                say(&format!("{:24}{line}", ""))?;
            }
        }
        match self.gaps {
            0 => say(
                "\nEverybody named here has an address. `watchfire check` looks for gaps of the next 30 days.",
            ),
            gaps => {
                say(&format!("\n{gaps} gaps, in capitals above: mend them before the night that needs them."))
            }
        }
    }
}

/// A target as the configuration writes it.
fn word(target: &Target) -> String {
    match target {
        Target::UnitLeader => "unit.leader".to_owned(),
        Target::UnitLiaison => "unit.liaison".to_owned(),
        Target::UnitDeputy => "unit.deputy".to_owned(),
        Target::Duty(role) => format!("duty.{role}"),
        Target::Handler => "handler".to_owned(),
        Target::Body(body) => body.to_string(),
        Target::Person(person) => format!("person:{person}"),
        Target::Channel(channel) => format!("channel:{channel}"),
    }
}

fn people(directory: &Directory, target: &Target, unit: &UnitId, at: Timestamp) -> Vec<PersonId> {
    let unit = directory.units.get(unit);
    match target {
        Target::UnitLeader => unit.map(|unit| unit.leader.clone()).into_iter().collect(),
        Target::UnitLiaison => unit.map(|unit| unit.liaison.clone()).into_iter().collect(),
        Target::UnitDeputy => unit.and_then(|unit| unit.deputy.clone()).into_iter().collect(),
        Target::Duty(role) => directory.on_duty(role, at).into_iter().collect(),
        Target::Body(body) => directory.bodies.get(body).cloned().unwrap_or_default(),
        Target::Person(person) => vec![person.clone()],
        Target::Handler | Target::Channel(_) => Vec::new(),
    }
}
