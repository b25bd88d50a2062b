//! SMTP: one mail over one fresh connection, with every reply weighed by the command it answers.

mod held;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;

use self::held::Held;
use super::http::is_tls;
use super::settings::{SettingsError, check_timeout, may_go_in_the_clear, read_ca};
use super::slot::{Connections, Slot};
use super::{Address, DeliveryError, FailureReason, Message, Outcome, SmtpSettings, SmtpTls};

/// How long a relay is given to say good-bye, after the outcome is known.
const QUIT: Duration = Duration::from_millis(500);

/// A mail relay.
///
/// lettre's own transport is not used: it says neither which command a relay refused nor whether the text had left,
/// and both decide what happens next. Its connection does the talking, one per mail, never kept: a connection on which
/// a send was given up answers the next one with the last one's replies.
pub struct Smtp {
    host: String,
    port: u16,
    tls: SmtpTls,
    parameters: Option<TlsParameters>,
    credentials: Option<Credentials>,
    from: Mailbox,
    timeout: Duration,
    connections: Connections,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// The command that is being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Waiting,
    Connect,
    Greeting,
    Starttls,
    Auth,
    Sender,
    Recipient,
    Data,
    /// The text is leaving: from here on only a reply says what became of it.
    Text,
}

impl Stage {
    const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Connect,
        Self::Greeting,
        Self::Starttls,
        Self::Auth,
        Self::Sender,
        Self::Recipient,
        Self::Data,
        Self::Text,
    ];
}

/// The stage, seen from outside the attempt, because a time-out drops it where it stands.
#[derive(Debug, Default)]
struct Progress(AtomicU8);

impl Progress {
    fn reach(&self, stage: Stage) {
        let position = Stage::ALL.iter().position(|other| *other == stage).unwrap_or(Stage::ALL.len());
        self.0.store(u8::try_from(position).unwrap_or(u8::MAX), Ordering::Release);
    }

    fn stage(&self) -> Stage {
        // Beyond the list would be beyond the last stage: nothing is known of the text.
        Stage::ALL.get(usize::from(self.0.load(Ordering::Acquire))).copied().unwrap_or(Stage::Text)
    }
}

impl Smtp {
    /// Builds the channel.
    ///
    /// # Errors
    /// Where a setting cannot be used; the error names it.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SettingsError> {
        check_timeout(settings.timeout)?;
        if settings.host.is_empty() {
            return Err(SettingsError::new("host", "expected the relay's name or address"));
        }
        if settings.port == 0 {
            return Err(SettingsError::new("port", "expected 1 to 65535"));
        }
        if settings.tls == SmtpTls::None
            && !may_go_in_the_clear(&settings.host, settings.plain_text_allowed.as_deref())
        {
            return Err(SettingsError::new(
                "tls",
                "\"none\" sends mail and password in the clear: use starttls or implicit, \
                 or say why it is safe in plain_text_allowed",
            ));
        }
        let from = settings.from.parse::<Mailbox>().map_err(|_cause| {
            SettingsError::new("from", "expected an address such as watchfire@example.cn")
        })?;
        let credentials = match (&settings.user, &settings.password) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.expose().to_owned()))
            }
            (None, None) => None,
            (Some(_), None) => return Err(SettingsError::new("password", "expected, because user is set")),
            (None, Some(_)) => return Err(SettingsError::new("user", "expected, because password is set")),
        };
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            tls: settings.tls,
            parameters: parameters(settings)?,
            credentials,
            from,
            timeout: settings.timeout,
            connections: Connections::new(settings.connections_max)?,
        })
    }

    pub(super) fn attempt_max(&self) -> Duration {
        self.timeout.saturating_add(QUIT)
    }

    pub(super) const fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(super) async fn deliver(&self, message: &Message, slot: Option<Slot>) -> Outcome {
        let Address::Email(to) = &message.to else {
            return Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::NoSuchAddress });
        };
        // Whatever could end a command or begin a header is not part of an address: lettre parses it whole.
        let Ok(to) = to.parse::<lettre::Address>() else {
            return Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::NoSuchAddress });
        };
        let Some(mail) = self.write(message, &to) else {
            return Outcome::Failed(DeliveryError::Permanent { reason: FailureReason::Unwritable });
        };
        let progress = Progress::default();
        let attempt = Box::pin(self.attempt(&to, (&mail, slot), &progress));
        let (connection, result) = match tokio::time::timeout(self.timeout, attempt).await {
            Ok(ended) => ended,
            Err(_elapsed) => (None, Err(at(progress.stage(), FailureReason::Timeout))),
        };
        if let Some(mut connection) = connection {
            // What the relay answers to a good-bye changes nothing.
            drop(tokio::time::timeout(QUIT, connection.quit()).await);
        }
        match result {
            Ok(()) => Outcome::Accepted { provider_id: None },
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Connects, says everything, and hands the connection back where it can still be closed politely.
    async fn attempt(
        &self,
        to: &lettre::Address,
        (mail, slot): (&[u8], Option<Slot>),
        progress: &Progress,
    ) -> (Option<AsyncSmtpConnection>, Result<(), DeliveryError>) {
        let Some(_slot) = self.connections.take(slot).await else {
            return (None, Err(at(Stage::Waiting, FailureReason::Busy)));
        };
        let mut connection = match self.connect(progress).await {
            Ok(connection) => connection,
            Err(error) => return (None, Err(error)),
        };
        let result = self.say(&mut connection, to, mail, progress).await;
        let polite = result.as_ref().err().is_none_or(|error| error.status().is_some());
        let result = result.map_err(|error| weigh(progress.stage(), &error)).and_then(|reply| {
            // Anything but 250 to the text is an answer to something else.
            if reply.has_code(250) { Ok(()) } else { Err(at(Stage::Text, FailureReason::BadAnswer)) }
        });
        (polite.then_some(connection), result)
    }

    async fn connect(&self, progress: &Progress) -> Result<AsyncSmtpConnection, DeliveryError> {
        progress.reach(Stage::Connect);
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((self.host.as_str(), self.port))
            .await
            .map(Iterator::collect)
            .map_err(|_cause| at(Stage::Connect, FailureReason::Dns))?;
        let hello = ClientId::default();
        let weighed = |error: Error| weigh(progress.stage(), &error);
        match (self.tls, &self.parameters) {
            (SmtpTls::Implicit, Some(parameters)) => {
                let parameters = Some(parameters.clone());
                let all = addresses.as_slice();
                AsyncSmtpConnection::connect_tokio1(all, Some(self.timeout), &hello, parameters, None)
                    .await
                    .map_err(weighed)
            }
            (SmtpTls::Starttls, Some(parameters)) => {
                let stream = TcpStream::connect(addresses.as_slice())
                    .await
                    .map_err(|_cause| at(Stage::Connect, FailureReason::Connect))?;
                let (stream, hold) = Held::new(stream);
                progress.reach(Stage::Greeting);
                let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello)
                    .await
                    .map_err(weighed)?;
                progress.reach(Stage::Starttls);
                connection.starttls(parameters.clone(), &hello).await.map_err(weighed)?;
                hold.release();
                Ok(connection)
            }
            (SmtpTls::None, _) => {
                let stream = TcpStream::connect(addresses.as_slice())
                    .await
                    .map_err(|_cause| at(Stage::Connect, FailureReason::Connect))?;
                progress.reach(Stage::Greeting);
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await.map_err(weighed)
            }
            // The constructor makes parameters for both; without them nothing is sent.
            (SmtpTls::Implicit | SmtpTls::Starttls, None) => Err(at(Stage::Connect, FailureReason::Tls)),
        }
    }

    async fn say(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: &lettre::Address,
        mail: &[u8],
        progress: &Progress,
    ) -> Result<Response, Error> {
        if let Some(credentials) = &self.credentials {
            progress.reach(Stage::Auth);
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        progress.reach(Stage::Sender);
        let info = connection.server_info();
        let mut parameters = Vec::new();
        if !(self.from.email.as_ref() as &str).is_ascii() || !(to.as_ref() as &str).is_ascii() {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if info.supports_feature(Extension::EightBitMime) && !mail.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        connection.command(Mail::new(Some(self.from.email.clone()), parameters)).await?;
        progress.reach(Stage::Recipient);
        connection.command(Rcpt::new(to.clone(), Vec::new())).await?;
        progress.reach(Stage::Data);
        connection.command(Data).await?;
        progress.reach(Stage::Text);
        connection.message(mail).await
    }

    /// The mail as it goes over the wire; the same key gives the same Message-ID, by which a mailbox can tell a repeat.
    fn write(&self, message: &Message, to: &lettre::Address) -> Option<Vec<u8>> {
        let subject: String = message
            .subject
            .as_deref()
            .unwrap_or_default()
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            .message_id(Some(format!("<{}@{}>", message.key, self.from.email.domain())))
            // RFC 3834: no holiday notice shall answer a machine.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let mail = match &message.html {
            Some(html) => {
                builder.multipart(MultiPart::alternative_plain_html(message.text.clone(), html.clone()))
            }
            None => builder
                .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(message.text.clone())),
        };
        mail.ok().map(|mail| mail.formatted())
    }
}

fn parameters(settings: &SmtpSettings) -> Result<Option<TlsParameters>, SettingsError> {
    if settings.tls == SmtpTls::None {
        return Ok(None);
    }
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca {
        let bad = || SettingsError::new("ca", format!("{} holds no certificates (PEM)", path.display()));
        let root = Certificate::from_pem(&read_ca(path)?).map_err(|_cause| bad())?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(root);
    }
    builder.build().map(Some).map_err(|_cause| {
        SettingsError::new("ca", "no certificates to trust: install ca-certificates, or name a file")
    })
}

/// A failure that is not a reply.
fn at(stage: Stage, reason: FailureReason) -> DeliveryError {
    match (stage, reason) {
        (Stage::Text, _) => DeliveryError::Unknown { reason },
        (Stage::Waiting, FailureReason::Timeout) => {
            DeliveryError::Transient { reason: FailureReason::Busy, retry_after: None }
        }
        _ => DeliveryError::Transient { reason, retry_after: None },
    }
}

/// What an error means, by the command it answers; its text is dropped, for relays quote addresses.
///
/// | | 4xx | 5xx | anything else |
/// |---|---|---|---|
/// | before the text | transient | permanent: auth, no such address (RCPT), refused | transient |
/// | the text | transient | permanent: refused | unknown |
fn weigh(stage: Stage, error: &Error) -> DeliveryError {
    let Some(code) = error.status().map(u16::from) else {
        return if stage == Stage::Auth && error.is_client() {
            // The relay offers no way of signing in that we know.
            DeliveryError::Permanent { reason: FailureReason::Auth }
        } else {
            at(stage, reason(stage, error))
        };
    };
    let transient = |reason| DeliveryError::Transient { reason, retry_after: None };
    let permanent = |reason| DeliveryError::Permanent { reason };
    match (stage, code) {
        (Stage::Auth, 400..500) => transient(FailureReason::Auth),
        (_, 421) => transient(FailureReason::Server),
        (_, 452) => transient(FailureReason::Quota),
        (_, 400..500) => transient(FailureReason::Refused),
        (Stage::Auth, _) | (_, 530 | 534 | 535 | 538) => permanent(FailureReason::Auth),
        (Stage::Starttls, _) => transient(FailureReason::Tls),
        (Stage::Recipient, _) => permanent(FailureReason::NoSuchAddress),
        // A relay that refuses to talk at all (554 as a greeting) refuses us, not the message: it may change its mind.
        (Stage::Waiting | Stage::Connect | Stage::Greeting, _) => transient(FailureReason::Refused),
        (Stage::Sender | Stage::Data | Stage::Text, _) => permanent(FailureReason::Refused),
    }
}

fn reason(stage: Stage, error: &Error) -> FailureReason {
    if error.is_timeout() {
        return FailureReason::Timeout;
    }
    // No STARTTLS on offer is a client error of lettre's.
    if error.is_tls() || is_tls(std::error::Error::source(error)) || stage == Stage::Starttls {
        return FailureReason::Tls;
    }
    if error.is_response() { FailureReason::BadAnswer } else { FailureReason::Connect }
}
