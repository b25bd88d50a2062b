//! Named counters: what the daemon counts about itself, for whoever asks over HTTP.
//!
//! **Invariant.** A label is a word of this house or an id of the configuration, never something that came in from
//! outside, and never anything about a person.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// A pair of label and value.
pub type Labels = Vec<(&'static str, String)>;

/// Every counter of the daemon.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Entries appended to the journal.
    pub entries: Counter,
    /// Batches synced to the journal.
    pub batches: Counter,
    /// Commands and due things whose deciding failed by a fault of ours.
    pub decisions_failed: Counter,
    /// Messages whose writing or sending failed by a fault of ours.
    pub outbox_faults: Counter,
    /// Writes to the vault that failed.
    pub vault_failed: Counter,
    /// Writes to the index that failed.
    pub index_failed: Counter,
    /// Closed segments of the journal that did not verify.
    pub journal_damaged: Counter,
    /// The journal cannot be written, and the daemon holds.
    pub holding: Gauge,
    /// The vault takes what people wrote.
    pub vault_open: Gauge,
    /// The index answers.
    pub index_open: Gauge,
    /// 1 while sending is held back until a person lets it go.
    pub held_back: Gauge,
    /// The clock is in doubt.
    pub clock_in_doubt: Gauge,
    /// Whether authorities are really rung.
    pub armed: Gauge,
    /// Open cases.
    pub cases_open: Gauge,
    /// Clocks that run.
    pub clocks_running: Gauge,
    /// Troubles of which nobody could be told.
    pub troubles_untold: Gauge,
    /// Whether the door is closed to those who report.
    pub door_closed: Gauge,
    /// Requests by route template and status.
    pub requests: Family<Labels, Counter>,
    /// Fever events by source and outcome.
    pub events: Family<Labels, Counter>,
    /// Attempts by channel and outcome.
    pub attempts: Family<Labels, Counter>,
    /// Reloads of the configuration that were refused.
    pub reloads_refused: Counter,
}

impl Metrics {
    /// Counters at zero, each with its name and help.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("watchfire");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let entries = counter("journal_entries", "Entries appended to the journal");
        let batches = counter("journal_batches", "Batches synced to the journal");
        let decisions_failed =
            counter("decisions_failed", "Commands and due things that could not be decided");
        let outbox_faults =
            counter("outbox_faults", "Messages that a fault of the program kept from being written or sent");
        let vault_failed = counter("vault_failed", "Writes to the vault that failed");
        let index_failed = counter("index_failed", "Writes to the index that failed");
        let journal_damaged =
            counter("journal_damaged", "Closed segments of the journal that did not verify");
        let reloads_refused = counter("reloads_refused", "Reloads of the configuration that were refused");
        let mut gauge = |name: &str, help: &str| {
            let gauge: Gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let holding = gauge("holding", "1 while the journal cannot be written");
        let vault_open = gauge("vault_open", "1 while the vault takes what people wrote");
        let index_open = gauge("index_open", "1 while the index answers");
        let held_back = gauge("held_back", "1 while nothing is sent until a person lets it go");
        let clock_in_doubt = gauge("clock_in_doubt", "1 while the clock is in doubt");
        let armed = gauge("armed", "1 once authorities are really rung");
        let cases_open = gauge("cases_open", "Open cases");
        let clocks_running = gauge("clocks_running", "Clocks that run");
        let door_closed = gauge("door_closed", "Whether the door is closed to those who report: 1 or 0");
        let troubles_untold = gauge("troubles_untold", "Troubles of which nobody can be told");
        let mut family = |name: &str, help: &str| {
            let family = Family::<Labels, Counter>::default();
            registry.register(name, help, family.clone());
            family
        };
        let requests = family("http_requests", "Requests by route and status");
        let events = family("events", "Fever events by source and outcome");
        let attempts = family("attempts", "Attempts by channel and outcome");
        Self {
            registry,
            entries,
            batches,
            decisions_failed,
            outbox_faults,
            vault_failed,
            index_failed,
            journal_damaged,
            holding,
            vault_open,
            index_open,
            held_back,
            clock_in_doubt,
            armed,
            cases_open,
            clocks_running,
            troubles_untold,
            door_closed,
            requests,
            events,
            attempts,
            reloads_refused,
        }
    }

    /// Counts one attempt by what became of it.
    pub fn count_attempt(&self, channel: &str, outcome: &str) {
        let labels = vec![("channel", channel.to_owned()), ("outcome", outcome.to_owned())];
        self.attempts.get_or_create(&labels).inc();
    }

    /// Counts one request by its route template.
    pub fn count_request(&self, route: &str, status: u16) {
        let labels = vec![("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts one message of a source by what became of it.
    pub fn count_event(&self, source: &str, outcome: &str) {
        let labels = vec![("source", source.to_owned()), ("outcome", outcome.to_owned())];
        self.events.get_or_create(&labels).inc();
    }

    /// All counters in the text format of Prometheus.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_never) => String::new(),
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
