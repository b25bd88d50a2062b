//! In which language, by which medium, and signed by whom a message is written.

/// The languages messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// `zh-CN`.
    Chinese,
    /// `en`.
    English,
}

impl Language {
    /// The language's tag, as in the configuration.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// What stands between two of a list that have commas of their own.
    pub(crate) const fn pause(self) -> &'static str {
        self.pick("；", "; ")
    }

    pub(super) const fn pick(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// How a message is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// On a handset, in 70 units.
    Sms,
    /// Spoken.
    Phone {
        /// Whether the channel brings back the keys that are pressed.
        keys: bool,
    },
    /// In a mail reader.
    Email,
    /// By everybody in a group.
    Robot,
}

impl Medium {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Phone { .. } => "phone",
            Self::Email => "email",
            Self::Robot => "robot",
        }
    }
}

/// The signature in front of an SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// There is none.
    None,
    /// It is part of the text we send.
    Written(String),
    /// The provider puts it in front, and it counts.
    ByProvider(String),
}

impl Signature {
    pub(super) fn written(&self) -> Option<&str> {
        match self {
            Self::Written(text) => Some(text),
            Self::None | Self::ByProvider(_) => None,
        }
    }
}

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The full name, for authorities and mail.
    pub name: String,
    /// The short name, for calls.
    pub short_name: Option<String>,
    /// The signature of an SMS.
    pub signature: Signature,
    /// Where a code is typed in, without the scheme, as people type it: `yq.hljcq.cn/a`.
    pub page: Option<String>,
    /// Where one signs in and finds all reports: `yq.hljcq.cn`.
    pub home: Option<String>,
    /// Where duty is taken over: `yq.hljcq.cn/h`.
    pub handovers: Option<String>,
}
