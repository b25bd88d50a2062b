//! What people wrote, opened from the vault: the reports that lapses are about with the reasons given for them, what the
//! people named say, and why the inspectors decided as they did.
//!
//! **Invariant.** The rows of a register, which tell of others, are in no pack: they are counted. So are figures that a
//! form holds to be personal, and all that are no numbers where no copy says what the form holds them to be.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Pack;
use super::search::{body, kind, proof};
use crate::domain::lapse::{About, Need};
use crate::domain::names::{FormId, PayloadName};
use crate::ledger::export::{LateReport, Line};
use crate::vault::Disclosed;

/// A report that a lapse is about, and what it is to it.
#[derive(Debug, Clone)]
pub(super) struct Report {
    /// Its id; none of one that came late and whose entry is not at hand.
    report: Option<String>,
    is: &'static str,
    payload: String,
    /// How it was filed, where it is read from its entry.
    filed: Option<Filing>,
}

/// What the entry says of a report.
#[derive(Debug, Clone)]
struct Filing {
    entry: u64,
    /// When its last byte was read.
    at: Value,
    revision: Value,
    by: Value,
    via: Value,
    rows: Said,
}

/// What is said of rows that are in no pack.
#[derive(Debug, Clone, Copy)]
struct Said {
    /// The people in them had agreed.
    consent: bool,
    /// So many were confirmed as they stood in the report before.
    same_as_before: u64,
}

impl Pack {
    /// The names of all that people wrote.
    pub(super) fn written(&self) -> Vec<String> {
        let of_lapse = |line: &Line| {
            let lapse = &*line.lapse;
            let reports = self.reports(line).into_iter().map(|it| it.payload);
            let statements = lapse.statements.iter().map(|it| it.payload.to_string());
            let served = lapse.told.values().filter_map(|told| told.served.as_ref());
            let statements = statements.chain(served.map(|it| it.payload.to_string()));
            let reasons = lapse.verdicts.iter().map(|it| it.payload.to_string());
            reports.chain(statements).chain(reasons).collect::<Vec<String>>()
        };
        self.lapses.iter().flat_map(of_lapse).collect()
    }

    /// Takes what was opened: all of it is read, and the whole of it goes along where it tells of nobody else.
    pub(super) fn read(&mut self, opened: BTreeMap<String, Disclosed>) {
        let forms = self.forms_of_reports();
        for (name, text) in opened {
            let mut read: Value = serde_json::from_slice(&text.content).unwrap_or_default();
            let rows = read["rows"].as_array().map_or(0, Vec::len);
            let form = forms.get(&name);
            let hidden = read["figures"].as_object_mut().map_or(0, |figures| {
                let all = figures.len();
                figures.retain(|field, value| !form.is_some_and(|form| self.is_personal(form, field, value)));
                all - figures.len()
            });
            if rows > 0 {
                read["rows"] = json!(rows);
            }
            if rows == 0 && hidden == 0 {
                self.texts.insert(name.clone(), text);
            }
            read["hidden"] = json!(hidden);
            self.readings.insert(name, read);
        }
    }

    /// By which form each report was filed, by the names of what they say.
    fn forms_of_reports(&self) -> BTreeMap<String, FormId> {
        let of_line = |line: &Line| {
            let form = match &line.lapse.about {
                About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                    Some(slot.period.form.clone())
                }
                About::Telephone { .. } | About::Written { .. } | About::Event { .. } => None,
            };
            let reports = self.reports(line).into_iter().map(|it| it.payload);
            reports.zip(std::iter::repeat(form)).filter_map(|(payload, form)| Some((payload, form?)))
        };
        self.lapses.iter().flat_map(|line| of_line(line).collect::<Vec<_>>()).collect()
    }

    /// Whether a figure is of a person, by any copy of the configuration that knows its form.
    fn is_personal(&self, form: &FormId, field: &str, value: &Value) -> bool {
        let directories = self.copies.values().filter_map(|posts| posts.directory.as_ref());
        let forms: Vec<_> = directories.filter_map(|directory| directory.forms.get(form)).collect();
        let mut fields = forms.iter().flat_map(|form| &form.fields);
        if forms.is_empty() { value.is_string() } else { fields.any(|it| it.name == field && it.personal) }
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
        for (index, it) in lapse.told.values().enumerate() {
            if let Some(served) = &it.served {
                self.text(&mut told["told"][index], ("note", &served.payload), &json!(served.actor.via));
            }
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
        told["held"] = self.held(payload);
        told["erased_in"] = json!(self.erased_in(payload));
        told[member] = self.readings.get(payload).map_or(Value::Null, |read| read["text"].clone());
    }

    fn report(&self, Report { report, is, payload, filed }: &Report) -> Value {
        let read = self.readings.get(payload).unwrap_or(&Value::Null);
        let known = || self.filings().values().flatten().find(|it| it.payload == *payload);
        let filed = filed.as_ref().or_else(|| known()?.filed.as_ref());
        let rows = filed.map(|filed| filed.rows);
        json!({
            "filed_in": filed.map(|it| it.entry), "filed_at": filed.map(|it| &it.at),
            "filed_by": filed.map(|it| &it.by), "via": filed.map(|it| &it.via),
            "revision": filed.map(|it| &it.revision),
            "consent": rows.map(|rows| rows.consent), "same_as_before": rows.map(|rows| rows.same_as_before),
            "report": report, "is": is, "text_sha256": payload, "held": self.held(payload),
            "erased_in": self.erased_in(payload),
            "zero": read["zero"], "asked": read["asked"], "total": read["total"],
            "figures": read["figures"], "rows": read["rows"], "hidden": read["hidden"], "reason": read["reason"],
        })
    }

    /// The reports that a lapse is about: every one of its slot that is on record, in the order in which they were filed.
    fn reports(&self, line: &Line) -> Vec<Report> {
        let (slot, of_it) = match &line.lapse.about {
            About::Report { slot, report, payload, .. } => {
                (slot, vec![(Some(report.to_string()), "contradicted", Some(payload.to_string()))])
            }
            About::Correction { slot, report, with, payload } => {
                let before = (Some(report.to_string()), "corrected", None);
                (slot, vec![before, (Some(with.to_string()), "correcting", Some(payload.to_string()))])
            }
            About::Slot { slot } => {
                let late = |it: &LateReport| (None, "late", Some(it.payload.to_string()));
                (slot, line.filed.iter().map(late).collect())
            }
            About::Telephone { .. } | About::Written { .. } | About::Event { .. } => return Vec::new(),
        };
        let filings = self.filings().get(&slot.to_string()).map(Vec::as_slice).unwrap_or_default();
        let known = |id: &Option<String>, payload: &Option<String>| {
            filings.iter().any(|it| it.report == *id || payload.as_ref() == Some(&it.payload))
        };
        // One whose entry is not at hand is told as far as the lapse itself says.
        let mut reports: Vec<Report> = of_it
            .iter()
            .filter(|(id, _, payload)| !known(id, payload))
            .filter_map(|(report, is, payload)| {
                Some(Report { report: report.clone(), is, payload: payload.clone()?, filed: None })
            })
            .collect();
        // The reason that was given with one is not in the next, and what one said does not tell what another does.
        reports.extend(filings.iter().map(|filing| {
            let own = of_it.iter().find(|(id, _, _)| id.is_some() && *id == filing.report);
            let is_late = matches!(line.lapse.about, About::Slot { .. });
            let is = own.map_or(if is_late { "late" } else { "other_revision" }, |(_, is, _)| is);
            Report { is, ..filing.clone() }
        }));
        reports
    }

    /// Every report that is in the entries at hand, by its slot: read once.
    fn filings(&self) -> &BTreeMap<String, Vec<Report>> {
        self.filings.get_or_init(|| {
            let mut all: BTreeMap<String, Vec<Report>> = BTreeMap::new();
            for (seq, json) in &self.found.entries {
                let Ok(entry) = serde_json::from_slice::<Value>(json) else { continue };
                let facts = entry["facts"].as_array().into_iter().flatten();
                for fact in facts.filter(|fact| kind(fact) == "report_filed") {
                    let report = &body(fact)["report"];
                    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
                    let (slot, payload) = (text(&report["slot"]), text(&report["filed"]["payload"]));
                    if let (Some(slot), Some(payload)) = (slot, payload) {
                        let id = text(&report["filed"]["report"]);
                        let filed = &report["filed"];
                        let same_as_before = filed["same_as_before"].as_u64().unwrap_or_default();
                        let filed = Filing {
                            entry: *seq,
                            at: filed["received"].clone(),
                            revision: filed["revision"].clone(),
                            by: filed["actor"]["by"].clone(),
                            via: proof(&filed["actor"]["via"]),
                            rows: Said { consent: filed["consent"] == true, same_as_before },
                        };
                        let filed = Some(filed);
                        all.entry(slot).or_default().push(Report { report: id, is: "late", payload, filed });
                    }
                }
            }
            all
        })
    }
}
