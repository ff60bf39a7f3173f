//! Pages of costs → charges.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_types::Amount;
use serde::Deserialize;

use crate::source::{CollectError, VendorCost, parse};

#[derive(Deserialize)]
struct Page<R> {
    data: Vec<Bucket<R>>,
}

#[derive(Deserialize)]
struct Bucket<R> {
    starting_at: DateTime<Utc>,
    ending_at: DateTime<Utc>,
    results: Vec<R>,
}

#[derive(Deserialize)]
struct Cost {
    amount: String,
    currency: String,
    description: Option<String>,
    workspace_id: Option<String>,
    model: Option<String>,
    token_type: Option<String>,
    service_tier: Option<String>,
}

/// How many results a page has.
pub(super) fn results_of(call: &'static str, page: &[u8]) -> Result<usize, CollectError> {
    let page: Page<serde::de::IgnoredAny> = parse(call, page)?;
    Ok(page.data.iter().map(|bucket| bucket.results.len()).sum())
}

/// Adds the costs of a page.
pub(super) fn costs(call: &'static str, page: &[u8], costs: &mut Vec<VendorCost>) -> Result<(), CollectError> {
    let page: Page<Cost> = parse(call, page)?;
    for bucket in page.data {
        for cost in bucket.results {
            let nonsense = |said: String| CollectError::Nonsense { call, said };
            let amount = of_cents(&cost.amount).ok_or_else(|| nonsense(format!("the amount {:?} is no decimal", cost.amount)))?;
            let currency = cost.currency.parse().map_err(|_| nonsense(format!("{:?} is no currency", cost.currency)))?;
            let tags = [("model", cost.model), ("token_type", cost.token_type), ("service_tier", cost.service_tier)];
            let tags: BTreeMap<String, String> =
                tags.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
            costs.push(VendorCost {
                window: (bucket.starting_at, bucket.ending_at),
                line: cost.description.unwrap_or_default(),
                sub_account: cost.workspace_id.unwrap_or_default(),
                amount,
                currency,
                quantity: None,
                tags,
            });
        }
    }
    Ok(())
}

/// An amount that is written in cents, in whole units of its currency, to the last digit.
pub(super) fn of_cents(text: &str) -> Option<Amount> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    let read = Amount::parse(format!("{text}e-2").as_bytes()).ok()?;
    (is_plain && read.residue == 0).then_some(read.amount)
}
