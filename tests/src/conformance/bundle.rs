use std::path::Path;
use std::process::Command;

use super::{exported, tools};
use crate::support::Home;

/// The toolkit's verdict on a folder: its status, and what it printed.
fn validate(tools: &Path, folder: &Path) -> (bool, String) {
    let mut command = Command::new(tools.join("focus-toolkit"));
    let output = command.args(["validate-bundle", "--directory"]).arg(folder).output().expect("the toolkit starts");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

#[test]
fn our_1_4_is_one_bundle_of_four_datasets_and_a_corrupted_copy_is_none() {
    let (Some(tools), Some(data)) = (tools(), farthing_testkit::shared_data("data/focus/generated_v1.4_synthetic")) else {
        return;
    };
    for form in ["csv", "parquet"] {
        let home = Home::new();
        let folder = exported(&home, &data, "1.4", form);
        let (is_clean, said) = validate(&tools, &folder);
        assert!(is_clean, "{said}");
        let datasets = "validated: Billing Period, Contract Commitment, Cost and Usage, Invoice Detail";
        assert!(said.contains(datasets) && said.contains("OK") && !said.contains("ERROR"), "{said}");
        if form == "csv" {
            let file = folder.join("focus_1_4_invoice_detail.csv");
            let text = std::fs::read_to_string(&file).expect("the export has lines of invoices");
            std::fs::write(&file, text.replace("x_fdt_idl_v1_2a261f3f710c7a0c", "another")).expect("the copy can be written");
            let (is_clean, said) = validate(&tools, &folder);
            assert!(!is_clean && said.contains("InvoiceDetailId"), "a charge of no line was not noticed: {said}");
        }
    }
}

#[test]
fn datasets_derived_from_the_charges_of_1_2_and_1_3_make_a_bundle() {
    let (Some(tools), Some(data)) = (tools(), farthing_testkit::shared_data("data/focus")) else { return };
    for file in ["generated_v1.2/focus_1_2_cost_and_usage_azure.csv", "generated_v1.3"] {
        let home = Home::new();
        let path = match file {
            // The three providers' commitments are told apart by their ids; the charges of AWS refer to theirs.
            "generated_v1.3" => {
                let folder = home.path().join("aws");
                std::fs::create_dir(&folder).expect("a folder of the test");
                for name in ["focus_1_3_cost_and_usage_aws.csv", "focus_1_3_contract_commitment_aws.csv"] {
                    std::fs::copy(data.join(file).join(name), folder.join(name)).expect("a file can be copied");
                }
                folder
            }
            _ => data.join(file),
        };
        let folder = exported(&home, &path, "1.4", "csv");
        let (is_clean, said) = validate(&tools, &folder);
        assert!(is_clean && said.contains("Invoice Detail"), "{file}: {said}");
    }
}
