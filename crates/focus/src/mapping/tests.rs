use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Decimal128Type;
use proptest::prelude::*;

use super::Mapping;
use crate::{Charges, CsvDecoder, Format, Header, money_columns};

const MAPPING: &str = r#"
version = 1
name = "test"
[recognise]
all = ["amount"]
[columns]
BilledCost = "amount"
EffectiveCost = { of = "kind", choose = { covered = { sum = ["paid", "fee"] }, negation = { constant = "0" } }, otherwise = "amount" }
ListCost = { first = [{ product = ["price", "quantity"] }, "amount"] }
BillingCurrency = { constant = "USD" }
BillingPeriodStart = { moment = "month", form = "YYYYMM" }
ChargeCategory = { of = "kind", values = { usage = "Usage", covered = "Usage" }, otherwise = "Adjustment" }
ServiceName = { part = "service", split = "/", index = -1 }
"#;

const HEADER: [&str; 8] = ["amount", "kind", "paid", "fee", "price", "quantity", "month", "service"];

fn decode(mapping: &str, rows: &str) -> Charges {
    let format = Format::Mapped(Arc::new(Mapping::parse("test.toml", mapping).unwrap()));
    let (header, _) = Header::of_names(&HEADER, &format).unwrap();
    CsvDecoder::new(header, b',').decode(rows.as_bytes(), 2).unwrap()
}

fn attos(charges: &Charges, cost: usize) -> Vec<i128> {
    charges.rows.column(money_columns()[cost]).as_primitive::<Decimal128Type>().values().to_vec()
}

const ONE: i128 = 1_000_000_000_000_000_000;

#[test]
fn costs_come_about_as_the_mapping_says() {
    let charges = decode(
        MAPPING,
        "5,usage,,,2,3,202605,a/b\n-5,negation,,,,,202605,c\n5,covered,1.5,0.25,,,202605,\n1,covered,,2,2,,202605,x/\n",
    );
    assert_eq!(attos(&charges, 0), [5 * ONE, -5 * ONE, 5 * ONE, ONE]);
    assert_eq!(attos(&charges, 1), [5 * ONE, 0, 7 * ONE / 4, 2 * ONE]);
    assert_eq!(attos(&charges, 3), [6 * ONE, -5 * ONE, 5 * ONE, ONE]);
    let services: Vec<_> = charges.rows.column_by_name("ServiceName").unwrap().as_string::<i32>().iter().collect();
    assert_eq!(services, [Some("b"), Some("c"), None, None]);
    let found = charges.findings.list();
    let unlisted = found.iter().find(|finding| finding.rule == "value-not-in-mapping").unwrap();
    assert_eq!((unlisted.value.as_str(), unlisted.rows.as_slice(), unlisted.count), ("negation", [3].as_slice(), 1));
}

#[test]
fn what_is_no_number_sets_its_row_aside_wherever_it_stands() {
    let charges = decode(
        MAPPING,
        "n/a,usage,,,,,202605,\n1,covered,x,1,,,202605,\n1,usage,,,y,2,202605,\n1,usage,,,,,202605,\n1,usage,,,,,May,\n",
    );
    assert_eq!((charges.rows.num_rows(), charges.set_aside), (1, 4));
    let found: Vec<String> = charges.findings.list().iter().map(|f| format!("{} {} {:?}", f.rule, f.column, f.rows)).collect();
    for expected in
        ["not-a-cost amount [2]", "not-a-cost EffectiveCost [2, 3]", "not-a-cost ListCost [2, 4]", "not-a-moment month [6]"]
    {
        assert!(found.contains(&expected.to_owned()), "{expected} is not in {found:?}");
    }
}

#[test]
fn what_is_finer_than_the_ledger_is_kept_as_residue() {
    let charges = decode(MAPPING, "0.0000000000000000000000000001,covered,1e-28,1,,,202605,\n");
    let residues: Vec<i128> = charges.residues.iter().map(|(_, _, rest)| *rest).collect();
    assert_eq!(residues, [100_000_000, 100_000_000, 100_000_000]);
    assert_eq!((attos(&charges, 0)[0], attos(&charges, 1)[0]), (0, ONE));
}

#[test]
fn everything_wrong_with_a_mapping_is_said_with_its_line() {
    let wrong = "version = 2\nname = \"a b\"\nbogus = 1\n[recognise]\nall = \"x\"\n[columns]\nBilledCost = 5\nbilledcost = \"x\"\n\
                 ListCost = { sum = [] }\nContractedCost = { of = \"k\", table = \"none\" }\nTags = { tags = [{ columns = \"a\" }] }\n\
                 EffectiveCost = { moment = \"d\", at = \"never\" }\nServiceName = { template = \"{a\" }\nServiceCategory = { konstant = \"x\" }\n";
    let error = Mapping::parse("wrong.toml", wrong).unwrap_err();
    let said = error.to_string();
    let lines: Vec<usize> = error.problems.iter().map(|problem| problem.line).collect();
    for line in [1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14] {
        assert!(lines.contains(&line), "line {line} is not in {said}");
    }
    assert!(said.starts_with("wrong.toml: line ") && said.contains("BillingPeriodStart is missing"), "{said}");
    assert!(Mapping::parse("x", "version = ").is_err());
}

#[test]
fn a_mapping_that_extends_another_takes_over_what_it_does_not_say() {
    let own = "version = 1\nname = \"own\"\nextends = \"oci\"\n[recognise]\nall = [\"cost/myCost\"]\n[columns]\n\
               ServiceCategory = { of = \"product/service\", table = \"service_category\", otherwise = \"Compute\" }\n\
               ListCost = { constant = \"0\" }\n";
    let own = Mapping::parse("own.toml", own).unwrap();
    let oci = super::known_mapping("oci").unwrap();
    assert_eq!(own.fills().count(), oci.fills().count());
    let (header, _) = Header::of_names(
        &["lineItem/intervalUsageStart", "cost/myCost", "cost/currencyCode", "product/service"],
        &Format::Mapped(Arc::new(own)),
    )
    .unwrap();
    let charges = CsvDecoder::new(header, b',').decode(b"2026-05-01T00:00Z,2,USD,NEW\n", 2).unwrap();
    assert_eq!((attos(&charges, 0)[0], attos(&charges, 3)[0]), (2 * ONE, 0));
}

proptest! {
    /// Whatever kinds the rows are of, what is billed is what the file holds.
    #[test]
    fn billed_is_conserved(rows in prop::collection::vec((-1_000_000_i64..1_000_000, 0_usize..4), 1..60)) {
        let kinds = ["usage", "covered", "negation", "unheard-of"];
        let text: String = rows.iter().map(|(cents, kind)| format!("{cents}e-2,{},1,,2,3,202605,s\n", kinds[*kind])).collect();
        let charges = decode(MAPPING, &text);
        let expected: i128 = rows.iter().map(|(cents, _)| i128::from(*cents) * ONE / 100).sum();
        prop_assert_eq!(attos(&charges, 0).into_iter().sum::<i128>(), expected);
        prop_assert_eq!(charges.set_aside, 0);
    }
}
