//! Secrets: from the environment, a file, systemd's credentials, or, with a warning, as a plain text.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::finding::Finding;
use super::node::{Node, Value};
use super::reader::Table;
use super::report::{At, Report, Secrets};
use crate::channel::Secret;

const EXPECTED: &str = "{ env = \"NAME\" }, { file = \"PATH\" } or { credential = \"NAME\" }";

/// A key in PEM is some hundred bytes.
const SECRET_BYTES_MAX: u64 = 16 << 10;

/// The secret under a key.
pub(super) fn secret<'a>(table: &Table<'a>, key: &'a str) -> Option<At<Secret>> {
    of_node(table, table.key(key), &table.entry(key)?.node, Plainly::Warned)
}

/// The secrets under a key: one, or several while they are being changed.
pub(super) fn secrets<'a>(table: &Table<'a>, key: &'a str) -> Vec<At<Secret>> {
    let Some(entry) = table.entry(key) else { return Vec::new() };
    let one = |node| of_node(table, table.key(key), node, Plainly::Warned);
    match &entry.node.value {
        Value::List(list) => list.iter().filter_map(one).collect(),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Moment(_)
        | Value::Table(_) => one(&entry.node).into_iter().collect(),
    }
}

/// An address, which may be written plainly; it is kept secret all the same, for it may carry a key.
pub(super) fn address<'a>(table: &Table<'a>, key: &'a str) -> Option<At<Secret>> {
    of_node(table, table.key(key), &table.entry(key)?.node, Plainly::Address)
}

/// What it means for a secret to be written plainly.
#[derive(Clone, Copy)]
enum Plainly {
    Warned,
    Address,
}

fn of_node<'a>(table: &Table<'a>, key: String, node: &'a Node, plainly: Plainly) -> Option<At<Secret>> {
    let at = At { value: (), place: node.place.clone(), key };
    match (&node.value, plainly) {
        (Value::Text(text), Plainly::Warned) => {
            table.report.blot(&at.place, 1);
            let warning =
                Finding::warning(Some(at.place.clone()), &at.key, "a secret stands here for all to read");
            table.report.tell(warning.help(format!("write {EXPECTED}")));
            Some(at.map(|()| Secret::new(text.as_str())))
        }
        (Value::Text(text), Plainly::Address) => {
            let host = text.find("://").map_or(0, |scheme| scheme + 3);
            let path =
                text.get(host..).and_then(|rest| rest.find('/')).map_or(text.len(), |slash| host + slash);
            if text.contains('?') || text.len() - path > 20 {
                table.report.blot(&at.place, path + 2);
            }
            Some(at.map(|()| Secret::new(text.as_str())))
        }
        (Value::Table(entries), _) => {
            let from = Table::new(entries, &at.place, at.key.clone(), table.report);
            let found = named(&from, &at);
            from.finish();
            found
        }
        (Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Moment(_) | Value::List(_), _) => {
            table.unread_node(node, &at.key, EXPECTED);
            None
        }
    }
}

/// The secret that a table names.
fn named(from: &Table<'_>, at: &At<()>) -> Option<At<Secret>> {
    let given = (from.text("env"), from.text("file"), from.text("credential"));
    let (name, found) = match given {
        (Some(name), None, None) => {
            let found = of_variable(from.report, &name.value);
            (name, found)
        }
        (None, Some(name), None) => {
            let path = from.report.folder.join(&name.value);
            warn_of_readers(from, &name, &path);
            let found = of_file(&path);
            (name, found)
        }
        (None, None, Some(name)) => {
            let found = of_credential(from.report, &name.value);
            (name, found)
        }
        _ => {
            from.wrong(at, "one place to take the secret from is needed", EXPECTED);
            return None;
        }
    };
    match found {
        Ok(text) if text.is_empty() => from.wrong(&name, "the secret there is empty", "a text"),
        Ok(text) => return Some(at.clone().map(|()| Secret::new(text.as_str()))),
        Err(_elsewhere) if from.report.secrets == Secrets::LeftOut => {}
        Err((wrong, expected)) => from.wrong(&name, wrong, expected),
    }
    None
}

type Found = Result<Zeroizing<String>, (String, String)>;

fn of_variable(report: &Report<'_>, name: &str) -> Found {
    let found = (report.variable)(name).map(Zeroizing::new);
    found.ok_or_else(|| {
        ("not set".to_owned(), "the name of a variable in the daemon's environment".to_owned())
    })
}

fn of_credential(report: &Report<'_>, name: &str) -> Found {
    if name.is_empty() || name.starts_with('.') || name.contains('/') {
        return Err(("not a name".to_owned(), format!("a name, as in LoadCredential={name}:PATH")));
    }
    let Some(folder) = (report.variable)("CREDENTIALS_DIRECTORY") else {
        let expected = format!("to run under systemd, with LoadCredential={name}:PATH in the unit");
        return Err(("systemd gave no credentials".to_owned(), expected));
    };
    of_file(&PathBuf::from(folder).join(name))
}

fn of_file(path: &Path) -> Found {
    let wrong =
        |why: &str| (format!("{} {why}", path.display()), "a file that the daemon can read".to_owned());
    let unread = |error: std::io::Error| {
        let kind = error.kind();
        if kind == std::io::ErrorKind::NotFound {
            wrong("cannot be read: it is not there")
        } else if kind == std::io::ErrorKind::PermissionDenied {
            wrong("cannot be read by the user who runs this")
        } else {
            wrong(&format!("cannot be read: {kind}"))
        }
    };
    let mut text = Zeroizing::new(String::new());
    let file = fs::File::open(path).map_err(unread)?;
    file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text).map_err(unread)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > SECRET_BYTES_MAX) {
        return Err(wrong("is larger than 16 KiB"));
    }
    Ok(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned()))
}

fn warn_of_readers(table: &Table<'_>, at: &At<String>, path: &Path) {
    let open = fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if open {
        let warning = Finding::warning(Some(at.place.clone()), &at.key, "others can read this file too");
        table.report.tell(warning.help(format!("chmod 600 {}, or use a credential", path.display())));
    }
}
