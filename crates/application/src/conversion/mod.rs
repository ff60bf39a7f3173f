//! Reports in another currency than that of the bill.
//!
//! Money is attributed in the currency that it was billed in. Then every group of charges is converted, and the converted groups run through
//! the same attribution: what they are split by is the money as it was billed, so that rates change no share. What was billed is converted
//! on a path of its own, and the difference to the lines, which is rounding alone, is a line of the statement.

mod convert;
mod rates;

use std::collections::BTreeMap;

use farthing_attribution::{Attribution, Charges, attribute};
use farthing_ledger::{ConversionRule, Original, RatesDocument, Statement};
use farthing_types::{Amount, Cost, Currency, FourCosts, SourceName};

use self::convert::Converter;
use crate::chargeback::{Attributed, statements_of};
use crate::home::blocking;
use crate::{Error, Farthing};

pub use self::rates::PublishedRates;

/// In which currency a report is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reporting {
    /// The currency.
    pub currency: Currency,
    /// Which rate holds for a charge; without it the rule of the rates, or else that of the day.
    pub rule: Option<ConversionRule>,
}

/// The word for the line that closes a converted statement.
pub(crate) const ROUNDING: &str = "fx_rounding";
const ROUNDING_IN_WORDS: &str = "rounding of the conversion";

/// Charges attributed, with their statements: one for each currency that was billed, or one for all.
pub(crate) struct Stated {
    /// The charges and lines, by the currency that they were billed in. Where the report is in one currency, the cost that it is about is
    /// converted in them, and [`original`](Self::original) is what it was; the other costs mean nothing.
    pub attributed: Attributed,
    /// The statements.
    pub statements: Vec<Statement>,
    /// The one currency of the report.
    pub to: Option<Currency>,
    /// What rounding the conversion left, by source.
    pub rounding: Vec<(SourceName, Amount)>,
    cost: Cost,
}

impl Stated {
    /// The currency in which amounts stand that were billed in another, or in this.
    pub fn currency(&self, billed: Currency) -> Currency {
        self.to.unwrap_or(billed)
    }

    /// What an amount of these costs was before it was converted; `None` where it was not.
    pub fn original(&self, currency: Currency, costs: &FourCosts) -> Option<Original> {
        let is_converted = self.to.is_some_and(|to| to != currency);
        is_converted.then(|| Original { currency, amount: costs[original_slot(self.cost)] })
    }
}

/// The cost whose place in converted sums holds what was billed.
const fn original_slot(cost: Cost) -> Cost {
    match cost {
        Cost::Contracted => Cost::Billed,
        _ => Cost::Contracted,
    }
}

/// What is converted in the place of the cost that the report is about, and what it was beside it.
fn with_original(cost: Cost, converted: Amount, original: Amount) -> FourCosts {
    let mut costs = FourCosts::ZERO;
    costs[cost] = converted;
    costs[original_slot(cost)] = original;
    costs
}

impl Farthing {
    /// The statements of attributed charges, in the currency that is wanted or else in those of the bill.
    pub(crate) async fn stated_in(
        &self,
        attributed: Attributed,
        cost: Cost,
        reporting: Option<Reporting>,
    ) -> Result<Stated, Error> {
        let billed = self.billed(&attributed.charges, cost).await?;
        let originals = statements_of(&attributed, billed.clone(), cost)?;
        let Some(reporting) = reporting else {
            return Ok(Stated { attributed, statements: originals, to: None, rounding: Vec::new(), cost });
        };
        let foreign = attributed.charges.groups.iter().any(|group| group.currency != reporting.currency);
        let (rates, version) = match foreign {
            true => self.rates_in_force().await.map(|(rates, version)| (rates, Some(version)))?,
            false => (RatesDocument::default(), None),
        };
        let rule = reporting.rule.or(rates.rule()).unwrap_or_default();
        let drivers = self.drivers(&attributed.rules, attributed.charges.selection.window()).await?;
        blocking(move || {
            let selection = attributed.charges.selection;
            let mut converter = Converter { rates, rule, to: reporting.currency, selection, factors: BTreeMap::new() };
            // Pools are split by the effective cost as it was billed, so it stays in its place; what is converted, and what it was, stand in
            // those of others.
            let mut groups = attributed.charges.groups.clone();
            for group in &mut groups {
                let converted = converter.convert(group.currency, group.day, group.costs[cost])?;
                let (effective, original) = (group.costs.effective, group.costs[cost]);
                group.costs = FourCosts { billed: converted, effective, contracted: original, list: Amount::ZERO };
            }
            let charges = &attributed.charges;
            let input = Charges { keys: &charges.keys, sources: &charges.sources, groups: &groups, window: charges.window };
            let mut lines = attribute(&attributed.rules, &input, &drivers)?;
            same_shares(&attributed.attribution, &lines, cost)?;
            let totals = converter.billed(&attributed, &billed, cost)?;
            let direct = lines.direct.iter_mut().map(|line| &mut line.costs);
            let pools = lines.pools.iter_mut().map(|line| &mut line.costs);
            let rest = lines.unattributed.iter_mut().map(|line| &mut line.costs);
            let of_groups = groups.iter_mut().map(|group| &mut group.costs);
            direct.chain(pools).chain(rest).chain(of_groups).for_each(|costs| {
                *costs = with_original(cost, costs.billed, costs.contracted);
            });
            let (statement, rounding) = converter.statement(&attributed, &lines, &totals, &originals, cost, version)?;
            let charges = crate::charges::PeriodCharges { groups, ..attributed.charges };
            let attributed = Attributed { charges, attribution: lines, ..attributed };
            Ok(Stated { attributed, statements: vec![statement], to: Some(reporting.currency), rounding, cost })
        })
        .await
    }
}

/// Checks that the converted run went line by line the way of the one in the billed currency.
fn same_shares(original: &Attribution, converted: &Attribution, cost: Cost) -> Result<(), Error> {
    let direct =
        original.direct.iter().map(|line| line.costs[cost]).eq(converted.direct.iter().map(|line| line.costs.contracted));
    let pools = original.pools.iter().map(|line| line.costs[cost]).eq(converted.pools.iter().map(|line| line.costs.contracted));
    let rest = original.unattributed.iter().map(|line| line.costs[cost]);
    let rest = rest.eq(converted.unattributed.iter().map(|line| line.costs.contracted));
    match direct && pools && rest {
        true => Ok(()),
        false => Err(Error::Panicked("the converted charges went another way than the original ones".to_owned())),
    }
}
