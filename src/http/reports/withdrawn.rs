//! Why nobody owes a report, in words.

use crate::domain::names::UnitId;
use crate::domain::slot::{Period, WithdrawnBecause};

/// What a slot that is exempt is called, in Chinese and in English.
pub(crate) fn exempt(period: &Period, unit: &UnitId) -> (&'static str, &'static str) {
    said(period.withdrawn_from(unit).map(|it| it.why))
}

/// The same by why it is.
pub(super) const fn said(why: Option<WithdrawnBecause>) -> (&'static str, &'static str) {
    match why {
        None => ("免报", "exempt"),
        Some(WithdrawnBecause::Calendar) => ("免报（改为非工作日）", "exempt: the day is off"),
        Some(WithdrawnBecause::Schedule) => ("免报（报送时间已改）", "exempt: not due then any more"),
        Some(WithdrawnBecause::Form) => ("免报（报表已停用）", "exempt: the form is in force no more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::form::Form;
    use crate::domain::tests::World;
    use crate::domain::tests::slots::{add, form};

    #[test]
    fn a_slot_on_a_day_that_is_off_says_so_and_one_that_was_filed_or_excused_does_not() {
        let mut world = World::new(|directory| {
            add(directory, Form { workdays_only: true, ..form("check", "0 0 9 * * *") });
        });
        world.run("27/08:00 adopt c1\n27/09:00 tick\n27/10:00 report check finance p12 day=2026-11-30");
        world.directory.calendar.days_off.insert("2026-11-30".parse().unwrap());
        world.run("28/10:00 adopt c2");
        let period = world.state.periods.get(&"check.2026-11-30.1".parse().unwrap()).unwrap();
        let [auction, finance] = ["auction", "finance"].map(UnitId::new);
        let shown = crate::http::reports::slot((period, &auction), None);
        assert_eq!((&shown["state"], &shown["withdrawn"]["why"]), (&"exempt".into(), &"calendar".into()));
        assert!(shown["withdrawn"]["at"].is_string() && shown["exempt"].is_null(), "{shown}");
        assert_eq!(exempt(period, &auction), ("免报（改为非工作日）", "exempt: the day is off"));
        let shown = crate::http::reports::slot((period, &finance), None);
        assert_eq!((&shown["state"], &shown["withdrawn"]), (&"on_time".into(), &serde_json::Value::Null));
        assert_eq!(said(None), ("免报", "exempt"));
    }
}
