//! F42: small files that claim or unpack to more than any bill is.

use std::io::Write;

use crate::support::{Bill, Home};

/// A bill before 200 MiB of empty lines, in gzip and in Zstandard.
fn bombs() -> [(&'static str, Vec<u8>); 2] {
    let bill = Bill::of("2026-05").charges(2).csv();
    let lines = vec![b'\n'; 1 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut zstd = zstd::Encoder::new(Vec::new(), 1).expect("an encoder can be made");
    for part in std::iter::once(bill.as_bytes()).chain(std::iter::repeat_n(lines.as_slice(), 200)) {
        gzip.write_all(part).and_then(|()| zstd.write_all(part)).expect("memory takes what is written");
    }
    [("bomb.csv.gz", gzip.finish().expect("it ends")), ("bomb.csv.zst", zstd.finish().expect("it ends"))]
}

#[test]
fn f42_text_that_unpacks_without_end_is_refused() {
    let good = Bill::of("2026-05").charges(20);
    let home = Home::new().file("good.csv", good.csv()).ingest_billing("good.csv", "acme");
    let before = home.state();
    for (name, bomb) in bombs() {
        home.write(name, bomb);
        let run = home.run(&["ingest", "billing", name, "--source", "acme"]).exits(1);
        run.says(&[name, "unpacks to more than", "nothing was imported"]);
    }
    assert_eq!(home.state(), before);
    home.invariants_hold();
}

#[test]
fn f42_rows_and_headers_that_do_not_end_and_columns_without_number_are_refused() {
    let header = Bill::of("2026-05").charges(1).csv();
    let wide: String = (0..20_000).map(|at| format!(",x_{at}")).collect();
    let files = [
        ("row.csv", format!("{header}\"{}", "x".repeat(80 << 20)), "does not end"),
        ("end.csv", format!("{header}{}", "x".repeat(30 << 20)), ""),
        ("header.csv", format!("\"{}", "x".repeat(2 << 20)), "header.csv"),
        ("wide.csv", header.replacen("Tags", &format!("Tags{wide}"), 1), "columns"),
    ];
    for (name, content, says) in files {
        let home = Home::new().file(name, content);
        let run = home.run(&["ingest", "billing", name, "--source", "acme"]);
        if says.is_empty() {
            // A last line of 30 MiB is a row with the wrong number of fields, and no more.
            run.exits(3);
        } else {
            run.exits(1).says(&[name, says, "nothing was imported"]);
        }
        home.invariants_hold();
    }
}

#[test]
fn f42_a_parquet_footer_that_claims_everything_is_refused() {
    let home = Home::new();
    home.run(&["demo", "--rows", "1000", "--files", "parquet", "--only-write", "sample"]).exits(0);
    let folder = std::fs::read_dir(home.path().join("sample/bill/first")).expect("the sample was written");
    let whole = std::fs::read(folder.map(|e| e.expect("an entry").path()).min().expect("a bill")).expect("it can be read");
    let length = whole.len();
    let with_footer = |bytes: &[u8]| [&whole[..length - 8], bytes, b"PAR1"].concat();
    let nested = [b"PAR1".as_slice(), &[0x1c; 100_000], &100_000_u32.to_le_bytes(), b"PAR1"].concat();
    let lists =
        [b"PAR1".as_slice(), &[0x15, 0x04, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07], &9_u32.to_le_bytes(), b"PAR1"].concat();
    for (name, bytes) in [
        ("longer-than-the-file.parquet", with_footer(&u32::MAX.to_le_bytes())),
        ("shorter-than-it-is.parquet", with_footer(&7_u32.to_le_bytes())),
        ("nested.parquet", nested),
        ("two-thousand-million-columns.parquet", lists),
    ] {
        home.write(name, bytes);
        home.run(&["ingest", "billing", name, "--source", "acme"]).exits(1).says(&[name, "nothing was imported"]);
    }
    home.invariants_hold();
}
