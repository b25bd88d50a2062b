//! The benchmark of the way of an event: `cargo bench`, or `cargo bench -- --quick` for a run of seconds.
//!
//! It starts the real binary on a folder of its own and speaks HTTP to it from a small client on one thread; a
//! stand-in takes the messages. Absolute figures say as much of the machine as of the daemon, so rates are told as
//! shares of the same server's rate for a request that touches nothing, asked in turn with what is measured.
//!
//! What touches nothing is the heartbeat of a device: the same route, the same credentials, a body of the same length,
//! which is read and understood to its end, answered with 200 and recorded nowhere.
//!
//! | | |
//! |---|---|
//! | reading | an event that opens no case: sealed, indexed, journaled |
//! | fever | an event of a person of its own, which opens a case and starts a plan |
//! | accepted to socket | from the client's reading of the 202 to the first byte of the SMS at the provider |
//! | cases | what is past: opened, closed and archived over a hundred days, the last thousand open |
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints what it saw, and ends where it cannot go on"
)]

#[path = "shared/ground.rs"]
mod ground;
#[path = "way/load.rs"]
mod load;
#[path = "way/past.rs"]
mod past;
#[path = "way/provider.rs"]
mod provider;
#[path = "way/report.rs"]
mod report;
#[path = "way/site.rs"]
mod site;
#[path = "shared/stepped.rs"]
mod stepped;

use std::time::Duration;

use ground::Daemon;
use load::{Kind, Lines};
use provider::Provider;
use report::{Latency, Rates, Report, Start};
use site::Site;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Plan {
    connections: &'static [usize],
    rounds: usize,
    slice: Duration,
    light: usize,
    cases: u32,
    open: u32,
    rest: Duration,
}

const WHOLE: Plan = Plan {
    connections: &[1, 64, 256],
    rounds: 5,
    slice: Duration::from_millis(800),
    light: 400,
    cases: 100_000,
    open: 1_000,
    rest: Duration::from_secs(5),
};

const QUICK: Plan = Plan {
    connections: &[1, 64],
    rounds: 1,
    slice: Duration::from_millis(150),
    light: 20,
    cases: 400,
    open: 40,
    rest: Duration::from_millis(300),
};

/// Between two events at light load.
const LIGHT_EVERY: Duration = Duration::from_millis(40);

fn main() {
    let said: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| said.iter().any(|it| it == word);
    if let Some(odd) = said.iter().find(|it| !["--quick", "--json", "--bench"].contains(&it.as_str())) {
        eprintln!("{odd} is not known; there are --quick and --json");
        std::process::exit(2);
    }
    let plan = if has("--quick") { QUICK } else { WHOLE };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(measure(plan));
    if has("--json") {
        println!("{}", report.json());
    } else {
        println!("{report}");
    }
}

async fn measure(plan: Plan) -> Report {
    let provider = Provider::start().await;
    let mut report = Report::default();

    eprintln!("without cases ...");
    let site = Site::new(provider.port);
    let (daemon, took) = site.start().await;
    report.starts.push(Start { what: "empty folder".to_owned(), took });
    site.arm().await;
    tokio::time::sleep(plan.rest).await;
    report.idle.push(("without cases".to_owned(), daemon.resident()));
    load(&site, &daemon, &provider, (plan, "without"), &mut report).await;
    drop(daemon);
    drop(site);

    eprintln!("writing {} cases of the past, {} of them open ...", plan.cases, plan.open);
    let site = Site::new(provider.port);
    past::write(&site, plan.cases, plan.open);
    let with = format!("{} cases, {} open", plan.cases, plan.open);
    let (daemon, took) = site.start().await;
    report.starts.push(Start { what: format!("{with}: no snapshot, the whole journal"), took });
    tokio::time::sleep(plan.rest).await;
    daemon.stop().await;
    let (daemon, took) = site.start().await;
    report.starts.push(Start { what: format!("{with}: after an ordered end"), took });
    site.arm().await;
    tokio::time::sleep(plan.rest).await;
    report.idle.push((with.clone(), daemon.resident()));
    // Events that no snapshot knows: the next start replays them.
    let mut lines = Lines::open(site.0.port, 8).await;
    lines.count(Kind::Fever, 4_000.min(plan.cases)).await;
    drop(daemon);
    let (daemon, took) = site.start().await;
    report.starts.push(Start { what: format!("{with}: after kill -9, behind the snapshot"), took });
    tokio::time::sleep(plan.rest).await;
    eprintln!("with cases ...");
    load(&site, &daemon, &provider, (plan, "with"), &mut report).await;
    report
}

/// Latency at light load first, then readings, then fevers, which leave cases behind.
async fn load(
    site: &Site,
    daemon: &Daemon,
    provider: &Provider,
    (plan, cases): (Plan, &'static str),
    report: &mut Report,
) {
    let mut line = Lines::open(site.0.port, 1).await;
    line.light(provider, plan.light / 10, LIGHT_EVERY).await;
    let found = line.light(provider, plan.light, LIGHT_EVERY).await;
    report.latencies.push(Latency::of(cases, &found));
    drop(line);
    for kind in [Kind::Reading, Kind::Fever] {
        for &connections in plan.connections {
            let mut lines = Lines::open(site.0.port, connections).await;
            lines.rate(daemon, Kind::Nothing, plan.slice / 2).await;
            lines.rate(daemon, kind, plan.slice / 4).await;
            let mut rates = Rates::new(cases, kind, connections);
            for _ in 0..plan.rounds {
                let nothing = lines.rate(daemon, Kind::Nothing, plan.slice).await;
                let durable = lines.rate(daemon, kind, plan.slice).await;
                rates.rounds.push((nothing, durable));
            }
            report.rates.push(rates);
        }
    }
}
