//! Statuses: which of the words that personnel offices use say that somebody has left.
//!
//! A word counts as a whole: 退休返聘 works here, though it begins as 退休 does.

/// Without blanks, in half width and small letters.
const LEFT: [&str; 41] = [
    "离职",
    "已离职",
    "辞职",
    "已辞职",
    "自动离职",
    "退休",
    "已退休",
    "离休",
    "退职",
    "调出",
    "已调出",
    "调离",
    "已调离",
    "解聘",
    "已解聘",
    "辞退",
    "已辞退",
    "解除合同",
    "已解除合同",
    "解除劳动合同",
    "已解除劳动合同",
    "解除劳动关系",
    "解除",
    "已解除",
    "终止",
    "已终止",
    "终止合同",
    "终止劳动合同",
    "合同终止",
    "开除",
    "除名",
    "去世",
    "死亡",
    "已故",
    "left",
    "retired",
    "resigned",
    "dismissed",
    "terminated",
    "deceased",
    "inactive",
];

const HERE: [&str; 36] = [
    "在职",
    "在岗",
    "在编",
    "正式",
    "正式员工",
    "正常",
    "试用",
    "试用期",
    "实习",
    "见习",
    "聘用",
    "合同制",
    "劳务派遣",
    "派遣",
    "返聘",
    "退休返聘",
    "未离职",
    "待离职",
    "未退休",
    "借调",
    "借入",
    "外派",
    "挂职",
    "待岗",
    "内退",
    "休假",
    "病假",
    "产假",
    "停薪留职",
    "长期病假",
    "active",
    "employed",
    "working",
    "probation",
    "intern",
    "onleave",
];

/// What a status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Works here.
    Here,
    /// Has left.
    Left,
    /// None that is known.
    Unknown,
}

impl Status {
    /// What a word says that has no blanks, in half width and small letters.
    pub(super) fn of(word: &str) -> Self {
        if LEFT.contains(&word) {
            Self::Left
        } else if HERE.contains(&word) {
            Self::Here
        } else {
            Self::Unknown
        }
    }
}
