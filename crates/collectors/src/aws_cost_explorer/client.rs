//! What costs are asked for, and what the answer says: knows the service, not the lake.

use std::collections::BTreeMap;

use aws_sdk_costexplorer::Client as Sdk;
use aws_sdk_costexplorer::operation::get_cost_and_usage::GetCostAndUsageOutput;
use aws_sdk_costexplorer::operation::get_dimension_values::GetDimensionValuesOutput;
use aws_sdk_costexplorer::types::{
    DateInterval, Dimension, DimensionValues, Expression, Granularity, GroupDefinition, GroupDefinitionType, MetricValue,
};
use chrono::{DateTime, NaiveDate, Utc};
use farthing_types::{Amount, Currency, Window};

use super::Config;
use super::config::Key;
use crate::aws::Aws;
use crate::source::{Calls, CollectError, midnight};

const COSTS: &str = "ce:GetCostAndUsage";
const VALUES: &str = "ce:GetDimensionValues";

/// What is asked for of each group: billed on the invoice, and with what was paid ahead spread over its use.
const BILLED: &str = "UnblendedCost";
const EFFECTIVE: &str = "AmortizedCost";
const QUANTITY: &str = "UsageQuantity";

/// One account's Cost Explorer.
pub(super) struct Client<'a> {
    pub aws: &'a Aws,
    pub config: &'a Config,
    pub calls: &'a Calls,
}

/// What one group cost in one day or hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    pub window: Window,
    /// What it is kept apart by, and its value.
    pub keys: Vec<(Key, String)>,
    pub billed: Amount,
    pub effective: Amount,
    pub quantity: Option<Amount>,
    pub currency: Currency,
    pub estimated: bool,
}

/// One question, the same on every page.
#[derive(Clone)]
struct Question {
    granularity: Granularity,
    window: Window,
    group_by: Vec<Key>,
    only: Option<(String, String)>,
}

impl Client<'_> {
    /// What the window cost, each group of each day or hour.
    pub async fn costs(&self, granularity: Granularity, window: Window) -> Result<Vec<Cost>, CollectError> {
        let group_by = self.config.group_by.clone();
        let question = Question { granularity, window, group_by, only: None };
        let Some(split) = &self.config.split_by else { return self.answer(&question).await };
        let mut costs = Vec::new();
        for value in self.values(split, window).await? {
            let question = Question { only: Some((split.clone(), value.clone())), ..question.clone() };
            let key = (Key::Dimension(split.clone()), value);
            costs.extend(self.answer(&question).await?.into_iter().map(|mut cost| {
                cost.keys.push(key.clone());
                cost
            }));
        }
        let whole = self.answer(&Question { group_by: Vec::new(), ..question }).await?;
        check_whole(&costs, &whole, split)?;
        Ok(costs)
    }

    /// All pages of one answer.
    async fn answer(&self, question: &Question) -> Result<Vec<Cost>, CollectError> {
        let interval = interval(question.window, &question.granularity)?;
        let send = |sdk: Sdk, token| {
            let request = sdk
                .get_cost_and_usage()
                .time_period(interval.clone())
                .granularity(question.granularity.clone())
                .set_metrics(Some([BILLED, EFFECTIVE, QUANTITY].map(str::to_owned).to_vec()))
                .set_group_by((!question.group_by.is_empty()).then(|| question.group_by.iter().map(group).collect()))
                .set_filter(question.only.as_ref().map(only))
                .set_next_page_token(token);
            request.send()
        };
        let read_page = |page: &GetCostAndUsageOutput, costs: &mut Vec<Cost>| read(page, question, costs);
        Ok(self.pages(COSTS, send, read_page, GetCostAndUsageOutput::next_page_token).await?.unwrap_or_default())
    }

    /// The values that a dimension has in the window.
    async fn values(&self, dimension: &str, window: Window) -> Result<Vec<String>, CollectError> {
        let interval = interval(window, &Granularity::Daily)?;
        let send = |sdk: Sdk, token| {
            let request = sdk.get_dimension_values().dimension(Dimension::from(dimension)).time_period(interval.clone());
            request.set_next_page_token(token).send()
        };
        let read = |page: &GetDimensionValuesOutput, values: &mut Vec<String>| {
            values.extend(page.dimension_values().iter().filter_map(|value| value.value().map(str::to_owned)));
            Ok(())
        };
        Ok(self.pages(VALUES, send, read, GetDimensionValuesOutput::next_page_token).await?.unwrap_or_default())
    }
}

pub(super) fn interval(window: Window, granularity: &Granularity) -> Result<DateInterval, CollectError> {
    let form = if *granularity == Granularity::Hourly { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%d" };
    let (start, end) = (window.from.format(form).to_string(), window.to.format(form).to_string());
    DateInterval::builder().start(start).end(end).build().map_err(|error| CollectError::Config(error.to_string()))
}

fn group(key: &Key) -> GroupDefinition {
    let (kind, name) = match key {
        Key::Dimension(name) => (GroupDefinitionType::Dimension, name),
        Key::Tag(name) => (GroupDefinitionType::Tag, name),
        Key::CostCategory(name) => (GroupDefinitionType::CostCategory, name),
    };
    GroupDefinition::builder().r#type(kind).key(name).build()
}

fn only((dimension, value): &(String, String)) -> Expression {
    let values = DimensionValues::builder().key(Dimension::from(dimension.as_str())).values(value).build();
    Expression::builder().dimensions(values).build()
}

/// Adds what a page says to what was read.
fn read(page: &GetCostAndUsageOutput, question: &Question, costs: &mut Vec<Cost>) -> Result<(), CollectError> {
    let nonsense = |said: String| CollectError::Nonsense { call: COSTS, said };
    for result in page.results_by_time() {
        let interval = result.time_period().ok_or_else(|| nonsense("a result without its time".to_owned()))?;
        let moment = |text: &str| moment(text).ok_or_else(|| nonsense(format!("{text:?} is no time")));
        let window = Window { from: moment(interval.start())?, to: moment(interval.end())? };
        if window.from < question.window.from || window.to > question.window.to || window.from >= window.to {
            return Err(nonsense(format!("{window} is not within the {} that was asked for", question.window)));
        }
        let mut add = |keys: Vec<(Key, String)>, metrics: &std::collections::HashMap<String, MetricValue>| {
            let (billed, currency) = money(metrics, BILLED)?;
            let (effective, other) = money(metrics, EFFECTIVE)?;
            if currency != other {
                return Err(nonsense(format!("{BILLED} is in {currency} and {EFFECTIVE} in {other}")));
            }
            let quantity = metrics
                .get(QUANTITY)
                .filter(|metric| metric.unit() != Some("N/A"))
                .and_then(|metric| metric.amount()?.parse().ok());
            costs.push(Cost { window, keys, billed, effective, quantity, currency, estimated: result.estimated() });
            Ok(())
        };
        if question.group_by.is_empty() {
            if let Some(total) = result.total() {
                add(Vec::new(), total)?;
            }
            continue;
        }
        for group in result.groups() {
            let values = group.keys();
            let metrics = group.metrics().ok_or_else(|| nonsense("a group without figures".to_owned()))?;
            if values.len() != question.group_by.len() {
                return Err(nonsense(format!(
                    "a group of {} keys where {} were asked for",
                    values.len(),
                    question.group_by.len()
                )));
            }
            let keys = question.group_by.iter().zip(values).map(|(key, value)| (key.clone(), value_of(key, value)));
            add(keys.collect(), metrics)?;
        }
    }
    Ok(())
}

/// Tags and cost categories come as `key$value`.
fn value_of(key: &Key, value: &str) -> String {
    let (Key::Tag(name) | Key::CostCategory(name)) = key else { return value.to_owned() };
    value.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('$')).unwrap_or(value).to_owned()
}

fn money(metrics: &std::collections::HashMap<String, MetricValue>, name: &str) -> Result<(Amount, Currency), CollectError> {
    let nonsense = |said: String| CollectError::Nonsense { call: COSTS, said };
    let metric = metrics.get(name).ok_or_else(|| nonsense(format!("no {name}")))?;
    let (amount, unit) = (metric.amount().unwrap_or_default(), metric.unit().unwrap_or_default());
    let amount = amount.parse().map_err(|error| nonsense(format!("{name} = {amount:?}: {error}")))?;
    let currency = unit.parse().map_err(|_| nonsense(format!("{name} is in {unit:?}, which is no currency")))?;
    Ok((amount, currency))
}

/// `2026-10-01`, or `2026-10-01T05:00:00Z`.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    match text.parse::<NaiveDate>() {
        Ok(day) => Some(midnight(day.and_hms_opt(0, 0, 0)?.and_utc())),
        Err(_) => DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc()),
    }
}

/// Holds the sum of the parts against what the service says of the whole: a value that the dimension's list left out would be lost.
fn check_whole(costs: &[Cost], whole: &[Cost], split: &str) -> Result<(), CollectError> {
    let sums = |costs: &[Cost]| {
        let mut sums: BTreeMap<(DateTime<Utc>, Currency), i128> = BTreeMap::new();
        for cost in costs {
            let sum = sums.entry((cost.window.from, cost.currency)).or_default();
            *sum = sum.saturating_add(cost.billed.atto());
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    };
    let (parts, all) = (sums(costs), sums(whole));
    let days: std::collections::BTreeSet<_> = parts.keys().chain(all.keys()).collect();
    for day in days {
        let (part, all) = (parts.get(day).copied().unwrap_or(0), all.get(day).copied().unwrap_or(0));
        // Figures come with ten decimals: each of them may be off by half of the last.
        let groups = i128::try_from(costs.len()).unwrap_or(i128::MAX);
        if (part - all).abs() > groups.saturating_mul(Amount::ONE.atto() / 10_000_000_000) {
            let said = format!("the costs of {} by {split} do not add up to the day's total", day.0.format("%Y-%m-%d"));
            return Err(CollectError::Incomplete { call: COSTS, said });
        }
    }
    Ok(())
}
