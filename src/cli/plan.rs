//! Plan: who would be told, when, by which address, without telling anyone.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, load, say};
use crate::config::Configuration;
use crate::domain::directory::Directory;
use crate::domain::names::{Kind, Medium, PersonId, UnitId};
use crate::domain::policy::{Caller, Step, Target};
use crate::time::{Clock as _, SystemClock, Timestamp, span};

/// What is asked.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the configuration.
    #[arg(long, value_name = "DIR")]
    config: PathBuf,
    /// fever, suspected or confirmed.
    #[arg(long)]
    case: String,
    /// The unit.
    #[arg(long)]
    unit: String,
    /// The instant of the anchor, such as 2026-11-23T03:00:00+08:00; now where it is left out.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let configuration = load(&arguments.config)?.configuration;
    let kind = match arguments.case.as_str() {
        "fever" => Kind::Fever,
        "suspected" => Kind::Suspected,
        "confirmed" => Kind::Confirmed,
        _ => return Err(Failure::Call("--case: expected fever, suspected or confirmed".to_owned())),
    };
    let unit = UnitId::new(&arguments.unit);
    let directory = &configuration.directory;
    if !directory.units.contains_key(&unit) {
        return Err(Failure::Call(format!("--unit: there is no unit {unit}")));
    }
    let Some(policy) = directory.policy(kind) else {
        return Err(Failure::Call(format!("--case: there is no policy for {}", arguments.case)));
    };
    let anchor = arguments.at.unwrap_or_else(|| SystemClock::new().read().wall);
    let show = |at: Timestamp| directory.zone.format(at, "%Y-%m-%d %H:%M:%S");
    say(&format!("{} case in {unit}, anchor {}", arguments.case, show(anchor)))?;
    for (number, step) in (1..).zip(&policy.steps) {
        let at = anchor + step.after;
        let mut head = format!("T+{:<6} {}  step {number}", span::format(step.after), show(at));
        if let Some(every) = step.repeat_every {
            head.push_str(&format!(", repeated every {} until taken", span::format(every)));
        }
        if let Some(unless) = step.unless {
            head.push_str(&format!(", unless {unless:?}").to_lowercase());
        }
        say(&head)?;
        for line in lines(&configuration, step, &unit, at) {
            say(&format!("          {line}"))?;
        }
    }
    let Some(clock) = &policy.clock else { return Ok(()) };
    for authority in &clock.report_to {
        let contact = configuration.contacts.authorities.get(authority);
        let name = contact.map_or("", |contact| contact.name.as_str());
        say(&format!("clock     {authority} ({name}), both proofs by {}", show(anchor + clock.within)))?;
        let who = match clock.phone.call {
            Caller::Officer => format!(
                "the duty officer rings; the daemon from {} if nobody has recorded an outcome",
                show(anchor + clock.phone.daemon_after)
            ),
            Caller::Daemon => "the daemon rings at once".to_owned(),
        };
        let number =
            contact.and_then(|contact| contact.phones.first()).map_or("no number", |(number, _)| number);
        say(&format!("          telephone: {who} ({number})"))?;
        let email = contact.and_then(|contact| contact.email.as_deref()).unwrap_or("no address");
        say(&format!(
            "          written:   at the latest {} ({email})",
            show(anchor + clock.written.latest)
        ))?;
        for offset in &clock.warn_at {
            say(&format!("          warning:   {}", show(anchor + *offset)))?;
        }
    }
    Ok(())
}

fn lines(configuration: &Configuration, step: &Step, unit: &UnitId, at: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for target in &step.notify {
        let people = people(&configuration.directory, target, unit, at);
        if people.is_empty() {
            lines.push(format!("{target:?}: NOBODY"));
        }
        for person in people {
            let contact = configuration.contacts.persons.get(&person);
            let name = contact.map_or("", |contact| contact.name.as_str());
            let ways: Vec<String> = step
                .by
                .iter()
                .map(|medium| {
                    let address = contact.and_then(|contact| match medium {
                        Medium::Phone | Medium::Sms => contact.mobile.clone(),
                        Medium::Email => contact.email.clone(),
                        Medium::Robot => None,
                    });
                    let address = address.unwrap_or_else(|| "NO ADDRESS".to_owned());
                    format!("{medium:?} {address}").to_lowercase()
                })
                .collect();
            lines.push(format!("{person} {name}: {}", ways.join(", then ")));
        }
    }
    lines
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
