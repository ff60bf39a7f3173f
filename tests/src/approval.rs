//! The approval of recommendations: from a plan that somebody makes to what it brought.

mod at_once;
mod flow;
mod limited;
mod roles;
mod shadow;
mod stale;
mod told;
mod waiting;

use serde_json::Value;

use crate::support::{Home, Run, list, text};

const RULES: &str = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n\
                     [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";

/// A workload of each of two units, each on one replica too many.
const FLEET: &str = r#"version = 1
currency = "USD"
[[instance_types]]
id = "s"
price = "1.5"
[[workloads]]
id = "chat"
model = "m"
unit = "claims"
today = [{ type = "s", replicas = 9 }]
[workloads.profiles.s]
requests_per_second = 4.0
[[workloads]]
id = "scores"
model = "m"
unit = "lending"
today = [{ type = "s", replicas = 9 }]
[workloads.profiles.s]
requests_per_second = 4.0
"#;

/// Requests of both workloads on a day.
fn trace(day: &str) -> String {
    let head = "timestamp,requests,input_tokens,output_tokens,model,workload\n".to_owned();
    (0..24).fold(head, |text, hour| {
        text + &format!("{day}T{hour:02}:00:00Z,{},1,1,m,chat\n{day}T{hour:02}:00:00Z,3600,1,1,m,scores\n", 3600 * (1 + hour % 5))
    })
}

/// An organisation that can plan its fleet.
fn organisation(home: Home) -> Home {
    let home = home.rules(RULES).fleet(FLEET).file("may.csv", trace("2026-05-04"));
    home.ingest_trace("may.csv", "gateway", &[])
}

/// Publishes an approvals document.
fn approvals(home: &Home, text: &str) {
    home.write("approvals.toml", format!("version = 1\ncurrency = \"USD\"\n{text}"));
    home.run(&["approvals", "publish", "approvals.toml"]).exits(0);
}

/// Somebody makes a plan of the fleet, and so proposes it; gives its id.
fn propose(home: &Home, by: &str) -> String {
    let run = home.run_with(&[("FARTHING_ACTOR", by)], &["plan", "fleet", "--time-limit", "20", "--format", "json"]);
    text(&run.exits(0).json(), "id").to_owned()
}

/// Takes a step on the command line.
fn step(home: &Home, verb: &str, id: &str, by: &str) -> Run {
    let reason: &[&str] = if verb == "approve" { &[] } else { &["--reason", "since it is so"] };
    home.run(&[&["recommendations", verb, id, "--by", by], reason].concat())
}

/// Where it stands.
fn standing(home: &Home, id: &str) -> Value {
    home.json(&["recommendations", "show", id])["standing"].take()
}

/// Who did what, in order.
fn history(standing: &Value) -> Vec<(String, String)> {
    let steps = list(standing, "steps").iter();
    steps.map(|step| (text(step, "by").to_owned(), text(step, "action").to_owned())).collect()
}
