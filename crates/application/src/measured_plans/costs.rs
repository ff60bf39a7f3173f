//! What a plan costs beside today, by model.

use chrono::{DateTime, Utc};
use farthing_optimizer::measured::contracts::as_today;
use farthing_optimizer::measured::routing::Arm;
use farthing_optimizer::program::Limits;
use farthing_optimizer::{commitments, contracts, routing, to_f64};
use farthing_types::{Amount, BillingPeriod, Money};

use super::{Facts, Measured, MeasuredPlan, hash_of};
use crate::Error;
use crate::model_plans::{Model, ModelInstance, ModelPlan, Planned};

/// Costs of the months that a plan is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Costs {
    pub now: Option<Amount>,
    pub planned: Option<Amount>,
    /// Bounds of what is saved, and what they are of.
    pub saved: Option<(Amount, Amount, &'static str)>,
}

const OVER_SCENARIOS: &str = "the least and the most over the demand scenarios";
const OF_MEASUREMENT: &str = "95 %, from the intervals of the measured costs of decisions";

impl Costs {
    /// Costs of a plan of this instance.
    pub fn of(instance: &ModelInstance, plan: &Planned, measured: &Measured, limits: &Limits) -> Result<Self, Error> {
        let too_large = || Error::Invalid("the cost of today is too large".to_owned());
        Ok(match (instance, plan, &measured.facts) {
            (ModelInstance::Commitments(instance), Planned::Commitments(plan), _) => {
                let now = commitments::verify(instance, &[]).ok();
                of_scenarios(
                    now.as_ref().map(|n| (n.expected, &n.scenarios)),
                    plan.priced.as_ref().map(|p| (p.expected, &p.scenarios)),
                )
            }
            (ModelInstance::Contracts(_), Planned::Contracts(plan), Facts::Contracts(facts)) => {
                let today = as_today(&measured.derived.instance, facts).to_string();
                let today = ModelInstance::read(Model::Contracts, &today, "today's contracts")?;
                let Planned::Contracts(now) = today.solve(limits, "today's contracts")?.plan else { return Err(too_large()) };
                let told = |plan: &contracts::Outcome| plan.proof.objective;
                of_scenarios(told(&now).map(|total| (total, &now.scenarios)), told(plan).map(|total| (total, &plan.scenarios)))
            }
            (_, Planned::Storage(plan), _) => {
                let now = plan.datasets.iter().map(|dataset| dataset.today).sum::<Option<Amount>>();
                Self { now: now.filter(|_| plan.proof.objective.is_some()), planned: plan.proof.objective, saved: None }
            }
            (ModelInstance::Routing(instance), Planned::Routing(plan), Facts::Routing(arms)) => {
                of_routing(instance, plan, arms).ok_or_else(too_large)?
            }
            (_, Planned::Portfolio(plan), Facts::Portfolio(widths)) => {
                let net = |card: &Option<farthing_optimizer::portfolio::Scorecard>| card.as_ref().map(|card| -card.net);
                let (now, planned) = (net(&plan.today), net(&plan.scorecard));
                let changed = plan.assets.iter().filter(|asset| asset.option != asset.today);
                let months = f64::from(measured.derived.months);
                let half = changed
                    .filter_map(|asset| widths.get(&asset.asset))
                    .map(|h| (months * to_f64(*h)).powi(2))
                    .sum::<f64>()
                    .sqrt();
                Self { now, planned, saved: around(now, planned, half) }
            }
            _ => Self::default(),
        })
    }

    /// Puts everything together.
    pub fn told(self, period: BillingPeriod, measured: &Measured, plan: ModelPlan, limits: &Limits) -> MeasuredPlan {
        let text = measured.derived.text();
        let money = |amount: Amount| Money::new(amount, measured.currency);
        let saved = self.now.zip(self.planned).and_then(|(now, planned)| now.checked_sub(planned));
        MeasuredPlan {
            id: None,
            expires_at: DateTime::<Utc>::UNIX_EPOCH,
            period,
            months: measured.derived.months,
            currency: measured.currency,
            cost_now: self.now.map(money),
            cost_planned: self.planned.map(money),
            saved: saved.map(money),
            saved_low: self.saved.map(|(low, ..)| money(low)),
            saved_high: self.saved.map(|(_, high, _)| money(high)),
            interval: self.saved.map(|(_, _, of)| of.to_owned()).unwrap_or_default(),
            assumptions: measured.derived.assumptions.clone(),
            input_hash: hash_of(&[plan.model.as_bytes(), text.as_bytes(), limits.gap.to_string().as_bytes()]),
            instance: measured.derived.instance.clone(),
            plan,
        }
    }
}

/// What is saved in every scenario.
fn of_scenarios(now: Option<(Amount, &Vec<Amount>)>, planned: Option<(Amount, &Vec<Amount>)>) -> Costs {
    let (Some((now, before)), Some((planned, after))) = (now, planned) else {
        return Costs { now: now.map(|(now, _)| now), planned: planned.map(|(planned, _)| planned), saved: None };
    };
    let saved: Vec<Amount> = before.iter().zip(after).map(|(before, after)| *before - *after).collect();
    let bounds = saved.iter().min().zip(saved.iter().max()).filter(|_| saved.len() > 1);
    Costs { now: Some(now), planned: Some(planned), saved: bounds.map(|(low, high)| (*low, *high, OVER_SCENARIOS)) }
}

/// Decisions that move are saved or spent at measured means, whose errors are independent of each other.
fn of_routing(instance: &routing::Instance, plan: &routing::Outcome, arms: &[Arm]) -> Option<Costs> {
    let (mut now, mut variance) = (Amount::ZERO, 0.0);
    for handler in &instance.handlers {
        let Some(arm) = arms.iter().find(|arm| arm.id() == handler.id) else { continue };
        let cost = handler.handles.iter().flatten().next()?.cost;
        let before = Amount::from_int(i64::try_from(arm.decisions).ok()?);
        now = now.checked_add(cost.checked_mul(before)?)?;
        let after: Amount = plan.routes.iter().filter(|route| route.handler == handler.id).map(|route| route.decisions).sum();
        if let Some(half) = arm.half_width {
            variance += (to_f64(half) * (to_f64(after) - to_f64(before))).powi(2);
        }
    }
    let planned = plan.proof.objective;
    Some(Costs { now: Some(now), planned, saved: around(Some(now), planned, variance.sqrt()) })
}

fn around(now: Option<Amount>, planned: Option<Amount>, half: f64) -> Option<(Amount, Amount, &'static str)> {
    let half: Amount = format!("{half:.9}").parse().ok().filter(|half: &Amount| !half.is_zero())?;
    let saved = now?.checked_sub(planned?)?;
    Some((saved.checked_sub(half)?, saved.checked_add(half)?, OF_MEASUREMENT))
}
