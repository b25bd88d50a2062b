//! The benchmark of periods: `cargo bench --bench periods`, or with `-- --quick` for a run of seconds.
//!
//! The first half drives the engine itself, with its journal, its vault and its index on the disk and a clock that is
//! moved by hand; the second starts the real binary on what a year left behind. Absolute figures say as much of the
//! machine as of the daemon, so each is told beside another of the same run: what one slot costs among many against what
//! it costs among few, and a report against a reading, which is sealed, indexed and journaled as it is.
//!
//! | | |
//! |---|---|
//! | due, leaders, office, closing | what falls due of one period, each from the instant to the last byte on the disk; a tenth of the units has not reported |
//! | filing | reports of all units in the last minute, 250 to a batch |
//! | standings | `GET /v1/standings` of a month that is in memory, and of one that is in the index alone |
//! | start | from exec to ready on a year of daily forms: the whole journal, and after an ordered end |
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time, prints what it saw, and ends where it cannot go on"
)]

#[path = "periods/desk.rs"]
mod desk;
#[path = "shared/ground.rs"]
mod ground;
#[path = "periods/site.rs"]
mod site;
#[path = "shared/stepped.rs"]
mod stepped;
#[path = "periods/year.rs"]
mod year;

use std::time::Duration;

use desk::Desk;
use year::Year;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// Units of one period, the fewest first.
    units: &'static [u32],
    filing: u32,
    year: Year,
    asked: usize,
}

const WHOLE: Plan = Plan {
    units: &[1_000, 10_000, 100_000],
    filing: 50_000,
    year: Year { units: 300, days: 365 },
    asked: 20,
};

const QUICK: Plan = Plan { units: &[100, 1_000], filing: 500, year: Year { units: 20, days: 70 }, asked: 3 };

/// Closing the largest period ends within this.
const CLOSING_MOST: Duration = Duration::from_secs(1);

fn main() {
    let said: Vec<String> = std::env::args().skip(1).collect();
    if let Some(odd) = said.iter().find(|it| !["--quick", "--bench"].contains(&it.as_str())) {
        eprintln!("{odd} is not known; there is --quick");
        std::process::exit(2);
    }
    let plan = if said.iter().any(|it| it == "--quick") { QUICK } else { WHOLE };
    closing(plan);
    filing(plan);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(year::measure(plan.year, plan.asked));
}

fn closing(plan: Plan) {
    println!("One period, a tenth of its units missing, ms (and us a unit)");
    println!("{:>9} {:>18} {:>18} {:>18} {:>18}", "units", "due", "leaders", "office", "closing");
    let mut first = None;
    for &units in plan.units {
        let mut desk = Desk::new(units);
        let (filed, _) = desk.file(0..units - units / 10);
        eprintln!("{units} units: filing those that report took {:.1} s", filed.as_secs_f64());
        let falls = desk.falls();
        let shown = |took: Duration| {
            let us = took.as_secs_f64() * 1e6 / f64::from(units);
            format!("{:9.1} ({us:6.2})", took.as_secs_f64() * 1e3)
        };
        let [due, leaders, office, closing] = falls.took.map(shown);
        let missed = units >= 100_000 && falls.took[3] >= CLOSING_MOST;
        println!("{units:9} {due:>18} {leaders:>18} {office:>18} {closing:>18}{}", aim(!missed));
        assert_eq!(falls.missing, units / 10, "all that is missing is on record");
        let each = falls.took[3].as_secs_f64() / f64::from(units);
        let grown = each / *first.get_or_insert(each);
        if units != plan.units[0] {
            println!("{:9} closing costs {grown:.2} of what a unit costs among {}", "", plan.units[0]);
        }
    }
    println!("aim: closing 100,000 under {} s\n", CLOSING_MOST.as_secs());
}

fn filing(plan: Plan) {
    let mut desk = Desk::new(plan.filing);
    desk.last_minute();
    let readings = desk.readings(plan.filing / 10);
    let (took, slowest) = desk.file(0..plan.filing);
    let each = took.as_secs_f64() / f64::from(plan.filing);
    println!(
        "{} reports in the last minute: {:.1} s, {:.0} a second, {:.2} of what a reading costs; slowest batch {:.0} ms\n",
        plan.filing,
        took.as_secs_f64(),
        1.0 / each,
        each / readings.as_secs_f64(),
        slowest.as_secs_f64() * 1e3,
    );
}

const fn aim(kept: bool) -> &'static str {
    if kept { "" } else { "  (missed)" }
}
