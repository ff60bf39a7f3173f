//! How far a month usually lies from what the days before it let expect.

use std::collections::BTreeSet;

use farthing_forecast::daily::spans;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, UnitId};

use super::forecast::MONTHS_BEFORE;
use super::series::{SeriesBy, daily, rounded, together};
use crate::home::blocking;
use crate::{Error, Farthing};

impl Farthing {
    /// Half the interval of the forecast of what units will cost directly in `month`, made from the days up to the end of `last`: as much as such
    /// a month may differ by itself, whatever is done. A statistic, to the cent; at the level that forecasts have
    /// ([`COVERAGE`](farthing_forecast::daily::COVERAGE)). None where history is too short to tell, or `month` too far.
    pub(crate) async fn usual_difference(
        &self,
        units: &BTreeSet<UnitId>,
        currency: Currency,
        last: BillingPeriod,
        month: BillingPeriod,
    ) -> Result<Option<Amount>, Error> {
        let (_, series) = self.series(last, MONTHS_BEFORE, &SeriesBy::Unit, Cost::Effective).await?;
        let units = units.clone();
        blocking(move || {
            let theirs = series.iter().filter(|((unit, of), _)| *of == currency && units.iter().any(|one| one.as_str() == unit));
            let all = together(theirs.flat_map(|(_, causes)| causes.values()))?;
            let days =
                |from: BillingPeriod, to: BillingPeriod| usize::try_from((to.start() - from.start()).num_days()).unwrap_or(0);
            let lengths = [days(last.next(), month), days(month, month.next())];
            let last_day = last.next().start().date_naive().pred_opt();
            let found = last_day.and_then(|day| daily(&all, day)).and_then(|series| spans(&series, &lengths).ok());
            let half = found.and_then(|spans| Some((spans[1].high? - spans[1].low?) / 2.0));
            Ok(half.and_then(rounded))
        })
        .await
    }
}
