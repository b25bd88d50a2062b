//! What is known against a report, as people are told of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::channel::text::Language;
use crate::domain::form::{Form, Labels};
use crate::domain::names::FormId;
use crate::domain::slot::{Above, Below, Contradiction, Counted};

/// The forms that figures are named by.
type Forms = BTreeMap<FormId, Arc<Form>>;

/// A report of a form, and in which way it says otherwise than what is known.
pub(super) fn named(language: Language, form: &str, against: &Contradiction) -> String {
    let said = against.says();
    match language {
        Language::Chinese => format!("{form}{}", said.zh),
        Language::English => format!("{form}: {}", said.en),
    }
}

/// What a report says and what is known, side by side.
pub(super) fn known(language: Language, forms: &Forms, against: &Contradiction) -> String {
    match (language, against) {
        (_, Contradiction::Fevers { said, cases }) => {
            let cases: Vec<&str> = cases.iter().map(|case| case.as_str()).collect();
            let cases = cases.join(", ");
            match language {
                Language::Chinese => format!("报发热{said}人，未排除病例：{cases}"),
                Language::English => format!("{said} with a fever; cases not ruled out: {cases}"),
            }
        }
        (Language::Chinese, Contradiction::Absences { said, absences, .. }) => {
            format!("报发热{said}人，另有{}人因发热缺勤", absences.len())
        }
        (Language::English, Contradiction::Absences { said, absences, .. }) => {
            format!("{said} with a fever; {} more away for one", absences.len())
        }
        (Language::Chinese, Contradiction::Unreported { said, known }) => {
            format!("报发热{said}人，已上报{known}人，其余请立即逐人上报")
        }
        (Language::English, Contradiction::Unreported { said, known }) => {
            format!("{said} with a fever, {known} reported: report each of the others now")
        }
        (Language::Chinese, Contradiction::People { said, known, other }) => {
            format!("合计{said}人，{other}为{known}人")
        }
        (Language::English, Contradiction::People { said, known, other }) => {
            format!("{said} people; {known} in {other}")
        }
        (Language::Chinese, Contradiction::TooClose { other, apart_s, .. }) => {
            format!("与{other}仅相隔{}分钟", apart_s / 60)
        }
        (Language::English, Contradiction::TooClose { other, apart_s, .. }) => {
            format!("only {} min from {other}", apart_s / 60)
        }
        (_, Contradiction::BelowBefore { figures }) => {
            let all: Vec<String> = figures.iter().map(|it| below(language, forms, it)).collect();
            all.join(language.pause())
        }
        (_, Contradiction::AboveAfter { figures }) => {
            let all: Vec<String> = figures.iter().map(|it| above(language, forms, it)).collect();
            all.join(language.pause())
        }
        (_, Contradiction::Counted { said, known, by, .. }) => {
            let counted = Counted { reported: *said, known: *known, by: *by };
            label(language, &counted.says()).to_owned()
        }
    }
}

/// A label in one language.
pub(super) fn label(language: Language, labels: &Labels) -> &str {
    match language {
        Language::Chinese => &labels.zh,
        Language::English => &labels.en,
    }
}

fn below(language: Language, forms: &Forms, below: &Below) -> String {
    let Below { field, said, before, other } = below;
    let name = figure(language, forms, (&other.period.form, field));
    match language {
        Language::Chinese => format!("{name}累计{said}，{other}已报{before}"),
        Language::English => format!("{name}: {said} so far; {before} in {other}"),
    }
}

fn above(language: Language, forms: &Forms, above: &Above) -> String {
    let Above { field, said, after, other } = above;
    let name = figure(language, forms, (&other.period.form, field));
    match language {
        Language::Chinese => format!("{name}累计{said}，其后{other}报{after}"),
        Language::English => format!("{name}: {said} so far; only {after} later, in {other}"),
    }
}

/// What a figure is called; its name where the configuration holds it no longer.
fn figure<'f>(language: Language, forms: &'f Forms, (form, field): (&FormId, &'f str)) -> &'f str {
    let known = forms.get(form).and_then(|form| form.fields.iter().find(|known| known.name == *field));
    known.map_or(field, |known| label(language, &known.label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::form::{Field, Takes};
    use crate::domain::names::CaseId;
    use crate::domain::slot::{CountedBy, SlotId};
    use crate::domain::tests::slots::form;

    /// One of each kind.
    fn all() -> Vec<Contradiction> {
        let other: SlotId = "daily.finance.2026-11-23.1".parse().unwrap();
        let cases = vec![CaseId::new("C-20261123-0001"), CaseId::new("C-20261123-0002")];
        let field = "cured".to_owned();
        let below = Below { field: field.clone(), said: 4.into(), before: 5.into(), other: other.clone() };
        let tested =
            Below { field: "tested".to_owned(), said: 40.into(), before: 41.into(), other: other.clone() };
        let above = Above { field, said: 5.into(), after: 4.into(), other: other.clone() };
        vec![
            Contradiction::Fevers { said: 0, cases },
            Contradiction::Absences { said: 0, absences: vec![7], cases: Vec::new() },
            Contradiction::Unreported { said: 2, known: 1 },
            Contradiction::People { said: 21, known: 23, other: other.clone() },
            Contradiction::TooClose { other, apart_s: 125, apart_s_min: 3600 },
            Contradiction::BelowBefore { figures: vec![below, tested] },
            Contradiction::AboveAfter { figures: vec![above] },
            Contradiction::Counted { said: 40, known: 41, by: CountedBy::Register, entry: Some(3) },
            Contradiction::Counted { said: 40, known: 41, by: CountedBy::Headcount, entry: None },
        ]
    }

    /// The texts of all, one a line; of every kind there is one, and none leaves a gap.
    #[track_caller]
    fn check(write: impl Fn(&Contradiction) -> String, expected: &[&str]) {
        let mut words: Vec<&str> = all().iter().map(Contradiction::word).collect();
        words.dedup();
        assert_eq!(words, Contradiction::WORDS, "one of each kind");
        let told: Vec<String> = all().iter().map(write).collect();
        assert_eq!(told, expected);
        assert!(!told.iter().any(|line| line.contains(['{', '}'])), "{told:?}");
    }

    #[test]
    fn every_contradiction_has_a_name_in_both_languages() {
        check(
            |it| named(Language::Chinese, "统计报表", it),
            &[
                "统计报表发热人数与已知病例不符",
                "统计报表发热人数与因发热缺勤不符",
                "统计报表发热人数多于已上报",
                "统计报表人数与当日另一报表不符",
                "统计报表与另一次报送间隔过短",
                "统计报表累计数低于上次所报",
                "统计报表累计数高于下次所报",
                "统计报表合计人数与在册人数不符",
                "统计报表合计人数与应有人数不符",
            ],
        );
        check(
            |it| named(Language::English, "Statistics", it),
            &[
                "Statistics: fewer with a fever than known cases",
                "Statistics: fewer with a fever than are away for one",
                "Statistics: more with a fever than were reported",
                "Statistics: other people than another form of the day",
                "Statistics: reported too close to another round",
                "Statistics: a running total lower than before",
                "Statistics: a running total higher than in the next report",
                "Statistics: other people than the register has",
                "Statistics: other people than the unit is said to have",
            ],
        );
    }

    #[test]
    fn what_is_known_is_told_beside_what_the_report_says_in_both_languages() {
        let none = Forms::new();
        check(
            |it| known(Language::Chinese, &none, it),
            &[
                "报发热0人，未排除病例：C-20261123-0001, C-20261123-0002",
                "报发热0人，另有1人因发热缺勤",
                "报发热2人，已上报1人，其余请立即逐人上报",
                "合计21人，daily.finance.2026-11-23.1为23人",
                "与daily.finance.2026-11-23.1仅相隔2分钟",
                "cured累计4，daily.finance.2026-11-23.1已报5；tested累计40，daily.finance.2026-11-23.1已报41",
                "cured累计5，其后daily.finance.2026-11-23.1报4",
                "合计 40 人，在册 41 人，相差 1 人",
                "合计 40 人，应有 41 人，相差 1 人",
            ],
        );
        check(
            |it| known(Language::English, &none, it),
            &[
                "0 with a fever; cases not ruled out: C-20261123-0001, C-20261123-0002",
                "0 with a fever; 1 more away for one",
                "2 with a fever, 1 reported: report each of the others now",
                "21 people; 23 in daily.finance.2026-11-23.1",
                "only 2 min from daily.finance.2026-11-23.1",
                "cured: 4 so far; 5 in daily.finance.2026-11-23.1; tested: 40 so far; 41 in daily.finance.2026-11-23.1",
                "cured: 5 so far; only 4 later, in daily.finance.2026-11-23.1",
                "40 in all, the register has 41: 1 apart",
                "40 in all, the unit is said to have 41: 1 apart",
            ],
        );
    }

    #[test]
    fn a_figure_goes_by_its_label_and_by_its_name_where_the_form_has_it_no_longer() {
        let mut form = form("daily", "0 0 16 * * *");
        let label = Labels { zh: "累计治愈".to_owned(), en: "Cured".to_owned() };
        let name = "cured".to_owned();
        form.fields = vec![Field {
            name,
            takes: Takes::Number,
            label,
            personal: false,
            required: false,
            cumulative: true,
        }];
        let forms = Forms::from([(FormId::new("daily"), Arc::new(form))]);
        let figures = all().into_iter().filter(|it| it.word() == "below_before").collect::<Vec<_>>();
        let zh = known(Language::Chinese, &forms, &figures[0]);
        assert!(zh.starts_with("累计治愈累计4，") && zh.contains("tested累计40"), "{zh}");
        let en = known(Language::English, &forms, &figures[0]);
        assert!(en.starts_with("Cured: 4 so far"), "{en}");
    }
}
