//! Questions: a report that is refused because of what is known against it was sent when it was sent. Who answers within
//! half an hour, by what they correct or by saying that it stands, is as punctual as they were at first (M22).

use super::Draft;
use crate::domain::command::{Rejection, ReportFiling};
use crate::domain::fact::Fact;
use crate::domain::names::UnitId;
use crate::domain::slot::{Filed, Period, Questioned, TO_ANSWER};
use crate::time::Timestamp;

impl Draft<'_> {
    /// A first report that is refused is put on record, once in the time that there is to answer; what comes again
    /// meanwhile is refused without another word.
    pub(super) fn question(
        &mut self,
        (period, filing): (&Period, &ReportFiling),
        filed: &Filed,
        refused: Rejection,
    ) -> Result<(), Rejection> {
        let Rejection::Contradicted(against) = refused else { return Err(refused) };
        let unit = &filing.unit;
        let is_over = period.closed_at.is_some() || period.outcomes.contains_key(unit);
        if is_over || question_of((period, unit), filed.received).is_some() {
            return Err(Rejection::Contradicted(against));
        }
        let questioned = Questioned {
            at: filed.received,
            until: filed.received + TO_ANSWER,
            by: filed.actor.by.clone(),
            payload: filed.payload.clone(),
            against,
        };
        self.record(Fact::ReportQuestioned {
            slot: period.id().slot(unit),
            questioned: Box::new(questioned),
        });
        Ok(())
    }
}

/// The question that a report answers, where it comes in time.
pub(super) fn question_of<'p>(
    (period, unit): (&'p Period, &UnitId),
    received: Timestamp,
) -> Option<&'p Questioned> {
    let known = period.questioned.get(unit).filter(|it| it.0.at <= received && received <= it.0.until);
    known.map(|known| &known.0)
}
