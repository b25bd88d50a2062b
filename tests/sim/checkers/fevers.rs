//! P12, what reports say of fevers: whoever leaves out a case that is known hears of it, and nobody else; what is
//! said of a report ends once, by a correction, by nothing that is left of it, or on the ledger; and whoever
//! corrected in time stands there for nothing.

mod known;

use std::collections::{BTreeMap, BTreeSet};

use known::{
    Case, Filed, Finding, Lapse, Period, Slot, against, count, findings, opened, period_of, slot_of, unit_of,
};

use super::{Complaints, Run};
use crate::lines::{Entry, Fact};
use crate::site::HOUR;

/// So long a report can be corrected, and more time is given within so long.
const TO_CORRECT: i64 = hours(4);
const TO_REACH: i64 = hours(72);
/// Within this what is over ends, though the daemon may be down meanwhile.
const WITHIN: i64 = hours(2);
const FEVERS: &str = "fevers";

const fn hours(count: i64) -> i64 {
    count * HOUR.cast_signed()
}

#[derive(Default)]
struct Book {
    cases: BTreeMap<String, Case>,
    periods: BTreeMap<String, Period>,
    slots: BTreeMap<String, Slot>,
    /// What is to come onto the ledger with the entry that is read, by its slot and whoever filed it.
    owed: BTreeMap<(String, String), Finding>,
    /// What is to be put right with it.
    cures: BTreeSet<String>,
    /// What is to have been found by its end.
    doubted: BTreeSet<String>,
    complaints: Complaints,
}

pub(crate) fn check(run: &Run<'_>) -> Complaints {
    let mut book = Book::default();
    for entry in &run.entries {
        for fact in &entry.facts {
            book.learn((entry, fact));
            book.judge((entry, fact));
        }
        book.settle(entry.seq);
    }
    let end = run.entries.last().map_or(0, Entry::either);
    for (name, slot) in &book.slots {
        if slot.findings.iter().any(|it| it.correct_by + WITHIN < end) {
            book.complaints.push(format!("P12: what is said of {name} does not end"));
        }
    }
    book.complaints
}

impl Book {
    fn complain(&mut self, seq: u64, what: &str) {
        self.complaints.push(format!("P12: entry {seq} {what}"));
    }

    /// What the cases and the days are.
    fn learn(&mut self, (entry, fact): (&Entry, &Fact)) {
        let case = fact.text("/case");
        match fact.kind.as_str() {
            "case_opened" => {
                let (id, case) = opened(fact);
                self.cases.insert(id.clone(), case);
                self.doubt(&id);
            }
            "case_antedated" => {
                let since = fact.instant("/since").unwrap();
                self.change(case, |it| it.discovered = it.discovered.min(since));
                self.doubt(case);
            }
            "ruled_out" => self.change(case, |it| it.ruled_out = true),
            "case_raised" => {
                // A reading that comes behind the ruling is a fever of its own time.
                let since = fact.instant("/since").filter(|_| !fact.has("/why/person"));
                self.change(case, |it| {
                    it.discovered = since.filter(|_| it.ruled_out).unwrap_or(it.discovered);
                    it.ruled_out = false;
                });
                if fact.text("/from") == "ruled_out" {
                    self.doubt(case);
                }
            }
            "closed" => self.change(case, |it| it.closed = Some(entry.at)),
            "archived" => {
                self.cases.remove(case);
            }
            "period_opened" => {
                let at = |path| fact.instant(path).unwrap();
                let period = Period { opens: at("/period/opens"), due: at("/period/due"), fell_due: false };
                self.periods.insert(fact.text("/period/period").to_owned(), period);
            }
            "period_reopened" => {
                let at = |path| fact.instant(path).unwrap();
                let (opens, due) = (at("/period/opens"), at("/period/due"));
                let name = fact.text("/period/period").to_owned();
                self.periods.entry(name).and_modify(|it| (it.opens, it.due) = (opens, due));
            }
            "due_moved" => {
                let due = fact.instant("/moved/to").unwrap();
                self.periods.entry(fact.text("/period").to_owned()).and_modify(|it| it.due = due);
            }
            "period_fell_due" => {
                let name = fact.text("/period");
                self.periods.entry(name.to_owned()).and_modify(|it| it.fell_due = true);
                self.doubt_all(name);
            }
            "period_closed" => self.doubt_all(fact.text("/closed/period")),
            "period_archived" => self.forget(entry.seq, fact.text("/period")),
            _ => {}
        }
    }

    fn change(&mut self, case: &str, change: impl FnOnce(&mut Case)) {
        self.cases.entry(case.to_owned()).and_modify(change);
    }

    /// Every report of a day is looked at.
    fn doubt_all(&mut self, period: &str) {
        let of_it = self.slots.keys().filter(|name| period_of(name) == period).cloned();
        self.doubted.extend(of_it.collect::<Vec<_>>());
    }

    /// The first report of its unit behind its discovery is looked at, of those that were due.
    fn doubt(&mut self, case: &str) {
        let Some(case) = self.cases.get(case) else { return };
        let first = self.periods.iter().find_map(|(name, period)| {
            let slot = slot_of(name, &case.unit);
            let filed = self.slots.get(&slot)?.filed.as_ref()?;
            let is_behind = period.fell_due && case.discovered <= filed.received.min(period.due);
            is_behind.then_some(slot)
        });
        self.doubted.extend(first);
    }

    fn forget(&mut self, seq: u64, period: &str) {
        let is_of = |name: &String| period_of(name) == period;
        if self.slots.iter().any(|(name, slot)| is_of(name) && !slot.findings.is_empty()) {
            self.complain(seq, "forgets what has not ended");
        }
        self.slots.retain(|name, _| !is_of(name));
        self.periods.remove(period);
    }

    /// The cases that a report should count which arrives at an instant, as far as its filer may know.
    fn known(&self, slot: &str, received: i64, by: &str) -> BTreeSet<String> {
        let Some(period) = self.periods.get(&period_of(slot)) else { return BTreeSet::new() };
        let counts = |case: &Case| {
            let open = case.closed.is_none_or(|at| at > received) || case.discovered >= period.opens;
            let theirs = case.unit == unit_of(slot) && !case.assumed && case.person != by;
            theirs && open && !case.ruled_out && case.discovered <= received.min(period.due)
        };
        self.cases.iter().filter(|(_, case)| counts(case)).map(|(id, _)| id.clone()).collect()
    }

    /// Those that hold still against a report that arrived at an instant: what came back behind it is another fever.
    fn hold(&self, cases: &BTreeSet<String>, (slot, received): (&str, i64)) -> BTreeSet<String> {
        let due = self.periods.get(&period_of(slot)).map_or(i64::MAX, |period| period.due);
        let is_of_it = |case: &Case| !case.ruled_out && case.discovered <= received.min(due);
        let holds = |id: &&String| self.cases.get(*id).is_some_and(is_of_it);
        cases.iter().filter(holds).cloned().collect()
    }

    /// Whether a report leaves out what was known against another of its slot.
    fn leaves_out(&self, slot: &str, filed: &Filed, (cases, by): (&BTreeSet<String>, &str)) -> bool {
        let named = self.hold(cases, (slot, filed.received));
        let all = self.known(slot, filed.received, by);
        !named.is_empty() && named.union(&all).count() > filed.said
    }

    /// What is said of reports.
    fn judge(&mut self, (entry, fact): (&Entry, &Fact)) {
        match fact.kind.as_str() {
            "report_filed" if fact.has("/report/filed/fevers") => self.filed((entry, fact)),
            "report_questioned" => {
                let received = fact.instant("/questioned/at").unwrap();
                let known = self.known(fact.text("/slot"), received, fact.text("/questioned/by"));
                for (_, said, cases) in against(fact.list("/questioned/against")) {
                    if cases != known || said >= known.len() {
                        self.complain(entry.seq, "asks about what is not known");
                    }
                }
            }
            "report_contradicted" => {
                for finding in findings(&fact.body["contradicted"]) {
                    self.found((entry, fact.text("/slot")), finding);
                }
            }
            "contradiction_ended" => self.ended((entry, fact)),
            "lapse_recorded" if fact.has("/lapse/about/report") => self.accused((entry, fact)),
            "lapse_cured" => {
                let id = fact.text("/lapse");
                let theirs = self.slots.values_mut().flat_map(|slot| slot.lapses.iter_mut());
                let known = theirs.filter(|lapse| lapse.id == id).map(|lapse| lapse.cured = true).count();
                if known > 0 && !self.cures.remove(id) {
                    self.complain(entry.seq, "says corrected what is not");
                }
            }
            _ => {}
        }
    }

    fn filed(&mut self, (entry, fact): (&Entry, &Fact)) {
        let (seq, name) = (entry.seq, fact.text("/report/slot").to_owned());
        let filed = Filed {
            report: fact.text("/report/filed/report").to_owned(),
            by: fact.text("/report/filed/actor/by").to_owned(),
            received: fact.instant("/report/filed/received").unwrap(),
            said: count(&fact.body["report"]["filed"]["fevers"]),
        };
        let known = self.known(&name, filed.received, &filed.by);
        let too_few = known.len() > filed.said;
        let before = self.slots.remove(&name).unwrap_or_default();
        let listed = fact.list("/report/standing").iter().flat_map(findings);
        let all: Vec<Finding> = listed.chain(findings(&fact.body["report"]["contradicted"])).collect();
        let of_fevers = || all.iter().filter(|it| it.word == FEVERS);
        let (own, others): (Vec<_>, Vec<_>) = of_fevers().partition(|it| it.report == filed.report);
        match own.as_slice() {
            [] if too_few && !before.answers(&filed.by) => {
                self.complain(seq, "takes too few and says nothing")
            }
            [] => {}
            [..] if !too_few => self.complain(seq, "holds something against a report that says enough"),
            [one] => {
                let theirs = |it: &&Finding| it.word == FEVERS && it.by == filed.by;
                let earlier = before.findings.iter().filter(theirs).map(|it| it.correct_by);
                let is_right = (one.cases == known && one.said == filed.said && one.shown)
                    && !before.answers(&filed.by)
                    && match earlier.min() {
                        Some(earlier) => one.correct_by == earlier,
                        None => self.is_fair(&name, one) && one.since >= filed.received,
                    };
                if !is_right {
                    self.complain(seq, "holds something else against a report than is known");
                }
            }
            [..] => self.complain(seq, "holds the same twice against a report"),
        }
        for it in others {
            if !before.findings.contains(it) || !self.leaves_out(&name, &filed, (&it.cases, &it.by)) {
                self.complain(seq, "holds against somebody what is corrected");
            }
        }
        let is_left = |it: &&Finding| it.word == FEVERS && !(too_few && it.by == filed.by);
        for it in before.findings.iter().filter(is_left) {
            if self.leaves_out(&name, &filed, (&it.cases, &it.by)) && !all.contains(it) {
                self.complain(seq, "drops what nobody corrected");
            }
        }
        let open = before.lapses.iter().filter(|lapse| !lapse.cured && !too_few);
        let right = open.filter(|it| !self.leaves_out(&name, &filed, (&it.cases, &it.by)));
        let cures: Vec<String> = right.map(|it| it.id.clone()).collect();
        self.cures.extend(cures);
        self.slots.insert(name, Slot { filed: Some(filed), findings: all, ..before });
    }

    /// Whether there is time enough to correct.
    fn is_fair(&self, slot: &str, finding: &Finding) -> bool {
        let due = self.periods.get(&period_of(slot)).map_or(i64::MAX, |period| period.due);
        finding.correct_by >= (finding.since + TO_CORRECT).max(due)
    }

    /// Something is found against a report that was taken, or there is more time to correct it.
    fn found(&mut self, (entry, name): (&Entry, &str), finding: Finding) {
        let slot = self.slots.remove(name).unwrap_or_default();
        let filed = slot.filed.clone().unwrap_or_default();
        let known = self.known(name, filed.received, &filed.by);
        let is_right = match slot.findings.iter().find(|it| it.is(&finding)) {
            _ if finding.shown => false,
            Some(_) if finding.word != FEVERS => true,
            Some(before) => {
                let most = (finding.since + TO_REACH).max(before.correct_by);
                (before.correct_by + 1..=most).contains(&finding.correct_by)
            }
            None if finding.word != FEVERS => finding.report == filed.report,
            None => {
                let is_of = |it: &Finding| it.report == finding.report && it.word == FEVERS;
                (finding.report == filed.report && finding.said == filed.said)
                    && (finding.cases == known && known.len() > filed.said)
                    && !(slot.answers(&filed.by) || slot.findings.iter().any(is_of))
                    && self.is_fair(name, &finding)
                    && finding.since == entry.either()
            }
        };
        if !is_right {
            self.complain(entry.seq, "finds against a report what is not known, or gives no time");
        }
        let mut findings = slot.findings;
        findings.retain(|it| !it.is(&finding));
        findings.push(finding);
        self.slots.insert(name.to_owned(), Slot { findings, ..slot });
    }

    /// The time to correct is over.
    fn ended(&mut self, (entry, fact): (&Entry, &Fact)) {
        let name = fact.text("/slot").to_owned();
        let Some(slot) = self.slots.get_mut(&name) else {
            return self.complain(entry.seq, "ends what is not there");
        };
        let Some(until) = slot.findings.iter().map(|it| it.correct_by).min() else {
            return self.complain(entry.seq, "ends what has ended");
        };
        let (over, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut slot.findings).into_iter().partition(|it| it.correct_by == until);
        slot.findings = left;
        let of_it = (&*name, slot.filed.as_ref().map_or(i64::MAX, |filed| filed.received));
        if entry.either() < until {
            self.complain(entry.seq, "ends what can be corrected still");
        }
        let stands = |it: &&Finding| it.word == FEVERS && self.hold(&it.cases, of_it).len() > it.said;
        let standing: Vec<Finding> = over.iter().filter(stands).cloned().collect();
        if standing.is_empty() == (fact.text("/how") == "uncorrected") {
            self.complain(entry.seq, "says wrongly how it ended");
        }
        for finding in standing {
            // Once for each who filed it.
            if self.slots.get(&name).is_none_or(|slot| !slot.answers(&finding.by)) {
                self.owed.entry((name.clone(), finding.by.clone())).or_insert(finding);
            }
        }
    }

    /// It stands on the ledger, once.
    fn accused(&mut self, (entry, fact): (&Entry, &Fact)) {
        let about = "/lapse/about/report";
        let name = fact.text(&format!("{about}/slot")).to_owned();
        if fact.text(&format!("{about}/against/what")) != FEVERS {
            return;
        }
        let of_slot = || self.owed.keys().filter(|(slot, _)| *slot == name);
        let theirs = of_slot().find(|(_, by)| by == fact.text("/lapse/person_involved"));
        let owed = theirs.or_else(|| of_slot().next()).cloned();
        let Some(finding) = owed.and_then(|owed| self.owed.remove(&owed)) else {
            return self.complain(entry.seq, "accuses somebody who may correct, or did, or stands there");
        };
        let failing = match (finding.said, finding.shown) {
            (0, true) => "concealed",
            (0, false) => "omitted",
            _ => "false",
        };
        let said = ["failing", "certainty", "person_involved"].map(|it| fact.text(&format!("/lapse/{it}")));
        if said != [failing, "candidate", finding.by.as_str()] {
            self.complain(entry.seq, "accuses somebody else, or of something else");
        }
        let id = fact.text("/lapse/lapse").to_owned();
        let filed = self.slots.get(&name).and_then(|slot| slot.filed.as_ref());
        let of_it = (&*name, filed.map_or(i64::MAX, |filed| filed.received));
        let lapse = Lapse { id, by: finding.by, cases: self.hold(&finding.cases, of_it), cured: false };
        self.slots.entry(name).or_default().lapses.push(lapse);
    }

    /// Everything that belongs to an entry stands in it.
    fn settle(&mut self, seq: u64) {
        if !std::mem::take(&mut self.owed).is_empty() {
            self.complain(seq, "ends what stands, and it is not on the ledger");
        }
        if !std::mem::take(&mut self.cures).is_empty() {
            self.complain(seq, "corrects what stays on the ledger as it is");
        }
        for name in std::mem::take(&mut self.doubted) {
            let Some(slot) = self.slots.get(&name) else { continue };
            let Some(filed) = &slot.filed else { continue };
            let known = self.known(&name, filed.received, &filed.by);
            let is_of = |it: &Finding| it.word == FEVERS && it.report == filed.report;
            if known.len() > filed.said && !slot.answers(&filed.by) && !slot.findings.iter().any(is_of) {
                self.complain(seq, "leaves a report alone that leaves something out");
            }
        }
    }
}
