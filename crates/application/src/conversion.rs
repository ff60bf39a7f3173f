//! Statements in another currency than that of the bill.
//!
//! Money is attributed in the currency that it was billed in. Then every group of charges is converted, and the converted groups run through
//! the same attribution: what they are split by is the money as it was billed, so that rates change no share. What was billed is converted
//! on a path of its own, and the difference to the lines, which is rounding alone, is a line of the statement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use farthing_attribution::{Attribution, ChargeGroup, Charges, attribute};
use farthing_ledger::{
    AppliedRate, Billed, Conversion, ConversionRule, Correction, Factor, OriginalTotal, RateLine, RatesDocument, Statement,
    Unattributed,
};
use farthing_store::DocumentKind as StoredKind;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, FourCosts, Selection, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::chargeback::{Attributed, StatementLines, corrections, made, statements_of};
use crate::home::blocking;
use crate::{Error, Farthing};

/// In which currency a report is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reporting {
    /// The currency.
    pub currency: Currency,
    /// Which rate holds for a charge; without it the rule of the rates, or else that of the day.
    pub rule: Option<ConversionRule>,
}

/// Rates as they were published, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedRates {
    /// The version; none where nothing was published.
    pub version: Option<u64>,
    /// False where the newest version has the same text.
    pub changed: bool,
    /// True where nothing was published because only the check was asked for.
    pub dry_run: bool,
    /// How many rates there are.
    pub rates: usize,
    /// How many pairs of currencies.
    pub pairs: usize,
    /// The rule where none is asked for.
    pub rule: ConversionRule,
    /// For how many days after its own a rate holds where these have none.
    pub carry_days: u32,
}

/// The word for the line that closes a converted statement.
pub(crate) const ROUNDING: &str = "fx_rounding";
const ROUNDING_IN_WORDS: &str = "rounding of the conversion";

/// Reads a rates file, or says all that is wrong with it.
fn rates_of(text: &str, name: &str) -> Result<RatesDocument, Error> {
    RatesDocument::parse(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

impl Farthing {
    /// Checks rates and publishes them in place of those before, or only says what they are.
    ///
    /// # Errors
    /// All that is wrong with them; nothing is then published.
    pub async fn import_rates(&self, text: &str, name: &str, by: &str, dry_run: bool) -> Result<PublishedRates, Error> {
        let document = rates_of(text, name)?;
        let lines: Vec<RateLine> = document.lines().collect();
        let pairs: BTreeSet<(Currency, Currency)> = lines.iter().map(|line| (line.from, line.to)).collect();
        let report = PublishedRates {
            version: None,
            changed: self.in_force(StoredKind::Rates).await?.is_none_or(|before| before.content != text),
            dry_run,
            rates: lines.len(),
            pairs: pairs.len(),
            rule: document.rule().unwrap_or_default(),
            carry_days: document.carry_days(),
        };
        if dry_run {
            return Ok(report);
        }
        let published = self.store.documents().publish(StoredKind::Rates, text, by, self.now()).await?;
        Ok(PublishedRates { version: Some(published.document.version), changed: published.is_new, ..report })
    }

    /// The rates in force, by pair and day; only those of a pair, or of a month.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    pub async fn rates(&self, currency: Option<Currency>, period: Option<BillingPeriod>) -> Result<Vec<RateLine>, Error> {
        let (document, _) = self.rates_in_force().await?;
        let is_meant = |line: &RateLine| {
            let of_month =
                |period: BillingPeriod| period.start().date_naive() <= line.date && line.date < period.end().date_naive();
            currency.is_none_or(|currency| line.from == currency || line.to == currency) && period.is_none_or(of_month)
        };
        Ok(document.lines().filter(is_meant).collect())
    }

    async fn rates_in_force(&self) -> Result<(RatesDocument, u64), Error> {
        match self.in_force(StoredKind::Rates).await? {
            Some(document) => Ok((rates_of(&document.content, &format!("rates v{}", document.version))?, document.version)),
            None => {
                let then = self.moment.map_or(String::new(), |moment| {
                    format!(
                        " as of {}, the moment that is asked about (a closed period is read as of its closing)",
                        moment.format("%Y-%m-%dT%H:%M:%SZ")
                    )
                });
                Err(Error::Nothing(format!(
                    "there are no rates between currencies{then}. Publish some: `farthing rates import rates.csv`, or ask for another moment with --as-of"
                )))
            }
        }
    }

    /// The one statement of all currencies in the one that is wanted.
    pub(crate) async fn converted(
        &self,
        attributed: Attributed,
        cost: Cost,
        reporting: Reporting,
    ) -> Result<(Attributed, Statement), Error> {
        let foreign = attributed.charges.groups.iter().any(|group| group.currency != reporting.currency);
        let (rates, version) = match foreign {
            true => self.rates_in_force().await.map(|(rates, version)| (rates, Some(version)))?,
            false => (RatesDocument::default(), None),
        };
        let rule = reporting.rule.or(rates.rule()).unwrap_or_default();
        let billed = self.billed(&attributed.charges, cost).await?;
        let originals = statements_of(&attributed, billed.clone(), cost)?;
        let drivers = self.drivers(&attributed.rules, attributed.charges.selection.window()).await?;
        blocking(move || {
            let selection = attributed.charges.selection;
            let mut converter = Converter { rates, rule, to: reporting.currency, selection, factors: BTreeMap::new() };
            // One slot holds what is converted, one what pools are split by, and one the amount as it was billed, to check the others by.
            let mut groups = attributed.charges.groups.clone();
            for group in &mut groups {
                let converted = converter.convert(group.currency, group.day, group.costs[cost])?;
                let (effective, original) = (group.costs.effective, group.costs[cost]);
                group.costs = FourCosts { billed: converted, effective, contracted: original, list: Amount::ZERO };
            }
            let charges = &attributed.charges;
            let input = Charges { keys: &charges.keys, sources: &charges.sources, groups: &groups, window: charges.window };
            let lines = attribute(&attributed.rules, &input, &drivers)?;
            same_shares(&attributed.attribution, &lines, cost)?;
            let converted = converter.billed(&attributed, &billed, cost)?;
            let statement = converter.statement(&attributed, lines, &converted, &originals, cost, version)?;
            Ok((attributed, statement))
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

/// What was billed by a source in a currency, and what it came to.
struct ConvertedTotal {
    source: SourceName,
    currency: Currency,
    amount: Amount,
    charges: u64,
}

struct Converter {
    rates: RatesDocument,
    rule: ConversionRule,
    to: Currency,
    selection: Selection,
    factors: BTreeMap<(Currency, NaiveDate), Factor>,
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

    fn convert(&mut self, from: Currency, day: NaiveDate, amount: Amount) -> Result<Amount, Error> {
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
    fn billed(&mut self, attributed: &Attributed, billed: &[Billed], cost: Cost) -> Result<Vec<ConvertedTotal>, Error> {
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

    /// The statement, whose lines and their rounding sum to what was billed.
    fn statement(
        &mut self,
        attributed: &Attributed,
        attribution: Attribution,
        totals: &[ConvertedTotal],
        originals: &[Statement],
        cost: Cost,
        version: Option<u64>,
    ) -> Result<Statement, Error> {
        let to = self.to;
        let mut lines = StatementLines::of(&attribution, Cost::Billed);
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
        let rounding = crate::chargeback::sum(open.values().copied())?;
        lines.unattributed.extend(open.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(source, amount)| {
            Unattributed {
                reason: ROUNDING.to_owned(),
                description: ROUNDING_IN_WORDS.to_owned(),
                source,
                currency: to,
                amount,
                charges: 0,
            }
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
            let converted_total = crate::chargeback::sum(of_currency)?;
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
        Ok(statement)
    }
}
