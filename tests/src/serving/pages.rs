//! Lists come a page at a time.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::home;
use crate::support::{NewHome, Server, on_both_databases};

on_both_databases!(lists_come_in_pages_that_miss_and_repeat_nothing);

/// The rows of a page, and the address of the next.
fn page(server: &Server, address: &str) -> (Vec<Value>, Option<String>) {
    let answer = server.get(address).is(200);
    let next = answer.header("link").map(|link| {
        let (address, rest) = link.trim_start_matches('<').split_once('>').expect("an address in brackets");
        assert_eq!(rest, "; rel=\"next\"");
        address.to_owned()
    });
    (answer.json().as_array().expect("a list").clone(), next)
}

/// All rows, page by page; `between` happens after the first.
fn all(server: &Server, address: &str, mut between: impl FnMut()) -> Vec<Value> {
    let (mut rows, mut next) = page(server, address);
    between();
    while let Some(address) = next {
        let (more, after) = page(server, &address);
        assert!(!more.is_empty(), "{address} promised a page");
        rows.extend(more);
        next = after;
    }
    rows
}

fn lists_come_in_pages_that_miss_and_repeat_nothing(new: NewHome) {
    let rates = "date,from,to,rate\n2026-05-01,EUR,USD,1.10\n2026-05-02,EUR,USD,1.11\n2026-05-03,EUR,USD,1.12\n\
                 2026-05-01,GBP,USD,1.30\n2026-05-02,GBP,USD,1.31\n";
    let home = home(new).file("rates.csv", rates);
    home.run(&["rates", "import", "rates.csv"]).exits(0);
    let server = Server::of(&home);
    let ask = || server.post("/v1/jobs", &json!({"kind": "verify-audit", "with": {}})).is(202).json()["id"].clone();
    (0..5).for_each(|_| drop(ask()));
    for list in [
        "/v1/kpis",
        "/v1/rates?currency=USD",
        "/v1/units",
        "/v1/documents",
        "/v1/periods",
        "/v1/revisions?period=2026-05",
        "/v1/schedules",
        "/v1/budgets/entries",
        "/v1/lake/files",
        "/v1/recommendations",
        "/v1/alerts",
        "/v1/tokens",
        "/v1/users",
        "/v1/portfolio/reviews",
    ] {
        let whole = server.get(list).is(200).json();
        let joint = if list.contains('?') { '&' } else { '?' };
        for limit in [1, 2, 1_000] {
            assert_eq!(Value::from(all(&server, &format!("{list}{joint}limit={limit}"), || ())), whole, "{list} by {limit}");
        }
        for wrong in ["limit=0", "limit=10001", "limit=-1", "limit=many", "cursor=%00"] {
            let refused = server.get(&format!("{list}{joint}{wrong}")).is(400);
            assert_eq!(refused.header("content-type"), Some("application/problem+json"), "{list} {wrong}");
        }
    }
    let ids = |rows: Vec<Value>| rows.into_iter().map(|run| run["id"].clone()).collect::<Vec<_>>();
    let before = ids(server.get("/v1/jobs").is(200).json().as_array().expect("runs").clone());
    // What is added while somebody reads stands before all that they have yet to read.
    let mut added = Vec::new();
    let read = ids(all(&server, "/v1/jobs?limit=2", || added.push(ask())));
    assert_eq!(added.len(), 1);
    assert_eq!(read.iter().filter(|id| before.contains(id)).cloned().collect::<Vec<_>>(), before);
    assert_eq!(read.len(), read.iter().map(Value::to_string).collect::<BTreeSet<_>>().len(), "none comes twice");
}
