//! The directory: who holds which post, who can be reached how, and the rules in force, as the configuration says.
//!
//! `decide` reads it; `apply` never does, so that yesterday's facts give yesterday's state under today's configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::case::Phone;
use super::fact::PostTaken;
use super::form::{Calendar, Form};
use super::names::{
    AddressToken, AuthorityId, BodyId, Celsius, ChannelId, ClientId, DutyRole, FormId, Kind, Medium,
    PersonId, Recipient, SourceId, UnitId,
};
use super::policy::Policy;
use crate::time::{Day, Schedule, Timestamp, Zone};

/// Everything the rules may know of the organisation. Holds no name, number or address of a person.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The organisation's zone: case numbers, duty shifts and rule days are civil days in it.
    pub zone: Zone,
    /// What is a fever.
    pub triage: Triage,
    /// Departments and subsidiaries.
    pub units: BTreeMap<UnitId, Unit>,
    /// Named groups of people.
    pub bodies: BTreeMap<BodyId, Vec<PersonId>>,
    /// Everybody who holds a post, a role or a place in a body.
    pub persons: BTreeMap<PersonId, Person>,
    /// The superior authorities.
    pub authorities: BTreeMap<AuthorityId, Authority>,
    /// The duty roster.
    pub duties: Vec<Duty>,
    /// The ways out, in order of preference within a medium.
    pub channels: Vec<ChannelRules>,
    /// The policy for each kind of case.
    pub policies: BTreeMap<Kind, Arc<Policy>>,
    /// Who may send fever events.
    pub sources: BTreeMap<SourceId, Source>,
    /// Programs that may call the rest of the API.
    pub clients: BTreeMap<ClientId, Role>,
    /// Roles that people have besides their posts.
    pub roles: Vec<(PersonId, Role)>,
    /// Who may get messages before the daemon is armed.
    pub testing: BTreeSet<PersonId>,
    /// Who gets the signed heads.
    pub inspectors: Vec<PersonId>,
    /// When they get them.
    pub heads_at: Schedule,
    /// When people are told of lapses that name them.
    pub lapses_at: Schedule,
    /// How far back from its due instant earlier lapses are counted beside one.
    pub repeats_within: Duration,
    /// How long after its closing a case's personal data is erased; `None` for by hand alone.
    pub erase_after: Option<Duration>,
    /// What units report.
    pub forms: BTreeMap<FormId, Arc<Form>>,
    /// Which days are worked.
    pub calendar: Calendar,
}

/// What counts as a fever, and what as a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triage {
    /// This and above is a fever.
    pub fever_at_least: Celsius,
    /// Below this a reading is invalid, never normal.
    pub implausible_below: Celsius,
    /// Above this a reading is invalid.
    pub implausible_above: Celsius,
    /// Rules by which fevers together become a suspicion.
    pub clusters: Vec<ClusterRule>,
}

/// So many different people with fever in one unit within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterRule {
    /// Its name, as a case's record cites it.
    pub rule: String,
    /// The first day it is valid on.
    pub valid_from: Day,
    /// The last day it is valid on.
    pub valid_to: Option<Day>,
    /// How far back a reading counts.
    pub window: Duration,
    /// How many different people.
    pub people: usize,
    /// What the reading that completes it becomes.
    pub becomes: Kind,
}

/// A department or subsidiary, and who holds its posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its leader.
    pub leader: PersonId,
    /// Its liaison.
    pub liaison: PersonId,
    /// Stands in for the liaison, and for the leader in a case of the leader's own.
    pub deputy: Option<PersonId>,
    /// How many people it has.
    pub headcount: Option<u32>,
}

impl Unit {
    /// Whether a person holds a post of it.
    #[must_use]
    pub fn holds(&self, person: &PersonId) -> bool {
        [Some(&self.liaison), self.deputy.as_ref(), Some(&self.leader)].contains(&Some(person))
    }
}

/// What the rules may know of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// By which media there is an address.
    pub media: BTreeSet<Medium>,
    /// Who the number belongs to, as far as calls are counted: two people with one number are one callee.
    pub callee: Option<PersonId>,
    /// Which provisions could apply.
    pub category: Category,
    /// What stands for the address of each medium; without the vault nobody can tell.
    pub addresses: BTreeMap<Medium, AddressToken>,
}

/// Which provisions of the notice could apply to a person (S30).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Category {
    /// An employee.
    #[default]
    Employee,
    /// A public official.
    PublicOfficial,
    /// A leading cadre.
    LeadingCadre,
}

/// What the rules may know of an authority.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authority {
    /// Its numbers in order; each says when it is rung.
    pub phones: Vec<Hours>,
    /// What stands for each of them, in the same order; without the vault nobody can tell.
    pub numbers: Vec<AddressToken>,
    /// Whether it has an address for mail.
    pub email: bool,
}

/// The civil hours at which a number is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hours {
    /// From and to, in minutes after midnight; over midnight where `to` is not after `from`. `None`: always.
    pub minutes: Option<(u16, u16)>,
}

impl Directory {
    /// Who holds a post of a unit in the next one, and holds none of it in this one.
    #[must_use]
    pub fn posts_taken(&self, next: &Self) -> Vec<PostTaken> {
        let mut taken = Vec::new();
        for (id, unit) in &next.units {
            let Some(old) = self.units.get(id) else { continue };
            let holders: BTreeSet<&PersonId> =
                [Some(&unit.liaison), unit.deputy.as_ref(), Some(&unit.leader)]
                    .into_iter()
                    .flatten()
                    .collect();
            let new = holders.into_iter().filter(|person| !old.holds(person));
            taken.extend(new.map(|person| PostTaken { unit: id.clone(), person: person.clone() }));
        }
        taken
    }

    /// What stands for one of an authority's numbers.
    #[must_use]
    pub fn number(&self, authority: &AuthorityId, index: u32) -> Option<&AddressToken> {
        self.authorities.get(authority)?.numbers.get(usize::try_from(index).ok()?)
    }

    /// Which of an authority's numbers did not prove wrong for a clock, and when each is rung.
    fn right_numbers(&self, authority: &AuthorityId, phone: Option<&Phone>) -> Vec<(u32, Hours)> {
        let numbers = self.authorities.get(authority).map_or_else(Vec::new, |known| known.phones.clone());
        let right = |index| phone.is_none_or(|phone| !phone.is_wrong(index, self.number(authority, index)));
        (0_u32..).zip(numbers).filter(|(index, _)| right(*index)).collect()
    }

    /// Whether every number of an authority proved wrong for a clock.
    #[must_use]
    pub fn has_no_right_number(&self, authority: &AuthorityId, phone: &Phone) -> bool {
        self.right_numbers(authority, Some(phone)).is_empty()
    }

    /// Which of an authority's numbers are rung at an instant, in order: those for this hour, none that proved wrong.
    #[must_use]
    pub fn numbers_at(&self, authority: &AuthorityId, phone: Option<&Phone>, at: Timestamp) -> Vec<u32> {
        let civil = self.zone.civil(at);
        let minute = u16::try_from(i32::from(civil.hour()) * 60 + i32::from(civil.minute())).unwrap_or(0);
        let right = self.right_numbers(authority, phone);
        let open: Vec<u32> =
            right.iter().filter(|(_, hours)| hours.include(minute)).map(|(index, _)| *index).collect();
        // A number outside its hours is better than none.
        if open.is_empty() { right.iter().map(|(index, _)| *index).collect() } else { open }
    }
}

impl Hours {
    /// Whether a number is rung at a minute of the day.
    #[must_use]
    pub const fn include(&self, minute: u16) -> bool {
        match self.minutes {
            None => true,
            Some((from, to)) if from < to => from <= minute && minute < to,
            Some((from, to)) => from <= minute || minute < to,
        }
    }
}

/// One line of the duty roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// The role.
    pub role: DutyRole,
    /// Who takes turns.
    pub rotation: Vec<PersonId>,
    /// When the first of them begins.
    pub from: Timestamp,
    /// The length of a turn in civil days.
    pub shift_days: u32,
    /// Who stands in when.
    pub overrides: Vec<Override>,
}

/// A span in which somebody else is on duty; `None` says that nobody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Who.
    pub person: PersonId,
    /// From.
    pub from: Timestamp,
    /// To, not included.
    pub to: Timestamp,
}

/// What the rules may know of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRules {
    /// Its id.
    pub id: ChannelId,
    /// Its medium.
    pub medium: Medium,
    /// Whether what became of a message is ever told.
    pub receipts: bool,
    /// The longest a request may take; an attempt with no outcome by then is unknown.
    pub timeout: Duration,
    /// The pause after a transient failure, doubling …
    pub pause_at_least: Duration,
    /// … up to this.
    pub pause_at_most: Duration,
    /// Windows and how many attempts to one callee may start in each.
    pub per_callee: Vec<(Duration, usize)>,
    /// How many attempts may start within a second.
    pub per_second: Option<usize>,
}

/// What a source may say, and how far it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The highest kind it may report; more is taken as this, and proposed for the rest.
    pub may: BTreeSet<Kind>,
    /// The unit where the message names none.
    pub unit: Option<UnitId>,
    /// Whether the time it gives counts.
    pub trust_time: bool,
}

/// What somebody may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Everything about cases and reports; personal data.
    Office,
    /// What concerns one unit.
    Unit(UnitId),
    /// Reads lapses and exports.
    Discipline,
    /// Runs the daemon.
    Operator,
    /// Reads, without personal data.
    Read,
}

impl Directory {
    /// The rules of a channel.
    #[must_use]
    pub fn channel(&self, id: &ChannelId) -> Option<&ChannelRules> {
        self.channels.iter().find(|channel| channel.id == *id)
    }

    /// The channels of a medium, in order of preference.
    pub fn channels_of(&self, medium: Medium) -> impl Iterator<Item = &ChannelRules> {
        self.channels.iter().filter(move |channel| channel.medium == medium)
    }

    /// The channels by which a medium leads to somebody, in order of preference.
    #[must_use]
    pub fn ways_to(&self, to: &Recipient, medium: Medium) -> Vec<&ChannelRules> {
        match to {
            Recipient::Robot(channel) => self.channel(channel).into_iter().collect(),
            Recipient::Person(_) | Recipient::Authority(_) => self.channels_of(medium).collect(),
        }
    }

    /// Whether a person has an address for a medium and there is a channel for it.
    #[must_use]
    pub fn reaches(&self, person: &PersonId, medium: Medium) -> bool {
        self.persons.get(person).is_some_and(|known| known.media.contains(&medium))
            && self.channels_of(medium).next().is_some()
    }

    /// The policy for a kind of case: confirmed cases without one of their own use that of suspected ones.
    #[must_use]
    pub fn policy(&self, kind: Kind) -> Option<&Arc<Policy>> {
        match kind {
            Kind::Confirmed => {
                self.policies.get(&Kind::Confirmed).or_else(|| self.policies.get(&Kind::Suspected))
            }
            Kind::RuledOut => None,
            Kind::Fever | Kind::Suspected => self.policies.get(&kind),
        }
    }

    /// Whether a person has a role, by configuration or by post: those on duty and members of a body that a policy
    /// names do what the office does.
    #[must_use]
    pub fn has_role(&self, person: &PersonId, role: &Role) -> bool {
        self.roles.iter().any(|(who, what)| who == person && what == role)
    }
}
