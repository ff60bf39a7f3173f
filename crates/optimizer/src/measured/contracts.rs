//! What may be signed, from token usage at list price and counted decisions.
//!
//! The need of a model is counted in money at list price: offers discount that, commit to it, or sell it in advance.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::Amount;
use serde_json::{Map, Value, json};

use super::document::Planning;
use super::{Derived, MeasuredError, scenarios, times};

/// Tokens of a model at list price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenNeed {
    /// The model.
    pub model: String,
    /// Who sells it.
    pub provider: String,
    /// What a month of them costs at list price.
    pub monthly: Amount,
    /// Tokens of all kinds in a month.
    pub tokens: Amount,
}

/// The facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// By model.
    pub tokens: Vec<TokenNeed>,
    /// Decisions a month, by workflow.
    pub decisions: BTreeMap<String, Amount>,
    /// Cost at list price of each whole week.
    pub weeks: Vec<f64>,
    /// Models whose tokens have no list price.
    pub unpriced: BTreeSet<String>,
}

/// Name of the contract that is list price itself.
pub fn list_price(provider: &str) -> String {
    format!("list price of {provider}")
}

/// The instance. List prices are contracts that anybody may use; they are today's, beside what is signed.
///
/// # Errors
/// [`MeasuredError`] where nothing is on offer, or nobody needs it.
pub fn derive(facts: &Facts, planning: &Planning) -> Result<Derived, MeasuredError> {
    let terms = &planning.contracts;
    if terms.offer.is_empty() {
        return Err(MeasuredError::Missing { section: "[[contracts.offer]]", what: "which contracts may be signed" });
    }
    let periods = terms.months.unwrap_or(12);
    let mut monthly: BTreeMap<String, Amount> = BTreeMap::new();
    for need in &facts.tokens {
        *monthly.entry(need.model.clone()).or_default() += need.monthly;
    }
    for need in &terms.need {
        let counted = need.decisions.as_ref().map(|workflow| {
            facts.decisions.get(workflow).copied().ok_or_else(|| {
                MeasuredError::Nothing(format!(
                    "need {}: there are no decisions of {workflow}; import them, or state `monthly`",
                    need.id
                ))
            })
        });
        let Some(units) = need.monthly.map(Ok).or(counted).transpose()? else {
            return Err(MeasuredError::Document(format!(
                "contracts.need {}: state `monthly`, or `decisions` of a workflow",
                need.id
            )));
        };
        monthly.insert(need.id.clone(), units);
    }
    let sellers: BTreeSet<&str> = facts.tokens.iter().map(|need| need.provider.as_str()).collect();
    let served = |provider: &str| -> Map<String, Value> {
        facts.tokens.iter().filter(|need| need.provider == provider).map(|need| (need.model.clone(), json!(1))).collect()
    };
    let mut contracts: Vec<Value> = sellers
        .iter()
        .map(|provider| json!({"id": list_price(provider), "serves": served(provider), "pricing": {"kind": "graduated", "tiers": [{"from": 0, "price": 1}]}}))
        .collect();
    let mut left = Vec::new();
    for offer in &terms.offer {
        let mut contract = offer.clone();
        if let Some(provider) = contract.as_object_mut().and_then(|contract| contract.remove("provider")) {
            let provider = provider.as_str().unwrap_or_default().to_owned();
            let serves = served(&provider);
            if serves.is_empty() {
                left.push(format!("{} ({provider})", offer["id"].as_str().unwrap_or_default()));
                continue;
            }
            contract["serves"] = Value::Object(serves);
        }
        contracts.push(contract);
    }
    // A need that no contract serves could not be met.
    let serves = |need: &str| contracts.iter().any(|contract| contract["serves"].get(need).is_some());
    let (needed, unserved): (Vec<_>, Vec<_>) = monthly.into_iter().partition(|(need, _)| serves(need));
    if needed.is_empty() {
        return Err(MeasuredError::Nothing(
            "there is no token usage with a list price, and no other need that a contract serves. Publish prices: `farthing prices publish prices.toml`".to_owned(),
        ));
    }
    let (scenarios, said) = scenarios(&planning.scenario, &facts.weeks);
    let mut ways = Vec::new();
    for scenario in &scenarios {
        let mut demand = Map::new();
        for (need, units) in &needed {
            demand.insert(need.clone(), json!(vec![times(*units, scenario.demand, "a need")?.round(6); periods as usize]));
        }
        ways.push(json!({"id": scenario.id, "probability": scenario.probability, "demand": demand}));
    }
    let needs: Vec<Value> = needed.iter().map(|(need, _)| json!({"id": need})).collect();
    let mut assumptions =
        vec![said, "Tokens are counted in money at list price; every month is like the mean of those measured.".to_owned()];
    if !facts.unpriced.is_empty() {
        let models: Vec<&str> = facts.unpriced.iter().map(String::as_str).collect();
        assumptions.push(format!("Without a list price of a seller, and left out: {}.", models.join(", ")));
    }
    if !left.is_empty() {
        assumptions.push(format!("Offers of sellers whose tokens nobody uses were left out: {}.", left.join(", ")));
    }
    if !unserved.is_empty() {
        let unserved: Vec<&str> = unserved.iter().map(|(need, _)| need.as_str()).collect();
        assumptions.push(format!("No contract serves these needs, which were left out: {}.", unserved.join(", ")));
    }
    Ok(Derived {
        instance: json!({"periods": periods, "needs": needs, "scenarios": ways, "contracts": contracts}),
        months: periods,
        assumptions,
    })
}

/// The same instance with nothing new to sign: list prices, and what is signed.
pub fn as_today(instance: &Value, facts: &Facts) -> Value {
    let sellers: BTreeSet<String> = facts.tokens.iter().map(|need| list_price(&need.provider)).collect();
    let mut today = instance.clone();
    if let Some(contracts) = today["contracts"].as_array_mut() {
        contracts.retain(|c| c["signed"] == json!(true) || c["id"].as_str().is_some_and(|id| sellers.contains(id)));
    }
    let served: BTreeSet<String> = today["contracts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["serves"].as_object())
        .flat_map(|s| s.keys().cloned())
        .collect();
    if let Some(needs) = today["needs"].as_array_mut() {
        needs.retain(|need| need["id"].as_str().is_some_and(|id| served.contains(id)));
    }
    for scenario in today["scenarios"].as_array_mut().into_iter().flatten() {
        if let Some(demand) = scenario["demand"].as_object_mut() {
            demand.retain(|need, _| served.contains(need));
        }
    }
    today
}
