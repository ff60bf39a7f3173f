//! From an empty home to a first chargeback over HTTP: the sample organisation, files that are sent, and rules to begin with; and people who
//! say for themselves what they are told of.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::authority::token;
use crate::support::{Bill, NewHome, Server, figure, list, on_both_databases, statements, text};

on_both_databases!(
    the_sample_organisation_is_loaded_once_and_goes_on_where_it_was_interrupted,
    a_file_is_sent_checked_and_imported_and_its_accounts_make_the_first_rules,
    people_say_for_themselves_what_they_are_told_of,
);

/// As few charges as a sample has.
const CHARGES: u64 = 1_000;

/// A run once it has ended.
fn ended(server: &Server, run: &Value) -> Value {
    let (path, start) = (format!("/v1/jobs/{}", text(run, "id")), Instant::now());
    loop {
        let run = server.get(&path).is(200).json();
        if run["ended_at"].is_string() {
            return run;
        }
        assert!(start.elapsed() < Duration::from_secs(240), "{run:#}");
        std::thread::yield_now();
    }
}

fn the_sample_organisation_is_loaded_once_and_goes_on_where_it_was_interrupted(new: NewHome) {
    let home = new();
    let server = Server::of(&home);
    let asked = server.post("/v1/sample", &json!({"charges": 10})).is(400);
    assert!(asked.body.contains("1000"), "{}", asked.body);
    let run = server.post("/v1/sample", &json!({ "charges": CHARGES })).is(202).json();
    let again = server.post("/v1/sample", &json!({ "charges": CHARGES })).is(409);
    assert!(again.body.contains("being loaded already"), "{}", again.body);
    // Killed somewhere on its way; a worker takes it again and what was imported changes nothing.
    server.kill();
    home.tamper("UPDATE job_run SET lease_until = '2026-01-01T00:00:00+00:00' WHERE state = 'running'");
    home.run(&["worker", "--until-idle"]).exits(0);
    let server = Server::of(&home);
    let run = ended(&server, &run);
    assert_eq!(text(&run, "state"), "done", "{run:#}");
    let report = server.get("/v1/chargeback?period=2026-05").is(200).json();
    for statement in statements(&report) {
        assert_eq!(statement["proven"], true);
        assert!(list(statement, "units").len() > 5);
    }
    assert!(server.post("/v1/sample", &json!({})).is(409).body.contains("loaded already"));
    let asked: Value = home.json(&["audit", "list", "--action", "job.asked", "--limit", "100"]);
    let of_the_sample = |entry: &&Value| entry["details"]["kind"] == "load-sample";
    assert_eq!(asked.as_array().expect("entries").iter().filter(of_the_sample).count(), 1);
    // The same files as the demo imports, under the same names: it finds all of them there.
    let demo = home.run(&["demo", "--rows", &CHARGES.to_string()]).exits(0);
    demo.says(&["0 files imported"]);
    // Somebody's own bill is no place for it.
    let own = new().file("bill.csv", Bill::of("2026-05").charges(3).csv()).ingest_billing("bill.csv", "acme");
    let refused = Server::of(&own).post("/v1/sample", &json!({})).is(409);
    assert!(refused.body.contains("a bill of acme for 2026-05"), "{}", refused.body);
}

fn a_file_is_sent_checked_and_imported_and_its_accounts_make_the_first_rules(new: NewHome) {
    let home = new();
    let server = Server::of(&home);
    let stream = [("Content-Type", "application/octet-stream")];
    let send = |name: &str, content: &str| server.request("POST", &format!("/v1/uploads?name={name}"), &stream, content);
    // What is no file is told so, and nothing of it is kept.
    assert!(send("empty.csv", "").is(400).body.contains("empty"));
    assert_eq!(send("..", "x").is(400).status, 400);
    assert_eq!(server.request("POST", "/v1/uploads?name=a.csv", &[("Content-Type", "text/csv")], "a").status, 415);
    let import = |ids: &[&str], check: bool| {
        let body = json!({"what": "billing", "source": "acme", "uploads": ids, "check": check});
        server.post("/v1/imports", &body)
    };
    assert!(import(&["../../farthing.db"], true).is(404).body.contains("Send it again"));
    let broken = send("..%2Fnotes.csv", "when,what\n2026-05-01,lunch\n").is(201).json();
    assert_eq!(text(&broken, "name"), "notes.csv");
    let run = ended(&server, &import(&[text(&broken, "id")], true).is(202).json());
    assert_eq!(text(&run, "state"), "failed", "{run:#}");
    assert!(text(&run, "message").contains("notes.csv"), "{run:#}");

    let bill = Bill::of("2026-05").charge("red", "VM", "10.25").charge("blue", "VM", "5.50").charge("", "VM", "1.25");
    let bill = bill.charge("red", "VM", "9").with("9,1000", "nine,1000");
    let sent = send("bill.csv", &bill.csv()).is(201).json();
    let run = ended(&server, &import(&[text(&sent, "id")], true).is(202).json());
    assert_eq!(text(&run, "state"), "done", "{run:#}");
    let found = &run["result"]["imports"][0];
    assert_eq!((&found["rows"], &found["set_aside"]), (&json!(4), &json!(1)), "{found:#}");
    assert_eq!(found["periods"][0]["period"], "2026-05");
    assert_eq!(figure(&found["periods"][0]["totals"][0], "effective"), figure(&json!({"a": "17.00"}), "a"));
    assert_eq!(found["files"][0]["file"], "bill.csv");
    let is_error = |finding: &&Value| finding["severity"] == "error" && finding["column"] == "BilledCost";
    let finding = list(&found["files"][0], "findings").iter().find(is_error).expect("a row was set aside");
    assert_eq!((&finding["column"], &finding["rows"]), (&json!("BilledCost"), &json!([5])), "{found:#}");
    assert!(list(&server.get("/v1/status").json(), "periods").is_empty(), "a check imports nothing");
    let run = ended(&server, &import(&[text(&sent, "id")], false).is(202).json());
    assert_eq!(text(&run, "state"), "done", "{run:#}");
    let status = server.get("/v1/status").json();
    let revision = text(&status["periods"][0], "revision");
    let findings = server.get(&format!("/v1/revisions/{revision}/findings")).is(200).json();
    assert_eq!(findings[0]["severity"], "error", "{findings:#}");
    // A file that was imported goes.
    let left = home.store().join("uploads").join(text(&sent, "id"));
    while left.exists() {
        std::thread::yield_now();
    }
    import(&[text(&sent, "id")], false).is(404);

    let offer = server.get("/v1/rules/start?period=2026-05").is(200).json();
    assert_eq!(figure(&offer, "total"), figure(&json!({"a": "17.00"}), "a"));
    let way = list(&offer, "ways").iter().find(|way| way["by"] == "tag:team").expect("charges have the tag");
    let units: Vec<(&str, &str)> = list(way, "units").iter().map(|unit| (text(unit, "unit"), text(unit, "amount"))).collect();
    assert_eq!(units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>(), ["red", "blue"], "the most money first");
    assert_eq!(figure(&way["units"][1], "amount"), figure(&json!({"a": "5.50"}), "a"));
    let toml = [("Content-Type", "application/toml")];
    server.request("PUT", "/v1/documents/rules", &toml, text(way, "rules")).is(200);
    let report = server.get("/v1/chargeback?period=2026-05").is(200).json();
    assert_eq!(report["proven"], true);
    for (unit, amount) in units {
        let charged = list(&report, "units").iter().find(|line| line["unit"] == unit).expect("the unit is charged");
        assert!(charged.to_string().contains(amount), "{unit} {amount}: {charged:#}");
    }
}

const ALERTS: &str = "version = 1\n\n[smtp]\nhost = \"mail.example.org\"\nfrom = \"farthing@example.org\"\n\n# by her own wish\n\
                      [channel.ada]\nkind = \"email\"\nto = [\"ada@example.org\"]\n\n[channel.bob]\nkind = \"email\"\nto = [\"bob@example.org\"]\n";

fn people_say_for_themselves_what_they_are_told_of(new: NewHome) {
    let home = crate::authority::organisation(new());
    home.write("alerts.toml", ALERTS);
    home.run(&["alerts", "publish", "alerts.toml"]).exits(0);
    let [ada, operator] =
        [("ada", "viewer"), ("desk", "administrator")].map(|(name, role)| token(&home, name, &["--role", role]));
    let ada = format!("Bearer {ada}");
    let server = Server::of(&home);
    let headers = [("Authorization", ada.as_str()), ("Content-Type", "application/json")];
    let seen = server.request("GET", "/v1/alerts/channels", &headers, "").is(200).json();
    let [own] = seen.as_array().expect("a list").as_slice() else { panic!("{seen:#}") };
    assert_eq!((&own["channel"], &own["is_own"], &own["may_change"]), (&json!("ada"), &json!(true), &json!(true)));
    let mut wanted = own["preferences"].clone();
    wanted["digest"] = json!("weekly");
    wanted["digest_at"] = json!("09:00");
    wanted["digest_on"] = json!("TUE");
    let put = |channel: &str, body: &Value| {
        server.request("PUT", &format!("/v1/alerts/channels/{channel}/preferences"), &headers, &body.to_string())
    };
    let mut nonsense = wanted.clone();
    nonsense["time_zone"] = json!("Mars/Olympus");
    assert!(put("ada", &nonsense).is(400).body.contains("no zone"));
    put("ada", &wanted).is(200);
    // Another's is none of hers, whether it is there or not.
    put("bob", &wanted).is(404);
    put("nobody", &wanted).is(404);
    let kept = home.run(&["alerts", "show"]).exits(0);
    kept.shows(&["# by her own wish", "digest = \"weekly\"", "digest_on = \"TUE\"", "bob@example.org"]);
    let record: Value = home.json(&["audit", "list", "--action", "document.published", "--actor", "ada"]);
    assert_eq!(record.as_array().map(Vec::len), Some(1), "{record:#}");
    let all =
        server.request("GET", "/v1/alerts/channels", &[("Authorization", &format!("Bearer {operator}"))], "").is(200).json();
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    assert_eq!(all[0]["may_change"], false);
}
