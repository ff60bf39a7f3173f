//! What an import says at its end.

use farthing_focus::{Finding, Severity};
use farthing_store::{Finding as StoredFinding, Revision, RevisionTotal, Severity as StoredSeverity};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

/// What an import did.
#[derive(Clone, Debug, Serialize)]
pub struct ImportReport {
    /// The source it belongs to.
    pub source: SourceName,
    /// `charges`, `usage` or `decisions`.
    pub dataset: &'static str,
    /// False where the same content was there already and nothing changed.
    pub changed: bool,
    /// One sentence on what happened.
    pub message: String,
    /// Rows read.
    pub rows: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// Each file.
    pub files: Vec<FileLine>,
    /// Each billing period that has a new revision.
    pub periods: Vec<ImportedPeriod>,
}

/// One file of an import.
#[derive(Clone, Debug, Serialize)]
pub struct FileLine {
    /// The file.
    pub file: String,
    /// What it was read as.
    pub format: String,
    /// Rows read.
    pub rows: u64,
    /// Rows set aside.
    pub set_aside: u64,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// A billing period of an import.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportedPeriod {
    /// `charges`, `usage`, `decisions`, or `late_charges`, which are kept beside a closed period and are in no report.
    pub dataset: &'static str,
    /// The import's source, or that of its adjustments.
    pub source: SourceName,
    /// The period.
    pub period: BillingPeriod,
    /// The new revision.
    pub revision: String,
    /// Its number within source and period.
    pub sequence: u64,
    /// The revision that it replaces.
    pub replaces: Option<String>,
    /// What it restates of that one: `amounts`, `attribution` or `details`. Null where it replaces none, or is no bill.
    pub restates: Option<&'static str>,
    /// How many facts.
    pub rows: u64,
    /// Its sums.
    pub totals: Vec<PeriodTotal>,
}

/// The four sums of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodTotal {
    /// The currency.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// Sum of `BilledCost`.
    #[schema(value_type = String)]
    pub billed: Amount,
    /// Sum of `EffectiveCost`.
    #[schema(value_type = String)]
    pub effective: Amount,
    /// Sum of `ContractedCost`.
    #[schema(value_type = String)]
    pub contracted: Amount,
    /// Sum of `ListCost`.
    #[schema(value_type = String)]
    pub list: Amount,
}

impl FileLine {
    /// The findings as the catalogue keeps them.
    pub(crate) fn stored_findings(&self) -> Vec<StoredFinding> {
        let stored = |finding: &Finding| StoredFinding {
            file: self.file.clone(),
            rows: finding.rows.clone(),
            column: (!finding.column.is_empty()).then(|| finding.column.clone()),
            rule: finding.rule.clone(),
            severity: match finding.severity {
                Severity::Error => StoredSeverity::Error,
                Severity::Warning => StoredSeverity::Warning,
                Severity::Note => StoredSeverity::Note,
            },
            value: (!finding.value.is_empty()).then(|| finding.value.clone()),
            message: finding.message.clone(),
            count: finding.count,
        };
        self.findings.iter().map(stored).collect()
    }
}

impl ImportReport {
    pub(crate) fn nothing_new(source: SourceName, dataset: &'static str, message: String) -> Self {
        Self { source, dataset, changed: false, message, rows: 0, set_aside: 0, files: Vec::new(), periods: Vec::new() }
    }
}

impl From<&Revision> for ImportedPeriod {
    fn from(revision: &Revision) -> Self {
        Self {
            dataset: revision.dataset.as_str(),
            source: revision.source.clone(),
            period: revision.period,
            revision: revision.id.to_string(),
            sequence: revision.sequence,
            replaces: revision.supersedes.map(|id| id.to_string()),
            restates: revision.restates.map(|what| what.as_str()),
            rows: revision.rows,
            totals: period_totals(&revision.totals),
        }
    }
}

/// The stored totals, one line a currency.
pub(crate) fn period_totals(totals: &[RevisionTotal]) -> Vec<PeriodTotal> {
    let mut lines: Vec<PeriodTotal> = Vec::new();
    for total in totals {
        let at = lines.iter().position(|line| line.currency == total.currency).unwrap_or_else(|| {
            let zero = Amount::ZERO;
            lines.push(PeriodTotal { currency: total.currency, billed: zero, effective: zero, contracted: zero, list: zero });
            lines.len() - 1
        });
        let line = &mut lines[at];
        match total.cost {
            Cost::Billed => line.billed = total.amount,
            Cost::Effective => line.effective = total.amount,
            Cost::Contracted => line.contracted = total.amount,
            Cost::List => line.list = total.amount,
        }
    }
    lines
}
