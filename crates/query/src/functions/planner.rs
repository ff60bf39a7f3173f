//! Which of our functions an operator means.

use std::sync::Arc;

use datafusion::common::{DFSchema, Result};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarUDF};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::arithmetic::{Arithmetic, Operation};
use super::json::{Json, Reading};

/// Plans `/`, `*`, `AVG`, `->` and `->>` with our functions.
#[derive(Debug)]
pub(super) struct Planner {
    product: Arc<ScalarUDF>,
    quotient: Arc<ScalarUDF>,
    json: Arc<ScalarUDF>,
    json_text: Arc<ScalarUDF>,
}

impl Planner {
    pub fn new() -> Self {
        let arithmetic = |operation| Arc::new(ScalarUDF::new_from_impl(Arithmetic::new(operation)));
        let json = |reading| Arc::new(ScalarUDF::new_from_impl(Json::member(reading)));
        Self {
            product: arithmetic(Operation::Product),
            quotient: arithmetic(Operation::Quotient),
            json: json(Reading::Json),
            json_text: json(Reading::Text),
        }
    }
}

fn call(function: &Arc<ScalarUDF>, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(function.clone(), arguments))
}

impl ExprPlanner for Planner {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let types = [&expr.left, &expr.right].map(|side| side.get_type(schema).ok());
        let numbers = types.iter().flatten().all(|kind| kind.is_numeric() || kind.is_null());
        let exact = types.iter().flatten().any(|kind| kind.is_decimal());
        let function = match expr.op {
            // Whole numbers too: half of the rows is 0.5 of them, as in DuckDB, MySQL and BigQuery, and not 0.
            BinaryOperator::Divide if numbers => &self.quotient,
            BinaryOperator::Multiply if numbers && exact => &self.product,
            BinaryOperator::Arrow => &self.json,
            BinaryOperator::LongArrow => &self.json_text,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        Ok(PlannerResult::Planned(call(function, vec![expr.left, expr.right])))
    }

    /// `AVG(x)` is `SUM(x) / COUNT(x)`: an exact sum, and one rounding.
    fn plan_aggregate(&self, expr: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        if !matches!(expr.func.name(), "avg" | "mean") || expr.args.len() != 1 {
            return Ok(PlannerResult::Original(expr));
        }
        let RawAggregateExpr { args, distinct, filter, order_by, null_treatment, .. } = expr;
        let of = |function| {
            let parts = (args.clone(), distinct, filter.clone(), order_by.clone(), null_treatment);
            Expr::AggregateFunction(AggregateFunction::new_udf(function, parts.0, parts.1, parts.2, parts.3, parts.4))
        };
        Ok(PlannerResult::Planned(call(&self.quotient, vec![of(super::checked_sum()), of(count_udaf())])))
    }
}
