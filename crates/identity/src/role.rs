//! What people are there for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Permission;

/// A role. Who has several may do what each of them may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads reports.
    Viewer,
    /// Imports facts, publishes rules and other documents, asks any question.
    Analyst,
    /// Proposes: plans and simulations.
    Engineer,
    /// Decides on what others propose.
    Approver,
    /// Closes months.
    Controller,
    /// Reviews the portfolio of models.
    PortfolioReviewer,
    /// Reads everything, the record of changes among it, and changes nothing.
    Auditor,
    /// Looks after people, tokens, jobs and storage.
    Administrator,
}

/// A text that is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no role {0:?}; the roles are {known}", known = Role::ALL.map(Role::as_str).join(", "))]
pub struct UnknownRole(String);

/// Duties that one person never holds together: who proposes or publishes does not close, who audits does nothing else.
pub const CONFLICTS: [(Role, Role); 8] = [
    (Role::Controller, Role::Engineer),
    (Role::Controller, Role::Administrator),
    (Role::Auditor, Role::Analyst),
    (Role::Auditor, Role::Engineer),
    (Role::Auditor, Role::Approver),
    (Role::Auditor, Role::Controller),
    (Role::Auditor, Role::PortfolioReviewer),
    (Role::Auditor, Role::Administrator),
];

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Viewer,
        Self::Analyst,
        Self::Engineer,
        Self::Approver,
        Self::Controller,
        Self::PortfolioReviewer,
        Self::Auditor,
        Self::Administrator,
    ];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Engineer => "engineer",
            Self::Approver => "approver",
            Self::Controller => "controller",
            Self::PortfolioReviewer => "portfolio-reviewer",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// What it may do. This is the table that everything else follows.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Viewer => &[P::Read],
            Self::Analyst => &[P::Read, P::ReadPeople, P::Query, P::Import, P::Publish, P::AskToReopen, P::Comment],
            Self::Engineer => &[P::Read, P::Propose, P::Comment],
            Self::Approver => &[P::Read, P::Approve, P::Comment],
            Self::Controller => &[P::Read, P::ReadPeople, P::Query, P::Close, P::AskToReopen, P::Approve, P::Comment],
            Self::PortfolioReviewer => &[P::Read, P::ReadPeople, P::Review, P::Comment],
            Self::Auditor => &[P::Read, P::ReadPeople, P::Query, P::Audit],
            Self::Administrator => &[P::Read, P::Audit, P::Operate, P::Administer],
        }
    }

    /// True where it may do this.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == word);
        found.ok_or_else(|| UnknownRole(word.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties_are_divided() {
        let who = |permission| Role::ALL.into_iter().filter(|role| role.may(permission)).collect::<Vec<_>>();
        assert_eq!(who(Permission::Propose), [Role::Engineer]);
        assert_eq!(who(Permission::Close), [Role::Controller]);
        assert_eq!(who(Permission::Administer), [Role::Administrator]);
        assert_eq!(who(Permission::Approve), [Role::Approver, Role::Controller]);
        assert!(!Role::Auditor.may(Permission::Comment) && !Role::Administrator.may(Permission::Comment));
        assert_eq!(who(Permission::Publish), [Role::Analyst]);
        assert_eq!(who(Permission::Audit), [Role::Auditor, Role::Administrator]);
        assert!(Role::ALL.into_iter().all(|role| role.may(Permission::Read)));
        let changes = |permission: &&Permission| permission.changes();
        assert_eq!(Role::Auditor.permissions().iter().find(changes), None);
        assert_eq!(Role::Viewer.permissions().iter().find(changes), None);
    }

    #[test]
    fn every_permission_is_somebodys_and_every_role_has_its_word() {
        for permission in Permission::ALL {
            assert!(Role::ALL.into_iter().any(|role| role.may(permission)), "{permission} is nobody's");
        }
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert!("root".parse::<Role>().unwrap_err().to_string().contains("portfolio-reviewer"));
    }
}
