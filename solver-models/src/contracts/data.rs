//! The validated instance and its reading.

use farthing_types::Amount;

use crate::input::{Accept, Field, InputError, Names, Object};

/// Where the format is described.
pub const MANUAL: &str = "solver-models/src/contracts/MODEL.md";
/// Most periods.
pub const MAX_PERIODS: u32 = 120;
/// Most allocation variables: contracts × needs they serve × periods × scenarios.
pub const MAX_ALLOCATIONS: usize = 100_000;

/// What is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its name.
    pub id: String,
    /// Whether all of it runs under one contract.
    pub single_source: bool,
}

/// A way that demand may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name.
    pub id: String,
    /// Its probability.
    pub probability: Amount,
    /// By need and period.
    pub demand: Vec<Vec<Amount>>,
}

/// A price from a number of units on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Units from which it holds; 0 for the first.
    pub from: Amount,
    /// Money a unit.
    pub price: Amount,
}

/// How a contract bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pricing {
    /// Each unit at the price of its tier.
    Graduated(Vec<Tier>),
    /// All units at the price of the tier that is reached.
    Volume(Vec<Tier>),
    /// At least a minimum.
    Commit {
        /// Money a window.
        minimum: Amount,
        /// Money a unit.
        price: Amount,
    },
    /// Packs for the term.
    Prepaid {
        /// Units of a pack.
        pack_units: Amount,
        /// Money a pack.
        pack_price: Amount,
        /// Money a unit beyond the packs.
        overage: Amount,
        /// Most packs.
        most: u32,
    },
    /// Seats in every period.
    Seats {
        /// Money a seat and period.
        seat_price: Amount,
        /// Units that a seat serves in a period.
        units_per_seat: Amount,
        /// Fewest, if signed.
        minimum: u32,
        /// Most.
        most: u32,
    },
}

/// A contract that may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its name.
    pub id: String,
    /// (need, units of the contract that one unit takes).
    pub serves: Vec<(usize, Amount)>,
    /// Money a period.
    pub fee: Amount,
    /// Periods that are added up.
    pub window: u32,
    /// Of one group at most one is signed.
    pub group: Option<String>,
    /// Signed already.
    pub signed: bool,
    /// How it bills.
    pub pricing: Pricing,
}

/// A contract problem; see MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// T.
    pub periods: u32,
    /// Needs.
    pub needs: Vec<Need>,
    /// Scenarios.
    pub scenarios: Vec<Scenario>,
    /// Contracts.
    pub contracts: Vec<Contract>,
}

impl Instance {
    /// Reads the format of MODEL.md.
    ///
    /// # Errors
    /// [`InputError`], naming the field.
    pub fn from_json(text: &str) -> Result<Self, InputError> {
        crate::input::read(text, MANUAL, read)
    }

    /// The same with all prices of one contract multiplied; `None` where one does not fit an amount.
    pub fn with_factor(&self, contract: usize, factor: Amount) -> Option<Self> {
        let mut scaled = self.clone();
        let of = &mut scaled.contracts[contract];
        let times = |amount: &mut Amount| amount.checked_mul(factor).map(|value| *amount = value);
        times(&mut of.fee)?;
        match &mut of.pricing {
            Pricing::Graduated(tiers) | Pricing::Volume(tiers) => tiers.iter_mut().try_for_each(|t| times(&mut t.price))?,
            Pricing::Commit { minimum, price } => {
                times(minimum)?;
                times(price)?;
            }
            Pricing::Prepaid { pack_price, overage, .. } => {
                times(pack_price)?;
                times(overage)?;
            }
            Pricing::Seats { seat_price, .. } => times(seat_price)?,
        }
        Some(scaled)
    }

    /// The settlement windows of a contract: ranges of periods.
    pub fn windows(&self, contract: &Contract) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let (periods, window) = (self.periods as usize, contract.window as usize);
        (0..periods).step_by(window).map(move |first| first..(first + window).min(periods))
    }
}

fn read(o: &mut Object<'_>) -> Result<Instance, InputError> {
    let periods = o.take("periods")?.count(1, MAX_PERIODS)?;
    let needs = o.take("needs")?.list(|f| {
        f.object(|o| {
            let single_source = o.maybe("single_source").map_or(Ok(false), |f| f.flag())?;
            Ok(Need { id: o.take("id")?.text()?, single_source })
        })
    })?;
    let names = Names::new("needs", needs.iter().map(|n| &n.id))?;
    let scenarios = read_scenarios(&o.take("scenarios")?, &names, needs.len(), periods as usize)?;
    let contracts = o.take("contracts")?.list(|f| f.object(|o| read_contract(o, &names, periods)))?;
    Names::new("contracts", contracts.iter().map(|c| &c.id))?;
    let served: usize = contracts.iter().map(|c| c.serves.len()).sum();
    let allocations = served * scenarios.len() * periods as usize;
    if allocations > MAX_ALLOCATIONS {
        return Err(o.rule(format!(
            "{allocations} allocations (needs that contracts serve × periods × scenarios) are more than {MAX_ALLOCATIONS}; take longer periods \
             or fewer scenarios"
        )));
    }
    Ok(Instance { periods, needs, scenarios, contracts })
}

fn read_scenarios(field: &Field<'_>, names: &Names, needs: usize, periods: usize) -> Result<Vec<Scenario>, InputError> {
    let scenarios = field.list(|f| {
        f.object(|o| {
            let id = o.take("id")?.text()?;
            let probability = o.take("probability")?.amount(Accept::Share)?;
            let mut demand = vec![vec![Amount::ZERO; periods]; needs];
            o.take("demand")?.map(|name, f| {
                demand[names.find(f.place(), "need", name)?] = f.amounts(Accept::NonNegative, periods, "one for every period")?;
                Ok(())
            })?;
            Ok(Scenario { id, probability, demand })
        })
    })?;
    Names::new("scenarios", scenarios.iter().map(|s| &s.id))?;
    let total: Amount = scenarios.iter().map(|s| s.probability).sum();
    if total != Amount::ONE {
        return Err(field.rule(format!("the probabilities sum to {total}; make them sum to 1 exactly")));
    }
    Ok(scenarios)
}

fn read_contract(o: &mut Object<'_>, names: &Names, periods: u32) -> Result<Contract, InputError> {
    let serves = o.take("serves")?;
    let place = serves.place().to_owned();
    let serves = serves.map(|name, f| Ok((names.find(f.place(), "need", name)?, f.amount(Accept::Positive)?)))?;
    if serves.is_empty() {
        return Err(InputError::Rule { place, rule: "the contract serves nothing; name a need or leave it out".to_owned() });
    }
    Ok(Contract {
        id: o.take("id")?.text()?,
        serves,
        fee: o.amount_or("fee", Accept::NonNegative, Amount::ZERO)?,
        window: o.count_or("window", 1, periods, 1)?,
        group: o.maybe("group").map(|f| f.text()).transpose()?,
        signed: o.maybe("signed").map_or(Ok(false), |f| f.flag())?,
        pricing: o.take("pricing")?.object(read_pricing)?,
    })
}

fn read_pricing(o: &mut Object<'_>) -> Result<Pricing, InputError> {
    let kind = o.take("kind")?;
    let money = |o: &mut Object<'_>, field| o.take(field)?.amount(Accept::NonNegative);
    match kind.text()?.as_str() {
        "graduated" => Ok(Pricing::Graduated(read_tiers(&o.take("tiers")?)?)),
        "volume" => {
            let field = o.take("tiers")?;
            let tiers = read_tiers(&field)?;
            if tiers.windows(2).any(|pair| pair[1].price > pair[0].price) {
                return Err(field.rule("prices by volume must not rise from tier to tier; use graduated for prices that do"));
            }
            Ok(Pricing::Volume(tiers))
        }
        "commit" => Ok(Pricing::Commit { minimum: money(o, "minimum")?, price: money(o, "price")? }),
        "prepaid" => Ok(Pricing::Prepaid {
            pack_units: o.take("pack_units")?.amount(Accept::Positive)?,
            pack_price: money(o, "pack_price")?,
            overage: money(o, "overage")?,
            most: o.count_or("most", 0, 1_000_000, 1_000_000)?,
        }),
        "seats" => {
            let (minimum, most) = (o.count_or("minimum", 0, 1_000_000, 0)?, o.count_or("most", 0, 1_000_000, 1_000_000)?);
            if minimum > most {
                return Err(o.rule(format!("the minimum of {minimum} seats is above the most {most}")));
            }
            let units_per_seat = o.take("units_per_seat")?.amount(Accept::Positive)?;
            Ok(Pricing::Seats { seat_price: money(o, "seat_price")?, units_per_seat, minimum, most })
        }
        other => Err(kind.rule(format!("{other} is not a kind of pricing; use graduated, volume, commit, prepaid or seats"))),
    }
}

fn read_tiers(field: &Field<'_>) -> Result<Vec<Tier>, InputError> {
    let tiers = field.list(|f| {
        f.object(|o| {
            let from = o.take("from")?.amount(Accept::NonNegative)?;
            Ok(Tier { from, price: o.take("price")?.amount(Accept::NonNegative)? })
        })
    })?;
    let rising = tiers.is_sorted_by(|a, b| a.from < b.from);
    if !rising || tiers.first().is_none_or(|t| !t.from.is_zero()) {
        return Err(field.rule("tiers begin at 0 and their `from` rises"));
    }
    Ok(tiers)
}
