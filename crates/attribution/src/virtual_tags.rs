//! Virtual tags: one more column of the key table each, made of what the others hold.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::condition::Condition;
use crate::error::Site;
use crate::input::AttributionError;
use crate::keys::KeyTable;
use crate::name::VirtualTagId;
use crate::rules::RuleSet;

/// What stands before a virtual tag's id where it is read.
pub(crate) const PREFIX: &str = "virtual:";

/// A value that charges are given by what they have.
#[derive(Clone, Debug)]
pub struct VirtualTag {
    /// Its id.
    pub id: VirtualTagId,
    /// Where it stands in the file.
    pub site: Site,
    pub(crate) values: Vec<(Arc<str>, Vec<Condition>)>,
    pub(crate) from: Vec<String>,
    pub(crate) inherit: Vec<String>,
}

impl VirtualTag {
    /// What it is called where it is read.
    pub fn field(&self) -> String {
        format!("{PREFIX}{}", self.id)
    }

    /// The columns and tags that it is made of.
    pub(crate) fn fields_read(&self) -> impl Iterator<Item = &str> {
        let conditions = self.values.iter().flat_map(|(_, conditions)| conditions.iter().map(|condition| &*condition.field));
        conditions.chain(self.from.iter().map(String::as_str)).chain(self.inherit.iter().map(String::as_str))
    }

    /// The value of each key.
    fn column(&self, keys: &KeyTable) -> Result<Vec<Option<Arc<str>>>, AttributionError> {
        let at = |field: &str| keys.column(field).ok_or_else(|| AttributionError::MissingField { field: field.to_owned() });
        let columns = |fields: &[String]| fields.iter().map(|field| at(field)).collect::<Result<Vec<usize>, _>>();
        let (from, inherit) = (columns(&self.from)?, columns(&self.inherit)?);
        let mut values = Vec::with_capacity(self.values.len());
        for (value, conditions) in &self.values {
            let placed = conditions.iter().map(|condition| Ok((at(&condition.field)?, condition)));
            values.push((value, placed.collect::<Result<Vec<_>, AttributionError>>()?));
        }
        let own = |key: u32| {
            let holds = |(column, condition): &(usize, &Condition)| condition.holds(keys.value(key, *column));
            let given = values.iter().find(|(_, conditions)| conditions.iter().all(holds)).map(|(value, _)| Arc::clone(value));
            given.or_else(|| from.iter().find_map(|&column| keys.shared_value(key, column)))
        };
        let own: Vec<Option<Arc<str>>> = (0..keys.len() as u32).map(own).collect();
        let agreed: Vec<(usize, Agreed<'_>)> = inherit.into_iter().map(|column| (column, agreed(keys, column, &own))).collect();
        let inherited = |key: u32| {
            let of = |(column, agreed): &(usize, Agreed<'_>)| agreed.get(keys.value(key, *column)?).copied().flatten().cloned();
            agreed.iter().find_map(of)
        };
        Ok((0..).zip(&own).map(|(key, value)| value.clone().or_else(|| inherited(key))).collect())
    }
}

/// For each value of a column what all keys that have it, and a value of their own, agree on; `None` where they disagree.
type Agreed<'a> = HashMap<&'a str, Option<&'a Arc<str>>>;

fn agreed<'a>(keys: &'a KeyTable, column: usize, own: &'a [Option<Arc<str>>]) -> Agreed<'a> {
    let mut agreed = Agreed::new();
    for (key, value) in (0..).zip(own) {
        if let (Some(shared), Some(value)) = (keys.value(key, column), value) {
            let known = agreed.entry(shared).or_insert(Some(value));
            if known.is_some_and(|known| known != value) {
                *known = None;
            }
        }
    }
    agreed
}

/// The key table with a column for each virtual tag of the rules.
pub(crate) fn completed<'a>(rules: &RuleSet, keys: &'a KeyTable) -> Result<Cow<'a, KeyTable>, AttributionError> {
    if rules.virtual_tags.is_empty() {
        return Ok(Cow::Borrowed(keys));
    }
    let column = |tag: &VirtualTag| Ok((tag.field(), tag.column(keys)?));
    let columns = rules.virtual_tags.iter().map(column).collect::<Result<Vec<_>, AttributionError>>()?;
    Ok(Cow::Owned(keys.with_columns(columns)))
}
