//! Calls: what is spoken, what only after a key, and what each key is answered with.

use super::*;

#[test]
fn a_call_says_nothing_but_urgency_before_a_key() {
    for language in LANGUAGES {
        for kind in [Kind::Fever, Kind::Suspected, Kind::Confirmed] {
            let call = alert(kind, Medium::Phone { keys: true }, language);
            for private in [
                "拍卖",
                "38",
                "4821",
                "C-2026",
                "宿舍",
                "疑似",
                "确诊",
                "发热",
                "fever",
                "suspected",
                "confirmed",
                "http",
            ] {
                assert!(!call.text.contains(private), "{private} in {}", call.text);
            }
            let keys: Vec<char> = call.answers.keys().copied().collect();
            assert_eq!(keys, ['1', '2', '3', '9']);
            assert!(call.answers[&'1'].contains("拍卖公司"), "{:?}", call.answers);
        }
    }
}

#[test]
fn a_call_is_spoken_and_not_read_from_paper() {
    let call = alert(Kind::Suspected, Medium::Phone { keys: true }, Language::Chinese);
    assert_eq!(
        call.text,
        "您好，这里是产权集团值班中心，来电找周组长。有一起紧急事件，三点三十一分之前必须先电话、后书面报告上级。\
         由您处置请按1，知道了请按2，无法处置请按3，打错了请按9。"
    );
    assert_eq!(
        call.answers[&'1'],
        "已记录。如别人还没有接手，就由您处置；已有人接手的，马上告诉您是谁。拍卖公司在三点零一分发现一人疑似。\
         请打开值班页面，先打电话，后发书面。八分钟内没有进展，我们会再次来电。"
    );
    let texts = texts();
    for brief in everything().into_iter().filter(|brief| matches!(brief.medium, Medium::Phone { .. })) {
        // A channel's id is spelt as it is configured.
        if matches!(brief.what, What::Alarm(_) | What::Head { .. }) {
            continue;
        }
        let call = texts.render(&brief).unwrap();
        for part in parts(&call) {
            assert!(!part.contains([':', '-', '/', '%', '<', '&']), "{part}");
            let numbers = part.chars().filter(char::is_ascii_digit).collect::<String>();
            // The only figures are the keys, in their order.
            assert!(
                "1239".contains(&numbers) || ["129", "139", "239", "29", "123"].contains(&numbers.as_str()),
                "{part}"
            );
        }
        assert!(brief.has_keys() || call.answers.is_empty());
    }
}

#[test]
fn every_key_a_call_offers_is_answered() {
    let texts = texts();
    let calls = everything().into_iter().filter(Brief::has_keys);
    for brief in calls.filter(|brief| !matches!(brief.what, What::Head { .. })) {
        let call = texts.render(&brief).unwrap();
        for key in KEYS {
            let offered =
                call.text.contains(&format!("请按{key}")) || call.text.contains(&format!("press {key}"));
            assert_eq!(offered, call.answers.contains_key(&key), "{key}: {}", call.text);
        }
    }
}

#[test]
fn a_code_is_spoken_digit_by_digit_and_twice() {
    let what = What::SignIn { code: "482173".to_owned(), minutes: 5 };
    let call = texts().render(&brief(Medium::Phone { keys: false }, Language::Chinese, what)).unwrap();
    assert_eq!(call.text.matches("四，八，二，一，七，三").count(), 2, "{}", call.text);
}

#[test]
fn the_machine_tells_an_authority_that_it_is_a_machine() {
    let what = |verified| What::Telephone {
        event: event(Kind::Suspected),
        people: 1,
        measures: Some("已隔离".to_owned()),
        verified,
        ruled_out: false,
    };
    let medium = Medium::Phone { keys: true };
    let call = texts().render(&brief(medium, Language::Chinese, what(false))).unwrap();
    assert_eq!(
        call.text,
        "您好，这里是黑龙江省产权交易集团值班中心的自动来电，内容尚未经人工核实。现按先电话后书面的要求报告，\
         拍卖公司在三点零一分发现一人疑似，已隔离。书面报告随后发到贵处值班邮箱。\
         接报请按1，请我方值班员马上打给您请按2，请稍后再打请按3，打错了请按9。"
    );
    let verified = texts().render(&brief(medium, Language::Chinese, what(true))).unwrap();
    assert!(!verified.text.contains("尚未经人工核实"));
}

#[test]
fn whoever_presses_1_is_not_told_that_they_have_what_another_may_have_taken() {
    for (language, unless) in
        [(Language::Chinese, "别人还没有接手，就由您处置"), (Language::English, "yours unless somebody")]
    {
        let texts = texts();
        let keys = Medium::Phone { keys: true };
        let briefs = everything().into_iter().filter(|it| it.language == language && it.medium == keys);
        let briefs = briefs.filter(|it| {
            matches!(
                it.what,
                What::Alert(_) | What::Warning { .. } | What::Overdue { .. } | What::Handover { .. }
            )
        });
        let takes: Vec<_> = briefs.map(|brief| texts.render(&brief).unwrap()).collect();
        assert!(takes.len() >= 4, "the alert, the warning, the breach, the handover: {}", takes.len());
        for call in takes {
            assert!(call.answers[&'1'].contains(unless), "{:?}", call.answers);
        }
    }
}
