//! watchfire (烽火): a duty officer that never sleeps.

pub mod app;
pub mod channel;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod http;
pub mod index;
pub mod journal;
pub mod ledger;
pub mod metrics;
pub mod outbox;
pub mod telemetry;
pub mod time;
pub mod vault;
