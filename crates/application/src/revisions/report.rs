//! What a revision is, and what changed from one to another, as they are shown.

use chrono::{DateTime, Utc};
use farthing_store::{Revision, RevisionState};
use farthing_types::{BillingPeriod, Currency, FourCosts, SourceName, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use super::ChangeKind;
use crate::import_report::{PeriodTotal, period_totals};

/// A revision: what one import said of a source and period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RevisionLine {
    /// Its id.
    pub revision: String,
    /// `charges`, `usage`, `decisions`, `late_charges` or another dataset.
    pub dataset: &'static str,
    /// The source.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// The billing period.
    #[schema(value_type = String, example = "2026-05")]
    pub period: BillingPeriod,
    /// 1, 2, 3 … within dataset, source and period.
    pub sequence: u64,
    /// True where reports read it.
    pub active: bool,
    /// What it restates of the one before: `amounts`, `attribution` (tags and other values that rules read) or `details`. Null for
    /// the first one, for what is no bill, and where the import did not tell yet.
    pub restates: Option<&'static str>,
    /// Since when reports read it.
    pub imported_at: DateTime<Utc>,
    /// Until when reports read it.
    pub superseded_at: Option<DateTime<Utc>>,
    /// How it was read.
    pub format: String,
    /// How many facts.
    pub rows: u64,
    /// The digest of its rows, whatever files they came in.
    pub rows_digest: Option<String>,
    /// Its sums, for charges.
    pub totals: Vec<PeriodTotal>,
    /// For charges: the rules that attributed them when they were imported, and those that do or did last. Where these are others,
    /// the attribution was restated by a change of the rules, and no amount.
    pub rules: Option<RulesOfRevision>,
}

/// Versions of the rules; null where there were none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RulesOfRevision {
    /// In force when the revision was imported.
    pub at_import: Option<u64>,
    /// In force at the moment that is asked about, or when the revision was replaced.
    pub last: Option<u64>,
}

/// What changed from one revision to another of the same period. What each list says of a currency and cost adds up to the
/// difference of the totals, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RevisionDiff {
    /// The earlier one.
    pub before: RevisionLine,
    /// The later one.
    pub after: RevisionLine,
    /// `amounts`, `attribution`, `details`, or `nothing`.
    pub restates: &'static str,
    /// The rules that both are attributed by; null where there are none.
    pub rule_set: Option<u64>,
    /// The columns by which rows are taken for the same charge.
    pub identity: Vec<String>,
    /// The difference of the totals, from the catalogue.
    pub totals: Vec<TotalChange>,
    /// True where the changes add up to the difference of the totals, in all, by unit and by service, in each currency and cost; where
    /// those of each unit and service add up to the difference of what both revisions cost it; and where every row is counted.
    pub proven: bool,
    /// What does not add up; empty where it is proven.
    pub problems: Vec<String>,
    /// How many charges.
    pub rows: RowChanges,
    /// The changed charges by kind.
    pub kinds: Vec<KindChange>,
    /// By unit, or by the reason why no unit has them. Those without any change are left out.
    pub units: Vec<UnitChange>,
    /// By service. Those without any change are left out.
    pub services: Vec<ServiceChange>,
    /// What other rules than those that were in force before the later revision came moved in the earlier one: a restatement of
    /// attribution. It is no part of the changes above. Null where the rules are the same.
    pub rules: Option<RuleChange>,
}

/// Charges, each pair of a charge before and after counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowChanges {
    /// The same in every column.
    pub unchanged: u64,
    /// The same costs, tags and whatever else rules read; another quantity, price, name or invoice.
    pub details: u64,
    /// The same costs; other tags or other values that rules read.
    pub retagged: u64,
    /// Cost more. The first of billed, effective, contracted and list that changed decides.
    pub up: u64,
    /// Cost less.
    pub down: u64,
    /// Were not there.
    pub new: u64,
    /// Are not there any more.
    pub gone: u64,
}

/// The sums of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TotalChange {
    /// The currency.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// Of the earlier revision.
    #[schema(value_type = Costs)]
    pub before: FourCosts,
    /// Of the later revision.
    #[schema(value_type = Costs)]
    pub after: FourCosts,
    /// `after − before`.
    #[schema(value_type = Costs)]
    pub change: FourCosts,
}

/// Changes of one kind and currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KindChange {
    /// What became of the charges.
    pub kind: ChangeKind,
    /// Their currency.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// Rows of the earlier revision.
    pub rows_before: u64,
    /// Rows of the later revision.
    pub rows_after: u64,
    /// What the later ones cost more than the earlier ones.
    #[schema(value_type = Costs)]
    pub change: FourCosts,
}

/// What changed for one holder in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PartChange {
    /// The currency.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// Charges of the earlier revision.
    pub rows_before: u64,
    /// Charges of the later revision.
    pub rows_after: u64,
    /// Those of them that are the same in both, but for details.
    pub rows_same: u64,
    /// What the earlier revision cost, attributed by the rules in force, shares of pools included.
    #[schema(value_type = Costs)]
    pub before: FourCosts,
    /// What the later revision costs.
    #[schema(value_type = Costs)]
    pub after: FourCosts,
    /// `after − before`.
    #[schema(value_type = Costs)]
    pub change: FourCosts,
    /// How much of the change is another share of pools; the rest is charges.
    #[schema(value_type = Costs)]
    pub shared: FourCosts,
    /// The changed charges by kind; `change − shared` is their sum.
    pub kinds: Vec<KindChange>,
}

/// What changed for a unit, or for what no unit has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitChange {
    /// The unit; null where there is none.
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// Why there is none.
    pub reason: Option<&'static str>,
    /// What changed.
    #[serde(flatten)]
    pub change: PartChange,
}

/// What changed in a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceChange {
    /// Its name; null for charges of none.
    pub service: Option<String>,
    /// What changed.
    #[serde(flatten)]
    pub change: PartChange,
}

/// What a change of the rules moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleChange {
    /// The version in force just before the later revision came; null where there was none.
    pub from: Option<u64>,
    /// The version in force.
    pub to: Option<u64>,
    /// What it moved to and from units, and to and from what no unit has; together nothing.
    pub units: Vec<MovedByRules>,
}

/// What a change of the rules moved to a unit, or from it where it is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovedByRules {
    /// The unit; null where there is none.
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// Why there is none.
    pub reason: Option<&'static str>,
    /// The currency.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// How much.
    #[schema(value_type = Costs)]
    pub change: FourCosts,
}

/// The four costs, as exact decimals.
#[derive(Debug, ToSchema)]
pub struct Costs {
    /// `BilledCost`.
    pub billed: String,
    /// `EffectiveCost`.
    pub effective: String,
    /// `ContractedCost`.
    pub contracted: String,
    /// `ListCost`.
    pub list: String,
}

impl RevisionLine {
    pub(super) fn of(revision: &Revision, as_of: Option<DateTime<Utc>>, rules: Option<RulesOfRevision>) -> Self {
        let superseded_at = revision.superseded_at.filter(|end| as_of.is_none_or(|moment| *end <= moment));
        Self {
            revision: revision.id.to_string(),
            dataset: revision.dataset.as_str(),
            source: revision.source.clone(),
            period: revision.period,
            sequence: revision.sequence,
            active: superseded_at.is_none() && (as_of.is_some() || revision.state == RevisionState::Active),
            restates: revision.restates.map(|what| what.as_str()),
            imported_at: revision.imported_at,
            superseded_at,
            format: revision.format.clone(),
            rows: revision.rows,
            rows_digest: revision.rows_digest.map(|digest| digest.to_string()),
            totals: period_totals(&revision.totals),
            rules,
        }
    }
}
