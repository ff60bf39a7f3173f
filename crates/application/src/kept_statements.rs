//! Statements of billing periods that are kept, so that a report of charges that stand as they stood is read and not computed.
//!
//! They are derived data, and the only ones. What is kept names the digest of everything that it rests on, its *basis*: whoever wants a
//! statement computes the basis, which takes some reading of the catalogue and none of facts, and takes what is kept only where it is of
//! this one. So nothing has to be made invalid, and a statement that nobody refreshed is computed as if none were kept. Jobs bring them up
//! to date: each takes the period alone and does nothing where all is as it was.

use std::collections::BTreeMap;

use farthing_ledger::{Billed, Statement};
use farthing_store::{Dataset, Digest, DocumentKind, KeptStatement, NewRun, Revision, RunId};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection};
use serde::Serialize;

use crate::chargeback::{billed, statements_of};
use crate::jobs::{KeepWork, Work};
use crate::{Error, Farthing};

/// What makes the statements. The number grows with a change that lets the same facts come to another statement.
const MAKER: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// What statements of a period rest on, and the charges among it.
pub(crate) struct Basis {
    /// The revisions of charges, which also say what was billed.
    pub charges: Vec<Revision>,
    digest: Digest,
}

/// All that a statement depends on, as it is digested.
#[derive(Serialize)]
struct Inputs {
    maker: &'static str,
    period: BillingPeriod,
    facts: Vec<String>,
    documents: Vec<(&'static str, Option<u64>)>,
}

impl Farthing {
    /// The statements of a period that are kept and of this moment's facts, with the revisions of their charges.
    pub(crate) async fn kept_statements(
        &self,
        period: BillingPeriod,
        cost: Cost,
    ) -> Result<Option<(Vec<Statement>, Vec<Revision>)>, Error> {
        let basis = self.basis(period).await?;
        let Some(kept) = self.store.kept_statements().of(period, cost, basis.digest).await? else { return Ok(None) };
        let Ok(statements) = serde_json::from_str::<Vec<Statement>>(&kept.content) else {
            tracing::warn!(%period, "a statement that is kept cannot be read; it is computed instead");
            return Ok(None);
        };
        // What is kept has to prove itself again before it is told.
        if !are_proven(&statements, &billed(&basis.charges, cost)) {
            tracing::warn!(%period, "a statement that is kept is not what was billed; it is computed instead");
            return Ok(None);
        }
        Ok(Some((statements, basis.charges)))
    }

    /// A number that grows whenever something is published that reports rest on, and never else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn catalogue_mark(&self) -> Result<u64, Error> {
        Ok(self.store.kept_statements().watermark().await?)
    }

    /// Brings the kept statements of a period up to date; gives how many were computed.
    ///
    /// # Errors
    /// When a file is missing or the published rules cannot be used.
    pub(crate) async fn keep_statements(&self, period: BillingPeriod) -> Result<u64, Error> {
        let then = self.as_closed(Selection::Period(period)).await?;
        let basis = then.basis(period).await?;
        let old = then.outdated(period, &basis).await?;
        if old.is_empty() {
            return Ok(0);
        }
        let attributed = then.attributed(Selection::Period(period), &["ChargeClass"]).await?;
        let mut fresh = Vec::new();
        for cost in old {
            let statements = statements_of(&attributed, billed(&attributed.charges.revisions, cost), cost)?;
            let content = serde_json::to_string(&statements).map_err(|error| Error::Panicked(error.to_string()))?;
            fresh.push(KeptStatement { period, cost, basis: basis.digest, content, kept_at: self.now() });
        }
        // What was published meanwhile may be in the figures: then they are of neither basis, and the next run makes them anew.
        if then.basis(period).await?.digest != basis.digest {
            return Ok(0);
        }
        for statement in &fresh {
            self.store.kept_statements().keep(statement).await?;
        }
        Ok(fresh.len() as u64)
    }

    /// Adds a run for each period whose statements are old, unless one waits already; gives how many were added.
    pub(crate) async fn hint_at_old_statements(&self) -> Result<u64, Error> {
        let mut periods: Vec<_> = self.revisions(Dataset::Charges, None).await?.iter().map(|charges| charges.period).collect();
        periods.sort_unstable();
        periods.dedup();
        let now = self.store.now().await?;
        let mut runs = Vec::new();
        for period in periods {
            let then = self.as_closed(Selection::Period(period)).await?;
            if !then.outdated(period, &then.basis(period).await?).await?.is_empty() {
                runs.push(hint(period, now));
            }
        }
        Ok(self.store.job_runs().add_all(&runs).await?)
    }

    /// The costs whose statements of a period are not kept, or of another basis. None where nothing was billed.
    async fn outdated(&self, period: BillingPeriod, basis: &Basis) -> Result<Vec<Cost>, Error> {
        let mut old = Vec::new();
        for cost in Cost::ALL.into_iter().filter(|_| !basis.charges.is_empty()) {
            if self.store.kept_statements().of(period, cost, basis.digest).await?.is_none() {
                old.push(cost);
            }
        }
        Ok(old)
    }

    /// What the statements of a period rest on, at the moment that is asked about: rather too much than too little of it.
    async fn basis(&self, period: BillingPeriod) -> Result<Basis, Error> {
        let charges = self.revisions(Dataset::Charges, Some(period)).await?;
        // Pools are split by what was used and decided in the period, by whoever is published as a unit and whatever is published of it.
        let mut read: Vec<Revision> = charges.clone();
        for dataset in [Dataset::Usage, Dataset::Decisions] {
            read.extend(self.revisions(dataset, Some(period)).await?);
        }
        let mut documents = Vec::new();
        for kind in [DocumentKind::Rules, DocumentKind::Units, DocumentKind::Metrics] {
            documents.push((kind.as_str(), self.in_force(kind).await?.map(|document| document.version)));
        }
        let facts = read.iter().map(|revision| revision.id.to_string()).collect();
        let inputs = serde_json::to_vec(&Inputs { maker: MAKER, period, facts, documents });
        let digest = Digest::of(&inputs.map_err(|error| Error::Panicked(error.to_string()))?);
        Ok(Basis { charges, digest })
    }
}

/// A run that brings a period's statements up to date: it carries the key of what is old and nothing else.
fn hint(period: BillingPeriod, now: chrono::DateTime<chrono::Utc>) -> NewRun {
    let work = Work::KeepStatements(KeepWork { period });
    let (kind, parameters) = work.kept();
    NewRun {
        id: RunId::new(now),
        job: format!("{kind}/{period}"),
        subject: work.subject(),
        kind,
        parameters,
        hint: true,
        scheduled_at: now,
        not_before: now,
        asked_by: None,
        created_at: now,
        most_failures: 3,
        retry_seconds: 30,
    }
}

/// True where there is a statement for each currency that was billed, each of just that sum, and all of it is attributed or not.
fn are_proven(statements: &[Statement], billed: &[Billed]) -> bool {
    let mut sums: BTreeMap<Currency, Option<Amount>> = BTreeMap::new();
    for line in billed {
        let sum = sums.entry(line.currency).or_insert(Some(Amount::ZERO));
        *sum = sum.and_then(|sum| sum.checked_add(line.amount));
    }
    let is_billed = |statement: &Statement| {
        let parts = statement.attributed_total.checked_add(statement.unattributed_total);
        sums.get(&statement.currency) == Some(&Some(statement.billed_total)) && parts == Some(statement.billed_total)
    };
    statements.len() == sums.len() && statements.iter().all(is_billed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_believed_only_where_it_is_what_was_billed() {
        let statement = |billed: &str, attributed: &str| -> Statement {
            serde_json::from_value(serde_json::json!({
                "period": "2026-05", "currency": "USD", "cost": "billed", "billed_total": billed, "attributed_total": attributed,
                "unattributed_total": "1", "difference": "0", "proven": true, "problems": [], "charges": 2, "units": [],
                "unattributed": [], "proof": [], "revisions": [], "rule_set": null
            }))
            .unwrap()
        };
        let billed = |amount: &str| Billed {
            source: "acme".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            amount: amount.parse().unwrap(),
            charges: 1,
        };
        assert!(are_proven(&[statement("3", "2")], &[billed("1.5"), billed("1.5")]));
        for (statements, lines) in [
            (vec![statement("3", "2")], vec![billed("3.01")]),
            (vec![statement("3", "2.01")], vec![billed("3")]),
            (vec![], vec![billed("3")]),
            (vec![statement("3", "2")], vec![]),
        ] {
            assert!(!are_proven(&statements, &lines), "{statements:?} {lines:?}");
        }
    }
}
