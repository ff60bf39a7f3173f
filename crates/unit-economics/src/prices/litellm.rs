//! LiteLLM's `model_prices_and_context_window.json` as a price list.
//!
//! Each model that has a price for input tokens becomes one: `input_cost_per_token`, `output_cost_per_token`, those of cached tokens, with
//! the suffixes `_above_Nk_tokens` (tiers), `_batches`, `_priority` and `_flex` (ways of asking). What is not sold by the token (images,
//! seconds, pages, searches) is left out and counted. The file has no dates: its prices hold from the day that the caller gives.
//!
//! Field names: LiteLLM 1.109.1.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use farthing_types::{Amount, Currency};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::{ModelPrice, PriceList, Rates, STANDARD, Schedule, Tier};
use crate::document::FigureSource;

/// Why the file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LitellmError {
    /// No JSON object of models.
    #[error("it is no object of models, as LiteLLM's model_prices_and_context_window.json is: {0}")]
    Json(String),
    /// A price that is none.
    #[error("{model}: {field}: {value} cannot be a price of a token: it must be a number from 0 on")]
    Price {
        /// The model.
        model: String,
        /// The field.
        field: String,
        /// What stands there.
        value: String,
    },
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LitellmPrices {
    /// The prices, by model.
    pub list: PriceList,
    /// Models without a price for input tokens: images, audio by the second, search.
    pub left_out: usize,
    /// Fields of models that have one, and that say what a list of token prices has no place for, such as `input_cost_per_image`.
    pub unread_fields: BTreeSet<String>,
}

const MODES: [(&str, &str); 3] = [("_batches", "batch"), ("_priority", "priority"), ("_flex", "flex")];
const INPUT: &str = "input_cost_per_token";
const OUTPUT: &str = "output_cost_per_token";
const CACHE_READ: &str = "cache_read_input_token_cost";
const CACHE_WRITE: &str = "cache_creation_input_token_cost";
const REQUEST: &str = "input_cost_per_request";

/// Prices by field of one model, way of asking and tier (0: none).
type Found = BTreeMap<(&'static str, u64), BTreeMap<&'static str, Amount>>;

/// Reads the file. Its prices are in US dollars and hold from `from` on; since ever without it.
///
/// # Errors
/// [`LitellmError`]; nothing is then taken from it.
pub fn parse(text: &str, from: Option<NaiveDate>) -> Result<LitellmPrices, LitellmError> {
    let models: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|error| LitellmError::Json(error.to_string()))?;
    let mut read = LitellmPrices { list: PriceList::empty(Currency::USD), left_out: 0, unread_fields: BTreeSet::new() };
    for (model, entry) in models {
        // The file describes its own fields in an entry of this name.
        if model == "sample_spec" {
            continue;
        }
        let Value::Object(fields) = entry else {
            return Err(LitellmError::Json(format!("{model:?} is no object")));
        };
        match model_price(&model, &fields, from, &mut read.unread_fields)? {
            Some(price) => read.list.prices.push(price),
            None => read.left_out += 1,
        }
    }
    Ok(read)
}

fn model_price(
    model: &str,
    fields: &Map<String, Value>,
    from: Option<NaiveDate>,
    unread: &mut BTreeSet<String>,
) -> Result<Option<ModelPrice>, LitellmError> {
    if !fields.contains_key(INPUT) {
        return Ok(None);
    }
    let mut found = Found::new();
    for (field, value) in fields.iter().filter(|(field, _)| field.contains("cost")) {
        let Some((name, mode, above)) = place(field) else {
            unread.insert(field.clone());
            continue;
        };
        let price = price_of(value).ok_or_else(|| LitellmError::Price {
            model: model.to_owned(),
            field: field.clone(),
            value: value.to_string(),
        })?;
        if let Some(price) = price {
            found.entry((mode, above)).or_default().insert(name, price);
        }
    }
    let Some(standard) = found.remove(&(STANDARD, 0)) else { return Ok(None) };
    let plain = rates(&[&standard]);
    let mut schedules = BTreeMap::from([(STANDARD.to_owned(), Schedule { rates: plain, tiers: Vec::new() })]);
    // In the order of ways and lengths. What a tier does not say its way says, and what a way does not say the standard one does.
    for ((mode, above), prices) in &found {
        let way = found.get(&(*mode, 0)).unwrap_or(&standard);
        let own = rates(&[prices, way, &standard]);
        let of_way = if *above == 0 { own } else { plain };
        let schedule = schedules.entry((*mode).to_owned()).or_insert_with(|| Schedule { rates: of_way, tiers: Vec::new() });
        if *above > 0 {
            schedule.tiers.push(Tier { above: *above, rates: own });
        }
    }
    let provider = fields.get("litellm_provider").and_then(Value::as_str).map(str::to_owned);
    let source = fields.get("source").and_then(Value::as_str).unwrap_or("LiteLLM, model_prices_and_context_window.json");
    let source = Some(FigureSource { source: source.to_owned(), year: None });
    Ok(Some(ModelPrice { model: model.to_owned(), provider, from, until: None, schedules, source }))
}

/// What a field is: which price, of which way of asking, beyond which length.
fn place(field: &str) -> Option<(&'static str, &'static str, u64)> {
    let (rest, mode) =
        MODES.iter().find_map(|(suffix, mode)| Some((field.strip_suffix(suffix)?, *mode))).unwrap_or((field, STANDARD));
    let name = [INPUT, OUTPUT, CACHE_READ, CACHE_WRITE, REQUEST].into_iter().find(|name| rest.starts_with(name))?;
    let above = match &rest[name.len()..] {
        "" => 0,
        tier => tier.strip_prefix("_above_")?.strip_suffix("k_tokens")?.parse::<u64>().ok()?.checked_mul(1_000)?,
    };
    Some((name, mode, above))
}

/// A price as it is written; `Some(None)` where the field is there without a value.
fn price_of(value: &Value) -> Option<Option<Amount>> {
    let text = match value {
        Value::Null => return Some(None),
        // The shortest text of the binary fraction is the decimal that was written: prices have fewer than 15 digits.
        Value::Number(number) => Number::to_string(number),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    // Some are quotients with more digits than a price has; beyond 1e-18 they are rounded.
    let rounded = Amount::parse(text.as_bytes()).ok().filter(|rounded| !rounded.amount.is_negative())?;
    Some(Some(rounded.amount))
}

/// The rates that the first of `layers` with a price says; cached tokens cost what the input does where none says otherwise.
fn rates(layers: &[&BTreeMap<&'static str, Amount>]) -> Rates {
    let of = |name: &str| layers.iter().find_map(|prices| prices.get(name)).copied();
    let input = of(INPUT).unwrap_or_default();
    Rates {
        input,
        output: of(OUTPUT).unwrap_or_default(),
        cache_read: of(CACHE_READ).unwrap_or(input),
        cache_write: of(CACHE_WRITE).unwrap_or(input),
        request: of(REQUEST).unwrap_or_default(),
    }
}

/// True where a text may be LiteLLM's file: an object.
pub fn looks_like(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Any {}
    text.trim_start().starts_with('{') && serde_json::from_str::<Any>(text).is_ok()
}
