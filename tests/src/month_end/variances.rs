use serde_json::Value;

use super::RULES;
use crate::support::{Bill, Exact, Home, Server, figure, list, statements, text};

/// The bill with quantities: `sku` and how many hours for each row, in order; an empty sku is a charge without a quantity.
fn with_quantities(bill: &Bill, rows: &[(&str, &str)]) -> String {
    let csv = bill.csv();
    let mut lines = csv.lines();
    let mut text = format!("{},SkuPriceId,PricingQuantity,PricingUnit\n", lines.next().expect("a header"));
    for (line, (sku, quantity)) in lines.zip(rows) {
        let unit = if sku.is_empty() { "" } else { "Hours" };
        text += &format!("{line},{sku},{quantity},{unit}\n");
    }
    text
}

/// April and May: claims uses more of a dearer machine, lending has a tax, the platform is shared.
fn home() -> Home {
    let april = Bill::of("2026-04")
        .charge("claims", "Virtual Machines", "10")
        .charge("claims", "Virtual Machines", "40")
        .charge("lending", "Taxes", "5")
        .charge("platform", "Queues", "6")
        .charge("", "Virtual Machines", "1");
    let april = with_quantities(&april, &[("small", "10"), ("large", "10"), ("", ""), ("queue", "6"), ("small", "1")]);
    let may = Bill::of("2026-05")
        .charge("claims", "Virtual Machines", "10")
        .charge("claims", "Virtual Machines", "150")
        .charge("lending", "Taxes", "5.5")
        .charge("platform", "Queues", "9")
        .charge("", "Virtual Machines", "1")
        .charge("lending", "Virtual Machines", "-2");
    let may =
        with_quantities(&may, &[("small", "5"), ("large", "30"), ("", ""), ("queue", "9"), ("small", "1"), ("small", "-1")]);
    Home::new()
        .file("april.csv", april)
        .file("may.csv", may)
        .rules(RULES)
        .ingest_billing("april.csv", "acme")
        .ingest_billing("may.csv", "acme")
}

fn closes(row: &Value) {
    let steps = ["price", "volume", "mix", "fees", "correction", "rules", "shared"];
    let sum = figure(row, "before") + steps.iter().map(|step| figure(row, step)).sum::<Exact>();
    assert_eq!((sum, text(row, "difference")), (figure(row, "after"), "0"), "{row:#}");
}

fn row<'a>(report: &'a Value, name: &str) -> &'a Value {
    list(report, "rows").iter().find(|row| text(row, "row") == name).unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[test]
fn a_bridge_sums_to_the_difference_of_the_statements() {
    let home = home();
    for cost in ["billed", "effective", "contracted", "list"] {
        let [before, after] = ["2026-04", "2026-05"].map(|period| home.json(&["chargeback", "--period", period, "--cost", cost]));
        for by in ["unit", "service"] {
            let report = home.json(&["variance", "2026-04", "2026-05", "--cost", cost, "--by", by]);
            let total = &report["total"];
            assert_eq!(
                (figure(total, "before"), figure(total, "after")),
                (figure(&before, "billed_total"), figure(&after, "billed_total"))
            );
            list(&report, "rows").iter().chain([total]).for_each(closes);
        }
        let report = home.json(&["variance", "2026-04", "2026-05", "--cost", cost]);
        for unit in list(&after, "units") {
            assert_eq!(figure(row(&report, text(unit, "unit")), "after"), figure(unit, "total"), "{unit:#}");
        }
    }
    let report = home.json(&["variance", "2026-04", "2026-05", "--cost", "billed"]);
    let claims = row(&report, "claims");
    // 5 small at 2 and 30 large at 5, where small cost 1 and large 4: 35 hours instead of 20 that came to 50.
    assert_eq!(["price", "volume", "mix"].map(|step| text(claims, step)), ["35", "37.5", "37.5"]);
    assert_eq!(text(row(&report, "lending"), "fees"), "0.5");
    let price = list(&report, "causes").iter().find(|cause| text(cause, "step") == "price").expect("a price has changed");
    assert_eq!((text(price, "price_before"), text(price, "price_after")), ("4", "5"), "{price:#}");
}

#[test]
fn a_change_of_rules_is_a_step_of_its_own() {
    let home = home();
    // From May on lending's machines are those of claims.
    let moved = format!(
        "{RULES}\n[[rules]]\nid = \"machines\"\nunit = \"lending\"\nfrom = 2026-05-01\nwhen = {{ \"tag:team\" = {{ present = false }}, ServiceName = \"Virtual Machines\" }}\n"
    );
    let home = home.rules(&moved);
    let report = home.json(&["variance", "2026-04", "2026-05", "--cost", "billed"]);
    assert_eq!(text(row(&report, "lending"), "rules"), "1");
    assert_eq!(text(row(&report, "(no_tags)"), "rules"), "-1");
    assert_eq!(text(&report["total"], "rules"), "0");
    list(&report, "rows").iter().for_each(closes);
}

#[test]
fn the_earlier_month_can_be_as_it_was_stated() {
    let home = home();
    let then = text(&home.json(&["status"]), "as_of").to_owned();
    let said = home.json(&["chargeback", "--period", "2026-04", "--cost", "billed"]);
    let all_to_lending = RULES.replace("unit_from_tag = \"team\"", "unit = \"lending\"");
    let home = home.rules(&all_to_lending);
    let report = home.json(&["variance", "2026-04", "2026-05", "--cost", "billed", "--from-as-of", &then]);
    for unit in list(&said, "units") {
        assert_eq!(figure(row(&report, text(unit, "unit")), "before"), figure(unit, "total"), "{unit:#}");
    }
    list(&report, "rows").iter().for_each(closes);
    assert_eq!(text(row(&report, "claims"), "after"), "0");
}

#[test]
fn a_bridge_reads_well_and_the_api_says_the_same() {
    let home = home();
    insta::assert_snapshot!("variance_table", home.run(&["variance", "2026-04", "2026-05"]).exits(0).stdout);
    insta::assert_snapshot!(
        "variance_csv",
        home.run(&["variance", "2026-04", "2026-05", "--by", "service", "--format", "csv"]).exits(0).stdout
    );
    let server = Server::of(&home);
    let answer = server.get("/v1/variance?from=2026-04&to=2026-05&by=service&cost=list").is(200).json();
    assert_eq!(answer, home.json(&["variance", "2026-04", "2026-05", "--by", "service", "--cost", "list"]));
    assert_eq!(statements(&answer).len(), 1);
    server.get("/v1/variance?from=2026-05&to=2026-04").is(400);
    server.get("/v1/variance?from=2026-03&to=2026-04").is(404);
    server.get("/v1/variance?from=2026-04&to=2026-05&by=colour").is(400);
    home.run(&["variance", "2026-05", "2026-04"]).exits(1).says(&["earlier period first"]);
    home.run(&["variance", "2026-03", "2026-04"]).exits(1).says(&["no charges for 2026-03"]);
}
