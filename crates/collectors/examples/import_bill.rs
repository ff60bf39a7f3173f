//! Imports billing files into a staged folder and says how long it took: `import_bill LAKE FILE…`.

use std::time::Instant;

use camino::Utf8PathBuf;
use farthing_collectors::Reading;
use farthing_collectors::billing_export::{BillFormat, find_bills, import};
use farthing_lake::Lake;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<Utf8PathBuf> = std::env::args().skip(1).map(Utf8PathBuf::from).collect();
    let (lake, files) = paths.split_first().ok_or("usage: import_bill LAKE FILE…")?;
    let begin = Instant::now();
    let lake = Lake::open(lake.clone())?;
    let staging = lake.stage("example")?;
    let imported = import(&find_bills(files)?.files, &BillFormat::Auto, true, None, &staging, &Reading::default())?;
    for period in &imported.periods {
        for (currency, totals) in &period.totals.0 {
            println!("{} {currency}: {} charges, billed {}", period.period, totals.charges, totals.sums.billed);
        }
    }
    println!("{:.2} s", begin.elapsed().as_secs_f64());
    Ok(())
}
