//! The history of the configuration: since when each rule is in force, from the journal itself.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, load_without_secrets, say};
use crate::domain::fact::{KeyChange, KeyChanged, LoadedBecause};
use crate::ledger::{Load, loads};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lists every load on record, with the keys that said something else than before, from the files themselves.
    #[command(
        after_help = "Examples:\n  watchfire config history --config /etc/watchfire\n  watchfire config history --config /etc/watchfire --key 'form \"control-statistics\": due'\n\nValues are shown of rules alone: forms, policies, triage, privacy. Exits 1 where the journal does not verify."
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
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let Command::History(arguments) = command;
    let configuration = load_without_secrets(&arguments.config)?.configuration;
    let zone = &configuration.directory.zone;
    let data = &configuration.storage.path;
    let found = loads(data).map_err(|error| Failure::Work(format!("{}: {error}", data.display())))?;
    let Some(found) = found else {
        return Err(Failure::Work(
            "the journal does not verify: watchfire ledger verify says where".to_owned(),
        ));
    };
    for Load { seq, at, loaded } in found {
        let wanted = |it: &&KeyChanged| arguments.key.as_ref().is_none_or(|key| it.key.starts_with(key));
        let changed: Vec<&KeyChanged> = loaded.changed.iter().filter(wanted).collect();
        if arguments.key.is_some() && changed.is_empty() {
            continue;
        }
        let why = match loaded.why {
            LoadedBecause::Start => "start",
            LoadedBecause::Hangup => "reload",
        };
        let short = loaded.sha256.get(..12).unwrap_or(&loaded.sha256);
        say(&format!(
            "{} {why} entry {seq} sha256 {short} user {}",
            zone.format(at, "%Y-%m-%d %H:%M:%S"),
            loaded.user
        ))?;
        for it in changed {
            say(&format!("  {}", line(it)))?;
        }
        if loaded.more > 0 {
            say(&format!("  … 另有 {} 项 / and {} more", loaded.more, loaded.more))?;
        }
    }
    Ok(())
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
