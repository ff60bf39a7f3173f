use super::{counts, offences, summary};
use crate::real_data::shared;
use crate::support::{Exact, Home, figure, list, text};

const NONE: [&str; 0] = [];

#[test]
fn a_report_of_aws_ties_out_to_its_unblended_cost() {
    let Some(file) = shared("focus/raw_provider/aws_cur_anonymous.csv") else { return };
    let home = Home::new();
    let report = home.import_billing(&file, "aws");
    assert_eq!(summary(&report), ("AWS CUR".into(), 1_281, "1.6823086974".into()));
    assert_eq!(counts(&home, "ChargeCategory"), ["Tax 12", "Usage 1269"]);
    assert_eq!(offences(&home), NONE);
    let total = &list(&list(&report, "periods")[0], "totals")[0];
    assert_eq!((figure(total, "effective"), figure(total, "list")), (Exact::parse("1.6823086974"), Exact::parse("3.4361726949")));
    let usage = home.value("SELECT SUM(BilledCost) FROM focus WHERE ChargeCategory = 'Usage'");
    assert_eq!(usage.as_str().map(Exact::parse), Some(Exact::parse("1.6023086974")));
    let of_s3 = "SELECT COUNT(*) FROM focus WHERE ServiceName = 'Amazon Simple Storage Service' AND ServiceCategory = 'Storage'";
    assert_eq!(home.value(of_s3), 799);
    // What FOCUS has no column for is kept.
    assert_eq!(home.value("SELECT COUNT(*) FROM focus WHERE x_lineItem_LineItemType = 'Tax'"), 12);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus WHERE x_product_productFamily = 'API Request'"), 511);
}

#[test]
fn a_report_of_oci_ties_out_to_my_cost() {
    let Some(file) = shared("focus/raw_provider/oci_cost_report.csv") else { return };
    let home = Home::new();
    assert_eq!(summary(&home.import_billing(&file, "oci")), ("OCI cost report".into(), 506, "2.523589325400648027".into()));
    assert_eq!(offences(&home), NONE);
    assert_eq!(counts(&home, "BillingPeriodEnd"), ["2023-12-01T00:00:00Z 506"]);
    let tagged = "SELECT COUNT(*) FROM focus WHERE Tags LIKE '%\"OracleInternalReserved.CostCenter\":\"607825\"%'";
    assert_eq!(home.value(tagged), 272);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus WHERE ResourceType = 'autonomousdatabase'"), 74);
}

#[test]
fn an_export_of_azure_ties_out_to_its_cost() {
    let Some(file) = shared("focus/raw_provider/azure_ea_anonymous.csv") else { return };
    let home = Home::new();
    let report = home.import_billing(&file, "azure");
    assert_eq!(summary(&report), ("Azure EA cost export".into(), 27, "1.26136926505726".into()));
    assert_eq!(offences(&home), NONE);
    assert_eq!(counts(&home, "ChargePeriodStart"), ["2023-09-02T00:00:00Z 27"]);
    // Azure counts its last day in; FOCUS does not.
    assert_eq!(counts(&home, "ChargePeriodEnd"), ["2023-09-03T00:00:00Z 27"]);
    assert_eq!(counts(&home, "BillingPeriodEnd"), ["2023-10-01T00:00:00Z 27"]);
    assert_eq!(counts(&home, "PricingCategory"), ["Dynamic 3", "Standard 24"]);
    assert_eq!(counts(&home, "ConsumedUnit"), ["GB 9", "Hours 12", "Units 6"]);
    let tags = home.value("SELECT MIN(Tags) FROM focus");
    assert_eq!(tags, r#"{"tagA":"valueA","tagB":"valueB","tagC":"valueC"}"#);
    // 0.0129 of "10K" are 129.
    assert_eq!(home.value("SELECT ConsumedQuantity FROM focus WHERE PricingQuantity = 0.0129"), "129");
}

#[test]
fn litellms_days_become_months() {
    let Some(file) = shared("focus/litellm_export/litellm_focus_1.2_synthetic.csv") else { return };
    let home = Home::new();
    let report = home.import_billing(&file, "gateway");
    assert_eq!(summary(&report), ("LiteLLM FOCUS export".into(), 372, "270.622244".into()));
    assert_eq!(counts(&home, "BillingPeriodStart"), ["2025-05-01T00:00:00Z 372"]);
    assert_eq!(counts(&home, "BillingPeriodEnd"), ["2025-06-01T00:00:00Z 372"]);
    assert_eq!(counts(&home, "PricingCategory"), ["Standard 372"]);
    let pure = home.json(&["ingest", "billing", file.to_str().expect("UTF-8"), "--source", "pure", "--format", "focus"]);
    assert_eq!(text(&list(&pure, "files")[0], "format"), "FOCUS 1.2");
}

#[test]
fn the_draft_of_1_5_is_read_and_its_tokens_are_told_apart() {
    let Some(file) = shared("focus/spec_examples_1.5_draft/per_token_foundation_model_api.csv") else { return };
    let home = Home::new();
    assert_eq!(summary(&home.import_billing(&file, "models")), ("FOCUS 1.5 draft".into(), 2, "94.5".into()));
    assert_eq!(counts(&home, "x_TokenDirection"), ["Input 1", "Output 1"]);
    assert_eq!(counts(&home, "x_PrincipalId"), ["person1@example.com 2"]);
    // Without the draft's own columns the header says FOCUS; by its name the draft is read all the same.
    let Some(file) = shared("focus/spec_examples_1.5_draft/ai_prompt_caching_b.csv") else { return };
    let home = Home::new();
    let file = file.to_str().expect("UTF-8");
    let report = home.json(&["ingest", "billing", file, "--source", "models", "--format", "focus-1.5-draft"]);
    assert_eq!(summary(&report), ("FOCUS 1.5 draft".into(), 4, "38.4".into()));
    assert_eq!(counts(&home, "x_TokenCacheAction"), ["Read 1", "none 3"]);
    // Another mapping makes other charges of the same file.
    let report = home.json(&["ingest", "billing", file, "--source", "models"]);
    assert_eq!((report["changed"].as_bool(), summary(&report).0), (Some(true), "FOCUS 1.3".into()));
}

#[test]
fn releases_and_formats_of_focus_in_one_folder_are_one_bill() {
    let files = [
        "real/focus_1.0_sample_1000.csv",
        "generated_v1.2/focus_1_2_cost_and_usage_aws.csv",
        "generated_v1.3/focus_1_3_cost_and_usage_gcp.csv",
        "generated_v1.4_synthetic/synthetic_focus_1_4_cost_and_usage.csv",
        "raw_provider/oci_cost_report.csv",
    ];
    let mut home = Home::new();
    for (at, file) in files.into_iter().enumerate() {
        let Some(file) = shared(&format!("focus/{file}")) else { return };
        home = home.file(&format!("all/{at}.csv"), std::fs::read(file).expect("the file is there"));
    }
    let report = home.import_billing("all", "everything");
    let formats: Vec<&str> = list(&report, "files").iter().map(|file| text(file, "format")).collect();
    assert_eq!(formats, ["FOCUS 1.0", "FOCUS 1.2", "FOCUS 1.3", "FOCUS 1.4", "OCI cost report"]);
    let billed =
        ["20.52022672899", "18857.12462367903375", "21535.6027929350275", "18554.856257624590813", "2.523589325400648027"];
    let billed = billed.into_iter().map(Exact::parse).sum::<Exact>().to_string();
    assert_eq!(home.value("SELECT SUM(BilledCost) FROM focus"), billed.as_str());
}
