//! The simulation from a seed: the engine's own step through hours of virtual time, with crashes between any two
//! steps, a disk that fails, clocks that jump, providers and people as they are; then checkers, one for each promise.
//!
//! The checkers read the journal's lines and what the stand-ins received, and call nothing of the library.
//!
//! `cargo test --test sim` plays 200 seeds. `WATCHFIRE_SEEDS=417 cargo test --test sim seeds` plays one again and
//! prints its journal; `WATCHFIRE_SEEDS=0..100000` is a long run. Periods are played by the month:
//! `WATCHFIRE_MONTHS=1..20 cargo test --test sim month`.
#![expect(clippy::unwrap_used, reason = "a simulation that cannot go on fails")]
#![expect(clippy::indexing_slicing, reason = "the lists are made here")]

mod chance;
mod channels;
mod checkers;
mod days;
mod faults;
mod fevers;
mod handlers;
mod lasting;
mod lines;
mod losses;
mod office;
mod offices;
mod outbox;
mod people;
mod periods;
mod record;
mod site;
#[cfg(test)]
mod tampered;
mod world;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use channels::Channels;
use faults::Trouble;
use people::Manners;
use record::Record;
use site::{HOUR, MINUTE};
use world::{Act, World};

/// So many seeds are played by default.
const SEEDS: u64 = 200;
/// So long faults may happen, and so long everything is well afterwards: the longest window of a channel's limits
/// but the daily one, and the slowest pursuit twice.
const TROUBLED: u64 = 80 * MINUTE;
const CALM: u64 = HOUR + 45 * MINUTE;
/// So many lines of the journal are shown of the first seed that failed; of one that is played alone, all.
const LINES_SHOWN: usize = 40;

/// Plays one seed to its end.
fn play(seed: u64) -> Record {
    let mut world = World::new(seed);
    world.channels = Channels::of(&mut world.chance, &mut world.whim);
    world.manners = Manners::of(&mut world.chance, &mut world.whim);
    world.record.faults.channels = world.channels.misbehave();
    // In every eighth run the cases are closed and leave memory, and in some of them personal data goes in its time.
    let long = days::is_long(seed);
    world.site.keeps = (long && world.vault_chance.percent(50)).then_some(days::KEPT);
    world.start();
    world.order_events(TROUBLED, long);
    world.order_faults(TROUBLED);
    world.live_until(TROUBLED);
    // The faults stop: from here on everything that is owed must come about.
    world.calm_down();
    world.channels.behave();
    // The daemon alone brings it about where the limits of its calls were counted by a right clock: by one that was
    // hours ahead they last for hours.
    let alone = world.chance.percent(30) && world.record.faults.clocks_true();
    world.manners = if alone { Manners::LEFT_TO_IT } else { Manners::DUTIFUL };
    world.after(0, Act::Trouble(Trouble::Room));
    world.after(0, Act::Trouble(Trouble::Right));
    world.after(0, Act::Trouble(Trouble::Start));
    world.after(0, Act::Trouble(Trouble::Arm));
    // In every other run nobody says that the clock is right: it has to find out by itself.
    if seed.is_multiple_of(2) {
        world.after(MINUTE, Act::Trouble(Trouble::Trust));
    }
    // Not everything that was taken out comes back; of what does not, the office brings some by other means.
    if world.chance.percent(60) {
        let at = world.chance.below(10 * MINUTE);
        world.after(at, Act::Trouble(Trouble::Restore));
    }
    if world.chance.percent(40) {
        let at = world.chance.between(1, 40) * MINUTE;
        world.after(at, Act::Trouble(Trouble::Bring));
    }
    let end = world.at + CALM;
    world.live_until(end);
    if long {
        world.live_on();
    }
    world.end()
}

/// Which seeds to play: what a variable asks for, or those of every run.
#[expect(
    clippy::disallowed_methods,
    reason = "a long run is asked for by hand; without it every run is the same"
)]
fn asked(variable: &str, always: Range<u64>) -> Range<u64> {
    let Ok(asked) = std::env::var(variable) else { return always };
    match asked.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None => {
            let one: u64 = asked.parse().unwrap();
            one..one + 1
        }
    }
}

fn show((seed, shown): (u64, usize), record: &Record, complaints: &[String]) -> String {
    let text = String::from_utf8_lossy(&record.journal);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(shown)..];
    let last: Vec<&str> = last.iter().map(|line| line.get(65..).unwrap_or(line)).collect();
    format!(
        "seed {seed}: {:?}\n  {}\nthe end of its journal:\n{}\n\
         alone: WATCHFIRE_SEEDS={seed} cargo test --test sim seeds",
        record.faults,
        complaints.join("\n  "),
        last.join("\n")
    )
}

#[test]
fn all_seeds_keep_the_promises() {
    let seeds = asked("WATCHFIRE_SEEDS", 0..SEEDS);
    let next = AtomicU64::new(seeds.start);
    let failed: Mutex<Vec<(u64, String, String)>> = Mutex::default();
    let workers = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let record = play(seed);
                    let complaints = checkers::check(&record);
                    if let Some(first) = complaints.first() {
                        let shown = if seeds.end - seeds.start == 1 { usize::MAX } else { LINES_SHOWN };
                        let shown = show((seed, shown), &record, &complaints);
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        failed.push((seed, first.clone(), shown));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort();
    let list: Vec<String> = failed.iter().map(|(seed, first, _)| format!("{seed}: {first}")).collect();
    let count = failed.len();
    if let Some((_, _, shown)) = failed.first() {
        panic!("{shown}\n\n{count} seeds of {seeds:?} failed:\n{}", list.join("\n"));
    }
}

#[test]
fn a_seed_plays_the_same_every_time() {
    for seed in [3, 13, 14] {
        let (one, other) = (play(seed), play(seed));
        assert_eq!(unsealed(&one), unsealed(&other));
        assert_eq!(one.sent.len(), other.sent.len());
    }
}

/// The journal without its hashes: a payload is sealed under a random key, its name is a hash of that, and every hash
/// behind the name follows from it.
fn unsealed(record: &Record) -> String {
    let text = String::from_utf8_lossy(&record.journal);
    let is_hash = |word: &&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !is_hash(word))
        .collect::<Vec<_>>()
        .join(" ")
}
