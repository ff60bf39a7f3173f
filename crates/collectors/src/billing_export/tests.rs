use std::collections::BTreeMap;
use std::io::Write;

use camino::Utf8PathBuf;
use farthing_lake::Lake;
use farthing_types::{Amount, Cost, Currency};
use tempfile::TempDir;

use super::{BillFormat, ImportError, Imported, find_bills, import};
use crate::Reading;

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
        self.import_as(path, &BillFormat::Auto)
    }

    fn import_as(&self, path: &Utf8PathBuf, format: &BillFormat) -> Result<Imported, ImportError> {
        let bills = find_bills(std::slice::from_ref(path))?;
        let staging = self.lake.stage("test").unwrap();
        import(&bills.files, format, true, None, &staging, &Reading::default())
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

/// The same bill as JSON lines; its values hold no commas but those between fields and no quotes but the tags'.
fn as_json_lines(bill: &str) -> String {
    let mut reader = csv::ReaderBuilder::new().from_reader(bill.as_bytes());
    let names = reader.headers().unwrap().clone();
    let line = |record: csv::StringRecord| {
        let fields = names.iter().zip(record.iter()).map(|(name, value)| (name.to_owned(), serde_json::Value::from(value)));
        serde_json::Value::Object(fields.collect()).to_string() + "\n"
    };
    reader.records().map(|record| line(record.unwrap())).collect()
}

#[test]
fn marks_members_separators_and_json_lines_give_the_same_sums() {
    let home = Home::new();
    let text = bill(500);
    let plain = billed(&home.import(&home.file("a.csv", text.as_bytes())).unwrap());
    let marked = format!("\u{feff}{text}");
    assert_eq!(billed(&home.import(&home.file("marked.csv", marked.as_bytes())).unwrap()), plain);
    // Some exporters write one gzip member a block, and Zstandard a frame.
    let half = text.len() / 2;
    let gzip = |part: &str| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(part.as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    let members = [gzip(&text[..half]), gzip(&text[half..])].concat();
    assert_eq!(billed(&home.import(&home.file("members.csv.gz", &members)).unwrap()), plain);
    let frames = [zstd::encode_all(&text.as_bytes()[..half], 1).unwrap(), zstd::encode_all(&text.as_bytes()[half..], 1).unwrap()];
    assert_eq!(billed(&home.import(&home.file("frames.csv.zst", &frames.concat())).unwrap()), plain);
    for (name, separator) in [("a.tsv", b'\t'), ("semicolons.csv", b';')] {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
        reader.byte_records().for_each(|record| writer.write_byte_record(&record.unwrap()).unwrap());
        assert_eq!(billed(&home.import(&home.file(name, &writer.into_inner().unwrap())).unwrap()), plain, "{name}");
    }
    assert_eq!(billed(&home.import(&home.file("a.jsonl", as_json_lines(&text).as_bytes())).unwrap()), plain);
}

#[test]
fn utf_16_and_json_lists_are_refused_by_name() {
    let home = Home::new();
    let wide: Vec<u8> = bill(2).encode_utf16().flat_map(u16::to_le_bytes).collect();
    for text in [wide.clone(), [&[0xff, 0xfe], wide.as_slice()].concat()] {
        let error = home.import(&home.file("wide.csv", &text)).unwrap_err().to_string();
        assert!(error.contains("wide.csv: the text is UTF-16") && error.contains("UTF-8"), "{error}");
    }
    let error = home.import(&home.file("list.json", b"[{\"BilledCost\": 1}]")).unwrap_err().to_string();
    assert!(error.contains("list.json: this is a JSON list"), "{error}");
}

#[test]
fn a_file_that_changes_while_it_is_read_gives_nothing() {
    let home = Home::new();
    let path = home.file("a.csv", bill(10).as_bytes());
    let bills = find_bills(std::slice::from_ref(&path)).unwrap();
    home.file("a.csv", bill(11).as_bytes());
    let staging = home.lake.stage("test").unwrap();
    let error = import(&bills.files, &BillFormat::Auto, true, None, &staging, &Reading::default()).unwrap_err();
    assert!(error.is_incomplete() && error.to_string().contains("changed while it was read"), "{error}");
}

#[test]
fn what_is_asked_for_can_be_sent_to_another_process() {
    let home = Home::new();
    let bills = find_bills(&[home.file("a.csv", bill(10).as_bytes())]).unwrap();
    let format = BillFormat::Own { file: "m.toml".into(), text: "version = 1".into() };
    let sent = serde_json::to_string(&(&bills.files, &format)).unwrap();
    assert_eq!(serde_json::from_str::<(Vec<crate::InputFile>, BillFormat)>(&sent).unwrap(), (bills.files, format));
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
