//! The price book: what each provider sells to the organisation. Price levels are those of public rate cards of 2026.

mod aws;
mod azure;
mod gcp;
mod vendors;

use crate::accounts::Provider;
use crate::sku::Sku;

/// Every stock-keeping unit, provider by provider.
pub(crate) fn skus() -> Vec<Sku> {
    [aws::SKUS, azure::SKUS, gcp::SKUS, vendors::SKUS].concat()
}

/// Where the unit with this code of a provider stands in [`skus`].
pub(crate) fn index(skus: &[Sku], provider: Provider, code: &str) -> usize {
    let found = skus.iter().position(|sku| sku.provider == provider && sku.code == code);
    found.unwrap_or_else(|| panic!("{provider:?} sells nothing with code {code}"))
}
