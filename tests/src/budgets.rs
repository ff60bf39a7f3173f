//! Budgets by unit: what a month cost is the chargeback's own figure, what it will cost has an interval and an error.

use serde_json::{Value, json};

use crate::support::{Bill, Exact, Home, NewHome, Server, figure, list, on_both_databases, text};

on_both_databases!(
    what_is_held_against_a_budget_is_the_figure_of_the_chargeback,
    budgets_of_units_that_are_not_there_are_refused_and_nothing_is_published,
    the_days_to_come_are_forecast_and_the_forecast_is_tested_on_earlier_days,
);

const UNITS: &str = "id,name,parent,currency,budget\n\
    insurance,Insurance,,USD,3000\nclaims,Claims,insurance,USD,2000\nmotor,Motor,insurance,,\nplatform,Platform,,EUR,10\n";
const RULES: &str = "version = 1\n[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n\
    [[pools]]\nid = \"platform-by-cost\"\nunit = \"platform\"\ndriver = \"direct_cost\"\nrecipients = [\"claims\", \"motor\"]\n";
const BUDGETS: &str = "unit,month,amount,currency,alert_actual,alert_forecast,note\n\
    insurance,2026-05,2400,USD,50;100,none,\nclaims,2026-05,1500,USD,none,100,\nmotor,2026-04/2026-12,1000.5,USD,,,\n";

/// A bill with charges on every day of a month: less on weekends, and the same every week.
fn daily(month: &'static str, days: usize, first_weekday: usize) -> Bill {
    (0..days).fold(Bill::of(month), |bill, at| {
        let weekend = (at + first_weekday) % 7 >= 5;
        let (team, cost) = if at % 2 == 0 {
            ("claims", if weekend { "30.25" } else { "80" })
        } else {
            ("motor", if weekend { "10" } else { "40.125" })
        };
        let bill = on_day(bill, month, at * 2, at + 1, team, cost);
        on_day(bill, month, at * 2 + 1, at + 1, "platform", "4.5")
    })
}

fn on_day(bill: Bill, month: &str, row: usize, day: usize, team: &str, cost: &str) -> Bill {
    let stood = 1 + row % 9;
    let span = |day: usize| format!("Usage,{month}-{:02}T00:00:00Z,{month}-{day:02}T00:00:00Z", day + 1);
    // The end of the last day is not read by anything here.
    bill.charge(team, "Queues", cost).with(&span(stood), &span(day).replace("-31T", "-30T").replacen("-32T", "-31T", 1))
}

fn home(new: NewHome) -> Home {
    let home = new()
        .file("units.csv", UNITS)
        .file("budgets.csv", BUDGETS)
        .file("april.csv", daily("2026-04", 29, 2).csv())
        .file("may.csv", daily("2026-05", 30, 4).csv());
    home.run(&["units", "import", "units.csv"]).exits(0);
    home.rules(RULES).ingest_billing("april.csv", "acme").ingest_billing("may.csv", "acme")
}

fn state<'a>(report: &'a Value, unit: &str) -> &'a Value {
    let states = list(report, "units").iter().find(|state| state["unit"] == unit);
    states.unwrap_or_else(|| panic!("{unit} has no budget in {report:#}"))
}

fn rolled_up(statement: &Value, unit: &str) -> Exact {
    let line = list(statement, "units").iter().find(|line| line["unit"] == unit);
    line.map_or_else(|| Exact::parse("0"), |line| figure(&line["rolled_up"], "total"))
}

/// A report whose status may be 2.
fn status(home: &Home, arguments: &[&str], exits: i32) -> Value {
    home.run(&[&["--format", "json", "budgets", "status"], arguments].concat()).exits(exits).json()
}

fn what_is_held_against_a_budget_is_the_figure_of_the_chargeback(new: NewHome) {
    let home = home(new);
    // The units' own budgets hold where no file says otherwise; nobody is beyond them in April.
    let april = status(&home, &["--period", "2026-04"], 0);
    assert_eq!((&april["budgets"], text(&april, "rule_set")), (&Value::Null, "v1, units v1"));
    assert_eq!(text(state(&april, "platform"), "currency"), "EUR");
    assert_eq!(state(&april, "platform")["other_currencies"], json!([]), "the pool took all of it");
    assert_eq!(state(&april, "insurance")["allocated"], "2000");

    home.run(&["budgets", "import", "budgets.csv", "--dry-run"])
        .exits(0)
        .shows(&["3 budgets of 3 units", "nothing was published"]);
    home.run(&["budgets", "import", "budgets.csv"]).exits(0).shows(&["published as version 1"]);
    home.run(&["budgets", "import", "budgets.csv"]).exits(0).shows(&["unchanged, already version 1"]);
    let may = status(&home, &[], 2);
    let statement = home.json(&["chargeback", "--period", "2026-05"]);
    for unit in ["insurance", "claims", "motor", "platform"] {
        assert_eq!(
            figure(state(&may, unit), "actual"),
            if unit == "platform" { Exact::parse("0") } else { rolled_up(&statement, unit) }
        );
    }
    let insurance = state(&may, "insurance");
    assert_eq!(
        (text(insurance, "budget"), text(insurance, "allocated"), text(insurance, "over_allocated")),
        ("2400", "2500.5", "100.5")
    );
    assert_eq!(figure(insurance, "actual") + figure(insurance, "remaining"), Exact::parse("2400"));
    assert_eq!(list(&may, "alerts").len(), 1, "{may:#}");
    assert_eq!((text(&may["alerts"][0], "unit"), text(&may["alerts"][0], "threshold")), ("insurance", "1200"));
    home.run(&["budgets", "status"]).exits(2).shows(&[
        "Budgets 2026-05",
        "Insurance",
        "ALERT: insurance has cost",
        "50 % of its budget, 1,200.00 USD",
        "100.5 more than its own",
    ]);
    home.run(&["budgets", "status", "--unit", "motor", "--format", "csv"])
        .exits(0)
        .shows(&["Unit,Name,Currency,Budget", "motor,Motor,USD,1000.5,"]);
    home.run(&["budgets", "list", "--period", "2026-05"]).exits(0).shows(&["budgets v1", "units v1", "50 %, 100 %"]);

    let until = status(&home, &["--period", "2026-05", "--through", "2026-05-12"], 0);
    let window = home.json(&["chargeback", "--window", "2026-05-01/2026-05-13"]);
    for unit in ["insurance", "claims", "motor"] {
        assert_eq!(figure(state(&until, unit), "actual"), rolled_up(&window, unit));
    }
    let server = Server::of(&home);
    let mut over_http = server.get("/v1/budgets?period=2026-05").is(200).json();
    over_http["as_of"] = may["as_of"].clone();
    assert_eq!(over_http, may);
    assert_eq!(
        server.get("/v1/budgets/entries?period=2026-05").is(200).json(),
        home.json(&["budgets", "list", "--period", "2026-05"])
    );
    server.get("/v1/budgets?through=2026-05-01").is(400);
    server.get("/v1/budgets?period=2030-01").is(404);
    let metrics = server.get("/metrics").is(200).body;
    for line in [
        "farthing_budget_alerts{unit=\"insurance\",period=\"2026-05\"} 1",
        "farthing_budget_alerts{unit=\"motor\",period=\"2026-05\"} 0",
    ] {
        assert!(metrics.lines().any(|said| said == line), "{line} is not in\n{metrics}");
    }
    assert!(metrics.contains("farthing_budget_ratio{unit=\"insurance\",period=\"2026-05\",of=\"actual\"} 0."), "{metrics}");
    let body =
        server.request("PUT", "/v1/budgets", &[("Content-Type", "text/csv")], &BUDGETS.replace("2400", "2500")).is(200).json();
    assert_eq!((&body["version"], &body["changed"]), (&json!(2), &json!(true)));
    // What was said before is said again as of then.
    let then = text(&may, "as_of").to_owned();
    let again = status(&home, &["--period", "2026-05", "--as-of", &then], 2);
    assert_eq!(again, may);
}

fn budgets_of_units_that_are_not_there_are_refused_and_nothing_is_published(new: NewHome) {
    let home = home(new);
    home.write("wrong.csv", BUDGETS.replace("\nmotor,", "\nmotors,").replace("1500", "fifteen"));
    home.run(&["budgets", "import", "wrong.csv"])
        .exits(1)
        .says(&["wrong.csv: line 3: unit \"claims\": amount: \"fifteen\" is not a decimal number"]);
    home.write("wrong.csv", BUDGETS.replace("\nmotor,", "\nmotors,"));
    home.run(&["budgets", "import", "wrong.csv"])
        .exits(1)
        .says(&["wrong.csv: line 4: unit \"motors\": no unit has this id", "farthing units"]);
    home.run(&["budgets", "status", "--period", "2026-03"]).exits(1).says(&["no charges for 2026-03"]);
    home.run(&["budgets", "import", "budgets.csv"]).exits(0).shows(&["version 1"]);
    home.write("short.csv", UNITS.replace("motor,Motor,insurance,,\n", ""));
    // The rules' pool names motor too: take it out of both, and the budget is left.
    home.run(&["units", "import", "short.csv"]).exits(1).says(&["under it rules v1 could not be used"]);
    home.write("rules.toml", RULES.replace(", \"motor\"", ""));
    home.run(&["rules", "publish", "rules.toml"]).exits(0);
    home.run(&["units", "import", "short.csv"]).exits(1).says(&[
        "short.csv: nothing was published, since under it budgets v1 could not be used: line 4: unit \"motor\": no unit has this id",
    ]);
    home.run(&["units", "show", "motor"]).exits(0);
}

fn the_days_to_come_are_forecast_and_the_forecast_is_tested_on_earlier_days(new: NewHome) {
    let home = home(new);
    home.run(&["budgets", "import", "budgets.csv"]).exits(0);
    let report = status(&home, &["--period", "2026-05", "--through", "2026-05-20"], 0);
    let whole = home.json(&["chargeback", "--period", "2026-05"]);
    for unit in ["insurance", "claims", "motor"] {
        let forecast = &state(&report, unit)["forecast"];
        assert_eq!(
            (text(forecast, "method"), &forecast["days_to_come"], &forecast["days_of_history"]),
            ("weekly_smoothing", &json!(11), &json!(50))
        );
        let number = |name: &str| text(forecast, name).parse::<f64>().expect("a number");
        let came = rolled_up(&whole, unit).to_string().parse::<f64>().expect("a number");
        // The days alternate between two units, which a season of a week does not know; all together they do not.
        let near = if unit == "insurance" { 0.12 } else { 0.25 };
        assert!((number("total") - came).abs() < near * came, "{unit}: {forecast:#} is not {came}");
        assert!(number("low") < number("total") && number("total") < number("high"));
        let tested = &forecast["back_test"];
        assert_eq!((&tested["horizon_days"], &tested["origins"]), (&json!(11), &json!(19)));
        assert!(
            text(tested, "mape_percent").parse::<f64>().is_ok() && text(tested, "coverage_percent").parse::<f64>().is_ok(),
            "{tested:#}"
        );
    }
    home.run(&["budgets", "status", "--period", "2026-05", "--through", "2026-05-20"]).exits(0).shows(&[
        "11 days to come are forecast from 50 days",
        "at up to 19 earlier days",
        "Nothing is beyond its thresholds.",
    ]);
    // A month that is over costs what it cost.
    let over = status(&home, &["--period", "2026-05"], 2);
    let claims = state(&over, "claims");
    assert_eq!((text(&claims["forecast"], "method"), &claims["forecast"]["total"]), ("over", &claims["actual"]));
    home.run(&["budgets", "status", "--period", "2026-05", "--through", "2026-06-01"])
        .exits(1)
        .says(&["2026-06-01 is no day of 2026-05"]);
}
