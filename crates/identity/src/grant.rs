//! What somebody was given.

use std::collections::BTreeSet;

use farthing_types::UnitId;
use serde::{Deserialize, Serialize};

use crate::role::CONFLICTS;
use crate::{Permission, Role};

/// Roles, and the units that they are limited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// Of what: these units and all below them; everything where there is none.
    pub units: Option<BTreeSet<UnitId>>,
}

/// Why something cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No role.
    #[error("name at least one role; the roles are {}", Role::ALL.map(Role::as_str).join(", "))]
    NoRole,
    /// Duties that one person does not hold together.
    #[error("nobody is {0} and {1} at once: who does the one is checked by the other. Give them to two people")]
    Conflict(Role, Role),
    /// A limit to nothing.
    #[error("name at least one unit, or none for everything")]
    NoUnit,
    /// A role that is about the whole organisation, limited to units.
    #[error("{0} is about the whole organisation and cannot be limited to units")]
    Whole(Role),
    /// More than the one who it is for may do.
    #[error("a token may do no more than the person it is for, who is not {0}")]
    More(Role),
    /// More units than the one who it is for.
    #[error("a token reads no more than the person it is for: limit it to their units")]
    MoreUnits,
}

impl Grant {
    /// What is given, where it may be.
    ///
    /// # Errors
    /// [`GrantError`] says which rule it breaks.
    pub fn new(roles: impl IntoIterator<Item = Role>, units: Option<BTreeSet<UnitId>>) -> Result<Self, GrantError> {
        let roles: BTreeSet<Role> = roles.into_iter().collect();
        if roles.is_empty() {
            return Err(GrantError::NoRole);
        }
        if let Some((one, other)) = CONFLICTS.iter().find(|(one, other)| roles.contains(one) && roles.contains(other)) {
            return Err(GrantError::Conflict(*one, *other));
        }
        if let Some(units) = &units {
            let whole = |role: &&Role| !matches!(role, Role::Viewer | Role::Approver | Role::Engineer);
            match roles.iter().find(whole) {
                _ if units.is_empty() => return Err(GrantError::NoUnit),
                Some(role) => return Err(GrantError::Whole(*role)),
                None => {}
            }
        }
        Ok(Self { roles, units })
    }

    /// Everything that a person at the machine itself may do, where nobody was given anything yet.
    pub fn everything() -> Self {
        Self { roles: Role::ALL.into_iter().collect(), units: None }
    }

    /// True where one of the roles may do this.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }

    /// True where it is not limited to units.
    pub fn is_whole(&self) -> bool {
        self.units.is_none()
    }

    /// True where a unit is one of those that it is limited to, or below one: `path` is the unit and all above it.
    pub fn covers<'u>(&self, mut path: impl Iterator<Item = &'u UnitId>) -> bool {
        self.units.as_ref().is_none_or(|units| path.any(|unit| units.contains(unit)))
    }

    /// This grant for a token of somebody who was given `other`.
    ///
    /// # Errors
    /// Where it is more.
    pub fn within(self, other: &Self) -> Result<Self, GrantError> {
        if let Some(role) = self.roles.difference(&other.roles).next() {
            return Err(GrantError::More(*role));
        }
        match (&self.units, &other.units) {
            (None, Some(_)) => Err(GrantError::MoreUnits),
            (Some(own), Some(theirs)) if !own.is_subset(theirs) => Err(GrantError::MoreUnits),
            _ => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(names: &[&str]) -> Option<BTreeSet<UnitId>> {
        Some(names.iter().map(|name| name.parse().unwrap()).collect())
    }

    #[test]
    fn what_may_not_be_given_is_refused_with_its_reason() {
        assert_eq!(Grant::new([], None), Err(GrantError::NoRole));
        let both = Grant::new([Role::Engineer, Role::Controller, Role::Viewer], None);
        assert_eq!(both, Err(GrantError::Conflict(Role::Controller, Role::Engineer)));
        assert_eq!(Grant::new([Role::Viewer], units(&[])), Err(GrantError::NoUnit));
        assert_eq!(Grant::new([Role::Auditor], units(&["a"])), Err(GrantError::Whole(Role::Auditor)));
        assert!(Grant::new([Role::Auditor, Role::Viewer], None).is_ok());
    }

    #[test]
    fn a_unit_comes_with_those_below_it() {
        let grant = Grant::new([Role::Viewer], units(&["payments"])).unwrap();
        let path = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<UnitId>>();
        assert!(grant.covers(path(&["cards", "payments", "company"]).iter()));
        assert!(!grant.covers(path(&["company"]).iter()) && !grant.covers(path(&["risk", "company"]).iter()));
        assert!(Grant::everything().covers(path(&[]).iter()));
    }

    #[test]
    fn a_token_is_never_more_than_the_person() {
        let person = Grant::new([Role::Viewer, Role::Approver], units(&["payments", "risk"])).unwrap();
        let token = |roles: &[Role], of| Grant::new(roles.iter().copied(), of).unwrap().within(&person);
        assert!(token(&[Role::Viewer], units(&["risk"])).is_ok());
        assert_eq!(token(&[Role::Viewer], None), Err(GrantError::MoreUnits));
        assert_eq!(token(&[Role::Viewer], units(&["cards"])), Err(GrantError::MoreUnits));
        assert_eq!(token(&[Role::Engineer], None), Err(GrantError::More(Role::Engineer)));
    }

    proptest! {
        /// Nobody can propose or administer and close, whatever is asked for.
        #[test]
        fn no_grant_joins_divided_duties(roles in proptest::sample::subsequence(Role::ALL.to_vec(), 1..=8)) {
            if let Ok(grant) = Grant::new(roles, None) {
                prop_assert!(!(grant.may(Permission::Close) && (grant.may(Permission::Propose) || grant.may(Permission::Administer))));
                prop_assert!(!grant.roles.contains(&Role::Auditor) || Permission::ALL.into_iter().all(|p| !p.changes() || !grant.may(p)));
            }
        }
    }
}
