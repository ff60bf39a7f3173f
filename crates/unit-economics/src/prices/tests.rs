use chrono::NaiveDate;

use super::*;
use crate::tokens::TokenCounts;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn counts(requests: u64, input: u64, cached: u64, cache_write: u64, output: u64) -> TokenCounts {
    TokenCounts { requests, input, cached, cache_write, output, ..TokenCounts::default() }
}

const FILE: &str = r#"version = 1
currency = "USD"

[[price]]
model = "gpt-4.1"
provider = "openai"
input = 2.00
output = 8.00
cache_read = 0.50
batch = { input = 1, output = 4 }
tiers = [{ above = 200000, input = 4, output = "16", cache_read = 1 }]

[[price]]
model = "gpt-4.1"
provider = "openai"
from = 2026-05-10
input = 1
output = 2
request = 0.01
"#;

fn total(list: &PriceList, on: &str, counts: &TokenCounts, mode: &str, longer_than: Option<u64>) -> String {
    let price = list.price_of("gpt-4.1-2025-04-14", Some("openai"), day(on)).unwrap();
    price.charge(counts, mode, longer_than).unwrap().parts.total().unwrap().to_string()
}

#[test]
fn dates_tiers_caching_and_batches_change_the_price() {
    let list = PriceList::parse(FILE).unwrap();
    let some = counts(10, 1_000_000, 200_000, 100_000, 500_000);
    assert_eq!(total(&list, "2026-05-09", &some, "standard", None), "6.3");
    assert_eq!(total(&list, "2026-05-09", &some, "standard", Some(200_000)), "12.6");
    // A batch states no price for what is cached: that of its input holds.
    assert_eq!(total(&list, "2026-05-09", &some, "batch", None), "3.3");
    assert_eq!(total(&list, "2026-05-10", &some, "standard", None), "2.4");
    // One request of 300,000 tokens is beyond the tier; ten of 30,000 are not.
    assert_eq!(total(&list, "2026-05-01", &counts(1, 300_000, 0, 0, 0), "standard", None), "1.2");
    assert_eq!(total(&list, "2026-05-01", &counts(10, 300_000, 0, 0, 0), "standard", None), "0.6");
    let price = list.price_of("gpt-4.1", None, day("2026-05-01")).unwrap();
    let charged = price.charge(&counts(10, 300_000, 0, 0, 0), "flex", None).unwrap();
    assert!(charged.by_mean && charged.by_standard);
    assert!(!price.charge(&counts(10, 300_000, 0, 0, 0), "standard", Some(100_000)).unwrap().by_mean);
    assert_eq!(list.price_of("gpt-4.1", Some("azure.ai.openai"), day("2026-05-01")), None);
}

#[test]
fn every_problem_is_named_with_its_line() {
    let wrong = r#"version = 2
currency = "USD"

[[price]]
model = "a"
input = "0.0000000000001"

[[price]]
model = "b"
input = 1
from = 2026-05-02
until = 2026-05-01

[[price]]
model = "c"
input = 1
tiers = [{ above = 200, input = 1 }, { above = 100, input = 1 }]

[[price]]
model = "d"
input = 1

[[price]]
model = "d"
input = 2

[[hosted]]
workload = "w"

[[hosted]]
workload = "w"
charges = { ServiceName = "x" }
share_by = "prefill_and_decode"

[[reserved]]
id = "r"
model = "m"
units = 0
price_per_unit_hour = 1
tokens_per_minute_per_unit = 1
from = 2026-05-01
"#;
    let problems = PriceList::parse(wrong).unwrap_err();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"));
    let error = PriceList::parse("version = 1\ncurrency = \"USD\"\n[[price]]\nmodle = \"a\"\n").unwrap_err();
    assert!(error[0].to_string().starts_with("line 4: unknown field"), "{error:?}");
}

const LITELLM: &str = r#"{
  "sample_spec": {"input_cost_per_token": 0.0, "mode": "one of …"},
  "gemini-2.5-pro": {"input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-07,
    "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
    "input_cost_per_token_batches": 6.25e-07, "output_cost_per_token_batches": 5e-06,
    "input_cost_per_token_above_200k_tokens_batches": 1.25e-06, "input_cost_per_image": 0.001,
    "litellm_provider": "vertex_ai-language-models", "source": "https://example.com/prices"},
  "dall-e-3": {"input_cost_per_image": 0.04, "litellm_provider": "openai"}
}"#;

#[test]
fn litellms_prices_are_read_digit_by_digit_and_written_back() {
    let read = litellm::parse(LITELLM, Some(day("2026-11-01"))).unwrap();
    assert_eq!((read.list.prices.len(), read.left_out), (1, 1));
    assert_eq!(read.unread_fields.iter().collect::<Vec<_>>(), ["input_cost_per_image"]);
    let price = &read.list.prices[0];
    let standard = &price.schedules[STANDARD];
    assert_eq!(standard.rates.input.to_string(), "0.00000125");
    assert_eq!(standard.tiers[0].above, 200_000);
    assert_eq!(standard.tiers[0].rates.output.to_string(), "0.000015");
    // A tier that says nothing of cached tokens keeps their price.
    assert_eq!(standard.tiers[0].rates.cache_read.to_string(), "0.000000125");
    assert_eq!(price.schedules["batch"].tiers[0].rates.input.to_string(), "0.00000125");
    // What is written to the cache costs what the input does, in each way of asking, unless the file says otherwise.
    assert_eq!(price.schedules["batch"].rates.cache_write.to_string(), "0.000000625");
    assert_eq!(price.schedules["batch"].rates.cache_read.to_string(), "0.000000125");
    let again = PriceList::parse(&read.list.prices_document()).unwrap();
    assert_eq!(again.prices, read.list.prices);
    let error = litellm::parse(r#"{"m": {"input_cost_per_token": -1}}"#, None).unwrap_err();
    assert!(error.to_string().contains("m: input_cost_per_token: -1"), "{error}");
    assert!(litellm::parse("[]", None).is_err());
}

/// LiteLLM's own file: every model that is sold by the token has a price, and the document made of it says the same.
#[test]
#[allow(clippy::disallowed_methods)]
fn litellms_own_table_agrees_with_its_json() {
    let Ok(folder) = std::env::var("FARTHING_SHARED") else {
        eprintln!("skipped: FARTHING_SHARED is not set");
        return;
    };
    let table = std::fs::read_to_string(format!("{folder}/data/prices/llm/llm_token_prices.csv")).unwrap();
    let json = table_as_json(&table);
    let read = litellm::parse(&json, None).unwrap();
    assert!(read.list.prices.len() > 3_000, "{}", read.list.prices.len());
    let again = PriceList::parse(&read.list.prices_document()).unwrap();
    assert_eq!(again.prices, read.list.prices);
    let price = again.price_of("claude-sonnet-4-5-20250929", Some("anthropic"), day("2026-05-01")).unwrap();
    let charged = price.charge(&counts(1, 1_000_000, 1_000_000, 1_000_000, 1_000_000), STANDARD, None).unwrap();
    assert_eq!(charged.parts.total().unwrap().to_string(), "22.05");
}

/// The table's rows as the JSON that they were taken from: its cells have no quotes and no commas.
fn table_as_json(table: &str) -> String {
    let mut lines = table.lines();
    let heads: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut models = serde_json::Map::new();
    for line in lines.filter(|line| !line.contains('"')) {
        let mut fields = serde_json::Map::new();
        for (head, cell) in heads.iter().zip(line.split(',')).skip(1).filter(|(_, cell)| !cell.is_empty()) {
            let name = if *head == "provider" { "litellm_provider" } else { head };
            fields.insert(name.to_owned(), serde_json::Value::String(cell.to_owned()));
        }
        models.insert(line.split(',').next().unwrap().to_owned(), serde_json::Value::Object(fields));
    }
    serde_json::Value::Object(models).to_string()
}
