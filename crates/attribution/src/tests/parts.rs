//! Pools that are split part by part: by columns, by day and by hour.

use crate::tests::{Bill, amount, date, may, rules, totals};
use crate::{Attribution, CHARGE_HOUR, RuleSet, Span};

fn with_pool(pool: &str) -> RuleSet {
    let units = ["a", "b", "idle"].map(|id| format!("{{ id = \"{id}\" }}")).join(", ");
    let pool = format!("[[pools]]\nid = \"idle\"\nunit = \"idle\"\n{pool}");
    rules(&format!("units = [{units}]\nrules = [{{ id = \"by-unit\", unit_from_tag = \"unit\" }}]\n{pool}"))
}

fn lines(answer: &Attribution) -> Vec<String> {
    let line = |l: &crate::PoolLine| {
        let part = l.part.as_deref().unwrap_or("whole");
        format!("{part}: {} {} {}/{} {}", l.unit, l.driver, l.quantity, l.total_quantity, l.costs.billed)
    };
    answer.pools.iter().map(line).collect()
}

fn hour(text: &str) -> Span {
    Span::Hour(format!("{text}:00:00Z").parse().unwrap())
}

#[test]
fn idle_money_is_split_by_cause_and_an_amount_below_zero_is_not_clamped() {
    let rules = with_pool("driver = \"direct_cost\"\nwithin = [\"ServiceName\"]");
    let bill = [("a", "cpu", "3"), ("b", "cpu", "1"), ("b", "ram", "9"), ("idle", "cpu", "-8"), ("idle", "ram", "5")];
    let bill = bill.into_iter().fold(Bill::new(&rules), |bill, (unit, service, amount)| {
        bill.charge(amount, &[("tag:unit", unit), ("ServiceName", service)])
    });
    let answer = bill.attribute(&rules);
    // Quantities are effective cost, which is twice the billed one here.
    assert_eq!(
        lines(&answer),
        [
            "ServiceName=cpu: idle direct_cost 8/8 8",
            "ServiceName=cpu: a direct_cost 6/8 -6",
            "ServiceName=cpu: b direct_cost 2/8 -2",
            "ServiceName=ram: idle direct_cost 18/18 -5",
            "ServiceName=ram: b direct_cost 18/18 5",
        ]
    );
    assert_eq!(totals(&answer), ["a -3", "b 13", "idle 0"]);
    assert!(answer.is_proven() && answer.notes.is_empty());
}

#[test]
fn a_part_that_nobody_uses_falls_back_or_stays_and_says_so() {
    let pool =
        |fallback: &str| with_pool(&format!("driver = \"direct_cost\"\nwithin = [\"ServiceName\"]\nfallback = {fallback:?}"));
    let answer = |rules: &RuleSet| {
        let bill = Bill::new(rules).charge("3", &[("tag:unit", "a"), ("ServiceName", "cpu")]);
        let bill = bill.charge("1", &[("tag:unit", "b"), ("ServiceName", "cpu")]);
        let bill = bill.charge("8", &[("tag:unit", "idle"), ("ServiceName", "gpu")]);
        bill.charge("4", &[("tag:unit", "idle")]).attribute(rules)
    };
    let kept = answer(&pool("keep"));
    assert_eq!(totals(&kept), ["a 3", "b 1", "idle 12"]);
    let note = "pool \"idle\" (USD): no recipient has any direct_cost in 2 parts of its charges, which were kept on its own unit";
    assert_eq!(kept.notes[0].to_string(), note);
    assert_eq!(totals(&answer(&pool("even"))), ["a 9", "b 7", "idle 0"]);
    assert_eq!(totals(&answer(&pool("direct_cost"))), ["a 12", "b 4", "idle 0"]);
}

#[test]
fn each_hour_is_split_by_its_own_usage() {
    let rules = with_pool("driver = { input_tokens = 1, output_tokens = 4 }\nper = \"hour\"\nfallback = \"even\"");
    let charge = |bill: Bill, amount, when| bill.charge(amount, &[("tag:unit", "idle"), (CHARGE_HOUR, when)]);
    let bill = Bill::new(&rules)
        .used_in("input_tokens", "a", 20, hour("2026-05-10T01"))
        .used_in("output_tokens", "b", 5, hour("2026-05-10T01"))
        .used_in("output_tokens", "b", 5, hour("2026-05-10T02"));
    let bill = charge(charge(charge(bill, "10", "2026-05-10T01"), "10", "2026-05-10T02"), "6", "2026-05-10T03");
    let bill = charge(bill, "3", "2026-05-10").charge("30", &[("tag:unit", "idle")]);
    let answer = bill.attribute(&rules);
    let halves = "2026-05-10T01: a 1 input_tokens + 4 output_tokens 20/40 5";
    assert!(lines(&answer).contains(&halves.to_owned()), "{:#?}", lines(&answer));
    // 5 + 3 + 1 + 10 of the hour without usage, the day and the charge of the whole month; the rest is b's.
    assert_eq!(totals(&answer), ["a 19", "b 40", "idle 0"]);
    assert_eq!(answer.notes[0].parts, 1);
    assert!(answer.is_proven());
}

#[test]
fn a_measure_by_day_or_without_time_serves_every_hour_of_it() {
    let rules = with_pool("driver = \"headcount\"\nper = \"hour\"");
    let charged = |bill: Bill| bill.charge("8", &[("tag:unit", "idle"), (CHARGE_HOUR, "2026-05-10T01")]).attribute(&rules);
    let by_day =
        |unit: &'static str, count| move |bill: Bill| bill.used_in("headcount", unit, count, Span::Day(date("2026-05-10")));
    assert_eq!(totals(&charged(by_day("b", 3)(by_day("a", 1)(Bill::new(&rules))))), ["a 2", "b 6", "idle 0"]);
    assert_eq!(totals(&charged(Bill::new(&rules).used("headcount", "a", 1).used("headcount", "b", 1))), ["a 4", "b 4", "idle 0"]);
    assert_eq!(may().from, "2026-05-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
}

#[test]
fn what_other_pools_gave_has_no_columns_and_is_split_by_the_whole() {
    let rules = rules(
        r#"
units = [{ id = "a" }, { id = "b" }, { id = "idle" }, { id = "tax" }]
rules = [{ id = "by-unit", unit_from_tag = "unit" }]
[[pools]]
id = "tax"
unit = "tax"
driver = "even"
recipients = ["idle"]
[[pools]]
id = "idle"
unit = "idle"
stage = 2
driver = "direct_cost"
within = ["ServiceName"]
"#,
    );
    let charge = |bill: Bill, unit, service, amount| bill.charge(amount, &[("tag:unit", unit), ("ServiceName", service)]);
    let bill = charge(charge(Bill::new(&rules), "a", "cpu", "1"), "b", "ram", "3");
    let answer = charge(charge(bill, "idle", "cpu", "10"), "tax", "tax", "4").attribute(&rules);
    assert_eq!(totals(&answer), ["a 12", "b 6", "idle 0", "tax 0"]);
    assert_eq!(answer.pools.iter().filter(|line| line.pool.as_str() == "idle" && line.part.is_none()).count(), 3);
    assert_eq!(answer.pools[0].costs.list, amount("-16"));
}

#[test]
fn parts_that_make_no_sense_are_refused() {
    let refused = |pool: &str| {
        let text = format!("version = 1\nunits = [{{ id = \"a\" }}]\n[[pools]]\nid = \"p\"\nunit = \"a\"\n{pool}");
        RuleSet::parse(&text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let text = [
        refused("driver = \"tokens\"\nwithin = [\"ServiceName\"]"),
        refused("driver = \"even\"\nper = \"day\""),
        refused("driver = \"tokens\"\nper = \"hour\"\nreciprocal = true"),
        refused("driver = \"direct_cost\"\nwithin = [\"ServiceNam\"]"),
        refused("driver = \"tokens\"\nper = \"week\""),
    ];
    insta::assert_snapshot!(text.join("\n"));
}
