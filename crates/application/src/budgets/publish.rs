//! Publishing and listing budgets.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_ledger::{Budget, BudgetsDocument, Thresholds};
use farthing_store::DocumentKind as StoredKind;
use farthing_types::{BillingPeriod, UnitId, Window};
use serde::Serialize;
use utoipa::ToSchema;

use crate::document_versions::as_expected;
use crate::units::UnitLine;
use crate::{Error, Farthing};

/// Budgets as they were published, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedBudgets {
    /// The version; none where nothing was published.
    pub version: Option<u64>,
    /// False where the newest version has the same text.
    pub changed: bool,
    /// True where nothing was published because only the check was asked for.
    pub dry_run: bool,
    /// How many rows there are.
    pub rows: usize,
    /// How many units have a budget.
    pub units: usize,
}

/// A budget in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BudgetEntry {
    /// The unit.
    pub unit: UnitId,
    /// The first month; none where it is the unit's since ever.
    pub first: Option<BillingPeriod>,
    /// The last month; none where it has no end.
    pub last: Option<BillingPeriod>,
    /// How much a month, and when somebody wants to know.
    #[serde(flatten)]
    pub budget: Budget,
    /// Where it stands: `budgets v1`, or `units v2` for what the units document says.
    pub from: String,
}

/// Reads a budgets file, or says all that is wrong with it.
pub(crate) fn budgets_of(text: &str, name: &str) -> Result<BudgetsDocument, Error> {
    BudgetsDocument::parse(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

/// Refuses budgets of units that are not listed.
pub(crate) fn refuse_unknown(budgets: &BudgetsDocument, name: &str, knows: impl Fn(&UnitId) -> bool) -> Result<(), Error> {
    let unknown = budgets.lines().iter().filter(|line| !knows(&line.unit));
    let problems: Vec<String> = unknown
        .map(|line| {
            format!("line {}: unit {:?}: no unit has this id: `farthing units` lists the units", line.line, line.unit.as_str())
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Document { file: name.to_owned(), problems }) }
}

/// The budgets of a month.
pub(super) struct BudgetsOfMonth {
    pub budgets: BTreeMap<UnitId, Budget>,
    /// The version of the budgets file.
    pub version: Option<u64>,
}

/// What a unit's own entry says it may cost.
fn of_line(line: &UnitLine) -> Option<Budget> {
    Some(Budget { amount: line.budget?, currency: line.currency?, thresholds: Thresholds::default() })
}

/// The entry of a unit that a month's statement shows: the last that holds on one of its days.
fn holds_in(line: &UnitLine, month: Window) -> bool {
    let (first, after) = (month.from.date_naive(), month.to.date_naive());
    line.from.is_none_or(|from| from < after) && line.until.is_none_or(|until| first < until)
}

impl Farthing {
    /// Checks budgets and publishes them in place of those before, or only says what they are. With `expected` only where that version is the
    /// newest, 0 for none at all.
    ///
    /// # Errors
    /// [`Error::Changed`] where another version is in force; all that is wrong with them; nothing is then published.
    pub async fn import_budgets(
        &self,
        text: &str,
        name: &str,
        by: &str,
        dry_run: bool,
        expected: Option<u64>,
    ) -> Result<PublishedBudgets, Error> {
        let before = self.in_force(StoredKind::Budgets).await?;
        let version = before.as_ref().map(|before| before.version);
        as_expected("budgets", expected, version)?;
        let budgets = budgets_of(text, name)?;
        let (rules, units) = (self.in_force(StoredKind::Rules).await?, self.in_force(StoredKind::Units).await?);
        let lines = self.listed_units().await?.lines;
        refuse_unknown(&budgets, name, |unit| lines.iter().any(|line| line.unit == *unit))?;
        let mut units_with: Vec<&UnitId> = budgets.lines().iter().map(|line| &line.unit).collect();
        units_with.sort_unstable();
        units_with.dedup();
        let (rows, units_with) = (budgets.lines().len(), units_with.len());
        if dry_run {
            let changed = before.is_none_or(|before| before.content != text);
            return Ok(PublishedBudgets { version: None, changed, dry_run, rows, units: units_with });
        }
        let mut seen =
            vec![(StoredKind::Rules, rules.map(|rules| rules.version)), (StoredKind::Units, units.map(|units| units.version))];
        seen.extend(expected.map(|_| (StoredKind::Budgets, version)));
        let published = self.publish_recorded_document(StoredKind::Budgets, text, by, &seen).await?;
        let (version, changed) = (Some(published.document.version), published.is_new);
        Ok(PublishedBudgets { version, changed, dry_run, rows, units: units_with })
    }

    /// The version of the budgets file in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn budgets_version(&self) -> Result<Option<u64>, Error> {
        Ok(self.in_force(StoredKind::Budgets).await?.map(|document| document.version))
    }

    /// The budgets file in force and its version.
    pub(crate) async fn budgets_in_force(&self) -> Result<Option<(BudgetsDocument, u64)>, Error> {
        let Some(document) = self.in_force(StoredKind::Budgets).await? else { return Ok(None) };
        let version = document.version;
        Ok(Some((budgets_of(&document.content, &format!("budgets v{version}"))?, version)))
    }

    /// Every budget in force, or those of a month: the rows of the budgets file, and what units say of themselves. Where both speak of a
    /// month, the file holds.
    ///
    /// # Errors
    /// When the documents in force cannot be read.
    pub async fn budgets(&self, period: Option<BillingPeriod>) -> Result<Vec<BudgetEntry>, Error> {
        let listed = self.listed_units().await?;
        let mut entries = Vec::new();
        if let Some((document, version)) = self.budgets_in_force().await? {
            let lines =
                document.lines().iter().filter(|line| period.is_none_or(|month| line.first <= month && month <= line.last));
            entries.extend(lines.map(|line| BudgetEntry {
                unit: line.unit.clone(),
                first: Some(line.first),
                last: Some(line.last),
                budget: line.budget.clone(),
                from: format!("budgets v{version}"),
            }));
        }
        let in_file: Vec<UnitId> = entries.iter().map(|entry| entry.unit.clone()).collect();
        let month_of = |day: NaiveDate| BillingPeriod::of(day.and_time(chrono::NaiveTime::MIN).and_utc());
        for line in &listed.lines {
            let Some(budget) = of_line(line) else { continue };
            let is_meant = match period {
                Some(month) => holds_in(line, month.window()) && !in_file.contains(&line.unit),
                None => true,
            };
            if is_meant {
                entries.push(BudgetEntry {
                    unit: line.unit.clone(),
                    first: line.from.and_then(month_of),
                    last: line.until.and_then(|until| until.pred_opt()).and_then(month_of),
                    budget,
                    from: listed.version.map_or("rules".to_owned(), |version| format!("units v{version}")),
                });
            }
        }
        entries.sort_by(|a, b| (&a.unit, a.first).cmp(&(&b.unit, b.first)));
        Ok(entries)
    }

    /// The budget of each unit that has one in a month.
    pub(super) async fn budgets_of_month(&self, period: BillingPeriod, lines: &[UnitLine]) -> Result<BudgetsOfMonth, Error> {
        let mut budgets: BTreeMap<UnitId, Budget> = BTreeMap::new();
        // Entries are in the order of their days, so the last one that holds stays.
        for line in lines.iter().filter(|line| holds_in(line, period.window())) {
            match of_line(line) {
                Some(budget) => drop(budgets.insert(line.unit.clone(), budget)),
                None => drop(budgets.remove(&line.unit)),
            }
        }
        let file = self.budgets_in_force().await?;
        let version = file.as_ref().map(|(_, version)| *version);
        budgets.extend(file.map(|(document, _)| document.of(period)).unwrap_or_default());
        Ok(BudgetsOfMonth { budgets, version })
    }
}
