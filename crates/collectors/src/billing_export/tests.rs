use std::collections::BTreeMap;
use std::io::Write;

use camino::Utf8PathBuf;
use farthing_lake::Lake;
use farthing_types::{Amount, Cost, Currency};
use tempfile::TempDir;

use super::{ENDINGS, ImportError, Imported, import};
use crate::{Reading, find_files};

struct Home {
    _folder: TempDir,
    path: Utf8PathBuf,
    lake: Lake,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let lake = Lake::open(path.join("lake")).unwrap();
        Self { _folder: folder, path, lake }
    }

    fn file(&self, name: &str, content: &[u8]) -> Utf8PathBuf {
        let path = self.path.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn import(&self, path: &Utf8PathBuf) -> Result<Imported, ImportError> {
        let files = find_files(std::slice::from_ref(path), &ENDINGS, "billing")?;
        let staging = self.lake.stage("test").unwrap();
        import(&files, true, &staging, &Reading::default())
    }
}

/// `rows` charges over two periods and two currencies, each amount different.
fn bill(rows: usize) -> String {
    let mut text = "BilledCost,EffectiveCost,ContractedCost,ListCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ServiceName,Tags\n".to_owned();
    for row in 0..rows {
        let period = if row % 10 == 0 { "2026-04" } else { "2026-05" };
        let currency = if row % 7 == 0 { "EUR" } else { "USD" };
        let service = row % 5;
        text += &format!(
            "{row}.000000000000000001,1,1,2,{currency},{period}-01T00:00:00Z,{period}-0{}T00:00:00Z,S{service},\"{{\"\"n\"\":\"\"a,\nb\"\"}}\"\n",
            1 + row % 9
        );
    }
    text
}

fn billed(imported: &Imported) -> BTreeMap<(String, Currency), Amount> {
    let totals =
        imported.periods.iter().flat_map(|p| p.totals.0.iter().map(|(c, t)| ((p.period.to_string(), *c), t.sums[Cost::Billed])));
    totals.collect()
}

#[test]
fn text_gzip_and_zstandard_give_the_same_sums() {
    let home = Home::new();
    let text = bill(1_000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let plain = home.import(&home.file("a.csv", text.as_bytes())).unwrap();
    let gzipped = home.import(&home.file("a.csv.gz", &gzip.finish().unwrap())).unwrap();
    let zstd = home.import(&home.file("a.csv.zst", &zstd::encode_all(text.as_bytes(), 1).unwrap())).unwrap();
    assert_eq!(plain.files[0].rows, 1_000);
    assert_eq!(billed(&plain).len(), 4);
    assert_eq!(billed(&plain).values().map(|a| a.atto()).sum::<i128>(), 499_500 * 10_i128.pow(18) + 1_000);
    assert_eq!(billed(&plain), billed(&gzipped));
    assert_eq!(billed(&plain), billed(&zstd));
}

#[test]
fn a_gzip_file_that_breaks_off_gives_nothing() {
    let home = Home::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bill(2_000).as_bytes()).unwrap();
    let whole = gzip.finish().unwrap();
    for part in 1..8 {
        let path = home.file("cut.csv.gz", &whole[..whole.len() * part / 8]);
        let error = home.import(&path).unwrap_err();
        assert!(matches!(error, ImportError::Unreadable { .. } | ImportError::Header { .. }), "{error}");
        assert!(error.to_string().contains("cut.csv.gz"), "{error}");
    }
}

#[test]
fn folders_without_bills_and_missing_files_are_named() {
    let home = Home::new();
    let missing = home.import(&home.path.join("nowhere.csv")).unwrap_err().to_string();
    assert!(missing.contains("nowhere.csv: there is no such file"), "{missing}");
    home.file("notes.txt", b"hello");
    let nothing = home.import(&home.path).unwrap_err().to_string();
    assert!(nothing.contains("no billing files here"), "{nothing}");
    home.file("other.csv", b"a,b\n1,2\n");
    let none = home.import(&home.path).unwrap_err().to_string();
    assert!(none.contains("column BilledCost is missing"), "{none}");
}
