//! `farthing reconcile`

use clap::Args;
use farthing_application::{GivenTotal, ReconcileQuery, Reconciliation, ReconciliationLine, Standing};
use farthing_types::BillingPeriod;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct ReconcileArgs {
    /// The billing period, as 2026-05
    #[arg(long)]
    pub period: BillingPeriod,
    /// An invoice's total, as INV-7=18554.86, with several currencies INV-7=18554.86EUR [repeatable]; without --invoice and
    /// --total the imported Invoice Detail is used
    #[arg(long = "invoice", value_name = "ID=AMOUNT")]
    pub invoices: Vec<GivenTotal>,
    /// What a source invoiced altogether, as aws=18554.86 [repeatable]
    #[arg(long = "total", value_name = "SOURCE=AMOUNT")]
    pub totals: Vec<GivenTotal>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Prints the charges beside the invoices. Status 2 where something is open.
pub async fn run(context: &Context, arguments: ReconcileArgs) -> anyhow::Result<Status> {
    let ReconcileArgs { period, invoices, totals, moment, output } = arguments;
    let query = ReconcileQuery { period, invoices, totals };
    let found = context.open_as_of(moment).await?.reconcile(&query).await?;
    let output = output.or(&context.output);
    let tables = || match output.form() {
        Format::Csv => vec![rows(&found)],
        _ => found.iter().flat_map(tables).collect(),
    };
    match found.as_slice() {
        [one] => output.show(one, tables)?,
        several => output.show(&several, tables)?,
    }
    Ok(if found.iter().all(|reconciliation| reconciliation.reconciled) { Status::Done } else { Status::Differences })
}

fn standing(line: &ReconciliationLine) -> &'static str {
    match line.standing {
        Standing::Equal => "equal",
        Standing::InvoiceRounding => "rounding of the invoice",
        Standing::Residue => "rounding of charges",
        Standing::Open => "open",
    }
}

fn name(line: &ReconciliationLine) -> String {
    match (&line.invoice, line.invoiced) {
        (Some(invoice), _) => invoice.clone(),
        (None, Some(_)) => "(all charges)".to_owned(),
        (None, None) => "(no invoice)".to_owned(),
    }
}

/// One row a line, with the reason and owner of what is open.
fn rows(found: &[Reconciliation]) -> Table {
    let heads = [
        "Period",
        "Currency",
        "Source",
        "Invoice",
        ">Charged",
        ">Invoiced",
        ">Difference",
        ">Charges",
        "Standing",
        "Reason",
        "Owner",
        "Description",
    ];
    let mut table = Table::new("", &heads);
    for reconciliation in found {
        for line in &reconciliation.lines {
            let is_item = |item: &&farthing_application::OpenItem| {
                line.standing == Standing::Open
                    && (&item.source, &item.invoice, item.amount) == (&line.source, &line.invoice, line.difference)
            };
            let item = reconciliation.open_items.iter().find(is_item);
            let source = line.source.as_ref().map(ToString::to_string).unwrap_or_default();
            let texts = [reconciliation.period.to_string(), reconciliation.currency.to_string(), source];
            let mut row = texts.map(Cell::text).to_vec();
            row.push(Cell::text(line.invoice.clone().unwrap_or_default()));
            row.push(Cell::money(line.charged));
            row.push(line.invoiced.map_or_else(Cell::none, Cell::money));
            row.extend([Cell::money(line.difference), Cell::count(line.charges), Cell::text(standing(line))]);
            row.push(Cell::text(item.map_or("", |item| item.reason)));
            row.push(Cell::text(item.map_or("", |item| item.owner.as_str())));
            row.push(Cell::text(item.map_or("", |item| item.description.as_str())));
            table.row(row);
        }
    }
    table
}

fn tables(found: &Reconciliation) -> Vec<Table> {
    let Reconciliation { period, currency, invoices_from, .. } = found;
    let title = format!("Reconciliation {period} · {currency} · billed cost · invoices: {invoices_from}");
    let mut lines = Table::new(title, &["Source", "Invoice", ">Charges", ">Charged", ">Invoiced", ">Difference", "Standing"]);
    for line in &found.lines {
        lines.row(vec![
            Cell::text(line.source.as_ref().map(ToString::to_string).unwrap_or_default()),
            Cell::text(name(line)),
            Cell::count(line.charges),
            Cell::money(line.charged),
            line.invoiced.map_or_else(Cell::none, Cell::money),
            if line.difference.is_zero() { Cell::none() } else { Cell::money(line.difference) },
            Cell::text(standing(line)),
        ]);
    }
    let none = || Cell::text("");
    let charges = found.lines.iter().map(|line| line.charges).sum();
    let totals = [found.charged_total, found.invoiced_total, found.difference].map(Cell::money);
    lines.total = Some([none(), none(), Cell::count(charges)].into_iter().chain(totals).chain([none()]).collect());
    lines.note(format!(
        "Invoiced − charged = {}: rounding of invoices {}, rounding of charges {}, open {}.",
        found.difference, found.invoice_rounding, found.residue, found.open
    ));
    if found.reconciled {
        lines.note("Reconciled: nothing is open.");
        return vec![lines];
    }
    let mut open = Table::new("Open items", &["Source", "Invoice", ">Amount", "Why", "Owner"]);
    for item in &found.open_items {
        open.row(vec![
            Cell::text(item.source.as_ref().map(ToString::to_string).unwrap_or_default()),
            Cell::text(item.invoice.clone().unwrap_or_default()),
            Cell::money(item.amount),
            Cell::text(&item.description),
            Cell::text(&item.owner),
        ]);
    }
    open.note("NOT RECONCILED.");
    vec![lines, open]
}
