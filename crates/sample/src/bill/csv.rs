//! Charges as CSV: everything that does not change from row to row is rendered once.

use crate::accounts::ACCOUNTS;
use crate::calendar::{self, PERIODS};
use crate::charge::{Charge, Status};
use crate::decimal::{self, COST_PLACES, PRICE_PLACES, QUANTITY_PLACES};
use crate::fleets::COMMITMENTS;
use crate::organisation::Organisation;
use crate::regions::REGIONS;
use crate::texts::{self, CURRENCY, csv_field};

/// Rendered runs of fields, each ending with its comma.
pub(crate) struct CsvWriter<'a> {
    organisation: &'a Organisation,
    /// By period and account: `InvoiceIssuerName` to `BillingPeriodEnd`.
    accounts: [Vec<Vec<u8>>; 2],
    skus: Vec<SkuText>,
    /// By sku and region, the last for none: `SkuPriceId` and `SkuPriceDetails`.
    prices: Vec<Vec<Vec<u8>>>,
    /// By region and zone: `RegionId` to `AvailabilityZone`.
    regions: Vec<[Vec<u8>; 4]>,
    /// By commitment: `CommitmentDiscountId` to `CommitmentDiscountType`.
    commitments: Vec<Vec<u8>>,
    tags: Vec<Vec<u8>>,
}

struct SkuText {
    /// `ProviderName` to `ChargeCategory`.
    head: Vec<u8>,
    /// `ChargeDescription`, `ChargeFrequency`.
    description: Vec<u8>,
    /// `PricingUnit` to `BillingCurrency`.
    pricing_unit: Vec<u8>,
    consumed_unit: Vec<u8>,
    /// `ServiceName` to `SkuMeter`.
    service: Vec<u8>,
    resource_type: Vec<u8>,
}

/// Fields joined, with a comma after each.
fn join(fields: &[&str]) -> Vec<u8> {
    fields.iter().flat_map(|field| [csv_field(field), ",".into()]).collect::<String>().into_bytes()
}

impl<'a> CsvWriter<'a> {
    pub(crate) fn new(organisation: &'a Organisation) -> Self {
        let skus = organisation.skus.iter().zip(&organisation.sku_ids);
        let regions = (0..REGIONS.len()).map(Some).chain([None]);
        Self {
            organisation,
            accounts: [0, 1].map(|period| (0..ACCOUNTS.len()).map(|account| account_text(account, period)).collect()),
            skus: skus.map(|(sku, id)| sku_text(sku, id)).collect(),
            prices: (0..organisation.skus.len())
                .map(|sku| {
                    let details = organisation.skus[sku].details;
                    regions.clone().map(|region| join(&[&texts::sku_price_id(organisation, sku, region), details])).collect()
                })
                .collect(),
            regions: REGIONS
                .iter()
                .map(|region| {
                    let [a, b, c] = region.zones;
                    ["", a, b, c].map(|zone| join(&[region.id, region.name, zone]))
                })
                .collect(),
            commitments: COMMITMENTS.iter().map(|c| join(&[c.id, c.name, c.category, c.kind])).collect(),
            tags: organisation.tags.json.iter().map(|json| csv_field(json).into_bytes()).collect(),
        }
    }

    /// The line of column names.
    pub(crate) fn header() -> Vec<u8> {
        let mut line = texts::COLUMNS.join(",").into_bytes();
        line.push(b'\n');
        line
    }

    /// Appends a row.
    pub(crate) fn write(&self, out: &mut Vec<u8>, charge: &Charge, period: usize) {
        let sku_index = charge.sku as usize;
        let (sku, text) = (&self.organisation.skus[sku_index], &self.skus[sku_index]);
        out.extend_from_slice(&self.accounts[period][charge.account as usize]);
        out.extend_from_slice(&calendar::TEXT[charge.slot.start as usize]);
        out.push(b',');
        out.extend_from_slice(&calendar::TEXT[(charge.slot.start + charge.slot.hours) as usize]);
        out.push(b',');
        out.extend_from_slice(&text.head);
        out.extend_from_slice(if charge.correction { b"Correction," } else { b"," });
        out.extend_from_slice(&text.description);
        for cost in [charge.billed, charge.effective, charge.list, charge.contracted] {
            decimal::write(out, cost, COST_PLACES);
            out.push(b',');
        }
        let priced = charge.quantity.is_some();
        for price in [charge.list_price, charge.contracted_price] {
            write_if(out, priced.then_some(price), PRICE_PLACES);
        }
        out.extend_from_slice(texts::pricing_category(charge, sku).as_bytes());
        out.push(b',');
        write_if(out, charge.quantity, QUANTITY_PLACES);
        out.extend_from_slice(&text.pricing_unit);
        if texts::is_consumed(charge, sku) {
            write_if(out, charge.quantity.map(|quantity| quantity * sku.consumed_factor), QUANTITY_PLACES);
            out.extend_from_slice(&text.consumed_unit);
        } else {
            out.extend_from_slice(b",,");
        }
        out.extend_from_slice(&text.service);
        let region = charge.region.map_or(REGIONS.len(), usize::from);
        out.extend_from_slice(&self.prices[sku_index][region]);
        texts::write_resource_id(out, charge, sku);
        out.push(b',');
        texts::write_resource_name(out, charge, sku);
        out.push(b',');
        match charge.resource {
            crate::charge::ResourceName::None => out.push(b','),
            _ => out.extend_from_slice(&text.resource_type),
        }
        match charge.region {
            None => out.extend_from_slice(b",,,"),
            Some(region) => out.extend_from_slice(&self.regions[region as usize][charge.zone as usize]),
        }
        self.write_commitment(out, charge);
        out.extend_from_slice(&self.tags[charge.tags as usize]);
        out.push(b'\n');
    }

    fn write_commitment(&self, out: &mut Vec<u8>, charge: &Charge) {
        let Some(committed) = charge.committed else {
            out.extend_from_slice(b",,,,,,,");
            return;
        };
        out.extend_from_slice(&self.commitments[committed.commitment as usize]);
        if committed.status != Status::Purchased {
            out.extend_from_slice(committed.status.as_str().as_bytes());
        }
        out.push(b',');
        write_if(out, Some(committed.quantity), QUANTITY_PLACES);
        out.extend_from_slice(COMMITMENTS[committed.commitment as usize].unit.as_bytes());
        out.push(b',');
    }
}

fn write_if(out: &mut Vec<u8>, value: Option<i64>, places: u32) {
    if let Some(value) = value {
        decimal::write(out, i128::from(value), places);
    }
    out.push(b',');
}

fn account_text(account: usize, period: usize) -> Vec<u8> {
    let account = &ACCOUNTS[account];
    let biller = account.provider.biller();
    let moment = |moment: chrono::DateTime<chrono::Utc>| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    join(&[
        biller.name,
        biller.invoices[period],
        biller.account_id,
        biller.account_name,
        biller.account_type,
        account.id,
        account.name,
        biller.sub_account_type,
        &moment(PERIODS[period].start()),
        &moment(PERIODS[period].end()),
    ])
}

fn sku_text(sku: &crate::sku::Sku, id: &str) -> SkuText {
    let biller = sku.provider.biller();
    let pricing_currency = if sku.pricing_unit.is_empty() { "" } else { CURRENCY };
    SkuText {
        head: join(&[biller.name, sku.publisher.unwrap_or(biller.publisher), sku.category.as_str()]),
        description: join(&[sku.description, sku.frequency()]),
        pricing_unit: join(&[sku.pricing_unit, pricing_currency, CURRENCY]),
        consumed_unit: join(&[sku.consumed_unit]),
        service: join(&[sku.service.name, sku.service.category, sku.service.subcategory, id, sku.meter]),
        resource_type: join(&[sku.resource.kind]),
    }
}
