//! What came before a lapse within the window, as it is handed out: counts that judge nobody, and the window itself.

use serde_json::{Value, json};

use crate::domain::lapse::{Lapse, Repeats, Repetition};
use crate::sheet::handout::Cell;
use crate::time::span;

/// Over the columns that stand behind the others, in the order of [`cells`].
pub(super) const HEADINGS: [(&str, &str); 8] = [
    ("处理依据是否仍适用", "clause fits"),
    ("重复统计期", "earlier ones within"),
    ("当事人此前：有据可证", "earlier of the person involved: proved"),
    ("当事人此前：待核实", "candidates"),
    ("责任人此前：有据可证", "earlier of the person responsible: proved"),
    ("责任人此前：待核实", "candidates"),
    ("同单位同报表此前：有据可证", "earlier of the unit by the form: proved"),
    ("同单位同报表此前：待核实", "candidates"),
];

/// The contract's members; what is none is null, and ids stand there where they were gathered.
#[must_use]
pub fn json(it: &Repetition) -> Value {
    let shown = |repeats: &Option<Repeats>| match repeats {
        None => Value::Null,
        Some(Repeats { proved, candidates, lapses }) if lapses.is_empty() => {
            json!({ "proved": proved, "candidates": candidates })
        }
        Some(Repeats { proved, candidates, lapses }) => {
            json!({ "proved": proved, "candidates": candidates, "lapses": lapses })
        }
    };
    json!({
        "within": span::format(it.window), "person_involved": shown(&it.involved),
        "responsible_person": shown(&it.responsible), "unit_and_form": shown(&it.form),
    })
}

pub(super) fn cells(lapse: &Lapse, it: &Repetition) -> Vec<Cell> {
    let mut cells = vec![
        match lapse.verdicts.last() {
            None => Cell::Blank,
            Some(verdict) if lapse.fits(verdict) => Cell::text("适用"),
            Some(_) => Cell::text("不再适用：作出后情形已变"),
        },
        Cell::text(span::format(it.window)),
    ];
    for repeats in [&it.involved, &it.responsible, &it.form] {
        let count = |count: fn(&Repeats) -> usize| {
            let count = repeats.as_ref().map(count);
            count.map_or(Cell::Blank, |count| Cell::Count(u64::try_from(count).unwrap_or(u64::MAX)))
        };
        cells.extend([count(|it| it.proved), count(|it| it.candidates)]);
    }
    cells
}

/// In one line of a terminal: of the person involved, of the one responsible, of the unit by the form.
#[must_use]
pub fn line(it: &Repetition) -> String {
    let counted = |repeats: &Option<Repeats>| {
        let counted = repeats.as_ref().map(|repeats| format!("{}+{}", repeats.proved, repeats.candidates));
        counted.unwrap_or_else(|| "-".to_owned())
    };
    [&it.involved, &it.responsible, &it.form].map(counted).join(" / ")
}
