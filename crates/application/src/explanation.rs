//! From a figure of a statement to its charges, and what each rule covers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use farthing_attribution::{FieldValue, FigureOn, Reason, Traced, trace};
use farthing_ledger::{
    Cell, ChargesLine, Explanation, Place, PoolShare, RuleAmount, RuleCoverage, Statement, Value, explain_cell,
};
use farthing_types::{Amount, Cost, Currency, Selection, SourceName, UnitId};
use serde::Serialize;

use crate::chargeback::{Attributed, statements_of};
use crate::conversion::{ROUNDING, Reporting, Stated};
use crate::home::blocking;
use crate::{Error, Farthing};

/// The column that every explanation shows beside what the rules went by.
const SHOWN: &str = "ServiceName";

/// What is to be explained.
#[derive(Clone, Debug)]
pub struct ExplainQuery {
    /// A billing period, or the days of the charges.
    pub selection: Selection,
    /// Which of the four costs.
    pub cost: Cost,
    /// The figure.
    pub cell: Cell,
    /// All currencies in this one; without it each has its own statement.
    pub reporting: Option<Reporting>,
}

/// A figure with what it is made of, in each currency that it has.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// The moment whose facts and documents it rests on.
    pub as_of: DateTime<Utc>,
    /// One a currency.
    pub explanations: Vec<Explanation>,
}

impl Farthing {
    /// Walks a figure of a statement to its charges and shares, with the arithmetic that closes.
    ///
    /// # Errors
    /// When there are no such charges, or the statement has no such figure.
    pub async fn explain(&self, query: &ExplainQuery) -> Result<Explained, Error> {
        let then = self.as_closed(query.selection).await?;
        let as_of = then.stated_moment();
        let mut shown = vec![SHOWN];
        shown.extend(query.cell.fields.iter().map(|(field, _)| field.as_str()).filter(|field| *field != SHOWN));
        let attributed = then.attributed(query.selection, &[&shown[..], &["ChargeClass"]].concat()).await?;
        let stated = then.stated_in(attributed, query.cost, query.reporting).await?;
        let cell = query.cell.clone();
        let shown: Vec<String> = shown.into_iter().map(str::to_owned).collect();
        let explanations = blocking(move || {
            let is_meant = |statement: &&Statement| cell.currency.is_none_or(|currency| currency == statement.currency);
            let explain = |statement: &Statement| explain_in(&stated, statement, &cell, &shown);
            let found = stated.statements.iter().filter(is_meant).map(explain).collect::<Result<Vec<_>, _>>()?;
            Ok(found.into_iter().flatten().collect::<Vec<_>>())
        });
        let mut explanations: Vec<Explanation> = explanations.await?;
        // Every statement has a row for every unit: a currency in which nothing stands there has nothing to explain.
        let has_lines = |explanation: &Explanation| !(explanation.charges.is_empty() && explanation.shares.is_empty());
        if explanations.iter().any(has_lines) {
            explanations.retain(has_lines);
        }
        if explanations.is_empty() {
            return Err(Error::Nothing(no_figure(query)));
        }
        Ok(Explained { as_of, explanations })
    }

    /// What share of a bill is attributed by which rule, and why the rest is not; one a currency.
    ///
    /// # Errors
    /// When there are no such charges, or the published rules cannot be used.
    pub async fn rule_coverage(&self, selection: Selection, cost: Cost) -> Result<Vec<RuleCoverage>, Error> {
        let then = self.as_closed(selection).await?;
        let attributed = then.attributed(selection, &[]).await?;
        let billed = then.billed(&attributed.charges, cost).await?;
        let statements = statements_of(&attributed, billed, cost)?;
        let of = |statement: &Statement| {
            let covered = |rule: &str| {
                let lines = &attributed.attribution.coverage;
                lines.iter().find(|line| line.rule.as_str() == rule && line.currency == statement.currency)
            };
            let line = |rule: &farthing_attribution::Rule| RuleAmount {
                rule: rule.id.to_string(),
                amount: covered(rule.id.as_str()).map(|line| line.costs[cost]).unwrap_or_default(),
                charges: covered(rule.id.as_str()).map_or(0, |line| line.charges),
            };
            let rules = attributed.rules.rules().iter().map(line).collect();
            farthing_ledger::coverage(statement, rules).map_err(|error| Error::Invalid(error.to_string()))
        };
        statements.iter().map(of).collect()
    }
}

fn no_figure(query: &ExplainQuery) -> String {
    let ExplainQuery { selection, cell, .. } = query;
    let known = match &cell.place {
        Place::Unit { .. } => "`farthing units` lists the units".to_owned(),
        Place::Reason(_) => format!("the reasons are {}", Reason::ALL.map(Reason::as_str).join(", ")),
    };
    format!("the statement for {selection} has no figure {cell}: nothing stands there; {known}")
}

/// The explanation on one statement; `None` where it has no such row.
fn explain_in(stated: &Stated, statement: &Statement, cell: &Cell, shown: &[String]) -> Result<Option<Explanation>, Error> {
    let rows: BTreeSet<&UnitId> = match &cell.place {
        Place::Unit { unit, own: true } => [unit].into(),
        Place::Unit { unit, own: false } => statement.subtree(unit).iter().map(|line| &line.unit).collect(),
        Place::Reason(_) => BTreeSet::new(),
    };
    let places = match &cell.place {
        Place::Unit { .. } => rows.iter().map(|unit| FigureOn::Unit((*unit).clone())).collect(),
        Place::Reason(name) => Reason::ALL.into_iter().filter(|reason| reason.as_str() == name).map(FigureOn::Reason).collect(),
    };
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let traced = trace(&stated.attributed.rules, &stated.attributed.charges.as_input(), &places, &shown)?;
    let traced = traced.into_iter().filter(|line| stated.currency(line.currency) == statement.currency);
    let mut charges: Vec<ChargesLine> = traced.map(|line| charges_line(stated, line, statement.cost)).collect();
    if matches!(&cell.place, Place::Reason(reason) if reason == ROUNDING) {
        charges.extend(stated.rounding.iter().map(|(source, amount)| rounding_line(stated, source, *amount, &shown)));
    }
    let shares = pool_shares(stated, &rows, statement.currency, statement.cost);
    explain_cell(statement, cell, charges, shares).map_err(|error| Error::Invalid(error.to_string()))
}

fn charges_line(stated: &Stated, traced: Traced, cost: Cost) -> ChargesLine {
    let value = |FieldValue { field, value }: FieldValue| Value { field, value };
    let (unit, reason) = match traced.on {
        FigureOn::Unit(unit) => (Some(unit), None),
        FigureOn::Reason(reason) => (None, Some(reason.as_str().to_owned())),
    };
    ChargesLine {
        unit,
        reason,
        rule: traced.rule.map(|rule| rule.to_string()),
        because: traced.because.into_iter().map(value).collect(),
        columns: traced.shown.into_iter().map(value).collect(),
        source: traced.source,
        first: traced.first,
        last: traced.last,
        charges: traced.charges,
        original: stated.original(traced.currency, &traced.costs),
        amount: traced.costs[cost],
    }
}

/// What rounding the conversion left of a source: no charge stands behind it.
fn rounding_line(stated: &Stated, source: &SourceName, amount: Amount, shown: &[&str]) -> ChargesLine {
    let days = stated.attributed.charges.window;
    ChargesLine {
        unit: None,
        reason: Some(ROUNDING.to_owned()),
        rule: None,
        because: Vec::new(),
        columns: shown.iter().map(|field| Value { field: (*field).to_owned(), value: None }).collect(),
        source: source.clone(),
        first: days.from.date_naive(),
        last: days.to.date_naive().pred_opt().unwrap_or_else(|| days.to.date_naive()),
        charges: 0,
        original: None,
        amount,
    }
}

/// The pool lines of some units, each with what its pool split.
fn pool_shares(stated: &Stated, units: &BTreeSet<&UnitId>, currency: Currency, cost: Cost) -> Vec<PoolShare> {
    let Attributed { rules, attribution, .. } = &stated.attributed;
    let pools: BTreeMap<&str, &UnitId> = rules.pools().iter().map(|pool| (pool.id.as_str(), &pool.unit)).collect();
    let lines = || attribution.pools.iter().filter(|line| stated.currency(line.currency) == currency);
    let split =
        |line: &'_ farthing_attribution::PoolLine| (line.pool.clone(), line.source.clone(), line.currency, line.part.clone());
    let given: BTreeMap<_, Amount> = lines().filter(|line| line.gives()).map(|line| (split(line), -line.costs[cost])).collect();
    let share = |line: &farthing_attribution::PoolLine| PoolShare {
        pool: line.pool.to_string(),
        pool_unit: pools.get(line.pool.as_str()).map_or_else(|| line.unit.clone(), |unit| (*unit).clone()),
        stage: line.stage,
        unit: line.unit.clone(),
        source: line.source.clone(),
        part: line.part.clone(),
        driver: line.driver.clone(),
        quantity: line.quantity,
        total_quantity: line.total_quantity,
        pool_amount: given.get(&split(line)).copied().unwrap_or_default(),
        gives: line.gives(),
        original: stated.original(line.currency, &line.costs),
        amount: line.costs[cost],
    };
    lines().filter(|line| units.contains(&line.unit)).map(share).collect()
}
