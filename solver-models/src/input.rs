//! Reading of instance files: JSON with exact numbers, errors that name the field.
//!
//! An instance is read through a cursor that knows where it is, so that an error says `offers[2].rates.gpu` and not a line and a
//! column. Numbers are taken from their decimal text. A field that the format does not name is refused: a misspelt limit that is
//! passed over would answer another question.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use farthing_types::Amount;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Largest price, quantity or limit: keeps every product of three of them far within exact arithmetic and doubles.
pub const MAX_VALUE: i64 = 1_000_000_000_000;
/// Most entries of one list or object in an instance.
pub const MAX_ENTRIES: usize = 200_000;

/// Why an instance cannot be accepted. Each names the field and what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The text is not JSON, or not the JSON of this place.
    #[error("{place}: not readable: {why}; the format is described in {manual}")]
    Json {
        /// The field.
        place: String,
        /// What the JSON reader says.
        why: String,
        /// Where the format is described.
        manual: &'static str,
    },
    /// A value of another kind.
    #[error("{place}: {found} stands where {expected} is expected")]
    Kind {
        /// The field.
        place: String,
        /// What stands there, cut short.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// A field that must be there.
    #[error("{place}: the field {field} is missing; add it")]
    Missing {
        /// The object.
        place: String,
        /// The field.
        field: String,
    },
    /// A field that the format does not have.
    #[error("{place}: the field {field} is not part of the format; correct its name ({known}) or leave it out")]
    Unknown {
        /// The object.
        place: String,
        /// The field.
        field: String,
        /// The fields that are read there.
        known: String,
    },
    /// A number outside what the model accepts.
    #[error("{place}: {value} is out of range; it must be {range}")]
    OutOfRange {
        /// The field.
        place: String,
        /// What stands there.
        value: String,
        /// What is accepted.
        range: String,
    },
    /// Two things have one name.
    #[error("{place}: {name} stands twice; give each its own name")]
    Duplicate {
        /// The list or object.
        place: String,
        /// The name.
        name: String,
    },
    /// A name that nothing has.
    #[error("{place}: there is no {what} {name}; known are {known}")]
    Reference {
        /// The field.
        place: String,
        /// Kind of thing.
        what: &'static str,
        /// The name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A list of another length.
    #[error("{place}: {found} values where {expected} are needed ({why})")]
    Length {
        /// The field.
        place: String,
        /// Given.
        found: usize,
        /// Needed.
        expected: usize,
        /// One for what.
        why: &'static str,
    },
    /// Two fields that do not go together.
    #[error("{place}: {rule}")]
    Rule {
        /// The field.
        place: String,
        /// What does not hold and what to do.
        rule: String,
    },
}

/// What numbers a field accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// From 0.
    NonNegative,
    /// Above 0.
    Positive,
    /// From 0 to 1.
    Share,
    /// From −[`MAX_VALUE`].
    Any,
}

impl Accept {
    fn takes(self, value: Amount) -> bool {
        let most = if self == Self::Share { Amount::ONE } else { Amount::from_int(MAX_VALUE) };
        let least = match self {
            Self::NonNegative | Self::Share => value >= Amount::ZERO,
            Self::Positive => value > Amount::ZERO,
            Self::Any => value >= Amount::from_int(-MAX_VALUE),
        };
        least && value <= most
    }

    fn range(self) -> String {
        match self {
            Self::NonNegative => format!("from 0 to {MAX_VALUE}"),
            Self::Positive => format!("above 0 and at most {MAX_VALUE}"),
            Self::Share => "from 0 to 1".to_owned(),
            Self::Any => format!("from -{MAX_VALUE} to {MAX_VALUE}"),
        }
    }
}

/// A value of the instance and where it stands.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    place: String,
    raw: &'a RawValue,
    manual: &'static str,
}

/// The entries of a JSON object in the order of the text, doubles included: a map would keep the last one silently.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
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

/// Reads the text of an instance with `read`, which takes the outermost object; `manual` names the description of the format.
///
/// # Errors
/// [`InputError`], naming the field.
pub fn read<T>(
    text: &str,
    manual: &'static str,
    read: impl FnOnce(&mut Object<'_>) -> Result<T, InputError>,
) -> Result<T, InputError> {
    let raw: &RawValue =
        serde_json::from_str(text).map_err(|e| InputError::Json { place: "instance".to_owned(), why: e.to_string(), manual })?;
    Field { place: "instance".to_owned(), raw, manual }.object(read)
}

impl<'a> Field<'a> {
    /// Where the value stands: `offers[2].rates`.
    pub fn place(&self) -> &str {
        &self.place
    }

    fn kind(&self, expected: impl Into<String>) -> InputError {
        let found = self.raw.get().chars().take(48).collect();
        InputError::Kind { place: self.place.clone(), found, expected: expected.into() }
    }

    fn at(&self, place: String, raw: &'a RawValue) -> Self {
        Self { place, raw, manual: self.manual }
    }

    fn entries(&self) -> Result<Vec<(String, Self)>, InputError> {
        if !self.raw.get().starts_with('{') {
            return Err(self.kind("an object"));
        }
        let entries: Entries<'a> = serde_json::from_str(self.raw.get()).map_err(|e| self.json(&e))?;
        let mut seen = HashSet::new();
        for (name, _) in &entries.0 {
            if !seen.insert(name.as_str()) {
                return Err(InputError::Duplicate { place: self.place.clone(), name: name.clone() });
            }
        }
        let prefix = if self.place == "instance" { String::new() } else { format!("{}.", self.place) };
        Ok(entries.0.iter().map(|(name, raw)| (name.clone(), self.at(format!("{prefix}{name}"), raw))).collect())
    }

    fn json(&self, error: &serde_json::Error) -> InputError {
        InputError::Json { place: self.place.clone(), why: error.to_string(), manual: self.manual }
    }

    /// The object that stands here; fields that `read` does not ask for are refused.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn object<T>(&self, read: impl FnOnce(&mut Object<'a>) -> Result<T, InputError>) -> Result<T, InputError> {
        let entries = self.entries()?.into_iter().collect();
        let mut object = Object { place: self.place.clone(), entries, known: Vec::new() };
        let value = read(&mut object)?;
        object.finish()?;
        Ok(value)
    }

    /// An object of free names, in the order of the text.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn map<T>(&self, mut read: impl FnMut(&str, &Self) -> Result<T, InputError>) -> Result<Vec<T>, InputError> {
        let entries = self.entries()?;
        self.few(entries.len())?;
        entries.iter().map(|(name, field)| read(name, field)).collect()
    }

    /// Whether a list stands here.
    pub fn is_list(&self) -> bool {
        self.raw.get().starts_with('[')
    }

    /// A list.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn list<T>(&self, mut read: impl FnMut(&Self) -> Result<T, InputError>) -> Result<Vec<T>, InputError> {
        if !self.is_list() {
            return Err(self.kind("a list"));
        }
        let items: Vec<&'a RawValue> = serde_json::from_str(self.raw.get()).map_err(|e| self.json(&e))?;
        self.few(items.len())?;
        items.iter().enumerate().map(|(i, raw)| read(&self.at(format!("{}[{i}]", self.place), raw))).collect()
    }

    fn few(&self, found: usize) -> Result<(), InputError> {
        if found <= MAX_ENTRIES {
            return Ok(());
        }
        let (value, range) = (format!("{found} entries"), format!("at most {MAX_ENTRIES} entries"));
        Err(InputError::OutOfRange { place: self.place.clone(), value, range })
    }

    /// A decimal number, or a text that holds one, exactly.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn amount(&self, accept: Accept) -> Result<Amount, InputError> {
        let text = self.raw.get();
        let digits = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
        let value: Amount = digits.parse().map_err(|_| self.kind("a decimal number with at most 18 decimals"))?;
        if accept.takes(value) {
            return Ok(value);
        }
        Err(InputError::OutOfRange { place: self.place.clone(), value: value.to_string(), range: accept.range() })
    }

    /// A whole number from `least` to `most`.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn count(&self, least: u32, most: u32) -> Result<u32, InputError> {
        let value: i64 = self.raw.get().parse().map_err(|_| self.kind(format!("a whole number from {least} to {most}")))?;
        match u32::try_from(value) {
            Ok(count) if (least..=most).contains(&count) => Ok(count),
            _ => {
                let range = format!("from {least} to {most}");
                Err(InputError::OutOfRange { place: self.place.clone(), value: value.to_string(), range })
            }
        }
    }

    /// A text that is not empty.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn text(&self) -> Result<String, InputError> {
        match serde_json::from_str::<String>(self.raw.get()) {
            Ok(text) if !text.trim().is_empty() => Ok(text),
            _ => Err(self.kind("a text that is not empty")),
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn flag(&self) -> Result<bool, InputError> {
        self.raw.get().parse().map_err(|_| self.kind("true or false"))
    }

    /// One of the names of an enumeration that `T` deserialises from.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn one_of<T: for<'de> Deserialize<'de>>(&self) -> Result<T, InputError> {
        serde_json::from_str(self.raw.get()).map_err(|e| {
            let why = e.to_string();
            let expected = why.split("expected ").nth(1).and_then(|t| t.split(" at line").next()).unwrap_or("a known name");
            self.kind(expected)
        })
    }

    /// The index of a name among `names`.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn reference(&self, what: &'static str, names: &Names) -> Result<usize, InputError> {
        names.find(&self.place, what, &self.text()?)
    }

    /// A list of numbers of a given length.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn amounts(&self, accept: Accept, expected: usize, why: &'static str) -> Result<Vec<Amount>, InputError> {
        let values = self.list(|field| field.amount(accept))?;
        if values.len() == expected {
            return Ok(values);
        }
        Err(InputError::Length { place: self.place.clone(), found: values.len(), expected, why })
    }

    /// An error about this field in its own words.
    pub fn rule(&self, rule: impl Into<String>) -> InputError {
        InputError::Rule { place: self.place.clone(), rule: rule.into() }
    }
}

/// An object whose fields are taken by name.
#[derive(Debug)]
pub struct Object<'a> {
    place: String,
    entries: BTreeMap<String, Field<'a>>,
    known: Vec<&'static str>,
}

impl<'a> Object<'a> {
    /// A field that must be there.
    ///
    /// # Errors
    /// [`InputError::Missing`]
    pub fn take(&mut self, field: &'static str) -> Result<Field<'a>, InputError> {
        let missing = InputError::Missing { place: self.place.clone(), field: field.to_owned() };
        self.maybe(field).ok_or(missing)
    }

    /// A field that may be absent, or `null`.
    pub fn maybe(&mut self, field: &'static str) -> Option<Field<'a>> {
        self.known.push(field);
        self.entries.remove(field).filter(|f| f.raw.get() != "null")
    }

    /// A number that may be absent.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn amount_or(&mut self, field: &'static str, accept: Accept, absent: Amount) -> Result<Amount, InputError> {
        self.maybe(field).map_or(Ok(absent), |f| f.amount(accept))
    }

    /// A whole number that may be absent.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn count_or(&mut self, field: &'static str, least: u32, most: u32, absent: u32) -> Result<u32, InputError> {
        self.maybe(field).map_or(Ok(absent), |f| f.count(least, most))
    }

    /// A list that may be absent.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn list_or_empty<T>(
        &mut self,
        field: &'static str,
        read: impl FnMut(&Field<'a>) -> Result<T, InputError>,
    ) -> Result<Vec<T>, InputError> {
        self.maybe(field).map_or(Ok(Vec::new()), |f| f.list(read))
    }

    /// An error about this object in its own words.
    pub fn rule(&self, rule: impl Into<String>) -> InputError {
        InputError::Rule { place: self.place.clone(), rule: rule.into() }
    }

    fn finish(mut self) -> Result<(), InputError> {
        self.known.sort_unstable();
        self.known.dedup();
        match self.entries.into_iter().next() {
            None => Ok(()),
            Some((field, _)) => Err(InputError::Unknown { place: self.place, field, known: self.known.join(", ") }),
        }
    }
}

/// The names of one kind of thing, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<String>);

impl Names {
    /// Collects names.
    ///
    /// # Errors
    /// [`InputError::Duplicate`]
    pub fn new(place: &str, names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, InputError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut seen = HashSet::new();
        match names.iter().find(|name| !seen.insert(name.as_str())) {
            Some(name) => Err(InputError::Duplicate { place: place.to_owned(), name: name.clone() }),
            None => Ok(Self(names)),
        }
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The index of `name`.
    ///
    /// # Errors
    /// [`InputError::Reference`]
    pub fn find(&self, place: &str, what: &'static str, name: &str) -> Result<usize, InputError> {
        self.0.iter().position(|n| n == name).ok_or_else(|| {
            let known = self.0.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", ");
            InputError::Reference { place: place.to_owned(), what, name: name.to_owned(), known }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Result<Amount, String> {
        let read = |o: &mut Object<'_>| o.take("offers")?.list(|f| f.object(|o| o.take("price")?.amount(Accept::Positive)));
        super::read(text, "MODEL.md", read).map(|prices| prices[0]).map_err(|e| e.to_string())
    }

    #[test]
    fn numbers_are_read_from_their_text() {
        assert_eq!(
            price(r#"{"offers":[{"price":0.1000000000000000001e0}]}"#).unwrap_err(),
            "offers[0].price: 0.1000000000000000001e0 stands where a decimal number with at most 18 decimals is expected"
        );
        assert_eq!(price(r#"{"offers":[{"price":"1.006"}]}"#).unwrap().to_string(), "1.006");
    }

    #[test]
    fn errors_name_the_field_and_what_to_do() {
        let of = |text| price(text).unwrap_err();
        assert_eq!(
            of(r#"{"offers":[{"price":0}]}"#),
            "offers[0].price: 0 is out of range; it must be above 0 and at most 1000000000000"
        );
        assert_eq!(of(r#"{"offers":[{}]}"#), "offers[0]: the field price is missing; add it");
        assert_eq!(
            of(r#"{"offers":[{"price":1,"prize":2}]}"#),
            "offers[0]: the field prize is not part of the format; correct its name (price) or leave it out"
        );
        assert_eq!(of(r#"{"offers":[{"price":1,"price":2}]}"#), "offers[0]: price stands twice; give each its own name");
        assert_eq!(of(r#"{"offers":{}}"#), "offers: {} stands where a list is expected");
        assert!(of("{").starts_with("instance: not readable: EOF"));
    }
}
