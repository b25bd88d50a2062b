//! Secrets: from the environment, a file, systemd's credentials, or, with a warning, as a plain text.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::finding::Finding;
use super::node::{Node, Value};
use super::reader::Table;
use crate::channel::Secret;

const EXPECTED: &str = "a secret: { env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }";

/// The secret under a key.
pub(super) fn secret<'a>(table: &Table<'a>, key: &'a str) -> Option<Secret> {
    if !table.has(key) {
        return None;
    }
    if let Some(from) = table_of(table, key) {
        let read = [("env", Origin::Env), ("file", Origin::File), ("credential", Origin::Credential)]
            .into_iter()
            .find_map(|(word, origin)| Some((origin, from.text(word)?)));
        let Some((origin, name)) = read else {
            from.tell(Finding::mistake(from.place(), &from.key(""), format!("expected {EXPECTED}")));
            return None;
        };
        let found = fetch(origin, &name.value);
        match &found {
            Ok((_, Some(warning))) => {
                table.tell(Finding::warning(Some(name.place.clone()), &name.key, warning.clone()));
            }
            Ok((_, None)) => {}
            Err(why) => table.wrong(&name, why.clone()),
        }
        from.finish();
        return found.ok().map(|(secret, _)| secret);
    }
    let text = table.text(key)?;
    let warning = Finding::warning(Some(text.place.clone()), &text.key, "a secret stands here in plain text");
    table.tell(warning.help(format!("write {EXPECTED}")));
    Some(Secret::new(text.value))
}

fn table_of<'a>(table: &Table<'a>, key: &'a str) -> Option<Table<'a>> {
    table.is_table(key).then(|| table.table(key)).flatten()
}

/// A secret that stands in a free table, as the value of a header.
pub(super) fn of_node(table: &Table<'_>, key: &str, node: &Node) -> Option<Secret> {
    match &node.value {
        Value::Text(text) => {
            let warning =
                Finding::warning(Some(node.place.clone()), key, "a secret stands here in plain text");
            table.tell(warning.help(format!("write {EXPECTED}")));
            Some(Secret::new(text.clone()))
        }
        Value::Table(entries) => {
            let origin = entries.iter().find_map(|entry| {
                let origin = match entry.key.as_str() {
                    "env" => Origin::Env,
                    "file" => Origin::File,
                    "credential" => Origin::Credential,
                    _ => return None,
                };
                Some((origin, super::node_text(&entry.node)?))
            });
            let found = origin.map(|(origin, name)| fetch(origin, name));
            match found {
                Some(Ok((secret, _))) => Some(secret),
                Some(Err(why)) => {
                    table.tell(Finding::mistake(&node.place, key, why));
                    None
                }
                None => {
                    table.tell(Finding::mistake(&node.place, key, format!("expected {EXPECTED}")));
                    None
                }
            }
        }
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::List(_) => {
            table.tell(Finding::mistake(&node.place, key, format!("expected {EXPECTED}")));
            None
        }
    }
}

#[derive(Clone, Copy)]
enum Origin {
    Env,
    File,
    Credential,
}

/// Fetches a secret, with a warning where others can read it too.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
fn fetch(origin: Origin, name: &str) -> Result<(Secret, Option<String>), String> {
    let path = match origin {
        Origin::Env => {
            let value = std::env::var(name).map_err(|_unset| format!("the variable {name} is not set"))?;
            return Ok((Secret::new(value), None));
        }
        Origin::File => PathBuf::from(name),
        Origin::Credential => {
            let folder = std::env::var("CREDENTIALS_DIRECTORY")
                .map_err(|_unset| format!("there is no credential {name}: the unit needs LoadCredential={name}:… (or run it under systemd)"))?;
            PathBuf::from(folder).join(name)
        }
    };
    let text =
        fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let open = matches!(origin, Origin::File)
        && fs::metadata(&path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    let warning = open.then(|| format!("{} can be read by others: chmod 600 it", path.display()));
    Ok((Secret::new(text.trim_end_matches(['\n', '\r'])), warning))
}
