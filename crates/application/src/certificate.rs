//! The certificate of a closed billing period: what its statements were made of, and the digests of what they say.

use chrono::{DateTime, Utc};
use farthing_audit::Action;
use farthing_ledger::Statement;
use farthing_store::{Certificate, Dataset, Digest, Document, DocumentKind as StoredKind, Revision};
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection, SourceName};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::chargeback::statements_of;
use crate::{Error, Farthing};

/// A revision of facts that statements were made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertifiedRevision {
    /// What kind of facts.
    pub dataset: String,
    /// Where they come from.
    pub source: SourceName,
    /// The revision's id.
    pub revision: String,
    /// How many rows it has.
    pub rows: u64,
    /// The digest of its rows, which knows neither their order nor how they are cut into files.
    pub rows_digest: Option<String>,
    /// The digest of the imported files.
    pub files_digest: String,
}

/// A published document that statements were made by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertifiedDocument {
    /// Its version.
    pub version: u64,
    /// The SHA-256 of its text.
    pub sha256: String,
}

/// A file that can be rendered again, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertifiedOutput {
    /// Its name.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of its bytes.
    pub sha256: String,
}

/// What the period comes to by one cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertifiedTotal {
    /// The currency.
    pub currency: Currency,
    /// Which of the four costs.
    pub cost: Cost,
    /// What was billed.
    pub billed: Amount,
    /// What of it belongs to units.
    pub attributed: Amount,
    /// What of it belongs to none.
    pub unattributed: Amount,
    /// How many charges.
    pub charges: u64,
}

/// What is certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Certified {
    /// The form of the certificate: 1.
    pub version: u32,
    /// The period.
    pub period: BillingPeriod,
    /// The moment at which it was closed, and as of which everything is rendered.
    pub closed_at: DateTime<Utc>,
    /// Who closed it.
    pub closed_by: String,
    /// Why.
    pub reason: String,
    /// The version of the program.
    pub program: String,
    /// The facts of the period.
    pub revisions: Vec<CertifiedRevision>,
    /// The rules, units and pools; `null` where none were published.
    pub rules: Option<CertifiedDocument>,
    /// The metrics that pools can be split by; left out where none were published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<CertifiedDocument>,
    /// The published units, where the rules list none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<CertifiedDocument>,
    /// The statements and the journal.
    pub outputs: Vec<CertifiedOutput>,
    /// What the statements come to.
    pub totals: Vec<CertifiedTotal>,
}

/// A certificate with the digest of what it certifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CloseCertificate {
    /// What is certified.
    pub certified: Certified,
    /// The SHA-256 of `certified` as JSON with sorted names, without blanks, in UTF-8.
    pub sha256: String,
}

/// A certificate held against what is rendered now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckedCertificate {
    /// The certificate.
    #[serde(flatten)]
    pub certificate: CloseCertificate,
    /// What is not as it was; empty where everything is.
    pub differences: Vec<String>,
    /// The files, as they were rendered now.
    #[serde(skip)]
    pub files: Vec<(String, Vec<u8>)>,
}

impl Farthing {
    /// Issues the certificate of a period that has just been closed at `closed_at`; `None` where it has no charges.
    pub(crate) async fn certify(
        &self,
        period: BillingPeriod,
        closed_at: DateTime<Utc>,
        by: &str,
        reason: &str,
    ) -> Result<Option<CloseCertificate>, Error> {
        let then = self.at(Some(closed_at));
        if then.revisions(Dataset::Charges, Some(period)).await?.is_empty() {
            return Ok(None);
        }
        let (certified, _) = then.render(period, closed_at, by, reason).await?;
        let certificate = CloseCertificate { sha256: digest_of(&certified)?.to_string(), certified };
        let stored = Certificate {
            period,
            issued_at: closed_at,
            digest: digest_of(&certificate.certified)?,
            content: serde_json::to_string(&certificate).map_err(|error| Error::Invalid(error.to_string()))?,
        };
        let work = self.store.begin().await?;
        work.certificates().add(&stored).await?;
        let details = json!({"sha256": certificate.sha256});
        self.record(&work, by, Action::CertificateIssued, format!("period {period}"), details).await?;
        work.commit().await?;
        Ok(Some(certificate))
    }

    /// The certificate of a closed period, held against what is rendered now from the facts and rules of then.
    ///
    /// # Errors
    /// When the period has none, or its facts are gone.
    pub async fn certificate(&self, period: BillingPeriod) -> Result<CheckedCertificate, Error> {
        let stored = self.store.certificates().newest(period, self.moment).await?;
        let Some(stored) = stored else {
            return Err(Error::Nothing(format!(
                "{period} has no certificate: one is issued when the last source that has charges in it is closed, with `farthing close {period}`"
            )));
        };
        let unreadable =
            |error: serde_json::Error| Error::Invalid(format!("the certificate of {period} cannot be read: {error}"));
        let certificate: CloseCertificate = serde_json::from_str(&stored.content).map_err(unreadable)?;
        let was = &certificate.certified;
        let mut differences = Vec::new();
        if digest_of(was)? != stored.digest || stored.digest.to_string() != certificate.sha256 {
            differences.push("the certificate itself: its digest is not that of what it certifies".to_owned());
        }
        let then = self.at(Some(was.closed_at));
        let (now, files) = then.render(period, was.closed_at, &was.closed_by, &was.reason).await?;
        compare(&mut differences, "the facts", &was.revisions, &now.revisions);
        compare(&mut differences, "the rules", &was.rules, &now.rules);
        compare(&mut differences, "the metrics", &was.metrics, &now.metrics);
        compare(&mut differences, "the units", &was.units, &now.units);
        compare(&mut differences, "the totals", &was.totals, &now.totals);
        for output in &was.outputs {
            if !now.outputs.contains(output) {
                differences.push(format!("{}: it is not rendered with the bytes that it had", output.file));
            }
        }
        Ok(CheckedCertificate { certificate, differences, files })
    }

    /// The moment since which every source that has charges in a period is closed; `None` where one is open.
    pub(crate) async fn closed_since(&self, period: BillingPeriod) -> Result<Option<DateTime<Utc>>, Error> {
        let lines = self.periods().await?;
        let mut of_period = lines.iter().filter(|line| line.period == period && !line.totals.is_empty()).peekable();
        if of_period.peek().is_none() {
            return Ok(None);
        }
        let since = of_period.map(|line| line.since.filter(|_| line.closed)).collect::<Option<Vec<_>>>();
        Ok(since.and_then(|moments| moments.into_iter().max()))
    }

    /// The installation as reports of a period read it: as it was when the period was closed, if it is closed and no other moment
    /// is asked about. So a report of a closed period has the same bytes whatever is published later.
    pub(crate) async fn as_closed(&self, selection: Selection) -> Result<Self, Error> {
        let (Some(period), None) = (selection.period(), self.moment) else { return Ok(self.clone()) };
        Ok(self.at(self.closed_since(period).await?))
    }

    /// Renders the statements of a period and says what they were made of.
    async fn render(
        &self,
        period: BillingPeriod,
        closed_at: DateTime<Utc>,
        by: &str,
        reason: &str,
    ) -> Result<(Certified, Vec<(String, Vec<u8>)>), Error> {
        let attributed = self.attributed(Selection::Period(period), &["ChargeClass"]).await?;
        let (mut files, mut totals) = (Vec::new(), Vec::new());
        for cost in Cost::ALL {
            let billed = self.billed(&attributed.charges, cost).await?;
            let statements = statements_of(&attributed, billed, cost)?;
            totals.extend(statements.iter().map(total));
            let mut text = serde_json::to_vec_pretty(&statements).map_err(|error| Error::Invalid(error.to_string()))?;
            text.push(b'\n');
            files.push((format!("statement-{period}-{cost}.json"), text));
        }
        let mut revisions = Vec::new();
        for dataset in [Dataset::Charges, Dataset::Usage, Dataset::Decisions] {
            revisions.extend(self.revisions(dataset, Some(period)).await?.iter().map(certified));
        }
        let document = |document: Document| CertifiedDocument {
            version: document.version,
            sha256: Digest::of(document.content.as_bytes()).to_string(),
        };
        let rules = self.in_force(StoredKind::Rules).await?.map(document);
        let metrics = self.in_force(StoredKind::Metrics).await?.map(document);
        let units = match attributed.rule_set.units {
            Some(_) => self.in_force(StoredKind::Units).await?.map(document),
            None => None,
        };
        let outputs = files.iter().map(|(file, content)| CertifiedOutput {
            file: file.clone(),
            bytes: content.len() as u64,
            sha256: Digest::of(content).to_string(),
        });
        let certified = Certified {
            version: 1,
            period,
            closed_at,
            closed_by: by.to_owned(),
            reason: reason.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            revisions,
            rules,
            metrics,
            units,
            outputs: outputs.collect(),
            totals,
        };
        Ok((certified, files))
    }
}

fn compare<T: PartialEq>(differences: &mut Vec<String>, what: &str, was: &T, is: &T) {
    if was != is {
        differences.push(format!("{what} of the period are not those that were certified"));
    }
}

fn total(statement: &Statement) -> CertifiedTotal {
    CertifiedTotal {
        currency: statement.currency,
        cost: statement.cost,
        billed: statement.billed_total,
        attributed: statement.attributed_total,
        unattributed: statement.unattributed_total,
        charges: statement.charges,
    }
}

fn certified(revision: &Revision) -> CertifiedRevision {
    CertifiedRevision {
        dataset: revision.dataset.as_str().to_owned(),
        source: revision.source.clone(),
        revision: revision.id.to_string(),
        rows: revision.rows,
        rows_digest: revision.rows_digest.map(|digest| digest.to_string()),
        files_digest: revision.digest.to_string(),
    }
}

/// The digest of what is certified, which does not depend on the order of names or on blanks.
fn digest_of(certified: &Certified) -> Result<Digest, Error> {
    let value = serde_json::to_value(certified).map_err(|error| Error::Invalid(error.to_string()))?;
    let mut text = String::new();
    canonical(&value, &mut text);
    Ok(Digest::of(text.as_bytes()))
}

/// JSON with sorted names and without blanks.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                canonical(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            text.push('{');
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(name.clone()).to_string());
                text.push(':');
                canonical(&fields[name], text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_text_knows_no_order() {
        let mut text = String::new();
        canonical(&serde_json::json!({"b": [1, {"z": null, "a": "é\"\n"}], "a": true}), &mut text);
        assert_eq!(text, "{\"a\":true,\"b\":[1,{\"a\":\"é\\\"\\n\",\"z\":null}]}");
    }
}
