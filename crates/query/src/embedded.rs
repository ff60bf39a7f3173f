//! DataFusion in this process: the default engine, and the oracle for any other.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Field;
use async_trait::async_trait;
use camino::Utf8PathBuf;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::Statement;
use tokio::time::{Instant, timeout_at};

use crate::error::Scrubber;
use crate::{
    Answer, Content, Engine, FactGroup, Facts, Limits, QueryError, Question, Table, dialect, difference, groups, memory, session,
    table,
};

/// The engine in this process.
#[derive(Clone, Debug, Default)]
pub struct Embedded {
    limits: Limits,
    /// The folder for what does not fit in memory.
    spill: Option<Utf8PathBuf>,
    /// Folders that no message names.
    hidden: Vec<Utf8PathBuf>,
}

impl Embedded {
    /// An engine with these limits on each query.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The engine of a home: what does not fit in memory goes to `spill`, and messages name nothing in `home`.
    pub fn of_home(limits: Limits, home: &Utf8PathBuf, spill: Utf8PathBuf) -> Self {
        Self { limits, spill: Some(spill), hidden: vec![home.clone()] }
    }

    async fn answer(&self, facts: &Facts, question: &Question, deadline: Instant) -> Result<Answer, QueryError> {
        let scrubber = Scrubber::new(&self.hidden);
        let context = session::session(&self.limits, self.spill.as_ref())?;
        let tables = memory::account(facts, &context.runtime_env().memory_pool);
        let tables = tables.map_err(|error| scrubber.running(error, &self.limits))?;
        let plan = plan(&context, facts, question).await?;
        let names = dialect::output_names(&dialect::parse(question.tokens().to_vec())?);
        let frame = context.execute_logical_plan(plan).await.map_err(|error| scrubber.running(error, &self.limits))?;
        let rows = frame.execute_stream().await.map_err(|error| scrubber.running(error, &self.limits))?;
        Ok(Answer::new(rows, &names, self.limits, deadline, scrubber, tables))
    }
}

#[async_trait]
impl Engine for Embedded {
    async fn sql(&self, facts: &Facts, question: &Question) -> Result<Answer, QueryError> {
        let deadline = Instant::now() + self.limits.time;
        let answer = timeout_at(deadline, self.answer(facts, question, deadline)).await;
        answer.map_err(|_| QueryError::TimedOut(self.limits.time))?
    }

    async fn group_charges(&self, files: &[Utf8PathBuf], columns: &[String]) -> Result<Vec<FactGroup>, QueryError> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let grouped =
            tokio::time::timeout(self.limits.time, groups::group(&self.limits, self.spill.as_ref(), files, columns)).await;
        grouped.map_err(|_| QueryError::TimedOut(self.limits.time))?
    }

    async fn difference(&self, before: &[Utf8PathBuf], after: &[Utf8PathBuf]) -> Result<Vec<RecordBatch>, QueryError> {
        difference::difference(&self.limits, self.spill.as_ref(), before, after).await
    }
}

/// Columns of a table's files beyond the known ones.
type Further = BTreeMap<Table, Vec<Arc<Field>>>;

/// The plan. Footers of files are read only where the query may name columns that a provider added to FOCUS.
async fn plan(context: &SessionContext, facts: &Facts, question: &Question) -> Result<LogicalPlan, QueryError> {
    let known = Further::new();
    if !question.asks_for_all_columns() {
        match plan_over(context, facts, &known, question).await {
            Err(error) if is_unknown_column(&error) => {}
            planned => return planned.map_err(QueryError::planning),
        }
    }
    let mut further = Further::new();
    for (name, content) in facts {
        if let Content::Files { files, known } = content {
            let paths = files.iter().map(|file| &file.path);
            further.insert(*name, table::further_columns(context, paths, known).await?);
        }
    }
    plan_over(context, facts, &further, question).await.map_err(QueryError::planning)
}

async fn plan_over(
    context: &SessionContext,
    facts: &Facts,
    further: &Further,
    question: &Question,
) -> Result<LogicalPlan, DataFusionError> {
    let external = |error: QueryError| DataFusionError::Plan(error.to_string());
    let mut columns = Vec::new();
    let mut tables = Vec::new();
    for (name, content) in facts {
        let further = further.get(name).map(Vec::as_slice).unwrap_or_default();
        let provider = table::provider(content, further).map_err(external)?;
        columns.extend(provider.schema().fields().iter().map(|field| field.name().clone()));
        for alias in name.names() {
            context.deregister_table(*alias)?;
            context.register_table(*alias, provider.clone())?;
            tables.push(*alias);
        }
    }
    let folded = dialect::fold(question.tokens(), columns.iter().map(String::as_str), &tables);
    let mut select = dialect::parse(folded).map_err(external)?;
    dialect::rewrite(&mut select);
    let statement = EngineStatement::Statement(Box::new(Statement::Query(Box::new(select))));
    let plan = context.state().statement_to_plan(statement).await?;
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false).verify_plan(&plan)?;
    Ok(plan)
}

fn is_unknown_column(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::SchemaError(..))
}
