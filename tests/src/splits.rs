//! Pools that are split part by part, from files to the statement.

use serde_json::Value;

use crate::support::{Exact, Home, figure, list, text};

const HEAD: &str = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargePeriodEnd,\
                    ChargePeriodStart,ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,ServiceCategory,ServiceName,Tags\n";

const RULES: &str = r#"
version = 1
units = [{ id = "claims" }, { id = "lending" }, { id = "gpus" }, { id = "idle" }, { id = "support" }]

[[rules]]
id = "support"
unit = "support"
when = { ServiceName = "Support" }
[[rules]]
id = "by-team"
unit_from_tag = "team"

[[pools]]
id = "gpus-by-the-hour"
unit = "gpus"
driver = "frames"
per = "hour"
fallback = "even"
recipients = ["claims", "lending"]
[[pools]]
id = "idle-by-cluster"
unit = "idle"
driver = "direct_cost"
within = ["tag:cluster", "ServiceName"]
recipients = ["claims", "lending"]
[[pools]]
id = "support-by-heads"
unit = "support"
stage = 2
driver = "headcount"
recipients = ["claims", "lending"]
"#;

const METRICS: &str = "measure,unit,quantity,time\nheadcount,claims,30,\nheadcount,lending,10,\nframes,claims,20,2026-05-10T01\n\
                       frames,lending,60,2026-05-10T01\nframes,lending,7,2026-05-10T02\nheadcount,nobody,1,\n";

/// A charge of a service, tagged with a team and a cluster.
fn charge(cost: &str, service: &str, team: &str, cluster: &str, from: &str, to: &str) -> String {
    format!(
        "{cost},1000,USD,2026-06-01T00:00:00Z,2026-05-01T00:00:00Z,Usage,{to},{from},{cost},{cost},Acme Cloud,{cost},Compute,{service},\
         \"{{\"\"team\"\":\"\"{team}\"\",\"\"cluster\"\":\"\"{cluster}\"\"}}\"\n"
    )
}

fn home() -> Home {
    let (month, next) = ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z");
    let hour = |hour: u32| (format!("2026-05-10T{hour:02}:00:00Z"), format!("2026-05-10T{:02}:00:00Z", hour + 1));
    let gpu = |cost: &str, at: u32| charge(cost, "GPU", "gpus", "", &hour(at).0, &hour(at).1);
    let of_month = |cost: &str, service: &str, team: &str, cluster: &str| charge(cost, service, team, cluster, month, next);
    let bill = [
        HEAD.to_owned(),
        of_month("6", "cpu", "claims", "c1"),
        of_month("2", "cpu", "lending", "c1"),
        of_month("10", "ram", "lending", "c1"),
        of_month("-4", "cpu", "idle", "c1"),
        of_month("3", "ram", "idle", "c1"),
        gpu("8", 1),
        gpu("5", 2),
        gpu("2", 3),
        charge("87", "GPU", "gpus", "", month, next),
        of_month("40", "Support", "", ""),
    ];
    let home =
        Home::new().file("bill.csv", bill.concat()).ingest_billing("bill.csv", "acme").rules(RULES).file("metrics.csv", METRICS);
    let published = home.json(&["ingest", "metrics", "metrics.csv"]);
    assert_eq!(text(&published, "summary"), "frames, headcount of 3 units");
    let warning = published["warnings"][0].as_str().expect("a warning");
    assert_eq!(warning, "the published rules have no unit nobody: its quantities split nothing");
    home
}

fn unit<'a>(report: &'a Value, id: &str) -> &'a Value {
    list(report, "units").iter().find(|unit| text(unit, "unit") == id).expect("the unit is on the statement")
}

#[test]
fn hours_causes_and_heads_split_their_pools_and_every_share_closes() {
    let home = home();
    let report = home.json(&["chargeback", "--period", "2026-05"]);
    assert_eq!((text(&report, "difference"), report["proven"].as_bool()), ("0", Some(true)));
    // Of the GPUs: 2 + 0 + 1 by the hours and 87 × 20 ÷ 87 of the month. Of what is idle: −3. Of support: three quarters.
    assert_eq!(figure(unit(&report, "claims"), "shared"), Exact::parse("50"));
    assert_eq!(figure(unit(&report, "lending"), "shared"), Exact::parse("91"));
    for pool in ["gpus", "idle", "support"] {
        assert_eq!(figure(unit(&report, pool), "total"), Exact::parse("0"), "{pool}");
    }
    let note = "pool \"gpus-by-the-hour\" (USD): no recipient has any frames in 1 part of its charges, which was split by even";
    assert_eq!(report["notes"], serde_json::json!([note]));

    let explained =
        home.json(&["chargeback", "--period", "2026-05", "--explain", "unit=claims,part=shared,pool=gpus-by-the-hour"]);
    let shares = list(&explained, "shares");
    let parts: Vec<_> =
        shares.iter().map(|share| (share["part"].as_str(), text(share, "driver"), text(share, "amount"))).collect();
    let wanted = [
        (Some("2026-05-10T01"), "frames", "2"),
        (Some("2026-05-10T03"), "even", "1"),
        (Some("longer than a day"), "frames", "20"),
    ];
    assert_eq!(parts.iter().map(|part| part.2).map(Exact::parse).sum::<Exact>(), Exact::parse("23"), "{shares:#?}");
    assert_eq!(parts, wanted);
    for share in shares {
        assert_eq!(figure(share, "exact") + figure(share, "rounding"), figure(share, "amount"), "{share:#}");
    }
    assert_eq!(text(&explained, "difference"), "0");
}

#[test]
fn a_note_of_a_missing_driver_stands_under_the_table() {
    home().run(&["chargeback", "--period", "2026-05"]).exits(0).shows(&["which was split by even."]);
}

#[test]
fn the_same_run_again_and_the_rows_in_two_deliveries_give_the_same_statement() {
    let whole = home();
    let statement = |home: &Home| {
        let mut report = home.json(&["chargeback", "--period", "2026-05"]);
        report["revisions"] = Value::Null;
        report
    };
    let once = statement(&whole);
    assert_eq!(once, statement(&whole));
    let bill = std::fs::read_to_string(whole.path().join("bill.csv")).expect("the bill is there");
    let rows: Vec<&str> = bill.lines().skip(1).collect();
    let part = |rows: &[&str]| HEAD.to_owned() + &rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    let home = Home::new().file("first.csv", part(&rows[..4])).file("second.csv", part(&rows[4..])).file("metrics.csv", METRICS);
    let home = home.ingest_billing("first.csv", "acme");
    home.run(&["ingest", "billing", "second.csv", "--source", "acme", "--partial"]).exits(0);
    let home = home.rules(RULES);
    home.run(&["ingest", "metrics", "metrics.csv"]).exits(0);
    assert_eq!(once, statement(&home));
}

#[test]
fn a_metrics_file_with_faults_is_refused_with_every_line() {
    let home = Home::new().file("metrics.csv", "measure,unit,quantity\nheadcount,a,-3\ntokens,a,1\n");
    let run = home.run(&["ingest", "metrics", "metrics.csv"]).exits(1);
    run.says(&["metrics.csv", "line 2: the quantity -3 is below zero", "line 3: \"tokens\" is measured from imported usage"]);
}
