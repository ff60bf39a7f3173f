//! What a revision's charges sum to.

use std::collections::BTreeMap;

use farthing_types::{Amount, BillingPeriod, Cost, Currency, FourCosts};
use serde::{Deserialize, Serialize};

use crate::LakeError;

/// The sums of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyTotals {
    /// How many charges.
    pub charges: u64,
    /// The four sums.
    pub sums: FourCosts,
    /// The four sums of absolute values: what bounds every sum over a part of the charges.
    pub magnitudes: FourCosts,
    /// What rounding at 1e-18 left out of each sum, exactly, in units of 1e-36 in the order of [`Cost::ALL`].
    pub residues: [i128; 4],
}

/// The sums of a revision by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals(pub BTreeMap<Currency, CurrencyTotals>);

impl Totals {
    /// Adds another part's totals.
    ///
    /// # Errors
    /// When a sum no longer fits.
    pub fn add(&mut self, other: &Totals, period: BillingPeriod) -> Result<(), LakeError> {
        for (currency, part) in &other.0 {
            let total = self.0.entry(*currency).or_default();
            total.charges += part.charges;
            for (index, cost) in Cost::ALL.into_iter().enumerate() {
                let overflow = || LakeError::Overflow { column: cost.column(), period: period.to_string() };
                total.sums[cost] = total.sums[cost].checked_add(part.sums[cost]).ok_or_else(overflow)?;
                total.magnitudes[cost] = total.magnitudes[cost].checked_add(part.magnitudes[cost]).ok_or_else(overflow)?;
                total.residues[index] += part.residues[index];
            }
        }
        Ok(())
    }

    /// These totals without a part's.
    ///
    /// # Errors
    /// When a difference does not fit.
    pub fn less(&self, part: &Totals, period: BillingPeriod) -> Result<Totals, LakeError> {
        let mut rest = self.clone();
        for (currency, part) in &part.0 {
            let total = rest.0.entry(*currency).or_default();
            total.charges -= part.charges;
            for (index, cost) in Cost::ALL.into_iter().enumerate() {
                let overflow = || LakeError::Overflow { column: cost.column(), period: period.to_string() };
                total.sums[cost] = total.sums[cost].checked_sub(part.sums[cost]).ok_or_else(overflow)?;
                total.magnitudes[cost] = total.magnitudes[cost].checked_sub(part.magnitudes[cost]).ok_or_else(overflow)?;
                total.residues[index] -= part.residues[index];
            }
        }
        Ok(rest)
    }

    /// How many charges there are in all currencies.
    pub fn charges(&self) -> u64 {
        self.0.values().map(|total| total.charges).sum()
    }
}

/// Sums of attos that a part of a file adds up to; a part has too few rows to overflow, because each cost is within ±1e15.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Running {
    pub charges: u64,
    pub sums: [i128; 4],
    pub magnitudes: [i128; 4],
    pub residues: [i128; 4],
}

impl Running {
    pub fn add(&mut self, costs: [i128; 4]) {
        self.charges += 1;
        for (index, cost) in costs.into_iter().enumerate() {
            self.sums[index] += cost;
            self.magnitudes[index] += cost.abs();
        }
    }

    pub fn totals(&self, period: BillingPeriod) -> Result<CurrencyTotals, LakeError> {
        let magnitudes = four_costs(self.magnitudes, period)?;
        Ok(CurrencyTotals { charges: self.charges, sums: four_costs(self.sums, period)?, magnitudes, residues: self.residues })
    }
}

pub(crate) fn four_costs(attos: [i128; 4], period: BillingPeriod) -> Result<FourCosts, LakeError> {
    let mut costs = FourCosts::ZERO;
    for (cost, atto) in Cost::ALL.into_iter().zip(attos) {
        let overflow = || LakeError::Overflow { column: cost.column(), period: period.to_string() };
        costs[cost] = Amount::from_atto(atto).ok_or_else(overflow)?;
    }
    Ok(costs)
}
