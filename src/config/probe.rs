//! How the daemon asks for itself at its public address.

use std::net::SocketAddr;
use std::time::Duration;

use super::daemon::public_url;
use super::reader::Table;
use crate::http::settings::ProbeSettings;
use crate::time::span;

/// Often enough that a door which is shut for a minute is known to be within that minute.
const EVERY: Duration = Duration::from_secs(20);

/// `probe` of `[server]`. Without it the public address is asked, unless that is the listener itself.
pub(super) fn read(server: &Table<'_>, public: &str, listen: SocketAddr) -> Option<ProbeSettings> {
    let in_front = public != format!("http://{listen}");
    let Some(table) = server.table("probe") else {
        return in_front.then(|| ProbeSettings { url: public.to_owned(), every: EVERY, ca: None });
    };
    let mut settings = ProbeSettings { url: public.to_owned(), every: EVERY, ca: None };
    let named = table.text("url");
    if let Some(url) = &named {
        match public_url(&url.value) {
            Some(read) => settings.url = read,
            None => table.wrong(url, "not an address", "an address such as https://yq.example.cn"),
        }
    }
    let mut never = false;
    if let Some(every) = table.text("every") {
        never = every.value == "never";
        let read = span::parse(&every.value).filter(|every| (Duration::from_secs(1)..=EVERY).contains(every));
        match read {
            Some(read) => settings.every = read,
            None if never => {}
            None => table.wrong(&every, "not how often it may ask", "from 1s to 20s, or \"never\""),
        }
    }
    settings.ca = table.text("ca").map(|ca| table.report.folder.join(ca.value));
    table.finish();
    (!never && (in_front || named.is_some())).then_some(settings)
}
