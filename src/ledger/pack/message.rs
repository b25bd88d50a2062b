//! Messages that speak of a lapse: what was planned, what went, by its hash, and what became of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::search::kind;

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) planned: u64,
    pub(super) what: Value,
    pub(super) state: String,
    pub(super) attempts: Vec<Value>,
}

/// How far a message got, from what is least to what is most; a refusal may come after `accepted`.
const STATES: [&str; 8] =
    ["planned", "attempting", "unknown", "accepted", "delivered", "answered", "heard", "confirmed"];

impl Message {
    fn rank(&self) -> usize {
        STATES.iter().position(|state| *state == self.state).unwrap_or_default()
    }

    /// The answer to a request; a receipt that was faster told more.
    fn end(&mut self, seq: u64, outcome: &Value) {
        let failed = outcome.get("failed");
        let state = match failed.map(|failed| failed.get("unknown").is_some()) {
            None => "accepted",
            Some(true) => "unknown",
            Some(false) => "refused",
        };
        if self.state == "attempting" || (self.state == "unknown" && state != "unknown") {
            state.clone_into(&mut self.state);
        }
        if let Some(last) = self.attempts.last_mut() {
            last["outcome"] = failed.map_or_else(|| json!("accepted"), Clone::clone);
            last["ended_in"] = json!(seq);
        }
    }

    /// A receipt, or a key that was pressed. After an arrival a failure is only recorded; that a number is somebody
    /// else's is said by whoever picked up.
    fn hear(&mut self, receipt: &Value) {
        let astray = receipt["digit"] == "wrong_person";
        if astray || receipt["state"] == "failed" && receipt["digit"].is_null() {
            if astray || self.rank() <= 3 {
                "refused".clone_into(&mut self.state);
            }
            return;
        }
        let next = if receipt["digit"].is_null() { receipt["state"].as_str() } else { Some("confirmed") };
        let next = next.and_then(|next| STATES.iter().position(|state| *state == next));
        if let Some(next) = next.filter(|next| *next > self.rank()).and_then(|next| STATES.get(next)) {
            (*next).clone_into(&mut self.state);
        }
    }
}

/// All of them, by their ids.
#[derive(Debug, Default)]
pub(super) struct Messages {
    all: BTreeMap<String, Message>,
    /// What the last attempt under a key also covers: its receipts speak for them too.
    covers: BTreeMap<String, Vec<String>>,
    /// Of which messages each text speaks, by the name of its rendering.
    texts: BTreeMap<String, Vec<String>>,
}

impl Messages {
    /// Takes what a fact says of a message.
    pub(super) fn note(&mut self, seq: u64, fact: &Value) {
        let Some(body) = fact.as_object().and_then(|fact| fact.values().next()) else { return };
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let lead = text(&body["notification"]).unwrap_or_default();
        let covers: Vec<String> = body["covers"].as_array().into_iter().flatten().filter_map(text).collect();
        let named = |covers: &[String]| [std::slice::from_ref(&lead), covers].concat();
        match kind(fact) {
            "notification_planned" => self.plan(seq, &body["notification"]),
            "attempt_started" => {
                let attempt = &body["attempt"];
                let told = json!({
                    "seq": seq, "at": attempt["at"], "channel": attempt["channel"],
                    "text_sha256": attempt["rendering"], "late_because": attempt["late_because"],
                });
                self.change(&named(&covers), |message| {
                    "attempting".clone_into(&mut message.state);
                    message.attempts.push(told.clone());
                });
                if let Some(rendering) = text(&attempt["rendering"]) {
                    self.texts.entry(rendering).or_default().extend(named(&covers));
                }
                self.covers.insert(lead, covers);
            }
            "attempt_ended" => self.change(&named(&covers), |message| message.end(seq, &body["outcome"])),
            "receipt_taken" if body["effect"] == json!(true) => {
                let covers = self.covers.get(&lead).cloned().unwrap_or_default();
                self.change(&named(&covers), |message| message.hear(body));
            }
            "notification_cancelled" => {
                self.change(&named(&covers), |message| "cancelled".clone_into(&mut message.state));
            }
            _ => {}
        }
    }

    fn plan(&mut self, seq: u64, what: &Value) {
        let Some(id) = what["id"].as_str() else { return };
        let message =
            Message { planned: seq, what: what.clone(), state: "planned".to_owned(), attempts: Vec::new() };
        self.all.insert(id.to_owned(), message);
    }

    fn change(&mut self, named: &[String], change: impl Fn(&mut Message)) {
        for id in named {
            if let Some(message) = self.all.get_mut(id) {
                change(message);
            }
        }
    }

    /// The messages that a text speaks of; `None` where it speaks of one that is not among these.
    pub(super) fn told_by(&self, rendering: &str) -> Option<Vec<&Message>> {
        self.texts.get(rendering)?.iter().map(|id| self.all.get(id)).collect()
    }

    /// In the order in which they were planned.
    pub(super) fn ordered(&self) -> Vec<(&String, &Message)> {
        let mut all: Vec<_> = self.all.iter().collect();
        all.sort_by_key(|(id, message)| (message.planned, (*id).clone()));
        all
    }

    /// Each with its attempts, as somebody tells what these said.
    pub(super) fn json(&self, with_text: &dyn Fn(&Value) -> Value) -> Vec<Value> {
        let told = |(id, message): (&String, &Message)| {
            let Message { planned, what, state, attempts } = message;
            let attempts: Vec<Value> = attempts.iter().map(with_text).collect();
            json!({
                "notification": id, "planned_in": planned, "purpose": what["purpose"], "to": what["to"],
                "post": what["post"], "unit": what["unit"],
                "medium": what["medium"], "due": what["due"], "state": state, "attempts": attempts,
            })
        };
        self.ordered().into_iter().map(told).collect()
    }
}
