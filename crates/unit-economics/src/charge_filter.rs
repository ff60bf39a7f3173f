//! Which charges of the bill are meant: columns and tags and what they must be, in the words of the rule file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

/// From a FOCUS column (`ServiceName`) or a tag (`tag:Workload`) to what its value must be; all of them must hold.
///
/// A value is a text (equal to it), a list (equal to one of them) or a table with `any_of`, `not` and `prefix`, as in the conditions
/// of the rule file. Texts are compared exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ChargeFilter(BTreeMap<String, Tests>);

/// Tests of one column or tag, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tests {
    any_of: Option<Vec<String>>,
    not: Option<Vec<String>>,
    prefix: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestsTable {
    any_of: Option<Texts>,
    not: Option<Texts>,
    prefix: Option<Texts>,
}

struct Texts(Vec<String>);

impl ChargeFilter {
    /// True where it says nothing, and so holds for every charge.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The columns and tags that it reads.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// True where a charge is meant; `value` gives what the charge has in a column or tag.
    pub fn holds<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|(field, tests)| tests.hold(value(field)))
    }
}

impl Tests {
    fn hold(&self, value: Option<&str>) -> bool {
        let is_one = |texts: &[String]| value.is_some_and(|value| texts.iter().any(|text| text == value));
        let begins = |texts: &[String]| value.is_some_and(|value| texts.iter().any(|text| value.starts_with(text)));
        self.any_of.as_deref().is_none_or(is_one)
            && !self.not.as_deref().is_some_and(is_one)
            && self.prefix.as_deref().is_none_or(begins)
    }
}

impl fmt::Display for ChargeFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("every charge");
        }
        for (at, (field, tests)) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            let said = [("=", &tests.any_of), ("not", &tests.not), ("begins with", &tests.prefix)];
            let said =
                said.into_iter().filter_map(|(word, texts)| Some(format!("{field} {word} {}", texts.as_ref()?.join(" | "))));
            f.write_str(&said.collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Tests::deserialize(deserializer)?.any_of {
            Some(texts) => Self(texts),
            None => return Err(de::Error::custom("expected a text in quotes or a list of texts")),
        })
    }
}

impl<'de> Deserialize<'de> for Tests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TestsVisitor;

        impl<'de> Visitor<'de> for TestsVisitor {
            type Value = Tests;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes, a list of texts, or a table with any_of, not or prefix")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Tests, E> {
                Ok(Tests { any_of: Some(vec![text.to_owned()]), ..Tests::default() })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tests, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = items.next_element()? {
                    texts.push(text);
                }
                Ok(Tests { any_of: Some(texts), ..Tests::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tests, A::Error> {
                let table = TestsTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let texts = |texts: Option<Texts>| texts.map(|texts| texts.0);
                Ok(Tests { any_of: texts(table.any_of), not: texts(table.not), prefix: texts(table.prefix) })
            }
        }

        deserializer.deserialize_any(TestsVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        charges: ChargeFilter,
    }

    #[test]
    fn all_tests_must_hold() {
        let text = "charges = { ServiceName = \"SageMaker\", \"tag:Workload\" = [\"a\", \"b\"], SkuId = { prefix = \"gpu-\", not = \"gpu-old\" } }";
        let filter = toml::from_str::<Holder>(text).unwrap().charges;
        let holds = |service: &'static str, workload: Option<&'static str>, sku: &'static str| {
            filter.holds(|field| match field {
                "ServiceName" => Some(service),
                "tag:Workload" => workload,
                _ => Some(sku),
            })
        };
        assert!(holds("SageMaker", Some("b"), "gpu-1"));
        assert!(!holds("SageMaker", None, "gpu-1"));
        assert!(!holds("SageMaker", Some("a"), "gpu-old"));
        assert!(!holds("sagemaker", Some("a"), "gpu-1"));
        assert_eq!(filter.fields().collect::<Vec<_>>(), ["ServiceName", "SkuId", "tag:Workload"]);
        assert_eq!(
            filter.to_string(),
            "ServiceName = SageMaker, SkuId not gpu-old, SkuId begins with gpu-, tag:Workload = a | b"
        );
        assert!(toml::from_str::<Holder>("charges = { A = { like = \"x\" } }").is_err());
    }
}
