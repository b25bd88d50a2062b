//! Where decisions go - the journal, or memory while it cannot be written - and what a command does meanwhile.

use crate::domain::command::Command;
use crate::journal::{Backing, Held, Journal, JournalError};

/// Where decisions go.
#[derive(Debug)]
pub enum Mode {
    /// To the journal on disk, or what stands for it in a simulation.
    Writing(Box<dyn Written>),
    /// To memory, over a journal that can be read and not written.
    Holding(Box<dyn Holding>),
}

/// A journal that decisions go to.
pub trait Written: Journal + std::fmt::Debug {}
impl<T: Journal + std::fmt::Debug> Written for T {}

/// A journal that holds decisions in memory, and can try to be rid of them.
pub trait Holding: Journal + std::fmt::Debug {
    /// Tries to append what is held.
    ///
    /// # Errors
    /// Why it cannot.
    fn settle(&mut self) -> Result<(), JournalError>;

    /// The journal it held for.
    fn into_written(self: Box<Self>) -> Box<dyn Written>;
}

impl<J: Backing + std::fmt::Debug + 'static> Holding for Held<J> {
    fn settle(&mut self) -> Result<(), JournalError> {
        Self::settle(self).map(|_head| ())
    }

    fn into_written(self: Box<Self>) -> Box<dyn Written> {
        Box::new(self.into_backing())
    }
}

/// What a command does while the journal cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: it is answered 503.
    None,
    /// It takes effect, so that ringing stops, and is answered 503, so that it comes again.
    ComesAgain,
    /// The daemon's own: it goes on.
    GoesOn,
}

pub(super) fn effect_while_holding(command: &Command) -> Effect {
    match command {
        Command::Confirm { .. }
        | Command::Take { .. }
        | Command::Pass { .. }
        | Command::TryCode { .. }
        | Command::RecordTelephone(_)
        | Command::TakeReceipt(_) => Effect::ComesAgain,
        Command::Start { .. }
        | Command::NoteClockStep { .. }
        | Command::TrustClock { .. }
        | Command::NoteTrouble { .. }
        | Command::EndTrouble { .. }
        | Command::ProbeDoor(_)
        // What a person said at the start holds on any disk; a configuration that mends what is wrong is let in.
        | Command::HoldBack
        | Command::AdoptConfiguration { .. }
        | Command::AdoptStaff { .. }
        | Command::TakePosts { .. }
        | Command::Fall(_)
        | Command::StartAttempt(_)
        | Command::EndAttempt { .. } => Effect::GoesOn,
        Command::Arm { .. }
        | Command::Disarm { .. }
        | Command::Release { .. }
        | Command::Maintain(_)
        | Command::Absence(_)
        | Command::HandOver(_)
        | Command::KeepConfiguration(_)
        | Command::KeepStaff(_)
        | Command::ReportFever(_)
        | Command::FileReport(_)
        | Command::ExemptSlot { .. }
        | Command::MakeStatement { .. }
        | Command::ServeNotice(_)
        | Command::GiveVerdict(_)
        | Command::RecordExport(_)
        | Command::RecordView(_)
        | Command::Classify { .. }
        | Command::WriteReport(_)
        | Command::RecordWrittenReceipt { .. }
        | Command::Dispute { .. }
        | Command::Note { .. }
        | Command::Close { .. }
        | Command::Erase { .. }
        | Command::AskSignIn { .. }
        | Command::OpenSession { .. }
        | Command::CloseSession { .. }
        | Command::Test { .. } => Effect::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_start_was_told_holds_while_the_journal_cannot_be_written() {
        assert_eq!(effect_while_holding(&Command::HoldBack), Effect::GoesOn);
        let adopt = Command::AdoptConfiguration { sha256: String::new() };
        assert_eq!(effect_while_holding(&adopt), Effect::GoesOn);
        let adopt = Command::AdoptStaff { sha256: None, people: 0 };
        assert_eq!(effect_while_holding(&adopt), Effect::GoesOn);
    }
}
