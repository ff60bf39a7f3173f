use serde_json::json;

use super::{counts, offences, summary};
use crate::support::{Exact, Home, figure, list, text};

const NONE: [&str; 0] = [];

/// A report of AWS with a savings plan, a reservation, discounts and a refund. The columns that are left out are empty.
fn report_of_aws() -> String {
    let header = "bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,bill/BillingEntity,\
                  lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,\
                  lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,\
                  lineItem/LineItemDescription,pricing/publicOnDemandCost,pricing/unit,savingsPlan/SavingsPlanARN,\
                  savingsPlan/SavingsPlanEffectiveCost,savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment,\
                  reservation/ReservationARN,reservation/EffectiveCost,reservation/UnusedAmortizedUpfrontFeeForBillingPeriod,\
                  reservation/UnusedRecurringFee,resourceTags/user:team,resourceTags/aws:createdBy";
    let row = |kind: &str, cost: &str, list: &str, commitment: &str, tags: &str| {
        format!(
            "1,2026-05-01T00:00:00Z,2026-06-01T00:00:00Z,AWS,2,{kind},2026-05-02T00:00:00Z,2026-05-02T01:00:00Z,AmazonEC2,\
             BoxUsage:m5.large,1,USD,{cost},text,{list},Hrs,{commitment},{tags}"
        )
    };
    let rows = [
        row("Usage", "1.00", "1.10", ",,,,,,,", "claims,me"),
        row("SavingsPlanCoveredUsage", "2.00", "2.20", "arn:sp,1.40,,,,,,", ","),
        row("SavingsPlanNegation", "-2.00", "", "arn:sp,,,,,,,", ","),
        row("SavingsPlanRecurringFee", "1.75", "", "arn:sp,,1.75,1.40,,,,", ","),
        row("DiscountedUsage", "0", "3.30", ",,,,arn:ri,0.90,,", ","),
        row("RIFee", "5.00", "", ",,,,arn:ri,,0.25,0.10", ","),
        row("Fee", "7.00", "", ",,,,arn:ri,,,", ","),
        row("EdpDiscount", "-0.10", "", ",,,,,,,", ","),
        row("Refund", "-0.40", "", ",,,,,,,", ","),
        row("Tax", "0.50", "", ",,,,,,,", ","),
    ];
    format!("{header}\n{}\n", rows.join("\n"))
}

#[test]
fn savings_plans_and_reservations_are_amortised_as_aws_says() {
    let home = Home::new().file("cur.csv", report_of_aws());
    let report = home.import_billing("cur.csv", "aws");
    assert_eq!(summary(&report), ("AWS CUR".into(), 10, "14.75".into()));
    assert_eq!(offences(&home), NONE);
    let effective = |kind: &str| {
        home.value(&format!("SELECT EffectiveCost FROM focus WHERE x_lineItem_LineItemType = '{kind}'"))
            .as_str()
            .expect("a decimal")
            .to_owned()
    };
    let kinds = [
        ("Usage", "1"),
        ("SavingsPlanCoveredUsage", "1.4"),
        ("SavingsPlanNegation", "0"),
        ("SavingsPlanRecurringFee", "0.35"),
        ("DiscountedUsage", "0.9"),
        ("RIFee", "0.35"),
        ("Fee", "0"),
        ("EdpDiscount", "-0.1"),
        ("Refund", "-0.4"),
    ];
    for (kind, expected) in kinds {
        assert_eq!(effective(kind), expected, "{kind}");
    }
    assert_eq!(counts(&home, "ChargeCategory"), ["Adjustment 1", "Credit 1", "Purchase 3", "Tax 1", "Usage 4"]);
    assert_eq!(counts(&home, "ChargeClass"), ["Correction 1", "none 9"]);
    assert_eq!(counts(&home, "CommitmentDiscountStatus"), ["Used 2", "none 8"]);
    let total = &list(&list(&report, "periods")[0], "totals")[0];
    assert_eq!(figure(total, "list"), Exact::parse("20.35"));
    assert_eq!(home.value("SELECT MAX(Tags) FROM focus"), r#"{"team":"claims","aws:createdBy":"me"}"#);
}

#[test]
fn cur_2_reads_maps_of_tags_and_products() {
    let row = json!({
        "bill_payer_account_id": "1", "bill_billing_period_start_date": "2026-05-01 00:00:00", "line_item_line_item_type": "Usage",
        "bill_billing_period_end_date": "2026-06-01 00:00:00", "line_item_usage_start_date": "2026-05-02 00:00:00",
        "line_item_usage_end_date": "2026-05-02 01:00:00", "line_item_product_code": "AmazonBedrock", "line_item_unblended_cost": 0.25,
        "line_item_currency_code": "USD", "pricing_unit": "1K tokens", "line_item_usage_amount": 12,
    });
    let lines = format!("{row}\n");
    // As Data Exports write CSV: maps as JSON in a field.
    let csv = "bill_payer_account_id,bill_billing_period_start_date,bill_billing_period_end_date,line_item_line_item_type,\
               line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,line_item_unblended_cost,\
               line_item_currency_code,pricing_unit,line_item_usage_amount,product,resource_tags\n\
               1,2026-05-01 00:00:00,2026-06-01 00:00:00,Usage,2026-05-02 00:00:00,2026-05-02 01:00:00,AmazonBedrock,0.25,USD,\
               1K tokens,12,\"{\"\"product_name\"\":\"\"Amazon Bedrock\"\",\"\"region\"\":\"\"eu-west-1\"\"}\",\"{\"\"user_team\"\":\"\"claims\"\"}\"\n";
    let home = Home::new().file("cur2.csv", csv).file("cur2.jsonl", lines);
    assert_eq!(summary(&home.import_billing("cur2.csv", "aws")), ("AWS CUR 2.0".into(), 1, "0.25".into()));
    assert_eq!(offences(&home), NONE);
    assert_eq!(counts(&home, "ServiceName"), ["Amazon Bedrock 1"]);
    assert_eq!(counts(&home, "ServiceCategory"), ["AI and Machine Learning 1"]);
    assert_eq!(counts(&home, "RegionId"), ["eu-west-1 1"]);
    assert_eq!(counts(&home, "Tags"), [r#"{"user_team":"claims"} 1"#]);
    assert_eq!(summary(&home.import_billing("cur2.jsonl", "lines")), ("AWS CUR 2.0".into(), 1, "0.25".into()));
}

/// Two rows of Google's export as BigQuery writes JSON lines.
fn export_of_gcp() -> String {
    let row = |cost: &str, kind: &str, credits: &str| {
        format!(
            "{{\"billing_account_id\":\"A-1\",\"service\":{{\"id\":\"S\",\"description\":\"Vertex AI\"}},\"sku\":{{\"id\":\"K\",\"description\":\
             \"Tokens\"}},\"usage_start_time\":\"2026-05-31 23:00:00 UTC\",\"usage_end_time\":\"2026-06-01 00:00:00 UTC\",\"project\":\
             {{\"id\":\"p-1\",\"name\":\"P\",\"labels\":[{{\"key\":\"env\",\"value\":\"prod\"}}]}},\"labels\":[{{\"key\":\"team\",\"value\":\"claims\"}}],\
             \"location\":{{\"region\":\"europe-west1\"}},\"cost\":{cost},\"currency\":\"EUR\",\"usage\":{{\"amount\":3,\"unit\":\"count\",\
             \"amount_in_pricing_units\":3,\"pricing_unit\":\"count\"}},\"credits\":{credits},\"invoice\":{{\"month\":\"202605\"}},\
             \"cost_type\":\"{kind}\",\"cost_at_list\":\"2.5\"}}"
        )
    };
    let credits = "[{\"name\":\"free\",\"amount\":-0.25,\"type\":\"FREE_TIER\"},{\"name\":\"p\",\"amount\":-0.05}]";
    format!("{}\n{}\n", row("2.000000000000000001", "regular", credits), row("0.1", "tax", "[]"))
}

#[test]
fn googles_nested_rows_are_billed_after_their_credits() {
    let home = Home::new().file("gcp.json", export_of_gcp());
    let report = home.import_billing("gcp.json", "gcp");
    assert_eq!(summary(&report), ("Google Cloud billing export".into(), 2, "1.800000000000000001".into()));
    assert_eq!(offences(&home), NONE);
    assert_eq!(counts(&home, "BillingPeriodStart"), ["2026-05-01T00:00:00Z 2"]);
    assert_eq!(counts(&home, "ServiceName"), ["Vertex AI 2"]);
    assert_eq!(counts(&home, "Tags"), [r#"{"team":"claims","project/env":"prod"} 2"#]);
    assert_eq!(home.value("SELECT SUM(ContractedCost) FROM focus"), "2.100000000000000001");
}

const OWN: &str = r#"
version = 1
name = "acme-cloud"
title = "Acme Cloud's bill"

[recognise]
all = ["Gesamt"]

[columns]
BilledCost = "Gesamt"
EffectiveCost = "Gesamt"
BillingCurrency = { first = ["Waehrung", { constant = "EUR" }] }
BillingPeriodStart = { moment = "Tag", form = "D/M/YYYY", at = "month-start" }
ChargePeriodStart = { moment = "Tag", form = "D/M/YYYY" }
ServiceName = { template = "{Produkt} in {Ort}" }
ChargeCategory = { of = "Art", values = { Steuer = "Tax", "*" = "Usage" } }

[others]
leave_out = ["intern_*"]
"#;

#[test]
fn a_mapping_of_ones_own_reads_ones_own_bill() {
    let bill = "Tag;Produkt;Ort;Art;Gesamt;Waehrung;Notiz;intern_1\n\
                2/5/2026;Rechner;Bern;Miete;1.5;CHF;wichtig;geheim\n31/5/2026;Speicher;Bern;Steuer;0.25;CHF;;\n";
    let home = Home::new().file("acme.toml", OWN).file("bill.csv", bill);
    let own = ["ingest", "billing", "bill.csv", "--source", "acme", "--mapping", "acme.toml"];
    let report = home.json(&own);
    assert_eq!(summary(&report), ("Acme Cloud's bill".into(), 2, "1.75".into()));
    assert_eq!(counts(&home, "ServiceName"), ["Rechner in Bern 1", "Speicher in Bern 1"]);
    assert_eq!(counts(&home, "ChargeCategory"), ["Tax 1", "Usage 1"]);
    assert_eq!(counts(&home, "x_Notiz"), ["wichtig 1", "none 1"]);
    let findings = list(&list(&report, "files")[0], "findings");
    let of = |rule: &str| findings.iter().find(|finding| text(finding, "rule") == rule).map(|finding| text(finding, "column"));
    assert_eq!((of("kept-column"), of("left-out-column")), (Some("Notiz"), Some("intern_1")));
    // The same file and mapping again are nothing new; a corrected mapping is.
    assert_eq!(home.json(&own)["changed"], false);
    let home = home.file("acme.toml", OWN.replace("\"*\" = \"Usage\"", "Miete = \"Purchase\""));
    assert_eq!(home.json(&own)["changed"], true);
    assert_eq!(counts(&home, "ChargeCategory"), ["Purchase 1", "Tax 1"]);
}

#[test]
fn what_is_wrong_with_a_mapping_is_said_by_line_and_nothing_is_imported() {
    let wrong = OWN
        .replace("\"D/M/YYYY\", at", "\"D.M.YYYY\", at")
        .replace("ServiceName", "Dienst")
        .replace("Waehrung\", {", "Waehrung\", 5, {");
    let home = Home::new().file("acme.toml", wrong).file("bill.csv", "Gesamt\n1\n");
    let own = ["ingest", "billing", "bill.csv", "--source", "acme", "--mapping", "acme.toml"];
    home.run(&own).exits(1).says(&[
        "acme.toml: line 12: columns.BillingCurrency: write the name of a source column",
        "line 13: columns.BillingPeriodStart: form is one of ISO, M/D/YYYY",
        "line 15: columns.Dienst: this is no FOCUS column",
        "Nothing was imported",
    ]);
    home.run(&["formats", "check", "acme.toml"]).exits(1).says(&["line 15: columns.Dienst"]);
    let home = home.file("good.toml", OWN);
    home.run(&["formats", "check", "good.toml"]).exits(0).shows(&["acme-cloud", "can be used"]);
    // A mapping that does not fit the file says which columns it wants.
    let misfit = ["ingest", "billing", "bill.csv", "--source", "acme", "--mapping", "good.toml"];
    home.run(&misfit).exits(1).says(&["bill.csv", "BillingPeriodStart of Tag", "nothing was imported"]);
}

#[test]
fn formats_are_listed_and_shown_and_unknown_ones_refused() {
    let home = Home::new();
    home.run(&["formats"]).exits(0).shows(&["aws-cur", "azure-ea-amortized", "oci", "gcp", "litellm-focus", "focus-1.5-draft"]);
    let formats = home.json(&["formats"]);
    assert_eq!(formats.as_array().map(Vec::len), Some(10));
    // What is shown is a mapping that can be used as it is.
    let shown = home.run(&["formats", "show", "aws-cur"]).exits(0).stdout;
    let home = home.file("shown.toml", shown).file("cur.csv", report_of_aws());
    home.run(&["formats", "check", "shown.toml"]).exits(0);
    let report = home.json(&["ingest", "billing", "cur.csv", "--source", "aws", "--mapping", "shown.toml"]);
    assert_eq!(summary(&report), ("AWS CUR".into(), 10, "14.75".into()));
    let run = home.run(&["ingest", "billing", "cur.csv", "--source", "aws", "--format", "json"]).exits(64);
    run.says(&["there is no format \"json\"", "aws-cur"]);
}

#[test]
fn the_schema_of_mappings_is_there_for_editors() {
    let schema = Home::new().run(&["formats", "schema"]).exits(0).json();
    assert_eq!((&schema["properties"]["version"]["const"], &schema["additionalProperties"]), (&1.into(), &false.into()));
    assert!(schema["$defs"]["expression"]["oneOf"].as_array().is_some_and(|branches| branches.len() > 10), "{schema:#}");
}
