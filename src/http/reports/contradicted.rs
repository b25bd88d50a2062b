//! What is known against a report, as its filer is shown it before the report is taken (M22).

use super::mistakes::Mistakes;
use crate::domain::command::Rejection;
use crate::domain::fact::Fact;
use crate::domain::form::{Form, Labels};
use crate::domain::names::CaseId;
use crate::domain::slot::{Above, Below, Contradiction, Counted};
use crate::engine::Refusal;
use crate::http::problem::{FieldError, Problem};
use crate::http::refuse;
use crate::time::Timestamp;

/// So many cases are named of those that a report leaves out.
const LISTED_MAX: usize = 10;

/// Who says that a report stands says why.
pub(super) fn stands_for(stands: bool, reason: Option<&str>, mistakes: &mut Mistakes) {
    if stands && reason.is_none_or(|reason| reason.trim().is_empty()) {
        let en = "reason: expected why it stands, where `stands` is true";
        mistakes.say("/reason", "理由：确认属实的，应写明理由", en);
    }
}

/// What is known against a first report that is refused; that it was sent is on record.
pub(super) fn questioned(form: &Form, facts: &[Fact]) -> Option<Problem> {
    facts.iter().find_map(|fact| {
        let Fact::ReportQuestioned { questioned, .. } = fact else { return None };
        Some(problem_of(form, &questioned.against))
    })
}

/// A refusal of a report; of one that is contradicted, with the figures and what is known against each.
pub(super) fn problem(form: &Form, refusal: Refusal, now: Timestamp) -> Problem {
    if let Refusal::Rejected(Rejection::Contradicted(against)) = &refusal {
        return problem_of(form, against);
    }
    refuse::problem(refusal, now)
}

fn problem_of(form: &Form, against: &[Contradiction]) -> Problem {
    let errors = against.iter().flat_map(|against| known(form, against)).collect();
    Problem { errors, ..refuse::contradicted() }
}

/// Each figure, and what is known against it, in both languages.
fn known(form: &Form, against: &Contradiction) -> Vec<FieldError> {
    let one = match against {
        Contradiction::Fevers { cases, .. } => {
            let (pointer, label) = fevers(form);
            let (count, cases) = (cases.len(), list(cases));
            let zh = format!("{}：应不少于 {count}：本单位病例 {cases} 未排除", label.zh);
            let en = format!("{}: expected at least {count}: not ruled out of this unit: {cases}", label.en);
            FieldError::new(pointer, Labels { zh, en }.to_string())
        }
        Contradiction::Absences { absences, .. } => {
            let (pointer, label) = fevers(form);
            let count = absences.len();
            let zh = format!("{}：另有 {count} 人因发热缺勤，尚未计入", label.zh);
            let en = format!("{}: expected to count {count} who are away for a fever", label.en);
            FieldError::new(pointer, Labels { zh, en }.to_string())
        }
        Contradiction::Unreported { known, .. } => {
            let (pointer, label) = fevers(form);
            let zh = format!("{}：已上报 {known} 人，其余应逐人上报", label.zh);
            let en = format!("{}: {known} reported; expected a report of each of the others", label.en);
            FieldError::new(pointer, Labels { zh, en }.to_string())
        }
        Contradiction::People { known, other, .. } => {
            let zh = format!("人数合计：应与 {other} 一致，为 {known} 人");
            let en = format!("people altogether: expected {known} as in {other}");
            FieldError::new("/figures", Labels { zh, en }.to_string())
        }
        Contradiction::TooClose { other, apart_s_min, .. } => {
            let minutes = apart_s_min.div_ceil(60);
            let zh = format!("本次应与 {other} 相隔至少 {minutes} 分钟报送");
            let en = format!("expected at least {minutes} min after {other} was reported");
            FieldError::new("", Labels { zh, en }.to_string())
        }
        Contradiction::BelowBefore { figures } => {
            return figures.iter().map(|below| not_lower(form, below)).collect();
        }
        Contradiction::AboveAfter { figures } => {
            return figures.iter().map(|above| not_higher(form, above)).collect();
        }
        Contradiction::Counted { said, known, by, .. } => {
            let counted = Counted { reported: *said, known: *known, by: *by };
            FieldError::new("/figures", counted.says().to_string())
        }
    };
    vec![one]
}

/// The figure that counts people with a fever, and what it is called.
fn fevers(form: &Form) -> (String, Labels) {
    let field = form.fields.iter().find(|field| Some(&field.name) == form.fevers.as_ref());
    let none = Labels { zh: "发热人数".to_owned(), en: "Fever".to_owned() };
    let label = field.map_or(none, |field| field.label.clone());
    let below = |name: &String| FieldError::below("/figures", name);
    (field.map_or_else(|| "/zero".to_owned(), |field| below(&field.name)), label)
}

/// What a figure is called; its name where the form has it no longer.
fn label(form: &Form, name: &str) -> Labels {
    let field = form.fields.iter().find(|field| field.name == name);
    field.map_or_else(|| Labels { zh: name.to_owned(), en: name.to_owned() }, |field| field.label.clone())
}

/// A running total that is higher than the next report has it.
fn not_higher(form: &Form, above: &Above) -> FieldError {
    let Above { field: name, after, other, .. } = above;
    let label = label(form, name);
    let zh = format!("{}：累计数应不多于 {after}，{other} 报 {after}", label.zh);
    let en = format!("{}: a running total; expected at most {after} as in {other}", label.en);
    FieldError::new(FieldError::below("/figures", name), Labels { zh, en }.to_string())
}

/// A running total that is lower than it was.
fn not_lower(form: &Form, below: &Below) -> FieldError {
    let Below { field: name, before, other, .. } = below;
    let label = label(form, name);
    let zh = format!("{}：累计数应不少于 {before}，{other} 已报 {before}", label.zh);
    let en = format!("{}: a running total; expected at least {before} as in {other}", label.en);
    FieldError::new(FieldError::below("/figures", name), Labels { zh, en }.to_string())
}

/// The first of them; whoever wants all looks at the cases of the unit.
fn list(cases: &[CaseId]) -> String {
    let more = if cases.len() > LISTED_MAX { " …" } else { "" };
    let first: Vec<&str> = cases.iter().take(LISTED_MAX).map(CaseId::as_str).collect();
    format!("{}{more}", first.join(", "))
}
