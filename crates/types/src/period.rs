//! Months of billing and half-open windows of time, in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A calendar month in UTC, written `YYYY-MM`: what a FOCUS billing period is for every large provider.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingPeriod {
    year: i32,
    month: u32,
}

/// Why a text is no period or window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not `YYYY-MM`.
    #[error("{0:?} is not a billing period: write year and month as 2026-05")]
    Period(String),
    /// Not a moment.
    #[error("{0:?} is not a moment: write date, time and zone as 2026-06-03T04:00:00Z")]
    Moment(String),
    /// Not `FROM/TO`.
    #[error("{0:?} is not a window: write two dates or times as 2026-05-01/2026-06-01, the second left out of it")]
    Window(String),
}

impl BillingPeriod {
    /// The month `month` (1 to 12) of `year`, or `None` where there is no such month.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        (matches!(month, 1..=12) && matches!(year, 1970..=9998)).then_some(Self { year, month })
    }

    /// The period that `moment` lies in.
    pub fn of(moment: DateTime<Utc>) -> Option<Self> {
        Self::new(moment.year(), moment.month())
    }

    /// Its first moment.
    pub fn start(self) -> DateTime<Utc> {
        let first = NaiveDate::from_ymd_opt(self.year, self.month, 1).expect("a billing period is a month of the calendar");
        first.and_time(NaiveTime::MIN).and_utc()
    }

    /// The first moment after it.
    pub fn end(self) -> DateTime<Utc> {
        self.next().start()
    }

    /// The month after.
    pub fn next(self) -> Self {
        if self.month == 12 { Self { year: self.year + 1, month: 1 } } else { Self { month: self.month + 1, ..self } }
    }

    /// The month before.
    pub fn previous(self) -> Self {
        if self.month == 1 { Self { year: self.year - 1, month: 12 } } else { Self { month: self.month - 1, ..self } }
    }

    /// From its first moment to the first after it.
    pub fn window(self) -> Window {
        Window { from: self.start(), to: self.end() }
    }

    /// How many days it has.
    pub fn days(self) -> i64 {
        (self.end() - self.start()).num_days()
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year, self.month))
    }
}

impl fmt::Debug for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BillingPeriod {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let fail = || PeriodError::Period(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(fail)?;
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(fail());
        }
        let (year, month) = (year.parse().map_err(|_| fail())?, month.parse().map_err(|_| fail())?);
        Self::new(year, month).ok_or_else(fail)
    }
}

impl Serialize for BillingPeriod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BillingPeriod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads a moment as RFC 3339 has it: `2026-06-03T04:00:00Z`. The seconds may be left out.
///
/// # Errors
/// [`PeriodError::Moment`] for a text that is none, or names no zone.
pub fn parse_moment(text: &str) -> Result<DateTime<Utc>, PeriodError> {
    let with_seconds = text.strip_suffix('Z').map(|minutes| format!("{minutes}:00Z")).unwrap_or_default();
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc3339(&with_seconds))
        .map(|moment| moment.to_utc())
        .map_err(|_| PeriodError::Moment(text.to_owned()))
}

/// A half-open span of time: `from` belongs to it, `to` does not. Written `FROM/TO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The first moment after.
    pub to: DateTime<Utc>,
}

impl Window {
    /// True where `moment` lies in it.
    pub fn contains(&self, moment: DateTime<Utc>) -> bool {
        self.from <= moment && moment < self.to
    }
}

/// Which charges are meant. In JSON a field `period` or a field `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Those of a billing period, whatever days they are of: what was invoiced.
    Period(BillingPeriod),
    /// Those of some days, whenever they were billed: what the days cost, corrections included.
    Window(Window),
}

impl Selection {
    /// From its first moment to the first after it.
    pub fn window(self) -> Window {
        match self {
            Self::Period(period) => period.window(),
            Self::Window(window) => window,
        }
    }

    /// The billing period; `None` for a window.
    pub fn period(self) -> Option<BillingPeriod> {
        match self {
            Self::Period(period) => Some(period),
            Self::Window(_) => None,
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period(period) => period.fmt(f),
            Self::Window(window) => window.fmt(f),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |moment: DateTime<Utc>| {
            let format = if moment.time() == NaiveTime::MIN { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%SZ" };
            moment.format(format).to_string()
        };
        write!(f, "{}/{}", text(self.from), text(self.to))
    }
}

impl FromStr for Window {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let fail = || PeriodError::Window(text.to_owned());
        let moment = |part: &str| -> Option<DateTime<Utc>> {
            if let Ok(day) = part.parse::<NaiveDate>() {
                return Some(day.and_time(NaiveTime::MIN).and_utc());
            }
            part.parse::<DateTime<Utc>>().ok()
        };
        let (from, to) = text.split_once('/').ok_or_else(fail)?;
        let (from, to) = (moment(from).ok_or_else(fail)?, moment(to).ok_or_else(fail)?);
        if from < to { Ok(Self { from, to }) } else { Err(fail()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other() {
        let december: BillingPeriod = "2025-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2026-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!("2024-02".parse::<BillingPeriod>().unwrap().days(), 29);
        assert!(december.window().contains(december.start()));
        assert!(!december.window().contains(december.end()));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["2026-13", "2026-00", "2026-5", "26-05", "2026-05-01", "May 2026", "", "+026-05"] {
            assert!(text.parse::<BillingPeriod>().is_err(), "{text:?}");
        }
        assert!("2026-05-01/2026-05-01".parse::<Window>().is_err());
        assert_eq!("2026-05-01/2026-06-01".parse::<Window>().unwrap().to_string(), "2026-05-01/2026-06-01");
    }
}
