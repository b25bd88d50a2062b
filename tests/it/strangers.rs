//! Those who show no credential yet: one of them keeps nobody else waiting.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use watchfire::http::serve::Peer;

use crate::app::TestApp;

fn sign_in(peer: &str, forwarded: &str) -> Request<Body> {
    let peer: SocketAddr = peer.parse().unwrap();
    let request = Request::post("/v1/sign-in")
        .header("content-type", "application/json")
        .header("x-forwarded-for", forwarded)
        .extension(Peer(peer));
    request.body(Body::from(r#"{"email":"nobody@example.cn"}"#)).unwrap()
}

#[tokio::test]
async fn who_asks_without_end_is_refused_and_keeps_nobody_else_waiting() {
    let app = TestApp::start();
    let flood = (0..200).map(|_| app.send(sign_in("127.0.0.1:4000", "198.51.100.1, 203.0.113.7")));
    let told = join_all(flood).await;
    let refused = told.iter().filter(|told| told.status == 429).count();
    assert!((60..=100).contains(&refused), "{refused} of 200");
    // Behind the same proxy, and from elsewhere with a claim that does not count.
    assert_eq!(app.send(sign_in("127.0.0.1:4001", "203.0.113.8")).await.status, 202);
    assert_eq!(app.send(sign_in("127.0.0.1:4002", "203.0.113.7")).await.status, 429);
    assert_eq!(app.send(sign_in("198.51.100.9:4000", "203.0.113.7")).await.status, 202);
}
