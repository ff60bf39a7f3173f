//! Why somebody is not who they say, or nobody knows.

use crate::Algorithm;

/// Why a token is not believed. Nothing of the token is shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not three parts of base64url with JSON in them.
    #[error("it is no signed token")]
    Form,
    /// Its algorithm is none that is taken.
    #[error("it says that it is signed by {said:?}; taken are {}", .taken.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Algorithm {
        /// What its header says.
        said: String,
        /// What the settings take.
        taken: Vec<Algorithm>,
    },
    /// It asks for what is not understood here (RFC 7515, section 4.1.11).
    #[error("its header names extensions as critical, and none is understood here")]
    Critical,
    /// The provider has no key by which it could be signed.
    #[error("the provider has no key by which it could be signed")]
    UnknownKey,
    /// It was changed, or somebody else signed it.
    #[error("its signature is not the provider's")]
    Signature,
    /// A claim that must be there is not, or is not what it must be.
    #[error("its claim {0} is missing, or is not what it must be")]
    Claim(String),
    /// Another provider issued it.
    #[error("it was issued by somebody else")]
    Issuer,
    /// It is for somebody else.
    #[error("it is meant for somebody else: its audience is another one")]
    Audience,
    /// It is over.
    #[error("it has expired")]
    Expired,
    /// It is not good yet.
    #[error("it is not good yet; compare the clocks of this machine and of the provider")]
    Early,
    /// It is of another attempt.
    #[error("it answers another attempt to sign in: its nonce is another one")]
    Nonce,
}

/// Why the provider could not say who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenIdError {
    /// It does not answer.
    #[error("the OpenID provider does not answer ({what}: {why}); try again in a while")]
    Unreachable {
        /// What was asked for.
        what: &'static str,
        /// What went wrong.
        why: String,
    },
    /// It answers what it must not.
    #[error("the OpenID provider cannot be used ({what}: {why}); compare openid_issuer with what it says of itself")]
    Unusable {
        /// What was asked for.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It does not vouch for whoever this is.
    #[error("the OpenID provider refused: {0}")]
    Denied(String),
    /// What came is not the answer to what this browser began.
    #[error("this answers no sign-in that this browser began, or one that is over; begin again")]
    Attempt,
    /// A token is not believed.
    #[error("the token is not believed: {0}")]
    Token(#[from] TokenError),
}
