//! Facts: what happened. The state is the fold of them, and the journal is the list of them.
//!
//! A fact's tag carries its version (`case_opened/1`). A fact whose meaning changes gets a new tag; an old one is
//! read for ever. Facts carry all that `apply` needs, and no name, number or text of a person.

mod absence;
mod call;
mod handover;
mod hearing;
mod loaded;
mod reason;
mod record;
mod report;
mod staff;
mod step;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bulletin::{About, Trouble};
use super::lapse::Lapse;
use super::names::{
    Actor, AuthorityId, CaseId, EventId, Kind, LapseId, Medium, NotificationId, PayloadName, PersonId,
    PolicyId, Recipient, RequestId, SessionHash, SourceId,
};
use super::notification::{Attempt, Notification, Outcome};
use super::policy::{Grade, Policy};
use super::round::RoundPaused;
use super::schedule::Due;
use super::slot::{
    Contradicted, ContradictionEnd, FormFollowed, Moved, Owing, PeriodClosed, PeriodId, PeriodOpened,
    PeriodReminded, Questioned, ReportFiled, SlotId, WithdrawnBecause,
};
use crate::time::{BootId, Timestamp};

pub use absence::{AbsenceEnded, AbsenceRecorded, AbsentBecause};
pub use handover::{OpenCase, OpenMatters, OpenReports, ShiftOffered, ShiftTaken};
pub use hearing::{ExportFormat, LapseCured, LapsesTold, LapsesViewed, LedgerExported, VerdictGiven};
pub use loaded::{ConfigurationLoaded, KeyChange, KeyChanged, LoadedBecause};
pub use reason::{
    CancelledBecause, Gap, PostponedBecause, Proof, RaisedBy, SkippedBecause, TelephoneOutcome, Unreachable,
};
pub use record::{
    CaseOpened, ClockReopened, ClockStarted, ClockStepped, ClockTrusted, ClockWithdrawn, CodeRefused,
    ConfigurationAdopted, EventOutcome, EventTaken, MaintenanceAnnounced, ReceiptKept, ReceiptTaken,
    SessionOpened, Span, TestAsked, TroubleBegan, WrongAddress, WrongNumber,
};
pub use report::{
    CorrectionOwed, CorrectionWritten, TelephoneProved, TelephoneTried, WrittenPlanned, WrittenReceipted,
};
pub use staff::{Imported, PeopleChanged, PostTaken, StaffLoaded, UnitChanged};
pub use step::{StepRepeated, StepTaken};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "facts live for one decision; the largest are boxed already")]
#[expect(missing_docs, reason = "the fields are the vocabulary; each family's file says how they come about")]
pub enum Fact {
    // The daemon itself.
    /// The daemon started; where it was down before, since when.
    #[serde(rename = "started/1")]
    Started { build: String, boot: BootId, down: Option<Span>, torn: Option<u64> },
    #[serde(rename = "clock_stepped/1")]
    ClockStepped(ClockStepped),
    #[serde(rename = "clock_trusted/1")]
    ClockTrusted(ClockTrusted),
    #[serde(rename = "configuration_adopted/1")]
    ConfigurationAdopted(Box<ConfigurationAdopted>),
    #[serde(rename = "configuration_loaded/1")]
    ConfigurationLoaded(Box<ConfigurationLoaded>),
    /// The doors go by another employee register, or by none.
    #[serde(rename = "staff_adopted/1")]
    StaffAdopted { sha256: Option<String>, people: u32 },
    #[serde(rename = "staff_loaded/1")]
    StaffLoaded(Box<StaffLoaded>),
    #[serde(rename = "posts_taken/1")]
    PostsTaken { posts: Vec<PostTaken> },
    /// From here on authorities are really rung.
    #[serde(rename = "armed/1")]
    Armed { actor: Actor },
    #[serde(rename = "disarmed/1")]
    Disarmed { actor: Actor, reason: Option<PayloadName> },
    /// Sending was held back until a person lets it go.
    #[serde(rename = "hold_began/1")]
    HoldBegan,
    #[serde(rename = "released/1")]
    Released { actor: Actor },
    /// Something is wrong that only a person can put right; `told` where the operators are told of it.
    #[serde(rename = "trouble_began/1")]
    TroubleBegan(TroubleBegan),
    /// Nobody could be found who can be told of it.
    #[serde(rename = "trouble_untold/1")]
    TroubleUntold { trouble: Trouble },
    /// It is over.
    #[serde(rename = "trouble_ended/1")]
    TroubleEnded { trouble: Trouble },
    /// The daemon answered at its public address: from here on it is known to be reached there.
    #[serde(rename = "door_proved/1")]
    DoorProved { door: String },
    /// Somebody says that nothing will get in for a time.
    #[serde(rename = "maintenance_announced/1")]
    MaintenanceAnnounced(Box<MaintenanceAnnounced>),
    #[serde(rename = "maintenance_ended/1")]
    MaintenanceEnded { maintenance: u64, at: Timestamp, actor: Actor },
    /// The daemon tells something of itself; its messages follow.
    #[serde(rename = "bulletin_opened/1")]
    BulletinOpened { request: RequestId, about: About, until: Timestamp },
    /// A signed head leaves this machine; `next` is when the next one does.
    #[serde(rename = "head_due/1")]
    HeadDue { due: Timestamp, next: Option<Timestamp> },
    /// What was due had nothing left to do.
    #[serde(rename = "due_passed/1")]
    DuePassed { due: Due },
    /// What was due waits: a message that ends with it is under way.
    #[serde(rename = "due_put_off/1")]
    DuePutOff { due: Due, until: Timestamp },

    // Fever events.
    /// A fever event came in; `outcome` is what its sender was told.
    #[serde(rename = "event_taken/1")]
    EventTaken { event: Box<EventTaken> },
    /// The same event came again with another content.
    #[serde(rename = "event_differed/1")]
    EventDiffered { event: EventId, source: SourceId, received: Timestamp },

    // Cases.
    #[serde(rename = "case_opened/1")]
    CaseOpened { case: Box<CaseOpened> },
    /// A further event belongs to an open case.
    #[serde(rename = "case_joined/1")]
    CaseJoined { case: CaseId, reading: super::case::Reading },
    #[serde(rename = "case_raised/1")]
    CaseRaised { case: CaseId, from: Kind, to: Kind, since: Timestamp, why: RaisedBy },
    /// A source proposes what only a person decides, or more than it may say.
    #[serde(rename = "proposed/1")]
    Proposed { case: CaseId, kind: Kind, source: SourceId },
    #[serde(rename = "cases_linked/1")]
    CasesLinked { case: CaseId, with: CaseId },
    #[serde(rename = "policy_kept/1")]
    PolicyKept { policy: PolicyId, rules: Policy },
    #[serde(rename = "plan_started/1")]
    PlanStarted { case: CaseId, kind: Kind, policy: PolicyId, anchor: Timestamp },
    #[serde(rename = "step_taken/1")]
    StepTaken(Box<StepTaken>),
    #[serde(rename = "step_skipped/1")]
    StepSkipped { case: CaseId, plan: u32, step: u32, due: Timestamp, why: SkippedBecause },
    /// A repeat of a step.
    #[serde(rename = "step_repeated/1")]
    StepRepeated(Box<StepRepeated>),
    #[serde(rename = "confirmed/1")]
    Confirmed { case: CaseId, actor: Actor },
    #[serde(rename = "taken/1")]
    Taken { case: CaseId, actor: Actor, idle_at: Option<Timestamp> },
    #[serde(rename = "passed/1")]
    Passed { case: CaseId, actor: Actor, to: Option<PersonId> },
    /// The handler did something that brings the case on, or the case did: they are watched from here.
    #[serde(rename = "progressed/1")]
    Progressed { case: CaseId, idle_at: Option<Timestamp> },
    /// The handler did nothing for too long and lost the case.
    #[serde(rename = "handler_idle/1")]
    HandlerIdle { case: CaseId, person: PersonId, due: Timestamp },
    #[serde(rename = "ruled_out/1")]
    RuledOut { case: CaseId, actor: Actor, second: Option<PersonId>, payload: Option<PayloadName> },
    #[serde(rename = "noted/1")]
    Noted { case: CaseId, actor: Actor, payload: PayloadName },
    #[serde(rename = "closed/1")]
    Closed {
        case: CaseId,
        actor: Actor,
        payload: Option<PayloadName>,
        archive_at: Timestamp,
        erase_at: Option<Timestamp>,
    },
    #[serde(rename = "archived/1")]
    Archived { case: CaseId },
    /// Leaving memory waits: a limit of the case is undecided.
    #[serde(rename = "archive_put_off/1")]
    ArchivePutOff { case: CaseId, until: Timestamp },
    #[serde(rename = "erased/1")]
    Erased { case: CaseId, actor: Option<Actor>, second: Option<PersonId>, ground: Option<PayloadName> },
    /// Erasing waits: a lapse about the case is undecided.
    #[serde(rename = "erase_put_off/1")]
    ErasePutOff { case: CaseId, until: Timestamp },
    #[serde(rename = "code_refused/1")]
    CodeRefused(Box<CodeRefused>),
    /// Somebody else holds the person's code for a case: it opens nothing from here on, and later messages carry the next.
    #[serde(rename = "code_called_in/1")]
    CodeCalledIn { case: CaseId, person: PersonId, issue: u32 },

    // Clocks.
    #[serde(rename = "clock_started/1")]
    ClockStarted { case: CaseId, clock: Box<ClockStarted> },
    /// An event that came later says that it was suspected sooner: the case counts from there.
    #[serde(rename = "case_antedated/1")]
    CaseAntedated { case: CaseId, event: EventId, from: Timestamp, since: Timestamp },
    /// A running clock counts from an earlier instant than before; both are kept, with every instant that moved.
    #[serde(rename = "clock_antedated/1")]
    ClockAntedated {
        case: CaseId,
        event: EventId,
        from: Timestamp,
        due_before: Timestamp,
        clock: Box<ClockStarted>,
    },
    /// The daemon was armed while the clock ran: what was suppressed before is pursued as far as it is owed.
    #[serde(rename = "clock_armed/1")]
    ClockArmed { case: CaseId, clock: u32, at: Timestamp },
    /// Those who work on the case were warned, or (`overtaken`) the moment for it had passed.
    #[serde(rename = "warned/1")]
    Warned { case: CaseId, clock: u32, number: u32, due: Timestamp, overtaken: bool, next: Option<Timestamp> },
    /// The daemon will ring the authority.
    #[serde(rename = "daemon_calls/1")]
    DaemonCalls { case: CaseId, clock: u32, due: Timestamp },
    #[serde(rename = "telephone_tried/1")]
    TelephoneTried(Box<TelephoneTried>),
    #[serde(rename = "telephone_impossible/1")]
    TelephoneImpossible { case: CaseId, clock: u32, why: super::case::Impossible },
    #[serde(rename = "telephone_possible/1")]
    TelephonePossible { case: CaseId, clock: u32 },
    /// The call that must come before the written report has until then to start.
    #[serde(rename = "gate_set/1")]
    GateSet { case: CaseId, clock: u32, at: Timestamp },
    /// An attempt got further than any before it.
    #[serde(rename = "telephone_graded/1")]
    TelephoneGraded { case: CaseId, clock: u32, grade: Grade },
    #[serde(rename = "telephone_proved/1")]
    TelephoneProved(Box<TelephoneProved>),
    #[serde(rename = "proof_disputed/1")]
    ProofDisputed { case: CaseId, clock: u32, actor: Actor, payload: Option<PayloadName> },
    #[serde(rename = "address_wrong/1")]
    AddressWrong(WrongNumber),
    #[serde(rename = "written_drafted/1")]
    WrittenDrafted { case: CaseId, clock: u32, payload: PayloadName, actor: Actor, send: bool },
    #[serde(rename = "written_planned/1")]
    WrittenPlanned(Box<WrittenPlanned>),
    #[serde(rename = "written_sent/1")]
    WrittenSent { case: CaseId, clock: u32, notification: NotificationId, at: Timestamp, proves: bool },
    /// A refusal that came after the provider had taken it.
    #[serde(rename = "written_returned/1")]
    WrittenReturned { case: CaseId, clock: u32, notification: NotificationId, unproves: bool },
    #[serde(rename = "written_impossible/1")]
    WrittenImpossible { case: CaseId, clock: u32, why: Unreachable },
    #[serde(rename = "written_receipted/1")]
    WrittenReceipted(Box<WrittenReceipted>),
    #[serde(rename = "clock_met/1")]
    ClockMet { case: CaseId, clock: u32, at: Timestamp },
    #[serde(rename = "clock_breached/1")]
    ClockBreached { case: CaseId, clock: u32, proof: Proof, due: Timestamp },
    /// Both proofs are there, the last one after its limit: the breach stays, and nothing more is owed.
    #[serde(rename = "clock_completed/1")]
    ClockCompleted { case: CaseId, clock: u32, at: Timestamp },
    /// A clock that was met is not: its proof was taken back.
    #[serde(rename = "clock_reopened/1")]
    ClockReopened(ClockReopened),
    #[serde(rename = "clock_withdrawn/1")]
    ClockWithdrawn(ClockWithdrawn),
    #[serde(rename = "correction_owed/1")]
    CorrectionOwed(Box<CorrectionOwed>),
    #[serde(rename = "correction_reminded/1")]
    CorrectionReminded { case: CaseId, correction: u32, due: Timestamp, missed: u32, next: Option<Timestamp> },
    #[serde(rename = "correction_told/1")]
    CorrectionTold { case: CaseId, authority: AuthorityId, actor: Actor, payload: Option<PayloadName> },
    /// No writing reaches the authority: its correction is told by telephone alone.
    #[serde(rename = "correction_impossible/1")]
    CorrectionImpossible { case: CaseId, authority: AuthorityId, why: Unreachable },
    #[serde(rename = "correction_written/1")]
    CorrectionWritten(Box<CorrectionWritten>),
    /// A refusal came after a provider had taken it: it counts as written no more.
    #[serde(rename = "correction_returned/1")]
    CorrectionReturned { case: CaseId, authority: AuthorityId, number: u32 },
    /// The case is suspected again: what has not been told of a correction is not true any more.
    #[serde(rename = "correction_ended/1")]
    CorrectionEnded { case: CaseId, authority: AuthorityId, number: u32 },

    // Notifications.
    #[serde(rename = "notification_planned/1")]
    NotificationPlanned { notification: Box<Notification>, wait_until: Option<Timestamp> },
    /// A medium that cannot reach somebody was passed over at once.
    #[serde(rename = "medium_skipped/1")]
    MediumSkipped { case: Option<CaseId>, to: Recipient, medium: Medium, why: Unreachable },
    #[serde(rename = "send_postponed/1")]
    SendPostponed { notification: NotificationId, until: Timestamp, why: PostponedBecause },
    #[serde(rename = "notification_cancelled/1")]
    NotificationCancelled { notification: NotificationId, why: CancelledBecause },
    /// The next medium was begun, or none is left.
    #[serde(rename = "wait_ended/1")]
    WaitEnded { notification: NotificationId, due: Timestamp },
    #[serde(rename = "attempt_started/1")]
    AttemptStarted { notification: NotificationId, covers: Vec<NotificationId>, attempt: Box<Attempt> },
    /// What became of a request; `again_at` is when the same message goes again.
    #[serde(rename = "attempt_ended/1")]
    AttemptEnded {
        notification: NotificationId,
        covers: Vec<NotificationId>,
        outcome: Outcome,
        again_at: Option<Timestamp>,
    },
    /// A receipt; without effect where it tells nothing new.
    #[serde(rename = "receipt_taken/1")]
    ReceiptTaken(Box<ReceiptTaken>),
    /// A receipt that matches nothing yet.
    #[serde(rename = "receipt_kept/1")]
    ReceiptKept(Box<ReceiptKept>),
    /// An address turned out to be somebody else's.
    #[serde(rename = "wrong_person/1")]
    WrongPerson(WrongAddress),

    // Lapses.
    #[serde(rename = "lapse_recorded/1")]
    LapseRecorded { lapse: Box<Lapse> },
    /// The proof that was not brought in time was brought.
    #[serde(rename = "lapse_cured/1")]
    LapseCured(LapseCured),
    /// The suspicion it rests on was ruled out: it is held against nobody.
    #[serde(rename = "lapse_withdrawn/1")]
    LapseWithdrawn { lapse: LapseId },
    /// The case is suspected again: what was held against nobody stands again.
    #[serde(rename = "lapse_reinstated/1")]
    LapseReinstated { lapse: LapseId },
    /// Whoever is named in a lapse is told; `next` is when those of later ones are.
    #[serde(rename = "lapses_due/1")]
    LapsesDue { due: Timestamp, next: Option<Timestamp> },
    /// A notice reached whoever is named in these.
    #[serde(rename = "lapses_told/1")]
    LapsesTold(Box<LapsesTold>),
    #[serde(rename = "statement_made/1")]
    StatementMade { lapse: LapseId, actor: Actor, payload: PayloadName },
    #[serde(rename = "verdict_given/1")]
    VerdictGiven(Box<VerdictGiven>),
    #[serde(rename = "ledger_exported/1")]
    LedgerExported(Box<LedgerExported>),
    #[serde(rename = "lapses_viewed/1")]
    LapsesViewed(LapsesViewed),

    // People at the door.
    #[serde(rename = "sign_in_asked/1")]
    SignInAsked { request: RequestId, person: PersonId, medium: Medium, until: Timestamp },
    #[serde(rename = "sign_in_refused/1")]
    SignInRefused { request: RequestId, person: PersonId },
    #[serde(rename = "session_opened/1")]
    SessionOpened(Box<SessionOpened>),
    #[serde(rename = "session_closed/1")]
    SessionClosed { session: SessionHash },
    #[serde(rename = "test_asked/1")]
    TestAsked(Box<TestAsked>),
    #[serde(rename = "absence_recorded/1")]
    AbsenceRecorded(Box<AbsenceRecorded>),
    #[serde(rename = "absence_ended/1")]
    AbsenceEnded(AbsenceEnded),
    #[serde(rename = "shift_offered/1")]
    ShiftOffered(Box<ShiftOffered>),
    #[serde(rename = "shift_taken/1")]
    ShiftTaken(Box<ShiftTaken>),

    // Forms, slots, reports.
    /// When the next period of a form opens; never, where it is in force no more.
    #[serde(rename = "form_followed/1")]
    FormFollowed(FormFollowed),
    #[serde(rename = "period_opened/1")]
    PeriodOpened { period: Box<PeriodOpened> },
    /// A period that is not due yet goes by other rules, or is owed again; what was reported in it stays.
    #[serde(rename = "period_reopened/1")]
    PeriodReopened { period: Box<PeriodOpened> },
    /// A period that is not due yet is owed by nobody any more: the configuration that was read has no place for it.
    #[serde(rename = "period_withdrawn/1")]
    PeriodWithdrawn { period: PeriodId, why: WithdrawnBecause },
    #[serde(rename = "due_moved/1")]
    DueMoved { period: PeriodId, moved: Moved },
    /// A period is due; who owes a report, with those who hold the posts at this instant.
    #[serde(rename = "period_fell_due/1")]
    PeriodFellDue { period: PeriodId, owing: Arc<Vec<Owing>> },
    /// People are asked for what is not reported, or told of it.
    #[serde(rename = "period_reminded/1")]
    PeriodReminded { reminded: Box<PeriodReminded> },
    /// A period is closed: for each slot that is missing there is a lapse.
    #[serde(rename = "period_closed/1")]
    PeriodClosed { closed: Box<PeriodClosed> },
    #[serde(rename = "round_paused/1")]
    RoundPaused(RoundPaused),
    #[serde(rename = "period_archived/1")]
    PeriodArchived { period: PeriodId },
    #[serde(rename = "report_filed/1")]
    ReportFiled { report: Box<ReportFiled> },
    #[serde(rename = "slot_exempted/1")]
    SlotExempted { slot: SlotId, actor: Actor, reason: PayloadName },
    #[serde(rename = "report_questioned/1")]
    ReportQuestioned { slot: SlotId, questioned: Box<Questioned> },
    #[serde(rename = "report_contradicted/1")]
    ReportContradicted { slot: SlotId, contradicted: Box<Contradicted> },
    /// What is known against a report is on record no more: it stands on the ledger, or does not hold.
    #[serde(rename = "contradiction_ended/1")]
    ContradictionEnded { slot: SlotId, how: ContradictionEnd },
    /// A report came that was on record as omitted: it was late, and both are kept.
    #[serde(rename = "lapse_turned/1")]
    LapseTurned { lapse: LapseId, at: Timestamp },
}
