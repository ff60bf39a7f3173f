//! The neutral instance format: JSON to [`Instance`] and back, without a digit lost.

use std::collections::HashMap;
use std::fmt;

use farthing_types::Amount;
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::data::{Instance, InstanceError, InstanceType, MAX_QUOTA, Workload};
use crate::number::Decimal;

#[derive(Deserialize)]
struct RawInstance<'a> {
    hours: usize,
    #[serde(borrow)]
    types: Vec<RawType<'a>>,
    #[serde(borrow)]
    workloads: Vec<RawWorkload<'a>>,
}

#[derive(Deserialize)]
struct RawType<'a> {
    id: String,
    #[serde(borrow)]
    od_price: &'a RawValue,
    #[serde(borrow, default)]
    commit_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    plan_rate: Option<&'a RawValue>,
    #[serde(default)]
    quota: Option<i64>,
}

#[derive(Deserialize)]
struct RawWorkload<'a> {
    id: String,
    #[serde(default)]
    min_replicas: u32,
    #[serde(borrow)]
    capacity: Entries<'a>,
    #[serde(borrow)]
    demand: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    ramp: Option<&'a RawValue>,
}

/// The entries of a JSON object in the order of the text, doubles included: a map would keep the last one silently.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of type id to capacity")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Collect).map(Entries)
    }
}

impl Instance {
    /// Reads the neutral format. Numbers are taken from their decimal text, so `1.006` is exactly that.
    ///
    /// Fields that the format does not name (`name`, `seed`) are passed over; `ramp` is refused, because ignoring it would
    /// answer another question.
    ///
    /// # Errors
    /// [`InstanceError`], naming the type or workload and the field.
    pub fn from_json(text: &str) -> Result<Self, InstanceError> {
        let raw: RawInstance<'_> = serde_json::from_str(text).map_err(|e| InstanceError::Json(e.to_string()))?;
        let types = raw.types.into_iter().map(read_type).collect::<Result<Vec<_>, _>>()?;
        let index: HashMap<&str, usize> = types.iter().enumerate().map(|(i, t)| (t.id.as_str(), i)).collect();
        let workloads =
            raw.workloads.into_iter().map(|w| read_workload(w, &index, types.len())).collect::<Result<Vec<_>, _>>()?;
        Self::new(raw.hours, types, workloads)
    }
}

fn read_type(raw: RawType<'_>) -> Result<InstanceType, InstanceError> {
    let place = |field: &str| format!("type {}, {field}", raw.id);
    let quota = match raw.quota {
        None => None,
        Some(quota) if (0..=i64::from(MAX_QUOTA)).contains(&quota) => u32::try_from(quota).ok(),
        Some(quota) => {
            let range = format!("from 0 to {MAX_QUOTA}");
            return Err(InstanceError::OutOfRange { place: place("quota"), value: quota.to_string(), range });
        }
    };
    Ok(InstanceType {
        on_demand_price: decimal(&place("od_price"), raw.od_price)?,
        commit_price: raw.commit_price.map(|v| decimal(&place("commit_price"), v)).transpose()?,
        plan_rate: raw.plan_rate.map(|v| decimal(&place("plan_rate"), v)).transpose()?,
        quota,
        id: raw.id,
    })
}

fn read_workload(raw: RawWorkload<'_>, index: &HashMap<&str, usize>, types: usize) -> Result<Workload, InstanceError> {
    if raw.ramp.is_some() {
        return Err(InstanceError::Unsupported { place: format!("workload {}", raw.id), field: "ramp" });
    }
    let mut capacity = vec![None; types];
    for (type_id, value) in raw.capacity.0 {
        let Some(&at) = index.get(type_id.as_str()) else {
            return Err(InstanceError::UnknownType { workload: raw.id, type_id });
        };
        let place = format!("workload {}, capacity of {type_id}", raw.id);
        if capacity[at].replace(decimal(&place, value)?).is_some() {
            return Err(InstanceError::Duplicate { place });
        }
    }
    let demand = raw.demand.iter().enumerate();
    let demand = demand.map(|(hour, value)| decimal(&format!("workload {}, demand in hour {hour}", raw.id), value));
    let demand = demand.collect::<Result<Vec<_>, _>>()?;
    Ok(Workload { id: raw.id, min_replicas: raw.min_replicas, capacity, demand })
}

/// A JSON number, or a string that holds one.
fn decimal(place: &str, value: &RawValue) -> Result<Amount, InstanceError> {
    let text = value.get().trim();
    let digits = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    digits.parse().map_err(|_| InstanceError::NotADecimal { place: place.to_owned(), text: text.chars().take(64).collect() })
}

impl Serialize for Instance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("hours", &self.hours())?;
        let types: Vec<OutType<'_>> = self.types().iter().map(OutType::from).collect();
        map.serialize_entry("types", &types)?;
        let workloads: Vec<OutWorkload<'_>> = self.workloads().iter().map(|w| OutWorkload::new(w, self.types())).collect();
        map.serialize_entry("workloads", &workloads)?;
        map.end()
    }
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
}

impl<'a> From<&'a InstanceType> for OutType<'a> {
    fn from(t: &'a InstanceType) -> Self {
        let (commit_price, plan_rate) = (t.commit_price.map(Decimal), t.plan_rate.map(Decimal));
        Self { id: &t.id, od_price: Decimal(t.on_demand_price), commit_price, plan_rate, quota: t.quota }
    }
}

#[derive(Serialize)]
struct OutWorkload<'a> {
    id: &'a str,
    min_replicas: u32,
    capacity: std::collections::BTreeMap<&'a str, Decimal>,
    demand: Vec<Decimal>,
}

impl<'a> OutWorkload<'a> {
    fn new(workload: &'a Workload, types: &'a [InstanceType]) -> Self {
        let capacity = workload.usable().map(|(i, c)| (types[i].id.as_str(), Decimal(c))).collect();
        let demand = workload.demand.iter().copied().map(Decimal).collect();
        Self { id: &workload.id, min_replicas: workload.min_replicas, capacity, demand }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = r#"{"id":"g","od_price":1.006,"commit_price":0.63,"plan_rate":0.72,"quota":4}"#;

    fn read(types: &str, workload: &str) -> Result<Instance, InstanceError> {
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
    fn errors_name_the_place() {
        let workload = r#"{"id":"w","capacity":{"g":1},"demand":[1,2]}"#;
        assert!(message(r#"{"id":"g","od_price":-1}"#, workload).starts_with("type g, od_price: -1 is out of range"));
        assert!(
            message(r#"{"id":"g","od_price":1,"plan_rate":0}"#, workload).starts_with("type g, plan_rate: 0 is out of range")
        );
        assert!(message(r#"{"id":"g","od_price":1,"quota":-2}"#, workload).contains("type g, quota: -2"));
        assert!(message(r#"{"id":"g","od_price":true}"#, workload).contains("type g, od_price: true is not a decimal number"));
        assert!(message(&format!("{TYPE},{TYPE}"), workload).contains("type g: the name stands twice"));
        assert!(message(TYPE, r#"{"id":"w","capacity":{"x":1},"demand":[1,2]}"#).contains("capacity names the type x"));
        assert!(
            message(TYPE, r#"{"id":"w","capacity":{"g":1,"g":2},"demand":[1,2]}"#)
                .contains("capacity of g: the name stands twice")
        );
        assert!(message(TYPE, r#"{"id":"w","capacity":{"g":1},"demand":[1]}"#).contains("demand has 1 values and hours is 2"));
        assert!(message(TYPE, r#"{"id":"w","capacity":{"g":1},"demand":[1,"x"]}"#).contains("demand in hour 1"));
        assert!(message(TYPE, r#"{"id":"w","capacity":{"g":1},"demand":[1,2],"ramp":3}"#).contains("ramp is not supported"));
        assert!(message(TYPE, r#"{"id":"w","demand":[1,2]}"#).contains("missing field `capacity`"));
    }
}
