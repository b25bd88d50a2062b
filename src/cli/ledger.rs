//! The ledger from the command line: verifying the files themselves, whether the daemon runs or not.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Failure, load, say};
use crate::journal::{PublicKey, SignedHead, Signer};
use crate::ledger::{Verification, verify};

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recomputes the chain and the signatures from the files, read-only; exit 1 and the first bad entry if anything differs.
    #[command(
        after_help = "Examples:\n  watchfire ledger verify --config /etc/watchfire\n  watchfire ledger verify --config /etc/watchfire --against head.json\n\nA head is what GET /v1/ledger/head answers; keep one where the operator of this machine cannot reach it."
    )]
    Verify {
        /// The folder of the configuration.
        #[arg(long, value_name = "DIR")]
        config: PathBuf,
        /// A file with a signed head that left this machine: finds any cut or rewriting up to it.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Verify { config, against } => check(config, against.as_deref()),
    }
}

fn check(config: &std::path::Path, against: Option<&std::path::Path>) -> Result<(), Failure> {
    let storage = load(config)?.configuration.storage;
    let key: Option<PublicKey> = match &storage.signing_key {
        Some(pem) => {
            let signer = Signer::from_pem(pem.expose());
            Some(signer.map_err(|error| Failure::Call(format!("[ledger] signing_key: {error}")))?.public())
        }
        None => std::fs::read_to_string(storage.path.join("signing-key.pem"))
            .ok()
            .and_then(|pem| Signer::from_pem(&pem).ok())
            .map(|signer| signer.public()),
    };
    let head = against.map(read_head).transpose()?;
    let keys: Vec<PublicKey> = key.into_iter().collect();
    let found = verify(&storage.path, head.as_ref(), &keys)
        .map_err(|error| Failure::Work(format!("the ledger cannot be read: {error}")))?;
    tell(&found)?;
    if found.holds() { Ok(()) } else { Err(Failure::Work("the ledger does NOT verify".to_owned())) }
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
    say(&format!(
        "{} entries in {}; head {} {}",
        found.entries,
        counted(found.segments, "segment"),
        found.head.seq,
        found.head.hash
    ))?;
    say(&format!("{} checked", counted(found.heads, "signed head")))?;
    if let Some(bad) = &found.bad {
        say(&format!("BAD: {bad}"))?;
    }
    if let Some(bad) = &found.bad_head {
        say(&format!("BAD: {bad}"))?;
    }
    if let Some(newest) = &found.newest {
        say(&format!(
            "{} entries are newer than the newest signed head ({})",
            found.newer_than_signed(),
            newest.seq
        ))?;
    }
    match (found.left, found.newer_than_left()) {
        (Some(left), newer) => say(&format!(
            "{newer} entries are newer than the newest head that left this machine ({}): until the next one leaves, whoever owns the machine and its key could rewrite them",
            left.seq
        ))?,
        (None, newer) => say(&format!(
            "no signed head is known to have left this machine: whoever owns it and its key could rewrite all {newer} entries; see [ledger] inspectors"
        ))?,
    }
    if let (Some(head), Some(newer)) = (&found.against, found.newer_than_against()) {
        say(&format!("against head {}: {newer} entries are newer", head.seq))?;
    }
    if found.holds() { say("the chain and the signatures verify") } else { Ok(()) }
}
