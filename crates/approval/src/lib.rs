//! How a recommendation comes to be applied: who proposed it, what was said, who approved it, and when it may be applied.
//!
//! Where a recommendation stands is computed from its [`Step`]s, which are only ever added: [`Case::of`]. Whether another may be added is
//! [`Case::check`]'s to say. The [`Policy`] is a document that people publish: how many approve what, and when things may be changed.
//! [`Inputs`] are what a plan was made from: where they differ today, it is to be made again.
//!
//! **Architecture invariant:** pure. The clock is an argument, and so is who somebody is; an amount is never a float.

mod action;
mod calendar;
mod case;
mod check;
mod escalation;
mod inputs;
mod policy;
mod realised;
mod shadow;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod waiting;

pub use action::{Action, UnknownAction};
pub use calendar::{Calendar, Closed};
pub use case::{Approval, Case, Challenge, same_person};
pub use check::{Asked, Now, Phase, Refusal};
pub use escalation::Escalation;
pub use inputs::{Changes, DocumentInput, FactInput, Inputs};
pub use policy::{Need, Policy, PolicyError, Subject};
pub use realised::{Realised, months};
pub use shadow::{Agreement, AgreementLine, Beside, Shadow, agreement_of, share};
pub use state::{Proposal, State};
pub use step::{Details, Step};
pub use waiting::{Assignment, Escalated, Waiting};
