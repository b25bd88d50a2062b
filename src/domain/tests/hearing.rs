//! Hearing a lapse: who answers it, who decides it, and not before.

use std::collections::BTreeSet;

use super::commands::Words;
use super::slots::{SETUP, add, form};
use super::words::{case, word};
use super::{World, check, contradictions};
use crate::domain::command::{Command, LapseVerdict, NoticeServed};
use crate::domain::fact::{ExportFormat, LapsesTold, LapsesViewed, LedgerExported};
use crate::domain::lapse::{About, Clause, Finding, Findings, Lapse};
use crate::domain::names::{ClientId, LapseId, PayloadName, PersonId};
use crate::domain::state::State;
use crate::time::Now;

/// The lapse that a script calls `telephone`, `written`, `event`, or by its slot.
pub(super) fn lapse(state: &State, name: &str) -> LapseId {
    let is_it = |about: &About| match about {
        About::Telephone { .. } => name == "telephone",
        About::Written { .. } => name == "written",
        About::Event { .. } => name == "event",
        About::Slot { slot } => slot.to_string() == name,
        About::Report { against, .. } => against.word() == name,
        About::Correction { .. } => name == "correction",
    };
    let found = state.lapses.values().find(|lapse| is_it(&lapse.about));
    found.map_or_else(|| LapseId::new("none"), |lapse| lapse.lapse.clone())
}

impl World {
    pub(super) fn lapse(&self, lapse: &Lapse) -> Vec<String> {
        let about = match &lapse.about {
            About::Telephone { .. } => "telephone",
            About::Written { .. } => "written",
            About::Event { .. } => "event",
            About::Slot { slot } | About::Report { slot, .. } | About::Correction { slot, .. } => {
                &*slot.to_string()
            }
        };
        let mut words = vec![word(&lapse.failing), word(&lapse.certainty), about.to_owned()];
        words.extend(lapse.about.cases().iter().map(case));
        words.extend(contradictions::of_lapse(&lapse.about));
        words.push(
            lapse
                .person_involved
                .as_ref()
                .map_or_else(|| "involved=-".to_owned(), |it| format!("involved={it}")),
        );
        words.push(
            lapse
                .responsible_person
                .as_ref()
                .map_or_else(|| "responsible=-".to_owned(), |it| format!("responsible={it}")),
        );
        words.extend(lapse.involved_as.map(|post| format!("as={}", post.word())));
        words.extend(lapse.responsible_as.map(|post| format!("led-as={}", post.word())));
        words.extend(self.at("due", Some(lapse.due)));
        for excuse in &lapse.excuses {
            words.push(format!("excuse={}", word(&excuse.what)));
            words
                .extend(self.at("from", Some(excuse.from)).into_iter().chain(self.at("to", Some(excuse.to))));
        }
        if lapse.excuses.is_empty() {
            words.push("no-excuse".to_owned());
        }
        words
    }
}

impl World {
    pub(super) fn told_of_lapses(&self, it: &LapsesTold) -> Vec<String> {
        let by = self.at("by", Some(it.answer_by));
        let served = it.served.as_ref().map(|served| format!("served={}", served.actor.by));
        [it.person.to_string(), it.lapses.len().to_string()].into_iter().chain(by).chain(served).collect()
    }
}

pub(super) fn viewed(it: &LapsesViewed) -> Vec<String> {
    let who = it.person.as_ref().map(ToString::to_string);
    let who = who.or_else(|| it.client.as_ref().map(ToString::to_string));
    who.into_iter().chain([it.lapses.len().to_string()]).collect()
}

/// `view p51`: every lapse is shown; to a program with `client=ID`.
pub(super) fn view(state: &State, it: &Words<'_>) -> Command {
    let client = it.named("client").map(ClientId::new);
    let person = client.is_none().then(|| PersonId::new(it.plain(1)));
    Command::RecordView(LapsesViewed { person, client, lapses: state.lapses.keys().cloned().collect() })
}

/// `serve telephone p31 p51`: the second hands the notice to the first.
pub(super) fn serve(state: &State, it: &Words<'_>) -> Command {
    Command::ServeNotice(Box::new(NoticeServed {
        lapse: lapse(state, it.plain(1)),
        person: PersonId::new(it.plain(2)),
        actor: it.actor(3),
        payload: PayloadName::new("sealed"),
    }))
}

/// `statement telephone p31`.
pub(super) fn statement(state: &State, it: &Words<'_>) -> Command {
    let payload = PayloadName::new("sealed");
    Command::MakeStatement { lapse: lapse(state, it.plain(1)), actor: it.actor(2), payload }
}

/// `verdict telephone S26 p51 found=minor,deliberate provision=3`.
pub(super) fn verdict(state: &State, it: &Words<'_>, now: Now) -> Command {
    let clauses = [Clause::S26, Clause::S27, Clause::S28, Clause::S29, Clause::S30];
    let words: Vec<&str> = it.named("found").into_iter().flat_map(|found| found.split(',')).collect();
    let found: BTreeSet<Finding> =
        Finding::ALL.into_iter().filter(|(_, word)| words.contains(word)).map(|(it, _)| it).collect();
    let provision = it.named("provision").map(|number| number.parse().unwrap());
    Command::GiveVerdict(Box::new(LapseVerdict {
        lapse: lapse(state, it.plain(1)),
        actor: it.actor(3),
        clause: clauses.into_iter().find(|clause| format!("{clause:?}") == it.plain(2)),
        findings: Findings { found, provision },
        payload: PayloadName::new("sealed"),
        received: now,
    }))
}

/// `export p51 xlsx 2 sha256`; a program's with `client=ID` in place of the person.
pub(super) fn export(it: &Words<'_>) -> Command {
    let client = it.named("client").map(ClientId::new);
    let formats = [ExportFormat::Jsonl, ExportFormat::Csv, ExportFormat::Xlsx];
    Command::RecordExport(Box::new(LedgerExported {
        actor: client.is_none().then(|| it.actor(1)),
        client,
        from: None,
        to: None,
        lapse: None,
        format: formats.into_iter().find(|format| format.word() == it.plain(2)).unwrap(),
        lapses: it.plain(3).parse().unwrap(),
        sha256: it.plain(4).to_owned(),
    }))
}

/// A breach on record, of p31 on duty and p41 who leads.
pub(super) const BREACH: &str = "08:00 fever E1 finance suspected -> clock-started due=08:30
         08:30:01 tick -> lapse telephone involved=p31 responsible=p41; lapse written";

fn after_breach(script: &str) {
    check(&format!("{BREACH}\n{script}"));
}

#[test]
fn a_lapse_is_decided_when_both_of_those_named_have_answered() {
    after_breach(
        "09:00 verdict telephone S26 p51 found=minor -> REJECTED NotHeard
         09:01 statement telephone p31 -> statement-made p31
         09:02 verdict telephone S26 p51 found=minor -> REJECTED NotHeard
         09:03 statement telephone p41 -> statement-made p41
         09:04 verdict telephone S26 p51 found=minor -> verdict-given S26 p51
         09:05 verdict written S26 p51 found=minor -> REJECTED NotHeard",
    );
}

#[test]
fn nobody_else_answers_a_lapse_and_no_program_does() {
    after_breach(
        "09:00 statement telephone p11 -> REJECTED NotNamed
         09:00 statement telephone p31 via=program -> REJECTED PersonOnly
         09:00 statement event p31 -> REJECTED NoSuchLapse
         09:01 statement telephone p31 -> statement-made p31
         09:02 statement telephone p31 -> statement-made p31",
    );
}

#[test]
fn one_of_those_named_shuts_the_other_out_by_no_number_of_statements() {
    let one = "09:01 statement telephone p31 -> statement-made p31\n";
    after_breach(&format!(
        "{}
         09:02 statement telephone p31 -> REJECTED Full
         09:03 statement telephone p41 -> statement-made p41",
        one.repeat(20)
    ));
}

#[test]
fn a_verdict_adds_to_the_one_before_and_a_statement_to_both() {
    let mut world = World::new(|_| {});
    world.run(BREACH);
    world.run(
        "09:01 statement telephone p31 -> statement-made
         09:03 statement telephone p41 -> statement-made
         09:04 verdict telephone S26 p51 found=minor -> verdict-given S26
         09:05 statement telephone p31 -> statement-made
         09:06 verdict telephone none p51 -> verdict-given none",
    );
    let known = world.state.lapses.get(&lapse(&world.state, "telephone")).unwrap();
    let clauses: Vec<_> = known.verdicts.iter().map(|verdict| verdict.clause).collect();
    assert_eq!((clauses, known.statements.len()), (vec![Some(Clause::S26), None], 3));
    world.replays();
}

#[test]
fn a_clause_applies_only_where_what_it_names_was_found() {
    after_breach(
        "09:01 statement telephone p31 -> statement-made
         09:03 statement telephone p41 -> statement-made
         09:04 verdict telephone S26 p51 -> REJECTED Lacking S26 Minor
         09:04 verdict telephone S27 p51 found=bad_effect -> REJECTED Lacking S27 ImproperHandling
         09:04 verdict telephone S28 p51 found=serious_consequence -> REJECTED Lacking S28 Failing
         09:04 verdict telephone S29 p51 provision=3 -> REJECTED Lacking S29 Failing
         09:04 verdict telephone S30 p51 -> REJECTED Lacking S30 Official
         09:05 verdict telephone S27 p51 found=bad_effect,improper_handling -> verdict-given S27",
    );
}

#[test]
fn a_verdict_that_rests_on_an_omission_is_to_be_looked_at_again_when_the_report_comes() {
    let mut world = World::new(|directory| add(directory, form("daily", "0 0 16 * * *")));
    world.run("21/10:00 arm p42");
    world.run(SETUP);
    world.run(
        "20:00:01 tick -> period-closed missing=auction missing=finance
         20:10 statement daily.finance.2026-11-23.1 p12 -> statement-made
         20:10 statement daily.finance.2026-11-23.1 p11 -> statement-made
         20:11 verdict daily.finance.2026-11-23.1 S29 p51 provision=3 -> verdict-given S29",
    );
    let known = |world: &World| {
        let id = lapse(&world.state, "daily.finance.2026-11-23.1");
        std::sync::Arc::clone(world.state.lapses.get(&id).unwrap())
    };
    assert!(!known(&world).is_to_review());
    world.run("22:00 report daily finance p12 day=2026-11-23 -> report-filed missing; lapse-turned at=22:00");
    let turned = known(&world);
    assert!(turned.is_to_review() && !turned.fits(&turned.verdicts[0]), "S29 speaks of omissions");
    assert!(!turned.is_open() && !turned.is_cleared(), "the machine takes nothing back");
    world.run(
        "22:10 verdict daily.finance.2026-11-23.1 S29 p51 provision=3 -> REJECTED Lacking S29 Failing
         22:11 verdict daily.finance.2026-11-23.1 S26 p51 found=minor -> verdict-given S26",
    );
    assert!(!known(&world).is_to_review());
    world.replays();
}

#[test]
fn who_was_handed_the_ledger_is_on_record_each_time() {
    let mut world = World::new(|_| {});
    world.run(BREACH);
    let before = world.state.lapses.clone();
    world.run(
        "09:00 export p51 xlsx 2 abc1 -> ledger-exported p51 xlsx 2 abc1
         09:00 export p51 xlsx 2 abc1 -> ledger-exported p51 xlsx 2 abc1
         09:01 export - csv 2 abc2 client=desk -> ledger-exported desk csv 2 abc2",
    );
    assert_eq!(world.state.lapses, before, "it changes nothing that is held against anybody");
    world.replays();
}

#[test]
fn who_looked_at_a_lapse_that_does_not_name_them_is_on_record_once_a_day() {
    let mut world = World::new(|_| {});
    world.run(BREACH);
    world.run(
        "09:00 view p51 -> lapses-viewed p51 2
         09:01 view p51 -> (no facts)
         09:02 view p31 -> (no facts)
         09:03 view - client=desk -> lapses-viewed desk 2
         09:04 view p42 -> lapses-viewed p42 2
         24/08:59 view p51 -> (no facts)
         24/09:00 view p51 -> lapses-viewed p51 2",
    );
    let known = world.state.lapses.get(&lapse(&world.state, "telephone")).unwrap();
    assert_eq!(known.viewed.len(), 3, "each of them once, when they looked last");
    world.replays();
}

#[test]
fn nobody_decides_what_they_are_named_in() {
    after_breach(
        "09:01 statement telephone p31 -> statement-made
         09:03 statement telephone p41 -> statement-made
         09:04 verdict telephone none p41 -> REJECTED OwnLapse
         09:04 verdict telephone none p51 via=program -> REJECTED PersonOnly",
    );
}

#[test]
fn what_was_withdrawn_is_not_decided() {
    check(
        "08:25 fever E1 finance suspected at=08:00 -> lapse event involved=p11
         08:26 classify C1 ruled_out p31 second=p42 -> lapse-withdrawn event
         08:27 statement event p11 -> statement-made p11
         08:28 verdict event none p51 -> REJECTED Withdrawn",
    );
}

#[test]
fn a_case_can_be_erased_when_each_lapse_about_it_is_decided() {
    after_breach(
        "08:40 classify C1 ruled_out p31 second=p42 -> ruled-out C1
         08:41 close C1 p31 -> closed
         09:00 statement telephone p31 -> statement-made
         09:00 statement telephone p41 -> statement-made
         09:00 statement written p31 -> statement-made
         09:00 statement written p41 -> statement-made
         09:01 verdict telephone none p51 -> verdict-given none
         09:02 erase C1 p42 second=p31 -> REJECTED LapseUndecided
         09:03 verdict written none p51 -> verdict-given none
         09:04 erase C1 p42 second=p31 -> erased C1",
    );
}
