//! Commands: what somebody or something wishes; and rejections, what stands against it.

mod absence;
mod clock;
mod door;
mod lapse;
mod rejection;
mod seen;
mod shift;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde_json::Number;

use crate::time::{BootId, Day, Now, Timestamp};

use super::bulletin::Trouble;
use super::fact::{ConfigurationLoaded, LapsesViewed, LedgerExported, PostTaken, Span, StaffLoaded};
use super::lock::CodeWay;
use super::names::{
    Actor, CaseId, Celsius, ChannelId, ClientId, EventId, EventKey, FormId, Kind, LapseId, Medium,
    NotificationId, PayloadName, PersonId, PersonToken, RequestId, SessionHash, SourceId, UnitId,
};
use super::notification::{Digit, Outcome, ReceiptState};
use super::schedule::Due;
use super::slot::{Begun, Counted, ReportFiled, SlotId, Zero};

pub use absence::Absent;
pub use clock::{TelephoneRecord, Towards, WrittenRecord};
pub use door::{DoorProbe, Maintain};
pub use lapse::{LapseVerdict, NoticeServed};
pub use rejection::{
    AbsenceRejection, LapseRejection, Rejection, ShiftRejection, SlotRejection, SpanRejection,
};
pub use seen::{Seen, SeenClock, SeenReport};
pub use shift::Shift;

/// What somebody or something wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the vocabulary of the facts they lead to")]
pub enum Command {
    /// The daemon starts: what was under way when it ended is unknown.
    Start {
        build: String,
        boot: BootId,
        down: Option<Span>,
        torn: Option<u64>,
    },
    /// The wall clock jumped.
    NoteClockStep {
        from: Timestamp,
        to: Timestamp,
    },
    /// The wall clock counts again.
    TrustClock {
        by: Option<Actor>,
    },
    AdoptConfiguration {
        sha256: String,
    },
    /// The configuration was read: what its files say is kept.
    KeepConfiguration(Box<ConfigurationLoaded>),
    /// A reload brought people to posts.
    TakePosts {
        posts: Vec<PostTaken>,
    },
    /// The employee register was read: what it says is kept.
    KeepStaff(Box<StaffLoaded>),
    /// The employee register that the doors go by: the hash of its file, and how many people are in it.
    AdoptStaff {
        sha256: Option<String>,
        people: u32,
    },
    Arm {
        actor: Actor,
    },
    Disarm {
        actor: Actor,
        reason: Option<PayloadName>,
    },
    HoldBack,
    Release {
        actor: Actor,
    },
    /// Something is wrong that only a person can put right.
    NoteTrouble {
        trouble: Trouble,
    },
    /// It is over.
    EndTrouble {
        trouble: Trouble,
    },
    /// The daemon asked for itself at its public address.
    ProbeDoor(DoorProbe),
    Maintain(Box<Maintain>),
    Absence(Box<Absent>),
    HandOver(Box<Shift>),

    ReportFever(Box<FeverReport>),

    Confirm {
        case: CaseId,
        actor: Actor,
    },
    Take {
        case: CaseId,
        actor: Actor,
        /// Also where somebody else handles it.
        take_over: bool,
    },
    Pass {
        case: CaseId,
        actor: Actor,
        to: Option<PersonId>,
    },
    Classify {
        case: CaseId,
        kind: Kind,
        actor: Actor,
        second: Option<PersonId>,
        payload: Option<PayloadName>,
        received: Now,
    },
    RecordTelephone(Box<TelephoneRecord>),
    WriteReport(Box<WrittenRecord>),
    RecordWrittenReceipt {
        case: CaseId,
        towards: Towards,
        actor: Actor,
        /// What the authority calls it, sealed; needed where no report of the daemon's went.
        reference: Option<PayloadName>,
        received: Now,
    },
    Dispute {
        case: CaseId,
        towards: Towards,
        actor: Actor,
        payload: Option<PayloadName>,
    },
    Note {
        case: CaseId,
        actor: Actor,
        payload: PayloadName,
    },
    Close {
        case: CaseId,
        actor: Actor,
        payload: Option<PayloadName>,
    },
    /// `archived` is what the index knows of the case, where it is not in memory.
    Erase {
        case: CaseId,
        actor: Option<Actor>,
        second: Option<PersonId>,
        ground: Option<PayloadName>,
        archived: Archived,
    },
    /// A code typed in at the public page: whose it may be - several where they share a number, nobody where the number
    /// is nobody's - and what it opens for which of them.
    TryCode {
        people: Vec<PersonId>,
        right: Option<(PersonId, CaseId)>,
        way: CodeWay,
        act: Act,
        received: Now,
    },

    FileReport(Box<ReportFiling>),
    ExemptSlot {
        slot: SlotId,
        actor: Actor,
        reason: PayloadName,
    },

    MakeStatement {
        lapse: LapseId,
        actor: Actor,
        payload: PayloadName,
    },
    ServeNotice(Box<NoticeServed>),
    GiveVerdict(Box<LapseVerdict>),
    /// Lapses are handed out as a file: it goes once that is on record.
    RecordExport(Box<LedgerExported>),
    /// Lapses are shown: they are once it is on record to whom.
    RecordView(LapsesViewed),

    /// Something that has become due.
    Fall(Due),

    StartAttempt(Box<AttemptRequest>),
    EndAttempt {
        notification: NotificationId,
        outcome: Outcome,
        received: Now,
    },
    TakeReceipt(Box<Receipt>),

    AskSignIn {
        request: RequestId,
        person: PersonId,
        medium: Medium,
    },
    /// A code typed in to sign in; `right` where it was the one.
    OpenSession {
        request: RequestId,
        right: bool,
        session: SessionHash,
    },
    CloseSession {
        session: SessionHash,
    },
    Test {
        request: RequestId,
        person: PersonId,
        media: Vec<Medium>,
        /// The one channel it tries, where one is asked for.
        channel: Option<ChannelId>,
        actor: Option<Actor>,
        client: Option<ClientId>,
    },
}

/// What is known of a case that is not in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Archived {
    /// Nothing.
    #[default]
    No,
    /// It was closed, and has left memory.
    Kept,
    /// And its personal data is gone.
    Erased,
}

/// What a person does with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// I know.
    Confirm,
    /// I handle it.
    Take,
    /// I handle it from here on, whoever does now.
    TakeOver,
    /// I cannot: the next.
    Pass,
    /// I am somebody else: the address that a message by this medium came to is not theirs.
    WrongPerson(Medium),
}

/// A fever event, as the door understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeverReport {
    /// How its answer names it.
    pub event: EventId,
    /// Who sent it.
    pub source: SourceId,
    /// What makes it the same event.
    pub key: EventKey,
    /// A keyed hash of its content.
    pub content: EventKey,
    /// When its last byte was read.
    pub received: Now,
    /// When the sender says it was discovered.
    pub discovered: Option<Timestamp>,
    /// Its unit, where it names one, or the employee register knows one for whom it names.
    pub unit: Option<UnitId>,
    /// What the sender says it is.
    pub kind: Option<Kind>,
    /// What was measured.
    pub temperature: Option<Celsius>,
    /// The person was exposed.
    pub exposure: bool,
    /// Who it is about.
    pub person: Option<PersonToken>,
    /// Who that is in the directory.
    pub subject_person: Option<PersonId>,
    /// What it said, sealed.
    pub payload: Option<PayloadName>,
    /// The device says that it sends it again.
    pub replay: bool,
    /// What the index knows: the first answer to the same event, filled in by the engine.
    pub seen: Option<Seen>,
    /// What the index knows: the last case of the same person, filled in by the engine.
    pub last_case: Option<CaseId>,
}

/// The outbox asks to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRequest {
    /// The notification whose id is the key.
    pub notification: NotificationId,
    /// Others to the same recipient by the same medium that the message says as well.
    pub covers: Vec<NotificationId>,
    /// By which channel.
    pub channel: ChannelId,
    /// Which of the recipient's addresses.
    pub address: u32,
    /// The hash of the sealed rendering.
    pub rendering: Option<PayloadName>,
}

/// What a provider tells of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The channel it came by.
    pub channel: ChannelId,
    /// The key it names.
    pub key: NotificationId,
    /// How far the message got.
    pub state: Option<ReceiptState>,
    /// The key that was pressed.
    pub digit: Option<Digit>,
    /// When the provider says it was.
    pub at: Option<Timestamp>,
    /// When its last byte was read.
    pub received: Now,
}

/// A report, as the door understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFiling {
    /// The form.
    pub form: FormId,
    /// The unit.
    pub unit: UnitId,
    /// The reporting day, where one is named.
    pub day: Option<Day>,
    /// Which of the day's, where one is named.
    pub number: Option<u32>,
    /// Who files it.
    pub actor: Actor,
    /// It says that there is nothing to report.
    pub zero: Option<Zero>,
    /// Where its people are not as many as the unit is known to have.
    pub counted: Option<Counted>,
    /// How many people with a fever it counts, where its form counts them.
    pub fevers: Option<u32>,
    /// How many people its unit has by it, where its form says which figures add up to them.
    pub people: Option<u32>,
    /// The running totals that it says, by the names of their figures.
    pub totals: BTreeMap<String, Number>,
    /// The filer knows what is known against it, and says that it stands.
    pub stands: bool,
    /// The filer says that the people in its rows have agreed to what the form says of it.
    pub consent: bool,
    /// So many of its rows stand in the unit's last report, and were confirmed one by one.
    pub same_as_before: Option<NonZeroU32>,
    /// The revision that its filer had before them, 0 for none: it takes the place of that one and of no other.
    pub over: Option<u32>,
    /// A keyed hash of what it says.
    pub content: EventKey,
    /// A keyed hash of the reason that is given with it: another one alone corrects nothing.
    pub reason: Option<EventKey>,
    /// What it says, sealed.
    pub payload: PayloadName,
    /// When its last byte was read.
    pub received: Now,
    /// How the filling in of it began.
    pub begun: Begun,
    /// What makes it the same request.
    pub key: Option<EventKey>,
    /// What the index knows: the first answer to the same request, filled in by the engine.
    pub seen: Option<SeenReport>,
}

impl SeenReport {
    /// What the filer of a report was told.
    #[must_use]
    pub fn of(report: &ReportFiled) -> Self {
        Self {
            report: report.filed.report.clone(),
            slot: report.slot.clone(),
            standing: report.state,
            late_by_s: report.late_by_s,
            revision: report.filed.revision,
        }
    }

    /// What the filer of a slot's last report was told.
    #[must_use]
    pub fn last(slot: &SlotId, outcome: &super::slot::Outcome) -> Option<Self> {
        let filed = outcome.filed.as_ref()?;
        Some(Self {
            report: filed.report.clone(),
            slot: slot.clone(),
            standing: outcome.state,
            late_by_s: outcome.late_by_s,
            revision: filed.revision,
        })
    }
}
