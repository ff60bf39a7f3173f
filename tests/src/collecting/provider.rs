//! What a provider says beside its bill, collected and shown.

use farthing_testkit::{CommitmentFigures, FakeAws, Scenario, UnusualCosts};
use serde_json::Value;

use super::{collect, home, line_items};
use crate::support::{NewHome, Server, list, on_both_databases, text};

on_both_databases!(what_aws_says_beside_its_bill_stands_beside_it_and_in_no_statement);

fn scenario() -> Scenario {
    let amount = |text: &str| text.parse().expect("a decimal");
    let figures = |day: u32, used: &str| CommitmentFigures {
        day: format!("2025-10-{day:02}"),
        committed: amount("10"),
        used: amount(used),
        net_savings: amount("2.5"),
        covered: amount("30"),
        on_demand: amount("10"),
    };
    let unusual = |id: &str, actual: f64| UnusualCosts {
        id: id.into(),
        days: ("2025-10-03".into(), "2025-10-04".into()),
        service: "Amazon Bedrock".into(),
        account: "research".into(),
        actual,
        expected: 100.0,
    };
    Scenario {
        line_items: line_items("111122223333"),
        savings_plans: vec![figures(1, "7.5"), figures(2, "10"), figures(3, "2.5")],
        anomalies: vec![unusual("small", 101.5), unusual("large", 480.25)],
        expected_a_day: Some(amount("12.3")),
        ..Scenario::default()
    }
}

fn what_aws_says_beside_its_bill_stands_beside_it_and_in_no_statement(new: NewHome<'_>) {
    let fake = FakeAws::start(scenario());
    let settings = "reports = [\"savings-plans\", \"reservations\", \"anomalies\", \"forecast\"]";
    let with = home(new, &fake, settings);
    let report = collect(&with, &[]).exits(0).json();
    let part = &list(&list(&report, "sources")[0], "parts")[0];
    let month = &list(part, "months")[0];
    let said: Vec<&str> = list(month, "reports").iter().filter_map(Value::as_str).collect();
    // October 2025 is over: nothing of it is expected. There are no reservations.
    assert_eq!(said, ["savings-plans", "anomalies"], "{report:#}");
    assert!(list(month, "notes").iter().any(|note| note.as_str().is_some_and(|note| note.contains("no reservations"))));
    // Costs, savings plans twice, reservations, anomalies: a cent each.
    assert_eq!(text(part, "cost"), "0.05");

    let commitments = with.json(&["provider", "commitments", "--period", "2025-10"]);
    let month = &list(&commitments, "months")[0];
    let figures = ["committed", "used", "unused", "utilisation_percent", "covered", "coverage_percent", "net_savings"];
    assert_eq!(figures.map(|name| text(month, name)), ["30", "20", "10", "66.67", "90", "75", "7.5"], "{commitments:#}");
    with.run(&["provider", "commitments", "--by-day"]).exits(0).shows(&[
        "2025-10-03",
        "25.00",
        "savings-plans",
        "part of a statement",
    ]);
    let anomalies = with.json(&["provider", "anomalies"]);
    let found = list(&anomalies, "anomalies");
    assert_eq!((text(&found[0], "id"), text(&found[0], "impact"), found.len()), ("large", "380.25", 2));
    with.run(&["provider", "forecast"]).exits(1).says(&["reports = [\"forecast\"]"]);

    // The same statement as without any of it.
    let without = home(new, &fake, "");
    collect(&without, &[]).exits(0);
    let statement =
        |home: &crate::support::Home| home.run(&["--format", "csv", "chargeback", "--period", "2025-10"]).exits(0).stdout;
    assert_eq!(statement(&with.rules(super::RULES)), statement(&without.rules(super::RULES)));
}

#[test]
fn a_forecast_of_the_provider_stands_beside_ours_with_its_interval() {
    let fake = FakeAws::start(scenario());
    let home = home(&crate::support::Home::new, &fake, "reports = [\"forecast\"]");
    let as_of = text(&home.json(&["status"]), "as_of").to_owned();
    let (month, today) = (&as_of[..7], &as_of[..10]);
    // Yesterday and the days before it cost the same, as far as they are of this month.
    fake.change(|scenario| {
        let template = scenario.line_items[0].clone();
        let item = |day: u32| farthing_testkit::LineItem { hour: format!("{month}-{day:02}T07:00:00Z"), ..template.clone() };
        scenario.line_items = (1..=31).map(item).filter(|item| &item.hour[..10] < today).collect();
    });
    super::collect_window(&home, &format!("{today}/2999-01-01"), &[]).exits(0);
    let forecasts = home.json(&["provider", "forecast"]);
    let one = &list(&forecasts, "forecasts")[0];
    assert_eq!((text(one, "from"), text(one, "period"), text(one, "currency")), (today, month, "USD"), "{forecasts:#}");
    assert_eq!(one["provider_interval_percent"], 95);
    let number = |name: &str| text(one, name).parse::<f64>().expect("a number");
    assert!(number("provider_low") < number("provider") && number("provider") < number("provider_high"));
    assert_eq!(one["came"], Value::Null, "the month is not over");
    home.run(&["provider", "forecast"]).exits(0).shows(&["provider", "Interval", "by itself"]);

    let server = Server::of(&home);
    let answer: Value = server.get("/v1/provider/forecasts").json();
    assert_eq!(list(&answer, "forecasts"), list(&forecasts, "forecasts"));
    let metrics = server.get("/metrics").body;
    // On the first of a month there are no costs of it yet to ask for.
    let calls = if today.ends_with("-01") { 1 } else { 2 };
    for line in [
        "farthing_collect_success_timestamp_seconds{source=\"aws\"} ".to_owned(),
        format!("farthing_collect_calls{{source=\"aws\"}} {calls}"),
        format!("farthing_collect_cost_dollars{{source=\"aws\"}} 0.0{calls}"),
        format!("farthing_collect_last_calls{{source=\"aws\"}} {calls}"),
        "farthing_collect_last_rows{source=\"aws\"} ".to_owned(),
        "farthing_collect_last_duration_seconds{source=\"aws\"} ".to_owned(),
        "farthing_collect_missing_hours{source=\"aws\"} 0".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
    fake.change(|scenario| {
        let denied = Scenario::default().fails("GetCostAndUsage", 1..99, 403, "AccessDeniedException");
        scenario.troubles = denied.fails("GetCostForecast", 1..99, 403, "AccessDeniedException").troubles;
    });
    super::collect_window(&home, &format!("{today}/2999-01-01"), &[]).exits(1);
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("farthing_collect_failing{source=\"aws\",reason=\"denied\"} 1"), "{metrics}");
}
