//! The datasets of FOCUS beside Cost and Usage, in one folder with it and alone.

use super::shared;
use crate::support::Home;

#[test]
fn the_four_datasets_of_one_folder_are_four_kinds_of_facts_and_no_invoice_line_is_a_charge() {
    let Some(folder) = shared("focus/generated_v1.4_synthetic") else { return };
    let home = Home::new().ingest_billing(&folder, "aws");
    assert_eq!(home.value("select sum(BilledCost) from focus"), "18554.856257624590813");
    assert_eq!(home.value("select count(*) from focus"), 1000);
    for (table, rows) in [("contract_commitment", 75), ("invoice_detail", 6), ("billing_period", 1)] {
        assert_eq!(home.value(&format!("select count(*) from {table}")), rows, "{table}");
    }
    assert_eq!(home.value("select sum(BilledCost) from invoice_detail"), "18554.856257624590813");
    let status = home.json(&["status"]);
    let kinds: Vec<&str> =
        status["periods"].as_array().unwrap().iter().map(|period| period["dataset"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["charges", "contract_commitment", "invoice_detail", "billing_period"]);
    // The same folder again is nothing new, whichever of its datasets is looked at.
    let again = home.import_billing(&folder, "aws");
    assert_eq!(again["changed"], false, "{again:#}");
}

#[test]
fn contract_commitments_alone_are_kept_with_the_month_in_which_they_began() {
    let Some(folder) = shared("focus/generated_v1.3") else { return };
    for (provider, rows) in [("aws", 75), ("azure", 67), ("gcp", 77)] {
        let home = Home::new().ingest_billing(folder.join(format!("focus_1_3_contract_commitment_{provider}.csv")), provider);
        assert_eq!(home.value("select count(*) from contract_commitment"), rows, "{provider}");
        assert_eq!(home.value("select count(*) from focus"), 0);
    }
}
