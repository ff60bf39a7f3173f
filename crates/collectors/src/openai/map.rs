//! Pages of costs → charges.

use chrono::DateTime;
use farthing_types::Amount;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::{CollectError, VendorCost, parse};

#[derive(Deserialize)]
struct Page<R> {
    data: Vec<Bucket<R>>,
}

#[derive(Deserialize)]
struct Bucket<R> {
    start_time: i64,
    end_time: i64,
    #[serde(alias = "result")]
    results: Vec<R>,
}

#[derive(Deserialize)]
struct Cost {
    amount: Money,
    line_item: Option<String>,
    project_id: Option<String>,
    api_key_id: Option<String>,
    quantity: Option<Box<RawValue>>,
    quantity_unit: Option<String>,
}

#[derive(Deserialize)]
struct Money {
    value: Box<RawValue>,
    currency: String,
}

/// How many results a page has.
pub(super) fn results_of(call: &'static str, page: &[u8]) -> Result<usize, CollectError> {
    let page: Page<serde::de::IgnoredAny> = parse(call, page)?;
    Ok(page.data.iter().map(|bucket| bucket.results.len()).sum())
}

/// Adds the costs of a page. A number is taken by its text, digit by digit.
pub(super) fn costs(call: &'static str, page: &[u8], costs: &mut Vec<VendorCost>) -> Result<(), CollectError> {
    let nonsense = |said: String| CollectError::Nonsense { call, said };
    let page: Page<Cost> = parse(call, page)?;
    for bucket in page.data {
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).ok_or_else(|| nonsense(format!("{seconds} is no time")));
        let window = (moment(bucket.start_time)?, moment(bucket.end_time)?);
        for cost in bucket.results {
            let text = cost.amount.value.get().trim_matches('"');
            let amount =
                Amount::parse(text.as_bytes()).map_err(|error| nonsense(format!("the amount {text:?}: {error}")))?.amount;
            let currency = cost.amount.currency.to_ascii_uppercase();
            let currency = currency.parse().map_err(|_| nonsense(format!("{currency:?} is no currency")))?;
            let quantity =
                cost.quantity.as_deref().and_then(|value| Amount::parse(value.get().trim_matches('"').as_bytes()).ok());
            let quantity = quantity.and_then(|quantity| Some((quantity.amount, cost.quantity_unit?)));
            costs.push(VendorCost {
                window,
                line: cost.line_item.unwrap_or_default(),
                sub_account: cost.project_id.unwrap_or_default(),
                amount,
                currency,
                quantity,
                tags: cost.api_key_id.map(|key| ("api_key_id".to_owned(), key)).into_iter().collect(),
            });
        }
    }
    Ok(())
}
