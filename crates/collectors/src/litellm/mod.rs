//! A LiteLLM proxy: its spend logs, call by call.
//!
//! - **Asks** `GET /spend/logs/v2` day by day, a hundred calls a page. LiteLLM counts to 10,000: of more it says that its count is
//!   capped, and the time is asked for in halves.
//! - **Checkpoint**: the last hour that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: a call's `request_id`.
//! - **Restated data**: LiteLLM writes logs some seconds late, and may update a call's spend; both are in the month's next run.
//! - **Partial data**: where the number of calls changes under way the pages have shifted, and are begun anew.
//! - **Cost**: none. Spend is what LiteLLM's price list makes of the calls, never part of the bill.
//!
//! A time is asked for with both its ends, as LiteLLM has it; a call that begins at its end is kept by the time that follows.
//!
//! Parameters and answer: LiteLLM 1.109.

mod config;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::{SourceName, Window};
use farthing_usage::parse_moment;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use self::config::Config;
use crate::source::{CollectError, Collected, Content, Delivery, JsonApi, Pages, Request, Secrets, Source, parse};
use crate::usage_files::Format;

const LOGS: &str = "litellm:spend-logs";
/// Calls of a page: LiteLLM gives no more.
const A_PAGE: u64 = 100;
/// How often pages that shift under way are begun anew.
const BEGINNINGS: usize = 4;
/// The shortest time that is asked for: moments are told to the second.
const SHORTEST: TimeDelta = TimeDelta::seconds(2);

/// The source, opened.
#[derive(Debug)]
pub struct Litellm {
    name: SourceName,
    api: JsonApi,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When the secret is missing.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<Litellm, CollectError> {
    let authorization = format!("Bearer {}", secrets.get(&config.api_key)?);
    Ok(Litellm { name: name.clone(), api: JsonApi::new(&config.endpoint, &[("authorization", authorization)])? })
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Box<RawValue>>,
    total: u64,
    #[serde(default)]
    total_is_capped: bool,
}

/// What of a call its place in time is told by.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    start_time: String,
}

/// What asking for a time came to.
enum Told {
    /// Its calls, each a line of JSON.
    Calls(Vec<String>),
    /// They change under way.
    Shifting,
    /// They are more than LiteLLM counts.
    TooMany,
}

impl Source for Litellm {
    fn parts(&self) -> Vec<SourceName> {
        vec![self.name.clone()]
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let window = request.whole_hours();
            let mut file = Pages::create(&request.file("usage.json"))?;
            // The earliest last, so that it is taken first.
            let (mut times, mut any) = (days(window), false);
            while let Some(time) = times.pop() {
                match self.told(request, time).await? {
                    Told::Calls(calls) => {
                        any |= !calls.is_empty();
                        calls.iter().try_for_each(|call| file.add(call.as_bytes()))?;
                    }
                    Told::TooMany if time.to - time.from >= SHORTEST => {
                        let half = (time.to - time.from).num_seconds() / 2;
                        let middle = time.from + TimeDelta::seconds(half);
                        times.extend([Window { from: middle, to: time.to }, Window { from: time.from, to: middle }]);
                    }
                    Told::TooMany => {
                        let said = format!("more calls began at {} than LiteLLM counts", time.from);
                        return Err(CollectError::Incomplete { call: LOGS, said });
                    }
                    Told::Shifting => {
                        let said = format!("the number of calls of {} changed under way {BEGINNINGS} times", time.from);
                        return Err(CollectError::Incomplete { call: LOGS, said });
                    }
                }
            }
            file.end()?;
            if !any {
                return Ok(Collected::default());
            }
            let files = vec![request.written("litellm", "usage.json")?];
            let deliveries = vec![Delivery { content: Content::Usage(Format::Litellm), files }];
            Ok(Collected { deliveries, ..Collected::default() })
        }
        .boxed()
    }
}

impl Litellm {
    async fn told(&self, request: Request<'_>, time: Window) -> Result<Told, CollectError> {
        for _ in 0..BEGINNINGS {
            match self.pages(request, time).await? {
                Told::Shifting => {}
                told => return Ok(told),
            }
        }
        Ok(Told::Shifting)
    }

    /// All pages of a time.
    async fn pages(&self, request: Request<'_>, time: Window) -> Result<Told, CollectError> {
        let moment = |moment: DateTime<Utc>| moment.format("%Y-%m-%d %H:%M:%S").to_string();
        let (mut calls, mut seen, mut total, mut number) = (Vec::new(), 0, None, 1_u64);
        loop {
            let query = [
                ("start_date", moment(time.from)),
                ("end_date", moment(time.to)),
                ("page", number.to_string()),
                ("page_size", A_PAGE.to_string()),
                ("sort_by", "startTime".to_owned()),
                ("sort_order", "asc".to_owned()),
            ];
            let text = self.api.get(request.calls, LOGS, "spend/logs/v2", &query).await?;
            let page: Page = parse(LOGS, &text)?;
            if page.total_is_capped {
                return Ok(Told::TooMany);
            }
            if *total.get_or_insert(page.total) != page.total {
                return Ok(Told::Shifting);
            }
            seen += page.data.len() as u64;
            for call in &page.data {
                if time.contains(begun(call)?) {
                    // A line is a call: what LiteLLM wrote over several is one.
                    calls.push(call.get().replace(['\n', '\r'], " "));
                }
            }
            if page.data.is_empty() || seen >= page.total {
                break;
            }
            number += 1;
        }
        let total = total.unwrap_or_default();
        match seen == total {
            true => Ok(Told::Calls(calls)),
            false => Err(CollectError::Incomplete { call: LOGS, said: format!("{seen} of {total} calls came") }),
        }
    }
}

/// When a call began.
fn begun(call: &RawValue) -> Result<DateTime<Utc>, CollectError> {
    let Begun { start_time } = parse(LOGS, call.get().as_bytes())?;
    let at = parse_moment(&start_time);
    at.ok_or_else(|| CollectError::Nonsense { call: LOGS, said: format!("startTime {start_time:?} is no time") })
}

/// The days of a window, the last first.
fn days(window: Window) -> Vec<Window> {
    let (mut days, mut from) = (Vec::new(), window.from);
    while from < window.to {
        let to = (from + TimeDelta::days(1)).min(window.to);
        days.push(Window { from, to });
        from = to;
    }
    days.reverse();
    days
}
