//! Forms: what units report, and by when, read and checked whole.

use std::collections::BTreeSet;
use std::time::Duration;

use super::finding::Finding;
use super::mapped::expression;
use super::people::People;
use super::reader::Table;
use super::report::At;
use super::values::{DAY, Ids, id, required_name, schedule};
use super::words::is_id;
use crate::domain::form::{Check, Field, Form, Labels, Superior, Takes};
use crate::domain::names::{FormId, UnitId};
use crate::time::Schedule;

/// When the office gets the list of what is missing.
const OFFICE_AFTER: Duration = Duration::from_mins(30);
/// More than anybody fills in.
const FIELDS_MAX: usize = 100;
/// A sentence that people read before they tick it.
const SENTENCE_CHARS_MAX: usize = 300;
/// Each is a slot for every unit: a `*` before the hour is a slip of the pen.
const SLOTS_A_DAY_MAX: u32 = 24;

/// Reads `[[form]]`.
pub(super) fn read(root: &Table<'_>, people: &People) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut known = Ids::new();
    for table in root.tables("form") {
        forms.extend(form(&table, people, &mut known));
        table.finish();
    }
    forms
}

fn form(table: &Table<'_>, people: &People, known: &mut Ids) -> Option<Form> {
    let id = id(table, known);
    let name = labels(table, "name");
    let short_name = table.has("short_name").then(|| labels(table, "short_name")).flatten();
    table.require("due", "cron with seconds, such as \"0 0 16 * * *\"");
    let due = seldom(table, "due");
    let units = units(table, people);
    let superior = table.table("superior");
    let superior = superior.and_then(|superior| self::superior(&superior));
    let span = |key| table.bounded(key, Duration::ZERO, DAY * 366).map(|at| at.value);
    let (late_after, missing_after) = (span("late_after"), span("missing_after"));
    let (opens_before, min_apart) = (span("opens_before"), span("min_apart"));
    let remind_before = table.durations("remind_before").unwrap_or_default();
    let leader_after = span("leader_after").unwrap_or(Duration::ZERO);
    let office_after = span("office_after").unwrap_or(OFFICE_AFTER);
    let late_after = late_after.unwrap_or(Duration::ZERO);
    let missing_after = missing_after.unwrap_or(Duration::from_hours(4));
    if let (true, Some(entry)) = (missing_after < late_after, table.entry("missing_after")) {
        let finding = Finding::mistake(&entry.node.place, &table.key("missing_after"), "before late_after");
        table.report.tell(finding.expected("late_after <= missing_after"));
    }
    let (fields, columns) = (fields(table, "fields"), fields(table, "columns"));
    if table.has("fields") == table.has("columns") {
        table.missing(
            "fields",
            "fields = [ … ] for figures, or columns = [ … ] for a register; one of the two",
        );
    }
    let consent = consent(table, &columns);
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let with_counts: Vec<&str> = names.iter().copied().chain(["asked", "total"]).collect();
    let zero_needs = named(table, "zero_needs", &with_counts);
    let total = named(table, "total", &names);
    let fevers = fevers(table, &fields);
    // Of the figures that add up to everybody, the first is by custom those who are simply there.
    let zero_ignores = if table.has("zero_ignores") {
        named(table, "zero_ignores", &names)
    } else {
        total.first().cloned().into_iter().collect()
    };
    let checks = table.tables("checks").iter().filter_map(|check| self::check(check, &with_counts)).collect();
    let zero_allowed = table.bool("zero_allowed").unwrap_or(false);
    let workdays_only = table.bool("workdays_only").unwrap_or(false);
    Some(Form {
        name: name?,
        due: due?,
        units,
        opens_before,
        superior,
        short_name,
        leader_after,
        office_after,
        remind_before: remind_before.into_iter().map(|at| at.value).collect(),
        late_after,
        missing_after,
        zero_allowed,
        zero_needs,
        zero_ignores,
        workdays_only,
        min_apart,
        checks,
        total,
        fevers,
        id: FormId::new(&id?),
        fields,
        columns,
        consent,
    })
}

/// What the people in the rows of a register have agreed to, in both languages.
fn consent(table: &Table<'_>, columns: &[Field]) -> Option<Labels> {
    if !table.has("consent") {
        return None;
    }
    if let (true, Some(entry)) = (columns.is_empty(), table.entry("consent")) {
        let finding = Finding::mistake(&entry.node.place, &table.key("consent"), "no register");
        table.report.tell(finding.expected("a form with columns: figures are of nobody"));
    }
    let said = table.table("consent")?;
    let sentence = |key: &'static str, expected| {
        said.require(key, expected);
        let text = said.text(key)?;
        let length = text.value.trim().chars().count();
        if !(1..=SENTENCE_CHARS_MAX).contains(&length) || text.value.chars().any(char::is_control) {
            said.wrong(&text, "not a sentence", "1 to 300 characters on one line");
            return None;
        }
        Some(text.value.trim().to_owned())
    };
    let zh = sentence("zh-CN", "what they agreed to, in Chinese");
    let en = sentence("en", "what they agreed to, in English");
    said.finish();
    Some(Labels { zh: zh?, en: en? })
}

/// A schedule that does not come more often than anybody reports.
fn seldom<'a>(table: &Table<'a>, key: &'a str) -> Option<Schedule> {
    let due = schedule(table, key)?;
    let times = due.times_a_day();
    if times <= SLOTS_A_DAY_MAX {
        return Some(due);
    }
    let text = table.text(key)?;
    let expected =
        "at most 24 due instants on a day, such as \"0 0 16 * * *\" (seconds and minutes come first)";
    table.wrong(&text, format!("comes {times} times a day"), expected);
    None
}

fn superior(table: &Table<'_>) -> Option<Superior> {
    table.require("due", "cron with seconds, such as \"0 0 18 * * *\"");
    let due = schedule(table, "due");
    let span = |key| table.bounded(key, Duration::ZERO, DAY).map(|at| at.value).unwrap_or_default();
    let (merge, fill) = (span("merge"), span("fill"));
    table.finish();
    Some(Superior { due: due?, merge, fill })
}

fn units(table: &Table<'_>, people: &People) -> Option<BTreeSet<UnitId>> {
    if table.is_list("units") {
        let units = table.texts("units").unwrap_or_default();
        return Some(units.iter().filter_map(|unit| people.known_unit(table, unit)).collect());
    }
    table.word("units", &[("all", ())]);
    None
}

fn labels<'a>(table: &Table<'a>, key: &'a str) -> Option<Labels> {
    table.require(key, "{ zh-CN = \"…\", en = \"…\" }");
    let labels = table.table(key)?;
    let zh = required_name(&labels, "zh-CN", "the name in Chinese");
    let en = required_name(&labels, "en", "the name in English");
    labels.finish();
    Some(Labels { zh: zh?.value, en: en?.value })
}

fn fields<'a>(table: &Table<'a>, key: &'a str) -> Vec<Field> {
    let tables = table.tables(key);
    if let Some(too_many) = tables.get(FIELDS_MAX) {
        table.wrong(&too_many.whole(), "too many", "at most 100");
    }
    let mut known: Vec<String> = Vec::new();
    tables.iter().filter_map(|field| self::field((field, key), &mut known)).collect()
}

fn field((table, of): (&Table<'_>, &str), known: &mut Vec<String>) -> Option<Field> {
    let name = table.required("name", "the field's name in reports").filter(|name| {
        if known.contains(&name.value) {
            table.wrong(name, "used twice", "a name of its own");
        } else if !is_id(&name.value) {
            table.wrong(name, "not an id", "1 to 40 of a-z, 0-9, - and _, with a letter among them");
        } else {
            known.push(name.value.clone());
            return true;
        }
        false
    });
    table.require("type", "count | number | text | date | choice");
    let words = [("count", 'c'), ("number", 'n'), ("text", 't'), ("date", 'd'), ("choice", 'o')];
    let takes = match table.word("type", &words) {
        Some('c') => Some(Takes::Count),
        Some('n') => Some(Takes::Number),
        Some('t') => Some(Takes::Text),
        Some('d') => Some(Takes::Date),
        Some(_) => {
            table.require("options", "what there is to choose from, such as [\"a\", \"b\"]");
            table
                .texts("options")
                .map(|options| Takes::Choice(options.into_iter().map(|it| it.value).collect()))
        }
        None => {
            table.skip_all();
            None
        }
    };
    if let (Some(Takes::Choice(options)), Some(entry)) = (&takes, table.entry("options"))
        && options.is_empty()
    {
        let finding = Finding::mistake(&entry.node.place, &table.key("options"), "nothing to choose from");
        table.report.tell(finding.expected("at least one option"));
    }
    let label = labels(table, "label");
    let personal = table.bool("personal").unwrap_or(false);
    let required = table.bool("required").unwrap_or(false);
    let counts = of == "fields" && !personal && matches!(takes, None | Some(Takes::Count | Takes::Number));
    let cumulative = cumulative(table, counts);
    table.finish();
    Some(Field { name: name?.value, takes: takes?, label: label?, personal, required, cumulative })
}

/// Whether a figure is a running total: it is kept openly, so that the next report can be held against it.
fn cumulative(table: &Table<'_>, counts: bool) -> bool {
    let says_so = table.bool("cumulative").unwrap_or(false);
    if let (true, false, Some(entry)) = (says_so, counts, table.entry("cumulative")) {
        let finding = Finding::mistake(&entry.node.place, &table.key("cumulative"), "no running total");
        table.report.tell(finding.expected("a figure of type count or number that is not personal"));
    }
    says_so && counts
}

/// Names of fields under a key.
fn named<'a>(table: &Table<'a>, key: &'a str, known: &[&str]) -> Vec<String> {
    let texts = table.texts(key).unwrap_or_default();
    let is_known = |text: At<String>| {
        let found = known.contains(&text.value.as_str());
        if !found {
            table.dangling(&text, "the name of a field of this form", known.iter().copied());
        }
        found.then_some(text.value)
    };
    texts.into_iter().filter_map(is_known).collect()
}

/// The count of people with a fever: the one that is named, else the one that is called so.
fn fevers(table: &Table<'_>, fields: &[Field]) -> Option<String> {
    let counts =
        || fields.iter().filter(|field| field.takes == Takes::Count).map(|field| field.name.as_str());
    match table.text("fevers") {
        Some(text) if counts().any(|name| name == text.value) => Some(text.value),
        Some(text) => {
            table.dangling(&text, "the name of a count of this form", counts());
            None
        }
        None => counts().find(|name| *name == "fever").map(str::to_owned),
    }
}

fn check(table: &Table<'_>, names: &[&str]) -> Option<Check> {
    let rule = table.required("rule", "an expression over the fields, such as \"fever <= on_duty\"");
    expression(table, rule.clone(), names);
    let zh = required_name(table, "zh", "what is said in Chinese where the rule does not hold");
    let en = required_name(table, "en", "what is said in English where the rule does not hold");
    table.finish();
    Some(Check { rule: rule?.value, otherwise: Labels { zh: zh?.value, en: en?.value } })
}
