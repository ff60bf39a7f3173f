//! Who somebody is and what they may do: roles, permissions, scopes, passwords, tokens and sessions.
//!
//! A [`Grant`] is what was given: [`Role`]s, and the units it is limited to. What a role may do is one table, [`Role::may`]; which duties one
//! person never holds together is another, [`CONFLICTS`]. [`Secret`]s are what tokens and sessions are known by: the database keeps their
//! hashes.
//!
//! **Architecture invariant:** pure. The clock is an argument; the one thing that is asked of the system is randomness.

mod grant;
mod guessable;
mod password;
mod permission;
mod principal;
mod role;
mod secret;
mod session;

pub use grant::{Grant, GrantError};
pub use password::{LONGEST_PASSWORD, PasswordError, SHORTEST_PASSWORD, hash_password, password_fits};
pub use permission::Permission;
pub use principal::{Means, Principal};
pub use role::{CONFLICTS, Role, UnknownRole};
pub use secret::{Secret, SecretKind};
pub use session::{SessionRules, lock_after};
