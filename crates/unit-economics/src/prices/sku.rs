//! What machines, commitments and storage are sold for: the tables `[[sku]]` of a price document.
//!
//! ```toml
//! [[sku]]
//! kind = "on_demand"                 # or spot, commitment, storage
//! provider = "aws"
//! region = "us-east-1"               # any where it is left out
//! sku = "g5.xlarge"                  # as the bill or the fleet profile names it
//! price = "1.006"                    # for a unit
//! unit = "hour"                      # default hour; of storage GB-month
//! from = 2026-07-01                  # until a later one of the same begins, or until `until`
//!
//! [[sku]]
//! kind = "commitment"
//! provider = "aws"
//! region = "us-east-1"
//! sku = "g5.xlarge"
//! term_months = 12
//! payment = "no_upfront"             # or partial_upfront, all_upfront; left out where it makes no difference
//! price = "0.634"                    # with all that is paid before, spread over the term
//! ```

use std::fmt::{self, Write};

use chrono::NaiveDate;
use farthing_types::Amount;
use serde::{Deserialize, Serialize};
use toml::value::Datetime;
use utoipa::ToSchema;

use super::{PriceList, provider_key};
use crate::document::{Decimal, FigureSource};

/// How something is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkuKind {
    /// By use, for as long as it is used.
    OnDemand,
    /// By use, and taken away at any time.
    Spot,
    /// For a term, used or not.
    Commitment,
    /// By what lies there.
    Storage,
}

/// What of a commitment is paid at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Nothing.
    NoUpfront,
    /// A part.
    PartialUpfront,
    /// All.
    AllUpfront,
}

/// What a unit of something is sold for on some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SkuPrice {
    /// How it is sold.
    pub kind: SkuKind,
    /// Who sells it.
    pub provider: String,
    /// Where; anywhere where none is stated.
    pub region: Option<String>,
    /// What: an instance type, a storage class, an id of the bill.
    pub sku: String,
    /// Of what the price is: `hour`, `GB-month`.
    pub unit: String,
    /// For a unit; of a commitment with what is paid before, spread over the term.
    pub price: Amount,
    /// How long a commitment lasts.
    pub term_months: Option<u32>,
    /// What of it is paid at its beginning.
    pub payment: Option<Payment>,
    /// The first day; since ever without it.
    pub from: Option<NaiveDate>,
    /// The first day on which it no longer holds. Without it, it holds until another of the same begins.
    pub until: Option<NaiveDate>,
    /// Where it comes from.
    pub source: Option<FigureSource>,
}

macro_rules! written {
    ($type:ty, $($variant:ident = $word:literal),*) => {
        impl $type {
            /// All, as documents write them.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),*];

            /// As documents write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().find(|(word, _)| *word == text.replace('-', "_"));
                found.map(|(_, value)| *value).ok_or_else(|| {
                    let words: Vec<&str> = Self::ALL.iter().map(|(word, _)| *word).collect();
                    format!("{text:?} is none of {}", words.join(", "))
                })
            }
        }
    };
}

written!(SkuKind, OnDemand = "on_demand", Spot = "spot", Commitment = "commitment", Storage = "storage");
written!(Payment, NoUpfront = "no_upfront", PartialUpfront = "partial_upfront", AllUpfront = "all_upfront");

/// A table of the document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkuEntry {
    pub kind: SkuKind,
    pub provider: String,
    pub region: Option<String>,
    pub sku: String,
    pub unit: Option<String>,
    pub price: Decimal,
    pub term_months: Option<u32>,
    pub payment: Option<Payment>,
    pub from: Option<Datetime>,
    pub until: Option<Datetime>,
    pub source: Option<FigureSource>,
}

/// What is asked of prices; a part that is left out takes any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkuQuery {
    /// How it is sold.
    pub kind: Option<SkuKind>,
    /// Who sells it.
    pub provider: Option<String>,
    /// Where.
    pub region: Option<String>,
    /// What.
    pub sku: Option<String>,
    /// On which day.
    pub on: Option<NaiveDate>,
}

impl SkuPrice {
    /// What is wrong with it, but for its days.
    pub(super) fn problem(&self) -> Option<String> {
        let Self { sku, price, .. } = self;
        let names = [Some(&self.provider), Some(&self.sku), Some(&self.unit), self.region.as_ref()];
        if names.into_iter().flatten().any(|name| name.trim().is_empty() || name.len() > 256) {
            return Some(format!("{sku:?}: provider, region, sku and unit are names of 1 to 256 bytes"));
        }
        if price.is_negative() || *price > Amount::from_int(1_000_000_000) {
            return Some(format!("{sku}: price: {price} cannot be a price: from 0 to 1e9"));
        }
        match (self.kind, self.term_months, self.payment) {
            (SkuKind::Commitment, Some(1..=120), _) | (SkuKind::OnDemand | SkuKind::Spot | SkuKind::Storage, None, None) => None,
            (SkuKind::Commitment, ..) => Some(format!("{sku}: a commitment says how long it lasts: term_months, from 1 to 120")),
            _ => Some(format!("{sku}: term_months and payment are of commitments alone")),
        }
    }

    /// What two prices are of, of which on a day one holds.
    fn of(&self) -> (SkuKind, &str, Option<&str>, &str, &str, Option<u32>, Option<Payment>) {
        let region = self.region.as_deref();
        (self.kind, provider_key(&self.provider), region, &self.sku, &self.unit, self.term_months, self.payment)
    }

    /// Whether it can hold on a day. It does where no later one of the same does.
    fn may_hold_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    fn answers(&self, query: &SkuQuery) -> bool {
        let is = |asked: &Option<String>, of: &str| asked.as_deref().is_none_or(|asked| asked == of);
        query.kind.is_none_or(|kind| kind == self.kind)
            && query.provider.as_deref().is_none_or(|asked| provider_key(asked) == provider_key(&self.provider))
            && self.region.as_deref().is_none_or(|region| is(&query.region, region))
            && is(&query.sku, &self.sku)
            && query.on.is_none_or(|day| self.may_hold_on(day))
    }

    pub(super) fn write(&self, text: &mut String) {
        let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
        let mut line = |key: &str, value: String| writeln!(text, "{key} = {value}").expect("a String takes everything");
        line("\n[[sku]]\nkind", format!("\"{}\"", self.kind));
        line("provider", quoted(&self.provider));
        if let Some(region) = &self.region {
            line("region", quoted(region));
        }
        line("sku", quoted(&self.sku));
        line("unit", quoted(&self.unit));
        line("price", format!("\"{}\"", self.price));
        if let Some(months) = self.term_months {
            line("term_months", months.to_string());
        }
        if let Some(payment) = self.payment {
            line("payment", format!("\"{payment}\""));
        }
        for (key, day) in [("from", self.from), ("until", self.until)] {
            if let Some(day) = day {
                line(key, day.to_string());
            }
        }
        if let Some(source) = &self.source {
            let year = source.year.map(|year| format!(", year = {year}")).unwrap_or_default();
            line("source", format!("{{ source = {}{year} }}", quoted(&source.source)));
        }
    }
}

impl PriceList {
    /// The prices that a question is about, in the order of what they are of. On a day, the one of each that began last.
    pub fn skus_of(&self, query: &SkuQuery) -> Vec<&SkuPrice> {
        let mut found: Vec<&SkuPrice> = self.skus.iter().filter(|price| price.answers(query)).collect();
        // The latest first, and of those that began together the first of the document: sorting keeps their order.
        found.sort_by(|a, b| a.of().cmp(&b.of()).then(b.from.cmp(&a.from)));
        if query.on.is_some() {
            found.dedup_by(|later, first| later.of() == first.of());
        }
        found
    }

    /// What something is sold for on a day in a region: there, else where no region is stated.
    pub fn sku_price(&self, kind: SkuKind, provider: &str, region: &str, sku: &str, on: NaiveDate) -> Option<&SkuPrice> {
        let [provider, region, sku] = [provider, region, sku].map(|text| Some(text.to_owned()));
        let found = self.skus_of(&SkuQuery { kind: Some(kind), provider, region, sku, on: Some(on) });
        found.iter().find(|price| price.region.is_some()).or(found.first()).copied()
    }

    /// Prices of the same thing that begin on the same day, of which nobody can tell which holds.
    pub(super) fn doubled_sku(&self) -> Option<&SkuPrice> {
        let mut seen = std::collections::HashSet::new();
        self.skus.iter().find(|price| !seen.insert((price.of(), price.from)))
    }
}
