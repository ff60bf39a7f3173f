//! Tests of the crate through its public face.

mod engine;
mod file;
mod opencost;
mod parts;
mod properties;
mod real;
mod splits;
mod virtual_tags;

use chrono::NaiveDate;
use farthing_types::{Amount, Currency, FourCosts, Quantity, SourceName, Window};

use crate::{Attribution, ChargeGroup, Charges, Drivers, KeyTable, RuleSet, Span, attribute};

/// A small bill: what matters is named, the rest is usage in May 2026 in dollars.
pub(crate) struct Bill {
    pub keys: KeyTable,
    pub sources: Vec<SourceName>,
    pub groups: Vec<ChargeGroup>,
    pub drivers: Drivers,
}

impl Bill {
    pub fn new(rules: &RuleSet) -> Self {
        let sources = sources();
        Self { keys: KeyTable::new(rules.fields_read()), sources, groups: Vec::new(), drivers: Drivers::new() }
    }

    /// A charge with these values in its key; `ChargeCategory` is `Usage` and there are tags unless said otherwise.
    pub fn charge(self, amount: &str, values: &[(&str, &str)]) -> Self {
        self.charge_on("2026-05-10", amount, values)
    }

    pub fn charge_on(mut self, day: &str, amount: &str, values: &[(&str, &str)]) -> Self {
        let usual = [("ChargeCategory", "Usage"), ("Tags", "{\"some\":\"tag\"}")];
        let value = |field: &str| values.iter().chain(&usual).find(|(name, _)| *name == field).map(|(_, value)| *value);
        let fields: Vec<String> = self.keys.fields().map(str::to_owned).collect();
        let key = self.keys.push(fields.iter().map(|field| value(field)));
        self.groups.push(ChargeGroup {
            source: 0,
            key,
            currency: Currency::USD,
            day: date(day),
            costs: costs(amount),
            charges: 1,
        });
        self
    }

    pub fn used(mut self, measure: &str, unit: &str, count: i64) -> Self {
        self.drivers.add(measure, unit.parse().unwrap(), Quantity::from_int(count)).unwrap();
        self
    }

    pub fn used_in(mut self, measure: &str, unit: &str, count: i64, span: Span) -> Self {
        self.drivers.add_in(measure, unit.parse().unwrap(), Quantity::from_int(count), span).unwrap();
        self
    }

    pub fn charges(&self) -> Charges<'_> {
        Charges { keys: &self.keys, sources: &self.sources, groups: &self.groups, window: may() }
    }

    pub fn attribute(&self, rules: &RuleSet) -> Attribution {
        attribute(rules, &self.charges(), &self.drivers).unwrap()
    }
}

pub(crate) fn may() -> Window {
    "2026-05-01/2026-06-01".parse().unwrap()
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// Billed `amount`, the others 2, 3 and 4 times that.
pub(crate) fn costs(text: &str) -> FourCosts {
    let one = amount(text);
    FourCosts { billed: one, effective: one + one, contracted: one + one + one, list: one + one + one + one }
}

pub(crate) fn rules(text: &str) -> RuleSet {
    let text = format!("version = 1\n{text}");
    RuleSet::parse(&text).unwrap_or_else(|errors| panic!("{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>()))
}

/// `unit amount` lines of what stands on each unit in the end, billed cost.
pub(crate) fn totals(attribution: &Attribution) -> Vec<String> {
    let mut totals = std::collections::BTreeMap::new();
    for (unit, costs) in
        attribution.direct.iter().map(|l| (&l.unit, l.costs)).chain(attribution.pools.iter().map(|l| (&l.unit, l.costs)))
    {
        *totals.entry(unit.to_string()).or_insert(Amount::ZERO) += costs.billed;
    }
    totals.into_iter().map(|(unit, amount)| format!("{unit} {amount}")).collect()
}

pub(crate) fn sources() -> Vec<SourceName> {
    ["aws", "azure"].map(|name| name.parse().unwrap()).to_vec()
}
