//! watchfire (烽火): a duty officer that never sleeps.
//!
//! The daemon is one list of facts and one function that extends it. Everything else either brings commands in, or
//! carries notifications out.
//!
//! # The house
//!
//! A room imports from lower floors alone.
//!
//! | floor | rooms |
//! |---|---|
//! | 7 | [`cli`], and `main` on top |
//! | 6 | [`app`]: open, recover, spawn, shut down in order |
//! | 5 | [`config`]: TOML becomes settings and the directory of people; [`telemetry`] |
//! | 4 | [`http`]: what comes in; [`outbox`]: what goes out |
//! | 3 | [`engine`]: the one writer; [`ledger`]: hands out and verifies what the journal says; [`staff`]: who works in which unit |
//! | 2 | [`journal`]: the chain of entries; [`vault`]: personal data, sealed; [`index`]: the past; [`channel`]: one message at a time; [`sheet`]: CSV and XLSX |
//! | 1 | [`domain`]: the rules |
//! | 0 | [`time`]; [`metrics`] |
//!
//! # From a webhook to a telephone
//!
//! 1. A gate posts a reading. [`http::serve`] accepts the connection; `http::events` finds the source by its token;
//!    [`http::intake::parse`] makes a [`http::intake::FeverEvent`] of the body.
//! 2. What a person may have written is sealed by [`vault::seal`]; who it is about becomes a blind token
//!    ([`vault::Blind`]). The rest is a [`domain::command::FeverReport`], stamped with both clocks at the last byte.
//! 3. [`engine::Handle::submit_work`] puts it into the queue. [`engine::Core::step`] takes what waits and what is due,
//!    asks [`index`] whether the event came before, and calls [`domain::decide`]: facts, or a rejection.
//! 4. The facts open a case, start its clock, and plan notifications. [`domain::check`] looks at what they touched.
//! 5. [`vault::Vault::put_all`] syncs the payloads, [`journal::Journal::append`] syncs the entries, [`index`] is told,
//!    the state is published - and only now the gate gets its 202.
//! 6. [`outbox::Outbox`] wakes: [`domain::proposals`] says what could go; it renders the message by
//!    [`channel::text::Texts`], seals the rendering, and asks for `StartAttempt`. Only the answer starts a request.
//! 7. [`channel::Channel::deliver`] posts the call to the provider. The outcome comes back as `EndAttempt`; the key that
//!    the duty officer presses comes back as a receipt; both are facts, and the ringing stops.

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
pub mod sheet;
pub mod staff;
pub mod telemetry;
pub mod time;
pub mod vault;
