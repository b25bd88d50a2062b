//! People and authorities who cannot be reached, stood in for, or named in a short message.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Finding, policy_key};
use crate::channel::text::{Language, Texts, Unit as UnitText};
use crate::domain::directory::{Hours, Role};
use crate::domain::names::{Kind, Medium, PersonId, UnitId};
use crate::domain::policy::{Policy, Target};

/// An SMS is one of at most so many units.
const SMS_UNITS: usize = 70;

impl Checker<'_> {
    pub(super) fn people(&mut self) {
        let directory = &self.configuration.directory;
        for (id, unit) in &directory.units {
            let key = format!("unit \"{id}\"");
            if unit.deputy.is_none() {
                let message = "there is no deputy: nobody stands in for the liaison, or for a leader whose own case it is";
                self.warn(&format!("{key}: deputy"), message, "add deputy = \"ID\"");
            }
            let names = self.configuration.contacts.units.get(id);
            if let Some(short) =
                names.and_then(|names| names.short_name.as_ref()).filter(|short| too_long(short))
            {
                let message = format!("{} characters", short.chars().count());
                let help =
                    "an SMS has room for 6, or 9 in English; what is longer may cost the place or the time";
                self.warn(&format!("{key}: short_name"), message, help);
            }
            for kind in self.kinds_that_tell_nobody(id) {
                let message = format!("of a {kind} case in this unit nobody would hear");
                self.warn(&key, message, "give its leader a number, or name somebody else in a step");
            }
        }
        for (role, word, without) in [
            (Role::Office, "office", "nobody can arm the daemon or read personal data"),
            (Role::Discipline, "discipline", "nobody can decide a lapse"),
        ] {
            if !directory.roles.iter().any(|(_, has)| *has == role) {
                let help = format!("add [[role]] with a person and role = \"{word}\"");
                self.warn("role", format!("nobody has the role {word}: {without}"), &help);
            }
        }
        self.inspectors();
        self.shared_addresses();
    }

    fn inspectors(&mut self) {
        let directory = &self.configuration.directory;
        if directory.inspectors.is_empty() {
            let message = "nobody gets the signed heads: whoever owns this machine could rewrite the past";
            self.warn("ledger.inspectors", message, "add inspectors = [\"ID\"], people outside this machine");
        }
        for id in &directory.inspectors {
            if !directory.reaches(id, Medium::Email) {
                let message = format!("the signed heads cannot be mailed to \"{id}\"");
                self.warn("ledger.inspectors", message, "give them an email, and a channel for mail");
            }
        }
    }

    /// Telephones and mail addresses of several people: whoever holds one can sign in as each of them.
    fn shared_addresses(&mut self) {
        let mut numbers = BTreeMap::<&str, &PersonId>::new();
        let mut mails = BTreeMap::<String, &PersonId>::new();
        for (id, contact) in &self.configuration.contacts.persons {
            if let Some(mobile) = &contact.mobile {
                let first = *numbers.entry(mobile).or_insert(id);
                let what = "has the same number: their calls count together, and whoever holds it can sign in as either";
                self.shared((first, id), "mobile", what);
            }
            if let Some(email) = &contact.email {
                let first = *mails.entry(email.to_ascii_lowercase()).or_insert(id);
                let what = "has the same address: whoever reads it can sign in as either";
                self.shared((first, id), "email", what);
            }
        }
    }

    fn shared(&mut self, (first, other): (&PersonId, &PersonId), field: &str, what: &str) {
        if first == other {
            return;
        }
        let key = |person: &PersonId| format!("person \"{person}\": {field}");
        let finding = Finding::warning(self.place(&key(other)), &key(other), format!("\"{first}\" {what}"));
        let finding =
            finding.help("give each their own; until then they say who they are (`person`) to sign in");
        let first = self.place(&key(first));
        self.findings.push(match first {
            Some(place) => finding.related(&place, "the first one stands here"),
            None => finding,
        });
    }

    /// The kinds of cases of which nobody would be told, whoever is on duty at this moment.
    fn kinds_that_tell_nobody(&self, unit: &UnitId) -> Vec<&'static str> {
        let directory = &self.configuration.directory;
        let kinds = [(Kind::Fever, "fever"), (Kind::Suspected, "suspected"), (Kind::Confirmed, "confirmed")];
        let silent = |kind| {
            directory.policy(kind).is_some_and(|policy| {
                policy.steps.iter().all(|step| {
                    let people = step.notify.iter().flat_map(|target| self.now_holding(target, unit));
                    people
                        .into_iter()
                        .all(|person| !step.by.iter().any(|medium| directory.reaches(&person, *medium)))
                })
            })
        };
        kinds.into_iter().filter(|(kind, _)| silent(*kind)).map(|(_, word)| word).collect()
    }

    pub(super) fn now_holding(&self, target: &Target, unit: &UnitId) -> BTreeSet<PersonId> {
        let directory = &self.configuration.directory;
        let unit = directory.units.get(unit);
        match target {
            Target::UnitLeader => unit.map(|unit| unit.leader.clone()).into_iter().collect(),
            Target::UnitLiaison => unit.map(|unit| unit.liaison.clone()).into_iter().collect(),
            Target::UnitDeputy => unit.and_then(|unit| unit.deputy.clone()).into_iter().collect(),
            Target::Duty(role) => directory.on_duty(role, self.now).into_iter().collect(),
            Target::Body(_) | Target::Person(_) | Target::Handler | Target::Channel(_) => {
                self.holders(target)
            }
        }
    }

    pub(super) fn authorities(&mut self) {
        for (id, authority) in &self.configuration.directory.authorities {
            let key = format!("authority \"{id}\"");
            if authority.phones.is_empty() {
                let message =
                    "there is no number: the daemon cannot ring it, and an officer has to know the number";
                self.warn(&format!("{key}: phones"), message, "add phones = [ { number = \"+…\" } ]");
            } else if let Some(hour) = silent_minute(&authority.phones) {
                let message = format!("at {:02}:{:02} no number is rung", hour / 60, hour % 60);
                self.warn(
                    &format!("{key}: phones"),
                    message,
                    "add a number for those hours, or one without hours",
                );
            }
            if !authority.email {
                let message = "there is no address: no written report can reach it";
                self.warn(&format!("{key}: email"), message, "add email = \"…\"");
            }
        }
    }

    /// Steps that reach somebody by fewer media than they name, or by none.
    pub(super) fn steps(&mut self) {
        for (kind, policy) in self.configuration.directory.policies.clone() {
            let key = policy_key(kind);
            for (number, step) in (1..).zip(&policy.steps) {
                self.reach(&format!("{key}: step {number}"), ("notify", &step.notify), ("by", &step.by));
            }
            if let Some(clock) = &policy.clock {
                self.reach(&format!("{key}: clock"), ("warn", &clock.warn), ("warn_by", &clock.warn_by));
            }
            self.empty_deputies(&key, &policy);
        }
    }

    fn reach(&mut self, key: &str, (who, targets): (&str, &[Target]), (how, media): (&str, &[Medium])) {
        let directory = &self.configuration.directory;
        let separator = if key.ends_with("clock") { "." } else { ": " };
        for medium in media.iter().filter(|medium| directory.channels_of(**medium).next().is_none()) {
            let message = format!("there is no channel for {}", medium.word());
            self.warn(
                &format!("{key}{separator}{how}"),
                message,
                "add a [[channel]] for it, or leave the medium out",
            );
        }
        let people: BTreeSet<PersonId> = targets.iter().flat_map(|target| self.holders(target)).collect();
        for person in people {
            let Some(known) = directory.persons.get(&person) else { continue };
            let lacking: Vec<&str> = media
                .iter()
                .filter(|medium| !known.media.contains(*medium))
                .map(|medium| medium.word())
                .collect();
            if lacking.is_empty() {
                continue;
            }
            let all = lacking.len() == media.len();
            let message = if all {
                format!("\"{person}\" has no address for any of its media, and would not be told")
            } else {
                format!(
                    "\"{person}\" has no address for {}, which would be passed over",
                    lacking.join(" and ")
                )
            };
            let help = format!("add it to [[person]] \"{person}\"");
            self.warn(&format!("{key}{separator}{who}"), message, &help);
        }
    }

    fn empty_deputies(&mut self, key: &str, policy: &Policy) {
        let units = &self.configuration.directory.units;
        let without: Vec<&str> =
            units.iter().filter(|(_, unit)| unit.deputy.is_none()).map(|(id, _)| id.as_str()).collect();
        for (number, step) in (1..).zip(&policy.steps) {
            if step.notify.contains(&Target::UnitDeputy) && !without.is_empty() {
                let message = format!("in {} there is no deputy to tell", without.join(", "));
                self.warn(
                    &format!("{key}: step {number}: notify"),
                    message,
                    "name a deputy there, or another target",
                );
            }
        }
    }

    /// Messages that do not fit one SMS in the worst case.
    pub(super) fn texts(&mut self) {
        let contacts = &self.configuration.contacts;
        let unit = |names: &crate::outbox::contacts::UnitName| UnitText {
            name: names.name.clone(),
            short_name: names.short_name.clone(),
        };
        let units: Vec<UnitText> = contacts.units.values().map(unit).collect();
        let Ok(texts) = Texts::load() else { return };
        for language in [Language::Chinese, Language::English] {
            let longest = texts.longest_sms(&contacts.organisation, &units, language).unwrap_or_default();
            for (purpose, units) in longest.into_iter().filter(|(_, units)| *units > SMS_UNITS) {
                let language = language.code();
                let message = format!(
                    "the {purpose} SMS ({language}) takes up to {units} units, and one SMS holds {SMS_UNITS}"
                );
                self.warn("organisation", message, "shorten sms_signature, page, or the units' short names");
            }
        }
    }
}

fn too_long(short: &str) -> bool {
    let most = if short.is_ascii() { 9 } else { 6 };
    short.chars().count() > most
}

/// The first minute of the day at which none of these numbers is rung.
fn silent_minute(phones: &[Hours]) -> Option<u16> {
    let rung = |minute: u16, hours: &Hours| match hours.minutes {
        None => true,
        Some((from, to)) if from < to => from <= minute && minute < to,
        Some((from, to)) => from <= minute || minute < to,
    };
    (0..24 * 60).find(|minute| !phones.iter().any(|hours| rung(*minute, hours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_covered_by_hours_that_meet_over_midnight() {
        let silent = |minutes: &[Option<(u16, u16)>]| {
            let hours: Vec<Hours> = minutes.iter().map(|minutes| Hours { minutes: *minutes }).collect();
            silent_minute(&hours)
        };
        assert_eq!(silent(&[Some((420, 1320)), Some((1320, 420))]), None);
        assert_eq!(silent(&[Some((420, 1320))]), Some(0));
        assert_eq!(silent(&[Some((0, 600)), Some((601, 0))]), Some(600));
        assert_eq!(silent(&[Some((600, 601)), None]), None);
    }

    #[test]
    fn a_short_name_is_six_characters_or_nine_letters() {
        assert!(!too_long("拍卖有限公司"));
        assert!(too_long("拍卖有限公司甲"));
        assert!(!too_long("Auctions!"));
        assert!(too_long("Auctioneer"));
    }
}
