use super::summary;
use crate::support::{Bill, Exact, Home, figure, list, text};

fn bill(cost: &str) -> String {
    Bill::of("2026-05").charge("claims", "Virtual Machines", cost).csv()
}

fn of_cur(assembly: &str, files: &[&str]) -> String {
    let keys: Vec<String> = files.iter().map(|file| format!("\"exports/daily/20260501-20260601/{assembly}/{file}\"")).collect();
    format!(
        "{{\"assemblyId\":\"{assembly}\",\"reportName\":\"daily\",\"bucket\":\"b\",\"billingPeriod\":{{\"start\":\"20260501T000000.000Z\",\
         \"end\":\"20260601T000000.000Z\"}},\"compression\":\"GZIP\",\"reportKeys\":[{}]}}",
        keys.join(",")
    )
}

const PERIOD: &str = "aws/daily/20260501-20260601";

#[test]
fn only_what_the_newest_manifest_lists_is_read() {
    let home = Home::new()
        .file(&format!("{PERIOD}/daily-Manifest.json"), of_cur("new", &["daily-1.csv", "daily-2.csv"]))
        .file(&format!("{PERIOD}/new/daily-Manifest.json"), of_cur("new", &["daily-1.csv", "daily-2.csv"]))
        .file(&format!("{PERIOD}/new/daily-1.csv"), bill("1.5"))
        .file(&format!("{PERIOD}/new/daily-2.csv"), bill("2.5"))
        .file(&format!("{PERIOD}/old/daily-Manifest.json"), of_cur("old", &["daily-1.csv"]))
        .file(&format!("{PERIOD}/old/daily-1.csv"), bill("100"));
    let report = home.import_billing("aws", "aws");
    assert_eq!(summary(&report).2, "4");
    let old: Vec<&str> = list(&report, "files")
        .iter()
        .filter(|file| text(file, "file").contains("/old/"))
        .map(|file| text(file, "format"))
        .collect();
    assert_eq!(old, ["passed over: the manifest does not list it"]);
    // The manifest itself can be named.
    let named = home.import_once_more(&format!("{PERIOD}/daily-Manifest.json"), "named");
    assert_eq!(summary(&named).2, "4");
}

/// F7: the manifest arrives before its files.
#[test]
fn f7_a_delivery_that_is_not_whole_changes_nothing_and_is_tried_again() {
    let home = Home::new()
        .file(&format!("{PERIOD}/daily-Manifest.json"), of_cur("new", &["daily-1.csv", "daily-2.csv"]))
        .file(&format!("{PERIOD}/new/daily-1.csv"), bill("1.5"));
    home.run(&["ingest", "billing", "aws", "--source", "aws"]).exits(75).says(&[
        "daily-Manifest.json: the manifest lists 2 files and 1 are there",
        "daily-2.csv is missing",
        "nothing was imported. Wait for the delivery to finish and run the import again",
    ]);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 0);
    let home = home.file(&format!("{PERIOD}/new/daily-2.csv"), bill("2.5"));
    assert_eq!(summary(&home.import_billing("aws", "aws")).2, "4");
}

#[test]
fn data_exports_keep_their_manifest_beside_the_data() {
    let manifest = "{\"exportArn\":\"arn:aws:bcm-data-exports:us-east-1:1:export/focus\",\"dataFiles\":\
                    [\"s3://b/p/focus/data/BILLING_PERIOD=2026-05/focus-00001.csv\"]}";
    let home = Home::new()
        .file("focus/metadata/BILLING_PERIOD=2026-05/focus-Manifest.json", manifest)
        .file("focus/data/BILLING_PERIOD=2026-05/focus-00001.csv", bill("1.5"))
        .file("focus/data/BILLING_PERIOD=2026-05/left-behind.csv", bill("9"));
    assert_eq!(summary(&home.import_billing("focus", "aws")).2, "1.5");
    let named = home.import_once_more("focus/metadata/BILLING_PERIOD=2026-05/focus-Manifest.json", "named");
    assert_eq!(summary(&named).2, "1.5");
}

/// An export of Azure: one usage row under a reservation and one without.
const AMORTISED: &str = "CostInBillingCurrency,MeterCategory,BillingCurrencyCode,BillingPeriodStartDate,Date,ChargeType,Frequency,\
                         PricingModel,UnitOfMeasure,Quantity,ReservationId,BillingAccountId\n\
                         1.25,Virtual Machines,EUR,05/01/2026,05/02/2026,Usage,UsageBased,Reservation,1 Hour,1,r-1,1\n\
                         0.75,Virtual Machines,EUR,2026-05-01,2026-05-02,Usage,UsageBased,OnDemand,1 Hour,1,,1\n";

fn of_azure(bytes: usize, rows: usize, submitted: &str) -> String {
    format!(
        "{{\"manifestVersion\":\"2024-04-01\",\"exportConfig\":{{\"exportName\":\"daily\",\"type\":\"AmortizedCost\"}},\"runInfo\":\
         {{\"startDate\":\"2026-05-01T00:00:00Z\",\"submittedTime\":\"{submitted}\"}},\"blobs\":[{{\"blobName\":\
         \"costs/daily/20260501-20260531/run/part_0.csv\",\"byteCount\":{bytes},\"dataRowCount\":{rows}}}]}}"
    )
}

#[test]
fn azures_manifest_says_what_the_columns_cannot() {
    let run = "costs/daily/20260501-20260531/run";
    let home = Home::new()
        .file(&format!("{run}/part_0.csv"), AMORTISED)
        .file(&format!("{run}/manifest.json"), of_azure(AMORTISED.len(), 2, "2026-05-03T00:00:00Z"));
    let report = home.import_billing("costs", "azure");
    assert_eq!(summary(&report), ("Azure EA amortised cost export".into(), 2, "0.75".into()));
    let total = &list(&list(&report, "periods")[0], "totals")[0];
    assert_eq!(figure(total, "effective"), Exact::parse("2"));

    let ingest = ["ingest", "billing", "costs", "--source", "azure"];
    let home = home.file(&format!("{run}/manifest.json"), of_azure(AMORTISED.len() + 1, 2, "2026-05-03T00:00:00Z"));
    home.run(&ingest).exits(75).says(&["part_0.csv: the manifest says", "bytes and", "Wait for the delivery to finish"]);
    let grown = format!("{AMORTISED}0.5,Storage,EUR,2026-05-01,2026-05-02,Usage,UsageBased,OnDemand,1 Hour,1,,1\n");
    let home = home
        .file(&format!("{run}/part_0.csv"), &grown)
        .file(&format!("{run}/manifest.json"), of_azure(grown.len(), 2, "2026-05-03T00:00:00Z"));
    home.run(&ingest).exits(75).says(&["the manifest says 2 rows and 3 are there"]);
    assert_eq!(home.value("SELECT SUM(BilledCost) FROM focus"), "0.75", "the earlier state stays");
}

#[test]
fn a_manifest_of_something_else_is_no_bill() {
    let home = Home::new().file("web/manifest.json", "{\"name\":\"a page\"}").file("web/bill.csv", bill("1.5"));
    home.run(&["ingest", "billing", "web/manifest.json", "--source", "x"]).exits(1).says(&["no manifest of AWS or Azure"]);
    assert_eq!(summary(&home.import_billing("web/bill.csv", "x")).2, "1.5");
}
