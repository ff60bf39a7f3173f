//! What months to come will cost, and days that stood out.

use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde_json::Value;

use crate::support::{Exact, Home, Server, list, text};

const RULES: &str = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

/// A month of a bill: claims' machines cost more on workdays, lending's always the same; one day of May costs 500 more.
fn bill(month: &str) -> String {
    let mut text = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargePeriodEnd,ChargePeriodStart,\
                    ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,ServiceCategory,ServiceName,SubAccountId,Tags\n"
        .to_owned();
    let first: NaiveDate = format!("{month}-01").parse().unwrap();
    let after = first.checked_add_months(chrono::Months::new(1)).unwrap();
    for day in first.iter_days().take_while(|day| *day < after) {
        let usual = if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) { 40 } else { 100 };
        // Something else each day, the same in every run.
        let cents = day.ordinal() * 37 % 100;
        let machines = if day == NaiveDate::from_ymd_opt(2026, 5, 14).unwrap() { usual + 500 } else { usual };
        for (team, service, cost) in
            [("claims", "Machines", format!("{machines}.{cents:02}")), ("lending", "Storage", "20".to_owned())]
        {
            let next = day.checked_add_days(Days::new(1)).unwrap();
            writeln!(
                text,
                "{cost},1000,USD,{after}T00:00:00Z,{first}T00:00:00Z,Usage,{next}T00:00:00Z,{day}T00:00:00Z,{cost},{cost},Acme Cloud,{cost},Compute,\
                 {service},2000,\"{{\"\"team\"\":\"\"{team}\"\"}}\""
            )
            .unwrap();
        }
    }
    text
}

fn of_three_months() -> Home {
    ["2026-03", "2026-04", "2026-05"].into_iter().fold(Home::new().rules(RULES), |home, month| {
        let name = format!("{month}.csv");
        home.file(&name, bill(month)).ingest_billing(&name, "acme")
    })
}

fn without_moment(mut report: Value) -> Value {
    report.as_object_mut().expect("a report is an object").remove("as_of");
    report
}

#[test]
fn a_day_that_stands_out_is_told_with_what_moved() {
    let home = of_three_months();
    let run = home.run(&["anomalies", "--period", "2026-05", "--format", "json"]).exits(2);
    let found = run.json();
    let [one] = list(&found, "anomalies") else { panic!("{found:#}") };
    assert_eq!((text(one, "name"), text(one, "first"), text(one, "last")), ("claims", "2026-05-14", "2026-05-14"));
    // The sum of the day's charges, to the last digit; what was expected is a statistic, and the two differ by the impact.
    let day = home.value("SELECT SUM(EffectiveCost) FROM attributed WHERE Unit = 'claims' AND ChargePeriodStart = '2026-05-14'");
    assert_eq!(one["actual"], day);
    let figure = |name: &str| Exact::parse(text(one, name));
    assert_eq!(figure("expected") + figure("impact"), figure("actual"));
    assert!((figure("impact").approximately() - 500.0).abs() < 5.0, "{one:#}");
    assert_eq!(text(&list(one, "causes")[0], "name"), "Machines");
    assert_eq!(found["judged"], 2);

    home.run(&["anomalies", "--period", "2026-05"]).exits(2).shows(&["claims", "2026-05-14", "Machines"]);
    let by_service = home.run(&["anomalies", "--period", "2026-05", "--by", "service", "--format", "json"]).exits(2).json();
    let one = &list(&by_service, "anomalies")[0];
    assert_eq!((text(one, "name"), text(&list(one, "causes")[0], "name")), ("Machines", "claims"));
    // An ordinary month has none, and what is too small to matter is left out.
    home.run(&["anomalies", "--period", "2026-04"]).exits(0).shows(&["Nothing stood out", "2 series"]);
    home.run(&["anomalies", "--period", "2026-05", "--least", "1000"]).exits(0);
    // Where there are no three weeks of history, nothing is said, and that is said.
    home.run(&["anomalies", "--period", "2026-03", "--by", "team"]).exits(64).says(&["none of unit, service"]);
    let server = Server::of(&home);
    let answer = server.get("/v1/anomalies?period=2026-05").is(200).json();
    assert_eq!(without_moment(answer), without_moment(found));
    server.get("/v1/anomalies?deviations=0").is(400);
}

#[test]
fn months_to_come_are_expected_from_the_days_that_were() {
    let home = of_three_months();
    let found = home.json(&["forecast", "--months", "1", "--by", "unit"]);
    let lines = list(&found, "lines");
    let names: Vec<&Value> = lines.iter().map(|line| &line["name"]).collect();
    assert_eq!(names, [&Value::Null, &"claims".into(), &"lending".into()]);
    let months = list(&lines[0], "months");
    let billed = home.value("SELECT SUM(EffectiveCost) FROM focus WHERE BillingPeriodStart = '2026-05-01'");
    // May is over: what it cost is what is expected of it.
    assert_eq!((&months[0]["actual"], &months[0]["days_to_come"]), (&billed, &0.into()));
    assert_eq!(Exact::parse(text(&months[0], "expected")), Exact::parse(text(&months[0], "actual")));
    // June has 22 workdays, 8 others, and 30 days of storage; the day that stood out is not expected again.
    let number = |name: &str| Exact::parse(text(&months[1], name)).approximately();
    let usual = 22.0 * 100.5 + 8.0 * 40.5 + 30.0 * 20.0;
    assert!((number("expected") / usual - 1.0).abs() < 0.02, "{months:#?}");
    assert!(number("low") <= usual && usual <= number("high"), "{months:#?}");
    let storage = &list(&lines[2], "months")[1];
    assert_eq!((text(storage, "expected"), text(storage, "low"), text(storage, "high")), ("600", "600", "600"));

    home.run(&["forecast", "--months", "13"]).exits(1).says(&["from 1 to 12"]);
    let answer = Server::of(&home).get("/v1/forecast?months=1&by=unit").is(200).json();
    assert_eq!(without_moment(answer), without_moment(found));
}
