//! An OpenCost whose cluster is the same every hour.

use farthing_types::Amount;
use serde_json::{Map, Value, json};

use crate::FakeApi;

/// What the cluster is, and what its OpenCost does wrong.
#[derive(Clone, Copy, Debug)]
pub struct Cluster {
    /// Where the allocation API is.
    pub path: &'static str,
    /// True where inference costs are switched on.
    pub inference: bool,
    /// Its allocations come in another order.
    pub reversed: bool,
    /// Its second day lacks an hour.
    pub lacks_an_hour: bool,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { path: "/allocation", inference: true, reversed: false, lacks_an_hour: false }
    }
}

/// What an hour of each costs: a workload with GPUs, one without, and what is idle.
const COSTS: [(&str, &str); 3] = [("triage", "3.2000000000000002"), ("web", "0.031611"), ("", "1.5e-2")];

impl Cluster {
    /// Starts its OpenCost.
    pub fn start(self) -> FakeApi {
        FakeApi::start(None, move |path| self.answer(path))
    }

    /// What so many hours cost, exactly.
    ///
    /// # Panics
    /// For more hours than fit.
    pub fn costs(self, hours: u32) -> Amount {
        let an_hour = COSTS.iter().map(|(_, cost)| cost.parse::<Amount>().expect("a decimal"));
        let an_hour = an_hour.fold(Amount::ZERO, |sum, cost| sum.checked_add(cost).expect("it fits"));
        an_hour.checked_mul(Amount::from_int(hours.into())).expect("it fits")
    }

    /// Status and body for a path with its query.
    ///
    /// # Panics
    /// Where it is asked for a window that is none.
    pub fn answer(self, path: &str) -> (u16, String) {
        let (route, query) = path.split_once('?').unwrap_or((path, ""));
        let hours = hours_of(query);
        if route == self.path {
            let mut sets: Vec<Value> = hours.windows(2).map(|hour| self.allocations(&hour[0], &hour[1])).collect();
            if self.lacks_an_hour && query.contains("10-02T00") {
                sets.pop();
            }
            // Money is written digit by digit: a float would be another number.
            let body = COSTS.iter().fold(json!({"code": 200, "data": sets}).to_string(), |body, (_, cost)| {
                body.replace(&format!("\"cost {cost}\""), cost)
            });
            (200, body)
        } else if route == "/inferenceCost/timeseries" && self.inference {
            let set = |hour: &[String]| {
                let window = json!({"start": hour[0], "end": hour[1]});
                let cost = json!({
                    "properties": {"cluster": "one", "namespace": "claims", "modelName": "Qwen/Qwen3-32B"}, "window": window,
                    "costBasis": "allocation", "totalCost": 3.2, "promptTokens": 1_200_000, "generationTokens": 300_000,
                    "cacheSavingsFraction": 0.066_666_666_666_666_67, "allocationMethod": "compute_time"
                });
                json!({"inferenceCosts": {"one/claims/Qwen/Qwen3-32B": cost}, "window": window})
            };
            let sets: Vec<Value> = hours.windows(2).map(set).collect();
            (200, json!({"code": 200, "data": {"inferenceCostSets": sets}}).to_string())
        } else {
            (404, "404 page not found".to_owned())
        }
    }

    fn allocations(self, from: &str, to: &str) -> Value {
        let mut named: Vec<(String, Value)> =
            COSTS.iter().map(|(controller, cost)| allocation(controller, cost, from, to)).collect();
        if self.reversed {
            named.reverse();
        }
        Value::Object(named.into_iter().collect::<Map<_, _>>())
    }
}

fn allocation(controller: &str, cost: &str, from: &str, to: &str) -> (String, Value) {
    let window = json!({"start": from, "end": to});
    let cost = format!("cost {cost}");
    if controller.is_empty() {
        let name = "one/__idle__".to_owned();
        let idle = json!({"name": name, "properties": {"cluster": "one"}, "window": window, "gpuHours": 0.0, "totalCost": cost});
        return (name, idle);
    }
    let gpu_hours = if controller == "triage" { 2.0 } else { 0.0 };
    let name = format!("one/claims/deployment/{controller}");
    let properties = json!({"cluster": "one", "namespace": "claims", "controllerKind": "deployment", "controller": controller});
    let of = json!({"name": name, "properties": properties, "window": window, "minutes": 60.0, "gpuHours": gpu_hours, "totalCost": cost});
    (name, of)
}

/// The beginnings of the hours of the query's window, and its end.
fn hours_of(query: &str) -> Vec<String> {
    let window = query.split('&').find_map(|pair| pair.strip_prefix("window=")).expect("a window is asked for");
    let window = window.replace("%3A", ":").replace("%2C", ",");
    let (from, to) = window.split_once(',').expect("a window has two ends");
    let hour = |moment: &str| moment[11..13].parse::<u32>().expect("an hour");
    let (day, hour, last) = (&from[..10], hour(from), hour(to));
    // A window ends in its day or at the next midnight.
    let last = if &to[..10] == day { last } else { 24 };
    let mut hours: Vec<String> = (hour..last).map(|hour| format!("{day}T{hour:02}:00:00Z")).collect();
    hours.push(to.to_owned());
    hours
}
