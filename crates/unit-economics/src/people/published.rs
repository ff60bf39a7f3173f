//! Published figures of what a decision by a person costs: for workflows without a log and without times of their own.

use farthing_types::Amount;
use num_bigint::BigInt;
use serde::Serialize;
use utoipa::ToSchema;

use crate::exact::{Fraction, to_amount};

/// A published cost of one decision by a person, in USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedFigure {
    /// Its name in people files.
    pub id: &'static str,
    /// What one decision is.
    pub decision: &'static str,
    /// Who published it, and where.
    pub source: &'static str,
    /// The year that it speaks of, where stated.
    pub year: Option<u16>,
    /// The published amount in cents …
    #[serde(skip)]
    cents: i64,
    /// … for so many decisions.
    #[serde(skip)]
    decisions: i64,
}

/// All of them.
pub const PUBLISHED: [PublishedFigure; 5] = [
    PublishedFigure {
        id: "content-moderation-zefr",
        decision: "a video moderated for brand safety",
        source: "Zefr, AI vs. human moderators: USD 974 for 1,500 videos by people, at F1 0.98",
        year: Some(2025),
        cents: 97_400,
        decisions: 1_500,
    },
    PublishedFigure {
        id: "invoice-processing-ardent",
        decision: "an invoice processed",
        source: "Ardent Partners, accounts payable metrics: average cost to process an invoice",
        year: Some(2025),
        cents: 1_288,
        decisions: 1,
    },
    PublishedFigure {
        id: "invoice-processing-apqc",
        decision: "an invoice processed",
        source: "APQC, open standards benchmarking: median cost to process an invoice",
        year: None,
        cents: 583,
        decisions: 1,
    },
    PublishedFigure {
        id: "prior-authorisation-manual-caqh",
        decision: "a prior authorisation handled by hand",
        source: "CAQH Index: cost of a manual prior authorisation",
        year: Some(2016),
        cents: 750,
        decisions: 1,
    },
    PublishedFigure {
        id: "prior-authorisation-electronic-caqh",
        decision: "a prior authorisation handled electronically",
        source: "CAQH Index: cost of an electronic prior authorisation",
        year: Some(2016),
        cents: 189,
        decisions: 1,
    },
];

impl PublishedFigure {
    /// The figure of this name.
    pub fn named(id: &str) -> Option<&'static Self> {
        PUBLISHED.iter().find(|figure| figure.id == id)
    }

    /// Its cost of one decision in USD, exactly.
    pub(crate) fn per_decision(&self) -> Fraction {
        Fraction::new(BigInt::from(self.cents), BigInt::from(self.decisions) * BigInt::from(100))
    }

    /// The same, rounded half to even at 1e-18.
    pub fn amount(&self) -> Amount {
        to_amount(&self.per_decision()).unwrap_or(Amount::ZERO)
    }

    /// Source and year, as it is cited.
    pub fn citation(&self) -> String {
        let year = self.year.map_or_else(|| "year not stated".to_owned(), |year| year.to_string());
        format!("published, not measured here: {}, {year}", self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_that_were_published() {
        let amount = |id: &str| PublishedFigure::named(id).unwrap().amount().to_string();
        assert_eq!(amount("content-moderation-zefr"), "0.649333333333333333");
        assert_eq!(amount("invoice-processing-ardent"), "12.88");
        assert_eq!(amount("invoice-processing-apqc"), "5.83");
        assert_eq!(amount("prior-authorisation-manual-caqh"), "7.5");
        assert_eq!(amount("prior-authorisation-electronic-caqh"), "1.89");
        assert!(PublishedFigure::named("invoice-processing-apqc").unwrap().citation().ends_with("year not stated"));
        assert_eq!(PublishedFigure::named("else"), None);
    }
}
