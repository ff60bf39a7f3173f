//! Which names rules may compare.

use crate::error::{Caution, Problem, nearest};

/// What attribution itself reads of every charge, to give the reason of what no rule matches.
pub const ALWAYS_READ: [&str; 3] = ["ChargeCategory", "ChargeClass", "Tags"];

/// The field of a key table that says when charges were, for pools that are split by the day or hour: `2026-05-10T13` for charges
/// within that hour (UTC), `2026-05-10` for those within that day, absent for longer ones. No column of FOCUS: it is made of
/// `ChargePeriodStart` and `ChargePeriodEnd`.
pub const CHARGE_HOUR: &str = "ChargeHour";

/// The columns of the Cost and Usage dataset, FOCUS 1.0 to 1.4, that hold text.
const TEXT: [&str; 51] = [
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
    "AvailabilityZone",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "CommitmentProgramEligibilityDetails",
    "ConsumedUnit",
    "ContractApplied",
    "HostProviderName",
    "InvoiceDetailId",
    "InvoiceId",
    "InvoiceIssuerName",
    "PricingCategory",
    "PricingCurrency",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
];

const AMOUNTS: [&str; 12] = [
    "BilledCost",
    "CommitmentDiscountQuantity",
    "ConsumedQuantity",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "ListCost",
    "ListUnitPrice",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "PricingQuantity",
];

const TIMES: [&str; 4] = ["BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"];

/// Whether rules may compare the column or tag called `field`, and whether that is probably meant.
///
/// # Errors
/// A column that holds an amount or a time, a tag without a name, or a name that is nearly a FOCUS column.
pub(crate) fn check_charge_field(field: &str) -> Result<Option<Caution>, Problem> {
    if let Some(tag) = field.strip_prefix("tag:") {
        let nameless = Problem::Impossible { field: field.into(), why: "the tag has no name; write \"tag:NAME\"" };
        return if tag.is_empty() { Err(nameless) } else { Ok(None) };
    }
    if TEXT.contains(&field) || field.starts_with("x_") {
        return Ok(None);
    }
    if AMOUNTS.contains(&field) {
        return Err(Problem::NotText { field: field.into(), holds: "an amount", instead: "compare another column" });
    }
    if TIMES.contains(&field) {
        return Err(Problem::NotText { field: field.into(), holds: "a time", instead: "use the rule's `from` and `until`" });
    }
    match nearest(field, TEXT.into_iter().chain(AMOUNTS).chain(TIMES)) {
        Some(nearest) => Err(Problem::MisspeltColumn { field: field.into(), nearest }),
        None => Ok(Some(Caution::UnknownColumn { field: field.into() })),
    }
}

/// Whether workloads may compare the field of usage called `field`.
///
/// # Errors
/// A name that is none of them.
pub(crate) fn check_usage_field(field: &str) -> Result<(), Problem> {
    const FIELDS: [&str; 7] = ["model", "provider", "endpoint", "key", "team", "user", "tag"];
    let tag = field.strip_prefix("tag:").is_some_and(|name| !name.is_empty());
    if tag || FIELDS.contains(&field) { Ok(()) } else { Err(Problem::UnknownUsageField { field: field.into() }) }
}
