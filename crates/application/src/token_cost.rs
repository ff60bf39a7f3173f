//! What tokens cost: by the bill, by the prices, and why the two differ.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, Utc};
use farthing_attribution::{Assigner, Assignment, RuleSet, attribute};
use farthing_store::Dataset;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Quantity, Selection, UnitId, Window};
use farthing_unit_economics::prices::{PriceList, STANDARD};
use farthing_unit_economics::tokens::{
    BilledCost, By, PoolShare, TokenCost, TokenCostInput, TokenCounts, UsageLine, cost_of_lines, token_cost,
};
use farthing_usage::{Grain, LONGER_THAN, UsageHour};

use crate::chargeback::{Attributed, statements_of, sum};
use crate::home::blocking;
use crate::owners::owners_of;
use crate::{Error, Farthing};

/// Which basis is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CostBasis {
    /// What the bill says.
    Allocation,
    /// What the prices say; without a bill too.
    Usage,
    /// Both, side by side.
    #[default]
    Both,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct TokenCostQuery {
    /// A billing period with the usage of its days, or days with their charges and usage; without it the newest month that has charges,
    /// or usage where only prices are asked for.
    pub selection: Option<Selection>,
    /// Only this model, with or without its version.
    pub model: Option<String>,
    /// Which basis.
    pub basis: CostBasis,
    /// What usage is told apart by.
    pub by: Vec<By>,
    /// Which of the four costs of the bill counts.
    pub cost: Cost,
}

/// The columns that say what a charge pays for.
const COLUMNS: [&str; 5] = ["ServiceCategory", "ProviderName", "ChargeCategory", "PricingUnit", "CommitmentDiscountStatus"];

/// The service category that FOCUS has for models.
const AI: &str = "AI and Machine Learning";

/// What the bill says in one currency.
#[derive(Default)]
struct BilledIn {
    billed: Vec<BilledCost>,
    shares: Vec<PoolShare>,
    statement_total: Amount,
}

impl Farthing {
    /// What tokens cost, one report a currency of the bill.
    ///
    /// # Errors
    /// When there is no usage then, or, unless only prices are asked for, no charges.
    pub async fn token_cost(&self, query: &TokenCostQuery) -> Result<Vec<TokenCost>, Error> {
        let selection = match (query.selection, query.basis) {
            (Some(selection), _) => selection,
            (None, CostBasis::Usage) => Selection::Period(self.newest_month(Dataset::Usage).await?),
            (None, _) => Selection::Period(self.newest_month(Dataset::Charges).await?),
        };
        self.as_closed(selection).await?.token_cost_as_of_then(selection, query).await
    }

    /// The newest month that has facts of a kind.
    pub(crate) async fn newest_month(&self, dataset: Dataset) -> Result<BillingPeriod, Error> {
        let revisions = self.revisions(dataset, None).await?;
        let how = match dataset {
            Dataset::Usage => "there is no usage yet. Import some: `farthing ingest usage PATH --source NAME --format FORMAT`",
            _ => "there are no charges yet. Import a bill: `farthing ingest billing PATH --source NAME`",
        };
        revisions.iter().map(|revision| revision.period).max().ok_or_else(|| Error::Nothing(how.to_owned()))
    }

    /// What tokens cost as of this moment, whatever is closed.
    pub(crate) async fn token_cost_as_of_then(
        &self,
        selection: Selection,
        query: &TokenCostQuery,
    ) -> Result<Vec<TokenCost>, Error> {
        let material = self.token_material(selection, query.basis, query.cost).await?;
        let query = query.clone();
        let work = move || {
            let report = |(currency, found): (&Currency, &BilledIn)| {
                let mut report = token_cost(&material.input(*currency, found), &query.by, query.model.as_deref())?;
                if !material.is_priced {
                    report.notes.insert(0, "there is no price list yet: `farthing prices publish prices.toml`".to_owned());
                }
                Ok(report)
            };
            let reports = material.currencies.iter().map(report).collect::<Result<Vec<_>, Error>>()?;
            match &query.model {
                Some(model) if reports.iter().all(|report| report.groups.is_empty()) => Err(Error::Nothing(format!(
                    "there is no usage of {model} in {selection}. `farthing token-cost` lists the models"
                ))),
                _ => Ok(reports),
            }
        };
        blocking(work).await
    }

    /// Each line of usage with what it costs in a currency, by its prices or else by the bill; nothing where there is no usage then.
    pub(crate) async fn costed_usage(
        &self,
        selection: Selection,
        cost: Cost,
        currency: Currency,
    ) -> Result<Vec<(UsageLine, Option<Amount>)>, Error> {
        let material = match self.token_material(selection, CostBasis::Both, cost).await {
            Err(Error::Nothing(_)) => return Ok(Vec::new()),
            found => found?,
        };
        blocking(move || {
            let none = BilledIn::default();
            let found = material.currencies.get(&currency).unwrap_or(&none);
            let costs = cost_of_lines(&material.input(currency, found))?;
            Ok(material.usage.into_iter().zip(costs).collect())
        })
        .await
    }

    /// What usage and charges say of a time, as token cost is made from.
    async fn token_material(&self, selection: Selection, basis: CostBasis, cost: Cost) -> Result<Material, Error> {
        let (rules, rule_set) = self.rules().await?;
        let prices = self.token_prices().await?.map(|(prices, _)| prices);
        let hours = self.usage_hours(Some(selection.window())).await?;
        if hours.is_empty() {
            let how = "Import some: `farthing ingest usage PATH --source NAME --format FORMAT`";
            return Err(Error::Nothing(format!("there is no usage in {selection}. {how}")));
        }
        let is_priced = prices.is_some();
        let prices = prices.unwrap_or_else(|| PriceList::empty(Currency::USD));
        let mut fields: Vec<&str> = COLUMNS.to_vec();
        fields.extend(prices.hosted.iter().flat_map(|hosted| hosted.charges.fields()));
        let found = match self.quantified_charges(selection, &rules, &fields).await {
            Ok(found) => Some(found),
            Err(Error::Nothing(_)) if basis == CostBasis::Usage => None,
            Err(error) => return Err(error),
        };
        let drivers = self.drivers(&rules, selection.window()).await?;
        let billed = match &found {
            Some((charges, _)) => self.billed(charges, cost).await?,
            None => Vec::new(),
        };
        let work = move || {
            let usage = lines_of(&rules, &prices, &hours)?;
            let units: BTreeSet<&UnitId> = usage.iter().filter_map(|line| line.unit.as_ref()).collect();
            let mut currencies: BTreeMap<Currency, BilledIn> = BTreeMap::new();
            if let Some((charges, quantities)) = found {
                let attribution = attribute(&rules, &charges.as_input(), &drivers)?;
                let attributed = Attributed { rules, rule_set, charges, attribution };
                for statement in statements_of(&attributed, billed, cost)? {
                    let own = statement.units.iter().filter(|line| units.contains(&line.unit));
                    currencies.entry(statement.currency).or_default().statement_total = sum(own.map(|line| line.total))?;
                }
                add_direct(&mut currencies, &attributed, &quantities, &prices, &units, cost)?;
                add_shares(&mut currencies, &attributed, &units, cost);
            }
            currencies.retain(|_, found| !(found.billed.is_empty() && found.shares.is_empty()));
            if currencies.is_empty() {
                currencies.insert(prices.currency, BilledIn::default());
            }
            Ok(Material { window: selection.window(), usage, prices, is_priced, currencies })
        };
        blocking(work).await
    }
}

/// What token cost is made from.
struct Material {
    window: Window,
    usage: Vec<UsageLine>,
    prices: PriceList,
    /// True where somebody published the prices.
    is_priced: bool,
    currencies: BTreeMap<Currency, BilledIn>,
}

impl Material {
    fn input<'a>(&'a self, currency: Currency, found: &'a BilledIn) -> TokenCostInput<'a> {
        let BilledIn { billed, shares, statement_total } = found;
        let (usage, prices, statement_total) = (self.usage.as_slice(), &self.prices, *statement_total);
        TokenCostInput { window: self.window, currency, usage, billed, shares, statement_total, prices }
    }
}

/// Usage as lines: hours alike in everything else are put together by day, unless capacity is reserved by the hour.
fn lines_of(rules: &RuleSet, prices: &PriceList, hours: &[UsageHour]) -> Result<Vec<UsageLine>, Error> {
    let mut lines: BTreeMap<_, TokenCounts> = BTreeMap::new();
    for (hour, (unit, _)) in hours.iter().zip(owners_of(rules, hours)) {
        let dimensions = &hour.dimensions;
        let model = dimensions.model.as_ref().map(|model| model.as_str());
        let is_hourly = hour.grain == Grain::Hour && prices.reserves(model);
        let day = hour.hour.date_naive().and_time(NaiveTime::MIN).and_utc();
        let (from, span): (DateTime<Utc>, u32) = if is_hourly { (hour.hour, 1) } else { (day, 24) };
        let longer_than: Option<u64> = dimensions.tags.get(LONGER_THAN).and_then(|bound| bound.parse().ok());
        let key = (from, span, &dimensions.model, &dimensions.provider, &dimensions.workload, &dimensions.operation);
        let key = (key, (&dimensions.principal, unit, mode_of(hour), longer_than));
        let counts = &hour.counts;
        let counts = TokenCounts {
            requests: counts.requests,
            input: counts.uncached_input_tokens(),
            cached: counts.cached_input_tokens,
            cache_write: counts.cache_write_tokens,
            output: counts.output_tokens,
            compute_seconds: counts.compute_seconds,
            prefill_seconds: counts.prefill_seconds,
            decode_seconds: counts.decode_seconds,
            timed_requests: counts.timed_requests,
        };
        let known = lines.entry(key).or_default();
        *known = known.checked_add(&counts)?;
    }
    let line =
        |(((from, hours, model, provider, deployment, operation), (principal, unit, mode, longer_than)), counts)| UsageLine {
            from,
            hours,
            model: Option::clone(model),
            provider: Option::clone(provider),
            deployment: Option::clone(deployment),
            operation: Option::clone(operation),
            principal: Option::clone(principal),
            unit,
            mode: String::from(mode),
            longer_than,
            counts,
        };
    Ok(lines.into_iter().map(line).collect())
}

/// The way of asking, as gateways and providers tag it.
fn mode_of(hour: &UsageHour) -> &'static str {
    const TAGS: [&str; 3] = ["service_tier", "openai.response.service_tier", "batch"];
    let tags = &hour.dimensions.tags;
    let said = TAGS.iter().filter_map(|tag| tags.get(*tag)).chain(&hour.dimensions.operation);
    let known = |said: &String| match said.to_ascii_lowercase().as_str() {
        "batch" | "true" => Some("batch"),
        "priority" => Some("priority"),
        "flex" => Some("flex"),
        _ => None,
    };
    said.filter_map(known).next().unwrap_or(STANDARD)
}

/// Adds what rules sent to units, put together by what it pays for.
fn add_direct(
    currencies: &mut BTreeMap<Currency, BilledIn>,
    attributed: &Attributed,
    quantities: &[Amount],
    prices: &PriceList,
    units: &BTreeSet<&UnitId>,
    cost: Cost,
) -> Result<(), Error> {
    let Attributed { rules, charges, .. } = attributed;
    let keys = &charges.keys;
    let columns = COLUMNS.map(|column| keys.column(column));
    let mut assigner = Assigner::new(rules, keys)?;
    let mut found: BTreeMap<_, BilledCost> = BTreeMap::new();
    let mut kinds: BTreeMap<u32, Kind> = BTreeMap::new();
    for (group, quantity) in charges.groups.iter().zip(quantities) {
        let Some(Assignment::Unit { unit, .. }) = assigner.assign(group.key, group.day) else { continue };
        if !units.contains(unit) {
            continue;
        }
        let kind = kinds.entry(group.key).or_insert_with(|| {
            let value = |at: usize| columns[at].and_then(|column| keys.value(group.key, column));
            let field = |name: &str| keys.column(name).and_then(|column| keys.value(group.key, column));
            Kind {
                hosted: prices.hosted.iter().position(|hosted| hosted.charges.holds(field)),
                category: category_of(value(0), value(2)),
                provider: value(1).map(str::to_owned),
                is_inference: value(0) == Some(AI) && value(2).is_none_or(|category| category == "Usage"),
                is_hourly: value(3).is_some_and(is_hours),
                is_unused: value(4) == Some("Unused"),
            }
        });
        let (amount, list) = (group.costs[cost], group.costs[Cost::List]);
        // A bill that states no list cost has zero there.
        let list = (amount.is_zero() || !list.is_zero()).then_some(list);
        let key = (group.currency, unit.clone(), kind.clone(), list.is_some());
        let entry = found.entry(key).or_insert_with(|| BilledCost {
            unit: unit.clone(),
            provider: kind.provider.clone(),
            category: kind.category.clone(),
            hosted: kind.hosted,
            is_inference: kind.is_inference,
            is_unused_commitment: kind.is_unused,
            cost: Amount::ZERO,
            list: list.map(|_| Amount::ZERO),
            hours: Quantity::default(),
            charges: 0,
        });
        entry.cost = sum([entry.cost, amount].into_iter())?;
        entry.list = entry.list.zip(list).map(|(a, b)| sum([a, b].into_iter())).transpose()?;
        if kind.is_hourly {
            entry.hours = Quantity(sum([entry.hours.0, *quantity].into_iter())?);
        }
        entry.charges = entry.charges.saturating_add(group.charges);
    }
    for ((currency, ..), billed) in found {
        currencies.entry(currency).or_default().billed.push(billed);
    }
    Ok(())
}

/// What a key's charges pay for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    hosted: Option<usize>,
    category: String,
    provider: Option<String>,
    is_inference: bool,
    is_hourly: bool,
    is_unused: bool,
}

/// What charges are called that no usage accounts for: what is no usage by its own category, such as `Tax`.
pub(crate) fn category_of(service: Option<&str>, charge: Option<&str>) -> String {
    match charge {
        None | Some("Usage") => service.unwrap_or("no service category").to_owned(),
        Some(other) => other.to_owned(),
    }
}

fn is_hours(pricing_unit: &str) -> bool {
    let unit = pricing_unit.to_ascii_lowercase();
    unit.contains("hour") || unit.contains("hrs")
}

/// Adds what pools gave to units or took from them.
fn add_shares(currencies: &mut BTreeMap<Currency, BilledIn>, attributed: &Attributed, units: &BTreeSet<&UnitId>, cost: Cost) {
    for line in attributed.attribution.pools.iter().filter(|line| units.contains(&line.unit)) {
        let share = PoolShare { unit: line.unit.clone(), pool: line.pool.to_string(), cost: line.costs[cost] };
        currencies.entry(line.currency).or_default().shares.push(share);
    }
}
