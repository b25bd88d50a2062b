//! Registers as `LibreOffice` writes them: filed by the real daemon, and read back as what was typed.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::daemon::{Site, TOKEN, client, event, need, run};

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The site with a register that has a column of each kind.
fn site() -> Site {
    Site::with(1, 30, |text| {
        let (head, _) = text.split_once("columns = [").unwrap();
        let columns = [
            ("person", "text", "姓名", "Name", ", personal = true, required = true"),
            ("relation", "choice", "关系", "Relation", r#", options = ["本人", "子女"]"#),
            ("left_on", "date", "出发日期", "Left on", ""),
            ("mobile", "text", "手机", "Mobile", ""),
            ("bags", "count", "件数", "Bags", ""),
            ("reading", "number", "体温", "Reading", ""),
        ];
        let column = |(name, kind, zh, en, rest): (&str, &str, &str, &str, &str)| {
            let label = format!("{{ zh-CN = \"{zh}\", en = \"{en}\" }}");
            format!("{{ name = \"{name}\", type = \"{kind}\", label = {label}{rest} }},\n")
        };
        let columns: String = columns.into_iter().map(column).collect();
        format!("{head}columns = [\n{}]\n", columns)
    })
}

/// What a person types: a number with a zero in front, quotation marks and line breaks, a formula.
const TYPED: &str = "王小明,本人,2026-11-23,013800000000,=1+2,36.6\r\n\
                     \"李, \"\"四\"\"\n五\",子女,2026-11-24,,\"1,234\",37\r\n";

fn typed() -> Value {
    json!([
        { "person": "王小明", "relation": "本人", "left_on": "2026-11-23", "mobile": "013800000000", "bags": 3,
          "reading": 36.6 },
        { "person": "李, \"四\"\n五", "relation": "子女", "left_on": "2026-11-24", "bags": 1234, "reading": 37 },
    ])
}

/// `LibreOffice` with a profile of its own.
pub(crate) struct Office<'s>(pub(crate) &'s Path);

impl Office<'_> {
    /// Opens a file and saves it as another kind.
    pub(crate) fn convert(&self, file: &Path, how: &[&str], ending: &str) -> PathBuf {
        let (profile, out) = (self.0.join("profile"), self.0.join(format!("out-{}", how.join(" ").len())));
        let mut office = Command::new("soffice");
        office.arg(format!("-env:UserInstallation=file://{}", profile.display()));
        office.args(["--headless", "--convert-to"]).args(how).arg("--outdir").arg(&out).arg(file);
        run(&mut office);
        out.join(file.with_extension(ending).file_name().unwrap())
    }
}

async fn file(site: &Site, day: &str, kind: &str, body: Vec<u8>) -> (u16, Value) {
    let url = site.url(&format!("/v1/reports?form=travel&unit=finance&by=liaison{day}"));
    let sent = client().post(url).bearer_auth(TOKEN).header("content-type", kind).body(body);
    let answer = sent.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn template(site: &Site, format: &str) -> Vec<u8> {
    let url = site.url(&format!("/v1/forms/travel/template?format={format}"));
    let answer = client().get(url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_libreoffice_saves_is_filed_and_read_back_as_it_was_typed() {
    need("soffice", "--no-install-recommends libreoffice-calc");
    let site = site();
    let daemon = site.start().await;
    let office = Office(site.dir.path());
    let filled = site.dir.path().join("filled.csv");
    let mut text = template(&site, "csv").await;
    text.extend_from_slice(TYPED.as_bytes());
    std::fs::write(&filled, text).unwrap();
    // The mobile's column as text; formulas are reckoned.
    let typing = "--infilter=CSV:44,34,76,1,4/2,0,false,true,false,false,false,-1,true";
    let book = office.convert(&filled, &["xlsx", typing], "xlsx");
    let (status, first) = file(&site, "", XLSX, std::fs::read(&book).unwrap()).await;
    assert_eq!(status, 201, "{first}");
    // What JSON says with the same rows is nothing new: they were read as they were typed.
    let body =
        json!({ "form": "travel", "unit": "finance", "by": "liaison", "day": first["day"], "rows": typed() });
    let (status, same) = site.post("/v1/reports", &body).await.unwrap();
    assert_eq!(
        (status, &same["duplicate"], &same["report"]),
        (200, &json!(true), &first["report"]),
        "{same}"
    );
    let day = format!("&day={}", first["day"].as_str().unwrap());
    for (encoding, separator, kind) in [
        (85, 44, CSV),
        (85, 59, "text/csv; charset=gb18030"),
        (76, 44, "text/csv; charset=utf-8"),
        (76, 9, CSV),
    ] {
        let filter = format!("csv:Text - txt - csv (StarCalc):{separator},34,{encoding},1,,0,false,true");
        let saved = std::fs::read(office.convert(&book, &[&filter], "csv")).unwrap();
        assert_eq!(std::str::from_utf8(&saved).is_ok(), encoding == 76);
        let (status, told) = file(&site, &day, kind, saved).await;
        assert_eq!((status, &told["duplicate"]), (200, &json!(true)), "{kind} {separator}: {told}");
    }
    for (kind, ending, status) in [(XLSX, "ods", 400), (XLSX, "xls", 415)] {
        let other = std::fs::read(office.convert(&book, &[ending], ending)).unwrap();
        let (told, problem) = file(&site, &day, kind, other).await;
        assert_eq!(told, status, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("另存为"), "{problem}");
    }
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_libreoffice_saved_again_is_still_one() {
    need("soffice", "--no-install-recommends libreoffice-calc");
    let site = site();
    let daemon = site.start().await;
    let empty = site.dir.path().join("empty.xlsx");
    std::fs::write(&empty, template(&site, "xlsx").await).unwrap();
    let saved = std::fs::read(Office(site.dir.path()).convert(&empty, &["xlsx"], "xlsx")).unwrap();
    let mut sheet = String::new();
    let mut package = zip::ZipArchive::new(Cursor::new(&saved)).unwrap();
    package.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    for kept in ["type=\"list\"", "options!$B$1:$B$2", "type=\"whole\""] {
        assert!(sheet.contains(kept), "{kept}: {sheet}");
    }
    let (status, told) = file(&site, "", XLSX, saved).await;
    assert_eq!((status, &told["errors"][0]["pointer"]), (422, &json!("/rows")), "{told}");
    assert_eq!(told["errors"].as_array().unwrap().len(), 1, "{told}");
    assert!(daemon.stop().await);
}

/// A file that the daemon hands out.
async fn handed_out(site: &Site, path: &str, name: &str) -> PathBuf {
    let answer = client().get(site.url(path)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    let file = site.dir.path().join(name);
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    file
}

fn records(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handed_out_opens_in_libreoffice_without_a_formula_and_without_a_lost_character() {
    need("soffice", "--no-install-recommends libreoffice-calc");
    let site = Site::with(1, 30, |text| {
        // A total has the unit's short name, the ledger its full one.
        let hostile = "name = '=1+2, \"财\"；㐀𠀀'";
        text.replace("name = \"财务部\"", hostile)
            .replace("name = \"财务部 Finance\"", hostile)
            .replace("name = \"财务部负责人\"", "name = '@SUM(1) 𠮷野'")
    });
    let daemon = site.start().await;
    let mut late = event("late", true);
    late["discovered_at"] = json!((jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1)).to_string());
    site.tell("/v1/events", late).await;
    let office = Office(site.dir.path());
    let figures = json!({ "on_duty": 23, "travelling": 0, "fever": 1, "remark": "无" });
    site.tell(
        "/v1/reports",
        json!({ "unit": "finance", "form": "daily", "by": "liaison", "figures": figures }),
    )
    .await;
    let book = handed_out(&site, "/v1/ledger?format=xlsx", "ledger.xlsx").await;
    let text = handed_out(&site, "/v1/ledger?format=csv", "plain.csv").await;
    let written = records(&text);
    assert!(written.len() > 1 && written[1].contains(&"'=1+2, \"财\"；㐀𠀀".to_owned()), "{written:?}");
    let totals = [
        handed_out(&site, "/v1/totals/daily?format=xlsx", "total.xlsx").await,
        handed_out(&site, "/v1/totals/daily?format=csv", "sums.csv").await,
    ];
    for file in [&book, &text, &totals[0], &totals[1]] {
        let reading = "--infilter=CSV:44,34,76,1,,0,false,true,false,false,false,-1,true";
        let is_text = file.extension().is_some_and(|ending| ending == "csv");
        let flat = office.convert(file, &["fods", reading][..if is_text { 2 } else { 1 }], "fods");
        let flat = std::fs::read_to_string(flat).unwrap();
        assert!(
            flat.contains("㐀𠀀") && !flat.contains("table:formula"),
            "{} holds a formula",
            file.display()
        );
    }
    // As it is shown: instants and lengths are no texts there, and say the same.
    let shown = office.convert(&book, &["csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"], "csv");
    let plain = |cell: &String| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    let plain: Vec<Vec<String>> = written.iter().map(|row| row.iter().map(plain).collect()).collect();
    assert_eq!(records(&shown), plain);
    assert!(daemon.stop().await);
}
