//! The files of an export, written beside the folder's others and moved to their names once all of them are done.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use camino::{Utf8Path, Utf8PathBuf};
use farthing_focus::{Dataset, Fill, Gap, Known, Projection};
use farthing_lake::{LakeError, TableWriter, Totals, WrittenFile, column_fill, read_batches, sum_charges};
use farthing_types::{Amount, Cost, Currency};

use super::allocated::{self, Allocation};
use super::derived::{self, SourceKeys};
use super::{ExportFocus, ExportedFile, FocusExport, SourceFacts};
use crate::Error;
use crate::chargeback::Attributed;
use crate::import_report::PeriodTotal;

/// Rows of a dataset of one source: files of the lake, or made of its charges.
enum Rows<'a> {
    Files(&'a [Utf8PathBuf]),
    Derived(RecordBatch),
}

pub(super) fn write(request: &ExportFocus, facts: &[SourceFacts], attributed: Option<&Attributed>) -> Result<FocusExport, Error> {
    let folder = &request.folder;
    let writing = folder.join(".writing");
    let home = |source| Error::Home { path: writing.to_string(), source };
    if writing.exists() {
        std::fs::remove_dir_all(&writing).map_err(home)?;
    }
    std::fs::create_dir_all(&writing).map_err(home)?;
    let allocation = attributed.map(Allocation::new);
    let written = Export::new(request, facts, &writing, allocation).and_then(Export::run);
    let published = written.and_then(|report| publish(folder, &writing, &report).map(|()| report));
    // What is left there is nobody's, whether it can be removed or not.
    let _ = std::fs::remove_dir_all(&writing);
    published
}

fn publish(folder: &Utf8Path, writing: &Utf8Path, report: &FocusExport) -> Result<(), Error> {
    let home = |path: &Utf8Path| {
        let path = path.to_string();
        move |source| Error::Home { path, source }
    };
    let manifest = writing.join("manifest.json");
    let text = serde_json::to_string_pretty(report).map_err(|error| Error::Panicked(error.to_string()))?;
    std::fs::write(&manifest, text + "\n").map_err(home(&manifest))?;
    // The manifest comes last: where it stands, the files that it names are whole.
    let names = report.files.iter().map(|file| file.name.as_str()).chain(["manifest.json"]);
    for name in names {
        std::fs::rename(writing.join(name), folder.join(name)).map_err(home(&folder.join(name)))?;
    }
    Ok(())
}

struct Export<'a> {
    request: &'a ExportFocus,
    facts: &'a [SourceFacts],
    keys: Vec<SourceKeys>,
    writing: &'a Utf8Path,
    allocation: Option<Allocation<'a>>,
    derived: Vec<Gap>,
    missing: Vec<Gap>,
}

impl<'a> Export<'a> {
    fn new(
        request: &'a ExportFocus,
        facts: &'a [SourceFacts],
        writing: &'a Utf8Path,
        allocation: Option<Allocation<'a>>,
    ) -> Result<Self, Error> {
        let keys = facts.iter().map(SourceKeys::read).collect::<Result<_, _>>()?;
        Ok(Self { request, facts, keys, writing, allocation, derived: Vec::new(), missing: Vec::new() })
    }

    fn run(mut self) -> Result<FocusExport, Error> {
        let mut files = Vec::new();
        let mut totals = Totals::default();
        for dataset in Dataset::ALL.into_iter().filter(|dataset| dataset.is_in(self.request.version)) {
            files.extend(self.dataset(dataset, &mut totals)?);
        }
        check(&totals, self.facts)?;
        Ok(FocusExport {
            focus_version: self.request.version,
            period: self.request.period,
            sources: self.facts.iter().map(|facts| facts.source.clone()).collect(),
            revisions: self.facts.iter().map(|facts| facts.charges.id.to_string()).collect(),
            files,
            totals: summed(&totals),
            derived: self.derived,
            missing: self.missing,
        })
    }

    fn known(&self, source: usize) -> Known {
        let imported = self.facts[source].others.iter().any(|(dataset, _)| *dataset == Dataset::InvoiceDetail);
        let names_invoice_details = Dataset::InvoiceDetail.is_in(self.request.version) && !imported;
        let SourceKeys { issuer, provider, .. } = &self.keys[source];
        Known { issuer: issuer.clone(), provider: provider.clone(), names_invoice_details }
    }

    /// The rows of a dataset, source by source, and whether any of them was imported.
    fn rows(&self, dataset: Dataset) -> Result<Vec<(usize, Rows<'a>)>, Error> {
        let mut rows = Vec::new();
        for (at, facts) in self.facts.iter().enumerate() {
            let imported = facts.others.iter().find(|(known, _)| *known == dataset);
            let found = match (dataset, imported) {
                (Dataset::CostAndUsage, _) => Some(Rows::Files(&facts.charge_files)),
                (_, Some((_, files))) => Some(Rows::Files(files)),
                (Dataset::InvoiceDetail, None) => Some(Rows::Derived(derived::invoice_details(facts, &self.keys[at])?)),
                (Dataset::BillingPeriod, None) => Some(Rows::Derived(derived::billing_periods(facts, &self.keys[at])?)),
                (Dataset::ContractCommitment, None) => None,
            };
            rows.extend(found.map(|rows| (at, rows)));
        }
        Ok(rows)
    }

    fn dataset(&mut self, dataset: Dataset, totals: &mut Totals) -> Result<Option<ExportedFile>, Error> {
        let rows = self.rows(dataset)?;
        let mut fill = fill_of(&rows)?;
        let allocation = self.allocation.as_ref().filter(|_| dataset == Dataset::CostAndUsage);
        if allocation.is_some() {
            allocated::fill(&mut fill);
        }
        if rows.is_empty() || fill.is_empty() {
            return Ok(None);
        }
        // A column is full only where every source fills it: what is known of one source alone counts for none.
        let mut common = Known { names_invoice_details: true, ..Known::default() };
        if rows.iter().all(|(source, _)| self.known(*source).issuer.is_some()) {
            common.issuer = Some(String::new());
        }
        if rows.iter().all(|(source, _)| self.known(*source).provider.is_some()) {
            common.provider = Some(String::new());
        }
        let (version, form) = (self.request.version, self.request.form);
        let mut projection = Projection::new(dataset, version, &fill, &common);
        let name = format!("focus_{}_{}.{}", version.as_str().replace('.', "_"), dataset.as_str(), form.ending());
        let mut writer = TableWriter::create(&self.writing.join(&name), projection.schema(), form)?;
        let mut origin = "imported";
        for (source, rows) in &rows {
            let known = self.known(*source);
            let mut write = |batch: &RecordBatch| -> Result<(), Error> {
                let batch = projection.project(batch, &known).map_err(LakeError::from)?;
                if dataset == Dataset::CostAndUsage {
                    totals.add(&sum_charges(&batch, self.request.period)?, self.request.period)?;
                }
                Ok(writer.write(&batch)?)
            };
            match rows {
                Rows::Derived(batch) => {
                    origin = "derived";
                    write(batch)?;
                }
                Rows::Files(files) => {
                    let mut seen = 0;
                    for batch in files.iter().map(|file| read_batches(file)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten()
                    {
                        let batch = batch.map_err(LakeError::from)?;
                        let facts = &self.facts[*source];
                        match allocation {
                            None => write(&batch)?,
                            Some(allocation) => {
                                let origin = facts.charges.id.to_string();
                                write(&allocation.split(&facts.source, &batch, (&origin, seen))?)?;
                            }
                        }
                        seen += batch.num_rows() as u64;
                    }
                }
            }
        }
        let columns = projection.schema().fields().len();
        let (derived, missing) = projection.gaps();
        self.derived.extend(derived);
        self.missing.extend(missing);
        let WrittenFile { rows, bytes, sha256, .. } = writer.finish()?;
        Ok(Some(ExportedFile { name, dataset: dataset.title(), origin, rows, columns, bytes, sha256 }))
    }
}

fn fill_of(rows: &[(usize, Rows<'_>)]) -> Result<BTreeMap<String, Fill>, Error> {
    let mut files: Vec<Utf8PathBuf> = Vec::new();
    let mut derived: Vec<&RecordBatch> = Vec::new();
    for (_, rows) in rows {
        match rows {
            Rows::Files(found) => files.extend(found.iter().cloned()),
            Rows::Derived(batch) if batch.num_rows() > 0 => derived.push(batch),
            Rows::Derived(_) => {}
        }
    }
    let mut fill = column_fill(&files)?;
    for batch in derived {
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let found = match array.null_count() {
                0 => Fill::Full,
                nulls if nulls == array.len() => Fill::Empty,
                _ => Fill::Partly,
            };
            let known = fill.entry(field.name().clone()).or_insert(found);
            *known = if *known == found { found } else { Fill::Partly };
        }
    }
    Ok(fill)
}

/// What was written must be what was billed, all sources together.
fn check(written: &Totals, facts: &[SourceFacts]) -> Result<(), Error> {
    let mut billed: BTreeMap<(Currency, Cost), Amount> = BTreeMap::new();
    for total in facts.iter().flat_map(|facts| &facts.charges.totals) {
        let sum = billed.entry((total.currency, total.cost)).or_default();
        *sum = crate::chargeback::sum([*sum, total.amount].into_iter())?;
    }
    for ((currency, cost), amount) in billed {
        let found = written.0.get(&currency).map(|found| found.sums[cost]).unwrap_or_default();
        if found != amount {
            return Err(Error::Panicked(format!(
                "{} in {currency} was written as {found} and was imported as {amount}; nothing is left of the export",
                cost.column(),
            )));
        }
    }
    Ok(())
}

fn summed(totals: &Totals) -> Vec<PeriodTotal> {
    let line = |(currency, total): (&Currency, &farthing_lake::CurrencyTotals)| {
        let sum = |cost: Cost| -> Amount { total.sums[cost] };
        let (billed, effective) = (sum(Cost::Billed), sum(Cost::Effective));
        PeriodTotal { currency: *currency, billed, effective, contracted: sum(Cost::Contracted), list: sum(Cost::List) }
    };
    totals.0.iter().map(line).collect()
}
