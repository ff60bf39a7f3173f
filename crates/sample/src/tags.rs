//! Tag sets, as untidy as tags are: two spellings of the team key, some resources without any.

use crate::accounts::Provider;
use crate::units::{self, UNITS};

/// Environments, and how many of 100 resources are in each.
const ENVIRONMENTS: [(&str, u32); 3] = [("prod", 72), ("staging", 16), ("dev", 12)];
/// Parts of an application.
const PARTS: [&str; 4] = ["api", "worker", "batch", "web"];
/// Spellings of the keys.
const SPELLINGS: usize = 2;
const PER_UNIT: usize = ENVIRONMENTS.len() * SPELLINGS * PARTS.len();

/// No tags at all.
pub(crate) const NONE: usize = 0;
/// Tags, but none that names a team.
pub(crate) const NO_OWNER: [usize; 3] = [NONE, 1, 2];
const FIRST: usize = 3;

/// The tag sets of one organisation, as JSON objects.
pub(crate) struct TagSets {
    pub json: Vec<String>,
}

impl TagSets {
    pub(crate) fn new() -> Self {
        let mut json = vec![String::new(), r#"{"Environment":"dev"}"#.into(), r#"{"created-by":"console","env":"test"}"#.into()];
        for provider in [Provider::Aws, Provider::Azure, Provider::Gcp] {
            for unit in UNITS {
                for (environment, _) in ENVIRONMENTS {
                    for spelling in 0..SPELLINGS {
                        json.extend(PARTS.map(|part| tags(provider, spelling, unit, environment, part, None)));
                    }
                }
            }
        }
        Self { json }
    }

    /// Adds the set of something that serves a workload, and returns where it stands.
    pub(crate) fn add_workload(&mut self, provider: Provider, unit: &str, name: &str, workload: Option<&str>) -> usize {
        let unit = &UNITS[units::index(unit)];
        self.json.push(tags(provider, 0, unit, "prod", name, workload));
        self.json.len() - 1
    }

    /// The set of a resource of the long tail, by chance.
    pub(crate) fn of_resource(provider: Provider, unit: usize, bits: u64) -> usize {
        let environment = crate::dice::pick(bits, ENVIRONMENTS.iter().map(|(_, weight)| *weight));
        // Three of ten resources carry the older, lower-case key.
        let spelling = usize::from((bits >> 48 & 0xff) % 10 < 3);
        let part = (bits >> 56) as usize % PARTS.len();
        let cloud = match provider {
            Provider::Aws => 0,
            Provider::Azure => 1,
            _ => 2,
        };
        FIRST + (cloud * UNITS.len() + unit) * PER_UNIT + (environment * SPELLINGS + spelling) * PARTS.len() + part
    }
}

fn tags(
    provider: Provider,
    spelling: usize,
    unit: &crate::units::Unit,
    environment: &str,
    part: &str,
    workload: Option<&str>,
) -> String {
    let unit_id = unit.id;
    // Google's labels are lower case; the other two clouds kept whatever was typed.
    let (team, env) = match (provider, spelling) {
        (Provider::Gcp, 0) => ("team", "env"),
        (Provider::Gcp, _) => ("owner-team", "env"),
        (_, 0) => ("Team", "Environment"),
        (_, _) => ("team", "env"),
    };
    let mut text = format!(r#"{{"{team}":"{unit_id}","{env}":"{environment}","#);
    if spelling == 0 && provider != Provider::Gcp {
        text.push_str(&format!(r#""CostCenter":"{}","#, unit.cost_center));
    }
    if let Some(workload) = workload {
        text.push_str(&format!(r#""Workload":"{workload}","#));
    }
    let application = if provider == Provider::Gcp { "app" } else { "Application" };
    text.push_str(&format!(r#""{application}":"{unit_id}-{part}"}}"#));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_json_and_names_its_team() {
        let sets = TagSets::new();
        let old = 0;
        let new = 5 << 48;
        for (provider, bits, key) in [
            (Provider::Aws, new, "Team"),
            (Provider::Aws, old, "team"),
            (Provider::Azure, new, "Team"),
            (Provider::Gcp, new, "team"),
            (Provider::Gcp, old, "owner-team"),
        ] {
            let index = TagSets::of_resource(provider, units::index("support-replies"), bits);
            let parsed: serde_json::Value = serde_json::from_str(&sets.json[index]).unwrap();
            assert_eq!(parsed[key], "support-replies");
        }
        for text in &sets.json[1..] {
            assert!(serde_json::from_str::<serde_json::Value>(text).unwrap().is_object(), "{text}");
        }
    }
}
