//! Sheets as people keep them: what is told of each row, and what is left open.

use super::*;

fn people() -> People {
    let known = |id: &str, name: &str, reference: Option<&str>, mobile: Option<&str>, email| Known {
        id: PersonId::new(id),
        name: name.to_owned(),
        reference: reference.map(str::to_owned),
        mobile: mobile.map(str::to_owned),
        email,
    };
    People(vec![
        known("p31", "王明", Some("E31"), Some("+8613800000031"), true),
        known("p32", "李 强", None, Some("+8613800000032"), true),
        known("p41", "赵局", None, Some("+8613800000041"), true),
        known("p42", "钱局", None, Some("+8613800000042"), false),
        known("p51", "同名", None, Some("+8613800000051"), true),
        known("p52", "同名", None, None, false),
    ])
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").unwrap()
}

/// What a sheet says on 1 February 2026: turns, gaps, what is wrong, what is in doubt, each on a line.
fn told(text: &str) -> String {
    told_by(text, Hours::DAY)
}

fn told_by(text: &str, hours: Hours) -> String {
    let (people, zone) = (people(), zone());
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let given = Given { people: &people, zone: &zone, now, year: Some(2026), hours };
    let roster = match read(text.as_bytes(), &Columns::of_roster(&[]), &given) {
        Ok(roster) => roster,
        Err(refusal) => return format!("{refusal:?}"),
    };
    let turns = roster.turns.iter().map(|turn| {
        format!("{} {} {} {}", turn.row, turn.role, turn.person, span(&zone, (turn.from, turn.to)))
    });
    let gaps = gaps(&roster, &zone);
    let gaps = gaps.iter().map(|gap| format!("{} no {}", gap.when(&zone), gap.role));
    let wrong = roster.wrong.iter().map(|told| format!("wrong {}", told.says.en));
    let doubts = roster.doubts.iter().map(|told| format!("doubt {}", told.says.en));
    turns.chain(gaps).chain(wrong).chain(doubts).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(rows: &str, expected: &[&str]) {
    assert_eq!(told(rows), expected.join("\n"));
}

const HEAD: &str = "日期,值班员,带班领导\n";

#[test]
fn each_row_is_a_whole_day_and_people_are_told_by_whatever_names_them_alone() {
    check(
        &format!("{HEAD}2026/2/17,王明,p41\n2月18日,李强,赵　局\n2026-02-19,ｅ31,138 0000 0041\n"),
        &[
            "2 officer p31 2026-02-17 00:00-24:00",
            "2 leader p41 2026-02-17 00:00-24:00",
            "3 officer p32 2026-02-18 00:00-24:00",
            "3 leader p41 2026-02-18 00:00-24:00",
            "4 officer p31 2026-02-19 00:00-24:00",
            "4 leader p41 2026-02-19 00:00-24:00",
        ],
    );
}

#[test]
fn what_is_left_open_is_named_by_its_day_and_hours() {
    check(
        "日期,时段,值班员,带班领导\n2026-02-16,,王明,赵局\n2026-02-17,00:00-20:00,李强,赵局\n\
         2026-02-17,20:00-24:00,王明,\n2026-02-19,,王明,赵局\n",
        &[
            "2 officer p31 2026-02-16 00:00-24:00",
            "2 leader p41 2026-02-16 00:00-24:00",
            "3 officer p32 2026-02-17 00:00-20:00",
            "3 leader p41 2026-02-17 00:00-20:00",
            "4 officer p31 2026-02-17 20:00-24:00",
            "5 officer p31 2026-02-19 00:00-24:00",
            "5 leader p41 2026-02-19 00:00-24:00",
            "2026-02-17 20:00-24:00 no leader",
            "2026-02-18 00:00-24:00 no leader",
            "2026-02-18 00:00-24:00 no officer",
        ],
    );
    // The last row has nobody.
    let open = told(&format!("{HEAD}2026-02-17,王明,赵局\n2026-02-18,,赵局\n"));
    assert!(open.contains("2026-02-18 00:00-24:00 no officer"), "{open}");
}

#[test]
fn a_turn_may_go_on_into_the_next_day() {
    let half_past_eight = Hours::read("08:30-08:30").unwrap();
    assert_eq!(
        told_by("date,officer\n2026-02-17,p31\n2026-02-19,p32\n", half_past_eight),
        [
            "2 officer p31 2026-02-17 08:30-08:30(+1)",
            "3 officer p32 2026-02-19 08:30-08:30(+1)",
            "2026-02-18 08:30-24:00 no officer",
            "2026-02-19 00:00-08:30 no officer",
        ]
        .join("\n")
    );
    check(
        "日期,起,止,值班员\n2026-02-17,8:30,20:30,王明\n2026-02-17,20:30,次日8:30,李强\n",
        &["2 officer p31 2026-02-17 08:30-20:30", "3 officer p32 2026-02-17 20:30-08:30(+1)"],
    );
}

#[test]
fn two_at_once_in_one_role_are_wrong_and_one_in_both_is_told() {
    check(
        &format!("{HEAD}2026-02-17,王明,王明\n2026-02-17,李强,\n"),
        &[
            "2 officer p31 2026-02-17 00:00-24:00",
            "2 leader p31 2026-02-17 00:00-24:00",
            "3 officer p32 2026-02-17 00:00-24:00",
            "wrong row 3, “Officer”: runs at the same time as row 2: expected one person at a time",
            "doubt row 2, “Leader”: one person is officer and leader at the same time",
        ],
    );
}

#[test]
fn whoever_cannot_be_told_is_named_by_the_cell_and_not_by_what_stands_in_it() {
    let said = told(&format!("{HEAD}2026-02-17,张三,同名\n2026-02-18,王明、李强,赵局\n2026-02-19,同名,\n"));
    let wrong: Vec<&str> = said.lines().filter(|line| line.starts_with("wrong")).collect();
    assert_eq!(
        wrong,
        [
            "wrong row 2, “Officer”: is nobody of [[person]]: expected a name, an id, an employee number or a mobile \
             number of one",
            "wrong row 2, “Leader”: more than one person is called so: expected the id or the employee number",
            "wrong row 3, “Officer”: there is more than one person: expected one at a time, with rows for their hours",
            "wrong row 4, “Officer”: more than one person is called so: expected the id or the employee number",
        ]
    );
    assert!(!said.contains("张三"), "{said}");
}

#[test]
fn days_out_of_order_or_past_and_cells_that_say_none_are_told() {
    let said = told(&format!("{HEAD}2026-02-17,王明,\n2026-02-16,李强,\n2/18,王明,\n,王明,\n46072,李强,\n"));
    let wrong: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("wrong ")).collect();
    let expected = [
        "row 3, “Date”: is before the row above: expected the days in their order",
        "row 4, “Date”: no day can be told",
        "row 5, “Date”: there is none: expected one in each row",
        "row 6, “Date”: no day can be told",
    ];
    assert_eq!(wrong.len(), expected.len(), "{said}");
    for (wrong, expected) in wrong.iter().zip(expected) {
        assert!(wrong.starts_with(expected), "{wrong}");
    }
    let past = told(&format!("{HEAD}2026-01-30,王明,赵局\n2026-02-01,王明,赵局\n"));
    assert!(past.contains("doubt from row 2 on 2 turns are past") && !past.contains("wrong"), "{past}");
    let all = told(&format!("{HEAD}2025-02-17,王明,赵局\n"));
    assert!(all.ends_with("wrong every day of the sheet is past: is the year right?"), "{all}");
    let long = told(&format!("{HEAD}2026-02-17,王明,赵局\n2027-12-17,王明,赵局\n"));
    assert!(long.contains("wrong more than 400 days lie between"), "{long}");
}

#[test]
fn hours_that_cannot_be_told_are_wrong() {
    for (head, row) in [
        ("日期,时段,值班员", "2026-02-17,白班,王明"),
        ("日期,起,止,值班员", "2026-02-17,8:30,,王明"),
        ("日期,起,止,值班员", "2026-02-17,,8:30,王明"),
        ("日期,起,止,值班员", "2026-02-17,24:00,8:30,王明"),
        ("日期,时段,起,止,值班员", "2026-02-17,8:30-9:30,8:30,9:30,王明"),
    ] {
        let said = told(&format!("{head}\n{row}\n"));
        assert!(said.contains("no hours can be told") && said.lines().count() == 1, "{row}: {said}");
    }
}

#[test]
fn whoever_has_no_second_way_is_told_and_whoever_has_none_is_wrong() {
    check(
        &format!("{HEAD}2026-02-17,p52,p42\n"),
        &[
            "2 officer p52 2026-02-17 00:00-24:00",
            "2 leader p42 2026-02-17 00:00-24:00",
            "wrong row 2, “Officer”: [[person]] p52 has no mobile number and no address: nothing reaches them",
            "doubt row 2, “Leader”: [[person]] p42 can be reached in one way alone, by their mobile number",
        ],
    );
}

#[test]
fn a_sheet_that_names_nobody_is_none() {
    check("日期,备注\n2026-02-17,放假\n", &["wrong the sheet names nobody who is on duty"]);
    let none = told("备注\n放假\n");
    assert!(none.contains("应为表头"), "{none}");
}
