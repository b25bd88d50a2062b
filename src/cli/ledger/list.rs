//! Lapses on the terminal, from the files themselves, whether the daemon runs or not.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::record::recall;
use super::super::{Failure, load_without_secrets, say};
use super::counted;
use super::pack::Called;
use crate::config::Configuration;
use crate::domain::lapse::{Lapse, Post};
use crate::domain::names::{LapseId, PersonId, UnitId};
use crate::ledger::export::{Bounds, Line, Names as _, bound, repeats};
use crate::ledger::{Of, on_record, words};
use crate::time::{Clock as _, SystemClock, Zone, span};

/// Which lapses are listed.
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// The folder of the configuration.
    #[arg(long, value_name = "DIR")]
    config: PathBuf,
    #[command(flatten)]
    span: Span,
    #[command(flatten)]
    key: Key,
    /// Those that are open, decided or withdrawn; without it all.
    #[arg(long, value_parser = ["open", "decided", "withdrawn"])]
    state: Option<String>,
    /// Those of this unit.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Those that name this person.
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
}

/// A span of due instants, as `GET /v1/ledger` takes it.
#[derive(Debug, Args)]
pub(super) struct Span {
    /// Due on this day or later; or an instant such as 2026-11-23T08:00:00+08:00.
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<String>,
    /// Due on this day or earlier; of an instant, before it.
    #[arg(long, value_name = "DAY")]
    pub(super) to: Option<String>,
}

impl Span {
    pub(super) fn bounds(&self, zone: &Zone) -> Result<Bounds, Failure> {
        let read = |name: &str, text: Option<&String>, days| {
            let read = text.map(|text| bound(text, (zone, days)));
            if read == Some(None) {
                return Err(Failure::Call(format!(
                    "--{name}: expected a date such as 2026-11-23, or a time such as 2026-11-23T00:01:00Z"
                )));
            }
            Ok(read.flatten())
        };
        let (from, to) = (read("from", self.from.as_ref(), 0)?, read("to", self.to.as_ref(), 1)?);
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            return Err(Failure::Call("--to: expected a day that is not before --from".to_owned()));
        }
        Ok((from, to))
    }
}

/// Where the names of those who left are read from.
#[derive(Debug, Args)]
struct Key {
    /// The file with the master key, where the configuration has it as a credential of the daemon.
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
}

/// The lapse that is shown.
#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// The id of the lapse.
    #[arg(value_name = "LAPSE")]
    lapse: String,
    /// The folder of the configuration.
    #[arg(long, value_name = "DIR")]
    config: PathBuf,
    #[command(flatten)]
    key: Key,
}

pub(super) fn list(arguments: &List) -> Result<(), Failure> {
    let mut configuration = load_without_secrets(&arguments.config)?.configuration;
    recall(&mut configuration, arguments.key.master_key.as_deref())?;
    let zone = &configuration.directory.zone;
    let of = Of::Span(arguments.span.bounds(zone)?);
    let mut lines = read(&configuration, &of)?;
    let wanted = |line: &Line| {
        let of_unit = arguments.unit.as_deref().is_none_or(|unit| line.unit() == Some(&UnitId::new(unit)));
        let names = |person: &String| line.lapse.names(&PersonId::new(person));
        let in_state = arguments.state.as_deref().is_none_or(|wanted| {
            state(&line.lapse) == wanted || wanted == "open" && line.lapse.is_to_review()
        });
        of_unit && in_state && arguments.person.as_ref().is_none_or(names)
    };
    lines.retain(wanted);
    let names = Called(&configuration);
    for line in &lines {
        let lapse = &*line.lapse;
        let unit = line.unit_name(&names).unwrap_or_default();
        let people: Vec<String> = lapse.subjects_in_post().map(|it| in_post(&names, it)).collect();
        say(&format!(
            "{}  {}  {}  {}  {unit}  {}  {}  {}{}",
            lapse.lapse,
            zone.format(lapse.due, "%Y-%m-%d %H:%M:%S"),
            line.failing(),
            state(lapse),
            line.matter(&names),
            people.join(" / "),
            repeats::line(&line.before),
            review(lapse)
        ))?;
    }
    if !lines.is_empty() {
        let window = span::format(configuration.directory.repeats_within);
        say(&format!(
            "行末：{window} 内此前的其他事项，有据+待核实，当事人 / 责任人 / 同单位同报表；at the end of a line: earlier ones within {window}, proved+candidates, of the person involved / responsible / the unit by the form"
        ))?;
    }
    say(&format!("共 {} 条 / {}", lines.len(), counted(lines.len(), "lapse")))
}

/// Somebody by their name and the posts in which a lapse names them.
fn in_post(names: &Called<'_>, (person, posts): (&PersonId, Vec<Post>)) -> String {
    let called = names.person(person).unwrap_or_else(|| person.to_string());
    let posts: Vec<&str> = posts.into_iter().map(words::post).collect();
    if posts.is_empty() { called } else { format!("{called}（{}）", posts.join("、")) }
}

/// Why a person is to look at what was decided again.
fn review(lapse: &Lapse) -> &'static str {
    if lapse.ruled_out_since().is_some() {
        "  所涉病例其后排除 its case was ruled out since"
    } else if lapse.is_unfit() {
        "  处理依据不再适用 its clause does not fit any more"
    } else if lapse.is_to_review() {
        "  其后查明免责情形 what excuses it was found since"
    } else {
        ""
    }
}

fn state(lapse: &Lapse) -> &'static str {
    match (lapse.is_open(), lapse.is_withdrawn()) {
        (true, _) => "open",
        (false, true) => "withdrawn",
        (false, false) => "decided",
    }
}

pub(super) fn show(arguments: &Show) -> Result<(), Failure> {
    let mut configuration = load_without_secrets(&arguments.config)?.configuration;
    recall(&mut configuration, arguments.key.master_key.as_deref())?;
    let lines = read(&configuration, &Of::Lapse(LapseId::new(&arguments.lapse)))?;
    let Some(line) = lines.first() else {
        return Err(Failure::Work(format!(
            "{}: no lapse is on record under that; `watchfire ledger list` names them",
            arguments.lapse
        )));
    };
    let told = line.told(&Called(&configuration), &configuration.directory.zone);
    for ((heading, meaning), cell) in told.iter().filter(|(_, cell)| !cell.is_empty()) {
        say(&format!("{heading} {meaning}: {cell}"))?;
    }
    say("what people wrote is in the vault: GET /v1/lapses shows it to whoever may read it")
}

fn read(configuration: &Configuration, of: &Of) -> Result<Vec<Line>, Failure> {
    let data: &Path = &configuration.storage.path;
    let lines = on_record(data, of, (SystemClock::new().read().wall, configuration.directory.repeats_within));
    let lines = lines.map_err(|error| super::unread(&error, data))?;
    lines.ok_or_else(|| Failure::Work("the ledger does NOT verify; see `watchfire ledger verify`".to_owned()))
}
