//! `farthing journal`

use camino::Utf8PathBuf;
use clap::Args;
use farthing_application::{Conversion, Journal, JournalQuery, Journaled};
use farthing_types::{BillingPeriod, Cost};

use crate::cli::{AsOfArgs, ReportingArgs};
use crate::commands::{Context, read_document};
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct JournalArgs {
    /// The billing period, as 2026-05
    #[arg(long)]
    pub period: BillingPeriod,
    /// Which of the four costs; billed is what the invoices say
    #[arg(long, default_value = "billed", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    /// Accounts, decimals and the columns of the CSV (TOML); plain words for accounts without it
    #[arg(long, value_name = "FILE")]
    pub layout: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What is posted, in the currency of the books.
#[derive(Debug, Args)]
pub struct PostedArgs {
    #[command(flatten)]
    journal: JournalArgs,
    #[command(flatten)]
    reporting: ReportingArgs,
}

impl JournalArgs {
    /// The question, its moment and the form of the answer.
    pub fn into_query(self) -> anyhow::Result<(JournalQuery, AsOfArgs, OutputArgs)> {
        let Self { period, cost, layout, moment, output } = self;
        let layout = layout.map(|path| Ok::<_, anyhow::Error>((read_document(&path)?, path.into_string()))).transpose()?;
        Ok((JournalQuery { period, cost, layout, reporting: None }, moment, output))
    }
}

/// Prints the entries of a period; as CSV in the layout of the books.
pub async fn run(context: &Context, arguments: PostedArgs) -> anyhow::Result<Status> {
    let (query, moment, output) = arguments.journal.into_query()?;
    let query = JournalQuery { reporting: arguments.reporting.wanted(), ..query };
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
