//! The words of corrections.

use super::{World, case, word};
use crate::domain::fact::Fact;

impl World {
    pub(super) fn correction_words(&self, fact: &Fact) -> Option<Vec<String>> {
        match fact {
            Fact::CorrectionOwed(it) => {
                Some(vec![case(&it.case), it.authority.to_string(), it.number.to_string()])
            }
            Fact::CorrectionImpossible { case: id, authority, why } => {
                Some(vec![case(id), authority.to_string(), word(why)])
            }
            Fact::CorrectionReminded { case: id, missed, due, next, .. } => {
                let mut words = vec![case(id), format!("missed={missed}")];
                words.extend(self.at("due", Some(*due)));
                words.extend(self.at("next", *next));
                Some(words)
            }
            Fact::CorrectionEnded { case: id, authority, number }
            | Fact::CorrectionReturned { case: id, authority, number } => {
                Some(vec![case(id), authority.to_string(), number.to_string()])
            }
            Fact::CorrectionTold { case: id, authority, .. } => Some(vec![case(id), authority.to_string()]),
            Fact::CorrectionWritten(it) => Some(vec![case(&it.case), it.authority.to_string()]),
            _ => None,
        }
    }
}
