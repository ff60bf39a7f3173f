//! Budget mode: the most saving for what may be spent once.

use farthing_optimizer::portfolio;
use farthing_optimizer::program::Limits;
use farthing_types::Amount;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::making::StepOption;
use crate::Error;
use crate::model_plans::{Model, ModelInstance, Planned};

/// What is carried out within a budget.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BudgetChoice {
    /// What may be spent once: work, migrations, what commitments cost upfront.
    pub budget: Amount,
    /// What the choice spends.
    pub spent: Amount,
    /// What it saves in a year.
    pub saved: Amount,
    /// By step, the option that is carried out; `leave` for none.
    pub steps: Vec<ChosenOption>,
    /// What other budgets would save.
    pub frontier: Vec<portfolio::FrontierPoint>,
}

/// The option of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChosenOption {
    /// The step.
    pub step: String,
    /// The option.
    pub option: String,
    /// What it saves in a year.
    pub saved: Amount,
    /// What it costs once.
    pub spent: Amount,
}

/// Of every step at most one option, by the portfolio model in budget mode. An option may need that another step is carried out, or left.
pub(super) fn choose(options: &[StepOption], budget: Amount, limits: &Limits) -> Result<BudgetChoice, Error> {
    let mut steps: Vec<&str> = Vec::new();
    for option in options {
        if !steps.contains(&option.step) {
            steps.push(option.step);
        }
    }
    let assets = steps.iter().map(|step| {
        let leave = json!({"id": "leave", "kind": "keep"});
        let mine = options.iter().filter(|option| option.step == *step).map(|option| {
            let mut choice = json!({"id": option.id, "kind": "retrain", "value": option.saved, "one_off": option.spent});
            if let Some((other, wanted)) = &option.requires {
                choice["requires"] = json!([{"asset": other, "options": wanted}]);
            }
            choice
        });
        json!({"id": step, "today": "leave", "options": std::iter::once(leave).chain(mine).collect::<Vec<Value>>()})
    });
    let assets: Vec<Value> = assets.collect();
    let part = |share: i64| budget.mul_div(Amount::from_int(share), Amount::from_int(100));
    let frontier: Vec<Amount> = [0, 25, 50, 150, 200].into_iter().filter_map(part).collect();
    let instance = json!({"assets": assets, "budget": budget, "objective": "value", "frontier": frontier}).to_string();
    let name = "the steps of the plan";
    let Planned::Portfolio(plan) = ModelInstance::read(Model::Portfolio, &instance, name)?.solve(limits, name)?.plan else {
        return Err(Error::Panicked("a portfolio has another model's plan".to_owned()));
    };
    let steps: Vec<ChosenOption> = plan
        .assets
        .iter()
        .map(|asset| ChosenOption {
            step: asset.asset.clone(),
            option: asset.option.clone(),
            saved: asset.value,
            spent: asset.spend,
        })
        .collect();
    Ok(BudgetChoice {
        budget,
        spent: steps.iter().map(|step| step.spent).sum(),
        saved: steps.iter().map(|step| step.saved).sum(),
        steps,
        frontier: plan.frontier,
    })
}
