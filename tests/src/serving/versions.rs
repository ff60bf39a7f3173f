//! Which version is replaced, and what will go.

use super::home;
use crate::support::{Home, NewHome, Server, on_both_databases};

on_both_databases!(documents_are_written_by_whoever_has_read_the_last_version);

const FIRST: &str = "date,from,to,rate\n2026-05-01,EUR,USD,1.10\n";
const SECOND: &str = "date,from,to,rate\n2026-05-01,EUR,USD,1.20\n";
const CSV: (&str, &str) = ("Content-Type", "text/csv");

fn documents_are_written_by_whoever_has_read_the_last_version(new: NewHome) {
    let home = home(new).file("farthing.toml", "require_if_match = true\n");
    let server = Server::of(&home);
    let put = |path: &str, body: &str, headers: &[(&str, &str)]| server.request("PUT", path, headers, body);
    let budgets = "unit,month,amount,currency\nclaims,2026-05,100,USD\n";
    for (path, list, first, second) in [
        ("/v1/rates", "/v1/rates", FIRST, SECOND),
        ("/v1/budgets", "/v1/budgets/entries", budgets, "unit,month,amount,currency\nclaims,2026-05,200,USD\n"),
    ] {
        let missing = put(path, first, &[CSV]).is(428);
        assert_eq!(missing.header("content-type"), Some("application/problem+json"));
        let written = put(path, first, &[CSV, ("If-Match", "*")]).is(200);
        let read = server.get(list).is(200).header("etag").expect("a version").to_owned();
        assert_eq!(written.header("etag"), Some(read.as_str()));
        put(path, second, &[CSV, ("If-Match", &read)]).is(200);
        assert!(put(path, first, &[CSV, ("If-Match", &read)]).is(412).body.contains("in between"), "{path}");
        put(path, first, &[CSV, ("If-Match", "\"rules-v1\"")]).is(400);
    }
    let toml = ("Content-Type", "application/toml");
    put("/v1/documents/rules", super::RULES, &[toml]).is(428);
    let read = server.get("/v1/documents/rules").is(200).header("etag").expect("a version").to_owned();
    put("/v1/documents/rules", super::RULES, &[toml, ("If-Match", &read)]).is(200);
}

#[test]
fn a_route_that_will_go_says_so_and_what_answers_instead() {
    let home = Home::new();
    let server = Server::of(&home);
    let answer = server.get("/v1/plans/fleet").is(200);
    assert!(answer.header("deprecation").is_some_and(|since| since.starts_with('@')), "{answer:?}");
    assert!(answer.header("sunset").is_some_and(|until| until.ends_with("GMT")), "{answer:?}");
    assert_eq!(answer.header("link"), Some("</v1/recommendations?kind=fleet>; rel=\"successor-version\""));
    let described = server.get("/openapi.json").is(200).json();
    assert_eq!(described["paths"]["/v1/plans/fleet"]["get"]["deprecated"], true);
    let stays = server.get("/v1/recommendations?kind=fleet").is(200);
    assert_eq!((stays.header("deprecation"), stays.header("sunset")), (None, None));
}
