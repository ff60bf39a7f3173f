//! The words that the database holds, each a closed list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that is none of its list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no {what}: it is one of {known}")]
pub struct UnknownWord {
    what: &'static str,
    word: String,
    known: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in the database and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or_else(|| UnknownWord {
                    what: $what,
                    word: word.chars().take(64).collect(),
                    known: [$($word),+].join(", "),
                })
            }
        }
    };
}

words!(
    /// What kind of facts a revision holds.
    Dataset, "dataset" {
        /// Cost and usage of a bill, one row a charge.
        Charges = "charges",
        /// Inference usage, one row an hour, model and workload.
        Usage = "usage",
        /// Decisions by people and by AI, with their outcomes.
        Decisions = "decisions",
        /// Events of business processes, one row an event.
        EventLogs = "event_logs",
        /// Cost and usage of a closed period that was delivered with other content: kept beside the closed revision, in no report.
        LateCharges = "late_charges",
        /// FOCUS Contract Commitment, one row a commitment.
        ContractCommitment = "contract_commitment",
        /// FOCUS Invoice Detail, one row a line of an invoice.
        InvoiceDetail = "invoice_detail",
        /// FOCUS Billing Period, one row a period of an invoice issuer.
        BillingPeriod = "billing_period",
    }
);
words!(
    /// Whether a revision is what reports show.
    RevisionState, "revision state" {
        /// The one that reports of today read.
        Active = "active",
        /// Replaced by a later one; reports as of an earlier moment read it.
        Superseded = "superseded",
    }
);
words!(
    /// What a revision of a bill restates of the one that it replaces.
    Restatement, "restatement" {
        /// Charges cost more or less, came or went.
        Amounts = "amounts",
        /// The same charges at the same costs, with other tags or other values that rules read: the money may be somebody else's.
        Attribution = "attribution",
        /// Neither; something else is different: quantities, prices, names, numbers of invoices.
        Details = "details",
    }
);
words!(
    /// Whether a billing period may still be replaced.
    PeriodState, "period state" {
        /// A newer import replaces it.
        Open = "open",
        /// Its revisions stay; what comes later is an adjustment of a later period.
        Closed = "closed",
    }
);
words!(
    /// How bad a finding is.
    Severity, "severity" {
        /// The row was set aside: its money is in no total.
        Error = "error",
        /// The row was kept; a value of it was not.
        Warning = "warning",
        /// Everything was kept; something was understood in a way worth knowing.
        Note = "note",
    }
);
words!(
    /// How an import ended.
    ImportOutcome, "import outcome" {
        /// At least one revision was published.
        Done = "done",
        /// The same content was there already; nothing changed.
        NothingNew = "nothing_new",
        /// Nothing was published; the message says why.
        Failed = "failed",
        /// Its process ended before its work did, and nothing was published.
        Died = "died",
    }
);
words!(
    /// What a published document is about.
    DocumentKind, "document kind" {
        /// The attribution rules and the tree of units.
        Rules = "rules",
        /// People's rates, staffing and baselines.
        People = "people",
        /// The fleet: workloads, capacities and service levels.
        Fleet = "fleet",
        /// What tokens are sold for.
        Prices = "prices",
        /// How long facts are kept and where.
        Lake = "lake",
        /// What of the facts is masked before it is kept.
        Masking = "masking",
        /// What is expected of the charges of each source.
        Sla = "sla",
        /// Quantities of units that nothing meters.
        Metrics = "metrics",
        /// The tree of units, where the rules do not list them.
        Units = "units",
        /// What units may cost, by month.
        Budgets = "budgets",
        /// What currencies are worth in each other, by day.
        Rates = "rates",
        /// What AI systems are made of, and what each of them costs.
        Systems = "systems",
        /// Definitions of metrics of the organisation's own.
        Kpis = "kpis",
        /// What people know of their models.
        Models = "models",
        /// What runs by itself, and when.
        Schedules = "schedules",
        /// What planning has to know and no fact says.
        Planning = "planning",
        /// What is collected over the network, from where and by what right.
        Sources = "sources",
        /// Who is told of what by itself, and on which way.
        Alerts = "alerts",
        /// How many people approve which plans, and when things may be changed.
        Approvals = "approvals",
        /// How long facts about people are kept, and what must stay.
        Retention = "retention",
    }
);
words!(
    /// What a review of the portfolio decides of a model.
    PortfolioVerdict, "verdict on a model" {
        /// It stays as it is.
        Keep = "keep",
        /// It is trained again or replaced by a newer version of itself.
        Retrain = "retrain",
        /// It is used for something else.
        Repurpose = "repurpose",
        /// It goes.
        Retire = "retire",
    }
);
words!(
    /// What a provider itself says of a month beside its bill.
    ReportKind, "kind of report" {
        /// How savings plans were used, and what they covered.
        SavingsPlans = "savings-plans",
        /// How reservations were used, and what they covered.
        Reservations = "reservations",
        /// Where it takes costs for unusual.
        Anomalies = "anomalies",
        /// What it expects the rest of the month to cost.
        Forecast = "forecast",
    }
);
words!(
    /// How far a run of a job is.
    RunState, "state of a run" {
        /// It waits for its time and a worker.
        Queued = "queued",
        /// A worker has it.
        Running = "running",
        /// It did what it was to do.
        Done = "done",
        /// It failed for good; its message says why.
        Failed = "failed",
        /// Somebody stopped it; nothing of it took effect.
        Cancelled = "cancelled",
    }
);
words!(
    /// How far telling a channel of an event is.
    AlertState, "state of an alert" {
        /// It waits for its time, or for the next attempt.
        Waiting = "waiting",
        /// The channel has it.
        Sent = "sent",
        /// It failed for good; what was said last says why.
        Failed = "failed",
        /// The channel is gone, or does not want to hear of it any more.
        Dropped = "dropped",
    }
);
words!(
    /// What was planned.
    PlanKind, "plan kind" {
        /// Instance types and hourly replica counts.
        Fleet = "fleet",
        /// Reservations, spend plans and provisioned capacity.
        Commitments = "commitments",
        /// Contracts and licences.
        Contracts = "contracts",
        /// Storage classes over time.
        Storage = "storage",
        /// Who decides what.
        Routing = "routing",
        /// What becomes of models.
        Portfolio = "portfolio",
        /// All of them, one after the other.
        All = "all",
    }
);
words!(
    /// What the solver could say about a plan. A limit is never an optimum.
    PlanStatus, "plan status" {
        /// Proven best within the gap that was asked for.
        Optimal = "optimal",
        /// Stopped at the gap limit: feasible, and the gap is known.
        GapLimit = "gap_limit",
        /// Stopped at the time limit: feasible, and the gap is known.
        TimeLimit = "time_limit",
        /// There is no plan that meets every constraint.
        Infeasible = "infeasible",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_others_are_refused() {
        for dataset in Dataset::ALL {
            assert_eq!(dataset.as_str().parse(), Ok(*dataset));
        }
        let error = "charge".parse::<Dataset>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"charge\" is no dataset: it is one of charges, usage, decisions, event_logs, late_charges, contract_commitment, \
             invoice_detail, billing_period"
        );
    }
}
