//! F3: the disk fails at the n-th operation, for every n. Whatever it does, an import ends with an error, or with the right facts.

// Clippy allows it in functions marked as tests, and these are called from such.
#![allow(clippy::unwrap_used)]

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use camino::{Utf8Path, Utf8PathBuf};
use farthing_focus::{CsvDecoder, Header};
use farthing_lake::{
    ChargeEncoder, ChargeWriter, Disk, DiskFile, Lake, LakeError, Staging, SystemDisk, WrittenPeriod, read_keys, read_rows,
    write_rows_on,
};

const COLUMNS: [&str; 8] = [
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "ServiceName",
];

/// What a failing disk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// This one operation fails.
    Error,
    /// This and all that follow fail.
    Full,
    /// Half of what was to be written is, and it says so: no fault, but one that callers forget.
    Short,
    /// Nothing is written, and it says so.
    Nothing,
    /// Half is written, and it says that all was.
    Torn,
}

/// The operation that fails, by its number, and how many there were.
#[derive(Clone, Debug)]
struct FailingDisk {
    how: How,
    at: u64,
    operations: Arc<AtomicU64>,
}

impl FailingDisk {
    fn new(how: How, at: u64) -> Self {
        Self { how, at, operations: Arc::default() }
    }

    /// Counts an operation, and says whether it is one that fails.
    fn fails(&self) -> bool {
        let number = self.operations.fetch_add(1, Ordering::SeqCst) + 1;
        number == self.at || (self.how == How::Full && number > self.at)
    }

    /// The same for operations that either succeed or do not.
    fn refuses(&self) -> io::Result<()> {
        if self.fails() && matches!(self.how, How::Error | How::Full) { Err(error()) } else { Ok(()) }
    }
}

fn error() -> io::Error {
    io::Error::new(ErrorKind::StorageFull, "the test's disk fails")
}

impl Disk for FailingDisk {
    fn create_new(&self, path: &Utf8Path) -> io::Result<Box<dyn DiskFile>> {
        self.refuses()?;
        Ok(Box::new(FailingFile { file: SystemDisk.create_new(path)?, disk: self.clone() }))
    }
}

struct FailingFile {
    file: Box<dyn DiskFile>,
    disk: FailingDisk,
}

impl Write for FailingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.disk.fails() {
            return self.file.write(bytes);
        }
        let half = bytes.len().div_ceil(2);
        match self.disk.how {
            How::Error | How::Full => Err(error()),
            How::Nothing => Ok(0),
            How::Short => self.file.write_all(&bytes[..half]).map(|()| half),
            How::Torn => self.file.write_all(&bytes[half..]).map(|()| bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for FailingFile {
    fn sync(&mut self) -> io::Result<()> {
        // No power is lost in a test: waiting for the disk would make it slow.
        self.disk.refuses()
    }
}

/// A charge of one of two months; every eleventh has more decimals than are kept.
fn row(number: u32) -> String {
    let (month, rest) = (5 + number % 2, if number.is_multiple_of(11) { "0000000000000000001" } else { "" });
    let cost = format!("{number}.25{rest}");
    format!(
        "{cost},USD,2026-{month:02}-01T00:00:00Z,2026-{month:02}-{:02}T00:00:00Z,{cost},{cost},{cost},Service {}\n",
        1 + number % 9,
        number % 7
    )
}

/// Two files that share rows, in two row groups each, written and read again as an import does.
fn import(staging: &Staging) -> Result<Vec<WrittenPeriod>, LakeError> {
    let (header, _) = Header::read(&COLUMNS.map(str::to_owned)).expect("it is FOCUS");
    let encoder = ChargeEncoder::new(header.schema().clone())?;
    let decoder = CsvDecoder::new(header, b',');
    let mut writer = ChargeWriter::new(staging).each_row_once();
    for rows in [0..400, 300..700] {
        writer.next_file();
        for part in rows.collect::<Vec<u32>>().chunks(200) {
            let text: String = part.iter().copied().map(row).collect();
            for part in encoder.encode(&decoder.decode(text.as_bytes(), 1)?)? {
                writer.append(&encoder, part)?;
            }
        }
    }
    writer.finish()
}

fn lake() -> (tempfile::TempDir, Lake) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(Utf8PathBuf::from_path_buf(folder.path().join("lake")).unwrap()).unwrap();
    (folder, lake)
}

/// What an import says of its facts, and the keys that lie beside them.
fn facts(written: &[WrittenPeriod]) -> String {
    let of = |period: &WrittenPeriod| {
        let keys = read_keys(&period.folder).unwrap().rows;
        format!("{} {} {:?} {:?} {keys:?}", period.period, period.rows_digest, period.totals, period.repeated)
    };
    written.iter().map(of).collect()
}

#[test]
fn f03_an_operation_of_the_disk_that_fails_never_gives_other_facts() {
    let (_folder, lake) = lake();
    let whole = lake.stage("whole").unwrap();
    let right = facts(&import(&whole).unwrap());
    for how in [How::Error, How::Full, How::Short, How::Nothing, How::Torn] {
        let (mut failed, mut at) = (0, 0);
        loop {
            at += 1;
            let disk = FailingDisk::new(how, at);
            let staging = lake.stage(&format!("{how:?}-{at}")).unwrap().on(Arc::new(disk.clone()));
            match import(&staging) {
                Ok(written) => assert_eq!(facts(&written), right, "{how:?} at operation {at}"),
                Err(error) => {
                    failed += 1;
                    assert_ne!(how, How::Short, "a short write is no fault: operation {at}: {error}");
                }
            }
            if disk.operations.load(Ordering::SeqCst) < at {
                break;
            }
        }
        println!("{how:?}: {failed} imports of {at} failed");
        assert!(at > 20, "{how:?}: only {at} operations");
        assert!(how == How::Short || failed > 10, "{how:?}: {failed} of {at}");
    }
    // Nothing is left of any of them.
    drop(whole);
    assert_eq!(lake.root().join("staging").read_dir_utf8().unwrap().count(), 0);
}

#[test]
fn f03_a_small_file_is_read_back_before_anybody_believes_it() {
    let (_folder, lake) = lake();
    let values: ArrayRef = Arc::new(StringArray::from_iter_values((0..999).map(|number| format!("v{number}"))));
    let rows = RecordBatch::try_from_iter([("Value", values)]).unwrap();
    for how in [How::Error, How::Short, How::Nothing, How::Torn] {
        for at in 1.. {
            let disk = FailingDisk::new(how, at);
            let staging = lake.stage(&format!("{how:?}-{at}")).unwrap();
            let path = staging.path().join("rows.parquet");
            match write_rows_on(&disk, &path, &rows) {
                Ok(()) => assert_eq!(read_rows(&path).unwrap().columns(), rows.columns(), "{how:?} at operation {at}"),
                Err(error) => assert_ne!(how, How::Short, "operation {at}: {error}"),
            }
            if disk.operations.load(Ordering::SeqCst) < at {
                break;
            }
        }
    }
}
