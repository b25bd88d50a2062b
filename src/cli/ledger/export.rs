//! The ledger as a file, through the running daemon: it alone can put on record that somebody has it.

use std::fs::OpenOptions;
use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use base64::Engine as _;
use clap::Args;
use sha2::{Digest as _, Sha256};

use super::super::client::Daemon;
use super::super::{Failure, load_without_secrets, say_error};
use super::list::Span;

/// Which file.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// The folder of the configuration: it says where the daemon listens.
    #[arg(long, value_name = "DIR", required_unless_present = "url")]
    config: Option<PathBuf>,
    #[arg(long, help = "Where the daemon answers, where that is elsewhere than the configuration says")]
    url: Option<reqwest::Url>,
    /// A file that holds the bearer token alone.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// As JSON Lines, as CSV, or as an Excel workbook.
    #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "csv", "xlsx"])]
    format: String,
    #[command(flatten)]
    span: Span,
    /// The file that it is written to, for its owner alone to read; without it standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn export(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.out.is_none() && arguments.format == "xlsx" && std::io::stdout().is_terminal() {
        return Err(Failure::Call("a workbook is nothing for a terminal: say --out FILE".to_owned()));
    }
    let Some(path) = &arguments.out else {
        return Ok(std::io::stdout().lock().write_all(&fetch(arguments)?)?);
    };
    // Whether it can be written to is found out before anything is on record.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = made.map_err(|error| {
        Failure::Work(format!("{} cannot be made ({error}): name another file by --out", path.display()))
    })?;
    match fetch(arguments) {
        Ok(bytes) => Ok(file.write_all(&bytes).and_then(|()| file.sync_all())?),
        Err(failure) => {
            std::fs::remove_file(path)?;
            Err(failure)
        }
    }
}

fn fetch(arguments: &Arguments) -> Result<Vec<u8>, Failure> {
    let url = match (&arguments.url, &arguments.config) {
        (Some(url), _) => url.clone(),
        (None, Some(config)) => address(load_without_secrets(config)?.configuration.http.listen)?,
        (None, None) => return Err(Failure::Call("expected --config DIR or --url URL".to_owned())),
    };
    let mut query = format!("/v1/ledger?format={}", arguments.format);
    for (name, value) in [("from", &arguments.span.from), ("to", &arguments.span.to)] {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", value.replace('+', "%2B").replace('&', "%26")));
        }
    }
    let answer = Daemon::new(url, arguments.token_file.clone()).call(&query, None)?;
    let digest = Sha256::digest(&answer.body);
    let expected = format!("sha-256=:{}:", base64::prelude::BASE64_STANDARD.encode(digest));
    if answer.digest.as_ref() != Some(&expected) {
        return Err(Failure::Work(
            "what came is not what the daemon put on record: ask again, and mend what is between, or --url"
                .to_owned(),
        ));
    }
    say_error(&format!("on record as handed out: sha256 {}", hex::encode(digest)));
    Ok(answer.body)
}

/// Where the daemon is reached from its own machine.
pub(super) fn address(listen: SocketAddr) -> Result<reqwest::Url, Failure> {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    let url = format!("http://{}", SocketAddr::new(ip, listen.port()));
    url.parse().map_err(|_cause| Failure::Call(format!("[server] listen: {url} is no address; say --url")))
}
