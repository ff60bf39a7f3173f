//! The JSON schema of mapping documents, made of the same lists that the reader goes by.

use serde_json::{Map, Value, json};

use super::operations::{ATS, FORMS, OPERATIONS};
use crate::{Dataset, columns};

/// The JSON schema (draft 2020-12) of a mapping, for editors and for checks outside this program.
pub fn mapping_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mapping of a bill in a provider's own columns",
        "type": "object",
        "required": ["version", "name", "recognise", "columns"],
        "additionalProperties": false,
        "properties": {
            "version": {"const": 1, "description": "The version of the format."},
            "name": {"type": "string", "pattern": "^[A-Za-z0-9.-]+$", "description": "By which --format asks for it."},
            "title": {"type": "string", "description": "What imports and reports call it."},
            "about": {"type": "string", "description": "What it carries over and what not."},
            "extends": {"type": "string", "description": "The mapping of the program that this one changes in part."},
            "recognise": recognise(),
            "columns": {
                "type": "object",
                "description": format!(
                    "FOCUS columns, or columns of one's own that begin with x_, and where their values come from. Without extends, {} must be filled.",
                    Dataset::CostAndUsage.essential().join(", ")
                ),
                "propertyNames": {"anyOf": [{"enum": columns().iter().map(|column| column.name).collect::<Vec<_>>()}, {"pattern": "^x_."}]},
                "additionalProperties": {"$ref": "#/$defs/expression"}
            },
            "tables": {
                "type": "object",
                "description": "Values by name, for { of = …, table = NAME }.",
                "additionalProperties": {"$ref": "#/$defs/values"}
            },
            "others": others()
        },
        "$defs": {
            "texts": {"type": "array", "items": {"type": "string"}},
            "values": {
                "type": "object",
                "description": "Texts by value; * in a value stands for any text.",
                "additionalProperties": {"type": "string"}
            },
            "expression": {
                "description": "Where a value comes from: the name of a source column, or a table.",
                "oneOf": std::iter::once(json!({"type": "string"})).chain(OPERATIONS.iter().map(operation)).collect::<Vec<_>>()
            },
            "tags": tags()
        }
    })
}

fn texts(about: &str) -> Value {
    json!({"$ref": "#/$defs/texts", "description": about})
}

fn recognise() -> Value {
    json!({
        "type": "object",
        "description": "How a file is told by its columns, whatever their capitals.",
        "additionalProperties": false,
        "properties": {
            "all": texts("All of these are there."),
            "any": texts("One of these is there."),
            "none": texts("None of these is there."),
            "only": {"type": "boolean", "description": "The columns of all, and no other."},
            "never": {"type": "boolean", "description": "Read only where it is named."}
        }
    })
}

fn others() -> Value {
    json!({
        "type": "object",
        "description": "What becomes of source columns that no expression reads: they are kept as x_ columns unless this says otherwise.",
        "additionalProperties": false,
        "properties": {
            "same_names": {"type": "boolean", "description": "A source column with a FOCUS name goes to that column."},
            "keep_too": texts("Patterns of columns that are kept although an expression reads them."),
            "leave_out": texts("Patterns of columns that are not kept.")
        }
    })
}

/// An expression: its own key, and those that may stand beside it.
fn operation((name, more): &(&str, &[&str])) -> Value {
    let keys = std::iter::once(name).chain(*more);
    let properties: Map<String, Value> = keys.map(|key| ((*key).to_owned(), operand(name, key))).collect();
    let mut required = vec![*name];
    required.extend(more.iter().filter(|key| matches!((*name, **key), ("present", "then") | ("part" | "member" | "total", _))));
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn operand(operation: &str, key: &str) -> Value {
    let expression = || json!({"$ref": "#/$defs/expression"});
    let words = |words: Vec<&str>| json!({"enum": words});
    match (operation, key) {
        ("column" | "constant" | "template", _) | (_, "split" | "key" | "table") => json!({"type": "string"}),
        ("first" | "sum" | "product", _) => json!({"type": "array", "items": expression(), "minItems": 1}),
        ("tags", _) => json!({"type": "array", "items": {"$ref": "#/$defs/tags"}}),
        (_, "values") => json!({"$ref": "#/$defs/values"}),
        (_, "choose") => json!({"type": "object", "additionalProperties": expression()}),
        (_, "keep") => json!({"type": "boolean"}),
        (_, "index") => json!({"type": "integer"}),
        (_, "form") => words(FORMS.iter().map(|(word, _)| *word).collect()),
        ("moment", "at") => words(ATS.iter().map(|(word, _)| *word).collect()),
        _ => expression(),
    }
}

fn tags() -> Value {
    let source = |key: &str, about: &str| {
        json!({
            "type": "object",
            "properties": {key: {"type": "string", "description": about}, "prefix": {"type": "string"}},
            "required": [key],
            "additionalProperties": false
        })
    };
    json!({
        "description": "A source of tags.",
        "oneOf": [
            source("columns", "A pattern with one *, which stands for the tag's key: a column a tag."),
            source("object", "A column with a JSON object."),
            source("pairs", "A column with a JSON list of {\"key\", \"value\"}.")
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known_mappings;

    /// What is wrong with `value` by `schema`, as far as the schema of mappings goes.
    fn wrong(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let fails = |why: &str| vec![format!("{at}: {why}")];
        if let Some(reference) = schema["$ref"].as_str() {
            return wrong(root, root.pointer(reference.trim_start_matches('#')).expect("it leads somewhere"), value, at);
        }
        for (several, fewest, most) in [("oneOf", 1, 1), ("anyOf", 1, usize::MAX)] {
            if let Some(branches) = schema[several].as_array() {
                let fitting = branches.iter().filter(|branch| wrong(root, branch, value, at).is_empty()).count();
                return if (fewest..=most).contains(&fitting) { Vec::new() } else { fails(&format!("{fitting} branches fit")) };
            }
        }
        if schema.get("const").is_some_and(|only| only != value) {
            return fails("is another constant");
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            return fails("is none of the words");
        }
        if schema["pattern"] == "^x_." && !value.as_str().is_some_and(|text| text.starts_with("x_") && text.len() > 2) {
            return fails("is no name of a column of one's own");
        }
        let fits = match schema["type"].as_str() {
            Some("object") => value.is_object(),
            Some("array") => value.is_array(),
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64(),
            _ => true,
        };
        if !fits {
            return fails("is of another type");
        }
        let mut found = Vec::new();
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(key).is_none() {
                found.push(format!("{at}: {key} is missing"));
            }
        }
        for (key, inner) in value.as_object().into_iter().flatten() {
            let at = format!("{at}.{key}");
            if let Some(names) = schema.get("propertyNames") {
                found.extend(wrong(root, names, &Value::from(key.as_str()), &at));
            }
            match (schema["properties"].get(key), &schema["additionalProperties"]) {
                (Some(property), _) => found.extend(wrong(root, property, inner, &at)),
                (None, Value::Bool(false)) => found.push(format!("{at}: unknown")),
                (None, others) => found.extend(wrong(root, others, inner, &at)),
            }
        }
        if let (Some(fewest), Some(items)) = (schema["minItems"].as_u64(), value.as_array())
            && (items.len() as u64) < fewest
        {
            found.push(format!("{at}: too few"));
        }
        for (place, item) in value.as_array().into_iter().flatten().enumerate() {
            found.extend(wrong(root, &schema["items"], item, &format!("{at}[{place}]")));
        }
        found
    }

    fn check(text: &str) -> Vec<String> {
        let (schema, value) = (mapping_schema(), toml::from_str::<Value>(text).unwrap());
        wrong(&schema, &schema, &value, "")
    }

    #[test]
    fn the_mappings_of_the_program_fit_the_schema() {
        for (mapping, text) in known_mappings() {
            assert_eq!(check(text), Vec::<String>::new(), "{}", mapping.name);
        }
    }

    #[test]
    fn what_the_reader_refuses_the_schema_refuses() {
        let good = "version = 1\nname = \"a\"\n[recognise]\nall = [\"T\"]\n[columns]\nBilledCost = \"T\"\nBillingCurrency = { constant = \"EUR\" }\n\
                    BillingPeriodStart = { moment = \"D\", form = \"YYYYMM\" }\n";
        assert_eq!(check(good), Vec::<String>::new());
        assert!(super::super::Mapping::parse("a.toml", good).is_ok());
        for (from, to) in [
            ("version = 1", "version = 2"),
            ("name = ", "nome = "),
            ("BilledCost = ", "billedcost = "),
            ("BilledCost = ", "x_ = "),
            ("form = \"YYYYMM\"", "form = \"YY\""),
            ("form = ", "from = "),
            ("{ constant = \"EUR\" }", "{ part = \"T\", split = \":\" }"),
            ("{ constant = \"EUR\" }", "{ first = [] }"),
            ("{ constant = \"EUR\" }", "{ present = \"T\" }"),
            ("{ constant = \"EUR\" }", "7"),
            ("all = [\"T\"]", "all = \"T\""),
            ("[recognise]", "[others]\nkeep = []\n[recognise]"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(super::super::Mapping::parse("a.toml", &bad).is_err(), "{bad}");
            assert!(!check(&bad).is_empty(), "the schema allows what the reader does not:\n{bad}");
        }
    }
}
