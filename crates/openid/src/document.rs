//! What a provider says of itself (OpenID Connect Discovery 1.0, RFC 8414).

use farthing_collectors::source::{Allow, Endpoint};
use serde::Deserialize;

/// Where the provider is asked for what.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Where browsers are sent.
    pub authorization: Endpoint,
    /// Where a code becomes an ID token.
    pub token: Endpoint,
    /// Where its keys are.
    pub keys: Endpoint,
    /// Where browsers are sent that log out, where it has such a place (OpenID Connect RP-Initiated Logout 1.0).
    pub end_session: Option<Endpoint>,
    /// True where the client's secret goes into the header `Authorization`, which is the usual way; otherwise into the body.
    pub takes_basic: bool,
}

#[derive(Deserialize)]
struct Written {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    response_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Document {
    /// Reads it; it must be that of `issuer`. Its addresses are held to the same rules as the issuer's.
    pub fn read(json: &[u8], issuer: &str, allow: Allow) -> Result<Self, String> {
        let written: Written = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if written.issuer != issuer {
            return Err(format!("it says that it is {:?}", shortened(&written.issuer)));
        }
        let offers = |list: &Option<Vec<String>>, word: &str| list.as_ref().is_none_or(|list| list.iter().any(|one| one == word));
        if !offers(&written.response_types_supported, "code") {
            return Err("it has no authorization code flow (response_types_supported)".to_owned());
        }
        // A provider that does not say so may know PKCE all the same, and has to ignore what it does not know.
        if !offers(&written.code_challenge_methods_supported, "S256") {
            return Err("it has no PKCE with S256 (code_challenge_methods_supported)".to_owned());
        }
        let endpoint = |name: &'static str, url: &str| {
            // Some have a query; what is wrong with one is said without it.
            Endpoint::outward(url, Some(name), false, allow).map_err(|error| error.to_string())
        };
        Ok(Self {
            authorization: endpoint("authorization_endpoint", &written.authorization_endpoint)?,
            token: endpoint("token_endpoint", &written.token_endpoint)?,
            keys: endpoint("jwks_uri", &written.jwks_uri)?,
            end_session: written.end_session_endpoint.map(|url| endpoint("end_session_endpoint", &url)).transpose()?,
            takes_basic: offers(&written.token_endpoint_auth_methods_supported, "client_secret_basic"),
        })
    }
}

/// A text of somebody else's, as it may stand in a message.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(more: Value) -> Result<Document, String> {
        let mut all = json!({
            "issuer": "https://op.example", "authorization_endpoint": "https://op.example/auth?tenant=1",
            "token_endpoint": "https://op.example/token", "jwks_uri": "https://keys.example/jwks"
        });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Document::read(all.to_string().as_bytes(), "https://op.example", Allow { private: true, ..Allow::default() })
    }

    #[test]
    fn a_provider_says_where_it_is_asked_for_what() {
        let document = read(json!({"code_challenge_methods_supported": ["plain", "S256"]})).unwrap();
        assert!(document.takes_basic && document.authorization.url().query() == Some("tenant=1"));
        assert!(!read(json!({"token_endpoint_auth_methods_supported": ["client_secret_post"]})).unwrap().takes_basic);
    }

    #[test]
    fn what_is_no_provider_for_us_says_why() {
        for (more, why) in [
            (json!({"issuer": "https://op.example/"}), "it says that it is"),
            (json!({"code_challenge_methods_supported": ["plain"]}), "PKCE"),
            (json!({"response_types_supported": ["id_token"]}), "authorization code flow"),
            (json!({"jwks_uri": "http://op.example/jwks"}), "jwks_uri"),
            (json!({"token_endpoint": "https://127.0.0.1/token"}), "token_endpoint"),
            (json!({"token_endpoint": "https://169.254.169.254/token"}), "token_endpoint"),
            (json!({"authorization_endpoint": "javascript:alert(1)"}), "authorization_endpoint"),
            (json!({"end_session_endpoint": "http://op.example/end"}), "end_session_endpoint"),
        ] {
            let error = read(more.clone()).unwrap_err();
            assert!(error.contains(why), "{more}: {error}");
        }
    }
}
