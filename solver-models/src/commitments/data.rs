//! The validated instance and its reading.

use farthing_types::Amount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{Accept, Field, InputError, Names, Object};

/// Where the format is described.
pub const MANUAL: &str = "solver-models/src/commitments/MODEL.md";
/// Most months of a horizon.
pub const MAX_MONTHS: u32 = 120;
/// Most coverage variables: offers × items they cover × slots × scenarios.
pub const MAX_COVERAGE: usize = 400_000;

/// What is bought. The order of application follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommitmentProduct)]
pub enum Product {
    /// EC2 and other reserved instances.
    AwsReservedInstance,
    /// A spend plan for one instance family in one region.
    AwsEc2InstanceSavingsPlan,
    /// A spend plan for EC2, Fargate and Lambda anywhere.
    AwsComputeSavingsPlan,
    /// Azure's reserved capacity.
    AzureReservation,
    /// Azure's spend plan.
    AzureSavingsPlan,
    /// Google's commitment to resources.
    GcpResourceCud,
    /// Google's commitment to spend.
    GcpFlexibleCud,
    /// Bedrock model units, Azure PTU: capacity that is paid whether used or not.
    ProvisionedThroughput,
}

impl Product {
    /// Whether it is a commitment to spend and not to units.
    pub fn is_plan(self) -> bool {
        use Product as P;
        matches!(self, P::AwsEc2InstanceSavingsPlan | P::AwsComputeSavingsPlan | P::AzureSavingsPlan | P::GcpFlexibleCud)
    }

    /// Place in the order of application: reservations, narrow plans, broad plans.
    pub fn rank(self) -> u8 {
        match self {
            Self::AwsEc2InstanceSavingsPlan => 1,
            Self::AwsComputeSavingsPlan | Self::AzureSavingsPlan | Self::GcpFlexibleCud => 2,
            _ => 0,
        }
    }
}

/// Hours alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Month of the horizon, from 0.
    pub month: u32,
    /// How many hours it stands for.
    pub hours: Amount,
}

/// What is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub id: String,
    /// On-demand price of a unit for an hour.
    pub on_demand: Amount,
    /// The account that uses it.
    pub account: Option<String>,
}

/// A way that demand may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name.
    pub id: String,
    /// Its probability.
    pub probability: Amount,
    /// By item and slot: units in use.
    pub usage: Vec<Vec<Amount>>,
}

/// What may be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub id: String,
    /// What it is.
    pub product: Product,
    /// Months that it lasts.
    pub term_months: u32,
    /// Reservations: paid at purchase for a unit. Plans: share of the whole commitment that is paid at purchase.
    pub upfront: Amount,
    /// Reservations: paid every hour for a unit. Not used for plans.
    pub hourly: Amount,
    /// (item, quantity that a unit covers) of reservations, (item, price against the plan) of plans.
    pub terms: Vec<(usize, Amount)>,
    /// Fewest units or least commitment an hour, if any.
    pub minimum: Amount,
    /// Steps in which it is sold; 0 for any amount.
    pub increment: Amount,
    /// Most that may be bought in one month.
    pub most: Amount,
    /// The account that holds it.
    pub account: Option<String>,
}

/// What is held already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Index of the offer.
    pub offer: usize,
    /// Units, or money an hour.
    pub quantity: Amount,
    /// First month in which it is gone.
    pub ends: u32,
}

/// What the company asks of its commitments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Most cash paid upfront over the horizon.
    pub upfront_limit: Option<Amount>,
    /// Least share of on-demand value that commitments cover.
    pub least_coverage: Option<Amount>,
}

/// What becomes of the part of a term that lies beyond the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// It is worth what it costs: upfront and hours beyond are left out.
    #[default]
    Spread,
    /// It may be worth nothing: all of it is charged.
    Charged,
}

/// How much bad cases count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// α: the worst 1 − α of cases are looked at.
    pub level: Amount,
    /// λ: weight of their mean cost beside the mean of all.
    pub weight: Amount,
}

/// A commitment problem; see MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Months of the horizon.
    pub months: u32,
    /// Hours of a month, for spreading what is paid upfront.
    pub hours_per_month: Amount,
    /// Slots.
    pub slots: Vec<Slot>,
    /// Items.
    pub items: Vec<Item>,
    /// Scenarios.
    pub scenarios: Vec<Scenario>,
    /// Offers.
    pub offers: Vec<Offer>,
    /// What is held already.
    pub existing: Vec<Existing>,
    /// Months in which may be bought.
    pub purchase_months: Vec<u32>,
    /// Limits.
    pub policy: Policy,
    /// Risk.
    pub risk: Option<Risk>,
    /// What lies beyond the horizon.
    pub beyond: Beyond,
}

impl Instance {
    /// Reads the format of MODEL.md.
    ///
    /// # Errors
    /// [`InputError`], naming the field.
    pub fn from_json(text: &str) -> Result<Self, InputError> {
        crate::input::read(text, MANUAL, read)
    }

    /// Whether units of an offer bought in month `bought` are active in `month`.
    pub fn active(&self, offer: usize, bought: u32, month: u32) -> bool {
        bought <= month && month < bought + self.offers[offer].term_months
    }

    /// Months of a term beyond the horizon that are charged.
    pub fn months_charged_beyond(&self, offer: usize, bought: u32) -> u32 {
        match self.beyond {
            Beyond::Spread => 0,
            Beyond::Charged => (bought + self.offers[offer].term_months).saturating_sub(self.months),
        }
    }
}

fn read(o: &mut Object<'_>) -> Result<Instance, InputError> {
    let hours_per_month = o.amount_or("hours_per_month", Accept::Positive, Amount::from_int(730))?;
    let slots = o.take("slots")?;
    let place = slots.place().to_owned();
    let slots = slots.list(|f| {
        f.object(|o| {
            let month = o.take("month")?.count(0, MAX_MONTHS - 1)?;
            Ok(Slot { month, hours: o.amount_or("hours", Accept::Positive, Amount::ONE)? })
        })
    })?;
    let Some(last) = slots.iter().map(|s| s.month).max() else {
        return Err(InputError::Rule { place, rule: "there are no slots; give at least one".to_owned() });
    };
    let months = o.count_or("months", last + 1, MAX_MONTHS, last + 1)?;
    let items = o.take("items")?.list(|f| f.object(read_item))?;
    let names = Names::new("items", items.iter().map(|i| &i.id))?;
    let scenarios = read_scenarios(&o.take("scenarios")?, &names, items.len(), slots.len())?;
    let offers = o.take("offers")?.list(|f| f.object(|o| read_offer(o, &names, &items)))?;
    let offer_names = Names::new("offers", offers.iter().map(|i| &i.id))?;
    let existing = o.list_or_empty("existing", |f| {
        f.object(|o| {
            let offer = o.take("offer")?.reference("offer", &offer_names)?;
            let quantity = o.take("quantity")?.amount(Accept::NonNegative)?;
            Ok(Existing { offer, quantity, ends: o.take("ends")?.count(0, MAX_MONTHS)? })
        })
    })?;
    let mut purchase_months = o.list_or_empty("purchase_months", |f| f.count(0, months - 1))?;
    purchase_months.sort_unstable();
    purchase_months.dedup();
    if purchase_months.is_empty() {
        purchase_months.push(0);
    }
    let policy = o.maybe("policy").map_or(Ok(Policy::default()), |f| f.object(read_policy))?;
    let risk = o.maybe("risk").map(|f| f.object(read_risk)).transpose()?;
    let beyond = o.maybe("beyond_horizon").map_or(Ok(Beyond::default()), |f| f.one_of())?;
    let coverage = offers.iter().map(|o| o.terms.len()).sum::<usize>() * slots.len() * scenarios.len();
    if coverage > MAX_COVERAGE {
        return Err(o.rule(format!(
            "{coverage} variables of coverage (items that offers cover × slots × scenarios) are more than {MAX_COVERAGE}; join hours that \
             are alike into one slot, or take fewer scenarios"
        )));
    }
    Ok(Instance { months, hours_per_month, slots, items, scenarios, offers, existing, purchase_months, policy, risk, beyond })
}

fn read_item(o: &mut Object<'_>) -> Result<Item, InputError> {
    Ok(Item {
        id: o.take("id")?.text()?,
        on_demand: o.take("on_demand")?.amount(Accept::NonNegative)?,
        account: o.maybe("account").map(|f| f.text()).transpose()?,
    })
}

fn read_scenarios(field: &Field<'_>, names: &Names, items: usize, slots: usize) -> Result<Vec<Scenario>, InputError> {
    let scenarios = field.list(|f| {
        f.object(|o| {
            let id = o.take("id")?.text()?;
            let probability = o.take("probability")?.amount(Accept::Share)?;
            let mut usage = vec![vec![Amount::ZERO; slots]; items];
            o.take("usage")?.map(|name, f| {
                let item = names.find(f.place(), "item", name)?;
                usage[item] = f.amounts(Accept::NonNegative, slots, "one for every slot")?;
                Ok(())
            })?;
            Ok(Scenario { id, probability, usage })
        })
    })?;
    Names::new("scenarios", scenarios.iter().map(|s| &s.id))?;
    let total: Amount = scenarios.iter().map(|s| s.probability).sum();
    if total != Amount::ONE {
        return Err(field.rule(format!("the probabilities sum to {total}; make them sum to 1 exactly")));
    }
    Ok(scenarios)
}

fn read_offer(o: &mut Object<'_>, names: &Names, items: &[Item]) -> Result<Offer, InputError> {
    let id = o.take("id")?.text()?;
    let product: Product = o.take("product")?.one_of()?;
    let term_months = o.take("term_months")?.count(1, MAX_MONTHS)?;
    let (upfront, hourly, terms, increment) = if product.is_plan() {
        let share = o.amount_or("upfront_share", Accept::Share, Amount::ZERO)?;
        (share, Amount::ZERO, o.take("rates")?, Amount::ZERO)
    } else {
        let upfront = o.amount_or("upfront", Accept::NonNegative, Amount::ZERO)?;
        (upfront, o.take("hourly")?.amount(Accept::NonNegative)?, o.take("covers")?, Amount::ONE)
    };
    let accounts: Vec<Option<&str>> = items.iter().map(|i| i.account.as_deref()).collect();
    let place = terms.place().to_owned();
    let terms = terms.map(|name, f| Ok((names.find(f.place(), "item", name)?, f.amount(Accept::Positive)?)))?;
    if terms.is_empty() {
        return Err(InputError::Rule { place, rule: "the offer covers nothing; name what it covers or leave it out".to_owned() });
    }
    let account = o.maybe("account").map(|f| f.text()).transpose()?;
    if let Some(account) = account.as_deref().filter(|a| !accounts.contains(&Some(a))) {
        return Err(o.rule(format!("no item is used by the account {account}; correct it or leave it out")));
    }
    let minimum = o.amount_or("minimum", Accept::NonNegative, Amount::ZERO)?;
    let increment = o.amount_or("increment", Accept::Positive, increment)?;
    let most = o.amount_or("most", Accept::NonNegative, Amount::from_int(1_000_000))?;
    if minimum > most {
        return Err(o.rule(format!("the minimum {minimum} is above the most {most}; raise most or leave the offer out")));
    }
    Ok(Offer { id, product, term_months, upfront, hourly, terms, minimum, increment, most, account })
}

fn read_policy(o: &mut Object<'_>) -> Result<Policy, InputError> {
    let upfront_limit = o.maybe("upfront_limit").map(|f| f.amount(Accept::NonNegative)).transpose()?;
    Ok(Policy { upfront_limit, least_coverage: o.maybe("least_coverage").map(|f| f.amount(Accept::Share)).transpose()? })
}

fn read_risk(o: &mut Object<'_>) -> Result<Risk, InputError> {
    let (level, weight) = (o.take("level")?.amount(Accept::Share)?, o.take("weight")?.amount(Accept::Share)?);
    if level == Amount::ONE {
        return Err(o.rule("the level must be below 1: 0.95 looks at the worst twentieth"));
    }
    Ok(Risk { level, weight })
}
