//! Optimisation models, one folder a model: `MODEL.md` states it in mathematics, the code follows it part by part.
//!
//! Every model goes the same way: validated data → formulation → solve → **status first** → typed solution → independent
//! verification → exact price.
//!
//! **Architecture invariants.** Only this crate names `good_lp` and `highs`. Money enters a floating point number in one
//! function, [`to_f64`], and every answer is priced again exactly by a verifier that knows nothing of the formulation.

pub mod fleet;
mod number;

pub use number::{Decimal, to_f64};
