//! Publishing and listing what tokens, machines, commitments and storage are sold for.

use std::collections::HashSet;

use chrono::NaiveDate;
use farthing_store::DocumentKind as StoredKind;
use farthing_types::{Amount, Currency};
use farthing_unit_economics::FigureSource;
use farthing_unit_economics::prices::sku_files::{self, FileTerms};
use farthing_unit_economics::prices::{PriceList, Schedule, SkuPrice, SkuQuery, litellm};
use serde::Serialize;
use utoipa::ToSchema;

use crate::documents::{DocumentKind, Published};
use crate::{Error, Farthing};

/// A price in force, for a million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenPrice {
    /// The model.
    pub model: String,
    /// Who sells it; anybody where none is stated.
    pub provider: Option<String>,
    /// The way of asking: `standard`, `batch`, `priority`, `flex`.
    pub mode: String,
    /// Input tokens of a request beyond which it holds.
    pub above: Option<u64>,
    /// The first day; since ever without it.
    pub from: Option<NaiveDate>,
    /// The first day on which it no longer holds.
    pub until: Option<NaiveDate>,
    /// The currency.
    pub currency: Currency,
    /// A million tokens of input.
    pub input: Amount,
    /// A million tokens of input read from the cache.
    pub cache_read: Amount,
    /// A million tokens of input written to the cache.
    pub cache_write: Amount,
    /// A million tokens of output.
    pub output: Amount,
    /// A request.
    pub request: Amount,
    /// Where it comes from.
    pub source: Option<FigureSource>,
}

/// Reads a price document, or says all that is wrong with it.
pub(crate) fn prices_of(text: &str, name: &str) -> Result<PriceList, Error> {
    PriceList::parse(text).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

/// What a list holds, in one sentence.
pub(crate) fn summary_of(list: &PriceList) -> String {
    let models: std::collections::BTreeSet<&str> = list.prices.iter().map(|price| price.model.as_str()).collect();
    let (prices, reserved, hosted) = (list.prices.len(), list.reserved.len(), list.hosted.len());
    let skus = if list.skus.is_empty() {
        String::new()
    } else {
        format!(", {} prices of machines, commitments and storage", list.skus.len())
    };
    format!("{prices} prices of {} models, {reserved} reserved capacities, {hosted} hosted models{skus}", models.len())
}

/// A price document made of the files that somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceFiles {
    /// Its text.
    pub text: String,
    /// What of the files is not in it.
    pub warnings: Vec<String>,
}

/// Makes one document of a price document and of the files of others: LiteLLM's model prices, Libcloud's `pricing.json`, price lists in
/// CSV. What the document says of a model or of something rented holds before theirs, whose prices hold from a day on.
///
/// # Errors
/// When there are two documents, or one of the files cannot be read.
pub fn price_files(files: &[(String, String)], terms: &FileTerms) -> Result<PriceFiles, Error> {
    let is_others = |text: &str| litellm::looks_like(text) || sku_files::is_libcloud(text) || sku_files::is_csv(text);
    let (others, documents): (Vec<_>, Vec<_>) = files.iter().partition(|(_, text)| is_others(text));
    let mut made = PriceFiles { text: String::new(), warnings: Vec::new() };
    let own = match documents.as_slice() {
        [] => None,
        [(name, text)] => {
            made.text.clone_from(text);
            Some(prices_of(text, name)?)
        }
        [(first, _), (second, _), ..] => {
            return Err(Error::Invalid(format!("{first} and {second} are both price documents: put them into one")));
        }
    };
    for (name, text) in others {
        let mut list = others_prices(name, text, terms, &mut made.warnings)?;
        if let Some(own) = &own {
            if own.currency != list.currency {
                return Err(Error::Invalid(format!("{name} is in {} and the document in {}", list.currency, own.currency)));
            }
            let stated: HashSet<&str> = own.prices.iter().map(|price| price.model.as_str()).collect();
            list.prices.retain(|price| !stated.contains(price.model.as_str()));
            let of = |price: &SkuPrice| (price.kind, price.sku.clone(), price.region.clone());
            let stated: HashSet<_> = own.skus.iter().map(of).collect();
            list.skus.retain(|price| !stated.contains(&of(price)));
        }
        let text = list.prices_document();
        // Behind a document only the prices themselves follow.
        let start = if made.text.is_empty() { 0 } else { text.find("\n[[").unwrap_or(text.len()) };
        made.text.push_str(&text[start..]);
    }
    Ok(made)
}

/// The prices of a file that is no document of ours.
fn others_prices(name: &str, text: &str, terms: &FileTerms, warnings: &mut Vec<String>) -> Result<PriceList, Error> {
    let failed = |problem: String| Error::Document { file: name.to_owned(), problems: vec![problem] };
    let of_skus = if sku_files::is_libcloud(text) {
        Some(sku_files::parse_libcloud(text, terms.from))
    } else {
        sku_files::is_csv(text).then(|| sku_files::parse_csv(text, terms))
    };
    if let Some(read) = of_skus {
        let read = read.map_err(|error| failed(error.to_string()))?;
        if read.left_out > 0 {
            warnings.push(format!("{name}: {} of its prices are none and were left out", read.left_out));
        }
        return Ok(read.list);
    }
    let read = litellm::parse(text, terms.from).map_err(|error| failed(error.to_string()))?;
    if read.left_out > 0 {
        warnings.push(format!("{name}: {} models are not sold by the token and were left out", read.left_out));
    }
    if !read.unread_fields.is_empty() {
        let fields: Vec<&str> = read.unread_fields.iter().take(5).map(String::as_str).collect();
        let (count, fields) = (read.unread_fields.len(), fields.join(", "));
        warnings.push(format!("{name}: {count} kinds of price have no place in a list of tokens and were left out: {fields} …"));
    }
    Ok(read.list)
}

impl Farthing {
    /// Checks prices without publishing them.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn check_prices(files: &PriceFiles, name: &str) -> Result<Published, Error> {
        let mut checked = Self::check_document(DocumentKind::Prices, &files.text, name)?;
        checked.warnings.splice(0..0, files.warnings.iter().cloned());
        Ok(checked)
    }

    /// Checks prices and publishes them in place of those before.
    ///
    /// # Errors
    /// All that is wrong with them; nothing is then published.
    pub async fn publish_prices(&self, files: &PriceFiles, name: &str, by: &str) -> Result<Published, Error> {
        let mut published = self.publish_document(DocumentKind::Prices, &files.text, name, by).await?;
        published.warnings.splice(0..0, files.warnings.iter().cloned());
        Ok(published)
    }

    /// The prices in force and their version.
    pub(crate) async fn token_prices(&self) -> Result<Option<(PriceList, u64)>, Error> {
        let Some(document) = self.in_force(StoredKind::Prices).await? else { return Ok(None) };
        let version = document.version;
        Ok(Some((prices_of(&document.content, &format!("prices v{version}"))?, version)))
    }

    /// What machines, commitments and storage are sold for, as far as is asked.
    ///
    /// # Errors
    /// When there is no price list, or nothing in it that is asked for.
    pub async fn listed_skus(&self, query: &SkuQuery) -> Result<Vec<SkuPrice>, Error> {
        self.document(DocumentKind::Prices).await?;
        let list = self.token_prices().await?.map(|(list, _)| list).unwrap_or_else(|| PriceList::empty(Currency::USD));
        let found: Vec<SkuPrice> = list.skus_of(query).into_iter().cloned().collect();
        if found.is_empty() {
            return Err(Error::Nothing("the price list has no such price of machines, commitments or storage".to_owned()));
        }
        Ok(found)
    }

    /// The prices in force, those of one model or on one day only where that is asked for.
    ///
    /// # Errors
    /// When there are none, or none of the model.
    pub async fn listed_prices(&self, model: Option<&str>, day: Option<NaiveDate>) -> Result<Vec<TokenPrice>, Error> {
        self.document(DocumentKind::Prices).await?;
        let list = self.token_prices().await?.map(|(list, _)| list).unwrap_or_else(|| PriceList::empty(Currency::USD));
        let mut lines = Vec::new();
        for price in &list.prices {
            if model.is_some_and(|model| price.model != model) || day.is_some_and(|day| !price.holds_on(day)) {
                continue;
            }
            for (mode, schedule) in &price.schedules {
                for (above, rates) in rows_of(schedule) {
                    let million = |price: Amount| price.checked_mul(Amount::from_int(1_000_000)).unwrap_or_default();
                    lines.push(TokenPrice {
                        model: price.model.clone(),
                        provider: price.provider.clone(),
                        mode: mode.clone(),
                        above,
                        from: price.from,
                        until: price.until,
                        currency: list.currency,
                        input: million(rates.input),
                        cache_read: million(rates.cache_read),
                        cache_write: million(rates.cache_write),
                        output: million(rates.output),
                        request: rates.request,
                        source: price.source.clone(),
                    });
                }
            }
        }
        match model {
            Some(model) if lines.is_empty() => Err(Error::Nothing(format!(
                "the price list has no price of {model}{}",
                day.map(|day| format!(" on {day}")).unwrap_or_default()
            ))),
            _ => Ok(lines),
        }
    }
}

fn rows_of(schedule: &Schedule) -> impl Iterator<Item = (Option<u64>, &farthing_unit_economics::prices::Rates)> {
    let tiers = schedule.tiers.iter().map(|tier| (Some(tier.above), &tier.rates));
    std::iter::once((None, &schedule.rates)).chain(tiers)
}

#[cfg(test)]
mod tests {
    /// Usage is told apart at import by the bounds that prices know.
    #[test]
    fn both_tell_lengths_apart_at_the_same_bounds() {
        assert_eq!(farthing_usage::INPUT_BOUNDS, farthing_unit_economics::prices::TIER_BOUNDS);
    }
}
