//! Writes a sample organisation: `organisation DIR ROWS SEED csv|csv-gz|parquet`.

use std::path::PathBuf;
use std::time::Instant;

use farthing_sample::{BillOptions, Format, Organisation, write_organisation};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: organisation DIR ROWS SEED csv|csv-gz|parquet");
    let (dir, rows, seed) = (PathBuf::from(next()?), next()?.parse()?, next()?.parse()?);
    let format = match next()?.as_str() {
        "csv" => Format::Csv,
        "csv-gz" => Format::CsvGz,
        "parquet" => Format::Parquet,
        other => return Err(format!("{other} is none of csv, csv-gz, parquet").into()),
    };
    let start = Instant::now();
    let organisation = Organisation::new(rows, seed)?;
    let manifest = write_organisation(&organisation, &dir, BillOptions { format, threads: 2 }, &|_, _| {})?;
    for file in &manifest.billing {
        let (billed, effective) = (file.totals.billed.to_fixed(2), file.totals.effective.to_fixed(2));
        println!(
            "{:<40} {:>9} rows {:>12} bytes {billed:>14} billed {effective:>14} effective",
            file.path, file.rows, file.bytes
        );
    }
    for file in &manifest.usage {
        println!("{:<40} {:>9} rows, {}", file.path, file.rows, file.format);
    }
    for file in &manifest.decisions {
        println!("{:<40} {:>9} rows", file.path, file.rows);
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
