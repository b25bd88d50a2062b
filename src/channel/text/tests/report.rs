//! The written report: whole, numbered, honest about what nobody verified.

use super::*;

fn report(kind: ReportKind) -> Report {
    Report {
        language: Language::Chinese,
        kind,
        test: false,
        verified: true,
        handled: true,
        organisation: "黑龙江省产权交易集团".to_owned(),
        authority: "省国资委值班室".to_owned(),
        unit: "拍卖公司".to_owned(),
        case_kind: Kind::Suspected,
        people: 1,
        written_at: clock(3, 24),
        series: "CB-20260923-01".to_owned(),
        due: Some(clock(3, 31)),
        telephone: TelephoneLine::Taken { at: clock(3, 22), by: TakenBy::Recorded },
        items: Items {
            event: Some("拍卖公司职工宿舍1人疑似".to_owned()),
            symptoms: Some("38.9℃，<b>咳嗽</b>\r\n{{ x }}".to_owned()),
            ..Items::default()
        },
        signer: Some("吴某（03:23）".to_owned()),
        head: Some(Head { hash: "4f2a0000000091c0".to_owned(), entry: 10423 }),
        receipt_page: Some("https://yq.hljcq.cn/w".to_owned()),
        receipt_code: Some("7315 06".to_owned()),
        phone: Some("0451-51000001".to_owned()),
    }
}

#[test]
fn a_first_report_has_fifteen_items_and_says_what_is_unknown() {
    let paper = texts().report(&report(ReportKind::Initial)).unwrap();
    assert_eq!(
        paper.subject.as_deref(),
        Some("【初报】黑龙江省产权交易集团关于拍卖公司1例疑似病例的报告（2026年9月23日03:24）")
    );
    let lines: Vec<&str> = paper.text.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "省国资委值班室：",
            "按照“先电话、后书面”要求，现将有关情况报告如下。",
            "电话报告：03:22，贵处已接报（我方人员登记）。"
        ]
    );
    assert_eq!(lines[3], " 1 事件名称  拍卖公司职工宿舍1人疑似");
    assert_eq!(lines[9], " 7 症状体征  38.9℃，<b>咳嗽</b> {{ x }}");
    assert_eq!(lines[17], "15 已告知  待核实");
    assert_eq!(paper.text.matches("待核实").count(), 13 + 1);
    assert_eq!(
        lines[18..],
        [
            "签发：吴某（03:23）",
            "本报告为初报，“待核实”内容核实后立即续报。报告编号 CB-20260923-01-初报，时限03:31。",
            "请打开 https://yq.hljcq.cn/w 输入 7315 06 确认收到，或来电 0451-51000001。",
            "（记录校验 4f2a…91c0，第10423条）",
        ]
    );
    let html = paper.html.unwrap();
    assert!(html.contains("&lt;b&gt;咳嗽") && html.contains("size: A4"), "{html}");
    for foreign in ["<b>", "<script", "src=", "href=", "@import", "url("] {
        assert!(!html.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_report_that_nobody_verified_says_so_first() {
    for language in LANGUAGES {
        let paper = Report { language, verified: false, signer: None, ..report(ReportKind::Initial) };
        let paper = texts().report(&paper).unwrap();
        let (first, signed) = match language {
            Language::Chinese => ("本报告由值班系统按规定时限自动报送，尚未经人工核实和签发", "签发：未签发"),
            Language::English => {
                ("This report was sent by the duty system at the limit.", "Approved by: not approved")
            }
        };
        assert!(paper.text.starts_with(first), "{}", paper.text);
        assert!(paper.text.contains(signed), "{}", paper.text);
        let verifies = language.pick("；值班员正在核实。", "; the duty officer is verifying it.");
        assert!(paper.text.contains(verifies), "{}", paper.text);
        let alone =
            Report { language, verified: false, handled: false, signer: None, ..report(ReportKind::Initial) };
        let alone = texts().report(&alone).unwrap();
        assert!(alone.text.starts_with(first) && !alone.text.contains(verifies), "{}", alone.text);
        let html = paper.html.unwrap();
        assert!(html.find("class=\"notice\"") < html.find("<h1>"), "{html}");
    }
}

#[test]
fn the_telephone_line_says_what_is_known_and_no_more() {
    let at = clock(3, 22);
    let taken = |by| TelephoneLine::Taken { at, by };
    let tried = |reached, goes_on| TelephoneLine::Attempted { since: at, times: 3, reached, goes_on };
    for (telephone, zh, en) in [
        (
            taken(TakenBy::Named("王处长".to_owned())),
            "电话报告：03:22，王处长接报。",
            "Telephone report: made 03:22, taken by 王处长.",
        ),
        (
            taken(TakenBy::Recorded),
            "电话报告：03:22，贵处已接报（我方人员登记）。",
            "Telephone report: made 03:22, taken at your end as our staff recorded.",
        ),
        (
            taken(TakenBy::Key),
            "电话报告：03:22，贵处接听人按键确认接报。",
            "Telephone report: made 03:22, confirmed at your end by a key pressed on the telephone.",
        ),
        (
            TelephoneLine::Reached { at, reached: Reached::Placed },
            "电话报告：03:22，电话已拨出，未确认有人接报。",
            "Telephone report: 03:22, the call was placed; it is not known that anybody took it.",
        ),
        (
            TelephoneLine::Reached { at, reached: Reached::Answered },
            "电话报告：03:22，电话已接通，未确认有人接报。",
            "Telephone report: 03:22, the call was answered; it is not known that anybody took it.",
        ),
        (
            TelephoneLine::Reached { at, reached: Reached::Heard },
            "电话报告：03:22，电话已接通并播完，未确认有人接报。",
            "Telephone report: 03:22, the call was answered and played to its end; it is not known that anybody took it.",
        ),
        (
            tried(Reached::Placed, true),
            "电话报告：自03:22起拨打3次，未确认有人接报，仍在拨打。",
            "Telephone report: attempted 3 times since 03:22; it is not known that anybody took it; we go on calling.",
        ),
        (
            tried(Reached::Answered, false),
            "电话报告：自03:22起拨打3次，曾接通，未确认有人接报。",
            "Telephone report: attempted 3 times since 03:22, answered; it is not known that anybody took it.",
        ),
        (
            tried(Reached::Heard, true),
            "电话报告：自03:22起拨打3次，曾接通并播完，未确认有人接报，仍在拨打。",
            "Telephone report: attempted 3 times since 03:22, answered and played to its end; it is not known that anybody took it; we go on calling.",
        ),
        (
            TelephoneLine::Impossible { reason: "没有可用的电话通道".to_owned() },
            "电话报告：未能进行，原因：没有可用的电话通道。",
            "Telephone report: not possible, because: 没有可用的电话通道.",
        ),
    ] {
        for (language, line) in [(Language::Chinese, zh), (Language::English, en)] {
            let paper = Report { language, telephone: telephone.clone(), ..report(ReportKind::Initial) };
            let text = texts().report(&paper).unwrap().text;
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
    }
}

#[test]
fn reports_are_numbered_and_only_the_first_lists_what_is_unknown() {
    let correction = ReportKind::Correction {
        count: 1,
        corrects: Some("CB-20260923-01-初报".to_owned()),
        ruled_out: true,
    };
    for (kind, zh, en) in [
        (ReportKind::Initial, "CB-20260923-01-初报", "CB-20260923-01-first"),
        (ReportKind::Progress(2), "CB-20260923-01-续报2", "CB-20260923-01-progress-2"),
        (ReportKind::Final(1), "CB-20260923-01-终报", "CB-20260923-01-final"),
        (ReportKind::Final(2), "CB-20260923-01-终报2", "CB-20260923-01-final-2"),
        (correction, "CB-20260923-01-更正1", "CB-20260923-01-correction-1"),
    ] {
        for (language, number) in [(Language::Chinese, zh), (Language::English, en)] {
            let paper = Report { language, test: true, ..report(kind.clone()) };
            assert_eq!(texts().report_number(&paper).unwrap(), number);
            let written = texts().report(&paper).unwrap();
            assert!(written.text.contains(number), "{}", written.text);
            let unknown = if language == Language::Chinese { "待核实" } else { "not yet verified" };
            assert_eq!(written.text.contains(unknown), kind == ReportKind::Initial, "{}", written.text);
            let mark = if language == Language::Chinese { "【测试】" } else { "[TEST]" };
            assert!(written.subject.as_ref().unwrap().starts_with(mark) && written.text.starts_with(mark));
            for part in parts(&written) {
                assert!(!part.contains("none") && !part.contains("undefined"), "{part}");
            }
        }
    }
    let ruled_out = texts()
        .report(&report(ReportKind::Correction { count: 1, corrects: None, ruled_out: true }))
        .unwrap();
    assert!(ruled_out.text.contains("该疑似情况已经排除"), "{}", ruled_out.text);
}

/// The report of the paper that was agreed, with everything known that can be.
fn whole(language: Language) -> Report {
    let zh = language == Language::Chinese;
    let pick = |chinese: &str, english: &str| Some(if zh { chinese } else { english }.to_owned());
    Report {
        language,
        authority: pick("省国资委值班室", "the duty desk of the provincial SASAC").unwrap(),
        unit: pick("拍卖公司", "the auction company").unwrap(),
        telephone: TelephoneLine::Taken {
            at: clock(3, 22),
            by: TakenBy::Named(pick("王处长", "Division Head Wang").unwrap()),
        },
        items: Items {
            event: pick(
                "拍卖公司职工宿舍1人疑似",
                "one suspected case, staff dormitory, the auction company",
            ),
            received: pick("2026-09-23 03:01", "2026-09-23 03:01"),
            source: pick("系统报送（hr-system）", "by system (hr-system)"),
            occurred: pick("2026-09-23 03:01", "2026-09-23 03:01"),
            place: pick(
                "哈尔滨市南岗区某街1号职工宿舍3楼",
                "staff dormitory, 3rd floor, 1 Some Street, Harbin",
            ),
            numbers: pick(
                "疑似1，确诊0，死亡0（李某，工号末四位1024）",
                "suspected 1, confirmed 0, deaths 0 (L., staff no. ending 1024)",
            ),
            symptoms: pick(
                "38.9℃（03:01），复测38.7℃（03:08），咳嗽",
                "38.9 °C (03:01), again 38.7 °C (03:08), cough",
            ),
            cause: pick("有接触史，原因待核实", "known to have been exposed; cause not yet verified"),
            scope: pick("同住3人，同楼层6人，名单核对中", "3 in the home, 6 on the floor, being checked"),
            measures: pick("03:09单独隔离、03:12联系发热门诊", "isolated 03:09, fever clinic called 03:12"),
            trend: None,
            next: pick("04:25前续报密接名单", "list of contacts by 04:25"),
            leaders: pick("拍卖公司负责人赵某（03:20到场）", "unit leader Zhao, 03:20"),
            reporter: pick(
                "黑龙江省产权交易集团 值班员王某 电话+8645151000000",
                "Heilongjiang Property Rights Exchange Group, duty officer Wang, tel. +8645151000000",
            ),
            told: pick("赵某03:06；吴某03:10；属地疾控03:19", "Zhao 03:06; Wu 03:10; local CDC 03:19"),
        },
        ..report(ReportKind::Initial)
    }
}

/// Compares with the file of that name; a file that is missing is written, to be looked at.
#[track_caller]
fn golden(name: &str, text: &str) {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/channel/text/tests/golden").join(name);
    let Ok(known) = std::fs::read_to_string(&path) else {
        std::fs::write(&path, format!("{text}\n")).unwrap();
        panic!("{name} was missing and is written: read it before it is kept");
    };
    assert_eq!(known.trim_end(), text, "{name}");
}

#[test]
fn the_papers_read_as_they_were_agreed() {
    for language in LANGUAGES {
        let by_daemon = Report {
            verified: false,
            signer: None,
            telephone: TelephoneLine::Attempted {
                since: clock(3, 16),
                times: 2,
                reached: Reached::Placed,
                goes_on: true,
            },
            items: Items { scope: None, next: None, leaders: None, ..whole(language).items },
            ..whole(language)
        };
        let progress = Report {
            items: Items {
                numbers: whole(language).items.numbers,
                trend: whole(language).items.scope,
                ..Items::default()
            },
            kind: ReportKind::Progress(2),
            ..whole(language)
        };
        let number = Some("CB-20260923-01-1".to_owned());
        let ruled_out = Report {
            items: Items { numbers: whole(language).items.numbers, ..Items::default() },
            kind: ReportKind::Correction { count: 1, corrects: number, ruled_out: true },
            ..whole(language)
        };
        let papers = [
            ("first", whole(language)),
            ("latest", by_daemon),
            ("progress", progress),
            ("correction", ruled_out),
        ];
        for (name, paper) in papers {
            let paper = texts().report(&paper).unwrap();
            let name = format!("{name}.{}", language.code());
            golden(&format!("{name}.txt"), &format!("{}\n\n{}", paper.subject.unwrap(), paper.text));
            golden(&format!("{name}.html"), &paper.html.unwrap());
        }
    }
}
