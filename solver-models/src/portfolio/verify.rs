//! Checks a choice against the instance and adds it up exactly. It knows nothing of the formulation.

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::data::{Choice, Instance, Kind};

/// What a portfolio comes to: the executive scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlannedScorecard)]
pub struct Scorecard {
    /// Value over the horizon.
    pub value: Amount,
    /// Running cost.
    pub run_cost: Amount,
    /// One-off cost.
    pub one_off: Amount,
    /// Value − cost.
    pub net: Amount,
    /// Value for each unit of money that is spent; `null` where nothing is.
    pub value_per_spend: Option<Amount>,
    /// By kind of option.
    pub kinds: Vec<KindScore>,
    /// By team.
    pub teams: Vec<Used>,
    /// By workflow.
    pub workflows: Vec<Used>,
    /// What is left of the budget, where there is one.
    pub budget_left: Option<Amount>,
}

/// One kind of option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindScore {
    /// The kind.
    pub kind: Kind,
    /// Assets.
    pub assets: u32,
    /// Their value.
    pub value: Amount,
    /// What is spent on them.
    pub spend: Amount,
}

/// A limit and what is used, or covered, of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PortfolioUse)]
pub struct Used {
    /// Team or workflow.
    pub id: String,
    /// Days used; share covered.
    pub amount: Amount,
    /// Days there are; least share.
    pub limit: Amount,
}

/// Checks every constraint but the budget's and adds up; `choices` has the index of one option for every asset.
///
/// # Errors
/// Every constraint that is broken, in words.
pub fn verify(instance: &Instance, budget: Option<Amount>, choices: &[usize]) -> Result<Scorecard, Vec<String>> {
    if choices.len() != instance.assets.len() {
        return Err(vec![format!("{} choices for {} assets", choices.len(), instance.assets.len())]);
    }
    let score = add_up(instance, budget, choices).ok_or_else(|| vec!["a choice is not among its asset's options".to_owned()])?;
    let mut broken = Vec::new();
    for (asset, &choice) in instance.assets.iter().zip(choices) {
        for requirement in &asset.options[choice].requires {
            if !requirement.options.contains(&choices[requirement.asset]) {
                let other = &instance.assets[requirement.asset].id;
                broken.push(format!("{}: {} needs {other} in another option", asset.id, asset.options[choice].id));
            }
        }
    }
    let over = score.teams.iter().filter(|t| t.amount > t.limit);
    broken.extend(over.map(|t| format!("{}: {} days are above {}", t.id, t.amount, t.limit)));
    let under = score.workflows.iter().filter(|w| w.amount < w.limit);
    broken.extend(under.map(|w| format!("{}: coverage {} is below {}", w.id, w.amount, w.limit)));
    if let Some(left) = score.budget_left.filter(|left| left.is_negative()) {
        broken.push(format!("the budget is exceeded by {}", left.abs()));
    }
    if broken.is_empty() { Ok(score) } else { Err(broken) }
}

/// The scorecard of any choice, whether or not it keeps the limits; `None` for an option that is not there.
pub(super) fn add_up(instance: &Instance, budget: Option<Amount>, choices: &[usize]) -> Option<Scorecard> {
    let taken: Vec<&Choice> =
        instance.assets.iter().zip(choices).map(|(asset, choice)| asset.options.get(*choice)).collect::<Option<_>>()?;
    let total = |of: &dyn Fn(&Choice) -> Amount| taken.iter().map(|c| of(c)).sum::<Amount>();
    let (value, run_cost, one_off) = (total(&|c| c.value), total(&|c| c.run_cost), total(&|c| c.one_off));
    let spend = run_cost + one_off;
    let mut kinds: Vec<KindScore> = Vec::new();
    for choice in &taken {
        let at = kinds.iter().position(|k| k.kind == choice.kind).unwrap_or_else(|| {
            kinds.push(KindScore { kind: choice.kind, assets: 0, value: Amount::ZERO, spend: Amount::ZERO });
            kinds.len() - 1
        });
        kinds[at].assets += 1;
        kinds[at].value += choice.value;
        kinds[at].spend += choice.spend();
    }
    kinds.sort_by_key(|k| k.kind);
    let used = |limits: &[super::data::Limit], of: &dyn Fn(&Choice) -> &[(usize, Amount)]| {
        let one = |(index, limit): (usize, &super::data::Limit)| {
            let parts = taken.iter().flat_map(|c| of(c)).filter(|(i, _)| *i == index);
            Used { id: limit.id.clone(), amount: parts.map(|(_, amount)| *amount).sum(), limit: limit.amount }
        };
        limits.iter().enumerate().map(one).collect::<Vec<_>>()
    };
    Some(Scorecard {
        value,
        run_cost,
        one_off,
        net: value - spend,
        value_per_spend: value.checked_div(spend),
        kinds,
        teams: used(&instance.teams, &|c| &c.effort),
        workflows: used(&instance.workflows, &|c| &c.covers),
        budget_left: budget.map(|b| b - spend),
    })
}
