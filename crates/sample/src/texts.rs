//! The texts of a charge, looked up in the organisation's tables.

use crate::accounts::ACCOUNTS;
use crate::charge::{Charge, ResourceName, Status};
use crate::dice;
use crate::organisation::Organisation;
use crate::regions::REGIONS;
use crate::sku::{Category, Piece, Sku};

/// The columns of the export: those that FOCUS 1.2 makes mandatory and those that real exports fill.
pub(crate) const COLUMNS: [&str; 52] = [
    "InvoiceIssuerName",
    "InvoiceId",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ProviderName",
    "PublisherName",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "ListUnitPrice",
    "ContractedUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "PricingCurrency",
    "BillingCurrency",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ServiceName",
    "ServiceCategory",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "SkuPriceDetails",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "RegionId",
    "RegionName",
    "AvailabilityZone",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountCategory",
    "CommitmentDiscountType",
    "CommitmentDiscountStatus",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountUnit",
    "Tags",
];

/// The currency of every bill of the sample.
pub(crate) const CURRENCY: &str = "USD";

/// FOCUS `PricingCategory`.
pub(crate) fn pricing_category(charge: &Charge, sku: &Sku) -> &'static str {
    match (charge.committed, charge.quantity) {
        (_, None) => "",
        (Some(committed), _) if committed.status != Status::Purchased => "Committed",
        // The batch runs use spare capacity at a price that moves.
        _ if sku.rows == 0 && sku.budget > 0 => "Dynamic",
        _ => "Standard",
    }
}

/// True where something was consumed, so that the consumed columns are filled.
pub(crate) fn is_consumed(charge: &Charge, sku: &Sku) -> bool {
    let unused = charge.committed.is_some_and(|committed| committed.status == Status::Unused);
    charge.quantity.is_some() && sku.category == Category::Usage && !unused
}

/// The id of a sku's price in a region; empty where the sku has no id.
pub(crate) fn sku_price_id(organisation: &Organisation, sku: usize, region: Option<usize>) -> String {
    let id = &organisation.sku_ids[sku];
    if id.is_empty() {
        return String::new();
    }
    let place = region.map_or("global", |region| REGIONS[region].id);
    format!("{id}.{:08X}", dice::draw(4, dice::name(id), dice::name(place)) as u32)
}

/// Writes `ResourceName`.
pub(crate) fn write_resource_name(out: &mut Vec<u8>, charge: &Charge, sku: &Sku) {
    match charge.resource {
        ResourceName::None => {}
        ResourceName::Given(name) => out.extend_from_slice(name.as_bytes()),
        ResourceName::Numbered => {
            out.extend_from_slice(sku.resource.stem.as_bytes());
            out.push(b'-');
            write_hex(out, charge.bits, 8);
        }
    }
}

/// Writes `ResourceId`.
pub(crate) fn write_resource_id(out: &mut Vec<u8>, charge: &Charge, sku: &Sku) {
    if matches!(charge.resource, ResourceName::None) {
        return;
    }
    for piece in sku.resource.id {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
            Piece::Account => out.extend_from_slice(ACCOUNTS[charge.account as usize].id.as_bytes()),
            Piece::Region => {
                let region = charge.region.map_or("", |region| REGIONS[region as usize].id);
                out.extend_from_slice(region.as_bytes());
            }
            Piece::Hex(digits) => write_hex(out, charge.bits, u32::from(*digits)),
            Piece::Name => write_resource_name(out, charge, sku),
        }
    }
}

fn write_hex(out: &mut Vec<u8>, bits: u64, digits: u32) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for digit in 0..digits {
        out.push(DIGITS[(bits >> (4 * digit)) as usize & 15]);
    }
}

/// A field as CSV wants it: quoted where it holds a comma, a quote or a line break.
pub(crate) fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
