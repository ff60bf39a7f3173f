//! What an AI system costs in all, and what an hour without it costs.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use farthing_attribution::{Assigner, Assignment};
use farthing_store::{Dataset, DocumentKind as StoredKind};
use farthing_types::{BillingPeriod, Cost, Currency, Selection, UnitId, WorkflowId};
use farthing_unit_economics::ownership::{
    FallbackInput, HourOfWork, MonthCharges, OwnedCharge, Ownership, OwnershipInput, SystemsDocument, fallback, ownership,
};
use farthing_unit_economics::people::WorkflowPeople;
use farthing_unit_economics::tokens::PoolShare;
use farthing_usage::decision::{Actor, Decision};
use farthing_usage::hour_of;

use crate::chargeback::{Attributed, statements_of, sum};
use crate::documents::DocumentKind;
use crate::home::blocking;
use crate::token_cost::category_of;
use crate::{Error, Farthing};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct OwnershipQuery {
    /// The month; the newest that has charges without it.
    pub period: Option<BillingPeriod>,
    /// Only this system. Claims are settled among all of them.
    pub system: Option<String>,
    /// Which of the four costs of the bill counts.
    pub cost: Cost,
}

/// Reads a systems document, or says all that is wrong with it.
pub(crate) fn systems_of(text: &str, name: &str) -> Result<SystemsDocument, Error> {
    SystemsDocument::parse(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

/// What a document holds, in one sentence.
pub(crate) fn summary_of(document: &SystemsDocument) -> String {
    let lines: usize = document.systems.iter().map(|system| system.lines.len()).sum();
    format!("{} systems, {lines} lines, {} units", document.systems.len(), document.units().len())
}

impl Farthing {
    /// The total cost of ownership of each system in a month.
    ///
    /// # Errors
    /// When there is no systems document, no such system, no charges of the month, or charges that several lines claim.
    pub async fn ownership(&self, query: &OwnershipQuery) -> Result<Ownership, Error> {
        let period = match query.period {
            Some(period) => period,
            None => self.newest_month(Dataset::Charges).await?,
        };
        self.as_closed(Selection::Period(period)).await?.ownership_as_of_then(period, query).await
    }

    async fn ownership_as_of_then(&self, period: BillingPeriod, query: &OwnershipQuery) -> Result<Ownership, Error> {
        let document = self.document(DocumentKind::Systems).await?;
        let document = systems_of(&document.content, &format!("systems v{}", document.version))?;
        if let Some(wanted) = &query.system
            && !document.systems.iter().any(|system| system.id == *wanted)
        {
            let known: Vec<&str> = document.systems.iter().map(|system| system.id.as_str()).collect();
            return Err(Error::Nothing(format!("there is no system {wanted}. There are {}", known.join(", "))));
        }
        let mut months = Vec::new();
        let mut earlier = period;
        for _ in 0..document.months_before() {
            earlier = earlier.previous();
            match self.owned_charges(earlier, &document, query.cost).await {
                Ok((month, _)) => months.push(month),
                // What is not there is said in the report.
                Err(Error::Nothing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let (month, statement_total) = self.owned_charges(period, &document, query.cost).await?;
        months.push(month);
        let input = OwnershipInput { period, document: &document, months: &months, statement_total };
        let mut report = ownership(&input).map_err(|error| Error::Invalid(error.to_string()))?;
        self.add_fallbacks(&mut report, &document).await?;
        if let Some(wanted) = &query.system {
            report.systems.retain(|system| system.id == *wanted);
        }
        Ok(report)
    }

    /// What the document's units cost in a month, and what the statement says that they do.
    async fn owned_charges(
        &self,
        period: BillingPeriod,
        document: &SystemsDocument,
        cost: Cost,
    ) -> Result<(MonthCharges, farthing_types::Amount), Error> {
        let mut fields = vec!["ServiceCategory", "ChargeCategory"];
        let read: Vec<String> = document.fields().into_iter().map(str::to_owned).collect();
        fields.extend(read.iter().map(String::as_str));
        let attributed = self.attributed(Selection::Period(period), &fields).await?;
        let billed = self.billed(&attributed.charges, cost).await?;
        let units: BTreeSet<UnitId> = document.units().into_iter().cloned().collect();
        let currency = document.currency;
        blocking(move || {
            let statements = statements_of(&attributed, billed, cost)?;
            let of_units = statements.iter().filter(|statement| statement.currency == currency);
            let own = of_units.flat_map(|statement| &statement.units).filter(|line| units.contains(&line.unit));
            let total = sum(own.map(|line| line.total))?;
            Ok((month_of(period, &attributed, &read, &units, currency, cost)?, total))
        })
        .await
    }

    /// Adds what an hour without each system costs, where people stand in for it.
    async fn add_fallbacks(&self, report: &mut Ownership, document: &SystemsDocument) -> Result<(), Error> {
        if document.systems.iter().all(|system| system.workflow.is_none()) {
            return Ok(());
        }
        let people = match self.in_force(StoredKind::People).await? {
            Some(_) => self.people().await?,
            None => Vec::new(),
        };
        let window = report.period.window();
        let decisions = self.decisions_in(window).await?;
        for (system, found) in document.systems.iter().zip(&mut report.systems) {
            let Some(workflow) = &system.workflow else { continue };
            let Some(people) = people.iter().find(|people| people.workflow == *workflow) else {
                report.notes.push(format!(
                    "{}: the people file has no workflow {workflow}, so who stands in for it is unknown",
                    system.id
                ));
                continue;
            };
            let hours = hours_of(workflow, &decisions);
            found.fallback = cost_of_fallback(people, &hours, window, system.people_on_hand, report.currency)?;
            if found.fallback.is_none() {
                report.notes.push(format!(
                    "{}: what an hour without it costs is unknown: it needs decisions of workflow {workflow} by an AI, and handling_minutes in {} in the people file",
                    system.id, report.currency
                ));
            }
        }
        Ok(())
    }
}

fn cost_of_fallback(
    people: &WorkflowPeople,
    hours: &[(DateTime<Utc>, HourOfWork)],
    window: farthing_types::Window,
    people_on_hand: Option<u64>,
    currency: Currency,
) -> Result<Option<farthing_unit_economics::ownership::Fallback>, Error> {
    if people.currency != currency {
        return Ok(None);
    }
    Ok(fallback(&FallbackInput { window, people, hours, people_on_hand })?)
}

/// What the AI of a workflow decided, by hour.
fn hours_of(workflow: &WorkflowId, decisions: &[Decision]) -> Vec<(DateTime<Utc>, HourOfWork)> {
    let mut hours: BTreeMap<DateTime<Utc>, HourOfWork> = BTreeMap::new();
    for decision in decisions.iter().filter(|decision| decision.workflow == *workflow) {
        let hour = || hour_of(decision.decided_at);
        match decision.actor {
            Actor::Ai => hours.entry(hour()).or_default().by_ai += 1,
            Actor::AiThenPerson => hours.entry(hour()).or_default().checked += 1,
            Actor::Person => {}
        }
    }
    hours.into_iter().collect()
}

/// A month's charges of the units, put together by what lines read of them.
fn month_of(
    period: BillingPeriod,
    attributed: &Attributed,
    read: &[String],
    units: &BTreeSet<UnitId>,
    currency: Currency,
    cost: Cost,
) -> Result<MonthCharges, Error> {
    let Attributed { rules, charges, attribution, .. } = attributed;
    let keys = &charges.keys;
    let value = |key: u32, field: &str| keys.column(field).and_then(|column| keys.value(key, column));
    let mut assigner = Assigner::new(rules, keys)?;
    let mut found: BTreeMap<_, OwnedCharge> = BTreeMap::new();
    for group in charges.groups.iter().filter(|group| group.currency == currency) {
        let Some(Assignment::Unit { unit, .. }) = assigner.assign(group.key, group.day) else { continue };
        if !units.contains(unit) {
            continue;
        }
        let values: Vec<Option<&str>> = read.iter().map(|field| value(group.key, field)).collect();
        let category = category_of(value(group.key, "ServiceCategory"), value(group.key, "ChargeCategory"));
        let entry = found.entry((unit.clone(), category.clone(), values.clone())).or_insert_with(|| OwnedCharge {
            unit: unit.clone(),
            category,
            values: values.into_iter().map(|value| value.map(str::to_owned)).collect(),
            cost: farthing_types::Amount::ZERO,
            charges: 0,
        });
        entry.cost = sum([entry.cost, group.costs[cost]].into_iter())?;
        entry.charges = entry.charges.saturating_add(group.charges);
    }
    let shares = attribution.pools.iter().filter(|line| line.currency == currency && units.contains(&line.unit));
    let share = |line: &farthing_attribution::PoolLine| PoolShare {
        unit: line.unit.clone(),
        pool: line.pool.to_string(),
        cost: line.costs[cost],
    };
    Ok(MonthCharges { period, charges: found.into_values().collect(), shares: shares.map(share).collect() })
}
