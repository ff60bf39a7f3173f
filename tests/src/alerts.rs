//! What people are told of by themselves: signed, once an event and channel, again with the same id where it went wrong, and nowhere inside.

mod inside;
mod killed;
mod others;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use farthing_testkit::{Received, Receiver};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Bill, Home, NewHome, Run, Server, list, on_both_databases, text};

on_both_databases!(
    a_budget_that_is_passed_is_told_once_signed_and_again_until_it_is_taken,
    what_is_refused_for_good_or_too_often_stays_failed_and_says_why,
    what_waits_for_a_digest_goes_out_in_one_message,
    a_decision_that_waits_is_told_of_as_text,
);

const UNITS: &str = "id,name,parent\ninsurance,Insurance,\nclaims,Claims,insurance\nlending,Lending,\n";
const RULES: &str = "version = 1\n[[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";
const BUDGETS: &str =
    "unit,month,amount,currency,alert_actual,alert_forecast\nclaims,2026-05,100,USD,50,none\nlending,2026-05,10,USD,100,none\n";
/// The key that webhooks are signed with, and what a receiver is let in by.
const KEY: &str = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA==";
const TOKEN: &str = "Bearer hidden-token";

/// A home with a month in which claims and lending are beyond their budgets, by 40 and by 10.
fn home(new: NewHome) -> Home {
    let bill = Bill::of("2026-05").charge("claims", "Queues", "90").charge("lending", "Queues", "20");
    let home = new().file("units.csv", UNITS).file("budgets.csv", BUDGETS).file("may.csv", bill.csv());
    home.run(&["units", "import", "units.csv"]).exits(0);
    let home = home.rules(RULES).ingest_billing("may.csv", "acme");
    home.run(&["budgets", "import", "budgets.csv"]).exits(0);
    home
}

/// Publishes a document of alerts.
pub(crate) fn publish(home: &Home, document: &str) {
    home.write("alerts.toml", format!("version = 1\n{document}"));
    home.run(&["alerts", "publish", "alerts.toml"]).exits(0);
}

/// A webhook that is told of what `more` says.
fn webhook(name: &str, address: &str, more: &str) -> String {
    format!(
        "[channel.{name}]\nkind = \"webhook\"\nurl = \"{address}/hook\"\nsigning_key = \"HOOK_KEY\"\nauthorization = \"HOOK_TOKEN\"\n\
         allow_loopback = true\nretry_seconds = 1\n{more}\n"
    )
}

/// A command of the program that knows the secrets.
fn told(home: &Home, arguments: &[&str]) -> Run {
    home.run_with(&[("HOOK_KEY", KEY), ("HOOK_TOKEN", TOKEN)], arguments)
}

/// Looks for what there is to tell.
pub(crate) fn find(home: &Home) {
    told(home, &["jobs", "run", "--kind", "find-alerts"]).exits(0);
    work(home);
}

/// Adds the runs that are due, and does them. Gives what was said.
pub(crate) fn work(home: &Home) -> String {
    let added = told(home, &["-vv", "scheduler", "--once"]).exits(0);
    let worked = told(home, &["-vv", "worker", "--until-idle"]).exits(0);
    added.stderr + &worked.stderr
}

fn alerts(home: &Home) -> Vec<Value> {
    home.json(&["alerts", "list"]).as_array().expect("alerts are a list").clone()
}

/// Works until nothing waits any more. Gives what was said.
pub(crate) fn work_to_the_end(home: &Home) -> String {
    let mut said = String::new();
    while alerts(home).iter().any(|alert| text(alert, "state") == "waiting") {
        said += &work(home);
    }
    said
}

/// A message must be signed as the convention says it is.
fn assert_signed(received: &Received) {
    let header = |name: &str| received.header(name).unwrap_or_else(|| panic!("there is no {name}"));
    let key = STANDARD.decode(KEY.trim_start_matches("whsec_")).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any key will do");
    mac.update(format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    mac.update(&received.body);
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
    assert_eq!(header("authorization"), TOKEN);
}

fn ids(received: &[Received]) -> Vec<&str> {
    received.iter().map(|one| one.header("webhook-id").expect("a message has an id")).collect()
}

fn a_budget_that_is_passed_is_told_once_signed_and_again_until_it_is_taken(new: NewHome) {
    let home = home(new);
    // It fails, asks for patience, and repeats what it should not know.
    let receiver = Receiver::start(|number| match number {
        1 => (500, Vec::new(), format!("broken, and your token is {TOKEN}")),
        2 => (429, vec![("retry-after", "2".to_owned())], String::new()),
        _ => (204, Vec::new(), String::new()),
    });
    let only = "events = [\"budget\"]\nunits = [\"insurance\"]\nleast = { USD = \"40\" }";
    let too_little = "events = [\"budget\"]\nleast = { USD = \"40.01\" }";
    let document = format!("{}{}", webhook("ops", &receiver.address(), only), webhook("others", &receiver.address(), too_little));
    publish(&home, &document);
    find(&home);
    let said = work_to_the_end(&home);
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    received.iter().for_each(assert_signed);
    assert!(ids(&received).iter().all(|id| *id == ids(&received)[0] && id.starts_with("msg_")), "{:?}", ids(&received));
    assert!(received.iter().all(|one| one.body == received[0].body));
    let stamp = |one: &Received| one.header("webhook-timestamp").and_then(|stamp| stamp.parse::<i64>().ok()).expect("a time");
    assert!(stamp(&received[2]) - stamp(&received[1]) >= 2, "it asked for two seconds");
    let event = &received[0].json()["data"]["events"][0];
    assert_eq!(event["units"], json!(["claims", "insurance"]));
    assert_eq!(event["money"], json!({"amount": "40", "currency": "USD"}));
    assert_eq!(text(event, "title"), "Claims has cost 90.00 USD in 2026-05, beyond 50 % of its budget");

    let alerts = alerts(&home);
    assert_eq!(alerts.len(), 1);
    let alert = &alerts[0];
    assert_eq!((text(alert, "channel"), text(alert, "state"), &alert["attempts"]), ("ops", "sent", &json!(3)));
    assert_eq!(text(alert, "message"), ids(&received)[0]);
    // Found again it is not told again.
    find(&home);
    work(&home);
    assert_eq!(receiver.received().len(), 3);
    home.run(&["alerts", "list"]).exits(0).shows(&["ops", "budget", "Claims has cost 90.00 USD", "sent"]);
    let recorded = home.json(&["audit", "list", "--action", "alert."]);
    let entries = recorded.as_array().expect("entries are a list");
    assert_eq!(entries.len(), 1, "{recorded:#}");
    assert_eq!(entries[0]["details"]["events"], json!(["budget/2026-05/claims/actual/50/50 USD"]));
    home.run(&["audit", "verify"]).exits(0);
    for secret in [KEY, TOKEN, "hidden-token"] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(said.contains("ops") && said.contains("it answered 500: broken"), "{said}");

    let server = Server::of(&home);
    assert_eq!(server.get("/v1/alerts?channel=ops").is(200).json(), Value::Array(alerts));
    assert_eq!(server.get("/v1/alerts?state=waiting").is(200).json(), json!([]));
    server.get("/v1/alerts?state=gone").is(400);
    // The server has no secrets in its environment: it says which.
    let tried = server.post("/v1/alerts/test", &json!({"channel": "ops"})).is(200).json();
    assert_eq!(tried["delivered"], json!(false));
    assert!(text(&tried, "said").contains("HOOK_KEY"), "{tried:#}");
    server.post("/v1/alerts/test", &json!({"channel": "nobody"})).is(404);
    server.post("/v1/alerts/test", &json!({})).is(422);
}

fn what_is_refused_for_good_or_too_often_stays_failed_and_says_why(new: NewHome) {
    let home = home(new);
    let gone = Receiver::start(|_| (410, Vec::new(), format!("nobody is here, {TOKEN}")));
    let broken = Receiver::start(|_| (503, Vec::new(), "in repair".to_owned()));
    let document = format!(
        "{}{}{}",
        webhook("gone", &gone.address(), "events = [\"budget\"]\nunits = [\"claims\"]"),
        webhook("broken", &broken.address(), "attempts = 2\nevents = [\"budget\"]\nunits = [\"claims\"]"),
        webhook("leaves", &broken.address(), "digest = \"daily\"\nevents = [\"budget\"]\nunits = [\"claims\"]"),
    );
    publish(&home, &document);
    find(&home);
    // One channel waits for its digest, and is then no more.
    publish(&home, document.split("[channel.leaves]").next().expect("it is the last"));
    home.tamper("UPDATE alert SET due_at = '2026-01-01T00:00:00+00:00' WHERE channel = 'leaves'");
    work_to_the_end(&home);
    let state = |channel: &str| {
        let alerts = home.json(&["alerts", "list", "--channel", channel]);
        let alert = &alerts.as_array().expect("a list")[0];
        (text(alert, "state").to_owned(), alert["attempts"].clone(), text(alert, "said").to_owned())
    };
    assert_eq!(
        state("gone"),
        ("failed".to_owned(), json!(1), "it answered 410: nobody is here, (not shown) (not shown)".to_owned())
    );
    assert_eq!(state("broken"), ("failed".to_owned(), json!(2), "it answered 503: in repair".to_owned()));
    let (dropped, attempts, said) = state("leaves");
    assert_eq!((dropped.as_str(), attempts), ("dropped", json!(0)));
    assert!(said.contains("no channel of this name"), "{said}");
    assert_eq!((gone.received().len(), broken.received().len()), (1, 2));
    home.run(&["alerts", "list", "--state", "failed"]).exits(0).shows(&["gone", "it answered 410", "it answered 503: in repair"]);
    told(&home, &["alerts", "test", "gone"]).exits(1).shows(&["did not take the message", "it answered 410"]);
    told(&home, &["alerts", "test", "nobody"]).exits(1).says(&["there is no channel \"nobody\"; there are broken, gone"]);
    // Sent again with the same id, from the first attempt on.
    home.run(&["alerts", "resend", "--channel", "nobody"]).exits(1).says(&["nothing failed"]);
    home.run(&["alerts", "resend", "--channel", "gone"]).exits(0).shows(&["1 events are told of again"]);
    work_to_the_end(&home);
    let received = gone.received();
    // The second was the test.
    assert_eq!((received.len(), ids(&received)[0]), (3, ids(&received)[2]));
    assert_eq!(state("gone").0, "failed");
    let server = Server::of(&home);
    let metrics = server.get("/metrics").body;
    for line in ["farthing_alerts{channel=\"gone\",state=\"failed\"} 1", "farthing_alerts_overdue_seconds 0"] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let again = server.post("/v1/alerts/resend", &json!({"message": ids(&received)[0]})).is(200).json();
    assert_eq!(again, json!({"alerts": 1}));
    server.post("/v1/alerts/resend", &json!({"message": "msg_nothing"})).is(404);
    server.post("/v1/alerts/resend", &json!({"channels": 1})).is(422);
    home.run(&["audit", "list", "--action", "alert.resent"]).exits(0).shows(&["alert.resent"]);
    drop(server);
}

fn what_waits_for_a_digest_goes_out_in_one_message(new: NewHome) {
    let home = home(new);
    let receiver = Receiver::start(|_| (200, Vec::new(), String::new()));
    let tickets = webhook("tickets", &receiver.address(), "events = [\"budget\"]").replace("webhook", "ticket");
    publish(&home, &format!("{}{tickets}", webhook("boss", &receiver.address(), "events = [\"budget\"]\ndigest = \"weekly\"")));
    find(&home);
    // Tickets are one an event, and at once.
    while receiver.received().len() < 2 {
        work(&home);
    }
    let keys = |one: &Received| one.json()["key"].as_str().map(str::to_owned);
    let told: Vec<_> = receiver.received().iter().filter_map(keys).collect();
    assert_eq!(told, ["budget/2026-05/claims/actual/50/50 USD", "budget/2026-05/lending/actual/100/10 USD"]);
    let waiting = home.json(&["alerts", "list", "--state", "waiting"]);
    let waiting = waiting.as_array().expect("a list");
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|alert| alert["message"].is_null() && alert["attempts"] == 0));
    home.tamper("UPDATE alert SET due_at = '2026-01-01T00:00:00+00:00' WHERE channel = 'boss'");
    work_to_the_end(&home);
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    assert_signed(&received[2]);
    assert_eq!(list(&received[2].json()["data"], "events").len(), 2);
}

fn a_decision_that_waits_is_told_of_as_text(new: NewHome) {
    let home = home(new);
    home.run(&["close", "2026-05"]).exits(0);
    home.run(&["reopen", "2026-05", "--reason", "<!here> was wrong", "--by", "ada"]).exits(0);
    let receiver = Receiver::start(|_| (200, Vec::new(), "ok".to_owned()));
    let chat = format!(
        "[channel.chat]\nkind = \"slack\"\nurl = \"{}/T0/B0/x\"\nallow_loopback = true\nevents = [\"approval\", \"close\", \"sla\", \
         \"plan-expiry\", \"anomaly\"]\n",
        receiver.address()
    );
    publish(&home, &chat);
    find(&home);
    work_to_the_end(&home);
    let received: Vec<Value> = receiver.received().iter().map(Received::json).collect();
    assert_eq!(received.len(), 1, "{received:#?}");
    assert_eq!(text(&received[0], "text"), "ada asks to reopen 2026-05");
    let block = &received[0]["blocks"][0]["text"];
    assert_eq!(text(block, "type"), "plain_text");
    assert!(text(block, "text").contains("<!here> was wrong"), "{block:#}");
}

#[test]
fn a_document_of_alerts_is_checked_and_kept_like_the_others() {
    let home = Home::new();
    home.run(&["alerts", "list"]).exits(0).shows(&["Nobody was told of anything"]);
    home.run(&["alerts", "show"]).exits(1).says(&["farthing alerts publish alerts.toml"]);
    home.write("alerts.toml", "version = 1\n[channel.a]\nkind = \"teams\"\nurl_from = \"TEAMS_URL\"\nevents = [\"budgets\"]\n");
    home.run(&["alerts", "check", "alerts.toml"]).exits(1).says(&["channel a: events: there is no \"budgets\""]);
    home.write("alerts.toml", "version = 1\n[channel.a]\nkind = \"teams\"\nurl_from = \"TEAMS_URL\"\n");
    home.run(&["alerts", "check", "alerts.toml"]).exits(0).shows(&["who is told: a (teams)"]);
    home.run(&["alerts", "publish", "alerts.toml"]).exits(0).shows(&["published as version 1"]);
    home.run(&["alerts", "show"]).exits(0).shows(&["url_from = \"TEAMS_URL\""]);
    home.run(&["documents"]).exits(0).shows(&["alerts"]);
    home.run(&["alerts", "test", "a"]).exits(1).shows(&["TEAMS_URL_FILE"]);
}
