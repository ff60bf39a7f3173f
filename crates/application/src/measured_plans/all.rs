//! The plan of plans: each step plans for what the steps before it leave, so that no saving is counted twice.

use std::ops::ControlFlow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use farthing_approval::Inputs;
use farthing_optimizer::measured::{commitments, contracts, portfolio, routing, storage};
use farthing_optimizer::program::Limits;
use farthing_optimizer::{FleetPlan, FleetProfile, plan_fleet, to_f64};
use farthing_store::{PlanKind, PlanStatus};
use farthing_types::{Amount, BillingPeriod, Currency, Money};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::bounds;
use super::budget::{BudgetChoice, choose};
use super::decided::Left;
use super::making::{Making, shown, status_of_fleet, status_word, upfront};
use super::steps::{cards_after, left_of, needs_after, with_fleet};
use super::{Costs, Facts, MEASURED_GAP, Measured, hash_of, unmade};
use crate::home::blocking;
use crate::model_plans::{Model, Planned};
use crate::{Error, Farthing, SolveLimits};

/// Months that everything is told for.
pub(super) const YEAR: u32 = 12;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct PlanAllQuery {
    /// The month whose facts the plans rest on; the newest without it.
    pub period: Option<BillingPeriod>,
    /// What may be spent once: then the steps that save the most for it are chosen.
    pub budget: Option<Amount>,
    /// Most time for each solve.
    pub time_limit: Duration,
}

/// All plans, one after the other.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllPlans {
    /// Its id; none where it was not kept, because it was asked as of an earlier moment.
    pub id: Option<String>,
    /// The moment from which it should no longer be applied.
    pub expires_at: DateTime<Utc>,
    /// The month whose facts it rests on.
    #[schema(value_type = String)]
    pub period: BillingPeriod,
    /// Months that every amount is for.
    pub months: u32,
    /// Currency of every amount.
    pub currency: Currency,
    /// The steps, in the order in which they follow from each other.
    pub steps: Vec<PlanStep>,
    /// What all steps save in these months: the sum of theirs.
    pub saved: Money,
    /// The sum of the lower bounds, of the saving itself where a step has none.
    pub saved_low: Money,
    /// The sum of the upper bounds.
    pub saved_high: Money,
    /// What no plan could exceed: the sum over the steps that have a bound. None where nothing is bounded.
    pub possible: Option<Money>,
    /// By how much of it the plan's own saving of these steps falls short.
    pub gap: Option<f64>,
    /// What carrying out all steps costs once, upfront payments of commitments included.
    pub spent_once: Money,
    /// Months until the savings have paid for it; none where nothing is saved.
    pub payback_months: Option<Amount>,
    /// What is carried out within a budget, where one was given.
    pub budget: Option<BudgetChoice>,
    /// What it rests on, in words.
    pub assumptions: Vec<String>,
    /// SHA-256 of everything that was solved.
    pub input_hash: String,
}

/// One step.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanStep {
    /// `fleet`, `commitments`, `storage`, `routing`, `contracts` or `portfolio`.
    pub step: &'static str,
    /// What it does, in a few words.
    pub does: String,
    /// What is proven; none where the step was left out.
    pub status: Option<String>,
    /// What it changes costs after the steps before, if it is left. For a portfolio: cost less value.
    pub cost_now: Option<Money>,
    /// What that costs as planned.
    pub cost_planned: Option<Money>,
    /// The difference.
    pub saved: Option<Money>,
    /// Its lower bound.
    pub saved_low: Option<Money>,
    /// Its upper bound.
    pub saved_high: Option<Money>,
    /// What no choice in this step could exceed, with what couples it to others relaxed in its favour; at the commitments, of fleet and
    /// commitments together.
    pub possible: Option<Money>,
    /// What it costs once.
    pub spent_once: Money,
    /// Why it was left out, with the next step.
    pub left_out: Option<String>,
    /// The plan of its model; the instance is the one that the steps before leave.
    pub plan: Option<Value>,
}

impl Farthing {
    /// Plans everything from the facts of a month, in an order in which each step knows what the steps before leave: the fleet is
    /// right-sized, then commitments are bought for what remains, then storage, routing, contracts and portfolio. Savings add up.
    /// A step whose facts or documents are missing is left out, and says what would make it possible.
    ///
    /// # Errors
    /// When a document makes no sense, or a solver fails.
    pub async fn plan_all(&self, query: &PlanAllQuery) -> Result<AllPlans, Error> {
        let period = self.planning_period(query.period).await?;
        let inputs = self.plan_inputs(PlanKind::All, Some(period)).await?;
        let planning = self.planning().await?;
        let limits = Limits { time_limit: query.time_limit, gap: MEASURED_GAP, ..Limits::default() };
        let rented = self.rented(period).await;
        let currency = rented.as_ref().map_or(Currency::USD, |(currency, _)| *currency);
        let (steps, options) = (Vec::new(), Vec::new());
        let mut making = Making { planning, limits, currency, steps, options, assumptions: Vec::new(), hashed: Vec::new() };
        let fleet = self.fleet_step(&mut making, query.time_limit).await;
        let fleet = match fleet {
            Ok(fleet) => Some(fleet),
            Err(error) => {
                making.left_out("fleet", error)?;
                None
            }
        };
        match rented {
            Ok((_, facts)) => self.commitment_steps(&mut making, &facts, fleet.as_ref(), period).await?,
            Err(error) => making.left_out("commitments", error)?,
        }
        let stored = self.storage_step(&mut making, period).await?;
        let of_fleet = fleet.as_ref().map(|(plan, profile)| (plan, profile));
        let left = left_of(of_fleet, stored.as_ref().map(|stored| (stored.now, stored.planned)));
        let routed = self.routing_step(&mut making, period, &left).await?;
        if routed.is_some() {
            let storage = stored.and_then(|stored| stored.least?.checked_div(stored.now));
            let possible = self.most_of_routing(&making, period, &left, of_fleet, storage).await?;
            making.at_most(possible);
        }
        self.contract_step(&mut making, period, routed.as_ref()).await?;
        self.portfolio_step(&mut making, period, routed.as_ref()).await?;
        let budget = match query.budget {
            Some(budget) => {
                let (options, limits) = (std::mem::take(&mut making.options), making.limits);
                Some(blocking(move || choose(&options, budget, &limits)).await?)
            }
            None => None,
        };
        self.keep_all(making, period, query, budget, inputs).await
    }

    /// The fleet at on-demand prices: what to commit to is the next step's.
    async fn fleet_step(&self, making: &mut Making, time_limit: Duration) -> Result<(FleetPlan, FleetProfile), Error> {
        let mut profile = self.fleet_profile().await?;
        for kind in &mut profile.instance_types {
            (kind.commit_price, kind.plan_rate) = (None, None);
        }
        profile.today = Default::default();
        let demand = self.fleet_demand(&profile).await?;
        let limits = SolveLimits { time_limit, gap: 0.005, ..SolveLimits::default() };
        let of = profile.clone();
        let plan = blocking(move || Ok(plan_fleet(&of, &demand, &limits, false, &mut |_| ControlFlow::Continue(()))?)).await?;
        if !plan.recommended {
            return Err(Error::Nothing(
                "no fleet plan keeps every promise in its replay; `farthing plan fleet` says which hours miss".to_owned(),
            ));
        }
        making.hashed.push(plan.input_hash.clone());
        Ok((plan, profile))
    }

    /// The fleet priced by the bill with what is committed already, and then what to commit to for the rest.
    async fn commitment_steps(
        &self,
        making: &mut Making,
        facts: &commitments::Facts,
        fleet: Option<&(FleetPlan, FleetProfile)>,
        period: BillingPeriod,
    ) -> Result<(), Error> {
        let after = fleet.and_then(|(plan, profile)| with_fleet(facts, plan, profile, &making.planning, period));
        if let (Some((plan, _)), None) = (fleet, &after) {
            making.add_fleet_alone(plan)?;
        }
        let before = match commitments::derive(facts, &making.planning).map_err(unmade) {
            Ok(derived) => derived,
            Err(error) => {
                if let (Some((plan, _)), true) = (fleet, after.is_some()) {
                    making.add_fleet_alone(plan)?;
                }
                return making.left_out("commitments", error);
            }
        };
        let currency = making.currency;
        let of = |derived| Measured { model: Model::Commitments, currency, derived, facts: Facts::None };
        let (alone, plan_alone, costs_alone) = making.solve(of(before)).await?;
        let months = alone.derived.months;
        let Some((after, (fleet_plan, profile))) = after.zip(fleet) else {
            making.add_commitments(&alone, &plan_alone, &costs_alone)?;
            let possible = bounds::of_rented(making, &alone, &costs_alone, None, facts);
            making.at_most(possible);
            let (saved, spent) = making.last_saved();
            making.option("commitments", "as planned", saved, spent, None);
            return Ok(());
        };
        let derived = commitments::derive(&after, &making.planning).map_err(unmade)?;
        let (sized, plan, costs) = making.solve(of(derived)).await?;
        let fleet_costs = Costs { now: costs_alone.now, planned: costs.now, saved: None };
        let does = format!("{} workloads on the planned types and hours", fleet_plan.workloads.len());
        making.add("fleet", does, &status_of_fleet(fleet_plan), (&fleet_costs, months), Amount::ZERO, json!(fleet_plan))?;
        let (saved, spent) = making.last_saved();
        making.option("fleet", "as planned", saved, spent, None);
        making.add_commitments(&sized, &plan, &costs)?;
        let possible = bounds::of_rented(making, &alone, &costs_alone, Some((fleet_plan, profile)), facts);
        making.at_most(possible);
        let (saved, spent) = making.last_saved();
        let with_fleet = Some(("fleet", vec!["as planned".to_owned()]));
        making.option("commitments", "for the fleet as planned", saved, spent, with_fleet);
        // Without the fleet's step other commitments are right, if any.
        if let Some((saved, spent)) =
            costs_alone.now.zip(costs_alone.planned).map(|(now, planned)| (now - planned, upfront(&plan_alone)))
        {
            let saved =
                saved.mul_div(Amount::from_int(i64::from(YEAR)), Amount::from_int(i64::from(months.max(1)))).unwrap_or(saved);
            making.option("commitments", "for the fleet as it is", saved, spent, Some(("fleet", vec!["leave".to_owned()])));
        }
        making.assumptions.push("The fleet is priced as the bill would price it, with what is committed already; what to commit to is planned for what remains.".to_owned());
        Ok(())
    }

    async fn storage_step(&self, making: &mut Making, period: BillingPeriod) -> Result<Option<StorageLeft>, Error> {
        let made = async {
            let (currency, stored) = self.stored(period).await?;
            let derived = storage::derive(&stored, &making.planning).map_err(unmade)?;
            making.solve(Measured { model: Model::Storage, currency, derived, facts: Facts::None }).await
        };
        match made.await {
            Ok((measured, plan, costs)) => {
                let Planned::Storage(outcome) = &plan.plan else { return Ok(None) };
                let classes =
                    measured.derived.instance["datasets"].as_array().into_iter().flatten().map(|dataset| &dataset["class"]);
                let moves =
                    |stays: &[farthing_optimizer::storage::Stay], class: &Value| stays.iter().any(|stay| *class != stay.class);
                let moved = outcome.datasets.iter().zip(classes).filter(|(dataset, class)| moves(&dataset.stays, class)).count();
                let does = format!("{moved} of {} datasets move to colder classes", outcome.datasets.len());
                let plan_shown = shown(&plan, &measured);
                making.add("storage", does, &status_word(&plan), (&costs, measured.derived.months), Amount::ZERO, plan_shown)?;
                making.at_most(bounds::of_step(&costs, &plan, measured.derived.months));
                let (saved, spent) = making.last_saved();
                making.option("storage", "as planned", saved, spent, None);
                let least = plan.plan.proof().bound.and_then(bounds::rounded_down);
                Ok(costs.now.zip(costs.planned).map(|(now, planned)| StorageLeft { now, planned, least }))
            }
            Err(error) => making.left_out("storage", error).map(|()| None),
        }
    }

    async fn routing_step(&self, making: &mut Making, period: BillingPeriod, left: &Left) -> Result<Option<Routed>, Error> {
        let made = async {
            let (_, before) = self.arms(period, &Left::default()).await?;
            let (currency, arms) = self.arms(period, left).await?;
            let derived = routing::derive(&arms, 1, &making.planning).map_err(unmade)?;
            let measured = Measured { model: Model::Routing, currency, derived, facts: Facts::Routing(arms.clone()) };
            Ok((before, arms, making.solve(measured).await?))
        };
        match made.await {
            Ok((before, arms, (measured, plan, costs))) => {
                let Planned::Routing(outcome) = &plan.plan else { return Ok(None) };
                let moved: Amount = arms
                    .iter()
                    .map(|arm| {
                        let after: Amount = outcome.routes.iter().filter(|r| r.handler == arm.id()).map(|r| r.decisions).sum();
                        (after - Amount::from_int(i64::try_from(arm.decisions).unwrap_or(i64::MAX))).max(Amount::ZERO)
                    })
                    .sum();
                let does = format!("{} decisions a month go elsewhere", moved.to_fixed(0));
                let plan_shown = shown(&plan, &measured);
                making.add("routing", does, &status_word(&plan), (&costs, measured.derived.months), Amount::ZERO, plan_shown)?;
                let (saved, spent) = making.last_saved();
                making.option("routing", "as planned", saved, spent, None);
                let Planned::Routing(plan) = plan.plan else { return Ok(None) };
                Ok(Some(Routed { before, arms, plan }))
            }
            Err(error) => making.left_out("routing", error).map(|()| None),
        }
    }

    async fn contract_step(&self, making: &mut Making, period: BillingPeriod, routed: Option<&Routed>) -> Result<(), Error> {
        let made = async {
            let (currency, facts) = self.needs(period).await?;
            let facts = routed.map_or_else(|| facts.clone(), |routed| needs_after(&facts, &routed.arms, &routed.plan));
            let derived = contracts::derive(&facts, &making.planning).map_err(unmade)?;
            making.solve(Measured { model: Model::Contracts, currency, derived, facts: Facts::Contracts(facts) }).await
        };
        match made.await {
            Ok((measured, plan, costs)) => {
                let Planned::Contracts(outcome) = &plan.plan else { return Ok(()) };
                let signed: Vec<&str> = outcome
                    .contracts
                    .iter()
                    .filter(|contract| contract.signed && !contract.contract.starts_with("list price of "))
                    .map(|contract| contract.contract.as_str())
                    .collect();
                let does =
                    if signed.is_empty() { "nothing to sign".to_owned() } else { format!("signed: {}", signed.join(", ")) };
                let plan_shown = shown(&plan, &measured);
                making.add(
                    "contracts",
                    does,
                    &status_word(&plan),
                    (&costs, measured.derived.months),
                    Amount::ZERO,
                    plan_shown,
                )?;
                making.at_most(bounds::of_step(&costs, &plan, measured.derived.months));
                let (saved, spent) = making.last_saved();
                making.option("contracts", "as planned", saved, spent, None);
                Ok(())
            }
            Err(error) => making.left_out("contracts", error),
        }
    }

    async fn portfolio_step(&self, making: &mut Making, period: BillingPeriod, routed: Option<&Routed>) -> Result<(), Error> {
        let made = async {
            let (currency, cards, widths) = self.cards(period).await?;
            let cards = routed.map_or_else(|| cards.clone(), |r| cards_after(&cards, &r.before, &r.arms, &r.plan));
            let derived = portfolio::derive(&cards, &making.planning).map_err(unmade)?;
            making.solve(Measured { model: Model::Portfolio, currency, derived, facts: Facts::Portfolio(widths) }).await
        };
        match made.await {
            Ok((measured, plan, costs)) => {
                let Planned::Portfolio(outcome) = &plan.plan else { return Ok(()) };
                let changed: Vec<String> = outcome
                    .assets
                    .iter()
                    .filter(|asset| asset.option != asset.today)
                    .map(|asset| format!("{}: {}", asset.asset, asset.option))
                    .collect();
                let once = outcome.scorecard.as_ref().map_or(Amount::ZERO, |card| card.one_off);
                // What is spent once stands beside the savings, not within them.
                let costs = Costs { planned: costs.planned.map(|planned| planned - once), ..costs };
                let does = if changed.is_empty() { "every model is kept".to_owned() } else { changed.join(", ") };
                let plan_shown = shown(&plan, &measured);
                making.add("portfolio", does, &status_word(&plan), (&costs, measured.derived.months), once, plan_shown)?;
                let (saved, spent) = making.last_saved();
                making.option("portfolio", "as planned", saved, spent, None);
                Ok(())
            }
            Err(error) => making.left_out("portfolio", error),
        }
    }

    async fn keep_all(
        &self,
        making: Making,
        period: BillingPeriod,
        query: &PlanAllQuery,
        budget: Option<BudgetChoice>,
        inputs: Inputs,
    ) -> Result<AllPlans, Error> {
        let Making { steps, currency, mut assumptions, hashed, .. } = making;
        let total = |of: &dyn Fn(&PlanStep) -> Option<Money>| -> Money {
            Money::new(steps.iter().filter_map(of).map(|money| money.amount).sum(), currency)
        };
        let saved = total(&|step| step.saved);
        let spent_once = total(&|step| Some(step.spent_once));
        let monthly = saved.amount.checked_div(Amount::from_int(i64::from(YEAR))).filter(|saved| *saved > Amount::ZERO);
        let possible = steps
            .iter()
            .filter_map(|step| step.possible)
            .map(|money| money.amount)
            .fold(None, |sum: Option<Amount>, amount| Some(sum.unwrap_or_default() + amount));
        // Fleet and commitments have one bound between them.
        let together = steps.iter().any(|step| step.step == "commitments" && step.possible.is_some());
        let has_bound = |step: &&PlanStep| step.possible.is_some() || step.step == "fleet" && together;
        let reached: Amount = steps.iter().filter(has_bound).filter_map(|step| step.saved).map(|money| money.amount).sum();
        let gap = possible
            .filter(|possible| *possible > Amount::ZERO)
            .map(|possible| ((to_f64(possible) - to_f64(reached)) / to_f64(possible)).max(0.0));
        if possible.is_some() {
            assumptions.push("What is possible is a bound and no plan: fleet and commitments together at the least price of any offer, used in full; storage alone; routing whatever fleet and storage leave of the costs of decisions; contracts for the decisions as routed. A portfolio has none.".to_owned());
        }
        assumptions.push("Each step's cost now is what the steps before it leave, so that savings add up; amounts are for twelve months like the one measured.".to_owned());
        let mut parts: Vec<&[u8]> = hashed.iter().map(|text| text.as_bytes()).collect();
        let asked = query.budget.map(|budget| budget.to_string()).unwrap_or_default();
        parts.push(asked.as_bytes());
        let mut plan = AllPlans {
            id: None,
            expires_at: DateTime::<Utc>::UNIX_EPOCH,
            period,
            months: YEAR,
            currency,
            saved,
            saved_low: total(&|step| step.saved_low.or(step.saved)),
            saved_high: total(&|step| step.saved_high.or(step.saved)),
            possible: possible.map(|amount| Money::new(amount, currency)),
            gap,
            spent_once,
            payback_months: monthly.and_then(|monthly| spent_once.amount.checked_div(monthly)).map(|months| months.round(2)),
            steps,
            budget,
            assumptions,
            input_hash: hash_of(&parts),
        };
        let content = serde_json::to_string(&plan).map_err(|error| Error::Panicked(error.to_string()))?;
        (plan.id, plan.expires_at) =
            self.keep_plan(PlanKind::All, &plan.input_hash, content, PlanStatus::GapLimit, inputs).await?;
        Ok(plan)
    }
}

/// What storage costs in the months of its plan.
struct StorageLeft {
    now: Amount,
    planned: Amount,
    /// The bound of its plan.
    least: Option<Amount>,
}

/// Where decisions go, with what they cost before and by then.
struct Routed {
    before: Vec<routing::Arm>,
    arms: Vec<routing::Arm>,
    plan: farthing_optimizer::routing::Outcome,
}
