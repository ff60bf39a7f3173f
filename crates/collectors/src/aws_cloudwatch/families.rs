//! What is asked of each service, and what its figures mean. A family is one namespace and one exact set of dimensions, so that nothing
//! that is published at several levels is counted at two of them.

use super::config::Gpu;

/// What a figure adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Count {
    /// Calls that succeeded, where failures are counted apart: `requests` alone.
    Requests,
    /// Calls that failed and are among the requests already.
    Errors,
    /// Calls that failed and are not: `requests` and `errors`.
    FailedRequests,
    InputTokens,
    CacheReadTokens,
    CacheWriteTokens,
    OutputTokens,
    /// Time, in units of which a second has so many.
    Compute {
        per_second: u32,
    },
    /// Percent of an hour of one GPU.
    Busy,
    /// A percentile of the time that callers waited, in units of which a second has so many.
    Latency {
        percentile: Percentile,
        per_second: u32,
    },
    /// The mean share of its capacity that was busy, of which 1 is so many.
    Utilisation {
        whole: u32,
    },
}

/// A percentile that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Percentile {
    P50,
    P90,
    P99,
}

impl Percentile {
    const ALL: [Self; 3] = [Self::P50, Self::P90, Self::P99];

    /// As the service names it.
    fn statistic(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
        }
    }
}

/// A metric of a family.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub metric: String,
    pub statistic: &'static str,
    pub count: Count,
}

/// What one set of dimensions is.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub namespace: String,
    pub dimensions: Vec<String>,
    /// Which dimension is the model, which the workload; the others become tags.
    pub model: Option<String>,
    pub workload: Option<String>,
    pub provider: Option<&'static str>,
    pub figures: Vec<Figure>,
}

fn sums(figures: &[(&str, Count)]) -> Vec<Figure> {
    figures.iter().map(|(metric, count)| Figure { metric: (*metric).to_owned(), statistic: "Sum", count: *count }).collect()
}

/// The percentiles of a metric of time.
fn latency(metric: &str, per_second: u32) -> impl Iterator<Item = Figure> {
    Percentile::ALL.into_iter().map(move |percentile| Figure {
        metric: metric.to_owned(),
        statistic: percentile.statistic(),
        count: Count::Latency { percentile, per_second },
    })
}

fn busy(metric: &str, whole: u32) -> Figure {
    Figure { metric: metric.to_owned(), statistic: "Average", count: Count::Utilisation { whole } }
}

impl Family {
    /// The family with the percentiles of a metric of time.
    fn with_latency(mut self, metric: &str, per_second: u32) -> Self {
        self.figures.extend(latency(metric, per_second));
        self
    }
}

fn family(namespace: &str, dimensions: &[&str], figures: Vec<Figure>) -> Family {
    let dimensions = dimensions.iter().map(|name| (*name).to_owned()).collect();
    Family { namespace: namespace.to_owned(), dimensions, model: None, workload: None, provider: None, figures }
}

/// Bedrock by `bedrock-runtime`. Input leaves cached tokens out; calls are those that succeeded. Latency is to the last token, in
/// milliseconds.
pub(super) fn bedrock(latency: bool) -> Family {
    let figures = sums(&[
        ("Invocations", Count::Requests),
        ("InvocationClientErrors", Count::FailedRequests),
        ("InvocationServerErrors", Count::FailedRequests),
        ("InputTokenCount", Count::InputTokens),
        ("CacheReadInputTokenCount", Count::CacheReadTokens),
        ("CacheWriteInputTokenCount", Count::CacheWriteTokens),
        ("OutputTokenCount", Count::OutputTokens),
    ]);
    let family = family("AWS/Bedrock", &["ModelId"], figures);
    let family = Family { model: Some("ModelId".to_owned()), provider: Some("aws.bedrock"), ..family };
    if latency { family.with_latency("InvocationLatency", 1_000) } else { family }
}

/// Bedrock by `bedrock-mantle`, which publishes by account, by project and by model: the last is taken. It publishes no latency.
pub(super) fn bedrock_mantle() -> Family {
    let figures = sums(&[
        ("Inferences", Count::Requests),
        ("InferenceClientErrors", Count::FailedRequests),
        ("TotalInputTokens", Count::InputTokens),
        ("TotalOutputTokens", Count::OutputTokens),
    ]);
    Family { model: Some("Model".to_owned()), provider: Some("aws.bedrock"), ..family("AWS/BedrockMantle", &["Model"], figures) }
}

/// SageMaker's endpoints by variant. Calls have their failures among them; latency is in microseconds.
pub(super) fn sagemaker(latency: bool) -> Family {
    let figures = sums(&[
        ("Invocations", Count::Requests),
        ("Invocation4XXErrors", Count::Errors),
        ("Invocation5XXErrors", Count::Errors),
        ("ModelLatency", Count::Compute { per_second: 1_000_000 }),
    ]);
    let family = family("AWS/SageMaker", &["EndpointName", "VariantName"], figures);
    let family = Family { workload: Some("EndpointName".to_owned()), provider: Some("aws.sagemaker"), ..family };
    if latency { family.with_latency("ModelLatency", 1_000_000) } else { family }
}

/// The GPUs of SageMaker's endpoints, in percent, those of an instance added up. The same endpoints as above: rows of one are one hour.
pub(super) fn sagemaker_gpus() -> Family {
    let family = family("/aws/sagemaker/Endpoints", &["EndpointName", "VariantName"], vec![busy("GPUUtilization", 100)]);
    Family { workload: Some("EndpointName".to_owned()), provider: Some("aws.sagemaker"), ..family }
}

/// Lambda's functions. Duration is in milliseconds.
pub(super) fn lambda(latency: bool) -> Family {
    let figures =
        sums(&[("Invocations", Count::Requests), ("Errors", Count::Errors), ("Duration", Count::Compute { per_second: 1_000 })]);
    let family = family("AWS/Lambda", &["FunctionName"], figures);
    let family = Family { workload: Some("FunctionName".to_owned()), provider: Some("aws.lambda"), ..family };
    if latency { family.with_latency("Duration", 1_000) } else { family }
}

/// The provisioned concurrency of Lambda's functions, by version or alias, as a share.
pub(super) fn lambda_concurrency() -> Family {
    let family = family("AWS/Lambda", &["FunctionName", "Resource"], vec![busy("ProvisionedConcurrencyUtilization", 1)]);
    Family { workload: Some("FunctionName".to_owned()), provider: Some("aws.lambda"), ..family }
}

/// GPUs: the mean of an hour is the part of it that each was busy, which is its utilisation too.
pub(super) fn gpus(gpu: &Gpu) -> Family {
    let figures = vec![Figure { metric: gpu.metric.clone(), statistic: "Average", count: Count::Busy }];
    let dimensions: Vec<&str> = gpu.dimensions.iter().map(String::as_str).collect();
    Family { workload: Some(gpu.workload.clone()), ..family(&gpu.namespace, &dimensions, figures) }
}
