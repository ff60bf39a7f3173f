//! DataFusion in this process: the default engine, and the oracle for any other.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use async_trait::async_trait;
use camino::Utf8PathBuf;
use datafusion::execution::context::SQLOptions;
use farthing_focus::canonical_schema;

use crate::table::table;
use crate::{Answer, Engine, FactGroup, Facts, Limits, QueryError, difference, groups, session};

/// The engine in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Embedded {
    limits: Limits,
}

impl Embedded {
    /// An engine with these limits on each query.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

#[async_trait]
impl Engine for Embedded {
    async fn sql(&self, facts: &Facts, query: &str) -> Result<Answer, QueryError> {
        let context = session::session(&self.limits)?;
        let none = Arc::new(Schema::empty());
        let register = |name: &str, provider| context.register_table(name, provider).map_err(QueryError::planning);
        let charges = table(&context, &facts.charges, &canonical_schema()).await?;
        register("focus", charges.clone())?;
        register("focus_data_table", charges)?;
        register("usage", table(&context, &facts.usage, &none).await?)?;
        register("decisions", table(&context, &facts.decisions, &none).await?)?;
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let frame = context.sql_with_options(query, read_only).await.map_err(QueryError::planning)?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let rows = tokio::time::timeout(self.limits.time, frame.collect()).await;
        let batches = rows.map_err(|_| QueryError::TimedOut(self.limits.time))?;
        let batches = batches.map_err(|error| QueryError::running(error, self.limits.memory_mib))?;
        Ok(Answer { schema, batches })
    }

    async fn group_charges(&self, files: &[Utf8PathBuf], columns: &[String]) -> Result<Vec<FactGroup>, QueryError> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let grouped = tokio::time::timeout(self.limits.time, groups::group(&self.limits, files, columns)).await;
        grouped.map_err(|_| QueryError::TimedOut(self.limits.time))?
    }

    async fn difference(&self, before: &[Utf8PathBuf], after: &[Utf8PathBuf]) -> Result<Vec<RecordBatch>, QueryError> {
        difference::difference(&self.limits, before, after).await
    }
}
