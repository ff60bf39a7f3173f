//! Who asks for something.

use crate::{Grant, Permission};

/// How somebody showed who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// They are at the machine, and nobody was given anything yet.
    Machine,
    /// By a token of this name.
    Token(String),
    /// By logging in.
    Session,
}

/// Who asks, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// What they are called in the record: the person's name, or that of a service.
    pub name: String,
    /// What they were given.
    pub grant: Grant,
    /// How they showed who they are.
    pub means: Means,
}

impl Principal {
    /// Whoever is at the machine, where nobody was given anything yet.
    pub fn at_the_machine(name: &str) -> Self {
        Self { name: name.to_owned(), grant: Grant::everything(), means: Means::Machine }
    }

    /// True where they may do this.
    pub fn may(&self, permission: Permission) -> bool {
        self.grant.may(permission)
    }
}
