use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::common::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};

use super::Kind;

/// A sum for each group; that of a group without values is NULL.
#[derive(Debug)]
pub(super) struct Groups {
    kind: Kind,
    sums: Vec<i128>,
    /// For each group whether it has a value.
    has_value: Vec<bool>,
}

impl Groups {
    pub fn new(kind: Kind) -> Self {
        Self { kind, sums: Vec::new(), has_value: Vec::new() }
    }
}

/// True for a row that no filter leaves out.
fn is_meant(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total_groups: usize,
    ) -> Result<()> {
        self.sums.resize(total_groups, 0);
        self.has_value.resize(total_groups, false);
        let counts = self.kind.counts(&values[0]);
        for (row, group) in groups.iter().enumerate() {
            if let Some(count) = counts.at(row).filter(|_| is_meant(filter, row)) {
                self.sums[*group] = self.kind.add(self.sums[*group], count)?;
                self.has_value[*group] = true;
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total_groups: usize) -> Result<()> {
        self.update_batch(states, groups, None, total_groups)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (sums, has_value) = (emit.take_needed(&mut self.sums), emit.take_needed(&mut self.has_value));
        Ok(self.kind.array(sums.into_iter().zip(has_value).map(|(sum, has_value)| has_value.then_some(sum))))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    /// A value by itself is a sum of one.
    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let counts = self.kind.counts(&values[0]);
        let rows = (0..values[0].len()).map(|row| counts.at(row).filter(|_| is_meant(filter, row)));
        Ok(vec![self.kind.array(rows)])
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<i128>() + self.has_value.capacity()
    }
}
