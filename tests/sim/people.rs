//! The people: senders that ask again, officers who take and forget, authorities that pick up or do not.

use watchfire::domain::Proposal;
use watchfire::domain::command::{Act as Deed, Command, FeverReport};
use watchfire::domain::lock::CodeWay;
use watchfire::domain::names::{
    CaseId, Celsius, ChannelId, EventId, EventKey, Kind, Medium, PayloadName, PersonId, PersonToken,
    Recipient, SourceId, UnitId,
};
use watchfire::domain::notification::{Digit, Purpose, ReceiptState};
use watchfire::engine::Answer;
use watchfire::time::Now;
use watchfire::vault::{self, Sealed};

use crate::chance::Chance;
use crate::faults::person;
use crate::record::{Left, Said, Typed};
use crate::site::{HOUR, MINUTE, SECOND, UNITS, ms};
use crate::world::{Act, World};

/// What somebody wants at the door, and how often they ask again where they get no answer.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) command: Command,
    pub(crate) tries: u32,
    pub(crate) said: Said,
    /// What somebody wrote with it, which is sealed at the door.
    pub(crate) words: Option<String>,
}

/// A message as its reader sees it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) key: String,
    pub(crate) to: Recipient,
    pub(crate) medium: Medium,
    /// What it says of which case.
    pub(crate) says: Vec<(Purpose, CaseId)>,
}

/// What the people of a seed are like, in a hundred.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// How often somebody reacts to a message at all.
    reacts: u64,
    /// How often whoever has taken a case then does something.
    pub(crate) works: u64,
    /// How often the authority picks up and presses 1.
    pub(crate) answers: u64,
    /// How often whoever has taken a case passes it on to somebody whom they name.
    pub(crate) passes: u64,
    /// How often somebody writes more than they must: notes, and reports after the first.
    pub(crate) writes: u64,
    /// How often a call is recorded long after it was made.
    pub(crate) tardy: u64,
    /// People mistype, press wrong keys, and mail comes back.
    pub(crate) careless: bool,
}

impl Manners {
    pub(crate) fn of(chance: &mut Chance, whim: &mut Chance) -> Self {
        Self {
            reacts: chance.among(&[0, 10, 40, 80]),
            works: chance.among(&[0, 40, 90]),
            answers: chance.among(&[0, 30, 60, 100]),
            passes: whim.among(&[0, 0, 25, 60]),
            writes: whim.among(&[0, 0, 0, 60]),
            tardy: whim.among(&[0, 0, 30, 70]),
            careless: chance.percent(40),
        }
    }

    /// Whoever takes a case leaves the rest to the daemon; the authority answers it.
    pub(crate) const LEFT_TO_IT: Self = Self { works: 0, ..Self::DUTIFUL };
    /// Everybody does their duty.
    pub(crate) const DUTIFUL: Self =
        Self { reacts: 100, works: 100, answers: 100, passes: 0, tardy: 0, writes: 0, careless: false };
}

impl Wish {
    pub(crate) fn act(command: Command) -> Box<Self> {
        let said = Said::Act(Left::of(&command));
        Box::new(Self { command, tries: 3, said, words: None })
    }

    /// The door seals what somebody wrote, each time anew, and the command names it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nobody writes anything with the others")]
    pub(crate) fn seal(&mut self) -> Vec<Sealed> {
        let sealed = self.words.as_ref().map(|words| vault::seal(words.as_bytes()).unwrap());
        if let Some(name) = sealed.as_ref().map(|sealed| PayloadName::new(&sealed.name.to_string())) {
            match &mut self.command {
                Command::ReportFever(report) => report.payload = Some(name),
                Command::WriteReport(report) => report.payload = name,
                Command::Note { payload, .. } => *payload = name,
                Command::FileReport(filing) => filing.payload = name,
                _ => {}
            }
        }
        sealed.into_iter().collect()
    }

    /// The door stamps when the last byte was read.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others carry no such stamp")]
    pub(crate) fn stamp(&mut self, now: Now) {
        match &mut self.command {
            Command::ReportFever(report) => report.received = now,
            Command::FileReport(filing) => filing.received = now,
            Command::Classify { received, .. }
            | Command::TryCode { received, .. }
            | Command::RecordWrittenReceipt { received, .. } => *received = now,
            Command::RecordTelephone(record) => record.received = now,
            Command::TakeReceipt(receipt) => receipt.received = now,
            _ => {}
        }
    }
}

impl World {
    /// What a proposal says to its reader.
    pub(crate) fn read(&self, proposal: &Proposal) -> Option<Message> {
        let state = &self.published()?.state;
        let lead = &state.track(&proposal.notification)?.notification;
        let ids = std::iter::once(&proposal.notification).chain(&proposal.covers);
        let says = ids.filter_map(|id| {
            let notification = &state.track(id)?.notification;
            Some((notification.purpose, notification.subject.case()?.clone()))
        });
        Some(Message {
            key: proposal.notification.to_string(),
            to: lead.to.clone(),
            medium: lead.medium,
            says: says.collect(),
        })
    }

    /// Orders the fever events of a seed, and the first acts of its operator.
    pub(crate) fn order_events(&mut self, until: u64, long: bool) {
        let arm = if self.chance.percent(90) { 0 } else { self.chance.below(20 * MINUTE) };
        let wish = Wish::act(Command::Arm { actor: person("p51") });
        self.after(arm, Act::Say(wish));
        for number in 0..self.chance.between(1, 7) {
            let at = self.chance.below(until * 2 / 3);
            let wish = self.event(number);
            if self.chance.percent(25) {
                let later = self.chance.between(1, 30 * MINUTE);
                self.after(at + later, Act::Say(wish.clone()));
            }
            if long && number % 2 == 0 {
                // A sender may say it again a day later: it is the same event for ever.
                self.after(at + 27 * HOUR, Act::Say(wish.clone()));
            }
            self.after(at, Act::Say(wish));
        }
    }

    pub(crate) fn event(&mut self, number: u64) -> Box<Wish> {
        let gate = self.chance.percent(25);
        let who = self.chance.percent(85).then(|| format!("person-{}", self.chance.below(4)));
        let kind = match self.chance.below(10) {
            0..5 => Some(Kind::Suspected),
            5 => Some(Kind::Confirmed),
            6 => Some(Kind::Fever),
            _ => None,
        };
        let now = self.now();
        let back = self.chance.percent(20).then(|| self.chance.between(1, 45) * MINUTE);
        let key = format!("event-{number}");
        let report = FeverReport {
            event: EventId::new(&key),
            source: SourceId::new(if gate { "gate" } else { "hr" }),
            key: EventKey::new(&key),
            content: EventKey::new("content"),
            received: now,
            discovered: back.map(|back| now.wall + ms(self.at) - ms(back)),
            // Now and then nobody names one, and it is taken for that of the source.
            unit: Some(UnitId::new(self.chance.among(&UNITS))).filter(|_| number % 8 != 7),
            kind: if gate { None } else { kind },
            temperature: Some(Celsius::from_hundredths(self.chance.among(&[3_650, 3_840, 3_910]))),
            exposure: self.chance.percent(15),
            person: who.map(|who| PersonToken::new(&who)),
            subject_person: None,
            payload: None,
            replay: false,
            seen: None,
            last_case: None,
        };
        let command = Command::ReportFever(Box::new(report));
        let words = Some(words_of(&key));
        Box::new(Wish { command, tries: 1_000, said: Said::Event { key, case: None }, words })
    }

    /// What people do after they were told yes.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing follows from the others")]
    pub(crate) fn follow(&mut self, wish: &Wish, answer: &Answer) {
        let case = match &wish.command {
            Command::Take { case, actor, .. } => Some((case.clone(), actor.by.to_string())),
            Command::TryCode { right: Some((person, case)), act: Deed::Take | Deed::TakeOver, .. } => {
                Some((case.clone(), person.to_string()))
            }
            _ => None,
        };
        if let Some((case, by)) = case {
            self.work_on(&case, &by);
        }
        if let Said::Event { .. } = &wish.said {
            let opened = answer.facts.iter().find_map(|fact| match fact {
                watchfire::domain::fact::Fact::CaseOpened { case } => Some(case.case.clone()),
                _ => None,
            });
            if let Some(case) = opened {
                if self.site.offices.is_some() {
                    self.order_ends(&case);
                    return;
                }
                self.order_rulings(&case);
            }
        }
    }

    /// What the office may do with a case in the course of the day.
    fn order_rulings(&mut self, case: &CaseId) {
        let case = case.clone();
        if self.chance.percent(15) {
            let kind = self.chance.among(&[Kind::Suspected, Kind::Confirmed]);
            let (actor, second, payload, received) = (person("p42"), None, None, self.now());
            let raise = Command::Classify { case: case.clone(), kind, actor, second, payload, received };
            let at = self.chance.between(1, 40) * MINUTE;
            self.after(at, Act::Say(Wish::act(raise)));
        }
        if self.chance.percent(15) {
            let (kind, received) = (Kind::RuledOut, self.now());
            let second = Some(PersonId::new("p43"));
            let (actor, payload) = (person("p42"), None);
            let rule = Command::Classify { case: case.clone(), kind, actor, second, payload, received };
            let at = self.chance.between(1, 50) * MINUTE;
            self.after(at, Act::Say(Wish::act(rule)));
            self.order_doubts(&case, at);
        }
        if self.chance.percent(20) {
            let close = Command::Close { case, actor: person("p42"), payload: None };
            let at = self.chance.between(10, 80) * MINUTE;
            self.after(at, Act::Say(Wish::act(close)));
        }
    }

    /// Somebody reads a message: nothing comes of it, or one of the acts it asks for.
    pub(crate) fn person_reads(&mut self, reader: &str, message: &Message, delay: u64) {
        let reacts = self.manners.reacts;
        if !asks(message) || !self.chance.percent(reacts) {
            return;
        }
        let case = message.says[0].1.clone();
        let delay = delay + self.chance.between(5, 240) * SECOND;
        if self.manners.careless && self.chance.percent(25) {
            self.mistype(reader, &case, delay);
            return;
        }
        let act = match self.chance.below(10) {
            0..4 => Deed::Take,
            4 => Deed::TakeOver,
            5..8 => Deed::Confirm,
            _ => Deed::Pass,
        };
        self.type_code(reader, &case, act, delay);
    }

    /// Wrong digits behind somebody's link: by mistake, or by whoever tries until something opens; then the right ones.
    fn mistype(&mut self, reader: &str, case: &CaseId, delay: u64) {
        let guesses = self.whim.percent(25);
        let mut at = delay;
        for _ in 0..if guesses { self.whim.between(4, 9) } else { 1 } {
            let command = Command::TryCode {
                people: vec![PersonId::new(reader)],
                right: None,
                way: CodeWay::Link(case.clone()),
                act: Deed::Confirm,
                received: self.now(),
            };
            self.after(at, Act::Say(Wish::act(command)));
            at += self.whim.between(2, 100) * SECOND;
        }
        if guesses {
            let act = self.whim.among(&[Deed::Confirm, Deed::Take, Deed::Pass]);
            let later = at + self.whim.between(0, 15) * MINUTE;
            self.type_code(reader, case, act, later);
        }
    }

    /// Somebody types the digits of their own message behind its link.
    fn type_code(&mut self, reader: &str, case: &CaseId, act: Deed, delay: u64) {
        self.record.typed.push(Typed::new(reader, case, act));
        let person = PersonId::new(reader);
        let (people, way) = (vec![person.clone()], CodeWay::Link(case.clone()));
        let right = Some((person, case.clone()));
        let command = Command::TryCode { people, right, way, act, received: self.now() };
        self.after(delay, Act::Say(Wish::act(command)));
    }

    /// A person's telephone rings.
    pub(crate) fn ring_person(&mut self, message: &Message, way: (&ChannelId, &str), delay: u64) {
        let reacts = self.manners.reacts;
        let rings = delay + self.chance.between(3, 25) * SECOND;
        if !self.chance.percent(reacts.max(20)) {
            let state =
                self.chance.among(&[ReceiptState::Failed, ReceiptState::Answered, ReceiptState::Heard]);
            self.tell(way, (Some(state), None), rings);
            return;
        }
        self.tell(way, (Some(ReceiptState::Answered), None), rings);
        let later = rings + self.chance.between(4, 30) * SECOND;
        if !self.chance.percent(reacts) || !asks(message) {
            self.tell(way, (Some(ReceiptState::Heard), None), later);
            return;
        }
        let digit = match self.chance.below(20) {
            0..12 => Digit::Take,
            12..16 => Digit::Confirm,
            16..19 => Digit::Pass,
            _ if self.manners.careless => Digit::WrongPerson,
            _ => Digit::Confirm,
        };
        self.press(message, way, (digit, later));
        if digit == Digit::Take
            && let Recipient::Person(by) = &message.to
        {
            let (case, by) = (message.says[0].1.clone(), by.to_string());
            self.work_on(&case, &by);
        }
    }

    /// An authority's telephone rings.
    pub(crate) fn ring_authority(&mut self, message: &Message, way: (&ChannelId, &str), delay: u64) {
        let rings = delay + self.chance.between(3, 25) * SECOND;
        let answers = self.manners.answers;
        if self.chance.percent(answers) {
            if self.chance.percent(50) {
                self.tell(way, (Some(ReceiptState::Answered), None), rings);
            }
            let later = rings + self.chance.between(4, 40) * SECOND;
            self.press(message, way, (Digit::Take, later));
            return;
        }
        let later = rings + self.chance.between(4, 40) * SECOND;
        match self.chance.below(8) {
            0..2 => self.tell(way, (Some(ReceiptState::Failed), None), later),
            2..4 => self.tell(way, (Some(ReceiptState::Answered), None), later),
            4..6 => self.tell(way, (Some(ReceiptState::Heard), None), later),
            6 if !self.manners.careless => self.tell(way, (Some(ReceiptState::Delivered), None), delay),
            6 => {
                let digit = self.chance.among(&[Digit::Confirm, Digit::Pass, Digit::WrongPerson]);
                self.press(message, way, (digit, later));
            }
            _ => {}
        }
    }
}

/// What somebody wrote about a case.
pub(crate) fn words_about(case: &str, by: &str) -> String {
    format!("what {by} wrote about {case}")
}

/// What the sender of an event wrote.
pub(crate) fn words_of(key: &str) -> String {
    format!("what was written with {key}")
}

/// Whether a message asks its reader to do something about a case.
fn asks(message: &Message) -> bool {
    message.says.iter().any(|(purpose, _)| {
        matches!(
            purpose,
            Purpose::Alert | Purpose::Handover | Purpose::Warning | Purpose::Breach | Purpose::Reminder
        )
    })
}
