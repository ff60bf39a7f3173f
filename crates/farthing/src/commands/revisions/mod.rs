//! `farthing revisions …`

mod diff;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use farthing_application::{RevisionLine, RulesOfRevision};
use farthing_types::{BillingPeriod, Cost, SourceName};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::{Status, UsageError};
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Subcommand)]
pub enum RevisionsCommand {
    /// List every revision there ever was, with what it restates of the one before
    List(ListArgs),
    /// Show one revision
    Show {
        /// Its id, as `farthing revisions list` shows it
        revision: String,
        #[command(flatten)]
        moment: AsOfArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Say what changed from one revision to another: charges up, down, new and gone, by unit and by service; status 2 where the
    /// changes do not add up to the difference
    Diff(DiffArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Only this billing period, as 2026-05
    #[arg(long)]
    pub period: Option<BillingPeriod>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The earlier revision's id
    #[arg(requires = "after")]
    pub before: Option<String>,
    /// The later revision's id
    pub after: Option<String>,
    /// The newest revision of this source beside the one before, with --period
    #[arg(long, requires = "period", conflicts_with = "before")]
    pub source: Option<SourceName>,
    /// The billing period, as 2026-05
    #[arg(long, requires = "source")]
    pub period: Option<BillingPeriod>,
    /// Which of the four costs the tables show; JSON and CSV have all
    #[arg(long, default_value = "billed", value_name = "billed|effective|contracted|list")]
    pub cost: Cost,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Lists, shows and compares revisions. Status 2 where a difference is not proven.
pub async fn run(context: &Context, command: RevisionsCommand) -> anyhow::Result<Status> {
    match command {
        RevisionsCommand::List(ListArgs { source, period, moment, output }) => {
            let lines = context.open_as_of(moment).await?.revision_lines(source, period).await?;
            output.or(&context.output).show(&lines, || vec![list(&lines)])?;
        }
        RevisionsCommand::Show { revision, moment, output } => {
            let line = context.open_as_of(moment).await?.revision_line(&revision).await?;
            output.or(&context.output).show(&line, || vec![shown(&line)])?;
        }
        RevisionsCommand::Diff(DiffArgs { before, after, source, period, cost, moment, output }) => {
            let farthing = context.open_as_of(moment).await?;
            let found = match (before, after, source, period) {
                (Some(before), Some(after), ..) => farthing.diff_revisions(&before, &after).await?,
                (_, _, Some(source), Some(period)) => farthing.diff_last(&source, period).await?,
                _ => return Err(UsageError("name two revisions, or --source and --period".to_owned()).into()),
            };
            let output = output.or(&context.output);
            output.show(&found, || diff::tables(&found, cost, output.form()))?;
            return Ok(if found.proven { Status::Done } else { Status::Differences });
        }
    }
    Ok(Status::Done)
}

/// Revisions, one a row.
fn list(lines: &[RevisionLine]) -> Table {
    let heads = [
        "Source", "Facts", "Period", ">No.", "Restates", "Read", ">Rows", ">Billed", "Imported", "Replaced", "Rules", "Revision",
    ];
    let mut table = Table::new("", &heads);
    for line in lines {
        table.row(vec![
            Cell::text(line.source.to_string()),
            Cell::text(line.dataset),
            Cell::text(line.period.to_string()),
            Cell::count(line.sequence),
            Cell::text(restates(line)),
            Cell::text(if line.active { "yes" } else { "" }),
            Cell::count(line.rows),
            billed(line),
            Cell::text(moment(line.imported_at)),
            Cell::text(line.superseded_at.map(moment).unwrap_or_default()),
            Cell::text(line.rules.map(rules).unwrap_or_default()),
            Cell::text(&line.revision),
        ]);
    }
    if lines.is_empty() {
        table.note("There are no such revisions.");
    } else if lines.iter().any(|line| line.rules.is_some_and(|rules| rules.at_import != rules.last)) {
        table.note(
            "Rules v1 → v2: the rules changed while the revision was read, a restatement of its attribution and of no amount.",
        );
    }
    table
}

/// One revision, one fact a row.
fn shown(line: &RevisionLine) -> Table {
    let mut table = Table::new(format!("Revision {}", line.revision), &["", ""]);
    let mut row = |name: &str, value: String| table.row(vec![Cell::text(name), Cell::text(value)]);
    row("Source", line.source.to_string());
    row("Facts", line.dataset.to_owned());
    row("Period", line.period.to_string());
    row("Number", line.sequence.to_string());
    row("Restates", restates(line).to_owned());
    row("Read by reports", if line.active { "yes".to_owned() } else { "no".to_owned() });
    row("Imported", moment(line.imported_at));
    if let Some(end) = line.superseded_at {
        row("Replaced", moment(end));
    }
    row("Read as", line.format.clone());
    row("Rows", grouped(&line.rows.to_string()));
    for total in &line.totals {
        let figures =
            [("billed", total.billed), ("effective", total.effective), ("contracted", total.contracted), ("list", total.list)];
        figures.into_iter().for_each(|(cost, amount)| row(&format!("{} {cost}", total.currency), grouped(&amount.to_string())));
    }
    if let Some(versions) = line.rules {
        row("Rules", rules(versions));
    }
    row("Digest of its rows", line.rows_digest.clone().unwrap_or_default());
    if let Some(what) = line.restates {
        table.note(format!(
            "{} `farthing revisions diff --source {} --period {}` shows what the newest changed.",
            sentence(what),
            line.source,
            line.period
        ));
    }
    table
}

fn restates(line: &RevisionLine) -> &'static str {
    match line.restates {
        Some(what) => what,
        None if line.sequence == 1 => "first",
        None => "–",
    }
}

/// What a kind of restatement means, as a sentence.
pub fn sentence(what: &str) -> &'static str {
    match what {
        "amounts" => "A restatement of amounts: charges cost more or less, came or went.",
        "attribution" => {
            "A restatement of attribution: the same charges at the same costs, with other tags or other values that rules read."
        }
        "details" => "A restatement of details: the same charges at the same costs, for the same owners.",
        _ => "Nothing is different.",
    }
}

fn rules(rules: RulesOfRevision) -> String {
    let version = |version: Option<u64>| version.map_or("none".to_owned(), |version| format!("v{version}"));
    match rules.at_import == rules.last {
        true => version(rules.last),
        false => format!("{} → {}", version(rules.at_import), version(rules.last)),
    }
}

fn billed(line: &RevisionLine) -> Cell {
    let shown = line.totals.iter().map(|total| format!("{} {}", grouped(&total.billed.to_fixed(2)), total.currency));
    let exact = line.totals.iter().map(|total| format!("{} {}", total.billed, total.currency));
    Cell::figure(shown.collect::<Vec<_>>().join(", "), exact.collect::<Vec<_>>().join(", "))
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
