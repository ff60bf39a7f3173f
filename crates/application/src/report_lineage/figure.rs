//! One figure of a report, named by its path: `units/unit=payments/total`.
//!
//! A step is the name of a member, the place of an element (from 0), or `name=value`: the element whose member `name` has this value. A list of
//! one element needs no step. `~1` stands for `/` and `~0` for `~`, as in a JSON pointer (RFC 6901).

use serde_json::Value;

use crate::Error;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The figure as the report states it.
    pub value: Value,
    /// The names of the members that were passed, without places.
    pub members: Vec<String>,
    /// The innermost unit on the way.
    pub unit: Option<String>,
    /// The innermost currency on the way.
    pub currency: Option<String>,
}

/// Follows a path through a report.
///
/// # Errors
/// When it leads nowhere, or not to a single figure: the error names what there is.
pub(super) fn figure_at(report: &Value, path: &str) -> Result<Found, Error> {
    let mut found = Found { value: Value::Null, members: Vec::new(), unit: None, currency: None };
    let mut here = report;
    let mut steps = path.split('/').filter(|step| !step.is_empty()).peekable();
    loop {
        if let Value::Object(members) = here {
            let named = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
            found.unit = named("unit").or(found.unit);
            found.currency = named("currency").or(found.currency);
        }
        let Some(step) = steps.peek() else { break };
        let step = step.replace("~1", "/").replace("~0", "~");
        here = match here {
            Value::Object(members) => {
                steps.next();
                let next = members.get(&step).ok_or_else(|| nowhere(path, &step, here))?;
                found.members.push(step);
                next
            }
            Value::Array(elements) => match element(elements, &step) {
                Some(next) => {
                    steps.next();
                    next
                }
                None if elements.len() == 1 => &elements[0],
                None => return Err(nowhere(path, &step, here)),
            },
            _ => return Err(nowhere(path, &step, here)),
        };
    }
    match here {
        Value::Object(_) | Value::Array(_) => {
            Err(Error::Invalid(format!("--figure {path}: this is no single figure; it goes on with {}", ways_on(here))))
        }
        value => Ok(Found { value: value.clone(), ..found }),
    }
}

fn element<'a>(elements: &'a [Value], step: &str) -> Option<&'a Value> {
    match step.split_once('=') {
        Some((name, wanted)) => elements.iter().find(|element| match &element[name] {
            Value::String(text) => text == wanted,
            Value::Null => wanted.is_empty(),
            other => {
                let said = other.to_string();
                said.as_str() == wanted
            }
        }),
        None => elements.get(step.parse::<usize>().ok()?),
    }
}

fn nowhere(path: &str, step: &str, here: &Value) -> Error {
    Error::Nothing(format!("--figure {path}: there is no {step} here; it goes on with {}", ways_on(here)))
}

/// How many ways on an error names.
const WAYS: usize = 12;

fn ways_on(here: &Value) -> String {
    let ways: Vec<String> = match here {
        Value::Array(elements) if elements.is_empty() => return "nothing, since it is an empty list".to_owned(),
        Value::Object(members) => members.keys().cloned().collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(at, element)| way_to(at, element)).collect(),
        _ => Vec::new(),
    };
    match ways.len() {
        0 => "nothing: leave the last step out".to_owned(),
        count if count > WAYS => format!("{} … ({count})", ways[..WAYS].join(", ")),
        _ => ways.join(", "),
    }
}

/// An element as people would name it.
fn way_to(at: usize, element: &Value) -> String {
    let names = ["unit", "id", "period", "currency", "source", "model", "workflow", "name", "row"];
    let named = names.iter().find_map(|name| Some(format!("{name}={}", element[*name].as_str()?)));
    named.unwrap_or_else(|| at.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> Value {
        json!([{ "currency": "USD", "units": [
            { "unit": "risk", "total": "7", "rolled_up": { "direct": "5" } },
            { "unit": "a/b", "total": "0.30", "shares": [] },
        ]}])
    }

    #[test]
    fn a_path_leads_to_the_exact_figure_and_knows_whose_it_is() {
        for (path, value, unit) in [
            ("units/unit=risk/total", "7", "risk"),
            ("/0/units/0/rolled_up/direct", "5", "risk"),
            ("units/unit=a~1b/total", "0.30", "a/b"),
        ] {
            let found = figure_at(&report(), path).unwrap();
            assert_eq!((found.value.as_str(), found.unit.as_deref()), (Some(value), Some(unit)), "{path}");
            assert_eq!(found.currency.as_deref(), Some("USD"));
        }
        assert_eq!(figure_at(&report(), "units/unit=risk/rolled_up/direct").unwrap().members, ["units", "rolled_up", "direct"]);
    }

    #[test]
    fn what_leads_nowhere_names_the_ways_on() {
        for (path, says) in [
            ("units", "unit=risk, unit=a/b"),
            ("units/unit=nobody/total", "unit=risk"),
            ("units/unit=risk", "unit, total, rolled_up"),
            ("units/unit=risk/total/more", "leave the last step out"),
            ("units/unit=a~1b/shares/0", "an empty list"),
        ] {
            let error = figure_at(&report(), path).unwrap_err().to_string();
            assert!(error.contains(says), "{path}: {error}");
        }
    }
}
