//! What AWS itself says of a month beside its costs: commitments, anomalies, its forecast. Read as it is stated, and held against what it
//! must add up to.

use std::collections::BTreeMap;

use aws_sdk_costexplorer::Client as Sdk;
use aws_sdk_costexplorer::operation::get_anomalies::GetAnomaliesOutput;
use aws_sdk_costexplorer::operation::get_cost_forecast::GetCostForecastOutput;
use aws_sdk_costexplorer::operation::get_reservation_coverage::GetReservationCoverageOutput;
use aws_sdk_costexplorer::operation::get_reservation_utilization::GetReservationUtilizationOutput;
use aws_sdk_costexplorer::operation::get_savings_plans_coverage::GetSavingsPlansCoverageOutput;
use aws_sdk_costexplorer::operation::get_savings_plans_utilization::GetSavingsPlansUtilizationOutput;
use aws_sdk_costexplorer::types::{AnomalyDateInterval, DateInterval, Granularity, Metric, RootCause};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use farthing_types::{Amount, Currency, Window};

use super::client::{Client, interval, moment};
use super::config::Choice;
use crate::source::{
    Anomaly, AnomalyReport, CollectError, CommitmentDay, CommitmentReport, Coverage, ForecastReport, Report, Request,
    Utilisation, midnight,
};

const PLANS_USED: &str = "ce:GetSavingsPlansUtilization";
const PLANS_COVERED: &str = "ce:GetSavingsPlansCoverage";
const RESERVATIONS_USED: &str = "ce:GetReservationUtilization";
const RESERVATIONS_COVERED: &str = "ce:GetReservationCoverage";
const ANOMALIES: &str = "ce:GetAnomalies";
const FORECAST: &str = "ce:GetCostForecast";

/// The share of outcomes that a forecast's intervals are meant to hold: that of our own forecasts, so that the two can be laid beside
/// each other.
const INTERVAL_PERCENT: u8 = 95;

type Read<T> = Result<T, CollectError>;

/// True where a month has days that such a report is about: those that are over, for a forecast those of the month under way to come.
pub(super) fn is_due(choice: Choice, request: Request<'_>) -> bool {
    match choice {
        Choice::Forecast => request.period.window().contains(request.now),
        _ => request.whole_days().from < request.whole_days().to,
    }
}

/// Today and the days after it.
fn to_come(request: Request<'_>) -> Window {
    Window { from: midnight(request.now), to: request.period.end() }
}

impl Client<'_> {
    /// One report on a month; `None` where AWS has no such data.
    pub(super) async fn report(&self, choice: Choice, request: Request<'_>) -> Read<Option<Report>> {
        let window = request.whole_days();
        Ok(match choice {
            Choice::SavingsPlans => self.savings_plans(window).await?.map(Report::SavingsPlans),
            Choice::Reservations => self.reservations(window).await?.map(Report::Reservations),
            Choice::Anomalies => Some(Report::Anomalies(self.anomalies(window).await?)),
            Choice::Forecast => self.forecast(to_come(request)).await?.map(Report::Forecast),
        })
    }

    async fn savings_plans(&self, window: Window) -> Read<Option<CommitmentReport>> {
        let days = interval(window, &Granularity::Daily)?;
        let send =
            |sdk: Sdk, _| sdk.get_savings_plans_utilization().time_period(days.clone()).granularity(Granularity::Daily).send();
        let read = |page: &GetSavingsPlansUtilizationOutput, all: &mut Vec<(NaiveDate, Utilisation)>| {
            for one in page.savings_plans_utilizations_by_time() {
                let used = one.utilization().ok_or_else(|| nonsense(PLANS_USED, "a day without its figures"))?;
                let net_savings = one.savings().and_then(|savings| savings.net_savings());
                let figures = Utilisation {
                    committed: amount(PLANS_USED, used.total_commitment())?,
                    used: amount(PLANS_USED, used.used_commitment())?,
                    unused: amount(PLANS_USED, used.unused_commitment())?,
                    net_savings: amount(PLANS_USED, net_savings)?,
                };
                all.push((day(PLANS_USED, one.time_period(), window)?, figures));
            }
            Ok(())
        };
        let Some(used) = self.pages(PLANS_USED, send, read, |_| None).await? else { return Ok(None) };
        let send = |sdk: Sdk, token| {
            let request = sdk.get_savings_plans_coverage().time_period(days.clone()).granularity(Granularity::Daily);
            request.set_next_token(token).send()
        };
        let read = |page: &GetSavingsPlansCoverageOutput, all: &mut Vec<(NaiveDate, Coverage)>| {
            for one in page.savings_plans_coverages() {
                let covered = one.coverage().ok_or_else(|| nonsense(PLANS_COVERED, "a day without its figures"))?;
                let figures = Coverage {
                    covered: amount(PLANS_COVERED, covered.spend_covered_by_savings_plans())?,
                    on_demand: amount(PLANS_COVERED, covered.on_demand_cost())?,
                    total: amount(PLANS_COVERED, covered.total_cost())?,
                };
                all.push((day(PLANS_COVERED, one.time_period(), window)?, figures));
            }
            Ok(())
        };
        let covered = self.pages(PLANS_COVERED, send, read, GetSavingsPlansCoverageOutput::next_token).await?;
        by_day("USD", (PLANS_USED, used), (PLANS_COVERED, covered.unwrap_or_default())).map(Some)
    }

    async fn reservations(&self, window: Window) -> Read<Option<CommitmentReport>> {
        let days = interval(window, &Granularity::Daily)?;
        let send = |sdk: Sdk, token| {
            let request = sdk.get_reservation_utilization().time_period(days.clone()).granularity(Granularity::Daily);
            request.set_next_page_token(token).send()
        };
        let read = |page: &GetReservationUtilizationOutput, all: &mut Vec<(NaiveDate, Utilisation)>| {
            for one in page.utilizations_by_time() {
                let used = one.total().ok_or_else(|| nonsense(RESERVATIONS_USED, "a day without its figures"))?;
                let figures = Utilisation {
                    committed: amount(RESERVATIONS_USED, used.purchased_hours())?,
                    used: amount(RESERVATIONS_USED, used.total_actual_hours())?,
                    unused: amount(RESERVATIONS_USED, used.unused_hours())?,
                    net_savings: amount(RESERVATIONS_USED, used.net_ri_savings())?,
                };
                all.push((day(RESERVATIONS_USED, one.time_period(), window)?, figures));
            }
            Ok(())
        };
        let used = self.pages(RESERVATIONS_USED, send, read, GetReservationUtilizationOutput::next_page_token).await?;
        let Some(used) = used else { return Ok(None) };
        let send = |sdk: Sdk, token| {
            let request = sdk.get_reservation_coverage().time_period(days.clone()).granularity(Granularity::Daily);
            request.metrics("Hour").set_next_page_token(token).send()
        };
        let read = |page: &GetReservationCoverageOutput, all: &mut Vec<(NaiveDate, Coverage)>| {
            for one in page.coverages_by_time() {
                let hours = one.total().and_then(|total| total.coverage_hours());
                let hours = hours.ok_or_else(|| nonsense(RESERVATIONS_COVERED, "a day without its hours"))?;
                let figures = Coverage {
                    covered: amount(RESERVATIONS_COVERED, hours.reserved_hours())?,
                    on_demand: amount(RESERVATIONS_COVERED, hours.on_demand_hours())?,
                    total: amount(RESERVATIONS_COVERED, hours.total_running_hours())?,
                };
                all.push((day(RESERVATIONS_COVERED, one.time_period(), window)?, figures));
            }
            Ok(())
        };
        let covered = self.pages(RESERVATIONS_COVERED, send, read, GetReservationCoverageOutput::next_page_token).await?;
        by_day("hours", (RESERVATIONS_USED, used), (RESERVATIONS_COVERED, covered.unwrap_or_default())).map(Some)
    }

    async fn anomalies(&self, window: Window) -> Read<AnomalyReport> {
        let form = |moment: DateTime<Utc>| moment.format("%Y-%m-%d").to_string();
        // Both of its days belong to it.
        let (from, to) = (form(window.from), form(window.to - TimeDelta::days(1)));
        let days = AnomalyDateInterval::builder().start_date(from).end_date(to).build();
        let days = days.map_err(|error| CollectError::Config(error.to_string()))?;
        let send = |sdk: Sdk, token| sdk.get_anomalies().date_interval(days.clone()).set_next_page_token(token).send();
        let read = |page: &GetAnomaliesOutput, all: &mut Vec<Anomaly>| {
            for one in page.anomalies() {
                let impact = one.impact().ok_or_else(|| nonsense(ANOMALIES, "an anomaly without its impact"))?;
                let known = |figure: Option<f64>| figure.map(decimal).transpose();
                all.push(Anomaly {
                    from: one.anomaly_start_date().and_then(moment).map(|moment| moment.date_naive()),
                    id: one.anomaly_id().to_owned(),
                    to: one.anomaly_end_date().and_then(moment).map(|moment| moment.date_naive()),
                    about: one.dimension_value().unwrap_or_default().to_owned(),
                    impact: decimal(impact.total_impact())?,
                    actual: known(impact.total_actual_spend())?,
                    expected: known(impact.total_expected_spend())?,
                    causes: one.root_causes().iter().map(cause).collect(),
                    feedback: one.feedback().map(|feedback| feedback.as_str().to_owned()),
                });
            }
            Ok(())
        };
        let found = self.pages(ANOMALIES, send, read, GetAnomaliesOutput::next_page_token).await?;
        let mut anomalies = found.unwrap_or_default();
        anomalies.sort();
        anomalies.dedup();
        if anomalies.windows(2).any(|pair| pair[0].id == pair[1].id) {
            return Err(CollectError::Incomplete {
                call: ANOMALIES,
                said: "an anomaly came twice with other figures".to_owned(),
            });
        }
        Ok(AnomalyReport { anomalies })
    }

    /// The interval of a sum is not the sum of the intervals of its days: it is asked for as one month.
    async fn forecast(&self, window: Window) -> Read<Option<ForecastReport>> {
        let days = interval(window, &Granularity::Monthly)?;
        let send = |sdk: Sdk, _| {
            let request = sdk.get_cost_forecast().time_period(days.clone()).granularity(Granularity::Monthly);
            request.metric(Metric::UnblendedCost).prediction_interval_level(INTERVAL_PERCENT.into()).send()
        };
        let read = |page: &GetCostForecastOutput, all: &mut Vec<ForecastReport>| {
            let total = page.total().ok_or_else(|| nonsense(FORECAST, "no total"))?;
            let unit = total.unit().unwrap_or_default();
            let currency: Currency = unit.parse().map_err(|_| nonsense(FORECAST, "a total without currency"))?;
            let [month] = page.forecast_results_by_time() else {
                return Err(CollectError::Incomplete { call: FORECAST, said: "it is not of one month".to_owned() });
            };
            let report = ForecastReport {
                from: window.from.date_naive(),
                to: window.to.date_naive(),
                currency,
                mean: amount(FORECAST, month.mean_value())?,
                low: amount(FORECAST, month.prediction_interval_lower_bound())?,
                high: amount(FORECAST, month.prediction_interval_upper_bound())?,
                interval_percent: INTERVAL_PERCENT,
            };
            adds_up(FORECAST, report.from, (report.mean, amount(FORECAST, total.amount())?))?;
            if !(report.low <= report.mean && report.mean <= report.high) {
                return Err(nonsense(FORECAST, "its interval does not hold what it expects"));
            }
            all.push(report);
            Ok(())
        };
        Ok(self.pages(FORECAST, send, read, |_| None).await?.and_then(|mut reports| reports.pop()))
    }
}

/// Figures of use and of coverage laid beside each other by day, each held against what it must add up to.
fn by_day(
    unit: &str,
    (use_call, used): (&'static str, Vec<(NaiveDate, Utilisation)>),
    (coverage_call, covered): (&'static str, Vec<(NaiveDate, Coverage)>),
) -> Read<CommitmentReport> {
    let mut days: BTreeMap<NaiveDate, (Option<Utilisation>, Option<Coverage>)> = BTreeMap::new();
    for (day, figures) in used {
        let sum = figures.used.checked_add(figures.unused).ok_or_else(|| nonsense(use_call, "a sum that does not fit ±1e20"))?;
        adds_up(use_call, day, (sum, figures.committed))?;
        once(use_call, day, &mut days.entry(day).or_default().0, figures)?;
    }
    for (day, figures) in covered {
        let sum = figures.covered.checked_add(figures.on_demand);
        let sum = sum.ok_or_else(|| nonsense(coverage_call, "a sum that does not fit ±1e20"))?;
        adds_up(coverage_call, day, (sum, figures.total))?;
        once(coverage_call, day, &mut days.entry(day).or_default().1, figures)?;
    }
    let days = days.into_iter().map(|(day, (utilisation, coverage))| CommitmentDay { day, utilisation, coverage });
    Ok(CommitmentReport { unit: unit.to_owned(), days: days.collect() })
}

/// A day may come on two pages, and then says the same.
fn once<T: PartialEq>(call: &'static str, day: NaiveDate, place: &mut Option<T>, figures: T) -> Read<()> {
    match place.replace(figures) {
        Some(before) if Some(&before) != place.as_ref() => {
            Err(CollectError::Incomplete { call, said: format!("{day} came twice with other figures") })
        }
        _ => Ok(()),
    }
}

/// Figures come with ten decimals: each of them may be off by the last.
fn adds_up(call: &'static str, day: NaiveDate, (parts, whole): (Amount, Amount)) -> Read<()> {
    match (parts.atto() - whole.atto()).abs() <= 3 * (Amount::ONE.atto() / 10_000_000_000) {
        true => Ok(()),
        false => {
            Err(CollectError::Incomplete { call, said: format!("{day}: the parts come to {parts} and the whole to {whole}") })
        }
    }
}

fn nonsense(call: &'static str, said: &str) -> CollectError {
    CollectError::Nonsense { call, said: said.to_owned() }
}

fn amount(call: &'static str, text: Option<&str>) -> Read<Amount> {
    let text = text.ok_or_else(|| nonsense(call, "a figure is missing"))?;
    text.parse().map_err(|error| CollectError::Nonsense { call, said: format!("{text:?}: {error}") })
}

/// A JSON number, by the shortest text that is that number: the one that was sent.
fn decimal(figure: f64) -> Read<Amount> {
    let text = format!("{figure}");
    text.parse().map_err(|error| CollectError::Nonsense { call: ANOMALIES, said: format!("{text}: {error}") })
}

fn day(call: &'static str, interval: Option<&DateInterval>, window: Window) -> Read<NaiveDate> {
    let from = interval.and_then(|interval| moment(interval.start())).filter(|from| window.contains(*from));
    from.map(|from| from.date_naive()).ok_or_else(|| nonsense(call, "a day that was not asked for"))
}

/// Service, region, account and type of usage, as far as they are named.
fn cause(cause: &RootCause) -> String {
    let account = cause.linked_account_name().or(cause.linked_account());
    let parts = [cause.service(), cause.region(), account, cause.usage_type()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
