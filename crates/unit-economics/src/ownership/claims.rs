//! Who claims which charge: each one goes to one line, or to several by stated shares, or to none.

use std::collections::BTreeMap;

use farthing_types::{Amount, BillingPeriod, UnitId, apportion};

use super::{LineSource, SystemsDocument};
use crate::EconomicsError;
use crate::tokens::{PoolShare, add, subtract};

/// Charges of one unit that are alike in everything that lines read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedCharge {
    /// The unit that they were attributed to.
    pub unit: UnitId,
    /// What they are called where no line claims them: the service category.
    pub category: String,
    /// The values of the fields that [`SystemsDocument::fields`] names, in its order.
    pub values: Vec<Option<String>>,
    /// What they cost.
    pub cost: Amount,
    /// How many they are.
    pub charges: u64,
}

/// What the units of the document cost in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthCharges {
    /// The month.
    pub period: BillingPeriod,
    /// What was attributed to them.
    pub charges: Vec<OwnedCharge>,
    /// What pools gave them, or took.
    pub shares: Vec<PoolShare>,
}

/// Charges that more than one line claims, without shares of them that add up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{month}: {claimants} all claim {what} of unit {unit}: {count} charges, {cost}. Make one of them narrower, or state `share` in each of \
     them, at most 1 together"
)]
pub struct ClaimProblem {
    /// The month.
    pub month: BillingPeriod,
    /// The lines, as `system S, line L`.
    pub claimants: String,
    /// What is claimed.
    pub what: String,
    /// The unit.
    pub unit: UnitId,
    /// How many charges.
    pub count: u64,
    /// What they cost.
    pub cost: Amount,
}

/// A line by the places of its system and of itself.
pub(super) type LineId = (usize, usize);

/// What of a month each line claims.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    pub lines: BTreeMap<LineId, (Amount, u64)>,
    /// By unit and what it is.
    pub unclaimed: BTreeMap<(UnitId, String), (Amount, u64)>,
}

/// What kept claims from being settled.
pub(super) enum ClaimStop {
    Problems(Vec<ClaimProblem>),
    Economics(EconomicsError),
}

impl From<EconomicsError> for ClaimStop {
    fn from(error: EconomicsError) -> Self {
        Self::Economics(error)
    }
}

/// A claimant with the share that it states.
type Claimant = (LineId, Option<Amount>);

pub(super) fn claims(document: &SystemsDocument, month: &MonthCharges) -> Result<Claimed, ClaimStop> {
    let fields: Vec<&str> = document.fields().into_iter().collect();
    let mut claimed = Claimed::default();
    let mut problems: BTreeMap<(String, UnitId, String), (u64, Amount)> = BTreeMap::new();
    let mut settle = |claimants: Vec<Claimant>, unit: &UnitId, what: &str, cost: Amount, count: u64| {
        match shares_of(&claimants, cost)? {
            Some((shares, rest)) => {
                for ((line, _), share) in claimants.iter().zip(shares) {
                    let entry = claimed.lines.entry(*line).or_default();
                    *entry = (add(entry.0, share)?, entry.1.saturating_add(count));
                }
                if claimants.is_empty() || !rest.is_zero() {
                    let entry = claimed.unclaimed.entry((unit.clone(), what.to_owned())).or_default();
                    *entry = (add(entry.0, rest)?, entry.1.saturating_add(count));
                }
            }
            None => {
                let names: Vec<String> = claimants.iter().map(|(line, _)| name_of(document, *line)).collect();
                let entry = problems.entry((names.join(" and "), unit.clone(), what.to_owned())).or_default();
                *entry = (entry.0.saturating_add(count), add(entry.1, cost)?);
            }
        }
        Ok::<(), EconomicsError>(())
    };
    for charge in &month.charges {
        let value = |field: &str| {
            let at = fields.iter().position(|known| *known == field)?;
            charge.values.get(at)?.as_deref()
        };
        let claimants = claimants(document, |source| match source {
            LineSource::Charges { units, filter, share, .. } => {
                (units.contains(&charge.unit) && filter.holds(value)).then_some(*share)
            }
            _ => None,
        });
        settle(claimants, &charge.unit, &charge.category, charge.cost, charge.charges)?;
    }
    for share in &month.shares {
        let name = if share.cost.is_negative() { "given on by pool" } else { "share of pool" };
        let claimants = claimants(document, |source| match source {
            LineSource::Pool { units, pool, share: stated } => {
                (units.contains(&share.unit) && *pool == share.pool && !share.cost.is_negative()).then_some(*stated)
            }
            _ => None,
        });
        settle(claimants, &share.unit, &format!("{name} {}", share.pool), share.cost, 0)?;
    }
    if problems.is_empty() {
        return Ok(claimed);
    }
    let problem =
        |((claimants, unit, what), (count, cost))| ClaimProblem { month: month.period, claimants, what, unit, count, cost };
    Err(ClaimStop::Problems(problems.into_iter().map(problem).collect()))
}

fn name_of(document: &SystemsDocument, (system, line): LineId) -> String {
    let system = &document.systems[system];
    format!("system {}, line {}", system.id, system.lines[line].id)
}

fn claimants(document: &SystemsDocument, claims: impl Fn(&LineSource) -> Option<Option<Amount>>) -> Vec<Claimant> {
    let mut found = Vec::new();
    for (at, system) in document.systems.iter().enumerate() {
        for (line, entry) in system.lines.iter().enumerate() {
            if let Some(share) = claims(&entry.source) {
                found.push(((at, line), share));
            }
        }
    }
    found
}

/// What each claimant gets and what is left; `None` where they cannot agree.
fn shares_of(claimants: &[Claimant], cost: Amount) -> Result<Option<(Vec<Amount>, Amount)>, EconomicsError> {
    match claimants {
        [] => return Ok(Some((Vec::new(), cost))),
        [(_, None)] => return Ok(Some((vec![cost], Amount::ZERO))),
        _ => {}
    }
    let mut weights = Vec::with_capacity(claimants.len() + 1);
    let mut left = Amount::ONE;
    for (_, share) in claimants {
        let Some(share) = share else { return Ok(None) };
        left = subtract(left, *share)?;
        weights.push(*share);
    }
    if left.is_negative() {
        return Ok(None);
    }
    weights.push(left);
    let mut shares = apportion(cost, &weights).map_err(|_| EconomicsError::Zero("the shares of a claim"))?;
    let rest = shares.pop().unwrap_or_default();
    Ok(Some((shares, rest)))
}
