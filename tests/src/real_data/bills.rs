use serde_json::Value;

use super::shared;
use crate::support::{Exact, Home, figure, list, text};

const COSTS: [&str; 4] = ["billed", "effective", "contracted", "list"];

/// What an import reports of a period: rows and the four sums.
fn sums(report: &Value, period: &str) -> (u64, [String; 4]) {
    let found = list(report, "periods").iter().find(|found| text(found, "period") == period);
    let found = found.unwrap_or_else(|| panic!("{period} is not in {report:#}"));
    assert_eq!(list(found, "totals").len(), 1, "one currency");
    let total = &list(found, "totals")[0];
    (found["rows"].as_u64().expect("a count"), COSTS.map(|cost| figure(total, cost).to_string()))
}

fn exact(figures: [&str; 4]) -> [String; 4] {
    figures.map(|figure| Exact::parse(figure).to_string())
}

#[test]
fn the_official_sample_of_focus_1_0_ties_out_to_the_last_digit() {
    let Some(file) = shared("focus/real/focus_1.0_sample_1000.csv") else { return };
    let home = Home::new();
    let report = home.import_billing(&file, "official");
    assert_eq!((report["rows"].as_u64(), report["set_aside"].as_u64()), (Some(1_000), Some(0)));
    assert_eq!(text(&list(&report, "files")[0], "format"), "FOCUS 1.0");
    let september = exact(["20.28022672899", "14.97651418586", "14.97626039326", "20.15090575119"]);
    assert_eq!(sums(&report, "2024-09"), (999, september));
    assert_eq!(sums(&report, "2024-10"), (1, exact(["0.24", "0", "0", "0.24"])));
    let periods = list(&report, "periods");
    let billed = periods.iter().map(|period| figure(&list(period, "totals")[0], "billed")).sum::<Exact>();
    assert_eq!((periods.len(), billed), (2, Exact::parse("20.52022672899")));
    assert_eq!(home.value("SELECT SUM(BilledCost) FROM focus").as_str().map(Exact::parse), Some(billed));

    for (period, billed) in [("2024-09", "20.28022672899"), ("2024-10", "0.24")] {
        let statement = home.json(&["chargeback", "--period", period, "--cost", "billed"]);
        assert_eq!(figure(&statement, "billed_total"), Exact::parse(billed));
        assert_eq!(figure(&statement, "unattributed_total"), Exact::parse(billed), "without rules nothing has an owner");
        assert_eq!(text(&statement, "difference"), "0");
    }
}

#[test]
fn its_charges_go_to_the_units_that_a_rule_file_names() {
    let Some(file) = shared("focus/real/focus_1.0_sample_1000.csv") else { return };
    let rules = "version = 1\n\
                 [[units]]\nid = \"messaging\"\n[[units]]\nid = \"others\"\n[[units]]\nid = \"storage\"\n\
                 [[rules]]\nid = \"queues\"\nunit = \"messaging\"\nwhen = { ServiceName = { prefix = \"Amazon Simple\" } }\n\
                 [[rules]]\nid = \"stored\"\nunit = \"storage\"\nwhen = { ServiceCategory = \"Storage\" }\n\
                 [[rules]]\nid = \"aws\"\nunit = \"others\"\nwhen = { ProviderName = \"AWS\" }\n\
                 [[pools]]\nid = \"aws-by-cost\"\nunit = \"others\"\ndriver = \"direct_cost\"\n";
    let home = Home::new().ingest_billing(&file, "official").rules(rules);
    let statement = home.json(&["chargeback", "--period", "2024-09", "--cost", "list"]);
    assert_eq!(text(&statement, "difference"), "0");
    let billed = figure(&statement, "billed_total");
    assert_eq!(billed, Exact::parse("20.15090575119"));
    assert_eq!(figure(&statement, "attributed_total") + figure(&statement, "unattributed_total"), billed);
    // Another engine finds the same money without the rules.
    let of = |condition: &str| {
        let query = format!("SELECT SUM(ListCost) FROM focus WHERE BillingPeriodStart = '2024-09-01T00:00:00Z' AND {condition}");
        Exact::parse(home.value(&query).as_str().expect("a decimal"))
    };
    let unit = |id| {
        let found = list(&statement, "units").iter().find(|unit| text(unit, "unit") == id);
        found.unwrap_or_else(|| panic!("{id} is not in {statement:#}"))
    };
    assert_eq!(figure(unit("messaging"), "direct"), of("ServiceName LIKE 'Amazon Simple%'"));
    assert_eq!(figure(unit("others"), "total"), Exact::default(), "the pool gives all of it on");
    assert_eq!(figure(&statement, "unattributed_total"), of("ProviderName <> 'AWS' AND ServiceCategory <> 'Storage'"));
}

#[test]
fn months_of_aws_azure_and_gcp_sum_as_their_files_do() {
    let months = [
        (
            "generated_v1.2/focus_1_2_cost_and_usage_aws.csv",
            ["18857.12462367903375", "18857.12462367903375", "26371.60064611743375", "27576.916662847891262"],
        ),
        (
            "generated_v1.2/focus_1_2_cost_and_usage_azure.csv",
            ["49321.10820024424", "49321.10820024424", "64424.91129902824", "67975.7150460776"],
        ),
        (
            "generated_v1.3/focus_1_3_cost_and_usage_aws.csv",
            ["18554.856257624590813", "18554.856257624590813", "24471.979078482190813", "25179.403692486575568"],
        ),
        (
            "generated_v1.3/focus_1_3_cost_and_usage_gcp.csv",
            ["21535.6027929350275", "21535.6027929350275", "30051.1557484102275", "31094.501985036105"],
        ),
        (
            "generated_v1.4_synthetic/synthetic_focus_1_4_cost_and_usage.csv",
            ["18554.856257624590813", "18554.856257624590813", "24471.979078482190813", "25179.403692486575568"],
        ),
    ];
    let home = Home::new();
    for (at, (path, expected)) in months.into_iter().enumerate() {
        let Some(file) = shared(&format!("focus/{path}")) else { return };
        let report = home.import_billing(&file, &format!("source-{at}"));
        assert_eq!(report["set_aside"], 0, "{path}");
        assert_eq!(sums(&report, "2026-05"), (1_000, exact(expected)), "{path}");
    }
    for (at, cost) in COSTS.into_iter().enumerate() {
        let statement = home.json(&["chargeback", "--period", "2026-05", "--cost", cost]);
        let expected = months.iter().map(|(_, figures)| Exact::parse(figures[at])).sum::<Exact>();
        assert_eq!((figure(&statement, "billed_total"), text(&statement, "difference")), (expected, "0"), "{cost}");
        assert_eq!(list(&statement, "revisions").len(), months.len());
    }
}

#[test]
fn the_same_file_again_changes_nothing() {
    let Some(file) = shared("focus/generated_v1.2/focus_1_2_cost_and_usage_azure.csv") else { return };
    let home = Home::new().ingest_billing(&file, "azure");
    let state = |home: &Home| (home.json(&["status"])["periods"].clone(), files(home));
    let before = state(&home);
    let report = home.import_billing(&file, "azure");
    assert_eq!((&report["changed"], list(&report, "periods")), (&Value::Bool(false), &[][..]));
    assert_eq!(state(&home), before);
    // Under another name and packed otherwise it is another file; under another name alone it is not.
    let copy = std::fs::read(&file).expect("the file is there");
    let home = home.file("copy.csv", copy);
    assert_eq!(home.import_billing("copy.csv", "azure")["changed"], false);
    assert_eq!(state(&home), before);
}

/// The Parquet files of the lake with their sizes.
fn files(home: &Home) -> Vec<(String, u64)> {
    let mut folders = vec![home.store()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the home is there").map(|entry| entry.expect("an entry")) {
            let (path, metadata) = (entry.path(), entry.metadata().expect("it can be looked at"));
            match metadata.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|extension| extension == "parquet") => {
                    found.push((path.display().to_string(), metadata.len()));
                }
                false => {}
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no Parquet below {}", home.store().display());
    found
}

#[test]
fn commitments_in_the_folder_of_a_bill_are_no_charges() {
    let Some(folder) = shared("focus/generated_v1.3") else { return };
    let report = Home::new().import_billing(&folder, "clouds");
    let (commitments, read): (Vec<&Value>, Vec<&Value>) =
        list(&report, "files").iter().partition(|file| text(file, "file").contains("contract_commitment"));
    assert_eq!((commitments.len(), read.len()), (3, 2));
    assert!(commitments.iter().all(|file| text(file, "format") == "FOCUS 1.3 Contract Commitment"), "{report:#}");
    assert!(read.iter().all(|file| text(file, "format") == "FOCUS 1.3"), "{report:#}");
    let billed = (Exact::parse("18554.856257624590813") + Exact::parse("21535.6027929350275")).to_string();
    let (rows, [found, ..]) = sums(&report, "2026-05");
    assert_eq!((rows, found), (2_000, billed));
}

#[test]
fn litellms_export_is_the_same_bill_as_csv_and_as_parquet() {
    let Some(folder) = shared("focus/litellm_export") else { return };
    let home = Home::new();
    let import = |ending: &str| home.import_billing(folder.join(format!("litellm_focus_1.2_synthetic.{ending}")), "gateway");
    assert_eq!(sums(&import("csv"), "2025-05"), (372, exact(["270.622244"; 4])));
    assert_eq!(import("parquet")["changed"], false, "row by row it is the same bill");
    let home = Home::new().ingest_billing(folder.join("litellm_focus_1.2_synthetic.parquet"), "gateway");
    assert_eq!(home.value("SELECT SUM(BilledCost) FROM focus"), "270.622244");
}
