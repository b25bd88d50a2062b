//! Where a request comes from: the address at the other end, or the one that a trusted proxy says it answers.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::context::Context;
use super::problem::Problem;
use super::serve::Peer;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Where a request comes from, as far as strangers are told apart; none where it came by no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stranger(pub(super) Option<IpAddr>);

impl Stranger {
    /// Under which name its turns are counted: who has one address of IPv6 has a network of them.
    pub(super) fn key(self) -> String {
        match self.0.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
            }
            None => String::new(),
        }
    }
}

impl FromRequestParts<Context> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.ip());
        Ok(Self(peer.map(|peer| origin(peer, &parts.headers, &context.live().settings.trusted_proxies))))
    }
}

/// What each proxy says of the one before it counts for as long as that proxy is trusted; the first that is not is
/// where the request comes from, whatever it claims itself.
fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.contains(&address.to_canonical());
    let mut origin = peer.to_canonical();
    let said = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let said: Vec<&str> = said.flat_map(|value| value.split(',')).map(str::trim).collect();
    for before in said.into_iter().rev() {
        if !is_trusted(&origin) {
            break;
        }
        let Ok(before) = before.parse::<IpAddr>() else { break };
        origin = before.to_canonical();
    }
    origin
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `PEER HEADER,HEADER -> ORIGIN`, behind a proxy at 127.0.0.1 and one at 10.0.0.9.
    #[track_caller]
    fn check(peer: &str, said: &[&str], expected: &str) {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let trusted = ["127.0.0.1".parse().unwrap(), "10.0.0.9".parse().unwrap()];
        assert_eq!(origin(peer.parse().unwrap(), &headers, &trusted).to_string(), expected);
    }

    #[test]
    fn the_first_address_that_no_trusted_proxy_answers_for_counts() {
        check("127.0.0.1", &["203.0.113.7"], "203.0.113.7");
        check("127.0.0.1", &["198.51.100.1, 203.0.113.7"], "203.0.113.7");
        check("127.0.0.1", &["203.0.113.7, 10.0.0.9"], "203.0.113.7");
        check("127.0.0.1", &["198.51.100.1", "203.0.113.7"], "203.0.113.7");
        check("::ffff:127.0.0.1", &["203.0.113.7"], "203.0.113.7");
    }

    #[test]
    fn what_a_stranger_claims_of_itself_does_not_count() {
        check("203.0.113.7", &["198.51.100.1"], "203.0.113.7");
        check("127.0.0.1", &["nonsense"], "127.0.0.1");
        check("127.0.0.1", &[], "127.0.0.1");
    }

    #[test]
    fn a_network_of_addresses_is_one_stranger() {
        let key = |text: &str| Stranger(Some(text.parse().unwrap())).key();
        assert_eq!(key("2001:db8:1:2:3::4"), key("2001:db8:1:2:ffff::1"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("203.0.113.7"), key("203.0.113.8"));
    }
}
