//! `farthing lake …`

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::TimeDelta;
use clap::{Args, Subcommand};
use farthing_application::{
    Compacted, DocumentKind, LakeFile, LakeRetention, LakeSweep, LakeVerification, Orphan, Pieces, VerifyLake, Verifying,
};
use farthing_types::{BillingPeriod, SourceName};

use crate::cli::AsOfArgs;
use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What to do with the lake.
#[derive(Debug, Subcommand)]
pub enum LakeCommand {
    /// Compare every file with the catalogue: presence, length, SHA-256, rows, sums and roll-ups; status 2 on any difference
    Verify(VerifyArgs),
    /// List the files in force, for tools that read them as they are
    Files {
        /// Only this billing period, as 2026-05
        #[arg(long)]
        period: Option<BillingPeriod>,
        #[command(flatten)]
        moment: AsOfArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Write charges that lie in many small files or row groups anew in few large ones; the facts stay the same
    Compact {
        /// Only this source
        #[arg(long)]
        source: Option<SourceName>,
        /// Only this billing period, as 2026-05
        #[arg(long)]
        period: Option<BillingPeriod>,
        #[command(flatten)]
        how: Apply,
    },
    /// Move or remove revisions that were replaced, as the policy says; never one in force or one that is held
    Retain(Apply),
    /// Remove folders that the catalogue does not list: left by killed processes, by compaction, by moves to the archive
    Sweep {
        /// Only where nothing was written for so many hours; what an import left that died goes at once
        #[arg(long, default_value_t = 24, value_name = "HOURS")]
        older_than: u32,
        #[command(flatten)]
        how: Apply,
    },
    /// How long facts are kept, and where
    #[command(subcommand)]
    Policy(PolicyCommand),
}

/// Nothing is changed without `--apply`.
#[derive(Clone, Debug, Args)]
pub struct Apply {
    /// Do it
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// Only say what would be done (the default)
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// What to do with the lake's policy.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say what is wrong with a policy file (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a policy file and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// Print the policy in force
    Show,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Only this source
    #[arg(long)]
    pub source: Option<SourceName>,
    /// Only this billing period, as 2026-05
    #[arg(long)]
    pub period: Option<BillingPeriod>,
    /// Also decode every value, and make keys and roll-ups again from the charges
    #[arg(long)]
    pub deep: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Runs one of them.
pub async fn run(context: &Context, command: LakeCommand) -> anyhow::Result<Status> {
    match command {
        LakeCommand::Verify(arguments) => verify(context, arguments).await,
        LakeCommand::Files { period, moment, output } => {
            let found = context.open_as_of(moment).await?.lake_files(period).await?;
            output.or(&context.output).show(&found, || vec![files(&found)])?;
            Ok(Status::Done)
        }
        LakeCommand::Compact { source, period, how } => {
            let apply = how.apply;
            let found = context.open().await?.compact_lake(source, period, apply).await?;
            how.output.or(&context.output).show(&found, || vec![compacted(&found, apply)])?;
            Ok(Status::Done)
        }
        LakeCommand::Retain(how) => {
            let found = context.open().await?.retain_lake(how.apply).await?;
            how.output.or(&context.output).show(&found, || vec![retained(&found)])?;
            Ok(Status::Done)
        }
        LakeCommand::Sweep { older_than, how } => {
            let found = context.open().await?.sweep_lake(TimeDelta::hours(older_than.into()), how.apply).await?;
            how.output.or(&context.output).show(&found, || vec![swept(&found, older_than)])?;
            Ok(Status::Done)
        }
        LakeCommand::Policy(PolicyCommand::Check { file }) => ingest::check_document(context, DocumentKind::Lake, &file),
        LakeCommand::Policy(PolicyCommand::Publish { file }) => ingest::document(context, DocumentKind::Lake, &file).await,
        LakeCommand::Policy(PolicyCommand::Show) => ingest::show_document(context, DocumentKind::Lake).await,
    }
}

async fn verify(context: &Context, arguments: VerifyArgs) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    let query = VerifyLake { source: arguments.source, period: arguments.period, deep: arguments.deep };
    let verifying = Arc::new(Verifying::default());
    let following = context.progress.verifying(farthing.lake_bytes(&query).await?, verifying.clone());
    let found = farthing.verify_lake(&query, verifying).await;
    drop(following);
    let found = found?;
    arguments.output.or(&context.output).show(&found, || tables(&found, farthing.home()))?;
    Ok(if found.sound() { Status::Done } else { Status::Differences })
}

/// The whole value in files, its beginning for people where it is a hash.
fn value(text: &str) -> Cell {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    Cell { shown: if is_hash { format!("{}…", &text[..12]) } else { text.to_owned() }, ..Cell::text(text) }
}

fn tables(found: &LakeVerification, home: &Utf8Path) -> Vec<Table> {
    let heads: &[&str] = if found.sound() { &[] } else { &["Source", "Facts", "Period", "File", "What", "Expected", "Found"] };
    let mut table = Table::new("", heads);
    for one in &found.differences {
        let difference = &one.difference;
        table.row(vec![
            Cell::text(one.source.to_string()),
            Cell::text(one.dataset),
            Cell::text(one.period.to_string()),
            Cell::text(difference.file.strip_prefix(home).unwrap_or(&difference.file).as_str()),
            Cell::text(&difference.what),
            value(&difference.expected),
            value(&difference.found),
        ]);
    }
    let how = if found.deep { "decoded and rolled up again" } else { "hashed and added up again" };
    table.note(format!(
        "{} revisions, {} files, {} facts, {} bytes {how}: {}.",
        found.revisions,
        found.files,
        crate::output::grouped(&found.rows.to_string()),
        crate::output::grouped(&found.bytes.to_string()),
        match found.differences.len() {
            0 => "all as the catalogue says".to_owned(),
            1 => "1 difference".to_owned(),
            several => format!("{several} differences"),
        }
    ));
    let mut steps: Vec<&str> = found.differences.iter().map(|one| one.difference.next_step).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.iter().for_each(|step| table.note(format!("{step}.")));
    let bytes: u64 = found.orphans.iter().map(|orphan| orphan.bytes).sum();
    for orphan in &found.orphans {
        let written = written(orphan);
        table.note(format!("Not listed by the catalogue: {}, {} bytes, last written {written}.", orphan.folder, orphan.bytes));
    }
    if !found.orphans.is_empty() {
        table.note(format!("No report reads these {}; `farthing lake sweep --apply` removes what is old enough.", size(bytes)));
    }
    vec![table]
}

fn written(orphan: &Orphan) -> String {
    orphan.changed_at.format("%Y-%m-%d %H:%MZ").to_string()
}

/// Bytes as people read them: `1,234 bytes`, `5.3 MiB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} bytes", crate::output::grouped(&bytes.to_string())),
        _ => format!("{}.{} MiB", crate::output::grouped(&(bytes >> 20).to_string()), ((bytes % (1 << 20)) * 10) >> 20),
    }
}

fn files(found: &[LakeFile]) -> Table {
    let mut table = Table::new("", &["Facts", "Source", "Period", "Kind", ">Rows", ">Bytes", "Path"]);
    for file in found {
        table.row(vec![
            Cell::text(file.dataset),
            Cell::text(file.source.to_string()),
            Cell::text(file.period.to_string()),
            Cell::text(file.kind),
            Cell::count(file.rows),
            Cell::count(file.bytes),
            Cell::text(&file.path),
        ]);
    }
    table
}

fn compacted(found: &[Compacted], applied: bool) -> Table {
    let heads: &[&str] =
        &["Source", "Period", ">Charges", ">Files", ">Row groups", ">Bytes", ">Files then", ">Row groups then", ">Bytes then"];
    let mut table = Table::new("", if found.is_empty() { &[] } else { heads });
    for one in found {
        let after = |count: fn(&Pieces) -> u64| one.after.as_ref().map_or_else(Cell::none, |pieces| Cell::count(count(pieces)));
        table.row(vec![
            Cell::text(one.source.to_string()),
            Cell::text(one.period.to_string()),
            Cell::count(one.rows),
            Cell::count(one.before.files),
            Cell::count(one.before.row_groups),
            Cell::count(one.before.bytes),
            after(|pieces| pieces.files),
            after(|pieces| pieces.row_groups),
            after(|pieces| pieces.bytes),
        ]);
    }
    table.note(match (found.len(), applied) {
        (0, _) => "No revision is cut small.".to_owned(),
        (count, true) => format!("{count} revisions were written anew. `farthing lake sweep` takes the old folders in a day."),
        (count, false) => format!("{count} revisions would be written anew: add --apply."),
    });
    table
}

fn retained(found: &LakeRetention) -> Table {
    let heads: &[&str] = &["Source", "Facts", "Period", ">Revision", "Replaced", ">Bytes", "Fate", "Why"];
    let mut table = Table::new("", if found.revisions.is_empty() { &[] } else { heads });
    for one in &found.revisions {
        table.row(vec![
            Cell::text(one.source.to_string()),
            Cell::text(one.dataset),
            Cell::text(one.period.to_string()),
            Cell::count(one.sequence),
            Cell::text(one.replaced_at.format("%Y-%m-%d %H:%MZ").to_string()),
            Cell::count(one.bytes),
            Cell::text(one.fate),
            Cell::text(&one.why),
        ]);
    }
    let policy = found.policy.map_or("No policy is published, so everything stays".to_owned(), |v| format!("Policy v{v}"));
    let count = |fate: &str| found.revisions.iter().filter(|one| one.fate == fate).count();
    table.note(format!(
        "{policy}: of {} revisions that were replaced, {} {} retired ({}), {} archived ({}), {} stay.{}",
        found.revisions.len(),
        count("retired"),
        if found.applied { "were" } else { "would be" },
        size(found.bytes_retired),
        count("archived"),
        size(found.bytes_archived),
        count("stays"),
        if found.applied || count("stays") == found.revisions.len() { "" } else { " Add --apply to do it." }
    ));
    table
}

fn swept(found: &LakeSweep, hours: u32) -> Table {
    let all = found.removed.iter().map(|orphan| (orphan, if found.applied { "removed" } else { "goes" }));
    let all: Vec<_> = all.chain(found.recent.iter().map(|orphan| (orphan, "stays: recent or in use"))).collect();
    let heads: &[&str] = &["Folder", ">Bytes", "Last written", "Fate"];
    let mut table = Table::new("", if all.is_empty() { &[] } else { heads });
    for (orphan, fate) in all {
        table.row(vec![Cell::text(&orphan.folder), Cell::count(orphan.bytes), Cell::text(written(orphan)), Cell::text(fate)]);
    }
    let what = if found.applied { "were removed" } else { "would be removed" };
    let next = if found.applied || found.removed.is_empty() { "" } else { " Add --apply to do it." };
    table.note(format!(
        "{} folders that the catalogue does not list, of imports that died or that nobody wrote to for {hours} hours, {what}: {}.{next}",
        found.removed.len(),
        size(found.bytes_removed)
    ));
    table
}
