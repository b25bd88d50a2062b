//! How fast cases went from hop to hop: discovered, received, told to a person, by telephone, in writing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::case::{Case, ClockState};
use crate::domain::names::CaseId;
use crate::engine::{Published, archived_cases};
use crate::http::caller::Caller;
use crate::http::context::unavailable;
use crate::http::problem::Problem;
use crate::index::{Index, IndexError};
use crate::time::{Day, Timestamp};

/// So many cases of a month are shown one by one; all of them count.
const SHOWN_MAX: usize = 500;
/// So many that have left memory are read at a time.
const READ_AT_ONCE: usize = 200;

/// One case, in seconds from when it was discovered.
#[derive(Debug)]
struct Hops {
    received: u64,
    told: Option<u64>,
    telephone: Option<u64>,
    written: Option<u64>,
    /// Clocks that count, and those of them that were met.
    clocks: (u32, u32),
    shown: Value,
}

impl Hops {
    fn of(case: &Case) -> Self {
        let since = |at: Timestamp| at.since(case.discovered_at).as_secs();
        let counted = || case.clocks.iter().filter(|clock| clock.state != ClockState::Withdrawn);
        // What still has time is neither in time nor late.
        let over = counted().filter(|clock| clock.state != ClockState::Running).count();
        let telephone = counted().filter_map(|clock| clock.phone.proof.as_ref()).map(|proof| proof.at).min();
        let written = counted().filter_map(|clock| clock.written.proved_at).min();
        let met = counted().filter(|clock| clock.state == ClockState::Met && !clock.is_late()).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (received, told) = (case.opened_at, case.heard_at());
        Self {
            received: since(received),
            told: told.map(since),
            telephone: telephone.map(since),
            written: written.map(since),
            clocks: (number(over), number(met)),
            shown: json!({
                "case": case.id, "unit": case.unit, "kind": case.kind, "discovered": case.discovered_at,
                "received": received, "told": told, "telephone": telephone, "written": written,
            }),
        }
    }
}

/// The cases of a month that a caller sees, and how fast they were.
pub(super) async fn of_month(
    (caller, published): (&Caller, &Arc<Published>),
    first: Day,
) -> Result<Value, Problem> {
    // A case is numbered by the day on which it was opened.
    let month = format!("C-{}", first.compact().get(..6).unwrap_or_default());
    let index = published.stores.index.clone().ok_or_else(unavailable)?;
    let behind = month.clone();
    let read = tokio::task::spawn_blocking(move || archived(&index, &behind)).await;
    let old = read.ok().and_then(Result::ok).ok_or_else(unavailable)?;
    let mut all: BTreeMap<&CaseId, &Case> = old.iter().map(|case| (&case.id, case)).collect();
    let known = published.state.cases.iter().filter(|(id, _)| id.as_str().starts_with(&month));
    all.extend(known.map(|(id, case)| (id, &**case)));
    let seen = all.into_values().filter(|case| caller.sees(published, &case.unit));
    Ok(summed(seen.map(Hops::of).collect()))
}

/// Those of a month that have left memory.
fn archived(index: &Index, month: &str) -> Result<Vec<Case>, IndexError> {
    let (mut found, mut after) = (Vec::new(), CaseId::new(month));
    loop {
        let read = archived_cases(index, Some(&after), READ_AT_ONCE)?;
        let Some(last) = read.last() else { return Ok(found) };
        after = last.case.id.clone();
        let is_over = read.len() < READ_AT_ONCE || !after.as_str().starts_with(month);
        found.extend(read.into_iter().map(|it| it.case).filter(|case| case.id.as_str().starts_with(month)));
        if is_over {
            return Ok(found);
        }
    }
}

fn summed(all: Vec<Hops>) -> Value {
    let median = |pick: fn(&Hops) -> Option<u64>| {
        let mut seconds: Vec<u64> = all.iter().filter_map(pick).collect();
        seconds.sort_unstable();
        // Of an even number the later of the two in the middle: nothing looks faster than it was.
        seconds.get(seconds.len() / 2).copied()
    };
    let (clocks, met) = all.iter().fold((0_u32, 0_u32), |(clocks, met), hops| {
        (clocks.saturating_add(hops.clocks.0), met.saturating_add(hops.clocks.1))
    });
    let medians = json!({
        "received": median(|hops| Some(hops.received)), "told": median(|hops| hops.told),
        "telephone": median(|hops| hops.telephone), "written": median(|hops| hops.written),
    });
    let count = all.len();
    let each: Vec<Value> = all.into_iter().map(|hops| hops.shown).take(SHOWN_MAX).collect();
    json!({
        "count": count, "median_s": medians, "clocks": clocks, "met": met,
        "in_time": (clocks > 0).then(|| f64::from(met) / f64::from(clocks)),
        "left_out": count.saturating_sub(each.len()), "each": each,
    })
}
