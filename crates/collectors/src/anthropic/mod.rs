//! Anthropic's organisation: usage by hour, and what days cost.
//!
//! - **Asks** `GET /v1/organizations/usage_report/messages` by hour, model, workspace, key, tier and context, and
//!   `GET /v1/organizations/cost_report` by day, workspace and description.
//! - **Checkpoint**: the last hour that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: the content; a result is known by its bucket and dimensions.
//! - **Partial data**: pages that do not come to their end give nothing.
//! - **Cost**: none.
//! - **Money** comes as decimal text in cents: `"123.45"` is USD 1.2345. Input of tokens comes without cached ones.

mod config;
mod map;
#[cfg(test)]
mod tests;

use chrono::SecondsFormat;
use farthing_types::{SourceName, Window};
use futures::FutureExt;
use futures::future::BoxFuture;

pub use self::config::Config;
use crate::billing_export::BillFormat;
use crate::source::{CollectError, Collected, Content, Delivery, JsonApi, Pages, Request, Secrets, Source, follow, write_costs};
use crate::usage_files::Format;

const USAGE: &str = "anthropic:usage_report";
const COSTS: &str = "anthropic:cost_report";

/// The source, opened.
#[derive(Debug)]
pub struct Anthropic {
    name: SourceName,
    config: Config,
    api: JsonApi,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When its secret is missing.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<Anthropic, CollectError> {
    let headers = [("x-api-key", secrets.get(&config.admin_key)?), ("anthropic-version", "2023-06-01".to_owned())];
    Ok(Anthropic { name: name.clone(), config: config.clone(), api: JsonApi::new(&config.endpoint, &headers)? })
}

impl Source for Anthropic {
    fn parts(&self) -> Vec<SourceName> {
        vec![self.name.clone()]
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let mut deliveries = Vec::new();
            if self.config.usage {
                deliveries.extend(self.usage(request).await?);
            }
            if self.config.costs {
                deliveries.extend(self.costs(request).await?);
            }
            Ok(Collected { deliveries, ..Collected::default() })
        }
        .boxed()
    }
}

fn query(window: Window, width: &str, limit: &str, groups: &[&str]) -> Vec<(&'static str, String)> {
    let moment = |moment: chrono::DateTime<chrono::Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut query = vec![
        ("starting_at", moment(window.from)),
        ("ending_at", moment(window.to)),
        ("bucket_width", width.to_owned()),
        ("limit", limit.to_owned()),
    ];
    query.extend(groups.iter().map(|key| ("group_by[]", (*key).to_owned())));
    query
}

impl Anthropic {
    async fn usage(&self, request: Request<'_>) -> Result<Option<Delivery>, CollectError> {
        let window = request.whole_hours();
        if window.from >= window.to {
            return Ok(None);
        }
        let mut file = Pages::create(&request.file("usage.json"))?;
        let mut results = 0;
        let query = query(window, "1h", "168", &["model", "workspace_id", "api_key_id", "service_tier", "context_window"]);
        follow(&self.api, request.calls, USAGE, "v1/organizations/usage_report/messages", &query, |page| {
            results += map::results_of(USAGE, page)?;
            file.add(page)
        })
        .await?;
        file.end()?;
        if results == 0 {
            return Ok(None);
        }
        Ok(Some(Delivery {
            content: Content::Usage(Format::AnthropicUsage),
            files: vec![request.written("anthropic", "usage.json")?],
        }))
    }

    async fn costs(&self, request: Request<'_>) -> Result<Option<Delivery>, CollectError> {
        let window = request.whole_days();
        if window.from >= window.to {
            return Ok(None);
        }
        let mut costs = Vec::new();
        let query = query(window, "1d", "31", &["workspace_id", "description"]);
        follow(&self.api, request.calls, COSTS, "v1/organizations/cost_report", &query, |page| {
            map::costs(COSTS, page, &mut costs)
        })
        .await?;
        if costs.is_empty() {
            return Ok(None);
        }
        write_costs(COSTS, "Anthropic", costs, request.period, window, &request.file("costs.csv"))?;
        let focus = BillFormat::named("focus").map_err(|error| CollectError::Config(error.to_string()))?;
        Ok(Some(Delivery { content: Content::Charges(focus), files: vec![request.written("anthropic", "costs.csv")?] }))
    }
}
