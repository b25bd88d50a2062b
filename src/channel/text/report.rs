//! The written report to an authority: fifteen items, the telephone report, and what vouches for it.

use std::collections::BTreeMap;

use minijinja::Value;

use super::brief::Kind;
use super::clean::clean;
use super::form::Language;
use super::words::Moment;
use super::{Rendered, TextError, Texts};

/// Which report of a case it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportKind {
    /// 初报: the first, with every item; what is unknown is said to be unknown.
    Initial,
    /// 续报: what changed, counted from 1.
    Progress(u32),
    /// 终报: the outcome, counted from 1.
    Final(u32),
    /// 更正: what was wrong, counted from 1.
    Correction {
        /// Which correction it is.
        count: u32,
        /// The number of the report it corrects.
        corrects: Option<String>,
        /// Whether the case was ruled out.
        ruled_out: bool,
    },
}

/// What became of the telephone report that has to come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TelephoneLine {
    /// A person at the authority took it.
    Taken {
        /// When.
        at: Moment,
        /// Who, and how that is known.
        by: TakenBy,
    },
    /// A call got this far, and the policy is content with it; that a person took it is not known.
    Reached {
        /// When.
        at: Moment,
        /// How far.
        reached: Reached,
    },
    /// It was tried, and it is not known that anybody took it.
    Attempted {
        /// When it was first tried.
        since: Moment,
        /// How often.
        times: u32,
        /// How far a call of ours got.
        reached: Reached,
        /// Whether the daemon rings again by itself.
        goes_on: bool,
    },
    /// It could not be tried.
    Impossible {
        /// Why.
        reason: String,
    },
}

/// How it is known that a person at the authority took the telephone report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenBy {
    /// Whoever rang noted who took it.
    Named(String),
    /// Whoever rang recorded that it was taken, and not by whom.
    Recorded,
    /// A key was pressed in the daemon's call.
    Key,
}

/// How far a call is known to have got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It was placed; no more is known.
    Placed,
    /// Something picked up.
    Answered,
    /// It was played to its end.
    Heard,
}

impl Reached {
    const fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Answered => "answered",
            Self::Heard => "heard",
        }
    }
}

/// The items of a report, in the order in which it is read; none where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Items {
    /// 1: the event's name.
    pub event: Option<String>,
    /// 2: when it was reported to us.
    pub received: Option<String>,
    /// 3: by whom.
    pub source: Option<String>,
    /// 4: when it happened.
    pub occurred: Option<String>,
    /// 5: where, to the street and the spot.
    pub place: Option<String>,
    /// 6: how many are affected, suspected, confirmed, dead.
    pub numbers: Option<String>,
    /// 7: symptoms and temperatures.
    pub symptoms: Option<String>,
    /// 8: its nature and cause, as far as can be said.
    pub cause: Option<String>,
    /// 9: whom and what it may concern.
    pub scope: Option<String>,
    /// 10: what was done.
    pub measures: Option<String>,
    /// 11: where it is going.
    pub trend: Option<String>,
    /// 12: what is next, and which help is asked for.
    pub next: Option<String>,
    /// 13: the leaders on the spot.
    pub leaders: Option<String>,
    /// 14: who reports, with post and telephone.
    pub reporter: Option<String>,
    /// 15: who else was told, and when.
    pub told: Option<String>,
}

impl Items {
    /// What the items are called where a person writes them, in their order.
    pub const NAMES: [&str; 15] = [
        "event", "received", "source", "occurred", "place", "numbers", "symptoms", "cause", "scope",
        "measures", "trend", "next", "leaders", "reporter", "told",
    ];

    fn in_order(&self) -> [Option<&str>; 15] {
        [
            &self.event,
            &self.received,
            &self.source,
            &self.occurred,
            &self.place,
            &self.numbers,
            &self.symptoms,
            &self.cause,
            &self.scope,
            &self.measures,
            &self.trend,
            &self.next,
            &self.leaders,
            &self.reporter,
            &self.told,
        ]
        .map(|item| item.as_deref())
    }
}

/// The entry of the journal a report was written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The entry's hash in hexadecimal; its ends are printed.
    pub hash: String,
    /// The entry's number.
    pub entry: u64,
}

/// A written report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// In which language.
    pub language: Language,
    /// Which report of the case it is.
    pub kind: ReportKind,
    /// Whether it is only a test.
    pub test: bool,
    /// Whether a person completed it; if not, its first line says so.
    pub verified: bool,
    /// Whether somebody handles the case: the first line says that it is being verified only then.
    pub handled: bool,
    /// Who reports: the organisation's full name.
    pub organisation: String,
    /// To whom: the authority's name.
    pub authority: String,
    /// The unit it happened in.
    pub unit: String,
    /// What kind of case it is.
    pub case_kind: Kind,
    /// How many people are affected.
    pub people: u32,
    /// When the report is written.
    pub written_at: Moment,
    /// The number of the case's reports without its last part: `CB-20260923-01`.
    pub series: String,
    /// The limit of the clock.
    pub due: Option<Moment>,
    /// What became of the telephone report.
    pub telephone: TelephoneLine,
    /// What is reported.
    pub items: Items,
    /// Who signed, with the time.
    pub signer: Option<String>,
    /// The entry it was written from.
    pub head: Option<Head>,
    /// Where the authority confirms that it has the report.
    pub receipt_page: Option<String>,
    /// The digits it enters there.
    pub receipt_code: Option<String>,
    /// The number it may ring instead.
    pub phone: Option<String>,
}

impl Texts {
    /// The number of a report: `CB-20260923-01-初报`.
    ///
    /// # Errors
    /// Where a template of ours fails.
    pub fn report_number(&self, report: &Report) -> Result<String, TextError> {
        let suffix = self.part(report, "suffix", &Value::from_pairs(report.kind_values()))?;
        Ok(format!("{}-{suffix}", clean(&report.series)))
    }

    /// Writes a report: its subject, its text, and the same as a page that prints on A4.
    ///
    /// # Errors
    /// Where a template of ours fails.
    pub fn report(&self, report: &Report) -> Result<Rendered, TextError> {
        let values = self.report_values(report)?;
        let part = |section: &str| self.part(report, section, &values);
        let mut notices = Vec::new();
        if report.test {
            notices.push(part("test")?);
        }
        if !report.verified {
            notices.push(part("notice")?);
        }
        let before = [part("opening")?, part("telephone")?];
        let items = self.items(report)?;
        let after = [part("signed")?, part("closing")?, part("receipt")?];
        let record = if report.head.is_some() { part("record")? } else { String::new() };
        let (subject, title, salutation) = (part("subject")?, part("title")?, part("salutation")?);
        let text = notices
            .iter()
            .chain([&salutation])
            .chain(&before)
            .cloned()
            .chain(items.iter().map(|item| format!("{:>2} {}  {}", item.number, item.label, item.value)))
            .chain(after.iter().chain([&record]).cloned())
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n");
        let lines =
            |lines: &[String]| Value::from_iter(lines.iter().filter(|line| !line.is_empty()).cloned());
        let page = minijinja::context! {
            language => report.language.code(), subject => subject.as_str(), title, salutation, record,
            notices => lines(&notices), before => lines(&before), after => lines(&after),
            items => Value::from_iter(items.iter().map(Item::value)),
        };
        let html = self.fill("report.html", &page)?;
        Ok(Rendered { text, subject: Some(subject), html: Some(html), answers: BTreeMap::new() })
    }

    /// The items with their numbers: all of a first report, of any other those that say something.
    fn items(&self, report: &Report) -> Result<Vec<Item>, TextError> {
        let labels = self.part(report, "labels", &Value::from(()))?;
        let unknown = self.part(report, "unknown", &Value::from(()))?;
        let whole = report.kind == ReportKind::Initial;
        let items =
            labels.lines().zip(report.items.in_order()).zip(1..).filter_map(|((label, said), number)| {
                let said = said.map(clean).filter(|said| !said.is_empty());
                let value = if whole { said.unwrap_or_else(|| unknown.clone()) } else { said? };
                Some(Item { number, label: label.to_owned(), value })
            });
        Ok(items.collect())
    }

    fn part(&self, report: &Report, section: &str, values: &Value) -> Result<String, TextError> {
        self.fill(&format!("{}/report/{section}", report.language.code()), values)
    }

    fn report_values(&self, report: &Report) -> Result<Value, TextError> {
        let language = report.language;
        let said =
            |text: &Option<String>| optional(text.as_deref().map(clean).filter(|text| !text.is_empty()));
        let (corrects, ruled_out) = match &report.kind {
            ReportKind::Correction { corrects, ruled_out, .. } => (said(corrects), *ruled_out),
            ReportKind::Initial | ReportKind::Progress(_) | ReportKind::Final(_) => (Value::from(()), false),
        };
        let mut values = report.kind_values();
        values.extend(report.telephone.values(language));
        values.extend([
            ("mark", Value::from(if report.test { language.pick("【测试】", "[TEST] ") } else { "" })),
            ("number", Value::from(self.report_number(report)?)),
            ("suffix", Value::from(self.part(report, "suffix", &Value::from_pairs(report.kind_values()))?)),
            ("organisation", Value::from(clean(&report.organisation))),
            ("authority", Value::from(clean(&report.authority))),
            ("unit", Value::from(clean(&report.unit))),
            ("kind", Value::from(report.case_kind.word(language))),
            ("people", Value::from(report.people.to_string())),
            ("written_at", Value::from(report.written_at.in_full(language))),
            ("due", optional(report.due.map(|due| due.written(language)))),
            ("corrects", corrects),
            ("ruled_out", Value::from(ruled_out)),
            ("handled", Value::from(report.handled)),
            ("signer", said(&report.signer)),
            ("page", said(&report.receipt_page)),
            ("code", said(&report.receipt_code)),
            ("phone", said(&report.phone)),
            ("hash", optional(report.head.as_ref().map(|head| short_hash(&head.hash)))),
            ("entry", optional(report.head.as_ref().map(|head| head.entry))),
        ]);
        Ok(Value::from_pairs(values))
    }
}

impl TelephoneLine {
    fn values(&self, language: Language) -> BTreeMap<&'static str, Value> {
        let at = |at: &Moment| ("at", Value::from(at.written(language)));
        let mut values: BTreeMap<&'static str, Value> =
            ["telephone", "at", "by", "key", "times", "reached", "goes_on"]
                .map(|name| (name, Value::from(())))
                .into();
        match self {
            Self::Taken { at: when, by } => {
                let by = match by {
                    TakenBy::Named(name) => ("by", Value::from(clean(name))),
                    TakenBy::Recorded => ("key", Value::from(false)),
                    TakenBy::Key => ("key", Value::from(true)),
                };
                values.extend([("telephone", Value::from("taken")), at(when), by]);
            }
            Self::Reached { at: when, reached } => {
                let reached = ("reached", Value::from(reached.word()));
                values.extend([("telephone", Value::from("reached")), at(when), reached]);
            }
            Self::Attempted { since, times, reached, goes_on } => {
                values.extend([
                    ("telephone", Value::from("attempted")),
                    at(since),
                    ("times", Value::from(*times)),
                    ("reached", Value::from(reached.word())),
                    ("goes_on", Value::from(*goes_on)),
                ]);
            }
            Self::Impossible { reason } => {
                values.extend([("telephone", Value::from("impossible")), ("by", Value::from(clean(reason)))]);
            }
        }
        values
    }
}

impl Report {
    fn kind_values(&self) -> BTreeMap<&'static str, Value> {
        let (which, count) = match &self.kind {
            ReportKind::Initial => ("initial", 1),
            ReportKind::Progress(count) => ("progress", *count),
            ReportKind::Final(count) => ("final", *count),
            ReportKind::Correction { count, .. } => ("correction", *count),
        };
        BTreeMap::from([("which", Value::from(which)), ("count", Value::from(count))])
    }
}

#[derive(Debug)]
struct Item {
    number: u32,
    label: String,
    value: String,
}

impl Item {
    fn value(&self) -> Value {
        minijinja::context! { number => self.number, label => self.label.as_str(), value => self.value.as_str() }
    }
}

/// The two ends of a hash, enough to compare by eye: `4f2a…91c0`.
fn short_hash(hash: &str) -> String {
    match (hash.get(..4), hash.len().checked_sub(4).and_then(|at| hash.get(at..))) {
        (Some(first), Some(last)) if hash.len() > 8 => format!("{first}…{last}"),
        _ => clean(hash),
    }
}

fn optional<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or_else(|| Value::from(()), Into::into)
}
