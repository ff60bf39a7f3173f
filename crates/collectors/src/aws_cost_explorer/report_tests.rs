//! What AWS says beside its costs, from the fake endpoint.

use farthing_testkit::{CommitmentFigures, LineItem, Scenario, UnusualCosts};
use farthing_types::Amount;

use crate::source::testing::{Bench, Outcome, collect_period};
use crate::source::{AnomalyReport, CollectError, CommitmentReport, ForecastReport, Report, SourcesFile};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn figures(day: u32, committed: &str, used: &str) -> CommitmentFigures {
    CommitmentFigures {
        day: format!("2026-10-{day:02}"),
        committed: amount(committed),
        used: amount(used),
        net_savings: amount("1.25"),
        covered: amount(&format!("{day}.0000000001")),
        on_demand: amount("3"),
    }
}

fn unusual(id: &str, day: u32, actual: f64, expected: f64) -> UnusualCosts {
    let days = (format!("2026-10-{day:02}"), format!("2026-10-{:02}", day + 2));
    UnusualCosts { id: id.into(), days, service: "Amazon Bedrock".into(), account: "research".into(), actual, expected }
}

fn bench(reports: &str, scenario: Scenario) -> Bench {
    let item = LineItem {
        hour: "2026-10-01T00:00:00Z".into(),
        keys: [("SERVICE".to_owned(), "Amazon EC2".to_owned())].into(),
        unblended: Amount::ONE,
        amortized: Amount::ONE,
    };
    let savings_plans = (1..=31).map(|day| figures(day, "24", &format!("2{}.5", day % 4))).collect();
    let reservations = vec![figures(3, "48", "12")];
    let scenario = Scenario { line_items: vec![item], savings_plans, reservations, ..scenario };
    Bench { settings: format!("reports = {reports}"), ..Bench::new("aws-cost-explorer", scenario) }
}

fn reports(outcome: &Outcome) -> &[Report] {
    &outcome.collected.as_ref().unwrap().reports
}

fn commitments(report: &Report) -> &CommitmentReport {
    match report {
        Report::SavingsPlans(report) | Report::Reservations(report) => report,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn commitments_are_told_by_day_whatever_the_pages() {
    let choice = "[\"savings-plans\", \"reservations\"]";
    let whole = bench(choice, Scenario::default()).collect().await;
    let paged = bench(choice, Scenario { groups_a_page: 10, ..Scenario::default() }).collect().await;
    assert_eq!(reports(&paged), reports(&whole));
    // Costs, use, four pages of coverage, and two of reservations.
    assert_eq!((whole.calls, paged.calls), (5, 8));
    let (plans, reserved) = (commitments(&reports(&whole)[0]), commitments(&reports(&whole)[1]));
    assert_eq!((plans.unit.as_str(), plans.days.len(), reserved.unit.as_str(), reserved.days.len()), ("USD", 31, "hours", 1));
    let third = &plans.days[2];
    let (used, covered) = (third.utilisation.clone().unwrap(), third.coverage.clone().unwrap());
    assert_eq!((used.used, used.unused, used.net_savings), (amount("23.5"), amount("0.5"), amount("1.25")));
    assert_eq!((covered.covered, covered.total), (amount("3.0000000001"), amount("6.0000000001")));
    // What is kept reads back as it was.
    let read: CommitmentReport = serde_json::from_str(&reports(&whole)[0].content()).unwrap();
    assert_eq!(&read, plans);
}

#[tokio::test]
async fn figures_that_do_not_add_up_give_nothing_not_even_the_costs() {
    let outcome = bench("[\"reservations\"]", Scenario { lost_figures: true, ..Scenario::default() }).collect().await;
    let error = outcome.collected.unwrap_err();
    assert!(matches!(&error, CollectError::Incomplete { said, .. } if said.contains("2026-10-03")), "{error}");
    assert!(outcome.text.is_empty());
}

#[tokio::test]
async fn what_aws_has_no_data_on_is_said_and_the_costs_are_collected() {
    let bench = bench("[\"savings-plans\", \"reservations\"]", Scenario::default());
    bench.fake.change(|scenario| scenario.savings_plans.clear());
    let outcome = bench.collect().await;
    let collected = outcome.collected.unwrap();
    assert_eq!(collected.notes, ["2026-10: AWS has no savings plans to report on"]);
    assert_eq!((collected.reports.len(), collected.deliveries.len()), (1, 1));
}

#[tokio::test]
async fn anomalies_keep_every_digit_and_have_an_order_of_their_own() {
    let anomalies = vec![unusual("b", 9, 310.07, 100.0), unusual("c", 2, 12.5, 2.25), unusual("a", 9, 5.0, 1.0)];
    let scenario = Scenario { anomalies, groups_a_page: 2, ..Scenario::default() };
    let outcome = bench("[\"anomalies\"]", scenario).collect().await;
    let Report::Anomalies(AnomalyReport { anomalies }) = &reports(&outcome)[0] else { panic!("{:?}", reports(&outcome)) };
    assert_eq!(anomalies.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["c", "a", "b"]);
    let last = &anomalies[2];
    assert_eq!((last.impact, last.actual, last.expected), (amount("210.07"), Some(amount("310.07")), Some(amount("100"))));
    assert_eq!((last.from.unwrap().to_string(), last.to.unwrap().to_string()), ("2026-10-09".into(), "2026-10-11".into()));
    assert_eq!(last.causes, ["Amazon Bedrock · us-east-1 · research"]);
}

#[tokio::test]
async fn a_forecast_is_of_the_days_to_come_and_of_none_that_are_over() {
    let bench = bench("[\"forecast\"]", Scenario { expected_a_day: Some(amount("1.1")), ..Scenario::default() });
    assert!(reports(&bench.collect().await).is_empty());
    let source = bench.open();
    let part = source.parts().remove(0);
    let outcome = collect_period(&*source, &part, "2026-11", None, bench.spent.clone()).await;
    let Report::Forecast(report) = &reports(&outcome)[0] else { panic!("{:?}", reports(&outcome)) };
    // From 2 November to the 30th, 29 days.
    let expected = ForecastReport {
        from: "2026-11-02".parse().unwrap(),
        to: "2026-12-01".parse().unwrap(),
        currency: farthing_types::Currency::USD,
        mean: amount("31.9"),
        low: amount("28.71"),
        high: amount("35.09"),
        interval_percent: 95,
    };
    assert_eq!(report, &expected);
    bench.fake.change(|scenario| scenario.expected_a_day = None);
    let outcome = collect_period(&*source, &part, "2026-11", None, bench.spent.clone()).await;
    assert!(outcome.collected.unwrap().notes[0].contains("AWS has no forecast"));
}

#[tokio::test]
async fn f21_reports_are_paid_for_and_the_budget_stops_them_with_the_month() {
    let anomalies = (1..9).map(|day| unusual(&format!("a{day}"), day, 2.0, 1.0)).collect();
    let bench = bench("[\"anomalies\"]", Scenario { anomalies, groups_a_page: 2, ..Scenario::default() });
    let bench = Bench { budget: Some("0.03"), ..bench };
    let outcome = bench.collect().await;
    assert!(matches!(outcome.collected.unwrap_err(), CollectError::Budget { .. }));
    assert_eq!((bench.fake.calls().len(), outcome.text.len()), (3, 0));
}

#[tokio::test]
async fn f17_pages_of_a_report_that_change_are_read_anew() {
    let anomalies = || (1..9).map(|day| unusual(&format!("a{day}"), day, 2.0, 1.0)).collect();
    let scenario = Scenario { anomalies: anomalies(), groups_a_page: 3, ..Scenario::default() };
    let whole = bench("[\"anomalies\"]", scenario.clone()).collect().await;
    let changed = bench("[\"anomalies\"]", scenario.clone().fails("GetAnomalies", 2..3, 400, "InvalidNextTokenException"));
    let changed = changed.collect().await;
    assert_eq!((reports(&changed), changed.calls), (reports(&whole), whole.calls + 2));
    let circle = bench("[\"anomalies\"]", Scenario { circular_pages: true, ..scenario }).collect().await;
    assert!(circle.collected.unwrap_err().to_string().contains("circle"));
}

#[test]
fn a_report_that_is_named_twice_is_refused() {
    let text = "version = 1\n[source.aws]\nkind = \"aws-cost-explorer\"\nreports = [\"forecast\", \"forecast\"]";
    assert!(SourcesFile::parse(text).unwrap_err()[0].contains("paid for twice"));
}
