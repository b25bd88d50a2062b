//! What a report says and what is known otherwise, side by side, as they are handed out; and where that is known from.

use super::{Names, listed, named};
use crate::domain::lapse::{About, Lapse};
use crate::domain::slot::{Contradiction, CountedBy, SlotId};
use crate::sheet::handout::Cell;

/// Over the columns that stand behind those of every lapse, in the order of [`cells`].
pub(super) const HEADINGS: [(&str, &str); 3] =
    [("所报", "reported"), ("已知", "known otherwise"), ("已知依据", "known from")];

/// Both pieces of evidence.
pub(super) struct Sides {
    pub(super) said: String,
    pub(super) known: String,
    /// Cases, entries, another report: whatever says so.
    from: Vec<String>,
}

impl Sides {
    pub(super) fn of(against: &Contradiction, names: &dyn Names) -> Self {
        let fevers = |said: u32| format!("发热{said}人");
        let (said, known, from) = match against {
            Contradiction::Fevers { said, cases } => (
                fevers(*said),
                format!("未排除病例{}例", cases.len()),
                cases.iter().map(|case| format!("病例 {case}")).collect(),
            ),
            Contradiction::Absences { said, absences, cases } => (
                fevers(*said),
                format!("另有{}人因发热缺勤", absences.len()),
                absences
                    .iter()
                    .map(|entry| format!("条目 {entry}"))
                    .chain(cases.iter().map(|case| format!("病例 {case}")))
                    .collect(),
            ),
            Contradiction::Unreported { said, known } => {
                (fevers(*said), format!("已上报{known}人"), vec!["病例和因发热缺勤".to_owned()])
            }
            Contradiction::People { said, known, other } => {
                (format!("合计{said}人"), format!("合计{known}人"), vec![named(other, names)])
            }
            Contradiction::TooClose { other, apart_s, apart_s_min } => (
                format!("相隔{}", apart(*apart_s)),
                format!("两次应相隔至少{}", apart(*apart_s_min)),
                vec![named(other, names)],
            ),
            Contradiction::BelowBefore { figures } => {
                let all = figures.iter().map(|it| (&*it.field, (&it.said, &it.before), &it.other));
                totals(all, "上次已报", names)
            }
            Contradiction::AboveAfter { figures } => {
                let all = figures.iter().map(|it| (&*it.field, (&it.said, &it.after), &it.other));
                totals(all, "下次仅报", names)
            }
            Contradiction::Counted { said, known, by: CountedBy::Register, entry } => {
                let entry = entry.map_or_else(String::new, |entry| format!("（条目 {entry}）"));
                (format!("合计{said}人"), format!("在册{known}人"), vec![format!("职工名册{entry}")])
            }
            Contradiction::Counted { said, known, by: CountedBy::Headcount, .. } => {
                (format!("合计{said}人"), format!("应有{known}人"), vec!["配置的应有人数".to_owned()])
            }
        };
        Self { said, known, from }
    }
}

/// Running totals, each by its name.
fn totals<'a>(
    all: impl Iterator<Item = (&'a str, (&'a serde_json::Number, &'a serde_json::Number), &'a SlotId)>,
    word: &str,
    names: &dyn Names,
) -> (String, String, Vec<String>) {
    let (mut said, mut known, mut from) = (Vec::new(), Vec::new(), Vec::new());
    for (field, (says, other_says), other) in all {
        let name = names.figure(&other.period.form, field);
        said.push(format!("{name}累计{says}"));
        known.push(format!("{name}{word}{other_says}"));
        from.push(named(other, names));
    }
    from.dedup();
    (said.join("、"), known.join("、"), from)
}

fn apart(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (minutes, 0) => format!("{minutes}分钟"),
        (0, seconds) => format!("{seconds}秒"),
        (minutes, seconds) => format!("{minutes}分{seconds}秒"),
    }
}

/// Nothing where no report is held against what is known.
pub(super) fn cells(lapse: &Lapse, names: &dyn Names) -> [Cell; 3] {
    let About::Report { against, .. } = &lapse.about else { return [Cell::Blank, Cell::Blank, Cell::Blank] };
    let Sides { said, known, from } = Sides::of(against, names);
    [Cell::text(said), Cell::text(known), listed(from.into_iter())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::{AuthorityId, CaseId, FormId, PersonId, UnitId};
    use crate::domain::slot::{Above, Below};
    use crate::time::Timestamp;

    /// Everything by its id.
    struct Plain;

    impl Names for Plain {
        fn person(&self, person: &PersonId) -> Option<String> {
            Some(person.to_string())
        }
        fn unit(&self, unit: &UnitId, _at: Timestamp) -> String {
            unit.to_string()
        }
        fn authority(&self, authority: &AuthorityId) -> String {
            authority.to_string()
        }
        fn form(&self, form: &FormId) -> String {
            form.to_string()
        }
        fn figure(&self, _form: &FormId, field: &str) -> String {
            field.to_owned()
        }
    }

    #[track_caller]
    fn check(against: &Contradiction, expected: &str) {
        let Sides { said, known, from } = Sides::of(against, &Plain);
        assert_eq!(format!("{said} | {known} | {}", from.join("；")), expected);
    }

    #[test]
    fn of_every_contradiction_both_sides_are_given_and_where_it_is_known_from() {
        let other: SlotId = "daily.finance.2026-11-22.1".parse().unwrap();
        let field = "cured".to_owned();
        let below = Below { field: field.clone(), said: 4.into(), before: 5.into(), other: other.clone() };
        let above = Above { field, said: 5.into(), after: 4.into(), other: other.clone() };
        let cases = vec![CaseId::new("C-20261123-0001")];
        check(&Contradiction::Fevers { said: 0, cases }, "发热0人 | 未排除病例1例 | 病例 C-20261123-0001");
        let absences = Contradiction::Absences { said: 0, absences: vec![7], cases: Vec::new() };
        check(&absences, "发热0人 | 另有1人因发热缺勤 | 条目 7");
        check(&Contradiction::Unreported { said: 2, known: 1 }, "发热2人 | 已上报1人 | 病例和因发热缺勤");
        let people = Contradiction::People { said: 21, known: 23, other: other.clone() };
        check(&people, "合计21人 | 合计23人 | daily 2026-11-22");
        let close = Contradiction::TooClose { other, apart_s: 125, apart_s_min: 3600 };
        check(&close, "相隔2分5秒 | 两次应相隔至少60分钟 | daily 2026-11-22");
        let before = Contradiction::BelowBefore { figures: vec![below.clone(), below] };
        check(&before, "cured累计4、cured累计4 | cured上次已报5、cured上次已报5 | daily 2026-11-22");
        let after = Contradiction::AboveAfter { figures: vec![above] };
        check(&after, "cured累计5 | cured下次仅报4 | daily 2026-11-22");
        let counted = |by, entry| Contradiction::Counted { said: 40, known: 41, by, entry };
        check(&counted(CountedBy::Register, Some(3)), "合计40人 | 在册41人 | 职工名册（条目 3）");
        check(&counted(CountedBy::Register, None), "合计40人 | 在册41人 | 职工名册");
        check(&counted(CountedBy::Headcount, None), "合计40人 | 应有41人 | 配置的应有人数");
    }
}
