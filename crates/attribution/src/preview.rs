//! What a draft of the rules would move, beside the rules in force.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::{Currency, FourCosts, UnitId};
use hashbrown::HashMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::assign::Assigner;
use crate::attribute::{attribute, outcome_of};
use crate::drivers::Drivers;
use crate::input::{AttributionError, Charges};
use crate::lines::{Attribution, FigureOn};
use crate::name::RuleId;
use crate::rules::RuleSet;
use crate::sums::{Sums, checked_add};

/// The money that a draft would move.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RulesPreview)]
pub struct Preview {
    /// Charges that would stand elsewhere, before pools; by the draft's rule in the order of its file (charges that no rule matches
    /// come last), currency, from, to.
    pub moves: Vec<Move>,
    /// Every unit whose amounts would change, pools included; by unit and currency.
    pub units: Vec<UnitChange>,
}

/// Charges that a rule of the draft would move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RuleMove)]
pub struct Move {
    /// The rule of the draft that matches them; `None` where none does.
    #[schema(value_type = Option<String>)]
    pub rule: Option<RuleId>,
    /// The rule in force that matches them; `None` where none does.
    #[schema(value_type = Option<String>)]
    pub published_rule: Option<RuleId>,
    /// Where they stand.
    pub from: FigureOn,
    /// Where they would stand.
    pub to: FigureOn,
    /// Their currency.
    pub currency: Currency,
    /// Their sums.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
}

/// What a unit has, and would have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UnitMoved)]
pub struct UnitChange {
    /// The unit.
    pub unit: UnitId,
    /// The currency.
    pub currency: Currency,
    /// Direct and shared by the rules in force.
    pub before: FourCosts,
    /// Direct and shared by the draft.
    pub after: FourCosts,
}

/// Attributes the same charges by two rule sets, the published one and a draft, each with what units used by its own account, and shows
/// what changes. The key table needs the fields that either reads.
///
/// # Errors
/// As [`attribute`], for either set.
pub fn preview(
    [published, draft]: [&RuleSet; 2],
    charges: &Charges<'_>,
    [drivers_published, drivers_draft]: [&Drivers; 2],
) -> Result<Preview, AttributionError> {
    let before = totals(&attribute(published, charges, drivers_published)?)?;
    let after = totals(&attribute(draft, charges, drivers_draft)?)?;
    let keys: BTreeSet<&(UnitId, Currency)> = before.keys().chain(after.keys()).collect();
    let change = |key: &(UnitId, Currency)| {
        let amount = |totals: &BTreeMap<_, FourCosts>| totals.get(key).copied().unwrap_or_default();
        UnitChange { unit: key.0.clone(), currency: key.1, before: amount(&before), after: amount(&after) }
    };
    let units = keys.into_iter().map(change).filter(|change| change.before != change.after).collect();
    Ok(Preview { moves: moves(published, draft, charges)?, units })
}

fn totals(attribution: &Attribution) -> Result<BTreeMap<(UnitId, Currency), FourCosts>, AttributionError> {
    let mut totals: BTreeMap<(UnitId, Currency), FourCosts> = BTreeMap::new();
    let direct = attribution.direct.iter().map(|line| (&line.unit, line.currency, line.costs));
    let shared = attribution.pools.iter().map(|line| (&line.unit, line.currency, line.costs));
    for (unit, currency, costs) in direct.chain(shared) {
        let total = totals.entry((unit.clone(), currency)).or_default();
        let overflow = |cost| AttributionError::Overflow { what: unit.to_string(), cost, currency };
        *total = checked_add(*total, costs).map_err(overflow)?;
    }
    Ok(totals)
}

fn moves(published: &RuleSet, draft: &RuleSet, charges: &Charges<'_>) -> Result<Vec<Move>, AttributionError> {
    let mut before = Assigner::new(published, charges.keys)?;
    let mut after = Assigner::new(draft, charges.keys)?;
    let keys = charges.keys.len();
    let mut sums: HashMap<(u32, u32, Currency), Sums> = HashMap::new();
    for (at, group) in charges.groups.iter().enumerate() {
        let (from, to) = (outcome_of(at, group, &mut before, keys)?, outcome_of(at, group, &mut after, keys)?);
        sums.entry((from, to, group.currency)).or_insert(Sums::ZERO).add(&group.costs, group.charges);
    }
    let mut moves = Vec::new();
    for ((from, to, currency), sums) in sums {
        let (from, to) = (before.outcomes()[from as usize], after.outcomes()[to as usize]);
        let (source, target) = (before.place(from), after.place(to));
        if source != target {
            let costs = sums.costs(currency, || "charges that would move".into())?;
            let rule = |rules: &RuleSet, at: Option<u32>| at.map(|at| rules.rules[at as usize].id.clone());
            let (rule, published_rule) = (rule(draft, to.rule), rule(published, from.rule));
            let line = Move { rule, published_rule, from: source, to: target, currency, costs, charges: sums.charges()? };
            moves.push(((to.rule.unwrap_or(u32::MAX), currency), from.rule, line));
        }
    }
    moves.sort_by(|a, b| (a.0, &a.2.from, &a.2.to, a.1).cmp(&(b.0, &b.2.from, &b.2.to, b.1)));
    Ok(moves.into_iter().map(|(.., line)| line).collect())
}
