//! Webhook: one request to a provider, and what its answer means.

use std::time::Duration;

use super::http::{Progress, Transport, TransportSettings, url};
use super::provider::{Provider, Stamp, Verdict};
use super::settings::SettingsError;
use super::slot::{Connections, Slot};
use super::template::Template;
use super::{DeliveryError, Message, PresetSettings, WebhookSettings};

/// A provider that is posted to.
#[derive(Debug)]
pub struct Webhook {
    transport: Transport,
    provider: Box<dyn Provider>,
}

impl Webhook {
    /// Builds the channel; templates and expressions are compiled and proved here.
    ///
    /// # Errors
    /// Where a setting cannot be used; the error names it.
    pub fn new(settings: &WebhookSettings) -> Result<Self, SettingsError> {
        let plain = settings.plain_text_allowed.as_deref();
        let url = url(&settings.url, plain)?;
        let transport = TransportSettings {
            timeout: settings.timeout,
            ca: settings.ca.as_deref(),
            connections_max: settings.connections_max,
        };
        Ok(Self {
            transport: Transport::new(transport, &url)?,
            provider: Box::new(Template::new(settings, url)?),
        })
    }

    /// Builds the channel of a provider that is known here.
    ///
    /// # Errors
    /// Where a setting cannot be used; the error names it.
    pub fn preset(settings: &PresetSettings) -> Result<Self, SettingsError> {
        let url = settings.address()?;
        let transport = TransportSettings {
            timeout: settings.timeout,
            ca: settings.ca.as_deref(),
            connections_max: settings.connections_max,
        };
        let transport = Transport::new(transport, &url)?;
        Ok(Self { transport, provider: settings.provider(url) })
    }

    pub(super) const fn attempt_max(&self) -> Duration {
        self.transport.timeout()
    }

    pub(super) const fn connections(&self) -> &Connections {
        self.transport.connections()
    }

    pub(super) async fn deliver(&self, message: &Message, stamp: &Stamp, slot: Option<Slot>) -> Verdict {
        let progress = Progress::default();
        let attempt = self.attempt(message, stamp, (slot, &progress));
        match tokio::time::timeout(self.transport.timeout(), attempt).await {
            Ok(verdict) => verdict,
            Err(_elapsed) => Verdict::failed(progress.ran_out()),
        }
    }

    async fn attempt(
        &self,
        message: &Message,
        stamp: &Stamp,
        (slot, progress): (Option<Slot>, &Progress),
    ) -> Verdict {
        let signed = Stamp { at: self.transport.theirs(stamp.at), nonce: stamp.nonce.clone() };
        // What cannot be written is found before it waits for a connection.
        let ask = match self.provider.ask(message, &signed) {
            Ok(ask) => ask,
            Err(reason) => return Verdict::failed(DeliveryError::Permanent { reason }),
        };
        let Some(_slot) = self.transport.connection(slot, progress).await else {
            return Verdict::failed(progress.ran_out());
        };
        match self.transport.send(ask, stamp.at, progress).await {
            Ok(answer) => self.provider.judge(&answer, &signed),
            Err(error) => Verdict::failed(error),
        }
    }
}
