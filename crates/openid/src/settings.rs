//! Which provider, as what, and who is let in.

use std::fmt;

use farthing_collectors::source::{Allow, Endpoint};

use crate::{Algorithm, Rule};

/// What the client shows the provider that it is who it says. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(not shown)")
    }
}

/// A provider and what it is asked for.
#[derive(Clone, Debug)]
pub struct OpenIdSettings {
    /// The provider, exactly as it calls itself.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// What we show there; a client without one is known by PKCE alone.
    pub client_secret: Option<ClientSecret>,
    /// Where it sends browsers back to: the address at which people reach the API, and `/v1/session/openid/return`.
    pub redirect_url: String,
    /// Where it sends browsers back to that logged out there, as it was told; it shows a page of its own without one.
    pub logout_url: Option<String>,
    /// What it is asked for; `openid` is among it.
    pub scopes: Vec<String>,
    /// The claim that people are named by here.
    pub name_claim: String,
    /// The claim that names their groups.
    pub groups_claim: String,
    /// What access tokens for us say that they are for; none are taken without it.
    pub audience: Option<String>,
    /// The claim that names the service whose access token it is.
    pub service_claim: String,
    /// The algorithms by which tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// What the provider is called where people sign in.
    pub label: String,
    /// Who is given what.
    pub rules: Vec<Rule>,
}

/// Settings that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("openid_{setting}: {why}")]
pub struct SettingsError {
    setting: &'static str,
    why: String,
}

impl SettingsError {
    pub(crate) fn of(setting: &'static str, why: String) -> Self {
        Self { setting, why }
    }
}

impl OpenIdSettings {
    /// The way back to us, below the address at which people reach the API.
    pub const WAY_BACK: &str = "/v1/session/openid/return";

    /// Where the issuer is asked, if nothing of the settings contradicts the rest. A provider may be of the public network or of the own, and on
    /// this machine where its address says so itself; it is spoken to without encryption on this machine alone.
    pub(crate) fn checked(&self) -> Result<(Endpoint, Allow), SettingsError> {
        let wrong = |setting, why: &str| SettingsError::of(setting, why.to_owned());
        let here = Allow { loopback: true, link_local: false, private: true };
        let endpoint = |url: &str| Endpoint::outward(url, None, false, here);
        let issuer = endpoint(&self.issuer).map_err(|error| wrong("issuer", &error.to_string()))?;
        let allow = Allow { loopback: issuer.is_loopback(), ..here };
        let back = endpoint(&self.redirect_url).map_err(|error| wrong("redirect_url", &error.to_string()))?;
        if !back.url().path().ends_with(Self::WAY_BACK) {
            return Err(wrong("redirect_url", &format!("it ends with {}, where browsers come back", Self::WAY_BACK)));
        }
        if let Some(url) = &self.logout_url {
            endpoint(url).map_err(|error| wrong("logout_url", &error.to_string()))?;
        }
        if self.client_id.is_empty() {
            return Err(wrong("client_id", "say what Farthing is called at the provider"));
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err(wrong("scopes", "openid is among them, or there is no ID token"));
        }
        if self.audience.as_ref() == Some(&self.client_id) {
            let why =
                "ID tokens are for the client: access tokens need an audience of their own, or one would pass for the other";
            return Err(wrong("audience", why));
        }
        if self.algorithms.is_empty() {
            return Err(wrong("algorithms", "name at least one"));
        }
        if self.rules.is_empty() {
            return Err(wrong("rules", "nobody would be let in: say which groups stand for which roles"));
        }
        match self.rules.iter().find_map(Rule::problem) {
            Some(why) => Err(wrong("rules", &why)),
            None => Ok((issuer, allow)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut OpenIdSettings);

    fn settings() -> OpenIdSettings {
        OpenIdSettings {
            issuer: "https://op.example".to_owned(),
            client_id: "farthing".to_owned(),
            client_secret: Some(ClientSecret::new("hidden")),
            redirect_url: "https://farthing.example/v1/session/openid/return".to_owned(),
            logout_url: Some("https://farthing.example/".to_owned()),
            scopes: vec!["openid".to_owned()],
            name_claim: "email".to_owned(),
            groups_claim: "groups".to_owned(),
            audience: Some("https://farthing.example".to_owned()),
            service_claim: "client_id".to_owned(),
            algorithms: Algorithm::ALL.to_vec(),
            label: "op".to_owned(),
            rules: serde_json::from_str(r#"[{"group": "a", "roles": ["viewer"]}]"#).unwrap(),
        }
    }

    #[test]
    fn a_provider_is_encrypted_or_on_this_machine() {
        let allowed = |issuer: &str| {
            let settings = OpenIdSettings { issuer: issuer.to_owned(), ..settings() };
            settings.checked().map(|(_, allow)| allow.loopback)
        };
        assert_eq!(allowed("https://op.example"), Ok(false));
        assert_eq!(allowed("https://10.1.2.3/realms/acme"), Ok(false));
        for here in ["http://127.0.0.1:3000", "http://localhost:3000", "http://[::1]:3000", "https://localhost"] {
            assert_eq!(allowed(here), Ok(true), "{here}");
        }
        for refused in
            ["http://op.example", "http://10.1.2.3", "https://169.254.169.254", "ftp://op", "https://op.example?x=1", "op"]
        {
            assert!(allowed(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn settings_that_contradict_each_other_say_so_and_show_no_secret() {
        assert!(!format!("{:?}", settings()).contains("hidden"));
        let cases: [(&str, Change); 8] = [
            ("openid_logout_url", |s| s.logout_url = Some("http://farthing.example/".to_owned())),
            ("openid_redirect_url", |s| s.redirect_url = "https://farthing.example/".to_owned()),
            ("openid_redirect_url", |s| s.redirect_url = "http://farthing.example/v1/session/openid/return".to_owned()),
            ("openid_client_id", |s| s.client_id.clear()),
            ("openid_scopes", |s| s.scopes = vec!["email".to_owned()]),
            ("openid_audience", |s| s.audience = Some("farthing".to_owned())),
            ("openid_algorithms", |s| s.algorithms.clear()),
            ("openid_rules", |s| s.rules.clear()),
        ];
        for (setting, change) in cases {
            let mut changed = settings();
            change(&mut changed);
            assert!(changed.checked().unwrap_err().to_string().starts_with(setting), "{setting}");
        }
    }
}
