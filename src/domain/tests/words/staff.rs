//! The words of the employee register.

use crate::domain::fact::Fact;

pub(super) fn staff_words(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::StaffAdopted { sha256, people } => {
            vec![sha256.clone().unwrap_or_default(), format!("people={people}")]
        }
        Fact::StaffLoaded(it) => vec![it.sha256.clone().unwrap_or_default()],
        _ => Vec::new(),
    }
}
