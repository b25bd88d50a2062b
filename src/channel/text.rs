//! Texts: every message to a person or an authority, in Chinese and English, from plain facts.
//!
//! **Invariant.** What people wrote is data: it is cleaned, never a template, never a link in an SMS. A template is
//! part of the program, one file a purpose and a language, one section a medium; all are compiled at once.
//!
//! An SMS is at most 70 UCS-2 units: what does not fit is left out whole, in a fixed order (place, address of the
//! page, advice), and never cut. A call says nothing but urgency before a key is pressed. A group robot is told no
//! name, no number and no temperature.

mod brief;
mod clean;
mod files;
mod form;
mod longest;
mod report;
mod values;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

pub use brief::{
    Absence, Alarm, Away, Brief, Due, Ending, Event, Kind, Lacking, MovedBy, Notice, Post, Purpose, Shift,
    Unfiled, Unit, What,
};
pub use clean::clean;
pub use form::{Language, Medium, Organisation, Signature};
pub use report::{Head, Items, Reached, Report, ReportKind, TakenBy, TelephoneLine};
pub use words::Moment;

/// The longest SMS that goes as one: 70 UCS-2 units, the signature and its brackets included.
pub const SMS_UNITS_MAX: usize = 70;

/// Work one rendering may do.
const FUEL: u64 = 200_000;

/// The keys a call may be answered with.
const KEYS: [char; 4] = ['1', '2', '3', '9'];

/// A message as it goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// What it says.
    pub text: String,
    /// The subject, for mail.
    pub subject: Option<String>,
    /// The same as `text` as HTML, for mail.
    pub html: Option<String>,
    /// What a call says after each key.
    pub answers: BTreeMap<char, String>,
}

/// A message that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is no text of this purpose for this medium: a code for a group, for example.
    #[error("there is no {purpose} message by {medium}")]
    NoSuchText {
        /// What it was for.
        purpose: Purpose,
        /// How it was to go.
        medium: &'static str,
    },
    /// A template of ours failed.
    #[error("template {name} failed")]
    Template {
        /// The file, its section, and the line in it.
        name: String,
    },
}

/// All texts, compiled.
#[derive(Debug)]
pub struct Texts {
    environment: Environment<'static>,
}

impl Texts {
    /// Compiles every template.
    ///
    /// # Errors
    /// Where one of them cannot be compiled.
    pub fn load() -> Result<Self, TextError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|_cause| TextError::Template { name: "syntax".to_owned() })?);
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        });
        for (name, source) in files::sections() {
            environment
                .add_template_owned(name.clone(), source)
                .map_err(|error| TextError::Template { name: at_line(&name, &error) })?;
        }
        Ok(Self { environment })
    }

    /// Writes a message.
    ///
    /// # Errors
    /// Where there is no such message by that medium.
    pub fn render(&self, brief: &Brief) -> Result<Rendered, TextError> {
        match brief.medium {
            Medium::Sms => self.sms(brief),
            Medium::Phone { .. } => self.call(brief),
            Medium::Email => self.mail(brief),
            Medium::Robot => {
                let text = self.line(brief, "robot", &brief.values(values::Room::ALL))?;
                Ok(Rendered { text, ..Rendered::default() })
            }
        }
    }

    /// The length of the longest SMS of each purpose for this organisation, with these units: what `check` warns by.
    ///
    /// # Errors
    /// Where a template of ours fails.
    pub fn longest_sms(
        &self,
        organisation: &Organisation,
        units: &[Unit],
        language: Language,
    ) -> Result<BTreeMap<Purpose, usize>, TextError> {
        let mut longest = BTreeMap::new();
        for unit in units {
            for what in What::longest(unit) {
                let brief = Brief {
                    language,
                    medium: Medium::Sms,
                    organisation: organisation.clone(),
                    called: None,
                    test: true,
                    late: true,
                    what,
                };
                if !self.has(&brief, "sms") {
                    continue;
                }
                let length = brief.units(&self.sms(&brief)?.text);
                let entry = longest.entry(brief.what.purpose()).or_insert(0);
                *entry = length.max(*entry);
            }
        }
        Ok(longest)
    }

    /// Leaves out what does not fit, in a fixed order, and cuts what an alarm names; a unit whose name is too long still
    /// goes whole.
    fn sms(&self, brief: &Brief) -> Result<Rendered, TextError> {
        let mut text = String::new();
        for room in values::Room::LESS_AND_LESS {
            text = self.sms_within(brief, room)?;
            if brief.units(&text) <= SMS_UNITS_MAX {
                return Ok(Rendered { text, ..Rendered::default() });
            }
        }
        if let Some(room) = brief.least_room(brief.units(&text) - SMS_UNITS_MAX) {
            text = self.sms_within(brief, room)?;
        }
        Ok(Rendered { text, ..Rendered::default() })
    }

    fn sms_within(&self, brief: &Brief, room: values::Room) -> Result<String, TextError> {
        let written = self.line(brief, "sms", &brief.values(room))?;
        Ok(match brief.organisation.signature.written() {
            Some(signature) => format!("【{}】{written}", clean(signature)),
            None => written,
        })
    }

    fn call(&self, brief: &Brief) -> Result<Rendered, TextError> {
        let values = brief.spoken_values();
        let mut answers = BTreeMap::new();
        for key in KEYS {
            if brief.has_keys() && self.has(brief, &format!("key{key}")) {
                answers.insert(key, self.line(brief, &format!("key{key}"), &values)?);
            }
        }
        Ok(Rendered { text: self.line(brief, "phone", &values)?, answers, ..Rendered::default() })
    }

    fn mail(&self, brief: &Brief) -> Result<Rendered, TextError> {
        let values = brief.values(values::Room::ALL);
        let subject = self.line(brief, "subject", &values)?;
        let text = self.section(brief, "email", &values)?;
        let html = self.html("mail.html", &brief.page(&subject, &text))?;
        Ok(Rendered { text, subject: Some(subject), html: Some(html), answers: BTreeMap::new() })
    }

    fn has(&self, brief: &Brief, section: &str) -> bool {
        self.environment.get_template(&name(brief, section)).is_ok()
    }

    fn section(&self, brief: &Brief, section: &str, values: &Value) -> Result<String, TextError> {
        if !self.has(brief, section) {
            return Err(TextError::NoSuchText { purpose: brief.what.purpose(), medium: brief.medium.name() });
        }
        self.fill(&name(brief, section), values)
    }

    /// A section on one line: breaks in the file are for whoever reads the file.
    fn line(&self, brief: &Brief, section: &str, values: &Value) -> Result<String, TextError> {
        Ok(self.section(brief, section, values)?.replace('\n', ""))
    }

    fn html(&self, name: &str, values: &Value) -> Result<String, TextError> {
        self.fill(name, values)
    }

    fn fill(&self, name: &str, values: &Value) -> Result<String, TextError> {
        let text = self
            .environment
            .get_template(name)
            .and_then(|template| template.render(values))
            .map_err(|error| TextError::Template { name: at_line(name, &error) })?;
        Ok(text.trim().to_owned())
    }
}

fn name(brief: &Brief, section: &str) -> String {
    format!("{}/{}/{section}", brief.language.code(), brief.what.file())
}

/// Where a template failed; what it was filled with is not told.
fn at_line(name: &str, error: &minijinja::Error) -> String {
    format!("{name}:{}", error.line().unwrap_or_default())
}
