//! `farthing accruals`

use clap::Args;
use farthing_application::Accruals;

use crate::cli::AsOfArgs;
use crate::commands::journal::BooksArgs;
use crate::commands::{Context, journal};
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct AccrualArgs {
    #[command(flatten)]
    books: BooksArgs,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Prints what a period owes for days that are not billed yet, with the entries; as CSV in the layout of the books.
pub async fn run(context: &Context, arguments: AccrualArgs) -> anyhow::Result<Status> {
    let AccrualArgs { books, moment, output } = arguments;
    let query = books.into_query(None)?;
    let period = query.period;
    let found = context.open_as_of(moment).await?.accruals(&query).await?;
    let output = output.or(&context.output);
    if output.form() == Format::Csv {
        output.write_text(&found.file)?;
        return Ok(Status::Done);
    }
    output.show(&found.accruals, || {
        let mut tables: Vec<Table> = found.accruals.iter().flat_map(tables_of).collect();
        if tables.is_empty() {
            let mut table = Table::new("", &[]);
            table.note(format!("No source is late for {period}: nothing to accrue."));
            tables.push(table);
        }
        tables
    })?;
    Ok(Status::Done)
}

fn tables_of(accruals: &Accruals) -> Vec<Table> {
    let Accruals { period, currency, cost, .. } = accruals;
    let title = format!("Accruals {period} · {currency} · {cost} cost");
    let mut table = Table::new(title, &["Source", "Billed until", "Expected until", ">Missing days", "Rests on"]);
    for late in &accruals.sources {
        table.row(vec![
            Cell::text(late.source.to_string()),
            Cell::text(late.billed_until.map_or("nothing yet".to_owned(), |day| day.to_string())),
            Cell::text(late.expected_until.to_string()),
            Cell::count(u64::from(late.missing_days)),
            Cell::text(format!("{} days of {}", late.basis_days, late.basis)),
        ]);
    }
    table.note("Accrued = usage billed × missing days ÷ days it rests on. Fees, taxes and purchases are not accrued.".to_owned());
    let mut owed = Table::new("", &["Unit", "Source", ">Billed", ">Accrued"]);
    for line in &accruals.lines {
        owed.row(vec![
            Cell::text(line.unit.as_ref().map_or("(not attributed)".to_owned(), ToString::to_string)),
            Cell::text(line.source.to_string()),
            Cell::amount(line.billed, currency.decimals()),
            Cell::amount(line.accrued, currency.decimals()),
        ]);
    }
    owed.total = Some(vec![Cell::text(""), Cell::text(""), Cell::text(""), Cell::amount(accruals.total, currency.decimals())]);
    let mut tables = vec![table, owed];
    tables.extend(accruals.journals.iter().map(journal::entries));
    tables
}
