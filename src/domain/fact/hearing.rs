//! What facts carry about the hearing of lapses, and about who was handed them.

use serde::{Deserialize, Serialize};

use crate::domain::lapse::{Clause, Excuse, Findings, Served};
use crate::domain::names::{Actor, ClientId, LapseId, PayloadName, PersonId};
use crate::time::Timestamp;

/// What was not brought in time was brought, or what was untrue was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LapseCured {
    /// The lapse.
    pub lapse: LapseId,
    /// When.
    pub at: Timestamp,
    /// What the late proof itself says for it: from then on it is a candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excuse: Option<Excuse>,
}

/// A notice reached whoever is named in some lapses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LapsesTold {
    /// Who.
    pub person: PersonId,
    /// The lapses.
    pub lapses: Vec<LapseId>,
    /// When.
    pub at: Timestamp,
    /// After this they are judged without the person's word.
    pub answer_by: Timestamp,
    /// Who handed it over, where no message did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
}

/// What was found of a lapse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictGiven {
    /// The lapse.
    pub lapse: LapseId,
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

/// What kind of file lapses were handed out as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One JSON object a line.
    Jsonl,
    /// Text with separators.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// An evidence pack.
    Pack,
}

impl ExportFormat {
    /// Its word in a query, and how its files end.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pack => "pack",
        }
    }
}

/// Lapses as they were handed out: a file of this hash is one of the ledger's, and whoever has it is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerExported {
    /// Who asked; nobody, where a program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// Which program asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Lapses that were due at this instant or later; all, where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// And before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// The one lapse it is of, where it is a pack of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapse: Option<LapseId>,
    /// As what.
    pub format: ExportFormat,
    /// How many.
    pub lapses: u64,
    /// The SHA-256 of the file, of a pack that of the list of its files, in hex.
    pub sha256: String,
}

/// Lapses were shown to somebody whom they do not name: who looked is on record as who was handed them is (M24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LapsesViewed {
    /// Who looked; nobody, where a program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Which program looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Which of them.
    pub lapses: Vec<LapseId>,
}
