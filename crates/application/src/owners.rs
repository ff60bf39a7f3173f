//! Which unit inference usage belongs to: the one it states, that of its workload, or the one that all other usage of the same
//! caller, or else of the same endpoint, belongs to.

use std::collections::{BTreeMap, HashMap};

use farthing_attribution::RuleSet;
use farthing_types::{Selection, UnitId, WorkloadId};
use farthing_usage::UsageHour;
use serde::Serialize;
use utoipa::ToSchema;

use crate::chargeback::workload_of;
use crate::home::blocking;
use crate::{Error, Farthing};

/// How a unit was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "by", content = "name")]
pub enum OwnedBy {
    /// The usage states it.
    Statement,
    /// A workload of the rules.
    #[schema(value_type = String)]
    Workload(WorkloadId),
    /// All other usage of the same caller belongs to it.
    Caller,
    /// All other usage of the same endpoint belongs to it.
    Endpoint,
    /// Nothing says whose it is, or others disagree.
    Nobody,
}

impl OwnedBy {
    /// For people.
    pub fn describe(&self) -> String {
        match self {
            Self::Statement => "stated by the usage".to_owned(),
            Self::Workload(workload) => format!("workload {workload}"),
            Self::Caller => "inferred: all other usage of the caller".to_owned(),
            Self::Endpoint => "inferred: all other usage of the endpoint".to_owned(),
            Self::Nobody => "nothing says whose it is, or others disagree".to_owned(),
        }
    }
}

/// The usage of a caller at an endpoint that belongs to one unit for one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnerLine {
    /// The caller: the hash of a key, or a user.
    pub caller: Option<String>,
    /// The endpoint, team or deployment.
    pub endpoint: Option<String>,
    /// The unit; `null` where there is none.
    pub unit: Option<UnitId>,
    /// How it was found.
    pub owned: OwnedBy,
    /// Requests.
    pub requests: u64,
    /// Input and output tokens.
    pub tokens: u64,
}

/// What usage with an owner says of that without.
#[derive(Debug, Default)]
struct Owners {
    callers: HashMap<String, Option<UnitId>>,
    endpoints: HashMap<String, Option<UnitId>>,
}

impl Owners {
    fn learn(&mut self, hour: &UsageHour, unit: &UnitId) {
        let dimensions = &hour.dimensions;
        for (named, id) in [(&mut self.callers, &dimensions.principal), (&mut self.endpoints, &dimensions.workload)] {
            let Some(id) = id else { continue };
            let agreed = named.entry(id.clone()).or_insert_with(|| Some(unit.clone()));
            if agreed.as_ref() != Some(unit) {
                *agreed = None;
            }
        }
    }

    /// Whose an hour of usage is that says nothing itself.
    fn inferred(&self, hour: &UsageHour) -> (Option<UnitId>, OwnedBy) {
        let of = |named: &HashMap<String, Option<UnitId>>, id: &Option<String>| named.get(id.as_ref()?).cloned().flatten();
        let dimensions = &hour.dimensions;
        match (of(&self.callers, &dimensions.principal), of(&self.endpoints, &dimensions.workload)) {
            (Some(unit), _) => (Some(unit), OwnedBy::Caller),
            (None, Some(unit)) => (Some(unit), OwnedBy::Endpoint),
            (None, None) => (None, OwnedBy::Nobody),
        }
    }
}

/// Whose each hour of a window's usage is.
pub(crate) fn owners_of(rules: &RuleSet, hours: &[UsageHour]) -> Vec<(Option<UnitId>, OwnedBy)> {
    let known: Vec<_> = hours.iter().map(|hour| known(rules, hour)).collect();
    let mut owners = Owners::default();
    for (hour, known) in hours.iter().zip(&known) {
        if let Some((unit, _)) = known {
            owners.learn(hour, unit);
        }
    }
    let owner = |(hour, known): (&UsageHour, Option<(UnitId, OwnedBy)>)| match known {
        Some((unit, by)) => (Some(unit), by),
        None => owners.inferred(hour),
    };
    hours.iter().zip(known).map(owner).collect()
}

/// The unit that usage states, or that of its workload.
fn known(rules: &RuleSet, hour: &UsageHour) -> Option<(UnitId, OwnedBy)> {
    let stated = hour.dimensions.unit.clone().map(|unit| (unit, OwnedBy::Statement));
    stated.or_else(|| workload_of(rules, hour).map(|workload| (workload.unit.clone(), OwnedBy::Workload(workload.id.clone()))))
}

impl Farthing {
    /// Whose inference usage is, by caller and endpoint: what usage measures split pools by.
    ///
    /// # Errors
    /// When there is no usage then.
    pub async fn usage_owners(&self, selection: Selection) -> Result<Vec<OwnerLine>, Error> {
        self.note_people_read().await?;
        let (rules, _) = self.rules().await?;
        let hours = self.usage_hours(Some(selection.window())).await?;
        if hours.is_empty() {
            return Err(Error::Nothing(format!("there is no usage in {selection}. `farthing status` lists what there is")));
        }
        blocking(move || {
            let mut lines: BTreeMap<_, (u64, u64)> = BTreeMap::new();
            for (hour, (unit, owned)) in hours.iter().zip(owners_of(&rules, &hours)) {
                let (counts, dimensions) = (&hour.counts, &hour.dimensions);
                let key = (dimensions.principal.clone(), dimensions.workload.clone(), unit, owned);
                let (requests, tokens) = lines.entry(key).or_default();
                *requests = requests.saturating_add(counts.requests);
                *tokens = tokens.saturating_add(counts.input_tokens).saturating_add(counts.output_tokens);
            }
            let line = |((caller, endpoint, unit, owned), (requests, tokens))| OwnerLine {
                caller,
                endpoint,
                unit,
                owned,
                requests,
                tokens,
            };
            Ok(lines.into_iter().map(line).collect())
        })
        .await
    }
}
