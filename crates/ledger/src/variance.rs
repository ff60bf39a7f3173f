//! Why a period cost another amount than an earlier one: a bridge of steps that sums to the difference exactly.
//!
//! Charges are compared by *item*, one SKU of a source, and items of one service and pricing unit are a *family*, whose
//! quantities can be added up. With the quantity Q and cost C of an item before (1) and after (2), for each row of the bridge:
//!
//! - **price** = Σ over items (C₂ − C₁ × Q₂ ÷ Q₁): what the quantity of today costs more than at the price of then;
//! - **volume** = C₁ × Q₂ ÷ Q₁ − C₁ with the sums of the family: more or less of the same mix at the prices of then. A family
//!   that was not there, or is there no longer, is all volume;
//! - **mix** = Σ over items (C₁ × Q₂ ÷ Q₁) − family's C₁ × Q₂ ÷ Q₁: other items of the family than then. An item without a price
//!   of then counts at its own;
//! - **fees** = the difference of charges without a quantity: taxes, support, credits;
//! - **correction** = the difference of charges that correct earlier periods (`ChargeClass` is `Correction`);
//! - **rules** = what the later charges are attributed to the row now, less what they would be by the rules and units as they
//!   were on the last day of the earlier period;
//! - **shared** = the difference of what pools gave, less what they took;
//! - **fx** = in a bridge that is converted (`variance_in`): what money was worth other than at the mean rates of the earlier period.
//!
//! Quotients are rounded half to even at 1e-18 and each is added in one step and taken off in another, so nothing is lost.
//!
//! Method: price–volume–mix analysis of management accounting (e.g. Horngren, *Cost Accounting*, ch. 14: sales-mix and
//! sales-quantity variances), with the mix taken within families of one unit of measure.

use std::collections::BTreeMap;

use farthing_types::{Amount, BillingPeriod, Cost, Currency};
use serde::Serialize;
use utoipa::ToSchema;

use crate::build::StatementError;

/// Charges of one row and item, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The row of the bridge: a unit, a reason or a service.
    pub row: String,
    /// Its source, service and pricing unit: quantities of one family can be added up.
    pub family: [String; 3],
    /// The SKU.
    pub sku: String,
    /// True for corrections of earlier periods.
    pub is_correction: bool,
    /// How much was used, in the pricing unit; zero where the charges have none.
    pub quantity: Amount,
    /// What it cost.
    pub amount: Amount,
}

/// What a row owes on the statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowTotals {
    /// In the earlier period: rules and pools.
    pub before: Amount,
    /// Of it from pools.
    pub shared_before: Amount,
    /// In the later period: rules and pools.
    pub after: Amount,
    /// Of it from pools.
    pub shared_after: Amount,
    /// What rules sent of the later charges, less what they would have sent as they were at the end of the earlier period.
    pub rules: Amount,
}

/// Two periods to be compared, in one currency and cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VarianceInput {
    /// The earlier period.
    pub from: BillingPeriod,
    /// The later period.
    pub to: BillingPeriod,
    /// The currency.
    pub currency: Currency,
    /// Which of the four costs.
    pub cost: Cost,
    /// The rows as the statements have them.
    pub rows: BTreeMap<String, RowTotals>,
    /// The charges of the earlier period.
    pub before: Vec<Item>,
    /// The charges of the later period, on the rows where the earlier rules would put them.
    pub after: Vec<Item>,
}

/// The steps from the earlier amount to the later one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = VarianceSteps)]
pub struct Steps {
    /// Other prices for the same items.
    pub price: Amount,
    /// More or less of a family.
    pub volume: Amount,
    /// Other items of a family.
    pub mix: Amount,
    /// Charges without a quantity.
    pub fees: Amount,
    /// Corrections of earlier periods.
    pub correction: Amount,
    /// Other rules or units.
    pub rules: Amount,
    /// Shares of pools.
    pub shared: Amount,
    /// Other rates between currencies.
    pub fx: Amount,
}

impl Steps {
    /// The steps with their names, in order.
    pub fn named(&self) -> [(&'static str, Amount); 8] {
        let Self { price, volume, mix, fees, correction, rules, shared, fx } = *self;
        [
            ("price", price),
            ("volume", volume),
            ("mix", mix),
            ("fees", fees),
            ("correction", correction),
            ("rules", rules),
            ("shared", shared),
            ("fx", fx),
        ]
    }
}

/// One row of the bridge: `before + Σ steps = after`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VarianceRow {
    /// The unit, reason or service.
    pub row: String,
    /// In the earlier period.
    pub before: Amount,
    /// The steps.
    #[serde(flatten)]
    pub steps: Steps,
    /// In the later period.
    pub after: Amount,
    /// `after − before`.
    pub change: Amount,
    /// `change − Σ steps`: zero, or the facts are not those of the statements.
    pub difference: Amount,
}

/// What one item's price or one family's volume did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VarianceCause {
    /// The row.
    pub row: String,
    /// `price` or `volume`.
    pub step: &'static str,
    /// The source.
    pub source: String,
    /// The service.
    pub service: String,
    /// What quantities are counted in.
    pub pricing_unit: String,
    /// The SKU; `null` for a family.
    pub sku: Option<String>,
    /// How much it changed the row.
    pub amount: Amount,
    /// The quantity then.
    pub quantity_before: Amount,
    /// The quantity now.
    pub quantity_after: Amount,
    /// The price then; `null` where there was none.
    pub price_before: Option<Amount>,
    /// The price now; `null` where there is none.
    pub price_after: Option<Amount>,
}

/// A bridge between two periods in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Variance {
    /// The earlier period.
    pub from: BillingPeriod,
    /// The later period.
    pub to: BillingPeriod,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// All rows together.
    pub total: VarianceRow,
    /// The rows, the largest change first.
    pub rows: Vec<VarianceRow>,
    /// The largest causes of price and volume, at most 50.
    pub causes: Vec<VarianceCause>,
}

/// How many causes are named.
const CAUSES: usize = 50;

/// Makes the bridge of two periods.
///
/// # Errors
/// When a sum does not fit.
pub fn variance(input: &VarianceInput) -> Result<Variance, StatementError> {
    let mut steps: BTreeMap<&str, Steps> = input.rows.keys().map(|row| (row.as_str(), Steps::default())).collect();
    let mut causes = Vec::new();
    for ((row, family), items) in families(input)? {
        let found = Family { row, family, items }.bridge(&mut causes).ok_or_else(|| overflow(input, row))?;
        let sum = add(steps.get(row).copied().unwrap_or_default(), found);
        steps.insert(row, sum.ok_or_else(|| overflow(input, row))?);
    }
    let nothing = RowTotals::default();
    let mut rows = Vec::with_capacity(steps.len());
    for (name, of_charges) in steps {
        let totals = input.rows.get(name).unwrap_or(&nothing);
        rows.push(row_of(name, totals, of_charges).ok_or_else(|| overflow(input, name))?);
    }
    let VarianceInput { from, to, currency, cost, .. } = *input;
    bridge(rows, causes, [from, to], currency, cost).ok_or_else(|| overflow(input, "the total"))
}

/// The bridge of these rows, the largest first; `None` where a sum does not fit.
pub(crate) fn bridge(
    mut rows: Vec<VarianceRow>,
    mut causes: Vec<VarianceCause>,
    [from, to]: [BillingPeriod; 2],
    currency: Currency,
    cost: Cost,
) -> Option<Variance> {
    let mut sums = (Amount::ZERO, Steps::default(), Amount::ZERO);
    for row in &rows {
        sums = (sums.0.checked_add(row.before)?, add(sums.1, row.steps)?, sums.2.checked_add(row.after)?);
    }
    let total = close("total", sums.0, sums.1, sums.2)?;
    rows.sort_by(|a, b| b.change.abs().cmp(&a.change.abs()).then_with(|| a.row.cmp(&b.row)));
    causes.sort_by(|a, b| {
        let place = |cause: &VarianceCause| (cause.row.clone(), cause.source.clone(), cause.service.clone(), cause.sku.clone());
        b.amount.abs().cmp(&a.amount.abs()).then_with(|| place(a).cmp(&place(b)))
    });
    causes.truncate(CAUSES);
    Some(Variance { from, to, currency, cost, total, rows, causes })
}

fn overflow(input: &VarianceInput, what: &str) -> StatementError {
    StatementError::Overflow { what: what.to_owned(), currency: input.currency }
}

/// What pools and rules did to a row joins what its charges did.
fn row_of(name: &str, totals: &RowTotals, of_charges: Steps) -> Option<VarianceRow> {
    let shared = totals.shared_after.checked_sub(totals.shared_before)?;
    close(name, totals.before, Steps { shared, rules: totals.rules, ..of_charges }, totals.after)
}

pub(crate) fn close(name: &str, before: Amount, steps: Steps, after: Amount) -> Option<VarianceRow> {
    let change = after.checked_sub(before)?;
    let difference = steps.named().iter().try_fold(change, |left, (_, step)| left.checked_sub(*step))?;
    Some(VarianceRow { row: name.to_owned(), before, steps, after, change, difference })
}

pub(crate) fn add(a: Steps, b: Steps) -> Option<Steps> {
    Some(Steps {
        price: a.price.checked_add(b.price)?,
        volume: a.volume.checked_add(b.volume)?,
        mix: a.mix.checked_add(b.mix)?,
        fees: a.fees.checked_add(b.fees)?,
        correction: a.correction.checked_add(b.correction)?,
        rules: a.rules.checked_add(b.rules)?,
        shared: a.shared.checked_add(b.shared)?,
        fx: a.fx.checked_add(b.fx)?,
    })
}

/// Quantity and cost, before and after.
#[derive(Clone, Copy, Debug, Default)]
struct Both {
    quantity: [Amount; 2],
    amount: [Amount; 2],
}

impl Both {
    fn plus(self, other: Self) -> Option<Self> {
        let sum = |a: [Amount; 2], b: [Amount; 2]| Some([a[0].checked_add(b[0])?, a[1].checked_add(b[1])?]);
        Some(Self { quantity: sum(self.quantity, other.quantity)?, amount: sum(self.amount, other.amount)? })
    }

    /// The later quantity at the earlier price; none where there was no price, or there is nothing now to hold against it.
    fn at_earlier_price(&self) -> Option<Amount> {
        let [before, after] = self.quantity;
        if before.is_zero() { None } else { self.amount[0].mul_div(after, before) }
    }

    fn has_quantity(&self) -> bool {
        self.quantity.iter().any(|quantity| !quantity.is_zero())
    }
}

/// By SKU and whether it is a correction.
type Items<'a> = BTreeMap<(&'a str, bool), Both>;

fn families(input: &VarianceInput) -> Result<BTreeMap<(&str, &[String; 3]), Items<'_>>, StatementError> {
    let mut families: BTreeMap<(&str, &[String; 3]), Items<'_>> = BTreeMap::new();
    for (side, items) in [&input.before, &input.after].into_iter().enumerate() {
        for item in items {
            let mut both = Both::default();
            (both.quantity[side], both.amount[side]) = (item.quantity, item.amount);
            let family = families.entry((&item.row, &item.family)).or_default();
            let sum = family.entry((&item.sku, item.is_correction)).or_default();
            *sum = sum.plus(both).ok_or_else(|| overflow(input, &item.row))?;
        }
    }
    Ok(families)
}

struct Family<'a> {
    row: &'a str,
    family: &'a [String; 3],
    items: Items<'a>,
}

impl Family<'_> {
    /// The steps of the family's charges; `None` where a sum does not fit.
    fn bridge(&self, causes: &mut Vec<VarianceCause>) -> Option<Steps> {
        let mut steps = Steps::default();
        let mut family = Both::default();
        let mut at_earlier_prices = Amount::ZERO;
        for (&(sku, is_correction), both) in &self.items {
            let change = both.amount[1].checked_sub(both.amount[0])?;
            if is_correction {
                steps.correction = steps.correction.checked_add(change)?;
            } else if !both.has_quantity() {
                steps.fees = steps.fees.checked_add(change)?;
            } else {
                family = family.plus(*both)?;
                let is_priced = !both.quantity[1].is_zero();
                let then = both.at_earlier_price().filter(|_| is_priced).unwrap_or(both.amount[1]);
                at_earlier_prices = at_earlier_prices.checked_add(then)?;
                let price = both.amount[1].checked_sub(then)?;
                steps.price = steps.price.checked_add(price)?;
                self.cause(causes, "price", Some(sku), price, both);
            }
        }
        let at_earlier_mix = family.at_earlier_price().unwrap_or(at_earlier_prices);
        steps.volume = at_earlier_mix.checked_sub(family.amount[0])?;
        steps.mix = at_earlier_prices.checked_sub(at_earlier_mix)?;
        self.cause(causes, "volume", None, steps.volume, &family);
        Some(steps)
    }

    fn cause(&self, causes: &mut Vec<VarianceCause>, step: &'static str, sku: Option<&str>, amount: Amount, both: &Both) {
        if amount.is_zero() {
            return;
        }
        let [source, service, pricing_unit] = self.family.clone();
        let price = |side: usize| both.amount[side].checked_div(both.quantity[side]);
        causes.push(VarianceCause {
            row: self.row.to_owned(),
            step,
            source,
            service,
            pricing_unit,
            sku: sku.map(str::to_owned),
            amount,
            quantity_before: both.quantity[0],
            quantity_after: both.quantity[1],
            price_before: price(0),
            price_after: price(1),
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn item(row: &str, sku: &str, quantity: &str, cost: &str) -> Item {
        let family = ["aws", "Compute", "Hours"].map(str::to_owned);
        let (row, sku) = (row.to_owned(), sku.to_owned());
        Item { row, family, sku, is_correction: false, quantity: amount(quantity), amount: amount(cost) }
    }

    /// The rows' totals are the items' sums: no pools and no change of rules.
    fn input(before: Vec<Item>, after: Vec<Item>) -> VarianceInput {
        let mut rows: BTreeMap<String, RowTotals> = BTreeMap::new();
        for item in &before {
            rows.entry(item.row.clone()).or_default().before += item.amount;
        }
        for item in &after {
            rows.entry(item.row.clone()).or_default().after += item.amount;
        }
        let (from, to) = ("2026-04".parse().unwrap(), "2026-05".parse().unwrap());
        VarianceInput { from, to, currency: Currency::USD, cost: Cost::Effective, rows, before, after }
    }

    fn steps(found: &Variance) -> String {
        let step = |(name, step): (&str, Amount)| (!step.is_zero()).then(|| format!("{name} {step}"));
        let mut steps: Vec<String> = found.total.steps.named().into_iter().filter_map(step).collect();
        steps.push(format!("left {}", found.total.difference));
        steps.join(", ")
    }

    #[test]
    fn each_step_is_what_its_name_says() {
        let then = || vec![item("a", "small", "10", "10"), item("a", "large", "10", "40")];
        let now = |small: [&str; 2], large: [&str; 2]| {
            let after = vec![item("a", "small", small[0], small[1]), item("a", "large", large[0], large[1])];
            steps(&variance(&input(then(), after)).unwrap())
        };
        assert_eq!(now(["10", "12"], ["10", "44"]), "price 6, left 0");
        assert_eq!(now(["20", "20"], ["20", "80"]), "volume 50, left 0");
        // 20 hours as before, all of them large: 80 instead of 50.
        assert_eq!(now(["0", "0"], ["20", "80"]), "mix 30, left 0");
        assert_eq!(now(["5", "10"], ["30", "150"]), "price 35, volume 37.5, mix 37.5, left 0");
    }

    #[test]
    fn what_is_new_or_gone_is_volume_and_what_has_no_quantity_is_a_fee() {
        let other = |mut item: Item| {
            item.family[1] = "Storage".into();
            item
        };
        let before = vec![item("a", "x", "10", "10"), item("a", "tax", "0", "3")];
        let after = vec![other(item("a", "y", "1", "7")), item("a", "tax", "0", "4.5")];
        assert_eq!(steps(&variance(&input(before, after)).unwrap()), "volume -3, fees 1.5, left 0");
        let correction = Item { is_correction: true, ..item("a", "x", "1", "-2") };
        let found = variance(&input(vec![item("a", "x", "10", "10")], vec![item("a", "x", "10", "10"), correction])).unwrap();
        assert_eq!(steps(&found), "correction -2, left 0");
        assert_eq!(found.causes, []);
    }

    #[test]
    fn rules_and_pools_are_steps_and_what_is_missing_is_left() {
        let mut input = input(vec![item("a", "x", "1", "1")], vec![item("a", "x", "1", "1")]);
        let row = input.rows.get_mut("a").unwrap();
        (row.rules, row.shared_before, row.shared_after) = (amount("5"), amount("2"), amount("10"));
        (row.before, row.after) = (amount("3"), amount("16.25"));
        assert_eq!(steps(&variance(&input).unwrap()), "rules 5, shared 8, left 0.25");
    }

    fn any_amount() -> impl Strategy<Value = Amount> {
        prop_oneof![
            Just(Amount::ZERO),
            (-1000_i64..1000).prop_map(Amount::from_int),
            (-(10_i128.pow(33))..10_i128.pow(33)).prop_map(|count| Amount::from_atto(count).unwrap()),
        ]
    }

    fn any_items() -> impl Strategy<Value = Vec<Item>> {
        let one = (0..3_usize, 0..2_usize, 0..3_usize, prop::bool::weighted(0.1), any_amount(), any_amount());
        let one = one.prop_map(|(row, family, sku, is_correction, quantity, amount)| Item {
            row: ["a", "b", "(no_tags)"][row].to_owned(),
            family: ["aws".to_owned(), ["Compute", "Storage"][family].to_owned(), "Hours".to_owned()],
            sku: format!("sku-{sku}"),
            is_correction,
            quantity,
            amount,
        });
        prop::collection::vec(one, 0..24)
    }

    proptest! {
        #[test]
        fn the_steps_sum_to_the_difference(before in any_items(), after in any_items()) {
            let input = input(before, after);
            let found = variance(&input).unwrap();
            for row in found.rows.iter().chain([&found.total]) {
                prop_assert_eq!(row.difference, Amount::ZERO, "{:?}", row);
                let steps: Amount = row.steps.named().iter().map(|(_, step)| *step).sum();
                prop_assert_eq!(row.before + steps, row.after);
            }
            prop_assert_eq!(found.rows.iter().map(|row| row.change).sum::<Amount>(), found.total.change);
        }

        #[test]
        fn the_order_of_the_charges_does_not_matter(before in any_items(), after in any_items()) {
            let turned = |items: &[Item]| items.iter().rev().cloned().collect::<Vec<_>>();
            let (one, other) = (input(before.clone(), after.clone()), input(turned(&before), turned(&after)));
            prop_assert_eq!(variance(&one).unwrap(), variance(&other).unwrap());
        }

        #[test]
        fn the_same_prices_have_no_price_step(items in prop::collection::vec((1..50_i64, 1..50_i64, 0..50_i64), 1..6)) {
            let side = |of: fn(&(i64, i64, i64)) -> i64| {
                let one = |(at, item): (usize, &(i64, i64, i64))| {
                    let quantity = of(item);
                    super::tests::item("a", &format!("sku-{at}"), &quantity.to_string(), &(quantity * item.0).to_string())
                };
                items.iter().enumerate().map(one).collect::<Vec<_>>()
            };
            let found = variance(&input(side(|item| item.1), side(|item| item.2))).unwrap();
            prop_assert_eq!(found.total.steps.price, Amount::ZERO);
            prop_assert_eq!(found.total.difference, Amount::ZERO);
        }
    }
}
