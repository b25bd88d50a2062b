//! What a run leaves behind: the journal's lines, and what the stand-ins and the people at the door saw.

use std::collections::BTreeMap;

use watchfire::domain::command::{Act as Deed, Command};
use watchfire::domain::fact::TelephoneOutcome;
use watchfire::domain::names::{CaseId, Kind};

use crate::site::Site;

/// Everything a checker may look at. Instants are milliseconds of true time since the beginning.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) answered: Vec<Answered>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) pressed: Vec<Pressed>,
    pub(crate) typed: Vec<Typed>,
    pub(crate) handed: Vec<Handed>,
    pub(crate) calls: Vec<Call>,
    pub(crate) brought: Vec<Brought>,
    pub(crate) receipted: Vec<Receipted>,
    pub(crate) adopted: Vec<Adopted>,
    /// When the daemon ran.
    pub(crate) up: Vec<(u64, u64)>,
    pub(crate) faults: Faults,
    /// What the vault says of each payload and rendering that a fact named; none where it cannot be opened any more.
    pub(crate) words: BTreeMap<String, Option<String>>,
    /// The journal as a file would hold it at the end.
    pub(crate) journal: Vec<u8>,
    /// What went wrong in the world itself, which no line can tell.
    pub(crate) complaints: Vec<String>,
}

/// Somebody outside was told yes.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) at: u64,
    pub(crate) what: Said,
    /// The entry it rests on; none where it changed nothing.
    pub(crate) seq: Option<u64>,
    /// The journal's head when the answer left.
    pub(crate) head: (u64, String),
}

/// What they had said.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    /// A fever event, and the case the answer names.
    Event { key: String, case: Option<String> },
    /// A person's or the operator's act, and what it leaves.
    Act(Left),
    /// A report of this slot that says this.
    Report { slot: String, content: String },
    /// A receipt of a provider, and the key that was pressed.
    Receipt { key: String, digit: Option<&'static str> },
}

/// What an act leaves in the journal: a fact of one of these kinds, about its subject.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    pub(crate) kinds: &'static [&'static str],
    /// Of which case it is said, where it is said of one.
    pub(crate) case: Option<String>,
    /// Who says it.
    pub(crate) by: String,
    /// What became of the call that it tells of.
    pub(crate) outcome: Option<&'static str>,
    /// To whom it hands the case on.
    pub(crate) to: Option<String>,
}

impl Left {
    /// What a command of a person leaves.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nobody says the others at the door")]
    pub(crate) fn of(command: &Command) -> Self {
        let (kinds, case, by): (&'static [&'static str], _, _) = match command {
            Command::Arm { actor } => (&["armed"], None, &actor.by),
            Command::Disarm { actor, .. } => (&["disarmed"], None, &actor.by),
            Command::TrustClock { by: Some(actor) } => (&["clock_trusted"], None, &actor.by),
            Command::Classify { case, kind: Kind::RuledOut, actor, .. } => {
                (&["ruled_out"], Some(case), &actor.by)
            }
            Command::Classify { case, actor, .. } => (&["case_raised"], Some(case), &actor.by),
            Command::ExemptSlot { actor, .. } => (&["slot_exempted"], None, &actor.by),
            Command::Pass { case, actor, .. } => (&["passed"], Some(case), &actor.by),
            Command::Close { case, actor, .. } => (&["closed"], Some(case), &actor.by),
            Command::Erase { case, actor: Some(actor), .. } => (&["erased"], Some(case), &actor.by),
            Command::Dispute { case, actor, .. } => (&["proof_disputed"], Some(case), &actor.by),
            Command::RecordWrittenReceipt { case, actor, .. } => {
                (&["written_receipted"], Some(case), &actor.by)
            }
            Command::Note { case, actor, .. } => (&["noted"], Some(case), &actor.by),
            Command::WriteReport(record) => (&["written_drafted"], Some(&record.case), &record.actor.by),
            // Where the authority is owed a correction, the call told that.
            Command::RecordTelephone(record) if record.outcome == TelephoneOutcome::Taken => {
                (&["telephone_tried", "correction_told"], Some(&record.case), &record.actor.by)
            }
            Command::RecordTelephone(record) => (&["telephone_tried"], Some(&record.case), &record.actor.by),
            Command::TryCode { right: None, people, .. } => (&["code_refused"], None, &people[0]),
            Command::TryCode { right: Some((person, case)), act, .. } => {
                let kinds: &[&str] = match act {
                    Deed::Confirm => &["confirmed"],
                    Deed::Take | Deed::TakeOver => &["taken"],
                    Deed::Pass => &["passed"],
                    Deed::WrongPerson(_) => &["wrong_person"],
                };
                (kinds, Some(case), person)
            }
            other => unreachable!("nobody says this at the door: {other:?}"),
        };
        let outcome = match command {
            Command::RecordTelephone(record) => Some(word_of(record.outcome)),
            _ => None,
        };
        let to = match command {
            Command::Pass { to, .. } => to.as_ref().map(ToString::to_string),
            _ => None,
        };
        Self { kinds, case: case.map(ToString::to_string), by: by.to_string(), outcome, to }
    }
}

/// What became of a call, as a fact says it.
pub(crate) const fn word_of(outcome: TelephoneOutcome) -> &'static str {
    match outcome {
        TelephoneOutcome::Taken => "taken",
        TelephoneOutcome::CallBack => "call_back",
        TelephoneOutcome::NoAnswer => "no_answer",
        TelephoneOutcome::WrongNumber => "wrong_number",
        TelephoneOutcome::Refused => "refused",
    }
}

/// One request that reached a provider.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at: u64,
    pub(crate) key: String,
    pub(crate) covers: Vec<String>,
    pub(crate) channel: String,
    pub(crate) to: String,
    /// How much of the journal would have survived a power cut at that moment.
    pub(crate) durable: usize,
    /// The journal could not be written then.
    pub(crate) holding: bool,
    /// The provider has it.
    pub(crate) taken: bool,
}

/// A key pressed at the telephone.
#[derive(Debug, Clone)]
pub(crate) struct Pressed {
    /// Of which message.
    pub(crate) key: String,
    pub(crate) digit: &'static str,
    pub(crate) to: String,
}

/// The digits of their own message, typed in by a person.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) by: String,
    pub(crate) case: String,
    pub(crate) act: &'static str,
}

impl Typed {
    pub(crate) fn new(by: &str, case: &CaseId, act: Deed) -> Self {
        let act = match act {
            Deed::TakeOver => "take_over",
            Deed::Confirm => "confirm",
            Deed::Pass => "pass",
            Deed::Take | Deed::WrongPerson(_) => "take",
        };
        Self { by: by.to_owned(), case: case.to_string(), act }
    }
}

/// A handler says at the door that somebody else is to handle the case.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    pub(crate) case: String,
    pub(crate) by: String,
    pub(crate) to: &'static str,
}

/// A call that an officer says they made.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) case: String,
    pub(crate) authority: String,
    pub(crate) by: String,
    pub(crate) outcome: &'static str,
    /// When they say it was, where they say so: in milliseconds since 1970.
    pub(crate) said: Option<i64>,
}

/// Somebody says that the authority confirmed a report.
#[derive(Debug, Clone)]
pub(crate) struct Receipted {
    pub(crate) case: String,
    pub(crate) authority: String,
    /// Which of the case's clocks it was for; nobody said where there is one alone.
    pub(crate) clock: Option<u32>,
}

/// A report that somebody says they brought to the authority by other means.
#[derive(Debug, Clone)]
pub(crate) struct Brought {
    pub(crate) case: String,
    pub(crate) authority: String,
    /// Which of the case's clocks it was for.
    pub(crate) clock: u32,
    /// The paper that shows it.
    pub(crate) reference: String,
    pub(crate) by: &'static str,
}

impl Record {
    /// The hash under which the last configuration is put on record.
    pub(crate) fn sha256(&self) -> String {
        sha256_of(self.adopted.len())
    }
}

/// The hash of the configuration that was adopted as the n-th.
pub(crate) fn sha256_of(number: usize) -> String {
    format!("{number:064}")
}

/// A configuration, by its place the one that is put on record under [`Record::sha256`].
#[derive(Debug, Clone)]
pub(crate) struct Adopted {
    /// The end of the journal at the start that began with it; one that a reload brings is in force from its entry.
    pub(crate) after: Option<u64>,
    pub(crate) site: Site,
}

/// What was done to the daemon.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) crashes: u64,
    pub(crate) steps: u64,
    pub(crate) reboots: u64,
    pub(crate) suspended: u64,
    pub(crate) full: u64,
    /// Writes to the vault were ordered to fail.
    pub(crate) vault: u64,
    /// The vault was opened again while the daemon ran.
    pub(crate) mended: u64,
    /// Channels misbehaved.
    pub(crate) channels: bool,
}

impl Faults {
    /// Whether the clocks were left alone.
    pub(crate) const fn clocks_true(&self) -> bool {
        self.steps == 0
    }
}
