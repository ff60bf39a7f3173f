use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::oracle;

const LOGS: &str = include_str!("instances/logs.json");

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn instance(value: &Value) -> Instance {
    Instance::from_json(&value.to_string()).unwrap()
}

fn optimum(instance: &Instance) -> Outcome {
    solve(instance, &Limits::default()).unwrap()
}

#[test]
fn the_logs_have_the_optimum_that_model_md_works_out() {
    let instance = Instance::from_json(LOGS).unwrap();
    let outcome = optimum(&instance);
    assert_eq!((outcome.proof.status, outcome.proof.objective), (Status::Optimal, Some(amount("48.05"))));
    let plan = &outcome.datasets[0];
    let stay = |class: &str, from, until| Stay { class: class.to_owned(), from, until };
    assert_eq!(plan.stays, [stay("STANDARD", 0, 1), stay("STANDARD_IA", 1, 6)]);
    assert_eq!((plan.deleted, plan.today, plan.planned.transitions), (Some(6), Some(amount("120")), amount("0.05")));
    let written = serde_json::to_value(outcome.lifecycle.unwrap()).unwrap();
    let rule = json!({"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}], "Expiration": {"Days": 180}});
    assert_eq!(written, json!({"Rules": [rule]}));
    oracle::agrees(&program(&instance), 48.05);
}

#[test]
fn every_other_schedule_of_the_logs_costs_what_model_md_says() {
    let instance = Instance::from_json(LOGS).unwrap();
    let cost = |hot: u32| {
        let stays = [(0, 0, hot), (1, hot, 6)].into_iter().filter(|(_, from, until)| from < until).collect();
        verify(&instance, &[Schedule { stays }]).unwrap()[0].clone()
    };
    let costs: Vec<String> = [0, 1, 2, 6].map(|n| cost(n).total.to_string()).to_vec();
    assert_eq!(costs, ["63.05", "48.05", "60.05", "120"]);
    assert_eq!(cost(4).early_ends, amount("5"), "two of three months are used");
}

/// Prices of S3 in us-east-1: facts of its price list, also in the shared data.
fn s3() -> Value {
    json!([
        {"id": "STANDARD", "storage": "0.023", "get": "0.0004"},
        {"id": "STANDARD_IA", "storage": "0.0125", "get": "0.001", "transition": "0.01", "retrieval": "0.01", "minimum_months": 1,
            "minimum_kb": 128, "earliest_months": 1, "least_stay_months": 1},
        {"id": "INTELLIGENT_TIERING", "storage": "0.023", "get": "0.0004", "transition": "0.01", "monitoring": "0.0025", "minimum_kb": 128,
            "tiers": [{"idle_months": 1, "storage": "0.0125"}, {"idle_months": 3, "storage": "0.004"}]},
        {"id": "ONEZONE_IA", "storage": "0.01", "get": "0.001", "transition": "0.01", "retrieval": "0.01", "minimum_months": 1,
            "minimum_kb": 128, "earliest_months": 1, "least_stay_months": 1, "zones": 1},
        {"id": "GLACIER", "storage": "0.0036", "get": "0.0004", "transition": "0.03", "retrieval": "0.01", "restore": "0.03", "minimum_months": 3,
            "retrieval_hours": 5},
        {"id": "DEEP_ARCHIVE", "storage": "0.00099", "get": "0.0004", "transition": "0.05", "retrieval": "0.02", "minimum_months": 6,
            "retrieval_hours": 12}
    ])
}

#[test]
fn s3_usage_is_priced_to_the_cent_as_infracost_prints_it() {
    let Some(shared) = oracle::shared() else { return };
    let golden = std::fs::read_to_string(shared.join("prices/infracost_golden/aws_s3_bucket_v3_test.golden")).unwrap();
    // Ours: one month in each class, moved there at its start.
    let of = |index: usize, gb: u32| {
        let moved = json!({"months": 1, "classes": s3(), "datasets": [{"id": "d", "gb": gb, "objects": gb, "class": "STANDARD", "age_months": 9,
            "held_months": 9, "reads": [gb], "requests": [gb], "keep_months": 99}]});
        let stays = vec![(index, 0, 1)];
        verify(&instance(&moved), &[Schedule { stays }]).unwrap()[0].total
    };
    let section = |name: &str, lines: &[&str]| -> Amount {
        let text = golden.split(name).nth(1).unwrap();
        let cost = |line: &str| -> Amount {
            let row = text.lines().find(|l| l.contains(line)).unwrap();
            row.split('$').nth(1).unwrap().trim_end_matches([' ', '*']).replace(',', "").parse().unwrap()
        };
        lines.iter().map(|line| cost(line)).sum()
    };
    let near = |ours: Amount, printed: Amount| assert!((to_f64(ours) - to_f64(printed)).abs() <= 0.025, "{ours} and {printed}");
    let infrequent = ["Storage  ", "GET, SELECT", "Lifecycle transition", "Retrievals  "];
    near(of(0, 10_000), section("├─ Standard  ", &["Storage  ", "GET, SELECT"]));
    near(of(1, 30_000), section("├─ Standard - infrequent", &infrequent));
    near(of(3, 40_000), section("├─ One zone", &infrequent));
    let restored = ["Storage  ", "GET, SELECT", "Lifecycle transition", "Retrieval requests (standard)", "Retrievals (standard)"];
    near(of(4, 50_000), section("├─ Glacier flexible", &restored));
    near(
        of(5, 60_000),
        section("└─ Glacier deep", &["Storage  ", "GET, SELECT", "Lifecycle transition", "Retrievals (standard)"]),
    );
}

#[test]
fn the_lines_of_the_s3_price_table_sum_to_its_total() {
    let Some(shared) = oracle::shared() else { return };
    let golden = std::fs::read_to_string(shared.join("prices/infracost_golden/aws_s3_bucket_v3_test.golden")).unwrap();
    let (used, unit) = golden.split_once("aws_s3_bucket.bucket1").unwrap();
    let lines = |text: &'static str, golden: &str| -> Vec<String> {
        golden.lines().filter(|l| l.contains(text)).map(str::to_owned).collect()
    };
    let quantities = lines("  * ", &format!("{used}\n").replace("  *", "  * "));
    let prices = lines("depends on usage: $", unit);
    assert_eq!(quantities.len(), prices.len(), "one price for every line");
    let mut total = Amount::ZERO;
    for (line, price) in quantities.iter().zip(&prices) {
        let price: Amount = price.split('$').nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let columns: Vec<&str> = line.split("  ").map(str::trim).filter(|c| !c.is_empty() && *c != "*").collect();
        let quantity: Amount = columns[columns.len() - 3].replace(',', "").parse().unwrap();
        let cost = price.checked_mul(quantity).unwrap();
        let printed = columns[columns.len() - 1].trim_start_matches('$').replace(',', "");
        assert!((to_f64(cost) - printed.parse::<f64>().unwrap()).abs() <= 0.005 + 1e-9, "{line}: {cost}");
        total += cost;
    }
    assert_eq!(total.to_fixed(2), "11811.53");
}

#[test]
fn volumes_of_s3_are_priced_step_by_step() {
    let standard = json!([{"id": "STANDARD", "storage": "0.023", "volume": [{"above_gb": 51_200, "storage": "0.022"}, {"above_gb": 512_000, "storage": "0.021"}]}]);
    let dataset = |id: &str, gb: u32| json!({"id": id, "gb": gb, "objects": 1, "class": "STANDARD"});
    let value = json!({"months": 1, "classes": standard, "datasets": [dataset("one", 102_400), dataset("two", 512_000)]});
    let outcome = optimum(&instance(&value));
    assert_eq!((outcome.proof.status, outcome.proof.objective), (Status::Optimal, Some(amount("13465.6"))));
    // The discount goes to both by their size, and what stays costs the same today.
    let totals: Vec<_> = outcome.datasets.iter().map(|d| (Some(d.planned.total), d.today)).collect();
    assert!(totals.iter().all(|(planned, today)| planned == today));
    let [one, two] = [0, 1].map(|at| outcome.datasets[at].planned.total);
    assert_eq!(two.round(9), one.checked_mul(Amount::from_int(5)).unwrap().round(9));
}

#[test]
fn a_volume_is_worth_filling_only_together() {
    let value = |elsewhere: u32| {
        let hot =
            json!({"id": "hot", "storage": "0.1", "volume": [{"above_gb": 1_000, "storage": "0.02"}], "elsewhere_gb": elsewhere});
        let dataset = |id: &str| json!({"id": id, "gb": 600, "objects": 1, "class": "hot"});
        json!({"months": 1, "classes": [hot, {"id": "cold", "storage": "0.08"}], "datasets": [dataset("a"), dataset("b")]})
    };
    let found = |elsewhere: u32| {
        let instance = instance(&value(elsewhere));
        let outcome = optimum(&instance);
        oracle::agrees(&program(&instance), to_f64(outcome.proof.objective.unwrap()));
        let classes: Vec<String> = outcome.datasets.iter().map(|d| d.stays[0].class.clone()).collect();
        (outcome.proof.objective.unwrap(), classes.join(" "))
    };
    assert_eq!(found(0), (amount("96"), "cold cold".to_owned()));
    // 600 GB elsewhere: 400 of the 1,200 at 0.1 and 800 at 0.02 are 56.
    assert_eq!(found(600), (amount("56"), "hot hot".to_owned()));
    assert_eq!(found(1_000), (amount("24"), "hot hot".to_owned()));
    let wrong = json!({"months": 1, "classes": [{"id": "k", "storage": "0.02", "volume": [{"above_gb": 10, "storage": "0.03"}]}], "datasets": []});
    assert!(Instance::from_json(&wrong.to_string()).unwrap_err().to_string().contains("each cheaper than the one before"));
}

#[test]
fn small_objects_stay_out_of_infrequent_access() {
    let of = |objects: u64| {
        let value = json!({"months": 12, "classes": s3(), "datasets": [{"id": "d", "gb": 1000, "objects": objects, "class": "STANDARD", "max_retrieval_hours": 0, "least_zones": 3, "prefix": "d/"}]});
        optimum(&instance(&value)).datasets.remove(0)
    };
    // 1 MB objects that nobody reads sink by themselves; 10 KB objects would not, and are billed as 128 KB elsewhere.
    let classes = |plan: &DatasetPlan| plan.stays.iter().map(|s| s.class.clone()).collect::<Vec<_>>();
    assert_eq!(classes(&of(1_000_000)), ["INTELLIGENT_TIERING"]);
    assert_eq!(classes(&of(100_000_000)), ["STANDARD"]);
}

#[test]
fn intelligent_tiering_pays_by_what_was_read() {
    let value = |reads: [u32; 4]| json!({"months": 4, "classes": s3(), "datasets": [{"id": "d", "gb": 1000, "objects": 1000, "class": "INTELLIGENT_TIERING", "reads": reads}]});
    let cost = |reads| verify(&instance(&value(reads)), &[Schedule { stays: vec![(2, 0, 4)] }]).unwrap()[0].months.clone();
    // 23 a month read; a month idle 12.5; three months idle 4; monitoring 0.0025.
    let idle: Vec<String> = cost([0, 0, 0, 0]).iter().map(ToString::to_string).collect();
    assert_eq!(idle, ["23.0025", "12.5025", "12.5025", "4.0025"]);
    let half: Vec<String> = cost([0, 500, 0, 0]).iter().map(ToString::to_string).collect();
    assert_eq!(half, ["23.0025", "17.7525", "17.7525", "8.2525"], "half was read in month 1 and is idle again from month 2");
}

#[test]
fn a_legal_hold_against_a_deletion_date_is_named_with_the_least_that_helps() {
    let value = json!({"months": 12, "classes": s3(), "datasets": [{"id": "mails", "gb": 1, "objects": 1, "class": "STANDARD", "keep_months": 3,
        "legal_hold_months": 10, "delete_by_months": 6}]});
    let outcome = optimum(&instance(&value));
    assert_eq!(outcome.proof.status, Status::Infeasible);
    assert_eq!(
        outcome.proof.relaxations[0].to_string(),
        "raise delete_by_months (the data is under legal hold until then) of mails from 6 to 10 months"
    );
}

#[test]
fn a_capacity_couples_datasets_and_is_named_when_it_is_too_small() {
    let of = |capacity: u32| {
        let classes = json!([{"id": "hot", "storage": 1, "capacity_gb": capacity}, {"id": "cold", "storage": 0.1, "retrieval": 2, "retrieval_hours": 5}]);
        let value = json!({"months": 2, "classes": classes, "datasets": [
            {"id": "a", "gb": 10, "objects": 1, "class": "hot", "reads": [10, 10]},
            {"id": "b", "gb": 10, "objects": 1, "class": "hot", "reads": [10, 10], "max_retrieval_hours": 1}]});
        optimum(&instance(&value))
    };
    // Hot 20 each, cold 42.
    assert_eq!(of(20).proof.objective, Some(amount("40")));
    let tight = of(15);
    assert_eq!((tight.proof.status, tight.proof.objective), (Status::Optimal, Some(amount("62"))));
    let short = of(5);
    assert_eq!(short.proof.status, Status::Infeasible);
    assert_eq!(short.proof.relaxations[0].to_string(), "raise the capacity of hot in month 0 from 5 to 10 GB");
}

#[test]
fn the_lifecycle_is_held_against_what_s3_refuses() {
    let rule = |transitions: &[(u32, &str)], expiration: Option<u32>| {
        let transitions =
            transitions.iter().map(|(days, class)| Transition { days: *days, storage_class: (*class).to_owned() }).collect();
        let filter = Filter { prefix: "x/".to_owned() };
        let expiration = expiration.map(|days| Expiration { days });
        let rule = Rule { id: "r".to_owned(), status: "Enabled".to_owned(), filter, transitions, expiration };
        Lifecycle { rules: vec![rule] }.check().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(rule(&[(30, "STANDARD_IA"), (90, "GLACIER"), (180, "DEEP_ARCHIVE")], Some(365)), "");
    assert!(rule(&[(30, "NOPE")], None).contains("NOPE is no class that S3 moves objects to"));
    assert!(rule(&[(1, "STANDARD_IA")], None).contains("STANDARD_IA after 1 days; S3 asks for at least 30"));
    assert!(rule(&[(30, "STANDARD_IA"), (40, "GLACIER")], None).contains("10 days after infrequent access"));
    assert!(rule(&[(30, "GLACIER"), (60, "STANDARD_IA")], None).contains("STANDARD_IA does not come after GLACIER"));
    assert!(rule(&[(30, "GLACIER")], Some(30)).contains("expiration after 30 days"));
    let mut twice = Lifecycle { rules: Vec::new() };
    for _ in 0..2 {
        twice.rules.push(Rule {
            id: "r".to_owned(),
            status: "On".to_owned(),
            filter: Filter { prefix: String::new() },
            transitions: Vec::new(),
            expiration: None,
        });
    }
    assert_eq!(twice.check().len(), 3);
}

#[test]
fn errors_name_the_field() {
    let message = |change: fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(LOGS).unwrap();
        change(&mut value);
        Instance::from_json(&value.to_string()).unwrap_err().to_string()
    };
    assert!(
        message(|v| v["datasets"][0]["class"] = json!("HOT"))
            .contains("datasets[0].class: there is no class HOT; known are STANDARD, STANDARD_IA")
    );
    assert!(
        message(|v| v["datasets"][0]["reads"] = json!([1]))
            .contains("datasets[0].reads: 1 values where 6 are needed (one for every month)")
    );
    assert!(message(|v| v["months"] = json!(0)).contains("months: 0 is out of range"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// No schedule that can be written down by hand is cheaper than the plan: all of two moves over three classes are tried.
    #[test]
    fn the_plan_is_the_cheapest_of_all_schedules(
        prices in prop::collection::vec((1_i64..40, 0_i64..20, 0_i64..20, 0_u32..4), 3),
        reads in prop::collection::vec(0_i64..30, 5),
        keep in 1_u32..=5,
    ) {
        let classes: Vec<Value> = prices.iter().enumerate().map(|(i, (storage, transition, retrieval, minimum))| json!({
            "id": format!("k{i}"), "storage": storage, "transition": transition * 1000, "retrieval": retrieval, "minimum_months": minimum})).collect();
        let instance = instance(&json!({"months": 5, "classes": classes, "datasets": [{"id": "d", "gb": 10, "objects": 1, "class": "k0", "reads": reads, "keep_months": keep}]}));
        let mut least = None;
        for end in keep..=5 {
            for first in 0..=end {
                for second in first..=end {
                    let stays = [(0, 0, first), (1, first, second), (2, second, end)].into_iter().filter(|(_, a, b)| a < b).collect();
                    let cost = verify(&instance, &[Schedule { stays }]).unwrap()[0].total;
                    least = Some(least.map_or(cost, |l: Amount| l.min(cost)));
                }
            }
        }
        let outcome = optimum(&instance);
        prop_assert_eq!(outcome.proof.objective, least);
        prop_assert_eq!(outcome.proof.status, Status::Optimal);
    }
}
