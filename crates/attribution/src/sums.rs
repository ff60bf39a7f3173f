//! Sums that cannot overflow on the way, so that no order of the input makes one fail that another does not.

use std::collections::BTreeSet;

use ethnum::I256;
use farthing_types::{Amount, Cost, Currency, FourCosts, SourceName};
use hashbrown::HashMap;

use crate::input::{AttributionError, ChargeGroup};

/// Four sums in 256 bits and a count in 128.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums {
    costs: [I256; 4],
    charges: u128,
}

impl Sums {
    pub const ZERO: Self = Self { costs: [I256::ZERO; 4], charges: 0 };

    #[inline]
    pub fn add(&mut self, costs: &FourCosts, charges: u64) {
        let FourCosts { billed, effective, contracted, list } = costs;
        for (sum, amount) in self.costs.iter_mut().zip([billed, effective, contracted, list]) {
            *sum += I256::from(amount.atto());
        }
        self.charges += u128::from(charges);
    }

    /// Adds other sums.
    pub fn merge(&mut self, other: &Self) {
        for (sum, other) in self.costs.iter_mut().zip(other.costs) {
            *sum += other;
        }
        self.charges += other.charges;
    }

    /// The four sums, if they fit; `what` names them in the error.
    pub fn costs(&self, currency: Currency, what: impl FnOnce() -> String) -> Result<FourCosts, AttributionError> {
        let mut costs = FourCosts::ZERO;
        for (cost, sum) in Cost::ALL.into_iter().zip(self.costs) {
            match i128::try_from(sum).ok().and_then(Amount::from_atto) {
                Some(amount) => costs[cost] = amount,
                None => return Err(AttributionError::Overflow { what: what(), cost, currency }),
            }
        }
        Ok(costs)
    }

    pub fn charges(&self) -> Result<u64, AttributionError> {
        u64::try_from(self.charges).map_err(|_| AttributionError::TooManyCharges)
    }
}

/// `a + b`, if all four sums fit.
pub(crate) fn checked_add(a: FourCosts, b: FourCosts) -> Result<FourCosts, Cost> {
    let mut sum = a;
    for cost in Cost::ALL {
        sum[cost] = a[cost].checked_add(b[cost]).ok_or(cost)?;
    }
    Ok(sum)
}

/// The pairs of source and currency that occur, numbered as they come. Sources of one name are one source.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    names: Vec<&'a SourceName>,
    /// From position in the caller's list to position in `names`.
    ranks: Vec<u32>,
    pairs: Vec<(u32, Currency)>,
    numbers: HashMap<(u32, Currency), u32>,
    last: Option<((u32, Currency), u32)>,
}

impl<'a> Cells<'a> {
    pub fn new(sources: &'a [SourceName]) -> Self {
        let names: Vec<&SourceName> = sources.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let rank = |source| names.binary_search(&source).map_or(0, |at| at as u32);
        let ranks = sources.iter().map(rank).collect();
        Self { names, ranks, pairs: Vec::new(), numbers: HashMap::new(), last: None }
    }

    #[inline]
    pub fn number(&mut self, at: usize, group: &ChargeGroup) -> Result<u32, AttributionError> {
        let Some(&rank) = self.ranks.get(group.source as usize) else {
            return Err(AttributionError::NoSuchSource { group: at, source_at: group.source, sources: self.ranks.len() });
        };
        let pair = (rank, group.currency);
        if let Some((last, number)) = self.last
            && last == pair
        {
            return Ok(number);
        }
        let next = self.pairs.len() as u32;
        let number = *self.numbers.entry(pair).or_insert(next);
        if number == next {
            self.pairs.push(pair);
        }
        self.last = Some((pair, number));
        Ok(number)
    }

    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    pub fn source(&self, cell: u32) -> &'a SourceName {
        self.names[self.pairs[cell as usize].0 as usize]
    }

    pub fn currency(&self, cell: u32) -> Currency {
        self.pairs[cell as usize].1
    }
}
