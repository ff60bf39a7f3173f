//! The operational units in force.

use chrono::NaiveDate;
use farthing_attribution::UnitTree;
use farthing_attribution::units::UnitSpan;
use farthing_types::{Amount, Currency, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::units::{UnitsForm, UnitsInForce};
use crate::{Error, Farthing};

/// A unit during a span of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitLine {
    /// Its id.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// The unit above it.
    pub parent: Option<UnitId>,
    /// Who answers for it, all of them in one text.
    pub owner: Option<String>,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
    /// The currency of its budget.
    pub currency: Option<Currency>,
    /// What it may cost in a month, those below it included.
    pub budget: Option<Amount>,
    /// The first day; none where it was always there.
    pub from: Option<NaiveDate>,
    /// The first day after; none where it has no end.
    pub until: Option<NaiveDate>,
    /// What it was split or merged into when it ended.
    pub succeeded_by: Vec<UnitId>,
}

/// A unit with its past and its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitHistory {
    /// The unit.
    pub unit: UnitId,
    /// The version of the published units; none where the rules list them.
    pub version: Option<u64>,
    /// Each span of days with what held on them.
    pub spans: Vec<UnitLine>,
    /// The units that stand or stood below it.
    pub below: Vec<UnitId>,
    /// The units that were split or merged into it.
    pub came_from: Vec<UnitId>,
}

impl From<&UnitSpan> for UnitLine {
    fn from(span: &UnitSpan) -> Self {
        Self {
            unit: span.id.clone(),
            name: span.name.clone(),
            parent: span.parent.clone(),
            owner: (!span.owners.is_empty()).then(|| span.owners.join(", ")),
            owners: span.owners.clone(),
            cost_center: span.cost_center.clone(),
            currency: span.currency,
            budget: span.budget,
            from: span.from,
            until: span.until,
            succeeded_by: span.succeeded_by.clone(),
        }
    }
}

/// The units as rules and statements see them, with what only the published units know.
#[derive(Clone, Debug)]
pub(crate) struct ListedUnits {
    pub lines: Vec<UnitLine>,
    /// The version of the published units; `None` where the rules list them.
    pub version: Option<u64>,
}

fn of_tree(tree: &UnitTree) -> Vec<UnitLine> {
    let line = |unit: &farthing_attribution::Unit| UnitLine {
        unit: unit.id.clone(),
        name: unit.name.clone(),
        parent: unit.parent.clone(),
        owner: unit.owner.clone(),
        owners: unit.owner.iter().cloned().collect(),
        cost_center: unit.cost_center.clone(),
        currency: None,
        budget: None,
        from: unit.effective.from,
        until: unit.effective.until,
        succeeded_by: Vec::new(),
    };
    tree.spans().map(line).collect()
}

impl Farthing {
    pub(crate) async fn listed_units(&self) -> Result<ListedUnits, Error> {
        let (rules, _) = self.rules().await?;
        match self.units_in_force().await? {
            Some(UnitsInForce { document, version }) if !rules.has_own_units() => {
                Ok(ListedUnits { lines: document.spans().iter().map(UnitLine::from).collect(), version: Some(version) })
            }
            _ => Ok(ListedUnits { lines: of_tree(rules.units()), version: None }),
        }
    }

    /// Every unit in force with its spans: those of the rules where these list them, or else the published ones. With `on`, only as
    /// they are on that day.
    ///
    /// # Errors
    /// When the published rules or units cannot be read.
    pub async fn units(&self, on: Option<NaiveDate>) -> Result<Vec<UnitLine>, Error> {
        let mut lines = self.listed_units().await?.lines;
        if let Some(day) = on {
            lines.retain(|line| line.from.is_none_or(|from| from <= day) && line.until.is_none_or(|until| day < until));
        }
        Ok(lines)
    }

    /// The version of the published units; `None` where the rules list the units, or there are none.
    ///
    /// # Errors
    /// When the published rules or units cannot be read.
    pub async fn units_version(&self) -> Result<Option<u64>, Error> {
        Ok(self.listed_units().await?.version)
    }

    /// One unit with its spans and neighbours.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn unit(&self, id: &UnitId) -> Result<UnitHistory, Error> {
        let ListedUnits { lines, version } = self.listed_units().await?;
        let neighbours = |is_one: &dyn Fn(&UnitLine) -> bool| {
            let mut ids: Vec<UnitId> = lines.iter().filter(|line| is_one(line)).map(|line| line.unit.clone()).collect();
            ids.dedup();
            ids
        };
        let below = neighbours(&|line| line.parent.as_ref() == Some(id));
        let came_from = neighbours(&|line| line.succeeded_by.contains(id));
        let spans: Vec<UnitLine> = lines.iter().filter(|line| line.unit == *id).cloned().collect();
        if spans.is_empty() {
            return Err(Error::Nothing(format!("there is no unit {id}. `farthing units` lists the units")));
        }
        Ok(UnitHistory { unit: id.clone(), version, spans, below, came_from })
    }

    /// The units in force as a document that can be imported again.
    ///
    /// # Errors
    /// When there are none.
    pub async fn export_units(&self, form: UnitsForm) -> Result<String, Error> {
        let (rules, _) = self.rules().await?;
        let document = match self.units_in_force().await? {
            Some(units) if !rules.has_own_units() => units.document,
            _ => super::publish::of_rules(rules.units())?,
        };
        form.write(&document)
    }
}
