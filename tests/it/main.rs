//! Tests of the house as a whole.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod absences;
mod acts;
mod answer;
mod app;
mod browser;
mod cases;
mod codes;
mod counts;
mod document;
mod errors;
mod formats;
mod forms;
mod hurry;
mod lapses;
mod late;
mod ledger;
mod maintenance;
mod outbox;
mod pack;
mod page;
mod past;
mod refusals;
mod reminders;
mod reports;
mod rights;
mod routes;
mod shared;
mod sheets;
mod signed;
mod strangers;
mod sweep;
mod tidy;
mod totals;
mod unavailable;
mod wrong;
