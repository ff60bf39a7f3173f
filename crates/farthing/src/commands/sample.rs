//! The sample organisation, as the use cases ask for it.

use camino::Utf8Path;
use farthing_application::{DocumentKind, Sample, SampleContent, SampleFile, UsageFormat};
use farthing_sample::{BillOptions, Format, MANIFEST, Manifest, Organisation, write_organisation};

/// The seed of the organisation that everybody knows from the documentation.
const SEED: u64 = 1;

/// Writes the organisation that `farthing demo` does.
pub struct Northmoor;

impl Sample for Northmoor {
    fn write(&self, folder: &Utf8Path, charges: u64, told: &(dyn Fn(u64, u64) + Sync)) -> Result<Vec<SampleFile>, String> {
        let organisation = Organisation::new(charges, SEED).map_err(|error| error.to_string())?;
        let manifest = match written(folder, charges, SEED) {
            Some(manifest) => manifest,
            None => {
                let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get());
                let options = BillOptions { format: Format::CsvGz, threads };
                let told = |done, _| told(done, charges);
                write_organisation(&organisation, folder.as_std_path(), options, &told).map_err(|error| error.to_string())?
            }
        };
        files(folder, &manifest)
    }
}

/// The organisation that is there already, if it is the one asked for.
pub fn written(folder: &Utf8Path, charges: u64, seed: u64) -> Option<Manifest> {
    let text = std::fs::read_to_string(folder.join(MANIFEST)).ok()?;
    let manifest: Manifest = serde_json::from_str(&text).ok()?;
    (manifest.rows == charges && manifest.seed == seed).then_some(manifest)
}

/// Its files in the order of the deliveries.
pub fn files(folder: &Utf8Path, manifest: &Manifest) -> Result<Vec<SampleFile>, String> {
    let source = |name: &str| name.parse().map_err(|error: farthing_types::IdError| error.to_string());
    let mut files = Vec::new();
    let mut add = |path: &str, content| files.push(SampleFile { path: folder.join(path), content });
    for file in &manifest.billing {
        add(&file.path, SampleContent::Bill(source(&file.source)?));
    }
    for file in &manifest.usage {
        let format = match file.format.as_str() {
            "litellm" => UsageFormat::Litellm,
            _ => UsageFormat::RequestTrace { model: None, workload: None },
        };
        add(&file.path, SampleContent::Usage(source(&file.source)?, format));
    }
    for file in &manifest.decisions {
        add(&file.path, SampleContent::Decisions(source(&file.workflow)?));
    }
    for file in &manifest.event_logs {
        add(&file.path, SampleContent::EventLog(source(&file.source)?));
    }
    let documents = [
        (DocumentKind::Rules, &manifest.rules),
        (DocumentKind::People, &manifest.people),
        (DocumentKind::Fleet, &manifest.fleet),
        (DocumentKind::Prices, &manifest.prices),
        (DocumentKind::Systems, &manifest.systems),
        (DocumentKind::Planning, &manifest.planning),
    ];
    for (kind, path) in documents {
        add(path, SampleContent::Document(kind));
    }
    add(&manifest.budgets, SampleContent::Budgets);
    Ok(files)
}
