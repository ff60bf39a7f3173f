//! Products and quotients of decimals, exact to 18 decimals.
//!
//! The engine's own product of two costs (18 decimals each) has 36 decimals and so no room for more than 99, and its quotient
//! fails for the same reason. Here both are taken in 256 bits and rounded once, half to even, at 1e-18: the decimals of the lake.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array};
use arrow::compute::kernels::arity::binary;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use farthing_types::{Amount, SCALE};

/// The type of every product and quotient of decimals.
pub(super) const DECIMAL: DataType = DataType::Decimal128(38, SCALE as i8);

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Product,
    Quotient,
}

/// A product or a quotient. Of decimals and integers it is a decimal; where one side is a float it is a float.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Arithmetic {
    operation: Operation,
    signature: Signature,
}

impl Arithmetic {
    pub fn new(operation: Operation) -> Self {
        Self { operation, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn of_amounts(&self, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
        let (left, right) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
        let mut results = Decimal128Array::builder(left.len());
        for row in 0..left.len() {
            if left.is_null(row) || right.is_null(row) {
                results.append_null();
                continue;
            }
            let (a, b) = (amount(left.value(row))?, amount(right.value(row))?);
            let result = match self.operation {
                Operation::Product => a.checked_mul(b),
                // There is no such ratio, which is no reason to have no answer at all.
                Operation::Quotient if b.is_zero() => {
                    results.append_null();
                    continue;
                }
                Operation::Quotient => a.checked_div(b),
            };
            match result {
                Some(result) => results.append_value(result.atto()),
                None => return exec_err!("{a} {} {b} does not fit 38 digits with 18 decimals", self.sign()),
            }
        }
        Ok(Arc::new(results.finish().with_data_type(DECIMAL)))
    }

    fn of_floats(&self, left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
        let (left, right) = (left.as_primitive::<Float64Type>(), right.as_primitive::<Float64Type>());
        let results: Float64Array = match self.operation {
            Operation::Product => binary(left, right, |a, b| a * b)?,
            Operation::Quotient => {
                let quotient = |(a, b): (Option<f64>, Option<f64>)| a.zip(b).filter(|(_, b)| *b != 0.0).map(|(a, b)| a / b);
                left.iter().zip(right.iter()).map(quotient).collect()
            }
        };
        Ok(Arc::new(results))
    }

    fn sign(&self) -> char {
        match self.operation {
            Operation::Product => '×',
            Operation::Quotient => '÷',
        }
    }
}

fn amount(atto: i128) -> Result<Amount> {
    match Amount::from_atto(atto) {
        Some(amount) => Ok(amount),
        None => exec_err!("a number does not fit 38 digits with 18 decimals"),
    }
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Product => "product",
            Operation::Quotient => "quotient",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [left, right] = types else { return plan_err!("{} takes two numbers", self.name()) };
        let text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        for kind in [left, right] {
            if !kind.is_numeric() && !kind.is_null() && !text(kind) {
                return plan_err!("{kind} is no number: {left} {} {right}", self.sign());
            }
        }
        let common = if left.is_floating() || right.is_floating() { DataType::Float64 } else { DECIMAL };
        Ok(vec![common.clone(), common])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(self.coerce_types(types)?.swap_remove(0))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = arguments.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [left, right] = arrays.as_slice() else { return exec_err!("{} takes two numbers", self.name()) };
        let result = match arguments.return_type() {
            DataType::Float64 => self.of_floats(left, right)?,
            _ => self.of_amounts(left, right)?,
        };
        Ok(if constant { ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?) } else { ColumnarValue::Array(result) })
    }
}
