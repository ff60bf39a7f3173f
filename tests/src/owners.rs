//! Whose inference usage is.

use serde_json::{Value, json};

use crate::support::{Bill, Exact, Home, Server, figure, list, text};

const RULES: &str = r#"version = 1
units = [{ id = "claims" }, { id = "lending" }, { id = "gpus" }]

[[rules]]
id = "all"
unit = "gpus"

[[workloads]]
id = "triage"
unit = "claims"
when = { team = "triage-team" }
[[workloads]]
id = "loans"
unit = "lending"
when = { team = { prefix = "loan" } }

[[pools]]
id = "gpus-by-requests"
unit = "gpus"
driver = "requests"
recipients = ["claims", "lending"]
"#;

fn call(id: u32, user: &str, team: &str) -> String {
    let team = if team.is_empty() { String::new() } else { format!("\"metadata\":{{\"user_api_key_team_alias\":\"{team}\"}},") };
    format!(
        "{{\"request_id\":\"r{id}\",\"startTime\":\"2026-05-04T10:00:00Z\",\"model\":\"m\",\"spend\":0.5,\"prompt_tokens\":10,\
         \"completion_tokens\":5,{team}\"user\":\"{user}\"}}\n"
    )
}

#[test]
fn usage_without_an_owner_goes_where_all_other_usage_of_its_caller_goes() {
    let calls = [
        call(1, "ann", "triage-team"),
        call(2, "bob", "loan-desk"),
        call(3, "ann", ""),
        call(4, "ann", ""),
        // Carol works for two: what she does beside that is nobody's.
        call(5, "carol", "triage-team"),
        call(6, "carol", "loan-desk"),
        call(7, "carol", ""),
        call(8, "dan", ""),
    ];
    let home =
        Home::new().file("bill.csv", Bill::of("2026-05").charge("", "GPU", "60").csv()).file("spend.jsonl", calls.concat());
    let home = home.ingest_billing("bill.csv", "acme").rules(RULES);
    home.run(&["owners", "--period", "2026-05"]).exits(1).says(&["there is no usage in 2026-05"]);
    home.json(&["ingest", "usage", "spend.jsonl", "--source", "gateway", "--format", "litellm"]);

    let found = home.json(&["owners", "--period", "2026-05"]);
    let whose = |caller: &str| -> Vec<(Value, String, u64)> {
        let mine = found.as_array().expect("lines").iter().filter(|line| line["caller"] == json!(caller));
        mine.map(|line| {
            (line["unit"].clone(), text(&line["owned"], "by").to_owned(), line["requests"].as_u64().expect("a count"))
        })
        .collect()
    };
    assert_eq!(whose("ann"), [(json!("claims"), "caller".to_owned(), 2), (json!("claims"), "workload".to_owned(), 1)]);
    assert_eq!(whose("carol").iter().filter(|line| line.1 == "nobody").count(), 1);
    assert_eq!(whose("dan"), [(Value::Null, "nobody".to_owned(), 1)]);
    assert_eq!(Server::of(&home).get("/v1/owners?period=2026-05").is(200).json(), found);
    home.run(&["owners", "--period", "2026-05"]).exits(0).shows(&["inferred: all other usage of the caller", "workload triage"]);

    // Claims made four requests that can be told, lending two.
    let report = home.json(&["chargeback", "--period", "2026-05"]);
    let total = |id: &str| figure(list(&report, "units").iter().find(|unit| text(unit, "unit") == id).expect("a unit"), "total");
    assert_eq!((total("claims"), total("lending")), (Exact::parse("40"), Exact::parse("20")));
}
