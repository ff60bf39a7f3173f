//! The planning document: what may be committed to and signed, where data may lie, and what may become of models.

use std::fmt::Write;

use crate::accounts::Provider;
use crate::catalogue;
use crate::fleets::COMMITMENTS;
use crate::organisation::Organisation;

/// When the commitments of the bill end, in their order: TOML dates.
const ENDS: [&str; 7] = ["2026-11-15", "2026-12-01", "2026-11-20", "2026-10-01", "2026-12-10", "2026-11-01", "2027-05-05"];
/// Endpoint types of the fleet profile, with their SKU's code.
const ENDPOINT_TYPES: [(&str, &str); 2] = [("hosting-ml.g5.xlarge", "ml.g5.xlarge"), ("hosting-ml.g6e.xlarge", "ml.g6e.xlarge")];

/// The machines of Azure that may be reserved, by their SKU's code.
const RESERVED: &str = "scale-set-D8s_v5";
const RESERVATION: &str = r#"
[[commitments.offer]]
id = "Azure reservation, 1 year"
product = "azure_reservation"
term_months = 12
discount = 0.36
"#;

/// The text of `planning.toml`.
pub(crate) fn text(organisation: &Organisation) -> String {
    let mut text = String::from(BEFORE);
    let fail = "a String takes everything";
    let sku = catalogue::index(&organisation.skus, Provider::Azure, RESERVED);
    writeln!(text, "{RESERVATION}charges = {{ SkuId = {:?} }}", organisation.sku_ids[sku]).expect(fail);
    for (commitment, ends) in COMMITMENTS.iter().zip(ENDS) {
        write!(text, "\n[[commitments.held]]\nid = {:?}\nends = {ends}\n", commitment.id).expect(fail);
    }
    text.push_str("\n# Which SKU of the bill is which type of the fleet profile.\n[commitments.fleet_skus]\n");
    for (code, kind) in ENDPOINT_TYPES {
        let sku = catalogue::index(&organisation.skus, Provider::Aws, code);
        writeln!(text, "{} = {kind:?}", organisation.sku_ids[sku]).expect(fail);
    }
    text.push_str(AFTER);
    text
}

const BEFORE: &str = r#"# What planning has to know and no fact says.

version = 1

# What carrying out a step costs once.
[one_off]
fleet = 6000
storage = 2500
routing = 8000
contracts = 1500

[commitments]
months = 12
purchase_months = [0, 6]
risk = { level = 0.8, weight = 0.2 }
policy = { upfront_limit = 250000 }

[[commitments.offer]]
id = "compute savings plan, 1 year"
product = "aws_compute_savings_plan"
term_months = 12
discount = 0.28
charges = { ServiceName = "Amazon Elastic Compute Cloud" }

[[commitments.offer]]
id = "machine learning savings plan, 1 year"
product = "aws_compute_savings_plan"
term_months = 12
discount = 0.28
charges = { ServiceName = "Amazon SageMaker" }

[[commitments.offer]]
id = "Google flexible commitment, 1 year"
product = "gcp_flexible_cud"
term_months = 12
discount = 0.28
charges = { ServiceName = "Compute Engine" }
"#;

const AFTER: &str = r#"
[storage]
months = 12

[[storage.class]]
id = "STANDARD"
storage = 0.023
get = 0.0004

[[storage.class]]
id = "STANDARD_IA"
storage = 0.0125
transition = 0.01
get = 0.001
retrieval = 0.01
minimum_months = 1
earliest_months = 1
least_stay_months = 1
minimum_kb = 128

[[storage.class]]
id = "GLACIER_IR"
storage = 0.004
transition = 0.02
get = 0.01
retrieval = 0.03
minimum_months = 3
minimum_kb = 128

[[storage.class]]
id = "DEEP_ARCHIVE"
storage = 0.00099
transition = 0.05
get = 0.0004
restore = 0.1
retrieval = 0.02
minimum_months = 6
overhead_kb = 40
retrieval_hours = 12

# Claim files, training data and logs: a sixth of it is read in a month, and nobody waits half a day for it.
[[storage.dataset]]
resource = "arn:aws:s3:::*"
class = "STANDARD"
mean_object_kb = 2048
reads_share = 0.16
age_months = 4
max_retrieval_hours = 1

[[contracts.need]]
id = "assisted replies"
decisions = "support-replies"

[[contracts.offer]]
id = "assist tool by reply"
serves = { "assisted replies" = 1 }
signed = true
pricing = { kind = "graduated", tiers = [{ from = 0, price = 0.12 }] }

[[contracts.offer]]
id = "assist tool by seat"
serves = { "assisted replies" = 1 }
pricing = { kind = "seats", seat_price = 59, units_per_seat = 800, minimum = 10 }

[[contracts.offer]]
id = "OpenAI, a year's commitment"
provider = "openai"
window = 12
pricing = { kind = "commit", minimum = 330000, price = 0.9 }

[[contracts.offer]]
id = "Anthropic, credits in packs"
provider = "anthropic"
pricing = { kind = "prepaid", pack_units = 10000, pack_price = 9300, overage = 1 }

[routing]
most_growth = 0.2

[[routing.workflow]]
id = "claims-triage"
least_human = 0.2

[[routing.workflow]]
id = "loan-prescreening"
least_human = 1

[portfolio]
months = 12
frontier = [4000000, 6000000, 8000000]

[[portfolio.team]]
id = "model team"
capacity = 40

[[portfolio.option]]
asset = "llama-3.1-8b-claims"
id = "retrain on this year's claims"
kind = "retrain"
value_factor = 1.02
run_cost_factor = 0.97
one_off = 18000
effort = { "model team" = 25 }

[[portfolio.option]]
asset = "gpt-4o"
id = "move the replies to claude-haiku-4-5"
kind = "merge"
run_cost_factor = 0.96
one_off = 9000
effort = { "model team" = 20 }
requires = [{ asset = "claude-haiku-4-5", options = ["keep"] }]
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commitment_of_the_bill_ends_and_every_endpoint_type_has_a_sku() {
        let text = text(&Organisation::new(2_000, 1).unwrap());
        assert_eq!(ENDS.len(), COMMITMENTS.len());
        assert!(COMMITMENTS.iter().all(|commitment| text.contains(commitment.id)));
        assert!(text.contains(" = \"ml.g5.xlarge\"") && text.contains(" = \"ml.g6e.xlarge\""), "{text}");
    }
}
