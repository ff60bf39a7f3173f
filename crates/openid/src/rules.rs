//! What whoever the provider vouches for is given.

use std::collections::BTreeSet;

use farthing_identity::{Grant, GrantError, Role};
use farthing_types::UnitId;
use serde::{Deserialize, Serialize};

/// The group of everybody whom the provider knows.
const EVERYBODY: &str = "*";

/// Who is given what: the members of one group, or tokens of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A group, role or whatever else the provider names in the claim of groups; `*` for everybody who can sign in there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// A scope of the access tokens of services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// What they may do.
    roles: BTreeSet<Role>,
    /// The units that they are limited to; everything where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    units: Option<BTreeSet<UnitId>>,
}

/// Why somebody is given nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGiven {
    /// No rule is about them.
    #[error("none of their groups or scopes stands for a role in openid_rules")]
    Nothing,
    /// What they are given differs from unit to unit.
    #[error(
        "{0} and {1} in openid_rules give different roles about different units, which nobody can have at once: leave one of the groups, or give both the same roles"
    )]
    Mixed(String, String),
    /// Together it is nothing that one person may have.
    #[error("{0}, and openid_rules give them both by their groups")]
    Together(GrantError),
}

impl Rule {
    /// Why it can give nothing to anybody; none where it can.
    pub(crate) fn problem(&self) -> Option<String> {
        let named = [&self.group, &self.scope].into_iter().flatten();
        match named.clone().count() {
            1 if named.clone().all(|name| !name.trim().is_empty()) => {}
            _ => return Some("a rule names either a group or a scope".to_owned()),
        }
        let grant = Grant::new(self.roles.iter().copied(), self.units.clone());
        grant.err().map(|error| format!("{}: {error}", self.name()))
    }

    fn name(&self) -> String {
        match (&self.group, &self.scope) {
            (Some(group), _) => format!("the group {group:?}"),
            (None, scope) => format!("the scope {:?}", scope.as_deref().unwrap_or_default()),
        }
    }

    /// True where it is about a person in these groups.
    pub(crate) fn is_about_person(&self, groups: &[&str]) -> bool {
        self.group.as_deref().is_some_and(|group| group == EVERYBODY || groups.contains(&group))
    }

    /// True where it is about a service in these groups, whose token has these scopes.
    pub(crate) fn is_about_service(&self, groups: &[&str], scopes: &[&str]) -> bool {
        let named = |name: &Option<String>, among: &[&str]| name.as_deref().is_some_and(|name| among.contains(&name));
        named(&self.group, groups) || named(&self.scope, scopes)
    }

    /// What several rules give together. Roles add up where they are about the same; one never widens what another limits to units.
    pub(crate) fn together<'r>(rules: impl Iterator<Item = &'r Self>) -> Result<Grant, NotGiven> {
        let (limited, whole): (Vec<&Self>, Vec<&Self>) = rules.partition(|rule| rule.units.is_some());
        let everywhere: BTreeSet<Role> = whole.iter().flat_map(|rule| rule.roles.iter().copied()).collect();
        // What somebody may do everywhere they may do in a unit.
        let more: Vec<&Self> = limited.into_iter().filter(|rule| !rule.roles.is_subset(&everywhere)).collect();
        let given = match (more.first(), whole.first()) {
            (None, None) => return Err(NotGiven::Nothing),
            (Some(one), Some(other)) => return Err(NotGiven::Mixed(one.name(), other.name())),
            (None, Some(_)) => Grant::new(everywhere, None),
            (Some(one), None) => match more.iter().find(|rule| rule.roles != one.roles) {
                Some(other) => return Err(NotGiven::Mixed(one.name(), other.name())),
                None => {
                    let units = more.iter().flat_map(|rule| rule.units.iter().flatten().cloned()).collect();
                    Grant::new(one.roles.iter().copied(), Some(units))
                }
            },
        };
        given.map_err(NotGiven::Together)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules() -> Vec<Rule> {
        serde_json::from_str(
            r#"[{"group": "finance", "roles": ["controller"]}, {"group": "platform", "roles": ["engineer"]},
                {"group": "readers", "roles": ["viewer"]}, {"group": "payments", "roles": ["viewer"], "units": ["payments"]},
                {"group": "risk", "roles": ["viewer"], "units": ["risk"]},
                {"group": "leads", "roles": ["viewer", "approver"], "units": ["payments"]},
                {"scope": "farthing.import", "roles": ["analyst"]}]"#,
        )
        .unwrap()
    }

    fn given(groups: &[&str]) -> Result<Grant, NotGiven> {
        Rule::together(rules().iter().filter(|rule| rule.is_about_person(groups)))
    }

    fn units(names: &[&str]) -> Option<BTreeSet<UnitId>> {
        Some(names.iter().map(|name| name.parse().unwrap()).collect())
    }

    #[test]
    fn groups_add_up_where_they_may() {
        assert_eq!(given(&["finance", "others"]), Ok(Grant::new([Role::Controller], None).unwrap()));
        assert_eq!(given(&["payments", "risk"]), Ok(Grant::new([Role::Viewer], units(&["payments", "risk"])).unwrap()));
        assert_eq!(given(&["readers", "payments"]), Ok(Grant::new([Role::Viewer], None).unwrap()));
        assert_eq!(given(&["others", "farthing.import"]), Err(NotGiven::Nothing));
        assert!(matches!(given(&["finance", "platform"]), Err(NotGiven::Together(_))));
        for mixed in [["leads", "risk"], ["readers", "leads"]] {
            assert!(matches!(given(&mixed), Err(NotGiven::Mixed(..))), "{mixed:?}");
        }
        let service = |groups: &[&str], scopes: &[&str]| {
            Rule::together(rules().iter().filter(|rule| rule.is_about_service(groups, scopes)))
        };
        assert_eq!(service(&[], &["openid", "farthing.import"]), Ok(Grant::new([Role::Analyst], None).unwrap()));
        assert_eq!(service(&["farthing.import"], &["finance"]), Err(NotGiven::Nothing));
    }

    #[test]
    fn a_rule_that_gives_nothing_says_why() {
        let problem = |text: &str| serde_json::from_str::<Rule>(text).unwrap().problem();
        assert_eq!(problem(r#"{"group": "*", "roles": ["viewer"]}"#), None);
        for wrong in [
            r#"{"roles": ["viewer"]}"#,
            r#"{"group": "a", "scope": "b", "roles": ["viewer"]}"#,
            r#"{"group": " ", "roles": ["viewer"]}"#,
            r#"{"group": "a", "roles": []}"#,
            r#"{"group": "a", "roles": ["controller", "engineer"]}"#,
            r#"{"group": "a", "roles": ["auditor"], "units": ["x"]}"#,
        ] {
            assert!(problem(wrong).is_some(), "{wrong}");
        }
        assert!(serde_json::from_str::<Rule>(r#"{"group": "a", "role": ["viewer"]}"#).is_err());
    }

    proptest! {
        /// Nobody may do anywhere what no single group of theirs lets them do there.
        #[test]
        fn no_groups_together_give_more_than_one_of_them(groups in proptest::sample::subsequence(
            vec!["finance", "platform", "readers", "payments", "risk", "leads"], 0..=6)) {
            if let Ok(grant) = given(&groups) {
                for role in &grant.roles {
                    let places = grant.units.clone().map_or_else(|| vec![None], |units| units.into_iter().map(Some).collect());
                    for place in places {
                        let gives = |rule: &Rule| rule.is_about_person(&groups) && rule.roles.contains(role)
                            && rule.units.as_ref().is_none_or(|units| place.as_ref().is_some_and(|unit| units.contains(unit)));
                        prop_assert!(rules().iter().any(gives), "{role} about {place:?} by {groups:?}");
                    }
                }
            }
        }
    }
}
