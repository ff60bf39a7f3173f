//! The neutral instance format: JSON to [`Instance`] and back, without a digit lost.

use std::collections::BTreeMap;

use farthing_types::Amount;
use serde::{Serialize, Serializer};

use super::data::{Instance, InstanceType, MANUAL, MAX_HOURS, MAX_QUOTA, Workload};
use super::terms::{Interruption, Slots, Survive, TypeTerms, WorkloadTerms};
use crate::input::{self, Accept, Field, InputError, Names, Object};
use crate::number::Decimal;

/// Most hours that a replica may need before it serves.
const MAX_WARM_UP: u32 = 24;

/// What the whole instance says that a workload is read with.
struct Frame {
    hours: usize,
    types: Names,
    /// Names of the scenarios; empty where there is one.
    scenarios: Vec<String>,
    /// The quantile that is planned for.
    quantile: Option<String>,
    /// By hour: what demand is multiplied by.
    headroom: Vec<Amount>,
    /// Losses that every workload survives, beside its own.
    survive: Vec<Survive>,
}

impl Instance {
    /// Reads the format of MODEL.md. Numbers are taken from their decimal text, so `1.006` is exactly that. `name` and `seed` may stand
    /// there and say nothing; any other field that the format does not have is refused.
    ///
    /// # Errors
    /// [`InputError`], naming the field.
    pub fn from_json(text: &str) -> Result<Self, InputError> {
        input::read(text, MANUAL, |object| {
            let (_, _) = (object.maybe("name"), object.maybe("seed"));
            let hours = object.take("hours")?.count(1, MAX_HOURS as u32)? as usize;
            let types = object.take("types")?.list(|field| field.object(read_type))?;
            let scenarios = object.list_or_empty("scenarios", |field| field.object(read_scenario))?;
            if !scenarios.is_empty() && scenarios.iter().map(|(_, p)| *p).sum::<Amount>() != Amount::ONE {
                return Err(object.rule("the probabilities of the scenarios do not add up to 1"));
            }
            let frame = Frame {
                hours,
                types: Names::new("types", types.iter().map(|t| t.id.as_str()))?,
                scenarios: scenarios.iter().map(|(name, _)| name.clone()).collect(),
                quantile: object.maybe("quantile").map(|field| field.text()).transpose()?,
                headroom: read_headroom(object, hours)?,
                survive: object.list_or_empty("survive", |field| field.object(read_survive))?,
            };
            Names::new("scenarios", &frame.scenarios)?;
            if frame.quantile.is_some() && !scenarios.is_empty() {
                return Err(object.rule("scenarios and a quantile do not go together; leave out one of them"));
            }
            let free = read_change_hours(object, hours)?;
            let committed_spend = object.amount_or("plan_committed", Accept::NonNegative, Amount::ZERO)?;
            let workloads = object.take("workloads")?.list(|field| field.object(|o| read_workload(o, &frame)))?;
            Self::with_slots(Slots::new(hours, scenarios, &free), committed_spend, types, workloads)
        })
    }
}

fn read_type(object: &mut Object<'_>) -> Result<InstanceType, InputError> {
    let optional = |field: Option<Field<'_>>, accept| field.map(|f| f.amount(accept)).transpose();
    let id = object.take("id")?.text()?;
    let interruption = object.maybe("spot").map(|field| field.object(read_interruption)).transpose()?;
    let price = object.take("od_price")?.amount(Accept::NonNegative)?;
    Ok(InstanceType {
        id,
        on_demand_price: price + interruption.map_or(Amount::ZERO, |i| i.expected()),
        commit_price: optional(object.maybe("commit_price"), Accept::Positive)?,
        plan_rate: optional(object.maybe("plan_rate"), Accept::Positive)?,
        quota: object.maybe("quota").map(|f| f.count(0, MAX_QUOTA)).transpose()?,
        terms: TypeTerms {
            zone: object.maybe("zone").map(|f| f.text()).transpose()?,
            interruption,
            excess_price: optional(object.maybe("excess_price"), Accept::NonNegative)?,
            committed: object.count_or("committed", 0, MAX_QUOTA, 0)?,
        },
    })
}

fn read_interruption(object: &mut Object<'_>) -> Result<Interruption, InputError> {
    let rate = object.take("interruption_rate")?.amount(Accept::Share)?;
    Ok(Interruption { rate, cost: object.amount_or("interruption_cost", Accept::NonNegative, Amount::ZERO)? })
}

fn read_scenario(object: &mut Object<'_>) -> Result<(String, Amount), InputError> {
    Ok((object.take("name")?.text()?, object.take("probability")?.amount(Accept::Share)?))
}

fn read_survive(object: &mut Object<'_>) -> Result<Survive, InputError> {
    let loss = object.take("loss")?.one_of()?;
    let demand = object.amount_or("demand", Accept::Share, Amount::ZERO)?;
    Ok(Survive { loss, demand, replicas: object.count_or("replicas", 0, MAX_QUOTA, 0)? })
}

/// `headroom`: factors on the demand from one hour up to another.
fn read_headroom(object: &mut Object<'_>, hours: usize) -> Result<Vec<Amount>, InputError> {
    let mut factors = vec![Amount::ONE; hours];
    let last = hours as u32;
    let list = object.list_or_empty("headroom", |field| {
        field.object(|o| {
            let (from, to) = (o.count_or("from", 0, last, 0)? as usize, o.count_or("to", 0, last, last)? as usize);
            if from >= to {
                return Err(o.rule("from must be below to: the hours from `from` up to the one before `to`"));
            }
            Ok((from..to, o.take("factor")?.amount(Accept::Positive)?))
        })
    })?;
    for (range, factor) in list {
        factors[range].fill(factor);
    }
    Ok(factors)
}

/// `change_hours`: hours in which replicas may change; or `shifts`: the same as hours of every day. Absent: in every hour.
fn read_change_hours(object: &mut Object<'_>, hours: usize) -> Result<Vec<bool>, InputError> {
    let listed = object.maybe("change_hours").map(|f| f.list(|f| f.count(0, hours as u32 - 1))).transpose()?;
    let shifts = object.maybe("shifts").map(|f| f.list(|f| f.count(0, 23))).transpose()?;
    match (listed, shifts) {
        (Some(_), Some(_)) => Err(object.rule("change_hours and shifts do not go together; leave out one of them")),
        (Some(listed), None) => Ok((0..hours).map(|hour| listed.contains(&(hour as u32))).collect()),
        (None, Some(shifts)) => Ok((0..hours).map(|hour| shifts.contains(&((hour % 24) as u32))).collect()),
        (None, None) => Ok(vec![true; hours]),
    }
}

fn read_workload(object: &mut Object<'_>, frame: &Frame) -> Result<Workload, InputError> {
    let id = object.take("id")?.text()?;
    let mut capacity = vec![None; frame.types.len()];
    object.take("capacity")?.map(|name, field| {
        let at = frame.types.find(field.place(), "type", name)?;
        capacity[at] = Some(field.amount(Accept::NonNegative)?);
        Ok(())
    })?;
    let demand = read_demand(&object.take("demand")?, frame)?;
    let mut today = Vec::new();
    if let Some(field) = object.maybe("today") {
        today = vec![0; frame.types.len()];
        field.map(|name, field| {
            today[frame.types.find(field.place(), "type", name)?] = field.count(0, MAX_QUOTA)?;
            Ok(())
        })?;
    }
    let change_price = object.maybe("change_price").map(|f| f.amount(Accept::NonNegative)).transpose()?;
    if change_price.is_some() && today.is_empty() {
        return Err(object.rule("change_price is the price of a change from `today`, which is missing; add it"));
    }
    let own = object.maybe("survive").map(|f| f.list(|f| f.object(read_survive))).transpose()?;
    let terms = WorkloadTerms {
        ramp: object.maybe("ramp").map(|f| f.count(0, MAX_QUOTA)).transpose()?,
        warm_up: object.count_or("warm_up", 0, MAX_WARM_UP, 0)?,
        survive: own.unwrap_or_else(|| frame.survive.clone()),
        unserved_price: object.maybe("unserved_price").map(|f| f.amount(Accept::NonNegative)).transpose()?,
        today,
        change_price,
    };
    Ok(Workload { id, min_replicas: object.count_or("min_replicas", 0, MAX_QUOTA, 0)?, capacity, demand, terms })
}

/// A list of hours; or one list for every scenario, or for every quantile of which one is planned for. Headroom is added.
fn read_demand(field: &Field<'_>, frame: &Frame) -> Result<Vec<Amount>, InputError> {
    let list = |field: &Field<'_>| field.amounts(Accept::NonNegative, frame.hours, "one for every hour");
    let by_name = |field: &Field<'_>| -> Result<BTreeMap<String, Vec<Amount>>, InputError> {
        Ok(field.map(|name, field| Ok((name.to_owned(), list(field)?)))?.into_iter().collect())
    };
    let pick = |lists: &mut BTreeMap<String, Vec<Amount>>, name: &str| {
        let known = lists.keys().cloned().collect::<Vec<_>>().join(", ");
        let missing =
            || InputError::Reference { place: field.place().to_owned(), what: "demand of", name: name.to_owned(), known };
        lists.remove(name).ok_or_else(missing)
    };
    let demand = match (&frame.quantile, frame.scenarios.as_slice()) {
        (_, []) if field.is_list() => list(field)?,
        (_, scenarios) if field.is_list() => list(field)?.repeat(scenarios.len()),
        (Some(quantile), _) => pick(&mut by_name(field)?, quantile)?,
        (None, []) => {
            return Err(field.rule("demand by name needs `scenarios`, or `quantile` that says which one is planned for"));
        }
        (None, scenarios) => {
            let mut lists = by_name(field)?;
            let demand = scenarios.iter().map(|name| pick(&mut lists, name)).collect::<Result<Vec<_>, _>>()?.concat();
            if let Some(name) = lists.keys().next() {
                return Err(
                    field.rule(format!("there is demand of {name}, which `scenarios` does not list; add it or take it out"))
                );
            }
            demand
        }
    };
    let factors = frame.headroom.iter().cycle();
    let raised = demand.iter().zip(factors).map(|(demand, factor)| demand.checked_mul(*factor));
    raised.collect::<Option<_>>().ok_or_else(|| field.rule("demand with its headroom is larger than an amount can hold"))
}

impl Serialize for Instance {
    /// The form that other solvers read: scenarios one after the other, quantile and headroom applied.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OutInstance::new(self).serialize(serializer)
    }
}

#[derive(Serialize)]
struct OutInstance<'a> {
    hours: u32,
    types: Vec<OutType<'a>>,
    workloads: Vec<OutWorkload<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scenarios: Vec<OutScenario<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_hours: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_committed: Option<Decimal>,
}

#[derive(Serialize)]
struct OutScenario<'a> {
    name: &'a str,
    probability: Decimal,
}

#[derive(Serialize)]
struct OutType<'a> {
    id: &'a str,
    od_price: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_price: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_rate: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spot: Option<OutSpot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excess_price: Option<Decimal>,
    #[serde(skip_serializing_if = "is_zero")]
    committed: u32,
}

#[derive(Serialize)]
struct OutSpot {
    interruption_rate: Decimal,
    interruption_cost: Decimal,
}

#[derive(Serialize)]
struct OutWorkload<'a> {
    id: &'a str,
    min_replicas: u32,
    capacity: BTreeMap<&'a str, Decimal>,
    demand: OutDemand<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ramp: Option<u32>,
    #[serde(skip_serializing_if = "is_zero")]
    warm_up: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    survive: Vec<OutSurvive>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unserved_price: Option<Decimal>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    today: BTreeMap<&'a str, u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_price: Option<Decimal>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OutDemand<'a> {
    One(Vec<Decimal>),
    Scenarios(BTreeMap<&'a str, Vec<Decimal>>),
}

#[derive(Serialize)]
struct OutSurvive {
    loss: &'static str,
    demand: Decimal,
    replicas: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl<'a> OutInstance<'a> {
    fn new(instance: &'a Instance) -> Self {
        let slots = instance.slots();
        let cycle = slots.paid_hours() as usize;
        Self {
            hours: slots.paid_hours(),
            types: instance.types().iter().map(OutType::from).collect(),
            workloads: instance.workloads().iter().map(|w| OutWorkload::new(w, instance)).collect(),
            scenarios: slots.scenarios().iter().map(|(name, p)| OutScenario { name, probability: Decimal(*p) }).collect(),
            change_hours: (!slots.all_free()).then(|| (0..cycle).filter(|hour| slots.may_change(*hour)).collect()),
            plan_committed: Some(instance.committed_spend()).filter(|spend| !spend.is_zero()).map(Decimal),
        }
    }
}

impl<'a> From<&'a InstanceType> for OutType<'a> {
    fn from(t: &'a InstanceType) -> Self {
        let spot = t.terms.interruption;
        Self {
            id: &t.id,
            od_price: Decimal(t.on_demand_price - spot.map_or(Amount::ZERO, |i| i.expected())),
            commit_price: t.commit_price.map(Decimal),
            plan_rate: t.plan_rate.map(Decimal),
            quota: t.quota,
            zone: t.terms.zone.as_deref(),
            spot: spot.map(|i| OutSpot { interruption_rate: Decimal(i.rate), interruption_cost: Decimal(i.cost) }),
            excess_price: t.terms.excess_price.map(Decimal),
            committed: t.terms.committed,
        }
    }
}

impl<'a> OutWorkload<'a> {
    fn new(workload: &'a Workload, instance: &'a Instance) -> Self {
        let (types, slots, terms) = (instance.types(), instance.slots(), &workload.terms);
        let decimals = |list: &[Amount]| list.iter().copied().map(Decimal).collect();
        let cycle = slots.paid_hours() as usize;
        let demand = match slots.scenarios() {
            [] => OutDemand::One(decimals(&workload.demand)),
            names => {
                let lists = names.iter().zip(workload.demand.chunks(cycle));
                OutDemand::Scenarios(lists.map(|((name, _), list)| (name.as_str(), decimals(list))).collect())
            }
        };
        let survive = |s: &Survive| OutSurvive { loss: s.loss.name(), demand: Decimal(s.demand), replicas: s.replicas };
        let today = terms.today.iter().enumerate().filter(|(_, n)| **n > 0);
        Self {
            id: &workload.id,
            min_replicas: workload.min_replicas,
            capacity: workload.usable().map(|(i, c)| (types[i].id.as_str(), Decimal(c))).collect(),
            demand,
            ramp: terms.ramp,
            warm_up: terms.warm_up,
            survive: terms.survive.iter().map(survive).collect(),
            unserved_price: terms.unserved_price.map(Decimal),
            today: today.map(|(i, n)| (types[i].id.as_str(), *n)).collect(),
            change_price: terms.change_price.map(Decimal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = r#"{"id":"g","od_price":1.006,"commit_price":0.63,"plan_rate":0.72,"quota":4}"#;

    fn read(types: &str, workload: &str) -> Result<Instance, InputError> {
        Instance::from_json(&format!(r#"{{"hours":2,"types":[{types}],"workloads":[{workload}]}}"#))
    }

    fn message(types: &str, workload: &str) -> String {
        read(types, workload).unwrap_err().to_string()
    }

    #[test]
    fn numbers_are_read_from_their_text_and_written_back_the_same() {
        let instance = read(TYPE, r#"{"id":"w","min_replicas":1,"capacity":{"g":12.5},"demand":[3.1,2.9e1]}"#).unwrap();
        assert_eq!(instance.types()[0].on_demand_price.to_string(), "1.006");
        let text = serde_json::to_string(&instance).unwrap();
        assert!(text.contains(r#""demand":[3.1,29]"#), "{text}");
        assert_eq!(Instance::from_json(&text).unwrap(), instance);
    }

    #[test]
    fn what_is_not_offered_or_not_limited_may_be_left_out() {
        let instance = read(r#"{"id":"g","od_price":"2"}"#, r#"{"id":"w","capacity":{"g":1},"demand":[0,0]}"#).unwrap();
        assert_eq!((instance.types()[0].commit_price, instance.types()[0].quota), (None, None));
    }

    #[test]
    fn every_term_is_read_and_written_back_the_same() {
        let text = r#"{"name":"all","hours":4,"change_hours":[0,2],"plan_committed":0.5,
            "scenarios":[{"name":"calm","probability":0.75},{"name":"busy","probability":0.25}],
            "headroom":[{"from":2,"to":4,"factor":1.5}],"survive":[{"loss":"zone","demand":0.5,"replicas":1}],
            "types":[{"id":"a","od_price":1,"commit_price":0.5,"zone":"x","committed":2,"quota":5,"excess_price":9},
                     {"id":"s","od_price":0.3,"zone":"y","spot":{"interruption_rate":0.05,"interruption_cost":0.4}}],
            "workloads":[{"id":"w","capacity":{"a":1,"s":1},"demand":{"calm":[1,1,1,1],"busy":[2,2,2,2]},"ramp":3,"warm_up":1,
                          "unserved_price":7,"today":{"a":2},"change_price":0.1}]}"#;
        let instance = Instance::from_json(text).unwrap();
        let (spot, workload) = (&instance.types()[1], &instance.workloads()[0]);
        assert_eq!(spot.on_demand_price.to_string(), "0.32");
        let demand: Vec<String> = workload.demand.iter().map(ToString::to_string).collect();
        assert_eq!(demand, ["1", "1", "1.5", "1.5", "2", "2", "3", "3"]);
        assert_eq!(instance.slots().blocks(), [0..2, 2..4, 4..6, 6..8]);
        assert_eq!(workload.terms.survive.len(), 1);
        assert_eq!(Instance::from_json(&serde_json::to_string(&instance).unwrap()).unwrap(), instance);
    }

    #[test]
    fn a_quantile_is_planned_for() {
        let text = |quantile: &str| {
            format!(
                r#"{{"hours":1,{quantile}"types":[{TYPE}],"workloads":[{{"id":"w","capacity":{{"g":1}},"demand":{{"p50":[2],"p90":[3]}}}}]}}"#
            )
        };
        let instance = Instance::from_json(&text(r#""quantile":"p90","#)).unwrap();
        assert_eq!(instance.workloads()[0].demand, [Amount::from_int(3)]);
        let message = |quantile| Instance::from_json(&text(quantile)).unwrap_err().to_string();
        assert!(message("").contains("workloads[0].demand: demand by name needs `scenarios`, or `quantile`"));
        assert!(message(r#""quantile":"p99","#).contains("there is no demand of p99; known are p50, p90"));
    }

    #[test]
    fn errors_name_the_field() {
        let workload = r#"{"id":"w","capacity":{"g":1},"demand":[1,2]}"#;
        assert!(message(r#"{"id":"g","od_price":-1}"#, workload).starts_with("types[0].od_price: -1 is out of range"));
        assert!(
            message(r#"{"id":"g","od_price":1,"plan_rate":0}"#, workload).starts_with("types[0].plan_rate: 0 is out of range")
        );
        assert!(message(r#"{"id":"g","od_price":1,"quota":-2}"#, workload).contains("types[0].quota: -2"));
        assert!(
            message(r#"{"id":"g","od_price":true}"#, workload).contains("types[0].od_price: true stands where a decimal number")
        );
        assert!(message(&format!("{TYPE},{TYPE}"), workload).contains("types: g stands twice"));
        assert!(message(TYPE, r#"{"id":"w","capacity":{"x":1},"demand":[1,2]}"#).contains("there is no type x; known are g"));
        assert!(message(TYPE, r#"{"id":"w","capacity":{"g":1,"g":2},"demand":[1,2]}"#).contains("g stands twice"));
        assert!(message(TYPE, r#"{"id":"w","capacity":{"g":1},"demand":[1]}"#).contains("1 values where 2 are needed"));
        assert!(message(TYPE, r#"{"id":"w","capacity":{"g":1},"demand":[1,"x"]}"#).contains("workloads[0].demand[1]"));
        assert!(
            message(TYPE, r#"{"id":"w","capacity":{"g":1},"demand":[1,2],"rampe":3}"#).contains("the field rampe is not part")
        );
        assert!(message(TYPE, r#"{"id":"w","demand":[1,2]}"#).contains("the field capacity is missing"));
        let spot = r#"{"id":"g","od_price":1,"plan_rate":1,"spot":{"interruption_rate":0.1}}"#;
        assert!(message(spot, workload).contains("type g, spot: spot capacity is neither committed nor under a spend plan"));
    }
}
