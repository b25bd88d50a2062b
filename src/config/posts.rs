//! Posts: units, bodies and the duty roster, and the people who hold them.

use super::finding::Finding;
use super::people::People;
use super::reader::Table;
use super::values::{DAY, Ids, id, instant, name, required_name};
use super::words::is_id;
use crate::domain::directory::{Duty, Override, Unit};
use crate::domain::names::{BodyId, DutyRole, PersonId, UnitId};
use crate::outbox::contacts::UnitName;

/// More than anybody sits in, or takes turns.
const PEOPLE_MAX: usize = 500;

impl People {
    /// Reads `[[unit]]`, `[[body]]` and `[[duty]]`.
    pub(super) fn read_posts(&mut self, root: &Table<'_>) {
        self.read_units(root);
        self.read_bodies(root);
        self.read_duties(root);
    }

    fn holder<'a>(&self, table: &Table<'a>, key: &'a str, expected: &str) -> Option<PersonId> {
        let who = table.required(key, expected)?;
        self.known(table, &who)
    }

    /// The people of a list that may not be empty, each once.
    fn listed<'a>(&self, table: &Table<'a>, key: &'a str, expected: &str) -> Vec<PersonId> {
        table.require(key, expected);
        let Some(given) = table.texts(key) else { return Vec::new() };
        if !(1..=PEOPLE_MAX).contains(&given.len()) {
            let at = table.entry(key).map_or_else(|| table.whole().place, |entry| entry.node.place.clone());
            let finding = Finding::mistake(&at, &table.key(key), format!("{} people", given.len()));
            table.report.tell(finding.expected(format!("1 to {PEOPLE_MAX}: {expected}")));
        }
        given.iter().filter_map(|who| self.known(table, who)).collect()
    }

    fn read_units(&mut self, root: &Table<'_>) {
        let mut known = Ids::new();
        for table in root.tables("unit") {
            let id = id(&table, &mut known).map(|id| UnitId::new(&id));
            let full_name = required_name(&table, "name", "the unit's name");
            let short_name = name(&table, "short_name").map(|name| name.value);
            table.word("kind", &[("department", ()), ("subsidiary", ())]);
            let leader = self.holder(&table, "leader", "the id of the person who leads the unit");
            let liaison = self.holder(&table, "liaison", "the id of the person who reports for the unit");
            let deputy = table.text("deputy").and_then(|who| self.known(&table, &who));
            let headcount = table.number("headcount", 0..=1_000_000);
            let headcount = headcount.and_then(|count| u32::try_from(count.value).ok());
            table.finish();
            let Some(id) = id else { continue };
            let name = full_name.map(|name| name.value).unwrap_or_default();
            self.contacts.units.insert(id.clone(), UnitName { name, short_name });
            // A unit whose posts are mistaken is known all the same, so that whatever names it is no second mistake.
            let nobody = || PersonId::new("");
            let (leader, liaison) = (leader.unwrap_or_else(nobody), liaison.unwrap_or_else(nobody));
            self.units.insert(id, Unit { leader, liaison, deputy, headcount });
        }
    }

    fn read_bodies(&mut self, root: &Table<'_>) {
        let mut known = Ids::new();
        for table in root.tables("body") {
            let id = id(&table, &mut known);
            name(&table, "name");
            let members = self.listed(&table, "members", "the ids of the people in it");
            table.finish();
            if let Some(id) = id {
                self.bodies.insert(BodyId::new(&id), members);
            }
        }
    }

    fn read_duties(&mut self, root: &Table<'_>) {
        let mut known = Ids::new();
        let tables = root.tables("duty");
        let (beside, rosters): (Vec<_>, Vec<_>) = (1..).zip(&tables).partition(|(_, table)| is_beside(table));
        for (_, table) in rosters {
            table.stand_first();
            let duty = self.duty(table, &mut known);
            table.finish();
            self.duties.extend(duty);
        }
        for (number, table) in beside {
            self.read_beside(&table.numbered(number));
        }
    }

    /// Reads overrides that stand apart from the roster they belong to, as those of an imported sheet do.
    fn read_beside(&mut self, table: &Table<'_>) {
        let role = table.required("role", "the role of the roster that these stand in for");
        let overrides = table.tables("override");
        let overrides: Vec<Override> = overrides.iter().filter_map(|table| self.stand_in(table)).collect();
        table.finish();
        let Some(role) = role else { return };
        match self.duties.iter_mut().find(|duty| duty.role.as_str() == role.value) {
            Some(duty) => duty.overrides.extend(overrides),
            // Its roster is mistaken, which is told where it stands.
            None if self.roles.contains(&role.value) => {}
            None => {
                let finding = Finding::mistake(&role.place, &role.key, "there is no roster for this role");
                let expected = "the role of a [[duty]] that has rotation and from as well";
                table.report.tell(finding.expected(expected).following());
            }
        }
    }

    fn duty(&mut self, table: &Table<'_>, known: &mut Ids) -> Option<Duty> {
        let role = table.required("role", "officer or leader, or a role of your own").filter(|role| {
            if !is_id(&role.value) {
                table.wrong(role, "not an id", "1 to 40 of a-z, 0-9, - and _, with a letter among them");
                return false;
            }
            if let Some(first) = known.get(&role.value) {
                let finding = Finding::mistake(&role.place, &role.key, "two rosters for one role");
                let finding =
                    finding.expected("one [[duty]] for each role: put changes into [[duty.override]]");
                table.report.tell(finding.related(first, "the first one stands here"));
                return false;
            }
            known.insert(role.value.clone(), role.place.clone());
            self.roles.insert(role.value.clone());
            true
        });
        let rotation = self.listed(table, "rotation", "the ids of those who take turns");
        table.require("from", "when the first turn begins, such as 2026-01-01T08:30:00+08:00");
        let from = instant(table, "from");
        let shift = table.bounded("shift", DAY, DAY * 366);
        let day_s = DAY.as_secs();
        if let Some(shift) = shift.as_ref().filter(|shift| shift.value.as_millis() % DAY.as_millis() != 0) {
            table.wrong(shift, "not whole days", "1d, 7d and so on: a turn is a number of civil days");
        }
        let days = shift.map_or(1, |shift| shift.value.as_secs() / day_s);
        let overrides = table.tables("override");
        let overrides = overrides.iter().filter_map(|table| self.stand_in(table)).collect();
        Some(Duty {
            role: DutyRole::new(&role?.value),
            rotation,
            from: from?.value,
            shift_days: u32::try_from(days).unwrap_or(1).max(1),
            overrides,
        })
    }

    fn stand_in(&self, table: &Table<'_>) -> Option<Override> {
        let person = self.holder(table, "person", "the id of the person who stands in");
        table.require("from", "when it begins, such as 2026-02-01T08:30:00+08:00");
        table.require("to", "when it ends, such as 2026-02-03T08:30:00+08:00");
        let (from, to) = (instant(table, "from"), instant(table, "to"));
        if let (Some(from), Some(to)) = (&from, &to)
            && to.value <= from.value
        {
            table.wrong(to, "not after `from`", "a later instant");
        }
        table.finish();
        Some(Override { person: person?, from: from?.value, to: to?.value })
    }
}

/// Whether it is no roster, and has overrides for one alone.
fn is_beside(table: &Table<'_>) -> bool {
    table.has("override") && !["rotation", "from", "shift"].iter().any(|key| table.has(key))
}
