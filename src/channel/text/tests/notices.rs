//! Notices of lapses.

use super::*;

fn notice(count: u32) -> What {
    let list = vec!["2026-11-23 16:00 财务部：统计报表（漏报）".to_owned()];
    What::LapseNotice(Notice { count, list, left_out: count - 1 })
}

#[test]
fn a_notice_says_how_many_lapses_name_the_reader_and_how_long_they_have() {
    let sms = |language, count| texts().render(&brief(Medium::Sms, language, notice(count))).unwrap().text;
    assert_eq!(
        sms(Language::Chinese, 2),
        "【黑龙江产权集团】您有2条报送记录待说明，请在5个工作日内登录yq.hljcq.cn查看依据并填写说明，逾期按现有记录认定"
    );
    assert_eq!(
        sms(Language::English, 2),
        "【黑龙江产权集团】2 lapses name you. Answer within 5 working days"
    );
    assert_eq!(
        sms(Language::English, 1),
        "【黑龙江产权集团】1 lapse names you. Answer within 5 working days"
    );
}

#[test]
fn a_notice_by_mail_lists_what_each_lapse_is_about() {
    for (language, more) in [(Language::Chinese, "另有2项"), (Language::English, "And 2 more")] {
        let mail = texts().render(&brief(Medium::Email, language, notice(3))).unwrap();
        assert!(
            mail.text.lines().any(|line| line == "2026-11-23 16:00 财务部：统计报表（漏报）"),
            "{}",
            mail.text
        );
        assert!(mail.text.contains(more) && !mail.text.contains("\n\n\n"), "{}", mail.text);
    }
}
