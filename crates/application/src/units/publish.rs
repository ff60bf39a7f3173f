//! Publishing units: a whole document, or one unit from a day on.

use chrono::NaiveDate;
use farthing_attribution::UnitTree;
use farthing_attribution::units::{UnitProblem, UnitsDocument};
use farthing_ledger::BudgetsDocument;
use farthing_store::DocumentKind as StoredKind;
use farthing_types::UnitId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::budgets::refuse_unknown;
use crate::documents::{refuse_contradictions, rules_of};
use crate::units::{UnitsForm, units_of};
use crate::{DocumentKind, Error, Farthing, Published};

pub use farthing_attribution::units::{UnitPatch, UnitSpan};

/// Units as they were published, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedUnits {
    /// The version; none where nothing was published.
    pub version: Option<u64>,
    /// False where the newest version says the same.
    pub changed: bool,
    /// True where nothing was published because only the check was asked for.
    pub dry_run: bool,
    /// How many units there are, over all days.
    pub units: usize,
    /// How many entries they have.
    pub entries: usize,
    /// Units that the version before does not have.
    pub new: Vec<UnitId>,
    /// Units that the version before has otherwise.
    pub altered: Vec<UnitId>,
    /// Units of the version before that are gone.
    pub gone: Vec<UnitId>,
    /// What is odd and allowed.
    pub warnings: Vec<String>,
}

/// The units of a rule file as a document of their own.
pub(super) fn of_rules(tree: &UnitTree) -> Result<UnitsDocument, Error> {
    let spans: Vec<UnitSpan> = tree
        .spans()
        .map(|unit| UnitSpan {
            id: unit.id.clone(),
            name: unit.name.clone(),
            parent: unit.parent.clone(),
            owners: unit.owner.iter().cloned().collect(),
            cost_center: unit.cost_center.clone(),
            currency: None,
            budget: None,
            from: unit.effective.from,
            until: unit.effective.until,
            succeeded_by: Vec::new(),
        })
        .collect();
    if spans.is_empty() {
        return Err(Error::Nothing("there are no units yet. Import them: `farthing units import units.csv`".into()));
    }
    UnitsDocument::from_spans(spans).map_err(|problems| refused("units of the rules", &problems))
}

fn refused(name: &str, problems: &[UnitProblem]) -> Error {
    Error::Document { file: name.to_owned(), problems: problems.iter().map(ToString::to_string).collect() }
}

impl Farthing {
    /// Checks a units document by itself.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn check_units(text: &str, form: UnitsForm, name: &str) -> Result<Published, Error> {
        let document = units_of(text, form, name)?;
        let summary = format!("{} units in {} entries", document.units(), document.spans().len());
        Ok(Published { kind: DocumentKind::Units, version: None, changed: false, warnings: document.warnings(), summary })
    }

    /// Publishes a units document in place of the one before, or only says what that would change. With `expected`, only where the
    /// newest version is that one (0 for none).
    ///
    /// # Errors
    /// All that is wrong with it, or with the rules in force under it; nothing is then published. Where somebody else published in
    /// between, that.
    pub async fn import_units(
        &self,
        text: &str,
        form: UnitsForm,
        name: &str,
        by: &str,
        dry_run: bool,
        expected: Option<u64>,
    ) -> Result<PublishedUnits, Error> {
        self.publish_units(units_of(text, form, name)?, name, by, dry_run, expected).await
    }

    /// Publishes the units in force with one entry more.
    ///
    /// # Errors
    /// As [`import_units`](Self::import_units).
    pub async fn add_unit(&self, span: UnitSpan, by: &str, expected: Option<u64>) -> Result<PublishedUnits, Error> {
        let (document, version) = self.units_to_change().await?;
        let name = format!("unit {:?}", span.id.as_str());
        let document = document.with_added(span).map_err(|problems| refused(&name, &problems))?;
        self.publish_units(document, &name, by, false, expected.or(version)).await
    }

    /// Publishes the units in force with one of them changed from a day on, or ended on that day.
    ///
    /// # Errors
    /// When the unit does not hold on that day, and as [`import_units`](Self::import_units).
    pub async fn change_unit(
        &self,
        id: &UnitId,
        effective: NaiveDate,
        patch: &UnitPatch,
        by: &str,
        expected: Option<u64>,
    ) -> Result<PublishedUnits, Error> {
        let (document, version) = self.units_to_change().await?;
        if document.of(id).is_empty() {
            return Err(Error::Nothing(format!(
                "there is no unit {id} among the published ones. `farthing units` lists the units"
            )));
        }
        let name = format!("unit {:?}", id.as_str());
        let document = document.with_change(id, effective, patch).map_err(|problems| refused(&name, &problems))?;
        self.publish_units(document, &name, by, false, expected.or(version)).await
    }

    /// The published units and their version. Those of the rules cannot be changed one by one.
    async fn units_to_change(&self) -> Result<(UnitsDocument, Option<u64>), Error> {
        match self.units_in_force().await? {
            Some(units) => Ok((units.document, Some(units.version))),
            None => Ok((UnitsDocument::default(), Some(0))),
        }
    }

    async fn publish_units(
        &self,
        document: UnitsDocument,
        name: &str,
        by: &str,
        dry_run: bool,
        expected: Option<u64>,
    ) -> Result<PublishedUnits, Error> {
        let before = self.units_in_force().await?;
        let seen = before.as_ref().map(|units| units.version);
        if expected.is_some_and(|expected| expected != seen.unwrap_or_default()) {
            let found = seen.map_or("there are none".to_owned(), |version| format!("version {version} is in force"));
            return Err(Error::Changed(format!(
                "{name}: the units were changed in between: {found}; nothing was published. Read them again and make the change on them"
            )));
        }
        let (rules, mut warnings) = self.rules_under(&document, name).await?;
        warnings.splice(0..0, document.warnings());
        let mut report = compared(before.as_ref().map(|units| &units.document), &document);
        report.warnings = warnings;
        report.dry_run = dry_run;
        if dry_run {
            return Ok(report);
        }
        let budgets = self.budgets_in_force().await?.map(|(_, version)| version);
        let seen = [(StoredKind::Rules, rules), (StoredKind::Units, seen), (StoredKind::Budgets, budgets)];
        let content = document.to_json();
        let published = self.publish_recorded_document(StoredKind::Units, &content, by, &seen).await?;
        Ok(PublishedUnits { version: Some(published.document.version), changed: published.is_new, ..report })
    }

    /// Checks the rules and budgets in force under a tree that is to be published; gives their version and what is worth knowing.
    async fn rules_under(&self, document: &UnitsDocument, name: &str) -> Result<(Option<u64>, Vec<String>), Error> {
        let tree = document.tree();
        let budgets = self.budgets_in_force().await?;
        let under = |budgets: &(BudgetsDocument, u64)| {
            let called = format!("{name}: nothing was published, since under it budgets v{} could not be used", budgets.1);
            refuse_unknown(&budgets.0, &called, |unit| tree.knows(unit.as_str()))
        };
        let Some(rules) = self.in_force(StoredKind::Rules).await? else {
            budgets.iter().try_for_each(under)?;
            return Ok((None, Vec::new()));
        };
        let version = rules.version;
        let set = rules_of(
            &rules.content,
            &format!("{name}: nothing was published, since under it rules v{version} could not be used"),
            &tree,
        )?;
        if !set.has_own_units() {
            budgets.iter().try_for_each(under)?;
            return Ok((Some(version), Vec::new()));
        }
        let next = self.store.documents().newest(StoredKind::Units).await?.map_or(1, |units| units.version + 1);
        refuse_contradictions(&set, &tree, name, next)?;
        let warning =
            format!("rules v{version} list units themselves, and these win until rules without [[units]] are published");
        Ok((Some(version), vec![warning]))
    }
}

/// What a document changes of the one before.
fn compared(before: Option<&UnitsDocument>, after: &UnitsDocument) -> PublishedUnits {
    let none = UnitsDocument::default();
    let before = before.unwrap_or(&none);
    let ids = |document: &UnitsDocument| {
        let mut ids: Vec<UnitId> = document.spans().iter().map(|span| span.id.clone()).collect();
        ids.dedup();
        ids
    };
    let (old, new) = (ids(before), ids(after));
    PublishedUnits {
        version: None,
        changed: before.spans() != after.spans(),
        dry_run: false,
        units: after.units(),
        entries: after.spans().len(),
        altered: new.iter().filter(|id| old.contains(id) && before.of(id) != after.of(id)).cloned().collect(),
        gone: old.iter().filter(|id| !new.contains(id)).cloned().collect(),
        new: new.into_iter().filter(|id| !old.contains(id)).collect(),
        warnings: Vec::new(),
    }
}
