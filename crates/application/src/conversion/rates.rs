//! The rates between currencies, as somebody publishes them.

use std::collections::BTreeSet;

use farthing_ledger::{ConversionRule, RateLine, RatesDocument};
use farthing_store::DocumentKind as StoredKind;
use farthing_types::{BillingPeriod, Currency};
use serde::Serialize;
use utoipa::ToSchema;

use crate::document_versions::as_expected;
use crate::{Error, Farthing};

/// Rates as they were published, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedRates {
    /// The version; none where nothing was published.
    pub version: Option<u64>,
    /// False where the newest version has the same text.
    pub changed: bool,
    /// True where nothing was published because only the check was asked for.
    pub dry_run: bool,
    /// How many rates there are.
    pub rates: usize,
    /// How many pairs of currencies.
    pub pairs: usize,
    /// The rule where none is asked for.
    pub rule: ConversionRule,
    /// For how many days after its own a rate holds where these have none.
    pub carry_days: u32,
}

/// Reads a rates file, or says all that is wrong with it.
fn rates_of(text: &str, name: &str) -> Result<RatesDocument, Error> {
    RatesDocument::parse(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

impl Farthing {
    /// Checks rates and publishes them in place of those before, or only says what they are. With `expected` only where that version is the
    /// newest, 0 for none at all.
    ///
    /// # Errors
    /// [`Error::Changed`] where another version is in force; all that is wrong with them; nothing is then published.
    pub async fn import_rates(
        &self,
        text: &str,
        name: &str,
        by: &str,
        dry_run: bool,
        expected: Option<u64>,
    ) -> Result<PublishedRates, Error> {
        let before = self.in_force(StoredKind::Rates).await?;
        let version = before.as_ref().map(|before| before.version);
        as_expected("rates", expected, version)?;
        let document = rates_of(text, name)?;
        let lines: Vec<RateLine> = document.lines().collect();
        let pairs: BTreeSet<(Currency, Currency)> = lines.iter().map(|line| (line.from, line.to)).collect();
        let report = PublishedRates {
            version: None,
            changed: before.is_none_or(|before| before.content != text),
            dry_run,
            rates: lines.len(),
            pairs: pairs.len(),
            rule: document.rule().unwrap_or_default(),
            carry_days: document.carry_days(),
        };
        if dry_run {
            return Ok(report);
        }
        let seen: Vec<_> = expected.map(|_| (StoredKind::Rates, version)).into_iter().collect();
        let published = self.publish_recorded_document(StoredKind::Rates, text, by, &seen).await?;
        Ok(PublishedRates { version: Some(published.document.version), changed: published.is_new, ..report })
    }

    /// The version of the rates in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rates_version(&self) -> Result<Option<u64>, Error> {
        Ok(self.in_force(StoredKind::Rates).await?.map(|document| document.version))
    }

    /// The rates in force, by pair and day; only those of a pair, or of a month.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    pub async fn rates(&self, currency: Option<Currency>, period: Option<BillingPeriod>) -> Result<Vec<RateLine>, Error> {
        let (document, _) = self.rates_in_force().await?;
        let is_meant = |line: &RateLine| {
            let of_month =
                |period: BillingPeriod| period.start().date_naive() <= line.date && line.date < period.end().date_naive();
            currency.is_none_or(|currency| line.from == currency || line.to == currency) && period.is_none_or(of_month)
        };
        Ok(document.lines().filter(is_meant).collect())
    }

    pub(super) async fn rates_in_force(&self) -> Result<(RatesDocument, u64), Error> {
        match self.in_force(StoredKind::Rates).await? {
            Some(document) => Ok((rates_of(&document.content, &format!("rates v{}", document.version))?, document.version)),
            None => {
                let then = self.moment.map_or(String::new(), |moment| {
                    format!(
                        " as of {}, the moment that is asked about (a closed period is read as of its closing)",
                        moment.format("%Y-%m-%dT%H:%M:%SZ")
                    )
                });
                Err(Error::Nothing(format!(
                    "there are no rates between currencies{then}. Publish some: `farthing rates import rates.csv`, or ask for another moment with --as-of"
                )))
            }
        }
    }
}
