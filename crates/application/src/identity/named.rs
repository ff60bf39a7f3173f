//! Somebody who is named by whoever is at the machine, and does not show who they are.

use farthing_approval::same_person;
use farthing_identity::{Permission, Role};

use crate::{Error, Farthing};

/// What somebody has to be given, to be named with an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedFor {
    /// What they have to be allowed.
    pub right: Permission,
    /// True where the act is about the whole organisation, so that nobody does it who is limited to units. Other acts look themselves which
    /// units they are about.
    pub whole: bool,
}

impl Farthing {
    /// Who is meant by a name that comes with an act, as they are called in the record. Where nobody may log in and no provider vouches for
    /// people the name is believed; otherwise it is that of somebody who may do this.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where there is nobody of this name, or they are disabled or may not, and when the database fails.
    pub async fn named_person(&self, name: &str, needed: NamedFor) -> Result<String, Error> {
        let people = self.store.people().all().await?;
        if people.is_empty() && self.openid.is_none() {
            return Ok(name.to_owned());
        }
        let refused = |why: String| Err(Error::Forbidden(format!("{why}; nothing was done")));
        let Some(person) = people.into_iter().find(|person| same_person(&person.name, name)) else {
            return refused(format!("there is nobody called {name:?} here. `farthing users list` shows who there is"));
        };
        let (name, grant) = (person.name, person.grant);
        let roles: Vec<&str> = grant.roles.iter().copied().map(Role::as_str).collect();
        match (person.disabled_at, needed) {
            (Some(_), _) => refused(format!("{name} was disabled and does nothing any more")),
            (None, NamedFor { right, .. }) if !grant.may(right) => {
                refused(format!("{name} ({}) may not {right} here; an administrator gives roles", roles.join(", ")))
            }
            (None, NamedFor { whole: true, .. }) if !grant.is_whole() => {
                refused(format!("this is about the whole organisation, and {name} is limited to units"))
            }
            (None, _) => Ok(name),
        }
    }
}
