//! What a known provider is built from.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::Provider;
use super::dingtalk::DingTalk;
use super::encode::percent;
use super::feishu::Feishu;
use super::ntfy::Ntfy;
use super::twilio::TwilioSms;
use super::wecom::WeCom;
use crate::channel::http;
use crate::channel::{Secret, SettingsError};

/// Which provider, with what it knows us by.
#[derive(Debug, Clone)]
pub enum Preset {
    /// The robot of a WeCom group.
    WeCom {
        /// The key of its address.
        key: Secret,
    },
    /// The robot of a DingTalk group.
    DingTalk {
        /// The token of its address.
        token: Secret,
        /// What it signs with.
        secret: Option<Secret>,
        /// The word that the group lets in alone.
        keyword: Option<String>,
    },
    /// The robot of a Feishu or Lark group.
    Feishu {
        /// The last part of its address.
        token: Secret,
        /// What it signs with.
        secret: Option<Secret>,
        /// The word that the group lets in alone.
        keyword: Option<String>,
    },
    /// A topic of an ntfy server.
    Ntfy {
        /// The topic: whoever knows it can read it, where the server asks for no token.
        topic: Secret,
        /// The access token.
        token: Option<Secret>,
    },
    /// SMS by Twilio.
    TwilioSms {
        /// The account's id.
        account: String,
        /// Its token.
        token: Secret,
        /// The number, or the messaging service, that they come from.
        from: String,
    },
}

/// What the channel of a known provider is built from.
#[derive(Debug, Clone)]
pub struct PresetSettings {
    /// Which provider.
    pub preset: Preset,
    /// The address in place of the provider's own: a gateway of one's own, another region.
    pub url: Option<Secret>,
    /// How long one attempt may take, waiting for a free connection included.
    pub timeout: Duration,
    /// A file with the only authorities that are trusted (PEM). Absent: those of the machine.
    pub ca: Option<PathBuf>,
    /// How many requests may be open at once.
    pub connections_max: usize,
    /// Why `http://` is allowed to a host that is not this machine.
    pub plain_text_allowed: Option<String>,
}

impl PresetSettings {
    /// The settings of a provider at its own address.
    #[must_use]
    pub const fn new(preset: Preset) -> Self {
        Self {
            preset,
            url: None,
            timeout: Duration::from_secs(5),
            ca: None,
            connections_max: 8,
            plain_text_allowed: None,
        }
    }

    /// Where the provider is, without a path or a key: what a person may read.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.url.as_ref().map_or_else(|| self.preset.origin(), Secret::expose)
    }

    pub(in crate::channel) fn address(&self) -> Result<reqwest::Url, SettingsError> {
        let base = self.origin().trim_end_matches('/');
        let address = Secret::new(format!("{base}{}", self.preset.path()));
        http::url(&address, self.plain_text_allowed.as_deref())
    }

    pub(in crate::channel) fn provider(&self, url: reqwest::Url) -> Box<dyn Provider> {
        let url = Url::new(url);
        match self.preset.clone() {
            Preset::WeCom { key: _ } => Box::new(WeCom { url }),
            Preset::DingTalk { token: _, secret, keyword } => Box::new(DingTalk { url, secret, keyword }),
            Preset::Feishu { token: _, secret, keyword } => Box::new(Feishu { url, secret, keyword }),
            Preset::Ntfy { topic, token } => Box::new(Ntfy { url, topic, token }),
            Preset::TwilioSms { account, token, from } => Box::new(TwilioSms { url, account, token, from }),
        }
    }
}

impl Preset {
    /// The provider's own limits to one address, a little below what it says; group robots are one address each.
    #[must_use]
    pub fn limits(&self) -> Vec<(Duration, usize)> {
        let (short, minute) = match self {
            Self::WeCom { .. } | Self::DingTalk { .. } => ((Duration::from_secs(3), 1), 18),
            Self::Feishu { .. } => ((Duration::from_secs(1), 4), 90),
            Self::Ntfy { .. } => ((Duration::from_secs(5), 5), 50),
            Self::TwilioSms { .. } => return Vec::new(),
        };
        vec![short, (Duration::from_mins(1), minute)]
    }

    const fn origin(&self) -> &'static str {
        match self {
            Self::WeCom { .. } => "https://qyapi.weixin.qq.com",
            Self::DingTalk { .. } => "https://oapi.dingtalk.com",
            Self::Feishu { .. } => "https://open.feishu.cn",
            Self::Ntfy { .. } => "https://ntfy.sh",
            Self::TwilioSms { .. } => "https://api.twilio.com",
        }
    }

    fn path(&self) -> String {
        match self {
            Self::WeCom { key } => format!("/cgi-bin/webhook/send?key={}", percent(key.expose())),
            Self::DingTalk { token, .. } => format!("/robot/send?access_token={}", percent(token.expose())),
            Self::Feishu { token, .. } => format!("/open-apis/bot/v2/hook/{}", percent(token.expose())),
            Self::Ntfy { .. } => "/".to_owned(),
            Self::TwilioSms { account, .. } => {
                format!("/2010-04-01/Accounts/{}/Messages.json", percent(account))
            }
        }
    }
}

/// An address with a key in it.
#[derive(Clone)]
pub(in crate::channel) struct Url(reqwest::Url);

impl Url {
    pub(in crate::channel) const fn new(url: reqwest::Url) -> Self {
        Self(url)
    }

    pub(in crate::channel) fn get(&self) -> reqwest::Url {
        self.0.clone()
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
