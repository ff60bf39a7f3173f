//! Tables that are computed for a question: charges with where they went, and the lines of statements.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use chrono::{DateTime, NaiveTime, Utc};
use farthing_attribution::{Assigner, Assignment};
use farthing_focus::KEY_COLUMNS;
use farthing_ledger::Statement;
use farthing_query::{Content, QueryError, Question, memory_of};
use farthing_store::Dataset;
use farthing_types::{Amount, BillingPeriod, Cost, SCALE, Selection, SourceName};

use crate::chargeback::{Attributed, statements_of};
use crate::home::blocking;
use crate::sql::SqlQuery;
use crate::{Error, Farthing};

impl Farthing {
    /// The table `attributed`: one row a group of charges that one rule sent to one unit, or that belongs to none for one reason,
    /// and one row a unit that a pool gave to or took from. Over a period and currency the costs sum to what was billed, since
    /// the rows of a pool sum to zero.
    pub(crate) async fn attributed_table(&self, question: &Question, query: &SqlQuery) -> Result<Content, Error> {
        let read: Vec<bool> = KEY_COLUMNS.iter().map(|column| question.may_read(column)).collect();
        let mut batches = Vec::new();
        let mut bytes = 0;
        for period in self.periods_asked(query).await? {
            let attributed = self.attributed(Selection::Period(period), &KEY_COLUMNS).await?;
            let (source, read) = (query.source.clone(), read.clone());
            let rows = blocking(move || attributed_rows(&attributed, period, source.as_ref(), &read)).await?;
            bytes += memory_of([&rows]);
            // The engine takes the whole of it out of the query's memory; what cannot fit is not made to its end.
            if bytes > self.query_limits.memory_mib << 20 {
                let cause = format!("the table attributed is larger by {period} already; --period asks for one billing period");
                return Err(QueryError::Memory { limit: self.query_limits.memory_mib, cause }.into());
            }
            batches.push(rows);
        }
        Ok(Content::Rows { schema: attributed_schema(), batches })
    }

    /// The table `statements`: what each unit owes for a period, by each of the four costs, and what belongs to none and why.
    pub(crate) async fn statements_table(&self, query: &SqlQuery) -> Result<Content, Error> {
        if query.source.is_some() {
            let why = "a statement is about all sources of a period: ask the table attributed about one of them";
            return Err(Error::Invalid(why.to_owned()));
        }
        let mut batches = Vec::new();
        for period in self.periods_asked(query).await? {
            let attributed = self.attributed(Selection::Period(period), &[]).await?;
            for cost in Cost::ALL {
                let billed = self.billed(&attributed.charges, cost).await?;
                let statements = statements_of(&attributed, billed, cost)?;
                for statement in &statements {
                    batches.push(statement_rows(statement).map_err(unmade)?);
                }
            }
        }
        Ok(Content::Rows { schema: statements_schema(), batches })
    }

    /// The periods that have charges, of those that the question is about.
    async fn periods_asked(&self, query: &SqlQuery) -> Result<Vec<BillingPeriod>, Error> {
        let revisions = self.revisions(Dataset::Charges, query.period).await?;
        let mut periods: Vec<BillingPeriod> = revisions.iter().map(|revision| revision.period).collect();
        periods.sort_unstable();
        periods.dedup();
        Ok(periods)
    }
}

fn unmade(error: ArrowError) -> Error {
    Error::Invalid(format!("the table cannot be made: {error}"))
}

fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn decimal() -> DataType {
    DataType::Decimal128(38, SCALE as i8)
}

fn schema(columns: impl IntoIterator<Item = (&'static str, DataType)>) -> SchemaRef {
    Arc::new(Schema::new(columns.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect::<Vec<_>>()))
}

fn attributed_schema() -> SchemaRef {
    let periods = ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart"].map(|name| (name, moment()));
    let texts = ["BillingCurrency", "Source"].into_iter().chain(KEY_COLUMNS).chain(["Unit", "Rule", "Pool", "Reason"]);
    let costs = Cost::ALL.map(|cost| (cost.column(), decimal()));
    let counts = [("Stage", DataType::Int64), ("Charges", DataType::Int64)];
    schema(periods.into_iter().chain(texts.map(|name| (name, DataType::Utf8))).chain(costs).chain(counts))
}

fn statements_schema() -> SchemaRef {
    let texts = ["BillingCurrency", "Cost", "Unit", "UnitName", "Parent", "Owner", "CostCenter", "Reason"];
    let amounts = ["Direct", "Shared", "Total", "RolledUpTotal"];
    schema(
        [("BillingPeriodStart", moment())]
            .into_iter()
            .chain(texts.map(|name| (name, DataType::Utf8)))
            .chain(amounts.map(|name| (name, decimal()))),
    )
}

fn moments(values: impl Iterator<Item = Option<DateTime<Utc>>>) -> ArrayRef {
    let micros: TimestampMicrosecondArray = values.map(|moment| moment.map(|moment| moment.timestamp_micros())).collect();
    Arc::new(micros.with_timezone("UTC"))
}

fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn decimals(values: impl Iterator<Item = Option<Amount>>) -> ArrayRef {
    Arc::new(values.map(|amount| amount.map(Amount::atto)).collect::<Decimal128Array>().with_data_type(decimal()))
}

/// Where the charges of a group went.
struct Went {
    unit: Option<String>,
    rule: Option<String>,
    reason: Option<String>,
}

impl From<Assignment<'_>> for Went {
    fn from(assignment: Assignment<'_>) -> Self {
        match assignment {
            Assignment::Unit { unit, rule } => Self { unit: Some(unit.to_string()), rule: Some(rule.to_string()), reason: None },
            Assignment::Unattributed { reason, rule } => {
                Self { unit: None, rule: rule.map(ToString::to_string), reason: Some(reason.as_str().to_owned()) }
            }
        }
    }
}

/// A period's groups of charges, then its pools' lines. Columns that the question does not read stay empty.
fn attributed_rows(
    attributed: &Attributed,
    period: BillingPeriod,
    source: Option<&SourceName>,
    read: &[bool],
) -> Result<RecordBatch, Error> {
    let charges = &attributed.charges;
    let wanted = |name: &SourceName| source.is_none_or(|source| source == name);
    let groups: Vec<_> = charges.groups.iter().filter(|group| wanted(&charges.sources[group.source as usize])).collect();
    let lines: Vec<_> = attributed.attribution.pools.iter().filter(|line| wanted(&line.source)).collect();
    let mut assigner = Assigner::new(&attributed.rules, &charges.keys)?;
    let assign = |group: &&farthing_attribution::ChargeGroup| {
        assigner.assign(group.key, group.day).map(Went::from).expect("the groups have keys of this table")
    };
    let went: Vec<Went> = groups.iter().map(assign).collect();
    let rows = groups.len() + lines.len();
    let none = || std::iter::repeat_n(None::<String>, lines.len());
    let midnight = |day: chrono::NaiveDate| Some(day.and_time(NaiveTime::MIN).and_utc());

    let mut columns: Vec<ArrayRef> = vec![
        moments(std::iter::repeat_n(Some(period.start()), rows)),
        moments(std::iter::repeat_n(Some(period.end()), rows)),
        moments(groups.iter().map(|group| midnight(group.day)).chain(std::iter::repeat_n(None, lines.len()))),
        texts(groups.iter().map(|g| g.currency).chain(lines.iter().map(|l| l.currency)).map(|c| Some(c.as_str().to_owned()))),
        texts(
            groups
                .iter()
                .map(|g| &charges.sources[g.source as usize])
                .chain(lines.iter().map(|l| &l.source))
                .map(|s| Some(s.as_str())),
        ),
    ];
    for (name, read) in KEY_COLUMNS.iter().zip(read) {
        let at = charges.keys.column(name).filter(|_| *read);
        let value = |group: &&farthing_attribution::ChargeGroup| at.and_then(|at| charges.keys.value(group.key, at));
        columns.push(texts(groups.iter().map(value).chain(std::iter::repeat_n(None, lines.len()))));
    }
    columns.push(texts(went.iter().map(|w| w.unit.clone()).chain(lines.iter().map(|line| Some(line.unit.to_string())))));
    columns.push(texts(went.iter().map(|w| w.rule.clone()).chain(none())));
    columns.push(texts(went.iter().map(|_| None).chain(lines.iter().map(|line| Some(line.pool.to_string())))));
    columns.push(texts(went.iter().map(|w| w.reason.clone()).chain(none())));
    for cost in Cost::ALL {
        columns.push(decimals(groups.iter().map(|g| g.costs[cost]).chain(lines.iter().map(|l| l.costs[cost])).map(Some)));
    }
    let stages = groups.iter().map(|_| 0).chain(lines.iter().map(|line| i64::from(line.stage)));
    columns.push(Arc::new(stages.collect::<Int64Array>()));
    let counts = groups.iter().map(|group| i64::try_from(group.charges).unwrap_or(i64::MAX));
    columns.push(Arc::new(counts.chain(std::iter::repeat_n(0, lines.len())).collect::<Int64Array>()));
    RecordBatch::try_new(attributed_schema(), columns).map_err(unmade)
}

/// The units of a statement, then what belongs to none.
fn statement_rows(statement: &Statement) -> Result<RecordBatch, ArrowError> {
    let (units, rest) = (&statement.units, &statement.unattributed);
    let rows = units.len() + rest.len();
    let none = || std::iter::repeat_n(None::<String>, rest.len());
    let unit = |get: &dyn Fn(&farthing_ledger::UnitAmounts) -> Option<String>| texts(units.iter().map(get).chain(none()));
    let amount = |get: &dyn Fn(&farthing_ledger::UnitAmounts) -> Amount, of_rest: bool| {
        let rest = rest.iter().map(|line| of_rest.then_some(line.amount));
        decimals(units.iter().map(|unit| Some(get(unit))).chain(rest))
    };
    let same = |value: String| texts(std::iter::repeat_n(Some(value), rows));
    let columns: Vec<ArrayRef> = vec![
        moments(std::iter::repeat_n(Some(statement.selection.window().from), rows)),
        same(statement.currency.as_str().to_owned()),
        same(statement.cost.as_str().to_owned()),
        unit(&|unit| Some(unit.unit.to_string())),
        unit(&|unit| Some(unit.name.clone())),
        unit(&|unit| unit.parent.as_ref().map(ToString::to_string)),
        unit(&|unit| unit.owner.clone()),
        unit(&|unit| unit.cost_center.clone()),
        texts(units.iter().map(|_| None).chain(rest.iter().map(|line| Some(line.reason.as_str())))),
        amount(&|unit| unit.direct, false),
        amount(&|unit| unit.shared, false),
        amount(&|unit| unit.total, true),
        amount(&|unit| unit.rolled_up.total, false),
    ];
    RecordBatch::try_new(statements_schema(), columns)
}
