//! The report: what each system costs in a month, line by line, and what no line claims.

use std::collections::BTreeMap;

use farthing_types::{Amount, BillingPeriod, Currency, UnitId, apportion};
use serde::Serialize;
use utoipa::ToSchema;

use super::claims::{ClaimStop, Claimed, LineId, claims};
use super::{AiSystem, ClaimProblem, Fallback, LineKind, LineSource, MonthCharges, SystemLine, SystemsDocument};
use crate::EconomicsError;
use crate::tokens::{add, subtract};

/// What a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct OwnershipInput<'a> {
    /// The month.
    pub period: BillingPeriod,
    /// The systems.
    pub document: &'a SystemsDocument,
    /// What its units cost: the month, and those before that bear on it as far as they have charges.
    pub months: &'a [MonthCharges],
    /// What the statement of the month says that these units cost together: made by other code than `months`.
    pub statement_total: Amount,
}

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnershipError {
    /// Charges that several lines claim.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Claims(Vec<ClaimProblem>),
    /// A figure that does not fit.
    #[error(transparent)]
    Economics(#[from] EconomicsError),
}

/// One line of a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineCost {
    /// Its id.
    pub id: String,
    /// What it pays for.
    pub kind: LineKind,
    /// Where its money comes from, in words.
    pub source: String,
    /// What the month bears: `billed − deferred + earlier`, or what was entered for it.
    pub cost: Amount,
    /// What it claims of the month's bill.
    pub billed: Amount,
    /// What of that later months bear.
    pub deferred: Amount,
    /// What the month bears of earlier bills.
    pub earlier: Amount,
    /// How many charges of the month it claims.
    pub charges: u64,
    /// Months that bear it.
    pub over_months: u32,
}

/// What a system costs in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SystemCost {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its lines, in the order of the document.
    pub lines: Vec<LineCost>,
    /// What the month bears.
    pub total: Amount,
    /// What it claims of the month's bill.
    pub billed: Amount,
    /// What is on no bill.
    pub entered: Amount,
    /// What an hour without it costs in people, where the people file and decisions say so.
    pub fallback: Option<Fallback>,
}

/// Cost of the systems' units that no line claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnclaimedLine {
    /// The unit.
    pub unit: UnitId,
    /// What it is for.
    pub name: String,
    /// How much.
    pub amount: Amount,
    /// How many charges.
    pub charges: u64,
}

/// The total cost of ownership of AI systems in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ownership {
    /// The month.
    pub period: BillingPeriod,
    /// The currency of every amount.
    pub currency: Currency,
    /// The systems.
    pub systems: Vec<SystemCost>,
    /// The units that lines claim from.
    pub units: Vec<UnitId>,
    /// What all lines of all systems claim of the month's bill.
    pub claimed: Amount,
    /// What no line claims.
    pub unclaimed: Vec<UnclaimedLine>,
    /// The sum of that.
    pub unclaimed_total: Amount,
    /// What the statement says that the units cost.
    pub statement_total: Amount,
    /// The last less claimed and unclaimed: 0.
    pub difference: Amount,
    /// What is to know about the figures.
    pub notes: Vec<String>,
}

/// What each system costs in a month.
///
/// # Errors
/// [`OwnershipError::Claims`] naming every charge that lines claim together without shares, in any of the months.
pub fn ownership(input: &OwnershipInput<'_>) -> Result<Ownership, OwnershipError> {
    let mut claimed: BTreeMap<BillingPeriod, Claimed> = BTreeMap::new();
    let mut problems = Vec::new();
    for month in input.months {
        match claims(input.document, month) {
            Ok(found) => drop(claimed.insert(month.period, found)),
            Err(ClaimStop::Problems(found)) => problems.extend(found),
            Err(ClaimStop::Economics(error)) => return Err(error.into()),
        }
    }
    if !problems.is_empty() {
        return Err(OwnershipError::Claims(problems));
    }
    let none = Claimed::default();
    let now = claimed.get(&input.period).unwrap_or(&none);
    let mut systems = Vec::with_capacity(input.document.systems.len());
    for (at, system) in input.document.systems.iter().enumerate() {
        systems.push(system_cost(input, &claimed, now, at, system)?);
    }
    let mut all = Amount::ZERO;
    for (amount, _) in now.lines.values() {
        all = add(all, *amount)?;
    }
    let mut unclaimed_total = Amount::ZERO;
    let mut unclaimed = Vec::with_capacity(now.unclaimed.len());
    for ((unit, name), (amount, charges)) in &now.unclaimed {
        unclaimed_total = add(unclaimed_total, *amount)?;
        if !amount.is_zero() {
            unclaimed.push(UnclaimedLine { unit: unit.clone(), name: name.clone(), amount: *amount, charges: *charges });
        }
    }
    Ok(Ownership {
        period: input.period,
        currency: input.document.currency,
        systems,
        units: input.document.units().into_iter().cloned().collect(),
        claimed: all,
        unclaimed,
        unclaimed_total,
        statement_total: input.statement_total,
        difference: subtract(input.statement_total, add(all, unclaimed_total)?)?,
        notes: notes(input, &claimed),
    })
}

fn system_cost(
    input: &OwnershipInput<'_>,
    claimed: &BTreeMap<BillingPeriod, Claimed>,
    now: &Claimed,
    at: usize,
    system: &AiSystem,
) -> Result<SystemCost, EconomicsError> {
    let mut lines = Vec::with_capacity(system.lines.len());
    let (mut total, mut billed, mut entered) = (Amount::ZERO, Amount::ZERO, Amount::ZERO);
    for (number, line) in system.lines.iter().enumerate() {
        let cost = line_cost(input, claimed, now, (at, number), line)?;
        total = add(total, cost.cost)?;
        billed = add(billed, cost.billed)?;
        if matches!(line.source, LineSource::Entered(_)) {
            entered = add(entered, cost.cost)?;
        }
        lines.push(cost);
    }
    Ok(SystemCost {
        id: system.id.clone(),
        name: system.name.clone(),
        owner: system.owner.clone(),
        lines,
        total,
        billed,
        entered,
        fallback: None,
    })
}

fn line_cost(
    input: &OwnershipInput<'_>,
    claimed: &BTreeMap<BillingPeriod, Claimed>,
    now: &Claimed,
    line: LineId,
    entry: &SystemLine,
) -> Result<LineCost, EconomicsError> {
    let (billed, charges) = now.lines.get(&line).copied().unwrap_or_default();
    let of_bill = |source: String, over_months: u32| LineCost {
        id: entry.id.clone(),
        kind: entry.kind,
        source,
        cost: billed,
        billed,
        deferred: Amount::ZERO,
        earlier: Amount::ZERO,
        charges,
        over_months,
    };
    match &entry.source {
        LineSource::Entered(entered) => {
            let cost = entered.in_window(input.period.window())?;
            Ok(LineCost { cost, ..of_bill(format!("entered: {}", entered.source), 1) })
        }
        LineSource::Pool { pool, share, .. } => Ok(of_bill(format!("bill: share of pool {pool}{}", said(*share)), 1)),
        LineSource::Charges { filter, share, over_months, .. } => {
            let mut cost = of_bill(format!("bill: {filter}{}", said(*share)), *over_months);
            let parts = |amount: Amount| {
                let months = vec![Amount::ONE; *over_months as usize];
                apportion(amount, &months).map_err(|_| EconomicsError::Zero("the months that bear a line"))
            };
            cost.deferred = subtract(billed, parts(billed)?[0])?;
            let mut month = input.period;
            for age in 1..*over_months as usize {
                month = month.previous();
                let before = claimed.get(&month).and_then(|month| month.lines.get(&line));
                if let Some((amount, _)) = before {
                    cost.earlier = add(cost.earlier, parts(*amount)?[age])?;
                }
            }
            cost.cost = add(subtract(billed, cost.deferred)?, cost.earlier)?;
            Ok(cost)
        }
    }
}

fn said(share: Option<Amount>) -> String {
    share.map(|share| format!(", {share} of it")).unwrap_or_default()
}

fn notes(input: &OwnershipInput<'_>, claimed: &BTreeMap<BillingPeriod, Claimed>) -> Vec<String> {
    let before = input.document.months_before();
    if before == 0 {
        return Vec::new();
    }
    let mut missing = Vec::new();
    let mut month = input.period;
    for _ in 0..before {
        month = month.previous();
        if !claimed.contains_key(&month) {
            missing.push(month);
        }
    }
    match (missing.first(), missing.last()) {
        (Some(newest), Some(oldest)) => vec![format!(
            "There are no charges for {} of the {before} months before, from {oldest} to {newest}: what they would bear on is not in it",
            missing.len()
        )],
        _ => Vec::new(),
    }
}
