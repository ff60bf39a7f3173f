//! Scenarios against the fake endpoint: each fault of the cloud APIs by its number.

use farthing_testkit::{LineItem, Misbehaviour, Scenario};
use farthing_types::{Amount, SourceName};

use crate::source::testing::Bench;
use crate::source::{CollectError, SourcesFile};

fn item(day: u32, hour: u32, service: &str, account: &str, cost: &str) -> LineItem {
    let record = if cost.starts_with('-') { "Credit" } else { "Usage" };
    let keys = [("SERVICE", service), ("LINKED_ACCOUNT", account), ("RECORD_TYPE", record), ("tag:team", "claims")];
    let keys = keys.map(|(key, value)| (key.to_owned(), value.to_owned()));
    LineItem {
        hour: format!("2026-10-{day:02}T{hour:02}:00:00Z"),
        keys: keys.into(),
        unblended: cost.parse().unwrap(),
        amortized: cost.parse().unwrap(),
    }
}

/// A month of two accounts and three services, with amounts of ten decimals.
fn month() -> Vec<LineItem> {
    let mut items = Vec::new();
    for day in 1..=31 {
        for (number, service) in ["Amazon Bedrock", "Amazon EC2", "Amazon S3"].into_iter().enumerate() {
            let cents = day * 7 + number as u32;
            items.push(item(day, day % 24, service, "111122223333", &format!("{cents}.0000000001")));
            items.push(item(day, 23, service, "444455556666", &format!("0.{:010}", cents * 1_000_003)));
        }
    }
    items.push(item(9, 0, "Amazon S3", "111122223333", "-12.3456789"));
    items
}

fn bench(scenario: Scenario) -> Bench {
    Bench::new("aws-cost-explorer", Scenario { line_items: month(), ..scenario })
}

fn sum(text: &str) -> Amount {
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let costs = rows.records().map(|row| row.unwrap()[0].parse::<Amount>().unwrap());
    costs.fold(Amount::ZERO, |sum, cost| sum.checked_add(cost).unwrap())
}

fn whole() -> Amount {
    month().iter().fold(Amount::ZERO, |sum, item| sum.checked_add(item.unblended).unwrap())
}

#[tokio::test]
async fn a_month_is_collected_to_the_last_digit_whatever_its_pages() {
    let one_page = bench(Scenario::default()).collect().await;
    assert_eq!((sum(&one_page.text), one_page.calls), (whole(), 1));
    let many = bench(Scenario { groups_a_page: 7, ..Scenario::default() }).collect().await;
    assert_eq!(many.text, one_page.text);
    assert_eq!(many.calls, 14);
    assert!(many.text.contains("Credit") && many.text.contains("Amazon Bedrock"), "{}", many.text);
}

#[tokio::test]
async fn a_split_adds_up_to_the_whole_and_knows_the_accounts() {
    let bench = Bench {
        settings: "split_by = \"LINKED_ACCOUNT\"\ngroup_by = [\"SERVICE\", \"tag:team\"]".into(),
        ..bench(Scenario::default())
    };
    let outcome = bench.collect().await;
    outcome.collected.unwrap();
    assert_eq!(sum(&outcome.text), whole());
    assert!(outcome.text.contains("111122223333") && outcome.text.contains("444455556666"));
    assert!(outcome.text.contains(r#""{""team"":""claims""}""#), "{}", outcome.text.lines().nth(1).unwrap());
}

#[tokio::test]
async fn a_cost_category_is_a_key_like_a_tag() {
    let mut items = month();
    for (number, item) in items.iter_mut().enumerate() {
        item.keys.insert("cost-category:Unit".to_owned(), ["Lending", "Claims"][number % 2].to_owned());
    }
    let settings = "group_by = [\"cost-category:Unit\", \"tag:team\"]".to_owned();
    let bench = Bench { settings, ..Bench::new("aws-cost-explorer", Scenario { line_items: items, ..Scenario::default() }) };
    let outcome = bench.collect().await;
    outcome.collected.unwrap();
    assert_eq!(sum(&outcome.text), whole());
    assert!(outcome.text.contains(r#""{""Unit"":""Lending"",""team"":""claims""}""#), "{}", outcome.text.lines().nth(1).unwrap());
}

#[tokio::test]
async fn hours_are_asked_for_as_long_as_there_are_any() {
    let outcome = Bench { settings: "granularity = \"hourly\"".into(), ..bench(Scenario::default()) }.collect().await;
    assert_eq!(sum(&outcome.text), whole());
    // 2026-11-02 less 13 days.
    assert!(outcome.text.contains("2026-10-20T23:00:00Z,2026-10-21T00:00:00Z"));
    assert!(outcome.text.contains("2026-10-19T00:00:00Z,2026-10-20T00:00:00Z") && !outcome.text.contains("2026-10-19T23"));
}

#[tokio::test]
async fn f16_a_service_that_asks_for_patience_gets_it() {
    let operation = "GetCostAndUsage";
    let scenarios = [
        Scenario::default().fails(operation, 1..3, 400, "LimitExceededException"),
        Scenario::default().fails_for(operation, 1..2, 429, "TooManyRequestsException", 1),
        Scenario::default().fails(operation, 1..3, 500, "InternalFailure"),
        Scenario::default().fails(operation, 1..4, 503, "ServiceUnavailable"),
        Scenario::default().breaks(operation, 1..3, Misbehaviour::Reset),
        Scenario::default().breaks(operation, 1..3, Misbehaviour::Half),
        Scenario::default().breaks(operation, 1..2, Misbehaviour::Cut),
    ];
    for scenario in scenarios {
        let outcome = bench(scenario).collect().await;
        outcome.collected.unwrap();
        assert_eq!(sum(&outcome.text), whole());
        assert!(outcome.repeated > 0);
    }
    let outcome = bench(Scenario::default().fails(operation, 1..99, 400, "LimitExceededException")).collect().await;
    let error = outcome.collected.unwrap_err();
    assert!(matches!(error, CollectError::Unavailable { attempts: 4, .. }), "{error}");
    assert!(error.to_string().contains("LimitExceededException") && error.is_transient(), "{error}");
    // Longer than anybody waits.
    let outcome = bench(Scenario::default().fails_for(operation, 1..2, 429, "TooManyRequestsException", 3_600)).collect().await;
    assert!(matches!(outcome.collected.unwrap_err(), CollectError::Unavailable { attempts: 1, .. }));
}

#[tokio::test]
async fn f17_pages_that_lead_in_a_circle_give_nothing() {
    let outcome = bench(Scenario { groups_a_page: 10, circular_pages: true, ..Scenario::default() }).collect().await;
    let error = outcome.collected.unwrap_err().to_string();
    assert!(error.contains("circle") && outcome.text.is_empty(), "{error}");
    assert!(outcome.calls < 5, "{} calls", outcome.calls);
}

#[tokio::test]
async fn f17_an_answer_that_changes_under_way_is_begun_anew() {
    for error in ["RequestChangedException", "InvalidNextTokenException"] {
        let scenario = Scenario { groups_a_page: 50, ..Scenario::default() }.fails("GetCostAndUsage", 2..3, 400, error);
        let outcome = bench(scenario).collect().await;
        outcome.collected.unwrap();
        assert_eq!((sum(&outcome.text), outcome.calls), (whole(), 4), "{error}");
    }
    let scenario =
        Scenario { groups_a_page: 50, ..Scenario::default() }.fails("GetCostAndUsage", 2..99, 400, "RequestChangedException");
    let outcome = bench(scenario).collect().await;
    assert!(matches!(outcome.collected.unwrap_err(), CollectError::Incomplete { .. }));
    assert!(outcome.text.is_empty());
}

#[tokio::test]
async fn f18_an_estimate_that_becomes_final_says_so() {
    let bench = bench(Scenario { estimated_from: Some("2026-10-30".into()), ..Scenario::default() });
    let estimated = bench.collect().await;
    assert_eq!(estimated.collected.unwrap().notes, ["2026-10: days from 2026-10-30 on are estimates"]);
    assert_eq!(estimated.text.matches(",true").count(), 6);
    bench.fake.change(|scenario| scenario.estimated_from = None);
    let last = bench.collect().await;
    assert!(last.collected.unwrap().notes.is_empty());
    assert_eq!(sum(&last.text), sum(&estimated.text));
    assert_ne!(last.text, estimated.text);
}

fn two_accounts(scenario: Scenario) -> Bench {
    let accounts = [("111122223333".to_owned(), Some("secret-id".to_owned())), ("444455556666".to_owned(), None)];
    let settings = "accounts = [{ name = \"one\", role_arn = \"arn:aws:iam::111122223333:role/Reader\", external_id = \"secret-id\" }, \
                    { name = \"two\", role_arn = \"arn:aws:iam::444455556666:role/Reader\" }]";
    Bench { settings: settings.into(), ..bench(Scenario { accounts: accounts.into(), ..scenario }) }
}

#[tokio::test]
async fn f20_credentials_that_expire_are_renewed() {
    let bench = two_accounts(Scenario { calls_a_session: Some(2), groups_a_page: 20, ..Scenario::default() });
    let outcome = bench.collect().await;
    outcome.collected.unwrap();
    let account = month().into_iter().filter(|item| item.keys["LINKED_ACCOUNT"] == "111122223333");
    let expected = account.fold(Amount::ZERO, |sum, item| sum.checked_add(item.unblended).unwrap());
    assert_eq!(sum(&outcome.text), expected);
    assert!(bench.fake.calls().iter().filter(|call| *call == "AssumeRole").count() >= 2);
}

#[tokio::test]
async fn f20_one_account_that_is_denied_keeps_no_other_from_being_collected() {
    let bench = two_accounts(Scenario { denied: ["444455556666".to_owned()].into(), ..Scenario::default() });
    let source = bench.open();
    let parts = source.parts();
    assert_eq!(parts.iter().map(SourceName::as_str).collect::<Vec<_>>(), ["aws-one", "aws-two"]);
    assert!(bench.collect_part(&*source, &parts[0]).await.collected.is_ok());
    let error = bench.collect_part(&*source, &parts[1]).await.collected.unwrap_err();
    assert!(matches!(error, CollectError::Denied { .. }), "{error}");
    assert!(!error.to_string().contains("secret-id") && error.to_string().contains("deploy/iam"), "{error}");
}

#[tokio::test]
async fn f21_calls_stop_before_the_budget_is_exceeded() {
    let bench = Bench { budget: Some("0.05"), ..bench(Scenario { groups_a_page: 10, ..Scenario::default() }) };
    let outcome = bench.collect().await;
    let error = outcome.collected.unwrap_err();
    assert!(matches!(&error, CollectError::Budget { spent, .. } if *spent == "0.05".parse().unwrap()), "{error}");
    assert_eq!((outcome.calls, bench.fake.calls().len(), outcome.text.len()), (5, 5, 0));
    // What another run spent counts as well.
    assert_eq!(bench.collect().await.calls, 0);
    assert_eq!(bench.fake.calls().len(), 5);
}

#[test]
fn record_types_become_categories() {
    use super::map::kind_of;
    for (record, category) in [
        ("Usage", "Usage"),
        ("Savings Plan Covered Usage", "Usage"),
        ("Savings Plan Recurring Fee", "Purchase"),
        ("Savings Plan Negation", "Adjustment"),
        ("Enterprise Discount Program Discount", "Adjustment"),
        ("Tax", "Tax"),
        ("Credit", "Credit"),
    ] {
        assert_eq!(kind_of(record).0, category, "{record}");
    }
    assert_eq!(kind_of("Refund"), ("Adjustment", "Correction", "One-Time"));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let problems = |settings: &str| {
        SourcesFile::parse(&format!("version = 1\n[source.aws]\nkind = \"aws-cost-explorer\"\n{settings}")).unwrap_err()
    };
    assert!(problems("group_by = [\"SERVICE\", \"REGION\", \"AZ\"]")[0].contains("one or two"));
    assert!(problems("group_by = [\"service\"]")[0].contains("no dimension"));
    assert!(problems("monthly_budget = \"-1\"")[0].contains("below zero"));
    assert!(problems("colour = 1")[0].contains("source aws: unknown field `colour`"));
    assert!(problems("endpoint = \"http://169.254.169.254\"")[0].contains("link-local"));
}
