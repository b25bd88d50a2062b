//! A year of daily forms, written through the engine itself; then what a start on it takes, and a month's standings.

use std::time::{Duration, Instant};

use watchfire::config;
use watchfire::domain::command::Command;
use watchfire::domain::names::UnitId;
use watchfire::time::{Clock as _, SystemClock, Zone};

use super::desk::Desk;
use super::ground::{CLIENT, Daemon};
use super::site::{FORMS, Site};
use super::stepped::{DAY, HOUR, plain};

/// How much of it there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Year {
    pub(crate) units: u32,
    pub(crate) days: u32,
}

pub(crate) async fn measure(year: Year, asked: usize) {
    let site = Site::new(year.units);
    let began = Instant::now();
    let reports = write(&site, year);
    eprintln!("writing {reports} reports took {:.1} s", began.elapsed().as_secs_f64());
    let client = reqwest::Client::builder().timeout(Duration::from_mins(2)).build().unwrap();
    println!("{} units, {} forms a day, {} days: {reports} reports", year.units, FORMS.len(), year.days);
    let (daemon, took) = site.start(&client).await;
    println!("start, no snapshot, the whole journal: {:.2} s", took.as_secs_f64());
    daemon.stop().await;
    let (daemon, took) = site.start(&client).await;
    println!("start, after an ordered end: {:.2} s, {:.1} MB", took.as_secs_f64(), mb(&daemon));
    let now = SystemClock::new().read().wall;
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let month = |back: Duration| zone.format(now - back, "/v1/standings?month=%Y-%m");
    let nothing = middle(&site, &client, "/healthz", asked).await;
    for (what, path) in [("this month", month(Duration::ZERO)), ("two months ago", month(DAY * 60))] {
        let took = middle(&site, &client, &path, asked).await;
        let times = took.as_secs_f64() / nothing.as_secs_f64();
        println!("standings of {what}: {:.1} ms, {times:.0} times /healthz", took.as_secs_f64() * 1e3);
    }
    daemon.stop().await;
}

/// What a daemon holds in memory.
fn mb(daemon: &Daemon) -> f64 {
    let kib = u32::try_from(daemon.status("VmRSS")).unwrap_or(u32::MAX);
    f64::from(kib) * 1_024.0 / 1e6
}

/// The middle of so many answers, by how long they took.
async fn middle(site: &Site, client: &reqwest::Client, path: &str, asked: usize) -> Duration {
    let mut took = Vec::with_capacity(asked);
    for _ in 0..asked {
        let began = Instant::now();
        let answer = client.get(site.url(path)).bearer_auth(CLIENT).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        took.push(began.elapsed());
    }
    took.sort();
    took[asked / 2]
}

/// Ninety-seven of a hundred report in time, two late, one not at all. Returns how many reports there are.
fn write(site: &Site, year: Year) -> usize {
    let directory = config::load(&site.0.config()).unwrap().configuration.directory;
    let zone = directory.zone.clone();
    let units: Vec<UnitId> = directory.units.keys().cloned().collect();
    // A day behind, and a start would doubt its clock.
    let from = SystemClock::new().read().wall - HOUR - DAY * year.days;
    let mut desk = Desk::on(site, directory, from);
    let adopt = Command::AdoptConfiguration { sha256: "1".to_owned() };
    desk.engine.submit(vec![plain(adopt)]);
    let mut reports = 0;
    for hour in 0..year.days * 24 {
        let civil = zone.civil(desk.engine.clock.read().wall).hour();
        for (form, due) in FORMS {
            let share = |number: usize| (number + hour as usize / 24) % 100;
            let of = |pick: fn(usize) -> bool| {
                let picked = units.iter().enumerate().filter(|(number, _)| pick(share(*number)));
                picked.map(|(_, unit)| unit.clone()).collect::<Vec<UnitId>>()
            };
            let due = i8::try_from(due).unwrap();
            let filing = match civil {
                civil if civil == due - 1 => of(|share| share < 97),
                civil if civil == due + 1 => of(|share| (97..99).contains(&share)),
                _ => continue,
            };
            reports += filing.len();
            desk.file_of(&filing, form, "n");
        }
        desk.engine.clock.advance(HOUR);
        desk.engine.settle();
    }
    reports
}
