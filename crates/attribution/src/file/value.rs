//! Values of the rule file that may be written in more than one way.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use farthing_types::Amount;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One text or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextsVisitor;
        impl<'de> Visitor<'de> for TextsVisitor {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Texts, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = texts.next_element()? {
                    all.push(text);
                }
                Ok(Texts(all))
            }
        }
        deserializer.deserialize_any(TextsVisitor)
    }
}

impl JsonSchema for Texts {
    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One text or a list of them.",
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }]
        })
    }
}

/// What a column or tag must be: a text (equal to it), a list (equal to one of them), or a table of tests that must all hold.
///
/// Texts are compared exactly, with their capitals and blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionEntry(pub TestsEntry);

/// Tests of one column or tag, all of which must hold. A list inside a test means any one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestsEntry {
    /// Equal to one of these.
    pub any_of: Option<Texts>,
    /// Equal to none of these; holds where there is no value.
    pub not: Option<Texts>,
    /// Begins with one of these.
    pub prefix: Option<Texts>,
    /// Matches one of these whole, where `*` is any run of characters, `?` any one, `[ab]` one of a set and `{a,b}` a choice.
    pub glob: Option<Texts>,
    /// One of these regular expressions is found in it; write `^…$` to match it whole.
    pub regex: Option<Texts>,
    /// True: there is a value. False: there is none.
    pub present: Option<bool>,
    /// True: there is no value. False: there is one.
    pub absent: Option<bool>,
}

impl<'de> Deserialize<'de> for ConditionEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionVisitor;
        impl<'de> Visitor<'de> for ConditionVisitor {
            type Value = ConditionEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a text in quotes, a list of texts, or a table with any_of, not, prefix, glob, regex, present or absent",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ConditionEntry, E> {
                let any_of = Some(Texts(vec![text.to_owned()]));
                Ok(ConditionEntry(TestsEntry { any_of, ..TestsEntry::default() }))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<ConditionEntry, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = texts.next_element()? {
                    all.push(text);
                }
                Ok(ConditionEntry(TestsEntry { any_of: Some(Texts(all)), ..TestsEntry::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, tests: A) -> Result<ConditionEntry, A::Error> {
                TestsEntry::deserialize(MapAccessDeserializer::new(tests)).map(ConditionEntry)
            }
        }
        deserializer.deserialize_any(ConditionVisitor)
    }
}

impl JsonSchema for ConditionEntry {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let texts = generator.subschema_for::<Texts>();
        let tests = generator.subschema_for::<TestsEntry>();
        json_schema!({
            "description": "What a column or tag must be: a text (equal to it), a list (equal to one of them), or a table of tests that must all hold.",
            "anyOf": [texts, tests]
        })
    }
}

/// A day in UTC: `2026-05-01`, with or without quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DayVisitor;
        impl<'de> Visitor<'de> for DayVisitor {
            type Value = Day;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day such as 2026-05-01, without a time")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Day, E> {
                text.parse().map(Day).map_err(|_| E::custom(format_args!("{text:?} is not a day such as 2026-05-01")))
            }

            fn visit_map<A: MapAccess<'de>>(self, moment: A) -> Result<Day, A::Error> {
                let moment = toml::value::Datetime::deserialize(MapAccessDeserializer::new(moment))?;
                self.visit_str(&moment.to_string())
            }
        }
        deserializer.deserialize_any(DayVisitor)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A day in UTC.", "type": "string", "format": "date" })
    }
}

/// A weight, zero or more: a number, or a decimal in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight(pub Amount);

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WeightVisitor;
        impl Visitor<'_> for WeightVisitor {
            type Value = Weight;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a weight such as 3 or \"0.25\"")
            }

            fn visit_i64<E: Error>(self, whole: i64) -> Result<Weight, E> {
                self.visit_str(&whole.to_string())
            }

            // A float prints as the shortest decimal that reads back as itself, which is what stands in the file.
            fn visit_f64<E: Error>(self, number: f64) -> Result<Weight, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Weight, E> {
                match text.parse::<Amount>() {
                    Ok(weight) if !weight.is_negative() => Ok(Weight(weight)),
                    Ok(_) => Err(E::custom(format_args!("the weight {text} is negative: write 0 or more"))),
                    Err(error) => Err(E::custom(error)),
                }
            }
        }
        deserializer.deserialize_any(WeightVisitor)
    }
}

impl JsonSchema for Weight {
    fn schema_name() -> Cow<'static, str> {
        "Weight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A weight, zero or more: a number, or a decimal in quotes.",
            "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$" }]
        })
    }
}
