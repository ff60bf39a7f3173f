//! `SUM` that says when a sum does not fit, in place of the engine's, which wraps around to another number.

mod groups;
mod single;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, exec_err};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, GroupsAccumulator, ReversedUDAF, Signature};
use farthing_types::Amount;

use self::groups::Groups;
use self::single::{Distinct, Single};

/// The function, as sessions register it under the engine's name.
pub(crate) fn checked_sum() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(CheckedSum::default()))
}

/// The sum of an expression.
pub(crate) fn sum(of: Expr) -> Expr {
    checked_sum().call(vec![of])
}

/// Sums of decimals with 38 digits and of whole numbers are checked; other kinds do not wrap and are left to the engine.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct CheckedSum {
    engine: Sum,
}

/// What a sum is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Decimals, counted in units of their last place.
    Decimal(DataType),
    /// Whole numbers.
    Whole,
}

/// A column's values as counts.
enum Counts<'a> {
    Decimal(&'a Decimal128Array),
    Whole(&'a Int64Array),
}

impl Counts<'_> {
    #[inline]
    fn at(&self, row: usize) -> Option<i128> {
        match self {
            Self::Decimal(values) => values.is_valid(row).then(|| values.value(row)),
            Self::Whole(values) => values.is_valid(row).then(|| i128::from(values.value(row))),
        }
    }
}

impl Kind {
    fn of(kind: &DataType) -> Option<Self> {
        match kind {
            DataType::Decimal128(38, _) => Some(Self::Decimal(kind.clone())),
            DataType::Int64 => Some(Self::Whole),
            _ => None,
        }
    }

    /// The values of a column.
    fn counts<'a>(&self, values: &'a ArrayRef) -> Counts<'a> {
        match self {
            Self::Decimal(_) => Counts::Decimal(values.as_primitive()),
            Self::Whole => Counts::Whole(values.as_primitive()),
        }
    }

    /// The sum of two counts, as far as a partial sum goes.
    fn add(&self, sum: i128, count: i128) -> Result<i128> {
        match sum.checked_add(count) {
            Some(sum) => self.fitting(sum),
            None => self.does_not_fit(),
        }
    }

    fn fitting(&self, sum: i128) -> Result<i128> {
        let fits = match self {
            Self::Decimal(_) => Amount::from_atto(sum).is_some(),
            Self::Whole => i64::try_from(sum).is_ok(),
        };
        if fits { Ok(sum) } else { self.does_not_fit() }
    }

    fn does_not_fit<T>(&self) -> Result<T> {
        match self {
            Self::Decimal(DataType::Decimal128(digits, decimals)) => {
                exec_err!("a SUM does not fit {digits} digits with {decimals} decimals; sum fewer rows, or CAST to DOUBLE")
            }
            _ => exec_err!("a SUM does not fit 64 bits; CAST to DECIMAL(38, 0) before it is summed"),
        }
    }
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn signature(&self) -> &Signature {
        self.engine.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(match self.engine.return_type(types)? {
            // One width, so that each sum is one of those that are checked.
            DataType::Decimal128(_, decimals) => DataType::Decimal128(38, decimals),
            other => other,
        })
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let kind = Kind::of(arguments.return_type());
        Ok(match kind {
            None => self.engine.accumulator(arguments)?,
            Some(kind) if arguments.is_distinct => Box::new(Distinct::new(kind, self.engine.accumulator(arguments)?)),
            Some(kind) => Box::new(Single::new(kind)),
        })
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.engine.state_fields(arguments)
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs) -> bool {
        self.engine.groups_accumulator_supported(arguments)
    }

    fn create_groups_accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        match Kind::of(arguments.return_type()) {
            None => self.engine.create_groups_accumulator(arguments),
            Some(kind) => Ok(Box::new(Groups::new(kind))),
        }
    }

    fn create_sliding_accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match Kind::of(arguments.return_type()) {
            Some(kind) if !arguments.is_distinct => Ok(Box::new(Single::new(kind))),
            _ => self.engine.create_sliding_accumulator(arguments),
        }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}
