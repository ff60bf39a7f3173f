//! A statement beside that of an earlier period.

use std::collections::BTreeMap;

use ethnum::I256;
use farthing_types::{Amount, UnitId};

use crate::statement::{Comparison, Statement};

/// The change from `before` to `now` in tenths of a percent of `before`'s magnitude, rounded half away from zero: 41 is + 4.1 %.
///
/// `None` where `before` is zero, or where the change does not fit 64 bits.
pub fn change_tenths(before: Amount, now: Amount) -> Option<i64> {
    tenths_of(I256::from(now.atto()) - I256::from(before.atto()), before)
}

/// `part` in tenths of a percent of the magnitude of `whole`, rounded half away from zero; as [`change_tenths`] where it is none.
pub(crate) fn tenths_of(part: I256, whole: Amount) -> Option<i64> {
    let base = I256::from(whole.abs().atto());
    if base == 0 {
        return None;
    }
    let part = part * I256::from(1000);
    let half = if part < 0 { -base } else { base };
    i64::try_from((part * 2 + half) / (base * 2)).ok()
}

impl Statement {
    /// Writes what stood in `before` beside every unit's roll-up and beside the billed total.
    ///
    /// A unit that was not there counts as zero then. A statement of another currency or cost, or of no period, says nothing about this one:
    /// nothing is written, and `false` is returned.
    pub fn compare(&mut self, before: &Statement) -> bool {
        if (self.currency, self.cost) != (before.currency, before.cost) {
            return false;
        }
        let Some(period) = before.selection.period() else { return false };
        let comparison = |amount, now| Comparison { period, amount, change_tenths: change_tenths(amount, now) };
        let amounts: BTreeMap<&UnitId, Amount> = before.units.iter().map(|unit| (&unit.unit, unit.rolled_up.total)).collect();
        for unit in &mut self.units {
            let then = amounts.get(&unit.unit).copied().unwrap_or_default();
            unit.previous = Some(comparison(then, unit.rolled_up.total));
        }
        let mut reasons: BTreeMap<&str, Amount> =
            before.unattributed.iter().map(|line| (line.reason.as_str(), line.amount)).collect();
        for line in &mut self.unattributed {
            let then = reasons.remove(line.reason.as_str()).unwrap_or_default();
            line.previous = Some(comparison(then, line.amount));
        }
        self.unattributed_previous = Some(comparison(before.unattributed_total, self.unattributed_total));
        self.previous = Some(comparison(before.billed_total, self.billed_total));
        true
    }
}
