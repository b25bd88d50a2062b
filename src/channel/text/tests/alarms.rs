//! Alarms and names by SMS: as much of a name as there is room for, and never more than one SMS.

use super::*;

#[test]
fn an_alarm_by_sms_names_as_much_as_there_is_room_for() {
    let sms = |language, alarm| {
        let brief = brief(Medium::Sms, language, What::Alarm(alarm));
        let text = texts().render(&brief).unwrap().text;
        assert!(brief.units(&text) <= SMS_UNITS_MAX, "{text}");
        text
    };
    let person = |name: &str| Alarm::PersonNotReached { person: name.to_owned() };
    let authority = |name: &str| Alarm::AuthorityUnreachable { authority: name.to_owned() };
    assert_eq!(
        sms(Language::English, person("Wang Xiaoming")),
        "【黑龙江产权集团】Alarm: Wang Xiaoming not reached. Tell them, check the ways"
    );
    assert_eq!(
        sms(Language::English, authority("the provincial SASAC")),
        "【黑龙江产权集团】Alarm: the provinc… has no address. Report by hand, record it"
    );
    assert_eq!(
        sms(Language::Chinese, authority(&"省国资委值班室".repeat(5))),
        "【黑龙江产权集团】值守告警：配置里没有省国资委值班室省国资委值班室省国资委值班室省国资委值班室省…的联系方式，系统无法报送。请人工报告并登记"
    );
    // Of a name whose characters count twice, and of every name that is too long, its beginning.
    assert!(sms(Language::Chinese, person(&"𠮷".repeat(40))).contains("𠮷𠮷𠮷…"));
    for (language, what) in
        LANGUAGES.iter().flat_map(|it| What::longest(&unit(*it)).into_iter().map(|what| (*it, what)))
    {
        let What::Alarm(alarm) = what else { continue };
        let begins = ["voice-n", "gate-do", "group-n", "办公室负责人甲", "省国资委值班室"];
        let names = !matches!(alarm, Alarm::CaseNotTaken { .. }) && format!("{alarm:?}").contains(" { ");
        let text = sms(language, alarm);
        assert_eq!(begins.iter().any(|begin| text.contains(begin)), names, "{text}");
    }
}

#[test]
fn a_handler_whose_characters_count_twice_is_named_within_one_sms() {
    let by = Some("𠮷".repeat(14));
    for language in LANGUAGES {
        for due in [None, Some(false), Some(true)] {
            let due =
                due.map(|passed| Due { at: Moment::new(date(2026, 12, 23).at(23, 59, 0, 0), true), passed });
            let what =
                What::Relieved { event: Event { due, more: 98, ..event(Kind::Confirmed) }, by: by.clone() };
            let brief = Brief { test: true, late: true, ..brief(Medium::Sms, language, what) };
            let text = texts().render(&brief).unwrap().text;
            assert!(brief.units(&text) <= SMS_UNITS_MAX && text.contains("𠮷𠮷𠮷"), "{text}");
        }
    }
}
