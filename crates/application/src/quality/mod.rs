//! How good the charges of each source and period are, beside what the SLA expects.

mod observe;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use farthing_attribution::{ALWAYS_READ, RuleSet};
use farthing_focus::quality::{Breach, Broken, Delivered, Expectation, Observed, Quality, Sla, assess, nothing_delivered};
use farthing_focus::{Conformity, Severity, is_conformance_rule};
use farthing_store::{
    Dataset, Delivery, DocumentKind as StoredKind, ImportId, Revision, RevisionFilter, Severity as StoredSeverity, adjusted_by,
};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use self::observe::{Seen, Wanted, days_of};
use crate::home::blocking;
use crate::{Error, Farthing};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct QualityQuery {
    /// Only this source.
    pub source: Option<SourceName>,
    /// Only this billing period.
    pub period: Option<BillingPeriod>,
    /// Only the newest period of each source.
    pub newest: bool,
}

/// The quality of the charges, by source and period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QualityReport {
    /// The moment that it shows.
    pub as_of: DateTime<Utc>,
    /// The version of the SLA; `null` where none is published, so that nothing can be below it.
    pub sla: Option<u64>,
    /// True where anything is below the SLA.
    pub breached: bool,
    /// Each source and period.
    pub periods: Vec<Quality>,
    /// Sources that the SLA names and that never delivered.
    pub missing: Vec<Breach>,
}

impl QualityReport {
    /// Everything that is below the SLA.
    pub fn breaches(&self) -> impl Iterator<Item = &Breach> {
        self.missing.iter().chain(self.periods.iter().flat_map(|quality| &quality.breaches))
    }
}

/// The columns that are empty in most rows because of what they say: that rules read them makes no row wanting.
const EMPTY_BY_DESIGN: [&str; 4] = ["ChargeClass", "CommitmentDiscount", "CapacityReservation", "Allocated"];

impl Farthing {
    /// The quality of the charges, computed from the catalogue, the roll-ups and what the import counted.
    ///
    /// # Errors
    /// When the published rules or SLA cannot be used, or files of the lake are missing.
    pub async fn quality(&self, query: &QualityQuery) -> Result<QualityReport, Error> {
        let as_of = self.stated_moment();
        let (sla, version) = self.sla().await?;
        let (rules, _) = self.rules().await?;
        let mut all = self.revisions(Dataset::Charges, None).await?;
        // Adjustments are our own; what they are made of was delivered under the source's name.
        all.retain(|revision| adjusted_by(&revision.source).is_none());
        let newest = newest_of(&all);
        let is_meant = |revision: &&Revision| {
            query.source.as_ref().is_none_or(|source| revision.source == *source)
                && query.period.is_none_or(|period| revision.period == period)
                && (!query.newest || newest[&revision.source] == revision.period)
        };
        let meant: Vec<&Revision> = all.iter().filter(is_meant).collect();
        let counted = self.store.deliveries().of(meant.iter().map(|revision| revision.import)).await?;
        let mut periods = Vec::with_capacity(meant.len());
        let mut history: BTreeMap<SourceName, Vec<Revision>> = BTreeMap::new();
        for revision in meant {
            if !history.contains_key(&revision.source) {
                history.insert(revision.source.clone(), self.deliveries_of(&revision.source, as_of).await?);
            }
            let expected = sla.of(&revision.source);
            let before = all.iter().rfind(|other| other.source == revision.source && other.period < revision.period);
            let observed = Observed {
                source: revision.source.clone(),
                period: revision.period,
                revision: revision.id.to_string(),
                now: as_of,
                delivered_at: revision.imported_at,
                deliveries: moments(&history[&revision.source]),
                is_newest: newest[&revision.source] == revision.period,
                days: BTreeSet::new(),
                days_before: self.days_before(before, &expected).await?,
                delivered: delivered(revision, &counted, &history[&revision.source]),
                columns: Vec::new(),
                tags: tags(&rules, &expected),
                tagged: Vec::new(),
                rules: self.broken_rules(revision).await?,
            };
            periods.push(assess(&self.observed(revision, observed, &rules, &expected).await?, &expected));
        }
        periods.sort_by(|a, b| (&a.source, a.period).cmp(&(&b.source, b.period)));
        let awaited = sla.awaited().filter(|(source, _)| !newest.contains_key(*source));
        let awaited = awaited.filter(|(source, _)| query.source.as_ref().is_none_or(|asked| asked == *source));
        let missing: Vec<Breach> = awaited.filter_map(|(source, expected)| nothing_delivered(source, expected, as_of)).collect();
        let breached = !missing.is_empty() || periods.iter().any(|quality| !quality.breaches.is_empty());
        Ok(QualityReport { as_of, sla: version, breached, periods, missing })
    }

    /// The SLA in force with its version.
    async fn sla(&self) -> Result<(Sla, Option<u64>), Error> {
        match self.in_force(StoredKind::Sla).await? {
            Some(document) => Ok((sla_of(&document.content, &format!("SLA v{}", document.version))?, Some(document.version))),
            None => Ok((Sla::default(), None)),
        }
    }

    /// All revisions of a source's charges until a moment, oldest first.
    async fn deliveries_of(&self, source: &SourceName, until: DateTime<Utc>) -> Result<Vec<Revision>, Error> {
        let filter = RevisionFilter { dataset: Some(Dataset::Charges), source: Some(source.clone()), period: None };
        let mut history = self.store.revisions().history(&filter).await?;
        history.retain(|revision| revision.imported_at <= until);
        history.sort_by_key(|revision| revision.imported_at);
        Ok(history)
    }

    /// What the facts of a revision show, beside what is known of it already.
    async fn observed(
        &self,
        revision: &Revision,
        observed: Observed,
        rules: &RuleSet,
        expected: &Expectation,
    ) -> Result<Observed, Error> {
        let wanted = Wanted {
            folder: self.folder(revision),
            facts: self.fact_files(revision),
            columns: columns(rules, expected),
            tags: observed.tags.clone(),
        };
        let seen: Seen = blocking(move || wanted.look()).await?;
        Ok(Observed { days: seen.days, columns: seen.columns, tagged: seen.tagged, ..observed })
    }

    /// The days of the period before, which may show how often the source bills.
    async fn days_before(&self, before: Option<&Revision>, expected: &Expectation) -> Result<BTreeSet<NaiveDate>, Error> {
        let (Some(before), None) = (before, expected.cadence) else { return Ok(BTreeSet::new()) };
        let folder = self.folder(before);
        blocking(move || days_of(&folder)).await
    }

    /// The rules of FOCUS that rows of the delivery break, files together.
    async fn broken_rules(&self, revision: &Revision) -> Result<Vec<Broken>, Error> {
        let findings = self.store.findings().of_import(revision.import, 100_000).await?;
        let mut broken: BTreeMap<(String, Severity), u64> = BTreeMap::new();
        for finding in findings.into_iter().filter(|finding| is_conformance_rule(&finding.rule)) {
            let severity = match finding.severity {
                StoredSeverity::Error => Severity::Error,
                StoredSeverity::Warning => Severity::Warning,
                StoredSeverity::Note => Severity::Note,
            };
            *broken.entry((finding.rule, severity)).or_default() += finding.count;
        }
        Ok(broken.into_iter().map(|((rule, severity), rows)| Broken { rule, severity, rows }).collect())
    }
}

/// Reads an SLA, or says what is wrong with it.
pub(crate) fn sla_of(text: &str, name: &str) -> Result<Sla, Error> {
    Sla::parse(text).map_err(|problem| Error::Document { file: name.to_owned(), problems: vec![problem.to_string()] })
}

fn newest_of(revisions: &[Revision]) -> BTreeMap<SourceName, BillingPeriod> {
    let mut newest: BTreeMap<SourceName, BillingPeriod> = BTreeMap::new();
    for revision in revisions {
        let period = newest.entry(revision.source.clone()).or_insert(revision.period);
        *period = revision.period.max(*period);
    }
    newest
}

/// When a source delivered; the months of one import are one delivery.
fn moments(history: &[Revision]) -> Vec<DateTime<Utc>> {
    let mut imports = BTreeSet::new();
    history.iter().filter(|revision| imports.insert(revision.import)).map(|revision| revision.imported_at).collect()
}

fn delivered(revision: &Revision, counted: &BTreeMap<ImportId, Delivery>, history: &[Revision]) -> Option<Delivered> {
    let counted = counted.get(&revision.import)?;
    let together = history.iter().filter(|other| other.import == revision.import).map(|other| other.period);
    Some(Delivered {
        rows: counted.rows_read,
        set_aside: counted.rows_set_aside,
        conformity: Conformity {
            held: counted.rows_held,
            broke_must: counted.rows_broke_must,
            broke_should: counted.rows_broke_should,
        },
        periods: together.collect::<BTreeSet<_>>().into_iter().collect(),
    })
}

/// The tags of which usage should carry one.
fn tags(rules: &RuleSet, expected: &Expectation) -> Vec<String> {
    let of_rules = || rules.fields_read().iter().filter_map(|field| field.strip_prefix("tag:").map(str::to_owned)).collect();
    expected.tags.clone().unwrap_or_else(of_rules)
}

/// The columns that should have a value.
fn columns(rules: &RuleSet, expected: &Expectation) -> Vec<String> {
    let by_design = |field: &str| EMPTY_BY_DESIGN.iter().any(|begins| field.starts_with(begins));
    let is_meant = |field: &String| !field.starts_with("tag:") && !ALWAYS_READ.contains(&field.as_str()) && !by_design(field);
    expected.columns.clone().unwrap_or_else(|| rules.fields_read().into_iter().filter(is_meant).collect())
}
