//! The history of the configuration and of the employee register: since when each rule is in force, and who came and
//! went in numbers, from the journal itself.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, load_without_secrets, say};
use crate::config::Configuration;
use crate::domain::fact::{
    ConfigurationLoaded, Fact, KeyChange, KeyChanged, LoadedBecause, PeopleChanged, StaffLoaded, UnitChanged,
};
use crate::ledger::{Load, loads};

const SHOWN: &str = "%Y-%m-%d %H:%M:%S";
/// What is said of a load that found no room in the vault.
const WITHOUT: &str = " no copy";

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists every load on record, with the keys that said something else than before, from the files themselves.
    #[command(
        after_help = "Examples:\n  watchfire config history --config /etc/watchfire\n  watchfire config history --config /etc/watchfire --key 'form \"control-statistics\": due'\n  watchfire config history --config /etc/watchfire --register\n\nOf units there are people now and before, +joined, -left, →came from and ←went to other units, ~changed in name or number.\nValues are shown of rules alone: forms, policies, triage, privacy. Exits 1 where the journal does not verify."
    )]
    History(Arguments),
}

/// Of what.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the configuration.
    #[arg(long, value_name = "DIR")]
    config: PathBuf,
    /// Only keys that begin so.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Of the employee register instead, unit by unit and in numbers.
    #[arg(long, conflicts_with = "key")]
    register: bool,
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let Command::History(arguments) = command;
    let configuration = load_without_secrets(&arguments.config)?.configuration;
    if arguments.register {
        register(&configuration)
    } else {
        rules(&configuration, arguments.key.as_deref())
    }
}

fn rules(configuration: &Configuration, key: Option<&str>) -> Result<(), Failure> {
    let found = found(configuration, match_configuration)?;
    for Load { seq, at, loaded } in found {
        let wanted = |it: &&KeyChanged| key.is_none_or(|key| it.key.starts_with(key));
        let changed: Vec<&KeyChanged> = loaded.changed.iter().filter(wanted).collect();
        if key.is_some() && changed.is_empty() {
            continue;
        }
        let at = configuration.directory.zone.format(at, SHOWN);
        let (why, short) = (why(loaded.why), short(&loaded.sha256));
        let without = if loaded.copy.is_none() { WITHOUT } else { "" };
        say(&format!("{at} {why} entry {seq} sha256 {short} user {}{without}", loaded.user))?;
        for it in changed {
            say(&format!("  {}", line(it)))?;
        }
        more(loaded.more)?;
    }
    Ok(())
}

/// An employee register on record.
enum Register {
    /// By its hash alone, as the doors went by it.
    Adopted(Option<String>, u32),
    /// With what changed.
    Loaded(Box<StaffLoaded>),
}

impl Register {
    const fn sha256(&self) -> Option<&String> {
        match self {
            Self::Adopted(sha256, _) => sha256.as_ref(),
            Self::Loaded(it) => it.sha256.as_ref(),
        }
    }
}

fn register(configuration: &Configuration) -> Result<(), Failure> {
    let mut found = found(configuration, match_register)?.into_iter().peekable();
    while let Some(Load { seq, at, loaded }) = found.next() {
        let is_told_next = found.peek().is_some_and(|next| {
            matches!(next.loaded, Register::Loaded(_)) && next.loaded.sha256() == loaded.sha256()
        });
        let zone = &configuration.directory.zone;
        let at = zone.format(at, SHOWN);
        let sha256 = loaded.sha256().map_or_else(|| "none".to_owned(), |it| format!("sha256 {}", short(it)));
        match loaded {
            Register::Adopted(..) if is_told_next => {}
            Register::Adopted(_, people) => {
                say(&format!("{at} entry {seq} {sha256} people {people} (what changed is not on record)"))?;
            }
            Register::Loaded(it) => {
                let before = it.before.as_ref().map(|before| format!(" before {}", short(before)));
                let made = it.imported.as_ref().map(|by| {
                    let login = by.login.map(|login| format!(", signed in as {login}")).unwrap_or_default();
                    format!(" imported {} by user {}{login}", zone.format(by.at, SHOWN), by.user)
                });
                let without = if it.copy.is_none() && it.sha256.is_some() { WITHOUT } else { "" };
                let (before, made) = (before.unwrap_or_default(), made.unwrap_or_default());
                let why = why(it.why);
                say(&format!("{at} {why} entry {seq} {sha256}{before} user {}{made}{without}", it.user))?;
                say(&format!("  {}", counts("全部 all", &it.people)))?;
                for UnitChanged { unit, people } in &it.units {
                    say(&format!("  {}", counts(unit.as_str(), people)))?;
                }
                more(usize::try_from(it.more).unwrap_or(usize::MAX))?;
            }
        }
    }
    Ok(())
}

fn found<T>(
    configuration: &Configuration,
    found_in: impl Fn(Fact) -> Option<T>,
) -> Result<Vec<Load<T>>, Failure> {
    let data = &configuration.storage.path;
    let found =
        loads(data, found_in).map_err(|error| Failure::Work(format!("{}: {error}", data.display())))?;
    found.ok_or_else(|| {
        Failure::Work("the journal does not verify: watchfire ledger verify says where".to_owned())
    })
}

fn match_configuration(fact: Fact) -> Option<ConfigurationLoaded> {
    if let Fact::ConfigurationLoaded(loaded) = fact { Some(*loaded) } else { None }
}

fn match_register(fact: Fact) -> Option<Register> {
    if let Fact::StaffAdopted { sha256, people } = fact {
        return Some(Register::Adopted(sha256, people));
    }
    if let Fact::StaffLoaded(loaded) = fact { Some(Register::Loaded(loaded)) } else { None }
}

const fn why(because: LoadedBecause) -> &'static str {
    match because {
        LoadedBecause::Start => "start",
        LoadedBecause::Hangup => "reload",
    }
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

fn more(more: usize) -> Result<(), Failure> {
    if more == 0 { Ok(()) } else { say(&format!("  … 另有 {more} 项 / and {more} more")) }
}

/// How many people there were and are, and why: those who came and went, from and to other units, behind arrows.
fn counts(of: &str, it: &PeopleChanged) -> String {
    let Some(before) = it.before else { return format!("{of}: {}", it.now) };
    let changes = [("+", it.joined), ("-", it.left), ("→", it.came), ("←", it.went), ("~", it.edited)];
    let changes = changes.iter().filter(|(_, count)| *count > 0);
    let changes: String = changes.map(|(sign, count)| format!(" {sign}{count}")).collect();
    format!("{of}: {} (was {before}){changes}", it.now)
}

fn line(it: &KeyChanged) -> String {
    let sign = match it.how {
        KeyChange::Added => '+',
        KeyChange::Removed => '-',
        KeyChange::Changed => '~',
    };
    match (&it.was, &it.is) {
        (None, None) => format!("{sign} {}", it.key),
        (None, Some(is)) => format!("{sign} {} = {is}", it.key),
        (Some(was), None) => format!("{sign} {} was {was}", it.key),
        (Some(was), Some(is)) => format!("{sign} {} = {is} (was {was})", it.key),
    }
}
