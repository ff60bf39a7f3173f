//! Measures that nobody meters: headcount, storage, floor space. A file of them, so that pools can be split by what a bill and a
//! gateway do not know.
//!
//! CSV with a line of names. `time` may be missing or empty: the quantity then holds until another file says otherwise.
//!
//! ```csv
//! measure,unit,quantity,time
//! headcount,claims,42,
//! storage_bytes,claims,5497558138880,2026-05
//! storage_bytes,lending,1099511627776,2026-05
//! frames,claims,1200,2026-05-10
//! frames,claims,64,2026-05-11T13
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use farthing_types::{Amount, BillingPeriod, Quantity, UnitId, Window};

use crate::drivers::{Drivers, Span};
use crate::input::AttributionError;

/// Measures that come from usage and decisions, and drivers that are none: a file cannot name them.
const TAKEN: [&str; 11] = [
    "cache_write_tokens",
    "cached_tokens",
    "compute_seconds",
    "decisions",
    "direct_cost",
    "even",
    "fixed",
    "input_tokens",
    "output_tokens",
    "requests",
    "tokens",
];

/// The quantities of a metrics file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// By measure and time, with the unit's quantity.
    rows: BTreeMap<String, BTreeMap<Time, BTreeMap<UnitId, Quantity>>>,
}

/// When a quantity holds, the finest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Time {
    Always,
    Month(BillingPeriod),
    Day(NaiveDate),
    Hour(DateTime<Utc>),
}

/// A line of a metrics file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct MetricsError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl Metrics {
    /// Reads a file.
    ///
    /// # Errors
    /// Every line that cannot be used.
    pub fn parse(text: &str) -> Result<Self, Vec<MetricsError>> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
        let heads = reader.headers().cloned().unwrap_or_default();
        let columns = Columns::of(&heads).map_err(|message| vec![MetricsError { line: 1, message }])?;
        let (mut metrics, mut errors) = (Self::default(), Vec::new());
        for record in reader.records() {
            let read = record.map_err(|error| (error.position().map_or(0, csv::Position::line), error.to_string()));
            let added = read.and_then(|record| {
                let line = record.position().map_or(0, csv::Position::line);
                columns.row(&record).and_then(|row| metrics.add(row)).map_err(|message| (line, message))
            });
            errors.extend(added.err().map(|(line, message)| MetricsError { line, message }));
        }
        if metrics.rows.is_empty() && errors.is_empty() {
            errors.push(MetricsError {
                line: 1,
                message: "there is no quantity in the file: add a line such as headcount,claims,42,".into(),
            });
        }
        if errors.is_empty() { Ok(metrics) } else { Err(errors) }
    }

    fn add(&mut self, (measure, time, unit, quantity): (String, Time, UnitId, Quantity)) -> Result<(), String> {
        let units = self.rows.entry(measure.clone()).or_default().entry(time).or_default();
        match units.insert(unit.clone(), quantity) {
            None => Ok(()),
            Some(_) => Err(format!("the {measure} of {unit} is there already for that time: keep one line")),
        }
    }

    /// The measures.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// The units that have some quantity.
    pub fn units(&self) -> BTreeSet<&UnitId> {
        self.rows.values().flat_map(BTreeMap::values).flat_map(BTreeMap::keys).collect()
    }

    /// Adds what holds in a window to the drivers. Of each measure the finest quantities of the window count, and only these: hours,
    /// or days, or months, or those without a time.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn add_to(&self, drivers: &mut Drivers, window: Window) -> Result<(), AttributionError> {
        for (measure, times) in &self.rows {
            let in_window: Vec<_> = times.iter().filter(|(time, _)| time.is_in(window)).collect();
            let finest = in_window.iter().map(|(time, _)| time.fineness()).max();
            for (time, units) in in_window.into_iter().filter(|(time, _)| Some(time.fineness()) == finest) {
                for (unit, quantity) in units {
                    drivers.add_in(measure, unit.clone(), *quantity, time.span())?;
                }
            }
        }
        Ok(())
    }
}

impl Time {
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Always);
        }
        if let Ok(period) = text.parse() {
            return Some(Self::Month(period));
        }
        let hour =
            || NaiveDateTime::parse_from_str(&format!("{text}:00"), "%Y-%m-%dT%H:%M").ok().map(|at| Self::Hour(at.and_utc()));
        text.parse().ok().map(Self::Day).or_else(hour)
    }

    fn is_in(self, window: Window) -> bool {
        match self {
            Self::Always => true,
            Self::Month(period) => window.from < period.end() && period.start() < window.to,
            Self::Day(day) => window.contains(day.and_time(NaiveTime::MIN).and_utc()),
            Self::Hour(at) => window.contains(at),
        }
    }

    fn fineness(self) -> u8 {
        match self {
            Self::Always => 0,
            Self::Month(_) => 1,
            Self::Day(_) => 2,
            Self::Hour(_) => 3,
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Always | Self::Month(_) => Span::Whole,
            Self::Day(day) => Span::Day(day),
            Self::Hour(at) => Span::Hour(at),
        }
    }
}

/// Where the values stand in a record.
struct Columns {
    measure: usize,
    unit: usize,
    quantity: usize,
    time: Option<usize>,
}

impl Columns {
    fn of(heads: &csv::StringRecord) -> Result<Self, String> {
        let at = |name: &str| heads.iter().position(|head| head == name);
        let known = ["measure", "unit", "quantity", "time"];
        if let Some(odd) = heads.iter().find(|head| !known.contains(head)) {
            return Err(format!("{odd:?} is no column of a metrics file: it has measure, unit, quantity and time"));
        }
        let needed =
            |name: &str| at(name).ok_or_else(|| format!("the column {name} is missing: begin with measure,unit,quantity,time"));
        Ok(Self { measure: needed("measure")?, unit: needed("unit")?, quantity: needed("quantity")?, time: at("time") })
    }

    fn row(&self, record: &csv::StringRecord) -> Result<(String, Time, UnitId, Quantity), String> {
        let text = |at: usize| record.get(at).unwrap_or_default();
        let measure = text(self.measure);
        if measure.is_empty() {
            return Err("the measure has no name, such as headcount".into());
        }
        if TAKEN.contains(&measure) {
            return Err(format!("{measure:?} is measured from imported usage, or is another driver's name: choose another"));
        }
        let unit = text(self.unit).parse().map_err(|error| format!("the unit {:?}: {error}", text(self.unit)))?;
        let quantity: Amount =
            text(self.quantity).parse().map_err(|error| format!("the quantity {:?}: {error}", text(self.quantity)))?;
        if quantity.is_negative() {
            return Err(format!("the quantity {quantity} is below zero: nothing can be split by that"));
        }
        let time = self.time.map_or("", text);
        let time = Time::read(time).ok_or_else(|| {
            format!("the time {time:?} is none of 2026-05, 2026-05-10 and 2026-05-10T13; leave it empty where the quantity always holds")
        })?;
        Ok((measure.to_owned(), time, unit, Quantity(quantity)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Window {
        text.parse().unwrap()
    }

    #[test]
    fn of_each_measure_the_finest_quantities_of_the_window_count() {
        let metrics = Metrics::parse(
            "measure,unit,quantity,time\nheadcount,a,4,\nheadcount,a,5,2026-06\nframes,a,100,2026-05\nframes,a,1.5,2026-05-10\n\
             frames,a,2,2026-05-11\nframes,b,64,2026-06-01T13\n",
        )
        .unwrap();
        let quantity = |measure: &str, unit: &str, within: &str| {
            let mut drivers = Drivers::new();
            metrics.add_to(&mut drivers, window(within)).unwrap();
            drivers.quantity(measure, &unit.parse().unwrap()).map(|quantity| quantity.to_string())
        };
        let (may, june) = ("2026-05-01/2026-06-01", "2026-06-01/2026-07-01");
        assert_eq!(quantity("headcount", "a", may).as_deref(), Some("4"));
        assert_eq!(quantity("headcount", "a", june).as_deref(), Some("5"));
        assert_eq!(quantity("frames", "a", may).as_deref(), Some("3.5"));
        assert_eq!(quantity("frames", "a", june).as_deref(), Some("0"));
        assert_eq!(quantity("frames", "b", june).as_deref(), Some("64"));
        assert_eq!(quantity("frames", "a", "2026-04-01/2026-05-01"), None);
        let mut drivers = Drivers::new();
        metrics.add_to(&mut drivers, window(may)).unwrap();
        let on = |slot| drivers.quantity_in("frames", &"a".parse().unwrap(), slot).unwrap().to_string();
        assert_eq!((on("2026-05-10"), on("2026-05-11T04"), on("2026-05-12")), ("1.5".into(), "2".into(), "0".into()));
    }

    #[test]
    fn every_line_that_cannot_be_used_is_named() {
        let problems = |text: &str| {
            let errors = Metrics::parse(text).unwrap_err();
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let text = [
            problems("measure,unit,amount\n"),
            problems("measure,unit\n"),
            problems("measure,unit,quantity\n"),
            problems(
                "measure,unit,quantity,time\ntokens,a,1,\nheadcount,,1,\nheadcount,a,many,\nheadcount,a,-1,\nheadcount,a,1,may\n\
                 headcount,a,1,2026-05\nheadcount,a,2,2026-05\n,a,1,\n",
            ),
        ];
        insta::assert_snapshot!(text.join("\n"));
    }
}
