//! Evidence packs from the command line: made from the files themselves, and checked wherever they are brought.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::super::client::{Daemon, nobody_we_know, post};
use super::super::record::key_of;
use super::super::{Failure, innermost, load_without_secrets, say};
use super::export::address;
use super::{counted, read_head, signer_of};
use crate::app;
use crate::config::Configuration;
use crate::domain::names::{AuthorityId, FormId, LapseId, PersonId, UnitId};
use crate::journal::Hash;
use crate::ledger::Of;
use crate::ledger::export::Names;
use crate::ledger::pack::{Pack, PackError, Unsigned, Vouch, check, free, gather};
use crate::time::{Clock as _, Day, SystemClock, Timestamp, Zone};

/// What is packed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The id of a lapse, or a month such as 2026-11.
    #[arg(value_name = "LAPSE|YYYY-MM")]
    what: String,
    /// The folder of the configuration.
    #[arg(long, value_name = "DIR")]
    config: PathBuf,
    /// The folder that the pack is written to: one that is not there, or is empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A file with a signed head that left this machine, which the pack reaches to.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The file with the master key, where the configuration has it as a credential of the daemon.
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// The file with the key that signs heads, where the configuration has it as a credential of the daemon.
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
    /// A file that holds the bearer token of a client with the role office or discipline: with it the daemon puts on record
    /// who has the pack before it is written.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[arg(
        long,
        requires = "token_file",
        help = "Where the daemon answers, where that is elsewhere than the configuration says"
    )]
    url: Option<reqwest::Url>,
    #[arg(long, requires = "token_file", value_name = "PERSON", help = "The id of the person who makes it")]
    by: Option<String>,
}

/// Makes a pack.
pub(super) fn make(arguments: &Arguments) -> Result<(), Failure> {
    let configuration = load_without_secrets(&arguments.config)?.configuration;
    let zone = &configuration.directory.zone;
    let of = of(&arguments.what, zone);
    let held = arguments.against.as_deref().map(read_head).transpose()?;
    let data = &configuration.storage.path;
    let window = configuration.directory.repeats_within;
    let pack = gather(data, &of, held.as_ref(), (SystemClock::new().read().wall, window));
    let mut pack = pack.map_err(|error| failed(&error, &arguments.what, data))?;
    let texts = texts(&mut pack, &configuration, arguments)?;
    let failed = |error: PackError| failed(&error, &arguments.what, data);
    let signer = signer_of(&configuration, arguments.signing_key.as_deref())?;
    let vouch = Vouch::by(signer.as_ref(), pack.head().0);
    let on_record = arguments.token_file.is_some();
    let made = pack.made((&Called(&configuration), zone), (vouch, on_record)).map_err(failed)?;
    free(&arguments.out).map_err(failed)?;
    let entry = record(&configuration, arguments, (&of, pack.lapses()), made.sha256())?;
    made.write(&arguments.out, entry).map_err(failed)?;
    told(&pack, arguments)?;
    say(&texts)?;
    say(&match entry {
        Some(entry) => format!("that it was made is on record (entry {entry})"),
        None => "NOT ON RECORD, and the pack says so: no entry says who has it; --token-file FILE lets the daemon make one"
            .to_owned(),
    })?;
    if let Some(why) = vouch.unsigned() {
        say(&format!("NOT SIGNED as a whole, and the pack says so: {}", not_signed(why)))?;
    }
    say("it is checked by `bash steps.sh` in its folder, or by `watchfire ledger verify FOLDER`")
}

/// Has the daemon put on record that the pack is made; nothing where no token was given to ask it with.
fn record(
    configuration: &Configuration,
    arguments: &Arguments,
    (of, lapses): (&Of, usize),
    sha256: Hash,
) -> Result<Option<u64>, Failure> {
    let Some(token_file) = &arguments.token_file else { return Ok(None) };
    let url = match &arguments.url {
        Some(url) => url.clone(),
        None => address(configuration.http.listen)?,
    };
    let (lapse, from, to) = match of {
        Of::Lapse(lapse) => (Some(lapse), None, None),
        Of::Span((from, to)) => (None, *from, *to),
    };
    let body = json!({
        "lapses": lapses, "sha256": sha256, "by": arguments.by, "lapse": lapse, "from": from, "to": to,
    });
    let daemon = Daemon::new(url, token_file.clone());
    let answer = post(&daemon, "/v1/ledger/packs", &body)?;
    let entry = answer.get("entry").and_then(serde_json::Value::as_u64);
    entry.map(Some).ok_or_else(|| nobody_we_know(&daemon))
}

/// Why nobody vouches for a pack as a whole.
const fn not_signed(why: Unsigned) -> &'static str {
    match why {
        Unsigned::NoKey => {
            "the key that signs could not be read where it was made; its file is given by --signing-key"
        }
        Unsigned::OtherKey => {
            "the key that was at hand is not the one that signed the head: ask GET /v1/ledger/head for a head of today's key"
        }
        Unsigned::NotThere => {
            "signed.json is not there: it was taken out, or the pack was made before packs were signed"
        }
    }
}

/// Says what was packed, and how far it reaches.
fn told(pack: &Pack, arguments: &Arguments) -> Result<(), Failure> {
    let (head, left) = pack.head();
    say(&format!(
        "{} of {}, {} whole, up to signed head {} of {}: {}",
        counted(pack.lapses(), "lapse"),
        arguments.what,
        counted(pack.entries(), "entry").replace("entrys", "entries"),
        head.seq,
        head.at,
        arguments.out.display()
    ))?;
    if !left {
        say(
            "that head is not known to have left this machine: pack it again when one has, or give one with --against",
        )?;
    }
    if pack.newer() > 0 {
        say(&format!("{} entries about it are newer than that head, and not in the pack", pack.newer()))?;
    }
    Ok(())
}

/// Opens what the people named were told and what people wrote, where the vault's key is at hand; what came of it.
fn texts(pack: &mut Pack, configuration: &Configuration, arguments: &Arguments) -> Result<String, Failure> {
    let storage = &configuration.storage;
    let Some(key) = key_of(configuration, arguments.master_key.as_deref())? else {
        return Ok(
            "no text of a message and nothing that people wrote is in it, only the hashes: the vault's key cannot be read here; give its file by --master-key"
                .to_owned(),
        );
    };
    let count = pack.disclose(&storage.path, &key, app::posts_of).map_err(|error| {
        Failure::Work(format!("the vault cannot be read ({error}): is that the key that the daemon has?"))
    })?;
    let missing = match pack.missing() {
        0 => String::new(),
        some => format!(
            "; MISSING from the vault though no erasure is on record: {some}, and the pack says which"
        ),
    };
    Ok(format!(
        "{} of messages to those named, of reports, statements and reasons; of messages about an open case and of what was erased there is none{missing}",
        counted(count, "text")
    ))
}

/// Checks a pack.
pub(super) fn verify(pack: &Path, against: Option<&Path>, unsigned: bool) -> Result<(), Failure> {
    let against = against.map(read_head).transpose()?;
    let found = check(pack, against.as_ref()).map_err(|error| {
        Failure::Work(format!("{error} ({}): is it the folder of a pack?", innermost(&error)))
    })?;
    say(&format!("the pack in {}:", pack.display()))?;
    let (links, texts) = (counted(found.links, "link"), counted(found.texts, "text"));
    say(&format!("{} files, {links} of the chain, {} entries whole, {texts}", found.files, found.entries))?;
    if let Some(bad) = &found.bad {
        say(&format!("BAD: {bad}"))?;
        return Err(Failure::Work("the pack does NOT verify".to_owned()));
    }
    if let Some(head) = &found.head {
        say(&format!("signed head {} of {} by key {}", head.seq, head.at, head.key))?;
    }
    match &against {
        None => say(
            "whose key that is, nobody here can say: compare it with a head that left, or give one with --against",
        )?,
        Some(head) if found.compared => {
            say(&format!("entry {} is that of the head that was given", head.seq))?
        }
        Some(head) => say(&format!(
            "the head that was given has the same key; its entry {} is not in the pack, so that no more is known",
            head.seq
        ))?,
    }
    say(&match (found.entry, found.unsigned) {
        (Some(entry), None) => format!("that it was made is on record there: entry {entry}"),
        (None, None) => "that it was made is on record nowhere".to_owned(),
        (Some(entry), Some(_)) => {
            format!("it says that it was made in entry {entry}, and nobody vouches for that")
        }
        (None, Some(_)) => {
            "it names no entry in which it was made, and nobody vouches for that either".to_owned()
        }
    })?;
    if let Some(why) = found.unsigned {
        say(&format!("NOT SIGNED as a whole, so that files may have been taken out: {}", not_signed(why)))?;
        if !unsigned {
            let what = "what is in the pack fits, and nobody vouches for the whole: --unsigned lets it pass";
            return Err(Failure::Work(what.to_owned()));
        }
        return say("what is in the pack verifies");
    }
    say("the pack verifies")
}

fn of(what: &str, zone: &Zone) -> Of {
    let month: Option<Day> = (what.len() == 7).then(|| format!("{what}-01").parse().ok()).flatten();
    let Some(first) = month else { return Of::Lapse(LapseId::new(what)) };
    let next = (28..=31).map(|days| first.plus_days(days)).find(|day| !day.to_string().starts_with(what));
    let midnight = |day: Day| zone.instant(day.at(0, 0));
    Of::Span((midnight(first), next.and_then(midnight)))
}

fn failed(error: &PackError, what: &str, data: &Path) -> Failure {
    match error {
        PackError::Read(error) => super::unread(error, data),
        PackError::Nothing => Failure::Work(format!(
            "{what}: no lapse is on record under that; GET /v1/lapses lists them, and a month is written as 2026-11"
        )),
        PackError::Write(path, error) => Failure::Work(format!(
            "{} cannot be written ({error}): name another folder by --out",
            path.display()
        )),
        PackError::Broken | PackError::Unsigned(_) | PackError::Page => Failure::Work(error.to_string()),
    }
}

/// What the configuration calls everything, and called those whom it names no more.
pub(super) struct Called<'c>(pub(super) &'c Configuration);

impl Names for Called<'_> {
    fn person(&self, person: &PersonId) -> Option<String> {
        self.0.contacts.known_as(person)
    }

    fn unit(&self, unit: &UnitId, at: Timestamp) -> String {
        self.0.contacts.unit_at(unit, at)
    }

    fn authority(&self, authority: &AuthorityId) -> String {
        self.0.contacts.called(authority).to_owned()
    }

    fn form(&self, form: &FormId) -> String {
        self.0.directory.forms.get(form).map_or_else(|| form.to_string(), |form| form.name.zh.clone())
    }
    fn figure(&self, form: &FormId, field: &str) -> String {
        let form = self.0.directory.forms.get(form);
        let known = form.and_then(|form| form.fields.iter().find(|known| known.name == field));
        known.map_or_else(|| field.to_owned(), |known| known.label.zh.clone())
    }
}
