//! Tags that occur often, as columns of the key table.
//!
//! A set of tags is interned with its key and stays one JSON object. Whoever asks for one tag would have to parse it for every
//! row; a column of its own is read like any other, by any tool.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use serde_json::{Map, Value};

use crate::daily::TAG_COLUMN;

/// A tag is hot where at least one in so many keys has it.
const ONE_IN: usize = 100;
/// So many tags at most become columns: those that most keys have.
const MOST: usize = 64;

/// A column `tag:NAME` for each tag that occurs often in these sets, in order of name.
///
/// Text values are as they are, other values as JSON; what is no JSON object has no tags.
pub(crate) fn columns(sets: &[Option<&str>]) -> Vec<(String, ArrayRef)> {
    let mut parsed: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for set in sets.iter().flatten() {
        parsed.entry(set).or_insert_with(|| serde_json::from_str(set).unwrap_or_default());
    }
    let mut keys_with: BTreeMap<&str, usize> = BTreeMap::new();
    for set in sets.iter().flatten() {
        parsed[set].keys().for_each(|name| *keys_with.entry(name).or_default() += 1);
    }
    let mut hot: Vec<(&str, usize)> = keys_with.into_iter().filter(|(_, keys)| keys * ONE_IN >= sets.len()).collect();
    hot.sort_by_key(|(name, keys)| (std::cmp::Reverse(*keys), *name));
    hot.truncate(MOST);
    hot.sort_unstable();
    let column = |name: &str| -> ArrayRef {
        Arc::new(sets.iter().map(|set| set.and_then(|set| parsed[set].get(name)).and_then(text)).collect::<StringArray>())
    };
    hot.into_iter().map(|(name, _)| (format!("{TAG_COLUMN}{name}"), column(name))).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};

    use super::*;

    #[test]
    fn tags_that_occur_often_are_columns_and_rare_ones_are_not() {
        let mut sets = vec![Some(r#"{"team":"a","cost centre":12,"gone":null}"#); 150];
        sets.extend([Some(r#"{"team":"b","rare":"x"}"#), None, Some("no object"), Some("[]")]);
        let columns = columns(&sets);
        assert_eq!(
            columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["tag:cost centre", "tag:gone", "tag:team"]
        );
        let team = columns[2].1.as_string::<i32>();
        assert_eq!((team.value(0), team.value(150), team.null_count()), ("a", "b", 3));
        assert_eq!(columns[0].1.as_string::<i32>().value(0), "12");
        assert_eq!(columns[1].1.null_count(), sets.len());
    }

    #[test]
    fn of_many_tags_the_most_used_are_taken() {
        let all: String = (0..70).map(|n| format!("\"t{n:02}\":\"v\",")).collect();
        let few: String = (10..70).map(|n| format!("\"t{n:02}\":\"v\",")).collect();
        let (all, few) = (format!("{{{}}}", all.trim_end_matches(',')), format!("{{{}}}", few.trim_end_matches(',')));
        let columns = columns(&[Some(&all), Some(&few)]);
        assert_eq!(columns.len(), 64);
        assert_eq!((columns[0].0.as_str(), columns[3].0.as_str(), columns[4].0.as_str()), ("tag:t00", "tag:t03", "tag:t10"));
    }
}
