//! The planning document: what planning has to know and no fact says. TOML, described in `crates/optimizer/README.md`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::Amount;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::MeasuredError;
use crate::commitments::Product;

/// What planning has to know. Every part may be left out until its plan is asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planning {
    /// Version of the format: 1.
    pub version: u32,
    /// How demand may go; from how the weeks differ without it.
    #[serde(default)]
    pub scenario: Vec<ScenarioTerms>,
    /// What may be committed to.
    #[serde(default)]
    pub commitments: CommitmentTerms,
    /// Classes and inventories.
    #[serde(default)]
    pub storage: StorageTerms,
    /// What may be signed.
    #[serde(default)]
    pub contracts: ContractTerms,
    /// What is promised of decisions.
    #[serde(default)]
    pub routing: RoutingTerms,
    /// What may become of models.
    #[serde(default)]
    pub portfolio: PortfolioTerms,
    /// What carrying out a step costs once, by step: `fleet = 4000`.
    #[serde(default, deserialize_with = "decimals")]
    pub one_off: BTreeMap<String, Amount>,
}

/// A way that demand may go.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioTerms {
    /// Its name.
    pub id: String,
    /// Its probability.
    #[serde(deserialize_with = "decimal")]
    pub probability: Amount,
    /// What measured demand is multiplied by.
    #[serde(deserialize_with = "decimal")]
    pub demand: Amount,
}

/// What may be committed to.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitmentTerms {
    /// Months of the horizon. Default 12.
    pub months: Option<u32>,
    /// Months in which may be bought: a ladder. Default the first.
    #[serde(default)]
    pub purchase_months: Vec<u32>,
    /// `policy`, `risk` and `beyond_horizon` of the instance format.
    #[serde(default, deserialize_with = "json")]
    pub policy: Option<Value>,
    /// See `policy`.
    #[serde(default, deserialize_with = "json")]
    pub risk: Option<Value>,
    /// See `policy`.
    pub beyond_horizon: Option<String>,
    /// The offers.
    #[serde(default)]
    pub offer: Vec<OfferTerms>,
    /// What FOCUS does not say of commitments that are on the bill.
    #[serde(default)]
    pub held: Vec<HeldTerms>,
    /// Which SKU of the bill is which instance type of the fleet profile.
    #[serde(default)]
    pub fleet_skus: BTreeMap<String, String>,
}

/// An offer, priced against what the bill says on demand, or by the price list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferTerms {
    /// Its name.
    pub id: String,
    /// What it is.
    pub product: Product,
    /// Months that it lasts.
    pub term_months: u32,
    /// Share off the on-demand price. Without it the price list says what a commitment of this term costs.
    #[serde(default, deserialize_with = "maybe_decimal")]
    pub discount: Option<Amount>,
    /// Which of the price list's: `no_upfront`, `partial_upfront`, `all_upfront`; the first of these that it has without it.
    pub payment: Option<String>,
    /// Share of its cost that is paid at purchase. Default none.
    #[serde(default, deserialize_with = "decimal")]
    pub upfront_share: Amount,
    /// Which charges it covers.
    pub charges: ChargeMatch,
    /// Fewest units or least commitment an hour.
    #[serde(default, deserialize_with = "maybe_decimal")]
    pub minimum: Option<Amount>,
    /// Steps in which it is sold.
    #[serde(default, deserialize_with = "maybe_decimal")]
    pub increment: Option<Amount>,
    /// Most that may be bought in a month.
    #[serde(default, deserialize_with = "maybe_decimal")]
    pub most: Option<Amount>,
}

/// Which charges of the bill; a field that is left out takes any value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct ChargeMatch {
    /// Who sells it.
    pub provider_name: Option<OneOrMore>,
    /// The service.
    pub service_name: Option<OneOrMore>,
    /// The SKU.
    pub sku_id: Option<OneOrMore>,
    /// The region.
    pub region_id: Option<OneOrMore>,
}

/// A value, or some.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Any of these.
    More(Vec<String>),
}

impl OneOrMore {
    fn has(&self, value: &str) -> bool {
        match self {
            Self::One(one) => one == value,
            Self::More(more) => more.iter().any(|one| one == value),
        }
    }
}

impl ChargeMatch {
    /// Whether a charge of this provider, service, SKU and region is meant.
    pub fn takes(&self, provider: &str, service: &str, sku: &str, region: &str) -> bool {
        let fields =
            [(&self.provider_name, provider), (&self.service_name, service), (&self.sku_id, sku), (&self.region_id, region)];
        fields.iter().all(|(wanted, value)| wanted.as_ref().is_none_or(|wanted| wanted.has(value)))
    }
}

/// What FOCUS does not say of a commitment on the bill.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldTerms {
    /// Its `CommitmentDiscountId`.
    pub id: String,
    /// The first day on which it is gone.
    #[serde(deserialize_with = "day")]
    pub ends: NaiveDate,
}

/// Classes and inventories.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageTerms {
    /// Months of the horizon. Default 12.
    pub months: Option<u32>,
    /// Classes, in the words of the instance format.
    #[serde(default, deserialize_with = "json_list")]
    pub class: Vec<Value>,
    /// What lies where; the first that matches a resource holds.
    #[serde(default)]
    pub dataset: Vec<DatasetTerms>,
}

/// What an inventory says of resources.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DatasetTerms {
    /// `ResourceId`, with `*` at its end for all that begin alike.
    pub resource: String,
    /// The class that the data lies in.
    pub class: String,
    /// Mean size of an object in KB (1,024 bytes).
    #[serde(deserialize_with = "decimal")]
    pub mean_object_kb: Amount,
    /// Share of the data that is read in a month.
    #[serde(default, deserialize_with = "decimal")]
    pub reads_share: Amount,
    /// Further fields of a dataset in the instance format: `keep_months`, `legal_hold_months`, `prefix` …
    #[serde(flatten)]
    more: BTreeMap<String, toml::Value>,
}

impl DatasetTerms {
    /// The fields that are the instance format's own.
    pub fn more(&self) -> impl Iterator<Item = (&String, Value)> {
        self.more.iter().map(|(name, value)| (name, to_json(value.clone())))
    }

    /// Whether a resource is meant.
    pub fn takes(&self, resource: &str) -> bool {
        match self.resource.strip_suffix('*') {
            Some(beginning) => resource.starts_with(beginning),
            None => resource == self.resource,
        }
    }
}

/// What may be signed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractTerms {
    /// Months of the horizon. Default 12.
    pub months: Option<u32>,
    /// Needs beside tokens: `id`, `monthly`, or `decisions` of a workflow, which are counted.
    #[serde(default)]
    pub need: Vec<NeedTerms>,
    /// Contracts, in the words of the instance format; `provider` in place of `serves` takes all tokens of a provider at list price.
    #[serde(default, deserialize_with = "json_list")]
    pub offer: Vec<Value>,
}

/// A need beside tokens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedTerms {
    /// Its name.
    pub id: String,
    /// Units a month.
    #[serde(default, deserialize_with = "maybe_decimal")]
    pub monthly: Option<Amount>,
    /// The workflow whose decisions they are.
    pub decisions: Option<String>,
}

/// What is promised of decisions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingTerms {
    /// How much more than measured a handler may take, as a share. Default 0.25: what was measured holds near what is.
    #[serde(default, deserialize_with = "maybe_decimal")]
    pub most_growth: Option<Amount>,
    /// Promises, in the words of a decision of the instance format, beside `id`, the workflow.
    #[serde(default, deserialize_with = "json_list")]
    pub workflow: Vec<Value>,
    /// What is known of handlers beside what is measured: `id`, and `size`, `region`, `capacity`, `latency` of the instance format.
    #[serde(default, deserialize_with = "json_list")]
    pub handler: Vec<Value>,
}

/// What may become of models.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortfolioTerms {
    /// Months of the horizon. Default 12.
    pub months: Option<u32>,
    /// Most that may be spent on them in the horizon.
    #[serde(default, deserialize_with = "maybe_decimal")]
    pub budget: Option<Amount>,
    /// `objective`: `net` or `value`.
    pub objective: Option<String>,
    /// Other budgets to look at.
    #[serde(default, deserialize_with = "json_list")]
    pub frontier: Vec<Value>,
    /// Teams and their days, in the words of the instance format.
    #[serde(default, deserialize_with = "json_list")]
    pub team: Vec<Value>,
    /// Workflows and their least coverage, likewise.
    #[serde(default, deserialize_with = "json_list")]
    pub workflow: Vec<Value>,
    /// Options beside keeping and retiring: `asset`, `value_factor`, `run_cost_factor`, and the fields of an option of the instance format.
    #[serde(default, deserialize_with = "json_list")]
    pub option: Vec<Value>,
}

impl Planning {
    /// Reads the document.
    ///
    /// # Errors
    /// [`MeasuredError::Document`], naming the place.
    pub fn from_toml(text: &str) -> Result<Self, MeasuredError> {
        let planning: Self = toml::from_str(text).map_err(|error| MeasuredError::Document(error.to_string()))?;
        if planning.version != 1 {
            let why = format!("version {} is not known; this program reads version 1", planning.version);
            return Err(MeasuredError::Document(why));
        }
        let total: Amount = planning.scenario.iter().map(|s| s.probability).sum();
        if !planning.scenario.is_empty() && total != Amount::ONE {
            let why = format!("the probabilities of [[scenario]] sum to {total}; make them sum to 1 exactly");
            return Err(MeasuredError::Document(why));
        }
        let shares = planning.commitments.offer.iter().flat_map(|o| [(o, o.discount.unwrap_or_default()), (o, o.upfront_share)]);
        for (offer, share) in shares {
            if share < Amount::ZERO || share > Amount::ONE {
                let why = format!("offer {}: {share} is no share; discount and upfront_share lie between 0 and 1", offer.id);
                return Err(MeasuredError::Document(why));
            }
        }
        Ok(planning)
    }

    /// What it holds, in one sentence.
    pub fn summary(&self) -> String {
        format!(
            "{} commitments on offer, {} storage classes, {} contracts on offer, promises of {} workflows, {} options of models",
            self.commitments.offer.len(),
            self.storage.class.len(),
            self.contracts.offer.len(),
            self.routing.workflow.len(),
            self.portfolio.option.len()
        )
    }
}

/// A TOML value as JSON, its numbers as text, so that 0.1 stays 0.1.
fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        // Counts are read as numbers, amounts as either.
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => Value::String(number.to_string()),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(list) => list.into_iter().map(to_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, to_json(value))).collect(),
    }
}

fn amount_of<E: serde::de::Error>(value: &toml::Value) -> Result<Amount, E> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        other => return Err(E::custom(format!("{other} is no decimal"))),
    };
    text.parse().map_err(|_| E::custom(format!("{text} is no decimal with at most 18 decimals")))
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    amount_of(&toml::Value::deserialize(deserializer)?)
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let value = toml::Value::deserialize(deserializer)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|_| D::Error::custom(format!("{text} is no day; write it as 2026-12-01")))
}

fn maybe_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Amount>, D::Error> {
    decimal(deserializer).map(Some)
}

fn decimals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Amount>, D::Error> {
    let table = toml::Table::deserialize(deserializer)?;
    table.into_iter().map(|(key, value)| Ok((key, amount_of(&value)?))).collect()
}

fn json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    toml::Value::deserialize(deserializer).map(|value| Some(to_json(value)))
}

fn json_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    match to_json(toml::Value::deserialize(deserializer)?) {
        Value::Array(list) => Ok(list),
        other => Err(D::Error::custom(format!("{other} stands where a list is expected"))),
    }
}
