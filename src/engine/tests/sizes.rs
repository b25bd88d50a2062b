//! Sizes: what one entry or one batch cannot hold ends no process, and stands in nobody's way.

use super::stores::{large, with_vault};
use super::*;
use crate::domain::fact::{ExportFormat, LedgerExported};

/// A command whose fact is about this long.
fn long(bench: &Bench, bytes: usize) -> Submission {
    let export = LedgerExported {
        actor: None,
        client: None,
        from: None,
        to: None,
        lapse: None,
        format: ExportFormat::Csv,
        lapses: 0,
        sha256: "0".repeat(bytes),
    };
    bench.command(Command::RecordExport(Box::new(export)))
}

#[test]
fn a_decision_longer_than_an_entry_may_be_is_refused_and_the_rest_goes_on() {
    let mut bench = Bench::new();
    let works = vec![bench.event("a", 3840), long(&bench, 17 << 20), bench.event("b", 3840)];
    let answers = bench.step(works);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err(), &Refusal::Panicked);
    assert_eq!(bench.core.head().seq, 2);
    assert_eq!(bench.entries().len(), 2);
}

#[test]
fn decisions_that_are_longer_than_a_batch_together_go_in_several() {
    let mut bench = Bench::new();
    // An entry as long as one may be comes last in its batch, and finds room.
    let sizes = [7_usize, 15, 15, 3, 3, 3, 15, 7];
    let works = sizes.iter().map(|mb| long(&bench, mb << 20)).collect();
    let answers = bench.step(works);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(bench.disk.appends(), 5);
    assert_eq!(bench.entries().len(), sizes.len());
}

#[test]
fn payloads_that_are_more_than_one_batch_of_the_vault_go_in_several() {
    let mut bench = with_vault();
    let (works, names): (Vec<_>, Vec<_>) =
        (0..5).map(|number| large(&bench, &format!("e{number}"), 8 << 20)).unzip();
    let answers = bench.step(works);
    assert!(answers.iter().all(Result::is_ok));
    assert!(bench.core.takes_payloads());
    let vault = bench.core.stores().vault.clone().unwrap();
    let last = names.last().copied().unwrap();
    assert_eq!(vault.get(last).unwrap().len(), 8 << 20);
}
