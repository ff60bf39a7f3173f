//! What the fake holds, and how it misbehaves.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::Amount;

use super::{CommitmentFigures, LineItem, Metric, UnusualCosts};
use crate::http::{Misbehaviour, Reply};

/// What happens to some calls of an operation.
#[derive(Clone, Debug)]
pub struct Trouble {
    operation: String,
    /// The first call that it happens to, from 1, and the first that it does not happen to any more.
    calls: std::ops::Range<u64>,
    reply: Reply,
}

/// The world as the fake shows it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What accounts spent: the line items of their bills.
    pub line_items: Vec<LineItem>,
    /// What CloudWatch measured.
    pub metrics: Vec<Metric>,
    /// How savings plans were used, in dollars a day; without any there are no such data.
    pub savings_plans: Vec<CommitmentFigures>,
    /// How reservations were used, in hours a day.
    pub reservations: Vec<CommitmentFigures>,
    /// Costs that are taken for unusual.
    pub anomalies: Vec<UnusualCosts>,
    /// What a day to come is expected to cost; without it there is no forecast.
    pub expected_a_day: Option<Amount>,
    /// What commitments left unused is missing from their figures.
    pub lost_figures: bool,
    /// The day from which costs are estimates: `2026-10-30`.
    pub estimated_from: Option<String>,
    /// Groups of a page of the Cost Explorer.
    pub groups_a_page: usize,
    /// Data points of a page of CloudWatch.
    pub points_a_page: usize,
    /// The present moment, in seconds since 1970: how fine CloudWatch still knows a time depends on it.
    pub now: i64,
    /// CloudWatch says of complete figures that they are partial.
    pub partial_data: bool,
    /// Pages lead in a circle.
    pub circular_pages: bool,
    /// Accounts, each with the external id that its role demands; where there are none nobody is asked for a role.
    pub accounts: BTreeMap<String, Option<String>>,
    /// Accounts whose role lets nobody in.
    pub denied: BTreeSet<String>,
    /// Calls for which a session is good; beyond it has expired.
    pub calls_a_session: Option<usize>,
    /// What happens to calls; see [`Scenario::fails`] and [`Scenario::breaks`].
    pub troubles: Vec<Trouble>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            line_items: Vec::new(),
            metrics: Vec::new(),
            savings_plans: Vec::new(),
            reservations: Vec::new(),
            anomalies: Vec::new(),
            expected_a_day: None,
            lost_figures: false,
            estimated_from: None,
            groups_a_page: 1_000,
            points_a_page: 100_800,
            now: 0,
            partial_data: false,
            circular_pages: false,
            accounts: BTreeMap::new(),
            denied: BTreeSet::new(),
            calls_a_session: None,
            troubles: Vec::new(),
        }
    }
}

impl Scenario {
    /// The calls of `operation` from the `first` to before the `end`th fail with an error of this name and status.
    #[must_use]
    pub fn fails(mut self, operation: &str, calls: std::ops::Range<u64>, status: u16, error: &str) -> Self {
        let body = serde_json::json!({"__type": error, "message": format!("the scenario says {error}")});
        self.troubles.push(Trouble {
            operation: operation.to_owned(),
            calls,
            reply: Reply::json(status, &body).with("x-amzn-errortype", error),
        });
        self
    }

    /// The same, with the wish to be left alone for some seconds.
    #[must_use]
    pub fn fails_for(mut self, operation: &str, calls: std::ops::Range<u64>, status: u16, error: &str, seconds: u64) -> Self {
        self = self.fails(operation, calls, status, error);
        if let Some(trouble) = self.troubles.last_mut() {
            trouble.reply = trouble.reply.clone().with("retry-after", &seconds.to_string());
        }
        self
    }

    /// Answers of these calls break off.
    #[must_use]
    pub fn breaks(mut self, operation: &str, calls: std::ops::Range<u64>, how: Misbehaviour) -> Self {
        let whole = serde_json::json!({"ResultsByTime": [], "Groups": "a text that is long enough to be cut in the middle"});
        let reply = Reply { misbehaviour: Some(how), ..Reply::json(200, &whole) };
        self.troubles.push(Trouble { operation: operation.to_owned(), calls, reply });
        self
    }

    pub(super) fn trouble_of(&self, operation: &str, number: u64) -> Option<Reply> {
        let trouble = self.troubles.iter().find(|trouble| trouble.operation == operation && trouble.calls.contains(&number))?;
        Some(trouble.reply.clone())
    }
}
