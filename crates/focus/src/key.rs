/// The columns that roll-ups keep apart and that rules can therefore read without touching the charges.
///
/// Each has few distinct values beside the number of charges. A rule may read any other column too; it is then evaluated on
/// the distinct values found by a scan of the facts.
pub const KEY_COLUMNS: [&str; 25] = [
    "BillingAccountId",
    "BillingAccountName",
    "SubAccountId",
    "SubAccountName",
    "ProviderName",
    "PublisherName",
    "ServiceProviderName",
    "HostProviderName",
    "InvoiceIssuerName",
    "InvoiceId",
    "ServiceCategory",
    "ServiceSubcategory",
    "ServiceName",
    "RegionId",
    "ResourceType",
    "ChargeCategory",
    "ChargeClass",
    "ChargeFrequency",
    "PricingCategory",
    "PricingUnit",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CapacityReservationStatus",
    "Tags",
];

/// True where roll-ups keep this column apart.
pub fn is_key_column(name: &str) -> bool {
    KEY_COLUMNS.contains(&name)
}
