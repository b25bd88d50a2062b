//! P3, phone before written; P4, two proofs: each goes back to a person who pressed a key or made a call, and to mail
//! that a provider has.

use std::collections::BTreeMap;

use super::{Complaints, Place, Run, place};
use crate::lines::{Entry, Fact};

/// What is in force of a clock's proofs.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that happened or did not")]
struct Proofs {
    authority: String,
    tried: bool,
    phone: bool,
    written: bool,
    met: bool,
    sent: bool,
    withdrawn: bool,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    let mut clocks: BTreeMap<Place, Proofs> = BTreeMap::new();
    for entry in &run.entries {
        for fact in &entry.facts {
            follow(run, &mut clocks, (entry, fact), &mut complaints);
        }
    }
    complaints
}

fn follow(
    run: &Run<'_>,
    clocks: &mut BTreeMap<Place, Proofs>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    let seq = entry.seq;
    match fact.kind.as_str() {
        "clock_started" => {
            let place = (fact.text("/case").to_owned(), fact.number("/clock/clock"));
            clocks.entry(place).or_default().authority = fact.text("/clock/authority").to_owned();
        }
        "telephone_tried" | "telephone_impossible" => {
            clocks.entry(place(fact)).or_default().tried = true;
        }
        "attempt_started" => attempt(run, clocks, (entry, fact), complaints),
        "telephone_proved" => {
            let proofs = clocks.entry(place(fact)).or_default();
            proofs.tried = true;
            proofs.phone = true;
            if fact.text("/grade") != "person" || !was_told(run, entry, fact, &proofs.authority) {
                complaints
                    .push(format!("P4: nobody at the authority was told what entry {seq} takes as proved"));
            }
        }
        "proof_disputed" => {
            let proofs = clocks.entry(place(fact)).or_default();
            proofs.phone = false;
            let mut ends = entry.facts("clock_reopened").chain(entry.facts("clock_withdrawn"));
            if proofs.met && !ends.any(|end| place(end) == place(fact)) {
                complaints
                    .push(format!("P4: a clock stays met in entry {seq}, though its proof was disputed"));
            }
        }
        "written_sent" => {
            let id = fact.text("/notification");
            if !run.record.sent.iter().any(|sent| sent.key == id && sent.taken) {
                complaints.push(format!("P4: no provider has the report that entry {seq} says was sent"));
            }
            let proofs = clocks.entry(place(fact)).or_default();
            proofs.written |= fact.is("/proves");
            proofs.sent = true;
        }
        "written_receipted" => receipt(run, clocks, (entry, fact), complaints),
        "written_returned" => {
            clocks.entry(place(fact)).or_default().written &= !fact.is("/unproves");
        }
        "clock_met" => {
            let proofs = clocks.entry(place(fact)).or_default();
            if !proofs.phone || !proofs.written || proofs.met {
                complaints.push(format!("P4: a clock is met in entry {seq} without its two proofs"));
            }
            proofs.met = true;
        }
        "clock_withdrawn" => {
            let proofs = clocks.entry(place(fact)).or_default();
            proofs.withdrawn = true;
            proofs.met = false;
        }
        "clock_reopened" => clocks.entry(place(fact)).or_default().met = false,
        _ => {}
    }
}

/// A person says that the authority confirmed a report, or that it was brought by other means.
fn receipt(
    run: &Run<'_>,
    clocks: &mut BTreeMap<Place, Proofs>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    let seq = entry.seq;
    let proofs = clocks.entry(place(fact)).or_default();
    proofs.written |= fact.is("/proves");
    let by_hand = fact.has("/reference");
    if !proofs.sent && !by_hand {
        complaints.push(format!("P4: entry {seq} has the receipt of a report that never went out"));
    }
    if !proofs.sent && !proofs.tried {
        complaints.push(format!("P3: entry {seq} has what was brought before anybody was rung"));
    }
    let authority = proofs.authority.clone();
    if by_hand && !was_brought(run, fact, &authority) {
        complaints.push(format!("P4: nobody brought what entry {seq} takes as brought"));
    }
    if !by_hand && !was_receipted(run, fact, (clocks, &authority)) {
        complaints.push(format!("P4: nobody said of the clock in entry {seq} that it was receipted"));
    }
}

/// P3: a written report starts after a telephone attempt, or after it was recorded why there is none.
fn attempt(
    run: &Run<'_>,
    clocks: &mut BTreeMap<Place, Proofs>,
    (entry, fact): (&Entry, &Fact),
    complaints: &mut Complaints,
) {
    for id in run.carried(fact) {
        let Some(planned) = run.planned.get(id) else { continue };
        let (Some(case), Some(clock)) = (&planned.case, planned.clock) else { continue };
        let proofs = clocks.entry((case.clone(), clock)).or_default();
        match planned.purpose.as_str() {
            "telephone" => proofs.tried = true,
            "written" if !proofs.tried => {
                complaints.push(format!("P3: entry {} writes before anybody was rung", entry.seq));
            }
            _ => {}
        }
    }
}

/// Whether somebody really told a person at the authority: an officer's call, or the key that was pressed there.
fn was_told(run: &Run<'_>, entry: &Entry, proof: &Fact, authority: &str) -> bool {
    let case = proof.text("/case");
    let officer = entry.facts("telephone_tried").any(|tried| {
        place(tried) == place(proof)
            && tried.text("/outcome") == "taken"
            && run
                .record
                .calls
                .iter()
                .any(|call| call.case == case && call.authority == authority && call.outcome == "taken")
    });
    let to = format!("authority:{authority}");
    let key =
        entry.facts("receipt_taken").filter(|receipt| receipt.text("/digit") == "take").any(|receipt| {
            run.record.pressed.iter().any(|pressed| {
                pressed.key == receipt.text("/notification") && pressed.digit == "take" && pressed.to == to
            })
        });
    officer || key
}

/// Whether a person said at the door that they brought a report to the authority, and by which paper.
fn was_brought(run: &Run<'_>, receipt: &Fact, authority: &str) -> bool {
    run.record.brought.iter().any(|brought| {
        (brought.case.as_str(), brought.authority.as_str(), brought.reference.as_str(), brought.by)
            == (receipt.text("/case"), authority, receipt.text("/reference"), receipt.text("/actor/by"))
            && u64::from(brought.clock) == receipt.number("/clock")
    })
}

/// Whether a person said that the authority confirmed the report of this clock; whoever names none means the only one
/// of which something can have been confirmed.
fn was_receipted(
    run: &Run<'_>,
    receipt: &Fact,
    (clocks, authority): (&BTreeMap<Place, Proofs>, &str),
) -> bool {
    let (case, clock) = place(receipt);
    let stands = |(_, number): &Place, proofs: &Proofs| {
        proofs.authority == authority && *number != clock && (!proofs.withdrawn || proofs.sent)
    };
    let alone = !clocks.iter().any(|(other, proofs)| other.0 == case && stands(other, proofs));
    run.record.receipted.iter().any(|said| {
        (said.case.as_str(), said.authority.as_str()) == (case.as_str(), authority)
            && said.clock.map_or(alone, |named| u64::from(named) == clock)
    })
}
