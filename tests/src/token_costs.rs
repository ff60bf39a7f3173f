//! What tokens cost by the bill and by the prices, and what AI systems cost in all.

use serde_json::{Value, json};

use crate::support::{Exact, Home, NewHome, Server, figure, list, on_both_databases, text};

on_both_databases!(
    the_bill_and_the_prices_meet_and_tie_out_to_the_statement,
    prices_are_checked_published_and_listed,
    prices_of_machines_come_from_documents_files_and_packages,
    a_system_costs_what_its_lines_claim_and_nothing_counts_twice,
);

const RULES: &str = r#"version = 1
units = [{ id = "claims" }, { id = "platform" }, { id = "lending" }]

[[rules]]
id = "by-team"
unit_from_tag = "team"

[[pools]]
id = "platform-by-tokens"
unit = "platform"
driver = "tokens"
recipients = ["claims", "lending"]

[[workloads]]
id = "triage"
unit = "claims"
when = { team = "triage" }
"#;

const PRICES: &str = r#"version = 1
currency = "USD"

[[price]]
model = "gpt-4.1"
provider = "openai"
input = 2
output = 8
cache_read = 0.5
tiers = [{ above = 200000, input = 4, output = 16 }]
source = { source = "price page", year = 2026 }

[[price]]
model = "small"
input = 2
output = 2

[[hosted]]
workload = "triage"
charges = { "tag:workload" = "triage" }
weights = { input = 1, output = 1, cached = 1 }
tokens_per_hour = 400000
compare_with = "small"
"#;

/// Service category, provider, pricing unit and quantity, cost, team, workload.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// Ten hours of a hosted model, a vendor's tokens, a machine for training, storage, and a platform that is shared.
const MAY: [Row; 5] = [
    ("AI and Machine Learning", "Amazon Web Services", "Hours", "10", "4", "claims", "triage"),
    ("AI and Machine Learning", "OpenAI", "1M Tokens", "1.5", "3", "claims", ""),
    ("AI and Machine Learning", "Amazon Web Services", "Hours", "2", "60", "claims", "triage-model"),
    ("Storage", "Amazon Web Services", "GB-Mo", "70", "7", "claims", ""),
    ("Compute", "Amazon Web Services", "Hours", "5", "5", "platform", ""),
];

fn bill(rows: &[Row]) -> String {
    let head = "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargePeriodEnd,\
                ChargePeriodStart,ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,ServiceCategory,ServiceName,ProviderName,\
                PricingUnit,PricingQuantity,Tags\n";
    let row = |(category, provider, unit, quantity, cost, team, workload): &Row| {
        let tags = format!("\"{{\"\"team\"\":\"\"{team}\"\",\"\"workload\"\":\"\"{workload}\"\"}}\"");
        format!(
            "{cost},1000,USD,2026-06-01T00:00:00Z,2026-05-01T00:00:00Z,Usage,2026-05-05T00:00:00Z,2026-05-04T00:00:00Z,{cost},{cost},\
             {provider},{cost},{category},Service,{provider},{unit},{quantity},{tags}\n"
        )
    };
    std::iter::once(head.to_owned()).chain(rows.iter().map(row)).collect()
}

/// A million tokens of the hosted model and 1.5 million of the vendor's.
const USAGE: &str = "timestamp,requests,input_tokens,cached_tokens,output_tokens,model,workload,unit,provider,operation\n\
    2026-05-04T09:00:00Z,100,600000,0,400000,llama-3.1-8b,triage,,own,chat\n\
    2026-05-04T09:00:00Z,10,1400000,400000,100000,gpt-4.1-2025-04-14,agent,claims,openai,chat\n";

fn home(new: NewHome) -> Home {
    let home = new().file("bill.csv", bill(&MAY)).file("usage.csv", USAGE).file("prices.toml", PRICES).rules(RULES);
    let home = home.ingest_billing("bill.csv", "acme").ingest_trace("usage.csv", "gateway", &[]);
    home.run(&["prices", "publish", "prices.toml"]).exits(0).shows(&["2 prices of 2 models", "published as version 1"]);
    home
}

fn group<'a>(report: &'a Value, model: &str) -> &'a Value {
    let found = list(report, "groups").iter().find(|group| group["model"] == model);
    found.unwrap_or_else(|| panic!("{model} is not in {report:#}"))
}

fn the_bill_and_the_prices_meet_and_tie_out_to_the_statement(new: NewHome) {
    let home = home(new);
    let reports = home.json(&["token-cost", "--period", "2026-05", "--by", "model,version,deployment,unit"]);
    let report = &reports[0];
    assert_eq!((text(report, "currency"), &report["proven"]), ("USD", &json!(true)));

    // The vendor: a million tokens of input at 2, 0.4 cached at 0.5, 0.1 of output at 8.
    let vendor = group(report, "gpt-4.1");
    assert_eq!((text(vendor, "version"), text(vendor, "unit")), ("2025-04-14", "claims"));
    assert_eq!(vendor["allocation"], vendor["usage"]);
    assert_eq!((text(&vendor["usage"], "cost"), text(&vendor["usage"], "per_request")), ("3", "0.3"));
    let million = &vendor["allocation"]["per_million"];
    assert_eq!(million, &json!({"blended": "2", "input": "2", "cached": "0.5", "cache_write": null, "output": "8"}));

    // The hosted model: a quarter of ten hours used, at 4 a million against 2 outside; at home from half use on.
    let own = group(report, "llama-3.1-8b");
    assert_eq!((text(&own["allocation"], "cost"), text(&own["usage"], "cost")), ("4", "1"));
    assert_eq!(text(&own["allocation"], "per_gpu_hour"), "0.4");
    let hosted = &list(report, "hosted")[0];
    let answer = &hosted["build_or_buy"];
    assert_eq!((text(hosted, "per_million"), text(hosted, "external_per_million")), ("4", "2"));
    assert_eq!(answer, &json!({"utilization": "0.25", "cheaper_now": "external", "break_even_utilization": "0.5"}));
    let difference = &report["difference"];
    assert_eq!((text(difference, "allocation"), text(difference, "usage"), text(difference, "difference")), ("7", "4", "3"));
    assert_eq!(difference["parts"], json!([{"cause": "idle_capacity", "amount": "3"}]));

    // Shared by usage and without usage are the unit's own statement.
    let tie_out = &report["tie_out"];
    let statement = home.json(&["chargeback", "--period", "2026-05"]);
    let claims = list(&statement, "units").iter().find(|unit| text(unit, "unit") == "claims").expect("claims");
    assert_eq!(text(tie_out, "statement_total"), text(claims, "total"));
    assert_eq!((text(tie_out, "allocated"), text(tie_out, "difference")), ("7", "0"));
    let without: Vec<_> = list(tie_out, "without_usage").iter().map(|line| (text(line, "name"), text(line, "amount"))).collect();
    assert_eq!(without, [("AI of aws: no usage", "60"), ("Storage", "7"), ("share of pool platform-by-tokens", "5")]);

    let server = Server::of(&home);
    assert_eq!(server.get("/v1/token-cost?period=2026-05&by=model,version,deployment,unit").is(200).json(), reports);
    server.get("/v1/token-cost?by=colour").is(400);
    server.get("/v1/token-cost?model=gpt-5").is(404);
    let one = home.json(&["token-cost", "--model", "gpt-4.1-2025-04-14"]);
    assert_eq!((list(&one[0], "groups").len(), list(&one[0], "hosted").len()), (1, 0));
    home.run(&["token-cost", "--period", "2026-05", "--model", "gpt-5"]).exits(1).says(&["there is no usage of gpt-5"]);
    home.run(&["token-cost", "--window", "2026-06-01/2026-07-01"]).exits(1).says(&["there is no usage in"]);
}

#[test]
fn tokens_on_the_terminal() {
    let home = home(&Home::new);
    insta::assert_snapshot!("token_cost_table", home.run(&["token-cost", "--period", "2026-05"]).exits(0).stdout);
}

/// Roll-ups have the quantities that a scan of the charges finds: a rule on a column that they do not keep apart makes the difference.
#[test]
fn roll_ups_say_what_a_scan_of_the_charges_says() {
    let command = ["token-cost", "--by", "model,version,deployment,operation,principal,unit"];
    let home = home(&Home::new);
    let rolled_up = home.json(&command);
    let never = "\n[[rules]]\nid = \"never\"\nunit = \"lending\"\nwhen = { ResourceId = \"no such resource\" }\n\n[[pools]]";
    let home = home.rules(&RULES.replacen("\n[[pools]]", never, 1));
    assert_eq!(home.json(&command), rolled_up);
    assert_eq!(text(&list(&rolled_up[0], "hosted")[0], "instance_hours"), "10");
}

/// Two tenants with the same tokens share an endpoint by the time of their prompts and answers.
#[test]
fn an_endpoint_is_shared_by_the_time_of_prefill_and_decode() {
    let usage = "timestamp,requests,input_tokens,output_tokens,model,workload,unit,principal,prefill_seconds,decode_seconds\n\
        2026-05-04T09:00:00Z,100,500000,100000,llama-3.1-8b,triage,claims,ada,10,20\n\
        2026-05-04T09:00:00Z,100,500000,100000,llama-3.1-8b,triage,claims,bob,30,60\n";
    let prices = "version = 1\ncurrency = \"USD\"\n\n[[hosted]]\nworkload = \"triage\"\ncharges = { \"tag:workload\" = \"triage\" }\n\
                  share_by = \"prefill_and_decode\"\n";
    let home = Home::new().file("bill.csv", bill(&MAY)).file("usage.csv", usage).file("prices.toml", prices).rules(RULES);
    let home = home.ingest_billing("bill.csv", "acme").ingest_trace("usage.csv", "gateway", &[]);
    home.run(&["prices", "publish", "prices.toml"]).exits(0);
    let report = home.json(&["token-cost", "--by", "principal"]);
    let cost = |who: &str| {
        let group = list(&report[0], "groups").iter().find(|group| group["principal"] == who).expect("who asked");
        (text(&group["allocation"], "cost").to_owned(), group["allocation"]["parts"].clone())
    };
    let parts =
        |input: &str, output: &str| json!({"input": input, "cached": "0", "cache_write": "0", "output": output, "other": "0"});
    let third = "0.666666666666666667";
    assert_eq!(cost("bob"), ("3".to_owned(), parts("1", "2")));
    assert_eq!(cost("ada").0, "1");
    assert_eq!(cost("ada").1["output"], json!(third));
    let times = &list(&report[0], "hosted")[0]["times"];
    assert_eq!(times, &json!({"prefill_seconds": "40", "decode_seconds": "80", "timed_requests": 200, "requests": 200}));
    let kept = home.value("SELECT SUM(PrefillSeconds) FROM usage WHERE TimedRequests = 100");
    assert_eq!(Exact::parse(kept.as_str().expect("an amount")), Exact::parse("40"));
    assert_eq!(report[0]["proven"], json!(true));
}

#[test]
fn a_scorecard_says_what_a_model_costs_and_how_much_of_its_endpoint_is_used() {
    let people = "version = 1\n[[workflow]]\nid = \"triage\"\nrole = \"examiner\"\ncurrency = \"USD\"\nunits = [\"claims\"]\n\
                  wage_per_hour = 60\nbenefits_share = 0\nhandling_minutes = 12\nerror_rate = 0.03\nerror_cost = 40\n";
    let home = home(&Home::new).file("people.toml", people);
    home.run(&["ingest", "people", "people.toml"]).exits(0);
    let portfolio = home.json(&["portfolio", "--period", "2026-05"]);
    let card = |model: &str| {
        let found = list(&portfolio, "models").iter().find(|card| card["model"] == model);
        found.unwrap_or_else(|| panic!("{model} is not in {portfolio:#}")).clone()
    };
    let own = card("llama-3.1-8b");
    assert_eq!(text(&own, "utilisation"), "0.25");
    assert_eq!(own["inference"], json!([{"currency": "USD", "allocation": "4", "usage": "1", "per_million": "4"}]));
    let endpoint = &list(&own, "hosted")[0];
    assert_eq!((text(endpoint, "name"), text(endpoint, "unit"), text(endpoint, "gpu_hours")), ("triage", "claims", "10"));
    let vendors = card("gpt-4.1-2025-04-14");
    assert_eq!((&vendors["utilisation"], text(&vendors["inference"][0], "allocation")), (&Value::Null, "3"));
    let kinds: Vec<&str> = list(&portfolio["evidence"], "documents").iter().map(|document| text(document, "kind")).collect();
    assert!(kinds.contains(&"prices"), "{kinds:?}");
    home.run(&["portfolio"]).exits(0).shows(&["By the bill", "25.0 %"]);
}

#[test]
fn prices_alone_need_no_bill() {
    let home = Home::new().file("usage.csv", USAGE).file("prices.toml", PRICES).ingest_trace("usage.csv", "gateway", &[]);
    home.run(&["token-cost"]).exits(1).says(&["there are no charges yet"]);
    let unpriced = home.json(&["token-cost", "--basis", "usage"]);
    assert_eq!(unpriced[0]["total"]["usage"], Value::Null);
    assert!(unpriced[0]["notes"][0].as_str().is_some_and(|note| note.contains("no price list yet")), "{unpriced:#}");
    home.run(&["prices", "publish", "prices.toml"]).exits(0);
    let report = home.json(&["token-cost", "--basis", "usage"]);
    assert_eq!(text(&group(&report[0], "gpt-4.1")["usage"], "cost"), "3");
    assert_eq!(group(&report[0], "gpt-4.1")["allocation"], Value::Null);
}

/// A request that is longer than a price list's bound is told apart when it is imported: its hour no longer knows how long it was.
#[test]
fn a_long_request_is_charged_at_its_tier() {
    let usage = "timestamp,input_tokens,output_tokens,model,provider,unit\n\
        2026-05-04T09:00:00Z,300000,0,gpt-4.1,openai,claims\n2026-05-04T09:10:00Z,100000,0,gpt-4.1,openai,claims\n";
    let home = Home::new().file("usage.csv", usage).file("prices.toml", PRICES).ingest_trace("usage.csv", "gateway", &[]);
    home.run(&["prices", "publish", "prices.toml"]).exits(0);
    let report = home.json(&["token-cost", "--basis", "usage"]);
    // 0.3 million at 4 and 0.1 at 2; their mean would have stayed below the bound.
    assert_eq!(text(&report[0]["total"]["usage"], "cost"), "1.4");
    assert_eq!(report[0]["notes"], json!(["gpt-4.1: no charge of unit claims pays for it (400000 tokens)"]));
}

#[test]
fn traces_in_otlp_are_imported() {
    let attribute = |key: &str, kind: &str, value: &str| json!({"key": key, "value": {kind: value}});
    let span = |id: &str, operation: &str| {
        json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": id, "kind": 3, "startTimeUnixNano": "1777885200000000000",
            "attributes": [attribute("gen_ai.operation.name", "stringValue", operation),
                attribute("gen_ai.provider.name", "stringValue", "openai"),
                attribute("gen_ai.response.model", "stringValue", "gpt-4.1"),
                attribute("gen_ai.usage.input_tokens", "intValue", "1000000"),
                attribute("gen_ai.usage.cache_read.input_tokens", "intValue", "400000"),
                attribute("gen_ai.usage.output_tokens", "intValue", "100000")]})
    };
    let request = json!({"resourceSpans": [{"resource": {"attributes": [attribute("service.name", "stringValue", "agent")]},
        "scopeSpans": [{"spans": [span("eee19b7ec3c1b174", "chat"), span("eee19b7ec3c1b175", "invoke_agent")]}]}]});
    // The same request twice is one call.
    let home = Home::new().file("traces.jsonl", format!("{request}\n{request}\n")).file("prices.toml", PRICES);
    let report = home.json(&["ingest", "usage", "traces.jsonl", "--source", "collector", "--format", "otlp"]);
    assert_eq!((report["rows"].as_u64(), report["set_aside"].as_u64()), (Some(4), Some(0)), "{report:#}");
    home.run(&["prices", "publish", "prices.toml"]).exits(0);
    let report = home.json(&["token-cost", "--basis", "usage", "--by", "deployment,operation"]);
    let line = &list(&report[0], "groups")[0];
    assert_eq!(
        (text(line, "deployment"), text(line, "operation"), line["counts"]["requests"].as_u64()),
        ("agent", "chat", Some(1))
    );
    // A single request of a million tokens is in the tier of long ones: 0.6 at 4, 0.4 cached at that tier's input price, 0.1 at 16.
    assert_eq!(text(&line["usage"], "cost"), "5.6");
}

fn prices_are_checked_published_and_listed(new: NewHome) {
    let litellm = r#"{"sample_spec": {}, "gpt-4.1": {"input_cost_per_token": 9e-06},
        "claude-x": {"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 3e-07,
            "output_cost_per_token_batches": 7.5e-06, "input_cost_per_token_batches": 1.5e-06, "litellm_provider": "anthropic"},
        "dall-e": {"input_cost_per_image": 0.04}}"#;
    let home = new().file("prices.toml", PRICES).file("model_prices.json", litellm);
    home.run(&["prices", "list"]).exits(1).says(&["there is no price list yet", "farthing prices publish prices.toml"]);
    home.write("wrong.toml", PRICES.replace("input = 2\noutput = 8", "input = -2\noutput = 8"));
    home.run(&["prices", "check", "wrong.toml"]).exits(1).says(&["wrong.toml", "line 4", "cannot be a price"]);
    home.run(&["prices", "publish", "wrong.toml"]).exits(1);
    home.run(&["prices", "list"]).exits(1);
    home.run(&["prices", "check", "prices.toml", "model_prices.json"])
        .exits(0)
        .shows(&["good: 3 prices of 3 models", "1 models are not sold"]);
    home.run(&["prices", "publish", "prices.toml", "model_prices.json", "--from", "2026-05-01"]).exits(0).shows(&["version 1"]);
    home.run(&["prices", "publish", "prices.toml", "model_prices.json", "--from", "2026-05-01"])
        .exits(0)
        .shows(&["already version 1"]);
    let prices = home.json(&["prices", "list"]);
    let of = |model: &str, mode: &str| {
        let found = prices.as_array().expect("prices").iter().find(|price| price["model"] == model && price["mode"] == mode);
        found.unwrap_or_else(|| panic!("no {mode} price of {model}")).clone()
    };
    // What a person wrote holds before LiteLLM's.
    assert_eq!(text(&of("gpt-4.1", "standard"), "input"), "2");
    assert_eq!((text(&of("claude-x", "standard"), "cache_read"), text(&of("claude-x", "batch"), "output")), ("0.3", "7.5"));
    assert_eq!(text(&of("claude-x", "standard"), "from"), "2026-05-01");
    assert_eq!(list(&json!({"all": home.json(&["prices", "list", "--on", "2026-04-30"])}), "all").len(), 3);
    let server = Server::of(&home);
    assert_eq!(server.get("/v1/prices").is(200).json(), prices);
    let toml = [("Content-Type", "application/toml")];
    server.request("PUT", "/v1/documents/prices", &toml, "version = 1\n").is(400);
    server.request("PUT", "/v1/documents/prices", &[("Content-Type", "text/csv")], PRICES).is(415);
    let published = server.request("PUT", "/v1/documents/prices", &toml, PRICES).is(200).json();
    assert_eq!((published["version"].as_u64(), text(&published, "kind")), (Some(2), "prices"));
    home.run(&["prices", "publish", "model_prices.json"]).exits(0).shows(&["2 prices of 2 models", "version 3"]);
}

fn prices_of_machines_come_from_documents_files_and_packages(new: NewHome) {
    let own = "version = 1\ncurrency = \"USD\"\n\n[[sku]]\nkind = \"on_demand\"\nprovider = \"aws\"\nregion = \"us-east-1\"\n\
               sku = \"g5.xlarge\"\nprice = \"0.95\"\n";
    let csv = "instance_type,region,os,ondemand,spot_avg,plan,effective_usd_per_hour\n\
               m6i.large,us-east-1,linux,0.096,0.031,yrTerm1Standard.noUpfront,0.0605\n";
    let libcloud = r#"{"compute": {"ec2_linux": {"g5.xlarge": {"us-east-1": 1.006, "eu-west-1": 1.123, "us-west-1": 0.0}},
        "gce_instances": {"c2": {"cpu": {"preemptible": {"us-central1": {"price": 0.008223}}}}}}, "storage": {}}"#;
    let home = new().file("own.toml", own).file("ec2.csv", csv).file("pricing.json", libcloud);
    home.run(&["prices", "publish", "ec2.csv"]).exits(1).says(&["ec2.csv", "--provider", "nothing was published"]);
    let all = ["prices", "publish", "own.toml", "ec2.csv", "pricing.json", "--provider", "aws", "--from", "2026-05-01"];
    home.run(&all).exits(0).shows(&["6 prices of machines", "1 of its prices are none", "published as version 1"]);
    home.run(&all).exits(0).shows(&["already version 1"]);
    let prices = home.json(&["prices", "skus", "--kind", "on-demand", "--provider", "Amazon Web Services"]);
    let told: Vec<(&str, &str, &str)> = prices
        .as_array()
        .expect("prices")
        .iter()
        .map(|price| (text(price, "sku"), text(price, "region"), text(price, "price")))
        .collect();
    // What a person wrote holds before a package.
    let expected = [("g5.xlarge", "eu-west-1", "1.123"), ("g5.xlarge", "us-east-1", "0.95"), ("m6i.large", "us-east-1", "0.096")];
    assert_eq!(told, expected);
    let commitment = home.json(&["prices", "skus", "--kind", "commitment", "--on", "2026-05-01"]);
    assert_eq!((text(&commitment[0], "payment"), commitment[0]["term_months"].as_u64()), ("no_upfront", Some(12)));
    home.run(&["prices", "skus", "--kind", "commitment", "--on", "2026-04-30"]).exits(1).says(&["no such price"]);
    home.run(&["prices", "skus", "--sku", "m6i.large"]).exits(0).shows(&["0.0605", "no_upfront", "spot"]);
    let server = Server::of(&home);
    let path = "/v1/prices/skus?kind=on_demand&provider=aws";
    assert_eq!(server.get(path).is(200).json(), prices);
    server.get("/v1/prices/skus?kind=rented").is(400);
    server.get("/v1/prices/skus?on=2026-02-30").is(400);
    server.get("/v1/prices/skus?sku=x9.huge").is(404);
}

const SYSTEMS: &str = r#"version = 1
currency = "USD"

[[system]]
id = "triage"
name = "Claims triage"
owner = "claims"
units = ["claims"]
workflow = "claims"
people_on_hand = 1

[[system.line]]
id = "endpoint"
kind = "inference"
charges = { "tag:workload" = "triage" }

[[system.line]]
id = "tokens"
kind = "inference"
charges = { ProviderName = "OpenAI" }

[[system.line]]
id = "training"
kind = "training"
charges = { "tag:workload" = "triage-model" }
over_months = 6

[[system.line]]
id = "platform"
kind = "platform"
pool = "platform-by-tokens"

[[system.line]]
id = "engineers"
kind = "people"
hours_per_month = 2
rate_per_hour = 50
source = { source = "time sheets", year = 2026 }
"#;

const PEOPLE: &str = "version = 1\n[[workflow]]\nid = \"claims\"\nrole = \"examiner\"\ncurrency = \"USD\"\nwage_per_hour = 30\n\
    benefits_share = 0\nhandling_minutes = 10\n";

const DECISIONS: &str = "id,decided_at,workflow,unit,actor,outcome\n\
    1,2026-05-04T09:00:00Z,claims,claims,ai,accepted\n2,2026-05-04T09:10:00Z,claims,claims,ai,accepted\n\
    3,2026-05-04T09:20:00Z,claims,claims,person,accepted\n4,2026-05-04T10:00:00Z,claims,claims,ai,accepted\n";

fn with_systems(new: NewHome) -> Home {
    let home = home(new).file("systems.toml", SYSTEMS).file("people.toml", PEOPLE).file("decisions.csv", DECISIONS);
    home.run(&["tco"]).exits(1).says(&["there is no systems document yet"]);
    home.run(&["systems", "check", "systems.toml"]).exits(0).shows(&["1 systems, 5 lines, 1 units"]);
    home.run(&["systems", "publish", "systems.toml"]).exits(0).shows(&["published as version 1"]);
    home.run(&["ingest", "people", "people.toml"]).exits(0);
    home.run(&["ingest", "decisions", "decisions.csv"]).exits(0);
    home
}

fn a_system_costs_what_its_lines_claim_and_nothing_counts_twice(new: NewHome) {
    let home = with_systems(new);
    let report = home.json(&["tco", "triage", "--period", "2026-05"]);
    let system = &list(&report, "systems")[0];
    let lines: Vec<_> =
        list(system, "lines").iter().map(|line| (text(line, "id"), text(line, "cost"), text(line, "billed"))).collect();
    let expected = [
        ("endpoint", "4", "4"),
        ("tokens", "3", "3"),
        ("training", "10", "60"),
        ("platform", "5", "5"),
        ("engineers", "100", "0"),
    ];
    assert_eq!(lines, expected);
    assert_eq!((text(system, "total"), text(system, "billed"), text(system, "entered")), ("122", "72", "100"));
    let sum = figure(&report, "claimed") + figure(&report, "unclaimed_total");
    assert_eq!((sum, text(&report, "difference")), (figure(&report, "statement_total"), "0"));
    assert_eq!(text(&list(&report, "unclaimed")[0], "name"), "Storage");
    // 3 decisions of ten minutes at 30 an hour, over 744 hours; two of them in the busiest.
    let fallback = &system["fallback"];
    assert_eq!((text(fallback, "busiest_cost"), fallback["busiest_decisions"].as_u64()), ("10", Some(2)));
    assert_eq!(figure(fallback, "cost_per_hour"), Exact::parse("0.020161290322580645"));
    assert_eq!(text(fallback, "left_in_busiest"), "0");
    assert_eq!(Server::of(&home).get("/v1/tco?period=2026-05&system=triage").is(200).json(), report);
    home.run(&["tco", "nobody"]).exits(1).says(&["there is no system nobody", "triage"]);

    // Another line that claims what the endpoint's line claims is refused by name, unless both say which part.
    let second = "\n[[system]]\nid = \"second\"\nunits = [\"claims\"]\n[[system.line]]\nid = \"all ai\"\nkind = \"other\"\n\
                  charges = { ServiceCategory = \"AI and Machine Learning\", \"tag:workload\" = \"triage\" }\n";
    home.write("systems.toml", format!("{SYSTEMS}{second}"));
    home.run(&["systems", "publish", "systems.toml"]).exits(0).shows(&["version 2"]);
    home.run(&["tco", "--period", "2026-05"])
        .exits(1)
        .says(&["system triage, line endpoint and system second, line all ai all claim AI and Machine Learning of unit claims: 1 charges, 4"]);
    let share = |text: &str, line: &str, share: &str| text.replacen(line, &format!("{line}\nshare = {share}"), 1);
    let shared = share(SYSTEMS, "charges = { \"tag:workload\" = \"triage\" }", "0.75");
    home.write("systems.toml", format!("{shared}{second}share = 0.25\n"));
    home.run(&["systems", "publish", "systems.toml"]).exits(0).shows(&["version 3"]);
    let report = home.json(&["tco", "--period", "2026-05"]);
    let billed: Vec<_> = list(&report, "systems").iter().map(|system| text(system, "billed")).collect();
    assert_eq!((billed, text(&report, "difference")), (vec!["71", "1"], "0"));
}

#[test]
fn ownership_on_the_terminal() {
    let home = with_systems(&Home::new);
    insta::assert_snapshot!("tco_table", home.run(&["tco", "--period", "2026-05"]).exits(0).stdout);
}
