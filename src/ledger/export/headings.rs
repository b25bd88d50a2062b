//! What stands over the columns of the ledger's table.

/// Over the columns, in the order of `Line::row`; and what each means, in English.
const HEADINGS: [(&str, &str); 27] = [
    ("台账编号", "lapse"),
    ("单位代码", "unit"),
    ("单位", "its name"),
    ("事项", "about"),
    ("情形", "failing"),
    ("认定", "certainty"),
    ("当事人编号", "person involved"),
    ("当事人", "their name"),
    ("当事人岗位", "their post then"),
    ("责任人编号", "person responsible"),
    ("责任人", "their name"),
    ("责任人岗位", "their post then"),
    ("依据规则", "rule"),
    ("应报时间", "due"),
    ("实报时间", "came"),
    ("迟延（时:分:秒）", "late by"),
    ("系统查明的免责情形", "excuses found"),
    ("状态", "state"),
    ("入账时间", "on record since"),
    ("此前为漏报至", "omitted until"),
    ("已告知", "told"),
    ("陈述", "statements"),
    ("处理意见", "verdict"),
    ("处理时间", "given at"),
    ("处理人", "given by"),
    ("处理次数", "verdicts"),
    ("证据条目", "entries"),
];

/// All of them, those that stand behind for some lapses alone too.
pub(super) fn headings() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    HEADINGS.iter().chain(&super::against::HEADINGS).chain(&super::repeats::HEADINGS)
}
