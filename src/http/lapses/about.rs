//! What a lapse is about, as a reader is shown it: never a case of their own.

use serde_json::{Value, json};

use crate::domain::lapse::About;
use crate::domain::names::{CaseId, PersonId};
use crate::domain::slot::ReasonGiven;
use crate::engine::Published;
use crate::http::caller::Caller;
use crate::http::context::Context;
use crate::ledger::export::Line;

/// What it is about, with what the filer of a report gave as the reason for it, where that can be opened.
pub(super) fn about(context: &Context, (caller, published): (&Caller, &Published), line: &Line) -> Value {
    let mut about = line.about();
    if let Some(person) = caller.person() {
        leave_out_own(&mut about, published, person);
    }
    let payload = match &line.lapse.about {
        About::Report { payload, .. } | About::Correction { payload, .. } => Some(payload),
        About::Slot { .. } => line.filed.as_ref().map(|filed| &filed.payload),
        About::Telephone { .. } | About::Written { .. } | About::Event { .. } => None,
    };
    if let (Some(payload), Some(members)) = (payload, about.as_object_mut()) {
        let filed = context.open(payload);
        let reason = filed.as_ref().and_then(|filed| filed.get("reason")?.as_str());
        members.insert("reason".to_owned(), json!(reason));
        if let Some(filed) = &line.filed {
            let reasons: Vec<Value> = filed.reasons.iter().map(|it| given(context, it)).collect();
            members.insert("reasons".to_owned(), json!(reasons));
        }
    }
    about
}

/// Nobody is told of a case of their own.
fn leave_out_own(about: &mut Value, published: &Published, person: &PersonId) {
    let is_own = |id: &Value| {
        let case = id.as_str().and_then(|id| published.state.case(&CaseId::new(id)));
        case.is_some_and(|case| case.subject_person.as_ref() == Some(person))
    };
    if let Some(cases) = about.pointer_mut("/contradiction/cases").and_then(Value::as_array_mut) {
        cases.retain(|id| !is_own(id));
    }
    if about.get("case").is_some_and(is_own)
        && let Some(members) = about.as_object_mut()
    {
        members.remove("case");
    }
}

/// A reason that was given with a report, where it can be opened; when, and in which entry that stands.
fn given(context: &Context, it: &ReasonGiven) -> Value {
    let filed = context.open(&it.payload);
    let reason = filed.as_ref().and_then(|filed| filed.get("reason")?.as_str());
    json!({ "report": it.report, "at": it.at, "entry": it.entry, "reason": reason })
}
