//! The employee register: which unit each employee number belongs to, with name and mobile number; sealed in one file
//! of the data folder.
//!
//! It is made from the workbook of the people who keep the personnel files, which is as dirty as people's files are, and
//! so are the sheets that say who is on duty over a holiday.
//!
//! **Invariant.** What is in doubt changes nothing: the register keeps what it had. No name and no number of anybody
//! is in an error or in a `Debug`, and the daemon keeps neither: a [`Roll`] has tokens alone.

pub mod columns;
mod difference;
mod mobile;
mod roll;
pub mod roster;
mod status;
#[cfg(test)]
mod tests;
mod workbook;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::fact::Imported;
use crate::domain::names::UnitId;
use crate::sheet::folded;
use crate::vault::{self, MasterKey, VaultError};

pub use difference::{Difference, Part};
pub use roll::Roll;
pub use workbook::{Finding, Found, Row, Units, Weight, read};

/// What its file is called, and sealed for.
const FILE: &str = "staff";
const PURPOSE: &str = "watchfire/staff/1";

/// Everybody who works here, by employee number.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    employees: BTreeMap<String, Employee>,
    /// Who made it; whoever has the master key could have written another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    imported: Option<Imported>,
}

/// One of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    /// Where they work.
    pub unit: UnitId,
    /// Their name.
    pub name: String,
    /// Their mobile number (E.164).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

/// Prints the count alone: the rest is somebody's.
impl fmt::Debug for Staff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staff").field("employees", &self.employees.len()).finish_non_exhaustive()
    }
}

/// Prints nothing.
impl fmt::Debug for Employee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Staff {
    /// Where a data folder has it.
    #[must_use]
    pub fn path(data: &Path) -> PathBuf {
        data.join(FILE)
    }

    /// Reads it with the SHA-256 (hex) of its file; `None` where there is none.
    ///
    /// # Errors
    /// [`VaultError`] where it cannot be opened, or holds no register.
    pub fn open(data: &Path, master: &MasterKey) -> Result<Option<(Self, String)>, VaultError> {
        let Some(opened) = vault::open_file(&Self::path(data), PURPOSE, master)? else { return Ok(None) };
        let staff = serde_json::from_slice(&opened.content).map_err(|_error| VaultError::Corrupt {
            file: FILE.to_owned(),
            offset: 0,
            what: "it holds no employee register",
        })?;
        Ok(Some((staff, opened.sha256)))
    }

    /// Puts it in the place of the one before, at once. Returns the SHA-256 (hex) of its file.
    ///
    /// # Errors
    /// [`VaultError`] where it is too large or cannot be written.
    pub fn seal(&self, data: &Path, master: &MasterKey) -> Result<String, VaultError> {
        let content = Zeroizing::new(serde_json::to_vec(self).map_err(|error| VaultError::Io {
            doing: "write down the employee register",
            source: error.into(),
        })?);
        vault::seal_file(&Self::path(data), PURPOSE, master, &content)
    }

    /// The same, made by somebody.
    #[must_use]
    pub fn made_by(self, imported: Imported) -> Self {
        Self { imported: Some(imported), ..self }
    }

    /// Who made it, as its file says.
    #[must_use]
    pub const fn imported(&self) -> Option<&Imported> {
        self.imported.as_ref()
    }

    /// Everybody, by employee number.
    #[must_use]
    pub const fn employees(&self) -> &BTreeMap<String, Employee> {
        &self.employees
    }
}

/// An employee number as it is compared: gates, spreadsheets and people differ in width, case and space.
#[must_use]
pub fn number_as_compared(text: &str) -> String {
    folded(text)
        .chars()
        .filter(|c| !c.is_whitespace() && !is_unseen(*c))
        .flat_map(char::to_uppercase)
        .collect()
}

/// What nobody sees in a text that was copied from somewhere: marks of width and direction.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
