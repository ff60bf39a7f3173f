//! The rules of the FOCUS requirement models that a row can be held against by itself, with the models' own ids.
//!
//! Ids are those of the 1.3 model; the same rules have them in 1.2 without the dataset's prefix. Left out are rules that need
//! what no row tells (whether a charge is on an invoice, whether a resource has a display name), and rules that the decoders
//! hold already: a decimal that is none, a moment that is none, a currency that is none.

use super::values::{
    CHARGE_CATEGORIES, CHARGE_CLASSES, CHARGE_FREQUENCIES, COMMITMENT_CATEGORIES, PRICING_CATEGORIES, SERVICE_CATEGORIES,
    STATUSES,
};
use crate::{Severity, Version};

/// What a rule demands of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand {
    /// A value.
    Value,
    /// No value where this holds.
    NoneWhen(When),
    /// A value where this holds.
    ValueWhen(When),
    /// One of these, where there is a value.
    OneOf(&'static [&'static str]),
    /// A subcategory that there is, of the row's `ServiceCategory`.
    Subcategory,
    /// No other value than zero or more.
    NotNegative,
    /// The product of this price and `PricingQuantity`, unless the row is a correction.
    ///
    /// Equal within one part in 1e9 of the cost, and of 1e-9 where the cost is small: what focus-validator allows for binary
    /// fractions.
    ProductOf(&'static str),
    /// A moment after this one.
    After(&'static str),
    /// A JSON object.
    Object,
    /// Not this value where this holds.
    NotWhen(&'static str, When),
}

/// What a row is.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// The column is empty.
    Null(&'static str),
    /// The column has a value.
    Present(&'static str),
    /// The column has a value, and the charge is usage.
    UsageWith(&'static str),
    /// A tax.
    Tax,
    /// A purchase.
    Purchase,
    /// Usage or a purchase, and no correction.
    UsageOrPurchase,
    /// Unused capacity or anything that is no usage.
    NotConsumed,
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub id: &'static str,
    pub column: &'static str,
    pub severity: Severity,
    pub demand: Demand,
    /// The first release that has the rule.
    pub since: Version,
    pub message: &'static str,
}

use Demand::{After, NoneWhen, NotNegative, NotWhen, Object, OneOf, ProductOf, Subcategory, Value, ValueWhen};
use When::{NotConsumed, Null, Present, Purchase, Tax, UsageOrPurchase, UsageWith};

macro_rules! rules {
    ($($since:ident $severity:ident $id:literal $column:literal $demand:expr, $message:literal;)*) => {
        &[$(Rule {
            id: $id,
            column: $column,
            severity: Severity::$severity,
            demand: $demand,
            since: Version::$since,
            message: concat!($message, "; the row and its costs were kept"),
        },)*]
    };
}

/// All of them.
pub(super) const RULES: &[Rule] = rules! {
    V1_0 Error "CAU-BillingAccountId-C-001-M" "BillingAccountId" Value, "every charge must name its billing account";
    V1_0 Error "CAU-ChargeCategory-C-002-M" "ChargeCategory" Value, "every charge must have a category";
    V1_0 Error "CAU-InvoiceIssuerName-C-003-M" "InvoiceIssuerName" Value, "every charge must name who invoices it";
    V1_0 Error "CAU-ServiceCategory-C-002-M" "ServiceCategory" Value, "every charge must have a service category";
    V1_0 Error "CAU-ServiceName-C-003-M" "ServiceName" Value, "every charge must name its service";
    V1_0 Error "CAU-ChargePeriodStart-C-003-M" "ChargePeriodStart" Value, "every charge must say when it begins";
    V1_0 Error "CAU-ChargePeriodEnd-C-003-M" "ChargePeriodEnd" Value, "every charge must say when it ends";
    V1_0 Error "CAU-BillingPeriodEnd-C-003-M" "BillingPeriodEnd" Value, "every charge must say when its billing period ends";
    V1_0 Error "CAU-ProviderName-C-003-M" "ProviderName" Value, "every charge must name its provider";
    V1_0 Error "CAU-PublisherName-C-003-M" "PublisherName" Value, "every charge must name its publisher";
    V1_3 Error "CAU-ServiceProviderName-C-003-M" "ServiceProviderName" Value, "every charge must name its service provider";
    V1_0 Error "CAU-ChargeFrequency-C-002-M" "ChargeFrequency" Value, "every charge must say how often it comes";
    V1_1 Error "CAU-ServiceSubcategory-C-002-M" "ServiceSubcategory" Value, "every charge must have a service subcategory";
    V1_0 Warning "CAU-ChargeDescription-C-003-O" "ChargeDescription" Value, "every charge should have a description";

    V1_0 Error "CAU-ChargeCategory-C-003-M" "ChargeCategory" OneOf(CHARGE_CATEGORIES), "the category is none of Usage, Purchase, Tax, Credit and Adjustment";
    V1_0 Error "CAU-ChargeClass-C-005-C" "ChargeClass" OneOf(CHARGE_CLASSES), "the class is not Correction, the only one there is";
    V1_0 Error "CAU-ChargeFrequency-C-003-M" "ChargeFrequency" OneOf(CHARGE_FREQUENCIES), "the frequency is none of One-Time, Recurring and Usage-Based";
    V1_0 Error "CAU-ChargeFrequency-C-004-C" "ChargeFrequency" NotWhen("Usage-Based", Purchase), "a purchase must not be Usage-Based";
    V1_0 Error "CAU-PricingCategory-C-007-M" "PricingCategory" OneOf(PRICING_CATEGORIES), "the pricing category is none of Standard, Dynamic, Committed and Other";
    V1_0 Error "CAU-ServiceCategory-C-003-M" "ServiceCategory" OneOf(SERVICE_CATEGORIES), "the service category is none that FOCUS lists";
    V1_1 Error "CAU-ServiceSubcategory-C-004-M" "ServiceSubcategory" Subcategory, "the service subcategory is none that FOCUS lists for its category";
    V1_0 Error "CAU-CommitmentDiscountCategory-C-005-M" "CommitmentDiscountCategory" OneOf(COMMITMENT_CATEGORIES), "the category is neither Spend nor Usage";
    V1_0 Error "CAU-CommitmentDiscountStatus-C-005-M" "CommitmentDiscountStatus" OneOf(STATUSES), "the status is neither Used nor Unused";
    V1_1 Error "CAU-CapacityReservationStatus-C-006-M" "CapacityReservationStatus" OneOf(STATUSES), "the status is neither Used nor Unused";

    V1_0 Error "CAU-CommitmentDiscountName-C-004-C" "CommitmentDiscountName" NoneWhen(Null("CommitmentDiscountId")), "a charge without commitment discount must name none";
    V1_0 Error "CAU-CommitmentDiscountCategory-C-003-C" "CommitmentDiscountCategory" NoneWhen(Null("CommitmentDiscountId")), "a charge without commitment discount must have no category of one";
    V1_0 Error "CAU-CommitmentDiscountCategory-C-004-C" "CommitmentDiscountCategory" ValueWhen(Present("CommitmentDiscountId")), "a commitment discount must have a category";
    V1_0 Error "CAU-CommitmentDiscountType-C-004-C" "CommitmentDiscountType" NoneWhen(Null("CommitmentDiscountId")), "a charge without commitment discount must have no type of one";
    V1_0 Error "CAU-CommitmentDiscountType-C-005-C" "CommitmentDiscountType" ValueWhen(Present("CommitmentDiscountId")), "a commitment discount must have a type";
    V1_0 Error "CAU-CommitmentDiscountStatus-C-003-C" "CommitmentDiscountStatus" NoneWhen(Null("CommitmentDiscountId")), "a charge without commitment discount must have no status of one";
    V1_0 Error "CAU-CommitmentDiscountStatus-C-004-C" "CommitmentDiscountStatus" ValueWhen(UsageWith("CommitmentDiscountId")), "usage under a commitment discount must say whether it is used";
    V1_1 Error "CAU-CommitmentDiscountUnit-C-005-C" "CommitmentDiscountUnit" NoneWhen(Null("CommitmentDiscountQuantity")), "no quantity must have no unit";
    V1_1 Error "CAU-CommitmentDiscountUnit-C-006-C" "CommitmentDiscountUnit" ValueWhen(Present("CommitmentDiscountQuantity")), "a quantity must have a unit";
    V1_1 Error "CAU-CapacityReservationStatus-C-003-C" "CapacityReservationStatus" NoneWhen(Null("CapacityReservationId")), "a charge without capacity reservation must have no status of one";
    V1_1 Error "CAU-CapacityReservationStatus-C-004-C" "CapacityReservationStatus" ValueWhen(UsageWith("CapacityReservationId")), "usage of a capacity reservation must say whether it is used";
    V1_0 Error "CAU-PricingCategory-C-003-C" "PricingCategory" NoneWhen(Tax), "a tax must have no pricing category";
    V1_0 Error "CAU-PricingCategory-C-004-C" "PricingCategory" ValueWhen(UsageOrPurchase), "usage and purchases must have a pricing category";
    V1_0 Error "CAU-PricingQuantity-C-004-C" "PricingQuantity" NoneWhen(Tax), "a tax must have no pricing quantity";
    V1_0 Error "CAU-PricingQuantity-C-005-C" "PricingQuantity" ValueWhen(UsageOrPurchase), "usage and purchases must have a pricing quantity";
    V1_0 Error "CAU-PricingUnit-C-005-C" "PricingUnit" NoneWhen(Null("PricingQuantity")), "no quantity must have no unit";
    V1_0 Error "CAU-PricingUnit-C-006-C" "PricingUnit" ValueWhen(Present("PricingQuantity")), "a quantity must have a unit";
    V1_0 Error "CAU-ConsumedQuantity-C-004-C" "ConsumedQuantity" NoneWhen(NotConsumed), "only usage that is used can have a consumed quantity";
    V1_0 Error "CAU-ConsumedUnit-C-005-C" "ConsumedUnit" NoneWhen(Null("ConsumedQuantity")), "no quantity must have no unit";
    V1_0 Error "CAU-ConsumedUnit-C-006-C" "ConsumedUnit" ValueWhen(Present("ConsumedQuantity")), "a quantity must have a unit";
    V1_0 Error "CAU-SkuId-C-004-C" "SkuId" NoneWhen(Tax), "a tax must have no SKU";
    V1_0 Error "CAU-SkuId-C-005-C" "SkuId" ValueWhen(UsageOrPurchase), "usage and purchases must name their SKU";
    V1_0 Error "CAU-SkuPriceId-C-004-C" "SkuPriceId" NoneWhen(Tax), "a tax must have no SKU price";
    V1_0 Error "CAU-SkuPriceId-C-005-C" "SkuPriceId" ValueWhen(UsageOrPurchase), "usage and purchases must name their SKU price";
    V1_1 Error "CAU-SkuMeter-C-004-C" "SkuMeter" NoneWhen(Null("SkuId")), "a charge without SKU must have no meter";
    V1_1 Warning "CAU-SkuMeter-C-005-C" "SkuMeter" ValueWhen(Present("SkuId")), "a SKU should have a meter";
    V1_1 Error "CAU-SkuPriceDetails-C-004-C" "SkuPriceDetails" NoneWhen(Null("SkuPriceId")), "a charge without SKU price must have no details of one";
    V1_0 Error "CAU-ResourceType-C-004-C" "ResourceType" NoneWhen(Null("ResourceId")), "a charge without resource must have no type of one";
    V1_0 Error "CAU-ResourceType-C-005-C" "ResourceType" ValueWhen(Present("ResourceId")), "a resource must have a type";
    V1_0 Error "CAU-ResourceName-C-004-C" "ResourceName" NoneWhen(Null("ResourceId")), "a charge without resource must name none";
    V1_0 Error "CAU-RegionName-C-004-C" "RegionName" NoneWhen(Null("RegionId")), "a charge without region must name none";
    V1_0 Error "CAU-RegionName-C-005-C" "RegionName" ValueWhen(Present("RegionId")), "a region must have a name";
    V1_0 Error "CAU-SubAccountName-C-004-C" "SubAccountName" NoneWhen(Null("SubAccountId")), "a charge without sub account must name none";
    V1_0 Error "CAU-SubAccountName-C-005-C" "SubAccountName" ValueWhen(Present("SubAccountId")), "a sub account must have a name";
    V1_2 Error "CAU-SubAccountType-C-004-C" "SubAccountType" NoneWhen(Null("SubAccountId")), "a charge without sub account must have no type of one";
    V1_2 Error "CAU-SubAccountType-C-005-C" "SubAccountType" ValueWhen(Present("SubAccountId")), "a sub account must have a type";
    V1_2 Error "CAU-BillingAccountType-C-005-C" "BillingAccountType" ValueWhen(Present("BillingAccountId")), "a billing account must have a type";
    V1_3 Error "CAU-AllocatedResourceName-C-004-C" "AllocatedResourceName" NoneWhen(Null("AllocatedResourceId")), "a charge that was not allocated must name no resource that it went to";
    V1_3 Error "CAU-AllocatedResourceName-C-005-C" "AllocatedResourceName" ValueWhen(Present("AllocatedResourceId")), "a resource that a charge was allocated to must have a name";

    V1_0 Error "CAU-ListUnitPrice-C-004-C" "ListUnitPrice" NoneWhen(Tax), "a tax must have no unit price";
    V1_0 Error "CAU-ListUnitPrice-C-008-M" "ListUnitPrice" NotNegative, "a unit price must not be negative";
    V1_0 Error "CAU-ContractedUnitPrice-C-005-C" "ContractedUnitPrice" NoneWhen(Tax), "a tax must have no unit price";
    V1_0 Error "CAU-ContractedUnitPrice-C-009-M" "ContractedUnitPrice" NotNegative, "a unit price must not be negative";
    V1_0 Error "CAU-ListCost-C-009-C" "ListCost" ProductOf("ListUnitPrice"), "the cost is not the product of ListUnitPrice and PricingQuantity";
    V1_0 Error "CAU-ContractedCost-C-009-C" "ContractedCost" ProductOf("ContractedUnitPrice"), "the cost is not the product of ContractedUnitPrice and PricingQuantity";
    V1_0 Error "CAU-ChargePeriodEnd-C-004-M" "ChargePeriodEnd" After("ChargePeriodStart"), "a charge must end after it begins";
    V1_0 Error "CAU-BillingPeriodEnd-C-004-M" "BillingPeriodEnd" After("BillingPeriodStart"), "a billing period must end after it begins";
    V1_0 Error "CAU-Tags-C-001-M" "Tags" Object, "tags must be a JSON object";
    V1_1 Error "CAU-SkuPriceDetails-C-001-M" "SkuPriceDetails" Object, "details of a price must be a JSON object";
};

/// The one rule whose id is another in 1.2 by more than the dataset's prefix.
const EARLIER: (&str, &str) = ("CAU-ContractedUnitPrice-C-009-M", "ContractedUnitPrice-C-009-C");

impl Rule {
    /// The id in the model of a release. That of 1.2, which 1.0 and 1.1 have no other of, names no dataset.
    pub fn id_in(&self, version: Version) -> &'static str {
        if version >= Version::V1_3 {
            self.id
        } else if self.id == EARLIER.0 {
            EARLIER.1
        } else {
            self.id.strip_prefix("CAU-").unwrap_or(self.id)
        }
    }
}
