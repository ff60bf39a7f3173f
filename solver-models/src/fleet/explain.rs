//! What stands behind a plan: what binds, what other limits and other choices would cost, and over which range the choice stands.
//!
//! Shadow prices are those of the Lagrangian bound; those of a mixed-integer program are zeros and are never shown. Everything else
//! is found by solving again, from the commitments of the plan, each time with its own gap.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::data::Instance;
use super::solution::{Outcome, Plan};
use super::{Limits, Progress, SolveError, decompose, solve_near, verify};
use crate::number::{Decimal, to_f64};

/// A kept choice stands while it costs at most this share more than the best one.
const TOLERANCE: f64 = 0.01;
/// Widest factors that are tried on demand and prices.
const WIDEST: [f64; 2] = [0.5, 2.0];
/// Halvings of an interval in which a choice falls.
const HALVINGS: usize = 4;
/// Hours of the largest prices that are listed.
const HOURS_LISTED: usize = 12;
/// Types whose absence and whose price are tried.
const TYPES_TRIED: usize = 3;
/// Largest share of the time limit for solving once more.
const SHARE: f64 = 0.05;
/// Rounds of search for each solve.
const ROUNDS: u32 = 3;

/// What stands behind a plan.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetExplanation)]
pub struct Explanation {
    /// What binds, at the prices that prove the bound.
    pub binding: Binding,
    /// Cost when demand is another; a service level that a replica keeps at less demand is the same as more demand.
    pub demand_curve: Vec<CostPoint>,
    /// Cost when every quota is another.
    pub quota_curve: Vec<CostPoint>,
    /// The best plans without what this one chose.
    pub alternatives: Vec<Excluding>,
    /// How far demand and prices may move before another choice is better.
    pub stands: Vec<Standing>,
}

/// Shadow prices of the Lagrangian bound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetBinding)]
pub struct Binding {
    /// Quotas with a price, the dearest first.
    pub quotas: Vec<QuotaPrice>,
    /// The hours in which more demand costs most, the dearest first.
    pub hours: Vec<HourPrice>,
}

/// What a quota costs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetQuotaPrice)]
pub struct QuotaPrice {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Hours in which it binds.
    pub hours: usize,
    /// What one more instance, allowed in all hours, would save over all of them.
    pub price: f64,
}

/// What demand costs in an hour.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetHourPrice)]
pub struct HourPrice {
    /// The hour.
    pub hour: usize,
    /// What one per cent more demand of every workload would cost in this hour.
    pub price: f64,
}

/// A cost at a changed limit.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetCostPoint)]
pub struct CostPoint {
    /// What the limit is multiplied by.
    pub factor: f64,
    /// Least cost that was found; `null` where no plan exists.
    #[schema(value_type = Option<f64>)]
    pub cost: Option<Decimal>,
    /// Its proven gap.
    pub gap: Option<f64>,
    /// What cannot be met, where no plan exists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub infeasible: Vec<String>,
}

/// The best plan without something that was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetAlternative)]
pub struct Excluding {
    /// What is left out: `g5.xlarge`, `commitments`.
    pub without: String,
    /// Its cost; `null` where there is none.
    #[schema(value_type = Option<f64>)]
    pub cost: Option<Decimal>,
    /// Its cost less that of the plan.
    #[schema(value_type = Option<f64>)]
    pub difference: Option<Decimal>,
    /// Its proven gap.
    pub gap: Option<f64>,
    /// Why it was not chosen.
    pub why_not: String,
}

/// A range in which a choice stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = FleetStanding)]
pub struct Standing {
    /// What is kept: `commitments`, `plan`.
    pub choice: &'static str,
    /// What changes: `demand`, `on-demand price of g5.xlarge`.
    pub of: String,
    /// Smallest factor at which the choice stands.
    pub from: f64,
    /// Largest factor at which it stands.
    pub to: f64,
    /// True where it stands at every smaller factor that was tried, too.
    pub open_below: bool,
    /// True where it stands at every larger factor that was tried, too.
    pub open_above: bool,
    /// It stands while it costs at most this share more than the best choice.
    pub tolerance: f64,
}

/// Explains a plan by solving variants of its instance, each within a twentieth of the time limit.
///
/// `None` where there is no plan. The same instance, plan and limits give the same explanation as long as the time does not bite.
///
/// # Errors
/// [`SolveError`]
pub fn explain(
    instance: &Instance,
    outcome: &Outcome,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Explanation>, SolveError> {
    let (Some(plan), Some(cost)) = (&outcome.plan, outcome.objective) else { return Ok(None) };
    let rounds = if limits.rounds > 0 { ROUNDS } else { 0 };
    let limits = Limits { time_limit: limits.time_limit.mul_f64(SHARE).max(Duration::from_millis(200)), gap: limits.gap, rounds };
    let mut again = Again { instance, plan, cost, limits, start: Instant::now(), progress };
    let binding = binding(instance, &limits)?;
    Ok(Some(Explanation {
        binding,
        demand_curve: again.curve(&["0.8", "0.9", "1.1", "1.25"], scale_demand)?,
        quota_curve: again.curve(&["0.8", "0.9", "1.1", "1.25"], scale_quotas)?,
        alternatives: again.alternatives()?,
        stands: again.stands()?,
    }))
}

/// Shadow prices; none where the decomposition does not apply.
fn binding(instance: &Instance, limits: &Limits) -> Result<Binding, SolveError> {
    let plain = super::by_workload::without_terms(instance);
    let found = decompose::find(&plain, limits, Instant::now(), None, &mut |_| ControlFlow::Continue(()));
    let Ok(Some(found)) = found else { return Ok(Binding::default()) };
    let (prices, slots) = (found.prices(), instance.slots());
    let weight = |hour: usize| to_f64(slots.weight(hour));
    let quotas = instance.types().iter().enumerate().map(|(i, kind)| {
        let of = |hour: usize| weight(hour) * prices[hour].quota[i];
        let binds = (0..prices.len()).filter(|hour| of(*hour) > NOISE).count();
        QuotaPrice { type_id: kind.id.clone(), hours: binds, price: tidy((0..prices.len()).map(of).sum()) }
    });
    let mut quotas: Vec<QuotaPrice> = quotas.filter(|q| q.hours > 0).collect();
    quotas.sort_by(|a, b| b.price.total_cmp(&a.price).then(a.type_id.cmp(&b.type_id)));
    let of_hour = |(hour, prices): (usize, &decompose::HourPrices)| {
        // A unit more of demand costs what the cheapest capacity costs at these prices.
        let unit = |w: &super::Workload| {
            let cost = w.usable().map(|(i, c)| prices.worth[i] / to_f64(c).max(NOISE));
            to_f64(w.demand[hour]) * cost.fold(f64::INFINITY, f64::min)
        };
        let cost: f64 = instance.workloads().iter().map(unit).filter(|c| c.is_finite()).sum();
        HourPrice { hour, price: tidy(weight(hour) * cost / 100.0) }
    };
    let mut hours: Vec<HourPrice> = prices.iter().enumerate().map(of_hour).collect();
    hours.sort_by(|a, b| b.price.total_cmp(&a.price).then(a.hour.cmp(&b.hour)));
    hours.truncate(HOURS_LISTED);
    Ok(Binding { quotas, hours })
}

/// Prices below this are the noise of the solver.
const NOISE: f64 = 1e-7;

/// Six decimals are what the solver's tolerance leaves.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn scaled(value: Amount, factor: Amount) -> Amount {
    value.checked_mul(factor).expect("values are limited so that a small multiple fits")
}

fn scale_demand(instance: &Instance, factor: Amount) -> Option<Instance> {
    let all = |workloads: &mut Vec<super::Workload>| {
        workloads.iter_mut().flat_map(|w| &mut w.demand).for_each(|demand| *demand = scaled(*demand, factor));
    };
    instance.changed(|_, workloads| all(workloads)).ok()
}

/// Quotas are rounded down. `None` where nothing has a quota, or less than what is committed already would be allowed.
fn scale_quotas(instance: &Instance, factor: Amount) -> Option<Instance> {
    instance.types().iter().any(|t| t.quota.is_some()).then_some(())?;
    let scale = |quota: u32| (scaled(Amount::from_int(i64::from(quota)), factor).atto() / Amount::ONE.atto()) as u32;
    instance.changed(|types, _| types.iter_mut().for_each(|t| t.quota = t.quota.map(scale))).ok()
}

/// Solving variants of an instance.
struct Again<'a> {
    instance: &'a Instance,
    plan: &'a Plan,
    cost: Amount,
    limits: Limits,
    start: Instant,
    progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
}

impl Again<'_> {
    /// The outcome of a variant; `None` where its time did not suffice.
    fn solve(&mut self, variant: &Instance) -> Result<Option<Outcome>, SolveError> {
        let seconds = self.start.elapsed().as_secs_f64();
        let phase = "explaining the plan: solving variants";
        let _ = (self.progress)(Progress { phase, seconds, objective: Some(to_f64(self.cost)), bound: None });
        match solve_near(variant, &self.limits, Some(self.plan), &mut |_| ControlFlow::Continue(())) {
            Ok(outcome) => Ok(Some(outcome)),
            Err(SolveError::OutOfTime(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn curve(
        &mut self,
        factors: &[&str],
        change: fn(&Instance, Amount) -> Option<Instance>,
    ) -> Result<Vec<CostPoint>, SolveError> {
        let mut points = Vec::new();
        for factor in factors {
            let factor: Amount = factor.parse().expect("the factors are written as decimals");
            let Some(variant) = change(self.instance, factor) else { continue };
            let Some(outcome) = self.solve(&variant)? else { continue };
            let (cost, gap) = (outcome.objective.map(Decimal), outcome.gap);
            let infeasible = outcome.reasons().into_iter().take(3).collect();
            points.push(CostPoint { factor: to_f64(factor), cost, gap, infeasible });
        }
        Ok(points)
    }

    /// The types that the plan pays most for on demand, as if nothing were committed.
    fn chosen(&self) -> Vec<usize> {
        let usage = self.plan.usage(self.instance);
        let value = |i: usize| {
            let hours = usage[i].iter().map(|n| i64::from(*n)).sum();
            self.instance.types()[i].on_demand_price.checked_mul(Amount::from_int(hours)).unwrap_or_default()
        };
        let mut types: Vec<usize> = (0..usage.len()).filter(|i| usage[*i].iter().any(|n| *n > 0)).collect();
        types.sort_by_key(|i| (std::cmp::Reverse(value(*i)), *i));
        types.truncate(TYPES_TRIED);
        types
    }

    fn alternatives(&mut self) -> Result<Vec<Excluding>, SolveError> {
        let mut found = Vec::new();
        for i in self.chosen() {
            let without = self.instance.changed(|types, workloads| {
                (types[i].commit_price, types[i].terms.committed) = (None, 0);
                workloads.iter_mut().for_each(|w| w.capacity[i] = None);
            });
            let name = self.instance.types()[i].id.clone();
            found.extend(self.excluding(name, without.ok())?);
        }
        let signed = self.plan.commit.iter().any(|c| *c > 0) || !self.plan.spend.is_zero();
        let bound = self.instance.types().iter().any(|t| t.terms.committed > 0) || !self.instance.committed_spend().is_zero();
        if signed && !bound {
            let all = |types: &mut Vec<super::InstanceType>| {
                types.iter_mut().for_each(|t| (t.commit_price, t.plan_rate) = (None, None));
            };
            let without = self.instance.changed(|types, _| all(types)).ok();
            found.extend(self.excluding("commitments".to_owned(), without)?);
        }
        Ok(found)
    }

    fn excluding(&mut self, without: String, variant: Option<Instance>) -> Result<Option<Excluding>, SolveError> {
        let Some(variant) = variant else { return Ok(None) };
        let Some(outcome) = self.solve(&variant)? else { return Ok(None) };
        let difference = outcome.objective.and_then(|cost| cost.checked_sub(self.cost));
        let why_not = match difference {
            None => outcome
                .reasons()
                .into_iter()
                .next()
                .map_or("no plan exists without it".to_owned(), |why| format!("no plan exists without it: {why}")),
            Some(more) if more.is_zero() => "it costs the same".to_owned(),
            Some(less) if less.is_negative() => {
                "it is cheaper within the gap that was asked for; ask for a smaller gap".to_owned()
            }
            Some(more) => format!("it costs {} more", more.to_fixed(4)),
        };
        let (cost, difference) = (outcome.objective.map(Decimal), difference.map(Decimal));
        Ok(Some(Excluding { without, cost, difference, gap: outcome.gap, why_not }))
    }

    fn stands(&mut self) -> Result<Vec<Standing>, SolveError> {
        let signed = self.plan.commit.iter().any(|c| *c > 0) || !self.plan.spend.is_zero();
        let prices = self.chosen().into_iter().map(Choice::PlanAtPriceOf);
        let choices: Vec<Choice> = signed.then_some(Choice::CommitmentsAtDemand).into_iter().chain(prices).collect();
        let ranges: Vec<Option<Standing>> = choices.into_iter().map(|choice| self.standing(choice)).collect::<Result<_, _>>()?;
        Ok(ranges.into_iter().flatten().collect())
    }

    /// Whether a choice still costs hardly more than the best one; `None` where that could not be found out.
    fn still_stands(&mut self, choice: Choice, factor: Amount) -> Result<Option<bool>, SolveError> {
        match choice {
            Choice::CommitmentsAtDemand => self.commitments_stand(factor),
            Choice::PlanAtPriceOf(i) => self.plan_stands(i, factor),
        }
    }

    /// Whether what is committed, and stays so, costs hardly more than the best commitments for another demand.
    fn commitments_stand(&mut self, factor: Amount) -> Result<Option<bool>, SolveError> {
        let Some(variant) = scale_demand(self.instance, factor) else { return Ok(None) };
        let signed = super::Instance::with_slots(
            variant.slots().clone(),
            self.plan.spend,
            variant.types().iter().zip(&self.plan.commit).map(|(t, c)| t.signed(*c)).collect(),
            variant.workloads().to_vec(),
        );
        let Ok(signed) = signed else { return Ok(None) };
        let (Some(best), Some(kept)) = (self.solve(&variant)?, self.solve(&signed)?) else { return Ok(None) };
        Ok(best.objective.zip(kept.objective).map(|(best, kept)| to_f64(kept) <= (1.0 + TOLERANCE) * to_f64(best)))
    }

    /// Whether the plan as it is costs hardly more than the best one when a type has another price.
    fn plan_stands(&mut self, i: usize, factor: Amount) -> Result<Option<bool>, SolveError> {
        let price = scaled(self.instance.types()[i].on_demand_price, factor);
        let Ok(variant) = self.instance.changed(|types, _| types[i].on_demand_price = price) else { return Ok(None) };
        let Ok(kept) = verify(&variant, self.plan) else { return Ok(None) };
        let Some(best) = self.solve(&variant)?.and_then(|outcome| outcome.objective) else { return Ok(None) };
        Ok(Some(to_f64(kept.total) <= (1.0 + TOLERANCE) * to_f64(best)))
    }

    /// By halving: from which factor to which a choice stands. `None` where it could not be tried.
    fn standing(&mut self, choice: Choice) -> Result<Option<Standing>, SolveError> {
        let mut ends = [(1.0, false); 2];
        for (end, widest) in ends.iter_mut().zip(WIDEST) {
            match self.still_stands(choice, factor(widest))? {
                None => return Ok(None),
                Some(true) => *end = (widest, true),
                Some(false) => *end = (self.halve(choice, widest)?, false),
            }
        }
        let (kept, of) = match choice {
            Choice::CommitmentsAtDemand => ("commitments", "demand".to_owned()),
            Choice::PlanAtPriceOf(i) => ("plan", format!("on-demand price of {}", self.instance.types()[i].id)),
        };
        let [(from, open_below), (to, open_above)] = ends;
        Ok(Some(Standing { choice: kept, of, from, to, open_below, open_above, tolerance: TOLERANCE }))
    }

    /// The factor farthest from 1 at which the choice was seen to stand, where it falls at `bad`.
    fn halve(&mut self, choice: Choice, mut bad: f64) -> Result<f64, SolveError> {
        let mut good = 1.0;
        for _ in 0..HALVINGS {
            let middle = (good + bad) / 2.0;
            match self.still_stands(choice, factor(middle))? {
                Some(true) => good = middle,
                Some(false) => bad = middle,
                None => break,
            }
        }
        Ok(good)
    }
}

/// A choice, and what changes while it is kept.
#[derive(Clone, Copy)]
enum Choice {
    CommitmentsAtDemand,
    PlanAtPriceOf(usize),
}

/// A factor in whole millionths.
fn factor(value: f64) -> Amount {
    Amount::from_atto((value * 1e6).round() as i128 * 10_i128.pow(12)).expect("a factor is small")
}
