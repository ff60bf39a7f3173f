use farthing_types::Currency;
use serde::Deserialize;

use crate::source::Endpoint;

/// What is asked of OpenCost, or of what speaks its API: Kubecost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it is: `https://opencost.example`, or `{ url = "http://opencost.opencost:9003", allow_http = true }`.
    pub endpoint: Endpoint,
    /// The name of the secret with a bearer token, where what stands before it asks for one: OpenCost itself has no login.
    pub bearer_token: Option<String>,
    /// The path of the allocation API; default `allocation`, Kubecost's is `model/allocation`.
    #[serde(default = "allocation")]
    pub allocation_path: String,
    /// Collect what workloads hold and what OpenCost says that costs; default true.
    #[serde(default = "yes")]
    pub allocation: bool,
    /// Collect the tokens of models (`/inferenceCost/timeseries`), where OpenCost has that switched on; default true.
    #[serde(default = "yes")]
    pub inference: bool,
    /// The currency that OpenCost's prices are in, which it does not say with them; default USD.
    #[serde(default = "dollars")]
    pub currency: Currency,
}

fn allocation() -> String {
    "allocation".to_owned()
}

fn yes() -> bool {
    true
}

fn dollars() -> Currency {
    Currency::USD
}

impl Config {
    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.allocation && !self.inference {
            problems.push("allocation and inference are both false, so that nothing would be collected".to_owned());
        }
        let is_path = |c: char| c.is_ascii_alphanumeric() || "/-_".contains(c);
        if self.allocation_path.is_empty() || !self.allocation_path.chars().all(is_path) {
            problems
                .push(format!("allocation_path: {:?} is no path; write allocation, or model/allocation", self.allocation_path));
        }
        problems
    }
}
