//! Usage that AWS's CloudWatch measured: calls and tokens of Bedrock, calls and model time of SageMaker's endpoints and of Lambda, the
//! time that GPUs were busy, how long callers waited and how busy what served them was, by hour.
//!
//! - **Asks** `GetMetricData` with one `SEARCH` a figure, each of one exact set of dimensions: the same calls are published at several
//!   levels, and levels do not add up. What goes through `bedrock-mantle` is in a namespace of its own and is asked for as well.
//! - **Checkpoint**: the last hour that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: the content, in an order of its own.
//! - **Restated data**: CloudWatch adds to an hour for some time after it; the month's next run replaces it.
//! - **Partial data**: a figure that is not complete when the pages end, or that the service could not work out, gives nothing.
//! - **Retention**: hours are kept for 455 days. What is older is refused, not taken for zero. `SEARCH` finds what published anything in the
//!   last two weeks: collect at least weekly.
//! - **Latency** is the 50th, 90th and 99th percentile of each hour as the service works it out. Percentiles do not add up: where reports put
//!   hours together, the largest stands for all of them.
//! - **Memory**: sixteen bytes a figure, 20 million figures a month at most; what is beyond is refused.
//! - **Cost**: USD 0.01 for 1,000 metrics. How many a `SEARCH` finds is known afterwards, so a page is noted at the price of the 500 that it
//!   can at most hold.

mod client;
mod config;
mod families;
mod map;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use farthing_types::{Amount, SourceName};
use futures::FutureExt;
use futures::future::BoxFuture;

use self::client::Client;
pub use self::config::Config;
use crate::aws::Aws;
use crate::source::{CollectError, Collected, Content, Delivery, Request, Secrets, Source};
use crate::usage_files::Format;

/// How long CloudWatch keeps hours.
const KEPT: TimeDelta = TimeDelta::days(455);

/// The most that a page can cost: 500 metrics at USD 0.01 for 1,000.
pub fn price_of_a_page() -> Amount {
    Amount::from_atto(Amount::ONE.atto() / 200).expect("half a cent is an amount")
}

/// The source, opened.
#[derive(Debug)]
pub struct CloudWatch {
    config: Config,
    accounts: Vec<Aws>,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When a secret cannot be read.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<CloudWatch, CollectError> {
    let accounts = Aws::parts(name, &config.accounts, &config.login, &config.region, config.endpoint.as_ref(), secrets)?;
    Ok(CloudWatch { config: config.clone(), accounts })
}

impl Source for CloudWatch {
    fn parts(&self) -> Vec<SourceName> {
        self.accounts.iter().map(|account| account.part.clone()).collect()
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let account = Aws::of_part(&self.accounts, request.part)?;
            let window = request.whole_hours();
            if window.from < request.now - KEPT {
                let said = format!("CloudWatch keeps hours for {} days, and {} is older", KEPT.num_days(), request.period);
                return Err(CollectError::Refused { call: client::METRICS, said });
            }
            let client = Client { aws: account, config: &self.config, calls: request.calls };
            let families = self.config.families();
            let series = if window.from < window.to { client.series(&families, window).await? } else { Vec::new() };
            if map::write(&families, &series, &self.config.region, &request.file("usage.csv"))? == 0 {
                return Ok(Collected::default());
            }
            let files = vec![request.written("aws-cloudwatch", "usage.csv")?];
            let content = Content::Usage(Format::RequestTrace { model: None, workload: None });
            Ok(Collected { deliveries: vec![Delivery { content, files }], ..Collected::default() })
        }
        .boxed()
    }
}
