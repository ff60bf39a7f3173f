use serde_json::Value;

use super::shared;
use crate::support::{Exact, Home};

const OF_LLAMA: [&str; 4] = ["--model", "llama2-70b", "--workload", "chat"];

fn used(home: &Home) -> Value {
    home.json(&[
        "sql",
        "SELECT Hour, Model, Workload, SUM(Requests) AS Requests, SUM(InputTokens) AS InputTokens, \
         SUM(OutputTokens) AS OutputTokens FROM usage GROUP BY Hour, Model, Workload ORDER BY Hour",
    ])
}

fn column(rows: &Value, name: &str) -> u64 {
    let number = |row: &Value| row[name].as_u64().or_else(|| row[name].as_str().and_then(|text| text.parse().ok()));
    rows.as_array().expect("rows").iter().map(|row| number(row).unwrap_or_else(|| panic!("{name} in {row}"))).sum()
}

#[test]
fn azures_trace_by_request_and_by_minute_is_the_same_usage() {
    for (name, requests, input, output) in [("code", 8_819, 18_059_974, 245_896), ("conv", 19_366, 22_361_870, 4_088_665)] {
        let Some(each) = shared(&format!("traces/azure_llm_2023/AzureLLMInferenceTrace_{name}.csv.gz")) else { return };
        let Some(minutes) = shared(&format!("traces/azure_llm_2023/{name}_per_minute.csv")) else { return };
        let by_request = used(&Home::new().ingest_trace(&each, "azure", &OF_LLAMA));
        let by_minute = used(&Home::new().ingest_trace(&minutes, "azure", &OF_LLAMA));
        assert_eq!(by_request, by_minute, "{name}");
        let sums = ["Requests", "InputTokens", "OutputTokens"].map(|sum| column(&by_request, sum));
        assert_eq!(sums, [requests, input, output], "{name}");
        let hours: Vec<&str> = by_request.as_array().expect("rows").iter().filter_map(|row| row["Hour"].as_str()).collect();
        assert_eq!(hours, ["2023-11-16T18:00:00Z", "2023-11-16T19:00:00Z"], "{name}");
    }
}

#[test]
fn a_trace_imported_twice_changes_nothing() {
    let Some(minutes) = shared("traces/azure_llm_2023/code_per_minute.csv") else { return };
    let home = Home::new().ingest_trace(&minutes, "azure", &OF_LLAMA);
    let before = used(&home);
    assert_eq!(home.import_trace(&minutes, "azure", &OF_LLAMA)["changed"], false);
    assert_eq!(used(&home), before);
}

#[test]
fn litellms_spend_log_keeps_its_spend() {
    let Some(log) = shared("focus/litellm_export/litellm_source_rows.csv") else { return };
    let home = Home::new();
    let log = log.to_str().expect("UTF-8");
    let report = home.json(&["ingest", "usage", log, "--source", "gateway", "--format", "litellm"]);
    assert_eq!((report["rows"].as_u64(), report["set_aside"].as_u64()), (Some(372), Some(0)));
    let spend = home.value("SELECT SUM(Spend) FROM usage");
    // The README's figure, which rounds each row's binary fraction to eight decimals.
    let (spend, published) = (Exact::parse(spend.as_str().expect("a decimal")), Exact::parse("270.62224438"));
    assert!((spend.approximately() - published.approximately()).abs() < 1e-9, "{spend}");
}
