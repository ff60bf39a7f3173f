//! Every amount of a report in another currency, each by its own rate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use farthing_attribution::{Attribution, ChargeGroup};
use farthing_ledger::{
    AppliedRate, Billed, Conversion, ConversionRule, Correction, Factor, OriginalTotal, RatesDocument, Statement, Unattributed,
};
use farthing_types::{Amount, Cost, Currency, Selection, SourceName};

use super::{ROUNDING, ROUNDING_IN_WORDS};
use crate::Error;
use crate::chargeback::{Attributed, StatementLines, corrections, made, sum};

/// What was billed by a source in a currency, and what it came to.
pub(super) struct ConvertedTotal {
    source: SourceName,
    currency: Currency,
    amount: Amount,
    charges: u64,
}

pub(super) struct Converter {
    pub rates: RatesDocument,
    pub rule: ConversionRule,
    pub to: Currency,
    pub selection: Selection,
    pub factors: BTreeMap<(Currency, NaiveDate), Factor>,
}

fn unfit(currency: Currency, amount: Amount) -> Error {
    Error::Invalid(format!("{amount} {currency} does not fit ±1e20 when it is converted"))
}

impl Converter {
    /// The day whose rate holds for a charge: its own, or for the rules of months one of the billing month.
    fn rate_day(&self, day: NaiveDate) -> NaiveDate {
        match (self.rule, self.selection) {
            (ConversionRule::Day, _) | (_, Selection::Window(_)) => day,
            (_, Selection::Period(period)) => period.start().date_naive(),
        }
    }

    pub fn convert(&mut self, from: Currency, day: NaiveDate, amount: Amount) -> Result<Amount, Error> {
        let day = self.rate_day(day);
        let factor = match self.factors.get(&(from, day)) {
            Some(factor) => factor,
            None => {
                let factor =
                    self.rates.factor(from, self.to, day, self.rule).map_err(|missing| Error::Nothing(missing.to_string()))?;
                self.factors.entry((from, day)).or_insert(factor)
            }
        };
        factor.convert(amount).ok_or_else(|| unfit(from, amount))
    }

    /// What was billed, converted apart from the lines: each source's sum of each day, or where one rate holds for all of it, the sum that
    /// the catalogue has.
    pub fn billed(&mut self, attributed: &Attributed, billed: &[Billed], cost: Cost) -> Result<Vec<ConvertedTotal>, Error> {
        let charges = &attributed.charges;
        let one_rate = self.rule != ConversionRule::Day && matches!(self.selection, Selection::Period(_));
        let mut totals: BTreeMap<(SourceName, Currency), (Amount, u64)> = BTreeMap::new();
        let mut days: BTreeMap<(SourceName, Currency, NaiveDate), Amount> = BTreeMap::new();
        for line in billed {
            let entry = totals.entry((line.source.clone(), line.currency)).or_default();
            entry.1 = entry.1.saturating_add(line.charges);
            if one_rate {
                let day = self.selection.window().from.date_naive();
                let sum = days.entry((line.source.clone(), line.currency, day)).or_default();
                *sum = sum.checked_add(line.amount).ok_or_else(|| unfit(line.currency, line.amount))?;
            }
        }
        for ChargeGroup { source, currency, day, costs, .. } in charges.groups.iter().filter(|_| !one_rate) {
            let sum = days.entry((charges.sources[*source as usize].clone(), *currency, *day)).or_default();
            *sum = sum.checked_add(costs[cost]).ok_or_else(|| unfit(*currency, costs[cost]))?;
        }
        for ((source, currency, day), sum) in days {
            let converted = self.convert(currency, day, sum)?;
            let total = &mut totals.entry((source, currency)).or_default().0;
            *total = total.checked_add(converted).ok_or_else(|| unfit(currency, sum))?;
        }
        let total = |((source, currency), (amount, charges))| ConvertedTotal { source, currency, amount, charges };
        Ok(totals.into_iter().map(total).collect())
    }

    /// The statement, whose lines and their rounding sum to what was billed; and that rounding by source.
    pub fn statement(
        &mut self,
        attributed: &Attributed,
        attribution: &Attribution,
        totals: &[ConvertedTotal],
        originals: &[Statement],
        cost: Cost,
        version: Option<u64>,
    ) -> Result<(Statement, Vec<(SourceName, Amount)>), Error> {
        let to = self.to;
        let mut lines = StatementLines::of(attribution, cost);
        lines.lines.iter_mut().for_each(|line| line.currency = to);
        lines.unattributed.iter_mut().for_each(|line| line.currency = to);
        lines.notes.iter_mut().for_each(|(currency, _)| *currency = to);
        lines.notes.dedup();
        let mut open: BTreeMap<SourceName, Amount> = BTreeMap::new();
        let billed = totals.iter().map(|total| (&total.source, total.amount));
        let taken = lines.lines.iter().map(|line| (&line.source, -line.amount));
        let rest = lines.unattributed.iter().map(|line| (&line.source, -line.amount));
        for (source, amount) in billed.chain(taken).chain(rest) {
            let sum = open.entry(source.clone()).or_default();
            *sum = sum.checked_add(amount).ok_or_else(|| unfit(to, amount))?;
        }
        let rounding = sum(open.values().copied())?;
        open.retain(|_, amount| !amount.is_zero());
        lines.unattributed.extend(open.iter().map(|(source, amount)| Unattributed {
            reason: ROUNDING.to_owned(),
            description: ROUNDING_IN_WORDS.to_owned(),
            source: source.clone(),
            currency: to,
            amount: *amount,
            charges: 0,
        }));
        let billed = totals.iter().map(|total| Billed {
            source: total.source.clone(),
            currency: to,
            amount: total.amount,
            charges: total.charges,
        });
        let mut corrected = Vec::new();
        for (day, correction) in corrections(&attributed.charges, cost) {
            let amount = self.convert(correction.currency, day, correction.amount)?;
            corrected.push(Correction { currency: to, amount, ..correction });
        }
        let mut made = made(attributed, lines, billed.collect(), corrected, cost)?;
        let Some(mut statement) = made.pop().filter(|_| made.is_empty()) else {
            return Err(Error::Panicked("a converted statement was not of one currency".to_owned()));
        };
        let original = |statement: &Statement| {
            let of_currency = totals.iter().filter(|total| total.currency == statement.currency).map(|total| total.amount);
            let converted_total = sum(of_currency)?;
            Ok(OriginalTotal {
                currency: statement.currency,
                billed_total: statement.billed_total,
                attributed_total: statement.attributed_total,
                unattributed_total: statement.unattributed_total,
                converted_total,
                mean_rate: converted_total.checked_div(statement.billed_total),
            })
        };
        let applied: BTreeSet<AppliedRate> = self.factors.values().flat_map(|factor| factor.used.iter().copied()).collect();
        statement.conversion = Some(Conversion {
            to,
            rule: self.rule,
            rates: version,
            originals: originals.iter().map(original).collect::<Result<_, Error>>()?,
            rounding,
            applied: applied.into_iter().collect(),
        });
        // A statement that does not close in the currency of the bill does not close in another.
        statement.problems.extend(originals.iter().flat_map(|statement| statement.problems.iter().cloned()));
        statement.proven = statement.problems.is_empty();
        Ok((statement, open.into_iter().collect()))
    }
}
