//! The words of the employee register.

use crate::domain::fact::Fact;

pub(super) fn staff_words(fact: &Fact) -> Option<Vec<String>> {
    Some(match fact {
        Fact::StaffAdopted { sha256, people } => {
            vec![sha256.clone().unwrap_or_default(), format!("people={people}")]
        }
        Fact::StaffLoaded(it) => vec![it.sha256.clone().unwrap_or_default()],
        Fact::PostsTaken { posts } => posts.iter().map(|it| format!("{}={}", it.unit, it.person)).collect(),
        _ => return None,
    })
}
