//! P10, no silent gap; P11, who is told is who holds the post when the step is due: a holder that nothing reaches, a
//! post that is empty and a medium that is gone are on record, and nothing goes where no way leads.

use serde_json::{Value, json};

use super::due::Plan;
use super::{Complaints, Run};
use crate::lines::{Entry, Fact};
use crate::site::Site;

/// By what the steps of a suspected case reach people, all at once.
const BY: [&str; 2] = ["sms", "phone"];

/// Whom a step names: a post that somebody holds or nobody does, by the word that its gap is known by.
fn named(site: &Site, step: u64, unit: &str) -> Vec<(Option<&'static str>, &'static str)> {
    match step {
        0 => vec![(Some(site.leader(unit)), "unit_leader"), (site.officer, "officer")],
        1 => vec![(site.duty_leader, "leader")],
        2 => vec![(Some("p42"), "body"), (Some("p43"), "body"), (Some(Site::liaison(unit)), "unit_liaison")],
        _ => Vec::new(),
    }
}

/// A step that was taken.
pub(super) fn resolved(
    run: &Run<'_>,
    plan: &Plan,
    (entry, fact, unit): (&Entry, &Fact, &str),
    complaints: &mut Complaints,
) {
    if fact.kind != "step_taken" || plan.rules.is_none() {
        return;
    }
    let (site, seq) = (run.site_at(entry.seq), entry.seq);
    let told = |person: &str| fact.list("/told").iter().any(|to| to["person"] == person);
    let gaps = fact.list("/gaps");
    let gap = |why: &str, who: &str| {
        gaps.iter().any(|gap| gap.get(why).is_some_and(|of| of.to_string().contains(&format!("\"{who}\""))))
    };
    for (person, post) in named(site, fact.number("/step"), unit) {
        let Some(person) = person else {
            if !gap("empty", post) {
                complaints
                    .push(format!("P10: entry {seq} passes over the empty post of {post} without a word"));
            }
            continue;
        };
        let reached = BY.iter().any(|medium| site.reaches(person, medium));
        if told(person) && !reached {
            complaints.push(format!("P10: entry {seq} counts {person} as told, whom nothing reaches"));
        }
        if !told(person) && !gap("unarmed", person) && (reached || !gap("no_address", person)) {
            complaints.push(format!("P11: entry {seq} does not tell {person}, who holds the post of {post}"));
        }
    }
    for to in fact.list("/told") {
        media((site, entry), to, complaints);
    }
}

/// Whoever a step tells is reached by each of its media, or the medium is skipped and that is on record.
fn media((site, entry): (&Site, &Entry), to: &Value, complaints: &mut Complaints) {
    let Some(person) = to["person"].as_str() else { return };
    let goes = |medium: &str| {
        entry.facts("notification_planned").any(|fact| {
            fact.text("/notification/purpose") == "alert"
                && fact.text("/notification/medium") == medium
                && fact.body["notification"]["to"] == *to
        })
    };
    let skipped = |medium: &str| {
        let mut skips = entry.facts("medium_skipped");
        skips
            .find(|fact| fact.text("/medium") == medium && fact.body["to"] == *to)
            .map(|fact| fact.text("/why"))
    };
    // Whoever knows of the case already is told nothing more.
    if !BY.iter().any(|medium| goes(medium) || skipped(medium).is_some()) {
        return;
    }
    let seq = entry.seq;
    for medium in BY {
        let (reaches, skip) = (site.reaches(person, medium), skipped(medium));
        if skip.is_none() && !goes(medium) {
            complaints.push(format!("P10: entry {seq} passes over the {medium} of {person} without a word"));
        }
        if goes(medium) && !reaches {
            complaints.push(format!("P10: entry {seq} reaches {person} by {medium}, which leads nowhere"));
        }
        if reaches && skip.is_some_and(|why| ["no_address", "no_channel"].contains(&why)) {
            complaints.push(format!("P10: entry {seq} skips the {medium} of {person}, which is there"));
        }
    }
}

/// What goes out goes where a way leads at that moment.
pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut complaints = Vec::new();
    for (entry, attempt) in run.facts("attempt_started") {
        let Some(planned) = run.planned.get(attempt.text("/notification")) else { continue };
        let site = run.site_at(entry.seq);
        let to: Value = serde_json::from_str(&planned.to).unwrap_or(json!(null));
        let leads = match (to["person"].as_str(), to["authority"].as_str(), planned.medium.as_str()) {
            (Some(person), _, medium) => site.reaches(person, medium),
            (_, Some(authority), "phone") => {
                attempt.number("/attempt/address") < u64::try_from(site.numbers_of(authority)).unwrap()
            }
            (_, Some(authority), "email") => site.mails_to(authority),
            _ => false,
        };
        if !leads {
            complaints.push(format!(
                "P10: entry {} sends {} to {}, where nothing leads",
                entry.seq, planned.medium, planned.to
            ));
        }
        let channel = attempt.text("/attempt/channel");
        if !site.has(channel) {
            complaints.push(format!("P10: entry {} sends by {channel}, which is gone", entry.seq));
        }
    }
    complaints
}
