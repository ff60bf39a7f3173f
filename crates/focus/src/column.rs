//! The columns of Cost and Usage, over all releases.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use farthing_types::SCALE;

use crate::Version;

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

/// A column of the Cost and Usage dataset.
#[derive(Debug)]
pub struct Column {
    /// The name in the specification.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The first release that has it.
    pub since: Version,
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

static TABLE: LazyLock<Vec<Column>> =
    LazyLock::new(|| COLUMNS.iter().map(|&(name, kind, since)| Column { name, kind, since }).collect());

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
    let known = TABLE.iter().map(|column| Field::new(column.name, column.kind.data_type(), true));
    let others = others.iter().map(|name| Field::new(name, DataType::Utf8, true));
    Arc::new(Schema::new(known.chain(others).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_the_columns_the_specification_counts() {
        let count = |version| columns().iter().filter(|column| column.since <= version).count();
        assert_eq!((count(V1_0), count(V1_1), count(V1_2), count(V1_3)), (43, 50, 57, 65));
        // 1.4 adds two columns and drops ProviderName and PublisherName, which stay readable here.
        assert_eq!(count(V1_4), 67);
    }

    #[test]
    fn names_are_found_whatever_their_capitals() {
        assert_eq!(column("billedcost").unwrap().1.name, "BilledCost");
        assert!(column("Billed Cost").is_none());
    }
}
