//! A provider's forecast beside our own of the same days, from what was known on the same morning.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use farthing_collectors::source::ForecastReport;
use farthing_forecast::daily::{COVERAGE, DailySeries, outlook};
use farthing_store::{Dataset, ProviderReport, ReportKind};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ProviderQuery, nothing};
use crate::{Error, Farthing};

/// Months before the one that is forecast which its days are learned from.
const MONTHS_OF_HISTORY: usize = 6;

/// What providers expect, beside what we do.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ProviderForecasts {
    /// The moment that it shows.
    pub as_of: DateTime<Utc>,
    /// Each source and month.
    pub forecasts: Vec<ForecastBeside>,
}

/// A provider's forecast of the rest of a month, as the invoice has it, beside our own of the same days. Neither is part of the other.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ForecastBeside {
    /// The source, or part of one.
    pub source: SourceName,
    /// The month.
    pub period: BillingPeriod,
    /// When the provider said it.
    pub stated_at: DateTime<Utc>,
    /// The first day that is expected, in UTC.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// The currency.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// What the provider expects the days to cost together.
    #[schema(value_type = String)]
    pub provider: Amount,
    /// The lower end of its interval.
    #[schema(value_type = String)]
    pub provider_low: Amount,
    /// The upper end.
    #[schema(value_type = String)]
    pub provider_high: Amount,
    /// The share of outcomes that it is meant to hold, in percent.
    pub provider_interval_percent: u8,
    /// What we expect of the same days; none where there is too little history of this source.
    pub ours: Option<OwnForecast>,
    /// What the days have been billed by now, where the month is over.
    #[schema(value_type = Option<String>)]
    pub came: Option<Amount>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// Our own forecast, from the days of the source before the first that is expected.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OwnForecast {
    /// What the days are expected to cost together.
    #[schema(value_type = String)]
    pub total: Amount,
    /// The lower end of the interval of that sum; none where history is too short for one.
    #[schema(value_type = Option<String>)]
    pub low: Option<Amount>,
    /// The upper end.
    #[schema(value_type = Option<String>)]
    pub high: Option<Amount>,
    /// The share of outcomes that the interval is meant to hold, in percent.
    pub interval_percent: u8,
    /// Days that it was learned from.
    pub days_of_history: usize,
    /// How far answers of this method were off on average at earlier days, in percent; none where history is too short to tell.
    #[schema(value_type = Option<String>)]
    pub mape_percent: Option<Amount>,
}

type Days = BTreeMap<NaiveDate, Amount>;

impl Farthing {
    /// What providers expect of months, beside what we expect of the same days: the newest month of each source without a period.
    ///
    /// # Errors
    /// Where no provider was asked, or charges cannot be read.
    pub async fn provider_forecasts(&self, query: &ProviderQuery) -> Result<ProviderForecasts, Error> {
        let mut forecasts = Vec::new();
        for (report, said) in super::newest(self.provider_said::<ForecastReport>(ReportKind::Forecast, query).await?, query) {
            forecasts.push(self.beside(&report, said).await?);
        }
        if forecasts.is_empty() {
            return Err(nothing("what it expects", "\"forecast\"", query));
        }
        Ok(ProviderForecasts { as_of: self.stated_moment(), forecasts })
    }

    async fn beside(&self, report: &ProviderReport, said: ForecastReport) -> Result<ForecastBeside, Error> {
        let days = self.billed_days(&report.source, report.period, said.currency).await?;
        let mut notes = Vec::new();
        let last = days.range(..said.from).next_back().map(|(day, _)| *day);
        if last.is_some_and(|last| Some(last) != said.from.pred_opt()) {
            notes.push("our own forecast has no interval: the charges of the last days before it are not there".to_owned());
        }
        let ours = own(&days, &said);
        if ours.is_none() {
            notes.push("there is no history of this source to forecast from ourselves".to_owned());
        }
        let is_over = self.stated_moment() >= report.period.end();
        let came = days.range(said.from..said.to).try_fold(Amount::ZERO, |sum, (_, cost)| sum.checked_add(*cost));
        Ok(ForecastBeside {
            source: report.source.clone(),
            period: report.period,
            stated_at: report.stated_at,
            from: said.from,
            to: said.to,
            currency: said.currency,
            provider: said.mean,
            provider_low: said.low,
            provider_high: said.high,
            provider_interval_percent: said.interval_percent,
            ours,
            came: came.filter(|_| is_over),
            notes,
        })
    }

    /// What a source was billed for each day of a month and of those before it.
    async fn billed_days(&self, source: &SourceName, period: BillingPeriod, currency: Currency) -> Result<Days, Error> {
        let (mut days, mut month) = (Days::new(), period);
        for _ in 0..=MONTHS_OF_HISTORY {
            let revisions = self.revisions(Dataset::Charges, Some(month)).await?;
            let revisions: Vec<_> = revisions.into_iter().filter(|revision| revision.source == *source).collect();
            if !revisions.is_empty() {
                let (_, groups) = self.charge_groups(&revisions, Vec::new()).await?;
                for group in groups.iter().filter(|group| group.currency == currency) {
                    let sum = days.entry(group.day).or_default();
                    let unfit = || Error::Invalid(format!("the cost of {source} on {} does not fit ±1e20", group.day));
                    *sum = sum.checked_add(group.costs[Cost::Billed]).ok_or_else(unfit)?;
                }
            }
            month = month.previous();
        }
        Ok(days)
    }
}

/// Our own forecast of the same days, from the days before them.
fn own(days: &Days, said: &ForecastReport) -> Option<OwnForecast> {
    let (first, last) = (*days.keys().next()?, *days.range(..said.from).next_back()?.0);
    // A statistic: here money becomes a binary fraction, and only the forecast comes of it.
    let value = |day: NaiveDate| days.get(&day).map_or(0.0, |cost| cost.atto() as f64 / 1e18);
    let series = DailySeries { first, values: first.iter_days().take_while(|day| *day <= last).map(value).collect() };
    let ahead = usize::try_from((said.to - last).num_days() - 1).ok()?;
    let asked = usize::try_from((said.to - said.from).num_days()).ok()?;
    let found = outlook(&series, ahead).ok()?;
    // Days without charges that are over already are not asked about; the interval is then that of more days.
    let exact = ahead == asked;
    let rounded = |value: f64| format!("{value:.2}").parse::<Amount>().ok();
    Some(OwnForecast {
        total: rounded(found.daily.iter().skip(ahead - asked).sum())?,
        low: found.low.filter(|_| exact).and_then(rounded),
        high: found.high.filter(|_| exact).and_then(rounded),
        interval_percent: (COVERAGE * 100.0).round() as u8,
        days_of_history: series.values.len(),
        mape_percent: found.back_test.and_then(|test| test.mape).and_then(rounded),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn said() -> ForecastReport {
        let amount = |text: &str| text.parse::<Amount>().unwrap();
        ForecastReport {
            from: day("2026-10-21"),
            to: day("2026-11-01"),
            currency: Currency::USD,
            mean: amount("110"),
            low: amount("100"),
            high: amount("120"),
            interval_percent: 95,
        }
    }

    #[test]
    fn days_that_cost_the_same_are_expected_to_go_on() {
        let mut days: Days = day("2026-08-01").iter_days().take(92).map(|day| (day, Amount::from_int(10))).collect();
        let ours = own(&days, &said()).unwrap();
        assert_eq!((ours.total.to_string(), ours.days_of_history, ours.interval_percent), ("110".into(), 81, 95));
        assert!(ours.low.is_some_and(|low| low <= ours.total) && ours.high.is_some_and(|high| high >= ours.total));
        // What came afterwards changes nothing of what would have been said.
        days.retain(|known, _| *known < day("2026-10-21"));
        assert_eq!(own(&days, &said()), Some(ours));
        // Two days that are not there are not forecast into the sum, and it has no interval.
        days.retain(|known, _| *known < day("2026-10-19"));
        let ours = own(&days, &said()).unwrap();
        assert_eq!((ours.total.to_string(), ours.low), ("110".into(), None));
        assert_eq!(own(&Days::new(), &said()), None);
    }
}
