//! Logs, and what systemd is told.
//!
//! **Invariant.** A log line carries words of this house, ids of the configuration and numbers; never a name, a number
//! or an address of a person, a token, or the path of a request.

use std::io::IsTerminal as _;
use std::time::Duration;

use sd_notify::NotifyState;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Logs to standard error from here on: for people on a terminal, as JSON under systemd.
///
/// `level` is a filter such as `info` or `watchfire=debug`; one that cannot be read counts as `info`.
pub fn log_to_stderr(level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_unreadable| EnvFilter::new("info"));
    // What reads spreadsheets would say what it found odd in somebody's.
    let filter = match "calamine=off".parse() {
        Ok(silent) => filter.add_directive(silent),
        Err(_unreadable) => filter,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let set = if std::io::stderr().is_terminal() {
        registry.with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr)).try_init()
    } else {
        let json = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
        registry.with(json.with_writer(std::io::stderr)).try_init()
    };
    // A second call, as in a test, leaves the first in place.
    drop(set);
    // What a panic says may quote what it choked on; where it happened is enough to find it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
}

/// Tells systemd, where it listens; anywhere else nothing happens.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// The daemon is ready.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The daemon reads its configuration again; [`ready`] follows, whether or not it is adopted.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(since) => tell(&[NotifyState::Reloading, since]),
        Err(error) => tracing::debug!(%error, "systemd was not told of a reload"),
    }
}

/// One line on how it is.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// The daemon is stopping.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The engine has made progress.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often systemd wants to hear that the engine makes progress: half of its limit.
#[must_use]
pub fn watchdog_every() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}
