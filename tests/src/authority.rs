//! Who may ask for what: people, tokens, roles, units, and what happens to everybody else.

mod every_command;
pub(crate) mod every_route;
mod named;
mod people;

use serde_json::Value;

use crate::support::Home;

/// Two units, of which one is somebody else's to whoever is limited to the other.
const RULES: &str = "version = 1\n\n[[units]]\nid = \"company\"\nname = \"Company\"\n\n\
                     [[units]]\nid = \"payments\"\nname = \"Payments\"\nparent = \"company\"\n\n\
                     [[units]]\nid = \"cards\"\nname = \"Cards\"\nparent = \"payments\"\n\n\
                     [[units]]\nid = \"risk\"\nname = \"Risk\"\nparent = \"company\"\n";

const BILL: &str = "BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ServiceName\n\
                    12.50,USD,2026-05-01T00:00:00Z,2026-06-01T00:00:00Z,2026-05-01T00:00:00Z,2026-05-02T00:00:00Z,Compute\n";

pub(crate) fn organisation(home: Home) -> Home {
    home.file("bill.csv", BILL).ingest_billing("bill.csv", "acme").rules(RULES)
}

/// Issues a token; gives its secret.
pub(crate) fn token(home: &Home, name: &str, more: &[&str]) -> String {
    let issued: Value = home.json(&[&["tokens", "issue", name], more].concat());
    issued["secret"].as_str().expect("a token has a secret").to_owned()
}

/// Adds somebody with a password.
pub(crate) fn person(home: &Home, name: &str, password: &str, more: &[&str]) {
    add(home, name, password, more).exits(0);
}

fn add(home: &Home, name: &str, password: &str, more: &[&str]) -> crate::support::Run {
    home.run_told(&[&["users", "add", name], more].concat(), &format!("{password}\n"))
}
