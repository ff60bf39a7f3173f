//! Addresses that people write into settings, and which of them may be called.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use serde::Deserialize;

use super::CollectError;

/// Where a service is.
///
/// What settings say ends up as a request from within the network, so that an address can be a way in: link-local addresses give out
/// credentials, loopback ones reach what trusts this machine. Both are refused unless the settings allow them, also where a name leads
/// there, and no redirect is followed. Sources may be of the own network; whoever is told of something by the program may not, unless
/// that is allowed as well ([`Endpoint::outward`]).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Endpoint {
    url: Url,
    /// What more than the public network may be called.
    pub(super) allow: Allow,
}

/// What is refused unless it is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// This machine.
    pub loopback: bool,
    /// Where machines get their credentials.
    pub link_local: bool,
    /// The networks of organisations.
    pub private: bool,
}

impl Allow {
    /// What sources may be: of the public network, and of the own.
    const SOURCES: Self = Self { loopback: false, link_local: false, private: true };
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address can be a secret by itself; where it leads to is none.
        f.debug_struct("Endpoint").field("host", &self.url.host_str()).field("allow", &self.allow).finish()
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    Full(Full),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    url: String,
    #[serde(default)]
    allow_http: bool,
    #[serde(default)]
    allow_loopback: bool,
    #[serde(default)]
    allow_link_local: bool,
}

impl TryFrom<Written> for Endpoint {
    type Error = CollectError;

    fn try_from(written: Written) -> Result<Self, CollectError> {
        let full = match written {
            Written::Plain(url) => Full { url, allow_http: false, allow_loopback: false, allow_link_local: false },
            Written::Full(full) => full,
        };
        let allow = Allow { loopback: full.allow_loopback, link_local: full.allow_link_local, ..Allow::SOURCES };
        Self::new(&full.url, &without_secrets(&full.url), false, full.allow_http, allow)
    }
}

impl Endpoint {
    /// A service of the public network.
    ///
    /// # Errors
    /// When it is no address of one.
    pub fn public(url: &str) -> Result<Self, CollectError> {
        Self::new(url, &without_secrets(url), false, false, Allow::SOURCES)
    }

    /// An address that is told something: not of the own network unless that is allowed. Where it is a secret it may have a query, and
    /// errors name `secret` in its place.
    ///
    /// # Errors
    /// When it is no address, or may not be called.
    pub fn outward(url: &str, secret: Option<&str>, allow_http: bool, allow: Allow) -> Result<Self, CollectError> {
        let shown = secret.map_or_else(|| without_secrets(url), |name| format!("the address in {name}"));
        Self::new(url, &shown, secret.is_some(), allow_http, allow)
    }

    fn new(text: &str, shown: &str, may_ask: bool, allow_http: bool, allow: Allow) -> Result<Self, CollectError> {
        let wrong = |why: &str| CollectError::Endpoint { endpoint: shown.to_owned(), why: why.to_owned() };
        let url = Url::parse(text).map_err(|error| wrong(&format!("this is no address ({error}); write https://host/path")))?;
        let asks = url.query().is_some() && !may_ask;
        if !url.username().is_empty() || url.password().is_some() || asks || url.fragment().is_some() {
            return Err(wrong(
                "an address holds no password, query or fragment, which would end up in logs; secrets are settings of their own",
            ));
        }
        let Some(host) = url.host_str() else { return Err(wrong("there is no host in it; write https://host/path")) };
        address_in(host).map_or(Ok(()), |address| allow.check(address)).map_err(wrong)?;
        match url.scheme() {
            "https" => {}
            "http" if allow_http || (is_this_machine(host) && allow.loopback) => {}
            "http" => {
                return Err(wrong(
                    "it has no encryption; use https, or set allow_http = true beside it where the network is trusted",
                ));
            }
            _ => return Err(wrong("only http and https are spoken")),
        }
        Ok(Self { url, allow })
    }

    /// True where it says itself that it is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.url.host_str().is_some_and(is_this_machine)
    }

    /// The whole address.
    pub fn url(&self) -> Url {
        self.url.clone()
    }

    /// An address below it.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}", path.trim_start_matches('/')));
        url
    }

    /// The address itself, without a slash at its end.
    pub fn as_str(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

impl Allow {
    /// Where a name leads to on a port, if all of it may be called. It is what is connected to: a name that leads elsewhere the next time
    /// gains nothing.
    ///
    /// # Errors
    /// Why it may not be called, or that nothing has this name.
    pub async fn addresses(self, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
        let host = host.trim_matches(['[', ']']);
        let found = tokio::net::lookup_host((host, port)).await.map_err(|error| format!("{host} is not found: {error}"))?;
        let found: Vec<SocketAddr> = found.collect();
        self.check_all(host, &found)?;
        Ok(found)
    }

    /// One forbidden address is enough: which of them is taken is not ours to choose.
    pub(super) fn check_all(self, name: &str, found: &[SocketAddr]) -> Result<(), String> {
        found.iter().try_for_each(|one| self.check(one.ip()).map_err(|why| format!("{name} is {}: {why}", one.ip())))
    }

    /// Whether an address may be called; where not, why.
    pub(super) fn check(self, address: IpAddr) -> Result<(), &'static str> {
        let address = match address {
            IpAddr::V6(six) => four_within(six).map_or(address, IpAddr::V4),
            four @ IpAddr::V4(_) => four,
        };
        let is_link_local = match address {
            IpAddr::V4(four) => four.is_link_local() || four == Ipv4Addr::new(100, 100, 100, 200),
            // AWS gives its instances their metadata at an address of the local range, too.
            IpAddr::V6(six) => six.is_unicast_link_local() || six == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        };
        if address.is_unspecified() || address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return Err("it leads to no one machine");
        }
        if is_link_local && !self.link_local {
            return Err(
                "it leads to a link-local address, where machines get their credentials; set allow_link_local = true beside it if this is meant",
            );
        }
        if address.is_loopback() && !self.loopback {
            return Err("it leads to this machine itself; set allow_loopback = true beside it if this is meant");
        }
        if is_private(address) && !is_link_local && !self.private {
            return Err("it leads into a private network; set allow_private = true beside it if this is meant");
        }
        Ok(())
    }
}

/// The address that a host is written as, where it is no name. The parser of addresses has brought every spelling into the usual one.
fn address_in(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || address_in(host).is_some_and(|address| address.is_loopback())
}

/// The address of the old kind that one of the new kind stands for: mapped (RFC 4291), or translated by the network (RFC 6052).
fn four_within(six: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d] = [six.octets()[12], six.octets()[13], six.octets()[14], six.octets()[15]];
    let is_translated = six.octets()[..12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
    six.to_ipv4_mapped().or(is_translated.then(|| Ipv4Addr::new(a, b, c, d)))
}

/// Addresses of organisations, of carriers behind their own, and of what is not the public network either (RFC 6890).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, _] = four.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let special = a == 0 || a >= 240 || (a == 192 && b == 0 && c == 0) || (a == 198 && (b == 18 || b == 19));
            four.is_private() || shared || special
        }
        IpAddr::V6(six) => six.is_unique_local(),
    }
}

/// An address as it may be shown.
fn without_secrets(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) => {
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.set_fragment(None);
            url.to_string()
        }
        Err(_) => text.chars().take_while(|c| !matches!(c, '?' | '#' | '@')).take(100).collect(),
    }
}
