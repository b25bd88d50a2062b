//! What people wrote, opened from the vault: the reports that lapses are about with the reasons given for them, what the
//! people named say, and why the inspectors decided as they did.
//!
//! **Invariant.** The rows of a register, which tell of others, are in no pack: they are counted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Pack;
use super::search::{body, kind, proof};
use crate::domain::lapse::{About, Need};
use crate::domain::names::{PayloadName, ReportId};
use crate::ledger::export::{LateReport, Line};
use crate::vault::Disclosed;

/// A report that a lapse is about, and what it is to it.
struct Report<'l> {
    /// Its id; none of one that came late, which its slot names.
    report: Option<&'l ReportId>,
    is: &'static str,
    payload: String,
}

impl Pack {
    /// The names of all that people wrote.
    pub(super) fn written(&self) -> Vec<String> {
        let of_lapse = |line: &Line| {
            let lapse = &*line.lapse;
            let reports = self.reports(line).into_iter().map(|it| it.payload);
            let statements = lapse.statements.iter().map(|it| it.payload.to_string());
            let reasons = lapse.verdicts.iter().map(|it| it.payload.to_string());
            reports.chain(statements).chain(reasons).collect::<Vec<String>>()
        };
        self.lapses.iter().flat_map(of_lapse).collect()
    }

    /// Takes what was opened: all of it is read, and the whole of it goes along where it tells of nobody else.
    pub(super) fn read(&mut self, opened: BTreeMap<String, Disclosed>) {
        for (name, text) in opened {
            let mut read: Value = serde_json::from_slice(&text.content).unwrap_or_default();
            let rows = read["rows"].as_array().map_or(0, Vec::len);
            if rows > 0 {
                read["rows"] = json!(rows);
            } else {
                self.texts.insert(name.clone(), text);
            }
            self.readings.insert(name, read);
        }
    }

    /// Puts it beside what the record says of a lapse.
    pub(super) fn tell(&self, line: &Line, told: &mut Value) {
        let lapse = &*line.lapse;
        let reports = self.reports(line);
        let reports: Vec<Value> = reports.iter().map(|it| self.report(it)).collect();
        told["reports"] = json!(reports);
        for (index, it) in lapse.statements.iter().enumerate() {
            let via = json!(it.actor.via);
            self.text(&mut told["statements"][index], ("text", &it.payload), &via);
        }
        for (index, it) in lapse.verdicts.iter().enumerate() {
            let via = json!(it.actor.via);
            self.text(&mut told["verdicts"][index], ("reason", &it.payload), &via);
        }
        let lacking = |needs: Vec<Need>| needs.iter().map(|need| need.word()).collect::<Vec<_>>();
        let clauses =
            lapse.clauses().map(|(clause, needs)| json!({ "clause": clause, "lacking": lacking(needs) }));
        told["clauses"] = json!(clauses.collect::<Vec<_>>());
    }

    /// Puts a text where it belongs, with its name in the entries and what became of it.
    fn text(&self, told: &mut Value, (member, payload): (&str, &PayloadName), via: &Value) {
        let payload = payload.as_str();
        told["via"] = proof(via);
        told["text_sha256"] = json!(payload);
        told["held"] = json!(self.held(payload));
        told[member] = self.readings.get(payload).map_or(Value::Null, |read| read["text"].clone());
    }

    /// Whether what was sealed under a name is in the pack.
    fn held(&self, payload: &str) -> &'static str {
        match (self.readings.contains_key(payload), self.opened) {
            (true, _) => "given",
            (false, true) => "erased",
            (false, false) => "not_opened",
        }
    }

    fn report(&self, Report { report, is, payload }: &Report<'_>) -> Value {
        let read = self.readings.get(payload).unwrap_or(&Value::Null);
        json!({
            "report": report, "is": is, "text_sha256": payload, "held": self.held(payload),
            "zero": read["zero"], "asked": read["asked"], "total": read["total"],
            "figures": read["figures"], "rows": read["rows"], "reason": read["reason"],
        })
    }

    /// The reports that a lapse is about, as they were filed.
    fn reports<'l>(&self, line: &'l Line) -> Vec<Report<'l>> {
        match &line.lapse.about {
            About::Report { report, payload, .. } => {
                vec![Report { report: Some(report), is: "contradicted", payload: payload.to_string() }]
            }
            About::Correction { report, with, payload, .. } => {
                let before = self.filed(report);
                let before = before.map(|payload| Report { report: Some(report), is: "corrected", payload });
                let after = Report { report: Some(with), is: "correcting", payload: payload.to_string() };
                before.into_iter().chain([after]).collect()
            }
            About::Slot { .. } => {
                let late =
                    |it: &LateReport| Report { report: None, is: "late", payload: it.payload.to_string() };
                line.filed.iter().map(late).collect()
            }
            About::Telephone { .. } | About::Written { .. } | About::Event { .. } => Vec::new(),
        }
    }

    /// The name of what a report says, from the entry in which it was filed.
    fn filed(&self, report: &ReportId) -> Option<String> {
        self.found.entries.values().find_map(|json| {
            let entry: Value = serde_json::from_slice(json).ok()?;
            entry["facts"].as_array()?.iter().filter(|fact| kind(fact) == "report_filed").find_map(|fact| {
                let filed = &body(fact)["report"]["filed"];
                (filed["report"] == report.as_str())
                    .then(|| filed["payload"].as_str().map(ToOwned::to_owned))?
            })
        })
    }
}
