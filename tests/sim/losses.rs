//! What a reload takes out of the organisation, and what a later one puts back.

use crate::chance::Chance;
use crate::site::Site;

/// The media that people have.
pub(crate) const MEDIA: [&str; 3] = ["phone", "sms", "email"];
/// Whom a reload may take out: everybody but those who put things right at the end.
const PEOPLE: [&str; 7] = ["p11", "p12", "p21", "p31", "p32", "p41", "p42"];
const AUTHORITIES: [&str; 3] = ["sasac", "sasac", "health"];

/// Something that the configuration does not have any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    Person(&'static str),
    /// A person's address for a medium.
    Medium(&'static str, &'static str),
    /// The numbers of an authority.
    Numbers(&'static str),
    /// The mail address of an authority.
    Mail(&'static str),
    Authority(&'static str),
    Channel(&'static str),
}

impl Site {
    /// Takes something out.
    pub(crate) fn lose(&mut self, chance: &mut Chance) {
        let lost = match chance.below(8) {
            0 | 1 => Lost::Person(chance.among(&PEOPLE)),
            2 => Lost::Medium(chance.among(&PEOPLE), chance.among(&MEDIA)),
            3 => Lost::Numbers(chance.among(&AUTHORITIES)),
            4 => Lost::Mail(chance.among(&AUTHORITIES)),
            5 => Lost::Authority(chance.among(&AUTHORITIES)),
            6 if self.spare => Lost::Channel("spare"),
            _ => Lost::Channel("mail"),
        };
        self.lost.insert(lost);
        if let Lost::Person(person) = lost {
            self.fill_posts(person, chance);
        }
    }

    /// Of the posts of somebody who is gone: each is handed over, or left empty where it may be, or names them still.
    fn fill_posts(&mut self, person: &'static str, chance: &mut Chance) {
        let next = |heir: &'static str, chance: &mut Chance| match chance.below(3) {
            0 => Some(heir),
            1 => None,
            _ => Some(person),
        };
        if self.officer == Some(person) {
            self.officer = next(if person == "p31" { "p32" } else { "p31" }, chance);
        }
        if self.duty_leader == Some(person) {
            self.duty_leader = next("p43", chance);
        }
        for leader in self.leaders.iter_mut().filter(|leader| **leader == person) {
            *leader = next("p13", chance).unwrap_or(person);
        }
    }

    /// Puts something back that was taken out; its posts stay as they are.
    pub(crate) fn regain(&mut self, chance: &mut Chance) {
        let lost: Vec<Lost> = self.lost.iter().copied().collect();
        if !lost.is_empty() {
            self.lost.remove(&chance.among(&lost));
        }
    }

    /// The organisation with everything back.
    pub(crate) fn whole(&self) -> Self {
        let mut next = self.clone();
        next.lost.clear();
        next
    }

    fn has_channel(&self, medium: &str) -> bool {
        medium != "email" || self.has("mail")
    }

    /// Whether there is a channel.
    pub(crate) fn has(&self, channel: &str) -> bool {
        (channel != "spare" || self.spare)
            && !self.lost.iter().any(|lost| matches!(lost, Lost::Channel(id) if *id == channel))
    }

    /// Whether somebody's address for a medium was taken out.
    pub(crate) fn lacks(&self, person: &str, medium: &str) -> bool {
        self.lost.iter().any(|lost| match lost {
            Lost::Person(gone) => *gone == person,
            Lost::Medium(of, without) => *of == person && *without == medium,
            Lost::Numbers(_) | Lost::Mail(_) | Lost::Authority(_) | Lost::Channel(_) => false,
        })
    }

    /// Whether a medium leads to a person.
    pub(crate) fn reaches(&self, person: &str, medium: &str) -> bool {
        self.unreachable != Some(person) && !self.lacks(person, medium) && self.has_channel(medium)
    }

    /// How many numbers there are to ring an authority by.
    pub(crate) fn numbers_of(&self, authority: &str) -> usize {
        let lost = self.lost.iter().any(|lost| match lost {
            Lost::Numbers(of) | Lost::Authority(of) => *of == authority,
            Lost::Person(_) | Lost::Medium(..) | Lost::Mail(_) | Lost::Channel(_) => false,
        });
        if lost { 0 } else { self.numbers }
    }

    pub(crate) fn has_address(&self, authority: &str) -> bool {
        !self.lost.iter().any(|lost| match lost {
            Lost::Mail(of) | Lost::Authority(of) => *of == authority,
            Lost::Person(_) | Lost::Medium(..) | Lost::Numbers(_) | Lost::Channel(_) => false,
        })
    }

    /// Whether mail leads to an authority.
    pub(crate) fn mails_to(&self, authority: &str) -> bool {
        self.has_address(authority) && self.has_channel("email")
    }

    /// To whom a suspected case is reported: those that are left.
    pub(crate) fn report_to(&self) -> Vec<&'static str> {
        let is_left =
            |id: &&str| !self.lost.iter().any(|lost| matches!(lost, Lost::Authority(of) if of == id));
        let named: Vec<&str> = self.rules.authorities.iter().copied().filter(is_left).collect();
        if named.is_empty() { ["health", "sasac"].into_iter().filter(is_left).collect() } else { named }
    }
}
