use serde::Deserialize;

use crate::source::Endpoint;

/// What is asked of Anthropic.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The name of the secret with the organisation's admin key; default `ANTHROPIC_ADMIN_KEY`.
    pub admin_key: String,
    /// Whether usage is collected; default true.
    pub usage: bool,
    /// Whether costs are collected, as charges; default true.
    pub costs: bool,
    /// Where the service is; default `https://api.anthropic.com`.
    pub endpoint: Endpoint,
}

impl Default for Config {
    fn default() -> Self {
        let endpoint = Endpoint::public("https://api.anthropic.com").expect("the address is one");
        Self { admin_key: "ANTHROPIC_ADMIN_KEY".to_owned(), usage: true, costs: true, endpoint }
    }
}

impl Config {
    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        match self.usage || self.costs {
            true => Vec::new(),
            false => vec!["usage and costs are both false, so there is nothing to ask for".to_owned()],
        }
    }
}
