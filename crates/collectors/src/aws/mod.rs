//! What AWS's services have in common: accounts and their roles, the HTTP client, and how failures are told apart.

mod account;
mod connector;
mod failure;

pub use account::{Account, Aws, Login};
pub(crate) use failure::failure;
