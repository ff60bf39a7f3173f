//! Sources that are asked over the network, as the program's users collect them: from an AWS of our own, which misbehaves.

mod cloudwatch;
mod faults;
mod partial;
mod prometheus;
mod provider;

use farthing_testkit::{Cluster, FakeAws, LineItem, Scenario};

use crate::support::{Bill, Home, NewHome, Run, list, on_both_databases, text};

on_both_databases!(
    a_month_that_is_collected_is_the_month_that_is_imported_from_files,
    f18_an_estimate_that_becomes_final_is_a_new_revision,
    f20_one_account_that_is_denied_keeps_no_other_from_being_collected,
    f21_calls_stop_before_the_budget_is_exceeded_also_over_several_runs,
);

const RULES: &str = "version = 1\n[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

/// What each day of October costs: the day, the team, the service, the cost.
fn costs() -> Vec<(u32, &'static str, &'static str, String)> {
    let each = |number: u32| {
        let (team, service) =
            (["claims", "lending", ""][number as usize % 3], ["Amazon Bedrock", "Amazon EC2"][number as usize % 2]);
        (1 + number % 9, team, service, format!("{number}.0000000{number:03}"))
    };
    (0..120).map(each).collect()
}

fn line_items(account: &str) -> Vec<LineItem> {
    let item = |(day, team, service, cost): (u32, &str, &str, String)| {
        let keys = [("SERVICE", service), ("tag:team", team), ("LINKED_ACCOUNT", account)];
        let keys = keys.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let cost: farthing_testkit::Amount = cost.parse().expect("a decimal");
        LineItem { hour: format!("2025-10-{day:02}T07:00:00Z"), keys, unblended: cost, amortized: cost }
    };
    costs().into_iter().map(item).collect()
}

/// A home whose document of sources names the fake.
fn home(new: NewHome<'_>, fake: &FakeAws, settings: &str) -> Home {
    let endpoint = format!("{{ url = \"{}\", allow_loopback = true }}", fake.address());
    let document = format!(
        "version = 1\n[source.aws]\nkind = \"aws-cost-explorer\"\nendpoint = {endpoint}\ngroup_by = [\"SERVICE\", \"tag:team\"]\n{settings}\n\
         [source.aws.login]\nsts_endpoint = {endpoint}\n"
    );
    let home = new().file("sources.toml", document);
    home.run(&["sources", "publish", "sources.toml"]).exits(0);
    home
}

fn collect(home: &Home, more: &[&str]) -> Run {
    collect_window(home, "2025-10-01/2025-11-01", more)
}

fn collect_window(home: &Home, window: &str, more: &[&str]) -> Run {
    let keys = [("AWS_ACCESS_KEY_ID", "AKIATEST"), ("AWS_SECRET_ACCESS_KEY", "hidden"), ("FARTHING_COLLECT_PAUSE_MS", "1")];
    home.run_with(&keys, &[&["--format", "json", "collect", "--window", window], more].concat())
}

fn a_month_that_is_collected_is_the_month_that_is_imported_from_files(new: NewHome<'_>) {
    let scenario = Scenario { line_items: line_items("111122223333"), groups_a_page: 7, ..Scenario::default() };
    // What happens on the way changes nothing: throttling, and pages that change.
    let scenario = scenario.fails("GetCostAndUsage", 2..4, 400, "LimitExceededException");
    let fake = FakeAws::start(scenario.fails("GetCostAndUsage", 6..7, 400, "RequestChangedException"));
    let collected = home(new, &fake, "").rules(RULES);
    let report = collect(&collected, &[]).exits(0).json();
    let part = &list(&list(&report, "sources")[0], "parts")[0];
    assert_eq!(text(&list(part, "months")[0], "outcome"), "imported", "{report:#}");
    assert_eq!(text(part, "cost"), text(part, "cost_of_month"));

    let bill = costs().iter().fold(Bill::of("2025-10"), |bill, (_, team, service, cost)| bill.charge(team, service, cost));
    let imported = new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "aws").rules(RULES);
    for cost in ["billed", "effective"] {
        let statement =
            |home: &Home| home.run(&["--format", "csv", "chargeback", "--period", "2025-10", "--cost", cost]).exits(0).stdout;
        assert_eq!(statement(&collected), statement(&imported), "{cost}");
    }
    collected.invariants_hold();
    // The same answer again changes nothing.
    let before = collected.state();
    let again = collect(&collected, &[]).exits(0).json();
    let months = &list(&list(&list(&again, "sources")[0], "parts")[0], "months")[0];
    assert_eq!(text(months, "outcome"), "unchanged", "{again:#}");
    assert_eq!(collected.state(), before);
}

fn f18_an_estimate_that_becomes_final_is_a_new_revision(new: NewHome<'_>) {
    let fake = FakeAws::start(Scenario {
        line_items: line_items("1"),
        estimated_from: Some("2025-10-05".into()),
        ..Scenario::default()
    });
    let home = home(new, &fake, "");
    collect(&home, &[]).exits(0).shows(&["days from 2025-10-05 on are estimates"]);
    fake.change(|scenario| {
        scenario.estimated_from = None;
        scenario.line_items.push(line_items("1").remove(7));
    });
    let report = collect(&home, &[]).exits(0).json();
    let month = &list(&list(&list(&report, "sources")[0], "parts")[0], "months")[0];
    let period = &list(&list(month, "imports")[0], "periods")[0];
    assert_eq!((text(period, "restates"), &period["sequence"]), ("amounts", &2.into()), "{report:#}");
    home.invariants_hold();
}

fn f20_one_account_that_is_denied_keeps_no_other_from_being_collected(new: NewHome<'_>) {
    let mut of_two = line_items("444455556666");
    for item in &mut of_two {
        item.keys.insert("SERVICE".to_owned(), "AWS Lambda".to_owned());
    }
    let items = [line_items("111122223333"), of_two].concat();
    let accounts = [("111122223333".to_owned(), Some("id".to_owned())), ("444455556666".to_owned(), None)].into();
    let fake = FakeAws::start(Scenario { line_items: items, accounts, ..Scenario::default() });
    let settings = "accounts = [{ name = \"one\", role_arn = \"arn:aws:iam::111122223333:role/R\", external_id = \"id\" }, \
                    { name = \"two\", role_arn = \"arn:aws:iam::444455556666:role/R\" }]";
    let home = home(new, &fake, settings);
    collect(&home, &[]).exits(0);
    let before = home.state();
    fake.change(|scenario| {
        scenario.denied.insert("444455556666".to_owned());
    });
    // The month of the one that is denied stays as it was, and is flagged.
    collect(&home, &[]).exits(3).shows(&["aws-two", "denied", "unchanged"]);
    assert_eq!(home.state(), before);
    let status = home.json(&["status"]);
    let collections = list(&status, "collections");
    assert_eq!(collections.iter().map(|one| text(one, "source")).collect::<Vec<_>>(), ["aws-one", "aws-two"]);
    assert_eq!((&collections[0]["problem"], text(&collections[1], "reason")), (&serde_json::Value::Null, "denied"));
    assert!(collections[1]["succeeded_at"].is_string());
}

fn f21_calls_stop_before_the_budget_is_exceeded_also_over_several_runs(new: NewHome<'_>) {
    let fake = FakeAws::start(Scenario { line_items: line_items("1"), groups_a_page: 5, ..Scenario::default() });
    let home = home(new, &fake, "monthly_budget = \"0.03\"");
    collect(&home, &[]).exits(1).shows(&["budget", "USD 0.01"]);
    collect(&home, &[]).exits(1);
    assert_eq!(fake.calls().len(), 3);
    let status = home.json(&["status"]);
    let one = &list(&status, "collections")[0];
    assert_eq!((text(one, "cost"), text(one, "reason"), &one["succeeded_at"]), ("0.03", "budget", &serde_json::Value::Null));
    assert_eq!(list(&status, "periods").len(), 0, "no part of a month is there");
}

#[test]
fn what_cannot_be_collected_says_what_to_do() {
    let fake = FakeAws::start(Scenario::default());
    home(&Home::new, &fake, "").run(&["collect", "azure"]).exits(1).says(&["no source azure is configured; there are aws"]);
    Home::new().run(&["collect"]).exits(1).says(&["farthing sources publish sources.toml"]);
    let home = Home::new().file("sources.toml", "version = 1\n[source.o]\nkind = \"openai\"\nadmin_key = \"NOT_THERE\"\n");
    home.run(&["sources", "check", "sources.toml"]).exits(0).shows(&["what is collected: o (openai)"]);
    home.run(&["sources", "publish", "sources.toml"]).exits(0);
    home.run(&["collect"]).exits(1).says(&["NOT_THERE_FILE"]);
    let home = Home::new()
        .file("sources.toml", "version = 1\n[source.p]\nkind = \"prometheus\"\nendpoint = \"http://169.254.169.254\"\n");
    home.run(&["sources", "publish", "sources.toml"]).exits(1).says(&["link-local"]);
}

#[test]
fn what_opencost_says_of_a_cluster_is_usage_and_never_part_of_the_bill() {
    let opencost = Cluster::default().start();
    let endpoint = format!("{{ url = \"{}\", allow_loopback = true }}", opencost.address());
    let document = format!("version = 1\n[source.cluster]\nkind = \"opencost\"\nendpoint = {endpoint}\n");
    let home = Home::new().file("sources.toml", document);
    home.run(&["sources", "publish", "sources.toml"]).exits(0);
    let window = ["collect", "--window", "2025-10-01/2025-11-01"];
    home.run(&window).exits(0);
    assert_eq!(home.value("SELECT SUM(Spend) FROM usage"), Cluster::default().costs(744).to_string());
    // Two GPUs all month, and what the model was asked.
    assert_eq!(home.value("SELECT SUM(ComputeSeconds) FROM usage WHERE Workload = 'triage'"), (2 * 744 * 3_600).to_string());
    assert_eq!(home.value("SELECT SUM(InputTokens) FROM usage WHERE Model = 'Qwen/Qwen3-32B'"), 744 * 1_200_000);
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 0);
    home.changes_nothing(&window);
}
