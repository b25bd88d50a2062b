//! What is wrong with the daemon itself, as its messages name it.

/// What is wrong with the daemon itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// The journal cannot be written: reports are refused, calls go on.
    JournalHolding,
    /// The clock cannot be trusted: nothing is judged, calls go on.
    ClockInDoubt,
    /// A channel's money or quota is used up.
    ChannelExhausted {
        /// The channel's id.
        channel: String,
    },
    /// The end of the journal was damaged at the last start and cut off.
    TornTail,
    /// An entry of the past is not as it was written.
    PastDamaged,
    /// The disk is nearly full.
    DiskNearlyFull,
    /// The vault does not open.
    VaultClosed,
    /// The index does not open.
    IndexClosed,
    /// The daemon does not answer at its public address.
    DoorShut,
    /// Nothing is heard of a source.
    SourceSilent {
        /// The source's id.
        source: String,
    },
    /// A person's number is somebody else's.
    NumberWrong {
        /// The person's name.
        person: String,
    },
    /// The configuration has no way to an authority that is owed a report.
    AuthorityUnreachable {
        /// The authority's name.
        authority: String,
    },
    /// An authority did not take what it is owed, as often as it was tried.
    AuthorityNotReached {
        /// The authority's name.
        authority: String,
    },
    /// A person's mail address is somebody else's.
    MailWrong {
        /// The person's name.
        person: String,
    },
    /// A person did not get a message, by any way that they have.
    PersonNotReached {
        /// The person's name.
        person: String,
    },
    /// People were told of a case for a day, and nobody took it.
    CaseNotTaken {
        /// The case.
        case: String,
    },
    /// A group did not get a message.
    GroupNotReached {
        /// The id of its channel.
        channel: String,
    },
}
