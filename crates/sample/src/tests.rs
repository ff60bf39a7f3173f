//! The files as a reader sees them: nothing here looks at how they were made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use farthing_types::{Amount, FourCosts};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

use crate::*;

type Row = BTreeMap<String, String>;

const QUIET: &(dyn Fn(u64, u64) + Sync) = &|_, _| {};

fn written(rows: u64, seed: u64, format: Format, threads: usize) -> (TempDir, Vec<BillFile>) {
    let dir = TempDir::new().unwrap();
    let organisation = Organisation::new(rows, seed).unwrap();
    let files = write_bill(&organisation, dir.path(), BillOptions { format, threads }, QUIET).unwrap();
    (dir, files)
}

fn text_of(path: &Path) -> String {
    let mut text = String::new();
    let file = File::open(path).unwrap();
    if path.to_string_lossy().ends_with(".gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).unwrap();
    }
    text
}

fn rows_of(path: &Path) -> Vec<Row> {
    csv::Reader::from_reader(text_of(path).as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn decimal(row: &Row, column: &str) -> Amount {
    row[column].parse().unwrap()
}

/// Every row of every file, and whether its file restates.
fn all_rows(dir: &TempDir, files: &[BillFile]) -> Vec<(bool, Row)> {
    let of_file =
        |file: &BillFile| rows_of(&dir.path().join(&file.path)).into_iter().map(|row| (file.restates, row)).collect::<Vec<_>>();
    files.iter().flat_map(of_file).collect()
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    for format in [Format::CsvGz, Format::Parquet] {
        let (one, files) = written(25_000, 7, format, 1);
        for threads in [2, 5] {
            let (more, again) = written(25_000, 7, format, threads);
            assert_eq!(files, again);
            for file in &files {
                assert_eq!(
                    fs::read(one.path().join(&file.path)).unwrap(),
                    fs::read(more.path().join(&file.path)).unwrap(),
                    "{}",
                    file.path
                );
            }
        }
    }
}

#[test]
fn another_seed_is_another_bill() {
    let ((_a, first), (_b, second)) = (written(2_000, 1, Format::Csv, 1), written(2_000, 2, Format::Csv, 1));
    assert!(first.iter().zip(&second).all(|(a, b)| a.totals != b.totals));
}

#[test]
fn the_files_sum_to_the_totals_that_were_returned() {
    for format in [Format::Csv, Format::CsvGz] {
        let (dir, files) = written(20_000, 3, format, 2);
        assert_eq!(files.iter().filter(|f| !f.restates).map(|f| f.rows).sum::<u64>(), 20_000);
        for file in &files {
            let path = dir.path().join(&file.path);
            let rows = rows_of(&path);
            let sum = |column| rows.iter().map(|row| decimal(row, column)).sum::<Amount>();
            let totals = FourCosts {
                billed: sum("BilledCost"),
                effective: sum("EffectiveCost"),
                contracted: sum("ContractedCost"),
                list: sum("ListCost"),
            };
            assert_eq!(totals, file.totals, "{}", file.path);
            assert_eq!((rows.len() as u64, fs::metadata(&path).unwrap().len()), (file.rows, file.bytes), "{}", file.path);
            assert!(rows.iter().all(|row| row["BillingCurrency"] == file.currency.as_str()));
            let start = file.period.start().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            assert!(rows.iter().all(|row| row["BillingPeriodStart"] == start));
        }
    }
}

fn cell(batch: &RecordBatch, column: usize, row: usize) -> String {
    let array = batch.column(column);
    if array.is_null(row) {
        return String::new();
    }
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Decimal128(38, 18) => Amount::from_atto(array.as_primitive::<Decimal128Type>().value(row)).unwrap().to_string(),
        DataType::Timestamp(_, Some(zone)) => {
            assert_eq!(&**zone, "UTC");
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            chrono::DateTime::from_timestamp_micros(micros).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string()
        }
        other => panic!("{other} is no type of the export"),
    }
}

#[test]
fn parquet_and_csv_carry_the_same_rows() {
    let (plain, as_csv) = written(20_000, 9, Format::Csv, 2);
    let (packed, as_gzip) = written(20_000, 9, Format::CsvGz, 2);
    let (columns, as_parquet) = written(20_000, 9, Format::Parquet, 2);
    for ((csv_file, gzip_file), parquet_file) in as_csv.iter().zip(&as_gzip).zip(&as_parquet) {
        let text = text_of(&plain.path().join(&csv_file.path));
        assert_eq!(text, text_of(&packed.path().join(&gzip_file.path)));
        assert_eq!((csv_file.rows, csv_file.totals), (parquet_file.rows, parquet_file.totals));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let mut records = reader.into_records();
        let file = File::open(columns.path().join(&parquet_file.path)).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let names: Vec<&str> = batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(names, header.iter().collect::<Vec<_>>());
            for row in 0..batch.num_rows() {
                let record = records.next().expect("CSV has as many rows").unwrap();
                for (column, text) in record.iter().enumerate() {
                    assert_eq!(cell(&batch, column, row), text, "{} of {record:?}", names[column]);
                }
            }
        }
        assert!(records.next().is_none());
    }
}

#[test]
fn charges_lie_in_their_billing_period_and_corrections_before_it() {
    let (dir, files) = written(20_000, 4, Format::Csv, 2);
    let mut corrections = 0;
    for (_, row) in all_rows(&dir, &files) {
        let [start, end] = ["ChargePeriodStart", "ChargePeriodEnd"].map(|column| row[column].as_str());
        assert!(start < end);
        if row["ChargeClass"] == "Correction" {
            corrections += 1;
            assert!(end <= row["BillingPeriodStart"].as_str());
        } else {
            assert!(row["BillingPeriodStart"].as_str() <= start && end <= row["BillingPeriodEnd"].as_str(), "{row:?}");
        }
    }
    assert!(corrections >= 3);
}

#[test]
fn a_cost_is_its_unit_price_times_its_quantity() {
    let (dir, files) = written(20_000, 5, Format::Csv, 2);
    let mut decimals = 0;
    for (_, row) in all_rows(&dir, &files).iter().filter(|(_, row)| !row["PricingQuantity"].is_empty()) {
        let quantity = decimal(row, "PricingQuantity");
        let product = |price| decimal(row, price).checked_mul(quantity).unwrap();
        assert_eq!(product("ListUnitPrice"), decimal(row, "ListCost"));
        assert_eq!(product("ContractedUnitPrice"), decimal(row, "ContractedCost"));
        if row["CommitmentDiscountId"].is_empty() {
            assert_eq!(row["BilledCost"], row["ContractedCost"]);
            assert_eq!(row["BilledCost"], row["EffectiveCost"]);
        }
        decimals = decimals.max(row["BilledCost"].split('.').nth(1).map_or(0, str::len));
    }
    assert!((11..=16).contains(&decimals), "as many decimals as real exports have: {decimals}");
}

#[test]
fn a_bill_has_what_bills_have() {
    let (dir, files) = written(20_000, 6, Format::Csv, 2);
    let rows = all_rows(&dir, &files);
    let values = |column: &str| rows.iter().map(|(_, row)| row[column].as_str()).collect::<BTreeSet<_>>();
    assert_eq!(values("ChargeCategory"), BTreeSet::from(["Adjustment", "Credit", "Purchase", "Tax", "Usage"]));
    assert_eq!(values("CommitmentDiscountStatus"), BTreeSet::from(["", "Unused", "Used"]));
    assert_eq!(values("CommitmentDiscountCategory"), BTreeSet::from(["", "Spend", "Usage"]));
    assert_eq!(values("PricingCategory"), BTreeSet::from(["", "Committed", "Dynamic", "Standard"]));
    assert_eq!(values("ProviderName"), BTreeSet::from(["AWS", "Anthropic", "Google Cloud", "Microsoft", "OpenAI"]));
    assert!(values("SubAccountId").len() > 20 && values("ServiceName").len() > 35 && values("ResourceId").len() > 200);
    let tagged = |key: &str| rows.iter().filter(|(_, row)| row["Tags"].contains(key)).count();
    assert!(tagged("\"Team\"") > 1_000 && tagged("\"team\"") > 1_000);
    let hourly =
        rows.iter().filter(|(_, row)| row["ChargePeriodStart"].get(11..13) != row["ChargePeriodEnd"].get(11..13)).count();
    assert!(hourly > 1_000, "{hourly} charges of an hour");
    let costs_differ =
        |a: &str, b: &str| files.iter().filter(|f| f.provider.is_cloud()).all(|_| rows.iter().any(|(_, r)| r[a] != r[b]));
    assert!(costs_differ("BilledCost", "EffectiveCost") && costs_differ("ContractedCost", "ListCost"));
    let billed: Amount = files.iter().filter(|f| !f.restates).map(|f| f.totals.billed).sum();
    let effective: Amount = files.iter().filter(|f| !f.restates).map(|f| f.totals.effective).sum();
    assert_ne!(billed, effective);
}

#[test]
fn a_few_percent_are_untagged() {
    for (rows, seed) in [(1_000, 1), (5_000, 1), (20_000, 1), (20_000, 2), (20_000, 3), (60_000, 4), (200_000, 5)] {
        let sums = first_sums(&Organisation::new(rows, seed).unwrap());
        let share = sums.untagged * 1_000 / sums.costs[0];
        assert!((30..60).contains(&share), "{share} per mille at {rows} rows, seed {seed}");
    }
}

#[test]
fn money_does_not_depend_on_how_finely_it_is_billed() {
    let effective = |rows| first_sums(&Organisation::new(rows, 1).unwrap()).costs[1];
    let (small, large) = (effective(5_000), effective(200_000));
    assert!((85..118).contains(&(large * 100 / small)), "{small} and {large}");
}

/// Sums over the first deliveries, without writing them.
fn first_sums(organisation: &Organisation) -> crate::bill::Sums {
    let layouts = organisation.layouts.iter().filter(|layout| !layout.restated);
    let charges = layouts.flat_map(|layout| (0..layout.rows).map(|row| layout.charge(organisation, row)));
    let mut sums = crate::bill::Sums::default();
    charges.for_each(|charge| sums.add(organisation, &charge));
    sums
}

#[test]
fn the_later_delivery_changes_one_day() {
    let (dir, files) = written(20_000, 8, Format::Csv, 2);
    let restated = files.iter().find(|file| file.restates).unwrap();
    let first =
        files.iter().find(|file| !file.restates && (&file.source, file.period) == (&restated.source, restated.period)).unwrap();
    assert_eq!(first.rows, restated.rows);
    assert_ne!(first.totals.billed, restated.totals.billed);
    let (before, after) = (rows_of(&dir.path().join(&first.path)), rows_of(&dir.path().join(&restated.path)));
    let mut changed = 0;
    for (before, after) in before.iter().zip(&after).filter(|(before, after)| before != after) {
        changed += 1;
        assert!(before["ChargePeriodStart"].starts_with("2026-05-14"), "{before:?}");
        assert_eq!(before["ResourceId"], after["ResourceId"]);
        assert!(decimal(after, "BilledCost") > decimal(before, "BilledCost"));
    }
    assert!(changed > 0);
}

#[test]
fn vendors_bill_the_tokens_of_the_logs() {
    let dir = TempDir::new().unwrap();
    let organisation = Organisation::new(20_000, 11).unwrap();
    let options = BillOptions { format: Format::Csv, threads: 2 };
    let manifest = write_organisation(&organisation, dir.path(), options, QUIET).unwrap();
    // Day and model to uncached, cached and output tokens.
    let mut logged: BTreeMap<(String, String), [Amount; 3]> = BTreeMap::new();
    let mut add = |day: &str, model: &str, prompt: i64, cached: i64, output: i64| {
        let sums = logged.entry((day[..10].to_owned(), model.to_owned())).or_default();
        for (sum, tokens) in sums.iter_mut().zip([prompt - cached, cached, output]) {
            *sum += Amount::from_int(tokens);
        }
    };
    let whole = |text: &str| text.parse::<i64>().unwrap();
    for row in rows_of(&dir.path().join("usage/vendors-hourly.csv")) {
        let [input, cached, output] = ["input_tokens", "cached_tokens", "output_tokens"].map(|column| whole(&row[column]));
        add(&row["timestamp"], &row["model"], input, cached, output);
    }
    let mut spend = Amount::ZERO;
    for line in text_of(&dir.path().join("usage/litellm-spend-logs.jsonl")).lines() {
        let call: serde_json::Value = serde_json::from_str(line).unwrap();
        let count = |pointer: &str| call.pointer(pointer).unwrap().as_i64().unwrap();
        let cached = count("/metadata/usage_object/prompt_tokens_details/cached_tokens");
        assert_eq!(count("/total_tokens"), count("/prompt_tokens") + count("/completion_tokens"));
        let text = |key: &str| call[key].as_str().unwrap();
        add(text("startTime"), text("model"), count("/prompt_tokens"), cached, count("/completion_tokens"));
        spend += call["spend"].to_string().parse::<Amount>().unwrap();
    }
    let mut billed: BTreeMap<(String, String), [Amount; 3]> = BTreeMap::new();
    let mut of_calls = Amount::ZERO;
    for file in manifest.billing.iter().filter(|file| !file.provider.is_cloud()) {
        for row in rows_of(&dir.path().join(&file.path)).iter().filter(|row| row["ChargeCategory"] == "Usage") {
            let kind =
                ["Input Tokens", "Cached Input Tokens", "Output Tokens"].iter().position(|m| row["SkuMeter"] == *m).unwrap();
            let model = model_of(&row["ChargeDescription"]);
            let day = row["ChargePeriodStart"][..10].to_owned();
            billed.entry((day, model.to_owned())).or_default()[kind] += decimal(row, "ConsumedQuantity");
            if ["loan-prescreening", "claims-triage"].contains(&row["SubAccountName"].as_str()) {
                of_calls += decimal(row, "BilledCost");
            }
        }
    }
    assert_eq!(logged, billed);
    assert_eq!(spend, of_calls);
}

fn model_of(description: &str) -> &str {
    match description.split(',').next().unwrap() {
        "Claude Sonnet 4.5" => "claude-sonnet-4-5",
        "Claude Haiku 4.5" => "claude-haiku-4-5",
        model => model,
    }
}

#[test]
fn a_folder_is_what_its_manifest_says() {
    let dir = TempDir::new().unwrap();
    let organisation = Organisation::new(MIN_ROWS, 12).unwrap();
    let options = BillOptions { format: Format::CsvGz, threads: 2 };
    let manifest = write_organisation(&organisation, dir.path(), options, QUIET).unwrap();
    let read: Manifest = serde_json::from_str(&text_of(&dir.path().join(MANIFEST))).unwrap();
    assert_eq!(read, manifest);
    assert!(manifest.billing.last().unwrap().restates, "the restated delivery is imported last");
    for file in &manifest.usage {
        let lines = text_of(&dir.path().join(&file.path)).lines().count() as u64;
        assert_eq!(lines - u64::from(file.format == "request-trace"), file.rows);
    }
    for file in &manifest.event_logs {
        let text = text_of(&dir.path().join(&file.path));
        assert_eq!((text.matches("<trace>").count() as u64, text.matches("<event>").count() as u64), (file.cases, file.events));
        assert!(text.contains("\"suspend\"") && text.contains("ask for papers") && text.contains("\"decline\""));
    }
    let mut ids = BTreeSet::new();
    for file in &manifest.decisions {
        let rows = rows_of(&dir.path().join(&file.path));
        assert_eq!(rows.len() as u64, file.rows);
        assert!(rows.len() > 1_000);
        for actor in ["ai_then_person", "person"] {
            assert!(rows.iter().any(|row| row["actor"] == actor), "{} without {actor}", file.workflow);
        }
        assert!(rows.iter().all(|row| row["workflow"] == file.workflow && row["decided_at"].starts_with("2026-0")));
        assert!(rows.into_iter().all(|mut row| ids.insert(row.remove("id").unwrap())));
    }
    for path in [&manifest.rules, &manifest.people, &manifest.fleet] {
        assert!(text_of(&dir.path().join(path)).contains("version = 1"));
    }
}

#[test]
fn too_few_rows_are_refused() {
    let error = Organisation::new(MIN_ROWS - 1, 1).err().unwrap();
    assert!(error.to_string().contains("999") && error.to_string().contains("--rows"), "{error}");
}

#[test]
fn progress_ends_at_the_total() {
    let dir = TempDir::new().unwrap();
    let organisation = Organisation::new(20_000, 1).unwrap();
    let most = std::sync::atomic::AtomicU64::new(0);
    let options = BillOptions { format: Format::Csv, threads: 2 };
    let files = write_bill(&organisation, dir.path(), options, &|done, total| {
        assert!(done <= total);
        most.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(most.into_inner(), files.unwrap().iter().map(|file| file.rows).sum::<u64>());
}
