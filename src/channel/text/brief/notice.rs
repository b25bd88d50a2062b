//! Lapses, as their notice names them.

use super::What;

/// Lapses that name the reader, and are new to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How many there are.
    pub count: u32,
    /// What each is about, for mail.
    pub list: Vec<String>,
    /// How many more there are than the list has.
    pub left_out: u32,
}

impl What {
    pub(in crate::channel::text) const fn notice(&self) -> Option<&Notice> {
        if let Self::LapseNotice(notice) = self { Some(notice) } else { None }
    }
}
