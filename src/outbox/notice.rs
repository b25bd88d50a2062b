//! What a notice of lapses says: each that still waits for its reader's word.

use super::against;
use super::message::Scene;
use crate::channel::text::{Language, Notice};
use crate::domain::bulletin;
use crate::domain::fact::Proof;
use crate::domain::lapse::{About, Certainty, Failing, Lapse};
use crate::domain::names::CaseId;
use crate::domain::notification::Subject;
use crate::time::Timestamp;

/// A mail lists so many; a page shows all.
const LISTED_MAX: usize = 300;

impl Scene<'_> {
    /// The lapses of the notice; `None` where none of them waits any more.
    pub(super) fn notice(&self) -> Option<Notice> {
        let state = &self.published.state;
        let Subject::Daemon(request) = &self.notification.subject else { return None };
        let bulletin::About::Lapses { person, lapses } = &state.bulletins.get(request)?.about else {
            return None;
        };
        let mut open: Vec<&Lapse> =
            lapses.iter().filter_map(|id| state.lapses.get(id)).map(|it| &**it).collect();
        open.retain(|lapse| lapse.waits_for(person));
        open.sort_by_key(|lapse| (lapse.due, lapse.lapse.clone()));
        let count = u32::try_from(open.len()).ok().filter(|count| *count > 0)?;
        let list: Vec<String> = open.iter().take(LISTED_MAX).map(|lapse| self.lapse(lapse)).collect();
        let left_out = open.len().saturating_sub(list.len());
        Some(Notice { count, list, left_out: u32::try_from(left_out).unwrap_or(u32::MAX) })
    }

    /// `2026-11-23 16:00 财务部：统计报表（漏报）`.
    fn lapse(&self, lapse: &Lapse) -> String {
        let at = |at: Timestamp| self.published.directory.zone.format(at, "%Y-%m-%d %H:%M");
        let (due, failing) = (at(lapse.due), failing(self.language, lapse));
        let (unit, what) = match &lapse.about {
            About::Slot { slot } => {
                (Some(self.contacts.unit(&slot.unit).name), self.form_name(&slot.period.form, false))
            }
            About::Report { slot, against, .. } => {
                let form = self.form_name(&slot.period.form, false);
                (Some(self.contacts.unit(&slot.unit).name), against::named(self.language, &form, against))
            }
            About::Correction { slot, .. } => {
                let form = self.form_name(&slot.period.form, false);
                let what = match self.language {
                    Language::Chinese => format!("{form}由本单位更正"),
                    Language::English => format!("{form}: corrected by the unit itself"),
                };
                (Some(self.contacts.unit(&slot.unit).name), what)
            }
            About::Telephone { case, .. } => (self.unit_of(case), proof(self.language, Proof::Telephone)),
            About::Written { case, .. } => (self.unit_of(case), proof(self.language, Proof::Written)),
            About::Event { case, .. } => {
                let what = match self.language {
                    Language::Chinese => "疑似情况上报",
                    Language::English => "a suspected case passed on",
                };
                (self.unit_of(case), what.to_owned())
            }
        };
        match (self.language, unit) {
            (Language::Chinese, Some(unit)) => format!("{due} {unit}：{what}（{failing}）"),
            (Language::Chinese, None) => format!("{due} {what}（{failing}）"),
            (Language::English, Some(unit)) => format!("{due} {unit}: {what} ({failing})"),
            (Language::English, None) => format!("{due} {what} ({failing})"),
        }
    }

    /// The unit of a case; a case that has left memory is named without it.
    fn unit_of(&self, case: &CaseId) -> Option<String> {
        Some(self.contacts.unit(&self.published.state.case(case)?.unit).name)
    }
}

fn proof(language: Language, proof: Proof) -> String {
    let words = match (language, proof) {
        (Language::Chinese, Proof::Telephone) => "疑似情况电话报告",
        (Language::Chinese, Proof::Written) => "疑似情况书面报告",
        (Language::English, Proof::Telephone) => "telephone report of a suspected case",
        (Language::English, Proof::Written) => "written report of a suspected case",
    };
    words.to_owned()
}

/// The failing, and whether it is only to be looked into.
fn failing(language: Language, lapse: &Lapse) -> String {
    let word = match (language, lapse.failing) {
        (Language::Chinese, Failing::Delayed) => "缓报",
        (Language::Chinese, Failing::Concealed) => "瞒报",
        (Language::Chinese, Failing::Omitted) => "漏报",
        (Language::Chinese, Failing::Mistaken) => "误报",
        (Language::Chinese, Failing::False) => "虚报",
        (Language::English, Failing::Delayed) => "delayed",
        (Language::English, Failing::Concealed) => "concealed",
        (Language::English, Failing::Omitted) => "omitted",
        (Language::English, Failing::Mistaken) => "mistaken",
        (Language::English, Failing::False) => "false",
    };
    match (language, lapse.certainty) {
        (_, Certainty::Proved) => word.to_owned(),
        (Language::Chinese, Certainty::Candidate) => format!("{word}，待核实"),
        (Language::English, Certainty::Candidate) => format!("{word}, to be looked into"),
    }
}
