use std::collections::BTreeMap;

use serde_json::Value;

use super::provider::{OWN, WAY_BACK};
use crate::support::{Answer, Server, exchange, text};

/// A browser, as far as signing in needs one: it keeps cookies by host, follows redirects and fills in the forms of the provider.
pub(crate) struct Browser<'s> {
    server: &'s Server,
    cookies: BTreeMap<(String, String), String>,
}

impl<'s> Browser<'s> {
    pub fn on(server: &'s Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    /// Begins a sign-in and logs in at the provider as somebody, up to the address that the provider sends the browser back to.
    pub fn led_back(&mut self, login: &str) -> String {
        let begun = self.get(&format!("{OWN}/v1/session/openid?return_to=/audit%3Fx%3D1")).is(303);
        let mut address = begun.header("location").expect("a redirect leads somewhere").to_owned();
        for _ in 0..10 {
            if address.starts_with(WAY_BACK) {
                return address;
            }
            let answer = self.get(&address);
            let answer = match answer.status {
                200 => self.fill_in(&answer, login),
                _ => answer,
            };
            let next = answer.header("location").unwrap_or_else(|| panic!("no way on from {address}: {answer:#?}"));
            address = match next.starts_with('/') {
                true => format!("{}{next}", origin(&address).0),
                false => next.to_owned(),
            };
        }
        panic!("the provider leads in a circle: {address}");
    }

    fn fill_in(&mut self, page: &Answer, login: &str) -> Answer {
        let action = page.body.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the page has a form");
        let asks_for_login = page.body.contains("name=\"login\"");
        let form = if asks_for_login { format!("prompt=login&login={login}&password=any") } else { "prompt=consent".to_owned() };
        self.send("POST", action, &[("Content-Type", "application/x-www-form-urlencoded")], &form)
    }

    /// Says yes to what a page of the provider asks: that somebody logs out.
    pub fn agree(&mut self, page: &Answer) -> Answer {
        let between =
            |from: &str| page.body.split(from).nth(1).and_then(|rest| rest.split('"').next()).expect("the page has a form");
        let form = format!("xsrf={}&logout=yes", between("name=\"xsrf\" value=\""));
        self.send("POST", between("action=\""), &[("Content-Type", "application/x-www-form-urlencoded")], &form)
    }

    /// Signs in as somebody: what the program answers when the browser is back.
    pub fn sign_in(&mut self, login: &str) -> Answer {
        let address = self.led_back(login);
        self.get(&address)
    }

    /// Asks the program or the provider for an address.
    pub fn get(&mut self, address: &str) -> Answer {
        self.send("GET", address, &[], "")
    }

    /// Asks the program for a path.
    pub fn own(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(method, &format!("{OWN}{path}"), headers, body)
    }

    /// Who the program says that this is.
    pub fn who(&mut self) -> Value {
        self.own("GET", "/v1/session", &[], "").is(200).json()
    }

    /// What the program wants to see with everything that changes something.
    pub fn csrf(&mut self) -> String {
        text(&self.who(), "csrf_token").to_owned()
    }

    /// What the browser keeps of the program under a name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(&(OWN.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// Puts back what the program told it to forget.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert((OWN.to_owned(), name.to_owned()), value.to_owned());
    }

    fn send(&mut self, method: &str, address: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let (origin, path) = origin(address);
        let host = origin.split("://").last().unwrap_or_default();
        let at = if origin == OWN { self.server.address() } else { host };
        let theirs = self.cookies.iter().filter(|((of, _), _)| *of == *origin);
        let cookies = theirs.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let more = [("Host", host), ("Cookie", cookies.as_str())];
        let answer = exchange(at, method, path, &[&more, headers].concat(), body.as_bytes());
        for set in answer.headers_of("set-cookie") {
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie has a name");
            let (key, is_over) = ((origin.to_owned(), name.to_owned()), value.is_empty() || set.contains("Max-Age=0"));
            match is_over {
                true => self.cookies.remove(&key),
                false => self.cookies.insert(key, value.to_owned()),
            };
        }
        answer
    }
}

/// An address as its origin and what is asked for there.
fn origin(address: &str) -> (&str, &str) {
    let host = address.find("://").expect("an address has a scheme") + 3;
    address.split_at(address[host..].find('/').map_or(address.len(), |path| host + path))
}
