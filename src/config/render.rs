//! Findings as a compiler shows them: file, line, the text underlined, what was expected.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::files::Sources;
use super::finding::{Finding, Severity};
use super::node::Place;

/// More than anybody reads before mending the first.
const SHOWN_MAX: usize = 200;

/// Shows findings as a compiler would; secrets in the text are blotted out.
#[must_use]
pub fn render(findings: &[Finding], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for finding in findings.iter().take(SHOWN_MAX) {
        text.push_str(&renderer.render(&[group(finding, sources)]));
        text.push_str("\n\n");
    }
    if let Some(more @ 1..) = findings.len().checked_sub(SHOWN_MAX) {
        text.push_str(&format!("… and {more} more\n\n"));
    }
    text
}

/// A finding on one line, for a log: file and line, the key, what is wrong. No value stands in it.
#[must_use]
pub fn line(finding: &Finding, sources: &Sources) -> String {
    let place = finding.place.as_ref().and_then(|place| Line::of(place, sources));
    let place = place.map(|line| format!("{}:{}", line.file, line.number));
    let key = Some(finding.key.as_str()).filter(|key| !key.is_empty()).map(str::to_owned);
    place.into_iter().chain(key).chain([finding.message.clone()]).collect::<Vec<_>>().join(": ")
}

fn group<'f>(finding: &'f Finding, sources: &'f Sources) -> Group<'f> {
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
    let mut group = Group::with_title(level.primary_title(title));
    let label = finding.expected.as_ref().map(|expected| format!("expected {expected}"));
    match finding.place.as_ref().and_then(|place| Line::of(place, sources)) {
        Some(line) => group = group.element(line.snippet(AnnotationKind::Primary, label)),
        None => group = group.elements(label.map(|label| Level::NOTE.message(label))),
    }
    if let Some((place, what)) = &finding.related
        && let Some(line) = Line::of(place, sources)
    {
        group = group.element(line.snippet(AnnotationKind::Context, Some(what.clone())));
    }
    group.elements(finding.help.as_ref().map(|help| Level::HELP.message(help.as_str())))
}

/// The first line of a place. Only that is shown: a whole table would bury what is wrong with it.
struct Line<'s> {
    file: &'s str,
    number: usize,
    text: &'s str,
    start: usize,
    end: usize,
}

impl<'s> Line<'s> {
    fn of(place: &Place, sources: &'s Sources) -> Option<Self> {
        let file = sources.0.get(place.file)?;
        let source = file.text.as_str();
        let at = place.start.min(source.len());
        let before = source.get(..at)?;
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let finish = source.get(at..)?.find('\n').map_or(source.len(), |newline| at + newline);
        let text = source.get(begin..finish)?.trim_end_matches('\r');
        let number = before.matches('\n').count() + 1;
        let start = (at - begin).min(text.len());
        let end = place.end.saturating_sub(begin).clamp(start, text.len());
        Some(Self { file: &file.name, number, text, start, end })
    }

    fn snippet(self, kind: AnnotationKind, label: Option<String>) -> Snippet<'s, Annotation<'s>> {
        let annotation = kind.span(self.start..self.end).label(label);
        Snippet::source(self.text).line_start(self.number).path(self.file).annotation(annotation)
    }
}
