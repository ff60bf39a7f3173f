//! What a deployment can serve within its service level: by formula, and by replay. Pure; floats are times, rates and
//! probabilities, never money.
//!
//! - [`erlang`]: loss and delay systems with several servers (Erlang B and C, M/M/c).
//! - [`queues`]: M/M/1/K, M/G/1, and G/G/c by Allen and Cunneen.
//! - [`token_queue`]: a server that generates tokens for a batch of requests, as a Markovian queue whose service rate depends
//!   on the number of requests in the batch.
//! - [`calibration`]: the parameters of that server from measured latencies.
//! - [`twin`]: the digital twin, which plays a plan request by request.
//!
//! All time is in one unit per module, named in each docstring. The formulas assume Poisson arrivals within the hour and a
//! steady state: an hour is long beside a request, so hourly rates are taken one by one. The twin assumes neither.

pub mod calibration;
pub mod erlang;
pub mod quantiles;
pub mod queues;
mod random;
pub mod token_queue;
pub mod twin;

pub use calibration::{Calibration, CalibrationError, Measurement, calibrate};
pub use erlang::{ErlangError, Mmc, erlang_b, erlang_c};
pub use quantiles::Summary;
pub use queues::{FiniteQueue, GeneralQueue, PoissonGeneral};
pub use token_queue::{Performance, RequestSize, ServiceLevel, ServiceTime, SizingError, TokenQueue, max_rate_under_slo};
pub use twin::{Conditions, Replay, Sampling, simulate};
