//! The duty roster of a sheet: what an import shows, writes and refuses; as CSV and as `LibreOffice` saves it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::commands::watchfire;
use super::daemon::{Site, need};
use super::sheets::Office;

const HEAD: &str = "日期,值班员,带班领导,备注\n";

fn site() -> Site {
    Site::with(1, 3600, |text| {
        text + "\n[[person]]\nid = \"deputy\"\nname = \"副组长\"\nmobile = \"+8613800000042\"\n\
                email = \"deputy@example.cn\"\nref = \"E42\"\n"
    })
}

/// A sheet for so many days of a February that lies ahead of whoever runs this, and of the March behind it, by turns.
fn sheet(days: u32, change: impl Fn(u32, String) -> String) -> String {
    let row = |number: u32| {
        let date =
            if number <= 29 { format!("2036/2/{number}") } else { format!("2036年3月{}日", number - 29) };
        let officer = if number.is_multiple_of(2) { "值班员" } else { "+8613800000012" };
        let leader = if number.is_multiple_of(2) { "领导小组组长" } else { "ｅ42" };
        change(number, format!("{date},{officer},{leader},\n"))
    };
    format!("{HEAD}{}", (1..=days).map(row).collect::<String>())
}

fn import(site: &Site, file: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let config = site.config();
    let file = site.dir.path().join(file);
    let given = ["import", "--roster", file.to_str().unwrap(), "--config", config.to_str().unwrap()];
    watchfire(&[given.as_slice(), more].concat())
}

fn written(site: &Site) -> Option<String> {
    fs::read_to_string(site.config().join("roster.toml")).ok()
}

#[test]
fn a_sheet_is_shown_day_by_day_with_its_gaps_and_then_written_whole() {
    let site = site();
    let lacking = |number, row: String| {
        if number == 17 { "2036-02-17,值班员,,\n".to_owned() } else { row }
    };
    fs::write(site.dir.path().join("duty.csv"), sheet(31, lacking)).unwrap();
    let (status, dry, error) = import(&site, "duty.csv", &["--dry-run"]);
    assert_eq!(status, Some(0), "{dry}{error}");
    assert_eq!(written(&site), None);
    for line in [
        "2036-02-01 Fri  officer liaison 00:00-24:00  leader deputy 00:00-24:00",
        "2036-02-17 Sun  officer officer 00:00-24:00  leader -",
        "2036-03-02 Sun  officer liaison 00:00-24:00  leader deputy 00:00-24:00",
        "/ 2036-02-17 00:00-24:00 no leader: head by the rotation",
        "31 天，61 个班次，空缺 1 处 / days 31, turns 61, gaps 1",
        "[[person]] officer can be reached in one way alone, by their mobile number",
        "and the rotation of leader changes at 08:30: where the sheet does too, say --hours 08:30-08:30",
        "--dry-run: nothing was written",
    ] {
        assert!(dry.contains(line), "{line} in {dry}");
    }
    assert_eq!(dry.lines().filter(|line| line.starts_with("2036-")).count(), 32, "{dry}");
    assert!(!["组长", "+86", "E42"].iter().any(|text| dry.contains(text)), "{dry}");

    let (status, told, error) = import(&site, "duty.csv", &[]);
    assert_eq!(status, Some(0), "{error}");
    assert!(told.contains("written: ") && told.contains("roster.toml"), "{told}");
    let text = written(&site).unwrap();
    assert_eq!(text.matches("[[duty.override]]").count(), 61);
    let first = "role = \"leader\"\n\n[[duty.override]]\nperson = \"deputy\"\nfrom = \"2036-02-01T00:00:00+08:00\"\n\
                 to = \"2036-02-02T00:00:00+08:00\"\n";
    assert!(text.contains(first), "{text}");
    let mode = site.config().join("roster.toml").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    let config = site.config();
    let config = config.to_str().unwrap();
    assert_eq!(watchfire(&["check", "--config", config]).0, Some(0));
    let case = ["--case", "suspected", "--unit", "finance", "--at", "2036-02-02T12:00:00+08:00"];
    let (_, plan, _) = watchfire(&[&["plan", "--config", config], case.as_slice()].concat());
    assert!(plan.contains("officer 值班员 (duty.officer)"), "{plan}");

    let (status, told, _) = import(&site, "duty.csv", &[]);
    assert!(status == Some(0) && told.contains("nothing changes, and nothing was written"), "{told}");
    let (_, other, _) = import(&site, "duty.csv", &["--dry-run", "--hours", "08:30-08:30"]);
    let first = "2036-02-01 Fri  officer liaison 08:30-08:30(+1)  leader deputy 08:30-08:30(+1)";
    assert!(other.contains(first) && !other.contains("changes at"), "{other}");
    // A sheet of two of the days takes their place, and no other's.
    fs::write(
        site.dir.path().join("two.csv"),
        format!("{HEAD}2036-02-17,officer,deputy,\n2036-02-18,liaison,head,\n"),
    )
    .unwrap();
    let (status, told, error) = import(&site, "two.csv", &[]);
    assert_eq!(status, Some(0), "{told}{error}");
    let changed = written(&site).unwrap();
    assert_eq!(changed.matches("[[duty.override]]").count(), 62);
    let (before, after) = text.split_once("from = \"2036-02-17").unwrap();
    assert!(
        changed
            .starts_with(before.trim_end_matches("person = \"head\"\n").split("2036-02-16").next().unwrap())
    );
    assert!(changed.ends_with(after.split_once("from = \"2036-02-19").unwrap().1));
}

#[test]
fn a_sheet_with_one_wrong_row_writes_nothing_and_names_the_cell() {
    let site = site();
    fs::write(site.dir.path().join("good.csv"), sheet(3, |_, row| row)).unwrap();
    assert_eq!(import(&site, "good.csv", &[]).0, Some(0));
    let before = written(&site);
    for (rows, expected) in [
        ("2036-02-04,张三,head,\n", "row 2, “Officer”: is nobody of [[person]]"),
        ("2036-02-04,officer,head,\n2036-02-03,officer,head,\n", "row 3, “Date”: is before the row above"),
        ("2月4日,officer,head,\n", "row 2, “Date”: has no year: give it by --year"),
        ("3/4/2036,officer,head,\n", "row 2, “Date”: no day can be told"),
        ("2016-02-04,officer,head,\n", "every day of the sheet is past"),
    ] {
        fs::write(site.dir.path().join("bad.csv"), format!("{HEAD}{rows}")).unwrap();
        for more in [&["--dry-run"] as &[&str], &[]] {
            let (status, told, error) = import(&site, "bad.csv", more);
            assert_eq!(status, Some(1), "{told}{error}");
            assert!(told.contains(expected) && error.contains("nothing was written"), "{told}{error}");
            assert!(!told.contains("张三") && !error.contains("张三"));
        }
        assert_eq!(written(&site), before);
    }
    // What another file says is not overruled in silence.
    let other = site.config().join("more.toml");
    fs::write(
        &other,
        "[[duty]]\nrole = \"leader\"\n[[duty.override]]\nperson = \"deputy\"\nfrom = \"2036-02-02T08:00:00+08:00\"\n\
         to = \"2036-02-02T09:00:00+08:00\"\n",
    )
    .unwrap();
    let (status, told, _) = import(&site, "good.csv", &[]);
    let expected = "row 3: a [[duty.override]] of another file has deputy as leader (2036-02-02 08:00-09:00)";
    assert!(status == Some(1) && told.contains(expected), "{told}");
    fs::remove_file(other).unwrap();
    let own = "[[person]]\nid = \"p9\"\nname = \"九\"\n";
    fs::write(site.config().join("roster.toml"), own).unwrap();
    let (status, _, error) = import(&site, "good.csv", &[]);
    assert!(status == Some(1) && error.contains("move that into another file"), "{error}");
    for (more, expected) in [
        (["--hours", "8"], "--hours: expected two times of day"),
        (["--year", "26"], "26 is not in 2000..=2200"),
        (["--map", "lead=领导"], "the columns are date, officer, leader, hours, from, to"),
    ] {
        let (status, _, error) = import(&site, "good.csv", &more);
        assert!(status == Some(2) && error.contains(expected), "{error}");
    }
    let (status, _, error) = watchfire(&["import", "--config", site.config().to_str().unwrap()]);
    assert!(status == Some(2) && error.contains("<FILE>"), "{error}");
}

#[test]
fn what_libreoffice_saves_is_the_same_roster_in_every_kind() {
    need("soffice", "--no-install-recommends libreoffice-calc");
    let site = site();
    let rows = "2036-02-16,8:30,20:30,值班员,领导小组组长\n2036-02-16,20:30,8:30,财务部联络员,领导小组组长\n\
                2036-02-17,8:30,20:30,officer,13800000042\n";
    let typed = site.dir.path().join("typed.csv");
    fs::write(&typed, format!("日期,起,止,值班员,带班领导\n{rows}")).unwrap();
    assert_eq!(import(&site, "typed.csv", &[]).0, Some(0));
    let wanted = written(&site).unwrap();
    let turn =
        "person = \"liaison\"\nfrom = \"2036-02-16T20:30:00+08:00\"\nto = \"2036-02-17T08:30:00+08:00\"\n";
    assert!(wanted.contains(turn), "{wanted}");
    let office = Office(site.dir.path());
    // Dates and times of day as the program keeps them, and not as texts.
    let book = office.convert(&typed, &["xlsx", "--infilter=CSV:44,34,76,1,,0,false,true,false"], "xlsx");
    let gb = office.convert(&book, &["csv:Text - txt - csv (StarCalc):59,34,85,1,,0,false,true"], "csv");
    assert!(std::str::from_utf8(&fs::read(&gb).unwrap()).is_err());
    for file in [book, gb] {
        fs::remove_file(site.config().join("roster.toml")).unwrap();
        let (status, told, error) = import(&site, file.to_str().unwrap(), &[]);
        assert_eq!(status, Some(0), "{told}{error}");
        assert_eq!(written(&site).as_ref(), Some(&wanted), "{}", file.display());
    }
}
