//! How a figure of a statement is named: `unit=payments,part=direct,service="Virtual Machines"`.

use std::fmt;
use std::str::FromStr;

use farthing_types::{Currency, SourceName, UnitId};
use serde::{Serialize, Serializer};

/// A figure of a statement, or a part of one. Written as `NAME=VALUE` pairs with commas between them; a value that holds a
/// comma or a quote stands in double quotes, with quotes in it doubled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Where the money stands.
    pub place: Place,
    /// Which of the columns.
    pub part: Part,
    /// Only money of this source.
    pub source: Option<SourceName>,
    /// Only the statement in this currency.
    pub currency: Option<Currency>,
    /// Only charges that this rule sent.
    pub rule: Option<String>,
    /// Only what this pool gave or took.
    pub pool: Option<String>,
    /// Only charges with these values, by FOCUS column or `tag:NAME`; the empty text is no value.
    pub fields: Vec<(String, String)>,
}

/// The row of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A unit.
    Unit {
        /// Which.
        unit: UnitId,
        /// True without the units below it: statements for people show them with the unit, files show each by itself.
        own: bool,
    },
    /// What belongs to no unit for this reason.
    Reason(String),
}

/// The column of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What rules sent.
    Direct,
    /// What pools gave, less what they took.
    Shared,
    /// Both.
    Total,
}

/// Why a text names no figure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellError {
    /// Not `NAME=VALUE`.
    #[error("{0:?} is no NAME=VALUE: write the cell as unit=payments,part=direct or reason=no_tags")]
    NoPair(String),
    /// A name that means nothing.
    #[error(
        "{0:?} is nothing that a cell can be told by: there are unit, reason, scope, part, source, currency, rule, pool, service, account, \
         region, category, FOCUS columns such as ServiceCategory, and tag:NAME"
    )]
    Unknown(String),
    /// A value that the name does not take.
    #[error("{name}={value:?}: {why}")]
    Value {
        /// The name.
        name: String,
        /// The value.
        value: String,
        /// What it takes.
        why: String,
    },
    /// Pairs that contradict each other, or one that is missing.
    #[error("{0}")]
    Conflict(&'static str),
}

/// Words of people for columns.
const ALIASES: [(&str, &str); 4] =
    [("service", "ServiceName"), ("account", "SubAccountId"), ("region", "RegionId"), ("category", "ChargeCategory")];

impl FromStr for Cell {
    type Err = CellError;

    fn from_str(text: &str) -> Result<Self, CellError> {
        let mut read = Reading::default();
        for (name, value) in pairs(text)? {
            read.take(name, value)?;
        }
        read.cell()
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    unit: Option<UnitId>,
    reason: Option<String>,
    own: Option<bool>,
    part: Option<Part>,
    source: Option<SourceName>,
    currency: Option<Currency>,
    rule: Option<String>,
    pool: Option<String>,
    fields: Vec<(String, String)>,
}

impl Reading {
    fn take(&mut self, name: String, value: String) -> Result<(), CellError> {
        match name.as_str() {
            "unit" => once(&mut self.unit, &name, &value),
            "reason" => once(&mut self.reason, &name, &value),
            "source" => once(&mut self.source, &name, &value),
            "currency" => once(&mut self.currency, &name, &value),
            "rule" => once(&mut self.rule, &name, &value),
            "pool" => once(&mut self.pool, &name, &value),
            "part" => put(&mut self.part, &name, &value, Part::named(&value).ok_or("it is direct, shared or total".to_owned())),
            "scope" => put(&mut self.own, &name, &value, own(&value)),
            _ => self.field(name, value),
        }
    }

    fn field(&mut self, name: String, value: String) -> Result<(), CellError> {
        let column = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, column)| column);
        let is_tag = column.strip_prefix("tag:").is_some_and(|tag| !tag.is_empty());
        if !(is_tag || column.starts_with("x_") || column.starts_with(|c: char| c.is_ascii_uppercase())) {
            return Err(CellError::Unknown(name));
        }
        if self.fields.iter().any(|(known, _)| known == column) {
            return Err(CellError::Value { name, value, why: "it stands there twice".to_owned() });
        }
        self.fields.push((column.to_owned(), value));
        Ok(())
    }

    fn cell(self) -> Result<Cell, CellError> {
        let Self { unit, reason, own, part, source, currency, rule, pool, fields } = self;
        let of_charges = rule.is_some() || !fields.is_empty();
        if of_charges && (pool.is_some() || part == Some(Part::Shared)) {
            return Err(CellError::Conflict(
                "what pools move has neither rule nor columns: explain part=shared or pool=… without them, and then part=direct of the pool's unit",
            ));
        }
        if pool.is_some() && part == Some(Part::Direct) {
            return Err(CellError::Conflict("pool=… is a part of part=shared"));
        }
        let inferred = if of_charges {
            Part::Direct
        } else if pool.is_some() {
            Part::Shared
        } else {
            Part::Total
        };
        let place = match (unit, reason) {
            (Some(unit), None) => Place::Unit { unit, own: own.unwrap_or(false) },
            (None, Some(_)) if pool.is_some() || part == Some(Part::Shared) || own.is_some() => {
                return Err(CellError::Conflict("what belongs to no unit is in no pool and has nothing below it"));
            }
            (None, Some(reason)) => Place::Reason(reason),
            _ => return Err(CellError::Conflict("name one row of the statement: unit=… or reason=…")),
        };
        // A total of some charges is what rules sent of them.
        let part = if of_charges { Part::Direct } else { part.unwrap_or(inferred) };
        let part = if pool.is_some() { Part::Shared } else { part };
        Ok(Cell { place, part, source, currency, rule, pool, fields })
    }
}

fn once<T: FromStr<Err: fmt::Display>>(place: &mut Option<T>, name: &str, value: &str) -> Result<(), CellError> {
    let read = match value {
        "" => Err("the value is missing".to_owned()),
        value => value.parse().map_err(|error: T::Err| error.to_string()),
    };
    put(place, name, value, read)
}

fn put<T>(place: &mut Option<T>, name: &str, value: &str, read: Result<T, String>) -> Result<(), CellError> {
    let read = if place.is_some() { Err("it stands there twice".to_owned()) } else { read };
    let wrong = |why| CellError::Value { name: name.to_owned(), value: value.to_owned(), why };
    *place = Some(read.map_err(wrong)?);
    Ok(())
}

fn own(value: &str) -> Result<bool, String> {
    match value {
        "own" => Ok(true),
        "below" => Ok(false),
        _ => Err("it is own, or below for the unit with those below it".to_owned()),
    }
}

impl Part {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Shared => "shared",
            Self::Total => "total",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [Self::Direct, Self::Shared, Self::Total].into_iter().find(|part| part.as_str() == word)
    }
}

/// Cuts at commas outside of quotes, and each piece at its first `=`.
fn pairs(text: &str) -> Result<Vec<(String, String)>, CellError> {
    let mut pieces = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            ',' if !quoted => pieces.push(String::new()),
            c => {
                quoted ^= c == '"';
                pieces.last_mut().expect("there is one from the start").push(c);
            }
        }
    }
    let pair = |piece: &String| {
        let (name, value) = piece.split_once('=').ok_or_else(|| CellError::NoPair(piece.clone()))?;
        let value = match value.strip_prefix('"') {
            None => value.to_owned(),
            Some(rest) => {
                let inner = rest.strip_suffix('"').ok_or_else(|| CellError::NoPair(piece.clone()))?;
                inner.replace("\"\"", "\"")
            }
        };
        Ok((name.trim().to_owned(), value))
    };
    pieces.iter().map(pair).collect()
}

impl fmt::Display for Cell {
    /// The text that reads as this cell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Unit { unit, own } => write!(f, "unit={unit}{}", if *own { ",scope=own" } else { "" })?,
            Place::Reason(reason) => write!(f, "reason={}", Quoted(reason))?,
        }
        if matches!(self.place, Place::Unit { .. }) {
            write!(f, ",part={}", self.part.as_str())?;
        }
        let source = self.source.as_ref().map(ToString::to_string);
        let currency = self.currency.map(|currency| currency.to_string());
        let named = [("source", source), ("currency", currency), ("rule", self.rule.clone()), ("pool", self.pool.clone())];
        for (name, value) in named {
            if let Some(value) = value {
                write!(f, ",{name}={}", Quoted(&value))?;
            }
        }
        self.fields.iter().try_for_each(|(field, value)| write!(f, ",{field}={}", Quoted(value)))
    }
}

struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.contains([',', '"']) {
            true => write!(f, "\"{}\"", self.0.replace('"', "\"\"")),
            false => f.write_str(self.0),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(text: &str) -> Cell {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn people_write_cells() {
        let plain = cell("unit=payments");
        assert_eq!(plain.place, Place::Unit { unit: "payments".parse().unwrap(), own: false });
        assert_eq!((plain.part, plain.to_string().as_str()), (Part::Total, "unit=payments,part=total"));
        let named = cell("unit=payments,service=\"Storage, cold\",tag:team=");
        assert_eq!(named.fields, [("ServiceName".into(), "Storage, cold".into()), ("tag:team".into(), String::new())]);
        assert_eq!(named.part, Part::Direct, "only charges have columns");
        assert_eq!(cell("unit=a,pool=cluster").part, Part::Shared);
        assert_eq!(cell("reason=no_tags,currency=EUR").currency, Some(Currency::EUR));
        assert_eq!(cell("unit=a,scope=own").to_string(), "unit=a,scope=own,part=total");
    }

    #[test]
    fn what_names_no_figure_is_refused_with_what_would() {
        for (text, says) in [
            ("payments", "NAME=VALUE"),
            ("", "NAME=VALUE"),
            ("unit=payments,colour=red", "\"colour\" is nothing"),
            ("unit=payments,part=half", "direct, shared or total"),
            ("unit=payments,unit=lending", "twice"),
            ("unit=a,ServiceName=x,service=y", "twice"),
            ("unit=a,scope=all", "own, or below"),
            ("part=direct", "unit=… or reason=…"),
            ("unit=a,reason=tax", "unit=… or reason=…"),
            ("reason=tax,part=shared", "no pool"),
            ("unit=a,service=x,part=shared", "neither rule nor columns"),
            ("unit=a,pool=p,part=direct", "part of part=shared"),
            ("unit=a,service=\"open", "NAME=VALUE"),
            ("unit=", "missing"),
            ("unit=a,currency=dollars", "dollars"),
        ] {
            let error = text.parse::<Cell>().expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_cell_reads_back(
            own: bool, of in 0..4_usize, source: bool, euro: bool, value in "[ -~]{0,12}", rule in "[a-z]{1,4}"
        ) {
            let fields = if of == 3 { vec![("ServiceName".to_owned(), value)] } else { Vec::new() };
            let part = [Part::Total, Part::Shared, Part::Direct, Part::Direct][of];
            let cell = Cell {
                place: Place::Unit { unit: "a".parse().unwrap(), own },
                part,
                source: source.then(|| "aws".parse().unwrap()),
                currency: euro.then_some(Currency::EUR),
                rule: (of == 2).then(|| rule.clone()),
                pool: (of == 1).then_some(rule),
                fields,
            };
            prop_assert_eq!(cell.to_string().parse::<Cell>().unwrap(), cell);
        }
    }
}
