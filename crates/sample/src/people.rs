//! The people file: what an hour of each workflow's people costs, and how long a decision takes them.

use std::fmt::Write;

use crate::event_log;
use crate::workflows::WORKFLOWS;

const TIME_STUDY: &str = "handling_minutes = { source = \"time study of 400 cases\", year = 2025 }\n";

/// Where the lender's handling time is measured.
fn event_log() -> String {
    format!(
        r#"
[workflow.event_log]
source = "{}"
automatic = ["{}"]
outcomes = {{ approved = ["approve"], declined = ["decline"] }}
calendar = "mon-fri 07:00-20:00"
"#,
        event_log::SOURCE,
        event_log::MACHINE
    )
}

/// The text of `people.toml`.
pub(crate) fn text() -> String {
    let mut text = String::from("# People of the four workflows: wages, times and errors without the AI.\n\nversion = 1\n");
    for workflow in WORKFLOWS {
        let hundredths = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
        let tenths = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
        let list = |items: &[&str]| items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", ");
        let is_measured = workflow.id == event_log::WORKFLOW;
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
{handling}review_minutes = {review}
error_rate = 0.{error_rate:03}
error_cost = {error_cost}

[workflow.sources]
wage_per_hour = {{ source = "payroll", year = 2026 }}
{handling_source}error_rate = {{ source = "quality sample of 1,200 cases", year = 2025 }}
error_cost = {{ source = "re-work and goodwill, finance operations", year = 2025 }}
{event_log}"#,
            id = workflow.id,
            role = workflow.role,
            workloads = list(workflow.workloads),
            unit = workflow.unit,
            wage = hundredths(workflow.wage_cents),
            handling =
                if is_measured { String::new() } else { format!("handling_minutes = {}\n", tenths(workflow.handling_tenths)) },
            handling_source = if is_measured { "" } else { TIME_STUDY },
            event_log = if is_measured { event_log() } else { String::new() },
            review = tenths(workflow.review_tenths),
            error_rate = workflow.person_error_per_mille,
            error_cost = hundredths(workflow.error_cents),
        );
        written.expect("a String takes everything");
    }
    text
}
