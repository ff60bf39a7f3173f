//! Queueing formulas: what a deployment can serve within its service level. Pure; floats are times, rates and probabilities, never money.
//!
//! - [`erlang`]: loss and delay systems with several servers (Erlang B and C, M/M/c).
//! - [`token_queue`]: a server that generates tokens for a batch of requests, as a Markovian queue whose service rate depends
//!   on the number of requests in the batch.
//!
//! All time is in one unit per module, named in each docstring. Everything assumes Poisson arrivals within the hour and a
//! steady state: an hour is long beside a request, so hourly rates are taken one by one.

pub mod erlang;
pub mod token_queue;

pub use erlang::{ErlangError, Mmc, erlang_b, erlang_c};
pub use token_queue::{Performance, RequestSize, ServiceLevel, ServiceTime, SizingError, TokenQueue, max_rate_under_slo};
