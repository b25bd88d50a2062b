//! The JSON a webhook posts: a template in which every value is written as JSON.

use std::collections::BTreeMap;

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value, context};

use super::settings::SettingsError;
use super::{Address, Fields, Message};

/// Work one rendering may do: far more than any body needs, far less than a loop can burn.
const FUEL: u64 = 50_000;

const NAME: &str = "body";

/// What a template may name.
const VALUES: [&str; 13] = [
    "to", "to.phone", "to.email", "text", "code", "link", "key", "case", "unit", "kind", "due", "purpose",
    "answers",
];

/// A compiled body.
#[derive(Debug)]
pub(super) struct Body {
    // Boxed, because an environment is large and a channel is one variant of three.
    environment: Box<Environment<'static>>,
    needs_phone: bool,
    needs_email: bool,
}

/// Why a message has no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoBody {
    /// The template asks for a kind of address that the message does not have.
    NoAddress,
    /// The template failed on these values.
    Failed,
}

impl Body {
    /// Compiles a template and proves with difficult values that what it writes is JSON.
    pub(super) fn compile(source: &str) -> Result<Self, SettingsError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_formatter(write_json);
        environment
            .add_template_owned(NAME, source.to_owned())
            .map_err(|error| SettingsError::new("body", reason(&error)))?;
        let names = environment
            .get_template(NAME)
            .map_err(|error| SettingsError::new("body", reason(&error)))?
            .undeclared_variables(true);
        let names = names.into_iter().collect::<std::collections::BTreeSet<_>>();
        let known = |name: &str| VALUES.contains(&name) || name.starts_with("answers.");
        if let Some(name) = names.iter().find(|name| !known(name)) {
            return Err(SettingsError::new(
                "body",
                format!("there is no value {name}; there are to.phone, to.email, {}", VALUES[3..].join(", ")),
            ));
        }
        let body = Self {
            environment: Box::new(environment),
            needs_phone: names.contains("to.phone"),
            needs_email: names.contains("to.email"),
        };
        body.prove()?;
        Ok(body)
    }

    /// The body of one message.
    pub(super) fn render(&self, message: &Message) -> Result<String, NoBody> {
        let (phone, email) = match &message.to {
            Address::Phone(number) => (Some(number.as_str()), None),
            Address::Email(address) => (None, Some(address.as_str())),
            Address::Robot => (None, None),
        };
        if (self.needs_phone && phone.is_none()) || (self.needs_email && email.is_none()) {
            return Err(NoBody::NoAddress);
        }
        self.fill(&values(message, phone, email)).map_err(|_cause| NoBody::Failed)
    }

    fn fill(&self, values: &Value) -> Result<String, minijinja::Error> {
        self.environment.get_template(NAME)?.render(values)
    }

    /// Renders once with everything set and once with as little as a message may have.
    fn prove(&self) -> Result<(), SettingsError> {
        let hard = "\"'\\{{ }}\n\u{1}\u{2028}中文😀</script>".to_owned();
        let full = Fields {
            code: Some(hard.clone()),
            link: Some(hard.clone()),
            case: Some(hard.clone()),
            unit: Some(hard.clone()),
            kind: Some(hard.clone()),
            due: Some(hard.clone()),
            purpose: Some(hard.clone()),
            answers: BTreeMap::from([('1', hard.clone())]),
        };
        for fields in [full, Fields::default()] {
            let message = Message {
                key: "aaaaaaaaaaaaaaa".to_owned(),
                to: Address::Robot,
                text: hard.clone(),
                subject: None,
                html: None,
                fields,
            };
            let written = self
                .fill(&values(&message, Some(&hard), Some(&hard)))
                .map_err(|error| SettingsError::new("body", reason(&error)))?;
            serde_json::from_str::<serde::de::IgnoredAny>(&written).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                SettingsError::new(
                    "body",
                    format!(
                        "what it writes is not JSON (line {line}, column {column} of the result); \
                         a value brings its own quotation marks: write {{{{ text }}}}, not \"{{{{ text }}}}\""
                    ),
                )
            })?;
        }
        Ok(())
    }
}

fn values(message: &Message, phone: Option<&str>, email: Option<&str>) -> Value {
    let fields = &message.fields;
    let answers: BTreeMap<String, &str> =
        fields.answers.iter().map(|(key, text)| (key.to_string(), text.as_str())).collect();
    context! {
        to => context! { phone => phone, email => email },
        text => message.text.as_str(),
        key => message.key.as_str(),
        code => fields.code.as_deref(),
        link => fields.link.as_deref(),
        case => fields.case.as_deref(),
        unit => fields.unit.as_deref(),
        kind => fields.kind.as_deref(),
        due => fields.due.as_deref(),
        purpose => fields.purpose.as_deref(),
        answers => Value::from_pairs(answers),
    }
}

/// Writes any value as JSON, whatever filters or blocks a template puts round it: there is no way to write it raw.
fn write_json(
    out: &mut minijinja::Output<'_>,
    _state: &mut minijinja::State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_undefined() {
        return Err(minijinja::Error::from(ErrorKind::UndefinedError));
    }
    let json = serde_json::to_string(value)
        .map_err(|_cause| minijinja::Error::new(ErrorKind::BadSerialization, "not a JSON value"))?;
    out.write_str(&json).map_err(minijinja::Error::from)
}

/// What is wrong with a template, with its line. It is compiled and proved without a message, so nothing leaks.
pub(super) fn reason(error: &minijinja::Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("{what} (line {line})"),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message {
            key: "k2".to_owned(),
            to: Address::Phone("+8613800000011".to_owned()),
            text: text.to_owned(),
            subject: None,
            html: None,
            fields: Fields { code: Some("4821".to_owned()), ..Fields::default() },
        }
    }

    #[test]
    fn every_value_is_written_as_json() {
        let body = Body::compile(
            r#"{"to": {{ to.phone }}, "text": {{ text }}, "code": {{ code }}, "link": {{ link }}}"#,
        );
        let hostile = "他说\"好\"\n\\ {{ key }} </script>\u{2028}";
        let written = body.unwrap().render(&message(hostile)).unwrap();
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(
            read,
            serde_json::json!({"to": "+8613800000011", "text": hostile, "code": "4821", "link": null})
        );
    }

    #[test]
    fn the_answers_to_keys_are_an_object() {
        let body = Body::compile(r#"{"text": {{ text }}, "keys": {{ answers }}}"#).unwrap();
        let mut message = message("x");
        message.fields.answers = BTreeMap::from([('1', "好".to_owned()), ('9', "\"".to_owned())]);
        let read: serde_json::Value = serde_json::from_str(&body.render(&message).unwrap()).unwrap();
        assert_eq!(read["keys"], serde_json::json!({"1": "好", "9": "\""}));
    }

    #[test]
    fn no_filter_and_no_block_writes_a_value_raw() {
        for source in [
            r#"{"t": {{ text|safe }}}"#,
            r#"{"t": {% autoescape false %}{{ text }}{% endautoescape %}}"#,
            r#"{"t": {{ text|escape|string }}}"#,
        ] {
            let written = Body::compile(source).unwrap().render(&message("\", \"to\": \"1")).unwrap();
            let read: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read.as_object().unwrap().len(), 1, "{source}");
        }
    }

    #[test]
    fn json_inside_a_json_string_and_shortened_numbers_can_be_written() {
        let body = Body::compile(
            r#"{"n": {{ to.phone|replace("+86", "") }}, "TemplateParam": {{ {"code": code}|tojson }}}"#,
        );
        let written = body.unwrap().render(&message("x")).unwrap();
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["n"], "13800000011");
        let inner: serde_json::Value = serde_json::from_str(read["TemplateParam"].as_str().unwrap()).unwrap();
        assert_eq!(inner, serde_json::json!({"code": "4821"}));
    }

    #[test]
    fn a_bad_template_is_refused_when_it_is_loaded() {
        for (source, says) in [
            (r#"{"to": "{{ to.phone }}"}"#, "not JSON"),
            (r#"{"to": {{ to.mobile }}}"#, "no value to.mobile"),
            (r#"{"to": {{ person }}}"#, "no value person"),
            (r#"{"to": {{ to.phone }"#, "line 1"),
            (r#"{"to": {{ text|shout }}}"#, "shout"),
            (r#"{"n": {{ range(9) }}}"#, "no value range"),
            (r#"{"n": {{ "xxxxxxxxxxxxxxxx" * 1000000 }}}"#, "fuel"),
            (r#"{% include "/etc/passwd" %}"#, "line 1"),
        ] {
            let error = Body::compile(source).unwrap_err();
            assert_eq!(error.field, "body");
            assert!(error.problem.contains(says), "{source}: {}", error.problem);
        }
    }

    #[test]
    fn a_message_without_the_address_a_template_asks_for_is_not_written() {
        let body = Body::compile(r#"{"to": {{ to.email }}}"#).unwrap();
        assert_eq!(body.render(&message("x")), Err(NoBody::NoAddress));
    }
}
