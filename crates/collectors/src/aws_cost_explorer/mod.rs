//! Costs of AWS by the Cost Explorer: what each account spent by day or hour, as charges.
//!
//! - **Asks** `GetCostAndUsage` for whole days of a month, grouped by at most two keys, as the service allows; by `split_by` once more,
//!   a request for each of its values.
//! - **Checkpoint**: the last day that was collected; months that may still be restated are asked for again, whole.
//! - **Idempotence key**: the content. The same answer is the same file, and an import of it changes nothing.
//! - **Restated data**: days of an open month are estimates, and carry `x_Estimated`. What was said before is replaced.
//! - **Partial data**: pages that do not come to their end, that change under way, or that do not add up to the month's total without
//!   groups give nothing.
//! - **Reports** that the settings name (commitments, anomalies, AWS's forecast) are asked for with the costs and stand beside them; none of
//!   their figures is a charge. Parts that do not add up to their whole give nothing.
//! - **Cost**: USD 0.01 a page. It stands on the budget before the page is asked for.
//! - **Money** comes as decimal text and is never anything else.

mod client;
mod config;
mod map;
mod paging;
#[cfg(test)]
mod report_tests;
mod reports;
#[cfg(test)]
mod tests;

use farthing_types::{Amount, SourceName};
use futures::FutureExt;
use futures::future::BoxFuture;

use self::client::Client;
pub use self::config::Config;
use crate::aws::Aws;
use crate::billing_export::BillFormat;
use crate::source::{CollectError, Collected, Content, Delivery, Request, Secrets, Source};

/// What AWS bills for a page of an answer: USD 0.01.
pub fn price_of_a_page() -> Amount {
    Amount::from_atto(Amount::ONE.atto() / 100).expect("a cent is an amount")
}

/// The source, opened.
#[derive(Debug)]
pub struct CostExplorer {
    config: Config,
    accounts: Vec<Aws>,
}

/// Opens the source. Nothing is sent yet.
///
/// # Errors
/// When a secret cannot be read.
pub fn open(name: &SourceName, config: &Config, secrets: &Secrets) -> Result<CostExplorer, CollectError> {
    let accounts = Aws::parts(name, &config.accounts, &config.login, &config.region, config.endpoint.as_ref(), secrets)?;
    Ok(CostExplorer { config: config.clone(), accounts })
}

impl Source for CostExplorer {
    fn parts(&self) -> Vec<SourceName> {
        self.accounts.iter().map(|account| account.part.clone()).collect()
    }

    fn collect<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Collected, CollectError>> {
        async move {
            let account = Aws::of_part(&self.accounts, request.part)?;
            let client = Client { aws: account, config: &self.config, calls: request.calls };
            let mut costs = Vec::new();
            for (granularity, window) in self.config.granularities(request.whole_days(), request.now) {
                costs.extend(client.costs(granularity, window).await?);
            }
            let mut collected = Collected::default();
            for choice in self.config.reports.iter().filter(|choice| reports::is_due(**choice, request)) {
                match client.report(*choice, request).await? {
                    Some(report) => collected.reports.push(report),
                    None => collected.notes.push(format!("{}: {}", request.period, choice.missing())),
                }
            }
            if costs.is_empty() {
                return Ok(collected);
            }
            let estimated = costs.iter().filter(|cost| cost.estimated).map(|cost| cost.window.from.date_naive()).min();
            map::write(&costs, request.period, &request.file("costs.csv"))?;
            let files = vec![request.written("aws-cost-explorer", "costs.csv")?];
            let focus = BillFormat::named("focus").map_err(|error| CollectError::Config(error.to_string()))?;
            collected.notes.extend(estimated.map(|day| format!("{}: days from {day} on are estimates", request.period)));
            collected.deliveries.push(Delivery { content: Content::Charges(focus), files });
            Ok(collected)
        }
        .boxed()
    }
}
