//! Writes one message: what the state says of a case, in the reader's language, for the medium it goes by.

use std::time::Duration;

use super::alarm::alarm;
use super::contacts::{Contacts, PersonContact};
use super::facts::{self, contents};
use super::report;
use crate::channel::text::{
    self, Brief, Due, Ending, Event, Lacking, Language, Moment, Rendered, Texts, What,
};
use crate::channel::{Address, Fields, Message};
use crate::domain::bulletin::{About, Trouble};
use crate::domain::case::{Case, Clock, ClockState};
use crate::domain::fact::Span;
use crate::domain::names::{Kind, Medium, PersonId, Recipient};
use crate::domain::notification::{Notification, Purpose, Subject};
use crate::domain::{Proposal, Track};
use crate::engine::Published;
use crate::journal::SignedHead;
use crate::time::Timestamp;

/// After an outage a message says that it is late from here on; after tries that failed only where it shows.
const LATE_BY_OUTAGE: Duration = Duration::from_secs(3);
const LATE_BY_CHANNEL: Duration = Duration::from_mins(1);

/// Everything one message is written from.
pub(super) struct Scene<'a> {
    pub(super) texts: &'a Texts,
    pub(super) contacts: &'a Contacts,
    pub(super) published: &'a Published,
    pub(super) notification: &'a Notification,
    pub(super) language: Language,
    /// The signed head, where it is what the message brings.
    pub(super) head: Option<SignedHead>,
}

/// The message of a proposal; `None` where it cannot be written: no address any more, or nothing to say by that medium.
pub(super) fn write(
    texts: &Texts,
    contacts: &Contacts,
    published: &Published,
    (proposal, head): (&Proposal, Option<SignedHead>),
) -> Option<Message> {
    let track = published.state.track(&proposal.notification)?;
    let notification = &track.notification;
    let (to, language) = address(contacts, notification, proposal.address)?;
    let scene = Scene { texts, contacts, published, notification, language, head };
    let case = notification.subject.case().and_then(|id| published.state.case(id));
    let covered = covered(published, proposal, track);
    let more = u32::try_from(covered).unwrap_or(u32::MAX);
    let rendered = match notification.purpose {
        Purpose::Written | Purpose::Correction => report::write(&scene, case?)?,
        Purpose::Alert
        | Purpose::Handover
        | Purpose::Relieved
        | Purpose::Telephone
        | Purpose::Warning
        | Purpose::Breach
        | Purpose::Reminder
        | Purpose::Missed
        | Purpose::Met
        | Purpose::Withdrawn
        | Purpose::SignIn
        | Purpose::Test
        | Purpose::Operator
        | Purpose::Head
        | Purpose::FormDue
        | Purpose::FormOverdue
        | Purpose::FormsMissing
        | Purpose::LapseNotice
        | Purpose::FormDoubted
        | Purpose::Absence
        | Purpose::Shift => scene.brief(case.map(|case| &**case), more, proposal)?,
    };
    let fields = scene.fields(case.map(|case| &**case), &rendered);
    Some(Message {
        key: proposal.notification.to_string(),
        to,
        text: rendered.text,
        subject: rendered.subject,
        html: rendered.html,
        fields,
    })
}

/// How many other cases the message tells of.
fn covered(published: &Published, proposal: &Proposal, lead: &Track) -> usize {
    let mut cases: Vec<_> = proposal
        .covers
        .iter()
        .filter_map(|id| published.state.track(id))
        .filter_map(|track| track.notification.subject.case())
        .filter(|case| lead.notification.subject.case() != Some(*case))
        .collect();
    cases.sort();
    cases.dedup();
    cases.len()
}

/// Where a message goes, and in which language.
pub(super) fn address(
    contacts: &Contacts,
    notification: &Notification,
    address: u32,
) -> Option<(Address, Language)> {
    match &notification.to {
        Recipient::Person(id) => {
            let person = contacts.persons.get(id)?;
            let to = match notification.medium {
                Medium::Phone | Medium::Sms => Address::Phone(person.mobile.clone()?),
                Medium::Email => Address::Email(person.email.clone()?),
                Medium::Robot => return None,
            };
            Some((to, person.language.unwrap_or(contacts.language)))
        }
        Recipient::Authority(id) => {
            let authority = contacts.authorities.get(id)?;
            let to = match notification.medium {
                Medium::Phone => {
                    let (number, _) = authority.phones.get(usize::try_from(address).ok()?)?;
                    Address::Phone(number.clone())
                }
                Medium::Email => Address::Email(authority.email.clone()?),
                Medium::Sms | Medium::Robot => return None,
            };
            Some((to, authority.language.unwrap_or(contacts.language)))
        }
        Recipient::Robot(_) => Some((Address::Robot, contacts.language)),
    }
}

impl Scene<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.published.now.either()
    }

    pub(super) fn moment(&self, instant: Timestamp) -> Moment {
        Moment::of(instant, &self.published.directory.zone, self.now())
    }

    fn person(&self) -> Option<(&PersonId, &PersonContact)> {
        match &self.notification.to {
            Recipient::Person(id) => self.contacts.persons.get_key_value(id),
            Recipient::Authority(_) | Recipient::Robot(_) => None,
        }
    }

    fn brief(&self, case: Option<&Case>, more: u32, proposal: &Proposal) -> Option<Rendered> {
        let receipts =
            self.published.directory.channel(&proposal.channel).is_some_and(|rules| rules.receipts);
        let medium = match self.notification.medium {
            Medium::Phone => text::Medium::Phone { keys: receipts },
            Medium::Sms => text::Medium::Sms,
            Medium::Email => text::Medium::Email,
            Medium::Robot => text::Medium::Robot,
        };
        let brief = Brief {
            language: self.language,
            medium,
            organisation: self.contacts.organisation.clone(),
            called: self.person().map(|(_, person)| person.name.clone()),
            test: !self.published.state.is_armed() && self.notification.purpose != Purpose::SignIn,
            late: self.is_late(),
            what: self.what(case, more, proposal)?,
        };
        match self.texts.render(&brief) {
            Ok(rendered) => Some(rendered),
            Err(error) => {
                tracing::error!(%error, notification = %self.notification.id, "a message could not be written");
                None
            }
        }
    }

    /// Whether the reader will wonder why it comes only at this hour: the daemon was down, or a channel was.
    fn is_late(&self) -> bool {
        let (due, now) = (self.notification.due, self.now());
        let down = || self.published.state.outages_in(Span { from: due, to: now }).next().is_some();
        match now.since(due) {
            late if late >= LATE_BY_CHANNEL => self.notification.failures > 0 || down(),
            late if late >= LATE_BY_OUTAGE => down(),
            _ => false,
        }
    }

    fn what(&self, case: Option<&Case>, more: u32, proposal: &Proposal) -> Option<What> {
        let event = || case.map(|case| self.event(case, more));
        let clock = case.and_then(|case| self.clock(case));
        Some(match self.notification.purpose {
            Purpose::Alert => What::Alert(event()?),
            Purpose::Handover => What::Handover { event: event()?, from: None },
            Purpose::Relieved => {
                // The step of such a message is who has taken the case.
                let by = self.contacts.persons.get(&PersonId::new(&self.notification.step));
                What::Relieved { event: event()?, by: by.map(|by| by.name.clone()) }
            }
            Purpose::Warning => {
                let left = clock?.due.since(self.now()).as_secs() / 60;
                What::Warning {
                    event: event()?,
                    left_minutes: u32::try_from(left).unwrap_or(0),
                    lacking: lacking(clock?),
                    handled: case?.handler.is_some(),
                }
            }
            Purpose::Breach => What::Overdue { event: event()?, lacking: lacking(clock?) },
            Purpose::Reminder => self.reminder(case?, event()?),
            Purpose::Telephone => self.telephone(case?, event()?),
            Purpose::Missed | Purpose::Met => What::Closing { event: event()?, ending: self.ending(clock?) },
            Purpose::Withdrawn => What::Closing { event: event()?, ending: Ending::Withdrawn },
            Purpose::SignIn => {
                let Subject::SignIn(request) = &self.notification.subject else { return None };
                What::SignIn { code: self.published.stores.codes.as_ref()?.six(request.as_str()), minutes: 5 }
            }
            Purpose::Test => What::Test,
            Purpose::Operator => What::Alarm(alarm(self.contacts, self.trouble()?)),
            Purpose::Head => self.signed_head()?,
            Purpose::FormDue => What::FormDue(self.unfiled(proposal)?),
            Purpose::FormOverdue => What::FormOverdue(self.unfiled(proposal)?),
            Purpose::FormsMissing => What::FormsMissing(self.unfiled(proposal)?),
            Purpose::FormDoubted => What::FormDoubted(self.doubted(proposal)?),
            Purpose::LapseNotice => What::LapseNotice(self.notice()?),
            Purpose::Absence => What::Absence(self.absence()?),
            Purpose::Shift => What::Shift(self.shift()?),
            Purpose::Written | Purpose::Correction => return None,
        })
    }

    fn clock<'c>(&self, case: &'c Case) -> Option<&'c Clock> {
        let running = |clock: &&Clock| clock.state == ClockState::Running;
        match self.notification.clock {
            Some(index) => case.clock(index),
            None => case.clocks.iter().find(running).or_else(|| case.clocks.last()),
        }
    }

    /// A case as its messages tell of it.
    pub(super) fn event(&self, case: &Case, more: u32) -> Event {
        let kind = kind_of(case);
        let unit = self.contacts.unit(&case.unit);
        let clock = self.clock(case);
        let (code, link) = self.codes(case);
        let policy = case.current_plan().and_then(|(plan, _)| self.published.state.policy(case, plan));
        let reading = case.readings.iter().rev().find_map(|reading| reading.temperature);
        let authority = clock.and_then(|clock| self.contacts.authorities.get(&clock.authority));
        Event {
            kind,
            unit: text::Unit { name: unit.name, short_name: unit.short_name },
            found: self.moment(case.suspected_since.unwrap_or(case.discovered_at)),
            due: clock.map(|clock| Due { at: self.moment(clock.due), passed: clock.due <= self.now() }),
            temperature: reading.map(|reading| reading.to_string()),
            place: contents(&self.published.stores, case).place,
            code,
            link,
            case: Some(case.id.to_string()),
            more,
            authority: authority.map(|authority| authority.name.clone()),
            idle_minutes: policy
                .and_then(|policy| policy.idle_after)
                .and_then(|idle| u32::try_from(idle.as_secs() / 60).ok())
                .filter(|minutes| *minutes > 0),
        }
    }

    /// The digits and the link by which the reader answers.
    fn codes(&self, case: &Case) -> (Option<String>, Option<String>) {
        let (Some((person, _)), Some(codes)) = (self.person(), &self.published.stores.codes) else {
            return (None, None);
        };
        let name = case.code_name(person);
        let code = codes.four(person.as_str(), &name);
        let token = codes.link(self.notification.id.as_str(), person.as_str(), &name);
        let base = self.contacts.public_url.trim_end_matches('/');
        (Some(code), Some(format!("{base}/a/{token}")))
    }

    fn ending(&self, clock: &Clock) -> Ending {
        match (&clock.phone.proof, clock.written.proved_at) {
            (Some(proof), Some(written)) if clock.state == ClockState::Met => {
                Ending::Met { telephone: self.moment(proof.at), written: self.moment(written) }
            }
            (Some(proof), Some(written)) if clock.state == ClockState::Breached => {
                Ending::Late { telephone: self.moment(proof.at), written: self.moment(written) }
            }
            _ => Ending::Breached(lacking(clock)),
        }
    }

    /// The number that the reader is to ring, in words.
    fn number(&self, clock: Option<&Clock>) -> Option<String> {
        let (number, extension) = self.contacts.number_at(&self.published.directory, clock?, self.now())?;
        Some(match (extension, self.language) {
            (None, _) => number.clone(),
            (Some(extension), Language::Chinese) => format!("{number} 转分机{extension}"),
            (Some(extension), Language::English) => format!("{number} ext. {extension}"),
        })
    }

    fn reminder(&self, case: &Case, event: Event) -> What {
        let clock = self.clock(case);
        let number = self.number(clock);
        if !self.notification.is_of_call_back() {
            return What::Correction { event, ruled_out: case.kind == Kind::RuledOut, number };
        }
        let promised = clock.and_then(|clock| clock.phone.call_back.as_ref()).map(|(at, _)| *at);
        let call_at = self.moment(promised.unwrap_or(self.notification.due) + Duration::from_mins(1));
        What::Reminder { event, call_at, number }
    }

    fn telephone(&self, case: &Case, event: Event) -> What {
        What::Telephone {
            event,
            people: 1,
            measures: contents(&self.published.stores, case).measures,
            // Who took the case has not checked what a device said; who wrote the report has.
            verified: self.clock(case).is_some_and(|clock| clock.written.draft.is_some()),
            ruled_out: case.kind == Kind::RuledOut,
        }
    }

    /// The parts of a message by name, for providers with templates of their own.
    fn fields(&self, case: Option<&Case>, rendered: &Rendered) -> Fields {
        let event = case.map(|case| self.event(case, 0));
        let zone = &self.published.directory.zone;
        let clock = case.and_then(|case| self.clock(case));
        Fields {
            code: event.as_ref().and_then(|event| event.code.clone()).or_else(|| self.sign_in_code()),
            link: event.as_ref().and_then(|event| event.link.clone()),
            case: case.map(|case| case.id.to_string()),
            unit: event.map(|event| event.unit.short_name.unwrap_or(event.unit.name)),
            kind: case.map(|case| case.kind.word().to_owned()),
            due: clock.map(|clock| zone.format(clock.due, "%H:%M")),
            purpose: Some(self.notification.purpose.contract_word().to_owned()),
            answers: rendered.answers.clone(),
        }
    }

    /// The trouble that a message to an operator is about.
    fn trouble(&self) -> Option<&Trouble> {
        let Subject::Daemon(request) = &self.notification.subject else { return None };
        match &self.published.state.bulletins.get(request)?.about {
            About::Trouble(trouble) => Some(trouble),
            About::Head | About::Lapses { .. } | About::Absence(_) | About::Shift(_) => None,
        }
    }

    fn signed_head(&self) -> Option<What> {
        let head = self.head?;
        let line = serde_json::to_string(&head).ok()?;
        Some(What::Head { entry: head.seq, hash: head.hash.to_string(), at: self.moment(head.at), line })
    }

    fn sign_in_code(&self) -> Option<String> {
        match &self.notification.subject {
            Subject::SignIn(request) => {
                self.published.stores.codes.as_ref().map(|codes| codes.six(request.as_str()))
            }
            Subject::Case(_)
            | Subject::Lapse(_)
            | Subject::Test(_)
            | Subject::Daemon(_)
            | Subject::Period(_) => None,
        }
    }

    /// What a document that a person wrote says under a key.
    pub(super) fn written(&self, key: &str) -> Option<String> {
        let content = self.notification.content.as_ref()?;
        facts::words(&self.published.stores.open(content)?, key)
    }
}

/// What a clock still lacks.
pub(super) fn lacking(clock: &Clock) -> Lacking {
    match (&clock.phone.proof, clock.written.proved_at) {
        (None, None) => Lacking::Both,
        (None, Some(_)) => Lacking::Telephone,
        (Some(_), _) => Lacking::Written,
    }
}

/// What kind of case a message names: of a case that was ruled out, the kind it was held to be.
pub(super) fn kind_of(case: &Case) -> text::Kind {
    match case.kind {
        Kind::Fever => text::Kind::Fever,
        Kind::Suspected => text::Kind::Suspected,
        Kind::Confirmed => text::Kind::Confirmed,
        Kind::RuledOut if case.confirmed_since.is_some() => text::Kind::Confirmed,
        Kind::RuledOut if case.suspected_since.is_some() => text::Kind::Suspected,
        Kind::RuledOut => text::Kind::Fever,
    }
}
