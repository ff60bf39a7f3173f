//! The people file: what an hour of each workflow's people costs, and how long a decision takes them.

use std::fmt::Write;

use crate::workflows::WORKFLOWS;

/// The text of `people.toml`.
pub(crate) fn text() -> String {
    let mut text = String::from("# People of the four workflows: wages, times and errors without the AI.\n\nversion = 1\n");
    for workflow in WORKFLOWS {
        let hundredths = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
        let tenths = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
        let list = |items: &[&str]| items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", ");
        let written = write!(
            text,
            r#"
[[workflow]]
id = "{id}"
role = "{role}"
currency = "USD"
workloads = [{workloads}]
units = [{unit:?}]
wage_per_hour = {wage}
overhead_rate = 0.14
paid_hours = 2080
productive_hours = 1690
training_and_hiring_per_hour = 1.15
handling_minutes = {handling}
review_minutes = {review}
error_rate = 0.{error_rate:03}
error_cost = {error_cost}

[workflow.sources]
wage_per_hour = {{ source = "payroll", year = 2026 }}
handling_minutes = {{ source = "time study of 400 cases", year = 2025 }}
error_rate = {{ source = "quality sample of 1,200 cases", year = 2025 }}
error_cost = {{ source = "re-work and goodwill, finance operations", year = 2025 }}
"#,
            id = workflow.id,
            role = workflow.role,
            workloads = list(workflow.workloads),
            unit = workflow.unit,
            wage = hundredths(workflow.wage_cents),
            handling = tenths(workflow.handling_tenths),
            review = tenths(workflow.review_tenths),
            error_rate = workflow.person_error_per_mille,
            error_cost = hundredths(workflow.error_cents),
        );
        written.expect("a String takes everything");
    }
    text
}
