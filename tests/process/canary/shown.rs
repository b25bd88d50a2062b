//! Every GET of the API document, asked by those with little right: a call that comes into the document is covered as
//! soon as it stands there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Answers;
use crate::daemon::{Site, client};

/// What may be asked behind a path.
fn queries(path: &str) -> &'static [&'static str] {
    match path {
        "/v1/cases" => &["", "?state=open", "?state=closed", "?limit=500"],
        "/v1/slots" => &["", "?from=2000-01-01&to=2100-01-01", "?unit=finance"],
        "/v1/ledger" => &["", "?format=csv", "?format=xlsx&from=2020-01-01"],
        "/v1/totals/{form}" => &["", "?format=csv", "?format=xlsx", "?format=html"],
        "/v1/lapses" => &["", "?state=open", "?state=decided"],
        "/v1/forms/{form}/template" => &["", "?format=csv", "?format=xlsx&language=en"],
        "/f/{slot}" => &["", "?correct=true"],
        "/r" => &["", "?code=K7Q2"],
        _ => &[""],
    }
}

/// Asks for everything about these cases, by these tokens - the last is of somebody who is named in lapses - and by
/// none; the paths that nobody of them was shown.
pub(super) async fn ask(
    site: &Site,
    tokens: &[&str],
    (cases, link): (&[String], &str),
    (answers, named): (&mut Answers, &mut Answers),
) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let paths: Vec<&String> =
        paths.iter().filter(|(_, methods)| methods["get"].is_object()).map(|(path, _)| path).collect();
    assert!(paths.len() > 10, "{paths:?}");
    let mut kept = BTreeSet::new();
    let slots = site.get("/v1/slots?form=daily&unit=finance&from=2000-01-01&to=2100-01-01").await;
    let slot = slots["slots"][0]["slot"].as_str().unwrap().to_owned();
    for path in paths {
        let mut shown = false;
        for case in cases {
            let asked = path.replace("/a/{token}", link).replace("{case}", case).replace("{form}", "travel");
            let asked = asked.replace("{slot}", &slot);
            assert!(!asked.contains('{'), "{path}: what stands for it?");
            for query in queries(path) {
                for token in tokens.iter().copied().map(Some).chain([None]) {
                    let request = client().get(site.url(&format!("{asked}{query}")));
                    let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
                    // Whoever is named in a lapse is shown what they said of it, and what was found; and who leads a
                    // unit why it was excused.
                    let of_theirs = path == "/v1/lapses" || path == "/v1/slots";
                    let is_named = of_theirs && token == tokens.last().copied();
                    let (status, answer) =
                        if is_named { &mut *named } else { &mut *answers }.ask(request).await;
                    assert!(status < 500, "{asked}{query}: {status} {answer}");
                    shown |= status == 200;
                }
            }
            if !path.contains("{case}") {
                break;
            }
        }
        if !shown {
            kept.insert(path.clone());
        }
    }
    kept
}
