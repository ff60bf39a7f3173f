//! The SQL door: what it answers, and what it does not let through.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Bill, Exact, Home, Server, text};

fn home() -> Home {
    let hostile = Bill::of("2026-05")
        .charge("claims", "Virtual Machines", "10.25")
        .charge("search", "Queues", "0.000000000000000001")
        .charge("", "Queues", "-3");
    let june = Bill::of("2026-06").charge("claims", "Queues", "7");
    Home::new()
        .file("may.csv", hostile.csv())
        .file("june.csv", june.csv())
        .ingest_billing("may.csv", "acme")
        .ingest_billing("june.csv", "other")
}

#[test]
fn names_are_read_in_any_case_and_parameters_are_bound() {
    let home = home();
    let query = "select SERVICENAME as service, sum(billedcost) total from Focus_Data_Table \
                 where Tags[\"team\"] = :team and BillingPeriodStart >= :from group by 1 order by TOTAL desc";
    let rows = home.json(&["sql", query, "--param", "team=claims", "--param", "from=2026-05-01"]);
    assert_eq!(rows, json!([{"service": "Virtual Machines", "total": "10.25"}, {"service": "Queues", "total": "7"}]));
    let rows = home.json(&["sql", "SELECT COUNT(*) FROM focus WHERE BilledCost > ? LIMIT ?", "--param", "5", "--param", "1"]);
    assert_eq!(rows, json!([{"COUNT(*)": 2}]));
    let server = Server::of(&home);
    let named =
        json!({"query": "SELECT SUM(BilledCost) AS s FROM focus WHERE ServiceName = :name", "parameters": {"name": "Queues"}});
    assert_eq!(server.post("/v1/sql", &named).is(200).json(), json!([{"s": "4.000000000000000001"}]));
    let wrong = json!({"query": "SELECT ?", "parameters": []});
    assert!(text(&server.post("/v1/sql", &wrong).is(400).json(), "detail").contains("1 parameters"));
}

#[test]
fn quotients_and_means_are_decimals() {
    let home = home();
    let of = |expression: &str| home.value(&format!("SELECT {expression} FROM focus"));
    assert_eq!(of("SUM(BilledCost) / 3"), "4.75");
    assert_eq!(of("1 / 3"), "0.333333333333333333");
    assert_eq!(of("AVG(BilledCost)"), "3.5625");
    assert_eq!(of("SUM(BilledCost) / 0"), Value::Null);
    assert_eq!(of("SUM(BilledCost) * SUM(BilledCost)"), "203.062500000000000029");
}

#[test]
fn charges_with_where_they_went_sum_to_the_bill() {
    let rules = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"shared\"\n\
                 [[rules]]\nid = \"by-team\"\nunit = \"claims\"\nwhen = { \"tag:team\" = \"claims\" }\n\
                 [[rules]]\nid = \"search\"\nunit = \"shared\"\nwhen = { \"tag:team\" = \"search\" }\n\
                 [[pools]]\nid = \"shared-by-cost\"\nunit = \"shared\"\ndriver = \"direct_cost\"\n";
    let home = home().rules(rules);
    for cost in ["BilledCost", "EffectiveCost", "ContractedCost", "ListCost"] {
        let billed = home.value(&format!("SELECT SUM({cost}) FROM focus"));
        assert_eq!(home.value(&format!("SELECT SUM({cost}) FROM attributed")), billed, "{cost}");
    }
    let unit = home.value("SELECT SUM(BilledCost) FROM attributed WHERE Unit = 'claims' AND BillingPeriodStart = '2026-05-01'");
    let statement = home.json(&["chargeback", "--period", "2026-05", "--cost", "billed", "--unit", "claims"]);
    assert_eq!(unit, statement["units"][0]["total"]);
    assert_eq!(
        home.value("SELECT SUM(Total) FROM statements WHERE Cost = 'billed'"),
        home.value("SELECT SUM(BilledCost) FROM focus")
    );
    let reasons =
        home.json(&["sql", "SELECT Reason, BilledCost FROM attributed WHERE Reason IS NOT NULL", "--period", "2026-05"]);
    assert_eq!(reasons[0]["BilledCost"], "-3");
}

#[test]
fn answers_have_the_form_that_is_asked_for() {
    let home = home();
    let query = "SELECT ServiceName, BilledCost FROM focus ORDER BY BilledCost";
    for (format, magic) in [("parquet", &b"PAR1"[..]), ("arrow", &[0xff, 0xff, 0xff, 0xff][..])] {
        home.run(&["sql", query, "--format", format, "-o", "answer"]).exits(0);
        let bytes = fs::read(home.path().join("answer")).expect("the answer was written");
        assert!(bytes.starts_with(magic), "{format}");
    }
    home.run(&["sql", "SELECT 1 +", "--format", "csv", "-o", "answer"]).exits(1);
    assert!(fs::read(home.path().join("answer")).expect("it stays").starts_with(&[0xff; 4]), "a failed query replaces nothing");
    let csv = home.run(&["sql", query, "--format", "csv"]).exits(0).stdout;
    assert_eq!(csv.lines().next(), Some("ServiceName,BilledCost"));
    assert_eq!(csv.lines().nth(1), Some("Queues,-3"));
}

#[test]
fn a_query_reads_the_facts_and_nothing_else() {
    let home = home().file("secret.csv", "a,b\n1,2\n");
    let secret = home.path().join("secret.csv").display().to_string();
    for query in [
        format!("SELECT * FROM '{secret}'"),
        format!("SELECT * FROM \"{secret}\""),
        format!("SELECT * FROM read_csv('{secret}')"),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{secret}'"),
        format!("COPY focus TO '{secret}'"),
        "SELECT input_file_name() FROM focus".to_owned(),
        "EXPLAIN ANALYZE SELECT * FROM focus".to_owned(),
        "SELECT * FROM information_schema.tables".to_owned(),
        "INSERT INTO focus SELECT * FROM focus".to_owned(),
        "WITH gone AS (DELETE FROM focus) SELECT 1".to_owned(),
        "SELECT 1; DROP TABLE focus".to_owned(),
    ] {
        let run = home.run(&["sql", &query]).exits(1);
        assert!(!run.stderr.contains("1,2") && !run.stderr.contains("/lake/"), "{run}");
    }
    assert_eq!(fs::read_to_string(&secret).expect("it is there"), "a,b\n1,2\n");
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 4);
}

#[test]
fn f45_tag_keys_filters_and_sort_keys_are_values_and_no_sql() {
    let attack = "x' OR '1'='1'; DROP TABLE focus; --";
    let bill = Bill::of("2026-05").charge(attack, attack, "1").charge("plain", "Queues", "2");
    let home = Home::new().file("may.csv", bill.csv()).ingest_billing("may.csv", "acme");
    let rows = |query: &str, values: &[&str]| {
        let mut arguments = vec!["sql", query];
        values.iter().for_each(|value| arguments.extend(["--param", value]));
        home.json(&arguments)
    };
    assert_eq!(rows("SELECT BilledCost FROM focus WHERE ServiceName = ?", &[attack]), json!([{"BilledCost": "1"}]));
    assert_eq!(rows("SELECT BilledCost FROM focus WHERE Tags->>'team' = ?", &[attack]), json!([{"BilledCost": "1"}]));
    assert_eq!(rows("SELECT BilledCost FROM focus WHERE Tags->>? = 'plain'", &["team"]), json!([{"BilledCost": "2"}]));
    assert_eq!(rows("SELECT BilledCost FROM focus WHERE Tags->>? = 'plain'", &[attack]), json!([]));
    // A sort key is a value too: it orders nothing, and runs nothing.
    assert_eq!(
        rows("SELECT COUNT(*) AS n FROM focus GROUP BY ? ORDER BY ?", &[attack, "1; DROP TABLE focus"]),
        json!([{"n": 2}])
    );
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 2);
}

#[test]
fn f50_a_group_by_of_a_million_groups_ends_within_its_memory() {
    let home = home();
    let query = "SELECT COUNT(*) AS groups, SUM(n) AS rows FROM (SELECT value % 1000000 AS a, value % 7 AS b, COUNT(*) AS n \
                 FROM generate_series(1, 1000000) GROUP BY 1, 2)";
    let run = home.run_with(&[("FARTHING_QUERY_MEMORY_MIB", "64")], &["--format", "json", "sql", query]).exits(0);
    assert_eq!(run.json(), json!([{"groups": 1_000_000, "rows": 1_000_000}]));
    // One that cannot: nothing of an aggregate over all rows as text can be put on disk in parts.
    let hopeless =
        "SELECT LENGTH(STRING_AGG(CAST(a.value AS VARCHAR), ',')) FROM generate_series(1, 100000) a, generate_series(1, 1000) b";
    let run =
        home.run_with(&[("FARTHING_QUERY_MEMORY_MIB", "64"), ("FARTHING_QUERY_SECONDS", "60")], &["sql", hopeless]).exits(1);
    assert!(run.stderr.contains("memory") || run.stderr.contains("stopped after"), "{run}");
}

#[test]
fn a_query_without_end_is_stopped() {
    let endless =
        "SELECT COUNT(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000000000) b WHERE a.value + b.value = 3";
    home().run_with(&[("FARTHING_QUERY_SECONDS", "1")], &["sql", endless]).exits(1).says(&["stopped after 1 s"]);
    let long = "SELECT value FROM generate_series(1, 100000)";
    home().run_with(&[("FARTHING_QUERY_ROWS", "1000")], &["sql", long]).exits(1).says(&["more than 1000 rows"]);
}

#[test]
fn a_filter_on_the_billing_period_opens_no_file_of_another() {
    let home = home();
    let mut broken = 0;
    for file in parquet_files(&home.store().join("lake/charges/source=other")) {
        fs::write(file, "no Parquet").expect("the lake can be damaged");
        broken += 1;
    }
    assert!(broken > 0);
    let may = "SELECT SUM(BilledCost) FROM focus WHERE BillingPeriodStart < '2026-06-01'";
    assert_eq!(home.value(may).as_str().map(Exact::parse), Some(Exact::parse("7.250000000000000001")));
    let run = home.run(&["sql", "SELECT SUM(BilledCost) FROM focus"]).exits(1);
    assert!(!run.stderr.contains(home.path().to_str().expect("UTF-8")), "no path of the lake is told: {run}");
}

fn parquet_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { parquet_files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_sum_that_does_not_fit_is_an_error_and_no_other_number() {
    // As large as a cost may be: 1e15. A hundred thousand of them are 1e20, which does not fit; a thousand are added up.
    let home = Home::new().file("may.csv", Bill::of("2026-05").charge("a", "Queues", "999999999999999").csv());
    let home = home.ingest_billing("may.csv", "acme");
    let of =
        |count: u32, expression: &str| format!("SELECT {expression} FROM focus CROSS JOIN UNNEST(range(0, {count})) AS t(n)");
    assert_eq!(home.value(&of(1_000, "SUM(BilledCost)")), "999999999999999000");
    assert_eq!(home.value(&of(1_000, "SUM(DISTINCT BilledCost)")), "999999999999999");
    assert_eq!(home.value(&of(1_000, "SUM(BilledCost) FILTER (WHERE n < 2)")), "1999999999999998");
    assert_eq!(home.value(&of(1_000, "SUM(BilledCost) FILTER (WHERE n < 0)")), Value::Null);
    let running = format!("SELECT MAX(s) FROM ({})", of(200_000, "SUM(BilledCost) OVER (ORDER BY n) AS s"));
    let by_service = of(200_000, "ServiceName, SUM(BilledCost)") + " GROUP BY 1";
    for query in [of(200_000, "SUM(BilledCost)"), of(200_000, "AVG(BilledCost)"), by_service, running] {
        let refused = home.run(&["sql", &query]).exits(1);
        refused.says(&["a SUM does not fit 38 digits with 18 decimals", "sum fewer rows"]);
    }
    assert!(home.value(&of(200_000, "SUM(CAST(BilledCost AS DOUBLE))")).as_f64().is_some_and(|sum| sum > 1.9e20));
    let whole = "SELECT SUM(n) FROM UNNEST([9223372036854775807, 9223372036854775807]) AS t(n)";
    home.run(&["sql", whole]).exits(1).says(&["a SUM does not fit 64 bits"]);
}

#[test]
fn tables_that_are_made_for_a_question_count_as_its_memory() {
    let wide = |row: usize| format!("service-{row:-<300}");
    let bill = (0..6_000).fold(Bill::of("2026-05"), |bill, row| bill.charge("a", &wide(row), "1"));
    let home = Home::new().file("may.csv", bill.csv()).ingest_billing("may.csv", "acme");
    let query = "SELECT SUM(BilledCost) FROM attributed WHERE ServiceName LIKE '%-7%'";
    home.run(&["sql", query]).exits(0);
    let refused = home.run_with(&[("FARTHING_QUERY_MEMORY_MIB", "1")], &["sql", query]).exits(1);
    refused.says(&["the query needs more than its 1 MiB of memory", "attributed"]);
}
