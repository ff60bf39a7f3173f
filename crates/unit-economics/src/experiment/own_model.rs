//! What a decision's inference costs, by the usage of its own model.
//!
//! Usage and decisions name the same model, on the same day, for the same unit; nothing names both a call and the decision that it was made
//! for. So the usage of a model, unit and day is shared among the decisions of it: where all of them state their calls, each bears so many
//! times the price of one call, and what the model was used for besides stays with that; else they share the whole evenly.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{Amount, ModelId, UnitId};

use crate::EconomicsError;
use crate::exact::{count, fraction, to_amount};
use crate::prices::{base_of, version_of};
use crate::tokens::UsageLine;

/// What ties a decision to usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCalls<'a> {
    /// The day.
    pub day: NaiveDate,
    /// The unit; any where the decision states none.
    pub unit: Option<&'a UnitId>,
    /// The model, with its version in the name or without.
    pub model: Option<&'a ModelId>,
    /// The version, where it is stated apart.
    pub version: Option<&'a str>,
    /// Inference calls, where stated.
    pub requests: Option<u64>,
}

/// A model, its version, the unit, and the day.
type Key<'a> = (&'a str, Option<&'a str>, Option<&'a UnitId>, NaiveDate);

impl<'a> OwnCalls<'a> {
    fn key(&self) -> Option<Key<'a>> {
        let model = self.model?.as_str();
        Some((base_of(model), version_of(model).or(self.version), self.unit, self.day))
    }
}

/// Usage with what it costs; none where nothing says that.
type Costed = (UsageLine, Option<Amount>);

#[derive(Default)]
struct Used {
    cost: Amount,
    requests: u64,
    /// Decisions that share it, and whether all of them state their calls.
    decisions: u64,
    unstated: bool,
}

/// What each decision's inference costs: none where there is no usage of its model, day and unit, or nothing says what that cost. `usage`
/// is the lines with what each costs.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where an amount does not fit.
pub fn own_model_costs(decisions: &[OwnCalls<'_>], usage: &[Costed]) -> Result<Vec<Option<Amount>>, EconomicsError> {
    let keys: Vec<Option<Key<'_>>> = decisions.iter().map(OwnCalls::key).collect();
    let mut days: BTreeMap<NaiveDate, Vec<&Costed>> = BTreeMap::new();
    for costed in usage {
        days.entry(costed.0.from.date_naive()).or_default().push(costed);
    }
    let mut used: BTreeMap<Key<'_>, Option<Used>> = BTreeMap::new();
    for key in keys.iter().flatten() {
        if !used.contains_key(key) {
            used.insert(*key, of_key(key, days.get(&key.3).map_or(&[], Vec::as_slice))?);
        }
    }
    for (decision, key) in decisions.iter().zip(&keys) {
        if let Some(used) = key.as_ref().and_then(|key| used.get_mut(key)).and_then(Option::as_mut) {
            used.decisions += 1;
            used.unstated |= decision.requests.is_none();
        }
    }
    let cost = |(decision, key): (&OwnCalls<'_>, &Option<Key<'_>>)| {
        let Some(used) = key.as_ref().and_then(|key| used.get(key)).and_then(Option::as_ref) else { return Ok(None) };
        let share = match (decision.requests, used.unstated || used.requests == 0) {
            (Some(requests), false) => fraction(used.cost) * count(requests) / count(used.requests),
            _ => fraction(used.cost) / count(used.decisions),
        };
        to_amount(&share).map(Some).ok_or(EconomicsError::OutOfRange("the cost of a decision's calls"))
    };
    decisions.iter().zip(&keys).map(cost).collect()
}

/// The usage of a key among that of its day; none where there is none, or part of it has no cost.
fn of_key((model, version, unit, _): &Key<'_>, usage: &[&Costed]) -> Result<Option<Used>, EconomicsError> {
    let is_it = |line: &UsageLine| {
        let Some(named) = line.model.as_ref().map(ModelId::as_str) else { return false };
        base_of(named) == *model
            && version.is_none_or(|version| version_of(named).is_none_or(|named| named == version))
            && unit.is_none_or(|unit| line.unit.as_ref() == Some(unit))
    };
    let mut found: Option<Used> = None;
    for (line, cost) in usage.iter().filter(|(line, _)| is_it(line)) {
        let Some(cost) = cost else { return Ok(None) };
        let used = found.get_or_insert_default();
        used.cost = used.cost.checked_add(*cost).ok_or(EconomicsError::OutOfRange("the cost of a model's usage"))?;
        used.requests = used.requests.saturating_add(line.counts.requests);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::TokenCounts;

    fn line(model: &str, day: u32, unit: &str, requests: u64, cost: &str) -> (UsageLine, Option<Amount>) {
        let line = UsageLine {
            from: format!("2026-05-{day:02}T00:00:00Z").parse().unwrap(),
            hours: 24,
            model: Some(model.parse().unwrap()),
            provider: None,
            deployment: None,
            operation: None,
            principal: None,
            unit: Some(unit.parse().unwrap()),
            mode: "standard".to_owned(),
            longer_than: None,
            counts: TokenCounts { requests, ..TokenCounts::default() },
        };
        (line, cost.parse().ok())
    }

    #[test]
    fn calls_of_its_own_model_day_and_unit_price_a_decision() {
        let usage = [
            line("gpt-4o-2024-08-06", 1, "claims", 10, "1"),
            line("gpt-4o-2024-08-06", 2, "claims", 10, "3"),
            line("small", 1, "claims", 10, "0.1"),
            line("gpt-4o-2024-08-06", 1, "lending", 10, "50"),
            line("dark", 1, "claims", 1, "not known"),
        ];
        let (claims, day) = ("claims".parse::<UnitId>().unwrap(), |day| NaiveDate::from_ymd_opt(2026, 5, day).unwrap());
        let models: Vec<ModelId> = ["gpt-4o", "small", "dark", "gpt-4o-2024-08-06"].map(|name| name.parse().unwrap()).into();
        let one = |model: usize, at: u32, version: Option<&'static str>, requests: Option<u64>| OwnCalls {
            day: day(at),
            unit: Some(&claims),
            model: Some(&models[model]),
            version,
            requests,
        };
        let cost = |decisions: &[OwnCalls<'_>]| -> Vec<String> {
            let costs = own_model_costs(decisions, &usage).unwrap();
            costs.into_iter().map(|cost| cost.map_or("-".to_owned(), |cost| cost.to_string())).collect()
        };
        let stated = [one(0, 1, None, Some(2)), one(0, 2, None, Some(2)), one(1, 1, None, Some(3)), one(3, 1, None, Some(1))];
        assert_eq!(cost(&stated), ["0.2", "0.6", "0.03", "0.1"]);
        // Without calls the decisions of a model and day share what it cost.
        assert_eq!(cost(&[one(0, 1, None, None), one(0, 1, None, Some(2))]), ["0.5", "0.5"]);
        // Another version, a day without usage, a cost that nothing says, no model at all.
        let nobody = OwnCalls { model: None, ..one(0, 1, None, None) };
        assert_eq!(
            cost(&[one(0, 1, Some("2024-05-13"), None), one(0, 3, None, None), one(2, 1, None, None), nobody]),
            ["-", "-", "-", "-"]
        );
    }
}
