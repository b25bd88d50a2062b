//! The plan of a form: each level's latest time, counted back from the superior's own deadline, and its slack.

use crate::cli::{Failure, say};
use crate::config::Configuration;
use crate::domain::form::Form;
use crate::domain::names::FormId;
use crate::time::{Timestamp, span};

pub(super) fn run(configuration: &Configuration, id: &str, now: Timestamp) -> Result<(), Failure> {
    let directory = &configuration.directory;
    let Some(form) = directory.forms.get(&FormId::new(id)) else {
        let known: Vec<&str> = directory.forms.keys().map(FormId::as_str).collect();
        return Err(Failure::Call(format!("--form: there is no form {id}; there are {}", known.join(", "))));
    };
    let Some(due) = form.next_due((&directory.zone, &directory.calendar), now) else {
        return Err(Failure::Call(format!("--form: {id} is never due again")));
    };
    let at = |instant: Timestamp| directory.zone.format(instant, "%m-%d %H:%M");
    let units = directory.units.keys().filter(|unit| form.is_owed_by(unit)).count();
    say(&format!(
        "{} ({id}), due {} ({}), from {units} units. Nobody is told by this.\n",
        form.name.en,
        directory.zone.format(due, "%Y-%m-%d %H:%M:%S"),
        directory.zone.name()
    ))?;
    let superior = form.superior_due((&directory.zone, &directory.calendar), due);
    for (instant, what) in levels(form, due, superior) {
        say(&format!("{}  {what}", at(instant)))?;
    }
    let Some(superior) = superior else {
        return say("\nNo [form.superior] says when the superior must have it: no slack can be counted.");
    };
    for line in judge(form, due, superior) {
        say(&format!("\n{line}"))?;
    }
    Ok(())
}

/// What happens on the way, in order.
fn levels(form: &Form, due: Timestamp, superior: Option<Timestamp>) -> Vec<(Timestamp, String)> {
    let mut levels = Vec::new();
    let (fill, merge) = form.superior.as_ref().map_or_else(Default::default, |it| (it.fill, it.merge));
    for before in &form.remind_before {
        levels
            .push((due - *before, format!("whoever reports is reminded, {} before", span::format(*before))));
    }
    if !fill.is_zero() {
        let begins = format!("unit: begins to fill in at the latest, which takes {}", span::format(fill));
        levels.push((due - fill, begins));
    }
    levels.push((due, "unit: the report is due".to_owned()));
    if !form.late_after.is_zero() {
        let grace = format!("unit: the grace of {} ends", span::format(form.late_after));
        levels.push((due + form.late_after, grace));
    }
    levels.push((due + form.leader_after, "the leader of a unit that has not reported is told".to_owned()));
    levels.push((due + form.office_after, "the office gets the list of what is missing".to_owned()));
    levels.push((due + form.missing_after, "what has not come is missing".to_owned()));
    if let Some(superior) = superior {
        let begins = if merge.is_zero() {
            "office: sends the whole at the latest".to_owned()
        } else {
            format!("office: puts the reports together at the latest, which takes {}", span::format(merge))
        };
        levels.push((superior - merge, begins));
        levels.push((superior, "superior: must have the whole".to_owned()));
    }
    levels.sort_by_key(|(at, _)| *at);
    levels
}

/// How much time each level has to spare, and where there is none.
fn judge(form: &Form, due: Timestamp, superior: Timestamp) -> Vec<String> {
    let merge = form.superior.as_ref().map(|it| it.merge).unwrap_or_default();
    let (last, latest) = (due + form.late_after, superior - merge);
    let mut lines = vec![if last <= latest {
        format!(
            "Slack of the units: {}. Their deadline could be so much later; each level that adds its own takes it from people's time.",
            span::format(latest.since(last))
        )
    } else {
        format!(
            "NO SLACK: the last report in time comes {} after the office must begin. Set due earlier, or the grace shorter.",
            span::format(last.since(latest))
        )
    }];
    let chased = due + form.office_after;
    if chased > latest {
        lines.push(format!(
            "THE LIST OF WHAT IS MISSING comes {} after the office must begin: nobody can be asked for it in time. Set office_after shorter.",
            span::format(chased.since(latest))
        ));
    } else {
        lines.push(format!(
            "Slack of the office: {} from the list of what is missing to when it must begin.",
            span::format(latest.since(chased))
        ));
    }
    let closed = due + form.missing_after;
    if closed > superior {
        lines.push(format!(
            "Slots are closed as missing {} after the superior's deadline: a report that comes between is late, and too late for it.",
            span::format(closed.since(superior))
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn planned(superior: &str, grace: u64) -> Vec<String> {
        let config = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        let loaded = crate::config::load(&config).unwrap();
        let mut form = (*loaded.configuration.directory.forms[&FormId::new("control-statistics")]).clone();
        form.late_after = Duration::from_mins(grace);
        form.superior = Some(crate::domain::form::Superior {
            due: superior.parse().unwrap(),
            merge: Duration::from_mins(40),
            fill: Duration::from_mins(20),
        });
        let directory = &loaded.configuration.directory;
        let due: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let superior = form.superior_due((&directory.zone, &directory.calendar), due).unwrap();
        judge(&form, due, superior)
    }

    #[test]
    fn slack_is_counted_back_from_the_superiors_deadline() {
        let lines = planned("0 0 18 * * *", 10);
        assert!(lines[0].starts_with("Slack of the units: 1h10m."), "{lines:?}");
        assert!(lines[1].starts_with("Slack of the office: 50m "), "{lines:?}");
        assert!(lines[2].starts_with("Slots are closed as missing 2h after"), "{lines:?}");
    }

    #[test]
    fn a_deadline_that_leaves_no_time_says_so() {
        let lines = planned("0 30 16 * * *", 0);
        assert!(lines[0].starts_with("NO SLACK: the last report in time comes 10m after"), "{lines:?}");
        assert!(lines[1].starts_with("THE LIST OF WHAT IS MISSING comes 40m after"), "{lines:?}");
    }
}
