//! `farthing certificate`

use camino::Utf8PathBuf;
use clap::Args;
use farthing_application::CheckedCertificate;
use farthing_types::BillingPeriod;

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table};

#[derive(Debug, Args)]
pub struct CertificateArgs {
    /// The billing period, as 2026-05
    pub period: BillingPeriod,
    /// Write the certificate and the statements that it certifies into this folder, for whoever checks them
    #[arg(long, value_name = "DIR")]
    pub files: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Prints the certificate of a closed period, held against what is rendered now. Status 2 where something is not as it was.
pub async fn run(context: &Context, arguments: CertificateArgs) -> anyhow::Result<Status> {
    let CertificateArgs { period, files, moment, output } = arguments;
    let found = context.open_as_of(moment).await?.certificate(period).await?;
    if let Some(folder) = &files {
        let failed = |path: &Utf8PathBuf, error: std::io::Error| anyhow::anyhow!("{path}: {error}");
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        let mut text = serde_json::to_vec_pretty(&found.certificate)?;
        text.push(b'\n');
        for (name, content) in found.files.iter().chain([&("certificate.json".to_owned(), text)]) {
            let path = folder.join(name);
            std::fs::write(&path, content).map_err(|error| failed(&path, error))?;
        }
    }
    let output = output.or(&context.output);
    output.show(&found, || tables(&found, output.form(), files.as_ref()))?;
    Ok(if found.differences.is_empty() { Status::Done } else { Status::Differences })
}

fn tables(found: &CheckedCertificate, form: Format, files: Option<&Utf8PathBuf>) -> Vec<Table> {
    let certified = &found.certificate.certified;
    let closed = certified.closed_at.format("%Y-%m-%d %H:%MZ");
    let title = format!("Certificate {} · closed {closed} by {}", certified.period, certified.closed_by);
    let mut totals = Table::new(title, &["Cost", "Currency", ">Billed", ">Attributed", ">Unattributed", ">Charges"]);
    for total in &certified.totals {
        let mut row = vec![Cell::text(total.cost.to_string()), Cell::text(total.currency.to_string())];
        row.extend([total.billed, total.attributed, total.unattributed].map(Cell::money));
        row.push(Cell::count(total.charges));
        totals.row(row);
    }
    if form == Format::Csv {
        return vec![totals];
    }
    let mut parts = Table::new("Digests (SHA-256)", &["What", "Digest"]);
    for revision in &certified.revisions {
        let name = format!("{} of {}, {} rows", revision.dataset, revision.source, revision.rows);
        parts.row(vec![Cell::text(name), Cell::text(revision.rows_digest.as_ref().unwrap_or(&revision.files_digest))]);
    }
    if let Some(rules) = &certified.rules {
        parts.row(vec![Cell::text(format!("rules v{}", rules.version)), Cell::text(&rules.sha256)]);
    }
    for file in &certified.outputs {
        parts.row(vec![Cell::text(&file.file), Cell::text(&file.sha256)]);
    }
    parts.row(vec![Cell::text("this certificate"), Cell::text(&found.certificate.sha256)]);
    match found.differences.as_slice() {
        [] => parts.note("Rendered again from the facts and rules of then: every byte is as it was."),
        differences => parts.note(format!("NOT AS IT WAS: {}.", differences.join("; "))),
    }
    if let Some(folder) = files {
        parts.note(format!("Written to {folder}."));
    }
    vec![totals, parts]
}
