//! The providers: they accept, refuse, hang, repeat themselves, answer yes and mean no, or are out of money.

use std::collections::BTreeSet;
use std::time::Duration;

use watchfire::domain::Proposal;
use watchfire::domain::command::{Command, Receipt};
use watchfire::domain::names::{ChannelId, Medium, NotificationId, Recipient};
use watchfire::domain::notification::{DeliveryError, Digit, FailureReason, Outcome, ReceiptState};

use crate::chance::Chance;
use crate::people::{Message, Wish};
use crate::record::{Pressed, Said, Sent};
use crate::site::{MINUTE, SECOND, TIMEOUT};
use crate::world::{Act, World};

/// What the providers of a seed are like: weights of what they do with a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Channels {
    weights: [u64; 8],
    /// A key that was taken is not taken twice.
    keys_honoured: bool,
    /// How often a receipt is repeated, in a hundred.
    repeats: u64,
    taken: BTreeSet<String>,
    /// The channel whose provider is away, from when and until when.
    away: Option<(&'static str, u64, u64)>,
}

/// What a provider does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Taken,
    Down,
    /// 200, with an error inside.
    Declined,
    /// It arrives, and the answer does not.
    Slow,
    /// Neither the message nor the answer arrives.
    Lost,
    Exhausted,
    /// Nothing comes back, not even a time-out.
    Hung,
    NoSuchAddress,
}

const FATES: [Fate; 8] = [
    Fate::Taken,
    Fate::Down,
    Fate::Declined,
    Fate::Slow,
    Fate::Lost,
    Fate::Exhausted,
    Fate::Hung,
    Fate::NoSuchAddress,
];

impl Channels {
    pub(crate) fn of(chance: &mut Chance, whim: &mut Chance) -> Self {
        let mut weights = [100, 0, 0, 0, 0, 0, 0, 0];
        if chance.percent(65) {
            for weight in weights.iter_mut().skip(1) {
                if chance.percent(40) {
                    *weight = chance.between(1, 25);
                }
            }
        }
        Self {
            weights,
            keys_honoured: chance.percent(50),
            repeats: chance.among(&[0, 10, 40]),
            taken: BTreeSet::new(),
            away: whim.percent(20).then(|| {
                let from = whim.below(40 * MINUTE);
                (whim.among(&["voice", "voice", "mail", "sms"]), from, from + whim.between(10, 40) * MINUTE)
            }),
        }
    }

    /// Every request is taken, and every receipt told once.
    pub(crate) const fn behave(&mut self) {
        self.away = None;
        self.weights = [100, 0, 0, 0, 0, 0, 0, 0];
        self.repeats = 0;
    }

    pub(crate) fn misbehave(&self) -> bool {
        self.away.is_some() || self.weights.iter().skip(1).any(|weight| *weight > 0)
    }
}

impl World {
    /// A granted request reaches its provider.
    pub(crate) fn deliver(&mut self, proposal: &Proposal, run: u64) {
        let Some(message) = self.read(proposal) else { return };
        let key = proposal.notification.to_string();
        let weights = self.channels.weights;
        let away = |(channel, from, to): (&str, u64, u64)| {
            proposal.channel.as_str() == channel && (from..to).contains(&self.at)
        };
        let drawn = FATES[self.chance.weighed(&weights)];
        let fate = if self.channels.away.is_some_and(away) { Fate::Down } else { drawn };
        let arrives =
            matches!(fate, Fate::Taken | Fate::Slow) || fate == Fate::Hung && self.chance.percent(50);
        let fresh = !self.channels.keys_honoured || !self.channels.taken.contains(&key);
        if arrives {
            self.channels.taken.insert(key.clone());
        }
        self.record.sent.push(Sent {
            at: self.at,
            key: key.clone(),
            covers: proposal.covers.iter().map(ToString::to_string).collect(),
            channel: proposal.channel.to_string(),
            to: message.to.to_string(),
            durable: self.disk.durable(),
            holding: self.is_holding(),
            taken: arrives,
        });
        let named = self.chance.percent(20).then(|| format!("provider-{key}"));
        let delay = self.chance.between(20, 900);
        if let Some((delay, outcome)) = outcome(fate, (delay, named.clone())) {
            self.after(delay, Act::End { run, id: proposal.notification.clone(), outcome });
        }
        if arrives && fresh {
            // Receipts may be faster than the answer.
            let receipts = self.chance.between(10, 2_000);
            let name = named.filter(|_| fate == Fate::Taken).unwrap_or(key);
            self.arrive(&message, (&proposal.channel, &name), receipts);
        }
    }

    fn arrive(&mut self, message: &Message, way: (&ChannelId, &str), delay: u64) {
        match (&message.to, message.medium) {
            (Recipient::Person(_), Medium::Phone) => self.ring_person(message, way, delay),
            (Recipient::Authority(_), Medium::Phone) => self.ring_authority(message, way, delay),
            (Recipient::Person(person), Medium::Sms | Medium::Email | Medium::Robot) => {
                if self.chance.percent(60) {
                    self.tell(way, (Some(ReceiptState::Delivered), None), delay);
                }
                self.person_reads(person.as_str(), message, delay);
            }
            (Recipient::Authority(_) | Recipient::Robot(_), _) => {
                let state = if self.manners.careless && self.chance.percent(8) {
                    ReceiptState::Failed
                } else {
                    ReceiptState::Delivered
                };
                let later = self.chance.between(1, 90) * SECOND;
                if self.chance.percent(50) {
                    self.tell(way, (Some(state), None), delay + later);
                }
            }
        }
    }

    /// A key is pressed in the call that went out under a message's key.
    pub(crate) fn press(&mut self, message: &Message, way: (&ChannelId, &str), press: (Digit, u64)) {
        let (digit, delay) = press;
        self.record.pressed.push(Pressed {
            key: message.key.clone(),
            digit: word_of(digit),
            to: message.to.to_string(),
        });
        self.tell(way, (None, Some(digit)), delay);
    }

    /// A provider tells of a message, perhaps twice, late and out of order.
    pub(crate) fn tell(
        &mut self,
        (channel, key): (&ChannelId, &str),
        (state, digit): (Option<ReceiptState>, Option<Digit>),
        delay: u64,
    ) {
        let now = self.now();
        let receipt = Receipt {
            channel: channel.clone(),
            key: NotificationId::new(key),
            state,
            digit,
            at: None,
            received: now,
        };
        let command = Command::TakeReceipt(Box::new(receipt));
        let said = Said::Receipt { key: key.to_owned(), digit: digit.map(word_of) };
        let wish = Wish { command, tries: 40, said, words: None };
        let repeats = self.channels.repeats;
        while self.chance.percent(repeats) {
            let later = self.chance.between(1, 300_000);
            self.after(delay + later, Act::Say(Box::new(wish.clone())));
        }
        self.after(delay, Act::Say(Box::new(wish)));
    }
}

/// A key, as a fact names it.
const fn word_of(digit: Digit) -> &'static str {
    match digit {
        Digit::Take => "take",
        Digit::Confirm => "confirm",
        Digit::Pass => "pass",
        Digit::WrongPerson => "wrong_person",
    }
}

fn outcome(fate: Fate, (delay, provider_id): (u64, Option<String>)) -> Option<(u64, Outcome)> {
    let failed = |delay, error| Some((delay, Outcome::Failed(error)));
    match fate {
        Fate::Taken => Some((delay, Outcome::Accepted { provider_id })),
        Fate::Down => {
            failed(delay, DeliveryError::Transient { reason: FailureReason::Connect, retry_after: None })
        }
        Fate::Declined => failed(
            delay,
            DeliveryError::Transient {
                reason: FailureReason::NotAccepted,
                retry_after: Some(Duration::from_secs(10)),
            },
        ),
        Fate::Slow | Fate::Lost => failed(TIMEOUT, DeliveryError::Unknown { reason: FailureReason::Timeout }),
        Fate::Exhausted => failed(
            delay,
            DeliveryError::Exhausted { reason: FailureReason::Quota, until: Some(Duration::from_mins(2)) },
        ),
        Fate::Hung => None,
        Fate::NoSuchAddress => {
            failed(delay, DeliveryError::Permanent { reason: FailureReason::NoSuchAddress })
        }
    }
}
