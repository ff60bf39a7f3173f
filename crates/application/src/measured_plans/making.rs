//! The steps of the plan of plans while they are made.

use farthing_optimizer::FleetPlan;
use farthing_optimizer::measured::Planning;
use farthing_optimizer::program::{Limits, Status};
use farthing_types::{Amount, Currency, Money};
use serde_json::{Value, json};

use super::all::{PlanStep, YEAR};
use super::bounds;
use super::{Costs, Measured};
use crate::Error;
use crate::home::blocking;
use crate::model_plans::{ModelPlan, Planned};

/// Something that a step may do, for budget mode.
pub(super) struct StepOption {
    pub step: &'static str,
    pub id: String,
    pub saved: Amount,
    pub spent: Amount,
    /// Another step that must be in one of these options.
    pub requires: Option<(&'static str, Vec<String>)>,
}

/// The steps while they are made.
pub(super) struct Making {
    pub planning: Planning,
    pub limits: Limits,
    pub currency: Currency,
    pub steps: Vec<PlanStep>,
    pub options: Vec<StepOption>,
    pub assumptions: Vec<String>,
    pub hashed: Vec<String>,
}

impl Making {
    fn one_off(&self, step: &str) -> Amount {
        self.planning.one_off.get(step).copied().unwrap_or_default()
    }

    fn money(&self, amount: Amount) -> Money {
        Money::new(amount, self.currency)
    }

    /// A step that cannot be made is told, with what would make it possible; what breaks otherwise ends the plan.
    pub fn left_out(&mut self, step: &'static str, error: Error) -> Result<(), Error> {
        match error {
            Error::Nothing(why) => {
                let spent_once = self.money(Amount::ZERO);
                self.steps.push(PlanStep {
                    step,
                    does: "left out".to_owned(),
                    status: None,
                    cost_now: None,
                    cost_planned: None,
                    saved: None,
                    saved_low: None,
                    saved_high: None,
                    possible: None,
                    spent_once,
                    left_out: Some(why),
                    plan: None,
                });
                Ok(())
            }
            other => Err(other),
        }
    }

    /// A step with its costs, brought to a year.
    pub fn add(
        &mut self,
        step: &'static str,
        does: String,
        status: &str,
        (costs, months): (&Costs, u32),
        upfront: Amount,
        plan: Value,
    ) -> Result<(), Error> {
        let (year, months) = (Amount::from_int(i64::from(YEAR)), Amount::from_int(i64::from(months.max(1))));
        let scaled = |amount: Amount| {
            let scaled = amount.mul_div(year, months);
            scaled.ok_or_else(|| Error::Invalid(format!("{step}: a year's cost is too large for exact arithmetic")))
        };
        let now = costs.now.map(scaled).transpose()?;
        let planned = costs.planned.map(scaled).transpose()?;
        let saved = now.zip(planned).map(|(now, planned)| now - planned);
        let bounds = costs.saved.map(|(low, high, _)| Ok::<_, Error>((scaled(low)?, scaled(high)?))).transpose()?;
        let spent = if saved.is_some_and(|saved| saved.is_zero()) { Amount::ZERO } else { self.one_off(step) + upfront };
        let money = |amount: Option<Amount>| amount.map(|amount| self.money(amount));
        let row = PlanStep {
            step,
            does,
            status: Some(status.to_owned()),
            cost_now: money(now),
            cost_planned: money(planned),
            saved: money(saved),
            saved_low: money(bounds.map(|(low, _)| low)),
            saved_high: money(bounds.map(|(_, high)| high)),
            possible: None,
            spent_once: self.money(spent),
            left_out: None,
            plan: Some(plan),
        };
        self.steps.push(row);
        Ok(())
    }

    pub fn option(
        &mut self,
        step: &'static str,
        id: &str,
        saved: Amount,
        spent: Amount,
        requires: Option<(&'static str, Vec<String>)>,
    ) {
        if saved > Amount::ZERO {
            self.options.push(StepOption { step, id: id.to_owned(), saved, spent, requires });
        }
    }

    /// What the last step, or it and those before it that it is bound to, could save at most.
    pub fn at_most(&mut self, possible: Option<Amount>) {
        let currency = self.currency;
        if let Some(step) = self.steps.last_mut() {
            step.possible = possible.map(|amount| Money::new(amount, currency));
        }
    }

    pub fn last_saved(&self) -> (Amount, Amount) {
        let last = self.steps.last();
        let saved = last.and_then(|step| step.saved).map_or(Amount::ZERO, |money| money.amount);
        (saved, last.map_or(Amount::ZERO, |step| step.spent_once.amount))
    }

    /// Solves a model off the threads that serve requests.
    pub async fn solve(&mut self, measured: Measured) -> Result<(Measured, ModelPlan, Costs), Error> {
        if measured.currency != self.currency {
            let (is, wanted) = (measured.currency, self.currency);
            return Err(Error::Nothing(format!(
                "its costs are in {is}, the other steps' in {wanted}: amounts of two currencies do not add up"
            )));
        }
        self.hashed.push(measured.derived.text());
        let limits = self.limits;
        blocking(move || {
            let (plan, costs) = measured.solve(&limits)?;
            Ok((measured, plan, costs))
        })
        .await
    }
}

pub(super) fn status_word(plan: &ModelPlan) -> String {
    match plan.plan.proof().status {
        Status::Optimal => "optimal",
        Status::GapLimit => "gap_limit",
        Status::TimeLimit => "time_limit",
        Status::WorkLimit => "work_limit",
        Status::Feasible => "feasible",
        Status::Infeasible => "infeasible",
        Status::Unbounded => "unbounded",
    }
    .to_owned()
}

pub(super) fn shown(plan: &ModelPlan, measured: &Measured) -> Value {
    let mut value = serde_json::to_value(plan).unwrap_or_default();
    value["instance"] = measured.derived.instance.clone();
    value
}

pub(super) fn status_of_fleet(plan: &FleetPlan) -> String {
    serde_json::to_value(plan.status).ok().and_then(|status| status.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(super) fn upfront(plan: &ModelPlan) -> Amount {
    match &plan.plan {
        Planned::Commitments(plan) => plan.priced.as_ref().map_or(Amount::ZERO, |priced| priced.upfront),
        _ => Amount::ZERO,
    }
}

impl Making {
    pub fn add_commitments(&mut self, measured: &Measured, plan: &ModelPlan, costs: &Costs) -> Result<(), Error> {
        let Planned::Commitments(outcome) = &plan.plan else { return Ok(()) };
        let does = match outcome.purchases.len() {
            0 => "nothing to buy".to_owned(),
            many => format!("{many} purchases of reservations and plans"),
        };
        let (plan_shown, months) = (shown(plan, measured), measured.derived.months);
        self.add("commitments", does, &status_word(plan), (costs, months), upfront(plan), plan_shown)
    }

    /// Where the document does not say which SKUs are the fleet's, the fleet is told at its own prices, on demand.
    pub fn add_fleet_alone(&mut self, plan: &FleetPlan) -> Result<(), Error> {
        let amount = |money: Option<Money>| money.map(|money| money.amount);
        // A week, brought to months of 730.5 hours.
        let week =
            |amount: Amount| amount.mul_div(Amount::from_int(7305), Amount::from_int(10 * i64::try_from(plan.hours).ok()?));
        let costs =
            Costs { now: amount(plan.cost_now).and_then(week), planned: amount(plan.cost_planned).and_then(week), saved: None };
        let does = format!("{} workloads on the planned types and hours, at on-demand prices", plan.workloads.len());
        self.assumptions.push(
            "The planning document does not say which SKUs of the bill are the fleet's ([commitments.fleet_skus]): the fleet is priced on demand, and commitments are planned for the fleet as it is.".to_owned(),
        );
        self.add("fleet", does, &status_of_fleet(plan), (&costs, 1), Amount::ZERO, json!(plan))?;
        let bound = plan.bound.and_then(bounds::rounded_down).and_then(week);
        self.at_most(costs.now.zip(bound).and_then(|(now, bound)| (now - bound).checked_mul(Amount::from_int(i64::from(YEAR)))));
        let (saved, spent) = self.last_saved();
        self.option("fleet", "as planned", saved, spent, None);
        Ok(())
    }
}
