//! Handovers of duty, as the two who sign them are told of them.

/// A handover of duty, to whoever is to sign it, or to whoever signed first when both have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The duty.
    pub post: Post,
    /// The other one's name. Nobody where the configuration names them no longer.
    pub other: Option<String>,
    /// Both have signed.
    pub taken: bool,
    /// How many cases are open.
    pub cases: u32,
    /// How many units have a report that is overdue.
    pub reports: u32,
    /// How much is wrong with the daemon and around it.
    pub troubles: u32,
}

/// A duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// Whoever is called.
    Officer,
    /// Whoever leads.
    Leader,
    /// Another one.
    Other,
}

impl Post {
    /// Its word in the templates.
    pub(in crate::channel::text) const fn word(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Leader => "leader",
            Self::Other => "other",
        }
    }
}
