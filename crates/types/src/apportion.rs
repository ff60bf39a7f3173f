//! Largest-remainder apportionment: shares that always sum to the whole.

use ethnum::{I256, U256};

use crate::Amount;

/// Why a pool cannot be apportioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApportionError {
    /// Every weight is zero, or there is none.
    #[error("every weight is zero, so there is nothing to share by")]
    NoWeight,
    /// A weight is below zero.
    #[error("weight {0} is negative")]
    NegativeWeight(usize),
}

/// Splits `pool` in proportion to `weights`, so that the shares sum to `pool` exactly.
///
/// Each share is rounded down at 1e-18 and the units left over go to the largest remainders, ties to the smaller index: a
/// caller that orders the weights by id gets an answer that does not depend on the order of its input. A negative pool
/// (credits) splits as its absolute value with the sign restored.
///
/// # Errors
/// [`ApportionError::NoWeight`] when the weights sum to zero, [`ApportionError::NegativeWeight`] for one below zero.
///
/// Method: Hamilton apportionment.
pub fn apportion(pool: Amount, weights: &[Amount]) -> Result<Vec<Amount>, ApportionError> {
    if let Some(at) = weights.iter().position(|w| w.is_negative()) {
        return Err(ApportionError::NegativeWeight(at));
    }
    let total: U256 = weights.iter().map(|w| U256::from(w.atto().unsigned_abs())).sum();
    if total == 0 {
        return Err(ApportionError::NoWeight);
    }
    let size = U256::from(pool.atto().unsigned_abs());
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = size;
    for (index, weight) in weights.iter().enumerate() {
        // Both factors are below 2^127, so the product fits 256 bits.
        let product = size * U256::from(weight.atto().unsigned_abs());
        let share = product / total;
        remainders.push((product % total, index));
        left -= share;
        shares.push(share);
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, index) in remainders.iter().take(left.as_usize()) {
        shares[index] += U256::ONE;
    }
    let signed = |share: U256| {
        let count = share.as_i128();
        Amount::from_atto(if pool.is_negative() { -count } else { count }).expect("a share is no larger than its pool")
    };
    Ok(shares.into_iter().map(signed).collect())
}

/// Rounds `parts` to `decimals` places so that the rounded parts sum to their rounded total: what a table shows adds up in view.
///
/// Each part is rounded down and the units left over go to the largest remainders, ties to the smaller index.
pub fn round_to_total(parts: &[Amount], decimals: u32) -> Vec<Amount> {
    let unit = 10_i128.pow(crate::SCALE - decimals.min(crate::SCALE));
    let total: I256 = parts.iter().map(|p| I256::from(p.atto())).sum();
    let target = rounded_units(total, unit);
    let mut units: Vec<i128> = parts.iter().map(|p| p.atto().div_euclid(unit)).collect();
    let mut remainders: Vec<(i128, usize)> = parts.iter().enumerate().map(|(i, p)| (p.atto().rem_euclid(unit), i)).collect();
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let missing = target - units.iter().sum::<i128>();
    for &(_, index) in remainders.iter().take(usize::try_from(missing).unwrap_or(0)) {
        units[index] += 1;
    }
    units.into_iter().map(|u| Amount::from_atto(u * unit).expect("a rounded part stays in range")).collect()
}

fn rounded_units(total: I256, unit: i128) -> i128 {
    let total = total.as_i128();
    Amount::from_atto(total).map_or(total / unit, |a| {
        let places = (0..=crate::SCALE).find(|d| 10_i128.pow(crate::SCALE - d) == unit).unwrap_or(crate::SCALE);
        a.round(places).atto() / unit
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_amount() -> impl Strategy<Value = Amount> {
        (-(10_i128.pow(36))..10_i128.pow(36)).prop_map(|c| Amount::from_atto(c).unwrap())
    }

    fn any_weights() -> impl Strategy<Value = Vec<Amount>> {
        prop::collection::vec((0..10_i128.pow(32)).prop_map(|c| Amount::from_atto(c).unwrap()), 1..40)
    }

    #[test]
    fn a_hundred_by_three_gives_the_odd_unit_to_the_first() {
        let thirds = apportion(Amount::from_int(100), &[Amount::ONE; 3]).unwrap();
        assert_eq!(thirds[0].to_string(), "33.333333333333333334");
        assert_eq!(thirds[1], thirds[2]);
    }

    #[test]
    fn nothing_to_share_by_is_an_error() {
        assert_eq!(apportion(Amount::ONE, &[]), Err(ApportionError::NoWeight));
        assert_eq!(apportion(Amount::ONE, &[Amount::ZERO]), Err(ApportionError::NoWeight));
        assert_eq!(apportion(Amount::ONE, &[-Amount::ONE]), Err(ApportionError::NegativeWeight(0)));
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_pool(pool in any_amount(), weights in any_weights()) {
            if let Ok(shares) = apportion(pool, &weights) {
                prop_assert_eq!(shares.iter().copied().sum::<Amount>(), pool);
            }
        }

        #[test]
        fn each_share_is_within_one_unit_of_its_quota(pool in any_amount(), weights in any_weights()) {
            let total: Amount = weights.iter().copied().sum();
            if let Ok(shares) = apportion(pool, &weights) {
                for (share, weight) in shares.iter().zip(&weights) {
                    let quota = pool.mul_div(*weight, total).unwrap();
                    prop_assert!((share.atto() - quota.atto()).abs() <= 1);
                }
            }
        }

        #[test]
        fn shown_parts_sum_to_the_shown_total(parts in prop::collection::vec(any_amount(), 0..20)) {
            let shown = round_to_total(&parts, 2);
            let total: Amount = parts.iter().copied().sum();
            prop_assert_eq!(shown.iter().copied().sum::<Amount>(), total.round(2));
        }
    }
}
