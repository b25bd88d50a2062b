//! The ledger from the command line: the files themselves verified, listed and packed as evidence, whether the daemon runs
//! or not, and exports through the daemon.

mod export;
mod list;
mod pack;

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Subcommand;

use super::{Failure, innermost, load_without_secrets, say};
use crate::config::Configuration;
use crate::journal::{PublicKey, SignedHead, Signer};
use crate::ledger::{Unjudged, Verification, VerifyError, verify};

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recomputes the chain and the signatures from the files, read-only; exit 1 and the first bad entry if anything differs.
    #[command(
        after_help = "Examples:\n  watchfire ledger verify --config /etc/watchfire\n  watchfire ledger verify pack-2026-11\n  watchfire ledger verify --config /etc/watchfire --against head.json\n\nA head is what GET /v1/ledger/head answers; keep one where the operator of this machine cannot reach it."
    )]
    Verify {
        /// The folder of an evidence pack, to be checked instead.
        #[arg(value_name = "PACK", conflicts_with = "config")]
        pack: Option<PathBuf>,
        /// The folder of the configuration.
        #[arg(long, value_name = "DIR", required_unless_present = "pack")]
        config: Option<PathBuf>,
        /// A file with a signed head that left this machine: finds any cut or rewriting up to it.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        #[arg(
            long,
            requires = "pack",
            help = "Let a pack pass that nobody vouches for as a whole: files may have been taken out of it"
        )]
        unsigned: bool,
    },
    /// Packs what the record says of one lapse, or of those of a month, into a folder that checks by itself.
    #[command(
        after_help = "Examples:\n  watchfire ledger pack 2026-11 --config /etc/watchfire --out pack-2026-11\n  watchfire ledger pack k3qv5zt2mw7yxa4 --config /etc/watchfire --out pack --against head.json\n\nThe pack reaches from the configuration in force to a signed head: the one that is given, else the newest that left."
    )]
    Pack(pack::Arguments),
    /// Lists the lapses on record, from the files themselves.
    #[command(
        after_help = "Examples:\n  watchfire ledger list --config /etc/watchfire --from 2026-11-01 --to 2026-11-30\n  watchfire ledger list --config /etc/watchfire --state open --unit finance"
    )]
    List(list::List),
    /// Shows all that is on record of one lapse, from the files themselves.
    #[command(after_help = "Example:\n  watchfire ledger show k3qv5zt2mw7yxa4 --config /etc/watchfire")]
    Show(list::Show),
    /// Hands the lapses of a span out as a file, through the running daemon: that it did is on record.
    #[command(
        after_help = "Examples:\n  watchfire ledger export --config /etc/watchfire --token-file office.token --format xlsx --from 2026-11-01 --to 2026-11-30 --out november.xlsx\n  watchfire ledger export --config /etc/watchfire --token-file office.token | jq -r .lapse\n\nThe token is that of a [[client]] with the role office or discipline."
    )]
    Export(export::Arguments),
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Verify { pack: Some(pack), against, unsigned, .. } => {
            pack::verify(pack, against.as_deref(), *unsigned)
        }
        Command::Verify { config: Some(config), against, .. } => check(config, against.as_deref()),
        Command::Verify { .. } => Err(Failure::Call("expected a PACK, or --config DIR".to_owned())),
        Command::Pack(arguments) => pack::make(arguments),
        Command::List(arguments) => list::list(arguments),
        Command::Show(arguments) => list::show(arguments),
        Command::Export(arguments) => export::export(arguments),
    }
}

fn check(config: &std::path::Path, against: Option<&std::path::Path>) -> Result<(), Failure> {
    let configuration = load_without_secrets(config)?.configuration;
    let storage = &configuration.storage;
    let key: Option<PublicKey> = signer_of(&configuration, None)?.map(|signer| signer.public());
    let head = against.map(read_head).transpose()?;
    let keys: Vec<PublicKey> = key.into_iter().collect();
    let found = verify(&storage.path, head.as_ref(), &keys).map_err(|error| unread(&error, &storage.path))?;
    say(&format!("the ledger in {}:", storage.path.display()))?;
    if keys.is_empty() {
        say(
            "the key that signs cannot be read from here: the signatures are checked against the key that the heads name",
        )?;
    }
    tell(&found)?;
    if found.holds() { Ok(()) } else { Err(Failure::Work("the ledger does NOT verify".to_owned())) }
}

/// The key that signs: that of the file which the call names, else the configured one, else that of the data folder; none
/// where it cannot be read here.
fn signer_of(
    configuration: &Configuration,
    file: Option<&std::path::Path>,
) -> Result<Option<Signer>, Failure> {
    if let Some(path) = file {
        let wrong = |why: String| Failure::Call(format!("--signing-key {}: {why}", path.display()));
        let pem = std::fs::read_to_string(path).map_err(|error| wrong(error.kind().to_string()))?;
        return Signer::from_pem(&pem).map(Some).map_err(|error| wrong(error.to_string()));
    }
    let storage = &configuration.storage;
    match &storage.signing_key {
        Some(pem) => {
            let signer = Signer::from_pem(pem.expose());
            signer.map(Some).map_err(|error| Failure::Call(format!("[ledger] signing_key: {error}")))
        }
        // One that is configured is not the one that a start without it would have made.
        None if configuration.says("ledger.signing_key") => Ok(None),
        None => Ok(std::fs::read_to_string(storage.path.join("signing-key.pem"))
            .ok()
            .and_then(|pem| Signer::from_pem(&pem).ok())),
    }
}

/// Why there is nothing to verify, and what to do about it.
fn unread(error: &VerifyError, folder: &std::path::Path) -> Failure {
    let why = innermost(error);
    let kind = error.source.kind();
    let help = if folder.is_relative() && kind == ErrorKind::NotFound {
        ": [storage] path counts from the folder that a command is run in; write it from / on, or run this where the daemon runs"
    } else if kind == ErrorKind::NotFound {
        ": is [storage] path the daemon's?"
    } else if kind == ErrorKind::PermissionDenied {
        ": run this as root, or as whoever runs the daemon"
    } else {
        ""
    };
    Failure::Work(format!("{error} ({why}){help}"))
}

fn read_head(path: &std::path::Path) -> Result<SignedHead, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Call(format!("{} cannot be read: {error}", path.display())))?;
    signed_head_in(&text).ok_or_else(|| {
        let expected = "expected what GET /v1/ledger/head answered, or the mail that brought it";
        Failure::Call(format!("{} is not a signed head; {expected}", path.display()))
    })
}

/// The signed head in a text that may hold more, such as a mail whose lines were broken on the way: it holds no space
/// that means anything.
fn signed_head_in(text: &str) -> Option<SignedHead> {
    let (_, rest) = text.split_once('{')?;
    let (inside, _) = rest.split_once('}')?;
    let inside: String = inside.split_whitespace().collect();
    serde_json::from_str(&format!("{{{inside}}}")).ok()
}

fn counted(count: impl std::fmt::Display, what: &str) -> String {
    let count = count.to_string();
    let end = if count == "1" { "" } else { "s" };
    format!("{count} {what}{end}")
}

fn tell(found: &Verification) -> Result<(), Failure> {
    lines(found).iter().try_for_each(|line| say(line))
}

fn lines(found: &Verification) -> Vec<String> {
    let (segments, heads) = (counted(found.segments, "segment"), counted(found.heads, "signed head"));
    let (head, entries) = (found.head, found.entries);
    let mut lines = Vec::new();
    if let Some(bad) = &found.bad {
        lines.push(format!("{entries} entries verify, up to {} {}", head.seq, head.hash));
        lines.push(format!("BAD: {bad}"));
        lines.push(format!("{heads} checked; nothing behind this entry was judged"));
        lines.extend(unjudged(found.unjudged));
    } else {
        lines.push(format!("{entries} entries in {segments}; head {} {}", head.seq, head.hash));
        lines.push(format!("{heads} checked"));
    }
    lines.extend(found.bad_head.as_ref().map(|bad| format!("BAD: {bad}")));
    if found.bad.is_none() {
        lines.extend(newer(found));
    }
    if found.holds() {
        lines.push("the chain and the signatures verify".to_owned());
    }
    lines
}

/// Heads that nobody can say of whether they fit.
fn unjudged(heads: Unjudged) -> Vec<String> {
    let kept = heads.kept.map(|seq| format!("the kept signed heads from entry {seq} on were not judged"));
    let left =
        heads.left.map(|seq| format!("a signed head left this machine, of entry {seq}; it was not judged"));
    let given = heads.against.map(|seq| format!("the head that was given, of entry {seq}, was not judged"));
    kept.into_iter().chain(left).chain(given).collect()
}

/// How many entries are newer than what was signed: only the chain itself speaks for them.
fn newer(found: &Verification) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(newest) = &found.newest {
        let newer = found.newer_than_signed();
        lines.push(format!("{newer} entries are newer than the newest signed head ({})", newest.seq));
    }
    let newer = found.newer_than_left();
    match found.left {
        Some(left) => lines.push(format!(
            "{newer} entries are newer than the newest head that left this machine ({}): until the next one leaves, whoever owns the machine and its key could rewrite them",
            left.seq
        )),
        // One that does not fit is told as bad.
        None if found.bad_head.is_some() => {}
        None => lines.push(format!(
            "no signed head is known to have left this machine: whoever owns it and its key could rewrite all {newer} entries; see [ledger] inspectors"
        )),
    }
    if let (Some(head), Some(newer)) = (&found.against, found.newer_than_against()) {
        lines.push(format!("against head {}: {newer} entries are newer", head.seq));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Head;
    use crate::ledger::BadEntry;

    fn found() -> Verification {
        Verification {
            segments: 1,
            entries: 4,
            head: Head { seq: 4, ..Head::EMPTY },
            ..Verification::NOTHING
        }
    }

    #[test]
    fn behind_a_broken_chain_nothing_is_said_to_be_missing_that_was_not_looked_for() {
        let text = lines(&found()).join("\n");
        assert!(text.contains("no signed head is known to have left") && text.contains("verify"), "{text}");
        let bad = BadEntry { seq: 5, segment: 1, offset: 9, what: "the hash does not fit".to_owned() };
        let unjudged = Unjudged { kept: Some(6), left: Some(7), against: Some(8) };
        let text = lines(&Verification { bad: Some(bad), unjudged, ..found() }).join("\n");
        let expected = "\
0 signed heads checked; nothing behind this entry was judged
the kept signed heads from entry 6 on were not judged
a signed head left this machine, of entry 7; it was not judged
the head that was given, of entry 8, was not judged";
        assert!(text.contains(expected) && !text.contains("no signed head is known"), "{text}");
        assert!(!text.contains("the chain and the signatures verify"), "{text}");
    }
}
