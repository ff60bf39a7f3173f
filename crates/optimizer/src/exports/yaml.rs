use std::fmt::Write;

use serde_json::Value;

/// Values as YAML documents. Texts are in double quotes, as JSON has them, which YAML reads alike: nothing is taken for a number or
/// a truth value.
pub(super) fn documents(values: &[Value]) -> String {
    values.iter().fold(String::new(), |mut text, value| {
        text.push_str("---\n");
        block(&mut text, value, 0);
        text
    })
}

fn block(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let _ = write!(text, "{:1$}{key}:", "", 2 * depth);
                nested(text, value, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                block(&mut inner, item, depth + 1);
                let indent = 2 * depth;
                let _ = write!(text, "{:indent$}- {}", "", inner.trim_start());
            }
        }
        scalar => {
            let _ = writeln!(text, "{:1$}{scalar}", "", 2 * depth);
        }
    }
}

fn nested(text: &mut String, value: &Value, depth: usize) {
    let is_block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        block(text, value, depth);
    } else {
        let _ = writeln!(text, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn nested_values_are_indented_and_texts_quoted() {
        let text = super::documents(&[json!({"a": {"b": ["x: y", 2, {"c": "yes", "d": [true]}], "e": {}}, "f": "line\nbreak"})]);
        let known =
            "---\na:\n  b:\n    - \"x: y\"\n    - 2\n    - c: \"yes\"\n      d:\n        - true\n  e: {}\nf: \"line\\nbreak\"\n";
        assert_eq!(text, known);
    }
}
