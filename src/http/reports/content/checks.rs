//! What must hold between the figures of a report: each rule that does not is said with its sentence and its two numbers.

use minijinja::Environment;
use minijinja::value::Serde;
use serde_json::{Map, Value, json};

use super::Content;
use crate::domain::form::{Form, Labels, Takes};
use crate::http::problem::FieldError;
use crate::http::reports::mistakes::Mistakes;

/// Two signs before one: `<=` is no `<`.
const COMPARISONS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];

/// Tells of every rule that the figures break, in both languages.
pub(super) fn hold(content: &Content, form: &Form, figures: &Map<String, Value>, mistakes: &mut Mistakes) {
    let mut values = figures.clone();
    // A zero report that leaves a count out says that it is none.
    for field in form.fields.iter().filter(|field| matches!(field.takes, Takes::Count | Takes::Number)) {
        values.entry(field.name.clone()).or_insert(json!(0));
    }
    values.insert("asked".to_owned(), json!(content.asked));
    values.insert("total".to_owned(), json!(content.total));
    let environment = Environment::new();
    for check in &form.checks {
        let Ok(rule) = environment.compile_expression(&check.rule) else { continue };
        if rule.eval(Serde(&values)).is_ok_and(|value| value.is_true()) {
            continue;
        }
        let named = rule.undeclared_variables(false);
        let mut fields = form.fields.iter().filter(|field| named.contains(&field.name));
        // What is personal is said again in no error.
        let numbers = if fields.clone().any(|field| field.personal) {
            None
        } else {
            numbers(&environment, &check.rule, &values)
        };
        let pointer = fields
            .next()
            .map_or_else(|| "/figures".to_owned(), |field| FieldError::below("/figures", &field.name));
        let says =
            numbers.map_or_else(|| check.otherwise.clone(), |numbers| with(&check.otherwise, &numbers));
        mistakes.note(pointer, &says);
    }
}

/// The sentence with what the rule compares.
fn with(sentence: &Labels, (left, right): &(String, String)) -> Labels {
    let ended = |text: &str| text.trim_end_matches(['。', '.']).to_owned();
    Labels {
        zh: format!("{}（两边分别为 {left} 和 {right}）", ended(&sentence.zh)),
        en: format!("{} (the two sides are {left} and {right})", ended(&sentence.en)),
    }
}

/// What stands on the two sides of a rule that compares two numbers, and nothing else.
fn numbers(
    environment: &Environment<'_>,
    rule: &str,
    values: &Map<String, Value>,
) -> Option<(String, String)> {
    let (left, right) = sides(rule)?;
    let number = |side: &str| {
        let value = environment.compile_expression(side).ok()?.eval(Serde(values)).ok()?;
        value.is_number().then(|| value.to_string())
    };
    Some((number(left)?, number(right)?))
}

/// The two sides of the only comparison that stands in no brackets and no quotes.
fn sides(rule: &str) -> Option<(&str, &str)> {
    let (mut depth, mut quote) = (0_u32, None);
    let mut found = None;
    let mut rest = rule.char_indices();
    while let Some((at, sign)) = rest.next() {
        match (quote, sign) {
            (Some(open), _) if sign == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(sign),
            (None, '(' | '[') => depth = depth.saturating_add(1),
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 => {
                let here = rule.get(at..)?;
                let Some(comparison) = COMPARISONS.iter().find(|it| here.starts_with(**it)) else { continue };
                if found.is_some() {
                    return None;
                }
                found = Some((rule.get(..at)?, here.get(comparison.len()..)?));
                if comparison.len() > 1 {
                    rest.next();
                }
            }
            (None, _) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_two_sides_where_it_compares_once() {
        assert_eq!(sides("a + b <= total"), Some(("a + b ", " total")));
        assert_eq!(sides("(a < b) == c"), Some(("(a < b) ", " c")));
        assert_eq!(sides("a == b"), Some(("a ", " b")));
        assert_eq!(sides("what != '<='"), Some(("what ", " '<='")));
        for none in ["a < b and c < d", "a in [1, 2]", "", "not a"] {
            assert_eq!(sides(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_compared_is_said_where_both_sides_are_numbers() {
        let values = json!({ "a": 23, "b": 2, "c": 24, "remark": "无" });
        let values = values.as_object().unwrap();
        let told = |rule| numbers(&Environment::new(), rule, values);
        assert_eq!(told("a + b <= c"), Some(("25".to_owned(), "24".to_owned())));
        assert_eq!(told("remark == c"), None);
        assert_eq!(told("a + b"), None);
        assert_eq!(told("a +"), None);
    }
}
