//! Documents that people write: rules, people, fleet. Checked as a whole, then published as a version.

use farthing_attribution::RuleSet;
use farthing_optimizer::FleetProfile;
use farthing_store::{Document, DocumentKind as StoredKind};
use farthing_unit_economics::people::{self, WorkflowPeople};
use serde::Serialize;

use crate::drivers::metrics_of;
use crate::lake_upkeep::policy_of;
use crate::masking::masking_of;
use crate::quality::sla_of;
use crate::{Error, Farthing};

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentKind {
    /// Units, rules, pools and workloads.
    Rules,
    /// People's rates and handling times.
    People,
    /// Instance types, workloads and their promises.
    Fleet,
    /// How long facts are kept and where.
    Lake,
    /// What of the facts is masked before it is kept.
    Masking,
    /// What is expected of the charges of each source.
    Sla,
    /// Quantities of units that nothing meters, to split pools by.
    Metrics,
}

impl DocumentKind {
    fn stored(self) -> StoredKind {
        match self {
            Self::Rules => StoredKind::Rules,
            Self::People => StoredKind::People,
            Self::Fleet => StoredKind::Fleet,
            Self::Lake => StoredKind::Lake,
            Self::Masking => StoredKind::Masking,
            Self::Sla => StoredKind::Sla,
            Self::Metrics => StoredKind::Metrics,
        }
    }
}

/// A document as it was checked or published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// What it is about.
    pub kind: DocumentKind,
    /// Its version; `None` where it was only checked.
    pub version: Option<u64>,
    /// False where the newest version has the same content.
    pub changed: bool,
    /// What is odd and allowed.
    pub warnings: Vec<String>,
    /// What it holds, in one sentence.
    pub summary: String,
}

/// Reads a rule file, or says all that is wrong with it.
pub(crate) fn rules_of(text: &str, name: &str) -> Result<RuleSet, Error> {
    RuleSet::parse(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

fn people_of(text: &str, name: &str) -> Result<Vec<WorkflowPeople>, Error> {
    people::parse(text).map_err(|problem| Error::Document { file: name.to_owned(), problems: vec![problem.to_string()] })
}

fn fleet_of(text: &str, name: &str) -> Result<FleetProfile, Error> {
    FleetProfile::from_toml(text)
        .map_err(|problem| Error::Document { file: name.to_owned(), problems: vec![problem.to_string()] })
}

impl Farthing {
    /// Checks a document without publishing it. `name` is what errors call it: its path.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn check_document(kind: DocumentKind, text: &str, name: &str) -> Result<Published, Error> {
        let (summary, warnings) = match kind {
            DocumentKind::Rules => {
                let rules = rules_of(text, name)?;
                let (units, count, pools) = (rules.units().ids().len(), rules.rules().len(), rules.pools().len());
                let summary = format!("{units} units, {count} rules, {pools} pools, {} workloads", rules.workloads().len());
                (summary, rules.warnings().iter().map(ToString::to_string).collect())
            }
            DocumentKind::People => (format!("people of {} workflows", people_of(text, name)?.len()), Vec::new()),
            DocumentKind::Fleet => {
                let fleet = fleet_of(text, name)?;
                (format!("{} instance types, {} workloads", fleet.instance_types.len(), fleet.workloads.len()), Vec::new())
            }
            DocumentKind::Lake => (policy_of(text, name)?.to_string(), Vec::new()),
            DocumentKind::Masking => {
                let policy = masking_of(text, name)?;
                (policy.to_string(), policy.warnings())
            }
            DocumentKind::Sla => (sla_of(text, name)?.to_string(), Vec::new()),
            DocumentKind::Metrics => {
                let metrics = metrics_of(text, name)?;
                let measures: Vec<&str> = metrics.measures().collect();
                (format!("{} of {} units", measures.join(", "), metrics.units().len()), Vec::new())
            }
        };
        Ok(Published { kind, version: None, changed: false, warnings, summary })
    }

    /// Checks and publishes a document. The same content again changes nothing.
    ///
    /// # Errors
    /// All that is wrong with it; nothing is then published.
    pub async fn publish_document(&self, kind: DocumentKind, text: &str, name: &str, by: &str) -> Result<Published, Error> {
        let mut checked = Self::check_document(kind, text, name)?;
        if kind == DocumentKind::Metrics {
            checked.warnings.extend(self.unknown_to_rules(text, name).await?);
        }
        let published = self.store.documents().publish(kind.stored(), text, by, self.now()).await?;
        Ok(Published { version: Some(published.document.version), changed: published.is_new, ..checked })
    }

    /// The document of a kind that is in force, as it was written.
    ///
    /// # Errors
    /// When there is none.
    pub async fn document(&self, kind: DocumentKind) -> Result<Document, Error> {
        let newest = self.in_force(kind.stored()).await?;
        newest.ok_or_else(|| {
            let (what, how) = match kind {
                DocumentKind::Rules => ("rules", "farthing rules publish rules.toml"),
                DocumentKind::People => ("people file", "farthing ingest people people.toml"),
                DocumentKind::Fleet => ("fleet profile", "farthing ingest fleet fleet.toml"),
                DocumentKind::Lake => ("policy of the lake", "farthing lake policy publish lake.toml"),
                DocumentKind::Masking => ("masking policy", "farthing masking publish masking.toml"),
                DocumentKind::Sla => ("SLA", "farthing sla publish sla.toml"),
                DocumentKind::Metrics => ("metrics", "farthing ingest metrics metrics.csv"),
            };
            Error::Nothing(format!("there is no {what} yet. Publish one: `{how}`"))
        })
    }

    pub(crate) async fn in_force(&self, kind: StoredKind) -> Result<Option<Document>, Error> {
        let documents = self.store.documents();
        Ok(match self.moment {
            None => documents.newest(kind).await?,
            Some(moment) => documents.as_of(kind, moment).await?,
        })
    }

    /// The published rules with their version. Without any, no charge has an owner.
    pub(crate) async fn rules(&self) -> Result<(RuleSet, Option<u64>), Error> {
        match self.in_force(StoredKind::Rules).await? {
            Some(document) => Ok((rules_of(&document.content, &format!("rules v{}", document.version))?, Some(document.version))),
            None => Ok((rules_of("version = 1", "no rules")?, None)),
        }
    }

    pub(crate) async fn people(&self) -> Result<Vec<WorkflowPeople>, Error> {
        let document = self.document(DocumentKind::People).await?;
        people_of(&document.content, &format!("people v{}", document.version))
    }

    pub(crate) async fn fleet_profile(&self) -> Result<FleetProfile, Error> {
        let document = self.document(DocumentKind::Fleet).await?;
        fleet_of(&document.content, &format!("fleet v{}", document.version))
    }
}
