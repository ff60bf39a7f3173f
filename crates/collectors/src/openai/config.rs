use serde::Deserialize;

use crate::source::Endpoint;

/// What is asked of OpenAI.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The name of the secret with the organisation's admin key; default `OPENAI_ADMIN_KEY`.
    pub admin_key: String,
    /// The kinds of usage; default `completions` and `embeddings`.
    pub usage: Vec<String>,
    /// Whether costs are collected, as charges; default true.
    pub costs: bool,
    /// Where the service is; default `https://api.openai.com`.
    pub endpoint: Endpoint,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            admin_key: "OPENAI_ADMIN_KEY".to_owned(),
            usage: ["completions", "embeddings"].map(str::to_owned).to_vec(),
            costs: true,
            endpoint: Endpoint::public("https://api.openai.com").expect("the address is one"),
        }
    }
}

impl Config {
    /// The kinds of usage that the service has.
    const KINDS: [&str; 6] = ["completions", "embeddings", "moderations", "images", "audio_speeches", "audio_transcriptions"];

    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        let unknown = self.usage.iter().filter(|kind| !Self::KINDS.contains(&kind.as_str()));
        let mut problems: Vec<String> =
            unknown.map(|kind| format!("usage: {kind:?} is no kind; there are {}", Self::KINDS.join(", "))).collect();
        if self.usage.is_empty() && !self.costs {
            problems.push("usage is empty and costs = false, so there is nothing to ask for".to_owned());
        }
        problems
    }
}
