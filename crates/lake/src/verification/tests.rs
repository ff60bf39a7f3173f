use arrow::array::RecordBatch;
use camino::Utf8PathBuf;
use farthing_focus::{CsvDecoder, Header};
use farthing_types::{Amount, Cost, Currency};
use tempfile::TempDir;

use super::*;
use crate::{ChargeEncoder, ChargeWriter, Lake, describe_file, read_rows, write_rows};

const COLUMNS: [&str; 9] = [
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "ServiceName",
    "Tags",
];

/// A revision of 200 charges of five services and two currencies in two row groups.
struct Revision {
    _folder: TempDir,
    listed: Listed,
}

impl Revision {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(Utf8PathBuf::from_path_buf(folder.path().join("lake")).unwrap()).unwrap();
        let staging = lake.stage("import").unwrap();
        let (header, _) = Header::read(&COLUMNS.map(str::to_owned)).unwrap();
        let encoder = ChargeEncoder::new(header.schema().clone()).unwrap();
        let decoder = CsvDecoder::new(header, b',');
        let mut writer = ChargeWriter::new(&staging);
        for part in 0..2 {
            let rows: String = (part * 100..part * 100 + 100).map(row).collect();
            for part in encoder.encode(&decoder.decode(rows.as_bytes(), 1).unwrap()).unwrap() {
                writer.append(&encoder, part).unwrap();
            }
        }
        let period = writer.finish().unwrap().pop().unwrap();
        // The staged folder goes with the staging: keep it as a published revision is kept.
        let place = lake.root().join("revision");
        std::fs::rename(&period.folder, &place).unwrap();
        let (files, totals, rows_digest) = (period.files, period.totals, Some(period.rows_digest));
        let period = period.period;
        Self { _folder: folder, listed: Listed { folder: place, period, files, totals, rows_digest } }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        self.listed.folder.join(name)
    }

    fn differences(&self) -> Vec<Difference> {
        verify_revision(&self.listed, true, &Verifying::default())
    }

    /// The one difference that there is, as file, what, expected and found.
    fn difference(&self) -> (String, String, String, String) {
        let mut found = self.differences();
        assert_eq!(found.len(), 1, "{found:#?}");
        let found = found.remove(0);
        (found.file.file_name().unwrap_or_default().to_owned(), found.what, found.expected, found.found)
    }

    /// Writes a derived file anew and lists it as it then is, as if the program had written it so.
    fn rewritten(mut self, name: &str, change: impl FnOnce(RecordBatch) -> RecordBatch) -> Self {
        let path = self.path(name);
        let rows = change(read_rows(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        write_rows(&path, &rows).unwrap();
        let listed = self.listed.files.iter_mut().find(|file| file.name == name).unwrap();
        *listed = describe_file(&path, listed.rows).unwrap();
        self
    }
}

fn row(n: usize) -> String {
    let (day, currency) = (1 + n % 28, if n.is_multiple_of(50) { "EUR" } else { "USD" });
    format!(
        "{n}.25,{currency},2026-05-01T00:00:00Z,2026-05-{day:02}T00:00:00Z,{n},{n},{n},Service {},\"{{\"\"team\"\":\"\"a\"\"}}\"\n",
        n % 5
    )
}

#[test]
fn what_was_written_is_as_it_was_listed() {
    let revision = Revision::new();
    assert_eq!(revision.listed.totals.charges(), 200);
    assert_eq!(revision.differences(), []);
    let verifying = Verifying::default();
    verify_revision(&revision.listed, false, &verifying);
    assert_eq!(verifying.bytes.into_inner(), listed_bytes(std::slice::from_ref(&revision.listed)));
}

#[test]
fn every_flipped_byte_is_found() {
    let revision = Revision::new();
    for file in &revision.listed.files {
        let path = revision.path(&file.name);
        let good = std::fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(good.len() / 16) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            let (name, what, expected, found) = revision.difference();
            assert_eq!((name.as_str(), what.as_str(), expected.as_str()), (file.name.as_str(), "SHA-256", file.sha256.as_str()));
            assert_ne!(found, expected);
        }
        std::fs::write(&path, good).unwrap();
    }
    assert_eq!(revision.differences(), []);
}

#[test]
fn a_shorter_a_missing_and_an_added_file_are_found() {
    let revision = Revision::new();
    let path = revision.path("charges-0000.parquet");
    let good = std::fs::read(&path).unwrap();
    std::fs::write(&path, &good[..good.len() - 9]).unwrap();
    let lengths = (format!("{} bytes", good.len()), format!("{} bytes", good.len() - 9));
    assert_eq!(revision.difference(), ("charges-0000.parquet".into(), "length".into(), lengths.0.clone(), lengths.1));

    std::fs::remove_file(&path).unwrap();
    let missing = ("charges-0000.parquet".into(), "presence".into(), format!("a file of {}", lengths.0), "nothing".into());
    assert_eq!(revision.difference(), missing);

    std::fs::write(&path, &good).unwrap();
    std::fs::write(revision.path("charges-0001.parquet"), b"PAR1").unwrap();
    let added = ("charges-0001.parquet".into(), "presence".into(), "no such file".into(), "4 bytes".into());
    assert_eq!(revision.difference(), added);

    std::fs::remove_dir_all(&revision.listed.folder).unwrap();
    assert_eq!(revision.difference().2, "a folder with 3 files");
}

#[test]
fn a_total_that_the_charges_do_not_have_is_found() {
    let mut revision = Revision::new();
    let total = revision.listed.totals.0.get_mut(&Currency::USD).unwrap();
    let right = total.sums[Cost::Effective];
    total.sums[Cost::Effective] = right.checked_add(Amount::ONE).unwrap();
    let (file, what, expected, found) = revision.difference();
    assert_eq!((file.as_str(), what.as_str()), ("revision", "sum of EffectiveCost in USD"));
    assert_eq!(expected.parse::<Amount>().unwrap(), found.parse::<Amount>().unwrap().checked_add(Amount::ONE).unwrap());
    assert_eq!(found, right.to_string());
    revision.listed.totals.0.remove(&Currency::EUR);
    assert!(revision.differences().iter().any(|difference| difference.what == "charges in EUR" && difference.expected == "0"));
}

#[test]
fn a_roll_up_that_is_not_that_of_the_charges_is_found() {
    let fewer = Revision::new().rewritten("rollup.parquet", |rows| rows.slice(1, rows.num_rows() - 1));
    assert!(fewer.differences().iter().all(|difference| difference.file.file_name() == Some("rollup.parquet")));
    assert!(!fewer.differences().is_empty());

    // The same sums under another key: only the comparison with the charges can tell.
    let swapped = Revision::new().rewritten("rollup.parquet", |rows| {
        let keys = rows.column(0).slice(0, rows.num_rows());
        let other = arrow::compute::kernels::numeric::rem(&keys, &arrow::array::UInt32Array::new_scalar(5)).unwrap();
        let moved = arrow::compute::kernels::numeric::sub(&arrow::array::UInt32Array::new_scalar(4), &other).unwrap();
        let mut columns = rows.columns().to_vec();
        columns[0] = moved;
        RecordBatch::try_new(rows.schema(), columns).unwrap()
    });
    assert_eq!(verify_revision(&swapped.listed, false, &Verifying::default()), []);
    assert!(swapped.differences().iter().any(|difference| difference.what.starts_with("key ")));
}

#[test]
fn a_key_that_no_charge_has_is_found() {
    let renamed = Revision::new().rewritten("keys.parquet", |rows| {
        let at = rows.schema().index_of("ServiceName").unwrap();
        let names = (0..rows.num_rows()).map(|row| Some(format!("Another {row}"))).collect::<arrow::array::StringArray>();
        let mut columns = rows.columns().to_vec();
        columns[at] = std::sync::Arc::new(names);
        RecordBatch::try_new(rows.schema(), columns).unwrap()
    });
    let found = renamed.differences();
    assert!(found.iter().any(|difference| difference.what == "key 0" && difference.found.contains("Another 0")), "{found:#?}");
}

#[test]
fn a_stop_is_obeyed() {
    let revision = Revision::new();
    std::fs::remove_file(revision.path("keys.parquet")).unwrap();
    let verifying = Verifying::default();
    verifying.cancelled.store(true, Ordering::Relaxed);
    assert_eq!(verify_revision(&revision.listed, true, &verifying), []);
    assert_eq!(verifying.bytes.into_inner(), 0);
}

#[test]
fn a_compacted_revision_holds_the_same_charges_in_one_row_group() {
    let revision = Revision::new();
    let before = crate::cut_of(&revision.listed).unwrap();
    assert_eq!((before.files, before.groups, before.rows), (1, 2, 200));
    assert!(before.is_small());
    let folder = revision.listed.folder.with_file_name("compacted");
    std::fs::create_dir(&folder).unwrap();
    let files = crate::compact_charges(&revision.listed, &folder).unwrap();
    let compacted = Listed { folder, files, ..revision.listed.clone() };
    assert_eq!(crate::cut_of(&compacted).unwrap().groups, 1);
    assert!(!crate::cut_of(&compacted).unwrap().is_small());
    assert_eq!(crate::compact::all_charges(&compacted), crate::compact::all_charges(&revision.listed));
    assert_eq!(verify_revision(&compacted, true, &Verifying::default()), []);
}

#[test]
fn a_revision_that_is_not_what_it_was_is_not_compacted() {
    let mut revision = Revision::new();
    let total = revision.listed.totals.0.get_mut(&Currency::USD).unwrap();
    total.charges += 1;
    let folder = revision.listed.folder.with_file_name("compacted");
    std::fs::create_dir(&folder).unwrap();
    let error = crate::compact_charges(&revision.listed, &folder).unwrap_err();
    assert!(matches!(error, LakeError::ReadBack { .. }), "{error}");
}

#[test]
fn a_copied_revision_is_the_same_and_a_damaged_one_is_not_copied() {
    let revision = Revision::new();
    let folder = revision.listed.folder.with_file_name("copied");
    std::fs::create_dir(&folder).unwrap();
    crate::copy_revision(&revision.listed, &folder).unwrap();
    let copied = Listed { folder: folder.clone(), ..revision.listed.clone() };
    assert_eq!(verify_revision(&copied, true, &Verifying::default()), []);

    let path = revision.path("rollup.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(crate::copy_revision(&revision.listed, &folder), Err(LakeError::ReadBack { .. })));
}

#[test]
fn the_daily_table_sums_to_the_charges() {
    let revision = Revision::new();
    let daily = crate::read_daily(&revision.listed.folder).unwrap();
    let known = crate::daily_schema();
    assert_eq!(&daily.schema().fields()[..known.fields().len()], &known.fields()[..]);
    assert_eq!(daily.schema().fields().last().unwrap().name(), "tag:team");
    let sum = |name: &str| {
        let column = daily.column_by_name(name).unwrap().clone();
        let column = arrow::compute::cast(&column, &arrow::datatypes::DataType::Decimal128(38, 18)).unwrap();
        arrow::compute::sum(arrow::array::AsArray::as_primitive::<arrow::datatypes::Decimal128Type>(&column)).unwrap()
    };
    assert_eq!(sum("Charges"), 200 * 10_i128.pow(18));
    for cost in Cost::ALL {
        let listed: i128 = revision.listed.totals.0.values().map(|total| total.sums[cost].atto()).sum();
        assert_eq!(sum(cost.column()), listed);
    }
    let teams = arrow::compute::cast(daily.column_by_name("tag:team").unwrap(), &arrow::datatypes::DataType::Utf8).unwrap();
    assert!(arrow::array::AsArray::as_string::<i32>(&teams).iter().all(|team| team == Some("a")));
}

#[test]
fn rows_that_are_not_those_of_the_digest_are_found() {
    let mut revision = Revision::new();
    let right = revision.listed.rows_digest.replace("0".repeat(64)).unwrap();
    assert_eq!(verify_revision(&revision.listed, false, &Verifying::default()), []);
    let (_, what, expected, found) = revision.difference();
    assert_eq!((what.as_str(), expected, found), ("digest of the rows", "0".repeat(64), right));
}
