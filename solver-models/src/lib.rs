//! Optimisation models, one folder a model: `MODEL.md` states it in mathematics, the code follows it part by part.
//!
//! Every model goes the same way: validated data → formulation → solve → **status first** → typed solution → independent
//! verification → exact price. The models beside the fleet share the reading of instances ([`input`]), the program with its one
//! reading of HiGHS's status, its exports, prices and relaxations ([`program`]), and what is said of an answer ([`Proof`]).
//!
//! **Architecture invariants.** Only this crate names `good_lp` and `highs`. Money enters a floating point number in one
//! function, [`to_f64`], and every answer is priced again exactly by a verifier that knows nothing of the formulation.

pub mod commitments;
pub mod contracts;
pub mod fleet;
pub mod input;
mod number;
#[cfg(test)]
mod oracle;
pub mod portfolio;
pub mod program;
mod proof;
pub mod routing;
pub mod storage;

pub use number::{Decimal, to_f64};
pub use proof::{Alternative, Proof};
