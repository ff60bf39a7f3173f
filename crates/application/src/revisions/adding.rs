//! Changes, being added up by holder: units and reasons, services.

use std::collections::BTreeMap;

use farthing_attribution::{Attribution, Reason};
use farthing_lake::Side;
use farthing_types::{Cost, Currency, FourCosts, SourceName, UnitId};

use super::ChangeKind;
use super::report::{KindChange, PartChange};
use crate::Error;

/// Where money stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    Unit(UnitId),
    Nobody(Reason),
}

impl Holder {
    pub fn names(self) -> (Option<UnitId>, Option<&'static str>) {
        match self {
            Self::Unit(unit) => (Some(unit), None),
            Self::Nobody(reason) => (None, Some(reason.as_str())),
        }
    }
}

/// What an attribution says of a source, line by line: holder, currency, charges, costs, and whether it is a share of a pool.
pub(super) fn lines<'a>(
    attribution: &'a Attribution,
    source: &'a SourceName,
) -> impl Iterator<Item = (Holder, Currency, u64, FourCosts, bool)> + 'a {
    let direct = attribution.direct.iter().filter(move |line| line.source == *source);
    let direct = direct.map(|line| (Holder::Unit(line.unit.clone()), line.currency, line.charges, line.costs, false));
    let pools = attribution.pools.iter().filter(move |line| line.source == *source);
    let pools = pools.map(|line| (Holder::Unit(line.unit.clone()), line.currency, 0, line.costs, true));
    let nobodys = attribution.unattributed.iter().filter(move |line| line.source == *source);
    let nobodys = nobodys.map(|line| (Holder::Nobody(line.reason), line.currency, line.charges, line.costs, false));
    direct.chain(pools).chain(nobodys)
}

/// What changed by holder and currency.
pub(super) struct Parts<K>(BTreeMap<(K, Currency), PartChange>);

impl<K: Ord> Parts<K> {
    pub fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn part(&mut self, of: K, currency: Currency) -> &mut PartChange {
        let zero = FourCosts::ZERO;
        self.0.entry((of, currency)).or_insert(PartChange {
            currency,
            rows_before: 0,
            rows_after: 0,
            rows_same: 0,
            before: zero,
            after: zero,
            change: zero,
            shared: zero,
            kinds: Vec::new(),
        })
    }

    /// Adds charges, or a share of a pool, that a revision has.
    pub fn add(
        &mut self,
        of: K,
        currency: Currency,
        side: Side,
        rows: u64,
        costs: FourCosts,
        is_share: bool,
    ) -> Result<(), Error> {
        let part = self.part(of, currency);
        let (sum, count, signed) = match side {
            Side::Before => (&mut part.before, &mut part.rows_before, -costs),
            Side::After => (&mut part.after, &mut part.rows_after, costs),
        };
        *sum = plus(*sum, costs)?;
        *count += rows;
        part.change = plus(part.change, signed)?;
        if is_share {
            part.shared = plus(part.shared, signed)?;
        }
        Ok(())
    }

    /// Adds charges that changed.
    pub fn add_changed(
        &mut self,
        of: K,
        currency: Currency,
        label: (ChangeKind, Side),
        rows: u64,
        costs: FourCosts,
    ) -> Result<(), Error> {
        add_kind(&mut self.part(of, currency).kinds, currency, label, rows, costs)
    }

    /// The holders for whom anything is different, and what does not add up.
    pub fn finish(self, name: impl Fn(&K) -> String, problems: &mut Vec<String>) -> Result<Vec<(K, PartChange)>, Error> {
        let mut parts = Vec::new();
        for ((of, currency), mut part) in self.0 {
            let rows = |of_side: fn(&KindChange) -> u64| part.kinds.iter().map(of_side).sum::<u64>();
            let (before, after) = (rows(|kind| kind.rows_before), rows(|kind| kind.rows_after));
            let same = (part.rows_before.checked_sub(before), part.rows_after.checked_sub(after));
            if same.0.is_none() || same.0 != same.1 {
                problems
                    .push(format!("{}, {currency}: the charges that are the same are not as many in both revisions", name(&of)));
            }
            let charges = part.kinds.iter().try_fold(FourCosts::ZERO, |sum, kind| plus(sum, kind.change))?;
            if plus(charges, part.shared)? != part.change {
                problems.push(format!("{}, {currency}: the changed charges are not the difference of what it cost", name(&of)));
            }
            part.rows_same = same.1.unwrap_or_default();
            part.kinds.sort_unstable_by_key(|kind| kind.kind);
            if !part.kinds.is_empty() || !part.change.is_zero() {
                parts.push((of, part));
            }
        }
        Ok(parts)
    }
}

/// Adds charges to the changes of a kind: what was there is taken off.
pub(super) fn add_kind(
    kinds: &mut Vec<KindChange>,
    currency: Currency,
    (kind, side): (ChangeKind, Side),
    rows: u64,
    costs: FourCosts,
) -> Result<(), Error> {
    let at = kinds.iter().position(|known| (known.kind, known.currency) == (kind, currency)).unwrap_or_else(|| {
        kinds.push(KindChange { kind, currency, rows_before: 0, rows_after: 0, change: FourCosts::ZERO });
        kinds.len() - 1
    });
    let known = &mut kinds[at];
    known.change = match side {
        Side::Before => {
            known.rows_before += rows;
            plus(known.change, -costs)?
        }
        Side::After => {
            known.rows_after += rows;
            plus(known.change, costs)?
        }
    };
    Ok(())
}

pub(super) fn plus(a: FourCosts, b: FourCosts) -> Result<FourCosts, Error> {
    let mut sum = FourCosts::ZERO;
    for cost in Cost::ALL {
        let fits = a[cost].checked_add(b[cost]);
        sum[cost] = fits.ok_or_else(|| Error::Invalid(format!("a sum of {} does not fit ±1e20", cost.column())))?;
    }
    Ok(sum)
}
