//! Reports in another currency: dated rates, a stated rule, and a line for what rounding leaves, so that everything still adds up.

use serde_json::{Value, json};

use crate::support::{Bill, Exact, Home, NewHome, Server, figure, list, on_both_databases, statements, text};

on_both_databases!(
    a_statement_in_another_currency_adds_up_with_its_rounding,
    every_report_of_a_month_can_be_had_in_another_currency,
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

/// April and May, with a rate for each day that has charges.
fn two_months(new: NewHome) -> Home {
    let april = Bill::of("2026-04")
        .charge("claims", "Virtual Machines", "1000.1")
        .charge("lending", "Object Storage", "300")
        .charge("platform", "Queues", "70.7")
        .charge_in("EUR", "lending", "Virtual Machines", "5");
    let rates =
        (1..=9).map(|day| format!("2026-04-{day:02},USD,EUR,0.9\n")).collect::<String>() + &rates()["# rule: day\n".len()..];
    let rates = format!("date,from,to,rate\n{}", rates.replace("date,from,to,rate\n", ""));
    let budgets = "unit,month,amount,currency\nclaims,2026-05,1500,EUR\nlending,2026-05,100,EUR\n";
    let home = new().file("april.csv", april.csv()).file("may.csv", bill().csv()).file("rates.csv", rates);
    let home =
        home.file("budgets.csv", budgets).rules(RULES).ingest_billing("april.csv", "acme").ingest_billing("may.csv", "acme");
    home.run(&["rates", "import", "rates.csv"]).exits(0);
    home.run(&["budgets", "import", "budgets.csv"]).exits(0);
    home
}

fn every_report_of_a_month_can_be_had_in_another_currency(new: NewHome) {
    let home = two_months(new);
    let server = Server::of(&home);
    let of = |month: &str| home.json(&["chargeback", "--period", month, "--in", "EUR"]);
    let (april, may) = (of("2026-04"), of("2026-05"));
    let unit = |statement: &Value, id: &str| list(statement, "units").iter().find(|unit| unit["unit"] == id).expect(id).clone();
    let rolled = |statement: &Value, id: &str| figure(&unit(statement, id)["rolled_up"], "total");

    // Every figure is explained by its charges, each with what was billed for it.
    let explain =
        |cell: &str, more: &[&str]| home.json(&[&["chargeback", "--period", "2026-05", "--explain", cell], more].concat());
    for id in ["claims", "lending", "platform"] {
        let found = explain(&format!("unit={id}"), &["--in", "EUR"]);
        assert_eq!((text(&found, "difference"), figure(&found, "amount")), ("0", rolled(&may, id)), "{found:#}");
        assert_eq!(found["conversion"], may["conversion"]);
        let billed = explain(&format!("unit={id},currency=USD"), &[]);
        for lines in ["charges", "shares"] {
            let originals = list(&found, lines).iter().filter(|line| line["original"]["currency"] == "USD");
            let original = originals.map(|line| figure(&line["original"], "amount")).fold(Exact::parse("0"), |a, b| a + b);
            assert_eq!(original, total(list(&billed, lines).iter(), "amount"), "{id} {lines}: {found:#}");
        }
    }
    for reason in list(&may, "unattributed") {
        let found = explain(&format!("reason={}", text(reason, "reason")), &["--in", "EUR"]);
        assert_eq!((text(&found, "difference"), &found["amount"]), ("0", &reason["amount"]), "{found:#}");
    }
    let lending = explain("unit=lending", &["--in", "EUR"]);
    assert_eq!(server.get("/v1/chargeback/explanation?period=2026-05&cell=unit%3Dlending&in=EUR").is(200).json(), lending);
    home.run(&["chargeback", "--period", "2026-05", "--explain", "unit=lending", "--in", "EUR"]).exits(0).shows(&[
        "Billed",
        "304.50 USD",
        "Converted at the rate of each charge's day",
        "Difference 0.",
    ]);

    // A unit's statement and the books.
    let statement = home.json(&["statement", "claims", "--period", "2026-05", "--in", "EUR"]);
    let one = &list(&statement, "statements")[0];
    assert_eq!((&one["proven"], text(one, "currency")), (&json!(true), "EUR"));
    assert_eq!(figure(&one["total"], "amount"), rolled(&may, "claims"));
    assert_eq!(server.get("/v1/statements/claims?period=2026-05&in=EUR").is(200).json()["statements"], statement["statements"]);
    let journal = home.json(&["journal", "--period", "2026-05", "--in", "EUR", "--cost", "effective"]);
    assert_eq!((&journal["debit_total"], text(&journal, "currency")), (&journal["credit_total"], "EUR"));
    let credited = list(&journal, "lines").iter().filter(|line| line["entry"] == "billed");
    assert_eq!(total(credited, "exact") + figure(&may, "billed_total"), Exact::parse("0"));
    assert_eq!(server.get("/v1/journal?period=2026-05&in=EUR&cost=effective").is(200).json(), journal);
    server.get("/v1/accruals?period=2026-05&in=EUR").is(400);

    // A bridge has a step for what the rates did, and its ends are the statements.
    for by in ["unit", "service"] {
        let bridge = home.json(&["variance", "2026-04", "2026-05", "--in", "EUR", "--by", by]);
        assert_eq!((text(&bridge["total"], "difference"), text(&bridge, "currency")), ("0", "EUR"), "{bridge:#}");
        let steps = ["price", "volume", "mix", "fees", "correction", "rules", "shared", "fx"];
        for row in list(&bridge, "rows").iter().chain([&bridge["total"]]) {
            let sum = steps.iter().map(|step| figure(row, step)).fold(figure(row, "before"), |sum, step| sum + step);
            assert_eq!(sum, figure(row, "after"), "{row:#}");
        }
        assert_ne!(text(&bridge["total"], "fx"), "0");
        assert_eq!(server.get(&format!("/v1/variance?from=2026-04&to=2026-05&in=EUR&by={by}")).is(200).json(), bridge);
        for row in list(&bridge, "rows").iter().filter(|_| by == "unit").filter(|row| !text(row, "row").starts_with('(')) {
            let id = text(row, "row");
            assert_eq!((&row["before"], &row["after"]), (&unit(&april, id)["total"], &unit(&may, id)["total"]));
        }
    }
    home.run(&["variance", "2026-04", "2026-05", "--in", "EUR"]).exits(0).shows(&["FX", "mean rates of the earlier period"]);

    // A budget in euros is held against all that a unit costs.
    let status = home.run(&["--format", "json", "budgets", "status", "--period", "2026-05", "--in", "EUR"]).exits(2).json();
    let claims = list(&status, "units").iter().find(|line| line["unit"] == "claims").expect("claims");
    assert_eq!(figure(claims, "actual"), rolled(&may, "claims"), "{status:#}");
    assert_eq!(server.get("/v1/budgets?period=2026-05&in=EUR").is(200).json()["units"], status["units"]);
    home.run(&["budgets", "status", "--period", "2026-05"]).shows(&["--in EUR"]);
}
