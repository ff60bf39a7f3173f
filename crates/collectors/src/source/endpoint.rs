//! Addresses that people write into settings, and which of them may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;
use serde::Deserialize;

use super::CollectError;

/// Where a service is.
///
/// What settings say ends up as a request from within the network, so that an address can be a way in: link-local addresses give out
/// credentials, loopback ones reach what trusts this machine. Both are refused unless the settings allow them, also where a name leads
/// there, and no redirect is followed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Endpoint {
    url: Url,
    /// What more than the public and the private network may be called.
    pub(super) allow: Allow,
}

/// What is refused unless it is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Allow {
    pub loopback: bool,
    pub link_local: bool,
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
        Self::new(&full.url, full.allow_http, Allow { loopback: full.allow_loopback, link_local: full.allow_link_local })
    }
}

impl Endpoint {
    /// A service of the public network.
    ///
    /// # Errors
    /// When it is no address of one.
    pub fn public(url: &str) -> Result<Self, CollectError> {
        Self::new(url, false, Allow::default())
    }

    fn new(text: &str, allow_http: bool, allow: Allow) -> Result<Self, CollectError> {
        let wrong = |why: &str| CollectError::Endpoint { endpoint: without_secrets(text), why: why.to_owned() };
        let url = Url::parse(text).map_err(|error| wrong(&format!("this is no address ({error}); write https://host/path")))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(
                "an address holds no password, query or fragment, which would end up in logs; secrets are settings of their own",
            ));
        }
        let Some(host) = url.host_str() else { return Err(wrong("there is no host in it; write https://host/path")) };
        // The parser has brought every spelling of an address into its usual one.
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        address.map_or(Ok(()), |address| allow.check(address)).map_err(wrong)?;
        let is_loopback = address.is_some_and(|address| address.is_loopback()) || host == "localhost";
        match url.scheme() {
            "https" => {}
            "http" if allow_http || (is_loopback && allow.loopback) => {}
            "http" => {
                return Err(wrong(
                    "it has no encryption; use https, or set allow_http = true beside it where the network is trusted",
                ));
            }
            _ => return Err(wrong("only http and https are spoken")),
        }
        Ok(Self { url, allow })
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
    /// Whether an address may be called; where not, why.
    pub(super) fn check(self, address: IpAddr) -> Result<(), &'static str> {
        let address = match address {
            IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
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
        Ok(())
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
