//! What the tests share: a home, runs of the program, exact sums, a server and a small HTTP client.

mod bill;
mod databases;
mod diff;
mod exact;
mod home;
mod invariants;
mod object_store;
mod process;
mod program;
mod server;

pub use bill::Bill;
pub use databases::NewHome;
pub(crate) use databases::on_both_databases;
pub use diff::{Diff, kinds};
pub use exact::Exact;
pub use home::Home;
pub use invariants::State;
pub use object_store::ObjectStore;
pub use process::{children, entries, signal, signal_to};
pub use program::{Run, program};
pub use server::{Answer, Server, exchange};

use serde_json::Value;

/// The text at `name`, which must be there.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {value:#}"))
}

/// The list at `name`, which must be there.
pub fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is no list in {value:#}"))
}

/// The exact figure at `name`, which must be there.
pub fn figure(value: &Value, name: &str) -> Exact {
    Exact::parse(text(value, name))
}

/// One statement, or several: a report of one currency is an object, one of several an array.
pub fn statements(report: &Value) -> Vec<&Value> {
    report.as_array().map_or_else(|| vec![report], |several| several.iter().collect())
}
