//! Notices of absences.

use super::*;

fn absence(away: Away, other: Option<&str>) -> What {
    let (from, to) = (clock(8, 0), Moment::new(date(2026, 9, 25).at(18, 0, 0, 0), true));
    What::Absence(Absence { away, other: other.map(ToOwned::to_owned), from, to })
}

#[test]
fn each_says_who_is_away_from_when_to_when_and_never_why() {
    let sms = |language, what| texts().render(&brief(Medium::Sms, language, what)).unwrap().text;
    let said = |away, other| {
        LANGUAGES.map(|language| {
            let text = sms(language, absence(away, other));
            text.strip_prefix("【黑龙江产权集团】").unwrap().to_owned()
        })
    };
    assert_eq!(
        said(Away::StandsIn, Some("张三")),
        [
            "您被指定08:00至9月25日18:00代张三值班和报送；不能代的请告知办公室",
            "Stand in for 张三 08:00-25 Sep 18:00"
        ]
    );
    assert_eq!(
        said(Away::NoLonger, None),
        [
            "08:00至9月25日18:00您不再代他人值班和报送",
            "You no longer stand in for a colleague, 08:00-25 Sep 18:00"
        ]
    );
    assert_eq!(
        said(Away::Own, Some("李四")),
        [
            "已登记您08:00至9月25日18:00不在岗，由李四代；有误请告知办公室",
            "Entered: you are away 08:00-25 Sep 18:00"
        ]
    );
    assert_eq!(
        said(Away::Back, None),
        [
            "您08:00至9月25日18:00的不在岗登记已撤销；有误请告知办公室",
            "Not away 08:00-25 Sep 18:00: absence ended"
        ]
    );
}

#[test]
fn a_mail_is_whole_whether_anybody_is_named_or_not() {
    for language in LANGUAGES {
        for away in [Away::StandsIn, Away::NoLonger, Away::Own, Away::Back] {
            for other in [None, Some("李四")] {
                let mail = texts().render(&brief(Medium::Email, language, absence(away, other))).unwrap();
                assert!(!mail.text.contains("\n\n\n") && !mail.text.contains("  "), "{}", mail.text);
                let subject = mail.subject.unwrap();
                assert!(!subject.is_empty() && !subject.contains('\n'), "{subject}");
                let names = !matches!(away, Away::Back) && other.is_some();
                assert_eq!(mail.text.contains("李四"), names, "{}", mail.text);
            }
        }
    }
}
