//! The columns of Cost and Usage, over all releases.

use std::sync::LazyLock;

use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use farthing_types::SCALE;

use crate::{Dataset, Version};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, among it JSON objects such as `Tags`.
    Text,
    /// An exact decimal: money, a price or a quantity.
    Decimal,
    /// A moment, in UTC.
    Moment,
}

impl Kind {
    /// The Arrow type: `Utf8`, `Decimal128(38, 18)` or `Timestamp(µs, UTC)`.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Decimal => DataType::Decimal128(38, SCALE as i8),
            Self::Moment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// A column of a FOCUS dataset.
#[derive(Debug)]
pub struct Column {
    /// The name in the specification.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The first release that has it.
    pub since: Version,
    /// The first release that has it no more.
    pub until: Option<Version>,
    /// True where every file of a release that has the column must have it, whatever the provider supports.
    pub mandatory: bool,
    /// True where the release allows no row without a value.
    pub required: bool,
}

impl Column {
    /// True where this release has the column.
    pub fn is_in(&self, version: Version) -> bool {
        self.since <= version && self.until.is_none_or(|until| version < until)
    }
}

use Kind::{Decimal, Moment, Text};
use Version::{V1_0, V1_1, V1_2, V1_3, V1_4};

const COLUMNS: &[(&str, Kind, Version)] = &[
    ("BillingPeriodStart", Moment, V1_0),
    ("BillingPeriodEnd", Moment, V1_0),
    ("ChargePeriodStart", Moment, V1_0),
    ("ChargePeriodEnd", Moment, V1_0),
    ("BillingCurrency", Text, V1_0),
    ("BilledCost", Decimal, V1_0),
    ("EffectiveCost", Decimal, V1_0),
    ("ContractedCost", Decimal, V1_0),
    ("ListCost", Decimal, V1_0),
    ("ContractedUnitPrice", Decimal, V1_0),
    ("ListUnitPrice", Decimal, V1_0),
    ("PricingCategory", Text, V1_0),
    ("PricingQuantity", Decimal, V1_0),
    ("PricingUnit", Text, V1_0),
    ("PricingCurrency", Text, V1_2),
    ("PricingCurrencyContractedUnitPrice", Decimal, V1_2),
    ("PricingCurrencyEffectiveCost", Decimal, V1_2),
    ("PricingCurrencyListUnitPrice", Decimal, V1_2),
    ("ConsumedQuantity", Decimal, V1_0),
    ("ConsumedUnit", Text, V1_0),
    ("ChargeCategory", Text, V1_0),
    ("ChargeClass", Text, V1_0),
    ("ChargeDescription", Text, V1_0),
    ("ChargeFrequency", Text, V1_0),
    ("BillingAccountId", Text, V1_0),
    ("BillingAccountName", Text, V1_0),
    ("BillingAccountType", Text, V1_2),
    ("SubAccountId", Text, V1_0),
    ("SubAccountName", Text, V1_0),
    ("SubAccountType", Text, V1_2),
    ("InvoiceId", Text, V1_2),
    ("InvoiceDetailId", Text, V1_4),
    ("InvoiceIssuerName", Text, V1_0),
    ("ProviderName", Text, V1_0),
    ("PublisherName", Text, V1_0),
    ("ServiceProviderName", Text, V1_3),
    ("HostProviderName", Text, V1_3),
    ("ServiceCategory", Text, V1_0),
    ("ServiceSubcategory", Text, V1_1),
    ("ServiceName", Text, V1_0),
    ("SkuId", Text, V1_0),
    ("SkuMeter", Text, V1_1),
    ("SkuPriceId", Text, V1_0),
    ("SkuPriceDetails", Text, V1_1),
    ("ResourceId", Text, V1_0),
    ("ResourceName", Text, V1_0),
    ("ResourceType", Text, V1_0),
    ("RegionId", Text, V1_0),
    ("RegionName", Text, V1_0),
    ("AvailabilityZone", Text, V1_0),
    ("CommitmentDiscountId", Text, V1_0),
    ("CommitmentDiscountName", Text, V1_0),
    ("CommitmentDiscountCategory", Text, V1_0),
    ("CommitmentDiscountType", Text, V1_0),
    ("CommitmentDiscountStatus", Text, V1_0),
    ("CommitmentDiscountQuantity", Decimal, V1_1),
    ("CommitmentDiscountUnit", Text, V1_1),
    ("CommitmentProgramEligibilityDetails", Text, V1_4),
    ("CapacityReservationId", Text, V1_1),
    ("CapacityReservationStatus", Text, V1_1),
    ("ContractApplied", Text, V1_3),
    ("AllocatedMethodId", Text, V1_3),
    ("AllocatedMethodDetails", Text, V1_3),
    ("AllocatedResourceId", Text, V1_3),
    ("AllocatedResourceName", Text, V1_3),
    ("AllocatedTags", Text, V1_3),
    ("Tags", Text, V1_0),
];

/// Named anew in 1.3 and gone in 1.4.
const UNTIL_1_4: [&str; 2] = ["ProviderName", "PublisherName"];

/// Mandatory and with a value in every row.
const REQUIRED: [&str; 17] = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
];

/// Mandatory, and empty where there is nothing to say.
const MANDATORY: [&str; 6] =
    ["BillingAccountName", "ChargeClass", "ChargeDescription", "HostProviderName", "PricingQuantity", "PricingUnit"];

static TABLE: LazyLock<Vec<Column>> = LazyLock::new(|| COLUMNS.iter().map(described).collect());

fn described(&(name, kind, since): &(&'static str, Kind, Version)) -> Column {
    let required = REQUIRED.contains(&name);
    let until = UNTIL_1_4.contains(&name).then_some(V1_4);
    Column { name, kind, since, until, mandatory: required || MANDATORY.contains(&name), required }
}

/// Every column of every release, in the order in which the lake stores them.
pub fn columns() -> &'static [Column] {
    &TABLE
}

/// The position and description of the column with this name, whatever its capitals.
pub fn column(name: &str) -> Option<(usize, &'static Column)> {
    TABLE.iter().enumerate().find(|(_, column)| column.name.eq_ignore_ascii_case(name))
}

/// The Arrow schema of [`columns`], all nullable.
pub fn canonical_schema() -> SchemaRef {
    facts_schema(&[])
}

/// The schema of a revision's facts: every FOCUS column, then the file's other columns as text under their own names.
pub fn facts_schema(others: &[String]) -> SchemaRef {
    Dataset::CostAndUsage.schema(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_their_capitals() {
        assert_eq!(column("billedcost").unwrap().1.name, "BilledCost");
        assert!(column("Billed Cost").is_none());
    }
}
