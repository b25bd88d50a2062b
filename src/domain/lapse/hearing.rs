//! Hearing: what the people named in a lapse say of it, and what those who inspect find. Both add, and nothing edits.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{About, Failing, Lapse, Post};
use crate::domain::names::{Actor, ClientId, PayloadName, PersonId};
use crate::time::Timestamp;

/// Somebody named in a lapse was told of it, and has until then to answer (M23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When it reached them.
    pub at: Timestamp,
    /// After this it is judged without their word: five working days.
    pub answer_by: Timestamp,
    /// Who handed them the notice, where no message did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
}

/// A notice that a person handed over: to somebody whom no message reaches, such as one who has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Who says so.
    pub actor: Actor,
    /// How and when it was handed over, sealed.
    pub payload: PayloadName,
}

/// Somebody whom a lapse does not name looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewed {
    /// Who; nobody, where a program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Which program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// When it was put on record last.
    pub at: Timestamp,
}

/// Who looks again within this looks still.
const LOOKS_FOR: Duration = Duration::from_hours(24);

/// What somebody named in a lapse says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What they say, sealed.
    pub payload: PayloadName,
}

/// What was found of a lapse; of several the last one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// The clause it rests on; none, where it is held against nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
    /// What was found besides.
    pub findings: Findings,
    /// Why, sealed.
    pub payload: PayloadName,
}

/// A sentence of the notice by which people are held to account. Which of them applies is a person's to say (P12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Clause {
    /// Not timely, and minor.
    S26,
    /// Not timely, improperly handled, and of bad effect.
    S27,
    /// Concealed or untrue, of serious consequence.
    S28,
    /// One of the Nine Provisions was not carried out.
    S29,
    /// Public officials and leading cadres who neglect their duty; never proposed.
    S30,
}

/// Something that only a person can find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The circumstances are minor.
    Minor,
    /// It was handled improperly.
    ImproperHandling,
    /// It had a bad effect.
    BadEffect,
    /// It had serious consequences.
    SeriousConsequence,
    /// It was done on purpose.
    Deliberate,
}

/// What a person found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// All of it.
    pub found: BTreeSet<Finding>,
    /// Which of the Nine Provisions, 1 to 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provision: Option<u8>,
}

/// What a clause needs before it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A finding.
    Finding(Finding),
    /// The provision that was not carried out.
    Provision,
    /// A failing of another kind: this clause never fits this one.
    Failing,
    /// A public official or a leading cadre among those named.
    Official,
}

impl Clause {
    /// Those that the machine proposes, in the notice's order.
    pub const PROPOSED: [Self; 4] = [Self::S26, Self::S27, Self::S28, Self::S29];

    /// What must be found before it applies to a failing (S26-S30).
    #[must_use]
    pub const fn needs(self, failing: Failing) -> &'static [Need] {
        match (self, failing) {
            (Self::S26, Failing::Delayed | Failing::Omitted | Failing::Concealed) => {
                &[Need::Finding(Finding::Minor)]
            }
            (Self::S27, Failing::Delayed | Failing::Omitted | Failing::Concealed) => {
                &[Need::Finding(Finding::ImproperHandling), Need::Finding(Finding::BadEffect)]
            }
            (Self::S28, Failing::Concealed) => &[Need::Finding(Finding::SeriousConsequence)],
            (Self::S28, Failing::False) => {
                &[Need::Finding(Finding::Deliberate), Need::Finding(Finding::SeriousConsequence)]
            }
            (Self::S29, Failing::Omitted | Failing::Concealed) => &[Need::Provision],
            (Self::S30, _) => &[Need::Official],
            (Self::S26 | Self::S27, Failing::Mistaken | Failing::False)
            | (Self::S28, Failing::Delayed | Failing::Omitted | Failing::Mistaken)
            | (Self::S29, Failing::Delayed | Failing::Mistaken | Failing::False) => &[Need::Failing],
        }
    }

    /// Whether it can apply to a failing at all, whatever was found.
    #[must_use]
    pub const fn fits(self, failing: Failing) -> bool {
        !matches!(self.needs(failing), [Need::Failing])
    }
}

impl Finding {
    /// All of them, with their words in the contract.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Minor, "minor"),
        (Self::ImproperHandling, "improper_handling"),
        (Self::BadEffect, "bad_effect"),
        (Self::SeriousConsequence, "serious_consequence"),
        (Self::Deliberate, "deliberate"),
    ];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::ImproperHandling => "improper_handling",
            Self::BadEffect => "bad_effect",
            Self::SeriousConsequence => "serious_consequence",
            Self::Deliberate => "deliberate",
        }
    }
}

impl Need {
    /// Its word in the contract.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finding(finding) => finding.word(),
            Self::Provision => "provision",
            Self::Failing => "failing",
            Self::Official => "subject",
        }
    }

    /// Whether what was found meets it. Who the people named are is not found, but known.
    #[must_use]
    pub fn is_met(self, findings: &Findings) -> bool {
        match self {
            Self::Finding(finding) => findings.found.contains(&finding),
            Self::Provision => findings.provision.is_some(),
            Self::Failing | Self::Official => false,
        }
    }
}

impl Lapse {
    /// Whether nobody has decided it, and somebody is to.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.verdicts.is_empty() && self.withdrawn_at.is_none()
    }

    /// Whether what it rests on was ruled out, so that it is held against nobody.
    ///
    /// What was held against whoever passed a suspicion on never is, whatever was decided: a suspicion that is ruled out was
    /// reported in good faith (S25). What was decided against somebody over a report stands until a person decides
    /// otherwise: no ruling of a case takes the inspectors' word back.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        let decided = matches!(self.about, About::Report { .. })
            && self.verdicts.iter().any(|verdict| verdict.clause.is_some());
        self.withdrawn_at.is_some() && !decided
    }

    /// Since when what it rests on is ruled out, where the last verdict was given before that and stands all the same.
    #[must_use]
    pub fn ruled_out_since(&self) -> Option<Timestamp> {
        let holds = self.verdicts.last().is_some_and(|verdict| verdict.clause.is_some());
        let before = self.verdicts.len() <= self.verdicts_before;
        self.withdrawn_at.filter(|_| holds && before && !self.is_withdrawn())
    }

    /// Whether what a verdict rests on fits the failing as it is: an omission is a delay once the report comes, and S29
    /// speaks of omissions alone. The verdict stands until a person gives another.
    #[must_use]
    pub fn fits(&self, verdict: &Verdict) -> bool {
        verdict.clause.is_none_or(|clause| clause.fits(self.failing))
    }

    /// Whether the clause of its last verdict does not fit it any more.
    #[must_use]
    pub fn is_unfit(&self) -> bool {
        !self.is_withdrawn() && self.verdicts.last().is_some_and(|verdict| !self.fits(verdict))
    }

    /// Whether a person is to look at it again, for its last verdict rests on what does not fit it any more, or was ruled
    /// out since, or holds against somebody what turned out since to be excused.
    #[must_use]
    pub fn is_to_review(&self) -> bool {
        let excused = !self.is_cleared() && self.excuse_since().is_some();
        self.ruled_out_since().is_some() || self.is_unfit() || excused
    }

    /// Whether somebody's look at it is to be put on record: whoever is named looks at what is their own, and who looked
    /// lately looks still.
    #[must_use]
    pub fn is_new_to(
        &self,
        (person, client): (Option<&PersonId>, Option<&ClientId>),
        now: Timestamp,
    ) -> bool {
        let is_own = person.is_some_and(|person| self.names(person));
        let is_theirs = |it: &&Viewed| it.person.as_ref() == person && it.client.as_ref() == client;
        let before = self.viewed.iter().find(is_theirs);
        !is_own && before.is_none_or(|before| now.since(before.at) >= LOOKS_FOR)
    }

    /// Whether a person is named in it.
    #[must_use]
    pub fn names(&self, person: &PersonId) -> bool {
        self.subjects().any(|named| named == person)
    }

    /// The people named in it (S26-S29 name two), each once.
    pub fn subjects(&self) -> impl Iterator<Item = &PersonId> {
        let responsible = self.responsible_person.as_ref();
        let other = responsible.filter(|person| self.person_involved.as_ref() != Some(person));
        self.person_involved.iter().chain(other)
    }

    /// The same, each with the posts in which they are.
    pub fn subjects_in_post(&self) -> impl Iterator<Item = (&PersonId, Vec<Post>)> {
        let named = [
            (self.person_involved.as_ref(), self.involved_as),
            (self.responsible_person.as_ref(), self.responsible_as),
        ];
        self.subjects().map(move |person| {
            let theirs = named.into_iter().filter(|(named, _)| *named == Some(person));
            let mut posts: Vec<Post> = theirs.filter_map(|(_, post)| post).collect();
            posts.dedup();
            (person, posts)
        })
    }

    /// Whether a person has said anything of it.
    #[must_use]
    pub fn has_answered(&self, person: &PersonId) -> bool {
        self.statements_of(person).next().is_some()
    }

    /// What a person has said of it.
    pub fn statements_of(&self, person: &PersonId) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(move |it| it.actor.by == *person)
    }

    /// Whether it is open, and a person's word of it is not there yet.
    #[must_use]
    pub fn waits_for(&self, person: &PersonId) -> bool {
        self.is_open() && !self.has_answered(person)
    }

    /// Whether a person was told of it and the time to answer is over.
    #[must_use]
    pub fn is_past_answering(&self, person: &PersonId, now: Timestamp) -> bool {
        self.told.get(person).is_some_and(|told| told.answer_by <= now)
    }

    /// The clauses that could apply, each with what is lacking yet.
    pub fn clauses(&self) -> impl Iterator<Item = (Clause, Vec<Need>)> {
        let fits = |clause: &Clause| clause.fits(self.failing);
        let findings = self.verdicts.last().map(|verdict| &verdict.findings);
        let is_met = move |need: &Need| findings.is_some_and(|findings| need.is_met(findings));
        Clause::PROPOSED.into_iter().filter(fits).map(move |clause| {
            let lacking = clause.needs(self.failing).iter().copied().filter(|need| !is_met(need));
            (clause, lacking.collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(clause: Clause, failing: Failing) -> Vec<&'static str> {
        clause.needs(failing).iter().map(|need| need.word()).collect()
    }

    #[test]
    fn each_clause_asks_for_what_its_sentence_says() {
        use Failing::{Concealed, Delayed, False, Mistaken, Omitted};
        assert_eq!(lacking(Clause::S26, Delayed), ["minor"]);
        assert_eq!(lacking(Clause::S27, Omitted), ["improper_handling", "bad_effect"]);
        assert_eq!(lacking(Clause::S28, Concealed), ["serious_consequence"]);
        assert_eq!(lacking(Clause::S28, False), ["deliberate", "serious_consequence"]);
        assert_eq!(lacking(Clause::S29, Omitted), ["provision"]);
        for clause in Clause::PROPOSED {
            assert_eq!(lacking(clause, Mistaken), ["failing"], "no clause fits a mistake");
        }
        assert_eq!(lacking(Clause::S28, Delayed), ["failing"]);
        for failing in [Delayed, Concealed, Omitted, Mistaken, False] {
            assert_eq!(lacking(Clause::S30, failing), ["subject"]);
        }
    }

    #[test]
    fn every_finding_is_listed_under_its_word() {
        for (finding, word) in Finding::ALL {
            assert_eq!(finding.word(), word);
            assert_eq!(serde_json::to_value(finding).unwrap(), word);
        }
    }
}
