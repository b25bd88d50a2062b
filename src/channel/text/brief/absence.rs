//! Absences, as whoever they concern is told of them.

use crate::channel::text::words::Moment;

/// An absence, to one of the two whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// What it is to the reader.
    pub away: Away,
    /// The other one's name: who is away, or who stands in. Nobody where none is named, or the configuration names them
    /// no longer.
    pub other: Option<String>,
    /// From when; of one that is over before its time, what is left of that.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}

/// What an absence is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// They stand in.
    StandsIn,
    /// They do not stand in any more.
    NoLonger,
    /// They are away, as another entered.
    Own,
    /// They are not away any more, as another entered.
    Back,
}

impl Away {
    /// Its word in the templates.
    pub(in crate::channel::text) const fn word(self) -> &'static str {
        match self {
            Self::StandsIn => "stands_in",
            Self::NoLonger => "no_longer",
            Self::Own => "own",
            Self::Back => "back",
        }
    }
}
