use serde::Deserialize;

use crate::source::Endpoint;

/// What is asked of Prometheus, or of what speaks its API: Thanos, Mimir, VictoriaMetrics.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it is: `https://prometheus.example`, or `{ url = "http://prometheus:9090", allow_http = true }`.
    pub endpoint: Endpoint,
    /// The name of the secret with a bearer token, where one is needed.
    pub bearer_token: Option<String>,
    /// Labels that series must have, in PromQL: `{cluster="prod"}`. Default: none.
    #[serde(default)]
    pub selector: String,
    /// Seconds from one sample to the next; default 60. What a process counted since its last sample is lost when it ends.
    #[serde(default = "a_minute")]
    pub step_seconds: u16,
}

fn a_minute() -> u16 {
    60
}

impl Config {
    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let braced = self.selector.starts_with('{') && self.selector.ends_with('}');
        if !self.selector.is_empty() && !braced {
            problems.push(format!("selector: {:?} is not within {{ and }}", self.selector));
        }
        if self.step_seconds == 0 || 3_600 % self.step_seconds != 0 {
            problems.push(format!("step_seconds: {} does not divide an hour", self.step_seconds));
        }
        problems
    }
}
