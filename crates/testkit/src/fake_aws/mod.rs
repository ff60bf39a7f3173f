//! An AWS of our own: a small HTTP server on this machine that answers as the Cost Explorer, CloudWatch and the Security Token Service do,
//! and misbehaves as they do, when a [`Scenario`] says so.
//!
//! It speaks the protocols of the current SDKs (JSON 1.1 for the Cost Explorer, Smithy's RPC v2 in CBOR for CloudWatch, the query
//! protocol for tokens) and shares no code with what reads them.

mod cbor;
mod cloudwatch;
mod cost_explorer;
mod reports;
mod scenario;
mod sts;

use std::sync::{Arc, Mutex};

pub use crate::http::Misbehaviour;
pub use cloudwatch::Metric;
pub use cost_explorer::LineItem;
pub use reports::{CommitmentFigures, UnusualCosts};
pub use scenario::{Scenario, Trouble};

use crate::http::{Reply, Request, Server};

/// A running fake. It ends when it is dropped.
#[derive(Debug)]
pub struct FakeAws {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// What the fake knows and what it has seen.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub scenario: Scenario,
    /// The calls that were made, by operation, in order.
    pub calls: Vec<String>,
    /// What CloudWatch was last asked for.
    pub answered: cloudwatch::Answered,
    /// Sessions that were given out, each with the account it is for.
    pub sessions: Vec<(String, String)>,
}

impl FakeAws {
    /// Starts one.
    ///
    /// # Panics
    /// Where this machine has no free port.
    pub fn start(scenario: Scenario) -> Self {
        let state = Arc::new(Mutex::new(State { scenario, ..State::default() }));
        let shared = Arc::clone(&state);
        let server = Server::start(move |request| {
            let reply = answer(&mut shared.lock().expect("no answer panics"), request);
            in_its_protocol(reply, request)
        });
        Self { server, state }
    }

    /// Its address: `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// The operations that were called so far, in order.
    pub fn calls(&self) -> Vec<String> {
        self.state.lock().expect("no answer panics").calls.clone()
    }

    /// Changes what it does from now on.
    pub fn change(&self, change: impl FnOnce(&mut Scenario)) {
        let mut state = self.state.lock().expect("no answer panics");
        state.answered = cloudwatch::Answered::default();
        change(&mut state.scenario);
    }
}

fn answer(state: &mut State, request: &Request) -> Reply {
    let operation = operation(request);
    state.calls.push(operation.clone());
    let number = state.calls.iter().filter(|call| **call == operation).count() as u64;
    if let Some(reply) = state.scenario.trouble_of(&operation, number) {
        return reply;
    }
    if let Some(denied) = sts::check(state, request, &operation) {
        return denied;
    }
    match operation.as_str() {
        "AssumeRole" => sts::assume_role(state, request),
        "GetCostAndUsage" => cost_explorer::cost_and_usage(state, request),
        "GetMetricData" => cloudwatch::metric_data(state, request),
        "GetSavingsPlansUtilization" | "GetSavingsPlansCoverage" | "GetReservationUtilization" | "GetReservationCoverage" => {
            reports::commitments(state, request, &operation)
        }
        "GetAnomalies" => reports::anomalies(state, request),
        "GetCostForecast" => reports::forecast(state, request),
        "GetDimensionValues" => cost_explorer::dimension_values(state, request),
        other => Reply::json(400, &serde_json::json!({"__type": "UnknownOperationException", "message": other})),
    }
}

/// An answer in JSON as the request's protocol writes it.
fn in_its_protocol(mut reply: Reply, request: &Request) -> Reply {
    if request.header("smithy-protocol") == Some("rpc-v2-cbor")
        && let Ok(body) = serde_json::from_slice(&reply.body)
    {
        reply.body = cbor::encode(&body);
        reply.headers.retain(|(name, _)| name != "content-type");
        reply = reply.with("content-type", "application/cbor").with("smithy-protocol", "rpc-v2-cbor");
    }
    reply
}

/// The operation, wherever the protocol says it.
fn operation(request: &Request) -> String {
    if let Some(target) = request.header("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    if let Some((_, operation)) = request.path.rsplit_once("/operation/") {
        return operation.to_owned();
    }
    let body = String::from_utf8_lossy(&request.body);
    body.split('&').find_map(|field| field.strip_prefix("Action=")).unwrap_or("unknown").to_owned()
}
