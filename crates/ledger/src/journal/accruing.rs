//! The entries of accruals.

use std::collections::BTreeMap;

use farthing_types::{Amount, BillingPeriod, Cost, Currency, SourceName};

use super::layout::JournalLayout;
use super::{Entry, Heading, Journal, JournalLine, Posting, cost_centers, last_day};
use crate::accrual::AccrualLine;
use crate::build::StatementError;
use crate::input::StatementUnit;

/// Accruals to be posted.
pub(crate) struct Accruing<'a> {
    pub period: BillingPeriod,
    pub currency: Currency,
    pub cost: Cost,
    pub rule_set: Option<String>,
    pub units: &'a [StatementUnit],
    pub lines: &'a [AccrualLine],
}

impl Accruing<'_> {
    /// The accrual on the last day of the period and its reversal on the first day of the next: the same lines on the other sides.
    pub fn journals(&self, layout: &JournalLayout) -> Result<[Journal; 2], StatementError> {
        let posted = self.posted(layout)?;
        let turned = |line: &JournalLine| JournalLine {
            debit: line.credit,
            credit: line.debit,
            exact: -line.exact,
            text: format!("{} (reversed)", line.text),
            ..line.clone()
        };
        let reversed = Journal {
            id: format!("{}-reversal", posted.id),
            date: self.period.next().start().date_naive(),
            lines: posted.lines.iter().map(turned).collect(),
            debit_total: posted.credit_total,
            credit_total: posted.debit_total,
            rounding: -posted.rounding,
            ..posted.clone()
        };
        Ok([posted, reversed])
    }

    fn posted(&self, layout: &JournalLayout) -> Result<Journal, StatementError> {
        let Self { period, currency, cost, .. } = *self;
        let mut posting = Posting::new(layout.decimals_of(currency));
        let centers = cost_centers(self.units.iter().map(|unit| (&unit.id, &unit.parent, &unit.cost_center)));
        let mut owed: BTreeMap<&SourceName, Amount> = BTreeMap::new();
        let (of_units, of_nobody): (Vec<&AccrualLine>, Vec<&AccrualLine>) =
            self.lines.iter().partition(|line| line.unit.is_some());
        for line in of_units.into_iter().chain(of_nobody) {
            let AccrualLine { unit, source, accrued, .. } = line;
            let account = unit.as_ref().map_or(layout.accounts.unattributed.as_str(), |unit| layout.accounts.of_unit(unit));
            let name = unit.as_ref().map_or("Not attributed", |id| {
                self.units.iter().find(|unit| unit.id == *id).map_or(id.as_str(), |unit| unit.name.as_str())
            });
            let center = unit.as_ref().and_then(|unit| centers.get(unit).cloned().flatten());
            posting.post(
                Entry::Accrual,
                account,
                center,
                unit.clone(),
                format!("{name}: {source} not billed yet, {period}"),
                *accrued,
            );
            let sum = owed.entry(source).or_insert(Amount::ZERO);
            let overflow = || StatementError::Overflow { what: "the accruals".to_owned(), currency };
            *sum = sum.checked_add(*accrued).ok_or_else(overflow)?;
        }
        for (source, amount) in owed {
            let text = format!("{source}: {cost} cost not billed yet, {period}");
            posting.post(Entry::Accrual, &layout.accounts.accrued, None, None, text, -amount);
        }
        posting.into_journal(Heading {
            id: format!("{}-{period}-{currency}-{cost}-accrual", layout.journal),
            period,
            date: last_day(period),
            currency,
            cost,
            rule_set: self.rule_set.clone(),
            rounding_account: &layout.accounts.rounding,
            conversion: None,
        })
    }
}
