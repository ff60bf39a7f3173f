//! The four datasets of FOCUS and the columns of each.

use std::sync::LazyLock;

use arrow::datatypes::{Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::Version;
use crate::column::{Column, Kind, columns};

/// A dataset that FOCUS defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    /// One row a charge; in every release.
    CostAndUsage,
    /// One row a commitment of a contract; since 1.3.
    ContractCommitment,
    /// One row a line of an invoice; since 1.4.
    InvoiceDetail,
    /// One row a billing period of an invoice issuer, with whether it is closed; since 1.4.
    BillingPeriod,
}

use Kind::{Decimal, Moment, Text};
use Version::{V1_3, V1_4};

/// Name, what it holds, first release, mandatory, must have a value in every row.
type Row = (&'static str, Kind, Version, bool, bool);

const CONTRACT_COMMITMENT: &[Row] = &[
    ("BillingCurrency", Text, V1_3, true, false),
    ("ContractCommitmentApplicability", Text, V1_4, true, true),
    ("ContractCommitmentBenefitCategory", Text, V1_4, true, true),
    ("ContractCommitmentCategory", Text, V1_3, true, true),
    ("ContractCommitmentCost", Decimal, V1_3, true, false),
    ("ContractCommitmentCreated", Moment, V1_4, true, true),
    ("ContractCommitmentDescription", Text, V1_3, true, false),
    ("ContractCommitmentDiscountPercentage", Decimal, V1_4, true, false),
    ("ContractCommitmentDurationType", Text, V1_4, true, true),
    ("ContractCommitmentFulfillmentInterval", Text, V1_4, true, true),
    ("ContractCommitmentId", Text, V1_3, true, true),
    ("ContractCommitmentLastUpdated", Moment, V1_4, true, true),
    ("ContractCommitmentLifecycleStatus", Text, V1_4, true, true),
    ("ContractCommitmentModel", Text, V1_4, true, true),
    ("ContractCommitmentOfferCategory", Text, V1_4, true, true),
    ("ContractCommitmentPaymentInterval", Text, V1_4, true, true),
    ("ContractCommitmentPaymentModel", Text, V1_4, true, true),
    ("ContractCommitmentPaymentUpfrontPercentage", Decimal, V1_4, false, false),
    ("ContractCommitmentPeriodEnd", Moment, V1_3, true, true),
    ("ContractCommitmentPeriodStart", Moment, V1_3, true, true),
    ("ContractCommitmentQuantity", Decimal, V1_3, true, false),
    ("ContractCommitmentType", Text, V1_3, true, true),
    ("ContractCommitmentUnit", Text, V1_3, true, false),
    ("ContractId", Text, V1_3, true, true),
    ("ContractPeriodEnd", Moment, V1_3, true, true),
    ("ContractPeriodStart", Moment, V1_3, true, true),
    ("InvoiceIssuerName", Text, V1_4, true, true),
    ("PricingCurrency", Text, V1_4, false, false),
    ("PricingCurrencyContractCommitmentCost", Decimal, V1_4, false, false),
    ("ServiceProviderName", Text, V1_4, true, true),
];

const INVOICE_DETAIL: &[Row] = &[
    ("BilledCost", Decimal, V1_4, true, true),
    ("BillingAccountId", Text, V1_4, true, true),
    ("BillingCurrency", Text, V1_4, true, true),
    ("BillingPeriodEnd", Moment, V1_4, true, true),
    ("BillingPeriodStart", Moment, V1_4, true, true),
    ("ChargeCategory", Text, V1_4, true, true),
    ("InvoiceDetailCreated", Moment, V1_4, true, true),
    ("InvoiceDetailDescription", Text, V1_4, true, false),
    ("InvoiceDetailGrain", Text, V1_4, true, false),
    ("InvoiceDetailId", Text, V1_4, true, true),
    ("InvoiceDetailLastUpdated", Moment, V1_4, true, true),
    ("InvoiceId", Text, V1_4, true, true),
    ("InvoiceIssueDate", Moment, V1_4, true, false),
    ("InvoiceIssueStatus", Text, V1_4, true, true),
    ("InvoiceIssuerName", Text, V1_4, true, true),
    ("PaymentCurrency", Text, V1_4, false, false),
    ("PaymentCurrencyBilledCost", Decimal, V1_4, false, false),
    ("PaymentCurrencyInvoiceDetailId", Text, V1_4, false, false),
    ("PaymentDueDate", Moment, V1_4, true, false),
    ("PaymentTerms", Text, V1_4, true, true),
    ("PurchaseOrderNumber", Text, V1_4, false, false),
    ("ReferenceInvoiceId", Text, V1_4, true, true),
];

const BILLING_PERIOD: &[Row] = &[
    ("BillingPeriodCreated", Moment, V1_4, true, true),
    ("BillingPeriodEnd", Moment, V1_4, true, true),
    ("BillingPeriodLastUpdated", Moment, V1_4, true, true),
    ("BillingPeriodStart", Moment, V1_4, true, true),
    ("BillingPeriodStatus", Text, V1_4, true, true),
    ("InvoiceIssuerName", Text, V1_4, true, true),
];

fn table(rows: &[Row]) -> Vec<Column> {
    let column = |&(name, kind, since, mandatory, required): &Row| Column { name, kind, since, until: None, mandatory, required };
    rows.iter().map(column).collect()
}

static CONTRACT_COMMITMENT_COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| table(CONTRACT_COMMITMENT));
static INVOICE_DETAIL_COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| table(INVOICE_DETAIL));
static BILLING_PERIOD_COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| table(BILLING_PERIOD));

/// True for the name of a FOCUS column that holds text, in whichever dataset, whatever its capitals.
pub fn is_text_column(name: &str) -> bool {
    Dataset::ALL.iter().any(|dataset| dataset.column(name).is_some_and(|(_, column)| column.kind == Text))
}

impl Dataset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::CostAndUsage, Self::ContractCommitment, Self::InvoiceDetail, Self::BillingPeriod];

    /// The name in the specification.
    pub const fn title(self) -> &'static str {
        match self {
            Self::CostAndUsage => "Cost and Usage",
            Self::ContractCommitment => "Contract Commitment",
            Self::InvoiceDetail => "Invoice Detail",
            Self::BillingPeriod => "Billing Period",
        }
    }

    /// The name in files, folders and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CostAndUsage => "cost_and_usage",
            Self::ContractCommitment => "contract_commitment",
            Self::InvoiceDetail => "invoice_detail",
            Self::BillingPeriod => "billing_period",
        }
    }

    /// Its columns over all releases, in the order in which the lake stores them.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::CostAndUsage => columns(),
            Self::ContractCommitment => &CONTRACT_COMMITMENT_COLUMNS,
            Self::InvoiceDetail => &INVOICE_DETAIL_COLUMNS,
            Self::BillingPeriod => &BILLING_PERIOD_COLUMNS,
        }
    }

    /// The position and description of the column with this name, whatever its capitals.
    pub fn column(self, name: &str) -> Option<(usize, &'static Column)> {
        self.columns().iter().enumerate().find(|(_, column)| column.name.eq_ignore_ascii_case(name))
    }

    /// The columns that a release has, in the alphabetical order of the specification.
    pub fn release(self, version: Version) -> Vec<&'static Column> {
        let mut columns: Vec<&Column> = self.columns().iter().filter(|column| column.is_in(version)).collect();
        columns.sort_unstable_by_key(|column| column.name);
        columns
    }

    /// True where the release has the dataset.
    pub fn is_in(self, version: Version) -> bool {
        self.columns().iter().any(|column| column.is_in(version))
    }

    /// The schema of its facts: every FOCUS column, then the file's other columns as text under their own names.
    pub fn schema(self, others: &[String]) -> SchemaRef {
        let known = self.columns().iter().map(|column| Field::new(column.name, column.kind.data_type(), true));
        let others = others.iter().map(|name| Field::new(name, arrow::datatypes::DataType::Utf8, true));
        Arc::new(Schema::new(known.chain(others).collect::<Vec<_>>()))
    }

    /// Columns without which no row can be placed, and summed where it has money.
    pub(crate) const fn essential(self) -> &'static [&'static str] {
        match self {
            Self::CostAndUsage => &["BilledCost", "BillingCurrency", "BillingPeriodStart"],
            Self::ContractCommitment => &["ContractCommitmentId"],
            Self::InvoiceDetail => &["InvoiceDetailId", "BilledCost", "BillingCurrency", "BillingPeriodStart"],
            Self::BillingPeriod => &["BillingPeriodStart", "BillingPeriodStatus"],
        }
    }

    /// The dataset that a header tells of. An invoice's lines carry `BilledCost` too: they must not be taken for charges.
    pub(crate) fn of(has: &dyn Fn(&str) -> bool) -> Self {
        let is_charge = has("ChargePeriodStart") || has("EffectiveCost");
        if has("InvoiceDetailId") && !is_charge {
            Self::InvoiceDetail
        } else if has("ContractCommitmentId") && !has("BilledCost") {
            Self::ContractCommitment
        } else if has("BillingPeriodStatus") && !has("BilledCost") {
            Self::BillingPeriod
        } else {
            Self::CostAndUsage
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_the_columns_the_specification_counts() {
        let count = |dataset: Dataset, version| dataset.release(version).len();
        assert_eq!(Version::ALL.map(|version| count(Dataset::CostAndUsage, version)), [43, 50, 57, 65, 65]);
        assert_eq!(Version::ALL.map(|version| count(Dataset::ContractCommitment, version)), [0, 0, 0, 13, 30]);
        assert_eq!((count(Dataset::InvoiceDetail, V1_4), count(Dataset::BillingPeriod, V1_4)), (22, 6));
        let mandatory = |version| Dataset::CostAndUsage.release(version).iter().filter(|column| column.mandatory).count();
        assert_eq!([Version::V1_2, V1_3, V1_4].map(mandatory), [21, 23, 21]);
    }

    #[test]
    fn lines_of_an_invoice_are_no_charges() {
        let of = |names: &[&str]| Dataset::of(&|name| names.contains(&name));
        assert_eq!(of(&["InvoiceDetailId", "BilledCost", "BillingCurrency", "BillingPeriodStart"]), Dataset::InvoiceDetail);
        assert_eq!(of(&["InvoiceDetailId", "BilledCost", "EffectiveCost"]), Dataset::CostAndUsage);
        assert_eq!(of(&["ContractCommitmentId", "ContractId"]), Dataset::ContractCommitment);
        assert_eq!(of(&["BillingPeriodStart", "BillingPeriodStatus"]), Dataset::BillingPeriod);
    }
}
