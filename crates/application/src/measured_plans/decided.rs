//! What usage, decisions and scorecards say that plans rest on.

use std::collections::{BTreeMap, BTreeSet};

use farthing_optimizer::measured::{contracts, portfolio, routing};
use farthing_types::{Amount, BillingPeriod, Currency, Window};
use farthing_unit_economics::prices::STANDARD;
use farthing_unit_economics::tokens::TokenCounts;
use farthing_unit_economics::{Actor, CostPerDecision, LineKind, UnitCost};

use crate::chargeback::sum;
use crate::documents::DocumentKind;
use crate::{Error, Farthing, PortfolioQuery, UnitCostQuery};

fn whole(count: u64) -> Amount {
    Amount::from_int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Who decides, in words.
fn arm_name(arm: &CostPerDecision, role: &str) -> String {
    let model = arm.model.as_ref().map_or("AI", |model| model.as_str());
    match arm.actor {
        Actor::Ai => model.to_owned(),
        Actor::Person => role.to_owned(),
        Actor::AiThenPerson => format!("{model}, then {role}"),
    }
}

/// What steps that come before leave of costs that decisions bear, as shares.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// Of serving models that the organisation hosts.
    pub hosting: Amount,
    /// Of storage.
    pub storage: Amount,
    /// The models that are hosted.
    pub hosted: BTreeSet<String>,
}

impl Default for Left {
    fn default() -> Self {
        Self { hosting: Amount::ONE, storage: Amount::ONE, hosted: BTreeSet::new() }
    }
}

impl Left {
    /// What a decision costs of an arm once these steps are carried out.
    fn cost(&self, arm: &CostPerDecision) -> Option<Amount> {
        let is_hosted = arm.model.as_ref().is_some_and(|model| self.hosted.contains(model.as_str()));
        let mut cost = arm.per_decision;
        for part in &arm.parts {
            let left = match part.kind {
                LineKind::Inference if is_hosted => self.hosting,
                LineKind::Storage => self.storage,
                _ => continue,
            };
            cost = cost.checked_sub(part.per_decision)?.checked_add(part.per_decision.checked_mul(left)?)?;
        }
        Some(cost)
    }
}

/// Arms of the reports in one currency: that of the first.
pub(crate) fn arms_of(costs: &[UnitCost], left: &Left) -> (Currency, Vec<routing::Arm>) {
    let currency = costs.first().map_or(Currency::USD, |cost| cost.currency);
    let mut arms = Vec::new();
    for cost in costs.iter().filter(|cost| cost.currency == currency) {
        let role = cost.role.as_deref().unwrap_or("people");
        arms.extend(cost.arms.iter().map(|arm| routing::Arm {
            workflow: cost.workflow.to_string(),
            name: arm_name(arm, role),
            is_person: arm.actor != Actor::Ai,
            decisions: arm.decisions,
            wrong: arm.outcomes.wrong,
            cost: left.cost(arm).unwrap_or(arm.per_decision),
            model: arm.model.as_ref().map(ToString::to_string),
            half_width: arm.interval.as_ref().map(|interval| (interval.high - interval.low).max(Amount::ZERO)),
        }));
    }
    // The width was taken above; half of it is what a mean may be off.
    for arm in &mut arms {
        arm.half_width = arm.half_width.and_then(|width| width.checked_div(Amount::from_int(2)));
    }
    (currency, arms)
}

impl Farthing {
    /// The arms of all workflows in a month.
    pub(super) async fn arms(&self, period: BillingPeriod, left: &Left) -> Result<(Currency, Vec<routing::Arm>), Error> {
        let query = UnitCostQuery { window: Some(period.window()), ..UnitCostQuery::default() };
        Ok(arms_of(&self.unit_cost(&query).await?, left))
    }

    /// Tokens at list price, and decisions, of a month.
    pub(super) async fn needs(&self, period: BillingPeriod) -> Result<(Currency, contracts::Facts), Error> {
        let Some((prices, _)) = self.token_prices().await? else {
            return Err(match self.document(DocumentKind::Prices).await {
                Err(error) => error,
                Ok(_) => Error::Nothing("there is no price list".to_owned()),
            });
        };
        let window = period.window();
        let mut facts = contracts::Facts::default();
        let mut needs: BTreeMap<(String, String), contracts::TokenNeed> = BTreeMap::new();
        let mut weeks: BTreeMap<i64, Amount> = BTreeMap::new();
        for hour in self.usage_hours(Some(window)).await? {
            let Some(model) = hour.dimensions.model.as_ref().map(|model| model.as_str()) else { continue };
            let found = prices.price_of(model, hour.dimensions.provider.as_deref(), hour.hour.date_naive());
            let Some((price, seller)) = found.and_then(|price| Some((price, price.provider.clone()?))) else {
                facts.unpriced.insert(model.to_owned());
                continue;
            };
            let counts = TokenCounts {
                requests: hour.counts.requests,
                input: hour.counts.uncached_input_tokens(),
                cached: hour.counts.cached_input_tokens,
                cache_write: hour.counts.cache_write_tokens,
                output: hour.counts.output_tokens,
                ..TokenCounts::default()
            };
            let cost = sum(price.charge(&counts, STANDARD, None)?.parts.as_array().into_iter())?;
            let need = needs.entry((price.model.clone(), seller.clone())).or_insert_with(|| contracts::TokenNeed {
                model: price.model.clone(),
                provider: seller,
                monthly: Amount::ZERO,
                tokens: Amount::ZERO,
            });
            need.monthly = sum([need.monthly, cost].into_iter())?;
            need.tokens = sum([need.tokens, whole(hour.counts.input_tokens), whole(hour.counts.output_tokens)].into_iter())?;
            let week = (hour.hour - window.from).num_days() / 7;
            let entry = weeks.entry(week).or_default();
            *entry = sum([*entry, cost].into_iter())?;
        }
        let whole_weeks = (window.to - window.from).num_days() / 7;
        facts.weeks =
            weeks.iter().filter(|(week, _)| **week < whole_weeks).map(|(_, cost)| farthing_optimizer::to_f64(*cost)).collect();
        facts.tokens = needs.into_values().collect();
        for decision in self.counted_decisions(Window { from: window.from, to: window.to }).await? {
            if !decision.is_shadow() {
                *facts.decisions.entry(decision.workflow.to_string()).or_default() += Amount::ONE;
            }
        }
        Ok((prices.currency, facts))
    }

    /// The models' scorecards of a month, and what bears their intervals.
    pub(super) async fn cards(
        &self,
        period: BillingPeriod,
    ) -> Result<(Currency, Vec<portfolio::Card>, BTreeMap<String, Amount>), Error> {
        let report = self.portfolio(&PortfolioQuery { period: Some(period) }).await?;
        let workflows = || report.models.iter().flat_map(|card| &card.workflows);
        let currency = workflows().next().map_or(Currency::USD, |workflow| workflow.currency);
        let mut totals: BTreeMap<String, u64> = BTreeMap::new();
        for cost in self.unit_cost(&UnitCostQuery { window: Some(period.window()), ..UnitCostQuery::default() }).await? {
            let decisions = cost.arms.iter().map(|arm| arm.decisions).sum::<u64>();
            totals.insert(cost.workflow.to_string(), decisions);
        }
        let (mut cards, mut half_widths) = (Vec::new(), BTreeMap::new());
        for card in &report.models {
            let (mut cost, mut value, mut covered, mut half) = (Amount::ZERO, Some(Amount::ZERO), BTreeMap::new(), Amount::ZERO);
            for workflow in card.workflows.iter().filter(|workflow| workflow.currency == currency) {
                let decisions = whole(workflow.decisions);
                let of = |each: Amount| each.checked_mul(decisions);
                cost = sum([cost, workflow.cost].into_iter())?;
                let by_people =
                    workflow.against_people.as_ref().and_then(|c| of(c.saving_per_decision)?.checked_add(workflow.cost));
                value = value.zip(by_people).and_then(|(sum, more)| sum.checked_add(more));
                let width =
                    workflow.low.zip(workflow.high).and_then(|(low, high)| of(high - low)?.checked_div(Amount::from_int(2)));
                half = sum([half, width.unwrap_or_default()].into_iter())?;
                *covered.entry(workflow.workflow.to_string()).or_insert(0_u64) += workflow.decisions;
            }
            let share = |(workflow, decisions): (String, u64)| {
                let all = totals.get(&workflow).copied().unwrap_or(decisions).max(1);
                Some((workflow, whole(decisions).checked_div(whole(all))?))
            };
            half_widths.insert(card.model.to_string(), half);
            cards.push(portfolio::Card {
                model: card.model.to_string(),
                monthly_cost: cost,
                monthly_value: value,
                covers: covered.into_iter().filter_map(share).collect(),
                decisions: card.decisions,
            });
        }
        Ok((currency, cards, half_widths))
    }
}
