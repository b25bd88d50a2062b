//! What a channel is built from; `config` fills these, and each constructor checks its own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

/// The longest any one attempt may take, whatever is configured: an open attempt blocks its notification.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(120);

/// A text that is never shown: a password, a token, a URL with a key in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A setting a channel cannot be built from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct SettingsError {
    /// The key as it stands in the configuration.
    pub field: &'static str,
    /// What is wrong and what is expected; never quotes a secret.
    pub problem: String,
}

impl SettingsError {
    pub(super) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

/// What a webhook channel is built from.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Where each message is posted; group robots carry their key in it.
    pub url: Secret,
    /// A minijinja template of the JSON that is posted; every `{{ value }}` in it is written as JSON.
    pub body: String,
    /// More headers; every value is treated as a secret.
    pub headers: BTreeMap<String, Secret>,
    /// An expression over `status` and `body`: true where the message was accepted. Absent: any 2xx.
    pub accepted_if: Option<String>,
    /// An expression: true where the provider says that money or a quota is used up.
    pub exhausted_if: Option<String>,
    /// An expression: true where the provider says that it will never accept this message.
    pub refused_if: Option<String>,
    /// An expression that finds the provider's own id of the message in its answer.
    pub id: Option<String>,
    /// How long one attempt may take, waiting for a free connection included.
    pub timeout: Duration,
    /// A file with the only authorities that are trusted (PEM). Absent: those of the machine.
    pub ca: Option<PathBuf>,
    /// How many requests may be open at once.
    pub connections_max: usize,
    /// Why `http://` is allowed to a host that is not this machine.
    pub plain_text_allowed: Option<String>,
}

impl WebhookSettings {
    /// The settings of a webhook of which only the required two are given.
    #[must_use]
    pub fn new(url: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            body: body.into(),
            headers: BTreeMap::new(),
            accepted_if: None,
            exhausted_if: None,
            refused_if: None,
            id: None,
            timeout: Duration::from_secs(5),
            ca: None,
            connections_max: 8,
            plain_text_allowed: None,
        }
    }
}

/// How a mail connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// The connection begins in the clear and must be upgraded before anything else is said (port 587).
    Starttls,
    /// The connection is encrypted from its first byte (port 465).
    Implicit,
    /// Never encrypted: to this machine, or with a reason.
    None,
}

/// What a mail channel is built from.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The relay's name or address.
    pub host: String,
    /// The relay's port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// Why `tls = "none"` is allowed to a host that is not this machine.
    pub plain_text_allowed: Option<String>,
    /// Who signs in; absent: nobody does.
    pub user: Option<String>,
    /// The password of `user`.
    pub password: Option<Secret>,
    /// A file with the only authorities that are trusted (PEM). Absent: those of the machine.
    pub ca: Option<PathBuf>,
    /// The sender, as `name@host` or `Name <name@host>`.
    pub from: String,
    /// How long one attempt may take, waiting for a free connection included.
    pub timeout: Duration,
    /// How many connections may be open at once.
    pub connections_max: usize,
}

impl SmtpSettings {
    /// The settings of a relay of which only the required four are given.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16, tls: SmtpTls, from: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            tls,
            plain_text_allowed: None,
            user: None,
            password: None,
            ca: None,
            from: from.into(),
            timeout: Duration::from_secs(30),
            connections_max: 2,
        }
    }
}

pub(super) fn check_timeout(timeout: Duration) -> Result<(), SettingsError> {
    if timeout.is_zero() || timeout > TIMEOUT_MAX {
        return Err(SettingsError::new("timeout", "expected more than 0s and at most 2m"));
    }
    Ok(())
}

pub(super) fn check_connections(connections_max: usize) -> Result<(), SettingsError> {
    if !(1..=256).contains(&connections_max) {
        return Err(SettingsError::new("connections_max", "expected 1 to 256"));
    }
    Ok(())
}

pub(super) fn read_ca(path: &std::path::Path) -> Result<Vec<u8>, SettingsError> {
    std::fs::read(path).map_err(|error| {
        SettingsError::new("ca", format!("{} cannot be read: {}", path.display(), error.kind()))
    })
}

/// Whether messages may go to a host unencrypted: to this machine, or for a reason that somebody gave.
pub(super) fn may_go_in_the_clear(host: &str, reason: Option<&str>) -> bool {
    is_loopback(host) || reason.is_some_and(|reason| !reason.trim().is_empty())
}

/// Whether a host name or address is this machine; decided by the text, for names can be made to point anywhere.
fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.cn", "10.0.0.1", "127.0.0.1.example.cn", "0.0.0.0", "::", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let settings = WebhookSettings::new("https://example.cn/send?key=canary", "{}");
        assert!(!format!("{settings:?}").contains("canary"));
    }
}
