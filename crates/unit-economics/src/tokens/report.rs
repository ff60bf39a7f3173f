//! The report: cost by what one asks for, hosted models, both bases side by side, and the proof.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Currency, ModelId, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use super::allocate::{Allocation, Cell, Payer, allocate, times};
use super::counts::{Parts, TokenCounts, add, subtract, sum};
use super::price::{LinePrice, price};
use super::reconcile::{Reconciliation, holds, model_of, reconcile};
use super::{BuildOrBuy, Context, ReservedUse, TokenCostInput, Unpriced, UsageLine, build_or_buy, per_million};
use crate::EconomicsError;
use crate::prices::{ShareBy, Weights, version_of};

/// What usage is told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenCostBy)]
pub enum By {
    /// The model without its version.
    Model,
    /// The version of the model.
    Version,
    /// The deployment, endpoint or team.
    Deployment,
    /// What was asked for.
    Operation,
    /// Who asked.
    Principal,
    /// Whose usage it is.
    Unit,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Model, Self::Version, Self::Deployment, Self::Operation, Self::Principal, Self::Unit];

    /// The word on the command line and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Version => "version",
            Self::Deployment => "deployment",
            Self::Operation => "operation",
            Self::Principal => "principal",
            Self::Unit => "unit",
        }
    }

    fn of(self, line: &UsageLine) -> Option<&str> {
        match self {
            Self::Model => model_of(line),
            Self::Version => line.model.as_ref().and_then(|model| version_of(model.as_str())),
            Self::Deployment => line.deployment.as_deref(),
            Self::Operation => line.operation.as_deref(),
            Self::Principal => line.principal.as_deref(),
            Self::Unit => line.unit.as_ref().map(UnitId::as_str),
        }
    }
}

impl FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|by| by.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is none of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Cost of a million tokens, by what is counted; none where there are no such tokens, or the cost is not shared by tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PerMillion {
    /// All cost over all tokens.
    pub blended: Option<Amount>,
    /// Input that was neither read from nor written to the cache.
    pub input: Option<Amount>,
    /// Input read from the cache.
    pub cached: Option<Amount>,
    /// Input written to the cache.
    pub cache_write: Option<Amount>,
    /// Output.
    pub output: Option<Amount>,
}

/// What usage costs on one basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BasisCost {
    /// All of it.
    pub cost: Amount,
    /// By kind of token; they sum to the cost.
    pub parts: Parts<Amount>,
    /// For a million tokens.
    pub per_million: PerMillion,
    /// For a request; none where there were none.
    pub per_request: Option<Amount>,
    /// For an hour of an accelerator; none where neither usage nor bill state such hours.
    pub per_gpu_hour: Option<Amount>,
}

/// Usage that is alike in what was asked for, with its cost on both bases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenGroup {
    /// The model without its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The deployment, endpoint or team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Whose usage it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How much.
    pub counts: TokenCounts,
    /// Hours of accelerators, where usage or bill state them.
    pub gpu_hours: Option<Amount>,
    /// What the bill says; none where no charge pays for any of it.
    pub allocation: Option<BasisCost>,
    /// What the prices say; none where none of it has a price.
    pub usage: Option<BasisCost>,
}

/// A hosted model: how much of it was used, and whether its tokens were cheaper bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HostedModel {
    /// Its name: the workload, or the model.
    pub name: String,
    /// The unit that pays for it.
    pub unit: UnitId,
    /// The models that it served, as the usage names them.
    pub models: Vec<ModelId>,
    /// What it cost.
    pub cost: Amount,
    /// Hours of instances on the bill.
    pub instance_hours: Amount,
    /// Hours of accelerators on the bill.
    pub gpu_hours: Amount,
    /// What its cost is shared by.
    pub share_by: ShareBy,
    /// How tokens weigh.
    pub weights: Weights,
    /// What prefill and decode took, where its cost is shared by the time that the usage states.
    pub times: Option<ServedTime>,
    /// What it served: tokens with their weight.
    pub served: Amount,
    /// What its instances could have served; none where nobody stated their capacity, or the bill no hours.
    pub capacity: Option<Amount>,
    /// Served ÷ capacity.
    pub utilization: Option<Amount>,
    /// What the tokens would have cost at full use.
    pub cost_at_full_use: Option<Amount>,
    /// All cost over all tokens.
    pub per_million: Option<Amount>,
    /// Cost for an hour of an accelerator.
    pub per_gpu_hour: Option<Amount>,
    /// The model that it is compared with.
    pub compared_with: Option<String>,
    /// What the same tokens would have cost there, for a million of them.
    pub external_per_million: Option<Amount>,
    /// Build or buy; none where a figure for it is missing.
    pub build_or_buy: Option<BuildOrBuy>,
}

/// Prefill and decode apart, by their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServedTime {
    /// Seconds of prefill, added up over requests: more than the endpoint ran where it serves several at a time.
    pub prefill_seconds: Amount,
    /// Seconds of decode.
    pub decode_seconds: Amount,
    /// The requests that state their time.
    pub timed_requests: u64,
    /// All requests: the others are taken to be like them, and are in the seconds.
    pub requests: u64,
}

/// A named amount of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedAmount {
    /// The unit.
    pub unit: UnitId,
    /// What it is for.
    pub name: String,
    /// How much.
    pub amount: Amount,
}

/// The proof: what was allocated and what has no usage are what the statements say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TieOut {
    /// The units with usage.
    pub units: Vec<UnitId>,
    /// Cost that usage bears.
    pub allocated: Amount,
    /// Cost of these units that has no usage, by what it is for.
    pub without_usage: Vec<NamedAmount>,
    /// What the statements say that these units cost.
    pub statement_total: Amount,
    /// The last less the others: 0.
    pub difference: Amount,
}

/// What tokens cost in a window, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenCost {
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The first moment after.
    pub to: DateTime<Utc>,
    /// The currency of every amount.
    pub currency: Currency,
    /// What usage is told apart by.
    pub by: Vec<By>,
    /// Usage with its cost, the most expensive first.
    pub groups: Vec<TokenGroup>,
    /// All of it.
    pub total: TokenGroup,
    /// Hosted models.
    pub hosted: Vec<HostedModel>,
    /// Reserved capacity.
    pub reserved: Vec<ReservedUse>,
    /// Both bases side by side, for each model.
    pub models: Vec<Reconciliation>,
    /// And for all of them.
    pub difference: Reconciliation,
    /// The proof; always of all usage, whatever is shown.
    pub tie_out: TieOut,
    /// True where the parts of every difference and the proof hold.
    pub proven: bool,
    /// What is to know about the figures.
    pub notes: Vec<String>,
}

/// What usage costs on both bases. `by` says what it is told apart by and `model` which one is shown: its name with or without version.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where an amount does not fit.
pub fn token_cost(input: &TokenCostInput<'_>, by: &[By], model: Option<&str>) -> Result<TokenCost, EconomicsError> {
    let context = Context::new(input);
    let allocation = allocate(&context)?;
    let (prices, reserved) = price(&context, &allocation)?;
    let is_wanted = |line: &UsageLine| {
        model.is_none_or(|model| model_of(line) == Some(model) || line.model.as_ref().is_some_and(|full| full.as_str() == model))
    };
    let wanted: Vec<bool> = input.usage.iter().map(is_wanted).collect();
    let (models, difference) = reconcile(&context, &allocation, &prices, &reserved, &wanted)?;
    let mut groups: BTreeMap<Vec<Option<&str>>, Group> = BTreeMap::new();
    let mut total = Group::default();
    for (at, line) in input.usage.iter().enumerate().filter(|(at, _)| wanted[*at]) {
        let key = by.iter().map(|by| by.of(line)).collect();
        groups.entry(key).or_default().add(line, &allocation, &prices, at)?;
        total.add(line, &allocation, &prices, at)?;
    }
    let mut shown = Vec::with_capacity(groups.len());
    for (key, group) in groups {
        shown.push(group.shown(by, &key)?);
    }
    let weight = |group: &TokenGroup| group.allocation.or(group.usage).map(|basis| basis.cost);
    shown.sort_by_key(|group| std::cmp::Reverse(weight(group)));
    let tie_out = tie_out(input, &allocation)?;
    let mut hosted = Vec::new();
    for cell in &allocation.cells {
        let is_shown = model.is_none() || cell.lines.iter().any(|&line| wanted[line]);
        if let (Payer::Hosted(at), true) = (&cell.payer, is_shown) {
            hosted.push(hosted_model(&context, cell, *at)?);
        }
    }
    let mut proven = tie_out.difference.is_zero();
    for reconciliation in models.iter().chain([&difference]) {
        proven &= holds(reconciliation)?;
    }
    Ok(TokenCost {
        from: input.window.from,
        to: input.window.to,
        currency: input.currency,
        by: by.to_vec(),
        groups: shown,
        total: total.shown(&[], &[])?,
        hosted,
        reserved,
        models,
        difference,
        tie_out,
        proven,
        notes: notes(&context, &allocation, &prices, &wanted)?,
    })
}

/// What each line of usage costs: by its prices, else by the bill; none where neither says.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where an amount does not fit.
pub fn cost_of_lines(input: &TokenCostInput<'_>) -> Result<Vec<Option<Amount>>, EconomicsError> {
    let context = Context::new(input);
    let allocation = allocate(&context)?;
    let (prices, _) = price(&context, &allocation)?;
    let cost = |(price, allocated): (&LinePrice, &Option<Parts<Amount>>)| {
        price.parts.ok().or(*allocated).map(|parts| parts.total()).transpose()
    };
    prices.iter().zip(&allocation.lines).map(cost).collect()
}

fn tie_out(input: &TokenCostInput<'_>, allocation: &Allocation) -> Result<TieOut, EconomicsError> {
    let named = |((unit, name), amount): (&(UnitId, String), &Amount)| NamedAmount {
        unit: unit.clone(),
        name: name.clone(),
        amount: *amount,
    };
    let mut units: Vec<UnitId> = input.usage.iter().filter_map(|line| line.unit.clone()).collect();
    units.sort_unstable();
    units.dedup();
    Ok(TieOut {
        units,
        allocated: allocation.allocated()?,
        without_usage: allocation.without_usage.iter().map(named).collect(),
        statement_total: input.statement_total,
        difference: allocation.difference(input.statement_total)?,
    })
}

/// Sums over lines.
#[derive(Default)]
struct Group {
    counts: TokenCounts,
    gpu_hours: Option<Amount>,
    allocation: Option<Sum>,
    usage: Option<Sum>,
}

/// A cost, and the counts that it is of: those of lines that have none on this basis would dilute it.
#[derive(Clone, Copy, Default)]
struct Sum {
    parts: Parts<Amount>,
    counts: TokenCounts,
    gpu_hours: Amount,
}

impl Group {
    fn add(&mut self, line: &UsageLine, allocation: &Allocation, prices: &[LinePrice], at: usize) -> Result<(), EconomicsError> {
        self.counts = self.counts.checked_add(&line.counts)?;
        let hours = allocation.gpu_hours[at];
        if let Some(hours) = hours {
            self.gpu_hours = Some(add(self.gpu_hours.unwrap_or_default(), hours)?);
        }
        for (sum, parts) in [(&mut self.allocation, allocation.lines[at]), (&mut self.usage, prices[at].parts.ok())] {
            let Some(parts) = parts else { continue };
            let known = sum.get_or_insert_default();
            known.parts = known.parts.checked_add(&parts)?;
            known.counts = known.counts.checked_add(&line.counts)?;
            known.gpu_hours = add(known.gpu_hours, hours.unwrap_or_default())?;
        }
        Ok(())
    }

    fn shown(self, by: &[By], key: &[Option<&str>]) -> Result<TokenGroup, EconomicsError> {
        let value = |wanted: By| {
            let at = by.iter().position(|by| *by == wanted)?;
            key[at].map(str::to_owned)
        };
        let cost = |sum: Option<Sum>| sum.map(|sum| sum.cost()).transpose();
        Ok(TokenGroup {
            model: value(By::Model),
            version: value(By::Version),
            deployment: value(By::Deployment),
            operation: value(By::Operation),
            principal: value(By::Principal),
            unit: value(By::Unit),
            counts: self.counts,
            gpu_hours: self.gpu_hours,
            allocation: cost(self.allocation)?,
            usage: cost(self.usage)?,
        })
    }
}

impl Sum {
    fn cost(self) -> Result<BasisCost, EconomicsError> {
        let Self { parts, counts, gpu_hours } = self;
        let cost = parts.total()?;
        // What is shared by requests or seconds says nothing about kinds of tokens.
        let by_tokens = parts.other.is_zero() || !subtract(cost, parts.other)?.is_zero();
        let million = |cost: Amount, tokens: u64, shown: bool| match tokens {
            0 => Ok(None),
            _ if !shown => Ok(None),
            tokens => per_million(cost, tokens, "the tokens").map(Some),
        };
        let per_million = PerMillion {
            blended: million(cost, counts.all(), true)?,
            input: million(parts.input, counts.input, by_tokens)?,
            cached: million(parts.cached, counts.cached, by_tokens)?,
            cache_write: million(parts.cache_write, counts.cache_write, by_tokens)?,
            output: million(parts.output, counts.output, by_tokens)?,
        };
        let requests = i64::try_from(counts.requests).map(Amount::from_int).ok();
        let per_request = requests.and_then(|requests| cost.checked_div(requests));
        Ok(BasisCost { cost, parts, per_million, per_request, per_gpu_hour: cost.checked_div(gpu_hours) })
    }
}

fn hosted_model(input: &Context<'_>, cell: &Cell, at: usize) -> Result<HostedModel, EconomicsError> {
    let hosted = &input.prices.hosted[at];
    let utilization = cell.utilization(input)?;
    let out = || EconomicsError::OutOfRange("the cost at full use");
    let cost_at_full_use = match utilization {
        Some(used) => Some(cell.cost.checked_mul(used.min(Amount::ONE)).ok_or_else(out)?),
        None => None,
    };
    let models: BTreeSet<&ModelId> = cell.lines.iter().filter_map(|&line| input.usage[line].model.as_ref()).collect();
    let mut counts = TokenCounts::default();
    let mut external = Some(Amount::ZERO);
    for &line in &cell.lines {
        let line = &input.usage[line];
        counts = counts.checked_add(&line.counts)?;
        let other = hosted.compare_with.as_deref().filter(|_| input.prices.currency == input.currency);
        let price = other.and_then(|other| input.prices.price_of(other, None, line.from.date_naive()));
        external = match (external, price) {
            (Some(sum), Some(price)) => Some(add(sum, price.charge(&line.counts, &line.mode, line.longer_than)?.parts.total()?)?),
            _ => None,
        };
    }
    let million = |cost: Amount| match counts.all() {
        0 => Ok(None),
        tokens => per_million(cost, tokens, "the tokens").map(Some),
    };
    let (own, external) = (million(cell.cost)?, external.map(million).transpose()?.flatten());
    let full = cost_at_full_use.map(million).transpose()?.flatten();
    let gpu_hours = cell.hours.0.checked_mul(hosted.gpus_per_instance).ok_or_else(out)?;
    let compared = match (full, own, external) {
        (Some(full), Some(own), Some(external)) => build_or_buy(full, own, external).ok(),
        _ => None,
    };
    let times = match times(input, cell)? {
        Some(lines) if counts.timed_requests > 0 => {
            let all = sum(lines.iter().map(Parts::total).collect::<Result<Vec<_>, _>>()?)?;
            let decode = sum(lines.iter().map(|parts| parts.output))?;
            let prefill_seconds = subtract(all, decode)?;
            let (timed_requests, requests) = (counts.timed_requests, counts.requests);
            Some(ServedTime { prefill_seconds, decode_seconds: decode, timed_requests, requests })
        }
        _ => None,
    };
    Ok(HostedModel {
        name: hosted.name(),
        unit: cell.unit.clone(),
        models: models.into_iter().cloned().collect(),
        cost: cell.cost,
        instance_hours: cell.hours.0,
        gpu_hours,
        share_by: hosted.share_by,
        weights: hosted.weights,
        times,
        served: cell.served(input)?,
        capacity: cell.capacity(input)?,
        utilization,
        cost_at_full_use,
        per_million: own,
        per_gpu_hour: cell.cost.checked_div(gpu_hours),
        compared_with: hosted.compare_with.clone(),
        external_per_million: external,
        build_or_buy: compared,
    })
}

/// What is to know: usage without unit, charge or price, and how tiers and ways of asking were told.
fn notes(
    input: &Context<'_>,
    allocation: &Allocation,
    prices: &[LinePrice],
    wanted: &[bool],
) -> Result<Vec<String>, EconomicsError> {
    let mut tokens: BTreeMap<String, u64> = BTreeMap::new();
    for (at, line) in input.usage.iter().enumerate().filter(|(at, _)| wanted[*at]) {
        let model = model_of(line).unwrap_or("no model");
        let mut say = |text: String| {
            let known = tokens.entry(text).or_default();
            *known = known.saturating_add(line.counts.all());
        };
        match (&line.unit, allocation.cell_of[at]) {
            (None, _) => {
                say(format!("{model}: nothing says whose it is, so the bill's cost of it is unknown: `farthing owners`"))
            }
            (Some(unit), None) => say(format!("{model}: no charge of unit {unit} pays for it")),
            _ => {}
        }
        match prices[at].parts {
            Err(Unpriced::NoModel) => say("usage that names no model has no price".to_owned()),
            Err(Unpriced::NotListed) => say(format!("{model}: the price list has no price: `farthing prices list`")),
            Err(Unpriced::NoCapacity) => say(format!("{model}: hosted, and nobody stated what an instance serves at full use")),
            Err(Unpriced::OtherCurrency) => {
                say(format!("the price list is in {} and this bill in {}", input.prices.currency, input.currency));
            }
            Ok(_) if prices[at].by_standard => {
                say(format!("{model}: no prices for {} requests: the standard ones were taken", line.mode));
            }
            Ok(_) if prices[at].by_mean => {
                say(format!("{model}: the tier of its requests was told by their mean length"));
            }
            Ok(_) => {}
        }
    }
    Ok(tokens.into_iter().map(|(text, count)| format!("{text} ({count} tokens)")).collect())
}

impl TieOut {
    /// What has no usage.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where it does not fit.
    pub fn unallocated(&self) -> Result<Amount, EconomicsError> {
        sum(self.without_usage.iter().map(|line| line.amount))
    }
}
