//! The API document and the router say the same.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::Method;

use crate::app::TestApp;
use crate::document::Document;

/// Method and path of every route, as the router's source has them.
fn routed() -> BTreeSet<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let mut found = BTreeSet::new();
    for route in source.split(".route(\"").skip(1) {
        let (path, rest) = route.split_once('"').unwrap();
        let handlers = rest.lines().next().unwrap();
        for method in ["get", "post", "put", "patch", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    assert!(found.len() > 30, "the routes were not found");
    found
}

#[tokio::test]
async fn the_document_has_every_route_and_no_other() {
    let app = TestApp::start();
    let document = Document::of(&app).await;
    assert_eq!(document.version(), env!("CARGO_PKG_VERSION"));
    let operations = document.operations();
    let documented: BTreeSet<_> =
        operations.iter().map(|it| (it.method.to_owned(), it.path.to_owned())).collect();
    assert_eq!(documented, routed());
    for (method, path) in documented {
        // Without a credential and a body nothing is done; but a route answers of its own.
        let asked = path.replace(['{', '}'], "");
        let told = app.bare(method.to_uppercase().parse::<Method>().unwrap(), &asked, "").await;
        assert_ne!(told.status, 405, "{method} {path}");
        let missing = told.header("content-type") == "application/problem+json" && told.status == 404;
        assert!(!missing, "{method} {path}");
    }
}
