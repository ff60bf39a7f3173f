//! Charges against invoices: the difference is zero, or every part of it is an open item with a reason and an owner.
//!
//! An invoice is compared with the billed cost of the charges that name it. Two differences explain themselves and leave nothing
//! open: an invoice is stated in fewer decimals than its charges have, and a charge that is finer than 1e-18 was rounded when it
//! was imported, whose exact rest is known by source (the *residue*).

use std::collections::BTreeMap;

use ethnum::I256;
use farthing_types::{Amount, BillingPeriod, Currency, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::build::StatementError;

/// Charges of one source that name one invoice, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    /// The source.
    pub source: SourceName,
    /// The invoice; `None` where the charges name none.
    pub invoice: Option<String>,
    /// Who issues it, where the charges say.
    pub issuer: Option<String>,
    /// The sum of their billed cost.
    pub amount: Amount,
    /// How many they are.
    pub charges: u64,
    /// True where they adjust a closed period, which no invoice of this period states.
    pub adjusts: bool,
}

/// What an invoice, or all that a source invoiced, comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoiced {
    /// The invoice, or the source whose charges it is all of.
    pub document: Document,
    /// The amount, as far as 18 decimals go.
    pub amount: Amount,
    /// How many decimals it is stated in: its last one may be rounded.
    pub decimals: u32,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// An invoice by its id; of one source, where it is known.
    Invoice(Option<SourceName>, String),
    /// All charges of a source.
    Source(SourceName),
}

/// A period to be reconciled in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconciliationInput {
    /// The period.
    pub period: BillingPeriod,
    /// The currency.
    pub currency: Currency,
    /// The charges, all of them.
    pub charged: Vec<Charged>,
    /// The invoices.
    pub invoiced: Vec<Invoiced>,
    /// What is finer than 1e-18 in a source's billed cost, in units of 1e-36.
    pub residues: BTreeMap<SourceName, i128>,
    /// Where the invoices come from, for people.
    pub invoices_from: String,
}

/// How a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Invoice and charges are equal to the last decimal.
    Equal,
    /// The invoice is stated in fewer decimals; rounded to them, the charges are equal.
    InvoiceRounding,
    /// Charges finer than 1e-18 were rounded; with what that left out they are equal.
    Residue,
    /// Neither: somebody has to act.
    Open,
}

/// One invoice, or all charges of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReconciliationLine {
    /// The source of the charges; `null` where no charges name the invoice.
    pub source: Option<SourceName>,
    /// The invoice; `null` for charges that name none, and for a source as a whole.
    pub invoice: Option<String>,
    /// What the charges come to.
    pub charged: Amount,
    /// What the invoice says; `null` where there is none.
    pub invoiced: Option<Amount>,
    /// Invoiced less charged.
    pub difference: Amount,
    /// How many charges.
    pub charges: u64,
    /// How it stands.
    pub standing: Standing,
}

/// A part of the difference that somebody has to clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenItem {
    /// The source, where it is known.
    pub source: Option<SourceName>,
    /// The invoice, where there is one.
    pub invoice: Option<String>,
    /// Invoiced less charged.
    pub amount: Amount,
    /// Why, in one word: `amount_differs`, `not_charged`, `not_invoiced`, `no_invoice_id`, `adjustment`.
    pub reason: &'static str,
    /// Why, for people, and what to do.
    pub description: String,
    /// Who has to act.
    pub owner: String,
}

/// A period's charges against its invoices, in one currency:
/// `invoiced_total − charged_total = difference = invoice_rounding + residue + Σ open items`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reconciliation {
    /// The period.
    pub period: BillingPeriod,
    /// The currency of every amount.
    pub currency: Currency,
    /// Where the invoices come from.
    pub invoices_from: String,
    /// What all charges come to: billed cost.
    pub charged_total: Amount,
    /// What all invoices come to.
    pub invoiced_total: Amount,
    /// Invoiced less charged.
    pub difference: Amount,
    /// What of it the decimals of the invoices explain.
    pub invoice_rounding: Amount,
    /// What of it the rounding of charges at 1e-18 explains.
    pub residue: Amount,
    /// What of it is open: the sum of `open_items`.
    pub open: Amount,
    /// True where nothing is open.
    pub reconciled: bool,
    /// Every invoice and what no invoice states, by source and invoice.
    pub lines: Vec<ReconciliationLine>,
    /// What has to be cleared, the largest amount first.
    pub open_items: Vec<OpenItem>,
}

/// Compares charges with invoices.
///
/// # Errors
/// When a sum does not fit.
pub fn reconcile(input: &ReconciliationInput) -> Result<Reconciliation, StatementError> {
    let currency = input.currency;
    let overflow = || StatementError::Overflow { what: format!("the reconciliation of {}", input.period), currency };
    let mut pairs = pair(input).ok_or_else(overflow)?;
    settle_residues(&mut pairs, &input.residues);
    let sum = |amounts: &mut dyn Iterator<Item = Amount>| -> Result<Amount, StatementError> {
        let mut total = Amount::ZERO;
        for amount in amounts {
            total = total.checked_add(amount).ok_or_else(overflow)?;
        }
        Ok(total)
    };
    let explained = |standing: Standing| {
        sum(&mut pairs.iter().filter(|pair| pair.line.standing == standing).map(|pair| pair.line.difference))
    };
    let (invoice_rounding, residue, open) =
        (explained(Standing::InvoiceRounding)?, explained(Standing::Residue)?, explained(Standing::Open)?);
    let charged_total = sum(&mut pairs.iter().map(|pair| pair.line.charged))?;
    let invoiced_total = sum(&mut pairs.iter().filter_map(|pair| pair.line.invoiced))?;
    let mut open_items: Vec<OpenItem> =
        pairs.iter().filter(|pair| pair.line.standing == Standing::Open).map(|pair| pair.open_item(input)).collect();
    open_items.sort_by(|a, b| {
        let place = |item: &OpenItem| (item.source.clone(), item.invoice.clone());
        b.amount.abs().cmp(&a.amount.abs()).then_with(|| place(a).cmp(&place(b)))
    });
    let mut lines: Vec<ReconciliationLine> = pairs.into_iter().map(|pair| pair.line).collect();
    lines.sort_by(|a, b| (&a.source, &a.invoice).cmp(&(&b.source, &b.invoice)));
    Ok(Reconciliation {
        period: input.period,
        currency,
        invoices_from: input.invoices_from.clone(),
        charged_total,
        invoiced_total,
        difference: invoiced_total.checked_sub(charged_total).ok_or_else(overflow)?,
        invoice_rounding,
        residue,
        open,
        reconciled: open_items.is_empty(),
        lines,
        open_items,
    })
}

/// A line with what its reason depends on.
struct Pair {
    line: ReconciliationLine,
    issuer: Option<String>,
    adjusts: bool,
}

/// What no invoice has taken yet: sums, counts and issuers by source, invoice and whether they adjust a closed period.
type Left<'a> = BTreeMap<(&'a SourceName, Option<&'a str>, bool), (Amount, u64, Option<&'a str>)>;

/// Each invoice with the charges that name it, and what is left of the charges. `None` where a sum does not fit.
fn pair(input: &ReconciliationInput) -> Option<Vec<Pair>> {
    let mut left: Left<'_> = BTreeMap::new();
    for charged in &input.charged {
        let key = (&charged.source, charged.invoice.as_deref(), charged.adjusts);
        let sum = left.entry(key).or_insert((Amount::ZERO, 0, None));
        *sum = (sum.0.checked_add(charged.amount)?, sum.1.saturating_add(charged.charges), sum.2.or(charged.issuer.as_deref()));
    }
    let mut documents: BTreeMap<&Document, (Amount, u32)> = BTreeMap::new();
    for invoiced in &input.invoiced {
        let sum = documents.entry(&invoiced.document).or_insert((Amount::ZERO, 0));
        *sum = (sum.0.checked_add(invoiced.amount)?, sum.1.max(invoiced.decimals));
    }
    let mut documents: Vec<_> = documents.into_iter().collect();
    // An invoice that names its source comes before one that does not, and both before a source as a whole.
    documents.sort_by_key(|(document, _)| match document {
        Document::Invoice(Some(_), _) => 0,
        Document::Invoice(None, _) => 1,
        Document::Source(_) => 2,
    });
    let mut pairs = Vec::new();
    for (document, (invoiced, decimals)) in documents {
        let is_of = |source: &SourceName, invoice: Option<&str>, adjusts: bool| match document {
            Document::Invoice(of, id) => of.as_ref().is_none_or(|of| of == source) && invoice == Some(id.as_str()),
            Document::Source(of) => of == source && !adjusts,
        };
        let keys: Vec<_> = left.keys().copied().filter(|(source, invoice, adjusts)| is_of(source, *invoice, *adjusts)).collect();
        let (mut charged, mut charges, mut issuer, mut source) = (Amount::ZERO, 0_u64, None, None);
        for key in keys {
            let (amount, count, by) = left.remove(&key).expect("the key was just found");
            charged = charged.checked_add(amount)?;
            charges = charges.saturating_add(count);
            (issuer, source) = (issuer.or(by), source.or(Some(key.0)));
        }
        let difference = invoiced.checked_sub(charged)?;
        let standing = match () {
            () if difference.is_zero() => Standing::Equal,
            () if charges > 0 && charged.round(decimals) == invoiced => Standing::InvoiceRounding,
            () => Standing::Open,
        };
        let (named, invoice) = match document {
            Document::Invoice(of, id) => (of.as_ref(), Some(id.clone())),
            Document::Source(of) => (Some(of), None),
        };
        let source = source.or(named).cloned();
        let line = ReconciliationLine { source, invoice, charged, invoiced: Some(invoiced), difference, charges, standing };
        pairs.push(Pair { line, issuer: issuer.map(str::to_owned), adjusts: false });
    }
    for ((source, invoice, adjusts), (charged, charges, issuer)) in left {
        let standing = if charged.is_zero() { Standing::Equal } else { Standing::Open };
        let (source, invoice) = (Some(source.clone()), invoice.map(str::to_owned));
        let line = ReconciliationLine { source, invoice, charged, invoiced: None, difference: -charged, charges, standing };
        pairs.push(Pair { line, issuer: issuer.map(str::to_owned), adjusts });
    }
    Some(pairs)
}

/// Marks differences that are the rounding of charges at 1e-18: each is as small as that can be, and together they are the
/// source's residue, as far as the invoices' own 18 decimals show it.
fn settle_residues(pairs: &mut [Pair], residues: &BTreeMap<SourceName, i128>) {
    for (source, &residue) in residues {
        let is_small = |line: &ReconciliationLine| {
            // Rounding moves a charge by half of 1e-18 at most.
            let bound = i128::from(line.charges).saturating_add(1);
            line.standing == Standing::Open
                && line.source.as_ref() == Some(source)
                && line.invoiced.is_some()
                && line.difference.atto().saturating_abs().saturating_mul(2) <= bound
        };
        let small: Vec<usize> = (0..pairs.len()).filter(|&at| is_small(&pairs[at].line)).collect();
        let together: I256 = small.iter().map(|&at| I256::from(pairs[at].line.difference.atto())).sum();
        let atto = I256::from(1_000_000_000_000_000_000_i128);
        let missed = together * atto - I256::from(residue);
        // An invoice is itself rounded at its last decimal, by half of 1e-18 at most.
        if !small.is_empty() && missed.abs() * 2 <= atto * I256::from(small.len() as i64) {
            small.into_iter().for_each(|at| pairs[at].line.standing = Standing::Residue);
        }
    }
}

impl Pair {
    fn open_item(&self, input: &ReconciliationInput) -> OpenItem {
        let ReconciliationLine { source, invoice, charged, invoiced, difference, charges, .. } = &self.line;
        let of = source.as_ref().map_or("the source".to_owned(), ToString::to_string);
        let issuer = self.issuer.clone().unwrap_or_else(|| of.clone());
        let id = invoice.as_deref().unwrap_or_default();
        let (reason, description, owner) = match (invoiced, invoice) {
            (Some(_), _) if *charges == 0 => (
                "not_charged",
                format!(
                    "no charge names it: import the bill that it belongs to, or look for it in {} or the period after",
                    input.period.previous()
                ),
                "import of the bill".to_owned(),
            ),
            (Some(invoiced), _) => (
                "amount_differs",
                format!(
                    "invoiced {invoiced}, charged {charged}: look for rows that were set aside, an import that is not final, or ask the issuer"
                ),
                issuer,
            ),
            (None, _) if self.adjusts => (
                "adjustment",
                "it adjusts a closed period: it is on the corrected invoice of that period, or will be on a later one".to_owned(),
                "accounts payable".to_owned(),
            ),
            (None, Some(_)) => (
                "not_invoiced",
                format!(
                    "charges name invoice {id}, which is not among the invoices: get it, or give it with --invoice {id}=AMOUNT"
                ),
                "accounts payable".to_owned(),
            ),
            (None, None) => (
                "no_invoice_id",
                "charges that name no invoice yet: import the bill again when it is final, or accrue them".to_owned(),
                issuer,
            ),
        };
        OpenItem { source: source.clone(), invoice: invoice.clone(), amount: *difference, reason, description, owner }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn source(name: &str) -> SourceName {
        name.parse().unwrap()
    }

    fn charged(of: &str, invoice: Option<&str>, text: &str, charges: u64) -> Charged {
        let (issuer, amount) = (Some("Acme Cloud".to_owned()), amount(text));
        Charged { source: source(of), invoice: invoice.map(str::to_owned), issuer, amount, charges, adjusts: false }
    }

    fn invoice(id: &str, text: &str) -> Invoiced {
        let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32);
        Invoiced { document: Document::Invoice(None, id.into()), amount: amount(text), decimals }
    }

    fn input(charged: Vec<Charged>, invoiced: Vec<Invoiced>) -> ReconciliationInput {
        let (period, currency) = ("2026-05".parse().unwrap(), Currency::USD);
        ReconciliationInput { period, currency, charged, invoiced, residues: BTreeMap::new(), invoices_from: "by hand".into() }
    }

    fn open(found: &Reconciliation) -> Vec<String> {
        let item = |item: &OpenItem| format!("{} {} {}", item.reason, item.invoice.as_deref().unwrap_or("-"), item.amount);
        found.open_items.iter().map(item).collect()
    }

    #[test]
    fn equal_invoices_leave_nothing_open() {
        let charges = vec![charged("aws", Some("A1"), "10.25", 3), charged("aws", Some("A2"), "0.004", 1)];
        let found = reconcile(&input(charges, vec![invoice("A1", "10.25"), invoice("A2", "0.004")])).unwrap();
        assert!(found.reconciled && found.difference.is_zero() && found.lines.len() == 2, "{found:?}");
    }

    #[test]
    fn an_invoice_in_cents_explains_its_rounding() {
        let charges = vec![charged("aws", Some("A1"), "18554.856257624590813", 1000)];
        let found = reconcile(&input(charges.clone(), vec![invoice("A1", "18554.86")])).unwrap();
        assert!(found.reconciled, "{found:?}");
        assert_eq!(found.invoice_rounding, amount("0.003742375409187"));
        let found = reconcile(&input(charges, vec![invoice("A1", "18554.85")])).unwrap();
        assert_eq!(open(&found), ["amount_differs A1 -0.006257624590813"]);
    }

    #[test]
    fn every_open_item_has_its_reason() {
        let adjusting = Charged { adjusts: true, ..charged("aws:adjustments", None, "-4", 1) };
        let charges = vec![
            charged("aws", Some("A1"), "10", 3),
            charged("aws", Some("A2"), "20", 3),
            charged("aws", None, "7", 1),
            adjusting,
        ];
        let found = reconcile(&input(charges, vec![invoice("A1", "11"), invoice("A9", "5")])).unwrap();
        assert_eq!(
            open(&found),
            ["not_invoiced A2 -20", "no_invoice_id - -7", "not_charged A9 5", "adjustment - 4", "amount_differs A1 1"]
        );
        let owners: Vec<&str> = found.open_items.iter().map(|item| item.owner.as_str()).collect();
        assert_eq!(owners, ["accounts payable", "Acme Cloud", "import of the bill", "accounts payable", "Acme Cloud"]);
        assert!(!found.reconciled);
    }

    #[test]
    fn a_source_can_be_held_against_its_total() {
        let charges = vec![charged("aws", Some("A1"), "10", 3), charged("aws", None, "0.5", 1), charged("azure", None, "1", 1)];
        let total = Invoiced { document: Document::Source(source("aws")), amount: amount("10.5"), decimals: 2 };
        let found = reconcile(&input(charges, vec![total])).unwrap();
        assert_eq!(open(&found), ["no_invoice_id - -1"]);
    }

    #[test]
    fn what_rounding_left_out_closes_the_tie_out() {
        // 3 charges of 1/3 at 1e-19: the invoice has what the charges lost.
        let charges = vec![charged("aws", Some("A1"), "0.000000000000000003", 3)];
        let mut input = input(charges, vec![invoice("A1", "0.000000000000000004")]);
        assert_eq!(open(&reconcile(&input).unwrap()), ["amount_differs A1 0.000000000000000001"]);
        input.residues.insert(source("aws"), 1_200_000_000_000_000_000);
        let found = reconcile(&input).unwrap();
        assert!(found.reconciled && found.residue == amount("0.000000000000000001"), "{found:?}");
        input.residues.insert(source("aws"), -1_200_000_000_000_000_000);
        assert!(!reconcile(&input).unwrap().reconciled);
    }

    fn any_amount() -> impl Strategy<Value = Amount> {
        prop_oneof![
            Just(Amount::ZERO),
            (-100_i64..100).prop_map(Amount::from_int),
            (-(10_i128.pow(34))..10_i128.pow(34)).prop_map(|count| Amount::from_atto(count).unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn the_difference_is_explained_or_open_to_the_last_unit(
            charges in prop::collection::vec((0..2_usize, prop::option::of(0..3_u8), any_amount(), prop::bool::weighted(0.1)), 0..12),
            invoices in prop::collection::vec((0..5_u8, any_amount(), 0..=18_u32), 0..6),
            residue in -(10_i128.pow(19))..10_i128.pow(19),
        ) {
            let charge = |(of, invoice, amount, adjusts): (usize, Option<u8>, Amount, bool)| Charged {
                source: source(["aws", "azure"][of]),
                invoice: invoice.map(|id| format!("I{id}")),
                issuer: None,
                amount,
                charges: 1,
                adjusts,
            };
            let charges: Vec<Charged> = charges.into_iter().map(charge).collect();
            let document = |id: u8| if id == 4 { Document::Source(source("azure")) } else { Document::Invoice(None, format!("I{id}")) };
            let invoices: Vec<Invoiced> = invoices
                .into_iter()
                .map(|(id, amount, decimals)| Invoiced { document: document(id), amount: amount.round(decimals), decimals })
                .collect();
            let billed: Amount = charges.iter().map(|charged| charged.amount).sum();
            let stated: Amount = invoices.iter().map(|invoice| invoice.amount).sum();
            let mut input = input(charges, invoices);
            input.residues.insert(source("aws"), residue);
            let found = reconcile(&input).unwrap();
            prop_assert_eq!((found.charged_total, found.invoiced_total), (billed, stated));
            prop_assert_eq!(found.difference, stated - billed);
            prop_assert_eq!(found.difference, found.invoice_rounding + found.residue + found.open);
            prop_assert_eq!(found.open, found.open_items.iter().map(|item| item.amount).sum::<Amount>());
            prop_assert_eq!(found.reconciled, found.open_items.is_empty());
            prop_assert!(!found.reconciled || found.open.is_zero());
        }
    }
}
