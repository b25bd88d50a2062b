//! What goes wrong: crashes between any two steps, a disk that fails or is full, clocks that jump.

use watchfire::domain::command::Command;
use watchfire::domain::names::{Actor, PersonId, Via};
use watchfire::journal::Fault;
use watchfire::time::{Clock as _, Timestamp};
use watchfire::vault::Fault as VaultFault;

use crate::days::Errand;
use crate::fevers::Count;
use crate::offices::Offices;
use crate::people::Wish;
use crate::site::{BEGINNING, HOUR, MINUTE, SECOND, Site, ms};
use crate::world::{Act, World};

/// What comes with an append: the process ends there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strike {
    /// The answers had left.
    pub(crate) answered: bool,
    /// The power went, and with it what was not synced.
    pub(crate) power: bool,
    /// How long until it runs again.
    pub(crate) down: u64,
}

/// Something that goes wrong, or ends going wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    Start,
    /// The process ends between two steps.
    Kill {
        power: bool,
        down: u64,
    },
    /// Somebody or something sets the wall clock.
    Step {
        by: i64,
    },
    /// The wall clock is put right.
    Right,
    Suspend {
        span: u64,
    },
    Full,
    Room,
    /// The vault alone has no room, or has it again.
    VaultFull(bool),
    Reload,
    /// A reload brings other rules for reports, and other people who file them.
    Change,
    /// A reload puts back whatever is missing.
    Restore,
    /// The daemon writes a snapshot of its state.
    Snapshot,
    /// The office looks through the cases, and does what it has to say.
    Office,
    /// The office brings to the authorities what they have not got in writing.
    Bring,
    /// What is done in a run that goes on for more than a day.
    Day(Errand),
    /// Somebody takes the daemon out of service, and somebody puts it back.
    Disarm,
    Arm,
    /// A person says that the clock is right.
    Trust,
    /// Somebody counts the fevers of their unit, and reports them.
    Count(Count),
}

impl World {
    /// Orders what will go wrong until an instant.
    pub(crate) fn order_faults(&mut self, until: u64) {
        let (crashes, clocks, disk) =
            (self.chance.percent(65), self.chance.percent(30), self.chance.percent(25));
        if crashes {
            for _ in 0..self.chance.between(1, 6) {
                self.order_strike();
            }
            for _ in 0..self.chance.below(3) {
                let (power, down) = (self.chance.percent(30), self.how_long());
                let at = self.chance.below(until);
                self.after(at, Act::Trouble(Trouble::Kill { power, down }));
            }
        }
        if clocks {
            self.order_clocks(until);
        }
        if disk {
            let (at, span) = (self.chance.below(until), self.chance.between(5, 600) * SECOND);
            self.after(at, Act::Trouble(Trouble::Full));
            self.after(at + span, Act::Trouble(Trouble::Room));
        }
        if self.chance.percent(50) {
            for _ in 0..self.chance.between(1, 4) {
                let at = self.chance.below(until);
                self.after(at, Act::Trouble(Trouble::Reload));
            }
        }
        for _ in 0..self.chance.below(4) {
            let at = self.chance.below(until);
            self.after(at, Act::Trouble(Trouble::Snapshot));
        }
        for _ in 0..self.chance.below(5) {
            let at = self.chance.below(until);
            self.after(at, Act::Trouble(Trouble::Office));
        }
        if self.chance.percent(12) {
            let (at, span) = (self.chance.below(until), self.chance.between(1, 20) * MINUTE);
            self.after(at, Act::Trouble(Trouble::Disarm));
            self.after(at + span, Act::Trouble(Trouble::Arm));
        }
        self.order_vault(until);
    }

    /// Orders which writes of the vault fail, and when it alone has no room.
    fn order_vault(&mut self, until: u64) {
        if self.vault_chance.percent(40) {
            for _ in 0..self.vault_chance.between(1, 5) {
                let nth = self.vault_chance.between(2, 150);
                let fault = match self.vault_chance.below(4) {
                    0 => VaultFault::Nothing,
                    1 => VaultFault::Torn { bytes: usize::try_from(self.vault_chance.below(600)).unwrap() },
                    2 => VaultFault::Unsynced,
                    _ => VaultFault::Unanswered,
                };
                self.vault_disk.fail(nth, fault);
                self.record.faults.vault += 1;
            }
        }
        if self.vault_chance.percent(20) {
            let at = self.vault_chance.below(until);
            let span = self.vault_chance.between(5, 1_200) * SECOND;
            self.after(at, Act::Trouble(Trouble::VaultFull(true)));
            self.after(at + span, Act::Trouble(Trouble::VaultFull(false)));
        }
    }

    /// What a right clock shows.
    fn right(&self) -> Timestamp {
        BEGINNING.parse::<Timestamp>().unwrap() + ms(self.at)
    }

    fn how_long(&mut self) -> u64 {
        match self.chance.below(10) {
            0..6 => self.chance.between(1, 3) * SECOND,
            6..9 => self.chance.between(1, 10) * MINUTE,
            _ => self.chance.between(10, 50) * MINUTE,
        }
    }

    fn order_strike(&mut self) {
        let append = self.chance.between(2, 250);
        let (power, down) = (self.chance.percent(40), self.how_long());
        let fault = match self.chance.below(6) {
            0 => Some(Fault::Nothing),
            1 => Some(Fault::Torn { bytes: usize::try_from(self.chance.below(3_000)).unwrap() }),
            2 => Some(Fault::Unsynced),
            3 => Some(Fault::Unanswered),
            _ => None,
        };
        if let Some(fault) = fault {
            self.disk.fail(append, fault);
        }
        let answered = fault.is_none() && self.chance.percent(50);
        self.strikes.insert(append, Strike { answered, power, down });
    }

    fn order_clocks(&mut self, until: u64) {
        for _ in 0..self.chance.between(1, 3) {
            let at = self.chance.below(until);
            if self.chance.percent(40) {
                let span = self.chance.between(5, 1_200) * SECOND;
                self.after(at, Act::Trouble(Trouble::Suspend { span }));
                continue;
            }
            let most = self.chance.among(&[10 * SECOND, 5 * MINUTE, 2 * HOUR, 24 * HOUR]);
            let size = i64::try_from(self.chance.between(1, most)).unwrap();
            let by = if self.chance.percent(50) { size } else { -size };
            self.after(at, Act::Trouble(Trouble::Step { by }));
            if self.chance.percent(70) {
                let later = self.chance.between(1, 30) * MINUTE;
                self.after(at + later, Act::Trouble(Trouble::Right));
            }
        }
    }

    /// The machine sleeps; to everybody outside the daemon is down meanwhile.
    fn suspend(&mut self, span: u64) {
        self.record.faults.suspended += 1;
        self.clock.advance(ms(span));
        let from = self.at;
        self.at += span;
        if let Some(last) = self.record.up.last_mut().filter(|last| last.1 == u64::MAX) {
            last.1 = from;
            self.record.up.push((self.at, u64::MAX));
        }
    }

    pub(crate) fn suffer(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Start => self.start(),
            Trouble::Kill { power, down } => {
                if self.is_up() {
                    self.crash_with(Some(Strike { answered: true, power, down }));
                }
            }
            Trouble::Step { by } => {
                self.record.faults.steps += 1;
                let wall = self.clock.read().wall;
                self.clock.step_to(if by < 0 {
                    wall - ms(by.unsigned_abs())
                } else {
                    wall + ms(by.unsigned_abs())
                });
            }
            Trouble::Right => {
                let right = self.right();
                if self.clock.read().wall != right {
                    self.record.faults.steps += 1;
                    self.clock.step_to(right);
                }
            }
            Trouble::Suspend { span } => self.suspend(span),
            Trouble::Full => {
                self.record.faults.full += 1;
                self.disk.set_full(true);
                self.vault_disk.set_full(true);
            }
            Trouble::Room => {
                self.disk.set_full(false);
                self.vault_disk.set_full(false);
            }
            Trouble::VaultFull(full) => {
                self.record.faults.vault += u64::from(full);
                self.vault_disk.set_full(full);
            }
            Trouble::Reload => {
                let next = self.site.changed(&mut self.chance);
                self.reload(next);
            }
            Trouble::Change => self.reload(Site { offices: Some(Offices::LATER), ..self.site.clone() }),
            Trouble::Restore => self.reload(self.site.whole()),
            Trouble::Snapshot => self.take_snapshot(),
            Trouble::Office => self.look_through(),
            Trouble::Bring => self.bring_all(),
            Trouble::Day(errand) => self.run_errand(errand),
            Trouble::Count(count) => self.count_fevers(count),
            Trouble::Disarm => {
                let command = Command::Disarm { actor: person("p51"), reason: None };
                self.after(0, Act::Say(Wish::act(command)));
            }
            Trouble::Arm => {
                let command = Command::Arm { actor: person("p51") };
                let wish = Wish { tries: 50, ..*Wish::act(command) };
                self.after(0, Act::Say(Box::new(wish)));
            }
            Trouble::Trust => {
                let command = Command::TrustClock { by: Some(person("p51")) };
                let wish = Wish { tries: 50, ..*Wish::act(command) };
                self.after(0, Act::Say(Box::new(wish)));
            }
        }
    }

    /// The process ends; with the power, what was not synced is gone and the machine starts anew.
    pub(crate) fn crash_with(&mut self, strike: Option<Strike>) {
        // Without a strike the journal itself failed: the service manager starts the process within a second.
        let strike = strike.unwrap_or(Strike { answered: false, power: false, down: SECOND });
        self.crash();
        if strike.power {
            self.disk.cut_power();
            self.vault_disk.cut_power().unwrap();
            self.record.faults.reboots += 1;
            // The machine takes the time from its time server before the daemon starts.
            self.clock.reboot(self.right());
        }
        self.after(strike.down, Act::Trouble(Trouble::Start));
    }
}

/// A person under their own sign-in.
pub(crate) fn person(id: &str) -> Actor {
    Actor { by: PersonId::new(id), via: Via::Session }
}
