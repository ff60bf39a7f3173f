//! The price at which a choice flips: Newton's method on the least of lines (MODEL.md, "Where the choice flips").

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::data::Instance;
use super::solve_with;
use crate::program::{Limits, ProgramError};

/// Where the choice of a contract flips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ContractFlip)]
pub struct Flip {
    /// φ*: of its prices, at which signing it and leaving it cost the same. Below 1 it is what to ask for; above 1 how far they may rise.
    pub factor: Amount,
    /// The least cost without it.
    pub without: Amount,
    /// The least cost with it at today's prices.
    pub with: Amount,
    /// Whether the last solve proved V(φ*) = V₀; otherwise φ* is the best lower estimate.
    pub proven: bool,
}

/// Steps of Newton's method; the pieces of the least of lines are few.
const STEPS: usize = 40;

/// The flip of a contract; `None` where there is no plan without it, none with it, or it bills nothing.
pub(super) fn flip(instance: &Instance, limits: &Limits, contract: usize) -> Result<Option<Flip>, ProgramError> {
    let Some((_, without, _)) = solve_with(instance, limits, Some((contract, false)))? else { return Ok(None) };
    let Some((_, today, _)) = solve_with(instance, limits, Some((contract, true)))? else { return Ok(None) };
    let (without, with) = (without.expected, today.expected);
    let first = match root(&today.contracts, contract, with, without) {
        Some(factor) => Some(factor),
        // Signed and not used: the line begins where it is free.
        None => {
            line_at(instance, limits, contract, Amount::ZERO)?.and_then(|l| root(&l.contracts, contract, l.expected, without))
        }
    };
    let Some(mut factor) = first else { return Ok(None) };
    for _ in 0..STEPS {
        if factor.is_negative() {
            // Signing costs more than leaving even when it is free.
            return Ok(Some(Flip { factor, without, with, proven: true }));
        }
        let Some(scaled) = instance.with_factor(contract, factor) else { break };
        let Some((plan, priced, _)) = solve_with(&scaled, limits, Some((contract, true)))? else { break };
        if near(priced.expected, without) {
            return Ok(Some(Flip { factor, without, with, proven: true }));
        }
        // The same plan at the prices of today gives its line.
        let Ok(line_of) = super::verify(instance, &plan) else { break };
        match root(&line_of.contracts, contract, line_of.expected, without) {
            Some(next) if next != factor => factor = next,
            _ => break,
        }
    }
    Ok(Some(Flip { factor, without, with, proven: false }))
}

/// The plan that is best at `factor`, at the prices of today.
fn line_at(instance: &Instance, limits: &Limits, contract: usize, factor: Amount) -> Result<Option<super::Priced>, ProgramError> {
    let Some(scaled) = instance.with_factor(contract, factor) else { return Ok(None) };
    let found = solve_with(&scaled, limits, Some((contract, true)))?;
    Ok(found.and_then(|(plan, ..)| super::verify(instance, &plan).ok()))
}

/// The φ at which a plan that costs `total` today, of which the contract bills its part, costs `without`.
fn root(contracts: &[Amount], contract: usize, total: Amount, without: Amount) -> Option<Amount> {
    let part = contracts[contract];
    let rest = total.checked_sub(part)?;
    without.checked_sub(rest)?.checked_div(part)
}

/// Equal but for what rounding prices and units leaves.
fn near(a: Amount, b: Amount) -> bool {
    let scale = a.abs().max(b.abs()).max(Amount::ONE);
    a.checked_sub(b).is_some_and(|d| d.abs().checked_mul(Amount::from_int(100_000_000)).is_some_and(|d| d <= scale))
}
