//! What vendors of models say that days cost, as FOCUS.

use std::collections::BTreeMap;

use camino::Utf8Path;
use chrono::{DateTime, SecondsFormat, Utc};
use farthing_types::{Amount, BillingPeriod, Currency, Window};

use super::CollectError;
use crate::FileError;

/// What one line of a day cost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VendorCost {
    pub window: (DateTime<Utc>, DateTime<Utc>),
    pub line: String,
    pub sub_account: String,
    pub amount: Amount,
    pub currency: Currency,
    pub quantity: Option<(Amount, String)>,
    pub tags: BTreeMap<String, String>,
}

const COLUMNS: [&str; 19] = [
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeFrequency",
    "ChargeDescription",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ProviderName",
    "PublisherName",
    "InvoiceIssuerName",
    "ServiceCategory",
    "ServiceName",
    "SubAccountId",
    "Tags",
];

/// Writes costs in an order of their own: the same answer is the same file.
///
/// # Errors
/// When a day is not of the month, or the file cannot be written.
pub(crate) fn write_costs(
    call: &'static str,
    vendor: &str,
    mut costs: Vec<VendorCost>,
    period: BillingPeriod,
    window: Window,
    path: &Utf8Path,
) -> Result<(), CollectError> {
    costs.sort();
    let failed = |error: csv::Error| FileError::io(path)(std::io::Error::other(error));
    let mut file = csv::Writer::from_path(path).map_err(failed)?;
    file.write_record(COLUMNS).map_err(failed)?;
    let moment = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    for cost in costs {
        if !window.contains(cost.window.0) || cost.window.1 > window.to {
            return Err(CollectError::Nonsense { call, said: format!("{} was not asked for", moment(cost.window.0)) });
        }
        let (quantity, unit) = cost.quantity.map_or_else(Default::default, |(quantity, unit)| (quantity.to_string(), unit));
        let tags = if cost.tags.is_empty() { String::new() } else { serde_json::to_string(&cost.tags).unwrap_or_default() };
        let (amount, currency) = (cost.amount.to_string(), cost.currency.to_string());
        let service = format!("{vendor} API");
        let (month, end) = (moment(period.start()), moment(period.end()));
        let (from, to) = (moment(cost.window.0), moment(cost.window.1));
        let row = [
            amount.as_str(),
            amount.as_str(),
            currency.as_str(),
            month.as_str(),
            end.as_str(),
            from.as_str(),
            to.as_str(),
            "Usage",
            "Usage-Based",
            cost.line.as_str(),
            quantity.as_str(),
            unit.as_str(),
            vendor,
            vendor,
            vendor,
            "AI and Machine Learning",
            service.as_str(),
            cost.sub_account.as_str(),
            tags.as_str(),
        ];
        file.write_record(row).map_err(failed)?;
    }
    file.flush().map_err(FileError::io(path))?;
    Ok(())
}
