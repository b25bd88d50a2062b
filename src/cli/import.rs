//! Import: the workbook of the people who keep the personnel files becomes the employee register, and puts the numbers
//! of those who hold posts right; a sheet that says who is on duty becomes overrides of the duty roster.
//!
//! Names and numbers are shown on a terminal alone: what is written anywhere else may be kept by anybody.

mod people;
mod roster;

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, load_without_secrets, mistakes, say};
use crate::config::{self, Configuration, Edited};
use crate::domain::fact::{Imported, UnitChanged};
use crate::sheet::Refusal;
use crate::staff::{self, Difference, Found, Part, Staff, Units, Weight, columns};
use crate::time::{Clock as _, SystemClock};
use crate::vault::{MasterKey, VaultError};
use people::People;

/// What is asked.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The workbook: XLSX, or CSV in UTF-8 or GB18030.
    #[arg(value_name = "FILE", required_unless_present = "roster")]
    file: Option<PathBuf>,
    /// A sheet that says who is on duty, in its place: it becomes overrides of the duty roster, in roster.toml.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "accept_removals", "master_key"])]
    roster: Option<PathBuf>,
    /// The folder of the configuration.
    #[arg(long, value_name = "DIR")]
    config: PathBuf,
    /// Shows what it would do, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Goes on where more than a tenth of the people are not in the workbook any more.
    #[arg(long)]
    accept_removals: bool,
    /// A column that has another heading than it is known by, such as `mobile=宅电`; may be given several times.
    #[arg(long, value_name = "COLUMN=HEADING")]
    map: Vec<String>,
    /// The file with the master key, where the configuration has it as a credential of the daemon.
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// The year of the dates of --roster that have none, such as 2月17日.
    #[arg(long, value_name = "YEAR", requires = "roster", value_parser = clap::value_parser!(i16).range(2000..=2200))]
    year: Option<i16>,
    /// The hours of the rows of --roster that have none, such as 08:30-08:30; the whole day without it.
    #[arg(long, value_name = "FROM-TO", requires = "roster")]
    hours: Option<String>,
}

/// A workbook is never nearly this large.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// Everything that an import would change.
struct Plan {
    old: Staff,
    next: Staff,
    difference: Difference,
    edited: Vec<Edited>,
    people: People,
    found: Found,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let file = match (&arguments.file, &arguments.roster) {
        (_, Some(sheet)) => return roster::run(arguments, sheet),
        (Some(file), None) => file,
        (None, None) => {
            return Err(Failure::Call("a workbook is needed, or --roster with a sheet".to_owned()));
        }
    };
    let mapped = mapped(&arguments.map, columns::names)?;
    let configuration = load_without_secrets(&arguments.config)?.configuration;
    let bytes = workbook(file)?;
    let data = &configuration.storage.path;
    let master = master(&configuration, arguments)?;
    let old = Staff::open(data, &master).map_err(|error| unopened(data, &error))?;
    let plan = Plan::of(&configuration, (&bytes, &mapped), old.map(|(old, _)| old).unwrap_or_default())?;
    let plan = plan.with_files(&arguments.config)?;
    plan.show(std::io::stdout().is_terminal())?;
    if plan.old.loses_many(&plan.difference) && !arguments.accept_removals {
        let (gone, of) = (plan.difference.removed.len(), plan.old.employees().len());
        return Err(Failure::Work(format!(
            "{gone} of {of} people are not in the workbook any more, more than a tenth: is it whole? Nothing was \
             written; where they have gone, say --accept-removals"
        )));
    }
    if arguments.dry_run {
        return say("--dry-run：未写入 / --dry-run: nothing was written");
    }
    plan.write(data, &master)
}

/// Columns and their headings, by the names that are known.
fn mapped<N: Iterator<Item = &'static str>>(
    given: &[String],
    names: fn() -> N,
) -> Result<Vec<(String, String)>, Failure> {
    let read = |text: &String| {
        let (column, heading) = text.split_once('=').unwrap_or((text, ""));
        let known = names().any(|name| name == column);
        if known && !heading.trim().is_empty() {
            return Ok((column.to_owned(), heading.trim().to_owned()));
        }
        let names: Vec<&str> = names().collect();
        Err(Failure::Call(format!("--map: expected COLUMN=HEADING; the columns are {}", names.join(", "))))
    };
    given.iter().map(read).collect()
}

fn workbook(path: &Path) -> Result<Vec<u8>, Failure> {
    let unread = |error| Failure::Call(format!("{} cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unread)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unread)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err(Failure::Work(format!("{} is larger than 32 MiB", path.display())));
    }
    Ok(bytes)
}

/// The key that the daemon has: what it cannot open would be of no use to it.
fn master(configuration: &Configuration, arguments: &Arguments) -> Result<MasterKey, Failure> {
    if let Some(path) = &arguments.master_key {
        let key = MasterKey::load(path);
        return key.map_err(|error| Failure::Call(format!("--master-key {}: {error}", path.display())));
    }
    if let Some(key) = crate::app::master_key(&configuration.storage)? {
        return Ok(key);
    }
    if configuration.says("storage.master_key") {
        return Err(Failure::Call(
            "the register is sealed under [storage] master_key, which cannot be read here: give the file that it comes \
             from by --master-key"
                .to_owned(),
        ));
    }
    let path = configuration.storage.path.join(crate::app::MASTER_KEY);
    MasterKey::load(&path).map_err(|error| {
        Failure::Work(format!(
            "{} cannot be used ({error}): the daemon makes it at its first start; start it once, and import as root or as \
             whoever runs it",
            path.display()
        ))
    })
}

fn unopened(data: &Path, error: &VaultError) -> Failure {
    let path = Staff::path(data);
    if matches!(error, VaultError::Locked) {
        return Failure::Work(format!("{} was sealed under another master key", path.display()));
    }
    Failure::Work(format!("{}: {error}; put it aside, and import again", path.display()))
}

fn refused(refusal: Refusal, names: impl Iterator<Item = &'static str>) -> Failure {
    let says = match refusal {
        Refusal::Kind(says) | Refusal::Damaged(says) | Refusal::TooLarge(says) => says.to_string(),
        Refusal::Shape(found) => {
            let lines: Vec<String> = found.iter().map(|mistake| mistake.says.to_string()).collect();
            let names: Vec<&str> = names.collect();
            format!(
                "{}\nA column with another heading is named by --map COLUMN=HEADING; the columns are {}",
                lines.join("\n"),
                names.join(", ")
            )
        }
    };
    Failure::Work(says)
}

impl Plan {
    fn of(
        configuration: &Configuration,
        (bytes, mapped): (&[u8], &[(String, String)]),
        old: Staff,
    ) -> Result<Self, Failure> {
        let mut units = Units::default();
        for (id, name) in &configuration.contacts.units {
            for called in [Some(id.as_str()), Some(&name.name), name.short_name.as_deref()] {
                units.insert(called.unwrap_or(id.as_str()), id);
            }
        }
        let today = configuration.directory.zone.day(SystemClock::new().read().wall);
        let columns = columns::Columns::mapped(mapped);
        let found = staff::read(bytes, &columns, (&units, today))
            .map_err(|refusal| refused(refusal, columns::names()))?;
        let next = old.with(&found);
        let difference = old.difference(&next);
        let people = People::of(&configuration.contacts, &found);
        Ok(Self { old, next, difference, edited: Vec::new(), people, found })
    }

    /// The files of people with their changes, which `check` must find as good as before.
    fn with_files(mut self, dir: &Path) -> Result<Self, Failure> {
        self.edited = config::edit_persons(dir, &self.people.edits)?;
        if !self.edited.is_empty() {
            config::load_edited(dir, &self.edited).map_err(|failed| mistakes(dir, &failed))?;
        }
        Ok(self)
    }

    fn show(&self, terminal: bool) -> Result<(), Failure> {
        for finding in &self.found.findings {
            let shown = if terminal { format!("  [{}]", finding.shown) } else { String::new() };
            say(&format!("{}{shown}", finding.says))?;
        }
        for doubt in &self.people.doubts {
            say(doubt)?;
        }
        if terminal {
            self.show_each()?;
        }
        for UnitChanged { unit, people } in self.old.counted_against(&self.next).1 {
            // Whoever moves is told where they are afterwards.
            let (added, removed, changed) = (people.joined, people.left, people.came + people.edited);
            if (added, removed, changed) != (0, 0, 0) {
                say(&format!("{unit}: +{added} -{removed} ~{changed}"))?;
            }
        }
        let doubts = self.found.findings.iter().filter(|finding| finding.weight == Weight::Doubtful).count();
        let doubts = doubts + self.people.doubts.len();
        let (added, removed) = (self.difference.added.len(), self.difference.removed.len());
        let changed = self.difference.changed.len();
        say(&format!(
            "名册 +{added} -{removed} ~{changed}，存疑 {doubts} / +{added} -{removed} ~{changed}, {doubts} doubtful"
        ))?;
        let (new, known): (Vec<_>, Vec<_>) = self.people.edits.iter().partition(|edit| edit.new.is_some());
        if !self.people.edits.is_empty() {
            let (new, known) = (new.len(), known.len());
            say(&format!("任职人员 +{new} ~{known} / people with posts +{new} ~{known}"))?;
        }
        Ok(())
    }

    fn show_each(&self) -> Result<(), Failure> {
        let line = |sign: &str, of: &Staff, number: &str, parts: &[Part]| {
            let employee = of.employees().get(number);
            let employee = employee
                .map(|it| format!("{} {} {}", it.name, it.unit, it.mobile.as_deref().unwrap_or_default()));
            let words: Vec<&str> = parts.iter().map(|part| word(*part)).collect();
            let words = words.join(" ");
            let line = format!("{sign} {number} {} {words}", employee.unwrap_or_default().trim_end());
            say(line.trim_end())
        };
        let Difference { added, removed, changed } = &self.difference;
        added.iter().try_for_each(|number| line("+", &self.next, number, &[]))?;
        removed.iter().try_for_each(|number| line("-", &self.old, number, &[]))?;
        changed.iter().try_for_each(|(number, parts)| line("~", &self.next, number, parts))
    }

    fn write(&self, data: &Path, master: &MasterKey) -> Result<(), Failure> {
        let mut written = Vec::new();
        if !self.difference.is_empty() {
            let imported = Imported {
                at: SystemClock::new().read().wall,
                user: rustix::process::getuid().as_raw(),
                login: signed_in(),
            };
            let sealed = self.next.clone().made_by(imported).seal(data, master);
            let sha256 = sealed.map_err(|error| {
                Failure::Work(format!("the register was not written: {error}: {}", super::innermost(&error)))
            })?;
            written.push(format!("{} (SHA-256 {sha256})", Staff::path(data).display()));
        }
        for edited in &self.edited {
            edited.write().map_err(|error| {
                Failure::Work(format!("{} was not written: {error}", edited.path.display()))
            })?;
            written.push(edited.path.display().to_string());
        }
        if written.is_empty() {
            return say("没有变化，未写入 / nothing changes, and nothing was written");
        }
        say(&format!("已写入 / written: {}", written.join(", ")))?;
        say("守护进程重新读取配置后生效 / the daemon takes it at its next reload: systemctl reload watchfire")
    }
}

/// As whom whoever runs this signed in on the machine, where the kernel keeps that; `sudo` does not change it.
fn signed_in() -> Option<u32> {
    // What the kernel has where nobody signed in, as of a timer.
    const NOBODY: u32 = u32::MAX;
    let text = std::fs::read_to_string("/proc/self/loginuid").ok()?;
    text.trim().parse().ok().filter(|user| *user != NOBODY)
}

const fn word(part: Part) -> &'static str {
    match part {
        Part::Unit => "unit",
        Part::Name => "name",
        Part::Mobile => "mobile",
    }
}
