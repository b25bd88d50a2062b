//! Findings: a mistake or a warning, where it stands, and what was expected.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::node::Place;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The daemon does not start with it.
    Mistake,
    /// It starts, and somebody may be sorry.
    Warning,
    /// Worth knowing.
    Note,
}

/// Something that was found in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands; `None` for what is missing altogether.
    pub place: Option<Place>,
    /// The key, as a path.
    pub key: String,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    pub(super) fn mistake(place: &Place, key: &str, message: impl Into<String>) -> Self {
        let (key, message) = (key.to_owned(), message.into());
        Self { severity: Severity::Mistake, place: Some(place.clone()), key, message, help: None }
    }

    pub(super) fn warning(place: Option<Place>, key: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, place, key: key.to_owned(), message: message.into(), help: None }
    }

    pub(super) fn note(place: Option<Place>, key: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, place, key: key.to_owned(), message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The files as they were read: name and text.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub(super) Vec<(String, String)>);

/// Shows findings as a compiler would: file, line, the text underlined, what was expected.
#[must_use]
pub fn render(findings: &[Finding], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for finding in findings {
        let level = match finding.severity {
            Severity::Mistake => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = if finding.key.is_empty() {
            finding.message.clone()
        } else {
            format!("{}: {}", finding.key, finding.message)
        };
        let mut group = annotate_snippets::Group::with_title(level.primary_title(title.as_str()));
        if let Some((name, source, span)) = finding.place.as_ref().and_then(|place| locate(place, sources)) {
            let annotation = AnnotationKind::Primary.span(span);
            group = group.element(Snippet::source(source).path(name).annotation(annotation));
        }
        if let Some(help) = &finding.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    text
}

fn locate<'s>(place: &Place, sources: &'s Sources) -> Option<(&'s str, &'s str, std::ops::Range<usize>)> {
    let (name, source) = sources.0.get(place.file)?;
    let end = place.span.end.min(source.len());
    let start = place.span.start.min(end);
    // A table as a whole is shown by its first line.
    let line_end = source.get(start..end)?.find('\n').map_or(end, |offset| start + offset);
    Some((name, source, start..line_end))
}
