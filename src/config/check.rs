//! Check: every silent gap of the next thirty days, before somebody falls into it (P10).

use std::time::Duration;

use super::finding::{Finding, Sources};
use super::{Configuration, Place};
use crate::channel::text::Texts;
use crate::channel::text::{Language, Unit as UnitText};
use crate::domain::directory::Role;
use crate::domain::names::{DutyRole, Medium, PersonId};
use crate::domain::policy::{Caller, Grade, Policy, Target};
use crate::time::{Timestamp, span};

/// How far ahead gaps are looked for.
const AHEAD: Duration = Duration::from_hours(24 * 30);
/// How finely.
const STEP: Duration = Duration::from_mins(1);
/// An SMS is one of at most so many units.
const SMS_UNITS: usize = 70;
/// The SHA-256 of secrets that stand in the example for everybody to read.
const EXAMPLES: [&str; 6] = [
    "8562c8ec0f07aa5f611bea1d0be9c79034579e7f317f1ae85a5595d7dfa8f2c9",
    "781a6eb1cf9f5203c152e0f5eca0e48589f585460ccac7bb10851735925d1e75",
    "34edfa1059a092bc26db3691872c150462223277715d2c624475407cbb6ae373",
    "a79dbcd64b48b7b2f4d07338d319a37231d1401d390b47a70f9499d22d5ef4db",
    "0c39b16399c8e06d96ead379184c41100a458a3c00423419cc5e48f38b88790b",
    "dcca57e656f38de3a310c570f931297efee1ef709177b5c3c132f5ca7b004900",
];
const EXAMPLE_SIGNING: &str = "whsec_ZXhhbXBsZS1jbGluaWMtc2VjcmV0LTAwMDE=";

/// What somebody may be sorry for within the next thirty days.
#[must_use]
pub fn check(configuration: &Configuration, sources: &Sources, now: Timestamp) -> Vec<Finding> {
    let checker = Checker { configuration, findings: Vec::new() };
    let mut findings = checker.run(sources, now);
    findings.sort_by_key(|finding| {
        (finding.severity, finding.place.as_ref().map(|place| (place.file, place.span.start)))
    });
    findings
}

struct Checker<'c> {
    configuration: &'c Configuration,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn run(mut self, sources: &Sources, now: Timestamp) -> Vec<Finding> {
        self.duty(now);
        self.people();
        self.policies();
        self.channels_of_proof();
        self.operation(now);
        self.examples(sources);
        self.texts();
        self.findings
    }

    fn place(&self, what: &str) -> Option<Place> {
        self.configuration.places.get(what).cloned()
    }

    fn warn(&mut self, what: &str, key: &str, message: impl Into<String>) {
        let place = self.place(what);
        self.findings.push(Finding::warning(place, key, message));
    }

    /// Minutes that nobody covers.
    fn duty(&mut self, now: Timestamp) {
        let directory = &self.configuration.directory;
        let mut roles: Vec<DutyRole> = directory.duties.iter().map(|duty| duty.role.clone()).collect();
        roles.sort();
        roles.dedup();
        for wanted in ["officer", "leader"] {
            if !roles.iter().any(|role| role.as_str() == wanted) {
                self.findings.push(Finding::warning(
                    None,
                    "duty",
                    format!("nobody is ever on duty as {wanted}: add [[duty]] role = \"{wanted}\""),
                ));
            }
        }
        for role in roles {
            let mut gap: Option<Timestamp> = None;
            let mut at = now;
            while at < now + AHEAD {
                let covered = directory.on_duty(&role, at).is_some();
                match (covered, gap) {
                    (false, None) => gap = Some(at),
                    (true, Some(from)) => {
                        self.gap(&role, from, at);
                        gap = None;
                    }
                    (true, None) | (false, Some(_)) => {}
                }
                at = at + if covered { STEP * 15 } else { STEP };
            }
            if let Some(from) = gap {
                self.gap(&role, from, now + AHEAD);
            }
        }
    }

    fn gap(&mut self, role: &DutyRole, from: Timestamp, to: Timestamp) {
        let zone = &self.configuration.directory.zone;
        let show = |at| zone.format(at, "%Y-%m-%d %H:%M");
        let message = format!("nobody is on duty as {role} from {} to {}", show(from), show(to));
        self.warn(&format!("duty:{role}"), "duty", message);
    }

    fn people(&mut self) {
        let directory = &self.configuration.directory;
        let mut found = Vec::new();
        for (id, unit) in &directory.units {
            if unit.deputy.is_none() {
                found.push((format!("unit:{id}"), "unit.deputy", format!("{id} has no deputy: nobody stands in for its liaison, or for its leader in a case of their own")));
            }
            let short = self.configuration.contacts.units.get(id).and_then(|name| name.short_name.clone());
            if short.as_ref().is_some_and(|short| too_long(short)) {
                found.push((format!("short_name:{id}"), "unit.short_name", format!("the short name of {id} is longer than 6 characters (9 in English): an SMS may not fit")));
            }
        }
        for (id, authority) in &directory.authorities {
            if authority.phones.is_empty() {
                found.push((format!("authority:{id}"), "authority.phones", format!("{id} has no telephone number: its telephone report can only be made by a person who has it")));
            }
            if !authority.email {
                found.push((
                    format!("authority:{id}"),
                    "authority.email",
                    format!("{id} has no address: no written report can reach it"),
                ));
            }
        }
        for (role, why) in [
            (Role::Office, "nobody has the role office: nobody can arm the daemon or see personal data"),
            (Role::Discipline, "nobody has the role discipline: nobody can decide a lapse"),
        ] {
            if !directory.roles.iter().any(|(_, has)| *has == role) {
                found.push((String::new(), "role", why.to_owned()));
            }
        }
        for (what, key, message) in found {
            self.warn(&what, key, message);
        }
    }

    fn policies(&mut self) {
        let policies: Vec<_> = self
            .configuration
            .directory
            .policies
            .iter()
            .map(|(kind, policy)| (*kind, policy.clone()))
            .collect();
        for (kind, policy) in policies {
            let what = format!("policy:{kind:?}");
            self.steps(&what, &policy);
            self.budget(&what, &policy);
        }
    }

    /// Steps that reach nobody by a medium they name.
    fn steps(&mut self, what: &str, policy: &Policy) {
        let directory = &self.configuration.directory;
        let mut found = Vec::new();
        for (number, step) in (1..).zip(&policy.steps) {
            for medium in &step.by {
                if directory.channels_of(*medium).next().is_none() {
                    found.push(
                        format!("step {number} tells by {medium:?}, and there is no channel for it")
                            .to_lowercase(),
                    );
                }
            }
            for person in step.notify.iter().flat_map(|target| self.holders(target)) {
                let missing: Vec<&Medium> =
                    step.by.iter().filter(|medium| !directory.reaches(&person, **medium)).collect();
                if missing.len() == step.by.len() {
                    found.push(format!(
                        "step {number} names {person}, who has no address for any medium of it"
                    ));
                }
            }
        }
        found.sort();
        found.dedup();
        for message in found {
            self.warn(what, "policy.step", message);
        }
    }

    /// Everybody who could be meant by a target.
    fn holders(&self, target: &Target) -> Vec<PersonId> {
        let directory = &self.configuration.directory;
        match target {
            Target::UnitLeader => directory.units.values().map(|unit| unit.leader.clone()).collect(),
            Target::UnitLiaison => directory.units.values().map(|unit| unit.liaison.clone()).collect(),
            Target::UnitDeputy => directory.units.values().filter_map(|unit| unit.deputy.clone()).collect(),
            Target::Duty(role) => {
                let lines = directory.duties.iter().filter(|duty| duty.role == *role);
                lines
                    .flat_map(|duty| duty.rotation.iter().chain(duty.overrides.iter().map(|it| &it.person)))
                    .cloned()
                    .collect()
            }
            Target::Body(body) => directory.bodies.get(body).cloned().unwrap_or_default(),
            Target::Person(person) => vec![person.clone()],
            Target::Handler | Target::Channel(_) => Vec::new(),
        }
    }

    /// A ladder that asks for more calls to one person than the channel allows within the clock.
    fn budget(&mut self, what: &str, policy: &Policy) {
        let Some(within) = policy.clock.as_ref().map(|clock| clock.within) else { return };
        let Some(channel) = self.configuration.directory.channels_of(Medium::Phone).next() else { return };
        let limits: Vec<(Duration, usize)> =
            channel.per_callee.iter().copied().filter(|(window, _)| *window >= within).collect();
        let channel = channel.id.clone();
        for (number, step) in (1_u32..).zip(&policy.steps) {
            let Some(every) = step.repeat_every.filter(|_| step.by.contains(&Medium::Phone)) else {
                continue;
            };
            let span = within.saturating_sub(step.after);
            let asked = usize::try_from(span.as_millis() / every.as_millis().max(1))
                .unwrap_or(usize::MAX)
                .saturating_add(1);
            let Some((_, most)) = limits.iter().min_by_key(|(_, most)| *most) else { continue };
            if asked > *most {
                let ends = step.after + every.saturating_mul(u32::try_from(*most).unwrap_or(u32::MAX));
                let message = format!(
                    "step {number} asks for {asked} calls to one person within {}, and channel {channel} allows {most}: without spreading nobody could be rung any more from T+{}; calls are spread, and one is kept for the last five minutes",
                    span::format(within),
                    span::format(ends)
                );
                self.warn(what, "policy.step.repeat_every", message);
            }
        }
    }

    /// A proof that no channel can bring.
    fn channels_of_proof(&mut self) {
        let directory = &self.configuration.directory;
        let receipts = directory.channels_of(Medium::Phone).any(|channel| channel.receipts);
        let mut found = Vec::new();
        for (kind, policy) in &directory.policies {
            let Some(clock) = &policy.clock else { continue };
            let what = format!("policy:{kind:?}");
            if !receipts && clock.phone.proof > Grade::Accepted {
                let who = match clock.phone.call {
                    Caller::Daemon => "the daemon's own call can never be a proof",
                    Caller::Officer => {
                        "where the daemon has to ring, its call can never be a proof; an officer's record can"
                    }
                };
                found.push((
                    what.clone(),
                    "policy.clock.phone.proof",
                    format!("no channel for calls brings receipts: {who}"),
                ));
            }
            if clock.phone.proof < Grade::Person {
                found.push((what.clone(), "policy.clock.phone.proof", "a telephone report counts as proved though no person at the authority took it: a voicemail picks up too".to_owned()));
            }
            for medium in &clock.written.by {
                if directory.channels_of(*medium).next().is_none() {
                    found.push((
                        what.clone(),
                        "policy.clock.written.by",
                        "there is no channel for the written report".to_owned(),
                    ));
                }
            }
        }
        for (what, key, message) in found {
            self.warn(&what, key, message);
        }
    }

    fn operation(&mut self, now: Timestamp) {
        let configuration = self.configuration;
        if configuration.heartbeat.is_none() {
            self.warn(
                "server",
                "server.heartbeat",
                "no heartbeat is sent: if this machine dies at night nobody is told",
            );
        }
        if configuration.storage.master_key.is_none() {
            self.warn(
                "storage",
                "storage.master_key",
                "the key of the vault lies in the data folder beside what it opens; use a credential",
            );
        }
        let url = reqwest::Url::parse(&configuration.http.public_url).ok();
        let plain = url.is_some_and(|url| {
            let host = url.host_str().unwrap_or_default().to_owned();
            let here = host == "localhost"
                || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
            url.scheme() == "http" && !here
        });
        if plain {
            self.warn(
                "public_url",
                "server.public_url",
                "links and codes go over an unencrypted connection: use https",
            );
        }
        let zone = &configuration.directory.zone;
        let mut schedules = vec![("ledger.heads_at".to_owned(), configuration.heads_at.clone())];
        schedules
            .extend(configuration.forms.iter().map(|form| (format!("form {}", form.id), form.due.clone())));
        for (name, schedule) in schedules {
            let first = schedule.next(zone, now);
            let second = first.and_then(|first| schedule.next(zone, first));
            let show = |at: Option<Timestamp>| {
                at.map_or_else(|| "never".to_owned(), |at| zone.format(at, "%a %Y-%m-%d %H:%M:%S"))
            };
            match first {
                Some(_) => self.findings.push(Finding::note(
                    None,
                    &name,
                    format!("\"{}\" comes next {} and {}", schedule.as_str(), show(first), show(second)),
                )),
                None => self.warn("", &name, format!("\"{}\" never comes", schedule.as_str())),
            }
        }
    }

    /// Secrets of the example: everybody can read them.
    fn examples(&mut self, sources: &Sources) {
        for (file, (_, text)) in sources.0.iter().enumerate() {
            for example in EXAMPLES.iter().chain(std::iter::once(&EXAMPLE_SIGNING)) {
                for (start, _) in text.match_indices(example) {
                    let place = Place { file, span: start..start + example.len() };
                    let message = "this is a secret of the example, which everybody can read; make your own with `watchfire token`";
                    self.findings.push(Finding::warning(Some(place), "", message));
                }
            }
        }
    }

    /// Messages that do not fit one SMS in the worst case.
    fn texts(&mut self) {
        let contacts = &self.configuration.contacts;
        let units: Vec<UnitText> = contacts
            .units
            .values()
            .map(|unit| UnitText { name: unit.name.clone(), short_name: unit.short_name.clone() })
            .collect();
        let Ok(texts) = Texts::load() else { return };
        let mut found = Vec::new();
        for language in [Language::Chinese, Language::English] {
            let longest = texts.longest_sms(&contacts.organisation, &units, language).unwrap_or_default();
            for (purpose, units) in longest.into_iter().filter(|(_, units)| *units > SMS_UNITS) {
                found.push(format!("the {purpose} SMS in {} takes up to {units} units, and one SMS holds {SMS_UNITS}: shorten sms_signature, page or the units' short names", language.code()));
            }
        }
        for message in found {
            self.warn("organisation", "organisation", message);
        }
    }
}

fn too_long(short: &str) -> bool {
    let most = if short.is_ascii() { 9 } else { 6 };
    short.chars().count() > most
}
