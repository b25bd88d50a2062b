//! Changes to people in the files, leaving every other byte as it stands: comments, order and whatever else is there.

use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where people go of whom no file speaks yet.
const PEOPLE: &str = "people.toml";

/// The rights of another file with people in it.
const OWN: u32 = 0o600;

/// What changes of a person.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonEdit {
    /// Their id.
    pub id: String,
    /// Their number (E.164), where it is another.
    pub mobile: Option<String>,
    /// Their employee number, where there was none.
    pub reference: Option<String>,
    /// The rest of somebody whom no file has yet.
    pub new: Option<NewPerson>,
}

/// The rest of somebody whom no file has yet.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// Their name.
    pub name: String,
    /// Their address for mail.
    pub email: Option<String>,
    /// Which provisions could apply to them; an employee where nothing is said.
    pub subject: Option<&'static str>,
}

/// Prints the id alone.
impl std::fmt::Debug for PersonEdit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonEdit({})", self.id)
    }
}

/// Prints nothing.
impl std::fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A file with its changes, not yet written.
pub struct Edited {
    /// Where it lies.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
    /// Who may read it where it is another: what is nobody's own is for whoever runs the daemon.
    pub mode: u32,
}

/// Prints where it lies.
impl std::fmt::Debug for Edited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edited({})", self.path.display())
    }
}

/// The files of a folder that these changes change. Somebody new stands at the end of `people.toml`.
///
/// # Errors
/// Where a file cannot be read.
pub fn edit_persons(dir: &Path, edits: &[PersonEdit]) -> io::Result<Vec<Edited>> {
    let (new, known): (Vec<_>, Vec<_>) = edits.iter().partition(|edit| edit.new.is_some());
    let mut edited = Vec::new();
    let people = dir.join(PEOPLE);
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") && path != people {
            let text = fs::read_to_string(&path)?;
            edited.extend(changed(&text, &known).map(|text| Edited { path, text, mode: OWN }));
        }
    }
    let before = if people.exists() { fs::read_to_string(&people)? } else { String::new() };
    let mut text = changed(&before, &known).unwrap_or_else(|| before.clone());
    for edit in new {
        text.push_str(&block(edit, text.is_empty()));
    }
    if text != before {
        edited.push(Edited { path: people, text, mode: OWN });
    }
    edited.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(edited)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Somebody new, as whoever keeps the file by hand would write them.
fn block(edit: &PersonEdit, first: bool) -> String {
    let Some(new) = &edit.new else { return String::new() };
    let keys = [
        ("id", Some(edit.id.as_str())),
        ("name", Some(new.name.as_str())),
        ("mobile", edit.mobile.as_deref()),
        ("email", new.email.as_deref()),
        ("ref", edit.reference.as_deref()),
        ("subject", new.subject),
    ];
    let lines = keys.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}\n", quoted(value?))));
    format!("{}[[person]]\n{}", if first { "" } else { "\n" }, lines.collect::<String>())
}

/// The text with its people changed; `None` where none of them stands in it.
fn changed(text: &str, edits: &[&PersonEdit]) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    let mut pieces: Vec<(Range<usize>, String)> = Vec::new();
    for person in persons(table.get_ref()) {
        let Some(id) = of(person, "id") else { continue };
        let is_theirs =
            |edit: &&&PersonEdit| matches!(id.get_ref(), DeValue::String(text) if *text == edit.id);
        let Some(edit) = edits.iter().find(is_theirs) else { continue };
        let mut added = String::new();
        let after = of(person, "name").unwrap_or(id);
        let inline = is_inline(text, after.span().end);
        for (key, value) in [("mobile", &edit.mobile), ("ref", &edit.reference)] {
            let Some(value) = value else { continue };
            match of(person, key) {
                Some(known) => pieces.push((known.span(), quoted(value))),
                None if inline => added.push_str(&format!(", {key} = {}", quoted(value))),
                None => added.push_str(&format!("\n{key} = {}", quoted(value))),
            }
        }
        if !added.is_empty() {
            let end = after.span().end;
            // Behind a comment that stands on the line.
            let line = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at);
            let line =
                if text.get(..line).is_some_and(|before| before.ends_with('\r')) { line - 1 } else { line };
            let at = if inline { end } else { line };
            pieces.push((at..at, added));
        }
    }
    if pieces.is_empty() {
        return None;
    }
    pieces.sort_by_key(|(at, _)| at.start);
    let mut changed = text.to_owned();
    for (at, piece) in pieces.into_iter().rev() {
        changed.replace_range(at, &piece);
    }
    Some(changed)
}

type Value<'t, 'i> = &'t Spanned<DeValue<'i>>;

fn of<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<Value<'t, 'i>> {
    table.iter().find(|(known, _)| known.get_ref() == key).map(|(_, value)| value)
}

fn persons<'t, 'i>(table: &'t DeTable<'i>) -> Vec<&'t DeTable<'i>> {
    let Some(DeValue::Array(list)) = of(table, "person").map(Spanned::get_ref) else { return Vec::new() };
    let tables = list.iter().filter_map(|item| match item.get_ref() {
        DeValue::Table(table) => Some(table),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => None,
    });
    tables.collect()
}

/// Whether the next key of a table stands on the same line, behind a comma.
fn is_inline(text: &str, end: usize) -> bool {
    text.get(end..).is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with([',', '}']))
}

impl Edited {
    /// Puts the file in the place of the one before, at once. One that was there stays its owner's, with the rights that
    /// others had, for whoever runs the daemon must be able to read it; another has those that are given with it.
    ///
    /// # Errors
    /// Where it cannot be written; then the one before is as it was.
    pub fn write(&self) -> io::Result<()> {
        let path = self.path.canonicalize().unwrap_or_else(|_none| self.path.clone());
        let mut beside = path.clone().into_os_string();
        beside.push(".tmp");
        let beside = PathBuf::from(beside);
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(self.mode).open(&beside)?;
        let mut written = file.write_all(self.text.as_bytes());
        if let (Ok(()), Ok(before)) = (&written, path.metadata()) {
            let own = file.metadata()?;
            written =
                file.set_permissions(fs::Permissions::from_mode(before.mode() & 0o777)).and_then(|()| {
                    let same = (own.uid(), own.gid()) == (before.uid(), before.gid());
                    if same { Ok(()) } else { fchown(&file, Some(before.uid()), Some(before.gid())) }
                });
        }
        let written = written.and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, &path));
        if let Err(error) = written {
            fs::remove_file(&beside).ok();
            return Err(error);
        }
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(id: &str, mobile: Option<&str>, reference: Option<&str>) -> PersonEdit {
        let (mobile, reference) = (mobile.map(str::to_owned), reference.map(str::to_owned));
        PersonEdit { id: id.to_owned(), mobile, reference, new: None }
    }

    #[track_caller]
    fn check(before: &str, edits: &[PersonEdit], after: Option<&str>) {
        let edits: Vec<&PersonEdit> = edits.iter().collect();
        assert_eq!(changed(before, &edits).as_deref(), after);
    }

    #[test]
    fn a_number_is_changed_where_it_stands_and_nothing_else() {
        check(
            "# who\n[[person]]\nid = \"p1\" # one\nname = '王'\nmobile = '+86138'   # his\n\n[[person]]\nid = \"p2\"\n",
            &[edit("p1", Some("+86139"), None)],
            Some(
                "# who\n[[person]]\nid = \"p1\" # one\nname = '王'\nmobile = \"+86139\"   # his\n\n[[person]]\nid = \"p2\"\n",
            ),
        );
        check("[[person]]\nid = \"p1\"\n", &[edit("p3", Some("+86139"), None)], None);
        check("[[unit]]\nid = \"p1\"\n", &[edit("p1", Some("+86139"), None)], None);
    }

    #[test]
    fn what_a_person_lacks_stands_behind_their_name() {
        check(
            "[[person]]\r\nid = \"p1\"\r\nname = \"王\" # him\r\nemail = \"a@b.cn\"\r\n",
            &[edit("p1", Some("+86139"), Some("E1"))],
            Some(
                "[[person]]\r\nid = \"p1\"\r\nname = \"王\" # him\nmobile = \"+86139\"\nref = \"E1\"\r\nemail = \"a@b.cn\"\r\n",
            ),
        );
        check(
            "person = [ { id = \"p1\", name = \"王\" }, { id = \"p2\" } ]",
            &[edit("p1", Some("+86139"), None), edit("p2", None, Some("E2"))],
            Some(
                "person = [ { id = \"p1\", name = \"王\", mobile = \"+86139\" }, { id = \"p2\", ref = \"E2\" } ]",
            ),
        );
        check(
            "[[person]]\nid = \"p1\"",
            &[edit("p1", None, Some("E1"))],
            Some("[[person]]\nid = \"p1\"\nref = \"E1\""),
        );
    }

    #[test]
    fn somebody_new_stands_at_the_end_and_a_file_keeps_the_rights_that_others_had() {
        let folder = tempfile::tempdir().unwrap();
        let new = NewPerson { name: "李 \"四\"".to_owned(), email: None, subject: Some("leading_cadre") };
        let new = PersonEdit { new: Some(new), ..edit("p9", Some("+86139"), Some("E9")) };
        let written = |expected: u32| {
            let edited = edit_persons(folder.path(), std::slice::from_ref(&new)).unwrap();
            assert_eq!(edited.len(), 1);
            edited[0].write().unwrap();
            let path = folder.path().join(PEOPLE);
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, expected);
            fs::read_to_string(path).unwrap()
        };
        let block = "[[person]]\nid = \"p9\"\nname = '李 \"四\"'\nmobile = \"+86139\"\nref = \"E9\"\nsubject = \"leading_cadre\"\n";
        assert_eq!(written(0o600), block);
        let path = folder.path().join(PEOPLE);
        fs::write(&path, "# people\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(written(0o640), format!("# people\n\n{block}"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
