//! The folder that a desk or the real daemon runs on.

use std::fmt::Write as _;
use std::time::Duration;

use super::ground::{Daemon, Ground, hash};

/// The form that a desk files.
pub(crate) const FORM: &str = "daily";
/// All forms, each due at its hour.
pub(crate) const FORMS: [(&str, u32); 2] = [(FORM, 16), ("travel", 17)];

/// A folder with a configuration and data.
pub(crate) struct Site(pub(crate) Ground);

impl Site {
    /// A site with so many units, the first of which is always there.
    pub(crate) fn new(units: u32) -> Self {
        Self(Ground::new(1, &added(units.max(1))))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.0.port)
    }

    /// Starts the daemon; how long it took until it was ready.
    pub(crate) async fn start(&self, client: &reqwest::Client) -> (Daemon, Duration) {
        let ready = async |_port| {
            let asked = client.get(self.url("/readyz")).send().await;
            asked.is_ok_and(|answer| answer.status().is_success())
        };
        self.0.start(ready).await
    }
}

/// Units with their people, a source, and the forms.
fn added(units: u32) -> String {
    let mut text = format!(
        "[[source]]\nid = \"hr\"\nformat = \"native\"\ntoken_sha256 = \"{}\"\n",
        hash("benchmark-source")
    );
    for unit in 0..units {
        write!(
            text,
            "[[unit]]\nid = \"u{unit:06}\"\nname = \"单位{unit:06}\"\nleader = \"l{unit:06}\"\nliaison = \"n{unit:06}\"\n\
             [[person]]\nid = \"l{unit:06}\"\nname = \"负责人\"\nmobile = \"+86138{unit:08}\"\n\
             [[person]]\nid = \"n{unit:06}\"\nname = \"联络员\"\nmobile = \"+86139{unit:08}\"\n"
        )
        .unwrap();
    }
    for (form, hour) in FORMS {
        write!(
            text,
            "[[form]]\nid = \"{form}\"\nname = {{ zh-CN = \"{form}\", en = \"{form}\" }}\ndue = \"0 0 {hour} * * *\"\n\
             units = \"all\"\nleader_after = \"1m\"\nzero_allowed = true\n\
             fields = [ {{ name = \"on_duty\", type = \"count\", label = {{ zh-CN = \"在岗\", en = \"On duty\" }} }} ]\n"
        )
        .unwrap();
    }
    text
}
