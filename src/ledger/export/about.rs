//! What a lapse is about, as it is handed out.

use serde_json::{Value, json};

use crate::domain::lapse::{About, Lapse};

/// What a lapse is about, as the contract has it.
#[must_use]
pub fn about(lapse: &Lapse) -> Value {
    match &lapse.about {
        About::Telephone { case, authority } => {
            json!({ "case": case, "authority": authority, "proof": "telephone" })
        }
        About::Written { case, authority } => {
            json!({ "case": case, "authority": authority, "proof": "written" })
        }
        About::Event { case, event } => json!({ "case": case, "event": event }),
        About::Slot { slot } => json!({ "slot": slot }),
        About::Report { slot, report, against, shown, .. } => json!({
            "slot": slot, "report": report, "contradiction": against, "shown": shown,
            "corrected_at": lapse.cured_at,
        }),
        About::Correction { slot, report, with, .. } => json!({
            "slot": slot, "report": report, "corrected_with": with, "corrected_at": lapse.cured_at,
        }),
    }
}
