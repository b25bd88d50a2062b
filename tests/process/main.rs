//! Process tests: the real binary with real files and real sockets; killed, restarted, watched.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod answer;
mod bulletins;
mod calendar;
mod canary;
mod clocks;
mod commands;
mod crowded;
mod daemon;
mod deploy;
mod disk;
mod door;
mod erased;
mod faults;
mod history;
mod import;
mod kill;
mod listed;
mod live;
mod numbers;
mod pack;

mod paper;
mod presets;
mod printed;
mod provider;
mod record;
mod recovery;
mod removed;
mod renamed;
mod roster;
mod sandbox;
mod sheets;
mod slow;
mod smtp;
mod start;
mod stores;
mod trace;
mod webhooks;
mod whole_way;
