//! What people are told of by themselves: events, who wants to hear of which and when, and the forms in which they go out.
//!
//! **Architecture invariant:** pure. Events and the time are handed in, messages come out; who sends them is `farthing-sender`, and what
//! was sent is the database's to know. No secret stands in a document: it names the variable that holds one.

mod clock;
mod document;
mod event;
mod payload;
mod preferences;
mod read;
mod signature;
mod written;

pub use document::{Address, AlertsDocument, Channel, Destination, Encryption, Form, SecretName, Smtp, Url};
pub use event::{Event, Topic};
pub use payload::{Body, Mail, Message};
pub use preferences::{Digest, Preferences, Quiet};
pub use signature::{KeyProblem, SigningKeys};
pub use written::WrittenPreferences;
