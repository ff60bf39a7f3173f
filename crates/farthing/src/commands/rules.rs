//! `farthing rules …`

use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;
use farthing_application::{DocumentKind, Farthing, FigureOn, lists_units, rule_file_schema};
use farthing_types::{BillingPeriod, Cost};

use crate::cli::AsOfArgs;
use crate::commands::coverage::CoverageArgs;
use crate::commands::{Context, coverage, ingest, read_document};
use crate::exit::Status;
use crate::output::{Cell, Table};

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Say all that is wrong with a rule file
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Show the money that a rule file would move in a period, before it is published
    Preview {
        /// The file
        file: Utf8PathBuf,
        /// The billing period, as 2026-05
        #[arg(long)]
        period: BillingPeriod,
        /// Which of the four costs
        #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
        cost: Cost,
    },
    /// Show what share of a bill is attributed by which rule, and why the rest is not
    Coverage(CoverageArgs),
    /// Check a rule file and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the JSON schema of the rule file
    Schema,
    /// Print the rules in force
    Show {
        #[command(flatten)]
        moment: AsOfArgs,
    },
}

/// Checks, publishes and shows rules.
pub async fn run(context: &Context, command: RulesCommand) -> anyhow::Result<Status> {
    match command {
        RulesCommand::Check { file } => {
            let text = read_document(&file)?;
            // A file that lists its units needs no home; one that does not is checked beside the published ones.
            let checked = match lists_units(&text) {
                true => Farthing::check_document(DocumentKind::Rules, &text, file.as_str())?,
                false => context.open().await?.check_rules(&text, file.as_str()).await?,
            };
            context.output.show(&checked, || {
                let mut table = Table::new("", &[]);
                table.note(format!("{file}: {}. Nothing is wrong with it.", checked.summary));
                checked.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
                vec![table]
            })?;
            Ok(Status::Done)
        }
        RulesCommand::Preview { file, period, cost } => preview(context, &file, period, cost).await,
        RulesCommand::Coverage(arguments) => coverage::run(context, arguments).await,
        RulesCommand::Publish { file } => ingest::document(context, DocumentKind::Rules, &file).await,
        RulesCommand::Schema => {
            let text = serde_json::to_string_pretty(&rule_file_schema())?;
            context.output.write(format!("{text}\n").as_bytes())?;
            Ok(Status::Done)
        }
        RulesCommand::Show { moment } => {
            let document = context.open_as_of(moment).await?.document(DocumentKind::Rules).await?;
            context.output.write(document.content.as_bytes())?;
            Ok(Status::Done)
        }
    }
}

/// Shows what a draft would move.
async fn preview(context: &Context, file: &Utf8Path, period: BillingPeriod, cost: Cost) -> anyhow::Result<Status> {
    let text = read_document(file)?;
    let found = context.open().await?.preview_rules(&text, file.as_str(), period).await?;
    context.output.show(&found, || {
        let title = format!("What {file} would move in {period} · {cost} cost");
        let mut moves = Table::new(title, &["Rule", "From", "To", "Currency", ">Amount", ">Charges"]);
        for moved in &found.moves {
            let rule = moved.rule.as_ref().map_or("(no rule)".to_owned(), ToString::to_string);
            moves.row(vec![
                Cell::text(rule),
                Cell::text(place(&moved.from)),
                Cell::text(place(&moved.to)),
                Cell::text(moved.currency.to_string()),
                Cell::money(moved.costs[cost]),
                Cell::count(moved.charges),
            ]);
        }
        let mut units = Table::new("Units after shared pools", &["Unit", "Currency", ">Now", ">Then", ">Change"]);
        for unit in found.units.iter().filter(|unit| unit.before[cost] != unit.after[cost]) {
            units.row(vec![
                Cell::text(unit.unit.to_string()),
                Cell::text(unit.currency.to_string()),
                Cell::money(unit.before[cost]),
                Cell::money(unit.after[cost]),
                Cell::money(unit.after[cost] - unit.before[cost]),
            ]);
        }
        if moves.rows.is_empty() {
            moves.note("No charge would move.");
        }
        if units.rows.is_empty() { vec![moves] } else { vec![moves, units] }
    })?;
    Ok(Status::Done)
}

fn place(figure: &FigureOn) -> String {
    match figure {
        FigureOn::Unit(unit) => unit.to_string(),
        FigureOn::Reason(reason) => format!("unattributed: {}", reason.as_str().replace('_', " ")),
    }
}
