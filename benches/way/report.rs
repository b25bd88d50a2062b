//! What was seen, as a table for a reader and as JSON for a program.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::load::{Kind, Slice, Way};
use super::site::Resident;

/// The share of requests that touch nothing, at the middle number of connections.
const SHARE_LEAST: f64 = 0.4;
const SHARE_CONNECTIONS: usize = 64;
/// From the 202 to the provider's socket, in milliseconds.
const ONWARD_P50_MS: f64 = 1.5;
const ONWARD_P99_MS: f64 = 7.0;
/// With cases of the past nothing is slower by as much.
const GROWN_MOST: f64 = 0.2;
const START_MOST: Duration = Duration::from_secs(2);
const RESIDENT_MB: f64 = 30.0;

/// Everything that was seen.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) starts: Vec<Start>,
    pub(crate) idle: Vec<(String, Resident)>,
    pub(crate) latencies: Vec<Latency>,
    pub(crate) rates: Vec<Rates>,
}

/// How long a start took.
pub(crate) struct Start {
    pub(crate) what: String,
    pub(crate) took: Duration,
}

/// Ways at light load, each sorted, in milliseconds.
pub(crate) struct Latency {
    pub(crate) cases: &'static str,
    /// From the last byte sent to the 202.
    answered: Vec<f64>,
    /// From the 202 to the provider's socket.
    onward: Vec<f64>,
    /// From the last byte sent to the provider's socket.
    whole: Vec<f64>,
}

/// Rounds of what touches nothing and what is measured, in turn.
pub(crate) struct Rates {
    cases: &'static str,
    kind: Kind,
    connections: usize,
    pub(crate) rounds: Vec<(Slice, Slice)>,
}

impl Latency {
    pub(crate) fn of(cases: &'static str, ways: &[Way]) -> Self {
        let sorted = |span: &dyn Fn(&Way) -> f64| {
            let mut spans: Vec<f64> = ways.iter().map(span).collect();
            spans.sort_by(f64::total_cmp);
            spans
        };
        let ms = |from: std::time::Instant, to: std::time::Instant| {
            // The SMS may be there before the client has read its answer.
            to.saturating_duration_since(from).as_secs_f64() * 1_000.0
        };
        Self {
            cases,
            answered: sorted(&|way| ms(way.sent, way.accepted)),
            onward: sorted(&|way| ms(way.accepted, way.came)),
            whole: sorted(&|way| ms(way.sent, way.came)),
        }
    }
}

impl Rates {
    pub(crate) const fn new(cases: &'static str, kind: Kind, connections: usize) -> Self {
        Self { cases, kind, connections, rounds: Vec::new() }
    }

    const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Nothing => "nothing",
            Kind::Reading => "reading",
            Kind::Fever => "fever",
            Kind::Suspected => "suspected",
        }
    }

    fn sorted(&self, of: impl Fn(&(Slice, Slice)) -> f64) -> Vec<f64> {
        let mut found: Vec<f64> = self.rounds.iter().map(of).collect();
        found.sort_by(f64::total_cmp);
        found
    }

    fn shares(&self) -> Vec<f64> {
        self.sorted(|(nothing, durable)| durable.per_second() / nothing.per_second())
    }

    /// Processor time of one, in microseconds, over all rounds.
    fn work_us(&self, of: impl Fn(&(Slice, Slice)) -> Slice) -> f64 {
        let slices: Vec<Slice> = self.rounds.iter().map(of).collect();
        let worked: f64 = slices.iter().map(|slice| slice.worked.as_secs_f64()).sum();
        let answers: u64 = slices.iter().map(|slice| slice.answers).sum();
        worked * 1e6 / answers.max(1) as f64
    }
}

/// The value that so many percent of a sorted row are not above.
fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

fn aim(kept: bool) -> &'static str {
    if kept { "" } else { "  (missed)" }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        writeln!(
            f,
            "The way of an event: {cores} cores, shared by the daemon, the client and the provider\n"
        )?;
        self.write_rates(f)?;
        self.write_latencies(f)?;
        self.write_growth(f)?;
        writeln!(f, "From exec to ready, s")?;
        for start in &self.starts {
            let kept = start.took < START_MOST;
            writeln!(f, "{:70} {:6.2}{}", start.what, start.took.as_secs_f64(), aim(kept))?;
        }
        writeln!(f, "aim: under {}\n", START_MOST.as_secs())?;
        writeln!(f, "Resident when idle, MB                   all   own  threads")?;
        for (what, resident) in &self.idle {
            let mb = |kib: u64| kib as f64 * 1_024.0 / 1e6;
            let (all, own) = (mb(resident.all_kib), mb(resident.own_kib));
            writeln!(f, "{what:36} {all:7.1} {own:5.1} {:8}{}", resident.threads, aim(all < RESIDENT_MB))?;
        }
        write!(f, "aim: under {RESIDENT_MB}")
    }
}

impl Report {
    fn write_rates(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Durable events a second, as a share of requests that touch nothing; in brackets least and most"
        )?;
        writeln!(
            f,
            "cases    event    conns  share              durable/s  nothing/s   CPU us each: durable, nothing"
        )?;
        for rates in &self.rates {
            let shares = rates.shares();
            let (low, high) = (quantile(&shares, 0), quantile(&shares, 100));
            writeln!(
                f,
                "{:8} {:8} {:5}  {:.2} [{low:.2}-{high:.2}]   {:9.0}  {:9.0}   {:6.1} {:6.1}{}",
                rates.cases,
                rates.name(),
                rates.connections,
                quantile(&shares, 50),
                quantile(&rates.sorted(|(_, durable)| durable.per_second()), 50),
                quantile(&rates.sorted(|(nothing, _)| nothing.per_second()), 50),
                rates.work_us(|(_, durable)| *durable),
                rates.work_us(|(nothing, _)| *nothing),
                aim(rates.connections != SHARE_CONNECTIONS || quantile(&shares, 50) >= SHARE_LEAST),
            )?;
        }
        writeln!(f, "aim: {SHARE_LEAST:.2} at {SHARE_CONNECTIONS} connections\n")
    }

    fn write_latencies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "A suspected case at light load, ms    p50   p99   most")?;
        for latency in &self.latencies {
            let rows = [
                ("sent to accepted", &latency.answered),
                ("accepted to socket", &latency.onward),
                ("sent to socket", &latency.whole),
            ];
            for (what, row) in rows {
                let (p50, p99) = (quantile(row, 50), quantile(row, 99));
                let kept = what != "accepted to socket" || (p50 < ONWARD_P50_MS && p99 < ONWARD_P99_MS);
                let most = quantile(row, 100);
                writeln!(f, "{:8} {what:24} {p50:7.2} {p99:5.2} {most:6.2}{}", latency.cases, aim(kept))?;
            }
        }
        writeln!(f, "aim: accepted to socket p50 under {ONWARD_P50_MS} and p99 under {ONWARD_P99_MS}\n")
    }

    fn write_growth(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "How much slower with cases of the past than without    %")?;
        for (what, grown) in self.growth() {
            writeln!(f, "{what:50} {:+6.0}{}", grown * 100.0, aim(grown < GROWN_MOST))?;
        }
        writeln!(f, "aim: less than {:.0}\n", GROWN_MOST * 100.0)
    }

    /// By how much of itself each grows where there are cases of the past: the middle of each span, and the time for
    /// one event as a multiple of the time for one that touches nothing.
    fn growth(&self) -> Vec<(String, f64)> {
        let mut growth = Vec::new();
        let of = |cases: &str| self.latencies.iter().find(|it| it.cases == cases);
        if let (Some(without), Some(with)) = (of("without"), of("with")) {
            let pairs = [
                ("sent to accepted", &without.answered, &with.answered),
                ("accepted to socket", &without.onward, &with.onward),
                ("sent to socket", &without.whole, &with.whole),
            ];
            let grown = |before: &[f64], after: &[f64]| quantile(after, 50) / quantile(before, 50) - 1.0;
            growth.extend(pairs.map(|(what, before, after)| (format!("{what}, p50"), grown(before, after))));
        }
        for with in self.rates.iter().filter(|it| it.cases == "with") {
            let same = |it: &&Rates| {
                it.cases == "without" && it.name() == with.name() && it.connections == with.connections
            };
            if let Some(without) = self.rates.iter().find(same) {
                let what = format!("{}, conns {}", with.name(), with.connections);
                growth.push((what, quantile(&without.shares(), 50) / quantile(&with.shares(), 50) - 1.0));
            }
        }
        growth
    }

    pub(crate) fn json(&self) -> Value {
        let rates: Vec<Value> = self.rates.iter().map(rates).collect();
        let latencies: Vec<Value> = self.latencies.iter().map(latency).collect();
        let starts: Vec<Value> = self
            .starts
            .iter()
            .map(|it| json!({ "what": it.what, "ready_s": it.took.as_secs_f64() }))
            .collect();
        let idle = self.idle.iter().map(|(what, it)| {
            json!({ "what": what, "resident_kib": it.all_kib, "own_kib": it.own_kib, "threads": it.threads })
        });
        json!({
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
            "rates": rates, "latencies": latencies, "starts": starts, "idle": idle.collect::<Vec<Value>>(),
            "grown": self.growth().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        })
    }
}

fn rates(rates: &Rates) -> Value {
    let per_second = |slices: Vec<f64>| quantile(&slices, 50);
    json!({
        "cases": rates.cases, "event": rates.name(), "connections": rates.connections, "shares": rates.shares(),
        "durable_per_s": per_second(rates.sorted(|(_, durable)| durable.per_second())),
        "nothing_per_s": per_second(rates.sorted(|(nothing, _)| nothing.per_second())),
        "durable_cpu_us": rates.work_us(|(_, durable)| *durable),
        "nothing_cpu_us": rates.work_us(|(nothing, _)| *nothing),
    })
}

fn latency(latency: &Latency) -> Value {
    let row = |sorted: &[f64]| json!({ "p50": quantile(sorted, 50), "p99": quantile(sorted, 99), "most": quantile(sorted, 100) });
    json!({
        "cases": latency.cases, "sent_to_accepted_ms": row(&latency.answered),
        "accepted_to_socket_ms": row(&latency.onward), "sent_to_socket_ms": row(&latency.whole),
    })
}
