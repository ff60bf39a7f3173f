//! What bills and decisions say was done while a plan ran in shadow.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use farthing_approval::{Agreement, Beside, agreement_of, share};
use farthing_forecast::hour_index;
use farthing_store::Dataset;
use farthing_types::{Amount, BillingPeriod, Money, Window};
use serde_json::Value;

use super::shadow::untold;
use super::standing::Opened;
use crate::measured_plans::{Left, arms_of};
use crate::{Error, Farthing, UnitCostQuery};

const RENTED_HOURS: &str = include_str!("rented_hours.sql");
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Machines of one type in one hour.
type Place = (DateTime<Utc>, String);

/// What bills say of the types of a plan.
#[derive(Default)]
struct Rented {
    /// Instance-hours by hour and type.
    hours: BTreeMap<Place, Amount>,
    /// What was paid in each hour.
    costs: BTreeMap<DateTime<Utc>, Amount>,
    /// Instance-hours that are charged by longer than an hour, and cannot be placed in one.
    by_day: Amount,
    /// Currencies of other charges of these types.
    others: BTreeSet<String>,
}

impl Farthing {
    /// A fleet: the replicas that it plans for each hour of the week, beside the instance-hours that were billed in that hour.
    pub(super) async fn fleet_beside(
        &self,
        opened: &Opened,
        since: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Agreement, Error> {
        let whole = |moment: DateTime<Utc>| moment.duration_trunc(HOUR).unwrap_or(moment);
        // The hour that it began in is not one that was in shadow throughout.
        let (from, until) = (whole(since + HOUR - TimeDelta::microseconds(1)), whole(end));
        if from >= until {
            return Ok(untold(since, end, "No whole hour has passed since it runs in shadow.".to_owned()));
        }
        let planned = replicas(&opened.content);
        let Some(hours) = planned.values().map(Vec::len).next().filter(|hours| *hours > 0) else {
            return Ok(untold(from, until, "The plan names no replicas.".to_owned()));
        };
        let rented = self.rented_hours(opened, &planned.keys().cloned().collect(), from, until).await?;
        let billed: BTreeSet<DateTime<Utc>> = rented.hours.keys().map(|(hour, _)| *hour).collect();
        let counts = billed.iter().flat_map(|hour| {
            let index = index_of(*hour, hours);
            planned.iter().map({
                let rented = &rented;
                move |(kind, replicas)| {
                    let done = rented.hours.get(&(*hour, kind.clone())).copied().unwrap_or_default();
                    (
                        kind.clone(),
                        Beside { planned: Amount::from_int(i64::from(replicas.get(index).copied().unwrap_or(0))), done },
                    )
                }
            })
        });
        let (lines, sums) = agreement_of(counts);
        let Some((agreed, of)) = sums else {
            let kinds = planned.keys().cloned().collect::<Vec<_>>().join(", ");
            let mut found = untold(
                from,
                until,
                format!(
                    "No bill has hourly charges of {kinds} in this time. It may still come; which SKU is which type stands in \
                     [commitments.fleet_skus] of the planning document."
                ),
            );
            found.untold.extend(rented.untold());
            return Ok(found);
        };
        let done: Amount = rented.costs.values().copied().sum();
        let compared_hours = TimeDelta::hours(i64::try_from(billed.len()).unwrap_or(i64::MAX / 3_600));
        let currency = opened.subject.currency;
        let cost_done = currency.map(|currency| Money::new(done, currency));
        // Without the profile that it was made from a replica is worth as much as any other.
        let offers = self.fleet_profile().await.map(|profile| profile.instance_types).unwrap_or_default();
        let prices = offers.into_iter().map(|offer| (offer.id, offer.price)).collect();
        let cost_planned = cost_of_hours(&opened.content, &planned, hours, &prices, &billed);
        let mut untold = rented.untold();
        let missing = (until - from).num_hours() - compared_hours.num_hours();
        if missing > 0 {
            untold.push(format!("{missing} hours have no hourly charge of these types: not billed yet, or nothing of them ran."));
        }
        untold.push("Machines of the same SKU that serve no workload of the fleet are in what was done too.".to_owned());
        untold.push("Which workload a machine served stands in no bill: types are compared, not workloads.".to_owned());
        Ok(Agreement {
            basis: "bills".to_owned(),
            compared: "the planned replicas of each type in each hour beside the instance-hours that were billed in it; of the plan's cost \
                       what its replicas of these hours are of all that it plans, at their prices"
                .to_owned(),
            from,
            until,
            counted: "replica-hours".to_owned(),
            of: Some(of),
            agreed: Some(agreed),
            share: share(agreed, of),
            difference: difference(cost_done, cost_planned),
            cost_done,
            cost_planned,
            lines,
            untold,
        })
    }

    /// What was billed by the hour of the types of a plan.
    async fn rented_hours(
        &self,
        opened: &Opened,
        kinds: &BTreeSet<String>,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Rented, Error> {
        let skus = self.planning().await?.commitments.fleet_skus;
        let charged: BTreeSet<BillingPeriod> =
            self.revisions(Dataset::Charges, None).await?.iter().map(|charges| charges.period).collect();
        let mut rented = Rented::default();
        for period in charged.into_iter().filter(|period| period.start() < until && from < period.end()) {
            for row in self.rows_of(RENTED_HOURS, period).await? {
                // Without an entry a SKU is the type of its own name.
                let kind = skus.get(row.text(0)).map_or(row.text(0), String::as_str);
                let (Some(start), Some(end)) = (row.moment(1), row.moment(2)) else { continue };
                if !kinds.contains(kind) || start < from || end > until {
                    continue;
                }
                let (quantity, cost) = (row.amount(4).unwrap_or_default(), row.amount(5).unwrap_or_default());
                if end - start != HOUR {
                    rented.by_day += quantity;
                } else if opened.subject.currency.is_some_and(|currency| currency.as_str() == row.text(3)) {
                    *rented.hours.entry((start, kind.to_owned())).or_default() += quantity;
                    *rented.costs.entry(start).or_default() += cost;
                } else {
                    rented.others.insert(row.text(3).to_owned());
                }
            }
        }
        Ok(rented)
    }

    /// Routing: how many decisions each handler was to take of those that were taken, beside how many it took.
    pub(super) async fn routing_beside(
        &self,
        opened: &Opened,
        since: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Agreement, Error> {
        // Bills are by the month, and so is what a decision costs.
        let charged = self.revisions(Dataset::Charges, None).await?;
        let months = charged.iter().map(|charges| charges.period).filter(|month| since <= month.start() && month.end() <= end);
        let months: BTreeSet<BillingPeriod> = months.collect();
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            let why = "No month that lies in this time as a whole has charges yet: what a decision costs is known by the month.";
            return Ok(untold(since, end, why.to_owned()));
        };
        let (from, until) = (first.start(), last.end());
        let window = Window { from, to: until };
        let query = UnitCostQuery { window: Some(window), ..UnitCostQuery::default() };
        let costs = match self.unit_cost(&query).await {
            Err(Error::Nothing(why)) => {
                return Ok(untold(from, until, format!("Of this time no decision and its cost are known: {why}")));
            }
            costs => costs?,
        };
        let (currency, arms) = arms_of(&costs, &Left::default());
        let shares = shares(&opened.content);
        let mut volumes: BTreeMap<&str, u64> = BTreeMap::new();
        for arm in &arms {
            *volumes.entry(&arm.workflow).or_default() += arm.decisions;
        }
        let (mut counts, mut cost_done, mut cost_planned) = (Vec::new(), Amount::ZERO, Amount::ZERO);
        let mut said = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for arm in arms.iter().filter(|arm| arm.decisions > 0) {
            let of_workflow = shares.get(arm.workflow.as_str());
            let Some(of_workflow) = of_workflow else {
                said.insert(format!(
                    "The plan says nothing of {}: {} decisions are left out.",
                    arm.workflow,
                    volumes[arm.workflow.as_str()]
                ));
                continue;
            };
            let (id, done) = (arm.id(), whole(arm.decisions));
            let wanted = of_workflow.get(&id).copied().unwrap_or_default();
            let planned = wanted.checked_mul(whole(volumes[arm.workflow.as_str()])).unwrap_or_default();
            cost_done += done.checked_mul(arm.cost).unwrap_or_default();
            cost_planned += planned.checked_mul(arm.cost).unwrap_or_default();
            counts.push((id.clone(), Beside { planned, done }));
            seen.insert(id);
        }
        // Who is planned for and took no decision has no cost of this time.
        for (workflow, of_workflow) in &shares {
            let Some(volume) = volumes.get(workflow.as_str()) else { continue };
            for (id, wanted) in of_workflow.iter().filter(|(id, wanted)| **wanted > Amount::ZERO && !seen.contains(*id)) {
                let planned = wanted.checked_mul(whole(*volume)).unwrap_or_default();
                counts.push((id.clone(), Beside { planned, done: Amount::ZERO }));
                said.insert(format!("{id} took no decision in this time, so what its share would have cost is not known."));
            }
        }
        let is_partial = seen.len() < counts.len();
        let (lines, sums) = agreement_of(counts);
        let Some((agreed, _)) = sums else {
            return Ok(untold(from, until, "No decision of this time is of a kind that the plan speaks of.".to_owned()));
        };
        let of: Amount = lines.iter().map(|line| line.done).sum();
        let money = |amount| Some(Money::new(amount, currency));
        let cost_planned = if is_partial { None } else { money(cost_planned) };
        said.insert("Which of the two a single decision would have gone to is not known: shares are compared.".to_owned());
        Ok(Agreement {
            basis: "decisions".to_owned(),
            compared: "the decisions that each was to take, at the plan's share of those that were taken, beside those it took; costs at what \
                       a decision of each cost in this time"
                .to_owned(),
            from,
            until,
            counted: "decisions".to_owned(),
            of: Some(of),
            agreed: Some(agreed),
            share: share(agreed, of),
            difference: difference(money(cost_done), cost_planned),
            cost_done: money(cost_done),
            cost_planned,
            lines,
            untold: said.into_iter().collect(),
        })
    }
}

impl Rented {
    /// What of it could not be used, in words.
    fn untold(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.by_day > Amount::ZERO {
            let hours = self.by_day.to_fixed(2);
            said.push(format!("{hours} instance-hours are charged by longer than an hour and cannot be placed in one."));
        }
        if !self.others.is_empty() {
            let others = self.others.iter().cloned().collect::<Vec<_>>().join(", ");
            said.push(format!("Charges in {others} are left out: the plan is in another currency."));
        }
        said
    }
}

/// The hour of the plan that an hour is.
fn index_of(hour: DateTime<Utc>, hours: usize) -> usize {
    let hours = i64::try_from(hours).unwrap_or(i64::MAX);
    usize::try_from(hour_index(hour).rem_euclid(hours)).unwrap_or(0)
}

/// What a plan costs in some of its hours: of its whole cost what its replicas of these hours are worth of all of them, on demand.
fn cost_of_hours(
    plan: &Value,
    planned: &BTreeMap<String, Vec<u32>>,
    hours: usize,
    prices: &BTreeMap<String, Amount>,
    of: &BTreeSet<DateTime<Utc>>,
) -> Option<Money> {
    let cost: Money = serde_json::from_value(plan["cost_planned"].clone()).ok()?;
    let worth = |index: usize| -> Amount {
        let replicas = |(kind, replicas): (&String, &Vec<u32>)| {
            let price = prices.get(kind).copied().unwrap_or(Amount::ONE);
            price.checked_mul(Amount::from_int(i64::from(replicas.get(index).copied().unwrap_or(0)))).unwrap_or_default()
        };
        planned.iter().map(replicas).sum()
    };
    let whole: Amount = (0..hours).map(worth).sum();
    let these: Amount = of.iter().map(|hour| worth(index_of(*hour, hours))).sum();
    cost.amount.mul_div(these, whole).map(|amount| Money::new(amount, cost.currency))
}

/// Done less planned, where both are known and in one currency.
fn difference(done: Option<Money>, planned: Option<Money>) -> Option<Money> {
    let (done, planned) = (done?, planned?);
    (done.currency == planned.currency).then(|| Money::new(done.amount - planned.amount, done.currency))
}

fn whole(count: u64) -> Amount {
    Amount::from_int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The replicas of each type in every hour, all workloads together.
fn replicas(plan: &Value) -> BTreeMap<String, Vec<u32>> {
    let mut sums: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let types = plan["workloads"].as_array().into_iter().flatten().flat_map(|one| one["types"].as_array().into_iter().flatten());
    for kind in types {
        let Some(name) = kind["type"].as_str() else { continue };
        let hours = kind["replicas"].as_array().into_iter().flatten();
        let hours: Vec<u32> =
            hours.map(|count| count.as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0)).collect();
        let sum = sums.entry(name.to_owned()).or_insert_with(|| vec![0; hours.len()]);
        sum.iter_mut().zip(hours).for_each(|(sum, count)| *sum += count);
    }
    // What runs today and the plan has none of is a type of its own: in every hour it plans none.
    let length = sums.values().map(Vec::len).max().unwrap_or(0);
    let today = plan["workloads"].as_array().into_iter().flatten().flat_map(|one| one["today"].as_array().into_iter().flatten());
    for name in today.filter_map(|kind| kind["type"].as_str()) {
        sums.entry(name.to_owned()).or_insert_with(|| vec![0; length]);
    }
    sums
}

/// The share of each kind of decision that each handler is to take.
fn shares(plan: &Value) -> BTreeMap<String, BTreeMap<String, Amount>> {
    let mut shares: BTreeMap<String, BTreeMap<String, Amount>> = BTreeMap::new();
    for route in plan["routes"].as_array().into_iter().flatten() {
        let share = route["share"].as_str().and_then(|text| text.parse::<Amount>().ok());
        if let (Some(decision), Some(handler), Some(share)) = (route["decision"].as_str(), route["handler"].as_str(), share) {
            *shares.entry(decision.to_owned()).or_default().entry(handler.to_owned()).or_default() += share;
        }
    }
    shares
}
