//! The template files: one a purpose and a language, cut into sections at lines that begin with `## `.

/// The files of both languages; every one stands in both.
macro_rules! files {
    ($($file:literal),+ $(,)?) => {
        [$(
            ("zh-CN", $file, include_str!(concat!("zh-CN/", $file, ".txt"))),
            ("en", $file, include_str!(concat!("en/", $file, ".txt"))),
        )+]
    };
}

const FILES: [(&str, &str, &str); 44] = files![
    "shared",
    "alert",
    "telephone",
    "warning",
    "overdue",
    "reminder",
    "correction",
    "closing",
    "handover",
    "relieved",
    "sign-in",
    "test",
    "alarm",
    "head",
    "report",
    "form-due",
    "form-overdue",
    "forms-missing",
    "form-doubted",
    "lapse-notice",
    "absence",
    "shift",
];

const PAGES: [(&str, &str); 2] =
    [("mail.html", include_str!("mail.html")), ("report.html", include_str!("report.html"))];

/// Every template's name, as `language/file/section`, and what it says.
pub(super) fn sections() -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> =
        PAGES.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned())).collect();
    for (language, file, source) in FILES {
        for part in format!("\n{source}").split("\n## ").skip(1) {
            let (section, text) = part.split_once('\n').unwrap_or((part, ""));
            sections.push((format!("{language}/{file}/{}", section.trim()), text.trim().to_owned()));
        }
    }
    sections
}
