use proptest::prelude::*;

use super::{Bill, rules, totals};
use crate::RuleSet;

const RULES: &str = r#"
[[units]]
id = "claims"
[[units]]
id = "lending"
[[units]]
id = "platform"

[[virtual_tags]]
id = "team"
values = [
  { value = "claims", when = { "tag:app" = ["triage", "clm"] } },
  { value = "lending", when = { ServiceName = { prefix = "Loan" }, "tag:team" = { absent = true } } },
]
from = ["tag:team", "tag:Team"]
inherit = ["ResourceId", "SubAccountId"]

[[virtual_tags]]
id = "shared"
values = [{ value = "yes", when = { ServiceName = { glob = "*Balancer*" } } }]

[[rules]]
id = "shared"
unit = "platform"
when = { "virtual:shared" = "yes" }

[[rules]]
id = "by-team"
unit_from_column = "virtual:team"

[[pools]]
id = "platform"
unit = "platform"
driver = "direct_cost"
within = ["virtual:team"]
"#;

#[test]
fn values_come_from_conditions_then_tags_then_what_others_have() {
    let rules = rules(RULES);
    let read =
        ["ChargeCategory", "ChargeClass", "ResourceId", "ServiceName", "SubAccountId", "Tags", "tag:Team", "tag:app", "tag:team"];
    assert_eq!(rules.fields_read(), read, "what virtual tags are made of, and not they");
    let bill = Bill::new(&rules)
        .charge("1", &[("tag:app", "clm"), ("tag:team", "lending"), ("SubAccountId", "1")])
        .charge("2", &[("ServiceName", "Loan Engine"), ("SubAccountId", "2"), ("ResourceId", "vm-7")])
        .charge("4", &[("tag:Team", "claims"), ("SubAccountId", "1")])
        // The disk of a machine is its team's, whoever the account belongs to.
        .charge("8", &[("ResourceId", "vm-7"), ("SubAccountId", "1")])
        .charge("16", &[("SubAccountId", "1")])
        // Two teams in an account: nobody inherits.
        .charge("32", &[("tag:team", "claims"), ("SubAccountId", "3")])
        .charge("64", &[("tag:team", "lending"), ("SubAccountId", "3")])
        .charge("128", &[("SubAccountId", "3")]);
    let found = bill.attribute(&rules);
    assert_eq!(totals(&found), ["claims 53", "lending 74"]);
    assert_eq!(found.unattributed[0].costs.billed.to_string(), "128");
    assert!(found.is_proven());
}

#[test]
fn pools_tell_charges_apart_by_virtual_tags() {
    let rules = rules(RULES);
    let balancer = |team| vec![("ServiceName", "Load Balancer"), ("tag:Team", team)];
    let bill = Bill::new(&rules)
        .charge("10", &[("tag:team", "claims")])
        .charge("30", &[("tag:team", "lending")])
        .charge("4", &balancer("claims"))
        .charge("8", &balancer("lending"));
    assert_eq!(totals(&bill.attribute(&rules)), ["claims 14", "lending 38", "platform 0"]);
}

#[test]
fn what_is_wrong_with_one_is_told() {
    let told = |toml: &str| {
        let text = format!("version = 1\n[[units]]\nid = \"claims\"\n{toml}");
        let errors = RuleSet::parse(&text).unwrap_err();
        errors.iter().map(|error| format!("{error}\n")).collect::<String>()
    };
    insta::assert_snapshot!([
        told("[[virtual_tags]]\nid = \"team\"\ninherit = [\"ResourceId\"]"),
        told("[[virtual_tags]]\nid = \"team\"\nfrom = [\"virtual:other\"]"),
        told("[[virtual_tags]]\nid = \"team\"\nfrom = [\"ServiceNam\"]"),
        told("[[virtual_tags]]\nid = \"team\"\nfrom = [\"tag:a\"]\n[[virtual_tags]]\nid = \"team\"\nfrom = [\"tag:b\"]"),
        told("[[virtual_tags]]\nid = \"team\"\nfrom = [\"tag:a\"]\n[[rules]]\nid = \"r\"\nunit = \"claims\"\nwhen = { \"virtual:teams\" = \"x\" }"),
    ]
    .concat());
}

proptest! {
    #[test]
    fn the_order_of_charges_does_not_matter_and_nothing_is_lost(
        charges in prop::collection::vec((0_usize..4, 0_usize..4, 0_usize..3, 1_u32..1000), 1..20), turn in 0_usize..20
    ) {
        let rules = rules(RULES);
        let of = |charges: &[(usize, usize, usize, u32)]| {
            let teams = ["", "claims", "lending", "nobody"];
            let bill = charges.iter().fold(Bill::new(&rules), |bill, (team, resource, account, cost)| {
                let (resource, account) = (format!("vm-{resource}"), account.to_string());
                let mut values = vec![("ResourceId", resource.as_str()), ("SubAccountId", account.as_str())];
                if *team > 0 {
                    values.push(("tag:team", teams[*team]));
                }
                bill.charge(&cost.to_string(), &values)
            });
            bill.attribute(&rules)
        };
        let found = of(&charges);
        prop_assert!(found.is_proven());
        let mut turned = charges.clone();
        turned.rotate_left(turn % charges.len());
        prop_assert_eq!(totals(&of(&turned)), totals(&found));
    }
}
