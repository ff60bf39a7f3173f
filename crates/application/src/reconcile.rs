//! A billing period's charges against its invoices.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use farthing_attribution::RuleSet;
use farthing_ledger::{Charged, Document, Invoiced, Reconciliation, ReconciliationInput, reconcile};
use farthing_store::{Dataset, Revision, adjusted_by};
use farthing_types::{Amount, AmountError, BillingPeriod, Cost, Currency, Selection, SourceName};

use crate::answer::column_values;
use crate::charges::PeriodCharges;
use crate::sql::SqlQuery;
use crate::{Error, Farthing};

/// What is to be reconciled.
#[derive(Clone, Debug)]
pub struct ReconcileQuery {
    /// The billing period.
    pub period: BillingPeriod,
    /// Invoices by their ids, given by hand.
    pub invoices: Vec<GivenTotal>,
    /// What sources invoiced altogether, given by hand. Without either the imported lines of invoices are used.
    pub totals: Vec<GivenTotal>,
}

/// A total that somebody gives: `INV-7=18554.86`, or with its currency `INV-7=18554.86EUR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenTotal {
    /// The invoice or source.
    pub name: String,
    /// The amount.
    pub amount: Amount,
    /// How many decimals it is given in.
    pub decimals: u32,
    /// The currency; that of the period without it.
    pub currency: Option<Currency>,
}

impl FromStr for GivenTotal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("{text:?} is no NAME=AMOUNT: write for example INV-7=18554.86 or INV-7=18554.86EUR");
        let (name, value) = text.rsplit_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(fail)?;
        let letters = value.trim_end_matches(|c: char| c.is_ascii_uppercase());
        let currency = value[letters.len()..].to_owned();
        let currency = if currency.is_empty() { None } else { Some(currency.parse().map_err(|_| fail())?) };
        let digits = letters.trim();
        let amount = digits.parse().map_err(|error: AmountError| format!("{}: {error}", fail()))?;
        let decimals = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32);
        Ok(Self { name: name.to_owned(), amount, decimals, currency })
    }
}

const DETAIL: &str = "SELECT InvoiceId, BillingCurrency, BilledCost FROM invoice_detail";

impl Farthing {
    /// Compares the billed cost of a period's charges with its invoices, one answer a currency: the difference is zero or a
    /// list of open items. Invoices are given by hand, or they are the imported lines of invoices.
    ///
    /// # Errors
    /// When the period has no charges, there are no invoices, or one in no currency of the period.
    pub async fn reconcile(&self, query: &ReconcileQuery) -> Result<Vec<Reconciliation>, Error> {
        let period = query.period;
        let no_rules = RuleSet::default();
        let charges = self.selected_charges(Selection::Period(period), &no_rules, &["InvoiceId", "InvoiceIssuerName"]).await?;
        let charged = charged(&charges)?;
        let currencies: BTreeSet<Currency> = charged.keys().copied().collect();
        let by_hand = !query.invoices.is_empty() || !query.totals.is_empty();
        let (invoiced, invoices_from) = match by_hand {
            true => (given(query, &currencies)?, "by hand".to_owned()),
            false => (self.imported_invoices(period).await?, "imported lines of invoices".to_owned()),
        };
        if invoiced.is_empty() {
            return Err(Error::Nothing(format!(
                "there are no invoices for {period}: import the Invoice Detail dataset with the bill, or give the totals by hand with \
                 --invoice ID=AMOUNT or --total SOURCE=AMOUNT"
            )));
        }
        let currencies: BTreeSet<Currency> = charged.keys().chain(invoiced.keys()).copied().collect();
        let of_currency = |currency: Currency| {
            let input = ReconciliationInput {
                period,
                currency,
                charged: charged.get(&currency).cloned().unwrap_or_default(),
                invoiced: invoiced.get(&currency).cloned().unwrap_or_default(),
                residues: residues(&charges.revisions, currency),
                invoices_from: invoices_from.clone(),
            };
            reconcile(&input).map_err(|error| Error::Invalid(error.to_string()))
        };
        currencies.into_iter().map(of_currency).collect()
    }

    /// The lines of invoices that sources delivered, added up by invoice.
    async fn imported_invoices(&self, period: BillingPeriod) -> Result<BTreeMap<Currency, Vec<Invoiced>>, Error> {
        let mut invoices: BTreeMap<(Currency, Document), (Amount, u32)> = BTreeMap::new();
        for revision in self.revisions(Dataset::InvoiceDetail, Some(period)).await? {
            let source = revision.source.clone();
            let question =
                SqlQuery { query: DETAIL.to_owned(), period: Some(period), source: Some(source.clone()), ..SqlQuery::default() };
            let (_, batches) = self.sql(&question).await?.collect().await?;
            for batch in batches {
                let columns = batch.columns().iter().map(column_values).collect::<Result<Vec<_>, _>>()?;
                let [ids, currencies, costs] = columns.as_slice() else { unreachable!("the question asks for three columns") };
                for ((id, currency), cost) in ids.iter().zip(currencies).zip(costs) {
                    let unusable = || Error::Invalid(format!("a line of the invoices of {source} has no currency or amount"));
                    let currency: Currency = currency.as_str().and_then(|code| code.parse().ok()).ok_or_else(unusable)?;
                    let cost = cost.as_str().unwrap_or("0");
                    let amount: Amount = cost.parse().map_err(|_| unusable())?;
                    let decimals = cost.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32);
                    let document = match id.as_str() {
                        Some(id) => Document::Invoice(Some(source.clone()), id.to_owned()),
                        None => Document::Source(source.clone()),
                    };
                    let sum = invoices.entry((currency, document)).or_insert((Amount::ZERO, currency.decimals()));
                    sum.0 = sum.0.checked_add(amount).ok_or_else(unusable)?;
                    sum.1 = sum.1.max(decimals);
                }
            }
        }
        let mut by_currency: BTreeMap<Currency, Vec<Invoiced>> = BTreeMap::new();
        for ((currency, document), (amount, decimals)) in invoices {
            by_currency.entry(currency).or_default().push(Invoiced { document, amount, decimals });
        }
        Ok(by_currency)
    }
}

/// The charges by currency, source, invoice and issuer.
fn charged(charges: &PeriodCharges) -> Result<BTreeMap<Currency, Vec<Charged>>, Error> {
    let [invoice, issuer] = ["InvoiceId", "InvoiceIssuerName"].map(|name| charges.keys.column(name));
    let mut sums: BTreeMap<_, (Amount, u64)> = BTreeMap::new();
    for group in &charges.groups {
        let value = |column: Option<usize>| column.and_then(|column| charges.keys.value(group.key, column));
        let sum = sums.entry((group.currency, group.source, value(invoice), value(issuer))).or_default();
        let overflow = || Error::Invalid(format!("a sum of costs in {} does not fit ±1e20", group.currency));
        sum.0 = sum.0.checked_add(group.costs.billed).ok_or_else(overflow)?;
        sum.1 += group.charges;
    }
    let mut by_currency: BTreeMap<Currency, Vec<Charged>> = BTreeMap::new();
    for ((currency, source, invoice, issuer), (amount, count)) in sums {
        let source = charges.sources[source as usize].clone();
        let adjusts = adjusted_by(&source).is_some();
        let (invoice, issuer) = (invoice.map(str::to_owned), issuer.map(str::to_owned));
        by_currency.entry(currency).or_default().push(Charged { source, invoice, issuer, amount, charges: count, adjusts });
    }
    Ok(by_currency)
}

/// What is finer than 1e-18 in each source's billed cost.
fn residues(revisions: &[Revision], currency: Currency) -> BTreeMap<SourceName, i128> {
    let mut residues = BTreeMap::new();
    for revision in revisions {
        for total in revision.totals.iter().filter(|total| total.currency == currency && total.cost == Cost::Billed) {
            *residues.entry(revision.source.clone()).or_insert(0_i128) += total.residue.count();
        }
    }
    residues
}

/// The totals that were given, in currencies of the period.
fn given(query: &ReconcileQuery, currencies: &BTreeSet<Currency>) -> Result<BTreeMap<Currency, Vec<Invoiced>>, Error> {
    let mut invoiced: BTreeMap<Currency, Vec<Invoiced>> = BTreeMap::new();
    let invoices = query.invoices.iter().map(|given| (given, Ok(Document::Invoice(None, given.name.clone()))));
    let totals = query.totals.iter().map(|given| {
        let source = given.name.parse().map(Document::Source);
        (given, source.map_err(|error: farthing_types::IdError| Error::Invalid(format!("--total {}: {error}", given.name))))
    });
    let mut seen = BTreeSet::new();
    for (given, document) in invoices.chain(totals) {
        let document = document?;
        let only = currencies.first().filter(|_| currencies.len() == 1).copied();
        let currency = given.currency.or(only).ok_or_else(|| {
            let known: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
            Error::Invalid(format!(
                "{}={}: the charges are in several currencies ({}), so write which, such as {}={}{}",
                given.name,
                given.amount,
                known.join(", "),
                given.name,
                given.amount,
                known.first().unwrap_or(&"USD")
            ))
        })?;
        if !seen.insert((document.clone(), currency)) {
            return Err(Error::Invalid(format!("{} in {currency} is given twice: give its total once", given.name)));
        }
        let decimals = given.decimals.max(currency.decimals());
        invoiced.entry(currency).or_default().push(Invoiced { document, amount: given.amount, decimals });
    }
    Ok(invoiced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_given_as_people_write_them() {
        let read = |text: &str| text.parse::<GivenTotal>();
        let plain = read("INV-7=18554.80").unwrap();
        assert_eq!((plain.name.as_str(), plain.amount.to_string().as_str(), plain.decimals), ("INV-7", "18554.8", 2));
        let euro = read("A=B=-3 EUR").unwrap();
        assert_eq!((euro.name.as_str(), euro.amount.to_string().as_str(), euro.currency), ("A=B", "-3", Some(Currency::EUR)));
        for text in ["", "INV-7", "=3", "INV-7=", "INV-7=3EU", "INV-7=EUR", "INV-7=3,5"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
