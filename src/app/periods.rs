//! What a configuration that is adopted makes of reports that are under way, for the log.

use crate::domain::State;
use crate::domain::slot::{Period, PeriodId};

/// A line names at most so many periods.
const NAMED_MAX: usize = 20;

/// Periods that are not as they were.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes<'a> {
    withdrawn: Vec<&'a PeriodId>,
    reopened: Vec<&'a PeriodId>,
    opened: Vec<&'a PeriodId>,
}

impl<'a> Changes<'a> {
    fn between(before: &State, after: &'a State) -> Self {
        let mut changes = Self::default();
        for (id, period) in after.periods.iter() {
            let is_off = |period: &Period| period.withdrawn.is_some();
            match before.periods.get(id) {
                None => changes.opened.push(id),
                Some(before) if is_off(period) && !is_off(before) => changes.withdrawn.push(id),
                Some(before) if before.opened != period.opened || is_off(before) != is_off(period) => {
                    changes.reopened.push(id);
                }
                Some(_) => {}
            }
        }
        changes
    }
}

/// Tells of them.
pub(super) fn tell(before: &State, after: &State) {
    let Changes { withdrawn, reopened, opened } = Changes::between(before, after);
    if !withdrawn.is_empty() {
        let periods = names(&withdrawn);
        tracing::warn!(periods, "reports that were under way are owed by nobody any more");
    }
    if !reopened.is_empty() {
        let periods = names(&reopened);
        tracing::info!(periods, "reports that are under way go by the new configuration, or are owed again");
    }
    if !opened.is_empty() {
        tracing::info!(periods = names(&opened), "reports are owed that were not under way before");
    }
}

fn names(periods: &[&PeriodId]) -> String {
    let mut names: Vec<String> = periods.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    names.extend(periods.len().checked_sub(NAMED_MAX + 1).map(|more| format!("and {} more", more + 1)));
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::form::Form;
    use crate::domain::tests::World;
    use crate::domain::tests::slots::{add, form};

    fn texts(periods: &[&PeriodId]) -> Vec<String> {
        periods.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_a_new_calendar_makes_of_open_periods_is_told() {
        let mut world = World::new(|directory| {
            add(directory, Form { workdays_only: true, ..form("check", "0 0 9 * * *") });
        });
        world.run("27/08:00 adopt c1\n27/09:00 tick");
        let before = world.state.clone();
        let calendar = world.directory.calendar.clone();
        world.directory.calendar.days_off.insert("2026-11-30".parse().unwrap());
        world.directory.calendar.makeup_workdays.insert("2026-11-29".parse().unwrap());
        world.run("28/10:00 adopt c2");
        let off = world.state.clone();
        let changes = Changes::between(&before, &off);
        assert_eq!(texts(&changes.withdrawn), ["check.2026-11-30.1"]);
        assert_eq!(texts(&changes.opened), ["check.2026-11-29.1"]);
        assert!(changes.reopened.is_empty());
        world.directory.calendar = calendar;
        world.run("28/11:00 adopt c3");
        let changes = Changes::between(&off, &world.state);
        assert_eq!(texts(&changes.withdrawn), ["check.2026-11-29.1"]);
        assert_eq!(texts(&changes.reopened), ["check.2026-11-30.1"]);
        assert_eq!(Changes::between(&before, &before), Changes::default());
    }

    #[test]
    fn a_line_names_so_many_and_counts_the_rest() {
        let id: PeriodId = "check.2026-11-30.1".parse().unwrap();
        assert_eq!(names(&[&id, &id]), "check.2026-11-30.1, check.2026-11-30.1");
        assert!(names(&[&id; 20]).ends_with(".1"));
        assert!(names(&[&id; 23]).ends_with(", and 3 more"));
    }
}
