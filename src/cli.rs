//! The command line: errors as one plain sentence on standard error; 0 done, 1 failed, 2 a wrong call or configuration.

mod client;
mod demo;
mod history;
mod import;
mod ledger;
mod live;
mod plan;
mod record;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, Parser, Subcommand};
use sha2::{Digest as _, Sha256};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::app::{self, Run};
use crate::config::{self, Severity};
use crate::telemetry;
use crate::time::{Clock as _, SystemClock};

/// A duty officer that never sleeps: fever events in, the 30-minute clock, the authority rung and then written to.
#[derive(Debug, Parser)]
#[command(name = "watchfire", version, arg_required_else_help = true)]
struct Arguments {
    /// What is logged: error, warn, info, debug, or `watchfire::engine=debug`; serve says info, the rest warn.
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the daemon.
    #[command(after_help = "Example:\n  watchfire serve --config /etc/watchfire")]
    Serve {
        /// The folder of the configuration.
        #[arg(long, value_name = "DIR")]
        config: PathBuf,
        /// Sends nothing until a person lets it go (after a restore).
        #[arg(long)]
        hold: bool,
    },
    /// Reads the configuration whole: every mistake at once, and every silent gap of the next 30 days.
    #[command(
        after_help = "Examples:\n  watchfire check --config /etc/watchfire\n  watchfire check --config /etc/watchfire --live --to p31\n\nExits 0 where there is no mistake, 2 where there is one (with --strict also for a warning), 1 where a try of --live failed."
    )]
    Check {
        /// The folder of the configuration.
        #[arg(long, value_name = "DIR")]
        config: PathBuf,
        /// Counts warnings as mistakes.
        #[arg(long)]
        strict: bool,
        /// Tries every channel with a marked test, and the front door from outside; nothing goes to an authority.
        #[arg(long)]
        live: bool,
        /// Who gets the tests of --live; may be given several times. Without it: `[testing] people`.
        #[arg(long, value_name = "PERSON", requires = "live")]
        to: Vec<String>,
    },
    /// A self-contained tour: one suspected case, a clock of 30 seconds instead of 30 minutes.
    #[command(after_help = "Example:\n  watchfire demo --once")]
    Demo {
        /// Ends when the tour is over.
        #[arg(long)]
        once: bool,
    },
    /// Says who would be told, when, by which address, without telling anyone.
    #[command(
        after_help = "Example:\n  watchfire plan --config /etc/watchfire --case suspected --unit finance --at 2026-11-26T02:40:00+08:00"
    )]
    Plan(plan::Arguments),
    /// From here on authorities are really rung.
    #[command(
        after_help = "Example:\n  watchfire arm --url http://127.0.0.1:8420 --token-file office.token --by p42"
    )]
    Arm(client::Named),
    /// Lets go what `serve --hold` holds back.
    #[command(
        after_help = "Example:\n  watchfire release --url http://127.0.0.1:8420 --token-file office.token --by p42"
    )]
    Release(client::Named),
    /// Sends one marked test message.
    #[command(
        after_help = "Example:\n  watchfire test --url http://127.0.0.1:8420 --token-file operations.token --person p31 --by phone"
    )]
    Test(client::Test),
    /// Sends a fever event.
    #[command(
        after_help = "Example:\n  watchfire event --url http://127.0.0.1:8420 --token-file hr.token --id hr-000123 --unit finance --temperature 38.4"
    )]
    Event(client::Event),
    /// Files a unit's report, or a correction of it.
    #[command(
        after_help = "Examples:\n  watchfire report --url http://127.0.0.1:8420 --token-file finance.token --unit finance --form control-statistics --by p12 --zero --asked 23 --total 23 --figure on_duty=23 --figure travelling=0 --figure fever=0 --figure isolated=0\n  watchfire report --url http://127.0.0.1:8420 --token-file finance.token --unit finance --form travel-register --by p12 --file travel.xlsx\n\nExits 1 where the report was not taken, and says what is known against it."
    )]
    Report(client::Report),
    /// Erases the personal data of a closed case.
    #[command(
        after_help = "Example:\n  watchfire erase --url http://127.0.0.1:8420 --token-file office.token --case C-20261123-0001 --by p42 --second p41 --ground \"kept long enough\""
    )]
    Erase(client::Erase),
    /// Makes the employee register of a workbook, and puts the numbers of those who hold posts right; or takes a duty roster.
    #[command(
        after_help = "Examples:\n  watchfire import hr.xlsx --dry-run --config /etc/watchfire\n  watchfire import hr.csv --config /etc/watchfire --map mobile=宅电\n  watchfire import --roster 春节值班表.xlsx --year 2027 --dry-run --config /etc/watchfire\n\nExits 1 where the workbook cannot be used, or more than a tenth of the people are gone from it (--accept-removals), or where a row of the sheet is wrong."
    )]
    Import(import::Arguments),
    /// Makes a random token and prints it with the hash for the configuration.
    #[command(
        after_help = "Example:\n  watchfire token\n\nThe token goes to whoever calls, the hash into the configuration as token_sha256."
    )]
    Token,
    /// The ledger: whether anybody edited the past.
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// The configuration: since when each rule is in force.
    #[command(subcommand)]
    Config(history::Command),
    /// Prints completions for a shell.
    #[command(
        after_help = "Example:\n  watchfire completions bash > /usr/share/bash-completion/completions/watchfire"
    )]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// What a command comes to, besides that it did its work.
pub(crate) enum Failure {
    /// The work failed: exit 1.
    Work(String),
    /// The call or the configuration is wrong: exit 2.
    Call(String),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Work(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever reads the output has seen enough: there is nothing to say, and nobody to say it to.
        let closed = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self::Work(if closed { String::new() } else { error.to_string() })
    }
}

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let default = if matches!(arguments.command, Command::Serve { .. }) { "info" } else { "warn" };
    telemetry::log_to_stderr(arguments.log.as_deref().unwrap_or(default));
    // One provider of cryptography for mail and webhooks; a second call would be refused, and there is none.
    drop(rustls::crypto::ring::default_provider().install_default());
    match dispatch(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let (text, code) = match failure {
                Failure::Work(text) => (text, 1),
                Failure::Call(text) => (text, 2),
            };
            if !text.is_empty() {
                say_error(&text);
            }
            ExitCode::from(code)
        }
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve { config, hold } => serve(config, hold),
        Command::Check { config, strict, live, to } => check(&config, strict, live.then_some(to.as_slice())),
        Command::Demo { once } => demo::run(once),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Arm(arguments) => client::arm(&arguments),
        Command::Release(arguments) => client::release(&arguments),
        Command::Test(arguments) => client::test(&arguments),
        Command::Report(call) => client::report(&call),
        Command::Event(arguments) => client::event(&arguments),
        Command::Erase(arguments) => client::erase(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Token => token(),
        Command::Ledger(command) => ledger::run(&command),
        Command::Config(command) => history::run(&command),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "watchfire", &mut std::io::stdout());
            Ok(())
        }
    }
}

/// Prints a line to standard output.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// What stands behind an error: the last of its causes says it in the fewest words.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn say_error(text: &str) {
    let mut out = std::io::stderr().lock();
    if writeln!(out, "{text}").is_err() {
        tracing::debug!("nobody reads standard error");
    }
}

/// A runtime for a command that talks.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

pub(crate) fn load(dir: &std::path::Path) -> Result<config::Loaded, Failure> {
    config::load(dir).map_err(|failed| mistakes(dir, &failed))
}

/// Loads for a command that needs no secret, and so may run where the daemon's credentials are not.
pub(crate) fn load_without_secrets(dir: &std::path::Path) -> Result<config::Loaded, Failure> {
    config::load_without_secrets(dir).map_err(|failed| mistakes(dir, &failed))
}

pub(crate) fn mistakes(dir: &std::path::Path, failed: &config::Failed) -> Failure {
    let shown = config::render(&failed.findings, &failed.sources, std::io::stderr().is_terminal());
    let mistakes = failed.findings.iter().filter(|it| it.severity == Severity::Mistake).count();
    let word = if mistakes == 1 { "mistake" } else { "mistakes" };
    Failure::Call(format!("{shown}{mistakes} {word} in {}", dir.display()))
}

fn serve(config: PathBuf, hold: bool) -> Result<(), Failure> {
    let loaded = load(&config)?;
    let runtime = runtime()?;
    runtime.block_on(async move {
        let stop = CancellationToken::new();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let run = Run { config, hold, clock: Arc::new(SystemClock::new()), stop: stop.clone() };
        let mut daemon = std::pin::pin!(app::serve(loaded, run));
        loop {
            tokio::select! {
                ended = &mut daemon => return ended.map_err(Failure::from),
                _ = terminate.recv() => stop.cancel(),
                _ = interrupt.recv() => stop.cancel(),
            }
        }
    })
}

fn check(dir: &std::path::Path, strict: bool, live: Option<&[String]>) -> Result<(), Failure> {
    let loaded = load(dir)?;
    let people = live.map(|to| live::recipients(&loaded.configuration, to)).transpose()?;
    let findings = record::renamed(&loaded.configuration)?;
    if !findings.is_empty() {
        return Err(mistakes(dir, &config::Failed { findings, sources: loaded.sources }));
    }
    let now = SystemClock::new().read().wall;
    let mut findings = loaded.warnings;
    findings.extend(config::check(&loaded.configuration, &loaded.sources, now));
    let colour = std::io::stdout().is_terminal();
    let warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
    say(config::render(&findings, &loaded.sources, colour).trim_end())?;
    say(&format!(
        "\n{}: no mistakes, {}. A fresh installation is UNARMED: nothing leaves for authorities until `watchfire arm`.",
        dir.display(),
        counted(warnings)
    ))?;
    if let Some(people) = people {
        live::run(&loaded.configuration, &people)?;
    }
    if strict && warnings > 0 {
        return Err(Failure::Call(format!("{}, and --strict was given", counted(warnings))));
    }
    Ok(())
}

fn counted(warnings: usize) -> String {
    format!("{warnings} {}", if warnings == 1 { "warning" } else { "warnings" })
}

fn token() -> Result<(), Failure> {
    use base64::Engine as _;
    let token = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    say(&format!("token         {token}"))?;
    say(&format!("token_sha256  {}", hex::encode(Sha256::digest(token.as_bytes()))))
}
