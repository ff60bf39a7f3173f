use serde::Deserialize;

use crate::source::Endpoint;

/// What is asked of a LiteLLM proxy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it is: `https://llm.example`, or `{ url = "http://litellm.internal:4000", allow_http = true }`.
    pub endpoint: Endpoint,
    /// The name of the secret with a key that may see the spend of all; default `LITELLM_API_KEY`.
    #[serde(default = "key")]
    pub api_key: String,
}

fn key() -> String {
    "LITELLM_API_KEY".to_owned()
}

impl Config {
    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}
