//! The registry of metrics: one definition, owner, unit of measure, source and lineage each.
//!
//! What the program computes itself is data too: `builtin.toml`, in the format of the file that an organisation publishes to add
//! its own. A metric is defined once: a second definition of the same id, or one under a built-in's, is refused.

mod file;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

pub use file::KpiError;

const BUILTIN: &str = include_str!("builtin.toml");

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// The lower.
    Lower,
    /// The higher.
    Higher,
    /// Neither: it describes.
    Neither,
}

/// The definition of one metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Kpi {
    /// Its id: lower-case letters, digits and `_`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Its unit of measure.
    pub unit: String,
    /// Which way it is better.
    pub better: Better,
    /// How it is computed, in words.
    pub formula: String,
    /// What it means, and what it does not.
    pub definition: String,
    /// The facts and documents it rests on: datasets (`charges`, `usage`, `decisions`) and documents (`rules`, `people` …).
    pub source: Vec<String>,
    /// The command that computes it; none where `sql` does.
    pub computed_by: Option<String>,
    /// The question whose answer is its value, of an organisation's own metric: one number, or a text and a number a row.
    pub sql: Option<String>,
    /// True where the program defines it.
    pub builtin: bool,
}

/// All definitions in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KpiRegistry {
    kpis: BTreeMap<String, Kpi>,
}

impl KpiRegistry {
    /// What the program defines itself.
    pub fn builtin() -> Self {
        let kpis = file::parse(BUILTIN, &BTreeMap::new()).expect("the built-in definitions are a valid file, as a test shows");
        let kpis = kpis.kpis.into_iter().map(|kpi| (kpi.id.clone(), Kpi { builtin: true, ..kpi })).collect();
        Self { kpis }
    }

    /// The built-in definitions and those of an organisation's file.
    ///
    /// # Errors
    /// All that is wrong with the file, by line.
    pub fn with(text: &str) -> Result<Self, Vec<KpiError>> {
        let mut registry = Self::builtin();
        let read = file::parse(text, &registry.kpis)?;
        for (id, owner) in read.owners {
            if let Some(kpi) = registry.kpis.get_mut(&id) {
                kpi.owner = owner;
            }
        }
        registry.kpis.extend(read.kpis.into_iter().map(|kpi| (kpi.id.clone(), kpi)));
        Ok(registry)
    }

    /// Every definition, by id.
    pub fn all(&self) -> impl Iterator<Item = &Kpi> {
        self.kpis.values()
    }

    /// One definition.
    pub fn get(&self, id: &str) -> Option<&Kpi> {
        self.kpis.get(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_is_whole() {
        let registry = KpiRegistry::builtin();
        assert_eq!(registry.all().count(), 11);
        for kpi in registry.all() {
            assert!(kpi.builtin && kpi.computed_by.is_some() && kpi.sql.is_none(), "{}", kpi.id);
        }
    }

    #[test]
    fn an_organisation_adds_its_own_and_names_owners() {
        let text = "version = 1\n[owners]\nerror_rate = \"Quality\"\n\n[[kpi]]\nid = \"spend_per_account\"\nname = \"Spend per account\"\n\
                    owner = \"Finance\"\nunit = \"USD\"\nbetter = \"neither\"\nformula = \"billed / accounts\"\n\
                    definition = \"What an account costs.\"\nsource = [\"charges\"]\nsql = \"SELECT 1\"\n";
        let registry = KpiRegistry::with(text).unwrap();
        assert_eq!(registry.get("error_rate").unwrap().owner, "Quality");
        let own = registry.get("spend_per_account").unwrap();
        assert_eq!((own.builtin, own.sql.as_deref()), (false, Some("SELECT 1")));
    }

    #[test]
    fn a_second_definition_is_refused() {
        let kpi = |id: &str| {
            format!(
                "[[kpi]]\nid = \"{id}\"\nname = \"n\"\nowner = \"o\"\nunit = \"u\"\nbetter = \"lower\"\nformula = \"f\"\n\
                 definition = \"d\"\nsource = [\"charges\"]\nsql = \"SELECT 1\"\n"
            )
        };
        let text = format!("version = 1\n{}{}{}", kpi("error_rate"), kpi("own"), kpi("own"));
        let errors: Vec<String> = KpiRegistry::with(&text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].starts_with("line 3: error_rate: the program defines it already"), "{errors:?}");
        assert!(errors[1].starts_with("line 23: own: a second definition"), "{errors:?}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let errors = |text: &str| KpiRegistry::with(text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>();
        let whole = "version = 1\n[owners]\nnobodys = \"x\"\n[[kpi]]\nid = \"Bad Id\"\nname = \" \"\nowner = \"o\"\nunit = \"u\"\n\
                     better = \"lower\"\nformula = \"f\"\ndefinition = \"d\"\nsource = [\"bills\"]\n";
        let found = errors(whole).join("\n");
        for part in
            ["Bad Id: an id is of", "name is empty", "\"bills\" is no source", "sql: how is it computed?", "nobodys: the program"]
        {
            assert!(found.contains(part), "{part}: {found}");
        }
        assert!(errors("version = 2\n")[0].contains("version 2 is not known"));
        assert!(errors("version = 1\n[[kpi]]\nid = 3\n")[0].starts_with("line 3:"));
    }
}
