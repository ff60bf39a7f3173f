//! Where a request comes from. Where a proxy stands in front it says so in a header, which anybody else can write as well: it is believed from
//! the addresses alone that the settings trust, and in the one header that they name.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use ipnet::IpNet;

/// What a browser is told that came over https: not to come in any other way for a year (RFC 6797; ASVS 5.0, 3.4.1).
const FOR_A_YEAR: &str = "max-age=31536000; includeSubDomains";

/// The header in which the proxies say where requests come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`, with `X-Forwarded-Proto` beside it.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl FromStr for ForwardedBy {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            _ => Err("it is x-forwarded-for or forwarded".to_owned()),
        }
    }
}

/// What stands in front of the API.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// The proxies that are believed; nobody without any.
    pub proxies: Vec<IpNet>,
    /// Where they say it.
    pub said_in: ForwardedBy,
    /// True where people reach the API over https, as the settings know.
    pub is_https: bool,
}

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Their address; none where nothing is known of the connection.
    pub address: Option<IpAddr>,
    /// True where they came over https.
    is_https: bool,
}

/// `router` behind what stands in front: its requests know where they come from.
pub fn behind(front: Front, router: Router) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::new(front), noted))
}

async fn noted(State(front): State<Arc<Front>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let origin = front.origin(peer, request.headers());
    request.extensions_mut().insert(origin);
    let mut response = next.run(request).await;
    if origin.is_https || front.is_https {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(FOR_A_YEAR));
    }
    response
}

impl Front {
    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    fn origin(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Origin {
        let Some(proxy) = peer.filter(|peer| self.trusts(*peer)) else { return Origin { address: peer, is_https: false } };
        match self.said_in {
            ForwardedBy::XForwardedFor => {
                let hops = all(headers, HeaderName::from_static("x-forwarded-for"));
                let schemes = all(headers, HeaderName::from_static("x-forwarded-proto"));
                let hops: Vec<Hop> =
                    parts(&hops, ',').into_iter().map(|hop| Hop { from: address(hop), is_https: false }).collect();
                // The nearest proxy writes the last one.
                let is_https = parts(&schemes, ',').last().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
                Origin { is_https, ..self.farthest(proxy, &hops) }
            }
            ForwardedBy::Forwarded => {
                let hops = all(headers, header::FORWARDED);
                self.farthest(proxy, &parts(&hops, ',').into_iter().map(Hop::read).collect::<Vec<_>>())
            }
        }
    }

    /// Who came to the first of the proxies that are trusted. What stands before it was written by whoever came, and may say anything.
    fn farthest(&self, proxy: IpAddr, hops: &[Hop]) -> Origin {
        let mut origin = Origin { address: Some(proxy), is_https: false };
        for hop in hops.iter().rev() {
            let Some(from) = hop.from else { break };
            origin = Origin { address: Some(from), is_https: hop.is_https };
            if !self.trusts(from) {
                break;
            }
        }
        origin
    }
}

/// What a proxy says of what came to it.
struct Hop {
    from: Option<IpAddr>,
    is_https: bool,
}

impl Hop {
    /// An element of `Forwarded`: `for=192.0.2.60;proto=https`.
    fn read(element: &str) -> Self {
        let mut hop = Self { from: None, is_https: false };
        for (name, value) in parts(element, ';').into_iter().filter_map(|pair| pair.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => hop.from = address(value),
                "proto" => hop.is_https = value.eq_ignore_ascii_case("https"),
                _ => {}
            }
        }
        hop
    }
}

/// An address as proxies write it, with a port or without; none for `unknown` and names of their own.
fn address(text: &str) -> Option<IpAddr> {
    let found: Option<IpAddr> = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?.parse().ok(),
        None => text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip())),
    };
    found.map(|address| address.to_canonical())
}

/// All lines of a header as one.
fn all(headers: &HeaderMap, name: HeaderName) -> String {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    lines.join(",")
}

/// The parts of a text between separators that are not in quotes.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    let split = text.split(|letter: char| {
        quoted ^= letter == '"';
        letter == separator && !quoted
    });
    split.map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(said_in: ForwardedBy) -> Front {
        let proxies = ["10.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).to_vec();
        Front { proxies, said_in, is_https: false }
    }

    fn origin(front: &Front, peer: &str, headers: &[(&'static str, &str)]) -> (String, bool) {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        let Origin { address, is_https } = front.origin(Some(peer.parse().unwrap()), &headers);
        (address.unwrap().to_string(), is_https)
    }

    #[test]
    fn who_is_no_proxy_of_ours_says_nothing_of_others() {
        let said = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https"), ("forwarded", "for=192.0.2.1;proto=https")];
        for said_in in [ForwardedBy::XForwardedFor, ForwardedBy::Forwarded] {
            assert_eq!(origin(&front(said_in), "198.51.100.7", &said), ("198.51.100.7".to_owned(), false));
            assert_eq!(origin(&Front { said_in, ..Front::default() }, "10.0.0.1", &said), ("10.0.0.1".to_owned(), false));
            assert_eq!(origin(&front(said_in), "10.0.0.1", &said), ("192.0.2.1".to_owned(), true));
            assert_eq!(origin(&front(said_in), "::1", &[]), ("::1".to_owned(), false));
        }
        // Only the header that the settings name: a proxy that writes the one lets the other pass as it came.
        let other = [("forwarded", "for=192.0.2.1;proto=https")];
        assert_eq!(origin(&front(ForwardedBy::XForwardedFor), "10.0.0.1", &other), ("10.0.0.1".to_owned(), false));
    }

    #[test]
    fn what_came_before_our_proxies_is_believed_in_nothing() {
        let x = |said: &str| origin(&front(ForwardedBy::XForwardedFor), "10.0.0.1", &[("x-forwarded-for", said)]).0;
        assert_eq!(x("203.0.113.9, 192.0.2.1, 10.2.0.1"), "192.0.2.1");
        assert_eq!(x("10.3.0.1, 10.2.0.1"), "10.3.0.1", "a proxy of ours asks itself");
        assert_eq!(x("192.0.2.1, unknown"), "10.0.0.1");
        assert_eq!(x("192.0.2.1:4711"), "192.0.2.1");
        assert_eq!(x("::ffff:192.0.2.1"), "192.0.2.1");
        let f = |said: &str| origin(&front(ForwardedBy::Forwarded), "10.0.0.1", &[("forwarded", said)]);
        assert_eq!(f("for=\"[2001:db8::17]:4711\";proto=https;by=10.0.0.1"), ("2001:db8::17".to_owned(), true));
        assert_eq!(f("for=evil;proto=https, for=192.0.2.1;proto=http, For=10.2.0.1"), ("192.0.2.1".to_owned(), false));
        assert_eq!(f("for=\"a,b;proto=https\", for=192.0.2.1;host=\"x;proto=https\""), ("192.0.2.1".to_owned(), false));
        assert_eq!(f("proto=https"), ("10.0.0.1".to_owned(), false));
    }
}
