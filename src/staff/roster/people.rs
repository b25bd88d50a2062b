//! Whom a cell names: by id, name, employee number or mobile number, and nobody where it could be two.

use std::fmt;

use super::said;
use crate::domain::form::Labels;
use crate::domain::names::PersonId;
use crate::sheet::folded;
use crate::staff::{mobile, number_as_compared};

/// Somebody who may be on duty.
#[derive(Clone, PartialEq, Eq)]
pub struct Known {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their employee number.
    pub reference: Option<String>,
    /// Their mobile number (E.164).
    pub mobile: Option<String>,
    /// Whether they have an address for mail.
    pub email: bool,
}

/// Prints the id alone.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.id)
    }
}

/// Everybody who may be.
#[derive(Debug, Default)]
pub struct People(pub Vec<Known>);

/// Why nobody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// It is none of them.
    Nobody,
    /// More than one of them is called so.
    Ambiguous,
    /// There are several people in one cell.
    Several,
}

impl Unnamed {
    pub(super) fn says(self) -> Labels {
        match self {
            Self::Nobody => said(
                "people.toml 中没有此人：应为姓名、人员 id、工号或手机号",
                "is nobody of [[person]]: expected a name, an id, an employee number or a mobile number of one",
            ),
            Self::Ambiguous => said(
                "不止一人如此称呼：请改填人员 id 或工号",
                "more than one person is called so: expected the id or the employee number",
            ),
            Self::Several => said(
                "不止一人：同一时刻只应有一人，请按时段分行填写",
                "there is more than one person: expected one at a time, with rows for their hours",
            ),
        }
    }
}

fn plain(text: &str) -> String {
    folded(text).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

impl People {
    /// Somebody by id.
    #[must_use]
    pub fn with_id(&self, id: &PersonId) -> Option<&Known> {
        self.0.iter().find(|known| known.id == *id)
    }

    /// Whom a cell names.
    ///
    /// # Errors
    /// [`Unnamed`] where nobody, or more than one could be meant.
    pub fn called(&self, text: &str) -> Result<&Known, Unnamed> {
        let (name, number) = (plain(text), number_as_compared(text));
        let mobile = mobile::read(text).ok().map(|mobile| mobile.number);
        if let Some(known) = self.0.iter().find(|known| known.id.as_str() == text) {
            return Ok(known);
        }
        let mut meant = self.0.iter().filter(|known| {
            let by_number =
                known.reference.as_deref().is_some_and(|reference| number_as_compared(reference) == number);
            let by_mobile = mobile.is_some() && known.mobile == mobile;
            plain(&known.name) == name || by_number || by_mobile
        });
        match (meant.next(), meant.next()) {
            (Some(known), None) => Ok(known),
            (Some(_), Some(_)) => Err(Unnamed::Ambiguous),
            (None, _) => {
                let parts = folded(text);
                let parts = parts
                    .split(['、', ',', ';', '/', '\n', ' ', '和', '|'])
                    .filter(|part| !part.trim().is_empty());
                let known = parts.filter(|part| self.called_alone(part.trim())).count();
                Err(if known > 1 { Unnamed::Several } else { Unnamed::Nobody })
            }
        }
    }

    fn called_alone(&self, text: &str) -> bool {
        let name = plain(text);
        self.0.iter().any(|known| plain(&known.name) == name || known.id.as_str() == text)
    }
}
