//! The values a template sees, written or spoken.

use std::collections::BTreeMap;

use minijinja::Value;

use super::brief::{Alarm, Brief, Ending, Event, Kind, Lacking, Unfiled, Unit, What};
use super::clean::{clean, short_place, shortened, spoken};
use super::form::{Language, Medium, Signature};
use super::words::{Moment, digits, number};

/// How much of what may be left out has room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    place: bool,
    address: bool,
    advice: bool,
    /// So many units of what an alarm names; all of it where there is no number.
    words: Option<usize>,
}

/// A name is cut to no less, so that it can still be guessed; a signature that leaves less room is told by `check`.
const WORDS_UNITS_MIN: usize = 6;

impl Room {
    pub(super) const ALL: Self = Self { place: true, address: true, advice: true, words: None };
    pub(super) const LESS_AND_LESS: [Self; 4] = [
        Self::ALL,
        Self { place: false, ..Self::ALL },
        Self { place: false, address: false, ..Self::ALL },
        Self::LEAST,
    ];
    const LEAST: Self = Self { place: false, address: false, advice: false, words: None };
}

/// Written or spoken, and in which language.
#[derive(Debug, Clone, Copy)]
struct Style {
    language: Language,
    aloud: bool,
}

impl Style {
    fn text(self, text: &str) -> String {
        if self.aloud { spoken(text) } else { clean(text) }
    }

    fn time(self, at: Moment) -> String {
        if self.aloud { at.spoken(self.language) } else { at.written(self.language) }
    }

    fn count(self, count: u32) -> String {
        match (self.aloud, self.language, count) {
            (false, _, _) => count.to_string(),
            // Two of something is not the figure two.
            (true, Language::Chinese, 2) => "两".to_owned(),
            (true, language, _) => number(count, language),
        }
    }
}

type Values = BTreeMap<&'static str, Value>;

impl Brief {
    /// The length of an SMS as networks count it, the provider's signature included.
    pub(super) fn units(&self, text: &str) -> usize {
        let added = match &self.organisation.signature {
            Signature::ByProvider(signature) => signature.encode_utf16().count() + 2,
            Signature::None | Signature::Written(_) => 0,
        };
        text.encode_utf16().count() + added
    }

    /// The room for a message that has so many units too many when all is left out that may be: what an alarm names is
    /// cut. None where it names nothing, or is no alarm.
    pub(super) fn least_room(&self, over: usize) -> Option<Room> {
        let What::Alarm(alarm) = &self.what else { return None };
        let (_, words) = called(alarm);
        let units = clean(words?).encode_utf16().count();
        Some(Room { words: Some(units.saturating_sub(over).max(WORDS_UNITS_MIN)), ..Room::LEAST })
    }

    pub(super) const fn has_keys(&self) -> bool {
        matches!(self.medium, Medium::Phone { keys: true })
    }

    /// What a written template sees; every name is there, whatever the message is about.
    pub(super) fn values(&self, room: Room) -> Value {
        let mut values = self.common(Style { language: self.language, aloud: false });
        let event = self.what.event();
        let name = |unit: &Unit| clean(unit.short_name.as_deref().unwrap_or(&unit.name));
        values.insert("unit", optional(self.what.unit().map(name)));
        let names = self.what.unfiled().map(|unfiled| self.names(unfiled)).filter(|_| room.place);
        values.insert("names", optional(names));
        let place = event.and_then(|event| event.place.as_deref());
        let place =
            if matches!(self.medium, Medium::Sms) { place.and_then(short_place) } else { place.map(clean) };
        values.insert("place", optional(place.filter(|place| room.place && !place.is_empty())));
        values.insert("address", optional(self.address().filter(|_| room.address)));
        values.insert("advice", Value::from(room.advice));
        if let (Some(most), Some(words)) = (room.words, self.facts().words) {
            values.insert("words", Value::from(shortened(&clean(words), most)));
        }
        let code = if let What::SignIn { code, .. } = &self.what {
            Some(code)
        } else {
            event.and_then(|event| event.code.as_ref())
        };
        values.insert("code", optional(code.map(|code| clean(code))));
        Value::from_pairs(values)
    }

    /// What a spoken template sees: the same, in words.
    pub(super) fn spoken_values(&self) -> Value {
        let language = self.language;
        let mut values = self.common(Style { language, aloud: true });
        let name = |unit: &Unit| spoken(unit.short_name.as_deref().unwrap_or(&unit.name));
        values.insert("unit", optional(self.what.unit().map(name)));
        let code =
            if let What::SignIn { code, .. } = &self.what { Some(digits(code, language)) } else { None };
        values.insert("code", optional(code));
        Value::from_pairs(values)
    }

    /// What a mail's page sees.
    pub(super) fn page(&self, subject: &str, text: &str) -> Value {
        let link = self.what.event().and_then(|event| event.link.as_deref());
        minijinja::context! {
            language => self.language.code(),
            subject => subject,
            lines => Value::from_iter(text.lines().map(Value::from)),
            link => link.map(clean).filter(|link| link.starts_with("https://") || link.starts_with("http://")),
        }
    }

    fn common(&self, style: Style) -> Values {
        let organisation = &self.organisation;
        let short = organisation.short_name.as_deref().unwrap_or(&organisation.name);
        // Codes to sign in and alarms are never a drill.
        let real = matches!(self.what, What::SignIn { .. } | What::Alarm(_) | What::Head { .. });
        let test = self.test && !real;
        let mut values = Values::from([
            ("test", Value::from(test)),
            ("mark", Value::from(if test { self.language.pick("【测试】", "[TEST] ") } else { "" })),
            ("late", Value::from(self.late)),
            ("org", Value::from(style.text(short))),
            ("org_name", Value::from(style.text(&organisation.name))),
            ("called", optional(self.called.as_deref().map(|words| style.text(words)))),
            ("keys", Value::from(self.has_keys())),
        ]);
        self.event_values(&mut values, style);
        self.what_values(&mut values, style);
        self.unfiled_values(&mut values, style);
        values
    }

    /// Where the reader goes with it: where a code is typed in, or where one signs in.
    fn address(&self) -> Option<String> {
        let organisation = &self.organisation;
        let page = match &self.what {
            What::FormDue(_)
            | What::FormOverdue(_)
            | What::FormsMissing(_)
            | What::FormDoubted(_)
            | What::LapseNotice(_)
            | What::Absence(_) => &organisation.home,
            What::Shift(_) => &organisation.handovers,
            What::Alert(_)
            | What::Telephone { .. }
            | What::Warning { .. }
            | What::Overdue { .. }
            | What::Reminder { .. }
            | What::Correction { .. }
            | What::Closing { .. }
            | What::Handover { .. }
            | What::Relieved { .. }
            | What::SignIn { .. }
            | What::Test
            | What::Alarm(_)
            | What::Head { .. } => &organisation.page,
        };
        page.as_deref().map(clean)
    }

    /// What the forms are called, in one phrase.
    fn names(&self, unfiled: &Unfiled) -> String {
        let names: Vec<String> = unfiled.forms.iter().map(|name| clean(name)).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => {
                let comma = self.language.pick("、", ", ");
                format!("{}{}{last}", rest.join(comma), self.language.pick("和", " and "))
            }
            Some((only, _)) => only.clone(),
            None => String::new(),
        }
    }

    fn unfiled_values(&self, values: &mut Values, style: Style) {
        let (unfiled, notice) = (self.what.unfiled(), self.what.notice());
        let lines = unfiled.map(|it| &it.list).or_else(|| notice.map(|it| &it.list));
        let left_out = unfiled.map(|it| it.left_out).or_else(|| notice.map(|it| it.left_out));
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let forms = unfiled.map_or(0, |it| count(it.forms.len()));
        values.extend([
            ("forms", Value::from(style.count(forms))),
            ("single", Value::from(forms == 1)),
            ("moved", optional(unfiled.and_then(|it| it.moved).map(|by| by.value(self.language)))),
            ("later", optional(unfiled.map(|it| it.later).filter(|it| *it > 0).map(|it| style.count(it)))),
            ("later_one", Value::from(unfiled.is_some_and(|it| it.later == 1))),
            ("zero", Value::from(unfiled.is_some_and(|it| it.zero))),
            ("count", Value::from(style.count(notice.map_or(0, |it| it.count)))),
            ("one", Value::from(notice.is_some_and(|it| it.count == 1))),
            ("left_out", Value::from(left_out.unwrap_or(0))),
            ("list", Value::from_iter(lines.into_iter().flatten().map(|line| Value::from(clean(line))))),
        ]);
        let Some(unfiled) = unfiled else { return };
        values.extend([
            ("due", Value::from(style.time(unfiled.due))),
            ("more", Value::from(unfiled.more)),
            ("others", Value::from(style.count(unfiled.more))),
            ("total", Value::from(style.count(unfiled.more.saturating_add(1)))),
        ]);
    }

    fn event_values(&self, values: &mut Values, style: Style) {
        let event = self.what.event();
        let of =
            |part: fn(&Event) -> Option<&String>| optional(event.and_then(part).map(|part| style.text(part)));
        values.extend([
            ("fever", Value::from(event.is_some_and(|event| event.kind == Kind::Fever))),
            ("kind", optional(event.map(|event| event.kind.word(self.language)))),
            ("Kind", optional(event.map(|event| event.kind.capital()))),
            ("unit_name", of(|event| Some(&event.unit.name))),
            ("found", optional(event.map(|event| style.time(event.found)))),
            ("due", optional(event.and_then(|event| event.due).map(|due| style.time(due.at)))),
            ("passed", Value::from(event.and_then(|event| event.due).is_some_and(|due| due.passed))),
            ("temperature", of(|event| event.temperature.as_ref())),
            ("link", of(|event| event.link.as_ref())),
            ("case", of(|event| event.case.as_ref())),
            ("more", Value::from(event.map_or(0, |event| event.more))),
            ("others", Value::from(style.count(event.map_or(0, |event| event.more)))),
            ("total", Value::from(style.count(event.map_or(1, |event| event.more.saturating_add(1))))),
            ("idle", optional(event.and_then(|event| event.idle_minutes).map(|count| style.count(count)))),
            ("authority", of(|event| event.authority.as_ref())),
            ("short_authority", Value::from(self.short_authority())),
        ]);
    }

    /// The authority in an SMS: its name where that is short.
    fn short_authority(&self) -> String {
        let name = self.what.event().and_then(|event| event.authority.as_deref()).map(clean);
        let room = if self.language == Language::Chinese { 6 } else { 13 };
        name.filter(|name| name.encode_utf16().count() <= room)
            .unwrap_or_else(|| self.language.pick("上级", "the authority").to_owned())
    }

    /// As much of a person's name as the medium has room for.
    fn short_name<'n>(&self, name: &'n str) -> &'n str {
        let room = if self.language == Language::Chinese { 7 } else { 13 };
        let mut units = 0;
        let end = name.char_indices().find(|(_, letter)| {
            units += letter.len_utf16();
            units > room
        });
        let end = end.filter(|_| matches!(self.medium, Medium::Sms));
        end.and_then(|(end, _)| name.get(..end)).unwrap_or(name)
    }

    fn facts(&self) -> Facts<'_> {
        let mut facts = Facts::default();
        match &self.what {
            What::Alert(_)
            | What::Test
            | What::FormDue(_)
            | What::FormOverdue(_)
            | What::FormsMissing(_)
            | What::FormDoubted(_)
            | What::LapseNotice(_) => {}
            What::Telephone { people, measures, verified, ruled_out, .. } => {
                facts.people = Some(*people);
                facts.words = measures.as_deref();
                (facts.verified, facts.ruled_out) = (*verified, *ruled_out);
            }
            What::Warning { left_minutes, lacking, handled, .. } => {
                (facts.minutes, facts.lacking, facts.handled) =
                    (Some(*left_minutes), Some(*lacking), *handled);
            }
            What::Overdue { lacking, .. } => facts.lacking = Some(*lacking),
            What::Reminder { call_at, number, .. } => {
                (facts.first, facts.number) = (Some(*call_at), number.as_deref());
            }
            What::Correction { ruled_out, number, .. } => {
                (facts.ruled_out, facts.number) = (*ruled_out, number.as_deref());
            }
            What::Closing { ending, .. } => match *ending {
                Ending::Met { telephone, written } => {
                    (facts.first, facts.second, facts.which) = (Some(telephone), Some(written), "met");
                }
                Ending::Late { telephone, written } => {
                    (facts.first, facts.second, facts.which) = (Some(telephone), Some(written), "late");
                }
                Ending::Breached(lacking) => (facts.lacking, facts.which) = (Some(lacking), "breached"),
                Ending::Withdrawn => facts.which = "withdrawn",
            },
            What::Handover { from, .. } => facts.words = from.as_deref(),
            What::Absence(it) => {
                (facts.first, facts.second, facts.which) = (Some(it.from), Some(it.to), it.away.word());
                facts.words = it.other.as_deref().map(|name| self.short_name(name));
            }
            What::Shift(it) => {
                (facts.which, facts.verified) = (it.post.word(), it.taken);
                facts.words = it.other.as_deref().map(|name| self.short_name(name));
                facts.open = Some([it.cases, it.reports, it.troubles]);
            }
            What::Relieved { by, .. } => facts.words = by.as_deref().map(|name| self.short_name(name)),
            What::SignIn { minutes, .. } => facts.minutes = Some(*minutes),
            What::Alarm(alarm) => (facts.which, facts.words) = called(alarm),
            What::Head { entry, hash, at, line } => {
                facts.first = Some(*at);
                facts.head = Some((*entry, hash, line));
            }
        }
        facts
    }

    fn what_values(&self, values: &mut Values, style: Style) {
        let facts = self.facts();
        values.extend([
            ("people", optional(facts.people.map(|count| style.count(count)))),
            ("words", optional(facts.words.map(|words| style.text(words)))),
            ("verified", Value::from(facts.verified)),
            ("ruled_out", Value::from(facts.ruled_out)),
            ("minutes", optional(facts.minutes.map(|count| style.count(count)))),
            (
                "lacking",
                optional(
                    facts
                        .lacking
                        .map(|lacking| lacking.word(style.language, matches!(self.medium, Medium::Sms))),
                ),
            ),
            ("handled", Value::from(facts.handled)),
            ("first", optional(facts.first.map(|at| style.time(at)))),
            ("second", optional(facts.second.map(|at| style.time(at)))),
            ("number", optional(facts.number.map(|words| style.text(words)))),
            ("which", Value::from(facts.which)),
            ("cases", optional(facts.open.map(|[cases, _, _]| style.count(cases)))),
            ("reports", optional(facts.open.map(|[_, reports, _]| style.count(reports)))),
            ("troubles", optional(facts.open.map(|[_, _, troubles]| style.count(troubles)))),
            ("entry", optional(facts.head.map(|(entry, _, _)| entry))),
            ("hash", optional(facts.head.map(|(_, hash, _)| hash))),
            ("line", optional(facts.head.map(|(_, _, line)| line))),
        ]);
    }
}

/// What the messages other than an alert say besides the event.
#[derive(Default)]
struct Facts<'a> {
    people: Option<u32>,
    words: Option<&'a str>,
    verified: bool,
    ruled_out: bool,
    minutes: Option<u32>,
    lacking: Option<Lacking>,
    handled: bool,
    first: Option<Moment>,
    second: Option<Moment>,
    number: Option<&'a str>,
    which: &'static str,
    open: Option<[u32; 3]>,
    head: Option<(u64, &'a str, &'a str)>,
}

fn optional<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or_else(|| Value::from(()), Into::into)
}

/// The word by which the templates know an alarm, and whom or what it names.
fn called(alarm: &Alarm) -> (&'static str, Option<&str>) {
    match alarm {
        Alarm::JournalHolding => ("holding", None),
        Alarm::ClockInDoubt => ("clock", None),
        Alarm::ChannelExhausted { channel } => ("exhausted", Some(channel)),
        Alarm::TornTail => ("torn", None),
        Alarm::PastDamaged => ("damaged", None),
        Alarm::DiskNearlyFull => ("disk", None),
        Alarm::VaultClosed => ("vault", None),
        Alarm::IndexClosed => ("index", None),
        Alarm::DoorShut => ("door", None),
        Alarm::SourceSilent { source } => ("silent", Some(source)),
        Alarm::NumberWrong { person } => ("number", Some(person)),
        Alarm::AuthorityUnreachable { authority } => ("unreachable", Some(authority)),
        Alarm::AuthorityNotReached { authority } => ("unreached", Some(authority)),
        Alarm::MailWrong { person } => ("mail", Some(person)),
        Alarm::PersonNotReached { person } => ("person", Some(person)),
        Alarm::GroupNotReached { channel } => ("group", Some(channel)),
        Alarm::CaseNotTaken { case } => ("case", Some(case)),
    }
}
