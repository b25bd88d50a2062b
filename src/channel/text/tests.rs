//! Every text there is, in both languages: whole, short enough, harmless, and saying what it must.

mod absences;
mod alarms;
mod calls;
mod notices;
mod report;
mod shifts;
mod unfiled;

use jiff::civil::date;

use super::*;

const LANGUAGES: [Language; 2] = [Language::Chinese, Language::English];

fn texts() -> Texts {
    Texts::load().unwrap()
}

fn organisation() -> Organisation {
    Organisation {
        name: "黑龙江省产权交易集团".to_owned(),
        short_name: Some("产权集团".to_owned()),
        signature: Signature::Written("黑龙江产权集团".to_owned()),
        page: Some("yq.hljcq.cn/a".to_owned()),
        home: Some("yq.hljcq.cn".to_owned()),
        handovers: Some("yq.hljcq.cn/h".to_owned()),
    }
}

fn unit(language: Language) -> Unit {
    // Six Chinese or nine English characters: the longest a short name may be.
    let short = if language == Language::Chinese { "齐齐哈尔公司" } else { "Companies" };
    Unit { name: "齐齐哈尔产权交易有限责任公司".to_owned(), short_name: Some(short.to_owned()) }
}

fn clock(hour: i8, minute: i8) -> Moment {
    Moment::new(date(2026, 9, 23).at(hour, minute, 0, 0), false)
}

fn event(kind: Kind) -> Event {
    Event {
        kind,
        unit: Unit { name: "拍卖公司".to_owned(), short_name: None },
        found: clock(3, 1),
        due: Some(Due { at: clock(3, 31), passed: false }),
        temperature: Some("38.9".to_owned()),
        place: Some("职工宿舍".to_owned()),
        code: Some("4821".to_owned()),
        link: Some("https://yq.hljcq.cn/a/t0ken".to_owned()),
        case: Some("C-20260923-0001".to_owned()),
        more: 0,
        authority: Some("省国资委".to_owned()),
        idle_minutes: Some(8),
    }
}

fn brief(medium: Medium, language: Language, what: What) -> Brief {
    let called = Some("周组长".to_owned());
    Brief { language, medium, organisation: organisation(), called, test: false, late: false, what }
}

fn alert(kind: Kind, medium: Medium, language: Language) -> Rendered {
    texts().render(&brief(medium, language, What::Alert(event(kind)))).unwrap()
}

/// Every message there is, at its longest, marked and late or not.
fn everything() -> Vec<Brief> {
    let mut all = Vec::new();
    for language in LANGUAGES {
        let mut whats = What::longest(&unit(language));
        for (verified, ruled_out) in [(false, false), (true, false), (false, true)] {
            let measures = Some("已隔离".to_owned());
            let event = event(Kind::Suspected);
            whats.push(What::Telephone { event, people: 1, measures, verified, ruled_out });
        }
        for medium in [
            Medium::Sms,
            Medium::Phone { keys: true },
            Medium::Phone { keys: false },
            Medium::Email,
            Medium::Robot,
        ] {
            for what in &whats {
                for (test, late) in [(false, false), (true, false), (false, true), (true, true)] {
                    all.push(Brief { test, late, ..brief(medium, language, what.clone()) });
                }
            }
        }
    }
    all
}

/// What a sentence looks like where something that belongs into it is missing.
const EMPTY_SLOTS: [&str; 17] = [
    "，，", "。。", "：。", "：，", "，。", "。，", "（）", "【】", "  ，", "()", " ,", " .", ", ,", ": .",
    "..", ",.", "  ",
];

fn parts(rendered: &Rendered) -> Vec<&String> {
    let mut parts = vec![&rendered.text];
    parts.extend(&rendered.subject);
    parts.extend(&rendered.html);
    parts.extend(rendered.answers.values());
    parts
}

#[test]
fn every_template_stands_in_both_languages() {
    let names: Vec<String> = files::sections().into_iter().map(|(name, _)| name).collect();
    for name in &names {
        if let Some(rest) = name.strip_prefix("zh-CN/") {
            assert!(names.contains(&format!("en/{rest}")), "{name} has no English");
        }
        if let Some(rest) = name.strip_prefix("en/") {
            assert!(names.contains(&format!("zh-CN/{rest}")), "{name} has no Chinese");
        }
    }
    assert!(names.len() > 100, "{}", names.len());
}

#[test]
fn every_message_can_be_written_and_says_nothing_of_how_it_was_made() {
    let texts = texts();
    let mut written = 0;
    for brief in everything() {
        let rendered = match texts.render(&brief) {
            Ok(rendered) => rendered,
            Err(TextError::NoSuchText { purpose, medium }) => {
                assert!(
                    matches!(
                        (purpose, medium),
                        (Purpose::Telephone, "sms" | "email" | "robot")
                            | (Purpose::Head, "sms" | "phone" | "robot")
                            | (
                                Purpose::Reminder | Purpose::Correction | Purpose::Handover | Purpose::SignIn,
                                "robot"
                            )
                    ) || matches!((&brief.what, medium), (What::Relieved { .. }, "robot")),
                    "{purpose} {medium}"
                );
                continue;
            }
            Err(error) => panic!("{error} {brief:?}"),
        };
        written += 1;
        for part in parts(&rendered) {
            for wrong in ["{{", "}}", "{%", "undefined", "none", "None", "Some(", "\u{fffd}"] {
                assert!(!part.contains(wrong), "{wrong} in {part}");
            }
            for slot in EMPTY_SLOTS {
                assert!(part.contains("<html") || !part.contains(slot), "{slot:?} in {part}");
            }
            assert!(!part.is_empty(), "{brief:?}");
        }
        for line in rendered.subject.iter().chain(rendered.answers.values()) {
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
        if !matches!(brief.medium, Medium::Email) {
            assert!(!rendered.text.chars().any(char::is_control), "{:?}", rendered.text);
        }
        // A question mark stands where a character was lost; no text of ours asks a question.
        assert!(!rendered.text.contains(['?', '？']), "{}", rendered.text);
    }
    assert!(written > 1000, "{written}");
}

#[test]
fn every_sms_is_one_sms_in_the_worst_case() {
    for language in LANGUAGES {
        let longest = texts().longest_sms(&organisation(), &[unit(language)], language).unwrap();
        assert_eq!(longest.len(), 9, "{longest:?}");
        let too_long: Vec<_> = longest.iter().filter(|(_, units)| **units > SMS_UNITS_MAX).collect();
        assert!(too_long.is_empty(), "{} {too_long:?}", language.code());
    }
}

#[test]
fn a_name_too_long_for_one_sms_is_found_before_it_is_sent() {
    let unit = Unit {
        name: "黑龙江省齐齐哈尔市产权交易有限责任公司建华区分公司".to_owned(),
        short_name: None,
    };
    let longest = texts().longest_sms(&organisation(), &[unit], Language::Chinese).unwrap();
    assert!(longest[&Purpose::Alert] > SMS_UNITS_MAX, "{longest:?}");
}

#[test]
fn an_sms_loses_neither_unit_nor_time_nor_code_in_the_worst_case() {
    let texts = texts();
    for brief in everything().into_iter().filter(|brief| matches!(brief.medium, Medium::Sms)) {
        let Some(event) = brief.what.event() else { continue };
        let Ok(rendered) = texts.render(&brief) else { continue };
        let unit = event.unit.short_name.as_deref().unwrap();
        assert!(rendered.text.contains(unit), "{}", rendered.text);
        if matches!(brief.what, What::Alert(_) | What::Warning { .. } | What::Handover { .. }) {
            assert!(rendered.text.contains("4821"), "{}", rendered.text);
        }
        let shows = brief.language == Language::English || event.due.is_some();
        let timeless =
            matches!(brief.what, What::Correction { .. } | What::Handover { .. } | What::Relieved { .. });
        if shows && !timeless && (event.due.is_some() || event.kind == Kind::Fever) {
            assert!(rendered.text.contains("23:59"), "{}", rendered.text);
        }
        if brief.test {
            let mark = if brief.language == Language::Chinese { "【测试】" } else { "[TEST]" };
            assert!(rendered.text.contains(mark), "{}", rendered.text);
        }
    }
}

#[test]
fn a_signature_the_provider_adds_counts_and_is_not_written() {
    let mut brief = brief(Medium::Sms, Language::Chinese, What::Alert(event(Kind::Fever)));
    let written = texts().render(&brief).unwrap().text;
    assert!(written.starts_with("【黑龙江产权集团】体温提醒"), "{written}");
    brief.organisation.signature = Signature::ByProvider("黑龙江产权集团".to_owned());
    let bare = texts().render(&brief).unwrap().text;
    assert_eq!(written, format!("【黑龙江产权集团】{bare}"));
    assert_eq!(brief.units(&bare), written.encode_utf16().count());
}

#[test]
fn the_alerts_read_as_they_were_agreed() {
    let sms = |kind, language| alert(kind, Medium::Sms, language).text;
    assert_eq!(
        sms(Kind::Fever, Language::Chinese),
        "【黑龙江产权集团】体温提醒：拍卖公司1人03:01在职工宿舍测得38.9度，请即复测隔离。登录yq.hljcq.cn/a输入4821确认"
    );
    assert_eq!(
        sms(Kind::Suspected, Language::Chinese),
        "【黑龙江产权集团】紧急：拍卖公司有1人疑似，03:01发现，须03:31前报上级。登录yq.hljcq.cn/a输入4821接手"
    );
    assert_eq!(
        sms(Kind::Fever, Language::English),
        "【黑龙江产权集团】Fever 38.9C in 拍卖公司 at 03:01. Retest, isolate. Code 4821"
    );
    assert_eq!(
        sms(Kind::Suspected, Language::English),
        "【黑龙江产权集团】Suspected case in 拍卖公司! Report by 03:31. Take it: 4821"
    );
}

#[test]
fn one_message_tells_of_several_cases() {
    let several = Event { more: 2, ..event(Kind::Suspected) };
    let brief = brief(Medium::Sms, Language::Chinese, What::Alert(several));
    assert_eq!(
        texts().render(&brief).unwrap().text,
        "【黑龙江产权集团】紧急：拍卖公司等3起疑似，最早03:01发现，须03:31前报上级。登录yq.hljcq.cn/a输入4821接手"
    );
}

#[test]
fn a_late_message_does_not_ask_for_what_is_past() {
    let late = Event { due: Some(Due { at: clock(3, 31), passed: true }), ..event(Kind::Suspected) };
    let mut brief = brief(Medium::Sms, Language::Chinese, What::Alert(late));
    brief.late = true;
    let text = texts().render(&brief).unwrap().text;
    assert!(
        text.contains("迟发：") && text.contains("已过03:31时限") && !text.contains("须03:31前"),
        "{text}"
    );
}

#[test]
fn what_was_reported_after_its_limit_is_never_said_to_be_in_time() {
    let ending = Ending::Late { telephone: clock(3, 35), written: clock(3, 40) };
    let due = Some(Due { at: clock(3, 31), passed: true });
    for (language, late, in_time) in
        [(Language::Chinese, "超过", "按时"), (Language::English, "after", "in time")]
    {
        for medium in [Medium::Sms, Medium::Phone { keys: true }, Medium::Email, Medium::Robot] {
            let event = Event { due, ..event(Kind::Suspected) };
            let text =
                texts().render(&brief(medium, language, What::Closing { event, ending })).unwrap().text;
            assert!(!text.contains(in_time), "{text}");
            assert!(text.contains(late) || text.contains("late"), "{text}");
        }
    }
}

#[test]
fn who_is_relieved_reads_who_has_the_case_in_every_medium() {
    for (language, name, rest) in
        [(Language::Chinese, "周组长", "不由您处置"), (Language::English, "Zhou Mi", "not yours")]
    {
        for medium in [Medium::Sms, Medium::Phone { keys: true }, Medium::Email] {
            let what = What::Relieved { event: event(Kind::Suspected), by: Some(name.to_owned()) };
            let text = texts().render(&brief(medium, language, what)).unwrap().text;
            assert!(text.contains(name) && text.contains(rest), "{text}");
            let shows = matches!(medium, Medium::Email);
            assert_eq!(text.contains("C-20260923-0001"), shows, "{text}");
        }
    }
}

#[test]
fn a_group_is_told_no_temperature_no_code_no_link_no_case() {
    for language in LANGUAGES {
        for kind in [Kind::Fever, Kind::Suspected] {
            let text = alert(kind, Medium::Robot, language).text;
            for private in ["38.9", "4821", "http", "C-2026", "周组长", "宿舍", "1人"] {
                assert!(!text.contains(private), "{private} in {text}");
            }
            assert!(text.contains("拍卖公司"), "{text}");
        }
    }
}

#[test]
fn a_mail_says_all_and_links_only_where_it_means_to() {
    let mail = alert(Kind::Suspected, Medium::Email, Language::Chinese);
    assert_eq!(mail.subject.as_deref(), Some("【紧急】拍卖公司1人疑似，03:31前须报告上级"));
    for part in ["拍卖公司", "03:01", "38.9℃", "职工宿舍", "省国资委", "C-20260923-0001", "4821"]
    {
        assert!(mail.text.contains(part), "{part} in {}", mail.text);
    }
    assert!(mail.text.lines().any(|line| line == "https://yq.hljcq.cn/a/t0ken"), "{}", mail.text);
    assert!(!mail.text.contains("\n\n\n"), "{}", mail.text);
    let html = mail.html.unwrap();
    assert_eq!(html.matches("<a href=").count(), 1, "{html}");
    assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
}

#[test]
fn what_people_wrote_is_data() {
    let hostile = Event {
        place: Some("t.cn/x".to_owned()),
        unit: Unit { name: "{{ 7*7 }}<script>alert(1)</script>\r\nBcc: x@y".to_owned(), short_name: None },
        ..event(Kind::Fever)
    };
    let sms = texts().render(&brief(Medium::Sms, Language::Chinese, What::Alert(hostile.clone()))).unwrap();
    assert!(!sms.text.contains("t.cn") && sms.text.contains("{{ 7*7 }}") && !sms.text.contains('\n'));
    let mail =
        texts().render(&brief(Medium::Email, Language::Chinese, What::Alert(hostile.clone()))).unwrap();
    assert!(!mail.subject.unwrap().contains(['\r', '\n']));
    assert!(!mail.html.unwrap().contains("<script>"));
    let call = texts()
        .render(&brief(Medium::Phone { keys: true }, Language::Chinese, What::Alert(hostile)))
        .unwrap();
    assert!(!call.answers[&'1'].contains(['<', '>', '{']), "{:?}", call.answers);
}
