//! The fleet profile: what GPU instances cost, how fast each workload is on them, and what runs today.

use std::fmt::Write;

use crate::decimal::{self, PRICE_PLACES};
use crate::fleets::{COMMITMENTS, FLEETS, Fleet};
use crate::organisation::Organisation;
use crate::workloads::{Serving, WORKLOADS, Workload};

/// An instance type on offer: id, list price an hour, quota.
const OFFERS: [(&str, i64, u32); 3] = [
    ("ml.g5.xlarge", decimal::price("1.4084"), 48),
    ("ml.g6e.xlarge", decimal::price("2.3263"), 24),
    ("ml.g6.2xlarge", decimal::price("1.2221"), 30),
];

/// The commitment that GPU endpoints run under.
const PLAN: usize = 0;

/// What is promised for a workload and how fast it is: fewest replicas, promises in ms, profiles by type.
struct Service {
    workload: &'static str,
    min_replicas: u32,
    slo: &'static str,
    /// Requests a second of a replica within the promise, or fitted parameters, as TOML.
    profiles: &'static [(&'static str, &'static str)],
}

const SERVICES: [Service; 4] = [
    Service {
        workload: "claims-triage",
        min_replicas: 2,
        slo: "time_to_first_token_ms = 9000, inter_token_latency_ms = 45",
        profiles: &[
            ("ml.g5.xlarge", "requests_per_second = 0.085"),
            ("ml.g6e.xlarge", "requests_per_second = 0.168"),
            ("ml.g6.2xlarge", "requests_per_second = 0.061"),
        ],
    },
    Service {
        workload: "document-reader",
        min_replicas: 1,
        slo: "time_to_first_token_ms = 20000",
        profiles: &[("ml.g5.xlarge", "requests_per_second = 0.112"), ("ml.g6e.xlarge", "requests_per_second = 0.236")],
    },
    Service {
        workload: "assist-chat",
        min_replicas: 3,
        slo: "time_to_first_token_ms = 2500, inter_token_latency_ms = 60",
        profiles: &[
            ("ml.g6e.xlarge", "alpha = 21.4\nbeta = 0.86\ngamma = 18.5\ndelta = 0.118\nmax_batch = 8"),
            ("ml.g6.2xlarge", "alpha = 38.2\nbeta = 1.41\ngamma = 31.0\ndelta = 0.297\nmax_batch = 4"),
        ],
    },
    Service {
        workload: "risk-scorer",
        min_replicas: 1,
        slo: "time_to_first_token_ms = 4000",
        profiles: &[("ml.g5.xlarge", "requests_per_second = 0.31"), ("ml.g6e.xlarge", "requests_per_second = 0.58")],
    },
];

/// The text of `fleet.toml`.
pub(crate) fn text(organisation: &Organisation) -> String {
    let mut text = String::from("# GPU endpoints: prices, promises and what runs today.\n\nversion = 1\ncurrency = \"USD\"\n");
    let plan = COMMITMENTS[PLAN];
    let fail = "a String takes everything";
    for (id, price, quota) in OFFERS {
        let rate = decimal::percent_of(price, 100 - plan.discount);
        write!(
            text,
            "\n[[instance_types]]\nid = {id:?}\nprice = \"{}\"\nplan_rate = \"{}\"\nquota = {quota}\nvendor = \"aws\"\nregion = \"us-east-1\"\n",
            dollars(price),
            dollars(rate),
        )
        .expect(fail);
    }
    for service in SERVICES {
        let workload = WORKLOADS.iter().find(|w| w.id == service.workload).expect("a service is of a workload");
        let fleet = FLEETS.iter().find(|f| f.workload == Some(service.workload)).expect("a served workload has a fleet");
        add_service(&mut text, &service, workload, fleet);
    }
    let spend = dollars(spend_an_hour(organisation));
    write!(text, "\n# The machine-learning savings plan that is paid every hour.\n[today]\nspend = \"{spend}\"\n").expect(fail);
    text
}

fn add_service(text: &mut String, service: &Service, workload: &Workload, fleet: &Fleet) {
    let Serving::Endpoint { instance } = workload.serving else { return };
    let Service { min_replicas, slo, profiles, .. } = service;
    let Workload { id, model, unit, .. } = workload;
    let fail = "a String takes everything";
    write!(
        text,
        "\n[[workloads]]\nid = {id:?}\nmodel = {model:?}\nunit = {unit:?}\nmin_replicas = {min_replicas}\nslo = {{ {slo} }}\n\
         today = [{{ type = {instance:?}, replicas = {} }}]\n",
        fleet.office,
    )
    .expect(fail);
    for (instance, profile) in *profiles {
        write!(text, "\n[workloads.profiles.{instance:?}]\n{profile}\n").expect(fail);
    }
}

fn dollars(price: i64) -> String {
    let mut text = Vec::new();
    decimal::write(&mut text, i128::from(price), PRICE_PLACES);
    String::from_utf8(text).expect("a decimal is ASCII")
}

/// What the savings plan commits to an hour, in 1e-10 USD: the figure of the bill's purchase.
fn spend_an_hour(organisation: &Organisation) -> i64 {
    let cost = crate::core_rows::committed_an_hour(organisation, PLAN);
    i64::try_from(cost / i128::from(decimal::ONE)).expect("an hour's commitment is small")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Provider, catalogue};

    #[test]
    fn what_runs_today_is_offered_at_the_price_on_the_bill() {
        let organisation = Organisation::new(20_000, 1).unwrap();
        for fleet in FLEETS.iter().filter(|fleet| fleet.workload.is_some()) {
            let id = fleet.sku.strip_prefix("hosting-").unwrap();
            let (_, price, quota) = OFFERS.iter().find(|offer| offer.0 == id).unwrap();
            let sku = catalogue::index(&organisation.skus, Provider::Aws, fleet.sku);
            assert_eq!(organisation.skus[sku].price, *price, "{id}");
            assert!(fleet.office <= *quota);
        }
    }
}
