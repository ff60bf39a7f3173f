//! Files of others as prices of machines, commitments and storage: comma-separated values of one price list, and the `pricing.json` of the
//! package Apache Libcloud.
//!
//! **CSV**, as price pages and autoscalers export it. A column is known by its name: what is sold (`sku`, `instance_type`, `vm_size`,
//! `machine_type`, `storage_class`), `region`, `os`; prices by the hour on demand (`usd_per_hour`, `on_demand_usd_per_hour`, `ondemand`,
//! `on_demand`), for spot capacity (`spot_usd_per_hour`, `spot_avg`, `spot`) and under a plan (`effective_usd_per_hour` with `plan`, such as
//! `yrTerm1Standard.noUpfront`); of storage `usd_per_unit` with `unit` and `dimension`. What a row leaves out is no price.
//!
//! **Libcloud** (3.9): `ec2_linux` and `azure_linux` by instance type and region, `gce_instances` by family, core and gibibyte: on demand,
//! preemptible, and for one and three years. It writes 0 where it knows none.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{Amount, Currency};
use serde::Deserialize;
use serde_json::Number;

use super::{Payment, PriceList, SkuKind, SkuPrice};
use crate::document::FigureSource;

/// What a file does not say of its prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTerms {
    /// Who sells it.
    pub provider: Option<String>,
    /// Where, of rows that do not say.
    pub region: Option<String>,
    /// The first day on which they hold; since ever without it.
    pub from: Option<NaiveDate>,
}

/// Why a file is no list of prices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SkuFileError(String);

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkuPrices {
    /// The prices, in US dollars.
    pub list: PriceList,
    /// Rows, or prices of the package, that name no price.
    pub left_out: usize,
}

const SKU: &[&str] = &["sku", "instance_type", "vm_size", "machine_type", "storage_class"];
const ON_DEMAND: &[&str] = &["usd_per_hour", "on_demand_usd_per_hour", "ondemand", "on_demand"];
const SPOT: &[&str] = &["spot_usd_per_hour", "spot_avg", "spot"];
/// The system that a price without one is for.
const USUAL_SYSTEM: &str = "linux";

/// Whether a text is a CSV that this reads, by its header.
pub fn is_csv(text: &str) -> bool {
    let header: Vec<&str> = text.lines().next().unwrap_or_default().split(',').map(str::trim).collect();
    let has = |names: &[&str]| names.iter().any(|name| header.contains(name));
    has(SKU) && (has(ON_DEMAND) || has(SPOT) || has(&["effective_usd_per_hour", "usd_per_unit"]))
}

/// Whether a text is Libcloud's file.
pub fn is_libcloud(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"compute\"") && text.contains("\"ec2_linux\"")
}

/// Reads a CSV.
///
/// # Errors
/// What is wrong, with the row.
pub fn parse_csv(text: &str, terms: &FileTerms) -> Result<SkuPrices, SkuFileError> {
    let provider = terms.provider.clone().ok_or_else(|| {
        SkuFileError("it does not say who sells at these prices: name them with --provider, such as aws".to_owned())
    })?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| SkuFileError(error.to_string());
    let header = reader.headers().map_err(wrong)?.clone();
    let (mut list, mut left_out) = (PriceList::empty(Currency::USD), 0);
    for (number, row) in reader.records().enumerate() {
        let row = row.map_err(wrong)?;
        let cell = |names: &[&str]| {
            let at = names.iter().find_map(|name| header.iter().position(|column| column == *name))?;
            row.get(at).filter(|text| !text.is_empty())
        };
        let amount = |names: &[&str]| match cell(names) {
            None => Ok(None),
            Some(text) => text.parse::<Amount>().map(Some).map_err(|error| SkuFileError(format!("row {}: {error}", number + 2))),
        };
        let Some(sku) = cell(SKU) else {
            left_out += 1;
            continue;
        };
        let system = cell(&["os"]).filter(|os| !os.eq_ignore_ascii_case(USUAL_SYSTEM));
        let detail = system.or(cell(&["dimension"]).filter(|dimension| *dimension != "storage"));
        let base = SkuPrice {
            kind: SkuKind::OnDemand,
            provider: provider.clone(),
            region: cell(&["region"]).map(str::to_owned).or_else(|| terms.region.clone()),
            sku: detail.map_or_else(|| sku.to_owned(), |detail| format!("{sku} {detail}")),
            unit: "hour".to_owned(),
            price: Amount::ZERO,
            term_months: None,
            payment: None,
            from: terms.from,
            until: None,
            source: None,
        };
        let before = list.skus.len();
        let mut add = |price: SkuPrice| {
            // A row for each plan repeats what it is sold for without.
            if !list.skus[before.saturating_sub(64)..].contains(&price) {
                list.skus.push(price);
            }
        };
        for (kind, names) in [(SkuKind::OnDemand, ON_DEMAND), (SkuKind::Spot, SPOT)] {
            if let Some(price) = amount(names)? {
                add(SkuPrice { kind, price, ..base.clone() });
            }
        }
        if let (Some(price), Some(plan)) = (amount(&["effective_usd_per_hour"])?, cell(&["plan"])) {
            let (months, payment) = plan_of(plan).ok_or_else(|| {
                SkuFileError(format!(
                    "row {}: {plan:?} does not say how many years it is for, as yrTerm1Standard.noUpfront does",
                    number + 2
                ))
            })?;
            // A convertible reservation is another thing than a standard one.
            let sku = if plan.contains("Convertible") { format!("{} convertible", base.sku) } else { base.sku.clone() };
            add(SkuPrice { kind: SkuKind::Commitment, price, sku, term_months: Some(months), payment, ..base.clone() });
        }
        if let Some(price) = amount(&["usd_per_unit"])? {
            let unit = cell(&["unit"]).unwrap_or("GB-month").to_owned();
            add(SkuPrice { kind: SkuKind::Storage, price, unit, ..base.clone() });
        }
        left_out += usize::from(list.skus.len() == before && amount(ON_DEMAND)?.is_none());
    }
    Ok(SkuPrices { list, left_out })
}

/// Years and payment of a plan such as `yrTerm3Convertible.partialUpfront`.
fn plan_of(plan: &str) -> Option<(u32, Option<Payment>)> {
    let lower = plan.to_ascii_lowercase();
    let years: u32 = lower.chars().find(char::is_ascii_digit)?.to_digit(10)?;
    let payments =
        [("noupfront", Payment::NoUpfront), ("partialupfront", Payment::PartialUpfront), ("allupfront", Payment::AllUpfront)];
    let payment = payments.iter().find(|(word, _)| lower.contains(word)).map(|(_, payment)| *payment);
    (1..=10).contains(&years).then_some((years * 12, payment))
}

#[derive(Deserialize)]
struct Libcloud {
    compute: Compute,
}

#[derive(Deserialize)]
struct Compute {
    #[serde(default)]
    ec2_linux: BTreeMap<String, BTreeMap<String, Number>>,
    #[serde(default)]
    azure_linux: BTreeMap<String, BTreeMap<String, Number>>,
    #[serde(default)]
    gce_instances: BTreeMap<String, BTreeMap<String, Part>>,
}

/// Cores or gibibytes of a family of machines.
#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    on_demand: BTreeMap<String, PartPrice>,
    #[serde(default)]
    preemptible: BTreeMap<String, PartPrice>,
    #[serde(default, rename = "1yr_commitment")]
    one_year: BTreeMap<String, PartPrice>,
    #[serde(default, rename = "3yr_commitment")]
    three_years: BTreeMap<String, PartPrice>,
}

#[derive(Deserialize)]
struct PartPrice {
    price: Number,
}

/// Reads Libcloud's file.
///
/// # Errors
/// Where it is none, or a price is no decimal.
pub fn parse_libcloud(text: &str, from: Option<NaiveDate>) -> Result<SkuPrices, SkuFileError> {
    let file: Libcloud =
        serde_json::from_str(text).map_err(|error| SkuFileError(format!("it is no pricing.json of Libcloud: {error}")))?;
    let (mut list, mut left_out) = (PriceList::empty(Currency::USD), 0);
    let source = Some(FigureSource { source: "Apache Libcloud, pricing.json".to_owned(), year: None });
    let mut add = |kind, provider: &str, region: &str, sku: String, price: &Number, term_months| {
        let amount = Amount::parse(price.to_string().as_bytes());
        let amount = amount.map_err(|error| SkuFileError(format!("{sku} in {region}: {error}")))?.amount;
        if amount.is_zero() {
            left_out += 1;
            return Ok(());
        }
        let (provider, region) = (provider.to_owned(), Some(region.to_owned()));
        let (unit, payment, until, source) = ("hour".to_owned(), None, None, source.clone());
        list.skus.push(SkuPrice { kind, provider, region, sku, unit, price: amount, term_months, payment, from, until, source });
        Ok(())
    };
    for (provider, machines) in [("aws", &file.compute.ec2_linux), ("azure", &file.compute.azure_linux)] {
        for (sku, regions) in machines {
            for (region, price) in regions {
                add(SkuKind::OnDemand, provider, region, sku.clone(), price, None)?;
            }
        }
    }
    for (family, parts) in &file.compute.gce_instances {
        for (part, prices) in parts {
            let ways = [
                (SkuKind::OnDemand, &prices.on_demand, None),
                (SkuKind::Spot, &prices.preemptible, None),
                (SkuKind::Commitment, &prices.one_year, Some(12)),
                (SkuKind::Commitment, &prices.three_years, Some(36)),
            ];
            for (kind, regions, term_months) in ways {
                for (region, PartPrice { price }) in regions {
                    add(kind, "gcp", region, format!("{family} {part}"), price, term_months)?;
                }
            }
        }
    }
    Ok(SkuPrices { list, left_out })
}
