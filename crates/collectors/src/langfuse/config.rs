use serde::Deserialize;

use crate::source::Endpoint;

/// What is asked of Langfuse: the project of its keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The name of the secret with the public key; default `LANGFUSE_PUBLIC_KEY`.
    pub public_key: String,
    /// The name of the secret with the secret key; default `LANGFUSE_SECRET_KEY`.
    pub secret_key: String,
    /// Where the service is; default `https://cloud.langfuse.com`.
    pub endpoint: Endpoint,
}

impl Default for Config {
    fn default() -> Self {
        let endpoint = Endpoint::public("https://cloud.langfuse.com").expect("the address is one");
        Self { public_key: "LANGFUSE_PUBLIC_KEY".to_owned(), secret_key: "LANGFUSE_SECRET_KEY".to_owned(), endpoint }
    }
}

impl Config {
    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}
