//! Langfuse: the generations of a project.
//!
//! - **Asks** `GET /api/public/observations` for generations, page by page.
//! - **Checkpoint**: the last hour that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: an observation's id.
//! - **Restated data**: observations that arrive late are in the month's next run.
//! - **Partial data**: where the number of observations changes under way the pages have shifted, and are begun anew.
//! - **Cost**: none. What Langfuse says that calls cost is its own price list's, never part of the bill.

mod config;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::SecondsFormat;
use farthing_types::{SourceName, Window};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;

pub use self::config::Config;
use crate::source::{CollectError, Collected, Content, Delivery, JsonApi, Pages, Request, Secrets, Source, parse};
use crate::usage_files::Format;

const OBSERVATIONS: &str = "langfuse:observations";
/// Observations of a page.
const A_PAGE: u64 = 100;
/// How often pages that shift under way are begun anew.
const BEGINNINGS: usize = 4;

/// The source, opened.
#[derive(Debug)]
pub struct Langfuse {
    name: SourceName,
    api: JsonApi,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When a secret is missing.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<Langfuse, CollectError> {
    let keys = format!("{}:{}", secrets.get(&config.public_key)?, secrets.get(&config.secret_key)?);
    let authorization = format!("Basic {}", STANDARD.encode(keys));
    Ok(Langfuse { name: name.clone(), api: JsonApi::new(&config.endpoint, &[("authorization", authorization)])? })
}

#[derive(Deserialize)]
struct Page {
    data: Vec<serde::de::IgnoredAny>,
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    total_items: u64,
}

impl Source for Langfuse {
    fn parts(&self) -> Vec<SourceName> {
        vec![self.name.clone()]
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let window = request.whole_hours();
            if window.from >= window.to {
                return Ok(Collected::default());
            }
            for _ in 0..BEGINNINGS {
                match self.pages(request, window).await? {
                    Some(0) => return Ok(Collected::default()),
                    Some(_) => {
                        let files = vec![request.written("langfuse", "observations.json")?];
                        let deliveries = vec![Delivery { content: Content::Usage(Format::Langfuse), files }];
                        return Ok(Collected { deliveries, ..Collected::default() });
                    }
                    None => {}
                }
            }
            let said = format!("the number of observations changed under way {BEGINNINGS} times");
            Err(CollectError::Incomplete { call: OBSERVATIONS, said })
        }
        .boxed()
    }
}

impl Langfuse {
    /// Writes all pages; how many observations they have, or none where that changed under way.
    async fn pages(&self, request: Request<'_>, window: Window) -> Result<Option<u64>, CollectError> {
        let moment = |moment: chrono::DateTime<chrono::Utc>| moment.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut file = Pages::create(&request.file("observations.json"))?;
        let (mut seen, mut total, mut number) = (0, None, 1_u64);
        loop {
            let query = [
                ("type", "GENERATION".to_owned()),
                ("fromStartTime", moment(window.from)),
                ("toStartTime", moment(window.to)),
                ("limit", A_PAGE.to_string()),
                ("page", number.to_string()),
            ];
            let page = self.api.get(request.calls, OBSERVATIONS, "api/public/observations", &query).await?;
            let Page { data, meta } = parse(OBSERVATIONS, &page)?;
            if *total.get_or_insert(meta.total_items) != meta.total_items {
                return Ok(None);
            }
            seen += data.len() as u64;
            file.add(&page)?;
            if data.is_empty() || seen >= meta.total_items {
                break;
            }
            number += 1;
        }
        file.end()?;
        let total = total.unwrap_or_default();
        match seen == total {
            true => Ok(Some(seen)),
            false => Err(CollectError::Incomplete { call: OBSERVATIONS, said: format!("{seen} of {total} observations came") }),
        }
    }
}
