use crate::tests::{date, rules};
use crate::{RuleSet, UsageFields, file};

/// Every feature of the format once, as a controller might write it.
pub(super) const EXAMPLE: &str = r#"
version = 1

[[units]]
id = "insurance"
name = "Insurance"
owner = "cfo@acme.example"

[[units]]
id = "claims"
name = "Claims triage"
parent = "insurance"
cost_center = "4711"
until = 2026-07-01

[[units]]
id = "claims"
name = "Claims"
parent = "operations"
cost_center = "4711"
from = 2026-07-01

[[units]]
id = "lending"
parent = "insurance"

[[units]]
id = "operations"

[[units]]
id = "platform"
owner = "platform@acme.example"

[[rules]]
id = "shared-cluster"
unit = "platform"
when = { SubAccountId = "2000", ServiceName = { prefix = ["Amazon Elastic", "AWS"], not = "AWS Lambda" } }
note = "agreed with the architects in March"

[[rules]]
id = "claims-apps"
unit = "claims"
when = { "tag:app" = ["claims", "triage"], ResourceId = { glob = "arn:aws:*:claims-*" } }

[[rules]]
id = "by-team"
unit_from_tag = "team"
map = { "Claims Team" = "claims", LEND = "lending" }
from = "2026-01-01"

[[rules]]
id = "by-name"
unit_from_tag = "unit"

[[pools]]
id = "platform-by-tokens"
unit = "platform"
driver = { input_tokens = 1, output_tokens = 4, cached_tokens = 0.1 }
fallback = "direct_cost"

[[workloads]]
id = "triage-assistant"
unit = "claims"
when = { model = { prefix = "gpt-4o" }, team = "claims" }
"#;

#[test]
fn the_example_reads_and_says_what_it_needs() {
    let rules = RuleSet::parse(EXAMPLE).unwrap();
    assert_eq!(rules.warnings(), []);
    let fields =
        ["ChargeCategory", "ChargeClass", "ResourceId", "ServiceName", "SubAccountId", "Tags", "tag:app", "tag:team", "tag:unit"];
    assert_eq!(rules.fields_read(), fields);
    assert_eq!(rules.measures_read().into_iter().collect::<Vec<_>>(), ["cached_tokens", "input_tokens", "output_tokens"]);
    assert_eq!(rules.pools()[0].driver.name(), "0.1 cached_tokens + 1 input_tokens + 4 output_tokens");
    let claims = "claims".parse().unwrap();
    assert_eq!(rules.units().on(&claims, date("2026-06-30")).unwrap().name, "Claims triage");
    assert_eq!(rules.units().on(&claims, date("2026-07-01")).unwrap().name, "Claims");
}

/// The errors of a file, one a line; `version = 1` is the first line of it.
fn errors(text: &str) -> String {
    let errors = RuleSet::parse(&format!("version = 1\n{text}")).expect_err("the file has problems");
    errors.iter().map(|error| format!("{error}\n")).collect()
}

#[test]
fn all_problems_are_reported_at_once_each_with_its_place() {
    let text = r#"colour = "red"

[[units]]
id = "claims"
parent = "insurence"

[[units]]
id = "insurance"
ownr = "x"

[[units]]
id = "lending"
from = 2026-06-01
until = 2026-05-01

[[units]]
id = "a"
parent = "b"

[[units]]
id = "b"
parent = "c"

[[units]]
id = "c"
parent = "a"

[[units]]
id = "a"
from = 2026-01-01

[[units]]
id = "young"
from = 2026-01-01

[[units]]
id = "old"
parent = "young"

[[rules]]
id = "r1"
unit = "clams"

[[rules]]
id = "r1"
unit = "claims"
when = { SubAcountId = "1", BilledCost = "3", ChargePeriodStart = "x", "tag:" = "y" }

[[rules]]
id = "r2"
when = { ServiceName = { regex = "(" }, RegionId = { gob = "x" } }

[[rules]]
id = "r3"
when = { ServiceName = { glob = "[" }, "tag:app" = [] }

[[rules]]
id = "r4"
unit = "claims"
unit_from_tag = "x"

[[rules]]
unit = "claims"

[[rules]]
id = "r5"
unit = "claims"
when = { SubAccountId = 2000 }

[[rules]]
id = "r6"
unit = "insurance"
map = { x = "lending" }

[[pools]]
id = "p1"
unit = "claims"
driver = "fixed"

[[pools]]
id = "p2"
unit = "claims"
driver = "even"
recipients = ["claims", "lending", "lending"]
weights = { lending = 1 }

[[pools]]
id = "p3"
unit = "claims"
driver = "fixed"
stage = 2
weights = { lending = 0, a = -1 }

[[pools]]
id = "p4"
unit = "a"
driver = "even"
stage = 3
recipients = ["b"]

[[pools]]
id = "p5"
unit = "b"
driver = "even"
stage = 3
recipients = ["a"]

[[workloads]]
id = "w"
unit = "claims"
when = { modle = "gpt-4o" }
"#;
    insta::assert_snapshot!(errors(text));
}

#[test]
fn what_is_no_toml_is_reported_by_line() {
    insta::assert_snapshot!(errors("[[rules]]\nid = \"a\nunit = \"b\"\n[[units]\n"));
    assert_eq!(
        RuleSet::parse("").unwrap_err()[0].to_string(),
        "line 1, column 1: rule file: the file must say `version = 1` before its first entry"
    );
    let shape = RuleSet::parse("version = 2\nrules = 3").unwrap_err();
    assert_eq!(shape.len(), 2, "{shape:?}");
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let rules = rules(
        r#"
units = [{ id = "a" }, { id = "b" }, { id = "pool" }, { id = "late" }]
workloads = [{ id = "w1", unit = "a" }, { id = "w2", unit = "b", when = { model = "x" } }]
[[rules]]
id = "amazon"
unit = "a"
when = { ServiceName = { prefix = "Amazon" } }
[[rules]]
id = "s3"
unit = "b"
when = { ServiceName = "Amazon S3", "tag:app" = "x" }
[[rules]]
id = "old-s3"
unit = "b"
when = { ServiceName = "AWS Lambda", "lineItem/Type" = "x" }
[[rules]]
id = "lambda-of-june"
unit = "b"
when = { ServiceName = "AWS Lambda" }
from = 2026-06-01
[[rules]]
id = "lambda-again"
unit = "b"
when = { ServiceName = "AWS Lambda" }
from = 2026-07-01
[[pools]]
id = "first"
unit = "pool"
driver = "even"
recipients = ["a", "b"]
[[pools]]
id = "second"
unit = "late"
stage = 2
driver = "even"
recipients = ["pool", "a"]
"#,
    );
    let warnings: String = rules.warnings().iter().map(|warning| format!("{warning}\n")).collect();
    insta::assert_snapshot!(warnings);
}

#[test]
fn usage_goes_to_the_first_workload_that_matches() {
    let rules = rules(
        r#"
units = [{ id = "claims" }, { id = "lending" }]
[[workloads]]
id = "triage"
unit = "claims"
when = { model = { prefix = "gpt-4o" }, tag = ["unit:claims-triage", "urgent"] }
[[workloads]]
id = "by-tag"
unit = "lending"
when = { "tag:unit" = "lending" }
until = 2026-06-01
[[workloads]]
id = "rest"
unit = "lending"
when = { key = { present = true } }
"#,
    );
    let tags = [("unit", Some("claims-triage"))];
    let workload = |usage: UsageFields<'_>, day: &str| rules.workload_of(&usage, date(day)).map(|w| w.id.to_string());
    let gpt = UsageFields { model: Some("gpt-4o-2024-08-06"), key: Some("k"), ..UsageFields::default() };
    assert_eq!(workload(UsageFields { tags: &tags, ..gpt }, "2026-05-01").as_deref(), Some("triage"));
    assert_eq!(workload(UsageFields { tags: &[("urgent", None)], ..gpt }, "2026-05-01").as_deref(), Some("triage"));
    let lending = [("unit", Some("lending"))];
    assert_eq!(workload(UsageFields { tags: &lending, ..gpt }, "2026-05-31").as_deref(), Some("by-tag"));
    assert_eq!(workload(UsageFields { tags: &lending, ..gpt }, "2026-06-01").as_deref(), Some("rest"));
    assert_eq!(workload(UsageFields::default(), "2026-05-01"), None);
}

#[test]
fn the_schema_is_the_one_that_editors_have() {
    insta::assert_json_snapshot!(file::schema());
}
