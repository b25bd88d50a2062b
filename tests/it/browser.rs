//! A browser as far as a page without a script needs one: it keeps a session, and sends what a form carries and holds.

use axum::body::Body;
use axum::http::Request;

use crate::app::{TestApp, Told};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// What a page may weigh on an old phone.
const PAGE_BYTES_MAX: usize = 60_000;

/// A browser with somebody's session.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    pub(crate) session: String,
}

/// A form of a page as a browser would send it: what it carries along, and what is typed.
pub(crate) fn carried(page: &Told) -> Vec<(String, String)> {
    let hidden = page.text.split("<input type=\"hidden\" name=\"").skip(1);
    let mut found: Vec<(String, String)> = Vec::new();
    for text in hidden {
        let (name, rest) = text.split_once("\" value=\"").unwrap();
        if !found.iter().any(|(known, _)| known == name) {
            found.push((name.to_owned(), rest.split_once('"').unwrap().0.to_owned()));
        }
    }
    found
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a TestApp, session: &str) -> Self {
        Self { app, session: session.to_owned() }
    }

    pub(crate) async fn of(app: &'a TestApp, person: &str, mobile: &str) -> Self {
        Self::new(app, &app.sign_in(person, mobile).await)
    }

    fn request(&self, request: axum::http::request::Builder) -> axum::http::request::Builder {
        let plain = self.session.is_empty();
        if plain { request } else { request.header("cookie", format!("a=b; session={}", self.session)) }
    }

    #[track_caller]
    fn check(told: &mut Told) {
        told.text = told.text.replace("&#x2f;", "/");
        assert!(told.text.len() < PAGE_BYTES_MAX, "{} bytes", told.text.len());
        assert!(told.status == 303 || told.text.contains("</html>"), "{}", told.text);
        assert_eq!(told.header("cache-control"), "no-store");
    }

    pub(crate) async fn get(&self, path: &str) -> Told {
        let mut told = self.app.send(self.request(Request::get(path)).body(Body::empty()).unwrap()).await;
        Self::check(&mut told);
        told
    }

    /// Sends a form; what is typed stands in place of what the page carried.
    pub(crate) async fn send(&self, path: &str, page: &Told, typed: &[(&str, &str)]) -> Told {
        let mut fields = carried(page);
        fields.retain(|(name, _)| !typed.iter().any(|(typed, _)| typed == name));
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = self.request(Request::post(path).header("content-type", FORM));
        let mut told = self.app.send(request.body(Body::from(body)).unwrap()).await;
        Self::check(&mut told);
        told
    }

    pub(crate) async fn upload(&self, path: &str, page: &Told, sheet: &str) -> Told {
        let mut body = String::new();
        for (name, value) in carried(page) {
            body += &format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
        body += "--B\r\nContent-Disposition: form-data; name=\"sheet\"; filename=\"t.csv\"\r\n\
                 Content-Type: text/csv\r\n\r\n";
        body += &format!("{sheet}\r\n--B--\r\n");
        let request = Request::post(path).header("content-type", "multipart/form-data; boundary=B");
        self.app.send(self.request(request).body(Body::from(body)).unwrap()).await
    }
}
