//! Forms: what units report, read and checked whole.

use std::time::Duration;

use super::finding::Finding;
use super::people::People;
use super::reader::Table;
use crate::time::{Day, Schedule};

/// What each unit must report, and by when.
#[derive(Debug, Clone)]
pub struct FormSettings {
    /// Its id.
    pub id: String,
    /// When it is due.
    pub due: Schedule,
    /// When a slot is closed as missing.
    pub missing_after: Duration,
    /// The names of its fields or columns.
    pub fields: Vec<String>,
}

/// Reads `[[form]]` and `[calendar]`.
pub(super) fn read(root: &Table<'_>, people: &People) -> Vec<FormSettings> {
    let mut forms = Vec::new();
    let mut known = Vec::new();
    for table in root.tables("form") {
        forms.extend(form(&table, people, &mut known));
        table.finish();
    }
    if let Some(calendar) = root.table("calendar") {
        for key in ["days_off", "makeup_workdays"] {
            for day in calendar.texts(key).unwrap_or_default() {
                if day.value.parse::<Day>().is_err() {
                    calendar.wrong(&day, "expected a date such as 2026-09-25");
                }
            }
        }
        calendar.finish();
    }
    forms
}

fn form(table: &Table<'_>, people: &People, known: &mut Vec<String>) -> Option<FormSettings> {
    let id = super::id(table, known);
    labels(table, "name");
    let due = table.required("due", "cron with seconds, such as \"0 0 16 * * *\"");
    let due = due.and_then(|text| match text.value.parse::<Schedule>() {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            table.wrong(&text, error.to_string());
            None
        }
    });
    units(table, people);
    let missing_after = table.duration("missing_after").map_or(Duration::from_hours(4), |after| after.value);
    for key in ["opens_before", "late_after", "min_apart"] {
        drop(table.duration(key));
    }
    drop(table.durations("remind_before"));
    for key in ["zero_allowed", "workdays_only"] {
        table.bool(key);
    }
    if let Some(superior) = table.table("superior") {
        drop(superior.parsed::<Schedule>("due", "cron with seconds"));
        superior.finish();
    }
    let mut fields = Vec::new();
    for list in ["fields", "columns"] {
        for field in table.tables(list) {
            fields.extend(self::field(&field));
            field.finish();
        }
    }
    for key in ["zero_needs", "total"] {
        for name in table.texts(key).unwrap_or_default() {
            let free = key == "zero_needs" && matches!(name.value.as_str(), "asked" | "total");
            if !free && !fields.contains(&name.value) {
                table.wrong(&name, "expected the name of a field of this form");
            }
        }
    }
    for check in table.tables("checks") {
        for key in ["rule", "zh", "en"] {
            drop(check.required(key, "a rule and a sentence for it in both languages"));
        }
        check.finish();
    }
    Some(FormSettings { id: id?, due: due?, missing_after, fields })
}

fn units(table: &Table<'_>, people: &People) {
    for unit in table.one_or_more("units") {
        if unit.value != "all" && !people.units.contains_key(unit.value.as_str()) {
            table.wrong(&unit, "expected \"all\", or ids of units");
        }
    }
}

fn labels<'a>(table: &Table<'a>, key: &'a str) {
    let Some(labels) = table.table(key) else {
        table.missing(key, "{ zh-CN = \"…\", en = \"…\" }");
        return;
    };
    for language in ["zh-CN", "en"] {
        drop(labels.required(language, "the name in this language"));
    }
    labels.finish();
}

fn field(table: &Table<'_>) -> Option<String> {
    let name = table.required("name", "the field's name");
    let kinds = [("count", ()), ("text", ()), ("date", ()), ("choice", ()), ("number", ())];
    if table.word("type", &kinds).is_none() && !table.has("type") {
        table.missing("type", "count, number, text, date or choice");
    }
    labels(table, "label");
    let options = table.texts("options");
    for key in ["personal", "required"] {
        table.bool(key);
    }
    if options.is_some_and(|options| options.is_empty()) {
        table.tell(Finding::mistake(table.place(), &table.key("options"), "expected at least one option"));
    }
    name.map(|name| name.value)
}
