//! What strace wrote, as calls: each with the lines at which it began and ended.

use std::collections::BTreeMap;

/// The calls that the checker has to see.
pub(super) const TRACED: &str =
    "trace=read,recvfrom,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,fdatasync,fsync";

/// One system call on a file or a socket.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    /// The path, or `socket:[N]`.
    pub(super) file: String,
    /// Every text among the arguments, one behind the other.
    pub(super) bytes: Vec<u8>,
    /// The line of the trace at which it began.
    pub(super) began: usize,
    /// The line at which it returned; none where it never did.
    pub(super) ended: Option<usize>,
    pub(super) result: Option<i64>,
}

impl Call {
    pub(super) fn is_read(&self) -> bool {
        self.name == "read" || self.name == "recvfrom"
    }

    pub(super) fn is_sync(&self) -> bool {
        self.name == "fdatasync" || self.name == "fsync"
    }

    /// Anything that gives bytes away.
    pub(super) fn is_write(&self) -> bool {
        !self.is_read() && !self.is_sync()
    }

    pub(super) fn ended_before(&self, line: usize) -> bool {
        self.ended.is_some_and(|ended| ended < line)
    }
}

/// The calls in the order in which they began.
pub(super) fn calls(text: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    // The first half of what another thread's line stands in the middle of.
    let mut halves: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(half) = rest.strip_suffix("<unfinished ...>") {
            halves.insert(pid, (at, half.trim_end().to_owned()));
        } else if let Some((_, rest)) =
            rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>"))
        {
            if let Some((began, half)) = halves.remove(pid) {
                calls.extend(call(&format!("{half}{rest}"), began, Some(at)));
            }
        } else {
            calls.extend(call(rest, at, Some(at)));
        }
    }
    calls.extend(halves.into_values().filter_map(|(began, half)| call(&half, began, None)));
    calls.sort_by_key(|call| call.began);
    calls
}

/// One call that stands whole; none where it is on no file, or is a signal or an end.
fn call(text: &str, began: usize, ended: Option<usize>) -> Option<Call> {
    let (name, arguments) = text.split_once('(')?;
    let (number, rest) = arguments.split_once('<')?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let file = rest.split([',', ')']).next()?.strip_suffix('>')?.to_owned();
    let result = text.rsplit_once(" = ").and_then(|(_, result)| result.split(' ').next()?.parse().ok());
    Some(Call { name: name.to_owned(), file, bytes: texts(rest), began, ended, result })
}

/// What stands between quotation marks, without its escapes.
fn texts(arguments: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut quoted = false;
    let mut rest = arguments.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => bytes.push(match rest.next() {
                Some(b'x') => {
                    let mut digit = || char::from(rest.next().unwrap_or_default()).to_digit(16);
                    let (high, low) = (digit().unwrap(), digit().unwrap());
                    u8::try_from(high * 16 + low).unwrap()
                }
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'v') => 11,
                Some(b'f') => 12,
                Some(other @ (b'"' | b'\\')) => other,
                other => panic!("an escape that strace -x does not write: {other:?}"),
            }),
            _ if quoted => bytes.push(byte),
            _ => {}
        }
    }
    bytes
}
