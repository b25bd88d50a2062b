//! The search through the journal for what speaks of some lapses, and the chain that it stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::message::Messages;
use super::near::Nearby;
use crate::domain::lapse::{About, Lapse};
use crate::domain::names::UnitId;
use crate::time::Timestamp;

/// What stands around every lapse: who changed what is in force, and what the daemon itself went through.
const AMBIENT: [&str; 9] = [
    "started",
    "clock_stepped",
    "clock_trusted",
    "armed",
    "disarmed",
    "hold_began",
    "released",
    "trouble_began",
    "trouble_ended",
];

/// What is said of messages is told of each message.
const OF_MESSAGES: [&str; 8] = [
    "notification_planned",
    "notification_cancelled",
    "attempt_started",
    "attempt_ended",
    "receipt_taken",
    "receipt_kept",
    "send_postponed",
    "wait_ended",
];

/// Of a case that a report is held against, no more than that it was known.
const OF_KNOWN: [&str; 5] = ["case_opened", "case_raised", "ruled_out", "closed", "erased"];

/// One link of the chain: what stands for the JSON of an entry, and the hash of the entry.
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) json: [u8; 32],
    pub(super) hash: [u8; 32],
}

/// An entry of before that may count still.
struct Lasting {
    seq: u64,
    json: Vec<u8>,
    /// When it is over, where it says so itself.
    until: Option<Timestamp>,
}

/// The search for what speaks of some lapses.
pub(super) struct Search {
    /// What they are known by: lapses, cases, slots, periods, and messages about them.
    keys: BTreeSet<String>,
    /// Cases that reports are held against.
    known: BTreeSet<String>,
    people: BTreeSet<String>,
    /// When they were due, and the first of them found.
    due: Vec<Timestamp>,
    found_at: Timestamp,
    /// Entries that are packed whole in any case.
    whole: BTreeSet<u64>,
    pub(super) links: Vec<Link>,
    pub(super) entries: BTreeMap<u64, Vec<u8>>,
    pub(super) messages: Messages,
    /// What happened in the matter itself, in order, and who did it.
    pub(super) course: Vec<Value>,
    /// Who was handed the lapses as a file.
    pub(super) handed_out: Vec<Value>,
    /// By which entry each case was erased, behind the head too: the vault is as it is today.
    pub(super) erased: BTreeMap<String, u64>,
    /// What lasts from before the first entry that speaks of them: the last of each kind.
    lasting: BTreeMap<String, Lasting>,
    nearby: Nearby,
    ambient: BTreeSet<u64>,
    /// The first and the last entry that speaks of them.
    spoken: Option<(u64, u64)>,
    pub(super) newer: usize,
}

impl Search {
    pub(super) fn of<'l>(
        lapses: &'l [Arc<Lapse>],
        unit: impl Fn(&'l Lapse) -> Option<&'l UnitId>,
        whole: BTreeSet<u64>,
    ) -> Self {
        let (mut keys, mut known) = (BTreeSet::new(), BTreeSet::new());
        for lapse in lapses {
            keys.insert(lapse.lapse.to_string());
            match &lapse.about {
                About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                    keys.extend([slot.to_string(), slot.period.to_string()]);
                    known.extend(lapse.about.cases().iter().map(ToString::to_string));
                }
                About::Telephone { case, .. } | About::Written { case, .. } | About::Event { case, .. } => {
                    keys.insert(case.to_string());
                }
            }
        }
        let people = lapses.iter().flat_map(|lapse| lapse.subjects()).map(ToString::to_string).collect();
        Self {
            keys,
            known,
            people,
            due: lapses.iter().map(|lapse| lapse.due).collect(),
            found_at: lapses.iter().map(|lapse| lapse.found_at).min().unwrap_or(Timestamp::MIN),
            whole,
            links: Vec::new(),
            entries: BTreeMap::new(),
            messages: Messages::default(),
            course: Vec::new(),
            handed_out: Vec::new(),
            erased: BTreeMap::new(),
            lasting: BTreeMap::new(),
            nearby: Nearby::of(lapses.iter().map(|lapse| (&**lapse, unit(lapse)))),
            ambient: BTreeSet::new(),
            spoken: None,
            newer: 0,
        }
    }

    pub(super) fn entry(&mut self, entry: &Value, json: &[u8], hash: [u8; 32], head: u64) {
        let seq = entry["seq"].as_u64().unwrap_or_default();
        let at = entry["at"].as_str().and_then(|at| at.parse().ok()).unwrap_or(Timestamp::MIN);
        let facts = entry["facts"].as_array().map(Vec::as_slice).unwrap_or_default();
        for fact in facts.iter().filter(|fact| kind(fact) == "erased") {
            self.erased.extend(body(fact)["case"].as_str().map(|case| (case.to_owned(), seq)));
        }
        let said: Vec<&Value> = facts.iter().filter(|fact| self.speaks(fact)).collect();
        if seq > head {
            self.newer += usize::from(!said.is_empty());
            return;
        }
        let adopts = facts.iter().any(|fact| kind(fact) == "configuration_adopted");
        // The pack begins with the configuration that was in force when the rule was first gone by.
        let first = self.whole.first().copied().unwrap_or(u64::MAX);
        if adopts && self.spoken.is_none() && seq <= first {
            // What lasts since before that is in it too, save what is so nearly always.
            self.lasting.retain(|_, it| it.until.is_none_or(|until| until >= at));
            let lasts = self.lasting.iter().filter(|(word, _)| *word != "started" && *word != "armed");
            let begin = lasts.map(|(_, it)| it.seq).min().unwrap_or(seq);
            self.links.retain(|link| link.seq >= begin);
            self.entries.clear();
        }
        self.links.push(Link { seq, json: Sha256::digest(json).into(), hash });
        // An entry of looks names lapses of others: it is told, and goes in by its hash alone.
        let handed = |fact| kind(fact) != "lapses_viewed" && self.hands_out(entry, fact);
        let handed = facts.iter().any(handed);
        if !said.is_empty() || adopts || handed || self.whole.contains(&seq) {
            self.entries.insert(seq, json.to_vec());
        }
        if !said.is_empty() {
            let from = self.spoken.map_or(seq, |(from, _)| from);
            self.spoken = Some((from, seq));
            for fact in said {
                self.messages.note(seq, fact);
                self.goes_on(entry, fact);
            }
            let lasting = std::mem::take(&mut self.lasting).into_values();
            let lasting = lasting.filter(|it| it.until.is_none_or(|until| until >= at));
            self.entries.extend(lasting.map(|it| (it.seq, it.json)));
        }
        for (index, fact) in facts.iter().enumerate() {
            if let Some(until) = self.nearby.touches(fact, (seq, at)) {
                self.note_ambient((&format!("near:{seq}.{index}"), until), (seq, json));
            }
        }
        for fact in facts.iter().filter(|fact| AMBIENT.contains(&kind(fact))) {
            self.surrounds(fact, (seq, json));
        }
        for fact in facts {
            self.hand_out(entry, fact);
        }
    }

    /// Leaves out what the daemon went through after the last that speaks of them, and what the chain does not reach.
    pub(super) fn finish(&mut self) {
        let last = self.spoken.map_or(0, |(_, last)| last);
        for seq in self.ambient.iter().filter(|seq| **seq > last && !self.whole.contains(seq)) {
            self.entries.remove(seq);
        }
        // The chain begins with an entry that is whole, for that says what came before it.
        let reached = self.links.first().map_or(u64::MAX, |link| link.seq);
        self.entries.retain(|seq, _| *seq >= reached);
        let begin = self.entries.keys().next().copied().unwrap_or(u64::MAX);
        self.links.retain(|link| link.seq >= begin);
    }

    /// Takes what the daemon itself went through, as far as it is of no other person.
    fn surrounds(&mut self, fact: &Value, (seq, json): (u64, &[u8])) {
        let body = body(fact);
        let trouble = body["trouble"].as_str().unwrap_or_default();
        if !self.concerns(trouble) {
            return;
        }
        let (word, lasts) = match kind(fact) {
            "trouble_began" => (trouble, true),
            "trouble_ended" => (trouble, false),
            "clock_stepped" => ("clock", true),
            "clock_trusted" => ("clock", false),
            // An instance that is armed is what nearly every one is.
            "armed" => ("armed", true),
            "disarmed" => ("disarmed", true),
            "hold_began" => ("hold", true),
            "released" => ("hold", false),
            other => (other, true),
        };
        let others = ["armed", "disarmed"];
        self.lasting
            .retain(|known, _| known != word && !(others.contains(&word) && others.contains(&&**known)));
        if lasts || self.spoken.is_some() {
            self.note_ambient((word, None), (seq, json));
        }
    }

    /// Takes an entry that stands around what is searched for: for good once something has spoken of that, else as long
    /// as it may count.
    fn note_ambient(&mut self, (word, until): (&str, Option<Timestamp>), (seq, json): (u64, &[u8])) {
        let json = json.to_vec();
        if self.spoken.is_none() {
            self.lasting.insert(word.to_owned(), Lasting { seq, json, until });
        } else if self.entries.insert(seq, json).is_none() {
            self.ambient.insert(seq);
        }
    }

    /// Whether a trouble is the daemon's, or of the people and cases concerned.
    pub(super) fn concerns(&self, trouble: &str) -> bool {
        let of_people = trouble.split_once(':').filter(|(what, _)| OF_PEOPLE.contains(what));
        of_people.is_none_or(|(_, whose)| self.people.contains(whose) || self.keys.contains(whose))
    }

    /// Takes what happened in the matter itself, with who did it and what proves who.
    fn goes_on(&mut self, entry: &Value, fact: &Value) {
        let kind = kind(fact);
        if OF_MESSAGES.contains(&kind) {
            return;
        }
        let actor = actor(body(fact));
        let (by, via) = actor.map_or((&Value::Null, Value::Null), |(by, via)| (by, proof(via)));
        self.course
            .push(json!({ "seq": entry["seq"], "at": entry["at"], "fact": kind, "by": by, "via": via }));
    }

    /// Whether a fact hands these lapses out as a file, or shows one of them.
    fn hands_out(&self, entry: &Value, fact: &Value) -> bool {
        let body = body(fact);
        if kind(fact) == "lapses_viewed" {
            return mentions(body, &self.keys);
        }
        if !body["lapse"].is_null() {
            return kind(fact) == "ledger_exported" && mentions(&body["lapse"], &self.keys);
        }
        let at = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let (from, to) = (at(&body["from"]), at(&body["to"]));
        kind(fact) == "ledger_exported"
            && at(&entry["at"]).is_some_and(|at| at >= self.found_at)
            && self
                .due
                .iter()
                .any(|due| from.is_none_or(|from| *due >= from) && to.is_none_or(|to| *due < to))
    }

    fn hand_out(&mut self, entry: &Value, fact: &Value) {
        if !self.hands_out(entry, fact) {
            return;
        }
        let body = body(fact);
        // A look is one under the person's own sign-in.
        if kind(fact) == "lapses_viewed" {
            let via = if body["person"].is_null() { Value::Null } else { json!("session") };
            self.handed_out.push(json!({
                "seq": entry["seq"], "at": entry["at"], "by": body["person"], "via": via,
                "client": body["client"], "format": "view", "sha256": null,
            }));
            return;
        }
        self.handed_out.push(json!({
            "seq": entry["seq"], "at": entry["at"], "by": body["actor"]["by"], "via": proof(&body["actor"]["via"]),
            "client": body["client"], "format": body["format"], "sha256": body["sha256"],
        }));
    }

    /// Whether a fact speaks of what is searched for. Of a form's reminders those to the people named alone.
    fn speaks(&mut self, fact: &Value) -> bool {
        let (kind, body) = (kind(fact), body(fact));
        // Who looked at them is told as who was handed them is.
        if kind == "lapses_viewed" {
            return false;
        }
        if OF_KNOWN.contains(&kind) && mentions(body, &self.known) {
            return true;
        }
        if !mentions(body, &self.keys) {
            return false;
        }
        if kind != "notification_planned" {
            if kind == "attempt_started" {
                // A message of theirs may go within another: its receipts name that one alone.
                self.keys.extend(body["notification"].as_str().map(ToOwned::to_owned));
            }
            return true;
        }
        let notification = &body["notification"];
        let of_period = notification["subject"].get("period").is_some();
        if of_period && !self.is_named(&notification["to"]) {
            return false;
        }
        self.keys.extend(notification["id"].as_str().map(ToOwned::to_owned));
        true
    }

    /// Whether a message goes to somebody whom the lapses name.
    pub(super) fn is_named(&self, to: &Value) -> bool {
        to["person"].as_str().is_some_and(|person| self.people.contains(person))
    }
}

/// Troubles that tell of a person or a case.
const OF_PEOPLE: [&str; 4] = ["number_wrong", "mail_wrong", "person_not_reached", "case_not_taken"];

/// Who is said to have done something, and what proved it.
fn actor(value: &Value) -> Option<(&Value, &Value)> {
    match value {
        Value::Object(all) => match (all.get("by"), all.get("via")) {
            (Some(by), Some(via)) => Some((by, via)),
            (_, _) => all.values().find_map(actor),
        },
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// What proved it, in the contract's word: `session`, `code`, `digit`, `program:ID`.
pub(super) fn proof(via: &Value) -> Value {
    via["program"].as_str().map_or_else(|| via.clone(), |client| json!(format!("program:{client}")))
}

pub(super) fn body(fact: &Value) -> &Value {
    fact.as_object().and_then(|fact| fact.values().next()).unwrap_or(&Value::Null)
}

/// The name of a fact without its version.
pub(super) fn kind(fact: &Value) -> &str {
    let tag = fact.as_object().and_then(|fact| fact.keys().next().map(String::as_str));
    tag.or(fact.as_str()).and_then(|tag| tag.split('/').next()).unwrap_or_default()
}

/// Whether any text within a value is one of these.
fn mentions(value: &Value, keys: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => keys.contains(text),
        Value::Array(all) => all.iter().any(|value| mentions(value, keys)),
        Value::Object(all) => all.values().any(|value| mentions(value, keys)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
