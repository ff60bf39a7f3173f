//! How much of an entered amount a window bears.

use chrono::{DateTime, NaiveDate, Utc};
use farthing_types::{Amount, BillingPeriod, Window};

use super::Entered;
use crate::EconomicsError;
use crate::tokens::{add, subtract};

const OUT: EconomicsError = EconomicsError::OutOfRange("an entered amount");

impl Entered {
    /// What the days of `window` bear of it: windows that follow each other bear together what the whole of them does, to the last place,
    /// since each is the difference of what was borne up to its ends.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where it does not fit.
    pub fn in_window(&self, window: Window) -> Result<Amount, EconomicsError> {
        let (first, after) = (day(window.from), day(window.to));
        let from = self.from.map_or(first, |from| from.max(first));
        let to = self.until.map_or(after, |until| until.min(after));
        if to <= from {
            return Ok(Amount::ZERO);
        }
        if self.is_monthly {
            return self.monthly(from, to);
        }
        let (start, end) = (self.from.unwrap_or(from), self.until.unwrap_or(to));
        part(self.amount, from, to, start, end)
    }

    fn monthly(&self, from: NaiveDate, to: NaiveDate) -> Result<Amount, EconomicsError> {
        let mut sum = Amount::ZERO;
        let mut at = from;
        while at < to {
            let month = BillingPeriod::of(at.and_time(chrono::NaiveTime::MIN).and_utc()).ok_or(OUT)?;
            let (start, end) = (day(month.start()), day(month.end()));
            sum = add(sum, part(self.amount, at, to.min(end), start, end)?)?;
            at = end;
        }
        Ok(sum)
    }
}

fn day(moment: DateTime<Utc>) -> NaiveDate {
    moment.date_naive()
}

/// The days from `from` up to `to` of an amount for those from `start` up to `end`.
fn part(amount: Amount, from: NaiveDate, to: NaiveDate, start: NaiveDate, end: NaiveDate) -> Result<Amount, EconomicsError> {
    let days = |until: NaiveDate| Amount::from_int((until - start).num_days());
    let up_to = |until: NaiveDate| amount.mul_div(days(until), days(end)).ok_or(OUT);
    subtract(up_to(to)?, up_to(from)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::FigureSource;

    fn entered(amount: i64, is_monthly: bool, from: &str, until: &str) -> Entered {
        let day = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        let source = FigureSource { source: "contract".to_owned(), year: None };
        Entered { amount: Amount::from_int(amount), is_monthly, from: day(from), until: day(until), source }
    }

    fn in_window(entered: &Entered, window: &str) -> String {
        entered.in_window(window.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn days_bear_an_amount_evenly() {
        let contract = entered(365, false, "2026-01-01", "2027-01-01");
        assert_eq!(in_window(&contract, "2026-05-01/2026-06-01"), "31");
        assert_eq!(in_window(&contract, "2026-12-15/2027-02-01"), "17");
        assert_eq!(in_window(&contract, "2027-01-01/2027-02-01"), "0");
        let salary = entered(310, true, "2026-05-11", "");
        assert_eq!(in_window(&salary, "2026-05-01/2026-06-01"), "210");
        assert_eq!(in_window(&salary, "2026-05-01/2026-07-01"), "520");
    }

    proptest! {
        #[test]
        fn windows_that_follow_each_other_bear_the_whole(amount in -1_000_000_i64..1_000_000, cut in 1..364_i64, monthly in any::<bool>()) {
            let entered = entered(amount, monthly, "2026-01-03", "2026-12-30");
            let moment = |day: i64| "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + chrono::TimeDelta::days(day);
            let bears = |from: i64, to: i64| entered.in_window(Window { from: moment(from), to: moment(to) }).unwrap();
            prop_assert_eq!(bears(0, cut) + bears(cut, 365), bears(0, 365));
            if !monthly {
                prop_assert_eq!(bears(0, 365), Amount::from_int(amount));
            }
        }
    }
}
