//! Whom an id means, for good: a lapse shows the name that somebody had when they left, and nobody gets their id.

use serde_json::{Value, json};

use crate::commands::watchfire;
use crate::daemon::{Daemon, Site, TOKEN, until};
use crate::provider::Provider;

/// The officer as the configuration names them, and their turn of duty.
const OFFICER: &str = "id = \"officer\"\nname = \"值班员\"";
const TURN: &str = "rotation = [\"officer\"]";

fn change(site: &Site, changes: &[(&str, &str)]) {
    let file = site.config().join("site.toml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    std::fs::write(&file, text).unwrap();
}

/// How many configurations were adopted.
fn adopted(site: &Site) -> usize {
    let adopts = |entry: &&Value| entry["facts"].to_string().contains("configuration_loaded");
    site.journal().iter().filter(adopts).count()
}

async fn reload(site: &Site, daemon: &Daemon) {
    let before = adopted(site);
    daemon.signal("-HUP");
    until("the other configuration", 20, async || (adopted(site) > before).then_some(())).await;
}

/// What `check` says of the site.
fn checked(site: &Site) -> (Option<i32>, String) {
    let (status, told, error) = watchfire(&["check", "--config", site.config().to_str().unwrap()]);
    (status, told + &error)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_is_named_in_their_lapse_and_their_id_is_given_to_nobody() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 2);
    let (status, told) = checked(&site);
    assert!(status == Some(0) && !told.contains("looked up"), "nothing is on record: {told}");
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("late", true).await;
    let first: Value = until("a lapse", 20, async || {
        let lapses: Value = site.get("/v1/lapses").await;
        lapses["lapses"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(first["names"]["officer"], "值班员", "{first}");

    change(
        &site,
        &[(OFFICER, "id = \"successor\"\nname = \"接任者\""), (TURN, "rotation = [\"successor\"]")],
    );
    assert_eq!(checked(&site).0, Some(0), "{}", checked(&site).1);
    reload(&site, &daemon).await;
    // Twice, so that the copy that named them is not the last one.
    change(&site, &[("short_name = \"产权集团\"", "short_name = \"产权\"")]);
    reload(&site, &daemon).await;
    let named = async || {
        let lapses: Value = site.get("/v1/lapses").await;
        let lapses = lapses["lapses"].as_array().unwrap().clone();
        let lapse = lapses.into_iter().find(|it| it["lapse"] == first["lapse"]).unwrap();
        assert_eq!(lapse["subjects"]["person_involved"], "officer");
        lapse["names"]["officer"].clone()
    };
    until("the lapse to name them", 20, async || (named().await == "值班员").then_some(())).await;
    let response = crate::daemon::client().get(site.url("/v1/ledger?format=csv"));
    let csv = response.bearer_auth(TOKEN).send().await.unwrap().text().await.unwrap();
    assert!(csv.contains("officer,值班员,"), "{csv}");

    // Somebody else under the same id, and the same person spelled otherwise, are refused.
    let again = "[[person]]\nid = \"officer\"\nname = \"另一人\"\n\n[[role]]\nperson = \"head\"";
    change(&site, &[("[[role]]\nperson = \"head\"", again)]);
    let (status, told) = checked(&site);
    assert!(status == Some(2) && told.contains("this id is on record under another name"), "{told}");
    assert!(told.contains("person \"officer\": name") && !told.contains("值班员"), "{told}");
    let before = adopted(&site);
    daemon.signal("-HUP");
    until("the refusal", 20, async || site.log().contains("on record under another name").then_some(()))
        .await;
    assert_eq!(adopted(&site), before);
    assert!(daemon.stop().await);

    // A start goes on, and says so: nobody is left without a duty officer. Which of the two a lapse means is not
    // guessed, and no later change is kept out by it.
    let daemon = site.start().await;
    assert_eq!(named().await, "值班员 / 另一人");
    change(&site, &[("short_name = \"产权\"", "short_name = \"产权集团\"")]);
    reload(&site, &daemon).await;
    let head = site.head_in_file().await;
    let (config, out) = (site.config(), site.dir.path().join("pack"));
    let call = ["ledger", "pack", first["lapse"].as_str().unwrap(), "--config", config.to_str().unwrap()];
    let more = ["--out", out.to_str().unwrap(), "--against", head.to_str().unwrap()];
    let (status, told, error) = watchfire(&[call.as_slice(), more.as_slice()].concat());
    assert_eq!(status, Some(0), "{told}{error}");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("值班员") && !page.contains("另一人"), "{page}");
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

/// Each lapse as the API shows it: its unit, what that was called, and the post of the person involved.
async fn shown(site: &Site) -> Vec<Value> {
    let lapses: Value = site.get("/v1/lapses").await;
    let lapses = lapses["lapses"].as_array().unwrap().iter();
    let shown = |it: &Value| json!([it["unit"], it["unit_name"], it["posts"]["person_involved"]]);
    lapses.map(shown).collect()
}

/// What `ledger list` prints, and what it says beside that.
fn listed(site: &Site, more: &[&str]) -> (String, String) {
    let config = site.config();
    let call = ["ledger", "list", "--config", config.to_str().unwrap()];
    let (status, told, error) = watchfire(&[call.as_slice(), more].concat());
    assert_eq!(status, Some(0), "{told}{error}");
    (told, error)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lapse_names_the_unit_and_the_posts_of_then_whatever_they_are_called_and_held_afterwards() {
    let provider = Provider::start().await;
    let site = Site::new(provider.port, 2);
    let daemon = site.start().await;
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    site.case("late", true).await;
    let before = json!(["finance", "财务部 Finance", "duty_officer"]);
    until("a lapse", 20, async || shown(&site).await.contains(&before).then_some(())).await;

    // The unit takes another name, and the officer is its liaison from here on.
    let successor = "id = \"officer\"\nname = \"值班员\"\n[[person]]\nid = \"successor\"\nname = \"接任者\"";
    change(
        &site,
        &[
            ("name = \"财务部 Finance\"", "name = \"资金部 Treasury\""),
            ("liaison = \"liaison\"", "liaison = \"officer\""),
            (TURN, "rotation = [\"successor\"]"),
            (OFFICER, successor),
        ],
    );
    reload(&site, &daemon).await;
    site.case("later", true).await;
    let after = json!(["finance", "资金部 Treasury", "duty_officer"]);
    until("a lapse of the other name", 20, async || shown(&site).await.contains(&after).then_some(())).await;
    let both = shown(&site).await;
    assert!(both.contains(&before), "{both:?}");

    // There is no unit of that id any more, and nobody of the officer's.
    change(
        &site,
        &[
            ("id = \"finance\"", "id = \"treasury\""),
            ("short_name = \"财务部\"", "short_name = \"资金部\""),
            ("liaison = \"officer\"", "liaison = \"liaison\""),
            (successor, "id = \"successor\"\nname = \"接任者\""),
        ],
    );
    reload(&site, &daemon).await;
    until("the same of a unit that is no more", 20, async || (shown(&site).await == both).then_some(()))
        .await;
    let csv = crate::daemon::client().get(site.url("/v1/ledger?format=csv"));
    let csv = csv.bearer_auth(TOKEN).send().await.unwrap().text().await.unwrap();
    assert!(csv.contains(",finance,财务部 Finance,") && csv.contains(",finance,资金部 Treasury,"), "{csv}");
    assert!(csv.contains(",officer,值班员,值班员,head,领导小组组长,带班领导,"), "{csv}");
    let lapses: Value = site.get("/v1/lapses").await;
    let of_then = |it: &&Value| it["unit_name"] == "财务部 Finance";
    let lapse = lapses["lapses"].as_array().unwrap().iter().find(of_then).unwrap()["lapse"].clone();
    let lapse = lapse.as_str().unwrap();
    let head = site.head_in_file().await;
    assert!(daemon.stop().await);

    // The same from the files; where the key is not at hand, by ids, and it says so.
    let (told, error) = listed(&site, &[]);
    assert!(told.contains("财务部 Finance") && told.contains("资金部 Treasury"), "{told}");
    assert!(
        told.contains("值班员（值班员） / 领导小组组长（带班领导）") && error.is_empty(),
        "{told}{error}"
    );
    let config = site.config();
    let (status, told, _) = watchfire(&["ledger", "show", lapse, "--config", config.to_str().unwrap()]);
    assert!(status == Some(0) && told.contains("单位 its name: 财务部 Finance"), "{told}");
    assert!(told.contains("当事人 their name: 值班员"), "{told}");
    let out = site.dir.path().join("pack");
    let call =
        ["ledger", "pack", lapse, "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let (status, told, error) =
        watchfire(&[call.as_slice(), &["--against", head.to_str().unwrap()]].concat());
    assert_eq!(status, Some(0), "{told}{error}");
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("财务部 Finance") && !page.contains("资金部 Treasury"), "{page}");
    let (key, elsewhere) = (site.data().join("master-key"), site.dir.path().join("key"));
    std::fs::rename(key, &elsewhere).unwrap();
    let (told, error) = listed(&site, &[]);
    assert!(told.contains("officer（值班员）") && !told.contains("财务部 Finance"), "{told}");
    assert!(error.contains("the vault's key cannot be read here; give its file by --master-key"), "{error}");
    let (told, error) = listed(&site, &["--master-key", elsewhere.to_str().unwrap()]);
    assert!(told.contains("财务部 Finance") && error.is_empty(), "{told}{error}");
}
