//! Lines as commands.

use std::time::Duration;

use super::{World, doors, hearing, slots, words};
use crate::domain::bulletin::Trouble;
use crate::domain::case::ReportKind;
use crate::domain::command::{
    Act, Archived, Command, FeverReport, Receipt, TelephoneRecord, Towards, WrittenRecord,
};
use crate::domain::fact::Span;
use crate::domain::lock::CodeWay;
use crate::domain::names::{
    Actor, AuthorityId, CaseId, Celsius, ChannelId, ClientId, EventId, EventKey, Kind, Medium,
    NotificationId, PayloadName, PersonId, PersonToken, RequestId, SessionHash, SourceId, UnitId, Via,
};
use crate::domain::notification::{DeliveryError, Digit, FailureReason, Outcome, Progress};
use crate::time::{BootId, Now, Timestamp};

/// `HH:MM[:SS]`, `24/HH:MM` on another day of the month.
pub(super) fn instant(text: &str) -> Timestamp {
    let (day, time) = text.split_once('/').unwrap_or(("23", text));
    let seconds = if time.matches(':').count() == 1 { ":00" } else { "" };
    let (month, day) = day.split_once('.').unwrap_or(("11", day));
    let text = format!("2026-{month}-{day}T{time}{seconds}+08:00");
    text.parse().unwrap_or_else(|_| panic!("no time: {text}"))
}

/// The time a line begins with: `08:00`, or `wall~steady` where the clocks differ.
pub(super) fn now(line: &str) -> (Now, &str) {
    let (time, rest) = line.split_once(' ').unwrap_or((line, ""));
    let now = match time.split_once('~') {
        Some((wall, steady)) => Now { wall: instant(wall), steady: instant(steady) },
        None => Now::at(instant(time)),
    };
    (now, rest.trim())
}

fn known<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

fn case(text: &str) -> CaseId {
    let (day, number) = text.split_once('C').unwrap_or(("", "0"));
    let day = day.strip_suffix('/').unwrap_or("23");
    CaseId::new(&format!("C-202611{day}-{number:0>4}"))
}

/// The words of a line: `name=value` apart from those that stand by themselves.
pub(super) struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    pub(super) fn named(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    pub(super) fn plain(&self, index: usize) -> &'a str {
        self.0.iter().filter(|word| !word.contains('=')).nth(index).copied().unwrap_or_default()
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains(&word)
    }

    pub(super) fn actor(&self, index: usize) -> Actor {
        let via = match self.named("via") {
            Some("program") => Via::Program(ClientId::new("office")),
            Some("code") => Via::Code,
            _ => Via::Session,
        };
        Actor { by: PersonId::new(self.plain(index)), via }
    }

    fn authority(&self) -> AuthorityId {
        AuthorityId::new(self.named("to").unwrap_or("sasac"))
    }

    fn towards(&self) -> Towards {
        Towards { authority: self.authority(), clock: self.named("clock").map(|it| it.parse().unwrap()) }
    }

    fn payload(&self) -> PayloadName {
        PayloadName::new(self.named("text").unwrap_or("sealed"))
    }
}

impl World {
    /// The command a line means.
    pub(super) fn command(&mut self, line: &str, now: Now) -> Command {
        let it = Words(line.split_whitespace().collect());
        match it.plain(0) {
            "fever" => self.fever(&it, now),
            "confirm" => Command::Confirm { case: case(it.plain(1)), actor: it.actor(2) },
            "take" => {
                Command::Take { case: case(it.plain(1)), actor: it.actor(2), take_over: it.has("over") }
            }
            "pass" => {
                let to = Some(it.plain(3)).filter(|to| !to.is_empty()).map(PersonId::new);
                Command::Pass { case: case(it.plain(1)), actor: it.actor(2), to }
            }
            "classify" => Command::Classify {
                case: case(it.plain(1)),
                kind: known(it.plain(2)).unwrap(),
                actor: it.actor(3),
                second: it.named("second").map(PersonId::new),
                payload: None,
                received: now,
            },
            "telephone" => Command::RecordTelephone(Box::new(TelephoneRecord {
                case: case(it.plain(1)),
                authority: it.authority(),
                actor: it.actor(3),
                outcome: known(it.plain(2)).unwrap(),
                payload: None,
                call_back_at: it.named("back").map(instant),
                said_at: it.named("said").map(instant),
                received: now,
            })),
            "write" => Command::WriteReport(Box::new(WrittenRecord {
                case: case(it.plain(1)),
                authority: it.named("to").map(AuthorityId::new),
                actor: it.actor(3),
                kind: known::<ReportKind>(it.plain(2)).unwrap(),
                payload: it.payload(),
                send: !it.has("draft"),
            })),
            "written-receipt" => Command::RecordWrittenReceipt {
                case: case(it.plain(1)),
                towards: it.towards(),
                actor: it.actor(2),
                reference: it.named("ref").map(PayloadName::new),
                received: now,
            },
            "dispute" => Command::Dispute {
                case: case(it.plain(1)),
                towards: it.towards(),
                actor: it.actor(2),
                payload: None,
            },
            "note" => Command::Note { case: case(it.plain(1)), actor: it.actor(2), payload: it.payload() },
            "close" => Command::Close { case: case(it.plain(1)), actor: it.actor(2), payload: None },
            "erase" => Command::Erase {
                case: case(it.plain(1)),
                actor: Some(it.actor(2)).filter(|actor| !actor.by.as_str().is_empty()),
                second: it.named("second").map(PersonId::new),
                ground: None,
                archived: match (it.has("archived"), it.has("erased")) {
                    (_, true) => Archived::Erased,
                    (true, false) => Archived::Kept,
                    (false, false) => Archived::No,
                },
            },
            "report" => slots::report(&it, now),
            "exempt" => slots::exempt(&it),
            "statement" => hearing::statement(&self.state, &it),
            "verdict" => hearing::verdict(&self.state, &it, now),
            "code" => self.code(&it, now),
            _ => self.further(&it, now),
        }
    }

    /// `code PERSON,PERSON CASE|wrong ACT link=CASE of=PERSON`.
    fn code(&self, it: &Words<'_>, now: Now) -> Command {
        let people: Vec<_> = it.plain(1).split(',').map(PersonId::new).collect();
        let of = it.named("of").map(PersonId::new).unwrap_or_else(|| people[0].clone());
        Command::TryCode {
            people,
            right: Some(it.plain(2)).filter(|word| *word != "wrong").map(|id| (of, case(id))),
            way: it.named("link").map(|id| CodeWay::Link(case(id))).unwrap_or_default(),
            act: match it.plain(3) {
                "take" => Act::Take,
                "take_over" => Act::TakeOver,
                "pass" => Act::Pass,
                "wrong" => Act::WrongPerson(it.named("by").map_or(Medium::Sms, |by| known(by).unwrap())),
                _ => Act::Confirm,
            },
            received: now,
        }
    }

    fn further(&self, it: &Words<'_>, now: Now) -> Command {
        match it.plain(0) {
            "view" => hearing::view(&self.state, it),
            "serve" => hearing::serve(&self.state, it),
            "export" => hearing::export(it),
            "accepted" => {
                let provider_id = it.named("id").map(ToOwned::to_owned);
                self.ended(it, Outcome::Accepted { provider_id }, now)
            }
            "refused" => self.ended(it, Outcome::Failed(refusal(it)), now),
            "unknown" => {
                let error = DeliveryError::Unknown { reason: FailureReason::Timeout };
                self.ended(it, Outcome::Failed(error), now)
            }
            "receipt" | "digit" => self.receipt(it, now),
            "start" => {
                let down = it.named("down").and_then(|span| span.split_once('-'));
                let down = down.map(|(from, to)| Span { from: instant(from), to: instant(to) });
                let boot = BootId("boot".to_owned());
                let torn = it.named("torn").and_then(|seq| seq.parse().ok());
                Command::Start { build: "test".to_owned(), boot, down, torn }
            }
            "clock-step" => Command::NoteClockStep { from: instant(it.plain(1)), to: instant(it.plain(2)) },
            "trouble" => Command::NoteTrouble { trouble: trouble(it) },
            "over" => Command::EndTrouble { trouble: trouble(it) },
            "probe" | "maintain" | "maintained" => doors::command(it, &self.state),
            "absent" | "present" => super::absences::command(it, &self.state, now),
            "hand-over" | "relieve" => super::shifts::command(it, &self.state),
            "trust" => Command::TrustClock { by: None },
            "adopt" => Command::AdoptConfiguration { sha256: it.plain(1).to_owned() },
            "keep" => super::kept::command(it),
            "take-posts" => super::excused::command(it),
            "keep-staff" => super::kept::staff(it),
            "adopt-staff" => Command::AdoptStaff {
                sha256: Some(it.plain(1).to_owned()).filter(|sha256| sha256 != "-"),
                people: it.named("people").map_or(0, |people| people.parse().unwrap()),
            },
            "arm" => Command::Arm { actor: it.actor(1) },
            "disarm" => Command::Disarm { actor: it.actor(1), reason: None },
            "hold" => Command::HoldBack,
            "release" => Command::Release { actor: it.actor(1) },
            "sign-in" => Command::AskSignIn {
                request: RequestId::new(it.named("id").unwrap_or("r1")),
                person: PersonId::new(it.plain(1)),
                medium: known(it.plain(2)).unwrap(),
            },
            "open" => Command::OpenSession {
                request: RequestId::new(it.plain(1)),
                right: it.has("right"),
                session: SessionHash::new("session"),
            },
            "sign-out" => Command::CloseSession { session: SessionHash::new("session") },
            "test" => Command::Test {
                request: RequestId::new(it.named("id").unwrap_or("t1")),
                person: PersonId::new(it.plain(1)),
                media: match it.named("by") {
                    Some(_) => vec![Medium::Phone],
                    None => vec![Medium::Phone, Medium::Sms],
                },
                channel: it.named("by").map(ChannelId::new),
                actor: None,
                client: None,
            },
            other => panic!("no such command: {other}"),
        }
    }

    fn fever(&mut self, it: &Words<'_>, now: Now) -> Command {
        self.count += 1;
        let plain = |index: usize| Some(it.plain(index)).filter(|word| !word.is_empty() && *word != "-");
        let key =
            EventKey::new(&it.named("id").map_or_else(|| format!("#{}", self.count), ToOwned::to_owned));
        let said = it.0.iter().skip(3).filter(|word| !word.contains('='));
        let number = |word: &&&str| word.parse::<f64>().is_ok();
        let temperature =
            said.clone().find(number).and_then(|word| Celsius::from_degrees(word.parse().ok()?));
        let person = plain(1).map(PersonToken::new);
        let last_case = person.as_ref().and_then(|person| self.last_case.get(person).cloned());
        let kind: Option<Kind> = said.clone().find_map(|word| known(word));
        let report = FeverReport {
            event: EventId::new(&format!("e{}", self.count)),
            source: SourceId::new(it.named("source").unwrap_or("hr-system")),
            content: EventKey::new(it.named("body").unwrap_or("1")),
            seen: self.seen.get(&key).cloned(),
            key,
            received: now,
            discovered: it.named("at").map(instant),
            unit: plain(2).map(UnitId::new),
            kind,
            temperature,
            exposure: it.has("exposure"),
            person,
            subject_person: it.named("self").map(PersonId::new),
            payload: None,
            replay: false,
            last_case,
        };
        Command::ReportFever(Box::new(report))
    }

    /// The notification a script means: one under way first, else the one tried last, else the one planned last.
    pub(super) fn find(&self, name: &str) -> NotificationId {
        let all = || {
            let tracks = self.planned.iter().rev().filter_map(|id| self.state.track(id));
            tracks.filter(|track| words::matches(&track.notification, name))
        };
        let found = all()
            .find(|track| {
                track.state == Progress::Attempting
                    && track.attempts.last().is_some_and(|last| last.key == track.notification.id)
            })
            .or_else(|| {
                all()
                    .find(|track| track.attempts.last().is_some_and(|last| last.key == track.notification.id))
            })
            .or_else(|| all().next());
        found.map_or_else(|| panic!("no notification {name}"), |track| track.notification.id.clone())
    }

    fn ended(&self, it: &Words<'_>, outcome: Outcome, received: Now) -> Command {
        Command::EndAttempt { notification: self.find(it.plain(1)), outcome, received }
    }

    fn receipt(&self, it: &Words<'_>, now: Now) -> Command {
        let key = it.named("key").map_or_else(|| self.find(it.plain(1)), NotificationId::new);
        let index = if it.named("key").is_some() { 1 } else { 2 };
        let channel =
            self.state.track(&key).and_then(|track| track.attempts.last()).map(|it| it.channel.clone());
        let (state, digit) = match it.plain(index) {
            "1" => (None, Some(Digit::Take)),
            "2" => (None, Some(Digit::Confirm)),
            "3" => (None, Some(Digit::Pass)),
            "9" => (None, Some(Digit::WrongPerson)),
            state => (known(state), None),
        };
        Command::TakeReceipt(Box::new(Receipt {
            channel: match it.named("via") {
                Some(named) => ChannelId::new(named),
                None => channel.unwrap_or_else(|| ChannelId::new("voice")),
            },
            key,
            state,
            digit,
            at: None,
            received: now,
        }))
    }
}

fn trouble(it: &Words<'_>) -> Trouble {
    known(it.plain(1)).unwrap()
}

fn refusal(it: &Words<'_>) -> DeliveryError {
    let after = it.named("after").and_then(crate::time::span::parse);
    if it.has("permanent") {
        DeliveryError::Permanent { reason: FailureReason::NoSuchAddress }
    } else if it.has("exhausted") {
        DeliveryError::Exhausted {
            reason: FailureReason::Quota,
            until: after.or(Some(Duration::from_hours(1))),
        }
    } else {
        DeliveryError::Transient { reason: FailureReason::Server, retry_after: after }
    }
}
