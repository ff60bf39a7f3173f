//! Documents that people write: rules, people, fleet. Checked as a whole, then published as a version.

use farthing_attribution::units::contradictions;
use farthing_attribution::{RuleSet, UnitTree};
use farthing_audit::Action;
use farthing_optimizer::FleetProfile;
use farthing_store::{Document, DocumentKind as StoredKind, PublishedDocument, UnitOfWork};
use farthing_unit_economics::people::{self, WorkflowPeople};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::alerts::alerts_of;
use crate::drivers::metrics_of;
use crate::jobs::schedules_of;
use crate::kpis::registry_of;
use crate::lake_upkeep::{policy_of, retention_of};
use crate::masking::masking_of;
use crate::measured_plans::planning_of;
use crate::portfolio::models_of;
use crate::process::analysis_of;
use crate::quality::sla_of;
use crate::recommendations::approvals_of;
use crate::token_prices::prices_of;
use crate::{Error, Farthing, UnitsForm, collect, ownership, token_prices};

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
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
    /// The tree of units, where the rules do not list them.
    Units,
    /// What tokens are sold for, and how hosted models serve.
    Prices,
    /// What AI systems are made of.
    Systems,
    /// Definitions of metrics of the organisation's own, and owners of the built-in ones.
    Kpis,
    /// What people know of their models: owner, contract, dependencies, alternatives.
    Models,
    /// What runs by itself, and when.
    Schedules,
    /// What planning has to know and no fact says: offers, classes, inventories, promises, options.
    Planning,
    /// What is collected over the network, from where and by what right.
    Sources,
    /// Who is told of what by itself, and on which way.
    Alerts,
    /// How many people approve which plans, and when things may be changed.
    Approvals,
    /// How long facts about people are kept, and what must stay.
    Retention,
}

impl DocumentKind {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 18] = [
        Self::Units,
        Self::Rules,
        Self::Metrics,
        Self::People,
        Self::Prices,
        Self::Systems,
        Self::Models,
        Self::Kpis,
        Self::Fleet,
        Self::Planning,
        Self::Approvals,
        Self::Sources,
        Self::Schedules,
        Self::Alerts,
        Self::Sla,
        Self::Masking,
        Self::Retention,
        Self::Lake,
    ];

    /// Its name, as in `kind` of the answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::People => "people",
            Self::Fleet => "fleet",
            Self::Lake => "lake",
            Self::Masking => "masking",
            Self::Sla => "sla",
            Self::Metrics => "metrics",
            Self::Units => "units",
            Self::Prices => "prices",
            Self::Systems => "systems",
            Self::Kpis => "kpis",
            Self::Models => "models",
            Self::Schedules => "schedules",
            Self::Planning => "planning",
            Self::Sources => "sources",
            Self::Alerts => "alerts",
            Self::Approvals => "approvals",
            Self::Retention => "retention",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn stored(self) -> StoredKind {
        match self {
            Self::Rules => StoredKind::Rules,
            Self::People => StoredKind::People,
            Self::Fleet => StoredKind::Fleet,
            Self::Lake => StoredKind::Lake,
            Self::Masking => StoredKind::Masking,
            Self::Sla => StoredKind::Sla,
            Self::Metrics => StoredKind::Metrics,
            Self::Units => StoredKind::Units,
            Self::Prices => StoredKind::Prices,
            Self::Systems => StoredKind::Systems,
            Self::Kpis => StoredKind::Kpis,
            Self::Models => StoredKind::Models,
            Self::Schedules => StoredKind::Schedules,
            Self::Planning => StoredKind::Planning,
            Self::Sources => StoredKind::Sources,
            Self::Alerts => StoredKind::Alerts,
            Self::Approvals => StoredKind::Approvals,
            Self::Retention => StoredKind::Retention,
        }
    }
}

/// A document as it was checked or published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
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

/// The version of a document that another was checked against; `None` where there was none.
pub(crate) type Seen = (StoredKind, Option<u64>);

/// Which versions a report rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RulesVersion {
    /// Of the rules; `None` where there are none.
    pub rules: Option<u64>,
    /// Of the published units; `None` where the rules list the units themselves, or nobody does.
    pub units: Option<u64>,
}

impl RulesVersion {
    /// As statements say it; `None` where there are neither rules nor units.
    pub fn said(self) -> Option<String> {
        match (self.rules, self.units) {
            (None, None) => None,
            (Some(rules), None) => Some(format!("v{rules}")),
            (Some(rules), Some(units)) => Some(format!("v{rules}, units v{units}")),
            (None, Some(units)) => Some(format!("none, units v{units}")),
        }
    }
}

/// Reads a rule file, or says all that is wrong with it. Where it lists no units they are `published`.
pub(crate) fn rules_of(text: &str, name: &str, published: &UnitTree) -> Result<RuleSet, Error> {
    RuleSet::parse_with(text, published).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

fn people_of(text: &str, name: &str) -> Result<Vec<WorkflowPeople>, Error> {
    let wrong = |problem: String| Error::Document { file: name.to_owned(), problems: vec![problem] };
    let people = people::parse(text).map_err(|problem| wrong(problem.to_string()))?;
    for workflow in &people {
        if let Some(log) = &workflow.event_log {
            analysis_of(log, 0).map_err(|problem| wrong(format!("workflow {}: event_log: {problem}", workflow.workflow)))?;
        }
    }
    Ok(people)
}

fn fleet_of(text: &str, name: &str) -> Result<FleetProfile, Error> {
    FleetProfile::from_toml(text)
        .map_err(|problem| Error::Document { file: name.to_owned(), problems: vec![problem.to_string()] })
}

impl Farthing {
    /// Checks a document without publishing it. `name` is what errors call it: its path. Rules must list their units; see
    /// [`check_rules`](Self::check_rules).
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn check_document(kind: DocumentKind, text: &str, name: &str) -> Result<Published, Error> {
        let (summary, warnings) = match kind {
            DocumentKind::Rules => return Ok(checked_rules(&rules_of(text, name, &UnitTree::default())?)),
            DocumentKind::Units => return Self::check_units(text, UnitsForm::of(name, text), name),
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
            DocumentKind::Prices => (token_prices::summary_of(&prices_of(text, name)?), Vec::new()),
            DocumentKind::Systems => (ownership::summary_of(&ownership::systems_of(text, name)?), Vec::new()),
            DocumentKind::Kpis => {
                let own = registry_of(text, name)?.all().filter(|kpi| !kpi.builtin).count();
                (format!("definitions of {own} metrics beside the built-in ones"), Vec::new())
            }
            DocumentKind::Schedules => (schedules_of(text, name)?.summary(), Vec::new()),
            DocumentKind::Models => (format!("what is known of {} models", models_of(text, name)?.len()), Vec::new()),
            DocumentKind::Planning => (planning_of(text, name)?.summary(), Vec::new()),
            DocumentKind::Alerts => (alerts_of(text, name)?.summary(), Vec::new()),
            DocumentKind::Sources => (collect::summary_of(&collect::sources_of(text, name)?), Vec::new()),
            DocumentKind::Approvals => (approvals_of(text, name)?.summary(), Vec::new()),
            DocumentKind::Retention => (retention_of(text, name)?.to_string(), Vec::new()),
        };
        Ok(Published { kind, version: None, changed: false, warnings, summary })
    }

    /// Checks and publishes a document. The same content again changes nothing.
    ///
    /// # Errors
    /// All that is wrong with it; nothing is then published.
    pub async fn publish_document(&self, kind: DocumentKind, text: &str, name: &str, by: &str) -> Result<Published, Error> {
        let (checked, seen) = self.check_beside(kind, text, name).await?;
        self.publish_checked(checked, text, by, &seen).await
    }

    /// Checks a document beside those in force that it stands with, and gives the versions that it was checked against.
    pub(crate) async fn check_beside(&self, kind: DocumentKind, text: &str, name: &str) -> Result<(Published, Vec<Seen>), Error> {
        if kind == DocumentKind::Rules {
            let (checked, units) = self.rules_beside_units(text, name).await?;
            return Ok((checked, vec![(StoredKind::Units, units)]));
        }
        let mut checked = Self::check_document(kind, text, name)?;
        if kind == DocumentKind::Metrics {
            checked.warnings.extend(self.unknown_to_rules(text, name).await?);
        }
        Ok((checked, Vec::new()))
    }

    /// Publishes what was checked, where the versions in `seen` are still the newest.
    pub(crate) async fn publish_checked(
        &self,
        checked: Published,
        text: &str,
        by: &str,
        seen: &[Seen],
    ) -> Result<Published, Error> {
        if checked.kind == DocumentKind::Schedules {
            return self.publish_schedules(checked, text, by, seen).await;
        }
        let published = self.publish_recorded_document(checked.kind.stored(), text, by, seen).await?;
        Ok(Published { version: Some(published.document.version), changed: published.is_new, ..checked })
    }

    /// Publishes what was checked and records it: both or neither.
    pub(crate) async fn publish_recorded_document(
        &self,
        kind: StoredKind,
        text: &str,
        by: &str,
        seen: &[Seen],
    ) -> Result<PublishedDocument, Error> {
        let work = self.store.begin().await?;
        let published = work.documents().publish_beside(kind, text, by, self.now(), seen).await?;
        self.record_document(&work, &published).await?;
        work.commit().await?;
        Ok(published)
    }

    /// Records a document that became the one in force.
    pub(crate) async fn record_document(&self, work: &UnitOfWork, published: &PublishedDocument) -> Result<(), Error> {
        let PublishedDocument { document, is_new } = published;
        if !is_new {
            return Ok(());
        }
        let details = json!({"version": document.version, "sha256": document.digest.to_string()});
        let (by, subject) = (&document.published_by, format!("document {}", document.kind));
        self.record(work, by, Action::DocumentPublished, subject, details).await
    }

    /// Checks a rule file without publishing it. Where it lists no units they are the published ones.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub async fn check_rules(&self, text: &str, name: &str) -> Result<Published, Error> {
        Ok(self.rules_beside_units(text, name).await?.0)
    }

    /// The rules, checked beside the published units, and the version of these.
    async fn rules_beside_units(&self, text: &str, name: &str) -> Result<(Published, Option<u64>), Error> {
        let units = self.units_in_force().await?;
        let tree = units.as_ref().map(|units| units.document.tree()).unwrap_or_default();
        let rules = rules_of(text, name, &tree)?;
        let mut checked = checked_rules(&rules);
        let version = units.map(|units| units.version);
        if let (true, Some(version)) = (rules.has_own_units(), version) {
            refuse_contradictions(&rules, &tree, name, version)?;
            checked.warnings.push(format!(
                "the file lists units itself, and these win over the published units v{version}: take [[units]] out to use the published ones"
            ));
        }
        Ok((checked, version))
    }

    /// The document of a kind that is in force, as it was written.
    ///
    /// # Errors
    /// When there is none.
    pub async fn document(&self, kind: DocumentKind) -> Result<Document, Error> {
        if kind == DocumentKind::People {
            self.note_people_read().await?;
        }
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
                DocumentKind::Units => ("units", "farthing units import units.csv"),
                DocumentKind::Prices => ("price list", "farthing prices publish prices.toml"),
                DocumentKind::Systems => ("systems document", "farthing systems publish systems.toml"),
                DocumentKind::Kpis => ("own definitions of metrics", "farthing kpis publish kpis.toml"),
                DocumentKind::Models => ("models file", "farthing portfolio publish models.toml"),
                DocumentKind::Schedules => ("schedules", "farthing schedules publish schedules.toml"),
                DocumentKind::Planning => ("planning document", "farthing planning publish planning.toml"),
                DocumentKind::Sources => ("document of sources", "farthing sources publish sources.toml"),
                DocumentKind::Alerts => ("document of alerts", "farthing alerts publish alerts.toml"),
                DocumentKind::Approvals => ("approvals document", "farthing approvals publish approvals.toml"),
                DocumentKind::Retention => ("retention document", "farthing retention publish retention.toml"),
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
    pub(crate) async fn rules(&self) -> Result<(RuleSet, RulesVersion), Error> {
        let document = self.in_force(StoredKind::Rules).await?;
        let units = self.units_in_force().await?;
        let tree = units.as_ref().map(|units| units.document.tree()).unwrap_or_default();
        let (rules, version) = match document {
            Some(document) => {
                let version = document.version;
                (rules_of(&document.content, &format!("rules v{version}"), &tree)?, Some(version))
            }
            None => (rules_of("version = 1", "no rules", &tree)?, None),
        };
        let units = units.filter(|_| !rules.has_own_units()).map(|units| units.version);
        Ok((rules, RulesVersion { rules: version, units }))
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

fn checked_rules(rules: &RuleSet) -> Published {
    let (units, count, pools) = (rules.units().ids().len(), rules.rules().len(), rules.pools().len());
    let listed = if rules.has_own_units() || units == 0 { "" } else { "published " };
    let summary = format!("{units} {listed}units, {count} rules, {pools} pools, {} workloads", rules.workloads().len());
    let warnings = rules.warnings().iter().map(ToString::to_string).collect();
    Published { kind: DocumentKind::Rules, version: None, changed: false, warnings, summary }
}

/// Refuses a rule file whose own units say other things than the published ones.
pub(crate) fn refuse_contradictions(rules: &RuleSet, published: &UnitTree, name: &str, version: u64) -> Result<(), Error> {
    let problems: Vec<String> = contradictions(rules.units(), published)
        .into_iter()
        .map(|said| format!("{said} v{version}; make them say the same, or take [[units]] out of the rule file"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Document { file: name.to_owned(), problems }) }
}
