//! The memory that rows take, and its place in the account of a query.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, RecordBatch};
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

use crate::{Content, Facts};

/// The bytes that these rows hold. What several columns or batches share is counted once.
pub fn memory_of<'a>(batches: impl IntoIterator<Item = &'a RecordBatch>) -> usize {
    let mut seen = HashSet::new();
    let columns = batches.into_iter().flat_map(RecordBatch::columns);
    columns.map(|column| bytes_of(&column.to_data(), &mut seen)).sum()
}

fn bytes_of(data: &ArrayData, seen: &mut HashSet<usize>) -> usize {
    let nulls = data.nulls().map(|nulls| nulls.buffer());
    let mut bytes = 0;
    for buffer in data.buffers().iter().chain(nulls) {
        // The address tells whether it was counted; nothing is read there.
        if seen.insert(buffer.data_ptr().as_ptr() as usize) {
            bytes += buffer.capacity();
        }
    }
    bytes + data.child_data().iter().map(|child| bytes_of(child, seen)).sum::<usize>()
}

/// Takes the memory of tables that were computed for a question out of what the query may have, as long as the result lives.
pub(crate) fn account(facts: &Facts, pool: &Arc<dyn MemoryPool>) -> Result<MemoryReservation, DataFusionError> {
    let reservation = MemoryConsumer::new("the tables of the question").register(pool);
    let rows = facts.values().filter_map(|content| match content {
        Content::Rows { batches, .. } => Some(batches),
        Content::Files { .. } => None,
    });
    reservation.try_grow(memory_of(rows.flatten()))?;
    Ok(reservation)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    #[test]
    fn what_is_shared_counts_once() {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1_000));
        let batch = RecordBatch::try_from_iter([("a", column.clone()), ("b", column)]).unwrap();
        let bytes = memory_of([&batch, &batch.slice(3, 5)]);
        assert!((8_000..8_200).contains(&bytes), "{bytes}");
    }
}
