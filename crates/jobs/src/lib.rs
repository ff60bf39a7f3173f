//! Jobs: what is due, who runs it, and what happens when that goes wrong.
//!
//! The pure half says when: [`Calendar`] (cron expressions with a time zone), [`plan_step`] (what a schedule adds when it is looked at,
//! whatever the clock did in between), [`retry_after`], and [`ScheduleFile`], the document. The other half runs: [`Scheduler`] adds runs
//! that are due, [`Worker`] takes them, one attempt at a time, and hands them to an [`Executor`].
//!
//! **Architecture invariants.** Time is the database's: no host's clock decides anything. Any number of schedulers and workers may run;
//! a job has one run a time, a run has one worker, and what a worker lets take effect commits together with the end of the run, or not at
//! all. This crate knows no kind of work: an [`Executor`] does.

mod calendar;
mod document;
mod error;
mod retry;
mod scheduler;
mod step;
mod worker;

pub use calendar::Calendar;
pub use document::{CatchUp, Schedule, ScheduleFile};
pub use error::ScheduleError;
pub use retry::retry_after;
pub use scheduler::{Scheduler, Ticked};
pub use step::{Decided, plan_step};
pub use worker::{Answer, Executor, Failure, Running, Stop, Worker, WorkerOptions};
