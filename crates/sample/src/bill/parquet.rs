//! Charges as Parquet: decimals as `DECIMAL(38, 18)`, moments as microseconds in UTC, the rest as text.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Builder, DictionaryArray, Int32Array, StringBuilder, TimestampMicrosecondBuilder};
use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, TimeUnit};
use farthing_types::SCALE;

use crate::accounts::ACCOUNTS;
use crate::calendar::{self, PERIODS};
use crate::charge::{Charge, ResourceName};
use crate::decimal::{COST_PLACES, PRICE_PLACES, QUANTITY_PLACES};
use crate::fleets::COMMITMENTS;
use crate::organisation::Organisation;
use crate::regions::REGIONS;
use crate::sku::Sku;
use crate::texts::{self, COLUMNS, CURRENCY};

/// Turns charges into batches of columns.
pub(crate) struct BatchMaker<'a> {
    organisation: &'a Organisation,
    schema: SchemaRef,
    sku_price_ids: Vec<String>,
}

const DECIMALS: [&str; 9] = [
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "ListUnitPrice",
    "ContractedUnitPrice",
    "PricingQuantity",
    "ConsumedQuantity",
    "CommitmentDiscountQuantity",
];
const MOMENTS: [&str; 4] = ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"];
const PLAIN_TEXTS: [&str; 2] = ["ResourceId", "ResourceName"];

fn schema() -> SchemaRef {
    let of = |name: &str| {
        if DECIMALS.contains(&name) {
            DataType::Decimal128(38, SCALE as i8)
        } else if MOMENTS.contains(&name) {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        } else if PLAIN_TEXTS.contains(&name) {
            DataType::Utf8
        } else {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
    };
    Arc::new(Schema::new(COLUMNS.iter().map(|name| Field::new(*name, of(name), true)).collect::<Vec<_>>()))
}

impl<'a> BatchMaker<'a> {
    pub(crate) fn new(organisation: &'a Organisation) -> Self {
        let regions = (0..REGIONS.len()).map(Some).chain([None]);
        let skus = 0..organisation.skus.len();
        let ids = skus.flat_map(|sku| regions.clone().map(move |region| texts::sku_price_id(organisation, sku, region)));
        Self { organisation, schema: schema(), sku_price_ids: ids.collect() }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The rows of `charges`, of one period, in order.
    pub(crate) fn batch(&self, charges: &[Charge], period: usize) -> RecordBatch {
        let columns = COLUMNS.iter().map(|name| self.column(name, charges, period)).collect();
        RecordBatch::try_new(self.schema(), columns).expect("every column has the type and length that the schema says")
    }

    fn column(&self, name: &str, charges: &[Charge], period: usize) -> ArrayRef {
        let skus = &self.organisation.skus;
        let sku = |charge: &Charge| -> &Sku { &skus[charge.sku as usize] };
        let quantity = |charge: &Charge| charge.quantity.map(|quantity| (i128::from(quantity), QUANTITY_PLACES));
        let priced = |charge: &Charge, price: i64| charge.quantity.map(|_| (i128::from(price), PRICE_PLACES));
        match name {
            "BilledCost" => decimals(charges, |c| Some((c.billed, COST_PLACES))),
            "EffectiveCost" => decimals(charges, |c| Some((c.effective, COST_PLACES))),
            "ListCost" => decimals(charges, |c| Some((c.list, COST_PLACES))),
            "ContractedCost" => decimals(charges, |c| Some((c.contracted, COST_PLACES))),
            "ListUnitPrice" => decimals(charges, |c| priced(c, c.list_price)),
            "ContractedUnitPrice" => decimals(charges, |c| priced(c, c.contracted_price)),
            "PricingQuantity" => decimals(charges, quantity),
            "ConsumedQuantity" => decimals(charges, |c| {
                let consumed = quantity(c).filter(|_| texts::is_consumed(c, sku(c)));
                consumed.map(|(value, places)| (value * i128::from(sku(c).consumed_factor), places))
            }),
            "CommitmentDiscountQuantity" => {
                decimals(charges, |c| c.committed.map(|committed| (i128::from(committed.quantity), QUANTITY_PLACES)))
            }
            "BillingPeriodStart" => moments(charges, |_| PERIODS[period].start().timestamp_micros()),
            "BillingPeriodEnd" => moments(charges, |_| PERIODS[period].end().timestamp_micros()),
            "ChargePeriodStart" => moments(charges, |c| micros(c.slot.start)),
            "ChargePeriodEnd" => moments(charges, |c| micros(c.slot.start + c.slot.hours)),
            "ResourceId" => texts_of(charges, |c, out| texts::write_resource_id(out, c, sku(c))),
            "ResourceName" => texts_of(charges, |c, out| texts::write_resource_name(out, c, sku(c))),
            _ => self.dictionary(name, charges, period),
        }
    }

    fn dictionary(&self, name: &str, charges: &[Charge], period: usize) -> ArrayRef {
        let by_sku = |text: &dyn Fn(&Sku, usize) -> String| {
            let values: Vec<String> = self.organisation.skus.iter().enumerate().map(|(index, sku)| text(sku, index)).collect();
            coded(&values, charges, |c| Some(c.sku.into()))
        };
        let by_account = |text: &dyn Fn(usize) -> &'static str| {
            let values: Vec<String> = (0..ACCOUNTS.len()).map(|account| text(account).to_owned()).collect();
            coded(&values, charges, |c| Some(c.account.into()))
        };
        let by_commitment = |text: &dyn Fn(usize) -> &'static str| {
            let values: Vec<String> = (0..COMMITMENTS.len()).map(|index| text(index).to_owned()).collect();
            coded(&values, charges, |c| c.committed.map(|committed| committed.commitment.into()))
        };
        let biller = |account: usize| ACCOUNTS[account].provider.biller();
        let words = |values: &[&str], index: &dyn Fn(&Charge) -> Option<usize>| {
            coded(&values.iter().map(|&v| v.to_owned()).collect::<Vec<_>>(), charges, index)
        };
        let skus = &self.organisation.skus;
        let regions = |text: &dyn Fn(usize) -> &'static str| {
            let values: Vec<String> = (0..REGIONS.len()).map(|region| text(region).to_owned()).collect();
            coded(&values, charges, |c| c.region.map(usize::from))
        };
        match name {
            "InvoiceIssuerName" => by_account(&|a| biller(a).name),
            "InvoiceId" => by_account(&|a| biller(a).invoices[period]),
            "BillingAccountId" => by_account(&|a| biller(a).account_id),
            "BillingAccountName" => by_account(&|a| biller(a).account_name),
            "BillingAccountType" => by_account(&|a| biller(a).account_type),
            "SubAccountId" => by_account(&|a| ACCOUNTS[a].id),
            "SubAccountName" => by_account(&|a| ACCOUNTS[a].name),
            "SubAccountType" => by_account(&|a| biller(a).sub_account_type),
            "ProviderName" => by_sku(&|sku, _| sku.provider.biller().name.into()),
            "PublisherName" => by_sku(&|sku, _| sku.publisher.unwrap_or(sku.provider.biller().publisher).into()),
            "ChargeCategory" => by_sku(&|sku, _| sku.category.as_str().into()),
            "ChargeClass" => words(&["Correction"], &|c| c.correction.then_some(0)),
            "ChargeDescription" => by_sku(&|sku, _| sku.description.into()),
            "ChargeFrequency" => by_sku(&|sku, _| sku.frequency().into()),
            "PricingCategory" => {
                const WORDS: [&str; 3] = ["Standard", "Committed", "Dynamic"];
                words(&WORDS, &|c| {
                    let word = texts::pricing_category(c, &skus[c.sku as usize]);
                    WORDS.iter().position(|&w| w == word)
                })
            }
            "PricingUnit" => by_sku(&|sku, _| sku.pricing_unit.into()),
            "PricingCurrency" => by_sku(&|sku, _| if sku.pricing_unit.is_empty() { String::new() } else { CURRENCY.into() }),
            "BillingCurrency" => words(&[CURRENCY], &|_| Some(0)),
            "ConsumedUnit" => {
                let values: Vec<String> = skus.iter().map(|sku| sku.consumed_unit.to_owned()).collect();
                coded(&values, charges, |c| texts::is_consumed(c, &skus[c.sku as usize]).then_some(c.sku.into()))
            }
            "ServiceName" => by_sku(&|sku, _| sku.service.name.into()),
            "ServiceCategory" => by_sku(&|sku, _| sku.service.category.into()),
            "ServiceSubcategory" => by_sku(&|sku, _| sku.service.subcategory.into()),
            "SkuId" => by_sku(&|_, index| self.organisation.sku_ids[index].clone()),
            "SkuMeter" => by_sku(&|sku, _| sku.meter.into()),
            "SkuPriceId" => coded(&self.sku_price_ids, charges, |c| {
                Some(c.sku as usize * (REGIONS.len() + 1) + c.region.map_or(REGIONS.len(), usize::from))
            }),
            "SkuPriceDetails" => by_sku(&|sku, _| sku.details.into()),
            "ResourceType" => {
                let values: Vec<String> = skus.iter().map(|sku| sku.resource.kind.to_owned()).collect();
                coded(&values, charges, |c| (!matches!(c.resource, ResourceName::None)).then_some(c.sku.into()))
            }
            "RegionId" => regions(&|region| REGIONS[region].id),
            "RegionName" => regions(&|region| REGIONS[region].name),
            "AvailabilityZone" => {
                let values: Vec<String> = REGIONS.iter().flat_map(|region| region.zones.map(str::to_owned)).collect();
                coded(&values, charges, |c| Some(usize::from(c.region?) * 3 + usize::from(c.zone.checked_sub(1)?)))
            }
            "CommitmentDiscountId" => by_commitment(&|c| COMMITMENTS[c].id),
            "CommitmentDiscountName" => by_commitment(&|c| COMMITMENTS[c].name),
            "CommitmentDiscountCategory" => by_commitment(&|c| COMMITMENTS[c].category),
            "CommitmentDiscountType" => by_commitment(&|c| COMMITMENTS[c].kind),
            "CommitmentDiscountUnit" => by_commitment(&|c| COMMITMENTS[c].unit),
            "CommitmentDiscountStatus" => {
                const WORDS: [&str; 2] = ["Used", "Unused"];
                words(&WORDS, &|c| {
                    WORDS.iter().position(|&w| c.committed.is_some_and(|committed| committed.status.as_str() == w))
                })
            }
            "Tags" => coded(&self.organisation.tags.json, charges, |c| Some(c.tags as usize)),
            other => unreachable!("{other} is a column of another type"),
        }
    }
}

fn micros(hour: u32) -> i64 {
    calendar::moment(hour).timestamp_micros()
}

fn decimals(charges: &[Charge], value: impl Fn(&Charge) -> Option<(i128, u32)>) -> ArrayRef {
    let mut builder = Decimal128Builder::with_capacity(charges.len()).with_data_type(DataType::Decimal128(38, SCALE as i8));
    for charge in charges {
        builder.append_option(value(charge).map(|(count, places)| count * 10_i128.pow(SCALE - places)));
    }
    Arc::new(builder.finish())
}

fn moments(charges: &[Charge], micros: impl Fn(&Charge) -> i64) -> ArrayRef {
    let mut builder = TimestampMicrosecondBuilder::with_capacity(charges.len()).with_timezone("UTC");
    for charge in charges {
        builder.append_value(micros(charge));
    }
    Arc::new(builder.finish())
}

fn texts_of(charges: &[Charge], write: impl Fn(&Charge, &mut Vec<u8>)) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(charges.len(), charges.len() * 64);
    let mut text = Vec::with_capacity(256);
    for charge in charges {
        text.clear();
        write(charge, &mut text);
        let text = std::str::from_utf8(&text).expect("names and ids are ASCII");
        builder.append_option((!text.is_empty()).then_some(text));
    }
    Arc::new(builder.finish())
}

/// A column of few texts; an empty text is null.
fn coded(values: &[String], charges: &[Charge], index: impl Fn(&Charge) -> Option<usize>) -> ArrayRef {
    let key = |charge: &Charge| index(charge).filter(|&index| !values[index].is_empty()).map(|index| index as i32);
    let keys: Int32Array = charges.iter().map(key).collect();
    let array = DictionaryArray::<Int32Type>::try_new(keys, Arc::new(StringArray::from_iter_values(values)));
    Arc::new(array.expect("every key points at a value"))
}
