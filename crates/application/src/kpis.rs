//! The registry of metrics, and the value of a metric with what it rests on.

use std::collections::BTreeMap;

use farthing_store::DocumentKind as StoredKind;
use farthing_types::{Amount, BillingPeriod, Cost, Selection};
use farthing_unit_economics::kpi::{Kpi, KpiRegistry};
use farthing_unit_economics::{CostPerDecision, UnitCost};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::lineage::{Lineage, named};
use crate::sql::SqlQuery;
use crate::{ChargebackQuery, Error, Farthing, UnitCostQuery, column_values};

/// Rows of an own metric's answer that are read.
const MOST_VALUES: usize = 1_000;

/// A metric with its values in a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KpiReport {
    /// Its definition.
    pub kpi: Kpi,
    /// The period.
    pub period: BillingPeriod,
    /// Its values: one, or one for each workflow, arm, currency and so on.
    pub values: Vec<KpiValue>,
    /// What they rest on.
    pub lineage: Lineage,
}

/// A value of a metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KpiValue {
    /// Of what: `workflow`, `actor`, `model`, `currency`.
    pub of: BTreeMap<String, String>,
    /// The value; none where there is nothing to divide by.
    pub value: Option<Amount>,
    /// The lower bound of its 95 % interval, where it has one.
    pub low: Option<Amount>,
    /// The upper bound.
    pub high: Option<Amount>,
}

/// Reads a file of definitions, or says all that is wrong with it.
pub(crate) fn registry_of(text: &str, name: &str) -> Result<KpiRegistry, Error> {
    KpiRegistry::with(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

impl Farthing {
    /// Every definition in force.
    ///
    /// # Errors
    /// When the published file cannot be read.
    pub async fn kpis(&self) -> Result<Vec<Kpi>, Error> {
        Ok(self.kpi_registry().await?.all().cloned().collect())
    }

    async fn kpi_registry(&self) -> Result<KpiRegistry, Error> {
        match self.in_force(StoredKind::Kpis).await? {
            Some(document) => registry_of(&document.content, &format!("kpis v{}", document.version)),
            None => Ok(KpiRegistry::builtin()),
        }
    }

    /// One definition.
    ///
    /// # Errors
    /// When there is no such metric.
    pub async fn kpi(&self, id: &str) -> Result<Kpi, Error> {
        let registry = self.kpi_registry().await?;
        registry.get(id).cloned().ok_or_else(|| {
            let known: Vec<&str> = registry.all().map(|kpi| kpi.id.as_str()).collect();
            Error::Nothing(format!("there is no metric {id}. There are {}", known.join(", ")))
        })
    }

    /// A metric's values in a period, with what they rest on.
    ///
    /// # Errors
    /// When there is no such metric, or the period lacks what it is computed from.
    pub async fn kpi_values(&self, id: &str, period: BillingPeriod) -> Result<KpiReport, Error> {
        let kpi = self.kpi(id).await?;
        let values = match (&kpi.sql, kpi.id.as_str()) {
            (Some(sql), _) => self.values_by_sql(&kpi, sql, period).await?,
            (None, "unattributed_share") => self.unattributed_share(period).await?,
            (None, "cost_per_million_tokens") => self.cost_per_million_tokens(period).await?,
            (None, id) => {
                let query = UnitCostQuery { window: Some(period.window()), ..UnitCostQuery::default() };
                let reports = self.unit_cost(&query).await?;
                reports.iter().flat_map(|report| of_workflow(id, report)).collect()
            }
        };
        let (datasets, mut kinds) = named(&kpi.source);
        kinds.push(StoredKind::Kpis);
        let lineage = self.lineage(&datasets, &kinds, period.window()).await?;
        Ok(KpiReport { kpi, period, values, lineage })
    }

    async fn unattributed_share(&self, period: BillingPeriod) -> Result<Vec<KpiValue>, Error> {
        let query = ChargebackQuery { selection: Selection::Period(period), cost: Cost::Effective, unit: None, reporting: None };
        let chargeback = self.chargeback(&query).await?;
        let value = |statement: &farthing_ledger::Statement| KpiValue {
            value: statement.unattributed_total.checked_div(statement.billed_total),
            ..of([("currency", statement.currency.as_str().to_owned())])
        };
        Ok(chargeback.statements.iter().map(value).collect())
    }

    /// The blended price: what the service category of models cost, over all tokens that usage counts.
    async fn cost_per_million_tokens(&self, period: BillingPeriod) -> Result<Vec<KpiValue>, Error> {
        let hours = self.usage_hours(Some(period.window())).await?;
        let tokens = hours
            .iter()
            .try_fold(0_u64, |sum, hour| sum.checked_add(hour.counts.input_tokens)?.checked_add(hour.counts.output_tokens));
        let tokens = tokens.and_then(|tokens| i64::try_from(tokens).ok()).map(Amount::from_int);
        let tokens = tokens.ok_or_else(|| Error::Invalid("the tokens of the period do not fit".to_owned()))?;
        let attributed = self.attributed(Selection::Period(period), &["ServiceCategory"]).await?;
        let charges = &attributed.charges;
        let category = charges.keys.column("ServiceCategory");
        let mut costs = BTreeMap::new();
        for group in &charges.groups {
            if category.and_then(|column| charges.keys.value(group.key, column)) == Some("AI and Machine Learning") {
                let sum = costs.entry(group.currency).or_insert(Amount::ZERO);
                *sum =
                    sum.checked_add(group.costs[Cost::Effective]).ok_or_else(|| Error::Invalid("a sum does not fit".into()))?;
            }
        }
        let value = |(currency, cost): (farthing_types::Currency, Amount)| KpiValue {
            value: cost.mul_div(Amount::from_int(1_000_000), tokens),
            ..of([("currency", currency.as_str().to_owned())])
        };
        Ok(costs.into_iter().map(value).collect())
    }

    /// An own metric: one number, or a text and a number a row.
    async fn values_by_sql(&self, kpi: &Kpi, sql: &str, period: BillingPeriod) -> Result<Vec<KpiValue>, Error> {
        let query = SqlQuery { query: sql.to_owned(), period: Some(period), ..SqlQuery::default() };
        let mut answer = self.sql(&query).await?;
        let names: Vec<String> = answer.schema().fields().iter().map(|field| field.name().clone()).collect();
        let wrong = |why: &str| Error::Invalid(format!("metric {}: {why}. Its question is: {sql}", kpi.id));
        if names.is_empty() || names.len() > 2 {
            return Err(wrong("its answer must be one number, or a text and a number a row"));
        }
        let mut values = Vec::new();
        while let Some(batch) = answer.next().await {
            let batch = batch?;
            let columns = batch.columns().iter().map(column_values).collect::<Result<Vec<_>, _>>()?;
            for row in 0..batch.num_rows() {
                if values.len() == MOST_VALUES {
                    return Err(wrong("its answer has more than 1,000 rows"));
                }
                let cells: Vec<&Value> = columns.iter().map(|column| &column[row]).collect();
                let number = cells[cells.len() - 1];
                let value = match number {
                    Value::Null => None,
                    Value::String(text) => Some(text.parse().map_err(|_| wrong("its answer is no number"))?),
                    other => Some(other.to_string().parse().map_err(|_| wrong("its answer is no number"))?),
                };
                let label = (cells.len() == 2).then(|| (names[0].as_str(), text_of(cells[0])));
                values.push(KpiValue { value, ..of(label) });
            }
        }
        Ok(values)
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn of<'a>(labels: impl IntoIterator<Item = (&'a str, String)>) -> KpiValue {
    let of = labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    KpiValue { of, value: None, low: None, high: None }
}

/// The values of a built-in metric in one workflow.
fn of_workflow(id: &str, report: &UnitCost) -> Vec<KpiValue> {
    let workflow = ("workflow", report.workflow.to_string());
    let currency = ("currency", report.currency.as_str().to_owned());
    match id {
        "automation_rate" | "hours_freed" => {
            let Some(capacity) = &report.capacity else { return Vec::new() };
            let value = if id == "hours_freed" { capacity.hours_freed } else { Some(capacity.automated_share) };
            vec![KpiValue { value, ..of([workflow]) }]
        }
        _ => {
            let value = |arm: &CostPerDecision| {
                let model = arm.model.as_ref().map(|model| ("model", model.to_string()));
                let is_money = matches!(id, "cost_per_decision" | "cost_per_sound_decision" | "saving_per_decision");
                let labels = [workflow.clone(), ("actor", arm.actor.to_string())].into_iter().chain(model);
                let labels = of(labels.chain(is_money.then(|| currency.clone())));
                of_arm(id, arm, labels)
            };
            report.arms.iter().filter_map(value).collect()
        }
    }
}

fn of_arm(id: &str, arm: &CostPerDecision, labels: KpiValue) -> Option<KpiValue> {
    let count = |count: u64| i64::try_from(count).ok().map(Amount::from_int);
    let share = |of: u64| count(of)?.checked_div(count(arm.decisions)?);
    let bounded = |value: Option<Amount>, bounds: Option<(Amount, Amount)>| KpiValue {
        value,
        low: bounds.map(|bounds| bounds.0),
        high: bounds.map(|bounds| bounds.1),
        ..labels.clone()
    };
    let is_counted = arm.decisions > 0;
    let outcomes = &arm.outcomes;
    Some(match id {
        "cost_per_decision" => bounded(Some(arm.per_decision), arm.interval.as_ref().map(|i| (i.low, i.high))),
        "cost_per_sound_decision" => bounded(arm.per_sound_decision, arm.sound_interval.as_ref().map(|i| (i.low, i.high))),
        "saving_per_decision" => {
            let saving = arm.against_people.as_ref()?;
            bounded(Some(saving.saving_per_decision), saving.low.zip(saving.high))
        }
        "error_rate" if is_counted => bounded(share(outcomes.wrong), None),
        "override_rate" if is_counted => bounded(share(outcomes.overridden), None),
        "escalation_rate" if is_counted => bounded(share(outcomes.escalated), None),
        "decisions" if is_counted => bounded(count(arm.decisions), None),
        _ => return None,
    })
}
