//! Process tests: the real binary with real files and real sockets; killed, restarted, watched.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod daemon;
mod kill;
mod live;
mod paper;
mod recovery;
mod trace;
mod whole_way;
