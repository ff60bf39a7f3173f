//! What tests have in common: temporary homes and databases, an AWS that misbehaves, and the way to real data. A dev-dependency only.

#[cfg(feature = "databases")]
mod database;
mod fake_api;
mod fake_aws;
mod fake_opencost;
mod home;
mod http;
mod python;
mod receiver;
mod shared;

#[cfg(feature = "databases")]
pub use database::TestDatabase;
pub use fake_api::FakeApi;
pub use fake_aws::{CommitmentFigures, FakeAws, LineItem, Metric, Misbehaviour, Scenario, Trouble, UnusualCosts};
pub use fake_opencost::Cluster;
pub use farthing_types::Amount;
pub use home::Home;
pub use python::python;
pub use receiver::{Received, Receiver};
pub use shared::shared_data;

/// The one place where tests read the environment.
#[allow(clippy::disallowed_methods)]
fn environment(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        println!("skipped: {variable} is not set");
    }
    value
}
