//! The expressions of a mapped source: where in its JSON the parts of a fever event stand.

use std::collections::BTreeMap;

use super::reader::Table;
use super::report::At;
use crate::http::intake::Map;

/// What may be mapped, as in a native event.
const FIELDS: [&str; 10] = [
    "id",
    "unit",
    "kind",
    "temperature_c",
    "discovered_at",
    "exposure",
    "place",
    "symptoms",
    "measures",
    "details",
];
const PERSON: [&str; 3] = ["ref", "name", "mobile"];

/// Reads `map`, which a mapped source needs and no other has.
pub(super) fn read(source: &Table<'_>) -> Map {
    const EXPECTED: &str = "{ id = \"body.sn\", temperature_c = \"body.t / 10\" }";
    source.require("map", EXPECTED);
    let mut expressions = BTreeMap::new();
    let Some(map) = source.table("map") else { return Map::default() };
    map.require("id", "an expression that tells one event from the next, such as \"body.sn\"");
    if !map.has("temperature_c") && !map.has("kind") {
        map.missing("temperature_c", "an expression for the reading, or `kind` for what is reported");
    }
    for field in FIELDS {
        let text = map.text(field);
        expressions.extend(text.as_ref().map(|text| (field.to_owned(), text.value.clone())));
        expression(&map, text, &["body", "headers"]);
    }
    if let Some(person) = map.table("person") {
        for field in PERSON {
            let text = person.text(field);
            expressions.extend(text.as_ref().map(|text| (format!("person.{field}"), text.value.clone())));
            expression(&person, text, &["body", "headers"]);
        }
        person.finish();
    }
    map.finish();
    Map::new(expressions)
}

/// Proves that an expression can be evaluated, and names only what it may.
pub(super) fn expression(table: &Table<'_>, text: Option<At<String>>, names: &[&str]) {
    let Some(text) = text else { return };
    let environment = minijinja::Environment::new();
    match environment.compile_expression(&text.value) {
        Ok(compiled) => {
            let asked = compiled.undeclared_variables(false);
            if asked.iter().any(|name| !names.contains(&name.as_str())) {
                table.wrong(
                    &text,
                    "it names what is not there",
                    format!("an expression over {}", names.join(", ")),
                );
            }
        }
        Err(error) => {
            let why = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            table.wrong(
                &text,
                "not an expression",
                format!("an expression over {} ({why})", names.join(", ")),
            );
        }
    }
}
