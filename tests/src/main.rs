//! End-to-end tests: one binary that drives the built program as its users do.
//!
//! They know the program by its command line, its files and its HTTP interface alone, so that a change inside it breaks none of
//! them. `cargo test -p farthing-tests` does not build the program: run `cargo build` first, or name one in `FARTHING_BIN`.

#![cfg(test)]

mod alerts;
mod api;
mod approval;
mod at_once;
mod audit;
mod authority;
mod bad_input;
mod buckets;
mod budgets;
mod closed_pipe;
mod collecting;
mod conformance;
mod currencies;
mod deaths;
mod decisions;
mod dependency_rules;
mod described;
mod documents;
mod event_logs;
mod fault_table;
mod faults;
mod first_run;
mod fleet_stop;
mod fleet_terms;
mod formats;
mod fuzzed;
mod hostile;
mod jobs;
mod keyed_requests;
mod kpis;
mod lake;
mod lake_examples;
mod main_job;
mod masking;
mod measured_plans;
mod month_end;
mod openid;
mod otlp;
mod outlook;
mod output;
mod outputs;
mod owners;
mod plans;
mod portfolio;
mod quality;
mod real_data;
mod restatement;
mod retention;
mod schema_drift;
mod security_table;
mod serving;
mod snapshots;
mod splits;
mod sql;
mod support;
mod token_costs;
mod twin;
mod units;
mod use_cases;
