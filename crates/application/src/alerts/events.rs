//! What there is to tell: each report that knows of something, as events. The key of an event says when it is another one.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_alerts::{Event, Topic};
use farthing_approval::State;
use farthing_types::{Amount, BillingPeriod, Cost, Money, UnitId};

use crate::audit::checkpoint_text;
use crate::outlook::{AnomaliesQuery, SeriesBy};
use crate::{BudgetQuery, CostAnomaly, Error, Farthing, QualityQuery, Recommendation, RecommendationsQuery};

/// From how many deviations on a day stands out, as `farthing anomalies` has it without options.
const DEVIATIONS: f64 = 4.0;
/// How many of the newest checkpoints are looked at: more than anybody makes between two looks.
const MOST_CHECKPOINTS: usize = 200;
/// From how much money on, likewise.
const LEAST: i64 = 10;
/// So many days after the last reminder nobody is reminded of a month any more: it is left open on purpose.
const LONG_AGO: i64 = 31;

/// An event about nothing in particular yet.
fn event(topic: Topic, key: String, title: String, text: String) -> Event {
    Event { key, topic, title, text, units: Vec::new(), source: None, period: None, money: None }
}

/// The unit above each.
type Parents = BTreeMap<UnitId, Option<UnitId>>;

/// A unit and those above it.
fn path(unit: &UnitId, parents: &Parents) -> Vec<UnitId> {
    let mut path = vec![unit.clone()];
    // No path is longer than there are units.
    while let (Some(Some(above)), true) = (path.last().and_then(|last| parents.get(last)), path.len() <= parents.len()) {
        path.push(above.clone());
    }
    path
}

fn sum(amount: Amount, currency: impl std::fmt::Display) -> String {
    format!("{} {currency}", amount.to_fixed(2))
}

impl Farthing {
    async fn parents(&self) -> Result<Parents, Error> {
        let units = self.units(Some(self.now().date_naive())).await?;
        Ok(units.into_iter().map(|line| (line.unit, line.parent)).collect())
    }

    /// Thresholds of budgets that units are beyond: of the newest month, and of the one before it while it is open. Another threshold is
    /// another event.
    pub(super) async fn budget_events(&self) -> Result<Vec<Event>, Error> {
        let (newest, parents) = (self.newest_charged().await?, self.parents().await?);
        let mut months = vec![newest];
        if self.closed_since(newest.previous()).await?.is_none() {
            months.push(newest.previous());
        }
        let mut events = Vec::new();
        for period in months {
            let query = BudgetQuery { period: Some(period), cost: Cost::Effective, unit: None, through: None, reporting: None };
            let report = match self.budget_status(&query).await {
                Ok(report) => report,
                Err(Error::Nothing(_)) => continue,
                Err(error) => return Err(error),
            };
            for alert in &report.status.alerts {
                let (unit, currency) = (&alert.unit, alert.currency);
                let name =
                    report.status.units.iter().find(|state| state.unit == *unit).map_or(unit.as_str(), |state| &state.name);
                let (costs, amount) = match alert.of.as_str() {
                    "forecast" => ("is expected to cost", sum(alert.amount, currency)),
                    _ => ("has cost", sum(alert.amount, currency)),
                };
                let share = alert.threshold_percent;
                let title = format!("{name} {costs} {amount} in {period}, beyond {share} % of its budget");
                let text = format!(
                    "The threshold is {}, so that it is beyond by {}. `farthing budgets status --period {period} --unit {unit}` shows more.",
                    sum(alert.threshold, currency),
                    sum(alert.beyond, currency)
                );
                let key = format!("budget/{period}/{unit}/{}/{share}/{} {currency}", alert.of, alert.threshold);
                let units = path(unit, &parents);
                let money = Some(Money::new(alert.beyond, currency));
                events.push(Event { units, period: Some(period), money, ..event(Topic::Budget, key, title, text) });
            }
        }
        Ok(events)
    }

    /// Days of the newest month that stood out. Days in a row are one event, which begins with the first of them.
    pub(super) async fn anomaly_events(&self) -> Result<Vec<Event>, Error> {
        let parents = self.parents().await?;
        let query = AnomaliesQuery {
            period: None,
            cost: Cost::Effective,
            by: SeriesBy::Unit,
            deviations: DEVIATIONS,
            least: Amount::from_int(LEAST),
        };
        let found = self.anomalies(&query).await?;
        let told = |one: &CostAnomaly| {
            let CostAnomaly { name, currency, first, last, actual, expected, impact, .. } = one;
            let size = impact.abs();
            let (days, more) = (
                if first == last { format!("on {first}") } else { format!("from {first} to {last}") },
                if impact.is_negative() { "less" } else { "more" },
            );
            let (actual, expected, by) = (sum(*actual, currency), sum(*expected, currency), sum(size, currency));
            let title = format!("{name} cost {actual} {days}, {by} {more} than expected");
            let causes: Vec<String> =
                one.causes.iter().map(|cause| format!("{} ({})", cause.name, sum(cause.impact, currency))).collect();
            let causes = if causes.is_empty() { String::new() } else { format!(" What moved most: {}.", causes.join(", ")) };
            let text = format!(
                "{expected} was expected, which is {} deviations away.{causes} `farthing anomalies --period {}` shows more.",
                one.deviations, found.period
            );
            let key = format!("anomaly/{}/{name}/{currency}/{first}", found.period);
            let unit = name.parse::<UnitId>().ok().filter(|unit| parents.contains_key(unit));
            let units = unit.map(|unit| path(&unit, &parents)).unwrap_or_default();
            let money = Some(Money::new(size, *currency));
            Event { units, period: Some(found.period), money, ..event(Topic::Anomaly, key, title, text) }
        };
        Ok(found.anomalies.iter().map(told).collect())
    }

    /// What is below the SLA in the newest month of each source: once a month, and where it is about ages once a delivery.
    pub(super) async fn sla_events(&self) -> Result<Vec<Event>, Error> {
        let report = self.quality(&QualityQuery { newest: true, ..QualityQuery::default() }).await?;
        let of_periods =
            report.periods.iter().flat_map(|quality| quality.breaches.iter().map(|one| (one, quality.revision.as_str())));
        let all = report.missing.iter().map(|one| (one, "")).chain(of_periods);
        let told = |(one, revision): (&crate::Breach, &str)| {
            let bound = one.bound.as_str();
            let title = format!("{} {}: {bound} is {}, {} is demanded", one.source, one.period, one.found, one.demanded);
            let text = format!("{} {} `farthing status --quality` shows all.", one.detail, one.next_step);
            let delivery = if bound.ends_with("_age_hours") { revision } else { "" };
            let key = format!("sla/{}/{}/{bound}/{delivery}", one.source, one.period);
            Event { source: Some(one.source.clone()), period: Some(one.period), ..event(Topic::Sla, key, title, text) }
        };
        Ok(all.map(told).collect())
    }

    /// What waits for somebody's decision.
    pub(super) async fn approval_events(&self) -> Result<Vec<Event>, Error> {
        let waiting = self.store.reopenings().waiting().await?;
        let told = |request: farthing_store::Reopening| {
            let period = request.period;
            let (of, option) = match &request.source {
                Some(source) => (format!(" of {source}"), format!(" --source {source}")),
                None => (String::new(), String::new()),
            };
            let title = format!("{} asks to reopen {period}{of}", request.by);
            let text =
                format!("{}. Somebody else decides: `farthing reopen {period}{option} --approve`, or --deny.", request.reason);
            let key = format!("approval/reopening/{}", request.id);
            Event { source: request.source, period: Some(period), ..event(Topic::Approval, key, title, text) }
        };
        let mut events: Vec<Event> = waiting.into_iter().map(told).collect();
        for plan in self.newest_plans().await?.into_iter().filter(|plan| plan.state.is_open()) {
            let waits =
                if plan.state == State::Challenged { "is challenged and waits for an answer" } else { "waits for approval" };
            let title = format!("The {} plan {waits}", plan.kind);
            let by = plan.proposed_by.join(", ");
            let text = format!(
                "{}Proposed by {by}. `farthing recommendations show {}` shows the evidence and who may decide.",
                saves(&plan),
                plan.id
            );
            // A plan that is challenged waits for somebody else than before.
            let key = format!("approval/plan/{}/{}", plan.id, plan.state);
            events.push(Event { money: saved(&plan), ..event(Topic::Approval, key, title, text) });
            events.extend(gone_to_others(&plan));
        }
        Ok(events)
    }

    /// Plans that may still be followed and will soon be too old for it.
    pub(super) async fn plan_events(&self, days: u32) -> Result<Vec<Event>, Error> {
        let (now, days) = (self.now(), TimeDelta::days(days.into()));
        let done = [State::Applied, State::Verified, State::Shadowed];
        let is_done = |plan: &Recommendation| plan.state.is_over() || done.contains(&plan.state);
        let is_close = |plan: &Recommendation| !is_done(plan) && plan.expires_at - now <= days;
        let told = |plan: Recommendation| {
            let until = plan.expires_at.format("%Y-%m-%d %H:%MZ");
            let title = format!("The {} plan should not be followed any more from {until} on", plan.kind);
            let text = format!(
                "{}It is {}. Follow it before then, or plan again. `farthing recommendations show {}` shows it.",
                saves(&plan),
                plan.state,
                plan.id
            );
            Event { money: saved(&plan), ..event(Topic::PlanExpiry, format!("plan/{}", plan.id), title, text) }
        };
        let over = self.newest_of_each_kind().await?.into_iter().filter(|plan| plan.state == State::Expired);
        let over = over.filter(|plan| now - plan.expires_at <= TimeDelta::days(LONG_AGO)).map(|plan| {
            let title = format!("The {} plan is over: nobody decided on it or applied it in time", plan.kind);
            let text = format!(
                "{}Plan again where it is still wanted. `farthing recommendations show {}` shows it.",
                saves(&plan),
                plan.id
            );
            Event { money: saved(&plan), ..event(Topic::PlanExpiry, format!("plan/{}/over", plan.id), title, text) }
        });
        let close = self.newest_plans().await?.into_iter().filter(is_close).map(told);
        Ok(close.chain(over).collect())
    }

    /// The newest plan of each kind, where it is recommended: those before it are of no use any more.
    async fn newest_of_each_kind(&self) -> Result<Vec<Recommendation>, Error> {
        let mut newest = BTreeMap::new();
        for plan in self.recommendations(&RecommendationsQuery::default()).await? {
            newest.entry(plan.kind.clone()).or_insert(plan);
        }
        Ok(newest.into_values().filter(|plan| plan.is_recommended).collect())
    }

    /// Those of them that are not expired.
    async fn newest_plans(&self) -> Result<Vec<Recommendation>, Error> {
        Ok(self.newest_of_each_kind().await?.into_iter().filter(|plan| !plan.is_expired).collect())
    }

    /// Checkpoints of the record of changes, each with the text that is written outside: those that may not have been told of yet.
    pub(super) async fn checkpoint_events(&self) -> Result<Vec<Event>, Error> {
        let checkpoints = self.store.audit().checkpoints().await?;
        let told = |one: &farthing_audit::Checkpoint| {
            let title = format!("The record of changes was signed up to entry {}", one.sequence);
            event(Topic::Checkpoint, format!("checkpoint/{}/{}", one.sequence, one.head), title, checkpoint_text(one))
        };
        Ok(checkpoints.iter().rev().take(MOST_CHECKPOINTS).map(told).collect())
    }

    /// Months that are over for so many days and still open: each of these numbers of days is a reminder.
    pub(super) async fn close_events(&self, after_days: &[u32]) -> Result<Vec<Event>, Error> {
        let now = self.now();
        let mut open: BTreeMap<BillingPeriod, Vec<String>> = BTreeMap::new();
        for line in self.periods().await?.into_iter().filter(|line| !line.closed && !line.totals.is_empty()) {
            open.entry(line.period).or_default().push(line.source.to_string());
        }
        let told = |(period, sources): (BillingPeriod, Vec<String>)| {
            let days = reminder(period, after_days, now)?;
            let title = format!("{period} is over for {days} days and still open");
            let text = format!("Open: {}. `farthing close {period}` closes it.", sources.join(", "));
            Some(Event { period: Some(period), ..event(Topic::Close, format!("close/{period}/{days}"), title, text) })
        };
        Ok(open.into_iter().filter_map(told).collect())
    }
}

/// Whom a plan that waits was given to, or went to when nobody answered: each is an event.
fn gone_to_others(plan: &Recommendation) -> Vec<Event> {
    let show = format!("`farthing recommendations show {}` shows the evidence and who may decide.", plan.id);
    let escalated = plan.escalated.iter().map(|gone| {
        let title = format!("Nobody answered the {} plan: it goes to {}", plan.kind, gone.whom());
        let key = format!("approval/plan/{}/escalated/{}/{}", plan.id, gone.rule, gone.at.timestamp());
        event(Topic::Approval, key, title, format!("{}It is {}. {show}", saves(plan), plan.state))
    });
    let by_hand = plan.assignment.iter().filter(|given| plan.escalated.as_ref().is_none_or(|gone| gone.at != given.at));
    let assigned = by_hand.map(|given| {
        let until = given.until.map_or(String::new(), |until| format!(" until {}", until.format("%Y-%m-%d %H:%MZ")));
        let title = format!("{} gave the {} plan to {}{until}", given.by, plan.kind, given.to);
        let reason = if given.reason.is_empty() { String::new() } else { format!("{} ", given.reason) };
        let key = format!("approval/plan/{}/assigned/{}/{}", plan.id, given.to, given.at.timestamp());
        event(Topic::Approval, key, title, format!("{reason}{}{show}", saves(plan)))
    });
    escalated.chain(assigned).map(|one| Event { money: saved(plan), ..one }).collect()
}

/// What a plan saves, where that is anything.
fn saved(plan: &Recommendation) -> Option<Money> {
    plan.saved.filter(|saved| !saved.amount.is_negative())
}

fn saves(plan: &Recommendation) -> String {
    let said = saved(plan).map(|saved| format!("It saves {} in {}. ", sum(saved.amount, saved.currency), plan.span));
    said.unwrap_or_default()
}

/// Which reminder a month that is over has come to.
fn reminder(period: BillingPeriod, after_days: &[u32], now: DateTime<Utc>) -> Option<u32> {
    let over = (now - period.end()).num_days();
    let last = after_days.iter().max().copied().map(i64::from)?;
    let due = after_days.iter().copied().filter(|days| i64::from(*days) <= over && now >= period.end());
    due.max().filter(|_| over <= last + LONG_AGO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_reminded_of_on_the_days_that_are_named_and_not_for_ever() {
        let reminder = |now: &str| reminder("2026-05".parse().unwrap(), &[3, 5], now.parse().unwrap());
        assert_eq!(reminder("2026-05-31T00:00:00Z"), None);
        assert_eq!(reminder("2026-06-03T23:00:00Z"), None);
        assert_eq!(reminder("2026-06-04T00:00:00Z"), Some(3));
        assert_eq!(reminder("2026-06-06T00:00:00Z"), Some(5));
        assert_eq!(reminder("2026-07-06T00:00:00Z"), Some(5));
        assert_eq!(reminder("2026-07-08T00:00:00Z"), None);
    }

    #[test]
    fn a_unit_s_path_ends_also_where_the_tree_is_wrong() {
        let id = |text: &str| text.parse::<UnitId>().unwrap();
        let parents: Parents =
            [(id("a"), Some(id("b"))), (id("b"), None), (id("x"), Some(id("y"))), (id("y"), Some(id("x")))].into();
        assert_eq!(path(&id("a"), &parents), [id("a"), id("b")]);
        assert!(path(&id("x"), &parents).len() <= 5);
    }
}
