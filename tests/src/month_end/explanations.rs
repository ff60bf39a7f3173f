use serde_json::Value;

use super::home;
use crate::support::{Exact, Home, Server, figure, list, statements, text};

fn of_currency<'a>(report: &'a Value, currency: &str) -> Option<&'a Value> {
    statements(report).into_iter().find(|statement| text(statement, "currency") == currency)
}

/// Holds the explanation of a cell against the figure that the statement has there.
#[track_caller]
fn closes(home: &Home, cost: &str, cell: &str, currency: &str, statement: Exact) {
    let found = home.json(&["chargeback", "--period", "2026-05", "--cost", cost, "--explain", cell]);
    let found = of_currency(&found, currency).unwrap_or_else(|| panic!("no {currency} in {found:#}"));
    let sum = |name: &str| list(found, name).iter().map(|line| figure(line, "amount")).sum::<Exact>();
    assert_eq!(text(found, "difference"), "0", "{found:#}");
    assert_eq!(figure(found, "statement_amount"), statement, "{found:#}");
    assert_eq!((sum("charges"), sum("shares")), (figure(found, "charges_total"), figure(found, "shares_total")));
    assert_eq!(sum("charges") + sum("shares") + figure(found, "elsewhere"), statement, "{found:#}");
    for share in list(found, "shares") {
        assert_eq!(figure(share, "exact") + figure(share, "rounding"), figure(share, "amount"), "{share:#}");
    }
}

#[test]
fn every_figure_of_a_statement_is_explained_to_its_last_unit() {
    let home = home();
    for cost in ["billed", "effective", "contracted", "list"] {
        let report = home.json(&["chargeback", "--period", "2026-05", "--cost", cost]);
        for statement in statements(&report) {
            let currency = text(statement, "currency");
            for unit in list(statement, "units") {
                let id = text(unit, "unit");
                for part in ["direct", "shared", "total"] {
                    let own = format!("unit={id},part={part},scope=own,currency={currency}");
                    closes(&home, cost, &own, currency, figure(unit, part));
                    let below = format!("unit={id},part={part},currency={currency}");
                    closes(&home, cost, &below, currency, figure(&unit["rolled_up"], part));
                }
            }
            for reason in list(statement, "unattributed") {
                closes(
                    &home,
                    cost,
                    &format!("reason={},currency={currency}", text(reason, "reason")),
                    currency,
                    figure(reason, "amount"),
                );
            }
        }
    }
}

#[test]
fn a_part_of_a_figure_says_what_it_leaves_out() {
    let home = home();
    let explain = |cell: &str| home.json(&["chargeback", "--period", "2026-05", "--explain", cell]);
    let machines = explain("unit=claims,service=Virtual Machines,currency=USD");
    assert_eq!((text(&machines, "amount"), text(&machines, "elsewhere")), ("1297.755", "0.333333333333333333"));
    assert_eq!(text(&machines, "statement_amount"), "1298.088333333333333333");
    let [line] = list(&machines, "charges") else { panic!("{machines:#}") };
    assert_eq!((text(line, "rule"), line["charges"].as_u64(), text(line, "first")), ("by-team", Some(3), "2026-05-01"));
    assert_eq!(line["because"], serde_json::json!([{"field": "tag:team", "value": "claims"}]));
    let tagged = explain("unit=claims,tag:team=lending,currency=USD");
    assert_eq!((text(&tagged, "amount"), list(&tagged, "charges").len()), ("0", 0));
    let gives = explain("unit=platform,pool=platform-by-cost");
    assert_eq!(text(&gives, "amount"), "-90.005");
    let of_platform = explain("unit=insurance,part=shared,currency=USD");
    let shares = list(&of_platform, "shares");
    assert!(shares.iter().all(|share| text(share, "pool_unit") == "platform" && text(share, "driver") == "direct_cost"));
    assert!(shares.iter().all(|share| figure(share, "pool_amount") == Exact::parse("90.005")), "{shares:#?}");
}

#[test]
fn the_shares_of_a_pool_are_what_its_unit_gives() {
    let home = home();
    let units = ["insurance,scope=own", "claims", "lending", "platform"];
    let share = |unit: &&str| {
        home.json(&["chargeback", "--period", "2026-05", "--explain", &format!("unit={unit},part=shared,currency=USD")])
    };
    assert_eq!(units.iter().map(|unit| figure(&share(unit), "amount")).sum::<Exact>(), Exact::default());
}

#[test]
fn an_explanation_in_each_form() {
    let home = home();
    let explain = |form: &str, cell: &str| {
        home.run(&["chargeback", "--period", "2026-05", "--explain", cell, "--format", form]).exits(0).stdout
    };
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z", "[moment]");
    settings.bind(|| {
        insta::assert_snapshot!("explanation_table", explain("table", "unit=insurance,currency=USD"));
        insta::assert_snapshot!("explanation_csv", explain("csv", "unit=claims,currency=USD"));
    });
}

#[test]
fn a_cell_that_is_none_is_told_what_would_be() {
    let home = home();
    let explain = |cell: &str| home.run(&["chargeback", "--period", "2026-05", "--explain", cell]);
    explain("claims").exits(64).says(&["NAME=VALUE"]);
    explain("unit=claims,colour=red").exits(64).says(&["colour", "service"]);
    explain("unit=claims,service=x,part=shared").exits(64).says(&["part=direct of the pool's unit"]);
    explain("unit=nobody").exits(1).says(&["nobody", "farthing units"]);
    explain("reason=no_idea").exits(1).says(&["no_idea", "no_tags"]);
    explain("unit=claims,currency=CHF").exits(1).says(&["CHF"]);
}

#[test]
fn coverage_is_the_bill_by_rule_and_reason() {
    let home = home();
    let report = home.json(&["rules", "coverage", "--period", "2026-05", "--cost", "billed"]);
    assert_eq!(list_of(&report).len(), 2, "one a currency");
    for coverage in list_of(&report) {
        let sum = |name: &str| list(coverage, name).iter().map(|line| figure(line, "amount")).sum::<Exact>();
        assert_eq!((text(coverage, "difference"), sum("rules") + sum("unattributed")), ("0", figure(coverage, "billed_total")));
        let names: Vec<&str> = list(coverage, "rules").iter().map(|line| text(line, "name")).collect();
        assert_eq!(names, ["by-team", "nothing-yet"]);
    }
    let run = home.run(&["rules", "coverage", "--period", "2026-05", "--cost", "billed"]).exits(0);
    insta::assert_snapshot!("coverage_table", run.stdout);
}

fn list_of(report: &Value) -> &[Value] {
    report.as_array().expect("a list")
}

#[test]
fn the_api_explains_covers_and_previews_as_the_command_line() {
    let home = home();
    let server = Server::of(&home);
    let path = "/v1/chargeback/explanation?period=2026-05&cost=list&cell=unit%3Dclaims%2Cservice%3DQueues";
    let cell = "unit=claims,service=Queues";
    assert_eq!(
        server.get(path).is(200).json(),
        home.json(&["chargeback", "--period", "2026-05", "--cost", "list", "--explain", cell])
    );
    server.get("/v1/chargeback/explanation?period=2026-05&cell=claims").is(400);
    server.get("/v1/chargeback/explanation?period=2026-05&cell=unit%3Dnobody").is(404);
    server.get("/v1/chargeback/explanation?period=2026-05").is(400);
    let coverage = server.get("/v1/rules/coverage?window=2026-05-01/2026-05-04").is(200).json();
    assert_eq!(coverage, home.json(&["rules", "coverage", "--window", "2026-05-01/2026-05-04"]));
    let draft = RULES_WITHOUT_POOLS;
    home.write("draft.toml", draft);
    let preview = server.post("/v1/rules/preview", &serde_json::json!({"rules": draft, "period": "2026-05"})).is(200).json();
    assert_eq!(preview, home.json(&["rules", "preview", "draft.toml", "--period", "2026-05"]));
    assert!(!list(&preview, "units").is_empty(), "{preview:#}");
    server.post("/v1/rules/preview", &serde_json::json!({"rules": "version = 9", "period": "2026-05"})).is(400);
    server.post("/v1/rules/preview", &serde_json::json!({"rules": draft, "period": "2031-01"})).is(404);
}

const RULES_WITHOUT_POOLS: &str =
    "version = 1\n[[units]]\nid = \"claims\"\n[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";
