//! OpenCost: what the workloads of a Kubernetes cluster hold by the hour, what OpenCost says that costs, and the tokens of its models.
//!
//! - **Asks** `GET /allocation` for a day at a time in steps of an hour, by cluster, namespace and controller, idle capacity apart; and
//!   `GET /inferenceCost/timeseries` by cluster, namespace and model.
//! - **Checkpoint**: the last hour that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: the content; rows are in an order of their own, whatever that of the answer.
//! - **Restated data**: OpenCost computes each answer anew, and changes it when the cloud's bill comes; the month's next run replaces it.
//! - **Partial data**: an answer that lacks an hour, or warns, gives nothing.
//! - **Counted once**: what a model's pods cost is in the allocation, so that of the inference API the tokens alone are taken. OpenCost's
//!   costs are estimates by price lists: they are usage's `Spend`, never part of the bill.
//! - **Cost**: none.

mod config;
mod map;
#[cfg(test)]
mod tests;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use farthing_types::{SourceName, Window};
use futures::FutureExt;
use futures::future::BoxFuture;

pub use self::config::Config;
use crate::source::{CollectError, Collected, Content, Delivery, JsonApi, Request, Secrets, Source};
use crate::usage_files::Format;

const ALLOCATION: &str = "opencost:allocation";
const INFERENCE: &str = "opencost:inferenceCost";

/// The source, opened.
#[derive(Debug)]
pub struct OpenCost {
    name: SourceName,
    config: Config,
    api: JsonApi,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When a secret is missing.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<OpenCost, CollectError> {
    let headers = match &config.bearer_token {
        Some(secret) => vec![("authorization", format!("Bearer {}", secrets.get(secret)?))],
        None => Vec::new(),
    };
    Ok(OpenCost { name: name.clone(), config: config.clone(), api: JsonApi::new(&config.endpoint, &headers)? })
}

impl Source for OpenCost {
    fn parts(&self) -> Vec<SourceName> {
        vec![self.name.clone()]
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let window = request.whole_hours();
            let mut collected = Collected::default();
            if window.from >= window.to {
                return Ok(collected);
            }
            let mut rows = Vec::new();
            for day in days(window) {
                if self.config.allocation {
                    let page = self.allocation(request, day).await?;
                    map::allocations(ALLOCATION, &page, day, self.config.currency, &mut rows)?;
                }
                if self.config.inference && collected.notes.is_empty() {
                    match self.inference(request, day).await? {
                        Some(page) => map::tokens(INFERENCE, &page, day, &mut rows)?,
                        None => collected
                            .notes
                            .push("OpenCost has no inference costs: set INFERENCE_COST_ENABLED=true there".to_owned()),
                    }
                }
            }
            if rows.is_empty() {
                return Ok(collected);
            }
            map::write(rows, &request.file("usage.csv"))?;
            let files = vec![request.written("opencost", "usage.csv")?];
            let format = Format::RequestTrace { model: None, workload: None };
            collected.deliveries.push(Delivery { content: Content::Usage(format), files });
            Ok(collected)
        }
        .boxed()
    }
}

impl OpenCost {
    async fn allocation(&self, request: Request<'_>, day: Window) -> Result<Vec<u8>, CollectError> {
        let query = [
            ("window", written(day)),
            ("step", "1h".to_owned()),
            ("aggregate", "cluster,namespace,controllerKind,controller".to_owned()),
            ("accumulate", "false".to_owned()),
            ("includeIdle", "true".to_owned()),
        ];
        self.api.get(request.calls, ALLOCATION, &self.config.allocation_path, &query).await
    }

    /// The tokens of a day's hours; none where OpenCost does not know of them.
    async fn inference(&self, request: Request<'_>, day: Window) -> Result<Option<Vec<u8>>, CollectError> {
        let query = [
            ("window", written(day)),
            ("accumulate", "hour".to_owned()),
            ("aggregate", "cluster,namespace,model_name".to_owned()),
        ];
        match self.api.get(request.calls, INFERENCE, "inferenceCost/timeseries", &query).await {
            Ok(page) => Ok(Some(page)),
            // The route is there only where it is switched on.
            Err(CollectError::Refused { said, .. }) if said.starts_with("404") => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The window day by day.
fn days(window: Window) -> Vec<Window> {
    let (mut from, mut days) = (window.from, Vec::new());
    while from < window.to {
        let to = (from + TimeDelta::days(1)).min(window.to);
        days.push(Window { from, to });
        from = to;
    }
    days
}

fn written(window: Window) -> String {
    let moment = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("{},{}", moment(window.from), moment(window.to))
}
