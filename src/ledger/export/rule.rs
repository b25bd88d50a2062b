//! By what a lapse was due, as it is handed out.

use serde_json::{Value, json};

use crate::domain::names::PolicyId;
use crate::domain::slot::SlotId;

/// By what it was due.
#[derive(Debug)]
pub(super) enum Rule {
    /// A form in the version that its period was opened with.
    Form { slot: SlotId, version: Option<String> },
    /// The policy that a case holds.
    Policy(Option<PolicyId>),
}

impl Rule {
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Form { slot, version } => json!({ "form": slot.period.form, "version": version }),
            Self::Policy(policy) => json!({ "policy": policy }),
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Form { slot, version } => {
                format!("报表 {} 版本 {}", slot.period.form, version.as_deref().unwrap_or("不详"))
            }
            Self::Policy(policy) => {
                format!("处置策略 {}", policy.as_ref().map_or("不详", PolicyId::as_str))
            }
        }
    }
}
