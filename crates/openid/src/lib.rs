//! People and services whom an OpenID provider vouches for: OpenID Connect Core 1.0 by the authorization code flow with PKCE (RFC 7636),
//! and access tokens as JWT (RFC 9068).
//!
//! [`OpenId`] asks the provider; everything else is pure: [`Attempt`] is what a browser that signs in is known by, `token` and `keys` say
//! whether a token is the provider's and meant for us, and [`Rule`]s say what whoever it is about is given.
//!
//! **Architecture invariant:** it calls out through the collectors' client and its rules on addresses, and knows no database. The clock is an
//! argument. What it says holds no secret and no token.

mod algorithm;
mod attempt;
mod claims;
mod document;
mod error;
mod keys;
mod provider;
mod rules;
mod settings;
mod token;

pub use algorithm::Algorithm;
pub use attempt::Attempt;
pub use claims::Claims;
pub use error::{OpenIdError, TokenError};
pub use provider::{IdToken, OpenId, Returned, Vouched};
pub use rules::{NotGiven, Rule};
pub use settings::{ClientSecret, OpenIdSettings, SettingsError};
