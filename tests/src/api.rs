//! The HTTP API, as its clients see it.

use serde_json::{Value, json};

use crate::support::{Bill, Home, Server, figure, list, statements, text};

const RULES: &str = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n\
                     [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

fn home() -> Home {
    let bill = Bill::of("2026-05").charge("claims", "Virtual Machines", "10.25").charge("lending", "Object Storage", "4.5");
    let bill = bill.charge("", "Queues", "0.000000000000000001").charge_in("EUR", "claims", "Virtual Machines", "3");
    Home::new().file("bill.csv", bill.csv()).ingest_billing("bill.csv", "acme").rules(RULES)
}

/// A problem of RFC 9457 with this status.
#[track_caller]
fn problem(server: &Server, path: &str, status: u16) -> Value {
    let answer = server.get(path).is(status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:#?}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{problem:#}");
    assert!(!text(&problem, "title").is_empty(), "{problem:#}");
    problem
}

#[test]
fn it_says_that_it_is_alive_and_ready() {
    let home = home();
    let server = Server::of(&home);
    server.get("/healthz").is(200);
    server.get("/readyz").is(200);
}

#[test]
fn no_answer_may_be_guessed_at_framed_or_kept() {
    let home = home();
    let server = Server::of(&home);
    for path in ["/v1/status", "/v1/chargeback?period=2026-05", "/v1/chargeback", "/v1/none", "/healthz", "/v1/login"] {
        let answer = server.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        // What may be kept is asked about each time that it is used.
        let kept = answer.header("cache-control").expect("it says whether it may be kept");
        assert!(kept.contains("no-store") || kept.contains("no-cache"), "{path}: {kept}");
    }
}

#[test]
fn metrics_are_open_metrics() {
    let home = home();
    let server = Server::of(&home);
    server.get("/v1/chargeback?period=2026-05").is(200);
    let answer = server.get("/metrics").is(200);
    assert!(answer.header("content-type").is_some_and(|kind| kind.contains("openmetrics-text")), "{answer:#?}");
    assert!(answer.body.lines().any(|line| line.starts_with("farthing_")), "{}", answer.body);
    assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
    assert!(!answer.body.contains("2026-05"), "a label with a value from a request has no bound\n{}", answer.body);
}

#[test]
fn its_description_is_the_one_that_clients_have() {
    let home = Home::new();
    let document = Server::of(&home).get("/openapi.json").is(200).json();
    assert!(text(&document, "openapi").starts_with("3."));
    insta::assert_snapshot!("openapi", serde_json::to_string_pretty(&document).expect("it was JSON"));
}

#[test]
fn what_it_says_to_be_in_a_path_is_in_it() {
    let home = Home::new();
    let document = Server::of(&home).get("/openapi.json").is(200).json();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "path") {
                assert!(path.contains(&format!("{{{}}}", text(parameter, "name"))), "{method} {path}: {parameter}");
            }
        }
    }
}

#[test]
fn a_statement_is_that_of_the_command_line() {
    let home = home();
    let by_command = |more: &[&str]| home.json(&[&["chargeback", "--period", "2026-05"], more].concat());
    let server = Server::of(&home);
    for (query, arguments) in [
        ("", &[][..]),
        ("&cost=billed", &["--cost", "billed"]),
        ("&cost=list", &["--cost", "list"]),
        ("&cost=effective&unit=claims", &["--cost", "effective", "--unit", "claims"]),
    ] {
        let answer = server.get(&format!("/v1/chargeback?period=2026-05{query}")).is(200).json();
        assert_eq!(answer, by_command(arguments), "{query}");
        assert_eq!(statements(&answer).len(), 2, "one a currency");
        assert!(statements(&answer).into_iter().all(|statement| text(statement, "difference") == "0"));
    }
}

#[test]
fn it_answers_what_the_commands_answer() {
    let home = home();
    let server = Server::of(&home);
    let periods = server.get("/v1/status").is(200).json()["periods"].clone();
    assert_eq!(periods, home.json(&["status"])["periods"]);
    let units = server.get("/v1/units").is(200).json();
    assert!(units.to_string().contains("\"lending\""), "{units:#}");
    assert_eq!(server.get("/v1/plans/fleet").is(200).json(), json!([]));
    let query = json!({"query": "SELECT ServiceName, BilledCost FROM focus WHERE BillingCurrency = 'EUR'", "period": "2026-05"});
    let rows = server.post("/v1/sql", &query).is(200).json();
    assert_eq!(rows, json!([{"ServiceName": "Virtual Machines", "BilledCost": "3"}]));
    let refused = server.post("/v1/sql", &json!({"query": "DROP TABLE focus"})).is(400);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
}

#[test]
fn it_solves_an_instance() {
    // One type, two replicas in each hour: 2 hours × 2 × 1.5.
    let instance = json!({
        "hours": 2,
        "types": [{"id": "s", "od_price": 1.5, "commit_price": 1.6, "plan_rate": 1.7, "quota": 4}],
        "workloads": [{"id": "w", "min_replicas": 1, "capacity": {"s": 10}, "demand": [15, 20]}]
    });
    let home = Home::new();
    let server = Server::of(&home);
    let plan = server.post("/v1/plans/fleet/solve", &instance).is(200).json();
    assert_eq!((text(&plan, "status"), plan["objective"].as_f64(), &plan["n"]["w"]["s"]), ("optimal", Some(6.0), &json!([2, 2])));
    server.post("/v1/plans/fleet/solve", &json!({"hours": "many"})).is(400);
}

#[test]
fn a_plan_that_it_makes_is_kept() {
    let fleet = "version = 1\ncurrency = \"USD\"\n[[instance_types]]\nid = \"s\"\nprice = \"1.5\"\n\
                 [[workloads]]\nid = \"chat\"\nmodel = \"m\"\nunit = \"claims\"\n\
                 [workloads.profiles.s]\nrequests_per_second = 2.0\n";
    let hours: String =
        (0..24).map(|hour| format!("2026-05-04T{hour:02}:00:00Z,{},1,1,m,chat\n", 3600 * (1 + hour % 5))).collect();
    let home =
        home().fleet(fleet).file("trace.csv", format!("timestamp,requests,input_tokens,output_tokens,model,workload\n{hours}"));
    let home = home.ingest_trace("trace.csv", "gateway", &[]);
    let server = Server::of(&home);
    let plan = server.post("/v1/plans/fleet", &json!({"time_limit_seconds": 20, "gap": 0.05})).is(200).json();
    assert!(figure(&plan["objective"], "amount").approximately() >= plan["bound"].as_f64().expect("a bound") - 1e-6);
    let kept = server.get("/v1/plans/fleet").is(200).json();
    let ids: Vec<&str> = kept.as_array().expect("a list").iter().map(|plan| text(plan, "id")).collect();
    assert_eq!(ids, [text(&plan, "id")]);
    server.post("/v1/plans/fleet", &json!({"time_limit_seconds": 0})).is(400);
    server.post("/v1/plans/fleet", &json!({"patience": 1})).is(422);
}

#[test]
fn what_is_wrong_with_a_request_is_a_problem() {
    let home = home();
    let server = Server::of(&home);
    let unknown = problem(&server, "/v1/chargeback?period=2031-01", 404);
    assert!(text(&unknown, "detail").contains("2031-01") && text(&unknown, "detail").contains("2026-05"), "{unknown:#}");
    for path in [
        "/v1/chargeback",
        "/v1/chargeback?period=2026-13",
        "/v1/chargeback?period=2026-05&cost=guessed",
        "/v1/unit-cost?window=May",
    ] {
        problem(&server, path, 400);
    }
    problem(&server, "/v1/chargeback?period=2026-05&unit=nobody", 404);
    problem(&server, "/v1/nothing", 404);
}

#[test]
fn imports_of_another_process_are_seen_at_once() {
    let home = home();
    let server = Server::of(&home);
    let billed = |server: &Server| {
        let answer = server.get("/v1/chargeback?period=2026-05").is(200).json();
        let of_dollars = statements(&answer).into_iter().find(|statement| text(statement, "currency") == "USD").cloned();
        figure(&of_dollars.expect("a statement in dollars"), "billed_total").to_string()
    };
    assert_eq!(billed(&server), "14.750000000000000001");
    let home = home.file("new.csv", Bill::of("2026-05").charge("claims", "Queues", "7").csv()).ingest_billing("new.csv", "other");
    assert_eq!(billed(&server), "21.750000000000000001");
    assert_eq!(list(&home.json(&["status"]), "periods").len(), 2);
}
