use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{Amount, Currency, ModelId, Quantity, UnitId, Window, WorkflowId};
use serde::Serialize;

use super::{Actor, Decision, Outcome};

/// What decisions are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DecisionGroup {
    /// Which workflow.
    pub workflow: WorkflowId,
    /// For which unit, where stated.
    pub unit: Option<UnitId>,
    /// By whom.
    pub actor: Actor,
    /// By which model, where one took part.
    pub model: Option<ModelId>,
}

/// The variables of one decision, in the order of [`DecisionTotals::cross`]. A decision's cost is linear in them, so their sums
/// give the cost and their cross products its variance.
pub const VARIABLES: [&str; 9] = [
    "one",
    "handling_seconds",
    "handling_unstated",
    "review_seconds",
    "review_unstated",
    "error_cost",
    "error_cost_unstated",
    "requests",
    "wrong",
];

/// Sums over decisions, exact and independent of their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DecisionTotals {
    /// How many, by outcome: accepted, overridden, wrong, escalated.
    pub outcomes: [u64; 4],
    /// People's time stated, in seconds.
    pub handling_seconds: Quantity,
    /// Decisions on which a person worked ([`Decision::takes_handling`]) without a time stated: the workflow's figure applies.
    pub handling_unstated: u64,
    /// Time of checking stated, in seconds.
    pub review_seconds: Quantity,
    /// Decisions that a person checked ([`Decision::takes_review`]) without a time stated: the workflow's figure applies.
    pub review_unstated: u64,
    /// Error costs stated, in the counts' currency.
    pub error_cost: Amount,
    /// Wrong decisions without a cost stated: the workflow's figure applies.
    pub error_cost_unstated: u64,
    /// Inference calls stated.
    pub requests: u64,
    /// Decisions that state their inference calls.
    pub with_requests: u64,
    /// Σ xᵢ·xⱼ over decisions for the [`VARIABLES`], the upper triangle row by row (45 values); each product is rounded at 1e-18.
    pub cross: Vec<Amount>,
}

impl DecisionTotals {
    /// How many decisions.
    pub fn decisions(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// How many ended so.
    pub fn with_outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize]
    }

    /// Σ xᵢ·xⱼ for the variables at `i` and `j` of [`VARIABLES`].
    pub fn cross_product(&self, i: usize, j: usize) -> Amount {
        let (i, j) = (i.min(j), i.max(j));
        self.cross.get(i * VARIABLES.len() - i * (i + 1) / 2 + j).copied().unwrap_or(Amount::ZERO)
    }

    fn add(&mut self, decision: &Decision) -> Option<()> {
        let mut next = self.clone();
        let outcome = &mut next.outcomes[decision.outcome as usize];
        *outcome = outcome.checked_add(1)?;
        let time = |stated: Option<Quantity>, takes: bool| (stated.unwrap_or_default().0, u64::from(stated.is_none() && takes));
        let (handling, handling_unstated) = time(decision.handling_seconds, decision.takes_handling());
        let (review, review_unstated) = time(decision.review_seconds, decision.takes_review());
        let cost = decision.error_cost.map_or(Amount::ZERO, |money| money.amount);
        let cost_unstated = u64::from(decision.error_cost.is_none() && decision.outcome == Outcome::Wrong);
        let requests = decision.requests.unwrap_or(0);

        next.handling_seconds.0 = next.handling_seconds.0.checked_add(handling)?;
        next.handling_unstated += handling_unstated;
        next.review_seconds.0 = next.review_seconds.0.checked_add(review)?;
        next.review_unstated += review_unstated;
        next.error_cost = next.error_cost.checked_add(cost)?;
        next.error_cost_unstated += cost_unstated;
        next.requests = next.requests.checked_add(requests)?;
        next.with_requests += u64::from(decision.requests.is_some());

        let number = |count: u64| i64::try_from(count).ok().map(Amount::from_int);
        let values = [
            Amount::ONE,
            handling,
            number(handling_unstated)?,
            review,
            number(review_unstated)?,
            cost,
            number(cost_unstated)?,
            number(requests)?,
            number(u64::from(decision.outcome == Outcome::Wrong))?,
        ];
        next.add_products(&values)?;
        *self = next;
        Some(())
    }

    fn add_products(&mut self, values: &[Amount; 9]) -> Option<()> {
        self.cross.resize(values.len() * (values.len() + 1) / 2, Amount::ZERO);
        let mut sums = self.cross.iter_mut();
        for (i, x) in values.iter().enumerate() {
            for y in &values[i..] {
                let sum = sums.next().expect("the triangle has a place for every pair");
                // Most variables of a decision are zero, and the first is one: few pairs need the 256-bit product.
                let product = match (*x, *y) {
                    (Amount::ZERO, _) | (_, Amount::ZERO) => continue,
                    (Amount::ONE, other) | (other, Amount::ONE) => other,
                    (x, y) => x.checked_mul(y)?,
                };
                *sum = sum.checked_add(product)?;
            }
        }
        Some(())
    }
}

/// Decisions of a window, summed by group and, within it, by day: days are what an interval resamples.
#[derive(Clone, Debug)]
pub struct DecisionCounts {
    window: Window,
    currency: Currency,
    limit: usize,
    keys: usize,
    groups: BTreeMap<DecisionGroup, BTreeMap<NaiveDate, DecisionTotals>>,
    outside: u64,
}

/// Why a decision cannot be counted. The counts are as before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountsError {
    /// More groups × days than the limit.
    #[error("decision {id:?}: more than {limit} distinct groups × days. Take a shorter window or raise the limit")]
    TooManyKeys {
        /// The decision that did not fit.
        id: String,
        /// The limit.
        limit: usize,
    },
    /// A sum beyond its range.
    #[error("decision {id:?}: a sum does not fit. Look for an impossible time, cost or count")]
    Overflow {
        /// The decision that did not fit.
        id: String,
    },
    /// An error cost in another currency than the counts'.
    #[error("decision {id:?}: its error cost is in {found}, the counts are in {wanted}. Convert it with a dated rate first")]
    Currency {
        /// The decision.
        id: String,
        /// Its currency.
        found: Currency,
        /// The counts' currency.
        wanted: Currency,
    },
}

impl DecisionCounts {
    /// Empty, for decisions in `window` with error costs in `currency`, with at most `limit` groups × days.
    pub fn new(window: Window, currency: Currency, limit: usize) -> Self {
        Self { window, currency, limit, keys: 0, groups: BTreeMap::new(), outside: 0 }
    }

    /// Counts a decision; one outside the window is only counted as such.
    ///
    /// # Errors
    /// [`CountsError`]; the counts are then unchanged.
    pub fn add(&mut self, decision: &Decision) -> Result<(), CountsError> {
        if !self.window.contains(decision.decided_at) {
            self.outside += 1;
            return Ok(());
        }
        if let Some(money) = decision.error_cost
            && money.currency != self.currency
        {
            return Err(CountsError::Currency { id: decision.id.clone(), found: money.currency, wanted: self.currency });
        }
        let group = DecisionGroup {
            workflow: decision.workflow.clone(),
            unit: decision.unit.clone(),
            actor: decision.actor,
            model: decision.model.clone(),
        };
        let day = decision.decided_at.date_naive();
        let overflow = || CountsError::Overflow { id: decision.id.clone() };
        if let Some(totals) = self.groups.get_mut(&group).and_then(|days| days.get_mut(&day)) {
            return totals.add(decision).ok_or_else(overflow);
        }
        if self.keys >= self.limit {
            return Err(CountsError::TooManyKeys { id: decision.id.clone(), limit: self.limit });
        }
        let mut totals = DecisionTotals::default();
        totals.add(decision).ok_or_else(overflow)?;
        self.groups.entry(group).or_default().insert(day, totals);
        self.keys += 1;
        Ok(())
    }

    /// The window.
    pub fn window(&self) -> Window {
        self.window
    }

    /// The currency of the error costs.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Decisions that lay outside the window.
    pub fn outside(&self) -> u64 {
        self.outside
    }

    /// The groups in order, each with its days in order.
    pub fn groups(&self) -> &BTreeMap<DecisionGroup, BTreeMap<NaiveDate, DecisionTotals>> {
        &self.groups
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use farthing_types::Money;
    use proptest::prelude::*;

    use super::*;

    fn window() -> Window {
        "2026-05-01/2026-06-01".parse().unwrap()
    }

    fn blank() -> Decision {
        Decision {
            id: "d".to_owned(),
            decided_at: window().from,
            workflow: "triage".parse().unwrap(),
            unit: None,
            actor: Actor::Ai,
            model: None,
            model_version: None,
            outcome: Outcome::Accepted,
            handling_seconds: None,
            review_seconds: None,
            error_cost: None,
            requests: None,
            confidence: None,
            answer: None,
            override_reason: None,
            error_found_at: None,
            updated_at: None,
            shadow_of: None,
            tags: BTreeMap::new(),
        }
    }

    fn any_decision() -> impl Strategy<Value = Decision> {
        let amount =
            || prop::option::of((0..10_000_000_000_i128).prop_map(|c| Amount::from_atto(c * 1_000_000_000_000).unwrap()));
        let seconds = 1_777_593_600_i64..1_777_593_600 + 33 * 86_400;
        (seconds, 0..3_usize, 0..4_usize, amount(), amount(), amount(), prop::option::of(0..50_u64)).prop_map(
            |(at, actor, outcome, handling, review, cost, requests)| Decision {
                decided_at: DateTime::from_timestamp(at, 0).unwrap(),
                actor: Actor::ALL[actor],
                outcome: Outcome::ALL[outcome],
                handling_seconds: handling.map(Quantity),
                review_seconds: review.map(Quantity),
                error_cost: cost.map(|amount| Money::new(amount, Currency::USD)),
                requests,
                ..blank()
            },
        )
    }

    fn counted<'a>(decisions: impl IntoIterator<Item = &'a Decision>) -> DecisionCounts {
        let mut counts = DecisionCounts::new(window(), Currency::USD, 1_000);
        decisions.into_iter().for_each(|d| counts.add(d).unwrap());
        counts
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_any_order(decisions in prop::collection::vec(any_decision(), 0..50)) {
            let counts = counted(&decisions);
            let reversed = counted(decisions.iter().rev());
            prop_assert_eq!(reversed.groups(), counts.groups());
            let totals: Vec<&DecisionTotals> = counts.groups().values().flat_map(|days| days.values()).collect();
            let inside: Vec<&Decision> = decisions.iter().filter(|d| window().contains(d.decided_at)).collect();
            let stated: Amount = inside.iter().filter_map(|d| d.handling_seconds).map(|q| q.0).sum();
            prop_assert_eq!(totals.iter().map(|t| t.decisions()).sum::<u64>() + counts.outside(), decisions.len() as u64);
            prop_assert_eq!(totals.iter().map(|t| t.handling_seconds.0).sum::<Amount>(), stated);
            // The products with one are the sums.
            for t in &totals {
                prop_assert_eq!(t.cross_product(0, 0), Amount::from_int(t.decisions() as i64));
                prop_assert_eq!(t.cross_product(1, 0), t.handling_seconds.0);
                prop_assert_eq!(t.cross_product(0, 5), t.error_cost);
                prop_assert_eq!(t.cross_product(6, 6), Amount::from_int(t.error_cost_unstated as i64));
                prop_assert_eq!(t.cross_product(8, 8), Amount::from_int(t.with_outcome(Outcome::Wrong) as i64));
                prop_assert_eq!(t.cross_product(0, 7), Amount::from_int(t.requests as i64));
            }
            let squares: Amount = inside.iter().filter_map(|d| d.review_seconds).map(|q| q.0.checked_mul(q.0).unwrap()).sum();
            prop_assert_eq!(totals.iter().map(|t| t.cross_product(3, 3)).sum::<Amount>(), squares);
        }
    }

    #[test]
    fn an_error_cost_in_another_currency_is_refused() {
        let mut counts = DecisionCounts::new(window(), Currency::EUR, 10);
        let error_cost = Some(Money::new(Amount::ONE, Currency::USD));
        let decision = Decision { outcome: Outcome::Wrong, error_cost, ..blank() };
        assert!(matches!(counts.add(&decision), Err(CountsError::Currency { .. })));
        assert!(counts.groups().is_empty());
    }
}
