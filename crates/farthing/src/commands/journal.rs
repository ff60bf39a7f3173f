//! `farthing journal`

use camino::Utf8PathBuf;
use clap::Args;
use farthing_application::{Conversion, Journal, JournalQuery, Journaled, Reporting};
use farthing_types::{BillingPeriod, Cost};

use crate::cli::{AsOfArgs, ReportingArgs};
use crate::commands::{Context, read_document};
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table};

/// What is posted, and how.
#[derive(Debug, Args)]
pub struct BooksArgs {
    /// The billing period, as 2026-05
    #[arg(long)]
    period: BillingPeriod,
    /// Which of the four costs; billed is what the invoices say
    #[arg(long, default_value = "billed", value_name = "billed|effective|contracted|list")]
    cost: Cost,
    /// Accounts, decimals and the columns of the CSV (TOML); plain words for accounts without it
    #[arg(long, value_name = "FILE")]
    layout: Option<Utf8PathBuf>,
}

#[derive(Debug, Args)]
pub struct JournalArgs {
    #[command(flatten)]
    books: BooksArgs,
    #[command(flatten)]
    reporting: ReportingArgs,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl BooksArgs {
    /// The question, in the currencies of the bill or in the one that is wanted.
    pub fn into_query(self, reporting: Option<Reporting>) -> anyhow::Result<JournalQuery> {
        let Self { period, cost, layout } = self;
        let layout = layout.map(|path| Ok::<_, anyhow::Error>((read_document(&path)?, path.into_string()))).transpose()?;
        Ok(JournalQuery { period, cost, layout, reporting })
    }
}

/// Prints the entries of a period; as CSV in the layout of the books.
pub async fn run(context: &Context, arguments: JournalArgs) -> anyhow::Result<Status> {
    let JournalArgs { books, reporting, moment, output } = arguments;
    let query = books.into_query(reporting.wanted())?;
    let found = context.open_as_of(moment).await?.journal(&query).await?;
    let output = output.or(&context.output);
    if output.form() == Format::Csv {
        output.write_text(&found.file)?;
        return Ok(Status::Done);
    }
    let tables = || found.journals.iter().map(|journal| table(journal, &found)).collect();
    match found.journals.as_slice() {
        [one] => output.show(one, tables)?,
        several => output.show(&several, tables)?,
    }
    Ok(Status::Done)
}

fn table(journal: &Journal, found: &Journaled) -> Table {
    let mut table = entries(journal);
    if !found.closed {
        let period = journal.period;
        table.note(format!(
            "{period} is open: the next import may change these figures. `farthing close {period}` before posting."
        ));
    }
    table
}

/// The entries with what there is to say of them.
pub fn entries(journal: &Journal) -> Table {
    let Journal { id, date, cost, decimals, .. } = journal;
    let rules = journal.rule_set.as_deref().map_or("no rules".to_owned(), |version| format!("rules {version}"));
    let title = format!("Journal {id} · {date} · {cost} cost · {rules}");
    let mut table = Table::new(title, &[">Line", "Account", "Cost centre", "Text", ">Debit", ">Credit"]);
    for line in &journal.lines {
        let side = |amount: farthing_types::Amount| match amount.is_zero() {
            true => Cell::text(""),
            false => Cell::amount(amount, *decimals),
        };
        table.row(vec![
            Cell::count(u64::from(line.line)),
            Cell::text(&line.account),
            Cell::text(line.cost_center.clone().unwrap_or_default()),
            Cell::text(&line.text),
            side(line.debit),
            side(line.credit),
        ]);
    }
    let total = |amount| Cell::amount(amount, *decimals);
    let none = || Cell::text("");
    table.total = Some(vec![none(), none(), none(), none(), total(journal.debit_total), total(journal.credit_total)]);
    let left_out = match journal.left_out {
        0 => String::new(),
        count => format!(" Amounts that round to zero and have no line: {count}."),
    };
    table.note(format!(
        "Debit = credit. Every line is its exact amount rounded to {decimals} decimals; rounding posted: {}.{left_out}",
        journal.rounding.to_fixed(*decimals)
    ));
    journal.conversion.iter().flat_map(Conversion::sentences).for_each(|sentence| table.note(sentence));
    if !journal.without_cost_center.is_empty() {
        let units: Vec<&str> = journal.without_cost_center.iter().map(|unit| unit.as_str()).collect();
        table.note(format!("Without a cost centre: {}. Give them a cost_center in the rule file.", units.join(", ")));
    }
    table
}
