//! Notices of handovers of duty.

use super::*;

fn shift(post: Post, other: Option<&str>, taken: bool) -> What {
    let (cases, reports, troubles) = (2, 3, 1);
    What::Shift(Shift { post, other: other.map(ToOwned::to_owned), taken, cases, reports, troubles })
}

#[test]
fn an_sms_says_whose_duty_it_is_and_what_is_open() {
    let said = |post, other, taken| {
        LANGUAGES.map(|language| {
            let text = texts().render(&brief(Medium::Sms, language, shift(post, other, taken))).unwrap().text;
            text.strip_prefix("【黑龙江产权集团】").unwrap().to_owned()
        })
    };
    assert_eq!(
        said(Post::Officer, Some("张三"), false),
        [
            "张三向您交值班员班：事件2，欠报3，故障1；请登录签字",
            "Sign for duty of 张三: cases 2, late 3, faults 1"
        ]
    );
    assert_eq!(
        said(Post::Leader, None, false),
        ["同事向您交带班领导班：事件2，欠报3，故障1；请登录签字", "Sign for duty: cases 2, late 3, faults 1"]
    );
    assert_eq!(
        said(Post::Leader, Some("李四"), true),
        ["李四已签字接带班领导班", "李四 signed for the duty as leader"]
    );
    assert_eq!(said(Post::Other, None, true), ["对方已签字接值班", "Your relief signed for the duty"]);
}

#[test]
fn a_mail_is_whole_for_every_duty() {
    for language in LANGUAGES {
        for post in [Post::Officer, Post::Leader, Post::Other] {
            for (other, taken) in [(None, false), (None, true), (Some("李四"), false), (Some("李四"), true)]
            {
                let mail =
                    texts().render(&brief(Medium::Email, language, shift(post, other, taken))).unwrap();
                assert!(!mail.text.contains("\n\n\n") && !mail.text.contains("  "), "{}", mail.text);
                let subject = mail.subject.unwrap();
                assert!(
                    !subject.is_empty() && !subject.contains('\n') && !subject.contains("  "),
                    "{subject}"
                );
                assert_eq!(mail.text.contains("李四"), other.is_some(), "{}", mail.text);
            }
        }
    }
}
