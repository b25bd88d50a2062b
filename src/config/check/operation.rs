//! What the operator should know: the doors, the keys, the watcher, the schedules.

use std::net::IpAddr;
use std::time::Duration;

use super::Checker;
use crate::domain::form::next_due;
use crate::http::settings::HttpSettings;
use crate::time::{Schedule, Timestamp};

/// What comes more often than this is seldom meant.
const OFTEN: Duration = Duration::from_mins(5);

impl Checker<'_> {
    pub(super) fn operation(&mut self) {
        let configuration = self.configuration;
        if configuration.heartbeat.is_none() {
            let message = "no heartbeat is sent: if this machine dies at night nobody is told";
            self.warn(
                "server.heartbeat",
                message,
                "add heartbeat = { url = \"https://…\", every = \"60s\" }",
            );
        }
        if configuration.storage.master_key.is_none() {
            let message = "the key of the vault is made in the data folder, beside what it opens";
            self.warn("storage.master_key", message, "add master_key = { credential = \"master-key\" }");
        }
        let http = &configuration.http;
        let url = reqwest::Url::parse(&http.public_url).ok();
        let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
        if url.as_ref().is_some_and(|url| url.scheme() == "http") && !is_here(host) {
            let message = "links and codes go over a connection that anybody on the way can read";
            self.warn("server.public_url", message, "use https://");
        }
        let listens_there = format!("http://{}", http.listen) == http.public_url;
        if http.probe.is_none() && !listens_there {
            let message = "the daemon does not look whether it is reached at public_url: a report that is late because nobody got in is late";
            self.warn("server.probe", message, "leave out `every = \"never\"`");
        }
        if http.trusted_proxies.is_empty() && behind_a_proxy(http, url.as_ref()) {
            let message = "something stands between this address and `listen`, and no proxy is trusted: every caller has one address, and shares one limit";
            self.warn("server.public_url", message, "add trusted_proxies = [\"127.0.0.1\"]");
        }
    }

    pub(super) fn forms(&mut self) {
        let configuration = self.configuration;
        for form in configuration.directory.forms.values() {
            // Closing says what was missing, to those it concerns: a message after it would be out of date.
            for (key, after) in [("leader_after", form.leader_after), ("office_after", form.office_after)] {
                if after >= form.missing_after {
                    let message = "by then the slot is closed as missing: this message is never sent";
                    self.warn(&format!("form \"{}\": {key}", form.id), message, "before missing_after");
                }
            }
            if form.consent.is_none() && form.columns.iter().any(|column| column.personal) {
                let message = "rows name people, and nobody says that these have agreed to it";
                let help = "consent = { zh-CN = \"…\", en = \"…\" }: what whoever files them says that they agreed to";
                self.warn(&format!("form \"{}\": consent", form.id), message, help);
            }
        }
    }

    pub(super) fn schedules(&mut self) {
        let configuration = self.configuration;
        self.schedule("ledger.heads_at", &configuration.directory.heads_at, false);
        self.schedule("ledger.lapses_at", &configuration.directory.lapses_at, false);
        for form in configuration.directory.forms.values() {
            self.schedule(&format!("form \"{}\": due", form.id), &form.due, form.workdays_only);
            if let Some(superior) = form.superior.as_ref().map(|superior| &superior.due) {
                let key = format!("form \"{}\": superior.due", form.id);
                self.schedule(&key, superior, form.workdays_only);
            }
        }
    }

    /// When a schedule comes next, on working days alone where it says so.
    fn next(&self, schedule: &Schedule, after: Timestamp, workdays_only: bool) -> Option<Timestamp> {
        let directory = &self.configuration.directory;
        next_due(schedule, (&directory.zone, &directory.calendar), (after, workdays_only))
    }

    fn schedule(&mut self, key: &str, schedule: &Schedule, workdays_only: bool) {
        let zone = &self.configuration.directory.zone;
        let show = |at: Timestamp| zone.format(at, "%a %Y-%m-%d %H:%M:%S");
        let Some(first) = self.next(schedule, self.now, workdays_only) else {
            self.warn(key, "this never comes", "there is no such day");
            return;
        };
        let Some(second) = self.next(schedule, first, workdays_only) else {
            self.warn(key, format!("this comes once, {}, and never again", show(first)), "");
            return;
        };
        if second.since(first) < OFTEN {
            let message = format!("this comes {} apart", crate::time::span::format(second.since(first)));
            self.warn(key, message, "the first field is the second: \"0 0 16 * * *\" is daily at 16:00");
        }
        if seldom_days(schedule.as_str()) {
            self.warn(key, "not every month has this day", "the 28th is the last that every month has");
        }
        self.note(key, format!("comes next {} and {}", show(first), show(second)));
    }
}

/// Whether a schedule names a day of the month that some months lack, and no other.
fn seldom_days(text: &str) -> bool {
    let field = text.split_whitespace().nth(3).unwrap_or_default();
    !field.is_empty() && field.split(',').all(|day| matches!(day, "29" | "30" | "31"))
}

fn is_here(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether callers come through something else: links lead elsewhere than where the daemon listens.
fn behind_a_proxy(http: &HttpSettings, url: Option<&reqwest::Url>) -> bool {
    let Some(url) = url else { return false };
    let port = url.port_or_known_default();
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https"
        || port != Some(http.listen.port())
        || (http.listen.ip().is_loopback() && !is_here(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_some_months_lack_is_seldom() {
        assert!(seldom_days("0 0 9 31 * *"));
        assert!(seldom_days("0 0 9 30,31 * *"));
        assert!(!seldom_days("0 0 9 28,30 * *"));
        assert!(!seldom_days("0 0 9 * * Mon"));
    }
}
