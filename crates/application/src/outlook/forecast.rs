//! What the months to come will cost.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use farthing_forecast::daily::{Method, Span, outlook, spans};
use farthing_types::{Amount, BillingPeriod, Cost, Currency};
use serde::Serialize;
use utoipa::ToSchema;

use super::SeriesBy;
use super::series::{Days, added, daily, last_day, rounded, together};
use crate::home::blocking;
use crate::{Error, Farthing};

/// Months of history.
pub(super) const MONTHS_BEFORE: usize = 12;
/// As far as anybody can see.
const MOST_MONTHS: u32 = 12;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ForecastQuery {
    /// The last month with charges that is looked at; the newest without it. What of it is to come is forecast too.
    pub period: Option<BillingPeriod>,
    /// How many months after it.
    pub months: u32,
    /// Which of the four costs.
    pub cost: Cost,
    /// What costs are told apart by; all together without it.
    pub by: Option<SeriesBy>,
}

/// What months will cost.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CostForecast {
    /// The moment whose facts and documents it rests on.
    pub as_of: DateTime<Utc>,
    /// The last day that it was made from.
    pub through: NaiveDate,
    /// Which of the four costs.
    pub cost: Cost,
    /// What costs are told apart by.
    #[schema(value_type = Option<String>, examples("unit", "ServiceName"))]
    pub by: Option<SeriesBy>,
    /// One a name and currency: all together first, then the dearest months to come first. What is expected of parts is not the sum of the
    /// whole: each is forecast by itself.
    pub lines: Vec<ForecastLine>,
}

/// The months of one series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForecastLine {
    /// The unit, or the value of the column; none for all together.
    pub name: Option<String>,
    /// The currency.
    pub currency: Currency,
    /// `weekly_smoothing`, or `smoothing` where there are fewer than two weeks.
    pub method: String,
    /// Days of history.
    pub days_of_history: u32,
    /// What the sum over the days to come would have missed in the mean at earlier days, in percent; none where history is too short.
    pub mape_percent: Option<Amount>,
    /// The same of repeating the last week.
    pub naive_mape_percent: Option<Amount>,
    /// The months.
    pub months: Vec<ForecastMonth>,
}

/// What one month costs, as far as it is over, and is expected to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForecastMonth {
    /// The month.
    pub period: BillingPeriod,
    /// What the days that are over cost: the sum of their charges.
    pub actual: Amount,
    /// With what the days to come are expected to cost, to the cent.
    pub expected: Amount,
    /// The lower end of the interval that is meant to hold 95 % of outcomes; none where history is too short.
    pub low: Option<Amount>,
    /// The upper end.
    pub high: Option<Amount>,
    /// How many days are to come.
    pub days_to_come: u32,
}

impl Farthing {
    /// What the rest of a month and the months after it will cost.
    ///
    /// # Errors
    /// When there are no such charges, or the published rules cannot be used.
    pub async fn cost_forecast(&self, query: &ForecastQuery) -> Result<CostForecast, Error> {
        if !(1..=MOST_MONTHS).contains(&query.months) {
            return Err(Error::Invalid(format!("{} months: from 1 to {MOST_MONTHS} can be forecast", query.months)));
        }
        let as_of = self.stated_moment();
        let period = match query.period {
            Some(period) => period,
            None => self.newest_charged().await?,
        };
        let by = query.by.clone().unwrap_or(SeriesBy::Column("ServiceName".to_owned()));
        let (_, series) = self.series(period, MONTHS_BEFORE, &by, query.cost).await?;
        let complete = self.complete_through(period, last_day(&series), None, as_of);
        let through = complete.or_else(|| period.end().date_naive().pred_opt()).unwrap_or(period.start().date_naive());
        let months: Vec<BillingPeriod> =
            std::iter::successors(Some(period), |month| Some(month.next())).take(query.months as usize + 1).collect();
        let (cost, asked) = (query.cost, query.by.clone());
        blocking(move || {
            let mut all: BTreeMap<Currency, Days> = BTreeMap::new();
            let mut parts = Vec::new();
            for ((name, currency), causes) in &series {
                let days = together(causes.values())?;
                let whole = all.entry(*currency).or_default();
                for (day, amount) in &days {
                    let sum = whole.entry(*day).or_default();
                    *sum = added(*sum, *amount)?;
                }
                if asked.is_some() {
                    parts.extend(line(Some(name.clone()), *currency, &days, through, &months)?);
                }
            }
            let mut lines = Vec::new();
            for (currency, days) in &all {
                lines.extend(line(None, *currency, days, through, &months)?);
            }
            let size = |line: &ForecastLine| line.months.get(1).map_or(0, |month| month.expected.atto());
            parts.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
            lines.extend(parts);
            Ok(CostForecast { as_of, through, cost, by: asked, lines })
        })
        .await
    }
}

/// The months of one series; none where it has no cost at all.
fn line(
    name: Option<String>,
    currency: Currency,
    days: &Days,
    through: NaiveDate,
    months: &[BillingPeriod],
) -> Result<Option<ForecastLine>, Error> {
    let Some(series) = daily(days, through) else { return Ok(None) };
    let to_come = |month: &BillingPeriod| {
        let begins = month.start().date_naive().max(through.succ_opt().unwrap_or(through));
        usize::try_from((month.end().date_naive() - begins).num_days()).unwrap_or(0)
    };
    let lengths: Vec<usize> = months.iter().map(to_come).collect();
    let wrong = |error: farthing_forecast::daily::DailyError| Error::Invalid(error.to_string());
    let expected = spans(&series, &lengths).map_err(wrong)?;
    // The error is that of the next month, or of what is left of this one.
    let near = lengths.iter().copied().find(|length| *length > 0).unwrap_or(1);
    let told = outlook(&series, near).map_err(wrong)?;
    let method = match told.method {
        Method::WeeklySmoothing => "weekly_smoothing",
        Method::Smoothing => "smoothing",
    };
    let with = |month: &BillingPeriod, span: &Span, length: usize| -> Result<Option<ForecastMonth>, Error> {
        let (first, after) = (month.start().date_naive(), month.end().date_naive());
        let is_over = |day: NaiveDate| first <= day && day < after && day <= through;
        let actual = days.iter().filter(|(day, _)| is_over(**day)).try_fold(Amount::ZERO, |sum, (_, more)| added(sum, *more))?;
        let plus = |value: f64| rounded(value).and_then(|value| actual.checked_add(value));
        let Some(expected) = plus(span.total) else { return Ok(None) };
        let bound = |end: Option<f64>| end.and_then(plus);
        Ok(Some(ForecastMonth {
            period: *month,
            actual,
            expected,
            low: bound(span.low),
            high: bound(span.high),
            days_to_come: length as u32,
        }))
    };
    let shown = months.iter().zip(&expected).zip(&lengths).map(|((month, span), length)| with(month, span, *length));
    let months = shown.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok(Some(ForecastLine {
        name,
        currency,
        method: method.to_owned(),
        days_of_history: series.values.len() as u32,
        mape_percent: told.back_test.as_ref().and_then(|tested| tested.mape).and_then(rounded),
        naive_mape_percent: told.back_test.as_ref().and_then(|tested| tested.naive_mape).and_then(rounded),
        months,
    }))
}
