use camino::Utf8PathBuf;
use farthing_collectors::billing_export::BillFormat;
use farthing_collectors::decode::{Content, Decoded, Job, run};
use farthing_collectors::{Reading, find_files};
use farthing_lake::{Lake, reread_charges};
use farthing_types::Cost;

use crate::bill::{Bill, Sums};
use crate::cases;
use crate::dice::Dice;

/// A lake and a folder for files, of one test.
pub struct Home {
    _folder: tempfile::TempDir,
    path: Utf8PathBuf,
    lake: Lake,
}

/// What an import of one file published: sums by period and currency, rows read, rows set aside.
pub struct Published {
    pub sums: Sums,
    pub rows: u64,
    pub set_aside: u64,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let lake = Lake::open(path.join("lake")).unwrap();
        Self { _folder: folder, path, lake }
    }

    /// Imports a file as the program does: decoded, staged, and read again.
    pub fn import(&self, name: &str, content: &[u8]) -> Result<Published, String> {
        let file = self.path.join(name);
        std::fs::write(&file, content).unwrap();
        let files = find_files(&[file], &[], "billing").map_err(|error| error.to_string())?;
        let staging = self.lake.stage("test").unwrap();
        let job = Job {
            files,
            staging: staging.path().to_owned(),
            content: Content::Charges { format: BillFormat::Auto, each_row_once: false },
            mask: None,
        };
        let decoded = run(&job, &Reading::default()).map_err(|error| error.to_string())?;
        let Decoded::Charges(imported) = decoded else { panic!("a bill was decoded as something else") };
        let mut published = Published { sums: Sums::new(), rows: imported.files[0].rows, set_aside: imported.files[0].set_aside };
        for period in reread_charges(staging.path(), &imported.periods).expect("what was staged reads back") {
            for (currency, totals) in period.totals.0 {
                let sum = (totals.sums[Cost::Billed].atto(), totals.charges);
                published.sums.insert((period.period.to_string(), currency.to_string()), sum);
            }
        }
        let kept: u64 = published.sums.values().map(|(_, rows)| rows).sum();
        assert_eq!(kept + published.set_aside, published.rows, "a row is neither published nor set aside");
        Ok(published)
    }
}

#[test]
fn any_bill_in_any_form_is_published_to_the_last_farthing() {
    let (seed, home) = (20_261_122, Home::new());
    println!("seed {seed}");
    for case in 0..cases(25) {
        let bill = Bill::of(&mut Dice::of(seed, case));
        let forms = [
            ("bill.csv", bill.csv()),
            ("bill.csv.gz", bill.gzip()),
            ("bill.csv.zst", bill.zstd()),
            ("bill.parquet", bill.parquet()),
        ];
        for (name, content) in forms {
            let published = home.import(name, &content).unwrap_or_else(|error| panic!("case {case}, {name}: {error}"));
            assert_eq!(published.rows, bill.rows(), "case {case}, {name}");
            assert_eq!(published.set_aside, bill.bad(), "case {case}, {name}");
            assert_eq!(published.sums, bill.sums, "case {case}, {name}");
        }
    }
}

/// F5 at every 64th: what breaks off is refused, or in plain text, which cannot be seen to break off, gives the rows before it.
#[test]
fn f5_a_file_that_breaks_off_at_any_64th_gives_nothing() {
    let home = Home::new();
    let bill = Bill::of(&mut Dice::of(5, 5));
    for (name, whole) in [("bill.csv.gz", bill.gzip()), ("bill.csv.zst", bill.zstd()), ("bill.parquet", bill.parquet())] {
        for part in 1..64 {
            let published = home.import(name, &whole[..whole.len() * part / 64]);
            assert!(published.is_err(), "{name}: {part} of 64 parts were taken for the whole");
        }
        assert_eq!(home.import(name, &whole).unwrap().sums, bill.sums);
    }
}
