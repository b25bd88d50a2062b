//! What must stand before what: payloads, then their entry, then the yes; and a sync that returned 0 between each two.

use super::calls::Call;

/// A door, and the fact that a yes of it promises.
#[derive(Debug)]
pub(super) struct Door {
    /// As the API document has it.
    pub(super) route: &'static str,
    pub(super) path: String,
    /// How the answers begin that promise the fact.
    pub(super) yes: String,
    pub(super) fact: &'static str,
    /// Whether what was sent is sealed, so that the entry refers to a payload.
    pub(super) seals: bool,
    /// What the entry names of which the answer says that it came before; none where the answer is the first.
    pub(super) names: Option<String>,
}

/// How often this door said yes, each time with its fact on disk; or which order was broken.
pub(super) fn answers(calls: &[Call], door: &Door) -> Result<usize, String> {
    let line = format!("POST {} HTTP/1.1\r\n", door.path);
    let mut count = 0;
    for asked in calls.iter().filter(|call| call.is_read() && call.bytes.starts_with(line.as_bytes())) {
        let is_yes = |call: &&Call| {
            let after = call.file == asked.file && asked.ended_before(call.began);
            after && call.is_write() && call.bytes.starts_with(b"HTTP/1.1 2")
        };
        let yes = calls.iter().find(is_yes).filter(|yes| yes.bytes.starts_with(door.yes.as_bytes()));
        let Some(yes) = yes else { continue };
        let before = |call: &&Call| is_journal(call) && call.began < yes.began && says(call, door.fact);
        let is_meant = |call: &&Call| match &door.names {
            None => asked.ended_before(call.began),
            Some(name) => contains(call, name),
        };
        let entry = calls.iter().filter(before).rfind(is_meant);
        let entry = entry.ok_or_else(|| format!("{}: a yes before {} was written", door.path, door.fact))?;
        if !is_synced(calls, entry, yes.began) {
            return Err(format!("{}: a yes before {} was synced", door.path, door.fact));
        }
        if door.seals && payloads(calls, entry)? == 0 {
            return Err(format!("{}: no payload stands before {}", door.path, door.fact));
        }
        count += 1;
    }
    Ok(count)
}

/// How many payloads all entries refer to, each on disk before the entry; or which order was broken.
pub(super) fn all_payloads(calls: &[Call]) -> Result<usize, String> {
    calls.iter().filter(|call| is_journal(call)).map(|entry| payloads(calls, entry)).sum()
}

/// How many payloads this write to the journal refers to.
fn payloads(calls: &[Call], entry: &Call) -> Result<usize, String> {
    let text = String::from_utf8_lossy(&entry.bytes);
    let mut count = 0;
    for name in text.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 64) {
        // A record holds the bytes of its name. What is in no record is the name of something else.
        let bytes = hex::decode(name).map_err(|error| error.to_string())?;
        let holds = |call: &&Call| is_vault(call) && call.bytes.windows(32).any(|window| window == bytes);
        let Some(payload) = calls.iter().find(holds) else { continue };
        if !is_synced(calls, payload, entry.began) {
            return Err(format!("an entry was written before its payload {name} was synced"));
        }
        let key = calls.iter().filter(|call| call.began < payload.began).rfind(|call| is_keyring(call));
        if !key.is_some_and(|key| is_synced(calls, key, payload.began)) {
            return Err(format!("the payload {name} was written before its key was synced"));
        }
        count += 1;
    }
    Ok(count)
}

/// Whether a sync that returned 0 began after this write had returned, and was over before that line.
fn is_synced(calls: &[Call], write: &Call, line: usize) -> bool {
    let whole = write.result.is_some_and(|count| usize::try_from(count) == Ok(write.bytes.len()));
    let after = |sync: &&Call| sync.file == write.file && write.ended_before(sync.began);
    let syncs = calls.iter().filter(|call| call.is_sync() && call.result == Some(0));
    whole && syncs.filter(after).any(|sync| sync.ended_before(line))
}

fn is_journal(call: &Call) -> bool {
    call.is_write() && call.file.contains("/journal/") && call.file.ends_with(".jsonl")
}

fn is_vault(call: &Call) -> bool {
    call.is_write() && call.file.contains("/vault/") && call.file.ends_with(".seg")
}

fn is_keyring(call: &Call) -> bool {
    call.is_write() && call.file.ends_with("/vault/keyring")
}

fn says(call: &Call, fact: &str) -> bool {
    contains(call, &format!("\"{fact}\""))
}

fn contains(call: &Call, text: &str) -> bool {
    call.bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
