//! What the ledger calls things in Chinese: failings, excuses, clauses, findings, states.

use crate::domain::lapse::{Certainty, Clause, ExcuseKind, Failing, Lapse, Post};

/// A failing, in the notice's own word (S23).
pub(super) const fn failing(failing: Failing) -> &'static str {
    match failing {
        Failing::Delayed => "缓报",
        Failing::Concealed => "瞒报",
        Failing::Omitted => "漏报",
        Failing::Mistaken => "误报",
        Failing::False => "虚报",
    }
}

pub(super) const fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Proved => "有据可证",
        Certainty::Candidate => "待核实",
    }
}

pub(crate) const fn excuse(kind: ExcuseKind) -> &'static str {
    match kind {
        ExcuseKind::Outage => "系统中断",
        ExcuseKind::Door => "上报入口关闭",
        ExcuseKind::Maintenance => "预告的维护",
        ExcuseKind::Provider => "通信服务商故障",
        ExcuseKind::ClockSuspect => "系统时钟存疑",
        ExcuseKind::BornLate => "计时开始时已所剩无几",
        ExcuseKind::Unarmed => "系统未启用",
        ExcuseKind::Unreachable => "上级无可用号码或地址",
        ExcuseKind::StoodIn => "临近截止时才接手",
        ExcuseKind::SaidEarlier => "称已按时致电，事后补录",
        ExcuseKind::FilerNotReached => "更正通知未能送达报送人",
    }
}

/// The post in which somebody is named.
pub(crate) const fn post(post: Post) -> &'static str {
    match post {
        Post::Leader => "单位负责人",
        Post::Liaison => "联络员",
        Post::Deputy => "代岗人",
        Post::DutyOfficer => "值班员",
        Post::DutyLeader => "带班领导",
        Post::ForLeader => "代行单位负责人职责",
        Post::ForLiaison => "代行联络员职责",
        Post::ForDeputy => "代行代岗人职责",
        Post::ForDutyOfficer => "代行值班员职责",
        Post::ForDutyLeader => "代行带班领导职责",
        Post::Outside => "非本单位在岗人员",
    }
}

/// A clause, in the notice's words; none where it is held against nobody.
pub(super) const fn clause(clause: Option<Clause>) -> &'static str {
    match clause {
        Some(Clause::S26) => "S26 报告不及时、情节轻微",
        Some(Clause::S27) => "S27 报告不及时且处置不当、造成不良影响",
        Some(Clause::S28) => "S28 谎报甚至瞒报、造成严重后果",
        Some(Clause::S29) => "S29 不落实九项规定、不担当不作为不报告不防控",
        Some(Clause::S30) => "S30 公职人员、领导干部失职",
        None => "不予追究",
    }
}

/// How far a lapse has got: its word in the contract, and in Chinese.
pub(super) fn state(lapse: &Lapse) -> (&'static str, &'static str) {
    match (lapse.is_open(), lapse.is_withdrawn()) {
        (true, _) => ("open", "未决"),
        (false, true) => ("withdrawn", "已撤回"),
        (false, false) if lapse.ruled_out_since().is_some() => ("decided", "已决，所涉病例其后排除，待复核"),
        (false, false) if lapse.excuse_since().is_some() => ("decided", "已决，其后查明免责情形，待复核"),
        (false, false) => ("decided", "已决"),
    }
}

/// What is to be found before a clause applies, by its word in the contract.
pub(super) fn need(word: &str) -> &str {
    match word {
        "minor" => "情节轻微",
        "improper_handling" => "处置不当",
        "bad_effect" => "造成不良影响",
        "serious_consequence" => "造成严重后果",
        "deliberate" => "故意",
        "provision" => "九项规定中的哪一项",
        "failing" => "情形相符",
        "subject" => "公职人员、领导干部身份",
        other => other,
    }
}
