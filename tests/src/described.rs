//! The API's answers are what its description says: every field is described, of the type that is said, and there where it must be.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Home, Server};

/// The description of an API, to hold answers against.
struct Description(Value);

impl Description {
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let found = self.0.pointer(reference.trim_start_matches('#'));
                self.resolved(found.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => schema,
        }
    }

    /// The schema of the answer to a path.
    fn answer(&self, method: &str, path: &str) -> &Value {
        let schema = &self.0["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path} is not described");
        schema
    }

    /// The fields that a schema knows, all its parts and branches together.
    fn fields(&self, schema: &Value) -> BTreeSet<String> {
        let schema = self.resolved(schema);
        let own = schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys().cloned());
        let parts = ["allOf", "oneOf"].into_iter().flat_map(|kind| schema[kind].as_array().into_iter().flatten());
        own.chain(parts.flat_map(|part| self.fields(part))).collect()
    }

    /// What of a value is not as the schema says. With `strict`, fields that it does not know are wrong as well.
    fn wrong(&self, schema: &Value, value: &Value, at: &str, strict: bool) -> Vec<String> {
        let schema = self.resolved(schema);
        let mut found = Vec::new();
        if schema.as_object().is_some_and(|schema| schema.keys().all(|key| key == "description")) {
            return found;
        }
        if let (true, Some(fields)) = (strict, value.as_object().filter(|_| schema.get("additionalProperties").is_none())) {
            let known = self.fields(schema);
            found.extend(
                fields.keys().filter(|field| !known.contains(*field)).map(|field| format!("{at}.{field} is not described")),
            );
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            found.extend(self.wrong(part, value, at, false));
        }
        if let Some(branches) = schema["oneOf"].as_array() {
            let attempts: Vec<_> = branches.iter().map(|branch| self.wrong(branch, value, at, strict)).collect();
            if !attempts.iter().any(Vec::is_empty) {
                found.push(format!("{at} is none of the branches: {attempts:?}"));
            }
        }
        let is = |kind: &str| match kind {
            "null" => value.is_null(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            other => panic!("{at}: the type {other}"),
        };
        let fits = match &schema["type"] {
            Value::String(kind) => is(kind),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
            _ => true,
        };
        if !fits || schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            let shown: String = value.to_string().chars().take(80).collect();
            found.push(format!("{at} is {shown}, described as {}{}", schema["type"], schema["enum"]));
        }
        for field in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(field).is_none() {
                found.push(format!("{at}.{field} is missing"));
            }
        }
        for (field, inner) in value.as_object().into_iter().flatten() {
            if let Some(property) = schema["properties"].get(field) {
                found.extend(self.wrong(property, inner, &format!("{at}.{field}"), true));
            } else if schema["additionalProperties"].is_object() {
                found.extend(self.wrong(&schema["additionalProperties"], inner, &format!("{at}.{field}"), true));
            }
        }
        for (place, item) in value.as_array().into_iter().flatten().enumerate() {
            found.extend(self.wrong(&schema["items"], item, &format!("{at}[{place}]"), true));
        }
        found
    }
}

#[test]
fn answers_are_what_the_description_says() {
    let home = Home::new();
    home.run(&["demo", "--rows", "2000", "--no-progress", "--format", "json", "-o", "demo.json"]).exits(0);
    home.write(
        "sla.toml",
        "version = 1\n[[sla]]\nsource = \"nobody\"\nmax_delivery_age_hours = 1\n[[sla]]\nmin_days = \"1\"\nmin_kept = \"1\"\n",
    );
    home.run(&["sla", "publish", "sla.toml"]).exits(0);
    let days = (1..=31).map(|day| format!("2026-05-{day:02},USD,EUR,0.9{day}\n2026-04-{day:02},USD,EUR,0.8{day}\n"));
    home.write("rates.csv", format!("date,from,to,rate\n{}", days.collect::<String>().replace("2026-04-31,USD,EUR,0.831\n", "")));
    home.run(&["rates", "import", "rates.csv"]).exits(0);
    home.write("budgets.csv", "unit,month,amount,currency\nclaims,2026-04/2026-05,1,USD\nnorthmoor,2026-05,2,USD\n");
    home.run(&["budgets", "import", "budgets.csv"]).exits(0);
    let server = Server::of(&home);
    let description = Description(server.get("/openapi.json").is(200).json());
    for (path, query) in [
        ("/v1/status", ""),
        ("/v1/quality", ""),
        ("/v1/periods", ""),
        ("/v1/units", ""),
        ("/v1/budgets", "?period=2026-05"),
        ("/v1/budgets", "?period=2026-05&through=2026-05-24"),
        ("/v1/budgets/entries", ""),
        ("/v1/rates", ""),
        ("/v1/chargeback", "?period=2026-05&in=EUR"),
        ("/v1/chargeback", "?period=2026-05"),
        ("/v1/chargeback", "?window=2026-05-01/2026-05-08&cost=billed"),
        ("/v1/unit-cost", ""),
        ("/v1/token-cost", "?period=2026-05"),
        ("/v1/tco", "?period=2026-05"),
        ("/v1/prices", ""),
        ("/v1/documents", ""),
        ("/v1/process", "?workflow=loan-prescreening"),
        ("/v1/unit-cost", "?by=segment:channel&tornado=0.1"),
        ("/v1/unit-cost", "?by=unit"),
        ("/v1/experiments/comparison", "?workflow=claims-triage&by=actor&first=ai&second=ai_then_person"),
        ("/v1/kpis", ""),
        ("/v1/portfolio", "?period=2026-05"),
        ("/v1/plans/fleet", ""),
    ] {
        let answer = server.get(&format!("{path}{query}")).is(200).json();
        assert!(answer.as_array().is_none_or(|list| !list.is_empty()), "{path} answers with nothing");
        let wrong = description.wrong(description.answer("get", path), &answer, path, true);
        assert!(wrong.is_empty(), "{path}{query}:\n{}", wrong.join("\n"));
    }
    let unit = server.get("/v1/units/claims").is(200).json();
    let wrong = description.wrong(description.answer("get", "/v1/units/{unit}"), &unit, "unit", true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let value = server.get("/v1/kpis/cost_per_decision?period=2026-05").is(200).json();
    let opened = server.post("/v1/portfolio/reviews/2026-Q2", &json!({"by": "ada"})).is(200).json();
    let reviews = server.get("/v1/portfolio/reviews").is(200).json();
    let event = json!([{"id": "e", "decided_at": "2026-06-01T00:00:00Z", "workflow": "claims-triage", "actor": "ai", "outcome": "accepted"}]);
    let taken = server.post("/v1/decisions?source=events", &event).is(200).json();
    for (method, path, answer) in [
        ("get", "/v1/kpis/{id}", &value),
        ("post", "/v1/portfolio/reviews/{quarter}", &opened),
        ("get", "/v1/portfolio/reviews/{quarter}", &opened),
        ("get", "/v1/portfolio/reviews", &reviews),
        ("post", "/v1/decisions", &taken),
    ] {
        let wrong = description.wrong(description.answer(method, path), answer, path, true);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    let csv = [("Content-Type", "text/csv")];
    let published = server.request("PUT", "/v1/units", &csv, &home.run(&["units", "export"]).exits(0).stdout).is(200).json();
    let wrong = description.wrong(description.answer("put", "/v1/units"), &published, "units", true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let planned = server.post("/v1/plans/fleet", &json!({"time_limit_seconds": 30})).is(200).json();
    let wrong = description.wrong(description.answer("post", "/v1/plans/fleet"), &planned, "plan", true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let replayed = server.post("/v1/simulations", &json!({"plan": planned, "seed": 3})).is(200).json();
    let wrong = description.wrong(description.answer("post", "/v1/simulations"), &replayed, "simulation", true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let instance = json!({"hours": 1, "types": [{"id": "a", "od_price": 1.5, "quota": 1}],
        "workloads": [{"id": "w", "min_replicas": 1, "capacity": {"a": 1}, "demand": [4]}]});
    let solved = server.post("/v1/plans/fleet/solve", &instance).is(200).json();
    assert_eq!(solved["status"], "infeasible");
    let wrong = description.wrong(description.answer("post", "/v1/plans/fleet/solve"), &solved, "plan file", true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (model, instance) in crate::plans::INSTANCES {
        let instance: Value = serde_json::from_str(instance).expect("it is JSON");
        let solved = server.post(&format!("/v1/plans/{model}/solve"), &instance).is(200).json();
        assert_eq!(solved["status"], "optimal", "{solved:#}");
        let wrong = description.wrong(description.answer("post", "/v1/plans/{model}/solve"), &solved, model, true);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    for model in ["storage", "routing"] {
        let planned = server.post(&format!("/v1/plans/{model}"), &json!({})).is(200).json();
        let wrong = description.wrong(description.answer("post", "/v1/plans/{model}"), &planned, model, true);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    let kept = server.get("/v1/recommendations").is(200).json();
    let shown = server.get(&format!("/v1/recommendations/{}", kept[0]["id"].as_str().expect("an id"))).is(200).json();
    for (method, path, answer) in [("get", "/v1/recommendations", &kept), ("get", "/v1/recommendations/{id}", &shown)] {
        let wrong = description.wrong(description.answer(method, path), answer, path, true);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    server.post("/v1/plans/weather", &json!({})).is(404);
    server.post("/v1/plans/weather/solve", &json!({})).is(404);
    let refused = server.post("/v1/plans/storage/solve", &json!({"months": 0})).is(400).json();
    assert!(refused["detail"].as_str().is_some_and(|why| why.contains("months: 0 is out of range")), "{refused:#}");
}

#[test]
fn an_answer_that_is_something_else_is_noticed() {
    let description = Description(json!({"components": {"schemas": {
        "Amount": {"type": "string"},
        "Line": {"type": "object", "required": ["amount"], "properties": {"amount": {"$ref": "#/components/schemas/Amount"}, "name": {"type": ["string", "null"]}}}
    }}}));
    let schema = json!({"type": "array", "items": {"$ref": "#/components/schemas/Line"}});
    let wrong = |value: Value| description.wrong(&schema, &value, "", true).len();
    assert_eq!(wrong(json!([{"amount": "1", "name": null}])), 0);
    assert_eq!([json!([{"amount": 1}]), json!([{}]), json!([{"amount": "1", "more": 1}]), json!({})].map(wrong), [1, 1, 1, 1]);
}
