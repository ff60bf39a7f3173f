use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Decimal128Array, Int64Array};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;

use super::Kind;

/// One sum, of all rows or of those of a window.
#[derive(Debug)]
pub(super) struct Single {
    kind: Kind,
    sum: i128,
    /// How many values it is the sum of: that of none is NULL.
    values: u64,
}

impl Single {
    pub fn new(kind: Kind) -> Self {
        Self { kind, sum: 0, values: 0 }
    }

    fn add(&mut self, values: &ArrayRef, sign: i128) -> Result<()> {
        let counts = self.kind.counts(values);
        for row in 0..values.len() {
            if let Some(count) = counts.at(row) {
                self.sum = self.kind.add(self.sum, sign * count)?;
                self.values = if sign > 0 { self.values + 1 } else { self.values.saturating_sub(1) };
            }
        }
        Ok(())
    }
}

impl Kind {
    /// A sum as the engine wants it.
    pub(super) fn scalar(&self, sum: Option<i128>) -> ScalarValue {
        match self {
            Self::Decimal(DataType::Decimal128(digits, decimals)) => ScalarValue::Decimal128(sum, *digits, *decimals),
            _ => ScalarValue::Int64(sum.and_then(|sum| i64::try_from(sum).ok())),
        }
    }

    /// Sums as the engine wants them.
    pub(super) fn array(&self, sums: impl Iterator<Item = Option<i128>>) -> ArrayRef {
        match self {
            Self::Decimal(kind) => Arc::new(sums.collect::<Decimal128Array>().with_data_type(kind.clone())),
            Self::Whole => Arc::new(sums.map(|sum| sum.and_then(|sum| i64::try_from(sum).ok())).collect::<Int64Array>()),
        }
    }
}

impl Accumulator for Single {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.add(&states[0], 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.kind.scalar((self.values > 0).then_some(self.sum)))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sum of distinct values, which the engine collects.
#[derive(Debug)]
pub(super) struct Distinct {
    kind: Kind,
    values: Box<dyn Accumulator>,
}

impl Distinct {
    pub fn new(kind: Kind, values: Box<dyn Accumulator>) -> Self {
        Self { kind, values }
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.update_batch(values)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.values.merge_batch(states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let state = self.values.state()?;
        let [ScalarValue::List(list)] = state.as_slice() else {
            return internal_err!("distinct values are kept in another way than expected");
        };
        let mut sum = Single::new(self.kind.clone());
        for values in list.iter().flatten() {
            sum.add(&values, 1)?;
        }
        sum.evaluate()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.values.state()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.size()
    }
}
