//! What may be committed to, from hourly use on the bill.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use farthing_types::Amount;
use serde_json::{Map, Value, json};

use super::document::{CommitmentTerms, OfferTerms, Planning};
use super::{Derived, MeasuredError, count, over, scenarios, times};
use crate::to_f64;

/// Slots that hours are joined to, by how much is in use.
const SLOTS: usize = 8;
const HOURS_A_MONTH: i64 = 730;

/// Something that is rented by the hour, as the bill has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rented {
    /// Who sells it.
    pub provider: String,
    /// The service.
    pub service: String,
    /// The SKU.
    pub sku: String,
    /// The region; empty where none is stated.
    pub region: String,
    /// On-demand price of a unit for an hour: the list price.
    pub on_demand: Amount,
    /// Units in use in every hour of the window.
    pub hours: Vec<Amount>,
    /// What the price list asks for it under a commitment, in the order of payments.
    pub listed: Vec<Listed>,
}

/// What a price list asks for a commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Months that it lasts.
    pub term_months: u32,
    /// What is paid at its beginning, as the list says it.
    pub payment: Option<String>,
    /// A unit for an hour, with what is paid before.
    pub price: Amount,
}

impl Rented {
    /// Its name in the instance.
    pub fn id(&self) -> String {
        format!("{} {} {}", self.service, self.sku, self.region).trim_end().to_owned()
    }
}

/// A commitment that the bill shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// `CommitmentDiscountId`.
    pub id: String,
    /// `CommitmentDiscountName`.
    pub name: String,
    /// Who sells it.
    pub provider: String,
    /// Whether it is a commitment to spend and not to units.
    pub is_spend: bool,
    /// What an hour of it costs, used or not.
    pub hourly_cost: Amount,
    /// Units an hour, used or not; not used for spend.
    pub hourly_units: Amount,
    /// Index of what is rented under it, and the price that a unit's hour counts with.
    pub rates: Vec<(usize, Amount)>,
}

impl Held {
    fn product(&self) -> &'static str {
        let provider = self.provider.to_lowercase();
        let narrow = self.name.to_lowercase().replace([' ', '-'], "").contains("ec2instancesavings");
        match (provider.as_str(), self.is_spend) {
            (p, true) if p.contains("microsoft") || p.contains("azure") => "azure_savings_plan",
            (p, false) if p.contains("microsoft") || p.contains("azure") => "azure_reservation",
            (p, true) if p.contains("google") => "gcp_flexible_cud",
            (p, false) if p.contains("google") => "gcp_resource_cud",
            (_, true) if narrow => "aws_ec2_instance_savings_plan",
            (_, true) => "aws_compute_savings_plan",
            (_, false) => "aws_reserved_instance",
        }
    }
}

/// The facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The day after the last that was measured.
    pub until: NaiveDate,
    /// What is rented.
    pub rented: Vec<Rented>,
    /// What is committed already.
    pub held: Vec<Held>,
    /// Charges that the bill adds up by day, whose hours are taken to be alike.
    pub daily: u64,
}

/// The instance: items are what some offer or some commitment on the bill covers.
///
/// # Errors
/// [`MeasuredError`] where nothing is on offer, or nothing on the bill is covered by an offer.
pub fn derive(facts: &Facts, planning: &Planning) -> Result<Derived, MeasuredError> {
    let terms = &planning.commitments;
    if terms.offer.is_empty() {
        return Err(MeasuredError::Missing {
            section: "[[commitments.offer]]",
            what: "what may be committed to, and at what discount",
        });
    }
    let offered = |item: &Rented| terms.offer.iter().any(|offer| takes(offer, item));
    let listed = terms.offer.iter().filter(|offer| offer.discount.is_none()).count();
    let held = |index: usize| facts.held.iter().any(|held| held.rates.iter().any(|(of, _)| *of == index));
    let chosen: Vec<usize> = (0..facts.rented.len()).filter(|&i| held(i) || offered(&facts.rented[i])).collect();
    if !chosen.iter().any(|&i| offered(&facts.rented[i])) {
        let why = "no charge by the hour on the bill is covered by an offer of the planning document; compare `charges` of [[commitments.offer]] with `farthing sql \"SELECT ProviderName, ServiceName, SkuId, RegionId, SUM(EffectiveCost) FROM focus WHERE LOWER(PricingUnit) LIKE '%hour%' GROUP BY 1, 2, 3, 4\"`";
        return Err(MeasuredError::Nothing(why.to_owned()));
    }
    let items: Vec<&Rented> = chosen.iter().map(|&i| &facts.rented[i]).collect();
    let months = terms.months.unwrap_or(12);
    let mut assumptions = Vec::new();
    let ends = ends(facts, terms, months, &mut assumptions);
    let bins = bins(&items);
    let segments = segments(&ends, terms, months);
    let hours = count(items[0].hours.len());
    let (scenarios, said) = scenarios(&planning.scenario, &weeks(&items));
    assumptions.push(said);
    let mut slots = Vec::new();
    for &(first, length) in &segments {
        for bin in &bins {
            let month_hours = Amount::from_int(HOURS_A_MONTH * i64::from(length));
            let share = times(month_hours, count(bin.len()), "the hours of a slot")?;
            slots.push(json!({"month": first, "hours": over(share, hours, "the hours of a slot")?}));
        }
    }
    let mut ways = Vec::new();
    for scenario in &scenarios {
        let mut usage = Map::new();
        for item in &items {
            let mut means = Vec::new();
            for bin in &bins {
                let sum: Amount = bin.iter().map(|&hour| item.hours[hour]).sum();
                means.push(times(over(sum, count(bin.len()), "usage")?, scenario.demand, "usage")?.round(9));
            }
            let all: Vec<Amount> = segments.iter().flat_map(|_| means.iter().copied()).collect();
            usage.insert(item.id(), json!(all));
        }
        ways.push(json!({"id": scenario.id, "probability": scenario.probability, "usage": usage}));
    }
    let mut offers = Vec::new();
    for offer in &terms.offer {
        offers.extend(new_offers(offer, &items)?);
    }
    let mut existing = Vec::new();
    for (held, ends) in facts.held.iter().zip(&ends) {
        let Some(offer) = held_offer(held, &facts.rented)? else { continue };
        let quantity = if held.is_spend { held.hourly_cost } else { held.hourly_units };
        existing.push(json!({"offer": offer["id"], "quantity": quantity, "ends": ends}));
        offers.push(offer);
    }
    let mut instance = json!({
        "months": months, "hours_per_month": HOURS_A_MONTH, "slots": slots, "scenarios": ways, "offers": offers, "existing": existing,
        "items": items.iter().map(|i| json!({"id": i.id(), "on_demand": i.on_demand})).collect::<Vec<_>>(),
        "purchase_months": if terms.purchase_months.is_empty() { vec![0] } else { terms.purchase_months.clone() },
    });
    let more = [
        ("policy", terms.policy.clone()),
        ("risk", terms.risk.clone()),
        ("beyond_horizon", terms.beyond_horizon.clone().map(Value::String)),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            instance[name] = value;
        }
    }
    assumptions.push(format!(
        "{} kinds of instance in {} measured hours, joined to {} slots by how much is in use; every month is like the measured one.",
        items.len(),
        items[0].hours.len(),
        bins.len()
    ));
    if listed > 0 {
        assumptions.push(format!("{listed} offers are priced by the price list, of what it has a commitment for."));
    }
    if facts.daily > 0 {
        assumptions.push(format!("{} charges are added up by day on the bill; their hours are taken to be alike.", facts.daily));
    }
    Ok(Derived { instance, months, assumptions })
}

fn takes(offer: &OfferTerms, item: &Rented) -> bool {
    let is_priced = offer.discount.is_some() || listed(offer, item).is_some();
    is_priced && offer.charges.takes(&item.provider, &item.service, &item.sku, &item.region)
}

/// What the price list asks for something under an offer.
fn listed(offer: &OfferTerms, item: &Rented) -> Option<Amount> {
    let is_meant = |listed: &&Listed| {
        listed.term_months == offer.term_months && (offer.payment.is_none() || offer.payment == listed.payment)
    };
    item.listed.iter().find(is_meant).map(|listed| listed.price)
}

/// What an hour of something costs under an offer, with what is paid before.
fn effective(offer: &OfferTerms, item: &Rented) -> Result<Amount, MeasuredError> {
    match (offer.discount, listed(offer, item)) {
        (None, Some(price)) => Ok(price),
        (discount, _) => times(item.on_demand, Amount::ONE - discount.unwrap_or_default(), "a rate"),
    }
}

/// A spend plan is one offer; reservations are one for each thing that may be reserved.
fn new_offers(offer: &OfferTerms, items: &[&Rented]) -> Result<Vec<Value>, MeasuredError> {
    let covered: Vec<&&Rented> = items.iter().filter(|item| takes(offer, item)).collect();
    let mut base = json!({"id": offer.id, "product": offer.product, "term_months": offer.term_months});
    for (name, value) in [("minimum", offer.minimum), ("increment", offer.increment), ("most", offer.most)] {
        if let Some(value) = value {
            base[name] = json!(value);
        }
    }
    if offer.product.is_plan() {
        let mut rates = Map::new();
        for item in covered {
            rates.insert(item.id(), json!(effective(offer, item)?));
        }
        if rates.is_empty() {
            return Ok(Vec::new());
        }
        base["upfront_share"] = json!(offer.upfront_share);
        base["rates"] = Value::Object(rates);
        return Ok(vec![base]);
    }
    let mut made = Vec::new();
    for item in covered {
        let effective = effective(offer, item)?;
        let term = Amount::from_int(HOURS_A_MONTH * i64::from(offer.term_months));
        let upfront = times(times(effective, offer.upfront_share, "upfront")?, term, "upfront")?;
        let mut one = base.clone();
        one["id"] = json!(format!("{}: {}", offer.id, item.id()));
        one["upfront"] = json!(upfront);
        one["hourly"] = json!(times(effective, Amount::ONE - offer.upfront_share, "a rate")?);
        one["covers"] = Value::Object(Map::from_iter([(item.id(), json!(1))]));
        made.push(one);
    }
    Ok(made)
}

/// A commitment on the bill as an offer of which nothing more may be bought.
fn held_offer(held: &Held, rented: &[Rented]) -> Result<Option<Value>, MeasuredError> {
    let mut terms = Map::new();
    for (item, rate) in &held.rates {
        terms.insert(rented[*item].id(), if held.is_spend { json!(rate) } else { json!(1) });
    }
    let id = format!("held: {}", held.name);
    let base = json!({"id": id, "product": held.product(), "term_months": 12, "most": 0});
    if terms.is_empty() {
        return Ok(None);
    }
    let mut offer = base;
    if held.is_spend {
        offer["rates"] = Value::Object(terms);
    } else {
        if held.hourly_units.is_zero() {
            return Ok(None);
        }
        offer["hourly"] = json!(over(held.hourly_cost, held.hourly_units, "a rate")?);
        offer["covers"] = Value::Object(terms);
    }
    Ok(Some(offer))
}

/// The month in which each held commitment is gone.
fn ends(facts: &Facts, terms: &CommitmentTerms, months: u32, assumptions: &mut Vec<String>) -> Vec<u32> {
    let mut found = Vec::new();
    for held in &facts.held {
        let stated = terms.held.iter().find(|stated| stated.id == held.id);
        found.push(match stated {
            Some(stated) => {
                let whole = (stated.ends.year() - facts.until.year()) * 12 + stated.ends.month0() as i32 - facts.until.month0() as i32;
                u32::try_from(whole).unwrap_or(0).min(months)
            }
            None => {
                assumptions.push(format!(
                    "{}: the bill does not say when it ends; taken to be held throughout. [[commitments.held]] in the planning document says it.",
                    held.name
                ));
                months
            }
        });
    }
    found
}

/// Months that are alike, as (first, how many): held commitments, and what is bought, change at their beginnings alone.
fn segments(ends: &[u32], terms: &CommitmentTerms, months: u32) -> Vec<(u32, u32)> {
    let bought = terms.purchase_months.iter().copied();
    let over = bought.clone().chain([0]).flat_map(|p| terms.offer.iter().map(move |o| p + o.term_months));
    let mut starts: Vec<u32> = ends.iter().copied().chain(bought).chain(over).chain([0]).filter(|m| *m < months).collect();
    starts.sort_unstable();
    starts.dedup();
    let next = starts.iter().copied().skip(1).chain([months]);
    starts.iter().copied().zip(next).map(|(first, next)| (first, next - first)).collect()
}

/// The hours, sorted by the on-demand value of what is in use, in groups of about equal size.
fn bins(items: &[&Rented]) -> Vec<Vec<usize>> {
    let hours = items[0].hours.len();
    let value = |hour: usize| items.iter().map(|item| to_f64(item.on_demand) * to_f64(item.hours[hour])).sum::<f64>();
    let mut order: Vec<(f64, usize)> = (0..hours).map(|hour| (value(hour), hour)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let slots = SLOTS.min(hours);
    (0..slots).map(|s| order[s * hours / slots..(s + 1) * hours / slots].iter().map(|(_, hour)| *hour).collect()).collect()
}

/// On-demand value of whole weeks.
fn weeks(items: &[&Rented]) -> Vec<f64> {
    let hours = items[0].hours.len();
    let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
    for item in items {
        for (hour, units) in item.hours.iter().enumerate().take(hours / 168 * 168) {
            *sums.entry(hour / 168).or_default() += to_f64(item.on_demand) * to_f64(*units);
        }
    }
    sums.into_values().collect()
}
