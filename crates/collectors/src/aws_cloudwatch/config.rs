use serde::Deserialize;

use super::families::{self, Family};
use crate::aws::{Account, Login};
use crate::source::Endpoint;

/// What of the measurements is asked for, and by what right.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The accounts, each read by a role in it; without any, the account of the credentials themselves.
    pub accounts: Vec<Account>,
    /// How AWS is logged in to.
    pub login: Login,
    /// What is asked for: `bedrock`, `sagemaker`, `lambda`. Default `bedrock` and `sagemaker`.
    pub services: Vec<Service>,
    /// How long callers waited: the 50th, 90th and 99th percentile of each hour, as CloudWatch works them out. Default true; three metrics
    /// more of each series.
    pub latency: bool,
    /// How busy GPUs of SageMaker's endpoints and provisioned concurrency of Lambda were. Default true; one metric more of each.
    pub utilisation: bool,
    /// GPUs of machines, containers and pods, as an agent publishes them.
    pub gpus: Vec<Gpu>,
    /// The region. Several regions are several sources. Default `us-east-1`.
    pub region: String,
    /// Where the service is, if not where AWS has it.
    pub endpoint: Option<Endpoint>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            login: Login::default(),
            services: vec![Service::Bedrock, Service::Sagemaker],
            latency: true,
            utilisation: true,
            gpus: Vec::new(),
            region: "us-east-1".to_owned(),
            endpoint: None,
        }
    }
}

/// A service whose metrics are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Bedrock, by both of its endpoints.
    Bedrock,
    /// SageMaker's endpoints.
    Sagemaker,
    /// Lambda's functions.
    Lambda,
}

/// A metric of how busy GPUs are, each series of it one GPU: EC2 by the CloudWatch agent, ECS and EKS by Container Insights.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// The namespace: `CWAgent`, `ContainerInsights`.
    pub namespace: String,
    /// The metric, in percent: `nvidia_smi_utilization_gpu`.
    pub metric: String,
    /// The exact set of dimensions that its series have.
    pub dimensions: Vec<String>,
    /// The one of them that is the workload.
    pub workload: String,
}

impl Config {
    /// What is wrong beyond what reading it shows.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.services.is_empty() && self.gpus.is_empty() {
            problems.push("services and gpus are both empty, so there is nothing to ask for".to_owned());
        }
        for gpu in &self.gpus {
            if !gpu.dimensions.contains(&gpu.workload) {
                problems.push(format!("gpus: {}: workload = {:?} is none of its dimensions", gpu.metric, gpu.workload));
            }
            let names = gpu.dimensions.iter().chain([&gpu.namespace, &gpu.metric]);
            for name in names.filter(|name| name.is_empty() || name.contains(['\'', '"', '{', '}', ',', '|'])) {
                problems.push(format!("gpus: {name:?} cannot be a name in a search"));
            }
        }
        problems
    }

    /// The families of metrics to ask for.
    pub(super) fn families(&self) -> Vec<Family> {
        let known = self.services.iter().flat_map(|service| {
            let (mut counted, busy) = match service {
                Service::Bedrock => (vec![families::bedrock(self.latency), families::bedrock_mantle()], None),
                Service::Sagemaker => (vec![families::sagemaker(self.latency)], Some(families::sagemaker_gpus())),
                Service::Lambda => (vec![families::lambda(self.latency)], Some(families::lambda_concurrency())),
            };
            counted.extend(busy.filter(|_| self.utilisation));
            counted
        });
        known.chain(self.gpus.iter().map(families::gpus)).collect()
    }
}
