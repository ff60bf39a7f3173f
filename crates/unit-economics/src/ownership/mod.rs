//! Total cost of ownership: everything that an AI system costs, each line with its source, and nothing counted twice.
//!
//! A [`SystemsDocument`] says what belongs to a system: charges of the bill by what they have, shares of pools, and what stands on no
//! bill. [`ownership`] gives each charge to the line that claims it. A charge that two lines claim is refused by name, unless they
//! state shares of it; what lines claim and what no line claims is what the units cost, exactly. [`Fallback`] is what an hour without the
//! system costs in people.

mod claims;
mod document;
mod entered;
mod fallback;
mod file;
mod report;

pub use claims::{ClaimProblem, MonthCharges, OwnedCharge};
pub use document::{AiSystem, Entered, LineKind, LineSource, SystemLine, SystemsDocument};
pub use fallback::{Fallback, FallbackInput, HourOfWork, fallback};
pub use report::{LineCost, Ownership, OwnershipError, OwnershipInput, SystemCost, UnclaimedLine, ownership};

#[cfg(test)]
mod tests;
