//! The expressions of a mapped source: where in its JSON the parts of a fever event stand.

use super::reader::Table;
use super::report::At;

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
pub(super) fn read(source: &Table<'_>, mapped: bool) {
    const EXPECTED: &str = "{ id = \"body.sn\", temperature_c = \"body.t / 10\" }";
    if !mapped {
        return;
    }
    source.require("map", EXPECTED);
    let Some(map) = source.table("map") else { return };
    map.require("id", "an expression that tells one event from the next, such as \"body.sn\"");
    if !map.has("temperature_c") && !map.has("kind") {
        map.missing("temperature_c", "an expression for the reading, or `kind` for what is reported");
    }
    for field in FIELDS {
        expression(&map, map.text(field), &["body", "headers"]);
    }
    if let Some(person) = map.table("person") {
        for field in PERSON {
            expression(&person, person.text(field), &["body", "headers"]);
        }
        person.finish();
    }
    map.finish();
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
