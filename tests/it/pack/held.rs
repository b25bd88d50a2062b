//! Of what a pack does not hold: what was erased, by its entry, and what is missing, which is a fault.

use serde_json::{Value, json};
use watchfire::ledger::Of;
use watchfire::ledger::pack::{Pack, check, gather};
use watchfire::time::{Clock as _, Zone};
use watchfire::vault::MasterKey;

use super::{Plain, WINDOW, concealed, read, sign, write};
use crate::app::TestApp;

#[tokio::test]
async fn what_the_vault_does_not_hold_is_said_to_be_missing_where_no_erasure_took_it_and_unopened_without_the_key()
 {
    let app = TestApp::armed().await;
    let of = Of::Lapse(concealed(&app).await.as_str().into());
    sign(&app);
    let (now, data, zone) = (app.clock.read().wall, app.data(), Zone::named("Asia/Shanghai").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let written = |pack: &Pack, name: &str| {
        let out = folder.path().join(name);
        write(pack, &out, (&Plain, &zone)).unwrap();
        assert_eq!(check(&out, None).unwrap().bad, None);
        let page = std::fs::read_to_string(out.join("index.html")).unwrap();
        (read(&out, "pack.json")["lapses"][0].clone(), page)
    };
    let mut pack = gather(&data, &of, None, (now, WINDOW)).unwrap();
    let (told, page) = written(&pack, "closed");
    assert_eq!(
        (&told["statements"][0]["held"], &told["statements"][0]["text"]),
        (&json!("not_opened"), &Value::Null)
    );
    assert!(page.contains("打包时没有保险库密钥"), "{page}");
    // Another vault holds nothing of it.
    let other = TestApp::start();
    let key = MasterKey::load(&other.data().join("master-key")).unwrap();
    assert_eq!(pack.disclose(&other.data(), &key, watchfire::app::posts_of).unwrap(), 0);
    let (told, page) = written(&pack, "missing");
    for it in [&told["reports"][0], &told["statements"][1], &told["verdicts"][0]] {
        assert_eq!((&it["held"], &it["erased_in"]), (&json!("missing"), &Value::Null), "{it}");
    }
    assert!(page.contains("（缺失：") && page.contains("MISSING: the vault"), "{page}");
    assert!(!page.contains("已依法删除，见") && pack.missing() >= 4, "{page}");
}
