//! The chargeback statement of a period.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use farthing_attribution::{Attribution, RuleSet, UsageFields, Workload, attribute};
use farthing_ledger::{
    Billed, Correction, Line, LineKind, Revision as StatementRevision, Statement, StatementInput, StatementUnit, Unattributed,
    statements,
};
use farthing_store::Revision;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection, UnitId};
use farthing_usage::UsageHour;
use serde::Serialize;

use crate::charges::PeriodCharges;
use crate::conversion::{ROUNDING, Reporting, Stated};
use crate::documents::RulesVersion;
use crate::home::blocking;
use crate::{Error, Farthing};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ChargebackQuery {
    /// A billing period, or the days of the charges.
    pub selection: Selection,
    /// Which of the four costs.
    pub cost: Cost,
    /// Only this unit and those below it. Totals and proof stay those of the whole bill.
    pub unit: Option<UnitId>,
    /// All currencies in this one; without it each has its own statement.
    pub reporting: Option<Reporting>,
}

/// Statements, one a currency.
#[derive(Clone, Debug, Serialize)]
pub struct Chargeback {
    /// The moment whose facts and documents it rests on.
    pub as_of: DateTime<Utc>,
    /// Rows that imports had to set aside: their money is in no figure here.
    pub rows_set_aside: u64,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// Everything that was computed for one selection of charges, for the use cases that need more than the statement.
pub(crate) struct Attributed {
    pub rules: RuleSet,
    pub rule_set: RulesVersion,
    pub charges: PeriodCharges,
    pub attribution: Attribution,
}

impl Farthing {
    /// What each unit owes for a billing period, beside the period before where that has charges; or what it owes for some days,
    /// whenever they were billed. A closed period is as it was when it was closed.
    ///
    /// # Errors
    /// When there are no such charges, the unit is unknown, or the published rules cannot be used.
    pub async fn chargeback(&self, query: &ChargebackQuery) -> Result<Chargeback, Error> {
        self.as_closed(query.selection).await?.chargeback_as_of_then(query).await
    }

    async fn chargeback_as_of_then(&self, query: &ChargebackQuery) -> Result<Chargeback, Error> {
        // Taken first: what is published from here on may be in the figures or not.
        let as_of = self.stated_moment();
        let (mut list, revisions) = self.statements(query.selection, query.cost, query.reporting).await?;
        if let Some(earlier) = self.statements_before(query).await? {
            for statement in &mut list {
                if let Some(same) = earlier.iter().find(|earlier| earlier.currency == statement.currency) {
                    statement.compare(same);
                }
                // Rounding beside rounding says nothing.
                let rounding = statement.unattributed.iter_mut().filter(|line| line.reason == ROUNDING);
                rounding.for_each(|line| line.previous = None);
            }
        }
        if let Some(unit) = &query.unit {
            list.iter_mut().for_each(|statement| statement.units = statement.subtree(unit).to_vec());
            if list.iter().all(|statement| statement.units.is_empty()) {
                return Err(Error::Nothing(format!(
                    "unit {unit} has no money in {}. `farthing units` lists the units",
                    query.selection
                )));
            }
        }
        let rows_set_aside = self.rows_set_aside(&revisions).await?;
        Ok(Chargeback { as_of, rows_set_aside, statements: list })
    }

    /// Statements with the revisions of their charges: those that this process remembers or that are kept where they are of this moment's facts,
    /// computed otherwise. Many who ask the same at once have it computed once.
    async fn statements(
        &self,
        selection: Selection,
        cost: Cost,
        reporting: Option<Reporting>,
    ) -> Result<(Vec<Statement>, Vec<Revision>), Error> {
        let question = (self.moment, selection, cost, reporting);
        if let Some(found) = self.recent.of(self.catalogue_mark().await?, &question) {
            return Ok(found);
        }
        let _turn = self.recent.turn(&question).await;
        let mark = self.catalogue_mark().await?;
        if let Some(found) = self.recent.of(mark, &question) {
            return Ok(found);
        }
        let found = self.kept_or_computed(selection, cost, reporting).await?;
        // What was published meanwhile may be in it or not.
        if self.catalogue_mark().await? == mark {
            self.recent.remember(mark, question, found.clone());
        }
        Ok(found)
    }

    async fn kept_or_computed(
        &self,
        selection: Selection,
        cost: Cost,
        reporting: Option<Reporting>,
    ) -> Result<(Vec<Statement>, Vec<Revision>), Error> {
        if let (Selection::Period(period), None) = (selection, reporting)
            && let Some(kept) = self.kept_statements(period, cost).await?
        {
            return Ok(kept);
        }
        let attributed = self.attributed(selection, &["ChargeClass"]).await?;
        let Stated { attributed, statements, .. } = self.stated_in(attributed, cost, reporting).await?;
        Ok((statements, attributed.charges.revisions))
    }

    /// The statements of the billing period before; `None` where it has no charges, or cannot be converted.
    async fn statements_before(&self, query: &ChargebackQuery) -> Result<Option<Vec<Statement>>, Error> {
        let Selection::Period(period) = query.selection else { return Ok(None) };
        match self.statements(Selection::Period(period.previous()), query.cost, query.reporting).await {
            Ok((before, _)) => Ok(Some(before)),
            // It need not have charges, nor need rates reach back so far.
            Err(Error::Nothing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was billed, by other code than attribution's: of a period it stands in the catalogue, summed when the files were
    /// written and again when they were read back; of a window the engine adds up the charges themselves.
    pub(crate) async fn billed(&self, charges: &PeriodCharges, cost: Cost) -> Result<Vec<Billed>, Error> {
        let Selection::Window(window) = charges.selection else { return Ok(billed(&charges.revisions, cost)) };
        let mut lines = Vec::new();
        for revision in &charges.revisions {
            let days = self.engine.group_charges(&self.fact_files(revision), &[]).await?;
            let in_window = |day: &NaiveDate| window.from.date_naive() <= *day && *day < window.to.date_naive();
            lines.extend(days.into_iter().filter(|group| in_window(&group.day)).map(|group| Billed {
                source: revision.source.clone(),
                currency: group.currency,
                amount: group.costs[cost],
                charges: group.charges,
            }));
        }
        Ok(lines)
    }

    /// Attributes the selected charges under the published rules.
    pub(crate) async fn attributed(&self, selection: Selection, also: &[&str]) -> Result<Attributed, Error> {
        let (rules, rule_set) = self.rules().await?;
        let charges = self.selected_charges(selection, &rules, also).await?;
        let drivers = self.drivers(&rules, selection.window()).await?;
        let work = move || {
            let attribution = attribute(&rules, &charges.as_input(), &drivers)?;
            Ok(Attributed { rules, rule_set, charges, attribution })
        };
        blocking(work).await
    }

    /// Rows that the imports behind these revisions had to set aside. An import of several periods cannot always tell which one
    /// a row would have belonged to, so the figure is the import's.
    pub(crate) async fn rows_set_aside(&self, revisions: &[Revision]) -> Result<u64, Error> {
        let imports: BTreeSet<_> = revisions.iter().map(|revision| revision.import).collect();
        let counted = self.store.deliveries().of(imports).await?;
        Ok(counted.values().map(|delivery| delivery.rows_set_aside).sum())
    }
}

impl Attributed {
    /// The units of the rules, as statements show them.
    pub fn statement_units(&self, selection: Selection) -> Vec<StatementUnit> {
        let shown = |unit: &farthing_attribution::Unit| StatementUnit {
            id: unit.id.clone(),
            name: unit.name.clone(),
            parent: unit.parent.clone(),
            owner: unit.owner.clone(),
            cost_center: unit.cost_center.clone(),
        };
        self.rules.units().during(selection.window()).into_iter().map(shown).collect()
    }
}

/// The workload that an hour of usage belongs to.
pub(crate) fn workload_of<'a>(rules: &'a RuleSet, hour: &UsageHour) -> Option<&'a Workload> {
    let dimensions = &hour.dimensions;
    let tags: Vec<(&str, Option<&str>)> =
        dimensions.tags.iter().map(|(name, value)| (name.as_str(), Some(value.as_str()))).collect();
    // A trace names a deployment where a gateway names a team: both are the workload's own word for itself.
    let fields = UsageFields {
        model: dimensions.model.as_ref().map(|model| model.as_str()),
        provider: dimensions.provider.as_deref(),
        endpoint: dimensions.workload.as_deref(),
        key: dimensions.principal.as_deref(),
        team: dimensions.workload.as_deref(),
        user: dimensions.principal.as_deref(),
        tags: &tags,
    };
    rules.workload_of(&fields, hour.hour.date_naive())
}

/// What was posted to units and to none, as statements take it.
pub(crate) struct StatementLines {
    pub lines: Vec<Line>,
    pub unattributed: Vec<Unattributed>,
    /// Pools that were not split by their own driver, by currency.
    pub notes: Vec<(Currency, String)>,
}

impl StatementLines {
    pub fn of(attribution: &Attribution, cost: Cost) -> Self {
        let direct = attribution.direct.iter().map(|line| Line {
            unit: line.unit.clone(),
            source: line.source.clone(),
            currency: line.currency,
            kind: LineKind::Direct,
            amount: line.costs[cost],
        });
        let shared = attribution.pools.iter().map(|line| Line {
            unit: line.unit.clone(),
            source: line.source.clone(),
            currency: line.currency,
            kind: LineKind::Shared {
                pool: line.pool.to_string(),
                part: line.part.clone(),
                driver: line.driver.clone(),
                quantity: line.quantity,
                total_quantity: line.total_quantity,
            },
            amount: line.costs[cost],
        });
        let unattributed = attribution.unattributed.iter().map(|line| Unattributed {
            reason: line.reason.as_str().to_owned(),
            description: line.reason.describe().to_owned(),
            source: line.source.clone(),
            currency: line.currency,
            amount: line.costs[cost],
            charges: line.charges,
        });
        let notes = attribution.notes.iter().map(|note| (note.currency, note.to_string())).collect();
        Self { lines: direct.chain(shared).collect(), unattributed: unattributed.collect(), notes }
    }
}

pub(crate) fn statements_of(attributed: &Attributed, billed: Vec<Billed>, cost: Cost) -> Result<Vec<Statement>, Error> {
    let lines = StatementLines::of(&attributed.attribution, cost);
    let corrections = corrections(&attributed.charges, cost).into_iter().map(|(_, correction)| correction).collect();
    made(attributed, lines, billed, corrections, cost)
}

/// The statements of these lines, under the units of the attributed days.
pub(crate) fn made(
    attributed: &Attributed,
    lines: StatementLines,
    billed: Vec<Billed>,
    corrections: Vec<Correction>,
    cost: Cost,
) -> Result<Vec<Statement>, Error> {
    let selection = attributed.charges.selection;
    let input = StatementInput {
        selection,
        cost,
        rule_set: attributed.rule_set.said(),
        revisions: attributed.charges.revisions.iter().map(statement_revision).collect(),
        units: attributed.statement_units(selection),
        lines: lines.lines,
        unattributed: lines.unattributed,
        billed,
        corrections,
        notes: lines.notes,
    };
    statements(&input).map_err(|error| Error::Invalid(error.to_string()))
}

/// The corrections of earlier months in a billing period, each with the day of its charges.
pub(crate) fn corrections(charges: &PeriodCharges, cost: Cost) -> Vec<(NaiveDate, Correction)> {
    let (Some(period), Some(class)) = (charges.selection.period(), charges.keys.column("ChargeClass")) else { return Vec::new() };
    let first = period.start().date_naive();
    let is_correction = |key| charges.keys.value(key, class).is_some_and(|class| class.eq_ignore_ascii_case("Correction"));
    let groups = charges.groups.iter().filter(|group| group.day < first && is_correction(group.key));
    groups
        .filter_map(|group| {
            let month = BillingPeriod::of(group.day.and_time(chrono::NaiveTime::MIN).and_utc())?;
            let (currency, amount, charges) = (group.currency, group.costs[cost], group.charges);
            Some((group.day, Correction { period: month, currency, amount, charges }))
        })
        .collect()
}

fn statement_revision(revision: &Revision) -> StatementRevision {
    StatementRevision { source: revision.source.clone(), id: revision.id.to_string(), charges: revision.rows }
}

/// What the catalogue says was billed.
pub(crate) fn billed(revisions: &[Revision], cost: Cost) -> Vec<Billed> {
    let totals = revisions.iter().flat_map(|revision| revision.totals.iter().map(move |total| (revision, total)));
    totals
        .filter(|(_, total)| total.cost == cost)
        .map(|(revision, total)| Billed {
            source: revision.source.clone(),
            currency: total.currency,
            amount: total.amount,
            charges: total.charges,
        })
        .collect()
}

/// An amount of a unit in one currency, for use cases that add up several lines.
pub(crate) fn sum(amounts: impl Iterator<Item = Amount>) -> Result<Amount, Error> {
    let mut total = Amount::ZERO;
    for amount in amounts {
        total = total.checked_add(amount).ok_or_else(|| Error::Invalid("a sum of costs does not fit ±1e20".to_owned()))?;
    }
    Ok(total)
}
