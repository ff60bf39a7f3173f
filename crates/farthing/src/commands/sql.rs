//! `farthing sql`

use farthing_application::{Answer, answer_rows};

use crate::cli::SqlArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Table, grouped};

/// Runs one SELECT.
pub async fn run(context: &Context, arguments: SqlArgs) -> anyhow::Result<Status> {
    let answer = context.open_as_of(arguments.moment).await?.sql(&arguments.query, arguments.period).await?;
    let rows = answer_rows(&answer)?;
    arguments.output.or(&context.output).show(&rows, || vec![table(&answer, &rows)])?;
    Ok(Status::Done)
}

fn table(answer: &Answer, rows: &[serde_json::Map<String, serde_json::Value>]) -> Table {
    let fields = answer.schema.fields();
    let head = |field: &str, number: bool| if number { format!(">{field}") } else { field.to_owned() };
    let heads: Vec<String> = fields.iter().map(|field| head(field.name(), field.data_type().is_numeric())).collect();
    let mut table = Table::new("", &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows {
        let cell = |(value, number): (&serde_json::Value, bool)| match value {
            serde_json::Value::Null => Cell::none(),
            serde_json::Value::String(text) if number => Cell::figure(grouped(text), text),
            serde_json::Value::String(text) => Cell::text(visible(text)),
            other => Cell::figure(other.to_string(), other.to_string()),
        };
        let numbers = fields.iter().map(|field| field.data_type().is_numeric());
        table.row(row.values().zip(numbers).map(cell).collect());
    }
    table.note(format!("{} row{}.", rows.len(), if rows.len() == 1 { "" } else { "s" }));
    table
}

/// Facts come from outside: what could drive a terminal is shown as an escape.
fn visible(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] }).collect()
}
