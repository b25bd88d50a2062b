//! What the doors are built from; `config` fills these.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::credential::{SigningSecret, Tokens};
use super::intake::Format;
use crate::domain::directory::Role;
use crate::domain::names::{ChannelId, ClientId, SourceId};

/// The doors: where they listen, and who may come in.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Where the daemon listens.
    pub listen: SocketAddr,
    /// Links begin with this.
    pub public_url: String,
    /// How the daemon asks for itself at its public address; not at all where nothing stands in front of it.
    pub probe: Option<ProbeSettings>,
    /// Whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// Who may send fever events.
    pub sources: BTreeMap<SourceId, SourceSettings>,
    /// Programs that call the rest of the API.
    pub clients: Vec<ClientSettings>,
    /// Where providers' receipts come in.
    pub receipts: BTreeMap<ChannelId, ReceiptSettings>,
}

/// How the daemon asks for itself from outside its listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeSettings {
    /// Where: links begin with this, or it is what leads to the same door.
    pub url: String,
    /// How often.
    pub every: Duration,
    /// The certificates that may have signed the front door's (PEM); the machine's own without it.
    pub ca: Option<PathBuf>,
}

impl ProbeSettings {
    /// The address as the record has it: its hash.
    #[must_use]
    pub fn door(&self) -> String {
        hex::encode(Sha256::digest(&self.url))
    }
}

/// One source of fever events.
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// The shape it sends in.
    pub format: Format,
    /// Its bearer tokens.
    pub tokens: Tokens,
    /// Its path secrets, for `POST /v1/sources/{source}/{secret}`.
    pub path_secrets: Tokens,
    /// Its secrets for Standard Webhooks.
    pub signing: Vec<SigningSecret>,
    /// Silent for longer, it is told of.
    pub expect_every: Option<Duration>,
}

/// One program.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Its id, as the record names it.
    pub id: ClientId,
    /// What it may do.
    pub role: Role,
    /// Its bearer tokens.
    pub tokens: Tokens,
}

/// How the receipts of one channel prove themselves; empty where it has none.
#[derive(Debug, Clone, Default)]
pub struct ReceiptSettings {
    /// Bearer tokens.
    pub tokens: Tokens,
    /// Path secrets, for `POST /v1/receipts/{channel}/{secret}`.
    pub path_secrets: Tokens,
}
