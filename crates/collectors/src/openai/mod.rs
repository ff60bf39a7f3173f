//! OpenAI's organisation: usage by hour, and what days cost.
//!
//! - **Asks** `GET /v1/organization/usage/…` by hour, project, model and key, and `GET /v1/organization/costs` by day, project and line.
//! - **Checkpoint**: the last hour that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: the content; a result is known by its bucket and dimensions.
//! - **Restated data**: the last days' costs are added to; the month's next run replaces them.
//! - **Partial data**: pages that do not come to their end give nothing.
//! - **Cost**: none.
//! - **Money** is taken digit by digit from the text of its number.

mod config;
mod map;
#[cfg(test)]
mod tests;

use farthing_types::SourceName;
use futures::FutureExt;
use futures::future::BoxFuture;

pub use self::config::Config;
use crate::billing_export::BillFormat;
use crate::source::{CollectError, Collected, Content, Delivery, JsonApi, Pages, Request, Secrets, Source, follow, write_costs};
use crate::usage_files::Format;

const USAGE: &str = "openai:usage";
const COSTS: &str = "openai:costs";

/// The source, opened.
#[derive(Debug)]
pub struct OpenAi {
    name: SourceName,
    config: Config,
    api: JsonApi,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When its secret is missing.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<OpenAi, CollectError> {
    let key = secrets.get(&config.admin_key)?;
    let api = JsonApi::new(&config.endpoint, &[("authorization", format!("Bearer {key}"))])?;
    Ok(OpenAi { name: name.clone(), config: config.clone(), api })
}

impl Source for OpenAi {
    fn parts(&self) -> Vec<SourceName> {
        vec![self.name.clone()]
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let mut deliveries = Vec::new();
            if !self.config.usage.is_empty() {
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

impl OpenAi {
    async fn usage(&self, request: Request<'_>) -> Result<Option<Delivery>, CollectError> {
        let window = request.whole_hours();
        if window.from >= window.to {
            return Ok(None);
        }
        let mut file = Pages::create(&request.file("usage.json"))?;
        let mut query = vec![
            ("start_time", window.from.timestamp().to_string()),
            ("end_time", window.to.timestamp().to_string()),
            ("bucket_width", "1h".to_owned()),
            ("limit", "168".to_owned()),
        ];
        query.extend(["project_id", "model", "api_key_id", "batch"].map(|key| ("group_by", key.to_owned())));
        let mut results = 0;
        for kind in &self.config.usage {
            // Kinds other than completions have no batches.
            let known: Vec<(&str, String)> =
                query.iter().filter(|(_, value)| kind == "completions" || value != "batch").cloned().collect();
            let path = format!("v1/organization/usage/{kind}");
            follow(&self.api, request.calls, USAGE, &path, &known, |page| {
                results += map::results_of(USAGE, page)?;
                file.add(page)
            })
            .await?;
        }
        file.end()?;
        if results == 0 {
            return Ok(None);
        }
        Ok(Some(Delivery { content: Content::Usage(Format::OpenaiUsage), files: vec![request.written("openai", "usage.json")?] }))
    }

    async fn costs(&self, request: Request<'_>) -> Result<Option<Delivery>, CollectError> {
        let window = request.whole_days();
        if window.from >= window.to {
            return Ok(None);
        }
        let mut query = vec![
            ("start_time", window.from.timestamp().to_string()),
            ("end_time", window.to.timestamp().to_string()),
            ("bucket_width", "1d".to_owned()),
            ("limit", "180".to_owned()),
        ];
        query.extend(["project_id", "line_item"].map(|key| ("group_by", key.to_owned())));
        let mut costs = Vec::new();
        follow(&self.api, request.calls, COSTS, "v1/organization/costs", &query, |page| map::costs(COSTS, page, &mut costs))
            .await?;
        if costs.is_empty() {
            return Ok(None);
        }
        write_costs(COSTS, "OpenAI", costs, request.period, window, &request.file("costs.csv"))?;
        let focus = BillFormat::named("focus").map_err(|error| CollectError::Config(error.to_string()))?;
        Ok(Some(Delivery { content: Content::Charges(focus), files: vec![request.written("openai", "costs.csv")?] }))
    }
}
