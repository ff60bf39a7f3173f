//! Reports in another currency: dated rates, a stated rule, and a line for what rounding leaves, so that everything still adds up.

use serde_json::{Value, json};

use crate::support::{Bill, Exact, Home, NewHome, Server, figure, list, on_both_databases, statements, text};

on_both_databases!(
    a_statement_in_another_currency_adds_up_with_its_rounding,
    what_has_no_rate_is_an_error_that_names_pair_and_day
);

const RULES: &str = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n[[units]]\nid = \"platform\"\n\
    [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n\
    [[pools]]\nid = \"by-cost\"\nunit = \"platform\"\ndriver = \"direct_cost\"\n";

/// Charges on the first nine days, one after the other, in two currencies.
fn bill() -> Bill {
    Bill::of("2026-05")
        .charge("claims", "Virtual Machines", "1210.255")
        .charge("claims", "Queues", "0.333333333333333333")
        .charge("lending", "Object Storage", "304.5")
        .charge("platform", "Queues", "90.005")
        .charge("claims", "Virtual Machines", "-12.5")
        .charge("", "Virtual Machines", "33.333333333333333333")
        .charge_in("EUR", "lending", "Virtual Machines", "7.125")
        .charge_in("EUR", "platform", "Queues", "1.000000000000000001")
}

/// A rate for each of the first nine days, none of them round.
fn rates() -> String {
    let rows = (1..=9).map(|day| format!("2026-05-{day:02},USD,EUR,0.8{day}7654321{day}\n"));
    format!("# rule: day\ndate,from,to,rate\n{}2026-05-31,USD,EUR,0.5\n", rows.collect::<String>())
}

fn home(new: NewHome) -> Home {
    let home = new().file("may.csv", bill().csv()).file("rates.csv", rates()).rules(RULES).ingest_billing("may.csv", "acme");
    home.run(&["rates", "import", "rates.csv"])
        .exits(0)
        .shows(&["10 rates of 1 pairs · published as version 1", "at the rate of each charge's day"]);
    home
}

fn total<'a>(lines: impl Iterator<Item = &'a Value>, name: &str) -> Exact {
    lines.map(|line| figure(line, name)).fold(Exact::parse("0"), |sum, amount| sum + amount)
}

/// What a statement in euros must keep, whatever the rates.
fn closes(home: &Home, statement: &Value) {
    let plain = home.json(&["chargeback", "--period", "2026-05"]);
    assert_eq!((text(statement, "currency"), text(statement, "difference"), &statement["proven"]), ("EUR", "0", &json!(true)));
    let units = total(list(statement, "units").iter(), "total");
    let rest = total(list(statement, "unattributed").iter(), "amount");
    assert_eq!(units + rest, figure(statement, "billed_total"), "{statement:#}");
    let conversion = &statement["conversion"];
    let line = list(statement, "unattributed").iter().find(|line| line["reason"] == "fx_rounding");
    assert_eq!(line.map_or("0", |line| text(line, "amount")), text(conversion, "rounding"));
    assert_eq!(total(list(conversion, "originals").iter(), "converted_total"), figure(statement, "billed_total"));
    for original in list(conversion, "originals") {
        let of = statements(&plain).into_iter().find(|of| of["currency"] == original["currency"]).expect("the same currencies");
        for name in ["billed_total", "attributed_total", "unattributed_total"] {
            assert_eq!(original[name], of[name]);
        }
    }
    assert_eq!(statement["charges"], 8);
}

fn a_statement_in_another_currency_adds_up_with_its_rounding(new: NewHome) {
    let home = home(new);
    let by_day = home.json(&["chargeback", "--period", "2026-05", "--in", "EUR"]);
    closes(&home, &by_day);
    let conversion = &by_day["conversion"];
    assert_eq!((text(conversion, "rule"), &conversion["rates"]), ("day", &json!(1)));
    assert_eq!(list(conversion, "applied").len(), 6, "a rate for each day that has dollars");
    // Lending has 304.5 dollars of the third, and its share of the platform's money in each currency.
    let lending = list(&by_day, "units").iter().find(|unit| unit["unit"] == "lending").expect("lending");
    assert_eq!(figure(lending, "direct"), Exact::parse("255.06574083585") + Exact::parse("7.125"));

    let at_the_end = home.json(&["chargeback", "--period", "2026-05", "--in", "EUR", "--rate", "month-end"]);
    closes(&home, &at_the_end);
    assert_eq!(text(&at_the_end["conversion"], "rule"), "month_end");
    assert_eq!(text(&at_the_end["conversion"]["originals"][1], "converted_total"), "812.963333333333333333");
    closes(
        &home,
        &home.json(&["chargeback", "--period", "2026-05", "--in", "EUR", "--rate", "month-average", "--cost", "billed"]),
    );
    for cost in ["billed", "contracted"] {
        closes(&home, &home.json(&["chargeback", "--period", "2026-05", "--in", "EUR", "--cost", cost]));
    }
    home.run(&["chargeback", "--period", "2026-05", "--in", "EUR"]).exits(0).shows(&[
        "Chargeback 2026-05 · EUR",
        "Billed 1,625.93 USD · ",
        "Billed 8.13 EUR as it is.",
        "Converted at the rate of each charge's day, rates v1, 6 of them.",
        "Attributed + unattributed = billed. Difference 0.",
    ]);
    let window = home.json(&["chargeback", "--window", "2026-05-01/2026-05-04", "--in", "EUR"]);
    assert_eq!((text(&window, "difference"), list(&window["conversion"], "applied").len()), ("0", 3));

    let server = Server::of(&home);
    assert_eq!(server.get("/v1/chargeback?period=2026-05&in=EUR").is(200).json(), by_day);
    assert_eq!(server.get("/v1/chargeback?period=2026-05&in=EUR&rate=month_end").is(200).json(), at_the_end);
    server.get("/v1/chargeback?period=2026-05&in=euro").is(400);
    server.get("/v1/chargeback?period=2026-05&rate=day").is(400);
    server.get("/v1/chargeback?period=2026-05&in=EUR&rate=weekly").is(400);
    assert_eq!(server.get("/v1/rates?currency=EUR").is(200).json(), home.json(&["rates", "list"]));
    let put =
        server.request("PUT", "/v1/rates", &[("Content-Type", "text/csv")], &rates().replace(",0.5", ",0.25")).is(200).json();
    assert_eq!((&put["version"], &put["rates"]), (&json!(2), &json!(10)));
    // What was said is said again with the rates of then.
    let then = server.get("/v1/periods").is(200).json();
    assert!(then.as_array().is_some_and(|periods| !periods.is_empty()));
    let quarter = home.json(&["chargeback", "--period", "2026-05", "--in", "EUR", "--rate", "month-end"]);
    assert_ne!(quarter["billed_total"], at_the_end["billed_total"]);
    closes(&home, &quarter);
}

fn what_has_no_rate_is_an_error_that_names_pair_and_day(new: NewHome) {
    let home = home(new);
    home.run(&["chargeback", "--period", "2026-05", "--in", "GBP"])
        .exits(1)
        .says(&["there is no rate from USD to GBP for 2026-05-0", "no rate of this pair"]);
    // Dollars for euros are published, so euros are divided by the rate.
    let dollars = home.json(&["chargeback", "--period", "2026-05", "--in", "USD", "--rate", "month-end"]);
    assert_eq!(dollars["conversion"]["originals"][0]["converted_total"], "16.250000000000000002");
    home.write("gap.csv", rates().replace("2026-05-03,USD,EUR,0.8376543213\n", ""));
    home.run(&["rates", "import", "gap.csv"]).exits(0).shows(&["version 2"]);
    home.run(&["chargeback", "--period", "2026-05", "--in", "EUR"]).exits(1).says(&[
        "there is no rate from USD to EUR for 2026-05-03 (there are 9 from USD to EUR, 2026-05-01 to 2026-05-31)",
        "farthing rates import",
    ]);
    home.write("carried.csv", format!("# carry_days: 1\n{}", rates().replace("2026-05-03,USD,EUR,0.8376543213\n", "")));
    home.run(&["rates", "import", "carried.csv"]).exits(0).shows(&["version 3", "up to 1 days after its own"]);
    home.run(&["chargeback", "--period", "2026-05", "--in", "EUR"]).exits(0);
    home.write("wrong.csv", rates().replace(",0.5", ",\"0,5\""));
    home.run(&["rates", "import", "wrong.csv"]).exits(1).says(&["wrong.csv: line 12: rate: \"0,5\" is not a decimal number"]);
    assert_eq!(home.json(&["rates", "list", "--period", "2026-05"]).as_array().map(Vec::len), Some(9));
}
