//! What a billing period owes for days that no bill has come for yet.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use farthing_attribution::attribute;
use farthing_ledger::{AccrualBasis, AccrualInput, Accruals, LateSource, StatementUnit, accruals};
use farthing_types::{Amount, BillingPeriod, Currency, Selection, SourceName, UnitId};

use crate::chargeback::Attributed;
use crate::home::blocking;
use crate::journal::{JournalQuery, layout_of};
use crate::{Error, Farthing};

/// The accruals of a period, one a currency, and the file that the books import.
#[derive(Clone, Debug)]
pub struct Accrued {
    /// The accruals; none where no source is late.
    pub accruals: Vec<Accruals>,
    /// Their journals as the layout writes them.
    pub file: String,
}

/// What was charged for usage on the days of a period, attributed.
struct Usage {
    attributed: Attributed,
    /// The last day of each source that has usage.
    last_days: BTreeMap<SourceName, NaiveDate>,
}

/// What a unit, or nobody, was charged by a source in a currency.
type Charged = BTreeMap<(Currency, SourceName, Option<UnitId>), Amount>;

impl Farthing {
    /// What each unit owes for days of a period that are over and not billed yet, with the entries that post and reverse it.
    ///
    /// A source is late where its usage ends sooner before the end of the period, or before the moment of the report, than it
    /// ended before the end of the period before.
    ///
    /// # Errors
    /// When neither the period nor the one before has charges, or the layout cannot be used.
    pub async fn accruals(&self, query: &JournalQuery) -> Result<Accrued, Error> {
        let layout = layout_of(query.layout.as_ref())?;
        let period = query.period;
        let (now, before) = (self.usage_of(period).await?, self.usage_of(period.previous()).await?);
        let Some(newest) = now.as_ref().or(before.as_ref()) else {
            return Err(Error::Nothing(format!(
                "neither {period} nor {} has charges: there is nothing that an accrual could rest on. `farthing status` lists what there is",
                period.previous()
            )));
        };
        let rule_set = newest.attributed.rule_set.said();
        let units: Vec<StatementUnit> = newest.attributed.statement_units(Selection::Period(period));
        let days_over = days_over(period, self.stated_moment().date_naive());
        let sources = late_sources(period, days_over, now.as_ref(), before.as_ref());
        let mut basis = Charged::new();
        for (usage, of) in [(&now, period), (&before, period.previous())] {
            let wanted: BTreeSet<&SourceName> = sources.iter().filter(|late| late.basis == of).map(|late| &late.source).collect();
            if let Some(usage) = usage {
                usage.charged(query, &wanted, &mut basis)?;
            }
        }
        let mut by_currency: BTreeMap<Currency, Vec<AccrualBasis>> = BTreeMap::new();
        for ((currency, source, unit), amount) in basis {
            by_currency.entry(currency).or_default().push(AccrualBasis { unit, source, amount });
        }
        let of_currency = |(currency, basis): (Currency, Vec<AccrualBasis>)| {
            let named: BTreeSet<&SourceName> = basis.iter().map(|line| &line.source).collect();
            let sources = sources.iter().filter(|late| named.contains(&late.source)).cloned().collect();
            let (units, rule_set) = (units.clone(), rule_set.clone());
            let input = AccrualInput { period, currency, cost: query.cost, rule_set, units, sources, basis };
            accruals(&input, &layout).map_err(|error| Error::Invalid(error.to_string()))
        };
        let accruals = by_currency.into_iter().map(of_currency).collect::<Result<Vec<_>, _>>()?;
        let journals: Vec<_> = accruals.iter().flat_map(|accruals| accruals.journals.iter().cloned()).collect();
        Ok(Accrued { file: layout.render(&journals), accruals })
    }

    /// The usage of a period by the rules in force; `None` where it has no charges.
    async fn usage_of(&self, period: BillingPeriod) -> Result<Option<Usage>, Error> {
        let selection = Selection::Period(period);
        let (rules, rule_set) = self.rules().await?;
        let mut charges = match self.selected_charges(selection, &rules, &["ChargeCategory"]).await {
            Ok(charges) => charges,
            Err(Error::Nothing(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let drivers = self.drivers(&rules, selection.window()).await?;
        let attribute_usage = move || {
            // Fees, taxes and purchases come once: a day of them says nothing about the days that are missing.
            let category = charges.keys.column("ChargeCategory");
            let (first, end) = (period.start().date_naive(), period.end().date_naive());
            let is_usage = |key| category.and_then(|at| charges.keys.value(key, at)) == Some("Usage");
            charges.groups.retain(|group| (first..end).contains(&group.day) && is_usage(group.key));
            let mut last_days: BTreeMap<SourceName, NaiveDate> = BTreeMap::new();
            for group in &charges.groups {
                let last = last_days.entry(charges.sources[group.source as usize].clone()).or_insert(group.day);
                *last = group.day.max(*last);
            }
            let attribution = attribute(&rules, &charges.as_input(), &drivers)?;
            Ok(Some(Usage { attributed: Attributed { rules, rule_set, charges, attribution }, last_days }))
        };
        blocking(attribute_usage).await
    }
}

/// How many days of the period are over.
fn days_over(period: BillingPeriod, today: NaiveDate) -> u32 {
    (today.min(period.end().date_naive()) - period.start().date_naive()).num_days().try_into().unwrap_or_default()
}

/// How many days of a period go by up to and with one of its days.
fn days_until(period: BillingPeriod, day: NaiveDate) -> u32 {
    days_over(period, day) + 1
}

fn late_sources(period: BillingPeriod, days_over: u32, now: Option<&Usage>, before: Option<&Usage>) -> Vec<LateSource> {
    let previous = period.previous();
    let length = |period: BillingPeriod| days_over_all(period);
    let none = BTreeMap::new();
    let (now, before) = (now.map_or(&none, |usage| &usage.last_days), before.map_or(&none, |usage| &usage.last_days));
    let sources: BTreeSet<&SourceName> = now.keys().chain(before.keys()).collect();
    let mut late = Vec::new();
    for source in sources {
        let billed_until = now.get(source).copied();
        let billed_days = billed_until.map_or(0, |day| days_until(period, day));
        let before_days = before.get(source).map(|day| days_until(previous, *day));
        // As late as in the period before, counted from its end or from its beginning: months have not the same length.
        let usual_days = before_days.map_or(length(period), |days| match length(previous) - days {
            0 => length(period),
            gap => days.min(length(period).saturating_sub(gap)),
        });
        let expected_days = days_over.min(usual_days);
        let (basis, basis_days) = match before_days {
            Some(days) if billed_days == 0 => (previous, days),
            _ => (period, billed_days),
        };
        if expected_days > billed_days {
            late.push(LateSource {
                source: source.clone(),
                billed_until,
                expected_until: period.start().date_naive() + chrono::Days::new(u64::from(expected_days) - 1),
                missing_days: expected_days - billed_days,
                basis,
                basis_days,
            });
        }
    }
    late
}

fn days_over_all(period: BillingPeriod) -> u32 {
    days_over(period, period.end().date_naive())
}

impl Usage {
    /// Adds what each unit, or nobody, was charged by some sources.
    fn charged(&self, query: &JournalQuery, sources: &BTreeSet<&SourceName>, charged: &mut Charged) -> Result<(), Error> {
        let lines = &self.attributed.attribution;
        let direct = lines.direct.iter().map(|line| (&line.source, line.currency, Some(&line.unit), line.costs[query.cost]));
        let shared = lines.pools.iter().map(|line| (&line.source, line.currency, Some(&line.unit), line.costs[query.cost]));
        let nobody = lines.unattributed.iter().map(|line| (&line.source, line.currency, None, line.costs[query.cost]));
        for (source, currency, unit, amount) in direct.chain(shared).chain(nobody).filter(|line| sources.contains(line.0)) {
            let sum = charged.entry((currency, source.clone(), unit.cloned())).or_default();
            let too_large = || Error::Invalid("a sum of costs does not fit ±1e20".to_owned());
            *sum = sum.checked_add(amount).ok_or_else(too_large)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_the_first() {
        let may: BillingPeriod = "2026-05".parse().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!((days_until(may, day("2026-05-01")), days_until(may, day("2026-05-28"))), (1, 28));
        assert_eq!(
            (days_over(may, day("2026-05-01")), days_over(may, day("2026-06-20")), days_over(may, day("2026-04-02"))),
            (0, 31, 0)
        );
    }
}
