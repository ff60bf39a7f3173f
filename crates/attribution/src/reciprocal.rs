//! Pools that give to each other, solved together.
//!
//! Pool i has `D_i` of its own and gives the share `s_ij` of all that passes through it to recipient j. What passes through it,
//! `T_i = D_i + Σ_k s_ki·T_k`, is the solution of the linear system `(I − Sᵀ)·T = D`, taken in exact rationals.
//!
//! Source: the reciprocal (simultaneous-equation) method of service-department cost allocation.

use std::collections::BTreeMap;

use farthing_types::{Amount, Cost, Currency, FourCosts};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::input::AttributionError;
use crate::pools::{Giver, Shares, split_costs};

/// What each pool gives to each of its recipients, so that every pool gives exactly what it has and receives.
///
/// Flows between pools are rounded half to even at 1e-18; what a pool gives to others is then apportioned from the exact rest.
///
/// # Errors
/// [`AttributionError::Singular`] when some pools give everything to each other, [`AttributionError::Overflow`] when a flow does
/// not fit.
pub(crate) fn solve(givers: &[Giver<'_>], currency: Currency) -> Result<Vec<Shares>, AttributionError> {
    let group = Group::new(givers);
    let way_out = group.ways_out()?;
    let inverse = group.inverse()?;
    let mut flows = vec![vec![FourCosts::ZERO; givers.len()]; givers.len()];
    for cost in Cost::ALL {
        let through =
            |i: usize| -> BigRational { (0..givers.len()).map(|k| &inverse[i][k] * exact(givers[k].balance[cost])).sum() };
        for (i, row) in flows.iter_mut().enumerate() {
            let through = through(i);
            for (j, flow) in row.iter_mut().enumerate() {
                flow[cost] = rounded(&(&through * &group.shares[i][j])).ok_or_else(|| overflow(givers, cost, currency))?;
            }
        }
        close(givers, &way_out, &mut flows, cost, currency)?;
    }
    let shares = |(i, giver): (usize, &Giver<'_>)| group.shares_of(i, giver, &flows, currency);
    givers.iter().enumerate().map(shares).collect()
}

fn overflow(givers: &[Giver<'_>], cost: Cost, currency: Currency) -> AttributionError {
    AttributionError::Overflow { what: format!("pools {}", names(givers).join(", ")), cost, currency }
}

fn names(givers: &[Giver<'_>]) -> Vec<String> {
    givers.iter().map(|giver| giver.pool.id.to_string()).collect()
}

fn exact(amount: Amount) -> BigRational {
    BigRational::from_integer(amount.atto().into())
}

/// Half to even; `None` where it does not fit.
fn rounded(count: &BigRational) -> Option<Amount> {
    let (floor, two) = (count.floor(), BigRational::one() + BigRational::one());
    let twice = (count - &floor) * &two;
    let odd = !(&floor / &two).is_integer();
    let up = twice > BigRational::one() || (twice.is_one() && odd);
    let whole = if up { floor + BigRational::one() } else { floor };
    whole.to_integer().to_i128().and_then(Amount::from_atto)
}

struct Group<'g> {
    givers: &'g [Giver<'g>],
    /// From unit to its pool in the group.
    members: BTreeMap<u32, usize>,
    /// `s_ij` between the pools of the group.
    shares: Vec<Vec<BigRational>>,
}

impl<'g> Group<'g> {
    fn new(givers: &'g [Giver<'g>]) -> Self {
        let members: BTreeMap<u32, usize> = givers.iter().enumerate().map(|(i, giver)| (giver.unit, i)).collect();
        let mut shares = vec![vec![BigRational::zero(); givers.len()]; givers.len()];
        for (giver, row) in givers.iter().zip(&mut shares) {
            let weights = &giver.weights;
            for (unit, &quantity) in weights.recipients.iter().zip(&weights.quantities) {
                if let Some(&j) = members.get(unit) {
                    row[j] = exact(quantity) / exact(weights.total);
                }
            }
        }
        Self { givers, members, shares }
    }

    /// For each pool the next pool on a shortest way to one that gives to a unit outside of the group, with the length of the way;
    /// `None` for pools that do so themselves.
    fn ways_out(&self) -> Result<Vec<Option<(usize, usize)>>, AttributionError> {
        let inside = |i: usize| -> BigRational { self.shares[i].iter().sum() };
        let count = self.givers.len();
        let mut ways: Vec<Option<Option<(usize, usize)>>> = (0..count).map(|i| (!inside(i).is_one()).then_some(None)).collect();
        for length in 1..=count {
            let before = ways.clone();
            for i in (0..count).filter(|&i| before[i].is_none()) {
                let next = (0..count).find(|&j| before[j].is_some() && self.shares[i][j].is_positive());
                ways[i] = next.map(|next| Some((next, length)));
            }
        }
        let stuck = ways.iter().zip(names(self.givers)).filter(|(way, _)| way.is_none()).map(|(_, name)| name);
        let pools: Vec<String> = stuck.collect();
        if pools.is_empty() { Ok(ways.into_iter().flatten().collect()) } else { Err(AttributionError::Singular { pools }) }
    }

    /// As [`inverse`]. Every pool has a way out, so the matrix is a nonsingular M-matrix and this cannot fail.
    fn inverse(&self) -> Result<Vec<Vec<BigRational>>, AttributionError> {
        inverse(&self.shares).ok_or_else(|| AttributionError::Singular { pools: names(self.givers) })
    }

    /// The shares of one pool in the order of its recipients: flows to pools as they are, the rest apportioned among the others.
    fn shares_of(
        &self,
        i: usize,
        giver: &Giver<'_>,
        flows: &[Vec<FourCosts>],
        currency: Currency,
    ) -> Result<Shares, AttributionError> {
        let weights = &giver.weights;
        let outside = |unit: &u32| !self.members.contains_key(unit);
        let others: Vec<Amount> =
            weights.recipients.iter().zip(&weights.quantities).filter(|(u, _)| outside(u)).map(|(_, q)| *q).collect();
        let mut rest = FourCosts::ZERO;
        for cost in Cost::ALL {
            rest[cost] = rest_of(giver, i, flows, cost).ok_or_else(|| overflow(self.givers, cost, currency))?;
        }
        let nobody = others.iter().all(|quantity| quantity.is_zero());
        let parts = if nobody { vec![FourCosts::ZERO; others.len()] } else { split_costs(rest, &others) };
        let mut parts = parts.into_iter();
        let share = |unit: &u32| match self.members.get(unit) {
            Some(&j) => flows[i][j],
            None => parts.next().unwrap_or_default(),
        };
        Ok(weights.recipients.iter().map(share).collect())
    }
}

/// `(I − Sᵀ)⁻¹` by Gauss-Jordan elimination in exact rationals; `None` where there is none.
pub(crate) fn inverse(shares: &[Vec<BigRational>]) -> Option<Vec<Vec<BigRational>>> {
    let count = shares.len();
    let unit = |i: usize, j: usize| if i == j { BigRational::one() } else { BigRational::zero() };
    let row = |i: usize| -> Vec<BigRational> {
        let left = (0..count).map(|j| unit(i, j) - &shares[j][i]);
        left.chain((0..count).map(|j| unit(i, j))).collect()
    };
    let mut rows: Vec<Vec<BigRational>> = (0..count).map(row).collect();
    for column in 0..count {
        let pivot = (column..count).find(|&i| !rows[i][column].is_zero())?;
        rows.swap(column, pivot);
        let by = rows[column][column].recip();
        rows[column].iter_mut().for_each(|value| *value *= &by);
        let pivot_row = rows[column].clone();
        for (i, row) in rows.iter_mut().enumerate() {
            if i != column && !row[column].is_zero() {
                let factor = row[column].clone();
                row.iter_mut().zip(&pivot_row).for_each(|(value, pivot)| *value -= &factor * pivot);
            }
        }
    }
    Some(rows.into_iter().map(|row| row.into_iter().skip(count).collect()).collect())
}

/// What pool `i` has and receives, less what it gives to pools of the group.
fn rest_of(giver: &Giver<'_>, i: usize, flows: &[Vec<FourCosts>], cost: Cost) -> Option<Amount> {
    let received = flows.iter().try_fold(giver.balance[cost], |sum, row| sum.checked_add(row[i][cost]))?;
    flows[i].iter().try_fold(received, |rest, flow| rest.checked_sub(flow[cost]))
}

/// Lets pools that give to nobody outside pass on what rounding left with them, from the farthest to the nearest.
fn close(
    givers: &[Giver<'_>],
    ways: &[Option<(usize, usize)>],
    flows: &mut [Vec<FourCosts>],
    cost: Cost,
    currency: Currency,
) -> Result<(), AttributionError> {
    let mut inner: Vec<(usize, usize, usize)> =
        ways.iter().enumerate().filter_map(|(i, way)| way.map(|(next, length)| (length, i, next))).collect();
    inner.sort_unstable_by(|a, b| b.cmp(a));
    for (_, i, next) in inner {
        let left = rest_of(&givers[i], i, flows, cost);
        let flow = left.and_then(|left| flows[i][next][cost].checked_add(left));
        flows[i][next][cost] = flow.ok_or_else(|| overflow(givers, cost, currency))?;
    }
    Ok(())
}
