//! Contradictions: what is known against a report, which its filer hears of first (M22).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{CountedBy, SlotId};
use crate::domain::lapse::{Failing, Post};
use crate::domain::names::{CaseId, PayloadName, PersonId, ReportId};
use crate::time::Timestamp;

/// So long a contradicted report can be corrected, and is held against nobody.
pub const TO_CORRECT: Duration = Duration::from_hours(4);
/// So long the notice is repeated, with more time to correct, to a filer whom none has reached: over a weekend.
pub const TO_REACH: Duration = Duration::from_hours(72);
/// So long a report that was refused for what is known against it can be filed again, and counts from when it was refused.
pub const TO_ANSWER: Duration = Duration::from_mins(30);

/// What a report says, and what is known against it: both pieces of evidence side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Contradiction {
    /// It counts fewer people with a fever than its unit has cases.
    Fevers {
        /// How many it counts.
        said: u32,
        /// The cases that were known, and not ruled out.
        cases: Vec<CaseId>,
    },
    /// It counts fewer people with a fever than its unit has cases, and people who are away for one.
    Absences {
        /// How many it counts.
        said: u32,
        /// The entries by which they are away.
        absences: Vec<u64>,
        /// The cases beside them that were known, and not ruled out; none where it was found before they were kept.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cases: Vec<CaseId>,
    },
    /// It counts more people with a fever than anybody reported: each is to be reported at the first moment (S14).
    Unreported {
        /// How many it counts.
        said: u32,
        /// How many are known, by its unit's cases and absences for a fever.
        known: u32,
    },
    /// It counts more people, or fewer, than another form of the same unit and day.
    People {
        /// How many it counts.
        said: u32,
        /// How many the other does.
        known: u32,
        /// The other's slot.
        other: SlotId,
    },
    /// Another round of the same unit was reported so shortly before that they are not two.
    TooClose {
        /// Its slot.
        other: SlotId,
        /// So many seconds lay between them.
        apart_s: u64,
        /// So many do at least between two.
        apart_s_min: u64,
    },
    /// Running totals are lower than in the unit's previous report of the form.
    BelowBefore {
        /// Each of them.
        figures: Vec<Below>,
    },
    /// Running totals are higher than in the unit's next report of the form.
    AboveAfter {
        /// Each of them.
        figures: Vec<Above>,
    },
    /// It has other people than its unit is known to have.
    #[serde(rename = "roster")]
    Counted {
        /// How many it adds up to.
        said: u64,
        /// How many the unit is known to have.
        known: u64,
        /// By what.
        by: CountedBy,
        /// The entry in which the register stands that says so, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<u64>,
    },
}

/// A running total that is lower than it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Below {
    /// The figure's name in reports.
    pub field: String,
    /// What the report says.
    pub said: Number,
    /// What the previous one said.
    pub before: Number,
    /// Its slot.
    pub other: SlotId,
}

impl Below {
    /// The total of a figure held against what it was; `None` where it is not lower.
    #[must_use]
    pub fn of(field: &str, said: &Number, (before, other): (&Number, &SlotId)) -> Option<Self> {
        let lower = said.as_f64().zip(before.as_f64()).is_some_and(|(said, before)| said < before);
        lower.then(|| Self {
            field: field.to_owned(),
            said: said.clone(),
            before: before.clone(),
            other: other.clone(),
        })
    }
}

/// A running total that is higher than it is in the next report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Above {
    /// The figure's name in reports.
    pub field: String,
    /// What the report says.
    pub said: Number,
    /// What the next one says.
    pub after: Number,
    /// Its slot.
    pub other: SlotId,
}

impl Above {
    /// The total of a figure held against what it is in the next report; `None` where it is not higher.
    #[must_use]
    pub fn of(field: &str, said: &Number, (after, other): (&Number, &SlotId)) -> Option<Self> {
        let higher = said.as_f64().zip(after.as_f64()).is_some_and(|(said, after)| after < said);
        higher.then(|| Self {
            field: field.to_owned(),
            said: said.clone(),
            after: after.clone(),
            other: other.clone(),
        })
    }
}

impl Contradiction {
    /// The words of all of them.
    pub(crate) const WORDS: [&str; 8] =
        ["fevers", "absences", "unreported", "people", "too_close", "below_before", "above_after", "roster"];

    /// Whether it is that two rounds are too close to be two.
    #[must_use]
    pub const fn is_too_close(&self) -> bool {
        matches!(self, Self::TooClose { .. })
    }

    /// Whether it is that fevers are left out.
    #[must_use]
    pub const fn is_of_fevers(&self) -> bool {
        matches!(self, Self::Fevers { .. } | Self::Absences { .. })
    }

    /// Which failing it may be, where the filer was shown it and stayed with what they had said, or was not (S23).
    #[must_use]
    pub const fn failing(&self, shown: bool) -> Failing {
        match (self, shown) {
            // An event that is known, that the report leaves out, and whose time to be put in is over.
            (Self::Fevers { said: 0, .. } | Self::Absences { said: 0, .. }, true) => Failing::Concealed,
            (Self::Fevers { said: 0, .. } | Self::Absences { said: 0, .. }, false) => Failing::Omitted,
            (
                Self::Fevers { .. }
                | Self::Absences { .. }
                | Self::Unreported { .. }
                | Self::People { .. }
                | Self::TooClose { .. }
                | Self::BelowBefore { .. }
                | Self::AboveAfter { .. }
                | Self::Counted { .. },
                _,
            ) => Failing::False,
        }
    }

    /// Whether it is held against anybody who does not correct it. Of a fever that a report counts and nobody reported
    /// the report is right, and whose case was closed while they are ill still counts as unreported: its filer is asked
    /// to report, and no more.
    #[must_use]
    pub const fn accuses(&self) -> bool {
        !matches!(self, Self::Unreported { .. })
    }

    /// Its word in ids, which must never change.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Fevers { .. } => "fevers",
            Self::Absences { .. } => "absences",
            Self::Unreported { .. } => "unreported",
            Self::People { .. } => "people",
            Self::TooClose { .. } => "too_close",
            Self::BelowBefore { .. } => "below_before",
            Self::AboveAfter { .. } => "above_after",
            Self::Counted { .. } => "roster",
        }
    }

    /// What it is called in a list.
    #[must_use]
    pub const fn says(&self) -> Said {
        let (zh, en) = match self {
            Self::Fevers { .. } => ("发热人数与已知病例不符", "fewer with a fever than known cases"),
            Self::Absences { .. } => ("发热人数与因发热缺勤不符", "fewer with a fever than are away for one"),
            Self::Unreported { .. } => ("发热人数多于已上报", "more with a fever than were reported"),
            Self::People { .. } => ("人数与当日另一报表不符", "other people than another form of the day"),
            Self::TooClose { .. } => ("与另一次报送间隔过短", "reported too close to another round"),
            Self::BelowBefore { .. } => ("累计数低于上次所报", "a running total lower than before"),
            Self::AboveAfter { .. } => {
                ("累计数高于下次所报", "a running total higher than in the next report")
            }
            Self::Counted { by: CountedBy::Register, .. } => {
                ("合计人数与在册人数不符", "other people than the register has")
            }
            Self::Counted { by: CountedBy::Headcount, .. } => {
                ("合计人数与应有人数不符", "other people than the unit is said to have")
            }
        };
        Said { zh, en }
    }

    /// The cases that it rests on.
    #[must_use]
    pub const fn cases(&self) -> &[CaseId] {
        match self {
            Self::Fevers { cases, .. } | Self::Absences { cases, .. } => cases.as_slice(),
            Self::Unreported { .. }
            | Self::People { .. }
            | Self::TooClose { .. }
            | Self::BelowBefore { .. }
            | Self::AboveAfter { .. }
            | Self::Counted { .. } => &[],
        }
    }

    /// The entries that it rests on.
    #[must_use]
    pub const fn entries(&self) -> &[u64] {
        match self {
            Self::Absences { absences, .. } => absences.as_slice(),
            Self::Counted { entry, .. } => entry.as_slice(),
            Self::Fevers { .. }
            | Self::Unreported { .. }
            | Self::People { .. }
            | Self::TooClose { .. }
            | Self::BelowBefore { .. }
            | Self::AboveAfter { .. } => &[],
        }
    }

    /// The other report that it rests on: whoever corrects either so that both agree puts both right.
    #[must_use]
    pub fn other(&self) -> Option<&SlotId> {
        match self {
            Self::Fevers { .. } | Self::Absences { .. } | Self::Unreported { .. } | Self::Counted { .. } => {
                None
            }
            Self::People { other, .. } | Self::TooClose { other, .. } => Some(other),
            // All of them are of one report.
            Self::BelowBefore { figures } => figures.first().map(|below| &below.other),
            Self::AboveAfter { figures } => figures.first().map(|above| &above.other),
        }
    }

    /// The same as it stands against the other report, where `slot` is the one that this stands against.
    #[must_use]
    pub fn mirrored(&self, slot: &SlotId) -> Option<Self> {
        match self {
            Self::Fevers { .. } | Self::Absences { .. } | Self::Unreported { .. } | Self::Counted { .. } => {
                None
            }
            Self::BelowBefore { figures } => {
                let mirror = |it: &Below| {
                    let (field, said, after) = (it.field.clone(), it.before.clone(), it.said.clone());
                    Above { field, said, after, other: slot.clone() }
                };
                Some(Self::AboveAfter { figures: figures.iter().map(mirror).collect() })
            }
            Self::AboveAfter { figures } => {
                let mirror = |it: &Above| {
                    let (field, said, before) = (it.field.clone(), it.after.clone(), it.said.clone());
                    Below { field, said, before, other: slot.clone() }
                };
                Some(Self::BelowBefore { figures: figures.iter().map(mirror).collect() })
            }
            Self::People { said, known, .. } => {
                Some(Self::People { said: *known, known: *said, other: slot.clone() })
            }
            Self::TooClose { apart_s, apart_s_min, .. } => {
                let (apart_s, apart_s_min) = (*apart_s, *apart_s_min);
                Some(Self::TooClose { other: slot.clone(), apart_s, apart_s_min })
            }
        }
    }
}

/// What something is called, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

/// A report that is contradicted: until it is corrected, or the time to correct it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradicted {
    /// The report.
    pub report: ReportId,
    /// What it says, sealed.
    pub payload: PayloadName,
    /// Who filed it, and can correct it.
    pub by: PersonId,
    /// In which post they were when they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_as: Option<Post>,
    /// The entry in which it stands, where another report of the slot came behind it that puts nothing right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// Who led its unit when it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<PersonId>,
    /// In which post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub led_as: Option<Post>,
    /// When it was found.
    pub since: Timestamp,
    /// The filer was shown it before the report was taken, and said that the report stands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shown: bool,
    /// How often more time was given, for no message had reached the filer while there was enough of it.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub repeated: u32,
    /// A message has reached the filer since, with too little time left: there is no more after this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heard: bool,
    /// Until when a correction leaves nothing on the ledger.
    pub correct_by: Timestamp,
    /// What is known against it.
    pub against: Vec<Contradiction>,
}

impl Contradicted {
    /// Whether it is in this way that the report says otherwise.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.against.iter().any(|against| against.word() == word)
    }

    /// Whether it is the same finding as another, with more time or less.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let shares = || self.against.iter().any(|against| other.has(against.word()));
        (self.since, self.shown, &self.by) == (other.since, other.shown, &other.by) && shares()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_none_yet(count: &u32) -> bool {
    *count == 0
}

/// A report that was refused because of what is known against it, before anything had been reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Questioned {
    /// When it came.
    pub at: Timestamp,
    /// What is filed until then counts as if it had come when the refused one did.
    pub until: Timestamp,
    /// Who sent it.
    pub by: PersonId,
    /// What it says, sealed.
    pub payload: PayloadName,
    /// What is known against it.
    pub against: Vec<Contradiction>,
}

/// How a contradiction ended, but for a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContradictionEnd {
    /// Nobody corrected the report: what is known against it stands on the ledger, to be looked into.
    Uncorrected,
    /// What was known against it does not hold any more: the suspicion was ruled out.
    Groundless,
}
