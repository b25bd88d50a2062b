//! The duty roster of a sheet: shown day by day with what it leaves open, and written as overrides in a file of its own,
//! all of it or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use super::{Arguments, mapped, refused, workbook};
use crate::cli::{Failure, load_without_secrets, mistakes, say};
use crate::config::{self, Configuration, Edited, Loaded, ROSTER, Severity, StandIn};
use crate::domain::form::Labels;
use crate::domain::names::{DutyRole, PersonId};
use crate::staff::columns::{self, Columns};
use crate::staff::roster::{self, Gap, Given, Hours, Known, People, ROLES, Roster, Told, Turn};
use crate::time::{Clock as _, Day, SystemClock, Timestamp, Zone};

/// As long the file keeps what is past: whoever asks who was on duty asks soon.
const KEPT: Duration = Duration::from_hours(24 * 400);
/// More than anybody mends before trying again.
const SHOWN_MAX: usize = 50;

/// A sheet, and all that it would change.
struct Plan {
    roster: Roster,
    gaps: Vec<(Gap, Vec<PersonId>)>,
    /// The configuration without what was imported before.
    others: Configuration,
    /// Names, for the eyes of whoever sits before it.
    names: BTreeMap<PersonId, String>,
}

pub(super) fn run(arguments: &Arguments, sheet: &Path) -> Result<(), Failure> {
    let mapped = mapped(&arguments.map, columns::roster_names)?;
    let hours = hours(arguments)?;
    let (dir, now) = (&arguments.config, SystemClock::new().read().wall);
    let loaded = load_without_secrets(dir)?;
    let kept = kept(dir)?;
    let zone = loaded.configuration.directory.zone.clone();
    let empty = config::roster_file(dir, &zone, &[]);
    let others = config::load_edited(dir, &[empty]).map_err(|failed| mistakes(dir, &failed))?.configuration;
    let people = people(&others);
    let given = Given { people: &people, zone: &zone, now, year: arguments.year, hours };
    let roster = roster::read(&workbook(sheet)?, &Columns::of_roster(&mapped), &given);
    let roster = roster.map_err(|refusal| refused(refusal, columns::roster_names()))?;
    let plan = Plan::of(roster, others, people);
    plan.show(std::io::stdout().is_terminal())?;
    plan.refuse()?;
    let edited = config::roster_file(dir, &zone, &plan.stand_ins(kept, now));
    tell_what_comes(dir, (&loaded, &edited), now)?;
    if arguments.dry_run {
        return say("--dry-run：未写入 / --dry-run: nothing was written");
    }
    write(&edited)
}

fn hours(arguments: &Arguments) -> Result<Hours, Failure> {
    let Some(text) = &arguments.hours else { return Ok(Hours::DAY) };
    let wrong = || Failure::Call("--hours: expected two times of day, such as 08:30-08:30".to_owned());
    Hours::read(text).ok_or_else(wrong)
}

/// What was imported before.
fn kept(dir: &Path) -> Result<Vec<StandIn>, Failure> {
    let path = dir.join(ROSTER);
    let kept = config::read_roster(dir);
    let kept = kept.map_err(|error| Failure::Call(format!("{} cannot be read: {error}", path.display())))?;
    kept.ok_or_else(|| {
        Failure::Work(format!(
            "{} holds more than the overrides that an import writes, and would be written anew: move that into another file",
            path.display()
        ))
    })
}

fn people(configuration: &Configuration) -> People {
    let known = configuration.contacts.persons.iter().map(|(id, contact)| Known {
        id: id.clone(),
        name: contact.name.clone(),
        reference: contact.reference.clone(),
        mobile: contact.mobile.clone(),
        email: contact.email.is_some(),
    });
    People(known.collect())
}

fn said(zh: String, en: String) -> Told {
    Told { says: Labels { zh, en }, shown: String::new() }
}

/// What a role is called.
fn called(role: &DutyRole) -> (&str, &'static str) {
    let known = ROLES.iter().find(|(id, _)| *id == role.as_str());
    (role.as_str(), known.map_or("值班", |(_, zh)| zh))
}

impl Plan {
    fn of(mut roster: Roster, others: Configuration, people: People) -> Self {
        let found = conflicts(&roster, &others);
        roster.wrong.extend(found);
        let found = other_changes(&roster, &others);
        roster.doubts.extend(found);
        let directory = &others.directory;
        let gaps = roster::gaps(&roster, &directory.zone).into_iter().map(|gap| {
            let at = [gap.from, gap.to - Duration::from_millis(1)];
            let on_duty = at.map(|at| directory.on_duty(&gap.role, at));
            // Where one end of it has nobody, nobody is what is told.
            let mut all: Vec<PersonId> = on_duty.into_iter().collect::<Option<_>>().unwrap_or_default();
            all.dedup();
            (gap, all)
        });
        let gaps = gaps.collect();
        let names = people.0.into_iter().map(|known| (known.id, known.name)).collect();
        Self { roster, gaps, others, names }
    }

    fn zone(&self) -> &Zone {
        &self.others.directory.zone
    }

    fn show(&self, terminal: bool) -> Result<(), Failure> {
        let tell = |kind: &str, told: &[Told]| {
            for it in told.iter().take(SHOWN_MAX) {
                let shown = if terminal && !it.shown.is_empty() {
                    format!("  [{}]", it.shown)
                } else {
                    String::new()
                };
                say(&format!("{kind}{}{shown}", it.says))?;
            }
            let more = told.len().saturating_sub(SHOWN_MAX);
            if more > 0 { say(&format!("… 另有 {more} 项 / and {more} more")) } else { Ok(()) }
        };
        tell("错误 / wrong: ", &self.roster.wrong)?;
        tell("", &self.roster.doubts)?;
        let days = self.days();
        for (day, turns) in &days {
            say(&self.day(*day, turns, terminal))?;
        }
        for (gap, on_duty) in &self.gaps {
            let (role, zh) = called(&gap.role);
            let (when, who) =
                (gap.when(self.zone()), on_duty.iter().map(PersonId::as_str).collect::<Vec<_>>());
            say(&if who.is_empty() {
                format!("{when} 无{zh}，也无人轮值 / {when} no {role}, and nobody by the rotation")
            } else {
                let who = who.join(", ");
                format!("{when} 无{zh}，轮值为 {who} / {when} no {role}: {who} by the rotation")
            })?;
        }
        for (role, zh) in ROLES {
            let named = self.roster.turns.iter().any(|turn| turn.role.as_str() == role);
            if !named && !days.is_empty() {
                say(&format!(
                    "表中没有{zh}，仍由轮值担任 / the sheet names no {role}: the rotation goes on"
                ))?;
            }
        }
        let (days, turns, gaps) = (days.len(), self.roster.turns.len(), self.gaps.len());
        say(&format!("{days} 天，{turns} 个班次，空缺 {gaps} 处 / days {days}, turns {turns}, gaps {gaps}"))
    }

    /// The turns of each day.
    fn days(&self) -> BTreeMap<Day, Vec<&Turn>> {
        let mut days: BTreeMap<Day, Vec<&Turn>> = BTreeMap::new();
        for turn in &self.roster.turns {
            days.entry(turn.day).or_default().push(turn);
        }
        days
    }

    fn day(&self, day: Day, turns: &[&Turn], terminal: bool) -> String {
        let weekday = turns.first().map(|turn| self.zone().format(turn.from, "%a")).unwrap_or_default();
        let mut line = format!("{day} {weekday}");
        for (role, _) in ROLES {
            let of_role = turns.iter().filter(|turn| turn.role.as_str() == role);
            let each = of_role.map(|turn| {
                let hours = roster::hours(self.zone(), (turn.from, turn.to));
                let name = self.names.get(&turn.person).filter(|_| terminal);
                let name = name.map(|name| format!(" {name}")).unwrap_or_default();
                format!("{}{name} {hours}", turn.person)
            });
            let each: Vec<String> = each.collect();
            let each = if each.is_empty() { "-".to_owned() } else { each.join(", ") };
            line.push_str(&format!("  {role} {each}"));
        }
        line
    }

    fn refuse(&self) -> Result<(), Failure> {
        let wrong = self.roster.wrong.len();
        if wrong > 0 {
            return Err(Failure::Work(format!(
                "有 {wrong} 处错误，未写入 / {wrong} mistakes in the sheet, and nothing was written"
            )));
        }
        if self.gaps.iter().any(|(_, on_duty)| on_duty.is_empty()) {
            return Err(Failure::Work(
                "有无人值班的时段，未写入 / nobody would be on duty in a part of it, and nothing was written"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// What the file says afterwards: of the roles and the time of the sheet what the sheet says, of all else what was there.
    fn stand_ins(&self, kept: Vec<StandIn>, now: Timestamp) -> Vec<StandIn> {
        let roles: BTreeSet<&DutyRole> = self.roster.turns.iter().map(|turn| &turn.role).collect();
        let mut next = Vec::new();
        for it in kept.into_iter().filter(|it| now < it.to + KEPT) {
            let Some((begin, end)) = self.roster.span.filter(|_| roles.contains(&it.role)) else {
                next.push(it);
                continue;
            };
            let (before, after) = ((it.from, it.to.min(begin)), (it.from.max(end), it.to));
            for (from, to) in [before, after].into_iter().filter(|(from, to)| from < to) {
                next.push(StandIn { from, to, ..it.clone() });
            }
        }
        next.extend(self.roster.turns.iter().map(|turn| {
            let Turn { role, person, from, to, .. } = turn.clone();
            StandIn { role, person, from, to }
        }));
        next
    }
}

/// What the sheet says that other files say otherwise, and roles that they do not have.
fn conflicts(roster: &Roster, others: &Configuration) -> Vec<Told> {
    let directory = &others.directory;
    let zone = &directory.zone;
    let mut found = Vec::new();
    for (role, zh) in ROLES {
        let mut turns = roster.turns.iter().filter(|turn| turn.role.as_str() == role).peekable();
        let duty = directory.duties.iter().find(|duty| duty.role.as_str() == role);
        if turns.peek().is_some() && duty.is_none() {
            found.push(said(
                format!("配置中没有{zh}的 [[duty]]（role = \"{role}\"）"),
                format!("there is no [[duty]] with role = \"{role}\" that these could stand in for"),
            ));
        }
        let overrides = duty.map(|duty| duty.overrides.as_slice()).unwrap_or_default();
        for turn in turns {
            let at_once = |it: &&crate::domain::directory::Override| it.from < turn.to && turn.from < it.to;
            let Some(other) = overrides.iter().filter(at_once).find(|it| it.person != turn.person) else {
                continue;
            };
            let (row, who, when) = (turn.row, &other.person, roster::span(zone, (other.from, other.to)));
            found.push(said(
                format!("第 {row} 行：另一文件中的 [[duty.override]] 已指定 {who} 为{zh}（{when}），请先删去其一"),
                format!(
                    "row {row}: a [[duty.override]] of another file has {who} as {role} ({when}): take one of the two away"
                ),
            ));
        }
    }
    found
}

/// Whole days of a role that changes hands at another time than midnight: by the rotation its days are others.
fn other_changes(roster: &Roster, others: &Configuration) -> Vec<Told> {
    let directory = &others.directory;
    let zone = &directory.zone;
    let mut found = Vec::new();
    for duty in &directory.duties {
        let at = zone.format(duty.from, "%H:%M");
        let whole = |turn: &&Turn| roster::hours(zone, (turn.from, turn.to)) == "00:00-24:00";
        let mut turns = roster.turns.iter().filter(|turn| turn.role == duty.role);
        if let Some(turn) = turns.find(whole).filter(|_| at != "00:00") {
            let ((role, zh), row) = (called(&duty.role), turn.row);
            found.push(said(
                format!("第 {row} 行等按 00:00-24:00 计，而{zh}轮值在 {at} 交接：如应相同，请加 --hours {at}-{at}"),
                format!(
                    "row {row} and others are 00:00-24:00, and the rotation of {role} changes at {at}: where the sheet does too, \
                     say --hours {at}-{at}"
                ),
            ));
        }
    }
    found
}

/// What `check` says of the configuration with the file, and did not say without; mistakes end it here.
fn tell_what_comes(dir: &Path, (loaded, edited): (&Loaded, &Edited), now: Timestamp) -> Result<(), Failure> {
    let next =
        config::load_edited(dir, std::slice::from_ref(edited)).map_err(|failed| mistakes(dir, &failed))?;
    let before = config::check(&loaded.configuration, &loaded.sources, now);
    let known: BTreeSet<(&str, &str)> =
        before.iter().map(|it| (it.key.as_str(), it.message.as_str())).collect();
    for finding in config::check(&next.configuration, &next.sources, now) {
        let is_new = !known.contains(&(finding.key.as_str(), finding.message.as_str()));
        if is_new && finding.severity == Severity::Warning {
            say(&format!("check: {}", config::line(&finding, &next.sources)))?;
        }
    }
    Ok(())
}

fn write(edited: &Edited) -> Result<(), Failure> {
    let path = edited.path.display();
    if std::fs::read_to_string(&edited.path).is_ok_and(|text| text == edited.text) {
        return say("没有变化，未写入 / nothing changes, and nothing was written");
    }
    edited.write().map_err(|error| Failure::Work(format!("{path} was not written: {error}")))?;
    say(&format!("已写入 / written: {path}"))?;
    say("守护进程重新读取配置后生效 / the daemon takes it at its next reload: systemctl reload watchfire")
}
