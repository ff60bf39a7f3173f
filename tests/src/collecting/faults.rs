//! A service that misbehaves, as the whole program meets it: the month is whole or as it was, and the reason is said.

use farthing_testkit::{FakeApi, FakeAws, Misbehaviour, Scenario};

use super::cloudwatch::{last_month, metrics};
use super::{collect, collect_window, home, line_items};
use crate::support::{Home, NewHome, list, on_both_databases, text};

on_both_databases!(
    f16_a_service_that_is_busy_resets_and_breaks_off_is_asked_until_the_month_is_whole,
    f17_pages_that_lead_in_a_circle_leave_the_month_as_it_was,
    f19_figures_that_stay_partial_leave_nothing,
    f44_no_address_leads_inside_unless_it_is_meant,
);

fn reason(home: &Home) -> String {
    let status = home.json(&["status"]);
    text(&list(&status, "collections")[0], "reason").to_owned()
}

fn f16_a_service_that_is_busy_resets_and_breaks_off_is_asked_until_the_month_is_whole(new: NewHome<'_>) {
    let call = "GetCostAndUsage";
    let whole = Scenario { line_items: line_items("1"), groups_a_page: 1, ..Scenario::default() };
    let troubled = whole.clone().fails(call, 1..2, 400, "LimitExceededException").fails(call, 3..4, 429, "ThrottlingException");
    let troubled = troubled.fails(call, 5..6, 503, "ServiceUnavailable").breaks(call, 7..8, Misbehaviour::Reset);
    let troubled = troubled.breaks(call, 9..10, Misbehaviour::Half).breaks(call, 11..12, Misbehaviour::Cut);
    let (calm, fake) = (FakeAws::start(whole), FakeAws::start(troubled));
    let (expected, collected) = (home(new, &calm, ""), home(new, &fake, ""));
    collect(&expected, &[]).exits(0);
    let report = collect(&collected, &[]).exits(0).json();
    let part = &list(&list(&report, "sources")[0], "parts")[0];
    assert!(part["repeated"].as_u64().is_some_and(|repeated| repeated >= 6), "{report:#}");
    let costs = "SELECT ChargePeriodStart, ServiceName, BilledCost, EffectiveCost FROM focus ORDER BY 1, 2, 3";
    assert_eq!(collected.json(&["sql", costs]), expected.json(&["sql", costs]));
    // Patience ends, and the month is as it was.
    let before = collected.state();
    let first = fake.calls().len() as u64 + 1;
    fake.change(|scenario| *scenario = scenario.clone().fails(call, first..first + 1_000, 503, "ServiceUnavailable"));
    collect(&collected, &[]).exits(1);
    assert_eq!((collected.state(), reason(&collected)), (before, "unavailable".to_owned()));
    collected.invariants_hold();
}

fn f17_pages_that_lead_in_a_circle_leave_the_month_as_it_was(new: NewHome<'_>) {
    let fake = FakeAws::start(Scenario { line_items: line_items("1"), groups_a_page: 7, ..Scenario::default() });
    let home = home(new, &fake, "");
    collect(&home, &[]).exits(0);
    let before = home.state();
    fake.change(|scenario| scenario.circular_pages = true);
    collect(&home, &[]).exits(1);
    assert_eq!((home.state(), reason(&home)), (before, "incomplete".to_owned()));
    home.invariants_hold();
}

fn f19_figures_that_stay_partial_leave_nothing(new: NewHome<'_>) {
    let home = new();
    let (from, to, now) = last_month(&home);
    let metrics = metrics(from, (to - from).num_hours());
    let fake = FakeAws::start(Scenario { metrics, partial_data: true, now: now.timestamp(), ..Scenario::default() });
    let endpoint = format!("{{ url = \"{}\", allow_loopback = true }}", fake.address());
    let document =
        format!("version = 1\n[source.aws]\nkind = \"aws-cloudwatch\"\nservices = [\"bedrock\"]\nendpoint = {endpoint}\n");
    let home = home.file("sources.toml", document);
    home.run(&["sources", "publish", "sources.toml"]).exits(0);
    let before = home.state();
    let window = format!("{}/{}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"));
    collect_window(&home, &window, &[]).exits(1);
    assert_eq!((home.state(), reason(&home)), (before, "incomplete".to_owned()));
}

fn f44_no_address_leads_inside_unless_it_is_meant(new: NewHome<'_>) {
    let inside = FakeApi::start(None, |_| (200, "{}".to_owned()));
    let port = inside.address().rsplit(':').next().map(str::to_owned).unwrap_or_default();
    let document = |url: &str| {
        format!("version = 1\n[source.p]\nkind = \"prometheus\"\nendpoint = {{ url = \"{url}\", allow_http = true }}\n")
    };
    let home = new();
    for url in ["http://169.254.169.254", "http://[fe80::1]", "http://127.0.0.1:9", "http://[::ffff:127.0.0.1]:9"] {
        home.write("sources.toml", document(url));
        home.run(&["sources", "publish", "sources.toml"]).exits(1);
    }
    // A name is looked at when it is looked up.
    home.write("sources.toml", document(&format!("http://localhost:{port}")));
    if home.run(&["sources", "publish", "sources.toml"]).status == 0 {
        collect(&home, &[]).exits(1);
    }
    assert_eq!(inside.asked(), Vec::<String>::new(), "nothing was sent");
}
