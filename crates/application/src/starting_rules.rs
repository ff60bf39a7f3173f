//! The first rules: what a bill itself tells of who pays, as a rule file that somebody can begin with.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use farthing_attribution::RuleSet;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection};
use serde::Serialize;
use utoipa::ToSchema;

use crate::charges::{PeriodCharges, tag_text};
use crate::home::blocking;
use crate::{Error, Farthing};

/// The most units that somebody begins with: what has more values tells things apart, not people.
const MOST_UNITS: usize = 200;
/// The most ways that are offered.
const MOST_WAYS: usize = 8;
/// The unit above all others.
const ROOT: &str = "organisation";

/// Rules to begin with, in the order of how much of the bill they attribute.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StartingRules {
    /// The month whose bill they are made from.
    pub period: BillingPeriod,
    /// The currency of the amounts: the one with most charges.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// The effective cost of the month in it.
    #[schema(value_type = String)]
    pub total: Amount,
    /// The ways to tell charges apart.
    pub ways: Vec<StartingWay>,
}

/// A way to tell charges apart: one unit for each value of a column or tag.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StartingWay {
    /// `SubAccountId`, `ProviderName`, or `tag:NAME`.
    pub by: String,
    /// The effective cost of the charges that have a value.
    #[schema(value_type = String)]
    pub attributed: Amount,
    /// How many charges have one.
    pub charges: u64,
    /// The units, the most money first.
    pub units: Vec<StartingUnit>,
    /// The rule file (TOML).
    pub rules: String,
}

/// A unit to begin with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StartingUnit {
    /// Its id.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// The value of the column or tag.
    pub value: String,
    /// The effective cost of its charges.
    #[schema(value_type = String)]
    pub amount: Amount,
    /// How many they are.
    pub charges: u64,
}

/// What has one value.
#[derive(Default)]
struct Sum {
    name: Option<String>,
    amount: Amount,
    charges: u64,
}

impl Farthing {
    /// Rule files that somebody can begin with, made from what the charges of a month have: accounts, tags, providers.
    ///
    /// # Errors
    /// When there are no charges.
    pub async fn starting_rules(&self, period: BillingPeriod) -> Result<StartingRules, Error> {
        let fields = ["SubAccountId", "SubAccountName", "ProviderName", "Tags"];
        let charges = self.selected_charges(Selection::Period(period), &RuleSet::default(), &fields).await?;
        blocking(move || offered(&charges, period).ok_or_else(too_much)).await
    }
}

fn too_much() -> Error {
    Error::Invalid("the costs of the month do not fit; look for a charge of absurd size in the import's findings".to_owned())
}

/// `None` where a sum does not fit.
fn offered(charges: &PeriodCharges, period: BillingPeriod) -> Option<StartingRules> {
    let mut counts: BTreeMap<Currency, u64> = BTreeMap::new();
    charges.groups.iter().for_each(|group| *counts.entry(group.currency).or_default() += group.charges);
    let currency = counts.into_iter().max_by_key(|(_, count)| *count)?.0;
    let mut ways: BTreeMap<String, BTreeMap<String, Sum>> = BTreeMap::new();
    let mut total = Amount::ZERO;
    let column = |name: &str| charges.keys.column(name);
    let [account, named, provider, tags] =
        ["SubAccountId", "SubAccountName", "ProviderName", "Tags"].map(|name| column(name).unwrap_or(usize::MAX));
    let read_tags = |key: u32| {
        let text = charges.keys.value(key, tags)?;
        serde_json::from_str::<BTreeMap<String, serde_json::Value>>(text).ok()
    };
    let tag_sets: Vec<_> = (0..charges.keys.len() as u32).map(read_tags).collect();
    for group in &charges.groups {
        let amount = if group.currency == currency { group.costs[Cost::Effective] } else { Amount::ZERO };
        total = total.checked_add(amount)?;
        let mut add = |by: &str, value: Option<&str>, name: Option<&str>| {
            let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return Some(()) };
            let values = match ways.get_mut(by) {
                Some(values) => values,
                None => ways.entry(by.to_owned()).or_default(),
            };
            // One more than may be says as well that there are too many.
            if values.len() > MOST_UNITS {
                return Some(());
            }
            let sum = values.entry(value.to_owned()).or_default();
            sum.name = sum.name.take().or_else(|| name.map(str::to_owned));
            sum.amount = sum.amount.checked_add(amount)?;
            sum.charges += group.charges;
            Some(())
        };
        add("SubAccountId", charges.keys.value(group.key, account), charges.keys.value(group.key, named))?;
        add("ProviderName", charges.keys.value(group.key, provider), None)?;
        for (name, value) in tag_sets[group.key as usize].iter().flatten() {
            add(&format!("tag:{name}"), tag_text(value).as_deref(), None)?;
        }
    }
    let fits = |(_, values): &(String, BTreeMap<String, Sum>)| values.len() <= MOST_UNITS;
    let mut ways: Vec<StartingWay> =
        ways.into_iter().filter(fits).map(|(by, values)| way(by, values, period)).collect::<Option<_>>()?;
    // What tells nobody from anybody comes last; of two that say as much, the one that tells more apart comes first.
    ways.sort_by_key(|way| (way.units.len() < 2, Reverse(way.attributed), Reverse(way.units.len()), way.by.clone()));
    ways.truncate(MOST_WAYS);
    Some(StartingRules { period, currency, total, ways })
}

fn way(by: String, values: BTreeMap<String, Sum>, period: BillingPeriod) -> Option<StartingWay> {
    let mut taken = BTreeSet::from([ROOT.to_owned()]);
    let mut values: Vec<(String, Sum)> = values.into_iter().collect();
    values.sort_by(|(a, one), (b, other)| other.amount.cmp(&one.amount).then_with(|| a.cmp(b)));
    let (mut attributed, mut charges, mut units) = (Amount::ZERO, 0, Vec::with_capacity(values.len()));
    for (value, sum) in values {
        attributed = attributed.checked_add(sum.amount)?;
        charges += sum.charges;
        let name = visible(sum.name.as_deref().unwrap_or(&value));
        let unit = id_of(&name, &mut taken);
        let name = if name.is_empty() { unit.clone() } else { name };
        units.push(StartingUnit { unit, name, value, amount: sum.amount, charges: sum.charges });
    }
    let rules = rule_file(&by, &units, period);
    Some(StartingWay { by, attributed, charges, units, rules })
}

/// A text on one line.
fn visible(text: &str) -> String {
    let shown: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    shown.trim().to_owned()
}

/// An id that nobody has yet: small letters, digits and hyphens.
fn id_of(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut id = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter.is_alphanumeric() {
            true => id.push(letter),
            false if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            false => {}
        }
        if id.len() >= 60 {
            break;
        }
    }
    let id = id.trim_end_matches('-');
    let id = if id.is_empty() { "unit" } else { id };
    let free = std::iter::once(id.to_owned()).chain((2..).map(|number| format!("{id}-{number}")));
    let id = free.into_iter().find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(id.clone());
    id
}

fn rule_file(by: &str, units: &[StartingUnit], period: BillingPeriod) -> String {
    let (what, key, id) = match by.strip_prefix("tag:") {
        Some(tag) => (format!("value of the tag {tag}"), format!("unit_from_tag = {}", quoted(tag)), "by-tag"),
        None if by == "SubAccountId" => ("account".to_owned(), format!("unit_from_column = {}", quoted(by)), "by-account"),
        None => ("provider".to_owned(), format!("unit_from_column = {}", quoted(by)), "by-provider"),
    };
    let what = visible(&what);
    let mut text = format!(
        "# Rules to begin with: one unit for each {what} in the bill of {period}.\n\
         # Give units the names that people know, put units below units with parent = \"…\", and add rules above the one below: the\n\
         # first that matches a charge decides.\n\n\
         version = 1\n\n[[units]]\nid = {}\nname = \"The organisation\"\n",
        quoted(ROOT)
    );
    let written = "a String takes everything";
    for unit in units {
        let (id, name) = (quoted(&unit.unit), quoted(&unit.name));
        write!(text, "\n[[units]]\nid = {id}\nname = {name}\nparent = {}\n", quoted(ROOT)).expect(written);
    }
    write!(text, "\n[[rules]]\nid = {}\n{key}\n\n[rules.map]\n", quoted(id)).expect(written);
    for unit in units {
        writeln!(text, "{} = {}", quoted(&unit.value), quoted(&unit.unit)).expect(written);
    }
    text
}

/// A text of TOML on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() => write!(quoted, "\\u{:04X}", letter as u32).expect("a String takes everything"),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use farthing_attribution::UnitTree;

    use super::*;

    fn sums(values: &[&str]) -> BTreeMap<String, Sum> {
        values.iter().map(|value| ((*value).to_owned(), Sum { name: None, amount: Amount::ONE, charges: 1 })).collect()
    }

    #[test]
    fn whatever_a_bill_says_makes_rules_that_can_be_read() {
        let hostile = ["a\"b", "back\\slash", "new\nline", "ü", "Ü ", "]]\n[[rules]]", "\t", "-", "organisation"];
        for by in ["SubAccountId", "ProviderName", "tag:Team", "tag:odd \"name\""] {
            let way = way(by.to_owned(), sums(&hostile), "2026-05".parse().unwrap()).unwrap();
            let rules = RuleSet::parse_with(&way.rules, &UnitTree::default());
            let rules = rules.unwrap_or_else(|problems| panic!("{problems:?}\n{}", way.rules));
            assert_eq!(rules.units().ids().len(), hostile.len() + 1);
            assert_eq!(rules.rules().len(), 1);
        }
    }

    #[test]
    fn ids_are_plain_and_each_has_its_own() {
        let mut taken = BTreeSet::new();
        let ids: Vec<String> = ["Claims – prod", "claims prod", "…", "___"].iter().map(|name| id_of(name, &mut taken)).collect();
        assert_eq!(ids, ["claims-prod", "claims-prod-2", "unit", "unit-2"]);
    }
}
