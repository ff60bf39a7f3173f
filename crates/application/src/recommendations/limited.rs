//! What of a recommendation somebody sees and decides who is limited to units: what is about theirs.

use std::collections::{BTreeMap, BTreeSet};

use farthing_approval::{Details, Step, same_person};
use farthing_identity::{Grant, Principal};
use farthing_types::UnitId;
use serde_json::{Map, Value};

use super::standing::Opened;
use super::{content_of, proposal_of};
use crate::{Error, Farthing};

/// What a plan says that is about nobody's units in particular. Costs are not among it: they are of the whole.
const OF_NOBODY: [&str; 12] = [
    "status",
    "hours",
    "months",
    "period",
    "currency",
    "recommended",
    "gap",
    "model",
    "solver",
    "input_hash",
    "expires_at",
    "interval",
];

impl Farthing {
    /// True where a recommendation is about units of somebody who is limited to some.
    ///
    /// # Errors
    /// When the units in force or the plan cannot be read.
    pub async fn may_see_recommendation(&self, principal: &Principal, id: &str) -> Result<bool, Error> {
        let plan = match self.plan_of(id).await {
            // What there is not is nobody's.
            Err(Error::Nothing(_)) => return Ok(false),
            plan => plan?,
        };
        let proposal = proposal_of(&plan, &content_of(&plan)?);
        let theirs = self.limited_to(principal.grant.units.clone()).theirs(&proposal.units).await?;
        Ok(theirs.is_none_or(|theirs| !theirs.is_empty()))
    }

    /// Of these units those that whoever works with it is limited to; `None` where they are not limited.
    pub(super) async fn theirs(&self, units: &BTreeSet<UnitId>) -> Result<Option<BTreeSet<UnitId>>, Error> {
        let Some(limits) = &self.limits else { return Ok(None) };
        let paths = self.paths_of(units).await?;
        let own = paths.into_iter().filter(|path| path.iter().any(|unit| limits.contains(unit)));
        Ok(Some(own.filter_map(|path| path.into_iter().next()).collect()))
    }

    /// The units that somebody of this name is limited to, where they are known here.
    pub(super) async fn limits_of(&self, name: &str) -> Result<Option<BTreeSet<UnitId>>, Error> {
        let known = self.known_grants().await?.into_iter().find(|(known, _)| same_person(known, name));
        Ok(known.and_then(|(_, grant)| grant.units))
    }

    /// People and services that may do something now, with what they were given.
    pub(super) async fn known_grants(&self) -> Result<Vec<(String, Grant)>, Error> {
        let now = self.stated_moment();
        let people = self.store.people().all().await?.into_iter();
        let people = people.filter(|person| person.disabled_at.is_none()).map(|person| (person.name, person.grant));
        let services = self.store.api_tokens().all().await?.into_iter();
        let services = services.filter(|token| token.person.is_none() && token.revoked_at.is_none() && token.expires_at > now);
        Ok(people.chain(services.map(|token| (token.name, token.grant))).collect())
    }
}

/// What a plan says of these units.
pub(super) fn content(plan: &Value, theirs: &BTreeSet<UnitId>) -> Value {
    let is_theirs = |workload: &Value| {
        let unit = workload["unit"].as_str().and_then(|unit| unit.parse::<UnitId>().ok());
        unit.is_some_and(|unit| theirs.contains(&unit))
    };
    let list = |of: &Value, keep: &dyn Fn(&Value) -> bool| -> Value {
        of.as_array().into_iter().flatten().filter(|one| keep(one)).cloned().collect()
    };
    let mut said: Map<String, Value> =
        OF_NOBODY.iter().filter_map(|name| Some(((*name).to_owned(), plan.get(*name)?.clone()))).collect();
    let workloads = list(&plan["workloads"], &is_theirs);
    if let Some(replay) = plan["replay"].as_object() {
        let named = |one: &Value| workloads.as_array().into_iter().flatten().any(|own| own["workload"] == one["workload"]);
        let replayed = list(&plan["replay"]["workloads"], &named);
        let keeps = replayed.as_array().is_some_and(|all| all.iter().all(|one| one["missed_hours"] == 0));
        let mut own = Map::from_iter([("keeps_promises".to_owned(), keeps.into()), ("workloads".to_owned(), replayed)]);
        own.extend(replay.get("seed").map(|seed| ("seed".to_owned(), seed.clone())));
        said.insert("replay".to_owned(), own.into());
    }
    said.insert("workloads".to_owned(), workloads);
    said.into()
}

/// The steps: of others' units, and of what all of it cost, nothing is said.
pub(super) fn steps(opened: &Opened) -> Vec<Step> {
    let Some(theirs) = &opened.theirs else { return opened.steps.clone() };
    let own = |details: &Details| Details {
        inputs: None,
        units: details.units.intersection(theirs).cloned().collect(),
        files: BTreeMap::new(),
        realised: None,
        agreement: None,
        ..details.clone()
    };
    opened.steps.iter().map(|step| Step { details: own(&step.details), ..step.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_plan_for_several_units_only_what_is_theirs_is_said() {
        let plan = json!({
            "status": "optimal", "hours": 168, "currency": "USD", "recommended": false, "cost_now": {"amount": "10", "currency": "USD"},
            "types": [{"type": "s"}], "objective": {"amount": "5", "currency": "USD"},
            "workloads": [{"workload": "chat", "unit": "claims"}, {"workload": "scores", "unit": "lending"}],
            "replay": {"seed": 1, "keeps_promises": false, "workloads": [
                {"workload": "chat", "missed_hours": 0}, {"workload": "scores", "missed_hours": 3}]},
        });
        let own = content(&plan, &["claims".parse().unwrap()].into());
        let expected = json!({
            "status": "optimal", "hours": 168, "currency": "USD", "recommended": false,
            "workloads": [{"workload": "chat", "unit": "claims"}],
            "replay": {"seed": 1, "keeps_promises": true, "workloads": [{"workload": "chat", "missed_hours": 0}]},
        });
        assert_eq!(own, expected);
    }
}
