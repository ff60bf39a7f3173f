//! What the SQL door adds to the engine's functions: exact arithmetic, checked sums, and JSON.

mod arithmetic;
mod json;
mod json_text;
mod planner;
mod sum;

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::ScalarUDF;

pub(crate) use sum::{checked_sum, sum};

/// Functions of the engine that would tell where the lake's files lie.
const HIDDEN: [&str; 2] = ["input_file_name", "file_row_index"];

/// Adds them to a session that is being made.
pub(crate) fn add(builder: &mut SessionStateBuilder) {
    let functions = builder.scalar_functions().get_or_insert_default();
    functions.retain(|function| !HIDDEN.contains(&function.name()));
    functions.extend(json::functions().into_iter().map(|function| Arc::new(ScalarUDF::new_from_impl(function))));
    let aggregates = builder.aggregate_functions().get_or_insert_default();
    aggregates.retain(|function| function.name() != "sum");
    aggregates.push(checked_sum());
    // The first planner that knows an operator decides, so ours stands before the engine's.
    builder.expr_planners().get_or_insert_default().insert(0, Arc::new(planner::Planner::new()));
}
