//! Reminders of reports.

use super::*;

fn unfiled(forms: &[&str]) -> Unfiled {
    Unfiled {
        unit: Unit {
            name: "黑龙江拍卖有限公司".to_owned(), short_name: Some("拍卖公司".to_owned())
        },
        more: 0,
        forms: forms.iter().map(|form| (*form).to_owned()).collect(),
        due: clock(16, 0),
        later: 0,
        moved: None,
        zero: true,
        list: vec!["黑龙江拍卖有限公司：集团疫情防控工作统计报表".to_owned()],
        left_out: 0,
    }
}

fn sms(language: Language, what: What) -> String {
    texts().render(&brief(Medium::Sms, language, what)).unwrap().text
}

#[test]
fn a_reminder_names_unit_forms_and_deadline_and_that_zero_counts() {
    let two = What::FormDue(unfiled(&["统计报表", "出行登记表"]));
    assert_eq!(
        sms(Language::Chinese, two),
        "【黑龙江产权集团】拍卖公司统计报表和出行登记表未报，截止16:00。无情况也须零报告。请登录yq.hljcq.cn填报，已报请忽略"
    );
    let english = What::FormDue(unfiled(&["Statistics"]));
    assert_eq!(
        sms(Language::English, english),
        "【黑龙江产权集团】By 16:00 report Statistics for 拍卖公司. Zero counts too"
    );
}

#[test]
fn names_that_do_not_fit_are_counted() {
    let long = "集团疫情防控工作统计报表";
    let many = What::FormDue(Unfiled { more: 2, ..unfiled(&[long, long, long]) });
    assert_eq!(
        sms(Language::Chinese, many.clone()),
        "【黑龙江产权集团】拍卖公司等3家单位3张报表未报，截止16:00。无情况也须零报告。请登录yq.hljcq.cn填报，已报请忽略"
    );
    assert_eq!(
        sms(Language::English, many),
        "【黑龙江产权集团】By 16:00 report 3 forms for 拍卖公司 +2. Zero counts too"
    );
}

#[test]
fn a_leader_reads_what_is_overdue_and_the_office_how_much_is_missing() {
    assert_eq!(
        sms(Language::Chinese, What::FormOverdue(unfiled(&["统计报表"]))),
        "【黑龙江产权集团】拍卖公司的统计报表已过16:00时限，请督促补报。登录yq.hljcq.cn查看，如已说明请忽略"
    );
    assert_eq!(
        sms(Language::English, What::FormOverdue(unfiled(&["Statistics"]))),
        "【黑龙江产权集团】拍卖公司: Statistics overdue since 16:00. See to it"
    );
    let twelve = Unfiled { more: 11, ..unfiled(&["统计报表"]) };
    assert_eq!(
        sms(Language::Chinese, What::FormsMissing(twelve.clone())),
        "【黑龙江产权集团】统计报表已过16:00时限，拍卖公司等12家单位仍未报。登录yq.hljcq.cn查看名单并催办"
    );
    assert_eq!(
        sms(Language::English, What::FormsMissing(twelve)),
        "【黑龙江产权集团】统计报表 due 16:00: 12 units have not reported"
    );
}

#[test]
fn a_mail_lists_unit_and_form_and_says_how_many_it_leaves_out() {
    for (language, out) in [(Language::Chinese, "另有7项"), (Language::English, "And 7 more")] {
        let what = What::FormsMissing(Unfiled { left_out: 7, ..unfiled(&["统计报表"]) });
        let mail = texts().render(&brief(Medium::Email, language, what)).unwrap();
        assert!(
            mail.text.lines().any(|line| line == "黑龙江拍卖有限公司：集团疫情防控工作统计报表"),
            "{}",
            mail.text
        );
        assert!(mail.text.contains(out) && !mail.text.contains("\n\n\n"), "{}", mail.text);
    }
}

#[test]
fn whoever_filed_what_is_contradicted_reads_until_when_to_correct_it() {
    assert_eq!(
        sms(Language::Chinese, What::FormDoubted(unfiled(&["统计报表"]))),
        "【黑龙江产权集团】您报送的拍卖公司统计报表与已知情况不符，请在16:00前核对更正，登录yq.hljcq.cn。按时更正不记录"
    );
    assert_eq!(
        sms(Language::English, What::FormDoubted(unfiled(&["Statistics"]))),
        "【黑龙江产权集团】拍卖公司: Statistics in doubt. Fix by 16:00"
    );
}

#[test]
fn a_mail_says_what_moved_the_limit() {
    for (moved, chinese, english) in [
        (MovedBy::Outage, "（因系统中断已顺延）", "(moved because the system was down)."),
        (MovedBy::Maintenance, "（因系统维护已顺延）", "(moved because of maintenance)."),
        (
            MovedBy::MaintenanceEnded,
            "（系统维护提前结束，由原顺延时间提前至此）",
            "(earlier than you were told: maintenance ended before its time).",
        ),
        (MovedBy::Door, "（因系统无法访问已顺延）", "(moved because the system could not be reached)."),
    ] {
        for (language, said) in [(Language::Chinese, chinese), (Language::English, english)] {
            let what = What::FormDue(Unfiled { moved: Some(moved), ..unfiled(&["统计报表"]) });
            let mail = texts().render(&brief(Medium::Email, language, what)).unwrap();
            assert!(mail.text.contains(said), "{}", mail.text);
        }
    }
}

#[test]
fn of_several_limits_the_first_is_named_with_its_forms_and_the_others_are_counted() {
    let two = What::FormDue(Unfiled { later: 2, ..unfiled(&["统计报表"]) });
    assert_eq!(
        sms(Language::Chinese, two.clone()),
        "【黑龙江产权集团】拍卖公司统计报表未报，截止16:00，另2张稍后截止。无情况也须零报告。请登录yq.hljcq.cn填报，已报请忽略"
    );
    assert_eq!(
        sms(Language::English, two.clone()),
        "【黑龙江产权集团】By 16:00 report 统计报表 for 拍卖公司; 2 more later. Zero counts too"
    );
    let mail = |language| texts().render(&brief(Medium::Email, language, two.clone())).unwrap().text;
    assert!(mail(Language::Chinese).contains("最早的截止时间是16:00"), "{}", mail(Language::Chinese));
    assert!(mail(Language::English).contains("The first are due by 16:00."), "{}", mail(Language::English));
    let overdue = What::FormOverdue(Unfiled { later: 1, ..unfiled(&["统计报表"]) });
    assert_eq!(
        sms(Language::Chinese, overdue),
        "【黑龙江产权集团】拍卖公司的统计报表已过16:00时限，另1张时限较晚，请督促补报。登录yq.hljcq.cn查看，如已说明请忽略"
    );
    let missing = What::FormsMissing(Unfiled { later: 1, ..unfiled(&["统计报表"]) });
    assert_eq!(
        sms(Language::English, missing),
        "【黑龙江产权集团】统计报表 due 16:00: 拍卖公司 has not reported; 1 more later"
    );
}
