//! Event logs of business processes: who did what on which case, and when. From them come the times that a person's decision
//! takes, as far as the log can show them.
//!
//! - [`xes`], [`csv_log`], [`ocel`]: decoders of XES (IEEE 1849), CSV and OCEL (1.0 and 2.0 as JSON). They give events *and* findings:
//!   one bad event never loses a file, and what is set aside is named with its case, its key, the cause and the next step.
//! - [`Case`]: a case's events in their order; [`instances`](instances()) pairs lifecycle transitions to pieces of work.
//! - [`Calendar`]: the hours that are worked, so that a night between two events is not taken for work or for waiting.
//! - [`process`]: durations, handling against waiting, rework, variants, resources, outcomes, and the human [`Baseline`].
//!
//! Durations are whole milliseconds, quantiles are exact. What a log cannot show is said and not estimated: without lifecycle
//! transitions there is no handling time, only time between events.
//!
//! **Architecture invariant:** this crate depends on `farthing-types` alone of ours, opens no file, has no async code, reads no clock
//! and no environment, and knows no money.

mod bounded;
mod calendar;
mod case;
pub mod csv_log;
mod durations;
mod event;
mod finding;
#[cfg(test)]
mod hostile_input_tests;
mod instance;
mod moment;
pub mod ocel;
pub mod process;
mod raw;
#[cfg(test)]
mod real_data_tests;
mod rule;
pub mod xes;

pub use calendar::{Calendar, CalendarError};
pub use case::{Case, cases};
pub use durations::{Durations, Moments};
pub use event::{Attributes, Event, Role};
pub use finding::{DecodeError, DecodeReport, Effect, Finding, Findings};
pub use instance::{Instance, Interval, Kind, instances};
pub use moment::offset;
pub use process::{ActivityLine, Analysis, Baseline, MeanInterval, OutcomeLine, Process, ResourceLine, Rework, Variant, process};
pub use rule::{OutcomeRule, Pattern, RuleError};
