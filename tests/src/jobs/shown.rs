//! What people see of jobs, on the command line and through the API.

use serde_json::json;

use crate::support::{Bill, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(schedules_and_runs_are_shown, a_dead_run_says_why_and_status_shows_it, long_work_is_asked_for_and_looked_at);

const SCHEDULES: &str = "version = 1\n[[schedule]]\nname = \"nightly check\"\nkind = \"check-quality\"\ncron = \"30 2 * * *\"\n\
                         time_zone = \"Europe/Berlin\"\n[[schedule]]\nname = \"off\"\nkind = \"retain-lake\"\ncron = \"0 3 * * SUN\"\n\
                         enabled = false\n";

fn schedules_and_runs_are_shown(new: NewHome) {
    let home = new().file("schedules.toml", SCHEDULES).file("wrong.toml", SCHEDULES.replace("SUN", "0"));
    home.run(&["schedules", "check", "wrong.toml"]).exits(1).says(&["schedule off", "write weekdays as names"]);
    home.run(&["schedules", "publish", "wrong.toml"]).exits(1);
    home.run(&["schedules", "list"]).exits(0).shows(&["There are no schedules"]);
    home.run(&["schedules", "publish", "schedules.toml"]).exits(0).shows(&["2 schedules, 1 of them switched off", "version 1"]);
    home.run(&["schedules", "publish", "schedules.toml"]).exits(0).shows(&["unchanged, already version 1"]);
    home.run(&["schedules", "list"]).exits(0).shows(&["nightly check", "30 2 * * * Europe/Berlin", "switched off"]);
    let shown = home.run(&["schedules", "show"]).exits(0);
    assert_eq!(shown.stdout, SCHEDULES);
    let asked = home.json(&["jobs", "run", "nightly check"]);
    assert_eq!(text(&asked, "state"), "queued");
    home.run(&["worker", "--until-idle"]).exits(0);
    let id = text(&asked, "id");
    home.run(&["jobs", "show", id]).exits(0).shows(&["nightly check", "done", "Nothing is below the SLA"]);
    home.run(&["jobs", "list", "--state", "done"]).exits(0).shows(&[id]);
    home.run(&["jobs", "list", "--state", "queued"]).exits(0).shows(&["There are no such runs"]);
    home.run(&["jobs", "run", "nightly"]).exits(1).says(&["schedules list"]);
    home.run(&["jobs", "show", "nonsense"]).exits(1).says(&["jobs list"]);
    home.run(&["jobs", "run", "--kind", "sweep-lake", "--with", "{}"]).exits(1).says(&["older_than_days"]);
    home.run(&["status"]).exits(0).shows(&["Schedules", "nightly check"]);
}

fn a_dead_run_says_why_and_status_shows_it(new: NewHome) {
    let home = new();
    let path = home.path().join("nothing");
    let schedules = format!(
        "version = 1\n[[schedule]]\nname = \"bills\"\nkind = \"import-billing\"\ncron = \"0 2 * * *\"\n\
         with = {{ source = \"acme\", paths = [{path:?}] }}\n"
    );
    let home = home.file("schedules.toml", schedules);
    home.run(&["schedules", "publish", "schedules.toml"]).exits(0);
    home.json(&["jobs", "run", "bills"]);
    home.run(&["worker", "--until-idle"]).exits(0);
    let runs = home.json(&["jobs", "list"]);
    // What is wrong with the request is wrong the next time as well: it is not tried again.
    assert_eq!((text(&runs[0], "state"), &runs[0]["attempt"]), ("failed", &1.into()), "{runs:#}");
    assert!(text(&runs[0], "message").contains("nothing"), "{runs:#}");
    let status = home.json(&["status"]);
    let schedule = &list(&status, "schedules")[0];
    assert_eq!(schedule["last_error"], runs[0]["message"]);
    home.write("nothing/bill.csv", Bill::of("2026-05").charges(3).csv());
    home.json(&["jobs", "run", "bills"]);
    home.run(&["worker", "--until-idle"]).exits(0);
    let status = home.json(&["status"]);
    let schedule = &list(&status, "schedules")[0];
    assert_eq!(schedule["last_error"], json!(null), "{schedule:#}");
    assert_eq!(list(&status, "periods").len(), 1);
    home.invariants_hold();
}

/// Waits until a run has ended.
fn looked_at(server: &Server, place: &str) -> serde_json::Value {
    loop {
        let run = server.get(place).is(200).json();
        if !["queued", "running"].contains(&text(&run, "state")) {
            return run;
        }
    }
}

fn long_work_is_asked_for_and_looked_at(new: NewHome) {
    let home: Home = new();
    let server = Server::of(&home);
    let instance = json!({"hours": 2, "types": [{"id": "g", "od_price": 2.0, "commit_price": 1.0, "plan_rate": 1.5, "quota": 9}],
        "workloads": [{"id": "w", "min_replicas": 1, "capacity": {"g": 10.0}, "demand": [5.0, 15.0]}]});
    // Several at once: whichever worker is free takes one.
    let places: Vec<String> = (1..=4)
        .map(|scale| {
            let mut instance = instance.clone();
            instance["types"][0]["od_price"] = json!(2.0 * f64::from(scale));
            let asked =
                server.post("/v1/jobs", &json!({"kind": "solve", "with": {"model": "fleet", "instance": instance}})).is(202);
            asked.header("location").expect("it says where to look").to_owned()
        })
        .collect();
    for place in &places {
        let run = looked_at(&server, place);
        assert_eq!((text(&run, "state"), text(&run["result"], "status")), ("done", "optimal"), "{run:#}");
    }
    assert_eq!(server.get("/v1/jobs?state=done&job=solve").is(200).json().as_array().map(Vec::len), Some(4));
    let wrong = server.post("/v1/jobs", &json!({"kind": "solve", "with": {"model": "fleet"}})).is(400);
    assert!(wrong.body.contains("missing field"), "{wrong:?}");
    server.get("/v1/jobs/nonsense").is(404);
    server.post(&format!("{}/cancel", places[0]), &json!(null)).is(200);
    server.request("PUT", "/v1/documents/schedules", &[("Content-Type", "application/toml")], SCHEDULES).is(200);
    assert_eq!(server.get("/v1/schedules").is(200).json()[0]["name"], "nightly check");
    let metrics = server.get("/metrics").is(200).body;
    for line in
        ["farthing_job_runs{state=\"done\"} 4", "farthing_job_failing{job=\"nightly check\"} 0", "farthing_job_next_timestamp"]
    {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}
