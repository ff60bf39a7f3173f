//! The operational units in force.

use chrono::NaiveDate;
use farthing_types::UnitId;
use serde::Serialize;
use utoipa::ToSchema;

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
    /// Who answers for it.
    pub owner: Option<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
    /// The first day; none where it was always there.
    pub from: Option<NaiveDate>,
    /// The first day after; none where it has no end.
    pub until: Option<NaiveDate>,
}

impl Farthing {
    /// Every unit of the published rules, with its spans.
    ///
    /// # Errors
    /// When the published rules cannot be read.
    pub async fn units(&self) -> Result<Vec<UnitLine>, Error> {
        let (rules, _) = self.rules().await?;
        let line = |unit: &farthing_attribution::Unit| UnitLine {
            unit: unit.id.clone(),
            name: unit.name.clone(),
            parent: unit.parent.clone(),
            owner: unit.owner.clone(),
            cost_center: unit.cost_center.clone(),
            from: unit.effective.from,
            until: unit.effective.until,
        };
        Ok(rules.units().spans().map(line).collect())
    }
}
