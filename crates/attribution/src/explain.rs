//! From a figure back to the keys and rules that make it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{Currency, FourCosts, SourceName};
use serde::Serialize;

use crate::assign::{Assigner, Target};
use crate::attribute::outcome_of;
use crate::input::{AttributionError, Charges};
use crate::lines::{Attribution, FigureOn, PoolLine};
use crate::name::RuleId;
use crate::rules::RuleSet;
use crate::sums::{Cells, Sums};

/// The figure to be explained: what was posted to a unit or for a reason, all of it or a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The unit or the reason.
    pub on: FigureOn,
    /// Only charges of this source.
    pub source: Option<SourceName>,
    /// Only charges in this currency.
    pub currency: Option<Currency>,
    /// Only charges that this rule matched.
    pub rule: Option<RuleId>,
}

/// Charges that make up a figure: those of one key, rule, source and currency, between two days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Position in the key table.
    pub key: u32,
    /// The rule that sent them there; for a reason, the rule that matched but named no unit that holds.
    pub rule: Option<RuleId>,
    /// Their source.
    pub source: SourceName,
    /// Their currency.
    pub currency: Currency,
    /// The first day of them.
    pub first: NaiveDate,
    /// The last day of them. Other charges of the key between the two days may stand elsewhere only where a rule or unit begins
    /// or ends between them; such days come as evidence of their own.
    pub last: NaiveDate,
    /// Their sums.
    pub costs: FourCosts,
    /// How many they are.
    pub charges: u64,
}

/// Why a figure is what it is: `Σ evidence + Σ shares = figure`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The charges, by source, currency, rule in the order of the file, key and day.
    pub evidence: Vec<Evidence>,
    /// What pools gave to the unit or took from it.
    pub shares: Vec<PoolLine>,
}

/// Explains a figure of `attribution`, which was made from the same rules and charges.
///
/// # Errors
/// As [`attribute`](crate::attribute).
pub fn explain(
    rules: &RuleSet,
    charges: &Charges<'_>,
    attribution: &Attribution,
    figure: &Figure,
) -> Result<Explanation, AttributionError> {
    let mut assigner = Assigner::new(rules, charges.keys)?;
    let mut cells = Cells::new(charges.sources);
    let mut found: BTreeMap<_, (Sums, NaiveDate, NaiveDate)> = BTreeMap::new();
    for (at, group) in charges.groups.iter().enumerate() {
        let interval = assigner.interval(group.day);
        let outcome = outcome_of(at, group, &mut assigner, charges.keys.len())?;
        let outcome = assigner.outcomes()[outcome as usize];
        let here = match (&figure.on, outcome.target) {
            (FigureOn::Unit(wanted), Target::Unit(unit)) => assigner.units()[unit as usize] == wanted,
            (FigureOn::Reason(wanted), Target::Reason(reason)) => *wanted == reason,
            _ => false,
        };
        let cell = cells.number(at, group)?;
        let source = cells.source(cell);
        if here && figure.source.as_ref().is_none_or(|s| s == source) && figure.currency.is_none_or(|c| c == group.currency) {
            let key = (source, group.currency, outcome.rule, group.key, interval);
            let entry = found.entry(key).or_insert((Sums::ZERO, group.day, group.day));
            entry.0.add(&group.costs, group.charges);
            (entry.1, entry.2) = (entry.1.min(group.day), entry.2.max(group.day));
        }
    }
    let mut evidence = Vec::new();
    for ((source, currency, rule, key, _), (sums, first, last)) in found {
        let rule = rule.map(|rule| rules.rules[rule as usize].id.clone());
        if figure.rule.is_some() && figure.rule != rule {
            continue;
        }
        let costs = sums.costs(currency, || format!("charges of {source}"))?;
        evidence.push(Evidence { key, rule, source: source.clone(), currency, first, last, costs, charges: sums.charges()? });
    }
    Ok(Explanation { evidence, shares: shares(attribution, figure) })
}

/// The pool lines of the figure; a figure of one rule has none.
fn shares(attribution: &Attribution, figure: &Figure) -> Vec<PoolLine> {
    let FigureOn::Unit(unit) = &figure.on else { return Vec::new() };
    if figure.rule.is_some() {
        return Vec::new();
    }
    let wanted = |line: &&PoolLine| {
        line.unit == *unit
            && figure.source.as_ref().is_none_or(|source| *source == line.source)
            && figure.currency.is_none_or(|currency| currency == line.currency)
    };
    attribution.pools.iter().filter(wanted).cloned().collect()
}
