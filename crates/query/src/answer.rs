//! The rows of an answer, as they come.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::error::Scrubber;
use crate::{Limits, QueryError};

/// The rows of an answer: computed while they are taken, so that none waits in memory. Dropping it stops the query.
pub struct Answer {
    schema: SchemaRef,
    rows: SendableRecordBatchStream,
    limits: Limits,
    deadline: Instant,
    scrubber: Scrubber,
    rows_given: u64,
    bytes_given: u64,
    /// What the tables that were made for the question take of the query's memory, until the last row is given.
    _tables: MemoryReservation,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("schema", &self.schema).field("rows_given", &self.rows_given).finish_non_exhaustive()
    }
}

impl Answer {
    pub(crate) fn new(
        rows: SendableRecordBatchStream,
        names: &[Option<String>],
        limits: Limits,
        deadline: Instant,
        scrubber: Scrubber,
        tables: MemoryReservation,
    ) -> Self {
        let schema = renamed(&rows.schema(), names);
        Self { schema, rows, limits, deadline, scrubber, rows_given: 0, bytes_given: 0, _tables: tables }
    }

    /// Names and types of the columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows; `None` after the last.
    ///
    /// # Errors
    /// When a limit is reached or the engine fails; nothing comes after an error.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, QueryError>> {
        let batch = match timeout_at(self.deadline, self.rows.next()).await {
            Err(_) => return Some(Err(QueryError::TimedOut(self.limits.time))),
            Ok(None) => return None,
            Ok(Some(Err(error))) => return Some(Err(self.scrubber.running(error, &self.limits))),
            Ok(Some(Ok(batch))) => batch,
        };
        self.rows_given += batch.num_rows() as u64;
        self.bytes_given += batch.get_array_memory_size() as u64;
        if self.rows_given > self.limits.rows {
            return Some(Err(QueryError::TooLarge { limit: format!("{} rows", self.limits.rows) }));
        }
        if self.bytes_given > self.limits.answer_mib << 20 {
            return Some(Err(QueryError::TooLarge { limit: format!("{} MiB", self.limits.answer_mib) }));
        }
        let named = RecordBatch::try_new(self.schema.clone(), batch.columns().to_vec());
        Some(named.map_err(|error| QueryError::Failed(error.to_string())))
    }

    /// All rows at once, for answers that are known to be small.
    ///
    /// # Errors
    /// As [`Answer::next`].
    pub async fn collect(mut self) -> Result<(SchemaRef, Vec<RecordBatch>), QueryError> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await {
            batches.push(batch?);
        }
        Ok((self.schema, batches))
    }
}

/// The schema with the names that the query gives its columns. Every column may be null, since empty rows say nothing else.
fn renamed(schema: &SchemaRef, names: &[Option<String>]) -> SchemaRef {
    let name = |at: usize| names.get(at).filter(|_| names.len() == schema.fields().len()).and_then(Option::as_ref);
    let field = |(at, field): (usize, &Arc<Field>)| match name(at) {
        Some(name) => Field::new(name, field.data_type().clone(), true),
        None => Field::new(field.name(), field.data_type().clone(), true),
    };
    Arc::new(Schema::new(schema.fields().iter().enumerate().map(field).collect::<Vec<_>>()))
}
